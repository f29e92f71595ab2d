"""Which reader for which file. A new format is one module and one row here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from normalizer.documents.jsonl import read_jsonl
from normalizer.documents.parquet import read_parquet
from normalizer.documents.piece import Format
from normalizer.documents.plain import read_plain
from normalizer.documents.tables_csv import read_csv, read_tsv

FORMATS: Mapping[str, Format] = {
    "": read_plain,
    ".csv": read_csv,
    ".jsonl": read_jsonl,
    ".markdown": read_plain,
    ".md": read_plain,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
    ".text": read_plain,
    ".tsv": read_tsv,
    ".txt": read_plain,
}


def format_of(path: str) -> Format | None:
    """The reader for a file by its suffix, None if there is none: such a file is left as it is."""
    return FORMATS.get(PurePath(path).suffix.lower())
