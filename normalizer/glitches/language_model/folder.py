"""Whether a folder holds a whole model that is safe to open; told without any framework.

What is refused here is refused before a framework touches it: weights in pickles (they run code),
models that bring code of their own, and files that a broken download left behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from normalizer.errors import ModelError

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
# What a model is read from; anything else in a folder (other runtimes, papers) is left alone.
WANTED = ("*.safetensors", "*.json", "*.model", "vocab.txt", "merges.txt")
_PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl"})
_TOKENIZERS = (
    "tokenizer.json",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "vocab.txt",
    "vocab.json",
)
# A header longer than this is no header: the format's own limit.
_MAX_HEADER = 100_000_000


def check_folder(folder: Path) -> None:
    """Refuse a folder that is no whole, safe model.

    Raises:
        ModelError: The first fault, and what to do about it.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such folder; check the path")
    if not (folder / CONFIG).is_file():
        raise ModelError(f"{folder}: has no {CONFIG}; give the folder of a Hugging Face model")
    for name in (CONFIG, "tokenizer_config.json"):
        if (folder / name).is_file() and "auto_map" in _json_of(folder / name):
            raise ModelError(
                f"{folder / name}: the model brings code of its own (auto_map), which is never "
                "run; take a model of a family that transformers knows"
            )
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise ModelError(f"{folder}: has no tokenizer; save it beside the weights")
    weights = list(weights_of(folder))
    if not weights:
        if any(file.suffix in _PICKLES for file in folder.iterdir()):
            raise ModelError(
                f"{folder}: has pickled weights only, and opening a pickle runs code; "
                "convert them to safetensors"
            )
        raise ModelError(f"{folder}: has no *.safetensors; fetch it again or convert it")
    for file in weights:
        _check_safetensors(file)


def files_of(folder: Path) -> list[Path]:
    """The files a model is read from, sorted by name."""
    return sorted(
        file for pattern in WANTED for file in folder.glob(pattern) if file.is_file()
    )  # fmt: skip


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def weights_of(folder: Path) -> Iterator[Path]:
    """The files of weights; those of an index whether they are there or not."""
    if (folder / INDEX).is_file():
        named = _json_of(folder / INDEX).get("weight_map", {})
        yield from (folder / Path(name).name for name in sorted(set(named.values())))
    else:
        yield from sorted(folder.glob("*.safetensors"))


def _check_safetensors(file: Path) -> None:
    """A file of weights is as long as its header says."""
    again = "fetch it again"
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= min(_MAX_HEADER, size - 8):
                raise ModelError(f"{file}: is no safetensors file, or cut off; {again}")
            header = json.loads(stream.read(length))
            ends = [
                int(entry["data_offsets"][1])
                for key, entry in header.items()
                if key != "__metadata__"
            ]
    except FileNotFoundError as error:
        raise ModelError(f"{file}: is missing; the download is not complete, {again}") from error
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror}); check it") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ModelError(f"{file}: has a broken header; {again}") from error
    if size - 8 - length != max(ends, default=0):
        raise ModelError(f"{file}: is cut off; the download is not complete, {again}")


def _json_of(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: is no readable JSON; fetch the model again") from error
    if not isinstance(found, dict):
        raise ModelError(f"{file}: is no JSON object; fetch the model again")
    return found
