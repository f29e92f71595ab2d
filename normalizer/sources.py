"""The files of a run: which are read, and where they are written without harm to others."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from normalizer.errors import DocumentError, UsageError

# How reports, findings and decisions of ours begin.
_OURS = re.compile(rb'\{"v":1,"(?:record":"(?:run|finding)"|id":"[0-9a-f]{16}","at":")')


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read.

    Attributes:
        file: Where it is.
        path: Where it goes, relative to the output folder, ``/`` between parts.
        size: In bytes.
        fault: Why it cannot be read; empty if it can.
        quiet: Whether a first look found nothing that could change.
        modified: When it was written last, in nanoseconds.
        story: Other files that tell the same story.
    """

    file: Path
    path: str
    size: int = 0
    fault: str = ""
    quiet: bool = False
    modified: int = 0
    story: tuple[Source, ...] = ()


def collect(inputs: Sequence[Path], out: Path | None = None) -> list[Source]:
    """List the files to read, sorted by path, without following links out of a folder.

    One folder is mirrored into ``out`` itself, several inputs each under their own name. Hidden
    files and folders are passed over, and so are reports and decisions of earlier runs.

    Raises:
        DocumentError: If an input is missing or nothing is left to read.
        UsageError: If two inputs would be written to one place, or ``out`` would be written
            into an input or an input lies in it.
    """
    for one in inputs:
        if not one.exists():
            raise DocumentError(f"{one}: does not exist; check the path")
    if out is not None:
        _refuse_overlap(inputs, out)
    sources: dict[str, Source] = {}
    for one in inputs:
        prefix = f"{one.resolve().name}/" if len(inputs) > 1 and one.is_dir() else ""
        for source in _walk(one, prefix) if one.is_dir() else [_source(one, one.name, one.parent)]:
            if source.path in sources:
                raise UsageError(
                    f"{source.file} and {sources[source.path].file} would both be written to "
                    f"{source.path}; rename one or run them apart"
                )
            sources[source.path] = source
    if not sources:
        raise DocumentError(f"{', '.join(map(str, inputs))}: no file to read in it; check the path")
    return [sources[path] for path in sorted(sources)]


def _walk(root: Path, prefix: str) -> Iterator[Source]:
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        for name in sorted(folders):
            if (here / name).is_symlink() and not name.startswith("."):
                path = prefix + (here / name).relative_to(root).as_posix()
                yield Source(
                    here / name, path, fault=f"{path}: a link to a folder; give the folder itself"
                )
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (here / name).is_symlink()
        )
        for name in sorted(files):
            if not name.startswith("."):
                source = _source(
                    here / name, prefix + (here / name).relative_to(root).as_posix(), root
                )
                if source.fault or not _is_report(source):
                    yield source


def _source(file: Path, path: str, root: Path) -> Source:
    try:
        if file.is_symlink() and not real_path(file).is_relative_to(real_path(root)):
            return Source(file, path, fault=f"{path}: a link out of the folder; not followed")
        about = file.stat()
    except OSError as error:
        return Source(file, path, fault=f"{path}: cannot be read ({error.strerror}); check it")
    if not stat.S_ISREG(about.st_mode):
        return Source(file, path, fault=f"{path}: is no regular file; left out")
    return Source(file, path, about.st_size, modified=about.st_mtime_ns)


def _is_report(source: Source) -> bool:
    """A report or a decisions file of ours among the files of a folder is no document."""
    if not source.path.endswith(".jsonl"):
        return False
    try:
        with source.file.open("rb") as file:
            return _OURS.match(file.read(64)) is not None
    except OSError:
        return False


# -- writing ---------------------------------------------------------------------------------


def target_of(out: Path, source: Source) -> Path:
    """Where a source is written; its folder is made if need be.

    Raises:
        DocumentError: If a link in the output folder leads out of it.
    """
    target = out / source.path
    folder = target.parent
    if not folder.exists():
        out.mkdir(parents=True, exist_ok=True)
        _refuse_way_out(out, next(one for one in (folder, *folder.parents) if one.exists()))
        folder.mkdir(parents=True, exist_ok=True)
    _refuse_way_out(out, folder)
    return target


def _refuse_way_out(out: Path, folder: Path) -> None:
    # Strings, not paths: this is done for every file of a run.
    inside = os.path.join(os.path.realpath(out), "")
    if not os.path.join(os.path.realpath(folder), "").startswith(inside):
        raise DocumentError(f"{folder}: a link leads out of {out}; remove it")


def _refuse_overlap(inputs: Sequence[Path], out: Path) -> None:
    target = out.resolve()
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file; give a folder to write into")
    for one in inputs:
        source = one.resolve()
        folder = source if source.is_dir() else source.parent
        if target == folder or (source.is_dir() and target.is_relative_to(source)):
            raise UsageError(
                f"{out}: lies in the input {one}; originals are never written over, "
                "choose a folder outside"
            )
        if source.is_relative_to(target):
            raise UsageError(f"{one}: lies in the output folder {out}; choose another")


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under its name only when it is complete."""
    temporary = f"{path.parent}/.{path.name[:40]}.{os.getpid()}.part"
    try:
        Path(temporary).unlink(missing_ok=True)
        with open(temporary, "xb") as file:
            yield file
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def real_path(path: Path) -> Path:
    """Where a path leads; unlike ``Path.resolve`` it does not fail on a link to itself."""
    return Path(os.path.realpath(path))
