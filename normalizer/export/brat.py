"""brat: a folder with a ``.txt`` and an ``.ann`` for each document.

A finding is a text-bound annotation with its replacement as an annotator's note, a name also has
a reference to its entity. A reviewer sets the attribute ``Verdict``, rewrites the note, or deletes
the annotation. brat has no place for what it does not know, so ``findings.jsonl`` beside the files
keeps what was sent. Format: https://brat.nlplab.org/standoff.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from normalizer.annotation import Span
from normalizer.errors import DocumentError
from normalizer.export.exchange import (
    VERDICTS,
    Export,
    Kept,
    Returned,
    Sent,
    compare,
    label_of,
    plain,
    proposed,
    rows_of,
    sent_of,
    sent_records,
)
from normalizer.export.folder import FileNames, is_inside
from normalizer.report.contents import Found
from normalizer.report.findings import to_line
from normalizer.review.anchors import digest

SENT_FILE = "findings.jsonl"
_TYPE = re.compile(r"[^\w-]+", re.ASCII)
# Python 2, in which brat is written, ends lines at all of these.
_LINE = re.compile("[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")


def write(export: Export) -> Iterator[tuple[str, str]]:
    """The files, as name and content; those of one name belong together."""
    names = FileNames()
    types: dict[str, None] = {}
    for document in export.documents:
        findings = [one for one in document.findings if one.surface.strip()]
        if document.text is None or not findings:
            continue
        name = names.of(document)
        text = plain(document.text)
        shown_as = digest(text)
        yield f"{name}.txt", text
        lines = (line for at, one in enumerate(findings, 1) for line in _lines(at, one, export))
        yield f"{name}.ann", "".join(lines)
        for at, (one, record) in enumerate(
            zip(findings, sent_records(document, findings), strict=True), 1
        ):
            types[_type(one)] = None
            shown = {"name": name, "id": f"T{at}", "label": _type(one), "shown": shown_as}
            yield SENT_FILE, to_line(shown | record)
    yield "annotation.conf", _settings(sorted(types))


def _lines(at: int, one: Found, export: Export) -> Iterator[str]:
    # A span may not cross the end of a line; what does is given in fragments.
    parts = [
        Span(one.span.start + m.start(), one.span.start + m.end())
        for m in _LINE.finditer(one.surface)
    ]
    places = ";".join(f"{part.start} {part.end}" for part in parts)
    words = plain(" ".join(m.group() for m in _LINE.finditer(one.surface)))
    yield f"T{at}\t{_type(one)} {places}\t{words}\n"
    becomes = proposed(one)
    if one.entity:
        known = export.entities.get(one.entity)
        name = _one_line(known.canonical if known else one.entity)
        yield f"N{at}\tReference T{at} normalizer:{_one_word(one.entity)}\t{name}\n"
    if becomes is not None:
        yield f"#{2 * at - 1}\tAnnotatorNotes T{at}\t{_one_line(becomes)}\n"
    yield f"#{2 * at}\tEvidence T{at}\t{one.score:.2f} {_one_line(one.message)}\n"


def _type(one: Found) -> str:
    return _TYPE.sub("_", label_of(one))


def _one_line(text: str) -> str:
    return plain(" ".join(text.split()))


def _one_word(text: str) -> str:
    return plain("_".join(text.split()))


def _settings(types: list[str]) -> str:
    verdicts = "|".join(VERDICTS)
    return (
        "[entities]\n" + "".join(f"{one}\n" for one in types) + "\n[relations]\n\n[events]\n\n"
        f"[attributes]\nVerdict\tArg:<ENTITY>, Value:{verdicts}\n"
    )


# -- and back --------------------------------------------------------------------------------


def read(path: Path, *, finished: bool = False) -> Iterator[Returned]:
    """What was decided, document by document.

    Args:
        path: The folder.
        finished: Whether an annotation that is as it was sent was looked at and accepted.

    Raises:
        DocumentError: If the folder has no `SENT_FILE`.
    """
    sent: dict[str, list[Mapping[str, Any]]] = {}
    try:
        with (path / SENT_FILE).open("rb") as file:
            for place, row in rows_of(file, SENT_FILE):
                if isinstance(row, str):
                    yield Returned(place, faults=(row,))
                else:
                    sent.setdefault(str(row.get("name", "")), []).append(row)
    except OSError as error:
        raise DocumentError(
            f"{path / SENT_FILE}: cannot be read ({error.strerror}); give the folder that export "
            "wrote, with this file in it"
        ) from error
    for name, rows in sent.items():
        try:
            yield _returned(path, name, sent_of(rows, name), finished)
        except ValueError as error:
            yield Returned(name, faults=(str(error),))


def _returned(folder: Path, name: str, sent: list[Mapping[str, Any]], finished: bool) -> Returned:
    if not is_inside(name):
        raise ValueError(f"{SENT_FILE}: '{name}' is no name inside the folder; export again")
    text, lines = _content(folder, f"{name}.txt"), _content(folder, f"{name}.ann")
    if digest(text) != sent[0].get("shown"):
        raise ValueError(f"{name}.txt: is not the text that was exported; export it again")
    kept, faults = _kept(f"{name}.ann", lines)
    asked = [_sent(one) for one in sent]
    if faults:
        # An annotation that is not there may be the one of a line that cannot be read.
        there = {one.id for one in kept}
        asked = [one for one in asked if one.id in there]
    found = compare(f"{name}.ann", asked, kept, finished=finished, emptied=finished)
    missing = len(sent) - len(asked)
    return replace(found, untouched=found.untouched + missing, faults=tuple(faults))


def _sent(record: Mapping[str, Any]) -> Sent:
    value = _one_line(record["replacement"] or "")
    return Sent(record, str(record.get("label", "")), str(record.get("id", "")), value)


def _content(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ValueError(f"{name}: cannot be read ({error.strerror}); put it back") from error


def _kept(name: str, lines: str) -> tuple[list[Kept], list[str]]:
    """The annotations of a file, and the faults of the lines that cannot be read."""
    spans: dict[str, tuple[Span, str]] = {}
    verdicts: dict[str, str] = {}
    notes: dict[str, str] = {}
    faults: list[str] = []
    for number, line in enumerate(lines.split("\n"), 1):
        id_, *cells = line.rstrip("\r").split("\t")
        head = cells[0].split(" ") if cells else []
        try:
            if id_.startswith("T"):
                numbers = [int(one) for one in " ".join(head[1:]).replace(";", " ").split()]
                spans[id_] = Span(numbers[0], numbers[-1]), head[0]
            elif id_.startswith(("A", "M")) and head[0] == "Verdict":
                verdicts[head[1]] = head[2]
            elif id_.startswith("#") and head[0] == "AnnotatorNotes":
                notes[head[1]] = cells[1] if len(cells) > 1 else ""
        except (IndexError, ValueError):
            faults.append(f"{name}: line {number}: is no line of brat; correct or delete it")
    return [
        Kept(span, verdicts.get(id_, label), id_, notes.get(id_))
        for id_, (span, label) in spans.items()
    ], faults
