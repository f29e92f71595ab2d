"""JSON lines: one document a row, in one field. All other bytes of a row come back as they were.

A row is not parsed and written again: the string literal of the field is found in the raw line
and only the characters of an edit are replaced in it. New fields are put after the others.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO

from normalizer.annotation import Document
from normalizer.documents.json_text import (
    characters_of,
    edited_literal,
    keys_of,
    place_of,
    separators,
    value_at,
    with_value,
    written,
)
from normalizer.documents.piece import Options, Piece
from normalizer.rewrite import Edit

ERROR, RAW = "_error", "_raw"
# Bytes of a line that is too long, taken at a time.
_CHUNK = 1 << 20


def read_jsonl(file: BinaryIO, path: str, options: Options) -> Iterator[Piece]:
    """One piece a line; a line that cannot be read is a piece with a fault, the others go on."""
    number = 0
    while raw := read_line(file, options):
        number += 1
        if is_too_long(raw, options):
            yield from pass_long_line(file, raw, f"{path}: row {number}", options)
        elif raw.strip():
            yield read_row(raw, path, number, options)
        else:
            yield Piece(raw)


def read_line(file: BinaryIO, options: Options) -> bytes:
    """The next line, or the beginning of one that `is_too_long`; empty at the end."""
    return file.readline(options.max_line + 1 if options.max_line else -1)


def is_too_long(raw: bytes, options: Options) -> bool:
    """Whether a line goes on beyond the limit."""
    return 0 < options.max_line < len(raw) and raw[-1:] != b"\n"


def pass_long_line(file: BinaryIO, head: bytes, place: str, options: Options) -> Iterator[Piece]:
    """Hand on a line that is too long to be held, chunk by chunk, with a fault."""
    fault = (
        f"{place}: is longer than {options.max_line} bytes and was not looked at; "
        "raise --max-line or part the text"
    )

    def chunks() -> Iterator[bytes]:
        chunk = head
        while chunk:
            yield chunk
            chunk = b"" if chunk.endswith(b"\n") else file.readline(_CHUNK)

    start = head.decode("ascii", "ignore")
    error = written({ERROR: fault}, start)[:-1].encode()
    if not options.error_rows:
        yield Piece(b"", fault=fault)
        yield from map(Piece, chunks())
    elif head.lstrip()[:1] == b"{":
        brace = head.index(b"{")
        comma = separators(start)[0].encode()
        yield Piece(head[:brace] + error + comma + head[brace + 1 :], fault=fault)
        yield from map(Piece, islice(chunks(), 1, None))
    else:
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        yield Piece(error + f', "{RAW}": "'.encode(), fault=fault)
        end = b""
        for chunk in chunks():
            end = b"\n" if chunk.endswith(b"\n") else b""
            yield Piece(_escaped(decoder.decode(chunk.removesuffix(b"\n"))))
        yield Piece(_escaped(decoder.decode(b"", final=True)) + b'"}' + end)


def read_row(
    raw: bytes, path: str, number: int, options: Options, *, inside: tuple[str, ...] = ()
) -> Piece:
    """One line as a piece, with a fault if it cannot be read.

    Args:
        raw: The line.
        path: For ids and messages.
        number: Its number in the file, from 1.
        options: How to read it.
        inside: Keys of the object in the row that holds the fields, for formats that wrap it.
    """
    line = raw.decode("utf-8", "surrogateescape")
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            fault = "is no JSON object; put the text in a field"
        else:
            fault = _missing(row, inside, options)
            if not fault:
                return _piece(line, row, path, number, inside, options)
    except json.JSONDecodeError as error:
        fault = f"is not JSON ({error.msg}); correct or delete it"
    except ValueError:
        # Python refuses to read whole numbers of more than some thousand digits.
        fault = "holds a number that is too long; shorten it"
    except RecursionError:
        fault = "is nested too deep; flatten it"
    fault = f"{path}: row {number}: {fault}"
    return Piece(_error_row(line, fault) if options.error_rows else raw, fault=fault)


def _missing(row: dict[str, Any], inside: tuple[str, ...], options: Options) -> str:
    """What a row lacks, with the cure; empty if it has all."""
    holder = value_at(row, inside)
    if not isinstance(value_at(holder, keys_of(options.field)), str):
        has = ", ".join(map(str, holder)) if isinstance(holder, dict) else ""
        return (
            f"has no text in field '{options.field}'; name it with --field "
            f"(the row has: {has or 'nothing'})"
        )
    new = options.new
    for field in filter(None, (new.text, new.entities, new.flags)):
        if not isinstance(value_at(holder, keys_of(field)[:-1]), dict):
            return f"has no object to put '{field}' into; name another field"
    return ""


def _piece(
    line: str,
    row: dict[str, Any],
    path: str,
    number: int,
    inside: tuple[str, ...],
    options: Options,
) -> Piece:
    keys = (*inside, *keys_of(options.field))
    found = place_of(line, keys)
    assert found is not None, "a value that was parsed stands somewhere"
    start, end = found[0] + 1, found[1] - 1
    literal = line[start:end]
    row_id = value_at(row, (*inside, *keys_of(options.id_field))) if options.id_field else None

    def splice(edits: Sequence[Edit]) -> bytes:
        return _encoded(line[:start] + edited_literal(literal, edits) + line[end:])

    def extend(edits: Sequence[Edit], values: Mapping[str, Any]) -> bytes:
        text = edited_literal(literal, edits)
        new = line if options.new.text else line[:start] + text + line[end:]
        if options.new.text:
            new = with_value(new, (*inside, *keys_of(options.new.text)), f'"{text}"')
        for field, value in values.items():
            new = with_value(new, (*inside, *keys_of(field)), written(value, line))
        return _encoded(new)

    name = f"{path}:{number}" if row_id is None else str(row_id)
    return Piece(
        _encoded(line),
        Document(name, value_at(row, keys), path, number),
        splice,
        lambda span: "".join(characters_of(literal)[span.start : span.end]),
        note=_stray(line, f"{path}: row {number}"),
        extend=extend if options.new else None,
    )


def _stray(line: str, place: str) -> str:
    """What to say of bytes that are not UTF-8; empty where all are."""
    try:
        line.encode()
    except UnicodeEncodeError as error:
        at = len(_encoded(line[: error.start]))
        return f"{place}: byte {at} is not UTF-8, kept as it is; convert the file"
    return ""


def _error_row(line: str, fault: str) -> bytes:
    """The row with the fault in it; a line that is no object is put into one, whole."""
    try:
        is_object = isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        is_object = False
    if is_object:
        return _encoded(with_value(line, (ERROR,), written(fault, line)))
    bare = line.rstrip("\r\n")
    return _encoded(written({ERROR: fault, RAW: bare}, "") + line[len(bare) :])


def _escaped(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape")
