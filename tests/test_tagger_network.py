"""What is trained is what ships: both forms of a head say the same of the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

import numpy as np  # noqa: E402
import tiny_models  # noqa: E402

from bench import tagger_network as trained  # noqa: E402
from normalizer.annotation import Document  # noqa: E402
from normalizer.glitches import tagger  # noqa: E402
from normalizer.glitches.language_model.llama import open_llama  # noqa: E402
from normalizer.glitches.language_model.opening import open_model  # noqa: E402
from normalizer.glitches.language_model.protocol import Passage  # noqa: E402
from normalizer.glitches.language_model.reading import CausalReader  # noqa: E402

TEXT = "The talks ended on Monday. He spoke of an overload in relations. Nobody laughed."


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings for a model of two layers."""
    for name, value in {"FIRST": 1, "DEPTH": 1, "RANK": 2, "WIDTH": 8, "EPOCHS": 6}.items():
        monkeypatch.setattr(trained, name, value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_models.llama(tmp_path / "model")


def sentences(folder: Path) -> tuple[CausalReader, list[Passage], trained.Sentences]:
    reader, llama = open_model(folder), open_llama(folder)
    assert isinstance(reader, CausalReader)
    assert llama is not None
    passages = tagger.passages(Document("a", TEXT))
    sequences = reader.sequences(passages)
    readings = reader.read(passages)
    counts = [len(one.words) for one in passages]
    draw = np.random.default_rng(2)
    return (
        reader,
        passages,
        trained.Sentences(
            torch.from_numpy(trained.lower_states(llama, [ids for ids, _ in sequences])),
            np.cumsum([0, *(len(ids) for ids, _ in sequences)]),
            [rows for _, rows in sequences],
            np.cumsum([0, *counts]),
            np.concatenate([tagger.surprises(one) for one in readings]),
            draw.integers(-1, 2, (sum(counts), len(tagger.TASKS))).astype(np.float32),
        ),
    )


@pytest.mark.usefixtures("small")
def test_the_shipped_form_says_what_the_trained_one_says(folder: Path, tmp_path: Path) -> None:
    reader, passages, texts = sentences(folder)
    llama = open_llama(folder)
    assert llama is not None
    torch.manual_seed(1)
    heard = texts.surprises
    network = trained.Network(llama, heard.mean(0), heard.std(0) + 1e-3).eval()
    with torch.no_grad():
        for one in network.up:
            one.normal_(std=0.3)
    as_floats = trained.Sentences(
        texts.states.float(), *(getattr(texts, name) for name in texts.__slots__[1:])
    )
    expected = trained.judge(network, as_floats, np.arange(len(passages)))
    assert np.isfinite(expected).all()
    arrays: dict[str, Any] = network.arrays("tiny")
    arrays |= {name: np.array([0, 1], np.float32) for name in tagger.CURVE}
    np.savez(tmp_path / "tagger-tiny.npz", **arrays)
    head = tagger.load_heads(tmp_path)["tiny"]
    found = [head.judge(one) for one in reader.read(passages, adapter=head.adapter)]
    np.testing.assert_allclose(np.concatenate(found), expected, atol=2e-2)


@pytest.mark.usefixtures("small")
def test_training_can_be_repeated_and_judges_what_it_is_asked(folder: Path) -> None:
    _, passages, texts = sentences(folder)
    texts = trained.Sentences(
        texts.states.to(torch.bfloat16),
        *(getattr(texts, name) for name in texts.__slots__[1:]),
    )
    some = np.array([0, 2])
    said = trained.judge(trained.fit(folder, texts, some, 3), texts, some)
    same = trained.judge(trained.fit(folder, texts, some, 3), texts, some)
    np.testing.assert_array_equal(said, same)
    asked = np.isin(np.repeat(np.arange(len(passages)), np.diff(texts.words)), some)
    assert np.array_equal(np.isfinite(said).all(1), asked)
