"""Commands on decisions files: merge, list."""

from __future__ import annotations

from pathlib import Path

import click

from normalizer.cli.console import show_faults
from normalizer.cli.program import BAD_INPUT, FOUND, examples, main


@main.group(help="About files of review decisions.")
def decisions() -> None:
    """See the help text above."""


@decisions.command(
    help="Put the decisions of two reviewers together; list where they differ.\n\n"
    "A conflict is a finding that both answered, each otherwise, and neither with the other's "
    "answer in view. In the merged file the later answer holds. Exit code 1 when there are "
    "conflicts.\n\n"
    + examples(
        "normalizer decisions merge ana.jsonl ben.jsonl",
        "normalizer decisions merge ana.jsonl ben.jsonl -o both.jsonl --findings out/report.jsonl",
    )
)
@click.argument("left", type=click.Path(path_type=Path))
@click.argument("right", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="New file for the decisions of both."
)
@click.option(
    "--findings",
    type=click.Path(path_type=Path),
    help="Report or findings that were reviewed: decisions on many findings count each of them.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="Conflicts as lines for people or for programs.",
)
def merge(left: Path, right: Path, out: Path | None, findings: Path | None, form: str) -> int:
    """See the help text above."""
    from normalizer.report.findings import read_report, to_line
    from normalizer.review import agreement, listing
    from normalizer.review.decisions_file import read_decisions, write_decisions

    readings = [read_decisions(path) for path in (left, right)]
    reviewed = None
    if findings:
        reviewed = [one for one in read_report(findings) if one["record"] == "finding"]
    merged = agreement.merge(readings[0].entries, readings[1].entries, reviewed)
    if out:
        write_decisions(out, merged.entries)
    for conflict in merged.conflicts:
        if form == "jsonl":
            click.echo(to_line(listing.conflict_record(conflict)), nl=False)
        else:
            click.echo(listing.conflict_line(conflict))
    faults = [fault for reading in readings for fault in reading.faults]
    show_faults(faults, [note for reading in readings for note in reading.notes])
    for line in listing.merge_lines(merged):
        click.echo(line, err=True)
    return BAD_INPUT if faults else FOUND if merged.conflicts else 0


@decisions.command(
    "list",
    help="List the decisions of a file, one a line, and how far its reviewers agree.\n\n"
    "Every line is when, who, what, the words, and where it was decided. Those that were undone "
    "are left out.\n\n"
    + examples(
        "normalizer decisions list decisions.jsonl", "normalizer decisions list --all a.jsonl"
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Also what was undone, and the undos.")
def list_(file: Path, everything: bool) -> int:
    """See the help text above."""
    from normalizer.review import listing
    from normalizer.review.decisions_file import read_decisions
    from normalizer.review.rulings import in_order, still_standing

    reading = read_decisions(file)
    rulings = in_order(reading.rulings)
    for ruling in rulings if everything else still_standing(rulings):
        click.echo(listing.ruling_text(ruling))
    show_faults(reading.faults, reading.notes)
    for line in listing.summary_lines(reading.entries):
        click.echo(line, err=True)
    return BAD_INPUT if reading.faults else 0
