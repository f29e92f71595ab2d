"""Parquet: one document a row, in one column. Needs pyarrow, the extra ``parquet``.

Row groups pass one by one. Schema, metadata, row groups and compression stay; a file in which
nothing changes comes back byte for byte, another one is a new file with the same rows.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from normalizer.annotation import Document
from normalizer.documents.parquet_writing import Writer
from normalizer.documents.piece import Options, Piece
from normalizer.errors import DocumentError
from normalizer.rewrite import Edit, apply_edits

_CHUNK = 1 << 20
_ROWS = 1024


def read_parquet(file: BinaryIO, path: str, options: Options) -> Iterator[Piece]:
    """One piece a row, without bytes; the bytes follow once a row group or all rows are read.

    Raises:
        DocumentError: If the file turns out to be damaged after columns were added to a part.
    """
    with _whole(file) as whole:
        try:
            table = _open(whole, path, options)
        except _UnreadableError as error:
            told = f"{path}: {error}"
            fault = error.is_fault or options.required
            yield Piece(b"", fault=told) if fault else Piece(b"", note=told)
            yield from _raw(whole)
            return
        yield from table.extended() if options.new else table.spliced(whole)


class _UnreadableError(Exception):
    """Why there is nothing to read, with the cure."""

    def __init__(self, told: str, *, is_fault: bool = False) -> None:
        super().__init__(told)
        self.is_fault = is_fault


@contextmanager
def _whole(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file to be read in any order; what comes through a pipe is put on disk first."""
    if file.seekable():
        yield file
        return
    with tempfile.TemporaryFile() as kept:
        shutil.copyfileobj(file, kept, _CHUNK)
        yield kept


def _raw(file: BinaryIO) -> Iterator[Piece]:
    file.seek(0)
    while raw := file.read(_CHUNK):
        yield Piece(raw)


def _open(file: BinaryIO, path: str, options: Options) -> _Table:
    try:
        import pyarrow as pa  # noqa: PLC0415 - only where there is such a file
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise _UnreadableError(
            "left as it is; reading Parquet needs: pip install 'normalizer[parquet]'"
        ) from error
    try:
        opened = pq.ParquetFile(file)
        schema = opened.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise _UnreadableError(
            _damage(error),
            is_fault=True,
        ) from error
    if options.field not in schema.names:
        raise _UnreadableError(
            f"has no column '{options.field}', left as it is; name one with --field "
            f"(it has: {', '.join(schema.names) or 'nothing'})"
        )
    kind = schema.field(options.field).type
    if not _is_text(pa.types, kind):
        raise _UnreadableError(
            f"column '{options.field}' holds {kind}, no text, left as it is; "
            "name another with --field"
        )
    return _Table(opened, path, options)


class _Table:
    """An open file, read row group by row group."""

    def __init__(self, opened: Any, path: str, options: Options) -> None:
        self._opened = opened
        self._path = path
        self._options = options
        self._groups = range(opened.metadata.num_row_groups)

    def spliced(self, file: BinaryIO) -> Iterator[Piece]:
        """Rows whose text is rewritten in place: all of that column is read before any writing."""
        texts: list[dict[int, str]] = []
        try:
            for group in self._groups:
                texts.append({})
                yield from self._rows(group, texts[-1], {})
        except (ValueError, OSError) as error:
            yield Piece(b"", fault=f"{self._path}: {_damage(error)}")
            texts = []
        if any(texts):
            yield from self._written(texts)
        else:
            yield from _raw(file)

    def _written(self, texts: Sequence[Mapping[int, str]]) -> Iterator[Piece]:
        writer = Writer(self._opened, self._options)
        try:
            for group in self._groups:
                yield Piece(writer.write(group, texts[group], {}))
        except (ValueError, OSError) as error:
            raise DocumentError(f"{self._path}: {_damage(error)}") from error
        yield Piece(writer.close())

    def extended(self) -> Iterator[Piece]:
        """Rows with new columns; a row group is written when its rows are read."""
        writer = Writer(self._opened, self._options)
        for group in self._groups:
            texts: dict[int, str] = {}
            values: dict[int, Mapping[str, Any]] = {}
            try:
                yield from self._rows(group, texts, values)
                raw = writer.write(group, texts, values)
            except (ValueError, OSError) as error:
                raise DocumentError(f"{self._path}: {_damage(error)}") from error
            yield Piece(raw)
        yield Piece(writer.close())

    def _rows(
        self, group: int, texts: dict[int, str], values: dict[int, Mapping[str, Any]]
    ) -> Iterator[Piece]:
        """The rows of a group that have a text; what becomes of them goes into the mappings."""
        about = self._opened.metadata
        before = sum(about.row_group(at).num_rows for at in range(group))
        columns = list({self._options.field, self._options.id_field} - {""})
        at = -1
        for batch in self._opened.iter_batches(_ROWS, row_groups=[group], columns=columns):
            ids = self._ids(batch)
            for raw, row_id in zip(_plain(batch.column(self._options.field)), ids, strict=True):
                at += 1
                if raw is not None:
                    yield self._piece(raw, row_id, before + at + 1, at, texts, values)

    def _ids(self, batch: Any) -> list[Any]:
        names = batch.schema.names
        id_field = self._options.id_field
        return (
            list(batch.column(id_field).to_pylist()) if id_field in names else [None] * len(batch)
        )

    def _piece(
        self,
        raw: bytes,
        row_id: Any,
        number: int,
        at: int,
        texts: dict[int, str],
        values: dict[int, Mapping[str, Any]],
    ) -> Piece:
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            return Piece(
                b"",
                fault=f"{self._path}: row {number}: byte {error.start} is not UTF-8, "
                "left as it is; write the column again",
            )

        def splice(edits: Sequence[Edit]) -> bytes:
            texts[at] = apply_edits(text, edits)
            return b""

        def extend(edits: Sequence[Edit], new: Mapping[str, Any]) -> bytes:
            values[at] = new
            return splice(edits) if edits else b""

        row_id = f"{self._path}:{number}" if row_id is None else str(row_id)
        return Piece(
            b"",
            Document(row_id, text, self._path, number),
            splice,
            extend=extend if self._options.new else None,
        )


def _is_text(types: Any, kind: Any) -> bool:
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _plain(column: Any) -> Iterable[bytes | None]:
    """The cells as bytes: one of them may not be text though the schema says so."""
    cells: list[bytes | None] = column.cast("large_string").cast("large_binary").to_pylist()
    return cells


def _damage(error: Exception) -> str:
    said = str(error).partition("\n")[0].rstrip(".")
    return f"is no Parquet file that can be read ({said}); write it again"
