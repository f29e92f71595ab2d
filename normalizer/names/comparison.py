"""Two names without a list: what there is to see when nothing says how rare they are.

Sounds and parts are compared as for a list (`similarity`), both ways, since neither name is the
foreign one. Beside them stands what lists seldom hold: numbers, legal forms, abbreviations, a word
on either side that contradicts the other, slips of the pen.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import jellyfish
import numpy as np

from normalizer.names.fold import fold
from normalizer.names.phonetics import Phonetics, name_tokens, respellings
from normalizer.names.similarity import (
    FEATURES,
    MAX_WORDS,
    Floats,
    Ints,
    Names,
    SoundCosts,
    Words,
    features,
    joined_scores,
    joined_units,
    own_scores,
    pack_names,
)

PERSON, PLACE, OTHER = 0, 1, 2
_PERSONS = frozenset({"", "per", "person", "people"})
_PLACES = frozenset({"loc", "place", "location", "country", "city", "gpe", "region"})
_VOWELS = re.compile(r"[aeiouyw]+")
_DIGITS = re.compile(r"\d+")
_SPELLED_LETTERS = re.compile(r"\b(?:\w\. ?){2,}(?=\W|$)|\b(?:\w\.)+\w\b")

# What is seen of a pair beside `FEATURES`.
SEEN: tuple[str, ...] = (
    "same_text", "same_set", "inside", "same_joined", "letters_near", "sorted_near", "slip",
    "numbers_only_left", "numbers_only_right", "numbers_same", "forms_differ", "forms_same",
    "form_one_side", "words_same", "words_same_share", "words_left", "words_right",
    "contradicting", "contradiction_near", "contradiction_least", "contradiction_letters",
    "contradicting_share", "acronym", "first_same", "last_same", "first_near", "last_near",
    "script", "native_near", "single_letters", "shortest", "place_same",
    "initials_differ",
    "gender",
    "syllabic", "syllables_differ",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """Columns of the pairs whose names both have letters or digits, and which pairs those are."""

    columns: Floats
    alive: Ints


@dataclass(frozen=True, slots=True)
class _Read:
    """One name, taken apart for comparing."""

    text: str
    words: tuple[str, ...]
    folded: tuple[str, ...]
    numbers: frozenset[str]
    forms: frozenset[str]


def kind_of(type: str) -> int:
    """`PERSON`, `PLACE` or `OTHER` for a type as lists write it."""
    lowered = type.casefold()
    return PERSON if lowered in _PERSONS else PLACE if lowered in _PLACES else OTHER


def compare_columns(
    pairs: Sequence[tuple[str, str, str]], phonetics: Phonetics, costs: SoundCosts
) -> Compared:
    """What is seen of each ``(left, right, type)``; firms without their legal forms."""
    read: list[_Read] = []
    kinds: list[int] = []
    alive: list[int] = []
    for number, (left, right, type) in enumerate(pairs):
        kind = kind_of(type)
        one, two = _read(left, kind, phonetics), _read(right, kind, phonetics)
        one, two = _respelled(one, two, phonetics), _respelled(two, one, phonetics)
        if one.words and two.words:
            alive.append(number)
            read += [one, two]
            kinds += [kind, kind]
    if not read:
        width = 2 * len(FEATURES) + len(SEEN)
        return Compared(np.empty((0, width), np.float32), np.empty(0, np.int32))
    names = names_of([one.words for one in read], phonetics, costs, None)
    names = Names(
        names.words, names.ids, names.sizes, names.rarity, names.last_count,
        np.array(kinds, np.int8),
    )  # fmt: skip
    joined, sizes = joined_units(names.words, names.ids)
    own = own_scores(costs, joined, sizes)
    one_way = np.arange(0, len(read), 2, dtype=np.int32)
    both = []
    for a, b in ((one_way, one_way + 1), (one_way + 1, one_way)):
        each = np.arange(len(a), dtype=np.int32)
        scores, _ = joined_scores(costs, names.take(a), joined, sizes, each, b)
        both.append(features(costs, names.take(a), names.take(b), scores, (own[a], own[b])))
    seen = np.array([_seen(read[at], read[at + 1]) for at in range(0, len(read), 2)], np.float32)
    # The two names have no order: the trees see the better and the worse of the two ways.
    columns = np.concatenate([np.maximum(*both), np.minimum(*both), seen], 1)
    return Compared(columns, np.array(alive, np.int32))


def names_of(
    lists: Sequence[Sequence[str]], phonetics: Phonetics, costs: SoundCosts, listed: Words | None
) -> Names:
    """Names given as words, as rows with a table of their own words."""
    words = Words(phonetics, costs, listed)
    packed = [[words.add(word) for word in name[:MAX_WORDS]] for name in lists]
    ids, sizes = pack_names(packed, len(words))
    arrays = words.arrays()
    nothing = np.zeros(len(arrays.sizes), np.float32)
    # Without a list the letters themselves say how rare a word is.
    rarity = np.float32(0.35) * arrays.own
    return Names(arrays, ids, sizes, rarity, nothing, np.zeros(len(ids), np.int8))


def _read(name: str, kind: int, phonetics: Phonetics) -> _Read:
    text = unicodedata.normalize("NFKC", name[:1000]).casefold().replace("&", " and ")
    if kind == OTHER:
        text = _SPELLED_LETTERS.sub(lambda m: re.sub(r"[. ]", "", m.group()) + " ", text)
        text = text.replace("int'l", "intl").replace("int\N{RIGHT SINGLE QUOTATION MARK}l", "intl")
    words = list(name_tokens(text))
    folded = [fold(word) for word in words]
    forms: set[str] = set()
    numbers = {digits.lstrip("0") or "0" for digits in _DIGITS.findall(text)}
    if kind == OTHER:
        words, folded, forms = _without_forms(words, folded, phonetics)
        numbers |= _spelled_numbers(folded, phonetics)
        full = {word: phonetics.abbreviations.get(word, word) for word in folded}
        pairs = [
            (word if full[short] == short else full[short], full[short])
            for word, short in zip(words, folded, strict=True)
            if short not in phonetics.numbers
        ]
        if pairs:
            words, folded = [word for word, _ in pairs], [short for _, short in pairs]
    return _Read(text, tuple(words), tuple(folded), frozenset(numbers), frozenset(forms))


def _respelled(name: _Read, other: _Read, phonetics: Phonetics) -> _Read:
    """A Chinese name in pinyin, if that is how the other name spells it, else as it is."""
    wanted = " ".join(other.folded)
    for spelling in respellings(name.words, phonetics):
        if " ".join(map(fold, spelling.split())) == wanted:
            return replace(name, words=other.words, folded=other.folded)
    return name


def _spelled_numbers(folded: list[str], phonetics: Phonetics) -> set[str]:
    """Numbers written as words; ``forty four`` is 44."""
    found: list[int] = []
    follows = False
    for word in folded:
        digits = phonetics.numbers.get(word)
        if digits is None:
            follows = False
            continue
        value = int(digits)
        if follows and found[-1] % 10 == 0 and found[-1] >= 20 and value < 10:
            found[-1] += value
        else:
            found.append(value)
        follows = True
    return {str(value) for value in found}


def _without_forms(
    words: list[str], folded: list[str], phonetics: Phonetics
) -> tuple[list[str], list[str], set[str]]:
    """A firm's words without its legal forms, unless nothing else would be left; and the forms."""
    forms: set[str] = set()
    spoken = " ".join(folded)
    for phrase, form in phonetics.legal_phrases.items():
        if phrase in spoken:
            size = len(phrase.split())
            for at in range(len(folded) - size + 1):
                if " ".join(folded[at : at + size]) == phrase:
                    forms.add(phonetics.legal_equals.get(form, form))
                    words = words[:at] + words[at + size :]
                    folded = folded[:at] + folded[at + size :]
                    break
    kept = [at for at, word in enumerate(folded) if word not in phonetics.legal_forms]
    forms |= {
        phonetics.legal_equals.get(word, word) for word in folded if word in phonetics.legal_forms
    }
    if not kept:
        return words, folded, forms
    return [words[at] for at in kept], [folded[at] for at in kept], forms


def _gender(only_one: list[str], only_two: list[str], common: list[str]) -> float:
    """1 if one word has a feminine ending more and the others are the same; -1 if none is the same.

    ``Sergei Ivanov`` and ``Sergei Ivanova`` are two people's names; where the given name is
    inflected too, they may be two cases of one.
    """
    if len(only_one) != 1 or len(only_two) != 1:
        return 0.0
    short, long = sorted((only_one[0], only_two[0]), key=len)
    if not long.endswith("a") or len(short) < 4:
        return 0.0
    married = long in {short + "a", short[:-1] + "a", short[:-1] + "aya", short[:-1] + "aia"}
    return (1.0 if common else -1.0) if married else 0.0


def _initials(words: list[str]) -> set[str]:
    return {word for word in words if len(word) == 1}


def _syllabic(one: list[str], two: list[str]) -> tuple[float, float]:
    """Whether both names are all single syllables, as Chinese and Korean ones are; how many differ.

    There one syllable more or less is another person, where elsewhere it may be another spelling.
    """
    if not all(len(_VOWELS.findall(word)) <= 1 for word in one + two):
        return 0.0, 0.0
    bones = [[_VOWELS.sub("", word) for word in name] for name in (one, two)]
    same = sum((Counter(bones[0]) & Counter(bones[1])).values())
    return 1.0, float(max(len(one), len(two)) - same)


def _near(one: str, two: str) -> float:
    longest = max(len(one), len(two))
    return 1 - jellyfish.damerau_levenshtein_distance(one, two) / longest if longest else 1.0


def _seen(left: _Read, right: _Read) -> list[float]:
    """`SEEN` of one pair."""
    one, two = list(left.folded), list(right.folded)
    common: list[str] = []
    only_two = list(two)
    only_one = []
    for word in one:
        if word in only_two:
            only_two.remove(word)
            common.append(word)
        else:
            only_one.append(word)
    against = [max((_near(a, b) for b in only_two), default=0.0) for a in only_one]
    contradicting = min(len(only_one), len(only_two))
    joined_one, joined_two = "".join(one), "".join(two)
    text_one, text_two = " ".join(one), " ".join(two)
    letters = sum(map(len, common))
    total = max(1, min(len(joined_one), len(joined_two)))
    initials = {"".join(word[0] for word in words if word) for words in (one, two)}
    latin_one, latin_two = left.text.isascii(), right.text.isascii()
    slip = jellyfish.damerau_levenshtein_distance(text_one, text_two) if len(text_one) < 100 else 99
    return [
        float(left.text.split() == right.text.split()),
        float(sorted(one) == sorted(two)),
        float(not only_one or not only_two),
        float(joined_one == joined_two),
        _near(text_one, text_two),
        _near(" ".join(sorted(one)), " ".join(sorted(two))),
        float(min(slip, 9)),
        float(len(left.numbers - right.numbers) + len(right.numbers - left.numbers)),
        float(bool(left.numbers - right.numbers) and bool(right.numbers - left.numbers)),
        float(len(left.numbers & right.numbers)),
        float(bool(left.forms) and bool(right.forms) and not left.forms & right.forms),
        float(bool(left.forms & right.forms)),
        float(bool(left.forms) != bool(right.forms)),
        float(len(common)),
        letters / total,
        float(min(len(one), len(two))),
        float(max(len(one), len(two))),
        float(contradicting),
        max(against, default=1.0),
        min(against, default=1.0),
        float(max(map(len, only_one), default=0) + max(map(len, only_two), default=0)),
        contradicting / max(1, min(len(one), len(two))),
        float(
            (len(one) == 1 and one[0] in initials and len(two) > 1)
            or (len(two) == 1 and two[0] in initials and len(one) > 1)
        ),
        float(one[0] == two[0]),
        float(one[-1] == two[-1]),
        jellyfish.jaro_winkler_similarity(one[0], two[0]),
        jellyfish.jaro_winkler_similarity(one[-1], two[-1]),
        float(latin_one) + float(latin_two),
        _near(left.text[:100], right.text[:100]),
        float(sum(len(word) == 1 for word in only_one + only_two)),
        float(min(len(joined_one), len(joined_two))),
        sum(a == b for a, b in zip(one, two, strict=False)) / max(len(one), len(two)),
        float(bool(_initials(only_one)) and bool(_initials(only_two))),
        _gender(only_one, only_two, common),
        *_syllabic(one, two),
    ]
