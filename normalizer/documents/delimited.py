"""Delimited text taken apart by its characters: records, and where each cell stands in them.

Reads what Python's ``csv`` module reads with its default dialect, and keeps the places, which that
module does not tell: only so can one cell be changed and all other bytes come back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

QUOTE = '"'
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_END = re.compile(r"(?:\r\n|\r|\n)?\Z")
# A quote that is not doubled, searched from inside a quoted cell.
_CLOSING = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
_QUOTED_CHARACTER = re.compile(r'""|.', re.S)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a cell stands in its record, quotes included, and how it is written.

    Attributes:
        start, end: Its place, half open.
        quoted: Whether it stands in quotes.
        torn: Whether characters follow the closing quote; such a cell is not changed.
    """

    start: int
    end: int
    quoted: bool
    torn: bool = False

    def inside(self, record: str) -> str:
        """What stands between the quotes, or all of it."""
        return (
            record[self.start + 1 : self.end - 1] if self.quoted else record[self.start : self.end]
        )

    def value(self, record: str) -> str:
        """The cell as a program reads it."""
        inside = self.inside(record)
        return inside.replace(QUOTE * 2, QUOTE) if self.quoted else inside


@dataclass(frozen=True, slots=True)
class Record:
    """One row, as it stands and taken apart; no cells where a quote in it never closes."""

    text: str
    cells: tuple[Cell, ...]
    closed: bool = True

    @property
    def ending(self) -> str:
        """The characters that end the row; empty at the end of a file without one."""
        found = _END.search(self.text)
        return found.group() if found else ""


def split_lines(text: str) -> Iterator[str]:
    """Lines with their ends, by the three kinds of line end that tables have."""
    return (found.group() for found in _LINE.finditer(text))


def read_records(lines: Iterable[str], delimiter: str, limit: int) -> Iterator[Record]:
    """Rows of a table, in order; a quoted cell may go over many lines.

    Args:
        lines: The table, line by line, ends kept.
        delimiter: The character between cells.
        limit: Length beyond which a quote is taken never to close.

    Yields:
        Records. After one that is not ``closed`` nothing follows: the other lines are left in
        ``lines``.
    """
    lines = iter(lines)
    for line in lines:
        text = line
        cells = cells_of(text, delimiter)
        while cells is None:
            more = next(lines, "")
            if not more or len(text) > limit:
                yield Record(text + more, (), closed=False)
                return
            text += more
            if _CLOSING.match(more):
                cells = cells_of(text, delimiter)
        yield Record(text, cells)


def cells_of(text: str, delimiter: str) -> tuple[Cell, ...] | None:
    """The cells of a record; None if a quote is still open at its end.

    A blank line has none, as for Python's ``csv``.
    """
    end = len(text.rstrip("\r\n")) if text[-1:] in "\r\n" else len(text)
    pattern = _cell_pattern(delimiter)
    cells: list[Cell] = []
    at = 0
    while at <= end and text.strip("\r\n"):
        found = pattern.match(text, at)
        if found is None:
            return None
        quoted = found.group("quoted") is not None
        cells.append(Cell(at, found.end("cell"), quoted, bool(found.group("rest"))))
        if not found.group("delimiter"):
            break
        at = found.end()
    return tuple(cells)


def characters_of(inside: str, *, quoted: bool) -> list[str]:
    """How each code point of a cell's value is written."""
    return _QUOTED_CHARACTER.findall(inside) if quoted else list(inside)


def as_cell(value: str, delimiter: str, *, quoted: bool = False) -> str:
    """A value as a cell, in quotes where it needs them or is to have them."""
    if quoted or any(mark in value for mark in (QUOTE, delimiter, "\r", "\n")):
        return QUOTE + value.replace(QUOTE, QUOTE * 2) + QUOTE
    return value


@lru_cache(maxsize=16)
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    other = f"[^{re.escape(delimiter)}\\r\\n]"
    return re.compile(
        rf'(?P<cell>(?P<quoted>"[^"]*+(?:""[^"]*+)*+")(?P<rest>{other}*)|(?!"){other}*)'
        rf"(?P<delimiter>{re.escape(delimiter)}|)"
    )
