"""The tagger, with a model whose states say outright which words are wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from normalizer.annotation import Document, Flag, Span
from normalizer.errors import TableError
from normalizer.glitches.language_model.adapter import Adapter
from normalizer.glitches.language_model.protocol import (
    LanguageModel,
    Passage,
    SentenceReading,
    WordChoice,
    WordReading,
)
from normalizer.glitches.sentences import split_sentences
from normalizer.glitches.trees import Model, Node, load_models
from normalizer.glitches.vocabulary import load_vocabulary

np = pytest.importorskip("numpy")
from normalizer.glitches import tagger  # noqa: E402 - it needs numpy
from normalizer.glitches.tagger import Head, find_tagged, load_heads  # noqa: E402

# A layer norm leaves one dimension nothing to tell.
STATES = 2
WIDTH, INPUTS = 2, STATES + 5
ADAPTER = Adapter(
    0, {"toy": np.zeros((1, 1, 1), np.float32)}, {"toy": np.zeros((1, 1, 1), np.float32)}
)


class Telling:
    """A model with two states a word, the first one higher for words it is told are wrong."""

    name = "toy"

    def __init__(self, *wrong: str, files: str = "toyfiles") -> None:
        self.wrong = frozenset(wrong)
        self.fingerprint = f"1:{files}"
        self.adapters: list[Adapter | None] = []
        self.kept: dict[tuple[str, Passage], Any] = {}

    def read(
        self, passages: Sequence[Passage], *, adapter: Adapter | None = None
    ) -> list[SentenceReading]:
        """Ten nats for wrong words, two for others."""
        self.adapters.append(adapter)
        readings = []
        for passage in passages:
            assert not passage.before
            flags = [passage.word(at) in self.wrong for at in range(len(passage.words))]
            words = tuple(
                WordReading(span.start, span.end, 10.0 if flag else 2.0, 1.0, 1, 0)
                for span, flag in zip(passage.words, flags, strict=True)
            )
            states = np.array([(1, 0) if flag else (0, 1) for flag in flags], np.float32)
            readings.append(SentenceReading(words, states if adapter else None))
        return readings

    def log_likelihood(self, passages: Sequence[Passage]) -> list[tuple[float, ...]]:
        """Nobody asks."""
        raise AssertionError(passages)

    def glance(self, passages: Sequence[Passage], at: int) -> list[float]:
        """Nobody asks."""
        raise AssertionError((passages, at))

    def best_words(self, passage: Passage, at: int, *, count: int = 10) -> list[WordChoice]:
        """Nobody asks."""
        raise AssertionError((passage, at, count))

    def recall(
        self,
        kind: str,
        passages: Sequence[Passage],
        compute: Callable[[list[Passage]], list[Any]],
    ) -> list[Any]:
        """Remember everything."""
        missing = [one for one in passages if (kind, one) not in self.kept]
        if missing:
            for passage, answer in zip(missing, compute(missing), strict=True):
                self.kept[kind, passage] = answer
        return [self.kept[kind, one] for one in passages]


def head_of(files: str = "toyfiles", weight: float = 4.0) -> Head:
    """A head that passes the first state on, times ``weight``, to every task."""
    inner = np.zeros((INPUTS, WIDTH), np.float32)
    inner[0, 0] = 1
    return Head(
        fingerprint=files,
        adapter=ADAPTER,
        gain=np.ones(STATES, np.float32),
        shift=np.zeros(STATES, np.float32),
        mean=np.zeros(INPUTS - STATES, np.float32),
        scale=np.ones(INPUTS - STATES, np.float32),
        inner=inner,
        inner_bias=np.zeros(WIDTH, np.float32),
        outer=np.full((WIDTH, len(tagger.TASKS)), weight, np.float32),
        outer_bias=np.full(len(tagger.TASKS), -1, np.float32),
        sums=np.array([0, 1], np.float32),
        scores=np.array([0.05, 0.8], np.float32),
    )


def trees_on(feature: str, level: float) -> dict[str, Model]:
    """Trees that call a word wrong when one feature is above a level."""
    nodes = (
        Node(tagger.FEATURES.index(feature), level, 1, 2, 1),
        Node(-1, -1.0, 0, 0, 0),
        Node(-1, 1.0, 0, 0, 0),
    )
    return {tagger.SURPRISING: Model(tagger.FEATURES, (nodes,), (-1.0, 1.0), (0.05, 0.8))}


def tag(text: str, model: Telling, **options: Any) -> list[Flag]:
    """Flags by the toy head."""
    settings = {"heads": {"toyfiles": head_of()}, **options}
    return find_tagged(Document("d", text), model, load_vocabulary(), **settings)


TEXT = "The minister opened the clavicle of the new hospital on Monday."


def test_a_word_the_head_calls_wrong_is_flagged_with_its_reason() -> None:
    (flag,) = tag(TEXT, Telling("clavicle"))
    assert (flag.surface, flag.category, flag.origin) == ("clavicle", "odd-word", tagger.TAGGED)
    assert TEXT[flag.span.start : flag.span.end] == flag.surface
    assert flag.score == 0.8
    assert flag.evidence[0].reason == "toy: 10.0 nats of surprise at 'clavicle'"
    assert flag.evidence[0].weight > 0


def test_nothing_wrong_no_flag() -> None:
    assert tag(TEXT, Telling()) == []
    assert tag("", Telling("clavicle")) == []
    assert tag("\N{BULLET} 12 ... \n\n \N{GRINNING FACE}", Telling("clavicle")) == []


@pytest.mark.parametrize(
    "options",
    [{"shared": frozenset({"clavicle"})}, {"known": lambda word: word == "clavicle"}],
    ids=["shared by the folder", "a known name"],
)
def test_terms_and_known_names_are_left_alone(options: dict[str, Any]) -> None:
    assert tag(TEXT, Telling("clavicle"), **options) == []


def test_a_word_the_document_repeats_is_what_it_is_about() -> None:
    assert tag(f"{TEXT} " * 3, Telling("clavicle"))
    assert tag(f"{TEXT} " * 4, Telling("clavicle")) == []


def test_words_side_by_side_are_one_finding_unless_a_mark_parts_them() -> None:
    model = Telling("clavicle", "rind")
    assert [flag.surface for flag in tag("They saw the clavicle rind there.", model)] == [
        "clavicle rind"
    ]
    assert [flag.surface for flag in tag("They saw a clavicle, rind and all.", model)] == [
        "clavicle",
        "rind",
    ]


def test_a_finding_has_no_more_than_so_many_words() -> None:
    words = "alder birch cedar dogwood elder fir".split()
    flags = tag(f"We saw {' '.join(words)} today.", Telling(*words))
    assert [len(flag.surface.split()) for flag in flags] == [tagger.MAX_JOINED, 2]


def test_a_second_look_reads_nothing() -> None:
    model = Telling("clavicle")
    assert tag(TEXT, model) == tag(TEXT, model)
    assert model.adapters == [ADAPTER]


def test_another_head_is_not_served_what_the_first_one_said() -> None:
    model = Telling("clavicle")
    assert tag(TEXT, model)
    assert tag(TEXT, model, heads={"toyfiles": head_of(weight=-4.0)}) == []


def test_a_model_without_a_head_is_heard_by_its_surprisal() -> None:
    model = Telling("clavicle", files="otherfiles")
    (flag,) = tag(TEXT, model, models=trees_on("surprisal", 5))
    assert flag.surface == "clavicle"
    assert model.adapters == [None]


def test_the_order_of_sentences_does_not_matter_to_each() -> None:
    one, two = TEXT, "A rind of votes was counted."
    model = Telling("clavicle", "rind")
    first = [flag.surface for flag in tag(f"{one} {two}", model)]
    assert sorted(first) == sorted(flag.surface for flag in tag(f"{two} {one}", model))


def test_a_head_is_told_how_unexpected_a_word_is() -> None:
    head = head_of()
    inner = np.zeros_like(head.inner)
    inner[STATES, 0] = 1
    reading = Telling("b").read(
        [Passage("a b", tuple(Span(at, at + 1) for at in (0, 2)))], adapter=ADAPTER
    )[0]
    judged = replace(head, inner=inner).judge(reading)
    assert judged[1, 0] > judged[0, 0]
    wide = replace(head, inner=inner, scale=head.scale * 100).judge(reading)
    assert np.all(wide < judged)


def test_a_head_asked_without_states_says_so() -> None:
    (reading,) = Telling().read([Passage("a", (Span(0, 1),))])
    with pytest.raises(ValueError, match="adapter"):
        head_of().judge(reading)


def test_features_have_their_names() -> None:
    document = Document("d", TEXT)
    model: LanguageModel = Telling("clavicle")
    (sentence,) = split_sentences(document)
    counts = Counter(sentence.stems)
    (heard,) = tagger.listen(model, tagger.passages(document), None)
    rows = tagger.features(sentence, [0, 4], heard, counts, load_vocabulary())
    assert [len(row) for row in rows] == [len(tagger.FEATURES)] * 2
    told = dict(zip(tagger.FEATURES, rows[1], strict=True))
    assert told["surprisal"] == told["highest_surprisal"] == 10
    assert told["surprisal_after"] == 2
    assert math.isnan(rows[0][tagger.FEATURES.index("surprisal_before")])
    assert told["length"] == len("clavicle")


def test_a_score_follows_the_measured_curve() -> None:
    head = head_of()
    assert [head.score(one) for one in (-9.0, 0.0, 0.4, 1.0, 9.0)] == [0.05, 0.05, 0.35, 0.8, 0.8]


def save(path: Path, **changed: Any) -> None:
    head = head_of()
    arrays = {
        name: getattr(head, name) for name in (*tagger.LEARNED, *tagger.CURVE)
    } | ADAPTER.arrays()
    np.savez(path, **{"fingerprint": np.array(head.fingerprint), "first": 0, **arrays, **changed})


def test_heads_are_found_by_the_files_of_their_model(tmp_path: Path) -> None:
    save(tmp_path / "tagger-toy.npz")
    heads = load_heads(tmp_path)
    assert list(heads) == ["toyfiles"]
    reading = Telling("b").read([Passage("b", (Span(0, 1),))], adapter=ADAPTER)[0]
    assert heads["toyfiles"].adapter.arrays() == ADAPTER.arrays()
    assert np.array_equal(heads["toyfiles"].judge(reading), head_of().judge(reading))


@pytest.mark.parametrize(
    "changed",
    [
        {"gain": np.zeros(STATES + 1)},
        {"scale": np.array([math.nan] * (INPUTS - STATES))},
        {"outer": np.zeros((2, WIDTH, 3))},
        {"inner": np.zeros(4)},
        {"up.toy": np.zeros((1, 1, 2))},
        {"up.toy": np.zeros((2, 1, 1))},
        {"up.other": np.zeros((1, 1, 1))},
        {"scores": np.array([0.8, 0.05])},
        {"sums": np.zeros(3)},
    ],
    ids=["shape", "not a number", "flat tasks", "flat", "rank", "layers", "half", "falls", "long"],
)
def test_a_damaged_head_is_named(tmp_path: Path, changed: dict[str, Any]) -> None:
    save(tmp_path / "tagger-toy.npz", **changed)
    with pytest.raises(TableError, match=r"tagger-toy\.npz"):
        load_heads(tmp_path)


def test_a_file_that_is_no_head_is_named(tmp_path: Path) -> None:
    (tmp_path / "tagger-toy.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(TableError, match=r"tagger-toy\.npz"):
        load_heads(tmp_path)


def test_what_is_shipped_fits_the_code() -> None:
    trees = load_models(file=tagger.FILE)
    assert {name: trees[name].features for name in trees} == {tagger.SURPRISING: tagger.FEATURES}
    (head,) = load_heads().values()
    assert head.inner.shape[0] == 576 + 5
    assert {one.shape[1] for one in head.adapter.down.values()} == {16}
