"""How near two names sound: learned costs of grapheme pairs, alignment of sounds and of name parts.

Each word is a row of unit numbers. Words are aligned unit by unit so that the sum of
log-likelihood ratios is greatest: how much likelier is this pair of graphemes if both words spell
one name than if they met by chance. A match of rare letters therefore counts for more than one of
common letters, and what an ending costs is learned where endings stand.

Everything is computed for many pairs at once, with numpy; `trace` walks one pair for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from normalizer.names.fold import fold
from normalizer.names.phonetics import Phonetics, SoundKeys, UnitCutter, families_of

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

MAX_WORDS = 6
MAX_UNITS = 20
MAX_JOINED = 32
MAX_FAMILIES = 3
# Where in a word a unit stands: endings are cheaper to add and to drop than the middle.
MIDDLE, LAST_BUT_ONE, LAST = 0, 1, 2
_CHUNK = 1024
_NEVER = np.float32(-99.0)


@dataclass(frozen=True, slots=True)
class SoundCosts:
    """Log-likelihood ratios of aligned graphemes.

    Attributes:
        vocabulary: Unit of each row and column; 0 is no unit, the last one any other letter.
        pair: ``pair[u, v]``: looked-up unit ``u`` answers listed unit ``v``.
        extra: ``extra[u, place]``: ``u`` answers nothing.
        lacking: ``lacking[v, place]``: nothing answers ``v``.
    """

    vocabulary: tuple[str, ...]
    pair: Floats
    extra: Floats
    lacking: Floats

    @property
    def numbers(self) -> dict[str, int]:
        """Unit to number; units that are not in it have the last number."""
        return {unit: number for number, unit in enumerate(self.vocabulary)}


class Words:
    """A growing table of distinct words with everything the comparison needs of each."""

    def __init__(
        self, phonetics: Phonetics, costs: SoundCosts, listed: Words | None = None
    ) -> None:
        """Start an empty table.

        Args:
            phonetics: Sound tables.
            costs: Learned costs.
            listed: The table these words will be compared with. Families and foldings are numbered
                as there; those it does not have get no number, so that it never grows by look-ups.
        """
        self._phonetics = phonetics
        self._costs = costs
        self._cutter: UnitCutter = UnitCutter(phonetics) if listed is None else listed._cutter
        self._numbers: dict[str, int] = costs.numbers if listed is None else listed._numbers
        self._other = len(costs.vocabulary) - 1
        self._listed = listed
        self._family_numbers: dict[str, int] = {} if listed is None else listed._family_numbers
        self._fold_numbers: dict[str, int] = {} if listed is None else listed._fold_numbers
        self._bone_numbers: dict[str, int] = {} if listed is None else listed._bone_numbers
        self._sounds: SoundKeys = SoundKeys(phonetics) if listed is None else listed._sounds
        self.number: dict[str, int] = {}
        self.words: list[str] = []
        self.folded: list[str] = []
        self._units: list[list[int]] = []
        self._families: list[list[int]] = []
        self._bones: list[int] = []
        self._flags: list[tuple[bool, bool, bool, bool]] = []

    def __len__(self) -> int:
        return len(self.words)

    def add(self, word: str) -> int:
        """The number of a word, new or known."""
        found = self.number.get(word)
        if found is not None:
            return found
        found = self.number[word] = len(self.words)
        folded = fold(word)
        self.words.append(word)
        self.folded.append(folded)
        get, other = self._numbers.get, self._other
        self._units.append([get(u, other) for u in self._cutter.cut(word)[:MAX_UNITS]])
        families = families_of(folded, self._phonetics)[:MAX_FAMILIES]
        numbers = self._family_numbers
        if self._listed is None:
            self._families.append([numbers.setdefault(n, len(numbers) + 1) for n in families])
            self._fold_numbers.setdefault(folded, len(self._fold_numbers))
            bones = self._sounds.bones(folded)
            self._bones.append(self._bone_numbers.setdefault(bones, len(self._bone_numbers)))
        else:
            self._bones.append(self._bone_numbers.get(self._sounds.bones(folded), -2))
            self._families.append([numbers[n] for n in families if n in numbers])
        light = folded in self._phonetics.particles or folded in self._phonetics.titles
        patronymic = len(folded) > 6 and folded.endswith(self._phonetics.patronymics)
        given = any(name.startswith("name:") for name in families)
        self._flags.append((light, patronymic, folded.endswith("a"), given))
        return found

    def arrays(self) -> WordArrays:
        """The table as arrays; row ``len(self)`` is the missing word."""
        count = len(self.words)
        units = np.zeros((count + 1, MAX_UNITS), np.uint8)
        sizes = np.fromiter((len(u) for u in self._units), np.int32, count)
        flat = np.fromiter((x for u in self._units for x in u), np.uint8, int(sizes.sum()))
        units[:count][np.arange(MAX_UNITS) < sizes[:, None]] = flat
        families = np.zeros((count + 1, MAX_FAMILIES), np.int32)
        for row, found in enumerate(self._families):
            if found:
                families[row, : len(found)] = found
        flags = np.zeros((count + 1, 4), bool)
        if count:
            flags[:count] = self._flags
        sizes = np.append(sizes, 0).astype(np.int32)
        return WordArrays(
            units=units,
            sizes=sizes,
            own=own_scores(self._costs, units, sizes) * (sizes > 0),
            families=families,
            light=flags[:, 0],
            patronymic=flags[:, 1],
            feminine=flags[:, 2],
            given=flags[:, 3],
            letters=np.array([len(f) for f in self.folded] + [0], np.float32),
            first=np.array([ord(f[0]) if f else 0 for f in self.folded] + [0], np.int32),
            bones=np.array([*self._bones, -1], np.int32),
            fold_number=np.array(
                [self._fold_numbers.get(f, -2) for f in self.folded] + [-1], np.int32
            ),
        )


@dataclass(frozen=True, slots=True)
class WordArrays:
    """One row a word; the last row is the missing word (no units, no letters)."""

    units: npt.NDArray[np.uint8]
    sizes: Ints
    own: Floats
    families: Ints
    light: Bools
    patronymic: Bools
    feminine: Bools
    given: Bools
    letters: Floats
    first: Ints
    fold_number: Ints
    bones: Ints


@dataclass(frozen=True, slots=True)
class Names:
    """Names as rows of word numbers, padded with the number of the missing word.

    ``rarity`` and ``last_count`` are per word; ``kind`` is 0 for persons, 1 places, 2 others.
    """

    words: WordArrays
    ids: Ints
    sizes: Ints
    rarity: Floats
    last_count: Floats
    kind: npt.NDArray[np.int8]

    def take(self, rows: Ints) -> Names:
        """The same table with some of its rows."""
        return Names(
            self.words,
            self.ids[rows],
            self.sizes[rows],
            self.rarity,
            self.last_count,
            self.kind[rows],
        )


def pack_names(lists: Sequence[Sequence[int]], missing: int) -> tuple[Ints, Ints]:
    """``(ids, sizes)`` of names given as lists of word numbers; only `MAX_WORDS` are kept."""
    sizes = np.fromiter((min(len(n), MAX_WORDS) for n in lists), np.int32, len(lists))
    ids = np.full((len(lists), MAX_WORDS), missing, np.int32)
    flat = np.fromiter((w for n in lists for w in n[:MAX_WORDS]), np.int32, int(sizes.sum()))
    ids[np.arange(MAX_WORDS) < sizes[:, None]] = flat
    return ids, sizes


def joined_units(words: WordArrays, ids: Ints) -> tuple[npt.NDArray[np.uint8], Ints]:
    """The units of each name's words written as one."""
    rows = len(ids)
    joined = np.zeros((rows, MAX_JOINED), np.uint8)
    ends = np.zeros(rows, np.int32)
    columns = np.arange(MAX_UNITS)
    for slot in range(ids.shape[1]):
        size = words.sizes[ids[:, slot]]
        size = np.minimum(size, MAX_JOINED - ends)
        if not size.any():
            continue
        row, column = np.nonzero(columns < size[:, None])
        joined[row, ends[row] + column] = words.units[ids[row, slot], column]
        ends += size
    return joined, ends


def _places(sizes: Ints, width: int) -> npt.NDArray[np.int32]:
    """`MIDDLE`, `LAST_BUT_ONE` or `LAST` for each unit."""
    back = sizes[:, None] - np.arange(width, dtype=np.int32)
    return np.where(back == 1, LAST, np.where((back == 2) & (sizes[:, None] > 2), LAST_BUT_ONE, 0))


def align(
    costs: SoundCosts,
    left: npt.NDArray[np.uint8],
    left_sizes: Ints,
    right: npt.NDArray[np.uint8],
    right_sizes: Ints,
) -> Floats:
    """The best alignment's sum for each pair of rows; ``left`` is the looked-up side.

    Needleman and Wunsch's recurrence, one row of the table at a time for a whole chunk of pairs.
    """
    result = np.empty(len(left), np.float32)
    # Pairs of like sizes together: a chunk is as wide and as high as its longest words.
    order = np.argsort(left_sizes // 4 * 64 + right_sizes, kind="stable")
    for start in range(0, len(order), _CHUNK):
        rows = order[start : start + _CHUNK]
        result[rows] = _align_chunk(
            costs, left[rows], left_sizes[rows], right[rows], right_sizes[rows]
        )
    return result


def _align_chunk(
    costs: SoundCosts,
    left: npt.NDArray[np.uint8],
    left_sizes: Ints,
    right: npt.NDArray[np.uint8],
    right_sizes: Ints,
) -> Floats:
    height, width, pairs = int(left_sizes.max()), int(right_sizes.max()), len(left)
    across = np.ascontiguousarray(right[:, :width].T).astype(np.intp)
    down = np.ascontiguousarray(left[:, :height].T).astype(np.intp)
    lacking = costs.lacking[across, _places(right_sizes, width).T]
    extra = costs.extra[down, _places(left_sizes, height).T]
    flat, stride = costs.pair.ravel(), costs.pair.shape[1]
    row = np.zeros((width + 1, pairs), np.float32)
    np.cumsum(lacking, axis=0, out=row[1:])
    other = np.empty_like(row)
    at = np.empty((width, pairs), np.intp)
    met = np.empty((width, pairs), np.float32)
    step = np.empty(pairs, np.float32)
    each = np.arange(pairs)
    best = row[right_sizes, each]
    for i in range(height):
        np.add(across, down[i] * stride, out=at)
        np.take(flat, at, out=met, mode="wrap")
        met += row[:-1]
        np.add(row, extra[i], out=other)
        np.maximum(other[1:], met, out=other[1:])
        for j in range(width):
            np.add(other[j], lacking[j], out=step)
            np.maximum(other[j + 1], step, out=other[j + 1])
        row, other = other, row
        ends = np.nonzero(left_sizes == i + 1)[0]
        if len(ends):
            best[ends] = row[right_sizes[ends], ends]
    return best


def own_scores(costs: SoundCosts, units: npt.NDArray[np.uint8], sizes: Ints) -> Floats:
    """What each word scores against itself: how much its letters can say at most; at least 1."""
    diagonal = np.diagonal(costs.pair).astype(np.float32).copy()
    diagonal[0] = 0.0
    total: Floats = diagonal[units].sum(1, dtype=np.float32)
    return np.maximum(total, np.float32(1.0))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an alignment: a unit of each word, either empty where the other stands alone."""

    left: str
    right: str
    worth: float


def trace(costs: SoundCosts, left: Sequence[str], right: Sequence[str]) -> list[Step]:
    """The best alignment of two words given as units, step by step; sums to `align`'s score."""
    numbers, other = costs.numbers, len(costs.vocabulary) - 1
    a, b = ([numbers.get(unit, other) for unit in word] for word in (left, right))
    place_a = _places(np.array([len(a)], np.int32), len(a))[0]
    place_b = _places(np.array([len(b)], np.int32), len(b))[0]
    table = np.zeros((len(a) + 1, len(b) + 1))
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            if i or j:
                table[i, j] = max(
                    table[i - 1, j - 1] + costs.pair[a[i - 1], b[j - 1]] if i and j else -np.inf,
                    table[i - 1, j] + costs.extra[a[i - 1], place_a[i - 1]] if i else -np.inf,
                    table[i, j - 1] + costs.lacking[b[j - 1], place_b[j - 1]] if j else -np.inf,
                )
    steps: list[Step] = []
    i, j = len(a), len(b)
    while i or j:
        if i and j and table[i, j] == table[i - 1, j - 1] + costs.pair[a[i - 1], b[j - 1]]:
            i, j = i - 1, j - 1
            steps.append(Step(left[i], right[j], float(costs.pair[a[i], b[j]])))
        elif i and table[i, j] == table[i - 1, j] + costs.extra[a[i - 1], place_a[i - 1]]:
            i -= 1
            steps.append(Step(left[i], "", float(costs.extra[a[i], place_a[i]])))
        else:
            j -= 1
            steps.append(Step("", right[j], float(costs.lacking[b[j], place_b[j]])))
    return steps[::-1]


@dataclass(frozen=True, slots=True)
class PartAlignment:
    """Which word of the looked-up name answers which word of the listed one, for many pairs.

    Attributes:
        answer: ``answer[pair, i]``: the listed word that word ``i`` answers, -1 for none.
        asked: The same from the listed side.
        score: Log-likelihood ratio of each answered word.
        nearness: The same, as a share of what the two words could score; 1 is the same word.
        by_family: The word answered by a table (cognate, short form, meaning), not by its sound.
        worth_left, worth_right: What each word could score at most.
        runner_up: For each unanswered word the nearness of the best word it could not have.
    """

    answer: Ints
    asked: Ints
    score: Floats
    nearness: Floats
    by_family: Bools
    worth_left: Floats
    worth_right: Floats
    runner_up: Floats


# Worth of two words that a table calls one name, as a share of what their letters could score:
# less than a like-sounding name, more than chance. In the end the trees decide what it is worth.
_FAMILY_SHARE = np.float32(0.55)


def align_parts(costs: SoundCosts, left: Names, right: Names) -> PartAlignment:
    """Align the words of each pair of names, greatest gain first; order does not count.

    Args:
        costs: Learned costs.
        left: Looked-up names, one row a pair.
        right: Listed names, one row a pair.
    """
    pairs = len(left.ids)
    missing_left, missing_right = len(left.words.sizes) - 1, len(right.words.sizes) - 1
    there_left, there_right = left.ids != missing_left, right.ids != missing_right
    both = there_left[:, :, None] & there_right[:, None, :]
    pair, i, j = np.nonzero(both)
    own_left, own_right = left.words.own, right.words.own
    words_left, words_right = left.ids[pair, i], right.ids[pair, j]
    scores, same_family = _word_scores(costs, left.words, right.words, words_left, words_right)
    middle = np.maximum(1.0, (own_left[words_left] + own_right[words_right]) * np.float32(0.5))
    by_table = same_family & (scores < _FAMILY_SHARE * middle)
    scores = np.where(by_table, _FAMILY_SHARE * middle, scores)
    near = scores / middle
    gain = np.full(both.shape, _NEVER, np.float32)
    gain[pair, i, j] = scores * np.clip(near + np.float32(0.3), 0.0, 1.0)
    score = np.full(both.shape, _NEVER, np.float32)
    score[pair, i, j] = scores
    nearness = np.full(both.shape, np.float32(-2.0), np.float32)
    nearness[pair, i, j] = near
    family = np.zeros(both.shape, bool)
    family[pair, i, j] = by_table

    answer = np.full((pairs, MAX_WORDS), -1, np.int32)
    asked = answer.copy()
    kept_score = np.zeros((pairs, MAX_WORDS), np.float32)
    kept_near = np.zeros((pairs, MAX_WORDS), np.float32)
    kept_family = np.zeros((pairs, MAX_WORDS), bool)
    each = np.arange(pairs)
    for _ in range(MAX_WORDS):
        flat = gain.reshape(pairs, -1)
        best = flat.argmax(1)
        alive = np.nonzero(flat[each, best] > 0.5)[0]
        if not len(alive):
            break
        a, b = best[alive] // MAX_WORDS, best[alive] % MAX_WORDS
        answer[alive, a], asked[alive, b] = b, a
        kept_score[alive, a] = score[alive, a, b]
        kept_near[alive, a] = nearness[alive, a, b]
        kept_family[alive, a] = family[alive, a, b]
        gain[alive, a, :] = _NEVER
        gain[alive, :, b] = _NEVER
    runner_up = np.where(there_left & (answer < 0), nearness.max(2), np.float32(-2.0))
    return PartAlignment(
        answer=answer,
        asked=asked,
        score=kept_score,
        nearness=kept_near,
        by_family=kept_family,
        worth_left=own_left[left.ids],
        worth_right=own_right[right.ids],
        runner_up=runner_up,
    )


def _word_scores(
    costs: SoundCosts, left: WordArrays, right: WordArrays, a: Ints, b: Ints
) -> tuple[Floats, Bools]:
    """Scores of word pairs, each distinct pair aligned once, and whether a table makes them one."""
    key = a.astype(np.int64) * len(right.sizes) + b
    distinct, back = np.unique(key, return_inverse=True)
    one, two = distinct // len(right.sizes), distinct % len(right.sizes)
    scores = align(costs, left.units[one], left.sizes[one], right.units[two], right.sizes[two])
    families = np.zeros(len(distinct), bool)
    member = np.nonzero((left.families[one, 0] > 0) & (right.families[two, 0] > 0))[0]
    if len(member):
        equal = left.families[one[member], :, None] == right.families[two[member], None, :]
        families[member] = (equal & (left.families[one[member], :, None] > 0)).any((1, 2))
    return scores[back], families[back]


def rotations(ids: Ints, sizes: Ints, missing: int) -> tuple[Ints, Ints]:
    """Each name with its first word last, and with its last word first."""
    rows = np.arange(len(ids))
    first_last = np.full_like(ids, missing)
    first_last[:, :-1] = ids[:, 1:]
    some = sizes > 0
    first_last[rows[some], sizes[some] - 1] = ids[some, 0]
    last_first = np.full_like(ids, missing)
    last_first[:, 1:] = ids[:, :-1]
    over = some & (sizes < ids.shape[1])
    last_first[rows[over], sizes[over]] = missing
    last_first[rows[some], 0] = ids[rows[some], sizes[some] - 1]
    return first_last, last_first


FEATURES: tuple[str, ...] = (
    "left_share", "right_share", "score", "left_covered", "right_covered", "rarity_covered",
    "rarity_near", "rarity_near_share", "rarity", "answered", "nearest", "farthest", "mean_near",
    "left_words", "right_words", "left_alone", "right_alone", "left_alone_worth",
    "right_alone_worth", "left_alone_patronymic", "right_alone_patronymic", "left_alone_light",
    "right_alone_light", "right_alone_rarity", "runner_up", "last_right_near", "first_right_near",
    "last_left_near", "first_left_near", "last_offset", "first_offset", "last_rarity",
    "first_rarity", "last_count", "last_letters", "crossings", "same_initial_alone",
    "initials", "feminine_more", "feminine_less", "feminine_last", "same_words",
    "same_words_rarity", "by_family", "family_last", "joined_left", "joined_right", "turned_left",
    "joined_best", "joined_share", "left_letters", "right_letters", "letters_more", "kind",
)  # fmt: skip


def features(
    costs: SoundCosts, left: Names, right: Names, joined: Floats, own_joined: tuple[Floats, Floats]
) -> Floats:
    """`FEATURES` of each pair of names.

    Args:
        costs: Learned costs.
        left: Looked-up names, one row a pair.
        right: Listed names, one row a pair.
        joined: Two columns, from `joined_scores`.
        own_joined: What the joined names of each side could score at most.
    """
    parts = align_parts(costs, left, right)
    wl, wr = left.words, right.words
    each = np.arange(len(left.ids))
    there_left, there_right = left.ids != len(wl.sizes) - 1, right.ids != len(wr.sizes) - 1
    answered, asked = parts.answer >= 0, parts.asked >= 0
    alone_left, alone_right = there_left & ~answered, there_right & ~asked
    light_left, light_right = wl.light[left.ids], wr.light[right.ids]
    near_right = np.zeros_like(parts.nearness)
    pair, i = np.nonzero(answered)
    j = parts.answer[pair, i]
    near_right[pair, j] = parts.nearness[pair, i]
    rarity = right.rarity[right.ids] * there_right
    worth_left, worth_right = parts.worth_left.sum(1), parts.worth_right.sum(1)
    whole = parts.score.sum(1)
    count = answered.sum(1)
    last_left, last_right = np.maximum(left.sizes - 1, 0), np.maximum(right.sizes - 1, 0)
    last_word = right.ids[each, last_right]
    initial = (
        (wl.first[left.ids][:, :, None] == wr.first[right.ids][:, None, :])
        & alone_left[:, :, None]
        & alone_right[:, None, :]
    )
    single = (wl.letters[left.ids] == 1)[:, :, None] | (wr.letters[right.ids] == 1)[:, None, :]
    gender = np.zeros(left.ids.shape, np.int8)
    gender[pair, i] = wr.feminine[right.ids[pair, j]].astype(np.int8) - wl.feminine[
        left.ids[pair, i]
    ].astype(np.int8)
    last_answer = parts.asked[each, last_right]
    same = np.zeros(left.ids.shape, bool)
    same[pair, i] = wl.fold_number[left.ids[pair, i]] == wr.fold_number[right.ids[pair, j]]
    same_rarity = np.zeros(left.ids.shape, np.float32)
    same_rarity[pair, i] = np.where(same[pair, i], right.rarity[right.ids[pair, j]], 0)
    bones = np.zeros((2, *left.ids.shape), bool)
    by_sound = ~parts.by_family[pair, i]
    agree = wl.bones[left.ids[pair, i]] == wr.bones[right.ids[pair, j]]
    bones[0, pair, i], bones[1, pair, i] = agree, ~agree & by_sound
    # Names keep their first sound more often than any other.
    start = np.full(left.ids.shape, np.float32(6.0), np.float32)
    first = costs.pair[wl.units[left.ids[pair, i], 0], wr.units[right.ids[pair, j], 0]]
    start[pair, i] = np.where(by_sound, np.clip(first, -6, 6), np.float32(6.0))
    crossings = np.zeros(len(each), np.float32)
    for a in range(MAX_WORDS):
        for b in range(a + 1, MAX_WORDS):
            crossings += answered[:, a] & answered[:, b] & (parts.answer[:, a] > parts.answer[:, b])
    letters_left = wl.letters[left.ids].sum(1)
    letters_right = wr.letters[right.ids].sum(1)
    rarity_sum = np.maximum(rarity.sum(1), np.float32(0.1))
    best_joined = joined.max(1)
    own_left, own_right = own_joined
    columns = (
        whole / np.maximum(worth_left, 1),
        whole / np.maximum(worth_right, 1),
        whole,
        (parts.worth_left * answered).sum(1) / np.maximum(worth_left, 1),
        (parts.worth_right * asked).sum(1) / np.maximum(worth_right, 1),
        (rarity * asked).sum(1) / rarity_sum,
        (rarity * near_right).sum(1),
        (rarity * near_right).sum(1) / rarity_sum,
        rarity.sum(1),
        count,
        np.where(answered, parts.nearness, -9).max(1).clip(0),
        np.where(count > 0, np.where(answered, parts.nearness, 9).min(1), 0),
        parts.nearness.sum(1) / np.maximum(count, 1),
        left.sizes,
        right.sizes,
        alone_left.sum(1),
        alone_right.sum(1),
        (parts.worth_left * (alone_left & ~light_left)).sum(1),
        (parts.worth_right * (alone_right & ~light_right)).sum(1),
        (alone_left & wl.patronymic[left.ids]).sum(1),
        (alone_right & wr.patronymic[right.ids]).sum(1),
        (alone_left & light_left).sum(1),
        (alone_right & light_right).sum(1),
        (rarity * (alone_right & ~light_right)).sum(1),
        parts.runner_up.max(1),
        near_right[each, last_right],
        near_right[:, 0],
        parts.nearness[each, last_left],
        parts.nearness[:, 0],
        np.where(last_answer >= 0, last_left - last_answer, -1),
        np.where(asked[:, 0], parts.asked[:, 0], -1),
        rarity[each, last_right],
        rarity[:, 0],
        right.last_count[last_word],
        wr.letters[last_word],
        crossings,
        initial.any((1, 2)),
        (initial & single).sum((1, 2)),
        (gender > 0).sum(1),
        (gender < 0).sum(1),
        gender[each, np.maximum(last_answer, 0)] * (last_answer >= 0),
        same.sum(1),
        same_rarity.sum(1),
        parts.by_family.sum(1),
        parts.by_family[each, np.maximum(last_answer, 0)] & (last_answer >= 0),
        joined[:, 0] / own_left,
        joined[:, 0] / own_right,
        joined[:, 1] / own_left,
        best_joined,
        2 * best_joined / (own_left + own_right),
        letters_left,
        letters_right,
        letters_left - letters_right,
        right.kind,
        bones[0].sum(1),
        bones[1].sum(1),
        start.min(1),
        np.where(last_answer >= 0, start[each, np.maximum(last_answer, 0)], -7),
    )
    return np.stack([np.asarray(column, np.float32) for column in columns], 1)


def joined_scores(
    costs: SoundCosts,
    left: Names,
    right_units: npt.NDArray[np.uint8],
    right_sizes: Ints,
    pair_left: Ints,
    pair_right: Ints,
) -> tuple[Floats, Floats]:
    """Whole names written as one word, in the order given and with a word moved to the other end.

    Args:
        costs: Learned costs.
        left: Looked-up names, one row a name.
        right_units: From `joined_units` of the listed names.
        right_sizes: From `joined_units` of the listed names.
        pair_left: Row of ``left`` of each pair.
        pair_right: Row of the listed names of each pair.

    Returns:
        Two columns a pair (as given; turned, the better way), and the own scores of ``left``.
    """
    missing = len(left.words.sizes) - 1
    straight, sizes = joined_units(left.words, left.ids)
    first_last, last_first = (
        joined_units(left.words, turned)[0] for turned in rotations(left.ids, left.sizes, missing)
    )
    several = left.sizes > 1
    three = left.sizes > 2
    scores = np.full((len(pair_left), 2), -20.0, np.float32)
    jobs = (
        (straight, np.arange(len(pair_left)), 0),
        (first_last, np.nonzero(several[pair_left])[0], 1),
        (last_first, np.nonzero(three[pair_left])[0], 1),
    )
    for units, pairs, column in jobs:
        if len(pairs):
            rows, others = pair_left[pairs], pair_right[pairs]
            found = align(costs, units[rows], sizes[rows], right_units[others], right_sizes[others])
            scores[pairs, column] = np.maximum(scores[pairs, column], found)
    return scores, own_scores(costs, straight, sizes)


def load_costs(arrays: Any) -> SoundCosts:
    """The costs out of the arrays of the model file."""
    return SoundCosts(
        vocabulary=tuple(str(unit) for unit in arrays["vocabulary"]),
        pair=np.asarray(arrays["pair"], np.float32),
        extra=np.asarray(arrays["extra"], np.float32),
        lacking=np.asarray(arrays["lacking"], np.float32),
    )
