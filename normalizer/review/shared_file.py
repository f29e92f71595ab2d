"""A decisions file that other reviewers may add to while it is open here."""

from __future__ import annotations

from pathlib import Path

from normalizer.review.decisions_file import append_ruling, read_decisions
from normalizer.review.rulings import Ruling, ruling_line


class SharedFile:
    """Adds rulings to a file, and notices when somebody else has."""

    def __init__(self, path: Path) -> None:
        """Take the file as it is now for known."""
        self._path = path
        self._size = self._size_now()

    def add(self, ruling: Ruling) -> None:
        """Save one ruling.

        Raises:
            DocumentError: If it could not be saved.
        """
        append_ruling(self._path, ruling)
        self._size += len(ruling_line(ruling).encode())

    def news(self) -> list[Ruling]:
        """All rulings of the file if others than ours were added since it was asked; else none."""
        size = self._size_now()
        if size == self._size:
            return []
        self._size = size
        return read_decisions(self._path, missing_ok=True).rulings

    def _size_now(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0
