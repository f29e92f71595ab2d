"""Commands on files and folders: run, check, pipe, apply."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from normalizer.cli.console import progress_bar, show_faults, summary_lines
from normalizer.cli.options import (
    knowledge_options,
    level_options,
    open_base,
    options_of,
    reading_options,
    settings_of,
)
from normalizer.cli.program import BAD_INPUT, FOUND, examples, main
from normalizer.errors import UsageError


@main.command(
    help="Write a normalized copy of files or folders, and a report to replay or undo it.\n\n"
    + examples(
        "normalizer run examples/news -o out",
        "normalizer run archive/ -o clean/ --names house-names.csv --style Kiev",
        "normalizer run rows.jsonl -o out --field body --id-field url",
    )
)
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder to write into."
)
@click.option("--report", type=click.Path(path_type=Path), help="Report file [OUT/report.jsonl].")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Processes [as many as are worth it].")
@click.option(
    "--fix",
    default="",
    metavar="CATEGORIES",
    help="Also write the suggestions of these flags, such as junk,punctuation.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress bar and no summary.")
@reading_options
@level_options
@knowledge_options
def run(
    inputs: Sequence[Path],
    out: Path,
    report: Path | None,
    jobs: int | None,
    quiet: bool,
    **rest: Any,
) -> int:
    """See the help text above."""
    from normalizer import corpus

    sources = corpus.collect(inputs, out)
    settings, options = settings_of(rest), options_of(rest)
    with progress_bar(sources, quiet) as progress:
        summary = corpus.run(
            sources,
            open_base(rest),
            out,
            settings=settings,
            options=options,
            report=report,
            jobs=jobs,
            progress=progress,
        )
    if not quiet:
        for line in summary_lines(summary, out, report or out / corpus.REPORT_NAME):
            click.echo(line, err=True)
    else:
        show_faults(summary.faults, summary.notes)
    return BAD_INPUT if summary.faults else 0


@main.command(
    help="List findings and change nothing. Exit code 1 when there are any.\n\n"
    + examples(
        "normalizer check news/",
        "normalizer check news/ --format jsonl > findings.jsonl",
        "normalizer check --diff story.txt",
    )
)
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="Lines for people or for programs.",
)
@click.option("--diff", is_flag=True, help="Show what would change as a unified diff.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Processes [as many as are worth it].")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
@reading_options
@level_options
@knowledge_options
def check(
    inputs: Sequence[Path], form: str, diff: bool, jobs: int | None, quiet: bool, **rest: Any
) -> int:
    """See the help text above."""
    from normalizer import corpus
    from normalizer.report import listing
    from normalizer.report.findings import to_line

    if diff and form == "jsonl":
        raise UsageError("--diff is for people and --format jsonl for programs; take one of them")
    sources = corpus.collect(inputs)
    found = False
    faults: list[str] = []
    notes: list[str] = []
    with progress_bar(sources, quiet) as progress:
        outcomes = corpus.examine(
            sources,
            open_base(rest),
            settings=settings_of(rest),
            options=options_of(rest),
            jobs=jobs,
            keep_reports=diff or form == "text",
            progress=progress,
        )
        for outcome in outcomes:
            found = found or bool(outcome.findings)
            faults += outcome.faults
            notes += outcome.notes
            if form == "jsonl":
                for record in outcome.findings:
                    click.echo(to_line(record), nl=False)
            for report in outcome.reports:
                for line in (listing.diff if diff else listing.findings)(report):
                    click.echo(line)
    show_faults(faults, notes)
    return BAD_INPUT if faults else FOUND if found else 0


@main.command(
    help="Read standard input, write it normalized to standard output.\n\n"
    + examples(
        "cat story.txt | normalizer pipe",
        "normalizer pipe --jsonl --field body < rows.jsonl > normalized.jsonl",
    )
)
@click.option("--jsonl", is_flag=True, help="The input is JSON lines; --field names the text.")
@reading_options
@level_options
@knowledge_options
def pipe(jsonl: bool, **rest: Any) -> int:
    """See the help text above."""
    from dataclasses import replace

    from normalizer.documents.jsonl import read_jsonl
    from normalizer.documents.plain import read_plain
    from normalizer.pipeline import normalize
    from normalizer.rewrite import edits_of

    options, knowledge = options_of(rest), open_base(rest)
    settings = replace(settings_of(rest), flags=False)
    reader = read_jsonl if jsonl else read_plain
    faults: list[str] = []
    notes: list[str] = []
    out = sys.stdout.buffer
    for piece in reader(sys.stdin.buffer, "standard input", options):
        if piece.fault:
            faults.append(piece.fault)
        if piece.note:
            notes.append(piece.note)
        edits = (
            edits_of(normalize(piece.document, knowledge, settings=settings).decisions)
            if piece.document
            else []
        )
        out.write(piece.edited(edits))
        out.flush()
    show_faults(faults, notes)
    return BAD_INPUT if faults else 0


@main.command(
    help="Write the tree a report describes from its originals, or undo it.\n\n"
    + examples(
        "normalizer apply out/report.jsonl news/ -o again/",
        "normalizer apply --undo out/report.jsonl out/ -o originals/",
    )
)
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder to write into."
)
@click.option("--undo", is_flag=True, help="Take the edits of the report back.")
@reading_options
def apply(report: Path, inputs: Sequence[Path], out: Path, undo: bool, **rest: Any) -> int:
    """See the help text above."""
    from normalizer import corpus

    done = corpus.replay(report, inputs, out, undo=undo, options=options_of(rest))
    click.echo(f"{done} edits {'undone' if undo else 'applied'} into {out}", err=True)
    return 0
