"""CSV and TSV: one document a row, in one column. Only characters of that cell change.

Dialect, quotes, line ends, byte order mark and stray bytes come back as they were. New columns
stand after the others. Cells that a spreadsheet would take for a formula are left alone: the table
is the user's data, and an apostrophe put before a cell would be a change of it.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, BinaryIO

from normalizer.annotation import Document
from normalizer.documents.delimited import (
    Cell,
    Record,
    as_cell,
    cells_of,
    characters_of,
    read_records,
    split_lines,
)
from normalizer.documents.piece import Options, Piece
from normalizer.documents.plain import byte_order, encoded
from normalizer.rewrite import Edit

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
# A row beyond this is taken for a quote that never closes.
_MAX_ROW = 64_000_000
_CHUNK = 1 << 20


def read_csv(file: BinaryIO, path: str, options: Options) -> Iterator[Piece]:
    """One piece a row; the delimiter is the one that makes a column of the field's name."""
    return _read(file, path, options, ",;\t|")


def read_tsv(file: BinaryIO, path: str, options: Options) -> Iterator[Piece]:
    """The same for cells parted by tabs."""
    return _read(file, path, options, "\t")


def _read(file: BinaryIO, path: str, options: Options, delimiters: str) -> Iterator[Piece]:
    limit = options.max_line or _MAX_ROW
    lines = _Lines(file, options.encoding, limit)
    first = next(lines, "")
    mark = BOM if first.startswith(BOM) else ""
    delimiter = _delimiter(first.removeprefix(BOM), options.field, delimiters)
    records = read_records(chain([first.removeprefix(BOM)], lines), delimiter, limit)
    header = next(records, Record("", ()))
    columns = tuple(cell.value(header.text).strip() for cell in header.cells)
    if options.field in columns:
        table = _Table(path, columns, delimiter, lines, options)
        yield Piece(lines.encode(mark + table.header(header)))
        for number, record in enumerate(records, 2):
            yield table.piece(record, number)
    elif first or lines.broken:
        yield _without_column(lines.encode(mark + header.text), path, columns, options)
    for line in lines:
        yield Piece(lines.encode(line))
    if lines.broken:
        yield Piece(lines.broken, fault=f"{path}: {lines.why}")
    while raw := file.read(_CHUNK):
        yield Piece(raw)


class _Lines:
    """The lines of a table as characters, each with its end, and the way back to bytes.

    Attributes:
        encoding: What the table is written in.
        broken: Bytes at which reading ended too early, empty if it went well.
        why: Why it did, with the cure.
    """

    def __init__(self, file: BinaryIO, encoding: str, limit: int) -> None:
        self._file = file
        self._limit = limit
        raw = file.readline(limit + 1)
        self.encoding = byte_order(raw) or codecs.lookup(encoding).name.removesuffix("-sig")
        # Stray bytes stand in the text as lone surrogates and are written back as they were.
        self._errors = "surrogateescape"
        self.broken = b""
        self.why = f"has a line of more than {limit} bytes; part it. It and what follows are left"
        if self.encoding.startswith(("utf-16", "utf-32")):
            # A line end is no single byte here; such tables come from spreadsheets and are small.
            self._errors = "surrogatepass"
            raw += file.read()
        self._lines = self._split(raw)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._lines)

    def encode(self, text: str) -> bytes:
        """Characters that were read, as the bytes they were."""
        return text.encode(self.encoding, self._errors)

    def written(self, text: str, place: str) -> bytes:
        """Characters of which some are new, as bytes."""
        return encoded(text, self.encoding, self._errors, place)

    def _split(self, raw: bytes) -> Iterator[str]:
        while raw:
            if len(raw) > self._limit and raw[-1:] != b"\n" and self._errors == "surrogateescape":
                self.broken = raw
                return
            try:
                text = raw.decode(self.encoding, self._errors)
                exact = self.encode(text) == raw
            except UnicodeError:
                exact = False
            if not exact:
                self.why = (
                    f"is not {self.encoding} to its end; "
                    "convert the table to UTF-8 or give its encoding with --encoding"
                )
                self.broken = raw
                return
            yield from split_lines(text)
            raw = self._file.readline(self._limit + 1)


class _Table:
    """What the header says, and rows made pieces by it."""

    def __init__(
        self, path: str, columns: Sequence[str], delimiter: str, lines: _Lines, options: Options
    ) -> None:
        self._path = path
        self._delimiter = delimiter
        self._lines = lines
        self._width = len(columns)
        self._field = options.field
        self._text = columns.index(options.field)
        self._id = columns.index(options.id_field) if options.id_field in columns else None
        self._new = options.new
        fields = [one for one in (self._new.text, self._new.entities, self._new.flags) if one]
        self._added = [field for field in fields if field not in columns]
        self._places = {
            field: columns.index(field)
            if field in columns
            else self._width + self._added.index(field)
            for field in fields
        }

    def header(self, record: Record) -> str:
        """The header with the new columns."""
        quoted = record.cells[-1].quoted
        added = {
            self._places[field]: as_cell(field, self._delimiter, quoted=quoted)
            for field in self._added
        }
        return self._changed(record, added)

    def piece(self, record: Record, number: int) -> Piece:
        """A row; one that cannot be read is a piece with a fault."""
        place = f"{self._path}: row {number}"
        raw = self._lines.encode(record.text)
        if fault := self._fault(record):
            return Piece(raw, fault=f"{place}: {fault}")
        if not record.cells:
            return Piece(raw)
        cell = record.cells[self._text]
        inside = cell.inside(record.text)
        row_id = ""
        if self._id is not None and self._id < len(record.cells):
            row_id = record.cells[self._id].value(record.text)

        def splice(edits: Sequence[Edit]) -> bytes:
            new = {self._text: self._edited(cell, inside, edits)}
            return self._lines.written(self._changed(record, new), place)

        def extend(edits: Sequence[Edit], values: Mapping[str, Any]) -> bytes:
            target = self._places[self._new.text] if self._new.text else self._text
            new = {target: self._edited(cell, inside, edits)}
            for field, value in values.items():
                text = json.dumps(value, ensure_ascii=not _is_utf(self._lines.encoding))
                new[self._places[field]] = as_cell(text, self._delimiter)
            return self._lines.written(self._changed(record, new), place)

        return Piece(
            raw,
            Document(
                row_id or f"{self._path}:{number}", cell.value(record.text), self._path, number
            ),
            splice,
            lambda span: "".join(characters_of(inside, quoted=cell.quoted)[span.start : span.end]),
            extend=extend if self._new else None,
        )

    def _fault(self, record: Record) -> str:
        """Why a row cannot be read, with the cure; empty if it can."""
        count = len(record.cells)
        if not record.closed:
            return "a quote opened in it never closes; close it. The rows from here on are left"
        if count and count <= self._text:
            return (
                f"has {count} cell{'s' * (count > 1)} and '{self._field}' is column "
                f"{self._text + 1}; complete it"
            )
        if count and record.cells[self._text].torn:
            return f"has characters after the quotes of '{self._field}'; double the quotes in it"
        if self._new and count > self._width:
            return (
                f"has {count} cells and the header {self._width}; quote those that hold delimiters"
            )
        return ""

    def _edited(self, cell: Cell, inside: str, edits: Sequence[Edit]) -> str:
        """The cell with edits in its value, quoted if it was or now must be."""
        characters = characters_of(inside, quoted=cell.quoted)
        for edit in sorted(edits, key=lambda one: one.span, reverse=True):
            after = edit.raw_after or (
                as_cell(edit.after, self._delimiter, quoted=True)[1:-1]
                if cell.quoted
                else edit.after
            )
            characters[edit.span.start : edit.span.end] = [after]
        text = "".join(characters)
        if cell.quoted:
            return f'"{text}"'
        # Quotes in a cell without quotes are odd but read by all; only what is new is quoted for.
        fits = all(as_cell(edit.after, self._delimiter) == edit.after for edit in edits)
        return text if fits and text[:1] != '"' else as_cell(text, self._delimiter)

    def _changed(self, record: Record, new: Mapping[int, str]) -> str:
        """The row with some cells written anew, those beyond its end added."""
        if not new:
            return record.text
        cells = [record.text[cell.start : cell.end] for cell in record.cells]
        cells += [""] * (max(new) + 1 - len(cells))
        for at, text in new.items():
            cells[at] = text
        return self._delimiter.join(cells) + record.ending


def _is_utf(encoding: str) -> bool:
    return encoding.startswith("utf-")


def _delimiter(line: str, field: str, delimiters: str) -> str:
    """The delimiter that makes a column of the field's name, else the one that makes most cells."""
    cells = {one: cells_of(line, one) or () for one in delimiters}
    for one in delimiters:
        if field in (cell.value(line).strip() for cell in cells[one]):
            return one
    return max(delimiters, key=lambda one: len(cells[one]))


def _without_column(raw: bytes, path: str, columns: Sequence[str], options: Options) -> Piece:
    """A table that has nothing to read; in a folder that is nobody's fault."""
    said = (
        f"{path}: has no column '{options.field}', left as it is; name one with --field "
        f"(it has: {', '.join(columns) or 'nothing'})"
    )
    return Piece(raw, fault=said) if options.required else Piece(raw, note=said)
