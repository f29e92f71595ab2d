"""What commands print beside their results (progress, summaries, faults), and rows they read."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from normalizer.corpus import Summary
    from normalizer.sources import Source

# More messages of one kind than this scroll away what matters.
MAX_LINES = 10
LABEL = "normalizing"
# Columns for brackets, the share and the time left.
BESIDE_BAR = 25


@contextmanager
def progress_bar(
    sources: Sequence[Source], quiet: bool, *, by_size: bool = False
) -> Iterator[Callable[[int], None]]:
    """A bar with the time left, on standard error; nothing where nobody looks.

    Args:
        sources: What will be read.
        quiet: Whether nobody wants a bar.
        by_size: Whether bytes are counted, as `corpus.examine` does with a model, or files.
    """
    if quiet or (len(sources) < 2 and not by_size) or not sys.stderr.isatty():
        yield lambda done: None
        return
    length = sum(source.size for source in sources) if by_size else 2 * len(sources)
    # A bar that does not fit on one line would begin a new one at every step.
    columns = os.get_terminal_size(sys.stderr.fileno()).columns
    width = max(1, min(36, columns - len(LABEL) - BESIDE_BAR))
    with click.progressbar(length=length, label=LABEL, width=width, file=sys.stderr) as bar:
        yield bar.update


def summary_lines(summary: Summary, out: Path, report: Path) -> Iterator[str]:
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


def show_faults(faults: Sequence[str], notes: Sequence[str] = ()) -> None:
    """Tell the first faults and notes of an input on standard error, and how many more."""
    from normalizer.report.safe_text import safe_text

    for word, lines in (("note", notes), ("error", faults)):
        for line in lines[:MAX_LINES]:
            click.echo(f"{word}: {safe_text(line)}", err=True)
        if len(lines) > MAX_LINES:
            click.echo(f"{word}: {len(lines) - MAX_LINES} more like these", err=True)


def tab_rows(cells: int, faults: list[str]) -> Iterator[list[str]]:
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


def print_answer(
    answer: dict[str, Any], form: str, lines: Callable[[dict[str, Any]], Iterator[str]]
) -> None:
    """Print an answer as JSON or as the lines for people."""
    if form == "json":
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for line in lines(answer):
            click.echo(line)
