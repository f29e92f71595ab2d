"""Commands that hand findings to other tools, and take reviews made there back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from normalizer.cli.console import show_faults
from normalizer.cli.export import export
from normalizer.cli.options import knowledge_options, open_base, reading_options
from normalizer.cli.program import BAD_INPUT, examples, main
from normalizer.cli.report import entities_of, read_with_texts, refuse_input, writing
from normalizer.errors import UsageError

# As in `normalizer.export.findings_formats`, which a start-up need not load; a test compares.
EXPORTED = "brat conll doccano label-studio prodigy sarif tei web-annotation".split()
IMPORTED = "brat doccano label-studio prodigy".split()


@export.command(
    name="findings",
    help="Write findings for the review or display in another tool.\n\n"
    "REPORT is the report.jsonl of run, or what check --format jsonl printed (- is standard "
    "input); INPUTS are the originals. brat and tei are folders, the others files.\n\n"
    + examples(
        "normalizer export findings out/report.jsonl news/ --to label-studio -o tasks.json",
        "normalizer export findings out/report.jsonl news/ --to brat -o brat/",
        "normalizer check --format jsonl news/ | normalizer export findings - news/ --to sarif",
    ),
)
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--to", "form", required=True, type=click.Choice(EXPORTED), help="The format.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="File or folder to write [stdout]."
)
@reading_options
@knowledge_options
def findings(report: Path, inputs: Sequence[Path], form: str, out: Path | None, **rest: Any) -> int:
    """See the help text above."""
    from normalizer import __version__
    from normalizer.export.exchange import Export
    from normalizer.export.findings_formats import FORMATS
    from normalizer.export.folder import write_folder
    from normalizer.sources import atomic_write

    chosen = FORMATS[form]
    if chosen.folder and out is None:
        raise UsageError(f"{form} is a folder of files; name it with -o")
    if chosen.needs_texts and not inputs:
        raise UsageError(f"{form} needs the texts; give the originals after the report")
    contents, files = read_with_texts(report, inputs, rest)
    content = chosen.write(
        Export(contents.documents, entities_of(contents, open_base(rest)), __version__)
    )
    if out is None:
        for _, text in content:
            sys.stdout.buffer.write(text.encode())
    elif chosen.folder:
        with writing(out):
            write_folder(out, content)
    else:
        refuse_input(out, [report, *files])
        with writing(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(out) as file:
                for _, text in content:
                    file.write(text.encode())
    show_faults((), contents.notes)
    return BAD_INPUT if contents.notes else 0


@main.command(
    name="import",
    help="Take reviews made in another tool into a decisions file.\n\n"
    "FILE is what the tool exported (of brat the folder). Without -d the decisions are printed, "
    "one a line. What a reviewer did already is not added again.\n\n"
    + examples(
        "normalizer import --from label-studio project-1.json -d decisions.jsonl",
        "normalizer import --from brat brat/ --kept accept --reviewer ana -d decisions.jsonl",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "form", required=True, type=click.Choice(IMPORTED), help="The format.")
@click.option(
    "-d", "--decisions", type=click.Path(path_type=Path), help="Decisions file to add to [stdout]."
)
@click.option("--reviewer", help="Who reviewed, where the tool does not tell [the format].")
@click.option(
    "--kept",
    type=click.Choice(["undecided", "accept"]),
    default="undecided",
    show_default=True,
    help="What a span means that came back as it was sent (brat, doccano).",
)
def import_(file: Path, form: str, decisions: Path | None, reviewer: str | None, kept: str) -> int:
    """See the help text above."""
    from datetime import UTC, datetime

    from normalizer.export.findings_formats import read_returned
    from normalizer.export.imported import import_reviews
    from normalizer.review.decisions_file import append_rulings, read_decisions
    from normalizer.review.rulings import ruling_line

    if not file.exists():
        raise UsageError(f"{file}: does not exist; check the path")
    earlier = read_decisions(decisions, missing_ok=True) if decisions else None
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    done = import_reviews(
        read_returned(file, form, finished=kept == "accept"),
        earlier.rulings if earlier else (),
        by=reviewer or form,
        at=now,
    )
    if decisions and done.rulings:
        append_rulings(decisions, done.rulings)
    elif not decisions:
        for ruling in done.rulings:
            click.echo(ruling_line(ruling), nl=False)
    faults = [*(earlier.faults if earlier else ()), *done.faults]
    show_faults(faults, [*(earlier.notes if earlier else ()), *done.notes])
    counts = done.counts
    click.echo(
        f"{len(done.rulings)} decision{'s' * (len(done.rulings) != 1)}: "
        f"{counts['accept']} accepted, {counts['reject']} rejected, "
        f"{counts['edit']} changed, {counts['unsure']} unsure; {done.known} known already, "
        f"{done.untouched} without an answer",
        err=True,
    )
    if decisions and done.rulings:
        click.echo(
            f"to write them: normalizer apply --decisions {decisions} REPORT INPUT -o FOLDER",
            err=True,
        )
    return BAD_INPUT if faults else 0
