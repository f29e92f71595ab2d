"""The bulk format of Elasticsearch and OpenSearch: action lines, each with its document below.

Action lines come back as they are. Of an ``update`` the partial document, and the one to insert
where there is none yet, are read where they hold the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from normalizer.documents.json_text import keys_of, value_at, written
from normalizer.documents.jsonl import is_too_long, pass_long_line, read_line, read_row
from normalizer.documents.piece import NewFields, Options, Piece
from normalizer.rewrite import Edit

_WITH_DOCUMENT = frozenset({"index", "create", "update"})
_WITHOUT = frozenset({"delete"})


def new_fields(field: str) -> NewFields:
    """Where results go in an index: ``text_norm`` beside ``text``, ``entities`` and ``flags``."""
    return NewFields(f"{field}_norm", "entities", "flags")


def to_bulk(pieces: Iterable[Piece], index: str, options: Options) -> Iterator[Piece]:
    """Rows of JSON as documents of a bulk body, each below a line that puts it into an index.

    A row without the text is a document all the same. What is no JSON object, or too long, is
    left out: a server would refuse the whole body for it.

    Args:
        pieces: From `read_jsonl`, without error rows.
        index: Name of the index.
        options: As in reading; without an id in the row the server makes one.
    """
    for piece in pieces:
        document = piece.document
        if document is None:
            # Blank lines, and the rest of a line that is too long, have no fault.
            row = _object(piece.raw) if piece.fault else None
            row_id = value_at(row, keys_of(options.id_field)) if options.id_field else None
            head = _action_line(index, None if row_id is None else str(row_id))
            yield replace(piece, raw=head + _ended(piece.raw) if row else b"")
        else:
            own = options.id_field and document.id != f"{document.path}:{document.row}"
            yield _below(_action_line(index, document.id if own else None), piece)


def _below(head: bytes, piece: Piece) -> Piece:
    splice, extend = piece.splice, piece.extend
    return replace(
        piece,
        raw=head + _ended(piece.raw),
        splice=splice and (lambda edits: head + _ended(splice(edits))),
        extend=extend and (lambda edits, values: head + _ended(extend(edits, values))),
    )


def _action_line(index: str, row_id: str | None) -> bytes:
    action = {"_index": index} | ({} if row_id is None else {"_id": row_id})
    return (written({"index": action}, "") + "\n").encode()


def _ended(raw: bytes) -> bytes:
    return raw if raw.endswith(b"\n") else raw + b"\n"


def _object(raw: bytes) -> dict[str, Any] | None:
    """The row if it is a JSON object, else None."""
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def read_bulk(file: BinaryIO, path: str, options: Options) -> Iterator[Piece]:
    """One piece a line. What cannot be read passes as it is: an error row would be indexed."""
    options = replace(options, error_rows=False)
    number, action = 0, ""
    while raw := read_line(file, options):
        number += 1
        place = f"{path}: row {number}"
        if is_too_long(raw, options):
            for piece in pass_long_line(file, raw, place, options):
                raw = piece.raw
                yield piece
            if not raw.endswith(b"\n"):
                yield Piece(b"\n")
            action = ""
        elif not action:
            action, piece = _action(_ended(raw), place)
            yield piece
        else:
            yield from _documents(_ended(raw), path, number, action, options)
            action = ""
    if action:
        yield Piece(b"", fault=f"{path}: row {number}: no document follows the action; add it")


def _action(raw: bytes, place: str) -> tuple[str, Piece]:
    """What an action line asks for, empty if no document follows it."""
    if not raw.strip():
        return "", Piece(raw)
    row = _object(raw)
    if row and len(row) == 1:
        (name,) = row
        if name in _WITH_DOCUMENT:
            return name, Piece(raw)
        if name in _WITHOUT:
            return "", Piece(raw)
    known = ", ".join(sorted(_WITH_DOCUMENT | _WITHOUT))
    return "", Piece(raw, fault=f"{place}: is no action line ({known}); correct or delete it")


def _documents(
    raw: bytes, path: str, number: int, action: str, options: Options
) -> Iterator[Piece]:
    """The line below an action; of an update with two documents one piece for each."""
    if action != "update":
        yield read_row(raw, path, number, options)
        return
    holders = _holders(raw, options)
    if not holders:
        # A script, or a change of other fields: nothing to read and nothing wrong.
        yield Piece(raw)
    for holder in holders[:-1]:
        changed = [raw]
        yield _kept_back(read_row(raw, path, number, options, inside=(holder,)), changed)
        raw = changed[-1]
    for holder in holders[-1:]:
        yield read_row(raw, path, number, options, inside=(holder,))


def _kept_back(piece: Piece, changed: list[bytes]) -> Piece:
    """The piece with nothing to write yet: the line as changed by it goes into a list."""

    def splice(edits: Sequence[Edit]) -> bytes:
        changed.append(piece.edited(edits))
        return b""

    def extend(edits: Sequence[Edit], values: Mapping[str, Any]) -> bytes:
        assert piece.extend is not None, "kept only where there is one"
        changed.append(piece.extend(edits, values))
        return b""

    return replace(piece, raw=b"", splice=splice, extend=extend if piece.extend else None)


def _holders(raw: bytes, options: Options) -> list[str]:
    """Where an update holds the text; the first place where it cannot be read at all."""
    row = _object(raw)
    if row is None:
        return ["doc"]
    keys = keys_of(options.field)
    return [one for one in ("doc", "upsert") if isinstance(value_at(row, (one, *keys)), str)]
