"""Sentences in which words were swapped on purpose, by what translation mixes up.

People mark few words, and no two people the same. Here it is known which word is wrong: another
sense of the same foreign word, a word of another kind of the same root, a word that has nothing to
do with it, or a name with a letter changed. That is a task of its own for the tagger, beside those
of the marked sentences, so that what is wrong there is still learned from people.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from functools import cache

from bench.tagger_texts import Sample, Spots, words_of
from normalizer.glitches.candidates import load_candidates
from normalizer.glitches.senses import load_confusions
from normalizer.glitches.vocabulary import load_vocabulary

# How often a word is swapped; those that share a foreign word with another one more often.
RATE, MIXED_UP, OTHERS = 0.1, 2.2, 0.7
# Function words before this rank stay, and so do shorter words; shorter names too.
MIN_RANK, MIN_LENGTH, MIN_NAME = 100, 3, 4
# Of a swap: up to here another sense, for words without one any word of like rank up to the second
# and a word alike up to the third; else none. Of names every other one.
SENSE, ANY, ALIKE, NAMES = 0.75, 0.5, 0.6, 0.5
# Words that nothing connects are of half to twice the rank, between these.
LOWEST, HIGHEST, LAST = 150, 29_000, 29_999
VOWELS, ALL_VOWELS, ADDED = "aeiou", "aeiouy", "aeihn"
# Letters that one language writes for those of another.
_LETTERS = tuple(
    pair.split(":")
    for pair in (
        "ph:f ck:k ch:sh sh:ch th:t kh:h sch:sh ll:l ss:s tt:t nn:n w:v v:w c:k k:c j:y y:j z:s "
        "x:ks qu:kv g:h h:g b:v ou:u oo:u ee:i"
    ).split()
)


def with_slips(samples: Iterable[Sample], draw: random.Random) -> Iterator[Sample]:
    """Those of the samples that got a slip; only of the task `swapped` anything is known."""
    for sample in samples:
        pieces: list[str] = []
        targets: Spots = {}
        last = length = slips = 0
        for start, end, word, at in words_of(sample.text):
            new = _drawn(word, at, draw) or word
            pieces += [sample.text[last:start], new]
            begin = length + start - last
            length = begin + len(new)
            targets[begin, length] = (-1.0, -1.0, -1.0, float(new != word))
            last = end
            slips += new != word
        if slips:
            pieces.append(sample.text[last:])
            yield Sample("made", sample.story, "".join(pieces), targets, clean=False)


def _drawn(word: str, at: int, draw: random.Random) -> str | None:
    key = word.lower()
    mixed_up = key in load_confusions() and load_vocabulary().rank(key) >= MIN_RANK
    if draw.random() >= RATE * (MIXED_UP if mixed_up else OTHERS):
        return None
    if word[0].isupper() and at:
        is_name = len(word) >= MIN_NAME and word.isalpha() and not word.isupper()
        return _respelled(word, draw) if is_name and draw.random() < NAMES else None
    if load_vocabulary().rank(key) < MIN_RANK or not word.isalpha() or len(word) < MIN_LENGTH:
        return None
    new = _other_word(key, draw)
    return new and (new[0].upper() + new[1:] if word[0].isupper() else new)


def _other_word(key: str, draw: random.Random) -> str | None:
    meant = load_confusions().get(key, ())
    senses = [one.text for one in meant if " " not in one.text and one.text.lower() != key]
    share = draw.random()
    if senses and share < SENSE:
        return draw.choice(senses)
    if share < ANY:
        rank = int(min(load_vocabulary().rank(key), HIGHEST) * draw.uniform(0.5, 2))
        return _words()[min(max(LOWEST, rank), LAST)]
    if share < ALIKE and (alike := list(load_candidates().alike(key))):
        return draw.choice(alike).text
    return None


@cache
def _words() -> list[str]:
    """Words of letters, the commonest first."""
    return [word for word in load_vocabulary().ranks if word.isalpha()]


def _respelled(name: str, draw: random.Random) -> str:
    """A name with a vowel or letters that sound alike changed, its end cut off, or a slip in it.

    Some names come back as they are.
    """
    kind = draw.randrange(6)
    vowels = [at for at, letter in enumerate(name) if at and letter.lower() in ALL_VOWELS]
    if kind <= 2 and vowels:
        at = draw.choice(vowels)
        other = draw.choice([one for one in VOWELS if one != name[at].lower()])
        return name[:at] + other + name[at + 1 :]
    if kind == 3:
        return _sounding_alike(name, draw)
    if kind == 4 and len(name) > MIN_NAME + 1:
        return name[: -draw.choice([1, 2])]
    return _with_slip(name, draw) if len(name) > MIN_NAME else name


def _sounding_alike(name: str, draw: random.Random) -> str:
    pairs = [pair for pair in _LETTERS if pair[0] in name[1:].lower()]
    if not pairs:
        return name
    one, other = draw.choice(pairs)
    at = name.lower().index(one, 1)
    return name[:at] + other + name[at + len(one) :]


def _with_slip(name: str, draw: random.Random) -> str:
    """A name with a letter left out or added."""
    at = draw.randrange(1, len(name) - 1)
    if draw.random() < 0.5:
        return name[:at] + name[at + 1 :]
    return name[:at] + name[at] + draw.choice(ADDED) + name[at + 1 :]
