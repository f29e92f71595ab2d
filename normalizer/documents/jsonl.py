"""JSON lines: one document a row, in one field. All other bytes of a row come back as they were.

A row is not parsed and written again: the string literal of the field is found in the raw line
and only the characters of an edit are replaced in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from normalizer.annotation import Document
from normalizer.documents.piece import Options, Piece
from normalizer.rewrite import Edit

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.S
)


def read_jsonl(file: BinaryIO, path: str, options: Options) -> Iterator[Piece]:
    """One piece a line; a line that cannot be read is a piece with a fault, the others go on."""
    for number, raw in enumerate(file, 1):
        place = f"{path}: row {number}"
        if not raw.strip():
            yield Piece(raw)
            continue
        try:
            yield _row(raw, path, number, options)
        except json.JSONDecodeError as error:
            yield Piece(raw, fault=f"{place}: is not JSON ({error.msg}); correct or delete it")
        except ValueError:
            # Python refuses to read whole numbers of more than some thousand digits.
            yield Piece(raw, fault=f"{place}: holds a number that is too long; shorten it")
        except RecursionError:
            yield Piece(raw, fault=f"{place}: is nested too deep; flatten it")


def _row(raw: bytes, path: str, number: int, options: Options) -> Piece:
    line = raw.decode("utf-8", "surrogateescape")
    row = json.loads(line)
    place = f"{path}: row {number}"
    try:
        raw.decode("utf-8")
        note = ""
    except UnicodeDecodeError as error:
        note = f"{place}: byte {error.start} is not UTF-8, kept as it is; convert the file"
    if not isinstance(row, dict):
        return Piece(raw, fault=f"{place}: is no JSON object; put the text in a field")
    text = row.get(options.field)
    if not isinstance(text, str):
        return Piece(
            raw,
            fault=f"{place}: has no text in field '{options.field}'; name it with --field "
            f"(the row has: {', '.join(map(str, row)) or 'nothing'})",
        )
    row_id = row.get(options.id_field) if options.id_field else None
    start, end = _literal(line, options.field)
    return Piece(
        raw,
        Document(f"{path}:{number}" if row_id is None else str(row_id), text, path, number),
        lambda edits: (line[:start] + _edited(line[start:end], edits) + line[end:]).encode(
            "utf-8", "surrogateescape"
        ),
        lambda span: "".join(_CHARACTER.findall(line[start:end])[span.start : span.end]),
        note=note,
    )


def _literal(line: str, field: str) -> tuple[int, int]:
    """Where the characters of the field's value stand in the line, without the quotes.

    The last one counts where a key comes twice, as for every JSON parser.
    """
    at = _skip(line, _skip(line, 0) + 1)
    found = (0, 0)
    while line[at] == '"':
        key, at = _DECODER.raw_decode(line, at)
        at = _skip(line, _skip(line, at) + 1)
        _, end = _DECODER.raw_decode(line, at)
        if key == field:
            found = (at + 1, end - 1)
        at = _skip(line, end)
        if line[at] == "}":
            break
        at = _skip(line, at + 1)
    return found


def _skip(line: str, at: int) -> int:
    blank = _BLANK.match(line, at)
    return blank.end() if blank else at


def _edited(literal: str, edits: Sequence[Edit]) -> str:
    """The inside of a string literal with edits given in code points of the decoded string."""
    characters = _CHARACTER.findall(literal)
    ascii_only = literal.isascii() and "\\u" in literal
    for edit in sorted(edits, key=lambda one: one.span, reverse=True):
        after = edit.raw_after or json.dumps(edit.after, ensure_ascii=ascii_only)[1:-1]
        characters[edit.span.start : edit.span.end] = [after]
    return "".join(characters)
