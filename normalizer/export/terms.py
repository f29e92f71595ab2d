"""What the formats of search engines are written from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Why an engine cannot take a spelling, in the words of the summary.
EMPTY = "without a letter, or with control characters"
SEVERAL = "of several words"
_WORD = re.compile(r"[^\W_]+")
# Primes and half rings of scholarly romanization are letters to Unicode, and to engines no part
# of a word.
_MODIFIERS = re.compile(
    "[\N{MODIFIER LETTER SMALL H}-\N{MODIFIER LETTER SMALL REVERSED GLOTTAL STOP}]"
)


@dataclass(frozen=True, slots=True)
class Terms:
    """One name as an engine sees it: no two terms differ by case alone, none is without a word.

    Attributes:
        head: The canonical spelling.
        others: Its other spellings, likeliest first; never empty.
    """

    head: str
    others: tuple[str, ...]


Rows = Iterator[Terms]


def words_of(term: str) -> list[str]:
    """The words of a term, in small letters, without punctuation."""
    # The small form of a Turkish capital is two characters, and the second parts words.
    lowered = term.replace("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i").lower()
    return _WORD.findall(_MODIFIERS.sub("", lowered))


def linked(rows: Iterable[Terms], expand: bool) -> dict[str, list[str]]:
    """What each term should be searched as, for engines that ask term by term.

    Expanded, the canonical spelling leads to all others and each other to the canonical one: all
    pairs would be some fifty times as many.
    """
    links: dict[str, list[str]] = {}
    for row in rows:
        if expand:
            links.setdefault(row.head, []).extend(row.others)
        for other in row.others:
            links.setdefault(other, []).append(row.head)
    return links
