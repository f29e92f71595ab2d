"""The command line: parse, one library call, print, exit code.

Nothing is imported before it is needed: start-up is paid at every call.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from normalizer import __version__
from normalizer.errors import NormalizerError, UsageError

if TYPE_CHECKING:
    from normalizer.corpus import Source, Summary
    from normalizer.documents.piece import Options
    from normalizer.names.knowledge import Knowledge
    from normalizer.settings import Settings

FOUND, USAGE, BAD_INPUT, INTERRUPTED = 1, 2, 3, 130
# More messages of one kind than this scroll away what matters.
MAX_LINES = 10
# Pairs compared together: enough to keep numpy busy, few enough to answer while reading.
ROWS_AT_ONCE = 1024
Command = TypeVar("Command", bound=Callable[..., Any])


class Program(click.Group):
    """The group of commands, with the exit codes of the design and near misses suggested."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a typing error name the nearest one."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            if near:
                ctx.fail(f"No such command '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, **kwargs: Any) -> NoReturn:  # type: ignore[override]
        """Run the program and leave with the exit code that says what happened."""
        from normalizer.report.safe_text import safe_text

        try:
            code = super().main(args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.Abort:
            code = INTERRUPTED
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except NormalizerError as error:
            for line in str(error).splitlines():
                click.echo(f"error: {safe_text(line)}", err=True)
            code = USAGE if isinstance(error, UsageError) else BAD_INPUT
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A reader (head, less) that has seen enough is no failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            import os

            # What is still in the buffer must not fail again when Python shuts down.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


def examples(*lines: str) -> str:
    """A block of examples for a help text; click keeps it as it is."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="One spelling for every name in machine-translated news, with proof and without harm.\n\n"
    + examples(
        "normalizer run news/ -o clean/        rewrite a folder, with a report that can be undone",
        "normalizer check news/                only list the findings",
        "normalizer check --diff news/         show what would change",
        "normalizer explain Prigojine          which entity, by which convention, how sure",
        "normalizer variants 'Vladimir Putin'  every spelling of it, by language",
        "cat story.txt | normalizer pipe       text in, text out",
    ),
)
@click.version_option(__version__, prog_name="normalizer")
def main() -> None:
    """See the help text above."""


def together(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order of the help text."""

    def add(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return add


# Options of every command that opens the knowledge base.
knowledge_options = together(
    click.option(
        "--names",
        type=click.Path(path_type=Path),
        help="Your own names (CSV or TOML: canonical, type, aliases, native); they win.",
    ),
    click.option(
        "--style",
        multiple=True,
        metavar="NAME|SPELLING",
        help="Prefer an English spelling (Kiev, Zelenskyy) or a named style.",
    ),
    click.option(
        "--seeds",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of tables to use in place of the shipped ones.",
    ),
)

# Options of every command that reads documents.
reading_options = together(
    click.option("--field", default="text", show_default=True, help="Text field of a row."),
    click.option("--id-field", default="", help="Id field of a row; else file and line."),
    click.option(
        "--encoding",
        default="utf-8",
        show_default=True,
        help="Encoding of text files without a byte order mark.",
    ),
)

# Options of every command that decides.
level_options = together(
    click.option(
        "--apply-level",
        type=click.FloatRange(0, 1),
        default=0.9,
        show_default=True,
        help="Rewrite a name from this score on.",
    ),
    click.option(
        "--propose-level",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        help="Report a finding from this score on.",
    ),
    click.option(
        "--flags/--no-flags",
        default=True,
        show_default=True,
        help="Look for glitches of translation and scraping, or for names only.",
    ),
    click.option(
        "--siblings",
        type=click.Choice(["auto", "folder", "off"]),
        default="auto",
        show_default=True,
        help="Which files tell one story: found out, those of one folder, or none.",
    ),
)


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
    settings, options = _settings(rest), _options(rest)
    with _progress(sources, quiet) as progress:
        summary = corpus.run(
            sources,
            _knowledge(rest),
            out,
            settings=settings,
            options=options,
            report=report,
            jobs=jobs,
            progress=progress,
        )
    if not quiet:
        for line in _summary_lines(summary, out, report or out / corpus.REPORT_NAME):
            click.echo(line, err=True)
    else:
        _show_faults(summary.faults, summary.notes)
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
    with _progress(sources, quiet) as progress:
        outcomes = corpus.examine(
            sources,
            _knowledge(rest),
            settings=_settings(rest),
            options=_options(rest),
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
    _show_faults(faults, notes)
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

    options, knowledge = _options(rest), _knowledge(rest)
    settings = replace(_settings(rest), flags=False)
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
    _show_faults(faults, notes)
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

    done = corpus.replay(report, inputs, out, undo=undo, options=_options(rest))
    click.echo(f"{done} edits {'undone' if undo else 'applied'} into {out}", err=True)
    return 0


@main.command(
    help="Say which entity a name is, by which convention, and how sure.\n\n"
    + examples("normalizer explain Prigojine", "normalizer explain 'Alexeï Navalny'")
)
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for programs.",
)
@knowledge_options
def explain(name: str, form: str, **rest: Any) -> int:
    """See the help text above."""
    from normalizer.report import lookup

    answer = lookup.explain(name, _knowledge(rest))
    _print_answer(answer, form, lookup.explanation_lines)
    return 0 if answer["readings"] else FOUND


@main.command(
    help="List every spelling of an entity, by language.\n\n"
    + examples(
        "normalizer variants 'Vladimir Putin'",
        "normalizer variants Novichok --format json",
    )
)
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for programs.",
)
@knowledge_options
def variants(name: str, form: str, **rest: Any) -> int:
    """See the help text above."""
    from normalizer.report import lookup

    answer = lookup.variants(name, _knowledge(rest))
    _print_answer(answer, form, lookup.variant_lines)
    return 0 if answer["entities"] else FOUND


@main.command(
    help="Find each name of standard input in your own list, or say that it is not there.\n\n"
    "Reads lines of QUERY-ID TAB NAME, writes QUERY-ID TAB ENTITY-ID TAB SCORE; the score is the "
    "probability that the entity is meant, and no entity id means that none comes near.\n\n"
    + examples(
        "printf 'q1\\tEvgueni Prigojine\\n' | normalizer match --against people.csv",
        "normalizer match --against people.tsv --limit 5 < names.tsv",
    )
)
@click.option(
    "--against",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Entities to search (TSV, CSV or JSONL: id, name, and if known type, native, lang).",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Most entities named for a query.",
)
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Name no entity below this score.",
)
def match(against: Path, limit: int, min_score: float) -> int:
    """See the help text above."""
    from normalizer.names.entity_lists import read_entities
    from normalizer.names.matcher import match_lines

    faults: list[str] = []
    queries = ((row[0], row[1]) for row in _tab_rows(2, faults))
    for query, entity, score in match_lines(read_entities(against), queries, limit=limit):
        click.echo(f"{query}\t{entity if score >= min_score else ''}\t{score:.6f}")
    _show_faults(faults)
    return BAD_INPUT if faults else 0


@main.command(
    help="Say for each pair of names on standard input how likely they name one entity.\n\n"
    "Reads lines of PAIR-ID TAB TYPE TAB NAME TAB NAME, writes PAIR-ID TAB SCORE. A type is "
    "person, organisation or place (PER, ORG, LOC).\n\n"
    + examples("printf '1\\tperson\\tPoutine\\tPutin\\n' | normalizer compare")
)
def compare() -> int:
    """See the help text above."""
    from itertools import islice

    from normalizer.names.matcher import Matcher

    faults: list[str] = []
    matcher, rows = Matcher(()), _tab_rows(4, faults)
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        scores = matcher.compare_many([(left, right, kind) for _, kind, left, right in batch])
        for (pair, *_), score in zip(batch, scores, strict=True):
            click.echo(f"{pair}\t{score:.6f}")
    _show_faults(faults)
    return BAD_INPUT if faults else 0


@main.group(help="About the knowledge base.")
def kb() -> None:
    """See the help text above."""


@kb.command(help="Show what the knowledge base holds.\n\n" + examples("normalizer kb info"))
@knowledge_options
def info(**rest: Any) -> int:
    """See the help text above."""
    knowledge = _knowledge(rest)
    for name, value in knowledge.facts().items():
        click.echo(f"{name:14} {value}")
    for layer in knowledge.layers:
        click.echo(f"{'file':14} {layer}")
    return 0


@main.command(
    help="Print the completion script of a shell.\n\n"
    + examples('eval "$(normalizer completion bash)"')
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """See the help text above."""
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    if script is None:
        raise UsageError(f"no completion for {shell}")
    click.echo(script(main, {}, "normalizer", "_NORMALIZER_COMPLETE").source())
    return 0


# -- shared ----------------------------------------------------------------------------------


def _knowledge(rest: dict[str, Any]) -> Knowledge:
    import logging

    from platformdirs import user_cache_path

    from normalizer.names.knowledge import open_knowledge

    logging.basicConfig(format="normalizer: %(message)s", level=logging.INFO)
    cache = user_cache_path("normalizer", appauthor=False)
    return open_knowledge(
        cache, seeds=rest.get("seeds"), names=rest.get("names"), style=rest.get("style", ())
    )


def _settings(rest: dict[str, Any]) -> Settings:
    from normalizer.settings import Settings

    fix = frozenset(one.strip() for one in rest.get("fix", "").split(",") if one.strip())
    return Settings(
        apply=rest["apply_level"],
        propose=rest["propose_level"],
        flags=rest["flags"],
        siblings=rest["siblings"],
        fix=fix,
    )


def _options(rest: dict[str, Any]) -> Options:
    from normalizer.documents.piece import Options

    try:
        with suppress(UnicodeError):
            b" ".decode(rest["encoding"])
    except LookupError as error:
        raise UsageError(f"--encoding {rest['encoding']}: no such encoding, try cp1252") from error
    return Options(rest["field"], rest["id_field"], rest["encoding"])


@contextmanager
def _progress(sources: Sequence[Source], quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on standard error for a person who waits; nothing where nobody looks."""
    if quiet or len(sources) < 2 or not sys.stderr.isatty():
        yield lambda done: None
        return
    with click.progressbar(length=2 * len(sources), label="normalizing", file=sys.stderr) as bar:
        yield bar.update


def _summary_lines(summary: Summary, out: Path, report: Path) -> Iterator[str]:
    """At most twelve lines."""
    from normalizer.report.safe_text import safe_text

    copied = f", {summary.copied} copied as they are (no reader)" if summary.copied else ""
    yield f"{summary.files} files read{copied}"
    yield f"{summary.applied} names rewritten ({summary.entities} entities)"
    yield f"{summary.proposed} more proposed, see the report"
    for before, after, count in summary.top:
        yield f"  {count:6}  {safe_text(before)} -> {safe_text(after)}"
    for fault in summary.faults[:2]:
        yield f"error: {safe_text(fault)}"
    if len(summary.faults) > 2:
        yield f"error: {len(summary.faults) - 2} more, see the report"
    if summary.notes:
        yield f"note: {safe_text(summary.notes[0])}"
    yield f"written to {out}, report {report}"
    yield f"to undo: normalizer apply --undo {report} {out} -o FOLDER"


def _show_faults(faults: Sequence[str], notes: Sequence[str] = ()) -> None:
    from normalizer.report.safe_text import safe_text

    for word, lines in (("note", notes), ("error", faults)):
        for line in lines[:MAX_LINES]:
            click.echo(f"{word}: {safe_text(line)}", err=True)
        if len(lines) > MAX_LINES:
            click.echo(f"{word}: {len(lines) - MAX_LINES} more like these", err=True)


def _tab_rows(cells: int, faults: list[str]) -> Iterator[list[str]]:
    """The lines of standard input as cells; more tabs than asked for belong to the last cell.

    A line with fewer cells is noted in ``faults``; the others go on.
    """
    for number, raw in enumerate(sys.stdin.buffer, 1):
        row = raw.decode("utf-8", "replace").rstrip("\r\n").split("\t", cells - 1)
        if len(row) == cells:
            yield row
        elif any(row):
            faults.append(
                f"standard input: line {number}: {len(row)} cells, {cells} wanted; "
                "part them by tabs"
            )


def _print_answer(
    answer: dict[str, Any], form: str, lines: Callable[[dict[str, Any]], Iterator[str]]
) -> None:
    if form == "json":
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for line in lines(answer):
            click.echo(line)
