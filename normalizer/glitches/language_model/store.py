"""The models a user has installed: where they lie, what they are, whether they are still whole.

A model is a folder in the user's cache with a manifest that holds the SHA-256 of every file, or a
manifest alone that leads to a folder elsewhere. It is written under another name and moved into
place: whatever goes wrong on the way, nothing half installed is ever seen.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from normalizer.errors import ModelError, UsageError
from normalizer.glitches.language_model.folder import check_folder, files_of, sha256_of
from normalizer.locking import locked
from normalizer.shipped import shipped

if TYPE_CHECKING:
    from normalizer.glitches.language_model.protocol import LanguageModel

DEFAULT = "smollm2-135m"
MANIFEST = "manifest.json"
# Part of the fingerprint: raised when the same weights would answer otherwise.
RUNTIME = "1"
_SCRATCH = ".installing-"
# What the extra installs, as modules.
_EXTRA = ("torch", "transformers", "safetensors", "sentencepiece", "gguf", "google.protobuf")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


@dataclass(frozen=True, slots=True)
class Card:
    """A model that can be installed by its name, from ``models/*.toml``.

    Attributes:
        name: What the user calls it.
        title: What its makers call it.
        licence: SPDX id.
        package: Name of the package that carries it, in the Python registry.
        version: Of the package.
        file: The GGUF file in the package.
        size: Of that file, in bytes.
        sha256: Of that file.
        installed_size: Of the weights it is converted to.
        installed_sha256: Of the weights it is converted to.
    """

    name: str
    title: str
    licence: str
    package: str
    version: str
    file: str
    size: int
    sha256: str
    installed_size: int
    installed_sha256: str


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of an installed model: what it must be, and what shows cheaply that it still is."""

    sha256: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Installed:
    """An installed model.

    Attributes:
        name: What the user calls it.
        folder: Where its files are.
        source: Where it came from.
        licence: As its source says; empty if it does not.
        files: Its files by name.
    """

    name: str
    folder: Path
    source: str
    licence: str
    files: dict[str, KnownFile] = field(hash=False)

    @property
    def size(self) -> int:
        """In bytes, on disk."""
        return sum(one.size for one in self.files.values())

    @property
    def fingerprint(self) -> str:
        """Tells this model, and the way it is run, from every other, wherever it lies."""
        lines = "\n".join(f"{name} {one.sha256}" for name, one in sorted(self.files.items()))
        return f"{RUNTIME}:{hashlib.sha256(lines.encode()).hexdigest()[:32]}"


def cards(folder: Path | None = None) -> dict[str, Card]:
    """The models that can be installed by name."""
    found = {}
    for file in sorted((folder or shipped("models")).glob("*.toml")):
        table = tomllib.loads(file.read_text("utf-8"))
        package, installed = table["package"], table["installed"]
        found[table["name"]] = Card(
            table["name"],
            table["title"],
            table["licence"],
            package["name"],
            package["version"],
            package["file"],
            package["size"],
            package["sha256"],
            installed["size"],
            installed["sha256"],
        )
    return found


def require_extra(what: str) -> None:
    """Refuse to go on without the packages that models need.

    Raises:
        UsageError: With the line that installs them.
    """
    try:
        whole = all(find_spec(package) for package in _EXTRA)
    except ModuleNotFoundError:
        whole = False
    if not whole:
        raise UsageError(f"{what} needs the extra: pip install 'normalizer[model]'")


def installed_models(store: Path) -> list[Installed]:
    """What is installed, by name; a manifest that cannot be read is passed over."""
    found = []
    for file in sorted(store.glob(f"*/{MANIFEST}")):
        with suppress(ModelError):
            found.append(_read_manifest(file))
    return found


def find_model(store: Path, name: str) -> Installed:
    """The model of this name, or in this folder.

    A model that is installed goes before a folder of the same name.

    Raises:
        ModelError: If there is none, or its files have changed since it was installed.
    """
    if _NAME.fullmatch(name) and (store / name / MANIFEST).is_file():
        model = _read_manifest(store / name / MANIFEST)
        _check_quickly(model)
        return model
    if Path(name).is_dir():
        return describe(Path(name), name=Path(name).resolve().name, source=name)
    if name in cards():
        raise ModelError(f"model {name} is not installed; run: normalizer model install {name}")
    known = ", ".join(sorted({one.name for one in installed_models(store)} | set(cards())))
    raise ModelError(f"no model {name}; take one of {known}, or the path of a folder")


def open_installed(model: Installed) -> LanguageModel:
    """Open a model from `find_model`.

    Raises:
        ModelError: If it is no language model.
        UsageError: If the packages that models need are not installed.
    """
    require_extra("--model")
    from normalizer.glitches.language_model.opening import open_model  # noqa: PLC0415 - loads a framework

    return open_model(model.folder, name=model.name, fingerprint=model.fingerprint)


def describe(folder: Path, *, name: str, source: str, licence: str = "") -> Installed:
    """Check a folder and take the SHA-256 of its files.

    Raises:
        ModelError: See `folder.check_folder`.
    """
    folder = folder.resolve()
    check_folder(folder)
    files = {}
    for file in files_of(folder):
        about = file.stat()
        files[file.name] = KnownFile(sha256_of(file), about.st_size, about.st_mtime_ns)
    return Installed(name, folder, source, licence, files)


def changed_files(model: Installed) -> list[str]:
    """Files that are missing or not what was installed, by their SHA-256."""
    changed = []
    for name, known in model.files.items():
        file = model.folder / name
        if not file.is_file() or sha256_of(file) != known.sha256:
            changed.append(name)
    return changed


def again(model: Installed) -> str:
    """What is wrong with a file that has changed, and the line that mends it."""
    source = model.name if model.name in cards() else model.source
    return f"is not what was installed; run: normalizer model install {source}"


def remove_model(store: Path, name: str) -> Installed:
    """Take a model away; a folder that was only linked stays as it is.

    Raises:
        ModelError: If no such model is installed.
    """
    manifest = store / name / MANIFEST
    if not _NAME.fullmatch(name) or not manifest.is_file():
        raise ModelError(f"model {name} is not installed; see: normalizer model list")
    model = _read_manifest(manifest)
    # Moved first, so that nobody opens a folder that is being emptied.
    gone = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=store))
    os.replace(store / name, gone / name)
    shutil.rmtree(gone)
    return model


def link_folder(store: Path, folder: Path, *, try_out: Callable[[Path, str], None]) -> Installed:
    """Install a folder where it is: only a manifest is written.

    Args:
        store: Where models are installed.
        folder: The folder, left as it is.
        try_out: Opens the model, to prove that it can be.
    """
    name = free_name(folder.resolve().name)
    with being_installed(store, name) as place:
        model = describe(folder, name=name, source=str(folder.resolve()))
        try_out(model.folder, name)
        write_manifest(place, model)
    return model


def free_name(wanted: str) -> str:
    """A name for a folder or a hub id that can be a folder name and typed after ``--model``."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", wanted).strip("-.")[:80] or "model"


@contextmanager
def being_installed(store: Path, name: str, *, size: int = 0) -> Iterator[Path]:
    """A folder that becomes the model of this name if all goes well, and nothing otherwise.

    One installation at a time: what lies about then is of one that was killed, and is cleared.

    Args:
        store: Where models are installed; made if need be.
        name: What the model will be called; one of that name is replaced.
        size: Bytes that will be needed.

    Raises:
        ModelError: If the disk is full or the folder cannot be written.
        UsageError: If another installation is running.
    """
    place: Path | None = None
    try:
        store.mkdir(parents=True, exist_ok=True)
        with locked(store, "a model is being installed; wait for it"):
            for left in store.glob(f"{_SCRATCH}*"):
                shutil.rmtree(left, ignore_errors=True)
            free = shutil.disk_usage(store).free
            if free < size:
                raise ModelError(
                    f"{store}: needs {_megabytes(size)}, has {_megabytes(free)}; make room"
                )
            place = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=store))
            ready = place / name
            ready.mkdir()
            yield ready
            if (store / name).exists():
                os.replace(store / name, place / "before")
            os.replace(ready, store / name)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        cure = "make room on the disk" if full else "check its permissions"
        what = error.filename or store
        raise ModelError(f"{what}: {error.strerror or error}; {cure}") from error
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


def write_manifest(place: Path, model: Installed) -> None:
    """Write what a model is into the folder it is installed as."""
    record = asdict(model) | {"v": 1}
    # A folder of the store moves with it; a linked one stays where it is.
    record["folder"] = "" if model.folder == place.resolve() else str(model.folder)
    text = json.dumps(record, indent=2, ensure_ascii=False, sort_keys=True)
    (place / MANIFEST).write_text(text + "\n", "utf-8")


def _read_manifest(file: Path) -> Installed:
    try:
        record = json.loads(file.read_text("utf-8"))
        files = {name: KnownFile(**known) for name, known in record["files"].items()}
        folder = Path(record["folder"]) if record["folder"] else file.parent
        return Installed(record["name"], folder, record["source"], record["licence"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        name = file.parent.name
        raise ModelError(
            f"model {name}: its manifest cannot be read; run: normalizer model install {name}"
        ) from error


def _check_quickly(model: Installed) -> None:
    """Size and time of every file are those of the installation; hashing takes a second more.

    Copying a cache changes times: then the SHA-256 decides.
    """
    check_folder(model.folder)
    for name, known in model.files.items():
        file = model.folder / name
        about = file.stat() if file.is_file() else None
        same_time = about is not None and about.st_mtime_ns == known.modified_ns
        if about is None or about.st_size != known.size:
            changed = True
        else:
            changed = not same_time and sha256_of(file) != known.sha256
        if changed:
            raise ModelError(f"model {model.name}: {name} {again(model)}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def facts(model: Installed) -> dict[str, Any]:
    """What `model info` shows."""
    return {
        "name": model.name,
        "source": model.source,
        "licence": model.licence or "not stated",
        "size": _megabytes(model.size),
        "folder": str(model.folder),
        "fingerprint": model.fingerprint,
    }
