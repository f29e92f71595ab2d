"""Finds the listed names worth comparing: the whole list, by shared trigrams of letters and sounds.

A trigram of the spelling, a trigram of the sound key and a family of names (a cognate, a word's
meaning) are keys alike. Rare keys count for more; a name's score is the weight of the keys it
shares over its own length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from normalizer.names.fold import fold
from normalizer.names.phonetics import Phonetics, SoundKeys, families_of
from normalizer.names.similarity import Floats, Ints

# The second readings of ambiguous graphemes count for less than the first.
_OTHER_READING = 0.6
# At most so many listings of keys are read for one look-up, rarest keys first: with a million
# names the commonest trigrams stand in every third of them and tell nothing.
_BUDGET = 60_000


def _trigrams(mark: str, word: str) -> list[str]:
    framed = f"^{word}$"
    return [mark + framed[i : i + 3] for i in range(len(framed) - 2)]


def _spread(
    flat: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    words: Ints,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Each key of one word of each name, with the row of the name."""
    size = counts[words]
    rows = np.repeat(np.arange(len(words)), size)
    ends = np.cumsum(size)
    inside = np.arange(len(rows)) - np.repeat(ends - size, size)
    return rows, flat[np.repeat(starts[words], size) + inside]


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates of a batch of look-ups, best first; ``row`` is -1 where there are no more."""

    row: Ints
    score: Floats


class NameIndex:
    """Keys of listed names, and the names each key stands in."""

    def __init__(self, phonetics: Phonetics, words: Sequence[str], ids: Ints) -> None:
        """Index names.

        Args:
            phonetics: Sound tables.
            words: The distinct folded words of the list.
            ids: Place in ``words`` of each name's words; ``len(words)`` where there is none.
        """
        self._phonetics = phonetics
        self._sounds = SoundKeys(phonetics)
        self._number: dict[str, int] = {}
        number = self._number
        keys: list[int] = []
        counts = np.zeros(len(words) + 1, np.int64)
        for place, word in enumerate(words):
            found = [number.setdefault(key, len(number)) for key in self._listed_keys(word)]
            keys += found
            counts[place] = len(found)
        flat = np.array(keys, np.int64)
        del keys
        starts = np.concatenate([[0], np.cumsum(counts)])
        # Key and row in one number, sorted in place: a million names leave no room for copies.
        ends = np.cumsum([0, *(int(counts[ids[:, slot]].sum()) for slot in range(ids.shape[1]))])
        listing = np.empty(int(ends[-1]), np.int64)
        for slot in range(ids.shape[1]):
            rows, present = _spread(flat, starts, counts, ids[:, slot])
            listing[ends[slot] : ends[slot + 1]] = present << 32 | rows
        listing.sort()
        occurrences = np.bincount(listing >> 32, minlength=len(number))
        listing &= 0xFFFFFFFF
        self._listing = listing.astype(np.int32)
        del listing
        self._start = np.concatenate([[0], np.cumsum(occurrences)])
        self._weight = (np.log(max(len(ids), 1) / np.maximum(occurrences, 1)) + 1) ** 2
        length = np.zeros(len(ids))
        for slot in range(ids.shape[1]):
            rows, present = _spread(flat, starts, counts, ids[:, slot])
            length += np.bincount(rows, self._weight[present], minlength=len(ids))
        self._shortness = 1 / np.sqrt(np.maximum(length, 1e-9))
        self._keys_of_word: dict[str, tuple[npt.NDArray[np.int64], Floats]] = {}

    def _listed_keys(self, folded: str) -> list[str]:
        keys = _trigrams("a", folded)
        sound = self._sounds.key(folded)
        if sound:
            keys += _trigrams("s", sound)
        keys += families_of(folded, self._phonetics)
        return list(dict.fromkeys(keys))

    def _looked_up_keys(self, word: str) -> tuple[npt.NDArray[np.int64], Floats]:
        known = self._keys_of_word.get(word)
        if known is not None:
            return known
        folded, number = fold(word), self._number
        shares = dict.fromkeys(self._listed_keys(folded), 1.0)
        for sound in self._sounds.other_keys(folded):
            for key in _trigrams("s", sound):
                shares.setdefault(key, _OTHER_READING)
        pairs = [(number[key], share) for key, share in shares.items() if key in number]
        keys = np.array([key for key, _ in pairs], np.int64)
        found = (keys, np.array([share for _, share in pairs], np.float32))
        if len(self._keys_of_word) > 200_000:
            self._keys_of_word.clear()
        self._keys_of_word[word] = found
        return found

    def search(self, names: Sequence[Sequence[str]], limit: int) -> Found:
        """The listed names that share most with each name given as words."""
        limit = min(limit, len(self._shortness))
        row = np.full((len(names), limit), -1, np.int32)
        score = np.zeros((len(names), limit), np.float32)
        for at, words in enumerate(names):
            best, worth = self._search_one(words, limit)
            row[at, : len(best)] = best
            score[at, : len(best)] = worth
        return Found(row, score)

    def _search_one(
        self, words: Sequence[str], limit: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        parts = [self._looked_up_keys(word) for word in words]
        if not any(len(keys) for keys, _ in parts):
            return np.empty(0, np.int64), np.empty(0)
        keys = np.concatenate([keys for keys, _ in parts])
        shares = np.concatenate([share for _, share in parts])
        weight = self._weight[keys] * shares
        start = self._start[keys]
        size = self._start[keys + 1] - start
        if size.sum() > _BUDGET:
            rare = np.argsort(size, kind="stable")
            kept = rare[np.cumsum(size[rare]) <= _BUDGET]
            kept = kept if len(kept) else rare[:1]
            start, size, weight_kept = start[kept], size[kept], weight[kept]
        else:
            weight_kept = weight
        listing = self._listing
        rows = np.concatenate([listing[s:e] for s, e in zip(start, start + size, strict=True)])
        shared = np.bincount(rows, np.repeat(weight_kept, size), minlength=len(self._shortness))
        total = np.multiply(shared, self._shortness)
        floor = total.max() * 0.4
        best = np.nonzero(total > floor)[0]
        while len(best) < limit and floor > 1e-3:
            floor *= 0.5
            best = np.nonzero(total > floor)[0]
        if len(best) > limit:
            best = best[np.argpartition(total[best], -limit)[-limit:]]
        best = best[np.argsort(-total[best], kind="stable")]
        return best, total[best] / np.sqrt(max(float(weight.sum()), 1e-9))
