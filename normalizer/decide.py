"""One decision a finding: apply it, propose it, or stay silent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from normalizer.annotation import Decision, Document, Flag, Resolution, Span, Verdict
from normalizer.settings import DEFAULT, Settings

# An equal English spelling (Macao for Macau) is hardly ever what a reader calls an error.
EQUAL_SPELLING = 0.5


def decide(
    document: Document,
    resolutions: Iterable[Resolution],
    flags: Iterable[Flag] = (),
    *,
    settings: Settings = DEFAULT,
) -> list[Decision]:
    """Turn findings into decisions that do not overlap, in text order.

    A name is applied when the score of its entity reaches ``settings.apply`` and proposed from
    ``settings.propose`` on. A flag proposes, unless ``settings.fix`` names its category, and
    says nothing of a place that is a name to change. Where two names overlap, the surer one
    stands, then the longer; the order in which they are given makes no difference.
    """
    decisions: list[Decision] = []
    verdict: Verdict
    for resolution in resolutions:
        chosen = resolution.chosen
        if chosen and chosen.score >= settings.propose:
            verdict = "apply" if chosen.score >= settings.apply else "propose"
            mention = resolution.mention
            span, before, after = trim(mention.span, mention.surface, chosen.replacement)
            key = finding_key(document.id, span, before, chosen.entity_id)
            decisions.append(Decision(key, span, before, after, verdict, "score", resolution))
    for flag in flags:
        if flag.score >= settings.propose:
            fixable = flag.category in settings.fix and flag.suggestions
            after = flag.suggestions[0].text if flag.suggestions else flag.surface
            verdict = "apply" if fixable else "propose"
            key = finding_key(document.id, flag.span, flag.surface, flag.origin)
            decisions.append(Decision(key, flag.span, flag.surface, after, verdict, "score", flag))
    return sorted(_disjoint(decisions), key=lambda one: (one.span, one.finding_key))


def trim(span: Span, before: str, after: str) -> tuple[Span, str, str]:
    """Leave out the words at both ends that stay as they are.

    ``Alexeï Navalny`` -> ``Alexei Navalny`` is a change of the first word only; the other is
    not touched, and no report should say so.
    """
    old, new = before.split(" "), after.split(" ")
    first = 0
    while first < min(len(old), len(new)) - 1 and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first - 1 and old[-1 - last] == new[-1 - last]:
        last += 1
    start = span.start + len("".join(word + " " for word in old[:first]))
    end = span.end - len("".join(" " + word for word in old[len(old) - last :]))
    changed = " ".join(new[first : len(new) - last])
    return Span(start, end), before[start - span.start : end - span.start], changed


def finding_key(document_id: str, span: Span, surface: str, origin: str) -> str:
    """A key that stays the same as long as document, place, surface and origin do."""
    text = f"{document_id}\0{span.start}\0{span.end}\0{surface}\0{origin}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def score_of(finding: Resolution | Flag) -> float:
    """The probability that something is wrong there and the finding right.

    A resolution without a choice has 0, an equal English spelling at most `EQUAL_SPELLING`: sure as
    the entity may be, in a list of findings it comes after real errors.
    """
    if isinstance(finding, Resolution) and finding.chosen and finding.chosen.equal:
        return min(finding.chosen.score, EQUAL_SPELLING)
    return _sure(finding)


def _sure(finding: Resolution | Flag) -> float:
    """The probability that the finding is right, error or not."""
    if isinstance(finding, Flag):
        return finding.score
    return finding.chosen.score if finding.chosen else 0.0


def _disjoint(decisions: Iterable[Decision]) -> list[Decision]:
    """Leave one decision a place of those that may change it, the surer one.

    A name that overlaps a surer name is dropped, and so is a flag inside a name; a flag that
    would be fixed across one is only proposed; other flags change nothing.
    """
    kept: list[Decision] = []
    taken: list[Span] = []
    for one in sorted(
        decisions,
        key=lambda one: (
            isinstance(one.finding, Flag),
            -_sure(one.finding),
            one.span.start - one.span.end,
            one.span,
            one.finding_key,
        ),
    ):
        overlaps = any(one.span.start < span.end and span.start < one.span.end for span in taken)
        if isinstance(one.finding, Flag):
            if any(span.start <= one.span.start and one.span.end <= span.end for span in taken):
                continue
            kept.append(replace(one, verdict="propose") if overlaps else one)
            if one.verdict == "apply" and not overlaps:
                taken.append(one.span)
        elif not overlaps:
            kept.append(one)
            taken.append(one.span)
    return kept
