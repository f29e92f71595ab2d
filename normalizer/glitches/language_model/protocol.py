"""What the rest of the package knows of a language model: a protocol and the records it answers.

A model reads passages: a sentence with its words marked, and the sentence before it. It says how
unexpected each word is where it stands, how likely a whole sentence is, and which words it would
have written. It decides nothing. `opening` has the models themselves; nothing here loads a
framework, so that detectors can be written, run and tested without one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from normalizer.annotation import Document, Span
from normalizer.glitches.sentences import Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from normalizer.glitches.language_model.adapter import Adapter

# So many words of the sentence before are shown: they help nearly as much as all of it.
CONTEXT = 10


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence to read.

    Attributes:
        text: The sentence, with the marks that touch it.
        words: Where its words are, in order, in code points of ``text``.
        before: What stands before it; empty for the first sentence. It is joined by a space
            unless it ends in white space.
    """

    text: str
    words: tuple[Span, ...]
    before: str = ""

    def word(self, at: int) -> str:
        """The word with this number."""
        span = self.words[at]
        return self.text[span.start : span.end]

    def with_word(self, at: int, word: str) -> Passage:
        """The passage with another word, or words, in the place of one.

        >>> passage = Passage("An overload of ties", (Span(0, 2), Span(3, 11), Span(12, 14)))
        >>> passage.with_word(1, "reset")
        Passage(text='An reset of ties', words=(Span(start=0, end=2), Span(start=3, end=8),
            Span(start=9, end=11)), before='')
        """
        place = self.words[at]
        shift = len(word) - (place.end - place.start)
        moved = (Span(one.start + shift, one.end + shift) for one in self.words[at + 1 :])
        here = Span(place.start, place.end + shift)
        text = self.text[: place.start] + word + self.text[place.end :]
        return replace(self, text=text, words=(*self.words[:at], here, *moved))


@dataclass(frozen=True, slots=True)
class WordReading:
    """What a model makes of one word where it stands.

    Attributes:
        start: Where the word begins, in code points of the passage.
        end: Where it ends.
        surprisal: Minus the log-probability of the word, in nats, all its pieces together.
        entropy: Of the model's guess before the word's first piece, in nats.
        pieces: How many pieces the word has for the model; 0 if it is part of another's piece.
        rank: The place of its first piece among the model's guesses, from 0.
    """

    start: int
    end: int
    surprisal: float
    entropy: float
    pieces: int
    rank: int


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """The words of one passage, one reading each, in order.

    Attributes:
        words: The readings.
        states: Of the adapter that was asked for: one row a word, the mean over its pieces; None
            if none was.
    """

    words: tuple[WordReading, ...]
    states: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class WordChoice:
    """A word a model would write, with its log-probability in nats."""

    text: str
    log_probability: float


class LanguageModel(Protocol):
    """A second opinion on sentences; the same passage always gets the same answer."""

    @property
    def name(self) -> str:
        """What the user calls it."""

    @property
    def fingerprint(self) -> str:
        """Tells two models, and two ways to run one, apart; part of every cache key."""

    def read(
        self, passages: Sequence[Passage], *, adapter: Adapter | None = None
    ) -> list[SentenceReading]:
        """One reading a passage, in order.

        Args:
            passages: Any number; they are batched by length.
            adapter: Whose states are wanted; it must have been learned on this model.

        Raises:
            ValueError: If this kind of model takes no adapters.
        """

    def log_likelihood(self, passages: Sequence[Passage]) -> list[tuple[float, ...]]:
        """The log-probability of each sentence after what stands before it, word by word, in nats.

        A mark counts to the word before it, at the beginning to the first one; what has no words
        is one number. Variants of one sentence cost least one after another: what they begin with
        is read once. A masked model answers with the pseudo-log-likelihood.
        """

    def glance(self, passages: Sequence[Passage], at: int) -> list[float]:
        """How likely the first piece of word ``at`` of each passage is where it stands, in nats.

        No word is likelier than its first piece. A glance at all variants of a sentence costs what
        reading it up to the word costs.
        """

    def best_words(self, passage: Passage, at: int, *, count: int = 10) -> list[WordChoice]:
        """The words the model would write in the place of a word, best first.

        A causal model goes by what stands before the word, a masked one by both sides. Only
        words of ASCII letters are named: candidates are English.
        """

    def recall(
        self,
        kind: str,
        passages: Sequence[Passage],
        compute: Callable[[list[Passage]], list[Any]],
    ) -> list[Any]:
        """What was computed of each passage before; the rest is computed now.

        Args:
            kind: Names the computation, its version and weights included.
            passages: What it is about.
            compute: Makes one JSON value for each passage it is given.
        """


class ModelSource(Protocol):
    """Where a model can be had: sent to worker processes in place of the model itself."""

    @property
    def name(self) -> str:
        """What the user calls it."""

    def open(self) -> LanguageModel:
        """Open it."""

    def __hash__(self) -> int:
        """A process opens each once."""


def passages_of(document: Document, sentences: Sequence[Sentence]) -> list[Passage]:
    """The sentences of a document as passages: word ``n`` of one is word ``n`` of the other.

    What stands before a sentence is the end of the one before it, see `CONTEXT`.
    """
    passages: list[Passage] = []
    before = ""
    for sentence in sentences:
        text, start = _with_marks(document.text, sentence)
        words = tuple(
            Span(at - start, at - start + len(word))
            for at, word in zip(sentence.starts, sentence.words, strict=True)
        )
        passages.append(Passage(text, words, before))
        before = text[sentence.starts[-CONTEXT] - start :] if len(words) > CONTEXT else text
    return passages


def _with_marks(text: str, sentence: Sentence) -> tuple[str, int]:
    """A sentence with the quotes, brackets and stops that touch it, and where that begins."""
    start, end = sentence.starts[0], sentence.end(-1)
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end], start
