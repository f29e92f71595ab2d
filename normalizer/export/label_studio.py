"""Label Studio: one task a document, findings as predictions that a reviewer takes over.

Regions are code points in Label Studio today and were UTF-16 units in older releases; the text
that a region carries tells which. The labelling interface to use is in ``docs/interchange.md``:
labels, a verdict for each region, and a text field with the replacement.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from normalizer.annotation import Span
from normalizer.errors import DocumentError
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

# Names of the controls in the labelling interface.
LABEL, VERDICT, REPLACEMENT, TEXT = "label", "verdict", "replacement", "text"


def write(export: Export) -> Iterator[tuple[str, str]]:
    """One JSON array of tasks, a task a line."""
    opening = "[\n"
    for document in export.documents:
        findings = [one for one in document.findings if one.surface]
        if document.text is not None and findings:
            task = to_line(_task(document, document.text, findings, export.version))
            yield "", opening + task.rstrip("\n")
            opening = ",\n"
    yield "", "[]\n" if opening == "[\n" else "\n]\n"


def _task(document: Marked, text: str, findings: list[Found], version: str) -> dict[str, Any]:
    return {
        "data": {
            "text": text,
            "file": document.name,
            SENT: [
                record | {"label": label_of(one)}
                for one, record in zip(findings, sent_records(document, findings), strict=True)
            ],
        },
        "predictions": [
            {
                "model_version": f"normalizer {version}".strip(),
                "score": round(min(one.score for one in findings), 4),
                "result": [result for one in findings for result in _results(one)],
            }
        ],
    }


def _results(one: Found) -> Iterator[dict[str, Any]]:
    place = {"start": one.span.start, "end": one.span.end}
    region = {"id": one.key, "to_name": TEXT}
    yield region | {
        "from_name": LABEL,
        "type": "labels",
        "value": place | {"text": one.surface, "labels": [label_of(one)]},
        "score": round(one.score, 4),
        "meta": {"text": [one.message]},
    }
    becomes = proposed(one)
    if becomes:
        yield region | {
            "from_name": REPLACEMENT,
            "type": "textarea",
            "value": place | {"text": [becomes]},
        }


def read(path: Path) -> Iterator[Returned]:
    """What was decided in each annotation that was submitted, task by task."""
    for place, task in _tasks(path):
        if isinstance(task, str):
            yield Returned(place, faults=(task,))
            continue
        try:
            yield from _annotations(place, task)
        except ValueError as error:
            yield Returned(place, faults=(str(error),))


def _tasks(path: Path) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """The tasks of a JSON array, or of JSON lines."""
    with path.open("rb") as file:
        head = file.read(4096).lstrip()
        file.seek(0)
        if not head.startswith(b"["):
            yield from rows_of(file, path.name)
            return
        try:
            tasks = json.load(file)
        except (ValueError, RecursionError) as error:
            raise DocumentError(
                f"{path}: is not JSON ({error}); export it from Label Studio again"
            ) from error
    for number, task in enumerate(tasks, 1):
        place = f"{path.name}: task {number}"
        yield place, task if isinstance(task, dict) else f"{place}: is no task; delete it"


def _annotations(place: str, task: dict[str, Any]) -> Iterator[Returned]:
    match task.get("data"):
        case {"text": str(text), **data}:
            sent = sent_of(data.get(SENT), place)
        case _:
            raise ValueError(f"{place}: has no data with a text; export as JSON, not as JSON-MIN")
    annotations = task.get("annotations", task.get("completions", []))
    if not isinstance(annotations, list):
        raise ValueError(f"{place}: its annotations are no list; export as JSON")
    done = [one for one in annotations if isinstance(one, dict) and not one.get("was_cancelled")]
    if not done:
        yield Returned(place, untouched=len(sent))
    for annotation in done:
        yield compare(
            place,
            [_sent(one) for one in sent],
            _kept(place, text, annotation.get("result")),
            by=_by(annotation.get("completed_by")),
            finished=True,
        )


def _sent(record: Mapping[str, Any]) -> Sent:
    return Sent(
        record, str(record.get("label", "")), str(record["key"]), record["replacement"] or ""
    )


def _by(completed_by: object) -> str:
    match completed_by:
        case {"email": str(email)}:
            return email
        case int() | str():
            return f"label-studio {completed_by}"
    return ""


def _kept(place: str, text: str, results: object) -> list[Kept]:
    """The regions of an annotation, with the verdict and the replacement given to each."""
    if not isinstance(results, list):
        raise ValueError(f"{place}: an annotation has no result; export as JSON")
    units = Units(text)
    spans: dict[str, tuple[Span, str]] = {}
    verdicts: dict[str, str] = {}
    values: dict[str, str] = {}
    for number, result in enumerate(results):
        match result:
            case {"type": "labels", "value": {"start": int(), "end": int()} as value}:
                id_ = str(result.get("id", f"#{number}"))
                spans[id_] = _span(text, units, value), _first(value.get("labels"))
            case {"type": "choices", "id": str(id_), "value": {"choices": choices}}:
                verdicts[id_] = _first(choices)
            case {"type": "textarea", "id": str(id_), "value": {"text": written}}:
                values[id_] = _first(written)
    # The editor leaves out a field that was cleared, and all of them if it does not know the field.
    cleared = "" if values else None
    return [
        Kept(span, verdicts.get(id_, label), id_, values.get(id_, cleared))
        for id_, (span, label) in spans.items()
    ]


def _first(values: object) -> str:
    match values:
        case [str(first), *_]:
            return first
        case str():
            return values
    return ""


def _span(text: str, units: Units, value: Mapping[str, Any]) -> Span:
    """The span of a region, by the units in which its own text stands there."""
    points = Span(value["start"], value["end"])
    said = value.get("text")
    # The editor writes line ends in what was selected as the two characters of their escape.
    if isinstance(said, str) and text[points.start : points.end] != said.replace("\\n", "\n"):
        other = units.points(value["start"], value["end"])
        if text[other.start : other.end] == said.replace("\\n", "\n"):
            return other
    return points
