"""Folders of any size: two passes over their files, in how many processes it is worth.

The first pass gathers what the documents say together (whose full names stand where, which
of them tell one story), the second normalizes each of them in that light. Both go file by file:
texts are not kept. What grows with the number of files is their list, and for siblings a sketch
of some 3 kB each.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import normalizer
from normalizer.annotation import Report
from normalizer.documents.formats import format_of
from normalizer.documents.piece import Options, Piece
from normalizer.errors import DocumentError, UsageError
from normalizer.glitches.alignment import Text
from normalizer.glitches.grouping import Sketch, group
from normalizer.glitches.language_model.protocol import LanguageModel, ModelSource
from normalizer.glitches.vocabulary import load_vocabulary
from normalizer.glitches.witnesses import read_text
from normalizer.locking import locked
from normalizer.names.evidence import FolderEvidence, Survey, gather
from normalizer.names.knowledge import Knowledge
from normalizer.pipeline import Look, look_at, normalize
from normalizer.report.findings import VERSION, edits_by_document, finding, to_line
from normalizer.review.ruled import ruled, settled, unplaced_lines
from normalizer.rewrite import Edit, edits_of
from normalizer.settings import Settings
from normalizer.sources import Source, atomic_write, real_path, target_of

if TYPE_CHECKING:
    # They need numpy, and a run without rulings does not.
    from normalizer.review.precedents import Precedents
    from normalizer.review.standing import Unplaced

REPORT_NAME = "report.jsonl"
BUSY = "another run is writing here; wait for it"
# Below this many bytes one process is done before others have started.
BYTES_PER_JOB = 4_000_000
# Files of a folder taken for one story unseen.
MAX_STORY = 8
# Rows that a model reads together: their sentences fill its batches.
READ_AHEAD = 64


@dataclass(frozen=True, slots=True)
class Task:
    """What to do with every file of a run; sent to worker processes with every batch.

    The model is not in it, only where it is to be had.
    """

    settings: Settings
    options: Options
    folder: FolderEvidence = field(default_factory=FolderEvidence)
    out: Path | None = None
    keep_reports: bool = False
    model: ModelSource | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """What every file is worked on with: opened once in each process, not sent with a task."""

    knowledge: Knowledge
    precedents: Precedents | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        path: As in the report.
        findings: Finding records in text order.
        faults: Why parts of it could not be read or written.
        notes: What is odd about it though it was read.
        copied: Whether the file has no reader and was copied as it is.
        reports: The reports themselves, only when asked for (a diff needs the texts).
        followed: Ids of the rulings on one place or document that hold here.
        unplaced: Rulings made in this file that reach no finding of it.
    """

    path: str
    findings: tuple[dict[str, Any], ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    copied: bool = False
    reports: tuple[Report, ...] = ()
    followed: frozenset[str] = frozenset()
    unplaced: tuple[Unplaced, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a run.

    Attributes:
        files: Files read.
        copied: Of them, those without a reader.
        applied: Findings written.
        proposed: Findings only proposed.
        entities: Entities whose names were written.
        faults: Why files or parts of them could not be read or written.
        notes: What is odd about files that were read.
        top: The most frequent changes: before, after, how often.
        decided: Findings that a person decided.
        unplaced: A line for each earlier ruling that reaches no finding.
    """

    files: int
    copied: int
    applied: int
    proposed: int
    entities: int
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    top: tuple[tuple[str, str, int], ...]
    decided: int = 0
    unplaced: tuple[str, ...] = ()


def ignore(done: int) -> None:
    """Tell nobody how far a run has come."""


def examine(
    sources: Sequence[Source],
    knowledge: Knowledge,
    *,
    settings: Settings,
    options: Options,
    out: Path | None = None,
    jobs: int | None = None,
    keep_reports: bool = False,
    progress: Callable[[int], None] = ignore,
    model: ModelSource | None = None,
    precedents: Precedents | None = None,
) -> Iterator[Outcome]:
    """Normalize every source, in order; write the results when ``out`` is given.

    Args:
        sources: From `collect`.
        knowledge: The base.
        settings: How sure a finding must be.
        options: How to read files.
        out: Output folder; None only reports.
        jobs: Worker processes; None takes as many as the data and the machine are worth.
        keep_reports: Whether outcomes carry the texts.
        progress: Called with 1 after each file of each pass. Where one process works with a
            model it is called with the bytes of each part that is done: files take long then.
        model: A language model for a second opinion; each process opens its own, so that
            there is one process unless ``jobs`` says otherwise.
        precedents: Earlier rulings, which findings of these files follow.

    Yields:
        One outcome a source, in the order given, whatever the number of processes.
    """
    bench = Bench(knowledge, precedents)
    jobs = jobs or (1 if model else None)
    by_part = model is not None and jobs == 1
    file_done = ignore if by_part else progress
    with _workers(sources, bench, jobs) as each:
        quiet = bytearray()
        sketches: list[Sketch] = []
        words: Counter[str] = Counter()

        def surveys() -> Iterator[Survey]:
            for look in each(partial(_look, settings=settings, options=options), sources):
                quiet.append(look.survey.quiet)
                words.update(look.rare_words)
                sketches.extend(filter(None, [look.sketch]))
                file_done(1)
                yield look.survey

        names = gather(surveys())
        shared = frozenset(word for word, count in words.items() if count > 1)
        folder = replace(names, shared_words=shared)
        stories = _stories(sources, sketches, settings.siblings)
        task = Task(settings, options, folder, out, keep_reports, model)
        # Evidence of the folder cannot change a file in which every name is canonical.
        second = (
            replace(source, quiet=bool(flag), story=stories.get(source.path, ()))
            for source, flag in zip(sources, quiet, strict=True)
        )
        # What a person sees moving cannot be sent to a worker process.
        treat = partial(_treat, task=task)
        for outcome in each(partial(treat, progress=progress) if by_part else treat, second):
            file_done(1)
            yield outcome


def _stories(
    sources: Sequence[Source], sketches: Sequence[Sketch], siblings: str
) -> dict[str, tuple[Source, ...]]:
    """For each path the other files that tell the same story.

    ``folder`` takes the files of one folder for one story while they are few, and looks which
    belong together where they are many.
    """
    by_path = {source.path: source for source in sources}
    groups: list[tuple[str, ...]] = []
    if siblings == "auto":
        groups = group(sketches)
    elif siblings == "folder":
        folders: dict[str, list[Sketch]] = {}
        for one in sketches:
            folders.setdefault(one.id.rpartition("/")[0], []).append(one)
        for members in folders.values():
            few = len(members) <= MAX_STORY
            groups += [tuple(one.id for one in members)] if few else group(members)
    return {
        path: tuple(by_path[other] for other in members if other != path)
        for members in groups
        if len(members) > 1
        for path in members
    }


def run(
    sources: Sequence[Source],
    knowledge: Knowledge,
    out: Path,
    *,
    settings: Settings,
    options: Options,
    report: Path | None = None,
    jobs: int | None = None,
    progress: Callable[[int], None] = ignore,
    model: ModelSource | None = None,
    precedents: Precedents | None = None,
) -> Summary:
    """Write the normalized tree and the report that replays it.

    Files are replaced as a whole or not at all. A file that fails is named in the summary and
    in the report; the others are done.

    Raises:
        UsageError: If the report's name is taken by an input, or another run is writing here.
    """
    report = report or out / REPORT_NAME
    taken = {path for one in sources for path in (real_path(one.file), real_path(out / one.path))}
    if real_path(report) in taken:
        raise UsageError(f"{report} is the name of an input file too; give --report another name")
    out.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    changes: Counter[tuple[str, str]] = Counter()
    entities: set[str] = set()
    faults: list[str] = []
    notes: list[str] = []
    followed: set[str] = set()
    unplaced: list[Unplaced] = []
    report.parent.mkdir(parents=True, exist_ok=True)
    with locked(out, BUSY), atomic_write(report) as file:
        facts = knowledge.facts()
        file.write(
            to_line(
                {
                    "v": VERSION,
                    "record": "run",
                    "normalizer": normalizer.__version__,
                    "entities": int(facts.get("entities", 0)),
                    "apply": settings.apply,
                    "propose": settings.propose,
                    **({"model": model.name} if model else {}),
                }
            ).encode()
        )
        outcomes = examine(
            sources,
            knowledge,
            settings=settings,
            options=options,
            out=out,
            jobs=jobs,
            progress=progress,
            model=model,
            precedents=precedents,
        )
        for outcome in outcomes:
            counts["copied"] += outcome.copied
            followed |= outcome.followed
            unplaced += outcome.unplaced
            faults += outcome.faults
            notes += outcome.notes
            file.write(to_line(document_record(outcome)).encode())
            for found in outcome.findings:
                counts[found["action"]] += 1
                counts["decided"] += "decided_by" in found
                if found["action"] == "apply":
                    changes[found["surface"], found["suggestions"][0]["text"]] += 1
                    entities.add(found["entity"])
                file.write(to_line(found).encode())
        if precedents:
            unplaced = precedents.unplaced(followed, unplaced)
            file.write(to_line(decisions_record(counts["decided"], unplaced)).encode())
    return Summary(
        files=len(sources),
        copied=counts["copied"],
        applied=counts["apply"],
        proposed=counts["propose"],
        entities=len(entities),
        faults=tuple(faults),
        notes=tuple(notes),
        top=tuple(
            (before, after, count)
            for (before, after), count in sorted(
                changes.items(), key=lambda item: (-item[1], item[0])
            )[:5]
        ),
        decided=counts["decided"],
        unplaced=tuple(unplaced_lines(unplaced)),
    )


# -- one file --------------------------------------------------------------------------------


def _look(source: Source, bench: Bench, *, settings: Settings, options: Options) -> Look:
    """A first look at one file; what cannot be read says nothing here, the second pass tells.

    Only a file that is one text can be a sibling: rows of a file have no second reading.
    """
    names, sketch = Survey(), None
    words: Counter[str] = Counter()
    try:
        for piece in _pieces(source, options):
            if piece.document:
                look = look_at(piece.document, bench.knowledge, settings)
                names |= look.survey
                words.update(look.rare_words)
                sketch = look.sketch if piece.document.row is None else None
    except OSError:
        names = replace(names, quiet=False)
    return Look(names, words, sketch)


@lru_cache(maxsize=64)
def _text_of(source: Source, options: Options) -> Text | None:
    """A sibling, prepared for comparison; files of one story are treated one after another."""
    try:
        for piece in _pieces(source, options):
            if piece.document:
                return read_text(piece.document, load_vocabulary())
    except OSError:
        return None
    return None


@lru_cache(maxsize=1)
def _opened(model: ModelSource) -> LanguageModel:
    """The model of this process: opened at the first document, and kept."""
    return model.open()


def _read_ahead(pieces: Iterator[Piece], model: LanguageModel) -> Iterator[Piece]:
    """The same pieces; the model has read their sentences in company, which rows lack."""
    from normalizer.glitches.tagger import read_ahead  # noqa: PLC0415 - numpy takes its time

    while group := list(islice(pieces, READ_AHEAD)):
        read_ahead([piece.document for piece in group if piece.document], model)
        yield from group


def _treat(
    source: Source, bench: Bench, *, task: Task, progress: Callable[[int], None] = ignore
) -> Outcome:
    if source.fault:
        return Outcome(source.path, faults=(source.fault,))
    model = _opened(task.model) if task.model and task.settings.flags else None
    findings: list[dict[str, Any]] = []
    faults: list[str] = []
    notes: list[str] = []
    reports: list[Report] = []
    followed: set[str] = set()
    unplaced: list[Unplaced] = []

    def edited(piece: Piece) -> bytes:
        if piece.fault:
            faults.append(piece.fault)
        if piece.note:
            notes.append(piece.note)
        if piece.document is None:
            return piece.edited(())
        edits: Sequence[Edit] = ()
        records: list[dict[str, Any]] = []
        if not source.quiet:
            report = normalize(
                piece.document,
                bench.knowledge,
                folder=task.folder,
                settings=task.settings,
                siblings=[text for one in source.story if (text := _text_of(one, task.options))],
                model=model,
            )
            records = [
                finding(report.document, one, piece.raw_of(one.span) if piece.raw_of else "")
                for one in report.decisions
            ]
            edits = edits_of(report.decisions)
            if task.keep_reports:
                reports.append(report)
        if bench.precedents:
            said = bench.precedents.of(
                piece.document.path, piece.document.row, piece.document.text, records
            )
            followed.update(said.reached)
            unplaced.extend(said.unplaced)
            shown = [
                ruled(record, standing)
                for record, standing in zip(records, said.standings, strict=True)
                if not standing.hidden
            ]
            records, clashes = settled(shown)
            notes.extend(clashes)
            edits = [edit for ones in edits_by_document(records).values() for edit in ones]
        findings.extend(records)
        return piece.edited(edits)

    try:
        pieces = _pieces(source, task.options)
        if model and not source.quiet:
            pieces = _read_ahead(pieces, model)
        if task.out is None:
            for piece in pieces:
                edited(piece)
                progress(len(piece.raw))
        else:
            with atomic_write(target_of(task.out, source)) as file:
                for piece in pieces:
                    file.write(edited(piece))
                    progress(len(piece.raw))
    except (OSError, DocumentError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        faults.append(f"{source.path}: {reason}; nothing was written for it")
        findings, reports = [], []
    return Outcome(
        source.path,
        tuple(findings),
        tuple(faults),
        tuple(notes),
        format_of(source.path) is None,
        tuple(reports),
        frozenset(followed),
        tuple(unplaced),
    )


def _pieces(source: Source, options: Options) -> Iterator[Piece]:
    reader = format_of(source.path)
    if source.fault:
        return
    with source.file.open("rb") as file:
        if reader is None:
            yield Piece(file.read())
        else:
            yield from reader(file, source.path, options)


def document_record(outcome: Outcome) -> dict[str, Any]:
    """The line of a report for one file."""
    applied = sum(found["action"] == "apply" for found in outcome.findings)
    return {
        "v": VERSION,
        "record": "document",
        "path": outcome.path,
        "applied": applied,
        "proposed": len(outcome.findings) - applied,
        "copied": outcome.copied,
        "faults": list(outcome.faults),
        "notes": list(outcome.notes),
    }


def decisions_record(decided: int, unplaced: Iterable[Unplaced]) -> dict[str, Any]:
    """The line of a report that says how many findings people decided, and what was in vain."""
    return {
        "v": VERSION,
        "record": "decisions",
        "decided": decided,
        "unplaced": [
            {"ruling": one.ruling.id, "why": one.why, "line": line}
            for one in unplaced
            for line in unplaced_lines([one])
        ],
    }


# -- many files ------------------------------------------------------------------------------

Each = Callable[[Callable[..., Any], Iterable[Source]], Iterator[Any]]
_bench: Bench | None = None


@contextmanager
def _workers(sources: Sequence[Source], bench: Bench, jobs: int | None) -> Iterator[Each]:
    """A map over sources, in this process or in several; results come in order either way."""
    if jobs is None:
        worth = sum(source.size for source in sources) // BYTES_PER_JOB
        jobs = max(1, min(os.cpu_count() or 1, worth, len(sources)))
    if jobs == 1:
        yield lambda call, items: (call(item, bench) for item in items)
        return
    opening = (bench.knowledge.layers, bench.precedents)
    with ProcessPoolExecutor(jobs, initializer=_open, initargs=opening) as pool:
        chunk = max(1, min(32, len(sources) // (jobs * 4)))
        yield lambda call, items: pool.map(partial(_in_worker, call), items, chunksize=chunk)


def _open(layers: Sequence[Path], precedents: Precedents | None) -> None:
    """Open the base in a worker; an SQLite connection must not cross a fork."""
    global _bench  # noqa: PLW0603 - a worker process has no other place for it
    _bench = Bench(Knowledge(layers), precedents)


def _in_worker(call: Callable[..., Any], source: Source) -> Any:
    return call(source, _bench)
