"""A text cut into words and the gaps between them: what the detectors read.

One call of the regular expression engine a chunk does the cutting, so that everything after it is
list work over words and gaps. A chunk ends at a line end where one is near, else at a space; a
document of one endless line is cut like any other, and memory stays flat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

# Characters a chunk: larger ones push their lists out of the processor's cache.
CHUNK = 1 << 13
_WORD = re.compile("([^\\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\\W_]+)*)")


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for word lists that read better as a line than as a column."""
    return frozenset(text.split())


LINE = re.compile(r"[^\n]+")
FUNCTION_WORDS = word_set(
    "the a an of to and in for with from by at as or be are was were it its this which they he "
    "she we his their have has not but will would been on"
)


class Pieces:
    """The words of a chunk and the gaps around them.

    Attributes:
        text: The chunk.
        start: Where the chunk begins in the document, in code points.
        words: The words as they stand; a hyphen separates two words, an apostrophe does not.
        lower: The same words in lower case.
        gaps: ``gaps[i]`` stands before ``words[i]``; one more gap than words.
        distinct: The different words, as they stand.
    """

    __slots__ = ("_parts", "_starts", "distinct", "gaps", "lower", "start", "text", "words")

    def __init__(self, text: str, start: int = 0) -> None:
        self.text = text
        self.start = start
        self._parts = _WORD.split(text)
        self._starts: list[int] = []
        self.words = self._parts[1::2]
        self.gaps = self._parts[0::2]
        self.lower = [*map(str.lower, self.words)]
        self.distinct = frozenset(self.words)

    @property
    def starts(self) -> list[int]:
        """Where each word begins, in the chunk; counted when first asked for."""
        if not self._starts:
            self._starts = [*accumulate(map(len, self._parts))][0:-1:2]
        return self._starts

    def end(self, index: int) -> int:
        """Where a word ends, in the chunk."""
        return self.starts[index] + len(self.words[index])


def cut(text: str, *, size: int = CHUNK) -> Iterator[Pieces]:
    """Cut a text into chunks of about ``size`` characters, in order, none left out."""
    start = 0
    while start < len(text):
        end = start + size
        if end >= len(text):
            end = len(text)
        else:
            for mark in ("\n", " "):
                if (at := text.rfind(mark, start + size // 2, end)) >= 0:
                    end = at + 1
                    break
        yield Pieces(text[start:end], start)
        start = end
