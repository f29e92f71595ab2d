"""Words that could have been meant by a word that looks wrong, by how they may have been mixed up.

Nothing here reads a sentence. A candidate of the lexicon or of `senses` shares a foreign word with
the word that stands there; one that is spelled or sounds alike is a slip of spelling or, for a
name, another way to hear it; one that is used alike is a neighbour in the vectors of the
vocabulary. Which of them fits, if any, is asked of a language model: `second_opinion`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from jellyfish import damerau_levenshtein_distance
from numpy.typing import NDArray

from normalizer.glitches.rules import load_glitch_rules
from normalizer.glitches.senses import Meant, load_confusions
from normalizer.glitches.sentences import stem
from normalizer.glitches.vocabulary import DIMENSIONS, Vocabulary, load_vocabulary
from normalizer.names.fold import fold

# How a candidate may have been mixed up with the word, from the likeliest slip to the freest.
RULE, SENSE, FORM, SPELLING, NAME, FREE = FAMILIES = (
    "rule",
    "sense",
    "form",
    "spelling",
    "name",
    "use",
)
# At most so many of each family; a pass of the model costs the same for each.
LIMITS = {"rule": 3, "sense": 14, "form": 4, "spelling": 4, "name": 20, "use": 10}
# Common words are mistaken for common words, names for names that somebody writes.
COMMON_RANK, NAME_RANK = 40_000, 250_000
# By so much a name may be rarer than the one it stands for.
MAX_RARER = 4
# Cosine from which on two words are used alike.
MIN_LIKENESS = 0.45
# Shorter words are alike by chance.
MIN_LENGTH = 4
_ENDINGS = (
    "ist ists er ers or ors ian ians ion ions ing ment ments ity al ial ive ed s y ness ant ent ic "
    "ical ary e ation ations able ible ance ence an ans"
).split()
# Letters that sound alike, in the order in which they are written one way.
_SOUNDS = tuple(
    pair.split(":")
    for pair in "sch:sh tch:ch ph:f kh:h ck:k th:t ts:z tz:z ch:C sh:S zh:S x:ks".split()
)
# British and American, and hyphens: two ways to write one word.
_EQUAL = tuple(
    pair.split(":")
    for pair in (
        "isa:iza ise:ize isi:izi yse:yze ou:o ae:e oe:e ogue:og mme:m ll:l tre:ter aero:air u:o -:"
    ).split()
)
_LETTERS = str.maketrans("cqwz", "kkvs", "aeiouy'-")
_CONSONANTS = "bdfghjklmnprstvCSk"
_DOUBLED = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that could have been meant.

    Attributes:
        text: As it would be written.
        family: How it may have been mixed up, one of `FAMILIES`.
        langs: Source languages in which it may; empty for any.
        reason: For a person: the foreign word or the rule; may be empty.
        rule: How sure the rule is in its own context; 0 for other families.
    """

    text: str
    family: str
    langs: frozenset[str] = frozenset()
    reason: str = ""
    rule: float = 0.0


class Candidates:
    """Everything that candidates are looked up in, made once a process."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        meant: Mapping[str, tuple[Meant, ...]],
        ordinary: Container[str] = frozenset(),
    ) -> None:
        """Index a vocabulary.

        Args:
            vocabulary: Words by frequency, and their vectors.
            meant: From `senses.confusions`.
            ordinary: Lower-case words that are no names.
        """
        self._ordinary = ordinary
        self._vocabulary = vocabulary
        self._meant = meant
        self._words = list(vocabulary.ranks)
        self._by_bones = _index(self._words[:NAME_RANK])
        vectors = np.frombuffer(vocabulary.vectors, np.int8).reshape(-1, DIMENSIONS)
        lengths = np.sqrt((vectors.astype(np.float32) ** 2).sum(1, keepdims=True))
        self._vectors: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-6)

    def of_word(self, word: str) -> list[Candidate]:
        """Candidates for a word that is no name, likeliest slips first, without repeats."""
        key = word.lower()
        found: dict[str, Candidate] = {}
        for candidate in (*self._known(key), *self.alike(key), *self._used_alike(key)):
            if stem(candidate.text) != stem(key) or candidate.family == "rule":
                found.setdefault(candidate.text, candidate)
        capital = word[:1].isupper()
        return [_written(one, capital) for one in found.values()]

    def of_rules(self, word: str) -> list[Candidate]:
        """What rules of the lexicon suggest for a word elsewhere than in their own context."""
        capital = word[:1].isupper()
        known = self._known(word.lower())
        return [_written(one, capital) for one in known if one.family == RULE]

    def of_name(self, word: str) -> list[Candidate]:
        """Names that are written or sound much like a capitalised word, the nearest first.

        A name gives way to none that is much rarer.
        """
        most = min(NAME_RANK, MAX_RARER * self._vocabulary.rank(word))
        near = [one for one in self._near(word, most, slack=1) if one[2] not in self._ordinary]
        near.sort(key=_unlikely)
        return [Candidate(_like(word, text), "name") for _, _, text in near[: LIMITS["name"]]]

    def _known(self, key: str) -> Iterator[Candidate]:
        taken = {"rule": 0, "sense": 0}
        for one in self._meant.get(key, ()):
            family = "rule" if one.rule else "sense"
            taken[family] += 1
            if taken[family] <= LIMITS[family]:
                yield Candidate(one.text, family, one.langs, one.reason, one.rule)

    def alike(self, key: str) -> Iterator[Candidate]:
        """Words with another ending of the same beginning, and words spelled or sounding alike."""
        taken = {"form": 0, "spelling": 0}
        for _, _, text in sorted([*self._derived(key), *self._near(key, COMMON_RANK)]):
            if _unified(text) == _unified(key):
                continue
            family = "form" if _same_beginning(key, text) else "spelling"
            taken[family] += 1
            if taken[family] <= LIMITS[family]:
                yield Candidate(text, family)

    def _derived(self, key: str) -> Iterator[tuple[float, int, str]]:
        ranks = self._vocabulary.ranks
        for ending in ("", *_ENDINGS):
            if key.endswith(ending) and len(key) - len(ending) >= MIN_LENGTH:
                root = key[: len(key) - len(ending)]
                for other in ("", *_ENDINGS):
                    rank = ranks.get(root + other, COMMON_RANK)
                    if other != ending and rank < COMMON_RANK // 2:
                        yield 1.0, rank, root + other

    def _near(self, word: str, limit: int, slack: int = 0) -> Iterator[tuple[float, int, str]]:
        """Words that are spelled or sound alike: distance, rank, word.

        A vowel counts half: languages differ in them most. Another first letter counts more.
        """
        key = fold(word).lower()
        if len(key) < MIN_LENGTH:
            return
        bones = _bones(key)
        ranks = self._vocabulary.ranks
        for at, near in enumerate((bones, *_edits(bones))):
            for other in self._by_bones.get(near, ()):
                # The same bones may differ in their vowels, other bones in little else.
                most = (2 + slack if len(key) > MIN_LENGTH else 1 + slack) if not at else 2
                if at and len(key) <= MIN_LENGTH + 1:
                    most = 1
                if other != key and ranks[other] < limit and abs(len(other) - len(key)) <= most:
                    distance = damerau_levenshtein_distance(key, other)
                    if distance <= most:
                        first = 0.0 if other[0] == key[0] else 0.5
                        yield (distance if at else distance / 2) + first, ranks[other], other

    def _used_alike(self, key: str) -> Iterator[Candidate]:
        row = self._vocabulary.ranks.get(key, len(self._vectors))
        if row >= len(self._vectors):
            return
        likeness = self._vectors @ self._vectors[row]
        count = min(3 * LIMITS["use"], len(likeness) - 1)
        nearest = np.argpartition(-likeness, count)[:count]
        taken = 0
        for at in sorted(nearest, key=lambda at: -likeness[at]):
            text = self._words[at]
            if likeness[at] >= MIN_LIKENESS and text != key and text.isalpha():
                taken += 1
                if taken <= LIMITS["use"]:
                    yield Candidate(text, "use")


@cache
def load_candidates() -> Candidates:
    """The shipped tables and vocabulary, ready to be asked."""
    rules = load_glitch_rules()
    return Candidates(load_vocabulary(), load_confusions(), rules.common_words - rules.names)


def _index(words: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    # One pass over the text of all words: ten times as fast as word by word.
    for bones, word in zip(_bones("\n".join(words)).split("\n"), words, strict=True):
        if len(word) >= MIN_LENGTH and len(bones) > 1 and word.isalpha():
            found.setdefault(bones, []).append(word)
    return found


def _unified(word: str) -> str:
    """A word with one spelling for what English spells in two ways.

    >>> _unified("co-organised") == _unified("coorganized")
    True
    >>> _unified("roubles") == _unified("rubles")
    True
    """
    for one, other in _EQUAL:
        word = word.replace(one, other)
    return word


def _bones(text: str) -> str:
    """What is left of words when vowels are dropped and like sounds are written alike.

    >>> _bones("keanu") == _bones("kianu"), _bones("mookie") == _bones("mokey")
    (True, True)
    """
    for spelled, sound in _SOUNDS:
        text = text.replace(spelled, sound)
    return _DOUBLED.sub(r"\1", text.translate(_LETTERS))


def _edits(bones: str) -> Iterator[str]:
    """Every string one consonant away; of two bones only longer ones, which chance makes rarer."""
    seen = {bones}
    places = range(len(bones) + 1)
    made = [bones[:at] + c + bones[at:] for at in places for c in _CONSONANTS]
    if len(bones) > 2:
        made += [bones[:at] + bones[at + 1 :] for at in places[:-1]]
        made += [bones[:at] + c + bones[at + 1 :] for at in places[:-1] for c in _CONSONANTS]
    for one in made:
        if one not in seen:
            seen.add(one)
            yield one


def _unlikely(near: tuple[float, int, str]) -> float:
    """How far a name is to fetch: a letter weighs as much as being four times as rare."""
    distance, rank, _ = near
    return 1.4 * distance + math.log(2 + rank)


def _same_beginning(one: str, other: str) -> bool:
    """Whether two words differ in their endings only."""
    length = min(len(one), len(other)) - 3
    return (length >= MIN_LENGTH and one[:length] == other[:length]) or (
        min(len(one), len(other)) >= MIN_LENGTH + 1
        and (one.startswith(other) or other.startswith(one))
    )


def _like(word: str, text: str) -> str:
    return text.upper() if word.isupper() and len(word) > 1 else text[:1].upper() + text[1:]


def _written(candidate: Candidate, capital: bool) -> Candidate:
    if not capital:
        return candidate
    return replace(candidate, text=candidate.text[:1].upper() + candidate.text[1:])
