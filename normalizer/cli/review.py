"""Command review: decide on findings at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from normalizer.cli.console import progress_bar, show_faults
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
from normalizer.cli.program import BAD_INPUT, INTERRUPTED, examples, main

if TYPE_CHECKING:
    from normalizer.review.session import Session
    from normalizer.sources import Source


@main.command(
    help="Decide on findings, one key each. Texts are not changed: decisions go to a file, which "
    "apply and run then follow. At a terminal a key needs no Enter; from a pipe there is one key "
    "a line (y, or e New text). Press ? for all keys.\n\n"
    + examples(
        "normalizer review news/",
        "normalizer review news/ --findings clean/report.jsonl --order risk",
        "normalizer review news/ --only category=junk --only file=monday/",
        "normalizer apply --decisions decisions.jsonl clean/report.jsonl news/ -o decided/",
    )
)
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--findings",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Review these (a report of run, or check --format jsonl) in place of checking anew.",
)
@click.option(
    "-d",
    "--decisions",
    type=click.Path(path_type=Path, dir_okay=False),
    default="decisions.jsonl",
    show_default=True,
    help="File the decisions are added to; a review goes on where it was left.",
)
@click.option(
    "--order",
    type=click.Choice(["entity", "risk", "file"]),
    default="entity",
    show_default=True,
    help="The most frequent names first, the most doubtful first, or as they stand.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="FILTER",
    help="Show these: category=, entity=, file= or state=, or a word.",
)
@click.option("--reviewer", metavar="NAME", help="Who decides [the user who is logged in].")
@click.option("--plain", is_flag=True, help="No bold type and no progress.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Processes [as many as are worth it].")
@reading_options
@level_options
@model_option
@knowledge_options
def review(
    inputs: Sequence[Path],
    findings: Path | None,
    decisions: Path,
    order: str,
    only: Sequence[str],
    reviewer: str | None,
    plain: bool,
    jobs: int | None,
    **rest: Any,
) -> int:
    """See the help text above."""
    from normalizer.cli.keyboard import console_for, single_keys
    from normalizer.report.safe_text import safe_text
    from normalizer.review.decisions_file import read_decisions
    from normalizer.review.findings_file import read_findings
    from normalizer.review.session import Session
    from normalizer.review.shared_file import SharedFile
    from normalizer.review.summary import closing_lines, unplaced_words
    from normalizer.review.terminal import Face
    from normalizer.review.texts import Texts
    from normalizer.sources import collect

    names = rest["names"]
    if names and not names.exists():
        # It is made when the first spelling is remembered.
        rest["names"] = None
    file = SharedFile(decisions)
    reading = read_decisions(decisions, missing_ok=True)
    show_faults(reading.faults, reading.notes)
    faulty = False
    sources = collect(inputs)
    level: float | None = rest["apply_level"]
    if not findings:
        records, faulty = _examine(sources, jobs, rest)
    with _uncollected():
        if findings:
            records, level = read_findings(findings)
        records = _of_input(records, sources)
        texts = Texts({one.path: one.file for one in sources if not one.fault}, options_of(rest))
        session = Session(
            records,
            reading.rulings,
            by=reviewer or _user(),
            text_of=texts,
            record=file.add,
            order=order,
            level=0.9 if level is None else level,
        )
    if words := unplaced_words(session.unplaced):
        click.echo(f"note: {words}", err=True)
    _show_only(session, only)
    face = Face(session, console_for(sys.stdin, plain=plain), texts, _now, file.news)
    code = BAD_INPUT if faulty or reading.faults else 0
    try:
        with single_keys():
            face.run()
    except KeyboardInterrupt:
        code = INTERRUPTED
    click.echo("", err=True)
    for line in _remembered(session, names):
        click.echo(safe_text(line), err=True)
    for line in closing_lines(session, str(decisions), _next_commands(session, findings)):
        click.echo(line, err=True)
    return code


def _examine(
    sources: Sequence[Source], jobs: int | None, rest: dict[str, Any]
) -> tuple[list[dict[str, Any]], bool]:
    """The findings of the input, and whether parts of it could not be read."""
    from normalizer import corpus

    records: list[dict[str, Any]] = []
    faults: list[str] = []
    notes: list[str] = []
    with progress_bar(sources, quiet=False) as progress:
        for outcome in corpus.examine(
            sources,
            open_base(rest),
            settings=settings_of(rest),
            options=options_of(rest),
            jobs=jobs,
            progress=progress,
            model=model_of(rest),
        ):
            records += outcome.findings
            faults += outcome.faults
            notes += outcome.notes
    show_faults(faults, notes)
    return records, bool(faults)


def _of_input(records: Sequence[dict[str, Any]], sources: Sequence[Source]) -> list[dict[str, Any]]:
    """The findings whose files are in the input; of the others it is told how many there are."""
    from normalizer.errors import UsageError

    known = {source.path for source in sources}
    missing = {record["path"] for record in records} - known
    kept = [record for record in records if record["path"] not in missing]
    if missing and not kept:
        raise UsageError(
            f"none of the files with findings is in the input (such as {min(missing)}); "
            "give the originals the findings were made from"
        )
    if missing:
        what = f"{len(records) - len(kept)} findings are of files that are not in the input"
        show_faults((), [f"{what} (such as {min(missing)}); they are left out"])
    return kept


def _show_only(session: Session, only: Iterable[str]) -> None:
    from normalizer.errors import UsageError
    from normalizer.review.choices import filter_of

    if only and not session.show(filter_of(only, session.findings)):
        known = ", ".join(sorted({one["category"] for one in session.findings}))
        raise UsageError(
            f"--only {' '.join(only)}: no finding fits; categories here: {known or 'none'}"
        )


def _remembered(session: Session, names: Path | None) -> list[str]:
    """Write the spellings to remember into the table of names; says what was done."""
    from normalizer.errors import DocumentError
    from normalizer.review.names_table import add_spellings, types_of
    from normalizer.sources import atomic_write

    rows = session.remembered()
    if not rows:
        return []
    if names is None or names.suffix != ".csv":
        what = f"{names} is no CSV file" if names else "no table of names was given"
        return [f"to remember: {len(rows)} spellings; {what}, --names FILE.csv keeps them"]
    try:
        table = names.read_bytes() if names.exists() else b""
        new, added = add_spellings(table, rows, types_of(session.findings))
        if added:
            with atomic_write(names) as file:
                file.write(new)
    except (DocumentError, OSError) as error:
        return [f"error: {names}: nothing was added to it: {error}"]
    return [f"{added} spelling{'s' * (added != 1)} added to {names}"] if added else []


def _next_commands(session: Session, findings: Path | None) -> list[tuple[str, list[str]]]:
    """What to type to go on and to have the decisions written, with the options of this call."""
    write = "apply" if findings else "run"
    commands = [("to write:", [*_again(write), "-o", "decided"])]
    if session.current is not None:
        commands.insert(0, ("to go on:", _again("review")))
    return commands


def _again(command: str) -> list[str]:
    """A call of a command with what was given to this one and means something to it."""
    context = click.get_current_context()
    known = {option.name for option in main.commands[command].params}
    words = ["normalizer", command]
    for option in context.command.params:
        if not isinstance(option, click.Option) or option.name not in known:
            continue
        value = context.params[option.name or ""]
        given = context.get_parameter_source(option.name or "")
        if given is click.core.ParameterSource.COMMANDLINE or option.name == "decisions":
            flag = max(option.opts, key=len)
            if option.is_flag:
                words.append(flag if value else option.secondary_opts[0])
            else:
                for one in value if option.multiple else [value]:
                    words += [flag, str(one)]
    if command == "apply":
        words.append(str(context.params["findings"]))
    return [*words, *map(str, context.params["inputs"])]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Make many records without looking for garbage, of which there is none among them.

    It takes half the time, and no key has to wait until a million objects were looked at.
    """
    import gc

    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "reviewer"
