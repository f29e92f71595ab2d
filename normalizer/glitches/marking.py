"""Flags of the mechanical detectors: a span of a chunk, a rule and what could stand there."""

from __future__ import annotations

from normalizer.annotation import Evidence, Flag, Span, Suggestion
from normalizer.glitches.rules import MechanicalRule


def make_flag(
    rule: MechanicalRule,
    text: str,
    span: tuple[int, int],
    *suggestions: str,
    shift: int = 0,
    weaken: float = 0.0,
) -> Flag:
    """A flag of a mechanical rule.

    Args:
        rule: The row of the detector.
        text: The chunk or text that the span points into.
        span: Half open, in ``text``.
        suggestions: Drop-in texts, best first.
        shift: Where ``text`` begins in the document.
        weaken: What to take off the score for a weak case.
    """
    start, end = span
    score = max(0.05, rule.score - weaken)
    return Flag(
        span=Span(shift + start, shift + end),
        surface=text[start:end],
        category=rule.category,
        origin=rule.id,
        score=score,
        message=rule.message,
        suggestions=tuple(
            Suggestion(one, round(score / (place + 1), 4)) for place, one in enumerate(suggestions)
        ),
        evidence=(Evidence(rule.message, 0.0),),
    )


def in_text_order(flag: Flag) -> tuple[int, int, float, str, str]:
    """A key that sorts flags by place, the surer first; no two findings tie."""
    return flag.span.start, flag.span.end, -flag.score, flag.category, flag.origin
