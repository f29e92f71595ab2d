"""How many cells of a terminal a text takes, and lines that fit.

A cell is the width of a Latin letter. Chinese, Japanese and Korean characters take two, marks
that sit on another letter none. Ambiguous characters (Greek, Cyrillic, some punctuation) count
one, as terminals outside East Asia draw them.

Source:
    Unicode Standard Annex 11, East Asian Width; combining classes of the character database.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

ELLIPSIS = "..."
_MARKS = frozenset({"Mn", "Me"})
# Conjoining Korean vowels and final consonants are drawn into the block of the first consonant.
_JOINED = range(0x1160, 0x1200)


def cells(text: str) -> int:
    """The cells that a text without control characters takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def wrap(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Break a text into lines of at most ``width`` cells, at spaces where there are any.

    Yields:
        Start and end of each line in the text; the spaces at a break belong to no line. An empty
        text is one empty line.
    """
    start = 0
    while True:
        # Where not even one character fits, it goes over the edge with its marks.
        end = _fitting(text, start, width)
        if start == end < len(text):
            end = _fitting(text, start, 2)
        if end == len(text):
            yield start, end
            return
        space = text.rfind(" ", start, end + 1)
        # A space in the first cells would leave a line of nothing.
        if space > start and text[start:space].strip():
            end = space
        yield start, start + len(text[start:end].rstrip(" "))
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
        if start == len(text):
            return


def keep_start(text: str, width: int) -> str:
    """The text, or as much of its beginning as fits, with an ellipsis for the rest."""
    if cells(text) <= width:
        return text
    return text[: _fitting(text, 0, max(0, width - len(ELLIPSIS)))] + ELLIPSIS


def keep_end(text: str, width: int) -> str:
    """The text, or as much of its end as fits, with an ellipsis for the rest."""
    if cells(text) <= width:
        return text
    left, start = max(0, width - len(ELLIPSIS)), len(text)
    at = len(text)
    while at and left >= 0:
        at -= 1
        left -= _cells_of(text[at])
        if left >= 0 and unicodedata.category(text[at]) not in _MARKS:
            start = at
    return ELLIPSIS + text[start:]


def keep_both(text: str, width: int) -> str:
    """The text, or its beginning and end with an ellipsis between them."""
    if cells(text) <= width:
        return text
    head = text[: _fitting(text, 0, max(0, width - len(ELLIPSIS)) * 2 // 3)]
    return head + keep_end(text, width - cells(head))


def pad(text: str, width: int) -> str:
    """The text with spaces after it up to ``width`` cells."""
    return text + " " * (width - cells(text))


def pad_before(text: str, width: int) -> str:
    """The text with spaces before it up to ``width`` cells."""
    return " " * (width - cells(text)) + text


def _cells_of(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in _MARKS or ord(character) in _JOINED:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _fitting(text: str, start: int, width: int) -> int:
    """Where a line of so many cells from ``start`` must end; a letter keeps all its marks."""
    left, at = width, start
    while at < len(text) and (left := left - _cells_of(text[at])) >= 0:
        at += 1
    return at
