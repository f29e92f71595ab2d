"""How common an English word is and which words it resembles, from a table made beforehand.

`models/words.txt` lists words, the most frequent first; `models/vectors.bin` holds 48 signed
bytes for each of the first of them. How both were made: `bench/make_vocabulary.py`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from operator import mul
from pathlib import Path

from normalizer.shipped import shipped

DIMENSIONS = 48
_APOSTROPHE = "['\N{RIGHT SINGLE QUOTATION MARK}]"
_JOINT = re.compile(f"(?:n{_APOSTROPHE}t|{_APOSTROPHE}(?:s|re|ve|ll|d|m)?)$|[-{_APOSTROPHE[1:]}")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Word ranks and word vectors.

    Attributes:
        ranks: Lower-case word -> place in the order of frequency, from 0.
        vectors: One row of `DIMENSIONS` signed bytes for each of the first words.
    """

    ranks: dict[str, int]
    vectors: memoryview

    def rank(self, word: str) -> int:
        """The place of a word by frequency; the number of all words for one not listed.

        A contraction counts as its first word, a compound as its rarest part.

        >>> table = Vocabulary({"do": 0, "war": 1, "torn": 2}, memoryview(b""))
        >>> table.rank("Don't"), table.rank("war-torn"), table.rank("wartorn")
        (0, 2, 3)
        """
        key = word.lower()
        found = self.ranks.get(key)
        if found is None:
            parts = _JOINT.split(key)
            if len(parts) > 1:
                ranks = [self.ranks.get(part, len(self.ranks)) for part in parts if part]
                return max(ranks, default=len(self.ranks))
            return len(self.ranks)
        return found

    def knows(self, word: str) -> bool:
        """Whether the word is listed, in any case, or all its parts are."""
        return self.rank(word) < len(self.ranks)

    def vector(self, word: str) -> memoryview | None:
        """The vector of a word; None for a rare one."""
        row = self.ranks.get(word.lower(), -1) * DIMENSIONS
        return self.vectors[row : row + DIMENSIONS] if 0 <= row < len(self.vectors) else None

    def likeness(self, one: str, other: str) -> float | None:
        """Cosine of two words, in [-1, 1]; None where one of them has no vector."""
        left, right = self.vector(one), self.vector(other)
        if left is None or right is None:
            return None
        return float(sum(map(mul, left, right)) / (_length(left) * _length(right)))

    def context(self, words: list[str]) -> list[float] | None:
        """The middle of the vectors of some words, each of length 1; None if none has one."""
        total = [0.0] * DIMENSIONS
        found = 0
        for word in words:
            row = self.vector(word)
            if row is not None:
                scale = 1 / _length(row)
                total = [sum_ + scale * value for sum_, value in zip(total, row, strict=True)]
                found += 1
        return [value / found for value in total] if found else None

    def fit(self, word: str, context: list[float] | None) -> float | None:
        """How well a word goes with a context; None where either has no vector."""
        row = self.vector(word)
        if row is None or context is None:
            return None
        return float(sum(map(mul, row, context)) / _length(row))


@cache
def load_vocabulary(folder: Path | None = None) -> Vocabulary:
    """Read the two files once a process; nothing in them changes while a program runs."""
    folder = folder or shipped("models")
    words = (folder / "words.txt").read_text(encoding="utf-8").split()
    # 340,000 words at every start: zip is three times as fast as a comprehension.
    ranks = dict(zip(words, range(len(words)), strict=True))
    return Vocabulary(ranks, memoryview((folder / "vectors.bin").read_bytes()).cast("b"))


def _length(row: memoryview) -> float:
    return math.sqrt(sum(map(mul, row, row))) or 1.0
