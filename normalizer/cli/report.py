"""The command that makes a web page of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from normalizer.cli.console import show_faults
from normalizer.cli.options import knowledge_options, open_base, options_of, reading_options
from normalizer.cli.program import BAD_INPUT, examples, main
from normalizer.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from normalizer.annotation import Entity
    from normalizer.names.knowledge import Knowledge
    from normalizer.report.contents import Contents

# What a pipe is called as a file; reports are read by path.
STDIN = Path("/dev/stdin")


@main.command(
    help="Make one web page of a report: entities, names in context, flags and changes.\n\n"
    "REPORT is the report.jsonl of run, or what check --format jsonl printed (- is standard "
    "input). INPUTS are the originals; without them the page has no contexts. The page opens "
    "from disk and loads nothing from a network.\n\n"
    + examples(
        "normalizer report out/report.jsonl news/ -o report.html",
        "normalizer check --format jsonl news/ | normalizer report - news/ -o findings.html",
    )
)
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="The page to write."
)
@click.option("--title", default="Normalizer report", show_default=True, help="Its heading.")
@reading_options
@knowledge_options
def report(report: Path, inputs: Sequence[Path], out: Path, title: str, **rest: Any) -> int:
    """See the help text above."""
    from normalizer.report.page import page
    from normalizer.sources import atomic_write

    contents, files = read_with_texts(report, inputs, rest)
    refuse_input(out, [report, *files])
    made = page(contents, entities_of(contents, open_base(rest)), title)
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(out) as file:
            file.write(made.encode())
    show_faults((), contents.notes)
    return BAD_INPUT if contents.notes else 0


def read_with_texts(
    report: Path, inputs: Sequence[Path], rest: dict[str, Any]
) -> tuple[Contents, list[Path]]:
    """A report with the texts of its originals, where they are given, and their files."""
    from normalizer.report.contents import read_contents, with_texts
    from normalizer.review.texts import Texts
    from normalizer.sources import collect

    contents = read_contents(STDIN if str(report) == "-" else report)
    if not inputs:
        return contents, []
    files = {one.path: one.file for one in collect(inputs) if not one.fault}
    return with_texts(contents, Texts(files, options_of(rest))), list(files.values())


def refuse_input(out: Path, inputs: Sequence[Path]) -> None:
    """Refuse to write over what is read.

    Raises:
        UsageError: If the output is one of the inputs, or a folder.
    """
    if out.is_dir():
        raise UsageError(f"{out}: is a folder; name a file")
    if out.resolve() in {one.resolve() for one in inputs}:
        raise UsageError(f"{out}: is read by this command; write to another file")


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Tell in one line why an output cannot be written.

    Raises:
        DocumentError: If it cannot.
    """
    try:
        yield
    except OSError as error:
        raise DocumentError(
            f"{out}: cannot be written ({error.strerror}); make room or choose another place"
        ) from error


def entities_of(contents: Contents, base: Knowledge) -> dict[str, Entity]:
    """The entities a report names, as the tables know them."""
    from normalizer.annotation import Entity

    ids = {one.entity for document in contents.documents for one in document.findings}
    return {
        id_: Entity(id_, known.type, known.canonical)
        for id_ in sorted(ids)
        if (known := base.entity(id_))
    }
