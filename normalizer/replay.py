"""Trees from reports: written again from the originals, taken back, or as people decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import normalizer
from normalizer.corpus import BUSY, REPORT_NAME, Outcome, decisions_record, document_record
from normalizer.documents.formats import format_of
from normalizer.documents.piece import Options, Piece
from normalizer.errors import DocumentError, UsageError
from normalizer.locking import locked
from normalizer.report.findings import VERSION, edits_by_document, read_report, to_line
from normalizer.review.ruled import ruled, settled, unplaced_lines
from normalizer.review.rulings import Ruling, in_order
from normalizer.review.texts import Texts
from normalizer.rewrite import invert
from normalizer.sources import Source, atomic_write, collect, real_path, target_of

if TYPE_CHECKING:
    from normalizer.review.standing import Standing


@dataclass(frozen=True, slots=True)
class Decided:
    """The figures of a tree written as people decided.

    Attributes:
        edits: Texts written.
        by_people: Findings that a person accepted or rejected.
        by_score: Findings nobody decided that were written because their score is high enough.
        left: Findings nobody decided that were left as they are.
        notes: What people decided and what could not be done as they said, a line each.
    """

    edits: int
    by_people: int
    by_score: int
    left: int
    notes: tuple[str, ...]


def replay(report: Path, inputs: Sequence[Path], out: Path, *, undo: bool, options: Options) -> int:
    """Write the tree that a report describes from its originals, or take it back.

    Args:
        report: A report of `run` or of `write_decided`.
        inputs: The original files; with ``undo`` the normalized ones.
        out: Output folder.
        undo: Whether to go from normalized back to original.
        options: How to read files, as in the run.

    Returns:
        The number of edits made.

    Raises:
        DocumentError: If a file is not the one the report was made for.
    """
    return _write_tree(
        report, _sources(report, inputs, out), read_report(report), out, undo=undo, options=options
    )


def write_decided(
    report: Path,
    rulings: Iterable[Ruling],
    inputs: Sequence[Path],
    out: Path,
    *,
    options: Options,
    only_decided: bool = False,
) -> Decided:
    """Write the tree that a report describes as people decided on it, from its originals.

    What was accepted or edited is written, what was rejected stays as it stands, and where nobody
    decided the score's word holds. The tree gets a report of its own, which replays and undoes it.

    Args:
        report: A report of `run`, or findings of ``check --format jsonl``.
        rulings: All of a decisions file.
        inputs: The original files.
        out: Output folder.
        options: How to read files, as when the findings were made.
        only_decided: Whether nothing is written that no person accepted.

    Raises:
        DocumentError: If a file is not the one the report was made for.
        UsageError: If a file of the input has the name of the report.
    """
    # Needs numpy, which a plain replay does not.
    from normalizer.review.standing import Standings  # noqa: PLC0415

    sources = _sources(report, inputs, out)
    own_report = out / REPORT_NAME
    taken = {path for one in sources for path in (real_path(one.file), real_path(out / one.path))}
    if real_path(own_report) in taken:
        raise UsageError(f"{own_report} is the name of an input file too; rename that file")
    records = list(read_report(report))
    found = [record for record in records if record["record"] == "finding"]
    board = Standings(found, Texts({one.path: one.file for one in sources}, options))
    board.extend(in_order(rulings))
    decided, notes = _decided(found, [board[at] for at in range(len(found))], only_decided)
    flat = [record for ones in decided.values() for record in ones]
    by_people = sum("decided_by" in record for record in flat)
    out.mkdir(parents=True, exist_ok=True)
    with locked(out, BUSY), atomic_write(own_report) as file:
        edits = _write_tree(report, sources, flat, out, undo=False, options=options)
        run = next((record for record in records if record["record"] == "run"), {})
        facts = {"normalizer": normalizer.__version__, **run, "only_decided": only_decided}
        file.write(to_line({"v": VERSION, "record": "run", **facts}).encode())
        for source in sources:
            kept = tuple(decided.get(source.path, ()))
            outcome = Outcome(source.path, kept, copied=format_of(source.path) is None)
            for record in (document_record(outcome), *kept):
                file.write(to_line(record).encode())
        file.write(to_line(decisions_record(by_people, board.unplaced)).encode())
    by_score = sum(one["action"] == "apply" and "decided_by" not in one for one in flat)
    return Decided(
        edits=edits,
        by_people=by_people,
        by_score=by_score,
        left=len(flat) - by_people - by_score,
        notes=(*notes, *unplaced_lines(board.unplaced)),
    )


def _decided(
    findings: Sequence[Mapping[str, Any]], standings: Sequence[Standing], only_decided: bool
) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """The findings of each path as people decided on them, and what they cannot have both."""
    by_place: dict[tuple[str, int | None], list[dict[str, Any]]] = {}
    for finding, standing in zip(findings, standings, strict=True):
        record = ruled(finding, standing, only_decided=only_decided)
        by_place.setdefault((record["path"], record["row"]), []).append(record)
    by_path: dict[str, list[dict[str, Any]]] = {}
    notes: list[str] = []
    for (path, _), records in by_place.items():
        kept, clashes = settled(records)
        by_path.setdefault(path, []).extend(kept)
        notes += clashes
    return by_path, notes


def _sources(report: Path, inputs: Sequence[Path], out: Path) -> list[Source]:
    """The files to write anew; the report itself may lie among them."""
    return [
        one
        for one in collect(inputs, out)
        if not one.fault and real_path(one.file) != real_path(report)
    ]


def _write_tree(
    report: Path,
    sources: Sequence[Source],
    records: Iterable[Mapping[str, Any]],
    out: Path,
    *,
    undo: bool,
    options: Options,
) -> int:
    """Write every source with the edits that records ask for; says how many there were."""
    edits = edits_by_document(records)
    done = 0
    for source in sources:
        reader = format_of(source.path)
        with source.file.open("rb") as file, atomic_write(target_of(out, source)) as target:
            for piece in reader(file, source.path, options) if reader else [Piece(file.read())]:
                row = piece.document.row if piece.document else None
                wanted = edits.pop((source.path, row), []) if piece.document else []
                wanted = invert(wanted) if undo else wanted
                try:
                    target.write(piece.edited(wanted))
                except UsageError as error:
                    raise DocumentError(f"{source.path}: {error}") from error
                done += len(wanted)
    if edits:
        missing = sorted({path for path, _ in edits})
        raise DocumentError(
            f"{report}: has edits for {', '.join(missing[:3])}"
            f"{' and others' * (len(missing) > 3)}, not found in the input; "
            "give the files the report was made for"
        )
    return done
