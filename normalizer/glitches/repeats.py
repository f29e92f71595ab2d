"""Words and phrases written twice in a row, as translation systems do when they loop."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator, Mapping
from typing import Final

from normalizer.annotation import Flag
from normalizer.glitches.marking import make_flag
from normalizer.glitches.pieces import FUNCTION_WORDS, Pieces, word_set
from normalizer.glitches.rules import GlitchRules, MechanicalRule

# Sentence-final words that English also writes twice in a row.
_DOUBLED_IN_ENGLISH: Final = word_set(
    "had that is do who her very really so no yes bye ha many much far long again more never now "
    "out in on too there here hear well oh knock please go day time blah boo tut chop night "
    "ever old big quite way round over by up down wait left right come one two hush dear"
)
_LINKS: Final = word_set("and by to or after upon")
# Words of the longest phrase that is looked for twice in a row.
LONGEST_LOOP: Final = 6


def find_repeats(pieces: Pieces, rules: GlitchRules) -> Iterator[Flag]:
    """Words and phrases written twice in a row."""
    lower, table = pieces.lower, rules.mechanical
    skip_to = 0
    for first, period in sorted(_repeats(lower)):
        if first < skip_to:
            continue
        phrase = lower[first : first + period]
        end = first + 2 * period
        while lower[end : end + period] == phrase:
            end += period
        # What English says so is skipped as a whole too, or a line of dots would be read again
        # from each of its words.
        skip_to = end - period + 1
        if any("\n" in gap or "." in gap for gap in pieces.gaps[first + 1 : end]):
            continue
        flag = _loop_flag(pieces, first, period, end, table)
        if flag is not None:
            skip_to = end
            yield flag


def _repeats(lower: list[str]) -> Iterator[tuple[int, int]]:
    """Where a phrase begins that stands there twice, with its length in words.

    A phrase of n words stands twice where n neighbours in a row are each equal to the word n
    further on; the comparisons are bytes, so that the search for the row is one call.
    """
    for period in range(1, LONGEST_LOOP + 1):
        same = bytes(map(operator.eq, lower, itertools.islice(lower, period, None)))
        row = b"\x01" * period
        first = same.find(row)
        while first >= 0:
            yield first, period
            first = same.find(row, first + period)


def _loop_flag(
    pieces: Pieces, first: int, period: int, end: int, table: Mapping[str, MechanicalRule]
) -> Flag | None:
    """A flag for a phrase that comes round, unless English says it so."""
    words = pieces.lower[first : first + period]
    twice = end - first == 2 * period
    if not all(map(str.isalpha, words)):
        return None
    if period == 1:
        idiom = _is_doubled_in_english(pieces, first, end)
    else:
        # "more and more and", "day by day by" go on; "Duran Duran Duran Duran" is a name.
        idiom = twice and (
            any(gap != " " for gap in pieces.gaps[first + 1 : end])
            or (period == 2 and len(_LINKS.intersection(words)) == 1)
            or all(word[0].isupper() for word in pieces.words[first:end])
        )
    if idiom:
        return None
    span = (pieces.starts[first], pieces.end(end - 1))
    once = pieces.text[pieces.starts[first] : pieces.end(first + period - 1)]
    rule = table["repeated-word" if period == 1 and twice else "repeated-phrase"]
    weak = 0.1 if period == 1 and twice and words[0] not in FUNCTION_WORDS else 0.0
    return make_flag(rule, pieces.text, span, once, shift=pieces.start, weaken=weak)


def _is_doubled_in_english(pieces: Pieces, first: int, end: int) -> bool:
    word = pieces.lower[first]
    tight = pieces.gaps[first + 1] == " "
    if end - first == 2:
        names = all(one[0].isupper() for one in pieces.words[first:end])
        return not tight or names or word in _DOUBLED_IN_ENGLISH or (len(word) == 1 and word != "a")
    return end - first < 4 and (not tight or word in _DOUBLED_IN_ENGLISH)
