"""Two reviewers beside each other: one file of both, where they differ, and how much they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from normalizer.review.anchors import Anchor
from normalizer.review.decisions_file import Entry
from normalizer.review.rulings import Ruling, in_order
from normalizer.review.standing import Finding, Standing, Standings, proposed

# What says something of a finding; `later` and no ruling say nothing.
ANSWERS = ("accepted", "rejected", "unsure")


@dataclass(frozen=True, slots=True)
class Conflict:
    """One finding that two files decide otherwise.

    Attributes:
        finding: The finding, or what a ruling remembers of it.
        left: How it stands by the first file.
        right: How it stands by the second.
    """

    finding: Finding
    left: Standing
    right: Standing


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two files agree on the findings that both answer.

    Attributes:
        both: Findings that both answer.
        same: Those with the same answer and the same text.
        kappa: Cohen's kappa, see `cohens_kappa`; None where it is not defined.
    """

    both: int
    same: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Merged:
    """Two decisions files as one.

    Attributes:
        entries: Every line of both once, in the order of their times.
        conflicts: What the two decide otherwise and neither has seen of the other.
        agreement: How far they agree.
    """

    entries: tuple[Entry, ...]
    conflicts: tuple[Conflict, ...]
    agreement: Agreement


def merge(
    left: Sequence[Entry], right: Sequence[Entry], findings: Sequence[Finding] | None = None
) -> Merged:
    """Put two decisions files together and compare them.

    Where they differ the later ruling holds in the merged file; it is a conflict all the same,
    unless the file it comes from holds the other ruling too: then somebody decided with both in
    view. The order of the files makes no difference, but for which is called left.

    Args:
        left: Entries of the first file.
        right: Entries of the second.
        findings: What was reviewed; without it, the findings that rulings were made at.
    """
    entry_of = {entry.ruling.id: entry for entry in (*left, *right)}
    rulings = in_order(one.ruling for one in entry_of.values())
    compared = findings if findings is not None else _named(rulings)
    one, two = _Side(left, compared), _Side(right, compared)
    conflicts: list[Conflict] = []
    answers: list[tuple[str, str]] = []
    for index, finding in enumerate(compared):
        here, there = one.board[index], two.board[index]
        if here.state not in ANSWERS or there.state not in ANSWERS:
            continue
        pair = _answer(here, finding), _answer(there, finding)
        answers.append(pair)
        if pair[0] != pair[1] and not (one.has_seen(there) or two.has_seen(here)):
            conflicts.append(Conflict(finding, here, there))
    agreement = Agreement(len(answers), sum(a == b for a, b in answers), cohens_kappa(answers))
    return Merged(tuple(entry_of[one.id] for one in rulings), tuple(conflicts), agreement)


def cohens_kappa(answers: Sequence[tuple[str, str]]) -> float | None:
    """Agreement of two people beyond what their habits give by chance.

    ``(po - pe) / (1 - pe)``, where ``po`` is the share of equal answers and ``pe`` the share to
    be expected if each gave theirs at random as often as they did.

    Args:
        answers: The answers of both to each finding, as categories without order.

    Returns:
        1 for full agreement, 0 for chance, below 0 for less than chance. None where it is not
        defined: no findings, or both gave one and the same answer to all.

    Source:
        J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
        Measurement 20 (1960), 37-46.
    """
    size = len(answers)
    observed = sum(a == b for a, b in answers)
    left = Counter(a for a, _ in answers)
    right = Counter(b for _, b in answers)
    # In whole numbers until the end, so that no rounding hides a case without a value.
    expected = sum(left[answer] * right[answer] for answer in left)
    if expected == size * size:
        return None
    return (observed * size - expected) / (size * size - expected)


class _Side:
    """One of the files, and how the findings stand by it alone."""

    def __init__(self, entries: Sequence[Entry], findings: Sequence[Finding]) -> None:
        self._ids = {entry.ruling.id for entry in entries}
        self.board = Standings(findings)
        self.board.extend(in_order(entry.ruling for entry in entries))

    def has_seen(self, standing: Standing) -> bool:
        """Whether the ruling behind a standing is in this file too."""
        return standing.ruling is not None and standing.ruling.id in self._ids


def _answer(standing: Standing, finding: Finding) -> str:
    """The category of an answer; each text of a reviewer's own is one of its own."""
    if standing.state == "accepted" and standing.text != proposed(finding):
        return f"accepted {standing.text}"
    return standing.state


def _named(rulings: Iterable[Ruling]) -> list[Finding]:
    """The findings that rulings were made at, as far as a ruling remembers them."""
    named: dict[tuple[str, int | None, str], Finding] = {}
    members: list[Finding] = []
    for ruling in rulings:
        anchor = ruling.anchor
        if anchor is None or ruling.act == "remember":
            continue
        at = _remembered(anchor, anchor.start, anchor.end, anchor.key, ruling.replacement)
        named.setdefault((anchor.path, anchor.row, anchor.key), at)
        for one in ruling.excepted:
            spared = _remembered(one, one.start, one.end, one.key, ruling.replacement)
            named.setdefault((one.path, one.row, one.key), spared)
        members += (
            _remembered(anchor, one.start, one.end, one.key, one.replacement)
            | {"surface": "", "origin": one.origin}
            for one in ruling.only
        )
    for finding in members:
        named.setdefault((finding["path"], finding["row"], finding["key"]), finding)
    return list(named.values())


def _remembered(
    anchor: Anchor, start: int, end: int, key: str, replacement: str | None
) -> dict[str, Any]:
    return {
        "path": anchor.path,
        "row": anchor.row,
        "start": start,
        "end": end,
        "key": key,
        "surface": anchor.exact,
        "origin": anchor.origin,
        "suggestions": [] if replacement is None else [{"text": replacement}],
    }
