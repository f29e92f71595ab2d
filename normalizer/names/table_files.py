"""How files of tables are read: TOML and CSV in, every fault noted with its place, none raised.

A reader of tables goes on after a fault, so that a person sees all of them at once.
"""

from __future__ import annotations

import csv
import io
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from normalizer.errors import TableError

# A cell longer than this is a broken quote, not a name; the csv module would read the rest of
# the file into it.
MAX_CELL = 2_000


class Faults:
    """Collects what is wrong, then raises once."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, place: object, fault: str) -> None:
        """Note one fault at a place: a file, or a file and row."""
        self._lines.append(f"{place}: {fault}")

    def raise_if_any(self) -> None:
        """Raise a `TableError` that lists every fault noted so far."""
        if self._lines:
            raise TableError("\n".join(self._lines))


def read_toml(path: Path, faults: Faults) -> dict[str, Any]:
    """A TOML file; empty with a fault noted where it cannot be read."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        faults.add(path.name, f"cannot be read ({error.strerror}); check the path")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.add(path.name, f"is not TOML: {error}")
    return {}


def read_csv(
    path: Path, columns: Iterable[str], faults: Faults, required: Iterable[str] | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows with their place; missing optional columns are empty, unknown ones are faults."""
    columns = tuple(columns)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        faults.add(path.name, f"cannot be read ({error.strerror}); check the path")
        return
    except UnicodeDecodeError as error:
        faults.add(path.name, f"is not UTF-8 (byte {error.start}); save it as UTF-8")
        return
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = next(reader, [])
        missing = set(columns if required is None else required) - set(header)
        unknown = set(header) - set(columns)
        if missing or unknown:
            fault = "; ".join(
                f"{word} column {', '.join(sorted(names))}"
                for word, names in (("lacks", missing), ("unknown", unknown))
                if names
            )
            faults.add(f"{path.name}: row 1", f"{fault}; the header is {','.join(columns)}")
            return
        refuse_repeats(header, f"{path.name}: row 1", "column", faults)
        for cells in reader:
            place = f"{path.name}: row {reader.line_num}"
            if not cells:
                continue
            if len(cells) != len(header):
                faults.add(place, f"{len(cells)} cells, the header has {len(header)}; quote commas")
                continue
            if max(map(len, cells)) > MAX_CELL:
                faults.add(place, f"a cell of more than {MAX_CELL} characters; close its quote")
                continue
            row = dict.fromkeys(columns, "") | dict(zip(header, cells, strict=True))
            yield place, {key: unicodedata.normalize("NFC", cell) for key, cell in row.items()}
    except csv.Error as error:
        faults.add(f"{path.name}: row {reader.line_num}", f"is not CSV: {error}")


def refuse_unknown(raw: Mapping[str, Any], known: set[str], place: str, faults: Faults) -> None:
    """Note the fields that nobody reads."""
    if unknown := set(raw) - known:
        faults.add(place, f"unknown field {', '.join(sorted(unknown))}; known: {sorted(known)}")


def tables_under(
    table: Mapping[str, Any], key: str, place: str, faults: Faults
) -> list[dict[str, Any]]:
    """The ``[[key]]`` tables of a file; anything else under that key is a fault."""
    array = table.get(key, [])
    if isinstance(array, list) and all(isinstance(one, dict) for one in array):
        return array
    faults.add(place, f"'{key}' is no list of tables; head each of them with [[{key}]]")
    return []


def lacks(raw: Mapping[str, Any], keys: Iterable[str], place: str, faults: Faults) -> bool:
    """Whether a field is missing without which the rest cannot be read."""
    missing = [key for key in keys if key not in raw]
    for key in missing:
        faults.add(place, f"lacks '{key}'; add it")
    return bool(missing)


def refuse_repeats(keys: Iterable[str], place: str, word: str, faults: Faults) -> None:
    """Note the keys that stand there twice; ``word`` says what they are."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            faults.add(place, f"{word} '{key}' is there twice; keep one")
        seen.add(key)
