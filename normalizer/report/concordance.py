"""Keyword in context: what stands left and right of a span, on one line."""

from __future__ import annotations

from dataclasses import dataclass

from normalizer.annotation import Span

# Code points on either side; a page of news has some 90 in a line.
WIDTH = 60


@dataclass(frozen=True, slots=True)
class Context:
    """The words around a span, white space made single.

    Attributes:
        left: What stands before, ending with the space or mark next to the span.
        right: What stands after.
    """

    left: str
    right: str


def context(text: str, span: Span, width: int = WIDTH) -> Context:
    """The surroundings of a span, cut between words where more than one is shown.

    Args:
        text: The whole document.
        span: Where the keyword stands.
        width: At most so many code points of text on either side.
    """
    left = text[max(0, span.start - width) : span.start]
    if span.start > width and not text[span.start - width - 1].isspace():
        left = _after_gap(left)
    right = text[span.end : span.end + width]
    if span.end + width < len(text) and not text[span.end + width].isspace():
        right = _after_gap(right[::-1])[::-1]
    return Context(_single_spaced(left, end=True), _single_spaced(right, end=False))


def _after_gap(text: str) -> str:
    """Without the cut word at the start; the text itself if nothing else is in it."""
    gap = next((at for at, c in enumerate(text) if c.isspace()), len(text))
    return text[gap:] if text[gap:].strip() else text


def _single_spaced(text: str, *, end: bool) -> str:
    words = " ".join(text.split())
    at_span = text[-1:] if end else text[:1]
    if at_span.isspace() and words:
        return f"{words} " if end else f" {words}"
    return words
