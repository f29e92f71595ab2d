"""Names that all siblings of a document spell in one way and the document in another.

Nobody needs to know the name: where three tellings of a story write Lomsadze and one writes
Romsadze, the odd one is a slip of its translation. Not so for spellings that are equal in English
(Sergei and Sergey), for forms of one name (Japan and Japanese, Naka and Naka-ku) and for words
that are no names; those are left alone whatever the siblings say.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from normalizer.glitches.alignment import Text
from normalizer.glitches.collation import Witness
from normalizer.glitches.spellings import same_name
from normalizer.glitches.vocabulary import Vocabulary

# Two spellings less alike than this are two names, or one name read in two ways.
MIN_ALIKE = 0.6
# A word among the first so many is an English word or a well-known name, not a slip.
COMMON_RANK = 12_000
_POSSESSIVE = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]s$")
FEATURES = (
    "siblings",
    "witnesses",
    "share",
    "alike",
    "places",
    "in_document",
    "neighbours",
    "alone",
    "overlap",
    "own_rank",
    "other_rank",
    "rank_step",
    "supports",
    "texts_with_own",
    "texts_with_other",
    "other_in_document",
    "own_in_siblings",
    "other_in_siblings",
    "same_start",
    "same_end",
    "own_length",
    "other_length",
    "rivals",
    "covered",
)


@dataclass(frozen=True, slots=True)
class NameVariant:
    """A spelling of one document and the spelling of its siblings.

    Attributes:
        surface: As the document spells it, without a possessive ending.
        reading: As the siblings do.
        witnesses: Ids of siblings that have it in the same place.
        places: ``(start, end)`` of every occurrence in the document.
        features: What was measured, by the names in `FEATURES`.
    """

    surface: str
    reading: str
    witnesses: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    features: tuple[float, ...]


@dataclass(slots=True)
class _Pair:
    alike: float
    witnesses: Counter[str] = field(default_factory=Counter)
    neighbours: int = 0
    alone: int = 0
    overlap: float = 0.0


def folder_names(
    document: Text,
    siblings: Sequence[Text],
    rows: Sequence[Sequence[Witness]],
    vocabulary: Vocabulary,
) -> list[NameVariant]:
    """Every spelling of a name that siblings write otherwise, in text order of the first place.

    Args:
        document: The document.
        siblings: Documents that tell the same story.
        rows: What `collation.hear` gave for the two.
        vocabulary: How common words are.
    """
    pairs, supports = _pairs(document, rows)
    if not pairs:
        return []
    places: dict[str, list[tuple[int, int]]] = {}
    own = {surface for surface, _ in pairs}
    spelled: Counter[str] = Counter()
    for sentence in document.sentences:
        for index, word in enumerate(sentence.words):
            name = _name(word)
            spelled[name] += 1
            if name in own:
                start = sentence.starts[index]
                places.setdefault(name, []).append((start, start + len(name)))
    there = [
        Counter(_name(word) for sentence in one.sentences for word in sentence.words)
        for one in siblings
    ]
    votes: dict[str, Counter[str]] = {}
    for (surface, reading), pair in pairs.items():
        votes.setdefault(surface, Counter())[reading] = len(pair.witnesses)
    found = [
        NameVariant(
            surface,
            reading,
            tuple(sorted(pair.witnesses)),
            tuple(places[surface]),
            _features(
                surface,
                reading,
                pair,
                votes[surface],
                supports[surface],
                spelled,
                there,
                vocabulary,
            ),
        )
        for (surface, reading), pair in pairs.items()
        if vocabulary.rank(surface) >= COMMON_RANK and not same_name(surface, reading)
    ]
    return sorted(found, key=lambda one: (one.places, one.reading))


def _pairs(
    document: Text, rows: Sequence[Sequence[Witness]]
) -> tuple[dict[tuple[str, str], _Pair], Counter[str]]:
    """Names of the document, each with a name that stands in its place in a sibling."""
    pairs: dict[tuple[str, str], _Pair] = {}
    supports: Counter[str] = Counter()
    for number, witnesses in enumerate(rows):
        sentence = document.sentences[number]
        own = [_name(word) for word in sentence.words]
        lower = {name.lower() for name in own}
        for witness in witnesses:
            theirs = [_name(word) for word in witness.passage.words]
            present = {name.lower() for name in theirs}
            supports.update(name for name in own if _is_name(name) and name.lower() in present)
            for gap in witness.gaps:
                for i in range(gap.start, gap.stop):
                    if not _is_name(own[i]) or own[i].lower() in present:
                        continue
                    best, alike = -1, 0.0
                    for j in range(gap.other_start, gap.other_stop):
                        if _is_name(theirs[j]) and theirs[j].lower() not in lower:
                            ratio = _alike(own[i], theirs[j])
                            if ratio > alike:
                                best, alike = j, ratio
                    if alike < MIN_ALIKE:
                        continue
                    pair = pairs.setdefault((own[i], theirs[best]), _Pair(alike))
                    pair.witnesses[witness.text.id] += 1
                    pair.overlap += witness.passage.overlap
                    pair.alone += gap.stop - gap.start == gap.other_stop - gap.other_start == 1
                    for a, b in ((i - 1, best - 1), (i + 1, best + 1)):
                        pair.neighbours += (
                            0 <= a < len(own)
                            and 0 <= b < len(theirs)
                            and own[a] == theirs[b]
                            and own[a][:1].isupper()
                        )
    return pairs, supports


def _features(
    surface: str,
    reading: str,
    pair: _Pair,
    votes: Counter[str],
    supports: int,
    spelled: Counter[str],
    there: Sequence[Counter[str]],
    vocabulary: Vocabulary,
) -> tuple[float, ...]:
    own_rank = math.log(2 + vocabulary.rank(surface))
    other_rank = math.log(2 + vocabulary.rank(reading))
    one, other = surface.lower(), reading.lower()
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    total = pair.witnesses.total()
    return (
        float(len(there)),
        float(len(pair.witnesses)),
        len(pair.witnesses) / len(there),
        pair.alike,
        float(total),
        float(spelled[surface]),
        pair.neighbours / total,
        pair.alone / total,
        pair.overlap / total,
        own_rank,
        other_rank,
        own_rank - other_rank,
        float(supports),
        float(sum(counts[surface] > 0 for counts in there)),
        float(sum(counts[reading] > 0 for counts in there)),
        float(spelled[reading]),
        float(sum(counts[surface] for counts in there)),
        float(sum(counts[reading] for counts in there)),
        float(start),
        float(end),
        float(len(one)),
        float(len(other)),
        float(max((votes[name] for name in votes if name != reading), default=0)),
        total / (spelled[surface] * len(there)),
    )


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio()


def _name(word: str) -> str:
    return _POSSESSIVE.sub("", word)


def _is_name(word: str) -> bool:
    """A capitalised word that is no abbreviation."""
    return len(word) > 2 and word[0].isupper() and not word.isupper()
