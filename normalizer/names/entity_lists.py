"""The user's own entities: what one is, and how a list of them is read from TSV, CSV or JSONL."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from normalizer.errors import TableError

# A longer field is a broken file, not a name.
_MAX_NAME = 2_000


@dataclass(frozen=True, slots=True)
class MatchEntity:
    """One entity of the user's list.

    Attributes:
        id: Unique in the list.
        name: The spelling the list uses.
        type: ``person``/``PER``, ``place``/``LOC``; anything else is another thing, empty a person.
        native: The name in its own script, if known.
        lang: BCP 47 code of the native name's language.
        aliases: Further spellings.
    """

    id: str
    name: str
    type: str = ""
    native: str = ""
    lang: str = ""
    aliases: tuple[str, ...] = ()


def read_entities(path: Path) -> list[MatchEntity]:
    """Read a list of entities from TSV, CSV or JSONL (by the name's ending).

    Columns or keys: ``id`` and ``name``; optional ``type``, ``native``, ``lang`` and ``aliases``
    (parted by ``|``, in JSONL a list). Others are ignored.

    Raises:
        TableError: All faults at once, each with file and row.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    faults: list[str] = []
    entities: list[MatchEntity] = []
    row_of_id: dict[str, int] = {}
    rows = _json_rows if path.suffix.casefold() in {".jsonl", ".ndjson"} else _table_rows
    for number, row in rows(text, path, faults):
        name, id = row.get("name", "").strip(), row.get("id", "").strip()
        if not id:
            faults.append(f"{path}: row {number}: no id")
        elif not name:
            faults.append(f"{path}: row {number}: {id}: no name")
        elif len(name) > _MAX_NAME:
            faults.append(f"{path}: row {number}: {id}: name of {len(name)} characters")
        elif id in row_of_id:
            faults.append(f"{path}: row {number}: id {id!r} again, first in row {row_of_id[id]}")
        else:
            row_of_id[id] = number
            aliases = tuple(a.strip() for a in row.get("aliases", "").split("|") if a.strip())
            entities.append(
                MatchEntity(
                    id,
                    name,
                    row.get("type", "").strip(),
                    row.get("native", "").strip(),
                    row.get("lang", "").strip(),
                    aliases,
                )
            )
    if faults:
        shown = faults[:20] + ([f"and {len(faults) - 20} more"] if len(faults) > 20 else [])
        raise TableError("\n".join(shown))
    return entities


def _table_rows(text: str, path: Path, faults: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their line number; a TSV has no quoting."""
    lines = text.splitlines()
    if not lines:
        faults.append(f"{path}: empty; wants a header with at least id and name")
        return
    if path.suffix.casefold() == ".csv":
        reader = csv.reader(io.StringIO(text))
        table = ((reader.line_num, cells) for cells in reader)
    else:
        table = ((number, line.split("\t")) for number, line in enumerate(text.split("\n"), 1))
    _, header = next(table)
    header = [cell.strip() for cell in header]
    if not {"id", "name"} <= set(header):
        faults.append(f"{path}: row 1: header {header!r} wants id and name")
        return
    for number, raw in table:
        cells = [cell.rstrip("\r") for cell in raw]
        if any(cells):
            if len(cells) > len(header):
                faults.append(f"{path}: row {number}: {len(cells)} cells, {len(header)} columns")
            yield number, dict(zip(header, cells, strict=False))


def _json_rows(text: str, path: Path, faults: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            faults.append(f"{path}: row {number}: not JSON: {error}")
            continue
        if not isinstance(row, dict):
            faults.append(f"{path}: row {number}: not a JSON object")
            continue
        aliases = row.get("aliases", [])
        listed = aliases if isinstance(aliases, list) else [aliases]
        cells = {key: str(value) for key, value in row.items() if isinstance(value, str | int)}
        cells["aliases"] = "|".join(str(alias) for alias in listed)
        yield number, cells


def check_entities(entities: Sequence[MatchEntity]) -> None:
    """Refuse a list with an entity without a name, or with one id twice.

    Raises:
        TableError: The first twenty faults.
    """
    faults = []
    seen: set[str] = set()
    for number, entity in enumerate(entities, 1):
        if not entity.name.strip():
            faults.append(f"entity {number}: {entity.id!r}: no name")
        if entity.id in seen:
            faults.append(f"entity {number}: id {entity.id!r} again")
        seen.add(entity.id)
    if faults:
        raise TableError("\n".join(faults[:20]))
