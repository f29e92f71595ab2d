"""Language models behind the protocol: what they say, of which words, of any text."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import numpy as np  # noqa: E402
import tiny_models  # noqa: E402
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from normalizer.annotation import Document, Span  # noqa: E402
from normalizer.errors import ModelError  # noqa: E402
from normalizer.glitches.language_model.adapter import Adapter  # noqa: E402
from normalizer.glitches.language_model.llama import open_llama  # noqa: E402
from normalizer.glitches.language_model.opening import open_model  # noqa: E402
from normalizer.glitches.language_model.protocol import (  # noqa: E402
    CONTEXT,
    LanguageModel,
    Passage,
    passages_of,
)
from normalizer.glitches.language_model.reading import CausalReader, MaskedReader  # noqa: E402
from normalizer.glitches.sentences import split_sentences  # noqa: E402

KINDS: dict[str, Callable[[Path], Path]] = {
    "llama": tiny_models.llama,
    "gpt2": tiny_models.gpt2,
    "bert": tiny_models.bert,
    "xlm-roberta": tiny_models.xlm_roberta,
    "camembert": tiny_models.camembert,
    "deberta": tiny_models.deberta,
}
CAUSAL = ("llama", "gpt2")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> NoReturn:
        raise AssertionError("a model asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("models")
    return {name: build(base / name) for name, build in KINDS.items()}


@pytest.fixture(scope="module")
def models(folders: dict[str, Path]) -> dict[str, Any]:
    return {name: open_model(folder) for name, folder in folders.items()}


def passages(text: str) -> list[Passage]:
    document = Document("a", text)
    return passages_of(document, split_sentences(document))


def passage(text: str) -> Passage:
    (one,) = passages(text)
    return one


def adapter_of(kind: str) -> Adapter | None:
    """An adapter for the small Llama; None for kinds that take none."""
    if kind != "llama":
        return None
    draw = np.random.default_rng(5)
    return Adapter(
        1,
        {"mlp.up_proj": draw.standard_normal((1, 2, 32), np.float32)},
        {"mlp.up_proj": draw.standard_normal((1, 48, 2), np.float32)},
    )


TWO = "The talks ended on Monday. He spoke of an overload in relations."


# -- what is read ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_each_word_is_read_where_it_stands(models: dict[str, Any], kind: str) -> None:
    model: LanguageModel = models[kind]
    found = passages(TWO)
    readings = model.read(found)
    for one, reading in zip(found, readings, strict=True):
        assert [(word.start, word.end) for word in reading.words] == [
            (span.start, span.end) for span in one.words
        ]
        assert all(word.pieces > 0 and word.surprisal > 0 for word in reading.words)
        assert all(word.entropy > 0 and word.rank >= 0 for word in reading.words)
        assert reading.states is None


@pytest.mark.parametrize("kind", CAUSAL)
def test_surprisal_is_what_the_model_itself_says(
    models: dict[str, Any], folders: dict[str, Path], kind: str
) -> None:
    text = "Farmers fear for the harvest"
    raw = transformers.AutoModelForCausalLM.from_pretrained(folders[kind]).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folders[kind])
    ids = torch.tensor([[0, *tokenizer(text, add_special_tokens=False).input_ids]])
    with torch.inference_mode():
        logs = raw(ids).logits[0].log_softmax(-1)
    expected = logs[:-1].gather(1, ids[0, 1:, None])[:, 0]
    (reading,) = models[kind].read([passage(text)])
    assert sum(word.pieces for word in reading.words) == len(expected)
    assert sum(word.surprisal for word in reading.words) == pytest.approx(
        -float(expected.sum()), abs=1e-3
    )
    first = reading.words[0]
    assert first.entropy == pytest.approx(float(-(logs[0].exp() * logs[0]).sum()), abs=1e-3)
    assert first.rank == int((logs[0] > expected[0]).sum())
    (words,) = models[kind].log_likelihood([passage(text)])
    assert words == pytest.approx([-word.surprisal for word in reading.words], abs=1e-3)


def test_a_masked_model_never_sees_the_word_it_guesses(
    models: dict[str, Any], folders: dict[str, Path]
) -> None:
    text = "He spoke of overloading"
    raw = transformers.AutoModelForMaskedLM.from_pretrained(folders["bert"]).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folders["bert"])
    ids = tokenizer(text, add_special_tokens=False).input_ids
    words = tokenizer(text, add_special_tokens=False).word_ids()
    marks = tokenizer.cls_token_id, tokenizer.sep_token_id
    total = 0.0
    for at, piece in enumerate(ids):
        # With a piece the rest of its word is hidden, and nothing else.
        shown = [
            tokenizer.mask_token_id if words[at] == words[other] and other >= at else one
            for other, one in enumerate(ids)
        ]
        with torch.inference_mode():
            logits = raw(torch.tensor([[marks[0], *shown, marks[1]]])).logits
        total += float(logits[0, at + 1].log_softmax(-1)[piece])
    (reading,) = models["bert"].read([passage(text)])
    assert any(word.pieces > 1 for word in reading.words)
    assert sum(word.surprisal for word in reading.words) == pytest.approx(-total, abs=1e-3)
    (guessed,) = models["bert"].log_likelihood([passage(text)])
    assert sum(guessed) == pytest.approx(total, abs=1e-3)


def test_the_end_of_the_sentence_before_is_shown() -> None:
    _, short, long, last = passages(
        "It rained. They met. The two ministers of the old government met again in March. He left."
    )
    assert short.before == "It rained."
    assert long.before == "They met."
    assert last.before == "two ministers of the old government met again in March."
    assert len(last.before.split()) == CONTEXT


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_before_changes_the_reading(models: dict[str, Any], kind: str) -> None:
    _, second = passages(TWO)
    alone = Passage(second.text, second.words)
    assert second.before
    with_, without = models[kind].read([second, alone])
    # A space before the first word may be a piece of its own, as it may be of any other word.
    assert [word.pieces for word in with_.words[1:]] == [word.pieces for word in without.words[1:]]
    assert with_.words != without.words


@pytest.mark.parametrize("kind", KINDS)
def test_the_company_of_a_batch_changes_nothing(models: dict[str, Any], kind: str) -> None:
    model: LanguageModel = models[kind]
    many = passages(TWO + " In 1987 the bridge over the river was closed. War.")
    adapter = adapter_of(kind)
    together = model.read(many, adapter=adapter)
    for one, reading in zip(many, together, strict=True):
        (alone,) = model.read([one], adapter=adapter)
        assert [word.surprisal for word in alone.words] == pytest.approx(
            [word.surprisal for word in reading.words], abs=1e-3
        )
        if adapter:
            assert alone.states is not None
            assert reading.states is not None
            np.testing.assert_allclose(alone.states, reading.states, atol=1e-3)


def test_states_are_the_mean_over_the_pieces_of_a_word(
    models: dict[str, Any], folders: dict[str, Path]
) -> None:
    one = passage("He spoke of a quizzical reset")
    adapter = adapter_of("llama")
    (reading,) = models["llama"].read([one], adapter=adapter)
    assert reading.states is not None
    assert reading.states.shape == (6, 32)
    assert reading.states.dtype == np.float32
    ((ids, rows),) = models["llama"].sequences([one])
    assert max(map(len, rows)) > 1
    llama = open_llama(folders["llama"])
    assert llama is not None
    with torch.inference_mode():
        _, states = llama.states([ids], adapter, None)
    assert states is not None
    for state, pieces in zip(reading.states, rows, strict=True):
        expected = states[0, pieces.start : pieces.stop].mean(0)
        np.testing.assert_allclose(state, expected, atol=1e-4)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"llama"}))
def test_a_model_that_takes_no_adapters_says_so(models: dict[str, Any], kind: str) -> None:
    with pytest.raises(ValueError, match="adapters"):
        models[kind].read(passages(TWO), adapter=adapter_of("llama"))


# -- whole sentences and words ---------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_variants_of_a_sentence_cost_less_and_come_to_the_same(
    models: dict[str, Any], kind: str
) -> None:
    model: LanguageModel = models[kind]
    first, second = passages(TWO)
    variants = [second.with_word(4, word) for word in ("overload", "reset", "war in the bridge")]
    variants += [second.with_word(0, "She"), first, second, second]
    together = model.log_likelihood(variants)
    for one, found in zip(variants, together, strict=True):
        assert found == pytest.approx(model.log_likelihood([one])[0], abs=1e-3)
    assert together[0] == pytest.approx(together[-1], abs=1e-3)
    assert together[0][4] != pytest.approx(together[1][4], abs=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_glance_is_at_the_first_piece_of_a_word(models: dict[str, Any], kind: str) -> None:
    model: LanguageModel = models[kind]
    second = passages(TWO)[1]
    variants = [second.with_word(4, word) for word in ("overload", "reset", "war")]
    (readings, whole) = model.read(variants), model.log_likelihood(variants)
    seen = model.glance(variants, 4)
    for reading, words, glanced in zip(readings, whole, seen, strict=True):
        assert glanced >= words[4] - 1e-3
        if reading.words[4].pieces == 1:
            assert glanced == pytest.approx(words[4], abs=1e-3)
    assert len(set(seen)) > 1
    assert model.glance([], 4) == []


def test_a_beginning_is_read_once(models: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    model = models["llama"]
    sizes: list[int] = []
    run = type(model._network).run

    def counted(self: Any, sequences: Any, *args: Any, **kwargs: Any) -> Any:
        sizes.extend(map(len, sequences))
        return run(self, sequences, *args, **kwargs)

    monkeypatch.setattr(type(model._network), "run", counted)
    second = passages(TWO)[1]
    at = len(second.words) - 1
    model.log_likelihood([second.with_word(at, word) for word in ("war", "rain", "June")])
    whole = len(model._tokenizer.encode(f"{second.before} {second.text}").ids)
    assert len(sizes) == 3
    assert max(sizes) < whole / 2


@pytest.mark.parametrize("kind", KINDS)
def test_best_words_are_words_best_first(models: dict[str, Any], kind: str) -> None:
    one = passage("He spoke of a reset in relations")
    found = models[kind].best_words(one, 4, count=5)
    assert 1 <= len(found) <= 5
    assert all(choice.text.isalpha() and choice.log_probability < 0 for choice in found)
    scores = [choice.log_probability for choice in found]
    assert scores == sorted(scores, reverse=True)
    assert len({choice.text for choice in found}) == len(found)


def test_a_best_word_is_as_likely_as_the_model_says(models: dict[str, Any]) -> None:
    one = passage("He spoke of a reset in relations")
    model: LanguageModel = models["llama"]
    best = model.best_words(one, 4, count=3)
    ((before,),) = model.log_likelihood([Passage("He spoke of a", ())])
    for choice in best:
        ((after,),) = model.log_likelihood([Passage(f"He spoke of a {choice.text}", ())])
        # The end of the word is part of what is asked, so it can only be less likely.
        assert choice.log_probability <= after - before + 1e-3


@pytest.mark.parametrize("kind", ["gpt2", "bert"])
def test_a_model_of_another_build_is_run_whole(
    folders: dict[str, Path], models: dict[str, Any], kind: str
) -> None:
    """Where the head cannot be told apart and nothing can be kept, the numbers are the same."""
    plain: Any = open_model(folders[kind])
    plain._network._weights._head = None
    plain._network.keeps = False
    many = passages(TWO)
    expected = models[kind].read(many)
    for one, other in zip(plain.read(many), expected, strict=True):
        assert [word.surprisal for word in one.words] == pytest.approx(
            [word.surprisal for word in other.words], abs=1e-3
        )
    pairs = zip(plain.log_likelihood(many), models[kind].log_likelihood(many), strict=True)
    assert all(one == pytest.approx(other, abs=1e-3) for one, other in pairs)
    assert [choice.text for choice in plain.best_words(many[0], 1)] == [
        choice.text for choice in models[kind].best_words(many[0], 1)
    ]


def test_nothing_is_remembered_without_a_cache(models: dict[str, Any]) -> None:
    many = passages(TWO)
    asked: list[list[Passage]] = []

    def compute(missing: list[Passage]) -> list[int]:
        asked.append(missing)
        return [len(one.text) for one in missing]

    assert models["llama"].recall("length", many, compute) == [len(one.text) for one in many]
    assert models["llama"].recall("length", [], compute) == []
    assert asked == [many]


# -- any text --------------------------------------------------------------------------------

ODD = [
    Passage("", ()),
    Passage("...", ()),
    Passage("cafe\N{COMBINING ACUTE ACCENT} noir", (Span(0, 5), Span(6, 10))),
    Passage("\N{GRINNING FACE}\N{GRINNING FACE} fun", (Span(0, 2), Span(3, 6))),
    Passage("\ud800 bad", (Span(0, 1), Span(2, 5))),
    Passage("<end>[MASK]</s><mask> of it", (Span(22, 24), Span(25, 27))),
    Passage("don't", (Span(0, 3), Span(3, 4), Span(4, 5))),
    Passage("\u4f60\u597d", (Span(0, 1), Span(1, 2))),
    Passage("a\N{NO-BREAK SPACE}b\tc", (Span(0, 1), Span(2, 3), Span(4, 5))),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("one", ODD, ids=lambda one: ascii(one.text))
def test_odd_texts_are_read(models: dict[str, Any], kind: str, one: Passage) -> None:
    model: LanguageModel = models[kind]
    (reading,) = model.read([one], adapter=adapter_of(kind))
    assert len(reading.words) == len(one.words)
    assert all(np.isfinite(word.surprisal) for word in reading.words)
    (likely,) = model.log_likelihood([one])
    assert len(likely) == max(1, len(one.words))
    assert all(np.isfinite(likely))
    assert max(likely) <= 0
    for at in range(len(one.words)):
        model.best_words(one, at, count=2)
        assert model.glance([one], at)[0] <= 0


def test_a_mark_of_the_model_in_a_text_is_text(models: dict[str, Any]) -> None:
    (reading,) = models["llama"].read([Passage("<end>", (Span(0, 5),))])
    assert reading.words[0].pieces > 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [10, 61, 62, 63, 64, 130])
def test_long_sentences_are_read_in_windows(models: dict[str, Any], kind: str, size: int) -> None:
    text = " ".join(["war"] * size)
    words = tuple(Span(at * 4, at * 4 + 3) for at in range(size))
    model: LanguageModel = models[kind]
    for before in ("", text):
        one = Passage(text, words, before)
        adapter = adapter_of(kind)
        (reading,) = model.read([one], adapter=adapter)
        assert [word.pieces > 0 for word in reading.words] == [True] * size
        assert all(word.surprisal > 0 for word in reading.words)
        assert (0 if reading.states is None else len(reading.states)) == (size if adapter else 0)
        (likely,) = model.log_likelihood([one])
        surprisal = sum(word.surprisal for word in reading.words)
        assert -sum(likely) == pytest.approx(surprisal, rel=1e-3)
    assert len(model.log_likelihood([one, one.with_word(size - 1, "rain")])) == 2
    model.best_words(one, size - 1, count=2)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=60), before=st.text(max_size=20))
def test_any_text_is_read(models: dict[str, Any], text: str, before: str) -> None:
    words = tuple(Span(at, min(at + 3, len(text))) for at in range(0, len(text), 4))
    for kind in ("llama", "xlm-roberta"):
        (reading,) = models[kind].read([Passage(text, words, before)])
        assert [(one.start, one.end) for one in reading.words] == [
            (span.start, span.end) for span in words
        ]
        assert all(np.isfinite(one.surprisal) and one.surprisal >= 0 for one in reading.words)


# -- which models ----------------------------------------------------------------------------


def test_kinds_are_told_apart(models: dict[str, Any]) -> None:
    assert {name: type(model) for name, model in models.items()} == {
        name: CausalReader if name in CAUSAL else MaskedReader for name in KINDS
    }


def changed(folder: Path, new: Path, **values: Any) -> Path:
    shutil.copytree(folder, new)
    config = json.loads((new / "config.json").read_text("utf-8"))
    (new / "config.json").write_text(json.dumps(config | values), "utf-8")
    return new


def test_a_family_that_is_no_language_model_is_refused(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = changed(folders["bert"], tmp_path / "t5")
    transformers.T5Config(architectures=["T5ForQuestions"]).save_pretrained(folder)
    with pytest.raises(ModelError, match="model t5: T5ForQuestions is neither a causal nor"):
        open_model(folder)


def test_an_unknown_family_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = changed(folders["bert"], tmp_path / "odd", model_type="odd", architectures=None)
    with pytest.raises(ModelError, match=r"model odd: .*odd"):
        open_model(folder)


def test_a_model_without_a_head_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    body = transformers.BertModel.from_pretrained(folders["bert"])
    folder = changed(folders["bert"], tmp_path / "body")
    body.save_pretrained(folder)
    with pytest.raises(ModelError, match="has no weights for cls"):
        open_model(folder)


def test_a_tokenizer_of_another_model_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = changed(folders["bert"], tmp_path / "mixed")
    shutil.copy(folders["llama"] / "tokenizer.json", folder)
    shutil.copy(folders["llama"] / "tokenizer_config.json", folder)
    with pytest.raises(ModelError, match="mixed: its tokenizer has"):
        open_model(folder)


def test_a_model_has_the_name_and_fingerprint_it_is_given(folders: dict[str, Path]) -> None:
    one = open_model(folders["gpt2"], name="mine", fingerprint="abc")
    assert one.name == "mine"
    assert one.fingerprint == "abc"
    assert open_model(folders["gpt2"]).name == "gpt2"
