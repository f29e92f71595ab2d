"""Which sentences of two documents tell the same thing, and which of their words correspond.

Siblings are looser than two translations of one text: sentences are moved, split, merged and
shortened. So each sentence looks for its own best counterpart by the rare words they share, and
takes a neighbour of it along where that holds more of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from normalizer.glitches.sentences import Sentence
from normalizer.glitches.vocabulary import Vocabulary

# The share of weighted words that two sentences must have in common to tell the same thing.
MIN_OVERLAP = 0.3
# A word that stands in more sentences than this finds nothing, it only costs time.
MAX_PLACES = 40
# Words as frequent as the first hundred of a language do not tell a sentence from another.
FUNCTION_RANK = 120


@dataclass(frozen=True, slots=True)
class Text:
    """A document prepared for comparison.

    Attributes:
        id: Of the document.
        sentences: In order.
        weights: For each sentence, the summed weight of its different stems.
        places: Stem -> sentences it stands in; only stems that are rare enough to tell.
        counts: Stem -> how often it stands in the document.
    """

    id: str
    sentences: tuple[Sentence, ...]
    weights: tuple[float, ...]
    places: dict[str, list[int]]
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Passage:
    """What a sibling has in place of a sentence.

    Attributes:
        sentences: Indexes of one sentence or two neighbours.
        words: Their words.
        stems: Their stems.
        overlap: Share of weighted words in common, in [0, 1].
    """

    sentences: tuple[int, ...]
    words: tuple[str, ...]
    stems: tuple[str, ...]
    overlap: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Words of a sentence and the words that a sibling has there, half-open index ranges.

    Attributes:
        start, stop: In the sentence.
        other_start, other_stop: In the passage.
        before: How many words agree directly before.
        after: How many words agree directly after.
    """

    start: int
    stop: int
    other_start: int
    other_stop: int
    before: int
    after: int


def prepare(id_: str, sentences: Sequence[Sentence], vocabulary: Vocabulary) -> Text:
    """Index a document by its telling words."""
    places: dict[str, list[int]] = {}
    weights: list[float] = []
    counts: Counter[str] = Counter()
    for number, sentence in enumerate(sentences):
        total = 0.0
        counts.update(sentence.stems)
        for key, word in dict(zip(sentence.stems, sentence.words, strict=True)).items():
            value = weight(word, vocabulary)
            total += value
            if value > 1:
                where = places.setdefault(key, [])
                if len(where) <= MAX_PLACES:
                    where.append(number)
        weights.append(total)
    kept = {key: where for key, where in places.items() if len(where) <= MAX_PLACES}
    return Text(id_, tuple(sentences), tuple(weights), kept, counts)


def weight(word: str, vocabulary: Vocabulary) -> float:
    """How much a shared word says: near nothing for *the*, about 7 for a rare name."""
    return max(0.1, math.log(2 + vocabulary.rank(word)) - math.log(FUNCTION_RANK))


def find_passage(
    sentence: Sentence, position: float, text: Text, vocabulary: Vocabulary
) -> Passage | None:
    """The passage of another document that tells the same as a sentence.

    Args:
        sentence: Of one document.
        position: Where it stands in its document, in [0, 1]; breaks near ties.
        text: The other document.
        vocabulary: For the weight of words.

    Returns:
        None if no sentence there has enough words in common.
    """
    own = {
        key: weight(word, vocabulary)
        for key, word in zip(sentence.stems, sentence.words, strict=True)
    }
    total = sum(own.values())
    shared: dict[int, float] = {}
    for key, value in own.items():
        for number in text.places.get(key, ()):
            shared[number] = shared.get(number, 0.0) + value
    if not shared:
        return None
    last = max(1, len(text.sentences) - 1)

    def score(number: int) -> float:
        even = math.sqrt(total * text.weights[number]) or 1.0
        return shared[number] / even - 0.1 * abs(position - number / last)

    best = max(sorted(shared), key=score)
    chosen = [best]
    here = set(text.sentences[best].stems)
    for neighbour in (best - 1, best + 1):
        if neighbour in shared:
            more = sum(own[key] for key in set(text.sentences[neighbour].stems) & own.keys() - here)
            if more >= 0.2 * total and more >= 0.4 * text.weights[neighbour]:
                chosen.append(neighbour)
    chosen.sort()
    words = tuple(word for number in chosen for word in text.sentences[number].words)
    stems = tuple(key for number in chosen for key in text.sentences[number].stems)
    present = set(stems)
    common = sum(value for key, value in own.items() if key in present)
    theirs = sum(text.weights[number] for number in chosen)
    overlap = common / (math.sqrt(total * theirs) or 1.0)
    if overlap < MIN_OVERLAP:
        return None
    return Passage(tuple(chosen), words, stems, min(1.0, overlap))


def find_gaps(sentence: Sentence, passage: Passage) -> list[Gap]:
    """Where sentence and passage part and join again, in order; either side may be empty."""
    matcher = SequenceMatcher(None, sentence.stems, passage.stems, autojunk=False)
    blocks = matcher.get_matching_blocks()
    gaps: list[Gap] = []
    i = j = before = 0
    for block in blocks:
        if block.a > i or block.b > j:
            gaps.append(Gap(i, block.a, j, block.b, before, block.size))
        i, j, before = block.a + block.size, block.b + block.size, block.size
    return gaps
