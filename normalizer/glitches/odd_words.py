"""Words that look wrong in their own sentence: rare, ill-formed, at odds with the words around.

Without siblings and without the source, rarity is most of what can be seen of an error. What the
words around say adds a little; a learned score puts the few that are worth a look first.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from normalizer.annotation import Document, Flag, Span
from normalizer.glitches.sentences import Sentence, split_sentences
from normalizer.glitches.trees import Model
from normalizer.glitches.vocabulary import Vocabulary

ODD_WORD = "odd-word:rare"
# Words as frequent as these are passed over unread: what is wrong with them is not their rarity.
MIN_RANK = 20_000
# A word that a document has more often is what the document is about.
MAX_REPEATED = 3
# Words on either side that are asked whether the word belongs to them.
WINDOW = 8
_SUFFIXES = ("ing", "ed", "ly", "s", "tion", "ness", "ism", "er", "ity", "al")

FEATURES = (
    "rank",
    "known",
    "capital",
    "first",
    "capitals",
    "hyphen",
    "foreign_letters",
    "length",
    "vowels",
    "suffix",
    "fit",
    "before_rank",
    "after_rank",
    "before_capital",
    "after_capital",
    "before_likeness",
    "after_likeness",
    "sentence_length",
    "sentence_rank",
    "sentence_unknown",
    "in_sentence",
    "in_document",
    "position",
)


@dataclass(frozen=True, slots=True)
class OddWord:
    """A rare word and what was measured on it, by the names in `FEATURES`."""

    start: int
    surface: str
    features: tuple[float, ...]


def never(word: str) -> bool:
    """Know no word: for callers without a base of names."""
    return False


def rare_words(document: Document, vocabulary: Vocabulary) -> frozenset[str]:
    """The rare words of a document, in lower case: what it tells the others of its folder."""
    ranks = vocabulary.rank
    return frozenset(
        word.lower()
        for sentence in split_sentences(document)
        for word in sentence.words
        if ranks(word) >= MIN_RANK and not any(c.isdigit() for c in word)
    )


def find_odd_words(
    document: Document,
    vocabulary: Vocabulary,
    models: Mapping[str, Model],
    shared: Container[str] = frozenset(),
    *,
    known: Callable[[str], bool] = never,
) -> list[Flag]:
    """Words that look wrong where they stand, in text order; at most one flag a word.

    Args:
        document: Where to look.
        vocabulary: How common words are.
        models: The learned scores.
        shared: Rare words, in lower case, that other documents of the folder have too; they are
            terms and names, not slips.
        known: Whether a word is a name the base knows.
    """
    model = models["odd-word"]
    flags: list[Flag] = []
    for odd in odd_words(split_sentences(document), vocabulary, shared):
        if known(odd.surface):
            continue
        score = model.score(odd.features)
        rarity = "rare" if odd.features[1] else "unknown"
        flags.append(
            Flag(
                Span(odd.start, odd.start + len(odd.surface)),
                odd.surface,
                "odd-word",
                ODD_WORD,
                score,
                f"{odd.surface!r} is {rarity} in English news and does not fit its sentence.",
            )
        )
    return flags


def odd_words(
    sentences: Sequence[Sentence], vocabulary: Vocabulary, shared: Container[str] = frozenset()
) -> Iterator[OddWord]:
    """Every word that is rare enough to ask about and not shared, with its features."""
    counts: Counter[str] = Counter(key for sentence in sentences for key in sentence.stems)
    for sentence in sentences:
        asked = [
            at
            for at, word in enumerate(sentence.words)
            if vocabulary.rank(word) >= MIN_RANK
            and counts[sentence.stems[at]] <= MAX_REPEATED
            and word.lower() not in shared
            and not any(c.isdigit() for c in word)
        ]
        measured = measure(sentence, asked, counts, vocabulary) if asked else []
        for at, features in zip(asked, measured, strict=True):
            yield OddWord(sentence.starts[at], sentence.words[at], features)


def measure(
    sentence: Sentence, asked: Sequence[int], counts: Mapping[str, int], vocabulary: Vocabulary
) -> list[tuple[float, ...]]:
    """The features of some words of a sentence.

    Args:
        sentence: The sentence.
        asked: Indexes of the words.
        counts: How often the document has each stem.
        vocabulary: How common words are.
    """
    ranks = [vocabulary.rank(word) for word in sentence.words]
    logs = [math.log(2 + rank) for rank in ranks]
    here = Counter(sentence.stems)
    mean = sum(logs) / len(logs)
    unknown = sum(rank == len(vocabulary.ranks) for rank in ranks) / len(ranks)
    return [_features(sentence, at, logs, mean, unknown, here, counts, vocabulary) for at in asked]


def _features(
    sentence: Sentence,
    at: int,
    logs: Sequence[float],
    mean: float,
    unknown: float,
    here: Mapping[str, int],
    counts: Mapping[str, int],
    vocabulary: Vocabulary,
) -> tuple[float, ...]:
    words = sentence.words
    word = words[at]
    lower = word.lower()
    around = [
        other
        for place, other in enumerate(words)
        if place != at and abs(place - at) <= WINDOW and logs[place] > 5
    ]
    fit = vocabulary.fit(word, vocabulary.context(around))
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    return (
        logs[at],
        float(vocabulary.knows(word)),
        float(word[0].isupper()),
        float(at == 0),
        float(word.isupper()),
        float("-" in word),
        float(not word.isascii()),
        float(len(word)),
        sum(c in "aeiouy" for c in lower) / len(lower),
        float(next((n for n, end in enumerate(_SUFFIXES) if lower.endswith(end)), -1)),
        math.nan if fit is None else fit,
        logs[at - 1] if before else math.nan,
        logs[at + 1] if after else math.nan,
        float(before[:1].isupper()),
        float(after[:1].isupper()),
        _likeness(vocabulary, before, word),
        _likeness(vocabulary, word, after),
        float(len(words)),
        mean,
        unknown,
        float(here[sentence.stems[at]]),
        float(counts[sentence.stems[at]]),
        at / len(words),
    )


def _likeness(vocabulary: Vocabulary, one: str, other: str) -> float:
    value = vocabulary.likeness(one, other)
    return math.nan if value is None else value
