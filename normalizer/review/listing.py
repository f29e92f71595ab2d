"""Rulings and conflicts as lines for a terminal, and conflicts as records for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from normalizer.report.findings import VERSION
from normalizer.report.safe_text import safe_text
from normalizer.review.agreement import Agreement, Conflict, Merged, merge
from normalizer.review.decisions_file import Entry
from normalizer.review.rulings import Ruling, still_standing
from normalizer.review.standing import Standing, proposed

# More pairs of reviewers than this say nothing in lines.
MAX_PAIRS = 6


def ruling_text(ruling: Ruling) -> str:
    """One ruling: when, who, what, for which words, and where it was made."""
    anchor = ruling.anchor
    words = [ruling.at, ruling.by, ruling.act]
    if anchor is None:
        return safe_text("  ".join([*words, ruling.undoes]))
    if ruling.scope == "document":
        words.append(f"{counted(len(ruling.only), 'finding')} of the document")
    else:
        words.append(_change(anchor.exact, ruling.value or ruling.replacement))
    if ruling.scope == "everywhere":
        words.append("everywhere" + (f" but {len(ruling.excepted)}" if ruling.excepted else ""))
    words.append(_place(anchor.path, anchor.row, anchor.start))
    return safe_text("  ".join(words))


def conflict_line(conflict: Conflict) -> str:
    """One conflict: where, the words, and who says what."""
    finding = conflict.finding
    place = _place(finding["path"], finding["row"], finding["start"])
    words = _change(finding["surface"], proposed(finding))
    return safe_text(f"{place}: {words}: {_said(conflict.left)}, {_said(conflict.right)}")


def conflict_record(conflict: Conflict) -> dict[str, Any]:
    """One conflict as a JSON object: place and words of the finding, and both answers."""
    finding = conflict.finding
    names = ("key", "path", "row", "start", "end", "surface", "origin")
    return (
        {"v": VERSION, "record": "conflict"}
        | {name: finding[name] for name in names}
        | {
            "replacement": proposed(finding),
            "left": _answer_record(conflict.left),
            "right": _answer_record(conflict.right),
        }
    )


def merge_lines(merged: Merged) -> Iterator[str]:
    """What a merge comes to."""
    yield f"{counted(len(merged.entries), 'line')}, {counted(len(merged.conflicts), 'conflict')}"
    yield agreement_line(merged.agreement)


def agreement_line(agreement: Agreement) -> str:
    """How far two reviewers agree, with Cohen's kappa where it is defined."""
    if not agreement.both:
        return "no finding was answered by both"
    line = f"{counted(agreement.both, 'finding')} answered by both, {agreement.same} alike"
    if agreement.kappa is None:
        return f"{line}; no kappa, since all answers are the same"
    return f"{line}, Cohen's kappa {agreement.kappa:.2f}"


def summary_lines(entries: Sequence[Entry]) -> Iterator[str]:
    """What a decisions file holds, and how far its reviewers agree with each other."""
    rulings = [one.ruling for one in entries]
    made = [one for one in rulings if not one.undoes]
    holding = still_standing(rulings)
    acts = Counter(one.act for one in holding)
    told = ", ".join(f"{count} {act}" for act, count in sorted(acts.items()))
    undone = len(made) - len(holding)
    told = f": {told}" if told else ""
    yield f"decisions that hold: {len(holding)}, undone: {undone}{told}"
    by: dict[str, list[Entry]] = {}
    for entry in entries:
        by.setdefault(entry.ruling.by, []).append(entry)
    pairs = list(combinations(sorted(by), 2))
    for one, two in pairs[:MAX_PAIRS]:
        line = agreement_line(merge(by[one], by[two]).agreement)
        yield safe_text(f"{one} and {two}: {line}")
    if len(pairs) > MAX_PAIRS:
        yield f"and {counted(len(pairs) - MAX_PAIRS, 'more pair')} of reviewers"


def counted(number: int, what: str) -> str:
    """A number with its noun: ``1 conflict``, ``2 conflicts``."""
    return f"{number} {what}" + "s" * (number != 1)


def _change(surface: str, text: str | None) -> str:
    return surface if text is None else f"{surface} -> {text or '(nothing)'}"


def _place(path: str, row: int | None, start: int) -> str:
    # Without the text nobody knows the line, so it must not look like one.
    return f"{path}, offset {start}" if row is None else f"{path}, row {row}, offset {start}"


def _said(standing: Standing) -> str:
    by = standing.ruling.by if standing.ruling else ""
    return f"{by} {standing.state}" + (
        f" '{standing.text}'" if standing.state == "accepted" and standing.text is not None else ""
    )


def _answer_record(standing: Standing) -> dict[str, Any]:
    ruling = standing.ruling
    return {
        "state": standing.state,
        "text": standing.text,
        "by": ruling.by if ruling else None,
        "at": ruling.at if ruling else None,
        "ruling": ruling.id if ruling else None,
    }
