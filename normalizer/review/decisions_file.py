"""The decisions file: JSON lines that are only ever appended to, one a key press.

An append is acknowledged when the line is on the disk. Several reviewers may append to one file
at once, and a process may be killed at any point: a line is in the file as a whole, or the
append was not acknowledged.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from normalizer.errors import DocumentError, UsageError
from normalizer.review.rulings import Ruling, ruling_line, ruling_of

_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


@dataclass(frozen=True, slots=True)
class Entry:
    """A ruling with its line as it stands in the file, newline left out."""

    ruling: Ruling
    line: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decisions file holds.

    Attributes:
        entries: In the order of the file, each id once.
        faults: Lines that hold no ruling, as ``file: line n: why; cure``.
        notes: What is odd and does no harm, such as a torn last line.
    """

    entries: tuple[Entry, ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rulings(self) -> list[Ruling]:
        """The rulings, in the order of the file."""
        return [one.ruling for one in self.entries]


def read_decisions(path: Path, *, missing_ok: bool = False) -> Reading:
    """Read a decisions file; a line that holds no ruling is told and the others hold.

    Args:
        path: The file.
        missing_ok: Whether a file that does not exist is one without rulings.

    Raises:
        DocumentError: If it cannot be read.
    """
    try:
        content = _content(path, 0)
    except FileNotFoundError as error:
        if missing_ok:
            return Reading()
        raise DocumentError(f"{path}: does not exist; check the path") from error
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    return _read(path, content)


def read_added(path: Path, size: int) -> list[Ruling]:
    """The rulings that were added to a file since it had a size; what is no ruling is left out.

    Raises:
        DocumentError: If it cannot be read.
    """
    try:
        return _read(path, _content(path, size)).rulings
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check the path") from error


def append_ruling(path: Path, ruling: Ruling) -> None:
    """Add one ruling, as `append_rulings` does."""
    append_rulings(path, [ruling])


def append_rulings(path: Path, rulings: Iterable[Ruling]) -> None:
    """Add rulings; when this returns, their lines are on the disk.

    The file is opened anew each time, because git or an editor may have put another in its
    place. A line that was torn by a full disk or a power cut is left alone; the new one starts
    on a line of its own.

    Raises:
        DocumentError: If they could not be saved as a whole; then nothing of them is there.
    """
    line = "".join(map(ruling_line, rulings)).encode()
    try:
        with _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT) as descriptor:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            new = b"\n" * torn + line
            try:
                if os.write(descriptor, new) != len(new):
                    raise OSError(0, "no space left for the whole line")
                # A key press is rare and dear: some milliseconds buy safety from a power cut, and
                # file systems that report a full disk late report it here.
                os.fsync(descriptor)
                if size == 0:
                    _sync_folder(path.parent)
            except OSError:
                os.ftruncate(descriptor, size)
                raise
    except OSError as error:
        raise DocumentError(
            f"{path}: not saved ({error.strerror}); make room or choose another file, "
            "then press the key again"
        ) from error


def write_decisions(path: Path, entries: Iterable[Entry]) -> None:
    """Write a new decisions file; one that is there is never written over.

    Raises:
        UsageError: If there is such a file.
        DocumentError: If it cannot be written; then it is not there.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            try:
                file.writelines(entry.line + "\n" for entry in entries)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                path.unlink()
                raise
    except FileExistsError as error:
        raise UsageError(
            f"{path}: exists, and decisions are never written over; choose a new name"
        ) from error
    except OSError as error:
        raise DocumentError(
            f"{path}: cannot be written ({error.strerror}); make room or choose another place"
        ) from error


def _content(path: Path, start: int) -> bytes:
    with _opened(path, os.O_RDONLY) as shared, open(shared, "rb", closefd=False) as file:
        file.seek(start)
        return file.read()


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file as lasting as what is in it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    """A locked descriptor of the file that bears the name now; closing it gives the lock back."""
    lock = fcntl.LOCK_EX if flags & os.O_RDWR else fcntl.LOCK_SH
    while True:
        # Not blocking, so that opening a named pipe does not wait for its other end.
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, 0o666)
        try:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise OSError(0, "is no regular file")
            fcntl.flock(descriptor, lock)
            # Between opening and locking another file may have taken the name.
            if _still_named(path, about):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _still_named(path: Path, about: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), about)
    except FileNotFoundError:
        return False


def _read(path: Path, content: bytes) -> Reading:
    entries: dict[str, Entry] = {}
    faults: list[str] = []
    notes: list[str] = []
    lines = content.removeprefix(codecs.BOM_UTF8).split(b"\n")
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line:
            continue
        try:
            text = _decoded(line)
            ruling = ruling_of(_parsed(text))
        except ValueError as error:
            if number == len(lines):
                notes.append(
                    f"{path}: line {number}: the last line is torn and was never confirmed; "
                    "it is left out"
                )
            else:
                faults.append(f"{path}: line {number}: {error}")
            continue
        known = entries.get(ruling.id)
        if known is None:
            entries[ruling.id] = Entry(ruling, text)
        elif known.ruling != ruling:
            faults.append(
                f"{path}: line {number}: id '{ruling.id}' is taken by another ruling above; "
                "delete the line that was edited"
            )
    return Reading(tuple(entries.values()), tuple(faults), tuple(notes))


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise ValueError("is not UTF-8; delete the line") from error


def _parsed(line: str) -> object:
    if line.startswith(_MARKERS):
        raise ValueError(
            "is a conflict marker of git; delete the line, keep those of both sides, and put "
            "'*.jsonl merge=union' into .gitattributes"
        )
    try:
        return json.loads(line)
    except RecursionError as error:
        raise ValueError("is nested too deep; delete the line") from error
    except ValueError as error:
        raise ValueError(f"is not JSON ({error}); mend or delete the line") from error
