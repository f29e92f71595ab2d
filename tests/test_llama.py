"""Plain Llamas without transformers: the same numbers, from less memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import numpy as np  # noqa: E402
import tiny_models  # noqa: E402

from normalizer.annotation import Document  # noqa: E402
from normalizer.glitches.language_model import llama  # noqa: E402
from normalizer.glitches.language_model.adapter import Adapter  # noqa: E402
from normalizer.glitches.language_model.llama import Llama, open_llama, shape_of  # noqa: E402
from normalizer.glitches.language_model.opening import open_model  # noqa: E402
from normalizer.glitches.language_model.protocol import passages_of  # noqa: E402
from normalizer.glitches.language_model.torch_network import STEP  # noqa: E402
from normalizer.glitches.sentences import split_sentences  # noqa: E402

IDS = [[3, 5, 4, 6, 17, 250, 9, 9, 80], [1, 2], [44, 43, 42, 41, 40]]
VARIANTS: dict[str, dict[str, Any]] = {
    "keys shared by two": {"num_key_value_heads": 2},
    "a key for each query": {},
    "one key": {"num_key_value_heads": 1},
    "one table": {"tie_word_embeddings": True},
    "wide queries": {"head_dim": 20},
    "other turns and norms": {
        "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
        "rms_norm_eps": 0.01,
    },
}


def built(folder: Path, **settings: Any) -> Any:
    """A small model as transformers runs it, saved in a folder."""
    torch.manual_seed(11)
    config = transformers.LlamaConfig(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=64,
        **settings,
    )
    model = transformers.LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for weights in model.parameters():
            # Untrained norms are all ones, and other weights too small to tell.
            weights.copy_(torch.randn_like(weights) * (0.3 if weights.dim() > 1 else 1))
    model.save_pretrained(folder)
    return model


def opened(folder: Path) -> Llama:
    model = open_llama(folder)
    assert model is not None
    return model


def adapter_of(model: Llama, first: int, depth: int, size: float = 0.2) -> Adapter:
    draw = np.random.default_rng(3)
    shapes = model.products(first)

    def drawn(*shape: int) -> Any:
        return (size * draw.standard_normal(shape)).astype(np.float32)

    return Adapter(
        first,
        {name: drawn(depth, 2, inputs) for name, (_, inputs) in shapes.items()},
        {name: drawn(depth, outputs, 2) for name, (outputs, _) in shapes.items()},
    )


def config_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
    return found


def changed(folder: Path, **values: Any) -> None:
    (folder / "config.json").write_text(json.dumps(config_of(folder) | values), "utf-8")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    built(tmp_path / "tiny", num_key_value_heads=2)
    return tmp_path / "tiny"


# -- numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_numbers_are_those_of_transformers(tmp_path: Path, variant: str) -> None:
    theirs = built(tmp_path, **VARIANTS[variant])
    ours = opened(tmp_path)
    last, adapted = ours.states(IDS, None, None)
    assert adapted is None
    for at, ids in enumerate(IDS):
        expected = theirs(torch.tensor([ids]), output_hidden_states=True)
        here = slice(0, len(ids))
        assert torch.allclose(last[at, here], expected.hidden_states[-1][0], atol=1e-4)
        assert torch.allclose(ours.scores(last[at, here]), expected.logits[0], atol=1e-3)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("first", "depth"), [(0, 1), (0, 2), (1, 1)])
def test_an_adapter_is_corrected_weights_that_see_both_sides(
    tmp_path: Path, variant: str, first: int, depth: int
) -> None:
    theirs = built(tmp_path, **VARIANTS[variant])
    ours = opened(tmp_path)
    before, _ = ours.states(IDS, None, None)
    adapter = adapter_of(ours, first, depth)
    last, adapted = ours.states(IDS, adapter, None)
    assert adapted is not None
    assert torch.equal(last, before)
    hidden = [theirs(torch.tensor([ids]), output_hidden_states=True).hidden_states for ids in IDS]
    for at, layer in enumerate(theirs.model.layers[first : first + depth]):
        for name, down in adapter.down.items():
            weight = layer.get_submodule(name).weight
            weight.data += torch.from_numpy(adapter.up[name][at] @ down[at])
    # One layer more is kept: the last one's states are told behind a norm only.
    theirs.model.layers = theirs.model.layers[first : first + depth + 1]
    theirs.config.num_hidden_layers = len(theirs.model.layers)
    for at, ids in enumerate(IDS):
        told = theirs.model(
            inputs_embeds=hidden[at][first],
            attention_mask=torch.zeros(1, 1, len(ids), len(ids)),
            use_cache=False,
            output_hidden_states=True,
        )
        expected = told.hidden_states[depth][0]
        assert torch.allclose(adapted[at, : len(ids)], expected, atol=2e-3, rtol=1e-3)


def test_an_adapter_that_corrects_nothing_still_sees_what_comes_after(tiny: Path) -> None:
    ours = opened(tiny)
    adapter = adapter_of(ours, 1, 1, size=0.0)
    one, other = (ours.states([[5, 6, last]], adapter, None)[1] for last in (7, 8))
    assert one is not None
    assert other is not None
    assert not torch.allclose(one[0, 0], other[0, 0], atol=1e-3)


def test_what_goes_on_from_a_beginning_is_what_a_whole_pass_gives(tiny: Path) -> None:
    ours = opened(tiny)
    begin, more = [7, 8, 9, 10, 11], [12, 13]
    first, rows = ours.go_on(begin, None)
    both, added = ours.go_on(more, first)
    assert (first.length, both.length) == (5, 7)
    for past, start, ids in ((first, begin, begin), (both, [*begin, *more], more)):
        found, _ = ours.states([*IDS, []], None, past)
        for at, rest in enumerate(IDS):
            whole, _ = ours.states([[*start, *rest]], None, None)
            assert torch.allclose(found[at, : len(rest)], whole[0, len(start) :], atol=1e-4)
            own = rows if ids == begin else added
            assert torch.allclose(own, whole[0, len(start) - len(ids) : len(start)], atol=1e-4)


def test_weights_of_another_type_and_in_parts_are_read(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    built(tmp_path / "whole").to(torch.bfloat16).save_pretrained(parts, max_shard_size="20KB")
    assert len(list(parts.glob("*.safetensors"))) > 1
    theirs = transformers.LlamaForCausalLM.from_pretrained(parts, dtype=torch.float32).eval()
    expected = theirs(torch.tensor(IDS[:1])).logits[0]
    ours = opened(parts)
    last, _ = ours.states(IDS[:1], None, None)
    assert last.dtype == torch.float32
    assert torch.allclose(ours.scores(last[0]), expected, atol=1e-3)


# -- which models ----------------------------------------------------------------------------

OTHERS: dict[str, dict[str, Any]] = {
    "another family": {"architectures": ["MistralForCausalLM"]},
    "no language model": {"architectures": ["LlamaForSequenceClassification"]},
    "another activation": {"hidden_act": "gelu"},
    "biases": {"attention_bias": True},
    "stretched turns": {"rope_scaling": {"type": "linear", "factor": 2.0}},
    "turns of another type": {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}},
    "half of it turned": {"rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 0.5}},
    "no turns": {"rope_parameters": {"rope_type": "default"}},
    "turns of no kind": {"rope_parameters": [1]},
    "packed weights": {"quantization_config": {"bits": 4}},
    "a size that is none": {"hidden_size": "32"},
    "no size": {"vocab_size": None},
    "keys that divide nothing": {"num_key_value_heads": 3},
    "an odd size": {"head_dim": 7},
    "an epsilon that is none": {"rms_norm_eps": "small"},
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_not_usual_is_left_to_transformers(tiny: Path, other: str) -> None:
    config = config_of(tiny)
    assert shape_of(config) is not None
    assert shape_of(config | OTHERS[other]) is None


def test_old_ways_to_write_a_configuration_are_read(tiny: Path) -> None:
    config = config_of(tiny)
    del config["rope_parameters"]
    old = shape_of(config | {"rope_theta": 100_000, "rope_scaling": None})
    assert old is not None
    assert old.theta == 100_000
    few = {key: value for key, value in config.items() if "head" not in key and "rope" not in key}
    shape = shape_of(few | {"num_attention_heads": 4})
    assert shape is not None
    assert (shape.heads, shape.shared, shape.size, shape.theta) == (4, 4, 8, 10_000)


def test_weights_that_do_not_fit_are_left_to_transformers(tiny: Path) -> None:
    changed(tiny, intermediate_size=40)
    assert open_llama(tiny) is None
    changed(tiny, intermediate_size=48, num_hidden_layers=4)
    assert open_llama(tiny) is None
    changed(tiny, num_hidden_layers=3)
    assert open_llama(tiny) is not None


def test_a_llama_that_is_not_usual_is_opened_all_the_same(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "tiny")
    plain: Any = open_model(folder)
    assert isinstance(plain._network._weights, Llama)
    document = Document("a", "The talks ended on Monday. Farmers fear for the harvest.")
    asked = passages_of(document, split_sentences(document))
    for values in ({"rope_scaling": {"rope_type": "linear", "factor": 1.0}}, {"pretraining_tp": 2}):
        changed(folder, **values)
        other: Any = open_model(folder)
        assert not isinstance(other._network._weights, Llama)
        for one, its in zip(plain.read(asked), other.read(asked), strict=True):
            assert [word.surprisal for word in one.words] == pytest.approx(
                [word.surprisal for word in its.words], abs=1e-3
            )


@pytest.mark.parametrize("about", [{"tokenizer_class": "LlamaTokenizer"}, {"bos_token": None}])
def test_a_tokenizer_that_needs_more_than_its_file_is_left_to_transformers(
    tmp_path: Path, about: dict[str, Any]
) -> None:
    folder = tiny_models.llama(tmp_path / "tiny")
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | about), "utf-8")
    other: Any = open_model(folder)
    assert not isinstance(other._network._weights, Llama)


# -- memory ----------------------------------------------------------------------------------


def test_a_plain_llama_is_opened_without_transformers(tmp_path: Path) -> None:
    folder = tiny_models.llama(tmp_path / "tiny")
    code = (
        "import sys; from pathlib import Path;"
        "from normalizer.glitches.language_model.opening import open_model;"
        "from normalizer.glitches.language_model.protocol import Passage;"
        "print(open_model(Path(sys.argv[1])).log_likelihood([Passage('War.', ())]));"
        "print('transformers' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[1:] == ["False True"]


def test_products_have_few_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = open_model(tiny_models.llama(tmp_path / "tiny"))
    precision = torch.get_float32_matmul_precision()
    sizes: set[int] = set()
    inner: set[str] = set()
    linear, attended = torch.nn.functional.linear, llama._attended

    def counted(rows: Any, weight: Any) -> Any:
        sizes.add(len(rows))
        return linear(rows, weight)

    def watched(*args: Any) -> Any:
        inner.add(torch.get_float32_matmul_precision())
        return attended(*args)

    monkeypatch.setattr(torch.nn.functional, "linear", counted)
    monkeypatch.setattr(llama, "_attended", watched)
    document = Document("a", "He spoke of a reset in relations. The talks ended. War. It rained.")
    asked = passages_of(document, split_sentences(document))
    for one in asked:
        model.read([one])
        model.log_likelihood([one, one.with_word(0, "June"), one.with_word(0, "Nobody there")])
        model.best_words(one, len(one.words) - 1)
    assert len(sizes) > 1
    assert all(size % STEP == 0 for size in sizes)
    assert inner == {"highest"}
    assert torch.get_float32_matmul_precision() == precision
