"""doccano, sequence labelling: one row a document, labels as ``[start, end, label]``.

doccano counts UTF-16 units (unless a project counts grapheme clusters, which it calls so; leave
that off), keeps the fields it does not know as metadata and gives them back. It has no field for
a verdict and none for another text: a reviewer relabels a span ``accept``, ``reject`` or
``unsure``, or deletes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from normalizer.export.exchange import (
    SENT,
    Export,
    Kept,
    Returned,
    Sent,
    Units,
    compare,
    label_of,
    proposed,
    rows_of,
    sent_of,
    sent_records,
)
from normalizer.report.contents import Found, Marked
from normalizer.report.findings import to_line


def write(export: Export) -> Iterator[tuple[str, str]]:
    """One line a document."""
    for document in export.documents:
        findings = [one for one in document.findings if one.surface]
        if document.text is not None and findings:
            yield "", to_line(_row(document, document.text, findings))


def _row(document: Marked, text: str, findings: list[Found]) -> dict[str, Any]:
    units = Units(text)
    return {
        "text": text,
        "label": [[*units.units(one.span), label_of(one)] for one in findings],
        "file": document.name,
        "proposed": [_told(one) for one in findings],
        SENT: [
            record | {"label": label_of(one)}
            for one, record in zip(findings, sent_records(document, findings), strict=True)
        ],
    }


def _told(one: Found) -> str:
    """A finding in one line, for the metadata that doccano shows beside the text."""
    becomes = proposed(one)
    change = one.surface if becomes is None else f"{one.surface} -> {becomes or '(nothing)'}"
    return f"{change} ({one.score:.2f}): {one.message}"


def read(path: Path, *, finished: bool = False) -> Iterator[Returned]:
    """What was decided, row by row.

    Args:
        path: An export of doccano, JSON lines.
        finished: Whether a span that is as it was sent was looked at and accepted.
    """
    with path.open("rb") as file:
        for place, row in rows_of(file, path.name):
            if isinstance(row, str):
                yield Returned(place, faults=(row,))
                continue
            try:
                yield _returned(place, row, finished)
            except ValueError as error:
                yield Returned(place, faults=(str(error),))


def _returned(place: str, row: dict[str, Any], finished: bool) -> Returned:
    sent = sent_of(row.get(SENT), place)
    text = row.get("text")
    spans = next((row[name] for name in ("label", "labels", "entities") if name in row), None)
    if not isinstance(text, str) or not isinstance(spans, list):
        raise ValueError(f"{place}: has no 'text' or no 'label'; export from doccano as JSONL")
    units = Units(text)
    return compare(
        place,
        [Sent(one, str(one.get("label", ""))) for one in sent],
        [_kept(place, units, one) for one in spans],
        finished=finished,
        emptied=finished,
    )


def _kept(place: str, units: Units, span: object) -> Kept:
    match span:
        case [int(start), int(end), str(label)]:
            return Kept(units.points(start, end), label)
        case {"start_offset": int(start), "end_offset": int(end), "label": str(label)}:
            return Kept(units.points(start, end), label)
    raise ValueError(f"{place}: {span!r} is no label of doccano; export it again")
