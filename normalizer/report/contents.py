"""A report read back: documents, what was found in each, and their texts where they are at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any

from normalizer.annotation import Evidence, Span, Suggestion
from normalizer.errors import DocumentError
from normalizer.report.findings import read_report


@dataclass(frozen=True, slots=True)
class Found:
    """One finding as a report tells it; the fields are those of ``finding.schema.json``."""

    key: str
    span: Span
    surface: str
    finding: str
    category: str
    score: float
    action: str
    suggestions: tuple[Suggestion, ...] = ()
    entity: str = ""
    origin: str = ""
    message: str = ""
    evidence: tuple[Evidence, ...] = ()
    decided_by: str = ""

    @property
    def replacement(self) -> str:
        """The best suggestion; the surface itself where there is none."""
        return self.suggestions[0].text if self.suggestions else self.surface

    @property
    def applied(self) -> bool:
        """Whether the text was changed, not only a person asked."""
        return self.action == "apply"


@dataclass(frozen=True, slots=True)
class Marked:
    """One document with findings.

    Attributes:
        id: The row's own id where it has one, else path and row, or the path.
        path: File it comes from, ``/`` between parts.
        row: Line in a file of rows, None for a file that is one text.
        findings: In text order.
        text: The original; None where it was not given.
    """

    id: str
    path: str
    row: int | None
    findings: tuple[Found, ...]
    text: str | None = None

    @property
    def name(self) -> str:
        """Path, and row if there is one: ``news/rows.jsonl:12``."""
        return self.path if self.row is None else f"{self.path}:{self.row}"


@dataclass(frozen=True, slots=True)
class Contents:
    """All of a report.

    Attributes:
        run: The run record; empty for a file of findings only.
        files: The document records, one a file, those without findings too.
        documents: The documents with findings, in the order of the report.
        notes: What could not be brought together, one line each, with the cure.
    """

    run: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Mapping[str, Any], ...] = ()
    documents: tuple[Marked, ...] = ()
    notes: tuple[str, ...] = ()


def read_contents(report: Path) -> Contents:
    """Read a report of `run`, or findings of ``check --format jsonl``.

    Raises:
        DocumentError: If a line cannot be read; it names the line.
    """
    run: Mapping[str, Any] = {}
    files: list[Mapping[str, Any]] = []
    found: dict[tuple[str, int | None], list[Found]] = {}
    ids: dict[tuple[str, int | None], str] = {}
    for number, record in enumerate(read_report(report), 1):
        if record["record"] == "run":
            run = record
        elif record["record"] == "document":
            files.append(record)
        elif record["record"] == "finding":
            place = record["path"], record["row"]
            try:
                found.setdefault(place, []).append(found_of(record))
            except (KeyError, TypeError, ValueError) as error:
                raise DocumentError(
                    f"{report}: line {number}: is not a whole finding ({error}); "
                    "make the report again"
                ) from error
            ids.setdefault(place, str(record.get("id", record["path"])))
    return Contents(
        run,
        tuple(files),
        tuple(
            Marked(ids[place], *place, tuple(sorted(ones, key=lambda one: (one.span, one.key))))
            for place, ones in found.items()
        ),
    )


def found_of(record: Mapping[str, Any]) -> Found:
    """A finding record as `Found`.

    Raises:
        KeyError, TypeError, ValueError: If a field is missing or is not what the schema says.
    """
    span = Span(record["start"], record["end"])
    if not 0 <= span.start <= span.end:
        raise ValueError(f"no such span: {span.start} to {span.end}")
    return Found(
        key=_string(record, "key"),
        span=span,
        surface=_string(record, "surface"),
        finding=_string(record, "finding"),
        category=_string(record, "category"),
        score=_score(record),
        action=_string(record, "action"),
        suggestions=tuple(
            Suggestion(_string(one, "text"), _score(one)) for one in record["suggestions"]
        ),
        entity=_string(record, "entity") if record["entity"] is not None else "",
        origin=_string(record, "origin"),
        message=_string(record, "message"),
        evidence=tuple(
            Evidence(_string(one, "reason"), _number(one, "weight")) for one in record["evidence"]
        ),
        decided_by=_string(record, "decided_by") if "decided_by" in record else "",
    )


def with_texts(contents: Contents, text_of: Callable[[str, int | None], str | None]) -> Contents:
    """Add the original texts.

    A text that is not the one a finding was made for is left out and noted, and so is a document
    that has none.

    Args:
        contents: As read from a report.
        text_of: The original of a path and row; None where there is none.
    """
    documents: list[Marked] = []
    notes = list(contents.notes)
    for one in contents.documents:
        text = text_of(one.path, one.row)
        if text is None:
            notes.append(f"{one.name}: not in the originals given, or cannot be read; check them")
        elif not fits(one, text):
            notes.append(f"{one.name}: is not the text the report was made for; give the originals")
            text = None
        documents.append(replace(one, text=text))
    return replace(contents, documents=tuple(documents), notes=tuple(notes))


def fits(document: Marked, text: str) -> bool:
    """Whether every finding stands in the text where the report says, and no two edits clash."""
    edits = sorted(one.span for one in document.findings if one.applied)
    return all(one.end <= other.start for one, other in pairwise(edits)) and all(
        text[one.span.start : one.span.end] == one.surface for one in document.findings
    )


def _string(record: Mapping[str, Any], name: str) -> str:
    value = record[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _number(record: Mapping[str, Any], name: str) -> float:
    value = float(record[name])
    if not isfinite(value):
        raise ValueError(f"{name} is no number")
    return value


def _score(record: Mapping[str, Any]) -> float:
    value = _number(record, "score")
    if not 0 <= value <= 1:
        raise ValueError("score is not in 0 to 1")
    return value
