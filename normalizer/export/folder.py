"""A folder of files made for documents: one name a document, none that leads out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from normalizer.errors import DocumentError, UsageError
from normalizer.report.contents import Marked

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|]")


def is_inside(path: str) -> bool:
    """Whether a path stays in the folder it is looked up in."""
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


class FileNames:
    """Gives each document a name, without suffix, ``/`` between parts."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, document: Marked) -> str:
        """The path of the document without ``.txt``; with the row, if it is one of a file.

        Raises:
            DocumentError: If the path leads out of a folder; a report made by hand may say so.
        """
        if not is_inside(document.path):
            raise DocumentError(
                f"'{document.path}' is no path inside a folder; make the report again"
            )
        name = _UNSAFE.sub("_", document.path.removesuffix(".txt"))
        if document.row is not None:
            name += f"-{document.row}"
        wanted, number = name, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{wanted}~{number}"
        self._taken.add(name.casefold())
        return name


def write_folder(out: Path, content: Iterable[tuple[str, str]]) -> None:
    """Write files into a new or empty folder; pieces of one file may come at any time.

    Raises:
        UsageError: If there is something in the folder.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out}: is not an empty folder; name a new one")
    for name, text in content:
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("ab") as file:
            file.write(text.encode())
