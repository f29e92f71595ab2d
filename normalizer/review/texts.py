"""The texts behind findings, read when one is looked at and no earlier."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from normalizer.documents.formats import format_of
from normalizer.documents.piece import Options

# Characters of text kept in memory: some hundred files of news, or one large file of rows.
MAX_KEPT = 64_000_000

Rows = Mapping[int | None, str]


class Texts:
    """Reads the text of a document by ``(path, row)``; remembers the files looked at last."""

    def __init__(self, files: Mapping[str, Path], options: Options) -> None:
        """Remember where files lie; none is opened yet.

        Args:
            files: The file of each path that findings name.
            options: How to read them, as when the findings were made.
        """
        self._files = files
        self._options = options
        self._rows: OrderedDict[str, Rows] = OrderedDict()
        self._kept = 0

    def __call__(self, path: str, row: int | None) -> str | None:
        """The text as received; None if there is no such file or row, or it cannot be read."""
        if path in self._rows:
            self._rows.move_to_end(path)
        else:
            rows = self._read(path)
            self._rows[path] = rows
            self._kept += sum(map(len, rows.values()))
            while self._kept > MAX_KEPT and len(self._rows) > 1:
                _, dropped = self._rows.popitem(last=False)
                self._kept -= sum(map(len, dropped.values()))
        return self._rows[path].get(row)

    def _read(self, path: str) -> Rows:
        reader, file = format_of(path), self._files.get(path)
        if reader is None or file is None:
            return {}
        try:
            with file.open("rb") as opened:
                pieces = reader(opened, path, self._options)
                return {
                    piece.document.row: piece.document.text for piece in pieces if piece.document
                }
        except OSError:
            return {}
