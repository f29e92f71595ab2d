"""Which documents of a folder tell the same story.

A first pass keeps a small sketch of every document, its most telling words; documents that share
enough of them are siblings. Work grows with the number of documents, not with their pairs: a word
that stands in too many documents leads nowhere and is passed over.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from normalizer.annotation import Document
from normalizer.glitches.sentences import Sentence, split_sentences
from normalizer.glitches.vocabulary import Vocabulary

# Words a sketch: enough for a loose retelling to share a dozen of them.
SKETCH = 48
# The share of weighted words in common from which two documents tell one story.
MIN_SHARED = 0.3
# A word in more documents than this tells a topic, not a story.
MAX_DOCUMENTS = 64
# More tellings than this add time, not evidence.
MAX_GROUP = 8
# Words beyond the first few hundred can tell a story from another.
MIN_RANK = 400
_UNKNOWN_WEIGHT = 0.6
# A text needs some words to tell a story at all.
MIN_TERMS = 8


@dataclass(frozen=True, slots=True)
class Sketch:
    """The most telling words of a document, as numbers, with their weights.

    Attributes:
        id: Of the document.
        terms: ``(word, weight)``, the heaviest first.
    """

    id: str
    terms: tuple[tuple[int, float], ...]


def sketch(document: Document, vocabulary: Vocabulary) -> Sketch:
    """What the first pass keeps of a document."""
    return sketch_sentences(document.id, split_sentences(document), vocabulary)


def sketch_sentences(id_: str, sentences: Iterable[Sentence], vocabulary: Vocabulary) -> Sketch:
    """The same for a document that is cut already."""
    counts: Counter[str] = Counter()
    words: dict[str, str] = {}
    for sentence in sentences:
        counts.update(sentence.stems)
        words.update(zip(sentence.stems, sentence.words, strict=True))
    weighed = (
        (_weight(words[key], vocabulary) * (1 + math.log(count)), key)
        for key, count in counts.items()
    )
    best = heapq.nsmallest(SKETCH, ((-weight, key) for weight, key in weighed if weight > 0))
    return Sketch(id_, tuple((crc32(key.encode("utf-8", "surrogatepass")), -w) for w, key in best))


def group(sketches: Sequence[Sketch]) -> list[tuple[str, ...]]:
    """Groups of two to `MAX_GROUP` documents that tell one story, each in the order given.

    A document is in one group at most; the order of the documents makes no difference to who is
    with whom, but for ties.
    """
    groups = _Groups(len(sketches))
    first: dict[tuple[tuple[int, float], ...], int] = {}
    for index, one in enumerate(sketches):
        # Copies share every word, so that none of their words would lead anywhere in a big heap.
        if len(one.terms) >= MIN_TERMS:
            same = first.setdefault(one.terms, index)
            if same != index and not groups.join(same, index):
                first[one.terms] = index
    alike = _alike(sketches)
    for pair, value in sorted(alike.items(), key=lambda item: (-item[1], item[0])):
        if value >= MIN_SHARED:
            groups.join(*pair, alike)
    return [tuple(sketches[index].id for index in members) for members in groups.listed()]


def _alike(sketches: Sequence[Sketch]) -> dict[tuple[int, int], float]:
    """Pairs ``(lower, higher)`` with at least half of `MIN_SHARED` in common."""
    postings: dict[int, list[tuple[int, float]]] = {}
    pairs: dict[tuple[int, int], float] = {}
    norms = [math.sqrt(sum(weight * weight for _, weight in one.terms)) for one in sketches]
    documents = Counter(
        term for one in sketches if len(one.terms) >= MIN_TERMS for term, _ in one.terms
    )
    for index, one in enumerate(sketches):
        if len(one.terms) < MIN_TERMS:
            continue
        shared: dict[int, float] = {}
        for term, weight in one.terms:
            if 1 < documents[term] <= MAX_DOCUMENTS:
                earlier = postings.setdefault(term, [])
                for other, its_weight in earlier:
                    shared[other] = shared.get(other, 0.0) + weight * its_weight
                earlier.append((index, weight))
        for other, value in shared.items():
            if value >= MIN_SHARED / 2 * norms[index] * norms[other]:
                pairs[other, index] = value / (norms[index] * norms[other])
    return pairs


def _weight(word: str, vocabulary: Vocabulary) -> float:
    """How much a word tells of a story: names and rare words most, misspellings less."""
    if len(word) < 3 and not word.isdigit():
        return 0.0
    rank = vocabulary.rank(word)
    if rank < MIN_RANK:
        return 0.0
    known = math.log(rank / MIN_RANK) / math.log(len(vocabulary.ranks) / MIN_RANK)
    value = known if vocabulary.knows(word) else _UNKNOWN_WEIGHT
    return value * (1.3 if word[0].isupper() else 1.0)


class _Groups:
    """Documents joined two by two, no group above its size."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))
        self._members = [[index] for index in range(size)]

    def find(self, index: int) -> int:
        """The document that stands for the whole group of another."""
        while self._parent[index] != index:
            self._parent[index] = self._parent[self._parent[index]]
            index = self._parent[index]
        return index

    def join(
        self, one: int, other: int, alike: Mapping[tuple[int, int], float] | None = None
    ) -> bool:
        """Put two groups together if that is not too big and, on average, alike enough.

        Args:
            one: A document of the one.
            other: A document of the other.
            alike: Likeness of pairs ``(lower, higher)``; None takes it for granted.

        Returns:
            False if they stay apart.
        """
        left, right = sorted((self.find(one), self.find(other)))
        if left == right:
            return True
        pairs = [(a, b) for a in self._members[left] for b in self._members[right]]
        if len(self._members[left]) + len(self._members[right]) > MAX_GROUP:
            return False
        if alike is not None:
            total = sum(alike.get((min(pair), max(pair)), 0.0) for pair in pairs)
            if total < MIN_SHARED * len(pairs):
                return False
        self._parent[right] = left
        self._members[left] += self._members[right]
        self._members[right] = []
        return True

    def listed(self) -> list[list[int]]:
        return [sorted(members) for members in self._members if len(members) > 1]
