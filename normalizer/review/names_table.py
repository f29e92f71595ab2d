"""Spellings that a reviewer remembered, added to the user's own table of names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from normalizer.errors import DocumentError
from normalizer.review.history import NameRow

# By the first part of an entity's id; a row without a type is taken for a person.
_TYPES = {"per": "person", "geo": "place", "iso": "country", "org": "organisation"}
_COLUMNS = ("canonical", "type", "aliases", "native")


def add_spellings(
    table: bytes, rows: Iterable[NameRow], types: Mapping[str, str]
) -> tuple[bytes, int]:
    """Add spellings to a table; lines that get none come back as they were.

    Args:
        table: The table as CSV in UTF-8; empty for a new one.
        rows: Names with a spelling each.
        types: The type of a name where it is known, for names the table does not have yet.

    Returns:
        The new table, and how many spellings were added: those it had already are not.

    Raises:
        DocumentError: If it is not CSV in UTF-8, or has no column for names or spellings.
    """
    try:
        return _added(table.decode("utf-8"), rows, types)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DocumentError(f"the table of names is not CSV in UTF-8 ({error})") from error


def _added(content: str, rows: Iterable[NameRow], types: Mapping[str, str]) -> tuple[bytes, int]:
    newline = "\r\n" if "\r\n" in content else "\n"
    content = content or ",".join(_COLUMNS) + newline
    lines = list(io.StringIO(content, newline=""))
    reader = csv.reader(lines)
    header = [cell.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}") for cell in next(reader)]
    if not {"canonical", "aliases"} <= set(header):
        raise DocumentError("the table of names has no columns canonical and aliases; add them")
    name_at, aliases_at = header.index("canonical"), header.index("aliases")
    # Each record with the lines it stands on: a quoted cell may go over several.
    written = ["".join(lines[: reader.line_num])]
    cells_of: list[list[str]] = [header]
    start = reader.line_num
    for cells in reader:
        cells_of.append(cells)
        written.append("".join(lines[start : reader.line_num]))
        start = reader.line_num
    place_of = {
        cells[name_at].casefold(): at
        for at, cells in enumerate(cells_of)
        if at and len(cells) > name_at
    }
    added = 0
    for row in rows:
        at = place_of.get(row.canonical.casefold())
        if at is None:
            known = {"canonical": row.canonical, "type": types.get(row.canonical, "")}
            at = place_of[row.canonical.casefold()] = len(written)
            cells_of.append([known.get(column, "") for column in header])
            written[-1] = written[-1].rstrip("\r\n") + newline
            written.append("")
        cells = cells_of[at] = [*cells_of[at], *[""] * (len(header) - len(cells_of[at]))]
        aliases = [alias for alias in cells[aliases_at].split("|") if alias]
        # The bar parts spellings in the table, so that none can hold it.
        if "|" not in row.alias and row.alias.casefold() not in map(str.casefold, aliases):
            cells[aliases_at] = "|".join([*aliases, row.alias])
            written[at] = _line(cells, newline)
            added += 1
    return "".join(written).encode("utf-8"), added


def types_of(findings: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The type of each proposed name, as far as the entity's id tells."""
    types: dict[str, str] = {}
    for finding in findings:
        if finding["entity"] and finding["suggestions"]:
            kind = finding["entity"].partition(":")[0]
            types[finding["suggestions"][0]["text"]] = _TYPES.get(kind, "other")
    return types


def _line(cells: Sequence[str], newline: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=newline).writerow(cells)
    return out.getvalue()
