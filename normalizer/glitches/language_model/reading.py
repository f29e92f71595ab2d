"""How a language model reads passages: which sequences it runs and what their scores come to.

Causal models are read in one pass a sentence. Masked models answer with the pseudo-log-likelihood
of Salazar et al. 2020, hiding the rest of a word with each of its pieces (Kauf & Ivanova 2023):
otherwise the second half of a word gives the first one away.

The framework is behind `Network`; here are only numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from normalizer.annotation import Span
from normalizer.glitches.language_model.adapter import Adapter
from normalizer.glitches.language_model.protocol import (
    Passage,
    SentenceReading,
    WordChoice,
    WordReading,
)
from normalizer.glitches.language_model.word_pieces import PieceForms, Pieces, cut, piece_forms

# Shorter beginnings are not worth a pass of their own.
MIN_SHARED = 6
# So many pieces more in common with the next passage do not make a new family.
SLACK = 3
# First pieces tried for each word wanted, and pieces of a word at most.
TRIED = 3
MAX_PIECES = 5

Ask = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scored:
    """What one sequence answered: an item for each ask, in order, and states for each row.

    Attributes:
        log_probability: Of the piece asked about, in nats.
        entropy: Of the guess, in nats.
        rank: How many pieces are likelier.
        states: Of the adapter that was asked for; None if none was.
    """

    log_probability: NDArray[np.float32]
    entropy: NDArray[np.float32]
    rank: NDArray[np.int64]
    states: NDArray[np.float32] | None = None


class Network(Protocol):
    """Weights that run: sequences of piece ids in, scores out."""

    @property
    def budget(self) -> int:
        """How many ids one batch may hold, padding included."""

    @property
    def keeps(self) -> bool:
        """Whether `keep` works for these weights."""

    def run(
        self,
        sequences: Sequence[Sequence[int]],
        asks: Sequence[Sequence[Ask]],
        *,
        adapter: Adapter | None = None,
        kept: Any = None,
    ) -> list[Scored]:
        """Run one batch.

        Args:
            sequences: Piece ids.
            asks: For each sequence pairs of a row and the piece to judge by its guess.
            adapter: Whose states are wanted.
            kept: What all sequences go on from, see `keep`; row -1 is then its last one, and a
                sequence may be empty.
        """

    def keep(self, sequence: Sequence[int], asks: Sequence[Ask]) -> tuple[Any, Scored]:
        """Run a beginning once, for sequences that go on from it."""

    def guess(
        self, sequences: Sequence[Sequence[int]], rows: Sequence[int], *, kept: Any = None
    ) -> NDArray[np.float32]:
        """Log-probabilities of all pieces, by one row of each sequence."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A sequence to run for a passage.

    Attributes:
        owner: Number of the passage.
        ids: What the network sees, marks included.
        asks: Rows that guess, each with the place of the piece it is asked about.
        holds: Rows whose states belong to a piece, each with the place of that piece.
    """

    owner: int
    ids: tuple[int, ...]
    asks: tuple[tuple[int, int], ...]
    holds: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _PieceScores:
    """Scores of the pieces of a passage by place; zero where nothing was asked."""

    log_probability: NDArray[np.float64]
    entropy: NDArray[np.float64]
    rank: NDArray[np.int64]
    states: dict[int, NDArray[np.float32]] = field(default_factory=dict)


class Reader:
    """What both kinds of model share: cutting, batching, and readings made of scores."""

    def __init__(
        self,
        network: Network,
        tokenizer: Any,
        *,
        name: str,
        fingerprint: str,
        window: int,
        marks: tuple[tuple[int, ...], tuple[int, ...]],
    ) -> None:
        """Put a model together.

        Args:
            network: The weights.
            tokenizer: A ``tokenizers.Tokenizer``.
            name: What the user calls it.
            fingerprint: Of the weights and the way they run.
            window: Ids the network can see at once.
            marks: Ids put before and after every sequence.
        """
        self.name = name
        self.fingerprint = fingerprint
        self._network = network
        self._tokenizer = tokenizer
        self._before, self._after = marks
        # Pieces seen at once, beside the marks.
        self._room = window - len(self._before) - len(self._after)

    def recall(
        self,
        kind: str,
        passages: Sequence[Passage],
        compute: Callable[[list[Passage]], list[Any]],
    ) -> list[Any]:
        """Nothing is remembered here, see `cache`."""
        del kind
        return compute(list(passages)) if passages else []

    @cached_property
    def _forms(self) -> PieceForms:
        return piece_forms(self._tokenizer)

    @cached_property
    def _of_letters(self) -> NDArray[np.bool_]:
        """Which pieces are made of letters."""
        return np.array([bool(letters) for letters in self._forms.letters])

    @cached_property
    def _leading(self) -> NDArray[np.bool_]:
        """Which pieces begin a word."""
        return np.array(self._forms.leading)

    def _scores(
        self, cuts: Sequence[Pieces], runs: Sequence[_Run], adapter: Adapter | None = None
    ) -> list[_PieceScores]:
        """Run in batches of like length, and gather what is said of each passage."""
        gathered = [
            _PieceScores(np.zeros(size), np.zeros(size), np.zeros(size, np.int64))
            for size in (len(pieces.ids) for pieces in cuts)
        ]
        for batch in _batches(runs, self._network.budget):
            asks = [[(row, cuts[run.owner].ids[at]) for row, at in run.asks] for run in batch]
            answers = self._network.run([run.ids for run in batch], asks, adapter=adapter)
            for run, scored in zip(batch, answers, strict=True):
                mine, places = gathered[run.owner], [at for _, at in run.asks]
                mine.log_probability[places] = scored.log_probability
                mine.entropy[places] = scored.entropy
                mine.rank[places] = scored.rank
                if scored.states is not None:
                    mine.states.update((at, scored.states[row]) for row, at in run.holds)
        return gathered


class CausalReader(Reader):
    """A model that reads from left to right."""

    def read(
        self, passages: Sequence[Passage], *, adapter: Adapter | None = None
    ) -> list[SentenceReading]:
        """See `protocol.LanguageModel`."""
        cuts = cut(passages, self._tokenizer)
        runs = [run for owner, pieces in enumerate(cuts) for run in self._runs(owner, pieces)]
        return [
            _reading(passage.words, pieces, scores)
            for passage, pieces, scores in zip(
                passages, cuts, self._scores(cuts, runs, adapter), strict=True
            )
        ]

    def sequences(
        self, passages: Sequence[Passage]
    ) -> list[tuple[tuple[int, ...], tuple[range, ...]]]:
        """What is run for each passage, marks included, and which rows of it are each word's.

        For training: windows are not opened, and every word has a row (see `_rows_of`).
        """
        marks = len(self._before)
        return [
            (
                (*self._before, *pieces.ids, *self._after),
                tuple(range(one.start + marks, one.stop + marks) for one in _rows_of(pieces)),
            )
            for pieces in cut(passages, self._tokenizer)
        ]

    def log_likelihood(self, passages: Sequence[Passage]) -> list[tuple[float, ...]]:
        """See `protocol.LanguageModel`."""
        cuts = cut(passages, self._tokenizer)
        likely: dict[int, NDArray[np.float64]] = {}
        runs: list[_Run] = []
        for family, shared in self._families(cuts):
            if shared:
                likely |= self._branches(family, cuts, shared)
            else:
                runs += [run for owner in family for run in self._runs(owner, cuts[owner])]
        for owner, scores in enumerate(self._scores(cuts, runs)):
            likely.setdefault(owner, scores.log_probability)
        return [_by_word(pieces, likely[owner]) for owner, pieces in enumerate(cuts)]

    def glance(self, passages: Sequence[Passage], at: int) -> list[float]:
        """See `protocol.LanguageModel`."""
        guesses: dict[tuple[int, ...], NDArray[np.float32]] = {}
        found: list[float] = []
        for pieces in cut(passages, self._tokenizer):
            word = pieces.words[at]
            begin = self._beginning(pieces, word.start) if word else ()
            if not begin:
                # Inside a neighbour's piece, or at the very start, nothing can be told.
                found.append(0.0)
                continue
            if begin not in guesses:
                kept = self._network.keep(begin, ())[0] if self._network.keeps else None
                stem = () if kept else begin
                guesses[begin] = self._network.guess([stem], [len(stem) - 1], kept=kept)[0]
            found.append(float(guesses[begin][pieces.ids[word.start]]))
        return found

    def best_words(self, passage: Passage, at: int, *, count: int = 10) -> list[WordChoice]:
        """See `protocol.LanguageModel`."""
        (pieces,) = cut([passage], self._tokenizer)
        if not pieces.words[at]:
            return []
        place = pieces.words[at][0]
        begin = self._beginning(pieces, place)
        if not begin:
            return []
        kept = self._network.keep(begin, ())[0] if self._network.keeps else None
        stem = () if kept else begin
        # A model may have room for more pieces than its tokenizer has.
        size = len(self._forms.letters)
        leading = self._leading == self._forms.leading[pieces.ids[place]]
        first = self._network.guess([stem], [len(stem) - 1], kept=kept)[0][:size]
        first = np.where(self._of_letters & leading, first, -np.inf)
        tried = np.argsort(-first, kind="stable")[: TRIED * count]
        growing: list[tuple[tuple[int, ...], float]] = [
            ((int(one),), float(first[one])) for one in tried if np.isfinite(first[one])
        ]
        going_on = self._of_letters & ~self._leading
        done: dict[str, float] = {}
        while growing:
            sequences = [(*stem, *ids) for ids, _ in growing]
            rows = [len(one) - 1 for one in sequences]
            guesses = self._network.guess(sequences, rows, kept=kept)[:, :size]
            grown: list[tuple[tuple[int, ...], float]] = []
            for (ids, score), guess in zip(growing, guesses, strict=True):
                inside = np.where(going_on, guess, -np.inf)
                best = int(inside.argmax())
                # What is no further piece of the word ends it (Oh & Schuler 2024).
                end = math.log(max(1e-9, 1 - float(np.exp(inside).sum())))
                if end >= inside[best]:
                    word = "".join(self._forms.letters[one] for one in ids)
                    done[word] = max(score + end, done.get(word, -math.inf))
                elif len(ids) < MAX_PIECES:
                    grown.append(((*ids, best), score + float(inside[best])))
            growing = grown
        return _best(done, count)

    def _beginning(self, pieces: Pieces, place: int) -> tuple[int, ...]:
        """What the model sees before a piece, with room for a word behind it."""
        return (*self._before, *pieces.ids[max(0, place - self._room + MAX_PIECES) : place])

    def _runs(self, owner: int, pieces: Pieces) -> Iterator[_Run]:
        """Windows over a passage: each piece of the sentence is asked about once.

        A sentence that does not fit is read in windows that overlap by half.
        """
        begin, asked, count = 0, pieces.first, len(pieces.ids)
        while asked < count:
            end = min(begin + self._room, count)
            if end > asked:
                offset = len(self._before) - begin
                places = range(asked, end)
                yield _Run(
                    owner,
                    (*self._before, *pieces.ids[begin:end], *self._after),
                    tuple((at + offset - 1, at) for at in places if at + offset),
                    tuple((at + offset, at) for at in places),
                )
                asked = end
            begin = end - self._room // 2

    def _families(self, cuts: Sequence[Pieces]) -> Iterator[tuple[list[int], int]]:
        """Passages that follow each other and begin alike, and how many pieces they share.

        The last piece of none is shared: each goes on by at least one. A passage that has more in
        common with the next one than with the family before it begins a family of its own.
        """
        alike = [0, *(_alike(one.ids, other.ids) for one, other in pairwise(cuts)), 0]
        fits = [len(pieces.ids) <= self._room for pieces in cuts]
        family: list[int] = []
        shared = 0
        for owner in range(len(cuts)):
            common = min(alike[owner], shared) if shared else alike[owner]
            joins = family and self._network.keeps and fits[owner] and fits[family[0]]
            if joins and common >= max(MIN_SHARED, alike[owner + 1] - SLACK):
                family.append(owner)
                shared = common
                continue
            if family:
                yield family, shared
            family, shared = [owner], 0
        if family:
            yield family, shared

    def _branches(
        self, family: Sequence[int], cuts: Sequence[Pieces], shared: int
    ) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """The log-probabilities of each passage of a family; what they share is read once."""
        before = len(self._before)
        sequence = (*self._before, *cuts[family[0]].ids[:shared])
        first = min(cuts[owner].first for owner in family)
        places = [at for at in range(first, shared) if at + before]
        kept, scored = self._network.keep(
            sequence, [(at + before - 1, sequence[at + before]) for at in places]
        )
        # Nothing is asked behind the last piece, so it is not run.
        runs = [_Run(owner, cuts[owner].ids[shared:-1], ()) for owner in family]
        for batch in _batches(runs, self._network.budget):
            asks = [
                [
                    (at - shared - 1, cuts[run.owner].ids[at])
                    for at in range(max(shared, cuts[run.owner].first), len(cuts[run.owner].ids))
                ]
                for run in batch
            ]
            answers = self._network.run([run.ids for run in batch], asks, kept=kept)
            for run, answer in zip(batch, answers, strict=True):
                pieces = cuts[run.owner]
                likely = np.zeros(len(pieces.ids))
                likely[places] = scored.log_probability
                likely[: pieces.first] = 0
                likely[max(shared, pieces.first) :] = answer.log_probability
                yield run.owner, likely


class MaskedReader(Reader):
    """A model that fills in what is hidden from it."""

    def __init__(self, *args: Any, mask: int, **kwargs: Any) -> None:
        """Put a model together; ``mask`` is the id that hides a piece."""
        super().__init__(*args, **kwargs)
        self._mask = mask

    def read(
        self, passages: Sequence[Passage], *, adapter: Adapter | None = None
    ) -> list[SentenceReading]:
        """See `protocol.LanguageModel`."""
        if adapter is not None:
            raise ValueError(f"{self.name}: there are no adapters for masked models")
        cuts = cut(passages, self._tokenizer)
        runs = [
            self._hidden(owner, pieces, at, word.stop)
            for owner, pieces in enumerate(cuts)
            for word in pieces.words
            for at in word
        ]
        scores = self._scores(cuts, runs)
        return [
            _reading(passage.words, pieces, mine)
            for passage, pieces, mine in zip(passages, cuts, scores, strict=True)
        ]

    def log_likelihood(self, passages: Sequence[Passage]) -> list[tuple[float, ...]]:
        """See `protocol.LanguageModel`."""
        cuts = cut(passages, self._tokenizer)
        runs = [
            self._hidden(
                owner, pieces, at, max(at + 1, pieces.words[word].stop if word >= 0 else 0)
            )
            for owner, pieces in enumerate(cuts)
            for at, word in enumerate(pieces.word_of)
            if at >= pieces.first
        ]
        scores = self._scores(cuts, runs)
        return [
            _by_word(pieces, mine.log_probability)
            for pieces, mine in zip(cuts, scores, strict=True)
        ]

    def glance(self, passages: Sequence[Passage], at: int) -> list[float]:
        """See `protocol.LanguageModel`."""
        cuts = cut(passages, self._tokenizer)
        runs = [
            self._hidden(owner, pieces, pieces.words[at].start, pieces.words[at].stop)
            for owner, pieces in enumerate(cuts)
            if pieces.words[at]
        ]
        return [float(one.log_probability.sum()) for one in self._scores(cuts, runs)]

    def best_words(self, passage: Passage, at: int, *, count: int = 10) -> list[WordChoice]:
        """See `protocol.LanguageModel`. Only words of one piece are named."""
        (pieces,) = cut([passage], self._tokenizer)
        word = pieces.words[at]
        if not word:
            return []
        ids = (*pieces.ids[: word.start], self._mask, *pieces.ids[word.stop :])
        begin, end = self._window(word.start, len(ids))
        sequence = (*self._before, *ids[begin:end], *self._after)
        row = word.start - begin + len(self._before)
        (guess,) = self._network.guess([sequence], [row])
        leading = self._forms.leading[pieces.ids[word.start]]
        done = {
            letters: float(guess[one])
            for one, letters in enumerate(self._forms.letters)
            if letters and self._forms.leading[one] == leading
        }
        return _best(done, count)

    def _window(self, at: int, count: int) -> tuple[int, int]:
        """The stretch of pieces to show around one of them."""
        begin = max(0, min(at - self._room // 2, count - self._room))
        return begin, min(count, begin + self._room)

    def _hidden(self, owner: int, pieces: Pieces, at: int, stop: int) -> _Run:
        """The passage with a piece and those after it up to ``stop`` hidden."""
        begin, end = self._window(at, len(pieces.ids))
        shown = list(pieces.ids)
        shown[at:stop] = [self._mask] * (stop - at)
        row = at - begin + len(self._before)
        return _Run(owner, (*self._before, *shown[begin:end], *self._after), ((row, at),))


def _batches(runs: Sequence[_Run], budget: int) -> Iterator[list[_Run]]:
    """Runs of like length together, as many as the budget holds with their padding."""
    batch: list[_Run] = []
    for run in sorted(runs, key=lambda run: len(run.ids)):
        if batch and len(run.ids) * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(run)
    if batch:
        yield batch


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """How many pieces two passages begin with in common, and each still goes on."""
    most = min(len(one), len(other)) - 1
    return next((at for at in range(most) if one[at] != other[at]), max(0, most))


def _reading(words: Sequence[Span], pieces: Pieces, scores: _PieceScores) -> SentenceReading:
    readings = []
    rows = _rows_of(pieces)
    for span, mine, held in zip(words, pieces.words, rows, strict=True):
        first = held.start
        readings.append(
            WordReading(
                start=span.start,
                end=span.end,
                surprisal=-float(scores.log_probability[mine.start : mine.stop].sum()),
                entropy=float(scores.entropy[first]) if mine else 0.0,
                pieces=len(mine),
                rank=int(scores.rank[first]) if mine else 0,
            )
        )
    states = None
    if scores.states and rows:
        means = [np.mean([scores.states[at] for at in one], axis=0) for one in rows]
        states = np.stack(means).astype(np.float32)
    return SentenceReading(tuple(readings), states)


def _rows_of(pieces: Pieces) -> list[range]:
    """The pieces of each word; a word inside a neighbour's piece has that one."""
    rows: list[range] = []
    last = pieces.first
    for mine in pieces.words:
        last = mine.stop - 1 if mine else last
        rows.append(mine or range(last, last + 1))
    return rows


def _by_word(pieces: Pieces, likely: NDArray[np.float64]) -> tuple[float, ...]:
    """Sums of the log-probabilities of pieces, each up to the next word."""
    starts = [mine.start for mine in pieces.words if mine]
    if not starts:
        return (float(likely.sum()), *(0.0 for _ in pieces.words[1:]))
    cuts = [pieces.first, *starts[1:], len(likely)]
    sums = (float(likely[begin:end].sum()) for begin, end in pairwise(cuts))
    return tuple(next(sums) if mine else 0.0 for mine in pieces.words)


def _best(scores: dict[str, float], count: int) -> list[WordChoice]:
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [WordChoice(word, score) for word, score in ordered[:count]]
