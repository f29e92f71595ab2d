"""Words that are wrong where they stand, as a small head on a language model reads them.

The model itself stays as it is. A *head* was learned on marked translations: an adapter, with which
some layers of the model read the sentence once more and to both sides, and two small layers on top
that see the states of a word and how unexpected it was. A head belongs to the one model it was
trained on; of any other model trees weigh the surprisal, and how rare and how shaped the word is.
How both were trained: `bench/train_tagger.py`.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from normalizer.annotation import Document, Evidence, Flag, Span
from normalizer.errors import TableError
from normalizer.glitches import odd_words
from normalizer.glitches.language_model.adapter import Adapter, stored_adapter
from normalizer.glitches.language_model.protocol import (
    LanguageModel,
    Passage,
    SentenceReading,
    passages_of,
)
from normalizer.glitches.sentences import Sentence, split_sentences
from normalizer.glitches.trees import Model, load_models
from normalizer.glitches.vocabulary import Vocabulary
from normalizer.odds import log_odds
from normalizer.shipped import shipped

TAGGED, FILE, HEADS = "odd-word:model", "tagger.json", "tagger-*.npz"
# Name of the trees for models without a head.
SURPRISING = "surprising"
# Below this nobody would look; a flag for every word would be the alternative.
MIN_SCORE = 0.1
# Words side by side are one finding where the less sure is as sure as this share of the surer.
JOINED, MAX_JOINED = 0.75, 4
# So far from the mean, in standard deviations, a surprise still counts.
CLIP = 8.0
# As torch has it.
_EPSILON = 1e-5
# What one word in ten is marked as: evidence for an error is what goes beyond.
USUAL = 0.1

# What the head says of each word: a reader marks it; a reader marks it, however lightly; other
# translations of the sentence have another word; somebody has swapped it on purpose.
TASKS = ("error", "any_error", "alone", "swapped")
_HEARD = (
    "surprisal",
    "entropy",
    "pieces",
    "piece_rank",
    "surprisal_before",
    "surprisal_after",
    "mean_surprisal",
    "highest_surprisal",
)
# In a single sentence a word's count in the document is nothing to learn from.
_DROPPED = odd_words.FEATURES.index("in_document")
# What trees weigh where there is no head.
FEATURES = (*_HEARD, *(name for at, name in enumerate(odd_words.FEATURES) if at != _DROPPED))

Floats = NDArray[np.float32]
# The arrays of a head beside its adapter, as they are stored.
LEARNED = ("gain", "shift", "mean", "scale", "inner", "inner_bias", "outer", "outer_bias")
CURVE = ("sums", "scores")


@dataclass(frozen=True, slots=True)
class Head:
    """What was learned for one model: an adapter, and two layers on its states.

    Attributes:
        fingerprint: Of the model it was learned on.
        adapter: Whose states the layers see.
        gain: A layer norm of the states: what each is multiplied with.
        shift: What is then added.
        mean: What is taken from each number of `surprises`.
        scale: What each is then divided by.
        inner: First layer, (states and surprises, width).
        inner_bias: (width,).
        outer: (width, tasks).
        outer_bias: (tasks,).
        sums: Log-odds of the first task at the points of a measured curve, rising: (points,).
        scores: What share of such words is wrong: (points,).
    """

    fingerprint: str
    adapter: Adapter
    gain: Floats
    shift: Floats
    mean: Floats
    scale: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats
    sums: Floats
    scores: Floats

    def judge(self, reading: SentenceReading) -> Floats:
        """Log-odds of each word of a sentence for each of `TASKS`: (words, tasks)."""
        states = reading.states
        if states is None:
            raise ValueError("a head reads states: ask the model for those of its adapter")
        spread = np.sqrt(states.var(1, keepdims=True) + _EPSILON)
        states = (states - states.mean(1, keepdims=True)) / spread * self.gain + self.shift
        surprise = np.clip((surprises(reading) - self.mean) / self.scale, -CLIP, CLIP)
        hidden = _gelu(np.concatenate([states, surprise], 1) @ self.inner + self.inner_bias)
        judged: Floats = hidden @ self.outer + self.outer_bias
        return judged

    def score(self, judged: float) -> float:
        """The probability that a word is wrong, to two decimals, by its log-odds from `judge`."""
        return round(float(np.interp(judged, self.sums, self.scores)), 2)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a model makes of one word, and the head of that; remembered as a list of numbers.

    Attributes:
        surprisal: In nats.
        entropy: In nats.
        pieces: How many the model cuts the word into.
        rank: Place of its first piece among the model's guesses.
        error: Log-odds that it is wrong, says the head; not a number without one.
    """

    surprisal: float
    entropy: float
    pieces: float
    rank: float
    error: float


def surprises(reading: SentenceReading) -> Floats:
    """How unexpected each word is, as a head is told: (words, 5)."""
    heard = np.array(
        [
            (word.surprisal, word.entropy, word.pieces, math.log1p(word.rank))
            for word in reading.words
        ],
        np.float32,
    ).reshape(-1, 4)
    surprise = np.log1p(np.maximum(heard[:, :1], 0))
    return np.concatenate([heard, surprise], axis=1, dtype=np.float32)


@cache
def load_heads(folder: Path | None = None) -> Mapping[str, Head]:
    """The shipped heads by the fingerprint of their model.

    Raises:
        TableError: If a file is not what `bench/train_tagger.py` writes.
    """
    heads: dict[str, Head] = {}
    for path in sorted((folder or shipped("models")).glob(HEADS)):
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as read:
                head = _head(dict(read))
        except (KeyError, ValueError, IndexError, OSError, BadZipFile) as error:
            raise TableError(f"{path.name}: not what bench/train_tagger.py writes") from error
        heads[head.fingerprint] = head
    return heads


def has_head(model: LanguageModel) -> bool:
    """Whether a head was trained on this model's states."""
    return files_of(model) in load_heads()


def find_tagged(
    document: Document,
    model: LanguageModel,
    vocabulary: Vocabulary,
    *,
    shared: Container[str] = frozenset(),
    known: Callable[[str], bool] = odd_words.never,
    heads: Mapping[str, Head] | None = None,
    models: Mapping[str, Model] | None = None,
) -> list[Flag]:
    """Words that look wrong where they stand, in text order; flags do not overlap.

    What `odd_words` goes by is part of what is weighed here, so that its flags are no second
    witness: ask one of the two.

    Args:
        document: Where to look.
        model: Reads the sentences, each by itself.
        vocabulary: How common words are.
        shared: Words, in lower case, that other documents have too.
        known: Whether a word is a name the base knows.
        heads: By fingerprint of their model; the shipped ones unless given.
        models: The trees for models without a head; the shipped ones unless given.
    """
    head = (load_heads() if heads is None else heads).get(files_of(model))
    sentences = split_sentences(document)
    counts = Counter(key for sentence in sentences for key in sentence.stems)
    flags: list[Flag] = []
    for sentence, heard in zip(sentences, listen(model, passages(document), head), strict=True):
        asked = asked_words(sentence, counts, shared)
        asked = [at for at in asked if not known(sentence.words[at])]
        if head is not None:
            scores = {at: head.score(heard[at].error) for at in asked}
        else:
            trees = (models or load_models(file=FILE))[SURPRISING]
            rows = features(sentence, asked, heard, counts, vocabulary)
            scores = dict(zip(asked, map(trees.score, rows), strict=True))
        for words in _joined(document.text, sentence, scores):
            flags.append(_flag(document.text, sentence, words, scores, heard, model.name))
    return flags


def read_ahead(documents: Sequence[Document], model: LanguageModel) -> None:
    """Let a model that remembers read many short documents in company, which is faster."""
    asked = [one for document in documents for one in passages(document)]
    listen(model, asked, load_heads().get(files_of(model)))


def passages(document: Document) -> list[Passage]:
    """The sentences as the tagger has them read: alone, which costs half of what context does."""
    return [replace(one, before="") for one in passages_of(document, split_sentences(document))]


def listen(
    model: LanguageModel, asked: Sequence[Passage], head: Head | None
) -> list[tuple[Heard, ...]]:
    """What the model makes of each word of some passages; what it said before is remembered."""
    if head is None:
        return [heard_of(reading, None) for reading in model.read(asked)]

    def compute(missing: list[Passage]) -> list[Any]:
        readings = model.read(missing, adapter=head.adapter)
        return [[astuple(one) for one in heard_of(reading, head)] for reading in readings]

    answers = model.recall(f"tagger-3-{_digest(head)}", asked, compute)
    return [tuple(Heard(*one) for one in answer) for answer in answers]


def asked_words(sentence: Sentence, counts: Mapping[str, int], shared: Container[str]) -> list[int]:
    """The words of a sentence that may be wrong: no numbers, terms of the document or folder.

    Args:
        sentence: The sentence.
        counts: How often the document has each stem.
        shared: Words, in lower case, that other documents have too.
    """
    return [
        at
        for at, word in enumerate(sentence.words)
        if counts[sentence.stems[at]] <= odd_words.MAX_REPEATED
        and word.lower() not in shared
        and not any(c.isdigit() for c in word)
    ]


def features(
    sentence: Sentence,
    asked: Sequence[int],
    heard: Sequence[Heard],
    counts: Mapping[str, int],
    vocabulary: Vocabulary,
) -> list[tuple[float, ...]]:
    """What the trees weigh for some words of a sentence, in the order of `FEATURES`."""
    surprisals = [word.surprisal for word in heard]
    mean, highest = sum(surprisals) / len(surprisals), max(surprisals)
    rows: list[tuple[float, ...]] = []
    for at, odd in zip(asked, odd_words.measure(sentence, asked, counts, vocabulary), strict=True):
        word = heard[at]
        before = heard[at - 1] if at else None
        after = heard[at + 1] if at + 1 < len(heard) else None
        rows.append(
            (
                word.surprisal,
                word.entropy,
                word.pieces,
                math.log1p(word.rank),
                before.surprisal if before else math.nan,
                after.surprisal if after else math.nan,
                mean,
                highest,
                *odd[:_DROPPED],
                *odd[_DROPPED + 1 :],
            )
        )
    return rows


def files_of(model: LanguageModel) -> str:
    """The part of a fingerprint that tells the model's files, whatever runs them."""
    return model.fingerprint.rpartition(":")[2]


def heard_of(reading: SentenceReading, head: Head | None) -> tuple[Heard, ...]:
    """What the model makes of each word of a sentence, and the head if there is one."""
    errors = [math.nan] * len(reading.words)
    if head is not None and reading.words:
        errors = [round(float(one), 4) for one in head.judge(reading)[:, 0]]
    return tuple(
        Heard(word.surprisal, word.entropy, word.pieces, word.rank, error)
        for word, error in zip(reading.words, errors, strict=True)
    )


def _joined(
    text: str, sentence: Sentence, scores: Mapping[int, float]
) -> Iterator[tuple[int, ...]]:
    """Words that are one finding: side by side, about as sure, with nothing but space between."""
    found: list[int] = []
    for at, score in scores.items():
        if score < MIN_SCORE:
            continue
        if found and not (
            at == found[-1] + 1
            and len(found) < MAX_JOINED
            and text[sentence.end(at - 1) : sentence.starts[at]].isspace()
            and _alike(score, [scores[one] for one in found])
        ):
            yield tuple(found)
            found = []
        found.append(at)
    if found:
        yield tuple(found)


def _alike(score: float, others: Sequence[float]) -> bool:
    return min(score, *others) >= JOINED * max(score, *others)


def _flag(
    text: str,
    sentence: Sentence,
    words: Sequence[int],
    scores: Mapping[int, float],
    heard: Sequence[Heard],
    name: str,
) -> Flag:
    span = Span(sentence.starts[words[0]], sentence.end(words[-1]))
    surface = text[span.start : span.end]
    worst = max(words, key=lambda at: scores[at])
    word = heard[worst]
    reason = f"{name}: {word.surprisal:.1f} nats of surprise at {sentence.words[worst]!r}"
    weight = 0.0 if math.isnan(word.error) else word.error - log_odds(USUAL)
    return Flag(
        span,
        surface,
        "odd-word",
        TAGGED,
        scores[worst],
        f"{surface!r} does not fit its sentence, says {name}.",
        (),
        (Evidence(reason, round(weight, 2)),),
    )


def _gelu(values: Floats) -> Floats:
    """The smooth step of the head, in the form that uses tanh."""
    inner = math.sqrt(2 / math.pi) * (values + 0.044715 * values**3)
    shaped: Floats = 0.5 * values * (1 + np.tanh(inner))
    return shaped


def _head(read: Mapping[str, NDArray[Any]]) -> Head:
    arrays = {
        name: value.astype(np.float32)
        for name, value in read.items()
        if name not in ("fingerprint", "first")
    }
    adapter = stored_adapter(int(read["first"]), arrays)
    own = {name: arrays[name] for name in (*LEARNED, *CURVE)}
    states, (inputs, width), tasks = len(own["gain"]), own["inner"].shape, len(TASKS)
    wanted = {
        "gain": (states,),
        "shift": (states,),
        "mean": (inputs - states,),
        "scale": (inputs - states,),
        "inner": (inputs, width),
        "inner_bias": (width,),
        "outer": (width, tasks),
        "outer_bias": (tasks,),
        "scores": own["sums"].shape,
    }
    if any((np.diff(own[name]) < 0).any() for name in CURVE):
        raise ValueError("curve")
    for name, value in arrays.items():
        if value.shape != wanted.get(name, value.shape) or not np.isfinite(value).all():
            raise ValueError(name)
    return Head(str(read["fingerprint"]), adapter, **own)


def _digest(head: Head) -> str:
    """Tells two heads apart: part of the key under which their answers are kept."""
    return hashlib.sha256(head.inner.tobytes() + head.outer.tobytes()).hexdigest()[:12]
