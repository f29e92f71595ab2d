"""What the siblings have in place of each word: textual criticism's collation.

A word is worth a look when no sibling has it where its sentence is told and some have one other
word there. What was measured on it goes to `normalizer.glitches.rank`, which decides; paraphrase
looks just the same from here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial

from normalizer.glitches.alignment import (
    FUNCTION_RANK,
    Gap,
    Passage,
    Text,
    find_gaps,
    find_passage,
)
from normalizer.glitches.sentences import Sentence
from normalizer.glitches.spellings import same_spelling
from normalizer.glitches.vocabulary import Vocabulary

# A gap of more words on one side is another sentence, not another word.
MAX_GAP = 8
# Two systems may well translate a short sentence alike, but not most of a text.
MAX_COPIED = 0.7
# What two sentences must share, and how long a stretch between agreeing words may be, for a reading
# to count as standing in the same place.
MIN_ANCHORED = 0.45
MAX_ANCHORED = 5
# So many agreeing words may stand between a word and what has moved past them.
MAX_MOVED = 2


@dataclass(frozen=True, slots=True)
class Variant:
    """A word that stands alone, and what the siblings have instead.

    Attributes:
        sentence: Index of its sentence in the document.
        word: Index of the word in the sentence.
        surface: The word as it stands.
        reading: What most siblings have, as they write it.
        witnesses: Ids of the siblings with that reading, and the sentence each has it in.
        features: What was measured, by the names in `FEATURES`.
    """

    sentence: int
    word: int
    surface: str
    reading: str
    witnesses: tuple[tuple[str, int], ...]
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """A sibling's passage for one sentence, and where both part."""

    text: Text
    passage: Passage
    gaps: tuple[Gap, ...]


FEATURES = (
    "witnesses",
    "votes",
    "anchored",
    "strength",
    "lone_pairs",
    "supports",
    "own_rank",
    "other_rank",
    "rank_step",
    "own_known",
    "other_known",
    "spelled_alike",
    "same_start",
    "likeness",
    "own_fit",
    "other_fit",
    "fit_step",
    "own_capital",
    "other_capital",
    "own_length",
    "other_length",
    "first_word",
    "overlap",
    "overlap_among",
    "estranged",
    "before",
    "after",
    "own_in_document",
    "other_in_document",
    "own_in_siblings",
    "other_in_siblings",
    "texts_with_own",
    "texts_with_other",
    "digits",
    "sentence_length",
    "same_spelling",
    "rivals",
)


def hear(document: Text, siblings: Sequence[Text], vocabulary: Vocabulary) -> list[list[Witness]]:
    """The witnesses of each sentence of a document: siblings that tell the same there."""
    last = max(1, len(document.sentences) - 1)
    told = [
        [
            find_passage(sentence, number / last, sibling, vocabulary)
            for number, sentence in enumerate(document.sentences)
        ]
        for sibling in siblings
    ]
    kept: list[int] = []
    original: list[Passage | None] = [
        Passage((), sentence.words, sentence.stems, 1.0) for sentence in document.sentences
    ]
    for index, passages in enumerate(told):
        if not any(_copied(passages, one) for one in [original, *(told[at] for at in kept)]):
            kept.append(index)
    rows: list[list[Witness]] = []
    for number, sentence in enumerate(document.sentences):
        row: list[Witness] = []
        for index in kept:
            passage = told[index][number]
            if passage:
                gaps = tuple(find_gaps(sentence, passage))
                row.append(Witness(siblings[index], passage, gaps))
        rows.append(row)
    return rows


def _copied(passages: Sequence[Passage | None], others: Sequence[Passage | None]) -> bool:
    """Whether two tellings share most sentences word by word: one is a copy, no second witness."""
    pairs = [(one, other) for one, other in zip(passages, others, strict=True) if one and other]
    same = sum(one.words == other.words for one, other in pairs)
    return bool(pairs) and same > MAX_COPIED * len(pairs)


def collate(
    document: Text,
    siblings: Sequence[Text],
    rows: Sequence[Sequence[Witness]],
    vocabulary: Vocabulary,
) -> list[Variant]:
    """Every word of a document that stands alone against its siblings, in text order.

    Args:
        document: The document.
        siblings: Documents that tell the same story.
        rows: What `hear` gave for the two.
        vocabulary: How common words are.
    """
    return [
        variant
        for number, witnesses in enumerate(rows)
        if witnesses
        for variant in _variants(document, number, witnesses, siblings, vocabulary)
    ]


def _variants(
    document: Text,
    number: int,
    witnesses: Sequence[Witness],
    siblings: Sequence[Text],
    vocabulary: Vocabulary,
) -> Iterator[Variant]:
    sentence = document.sentences[number]
    strengths: dict[int, dict[str, float]] = {}
    lone: dict[int, Counter[str]] = {}
    where: dict[tuple[int, str], list[tuple[int, int, Gap]]] = {}
    for index, witness in enumerate(witnesses):
        for gap, pairs in _gap_pairs(sentence, witness, vocabulary):
            for i, j, strength in pairs:
                key = witness.passage.stems[j]
                own_strengths = strengths.setdefault(i, {})
                own_strengths[key] = own_strengths.get(key, 0.0) + strength
                if strength == 1:
                    lone.setdefault(i, Counter())[key] += 1
                where.setdefault((i, key), []).append((index, j, gap))
    everywhere = [set(one.passage.stems) for one in witnesses]
    own = set(sentence.stems)
    among = _overlap_among(everywhere)
    # A poor translation is further from its siblings than they are from each other.
    estranged = among - sum(map(partial(_shared, own), everywhere)) / len(everywhere)
    for i in sorted(strengths):
        supports = sum(sentence.stems[i] in stems for stems in everywhere)
        readings = {
            key: (sum(key in stems for stems in everywhere), strength)
            for key, strength in strengths[i].items()
        }
        best = max(sorted(readings), key=lambda key: readings[key])
        votes, strength = readings[best]
        places = where[i, best]
        anchored = len(
            {at for at, _, gap in places if _anchored(gap, sentence, witnesses[at].passage)}
        )
        if anchored < min(2, len(siblings)) or votes <= 2 * supports:
            continue
        index, j, gap = places[0]
        spellings = Counter(witnesses[w].passage.words[at] for w, at, _ in places)
        surface = sentence.words[i]
        reading = min(spellings, key=lambda one: (-spellings[one], one))
        around = [
            word
            for at, word in enumerate(sentence.words)
            if at != i and abs(at - i) <= 12 and _telling(word, vocabulary)
        ]
        context = vocabulary.context(around)
        own_fit, other_fit = vocabulary.fit(surface, context), vocabulary.fit(reading, context)
        likeness = vocabulary.likeness(surface, reading)
        own_rank = math.log(2 + vocabulary.rank(surface))
        other_rank = math.log(2 + vocabulary.rank(reading))
        mine, other = surface.lower(), reading.lower()
        features = (
            float(len(witnesses)),
            float(votes),
            anchored / len(witnesses),
            strength / len(witnesses),
            lone.get(i, Counter())[best] / len(witnesses),
            float(supports),
            own_rank,
            other_rank,
            own_rank - other_rank,
            float(vocabulary.knows(surface)),
            float(vocabulary.knows(reading)),
            SequenceMatcher(None, mine, other, autojunk=False).ratio(),
            float(_common_start(mine, other)),
            math.nan if likeness is None else likeness,
            math.nan if own_fit is None else own_fit,
            math.nan if other_fit is None else other_fit,
            math.nan if own_fit is None or other_fit is None else other_fit - own_fit,
            float(surface[0].isupper()),
            float(reading[0].isupper()),
            float(len(surface)),
            float(len(reading)),
            float(i == 0),
            sum(one.passage.overlap for one in witnesses) / len(witnesses),
            among,
            estranged,
            max(gap.before for _, _, gap in places),
            max(gap.after for _, _, gap in places),
            float(document.counts[sentence.stems[i]]),
            float(document.counts[best]),
            float(sum(one.counts[sentence.stems[i]] for one in siblings)),
            float(sum(one.counts[best] for one in siblings)),
            float(sum(one.counts[sentence.stems[i]] > 0 for one in siblings)),
            float(sum(one.counts[best] > 0 for one in siblings)),
            float(any(c.isdigit() for c in surface)) + 2 * any(c.isdigit() for c in reading),
            float(len(sentence.words)),
            float(same_spelling(surface, reading)),
            float(len(readings)),
        )
        evidence = tuple(
            (witnesses[w].text.id, witnesses[w].passage.sentences[0]) for w, _, _ in places
        )
        yield Variant(number, i, surface, reading, evidence, features)


def _gap_pairs(
    sentence: Sentence, witness: Witness, vocabulary: Vocabulary
) -> Iterator[tuple[Gap, list[tuple[int, int, float]]]]:
    """For each gap, which word of the sentence stands for which of the passage, and how surely."""
    passage = witness.passage
    present = set(passage.stems)
    # A word that the sentence has as often as the passage is accounted for elsewhere.
    surplus = Counter(passage.stems)
    surplus.subtract(sentence.stems)
    paired: set[int] = set()
    sides = [
        (
            [
                i
                for i in range(gap.start, gap.stop)
                if sentence.stems[i] not in present and _telling(sentence.words[i], vocabulary)
            ],
            [
                j
                for j in range(gap.other_start, gap.other_stop)
                if surplus[passage.stems[j]] > 0 and _telling(passage.words[j], vocabulary)
            ],
        )
        for gap in witness.gaps
    ]
    for at, gap in enumerate(witness.gaps):
        ours, theirs = sides[at]
        if ours and not theirs:
            theirs = _moved(witness.gaps, sides, at)
        if ours and theirs and len(ours) <= MAX_GAP and len(theirs) <= MAX_GAP:
            paired.update(ours)
            yield gap, list(_pair(sentence, passage, ours, theirs, vocabulary))
    for at, gap in enumerate(witness.gaps):
        found = [
            (i, j, 0.7)
            for i in sides[at][0]
            if i not in paired
            for j in _beside(sentence, passage, i, surplus, vocabulary)
        ]
        if found:
            yield gap, found


def _moved(gaps: Sequence[Gap], sides: Sequence[tuple[list[int], list[int]]], at: int) -> list[int]:
    """Words that the passage has just before or after, past a word or two that agree."""
    for other in (at - 1, at + 1):
        if 0 <= other < len(gaps) and not sides[other][0]:
            low, high = min(at, other), max(at, other)
            if gaps[high].start - gaps[low].stop <= MAX_MOVED:
                return sides[other][1]
    return []


def _beside(
    sentence: Sentence, passage: Passage, i: int, surplus: Counter[str], vocabulary: Vocabulary
) -> Iterator[int]:
    """Words of the passage that have the same neighbour, wherever the phrase has gone."""
    for step in (1, -1):
        if not 0 <= i + step < len(sentence.stems):
            continue
        neighbour = sentence.stems[i + step]
        if not _telling(sentence.words[i + step], vocabulary):
            continue
        for at, key in enumerate(passage.stems):
            j = at - step
            if (
                key == neighbour
                and 0 <= j < len(passage.stems)
                and surplus[passage.stems[j]] > 0
                and _telling(passage.words[j], vocabulary)
            ):
                yield j


def _telling(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word can be a wrong one; articles and prepositions differ everywhere."""
    return vocabulary.rank(word) >= FUNCTION_RANK or word[0].isdigit()


def _pair(
    sentence: Sentence,
    passage: Passage,
    ours: Sequence[int],
    theirs: Sequence[int],
    vocabulary: Vocabulary,
) -> Iterator[tuple[int, int, float]]:
    """Which word stands for which, with how sure that is, in (0, 1]."""
    if len(ours) == len(theirs) == 1:
        yield ours[0], theirs[0], 1.0
        return
    likeness = [
        [
            _resemblance(sentence.words[i], passage.words[j], vocabulary)
            - 0.3 * abs(a / len(ours) - b / len(theirs))
            for b, j in enumerate(theirs)
        ]
        for a, i in enumerate(ours)
    ]
    for a, i in enumerate(ours):
        row = [math.exp(3 * value) for value in likeness[a]]
        for b, j in enumerate(theirs):
            column = [math.exp(3 * line[b]) for line in likeness]
            yield i, j, math.sqrt(row[b] / sum(row) * row[b] / sum(column))


def _resemblance(one: str, other: str, vocabulary: Vocabulary) -> float:
    """How likely two words are to stand for one: spelled alike, or used alike."""
    spelled = SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio()
    used = vocabulary.likeness(one, other) or 0.0
    case = 0.2 * (one[0].isupper() == other[0].isupper()) + 0.2 * (
        one[0].isdigit() == other[0].isdigit()
    )
    return max(spelled, used) + case


def _anchored(gap: Gap, sentence: Sentence, passage: Passage) -> bool:
    """Whether two short stretches stand between words that agree, in much the same sentence.

    True siblings are looser than translations of one text: without this, whatever two sentences
    do not share would be paired.
    """
    return (
        passage.overlap >= MIN_ANCHORED
        and gap.stop - gap.start <= MAX_ANCHORED
        and gap.other_stop - gap.other_start <= MAX_ANCHORED
        and (gap.before > 0 or gap.start == 0)
        and (gap.after > 0 or gap.stop == len(sentence.words))
    )


def _overlap_among(everywhere: Sequence[set[str]]) -> float:
    """How far the siblings agree among themselves, in [0, 1]; 0 for fewer than two."""
    pairs = [_shared(one, other) for at, one in enumerate(everywhere) for other in everywhere[:at]]
    return sum(pairs) / len(pairs) if pairs else 0.0


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def _common_start(one: str, other: str) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
