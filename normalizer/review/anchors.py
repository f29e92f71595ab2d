"""Where a ruling was made, and where that place is in a document that has changed since.

A place is kept twice, by position and by quote, as in the W3C Web Annotation model: offsets for
the text as it was, told by its hash, and the words around for a text that was edited.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from normalizer.annotation import Span

# Code points of context on either side; W3C leaves the number open, hypothes.is keeps 32 too.
CONTEXT = 32
# Of the context that was written down, the share that must still stand beside the quote.
LIKENESS = 0.5
# By how much of it the best place must be better than the next: less may be chance.
MARGIN = 0.1
# A quote that stands in more places than this is too common to tell them apart.
MAX_PLACES = 1000


@dataclass(frozen=True, slots=True)
class Anchor:
    """One finding as a ruling remembers it.

    Attributes:
        path: File, as in the finding.
        row: Line in a file of rows; None for a file that is one text.
        doc: Hash of the text, from `digest`.
        start: First code point of the span.
        end: The code point after it.
        exact: The characters of the span.
        prefix: Up to `CONTEXT` code points before it.
        suffix: Up to `CONTEXT` code points after it.
        key: Key of the finding.
        origin: Rule, scheme or table behind the finding.
    """

    path: str
    row: int | None
    doc: str
    start: int
    end: int
    exact: str
    prefix: str
    suffix: str
    key: str
    origin: str


def digest(text: str) -> str:
    """What tells a text from every other: ``sha256:`` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def quote(text: str, span: Span) -> tuple[str, str, str]:
    """The words of a span with those before and after it."""
    before = text[max(0, span.start - CONTEXT) : span.start]
    return before, text[span.start : span.end], text[span.end : span.end + CONTEXT]


def locate(anchor: Anchor, text: str) -> Span | None:
    """Find the quoted place in a text that is not the one the anchor was made for.

    The quote itself must stand as it stood. Of several places the one wins whose surroundings are
    most alike, whatever was done to the line breaks; two that are about as much alike are no
    answer, and neither is one whose surroundings are mostly new.

    Returns:
        The span, or None when the place is gone or cannot be told.
    """
    places = _places(anchor.prefix + anchor.exact + anchor.suffix, text, 2)
    if len(places) == 1:
        start = places[0] + len(anchor.prefix)
        return Span(start, start + len(anchor.exact))
    places = _places(anchor.exact, text, MAX_PLACES + 1)
    if not anchor.exact or len(places) > MAX_PLACES:
        return None
    ranked = sorted(((_likeness(anchor, text, start), start) for start in places), reverse=True)
    if not ranked or ranked[0][0] < LIKENESS:
        return None
    likeness, start = ranked[0]
    if len(ranked) > 1 and ranked[1][0] > likeness - MARGIN:
        return None
    return Span(start, start + len(anchor.exact))


def _places(words: str, text: str, limit: int) -> list[int]:
    """The first places where words stand, overlapping ones too."""
    found: list[int] = []
    start = text.find(words)
    while start >= 0 and len(found) < limit:
        found.append(start)
        start = text.find(words, start + 1)
    return found


def _likeness(anchor: Anchor, text: str, start: int) -> float:
    """The share of the context that still stands beside a place, counted from the place out."""
    end = start + len(anchor.exact)
    # Twice the context, because line breaks and indents may have grown.
    before = _folded(text[max(0, start - 2 * CONTEXT) : start])[::-1]
    after = _folded(text[end : end + 2 * CONTEXT])
    prefix, suffix = _folded(anchor.prefix)[::-1], _folded(anchor.suffix)
    wanted = len(prefix) + len(suffix)
    same = sum(1 for _ in _common(prefix, before)) + sum(1 for _ in _common(suffix, after))
    return same / wanted if wanted else 1.0


def _common(one: str, other: str) -> Iterator[str]:
    for a, b in zip(one, other, strict=False):
        if a != b:
            return
        yield a


def _folded(text: str) -> str:
    """With one space for every run of white space, so that new line breaks change nothing."""
    folded = " ".join(text.split())
    return " " * text[:1].isspace() + folded + " " * (bool(folded) and text[-1:].isspace())
