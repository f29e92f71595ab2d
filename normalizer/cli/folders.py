"""Commands on files and folders: run, check, apply."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from normalizer.cli.console import progress_bar, show_faults, summary_lines
from normalizer.cli.options import (
    knowledge_options,
    level_options,
    model_of,
    model_option,
    open_base,
    options_of,
    reading_options,
    settings_of,
)
from normalizer.cli.program import BAD_INPUT, FOUND, examples, main
from normalizer.errors import UsageError

if TYPE_CHECKING:
    from normalizer.review.rulings import Ruling


@main.command(
    help="Write a normalized copy of files or folders, and a report to replay or undo it.\n\n"
    + examples(
        "normalizer run examples/news -o out",
        "normalizer run archive/ -o clean/ --names house-names.csv --style Kiev",
        "normalizer run rows.jsonl -o out --field body --id-field url",
        "normalizer run tuesday/ -o clean/ --decisions decisions.jsonl",
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
@click.option(
    "--decisions",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Follow what was decided in a review, on these texts or on others.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress bar and no summary.")
@reading_options
@level_options
@model_option
@knowledge_options
def run(
    inputs: Sequence[Path],
    out: Path,
    report: Path | None,
    jobs: int | None,
    decisions: Path | None,
    quiet: bool,
    **rest: Any,
) -> int:
    """See the help text above."""
    from normalizer import corpus
    from normalizer.sources import collect

    sources = collect(inputs, out)
    settings, options = settings_of(rest), options_of(rest)
    faulty, precedents = False, None
    if decisions:
        from normalizer.review.precedents import Precedents

        rulings, faulty = _rulings(decisions)
        precedents = Precedents(rulings, [one.path for one in sources])
    model = model_of(rest)
    by_size = model is not None and jobs in (None, 1)
    with progress_bar(sources, quiet, by_size=by_size) as progress:
        summary = corpus.run(
            sources,
            open_base(rest),
            out,
            settings=settings,
            options=options,
            report=report,
            jobs=jobs,
            progress=progress,
            model=model,
            precedents=precedents,
        )
    if not quiet:
        for line in summary_lines(summary, out, report or out / corpus.REPORT_NAME):
            click.echo(line, err=True)
    else:
        show_faults(summary.faults, summary.notes)
    if decisions and not quiet:
        vain = f"; decisions that reach nothing: {len(summary.unplaced)}" * bool(summary.unplaced)
        click.echo(f"{summary.decided} of the findings follow {decisions}{vain}", err=True)
    show_faults((), summary.unplaced)
    return BAD_INPUT if summary.faults or faulty else 0


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
@model_option
@knowledge_options
def check(
    inputs: Sequence[Path], form: str, diff: bool, jobs: int | None, quiet: bool, **rest: Any
) -> int:
    """See the help text above."""
    from normalizer import corpus
    from normalizer.report import listing
    from normalizer.report.findings import to_line
    from normalizer.sources import collect

    if diff and form == "jsonl":
        raise UsageError("--diff is for people and --format jsonl for programs; take one of them")
    sources = collect(inputs)
    found = False
    faults: list[str] = []
    notes: list[str] = []
    model = model_of(rest)
    by_size = model is not None and jobs in (None, 1)
    with progress_bar(sources, quiet, by_size=by_size) as progress:
        outcomes = corpus.examine(
            sources,
            open_base(rest),
            settings=settings_of(rest),
            options=options_of(rest),
            jobs=jobs,
            keep_reports=diff or form == "text",
            progress=progress,
            model=model,
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
    help="Write the tree a report describes from its originals, or undo it.\n\n"
    "With --decisions the tree is written as people decided in a review: what they accepted or "
    "typed is written, what they rejected stays as it stands. Findings nobody decided on are "
    "written if their score was high enough, and not at all with --only-decided. The tree gets "
    "a report.jsonl of its own, which says who decided what and by which it can be undone.\n\n"
    + examples(
        "normalizer apply out/report.jsonl news/ -o again/",
        "normalizer apply --undo out/report.jsonl out/ -o originals/",
        "normalizer apply --decisions decisions.jsonl out/report.jsonl news/ -o decided/",
        "normalizer apply --undo decided/report.jsonl decided/ -o originals/",
    )
)
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder to write into."
)
@click.option("--undo", is_flag=True, help="Take the edits of the report back.")
@click.option(
    "--decisions",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what was decided in a review.",
)
@click.option("--only-decided", is_flag=True, help="Write nothing that no person accepted.")
@reading_options
def apply(
    report: Path,
    inputs: Sequence[Path],
    out: Path,
    undo: bool,
    decisions: Path | None,
    only_decided: bool,
    **rest: Any,
) -> int:
    """See the help text above."""
    from normalizer.replay import replay, write_decided

    if only_decided and not decisions:
        raise UsageError("--only-decided needs the file of --decisions")
    if undo and decisions:
        raise UsageError(
            "--undo takes a report back as it is; give the report of the decided folder instead "
            "of --decisions"
        )
    options = options_of(rest)
    if decisions is None:
        done = replay(report, inputs, out, undo=undo, options=options)
        click.echo(f"{done} edits {'undone' if undo else 'applied'} into {out}", err=True)
        return 0
    rulings, faulty = _rulings(decisions)
    result = write_decided(report, rulings, inputs, out, options=options, only_decided=only_decided)
    click.echo(
        f"as people decided: {result.by_people}; written by their score: {result.by_score}; "
        f"left as they are: {result.left}",
        err=True,
    )
    show_faults((), result.notes)
    click.echo(f"{result.edits} edits applied into {out}", err=True)
    return BAD_INPUT if faulty else 0


def _rulings(decisions: Path) -> tuple[list[Ruling], bool]:
    """The rulings of a file, and whether some of its lines could not be read; those are told."""
    from normalizer.review.decisions_file import read_decisions

    reading = read_decisions(decisions)
    show_faults(reading.faults, reading.notes)
    return reading.rulings, bool(reading.faults)
