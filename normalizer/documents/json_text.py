"""Places in a line of JSON: what is changed or added there leaves all other characters alone.

A parser forgets how numbers, escapes and spaces were written. So a row is parsed to be understood,
and then changed by its characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from normalizer.rewrite import Edit

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.S
)
# An object whose first key is parted from its value by a space.
_SPACED = re.compile(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s')


def keys_of(field: str) -> tuple[str, ...]:
    """The keys that lead to a field: a JSON pointer (RFC 6901), or one key of the row itself.

    A key of the row that begins with a slash is written as a pointer: ``/~1key``.
    """
    if not field.startswith("/"):
        return (field,)
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in field[1:].split("/"))


def value_at(row: Any, keys: Sequence[str]) -> Any:
    """The value that keys lead to in parsed JSON, None where there is none."""
    for key in keys:
        if isinstance(row, dict):
            row = row.get(key)
        elif isinstance(row, list) and _is_index(key) and int(key) < len(row):
            row = row[int(key)]
        else:
            return None
    return row


def place_of(line: str, keys: Sequence[str]) -> tuple[int, int] | None:
    """Where the value that keys lead to stands in a line of valid JSON, None if nowhere.

    The last one counts where a key comes twice, as for every JSON parser.
    """
    start = _skip(line, 0)
    end = len(line.rstrip(" \t\r\n"))
    for key in keys:
        inside = [place for name, *place in _members(line, start) if name == key]
        if not inside:
            return None
        start, end = inside[-1]
    return start, end


def with_value(line: str, keys: Sequence[str], value: str) -> str:
    """The line with a value, given as JSON, set in an object: in place of the old one, or last.

    Raises:
        LookupError: If there is no object to put it into.
    """
    place = place_of(line, keys)
    if place:
        return line[: place[0]] + value + line[place[1] :]
    around = place_of(line, keys[:-1])
    if around is None or line[around[0]] != "{":
        raise LookupError("/".join(keys[:-1]))
    last = around[1] - 1
    blank = len(line[:last]) - len(line[:last].rstrip(" \t\r\n"))
    empty = line[last - blank - 1] == "{"
    comma, colon = separators(line)
    member = f"{'' if empty else comma}{written(keys[-1], line)}{colon}{value}"
    return line[: last - blank] + member + line[last - blank :]


def written(value: Any, line: str) -> str:
    """A value as JSON, escaped and spaced as the line it goes into writes its own."""
    marks = separators(line)
    text = json.dumps(value, ensure_ascii=_escapes(line), separators=marks)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, or a byte that is not UTF-8, has no other form in JSON.
        return json.dumps(value, separators=marks)
    return text


def edited_literal(literal: str, edits: Sequence[Edit]) -> str:
    """The inside of a string literal with edits given in code points of the decoded string."""
    if not edits:
        return literal
    ascii_only = _escapes(literal)
    # Without an escape each code point is written as itself, and a long text need not be taken
    # apart.
    characters = characters_of(literal) if "\\" in literal else literal
    pieces: list[str] = []
    end = 0
    for edit in sorted(edits, key=lambda one: one.span):
        pieces.append("".join(characters[end : edit.span.start]))
        pieces.append(edit.raw_after or json.dumps(edit.after, ensure_ascii=ascii_only)[1:-1])
        end = edit.span.end
    pieces.append("".join(characters[end:]))
    return "".join(pieces)


def characters_of(literal: str) -> list[str]:
    """How each code point of a string is written in its literal."""
    return _CHARACTER.findall(literal)


def separators(line: str) -> tuple[str, str]:
    """Comma and colon as the line writes them."""
    compact = line.lstrip()[:1] == "{" and not _SPACED.match(line)
    return (",", ":") if compact else (", ", ": ")


def _escapes(text: str) -> bool:
    return text.isascii() and "\\u" in text


def _members(line: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Keys, or indexes, of the object or array that begins at a place, with their values' places.

    Nothing for a value of another kind.
    """
    if line[at] not in "{[":
        return
    array = line[at] == "["
    at = _skip(line, at + 1)
    number = 0
    while line[at] not in "}]":
        if array:
            key, number = str(number), number + 1
        else:
            key, at = _DECODER.raw_decode(line, at)
            at = _skip(line, _skip(line, at) + 1)
        _, end = _DECODER.raw_decode(line, at)
        yield key, at, end
        at = _skip(line, end)
        if line[at] == ",":
            at = _skip(line, at + 1)


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and (key == "0" or key[0] != "0")


def _skip(line: str, at: int) -> int:
    blank = _BLANK.match(line, at)
    return blank.end() if blank else at
