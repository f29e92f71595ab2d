"""The command for streams: pipe."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from normalizer.cli.console import MAX_LINES
from normalizer.cli.options import (
    knowledge_options,
    open_base,
    options_of,
    score_options,
    settings_of,
)
from normalizer.cli.program import BAD_INPUT, examples, main
from normalizer.errors import UsageError

if TYPE_CHECKING:
    from normalizer.documents.piece import Format, Options, Piece

BULK = "es-bulk"
# Articles are shorter by a factor of ten; what is longer is a dump in one line.
MAX_LINE = 16_000_000


@main.command(
    help="Read standard input, write it normalized to standard output.\n\n"
    "Each text by itself, in order, a line out for a line in. Rows keep everything that is not "
    "asked for byte for byte. A row that cannot be read is told on standard error and comes out "
    "with an _error in it (jsonl) or as it is; exit code 3 then.\n\n"
    + examples(
        "cat story.txt | normalizer pipe",
        "normalizer pipe --field body < rows.jsonl > normalized.jsonl",
        "normalizer pipe --out-field text_norm --entities-field entities < rows.jsonl",
        "normalizer pipe --to es-bulk --index news --id-field id < rows.jsonl > bulk.ndjson",
        "normalizer pipe --from csv --field headline < news.csv > normalized.csv",
    )
)
@click.option(
    "--from",
    "source",
    type=click.Choice(["text", "jsonl", "csv", "tsv", "parquet", BULK]),
    help="What the input is [text; jsonl where a field is named].",
)
@click.option("--jsonl", is_flag=True, help="Short for --from jsonl.")
@click.option("--to", type=click.Choice([BULK]), help="Write jsonl rows as a bulk body.")
@click.option("--index", default="", help="Index that a bulk body goes into.")
@click.option(
    "--field", help="Field or column of the text [text]; /a/b is a JSON pointer into the row."
)
@click.option("--id-field", default="", help="Id field of a row; else file and line.")
@click.option(
    "--out-field", default="", help="Put the normalized text here and leave the text alone."
)
@click.option("--entities-field", default="", help="Put the names found here, with entity ids.")
@click.option("--flags-field", default="", help="Look for glitches too and put them here.")
@click.option(
    "--flags/--no-flags", default=True, show_default=True, help="Flags in a bulk body or not."
)
@click.option("--strict", is_flag=True, help="Stop at the first row that cannot be read.")
@click.option(
    "--max-line",
    type=click.IntRange(min=100),
    default=MAX_LINE,
    show_default=True,
    metavar="BYTES",
    help="Pass longer rows on without looking at them.",
)
@click.option(
    "--encoding",
    default="utf-8",
    show_default=True,
    help="Encoding of text and tables without a byte order mark.",
)
@score_options
@knowledge_options
def pipe(**rest: Any) -> int:
    """See the help text above."""
    from normalizer.stream import Stream

    source = _source(rest)
    options = _options(rest, source)
    stream = Stream(
        open_base(rest),
        settings_of(rest | {"flags": bool(options.new.flags), "siblings": "off"}),
        options.new,
        ids_only=BULK in (source, rest["to"]),
        strict=rest["strict"],
    )
    faults, notes = _Told("error"), _Told("note")
    out = sys.stdout.buffer
    usual = gc.get_threshold()
    # Rows leave no cycles behind; looking for some after every few rows takes a tenth of the time.
    gc.set_threshold(100_000)
    try:
        for written in stream.normalize(_pieces(rest, source, options)):
            out.write(written.raw)
            out.flush()
            faults.tell(written.fault)
            notes.tell(written.note)
    finally:
        gc.set_threshold(*usual)
        notes.tell_rest()
        faults.tell_rest()
    return BAD_INPUT if faults.count else 0


class _Told:
    """Messages on standard error, the first ones as they come, then how many more there were."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.count = 0

    def tell(self, message: str) -> None:
        from normalizer.report.safe_text import safe_text

        if message:
            self.count += 1
            if self.count <= MAX_LINES:
                click.echo(f"{self.word}: {safe_text(message)}", err=True)

    def tell_rest(self) -> None:
        if self.count > MAX_LINES:
            click.echo(f"{self.word}: {self.count - MAX_LINES} more like these", err=True)


def _source(rest: dict[str, Any]) -> str:
    """What the input is, by what is said and by what is asked for.

    Raises:
        UsageError: If one option contradicts another.
    """
    named = [name for name in ("field", "out_field", "entities_field", "flags_field") if rest[name]]
    rows = rest["jsonl"] or named or rest["to"]
    source: str = rest["source"] or ("jsonl" if rows else "text")
    if rest["jsonl"] and source != "jsonl":
        raise UsageError(f"--jsonl and --from {source} are two things; take one of them")
    if source == "text" and named:
        option = named[0].replace("_", "-")
        raise UsageError(f"--{option} is for rows and --from text has none; leave one of them out")
    if rest["to"] and source not in ("jsonl", BULK):
        raise UsageError(f"--to {BULK} is made from jsonl rows, not from {source}")
    if rest["to"] and source == "jsonl" and not rest["index"]:
        raise UsageError(f"--to {BULK} needs the name of an index; give it with --index")
    if rest["index"] and not (rest["to"] and source == "jsonl"):
        raise UsageError(f"--index names the index of --to {BULK}; leave it out or add --to {BULK}")
    return source


def _options(rest: dict[str, Any], source: str) -> Options:
    from dataclasses import replace

    from normalizer.documents import bulk
    from normalizer.documents.piece import NewFields

    field = rest["field"] or "text"
    new = NewFields(rest["out_field"], rest["entities_field"], rest["flags_field"])
    if BULK in (source, rest["to"]):
        usual = bulk.new_fields(field)
        new = NewFields(
            new.text or usual.text,
            new.entities or usual.entities,
            (new.flags or usual.flags) if rest["flags"] else "",
        )
    names = [name for name in (new.text, new.entities, new.flags) if name]
    if len({*names}) < len(names) or {new.entities, new.flags} & {field}:
        raise UsageError("two results cannot go into one field; name different fields")
    return replace(
        options_of(rest | {"field": field}),
        new=new,
        required=True,
        max_line=rest["max_line"],
        error_rows=source == "jsonl" and not rest["to"],
    )


def _pieces(rest: dict[str, Any], source: str, options: Options) -> Iterator[Piece]:
    from normalizer.documents import bulk

    pieces = _reader(source)(sys.stdin.buffer, "standard input", options)
    return bulk.to_bulk(pieces, rest["index"], options) if rest["index"] else pieces


def _reader(source: str) -> Format:
    from normalizer.documents.bulk import read_bulk
    from normalizer.documents.jsonl import read_jsonl
    from normalizer.documents.parquet import read_parquet
    from normalizer.documents.plain import read_plain
    from normalizer.documents.tables_csv import read_csv, read_tsv

    readers: dict[str, Format] = {
        "text": read_plain,
        "jsonl": read_jsonl,
        "csv": read_csv,
        "tsv": read_tsv,
        "parquet": read_parquet,
        BULK: read_bulk,
    }
    return readers[source]
