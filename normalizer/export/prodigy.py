"""Prodigy: one task a finding, answered with accept, reject or ignore.

A task shows the words around one span; its label is the text proposed. Where several texts are
proposed they are options for the choice interface, and a ``correction`` typed into a text field
is taken over. Tokens are given because the web app then draws spans by token and an emoji before
the span does not shift it. Format: https://prodi.gy/docs/api-interfaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from normalizer.annotation import Span
from normalizer.export.exchange import (
    SENT,
    Answer,
    Export,
    Returned,
    Units,
    label_of,
    proposed,
    rows_of,
    sent_of,
    sent_records,
    unsaid,
)
from normalizer.report.contents import Found, Marked
from normalizer.report.findings import to_line

# Code points of text on either side of a span: some three sentences in all.
AROUND = 200
_TOKEN = re.compile(r"\w+|[^\w\s]")


def write(export: Export) -> Iterator[tuple[str, str]]:
    """One line a finding."""
    for document in export.documents:
        findings = [one for one in document.findings if one.surface]
        if document.text is not None:
            for one, record in zip(findings, sent_records(document, findings), strict=True):
                yield "", to_line(_task(document, document.text, one) | {SENT: [record]})


def _task(document: Marked, text: str, one: Found) -> dict[str, Any]:
    start, end = _window(text, one.span)
    shown = text[start:end]
    span = Span(one.span.start - start, one.span.end - start)
    tokens = _tokens(shown, span)
    inside = [at for at, token in enumerate(tokens) if span.start <= token["start"] < span.end]
    becomes = proposed(one)
    label = label_of(one) if becomes is None else f"{label_of(one)}: {becomes or '(nothing)'}"
    task: dict[str, Any] = {
        "text": shown,
        "tokens": tokens,
        "spans": [
            {
                "start": span.start,
                "end": span.end,
                "token_start": inside[0],
                "token_end": inside[-1],
                "label": label,
            }
        ],
        "meta": {
            "file": document.name,
            "score": round(one.score, 4),
            "why": one.message,
        },
    }
    if len(one.suggestions) > 1:
        task["options"] = [
            {"id": at, "text": suggestion.text} for at, suggestion in enumerate(one.suggestions)
        ]
    return task


def _window(text: str, span: Span) -> tuple[int, int]:
    """The words around a span, from gap to gap."""
    start, end = max(0, span.start - AROUND), min(len(text), span.end + AROUND)
    while 0 < start < span.start and not text[start - 1].isspace():
        start += 1
    while span.end < end < len(text) and not text[end].isspace():
        end -= 1
    return start, end


def _tokens(text: str, span: Span) -> list[dict[str, Any]]:
    """Words and marks; the ends of the span are ends of tokens, whatever stands there."""
    tokens = []
    for start, end in ((0, span.start), (span.start, span.end), (span.end, len(text))):
        found = [(one.start(), one.end()) for one in _TOKEN.finditer(text, start, end)]
        if start == span.start and end == span.end and not found:
            found = [(start, end)]
        tokens += found
    return [
        {
            "text": text[start:end],
            "start": start,
            "end": end,
            "id": at,
            "ws": text[end : end + 1].isspace(),
        }
        for at, (start, end) in enumerate(tokens)
    ]


def read(path: Path) -> Iterator[Returned]:
    """What was answered, one line after another."""
    with path.open("rb") as file:
        for place, row in rows_of(file, path.name):
            if isinstance(row, str):
                yield Returned(place, faults=(row,))
                continue
            try:
                (sent,) = sent_of(row.get(SENT), place)
                yield _returned(place, row, sent)
            except ValueError as error:
                yield Returned(place, faults=(str(error),))


def _returned(place: str, row: dict[str, Any], sent: Any) -> Returned:
    by = str(row.get("_annotator_id") or row.get("_session_id") or "")
    answer = row.get("answer")
    if answer not in ("accept", "reject", "ignore", None):
        raise ValueError(
            f"{place}: the answer is '{answer}'; it should be accept, reject or ignore"
        )
    if answer is None:
        return Returned(place, by, untouched=1)
    if answer != "accept" or row.get("spans") == []:
        return Returned(place, by, (Answer(sent, "unsure" if answer == "ignore" else "reject"),))
    if not _same_words(row, sent["exact"]):
        note = unsaid(place, sent, "has other bounds now")
        return Returned(place, by, untouched=1, notes=(note,))
    correction = row.get("correction")
    if isinstance(correction, str) and correction:
        same = correction == sent["replacement"]
        done = Answer(sent, "accept") if same else Answer(sent, "edit", correction)
        return Returned(place, by, (done,))
    if "accept" in row and row.get("options"):
        return _chosen(place, by, row, sent)
    return Returned(place, by, (Answer(sent, "accept"),))


def _same_words(row: dict[str, Any], exact: str) -> bool:
    """Whether the span of a task is still on the words it was made for."""
    text = row.get("text")
    match row.get("spans"):
        case [{"start": int(start), "end": int(end)}] if isinstance(text, str):
            units = Units(text).points(start, end)
            return exact in (text[start:end], text[units.start : units.end])
    return False


def _chosen(place: str, by: str, row: dict[str, Any], sent: Any) -> Returned:
    """A task of the choice interface: the option chosen is the text to write."""
    texts = {one.get("id"): one.get("text") for one in row["options"] if isinstance(one, dict)}
    chosen = row["accept"] if isinstance(row["accept"], list) else [row["accept"]]
    picked = [texts.get(id_) for id_ in chosen]
    if len(picked) != 1 or not isinstance(picked[0], str):
        note = f"{place}: {len(picked)} options are chosen, not one; nothing is decided by it"
        return Returned(place, by, untouched=1, notes=(note,))
    same = picked[0] == sent["replacement"]
    done = Answer(sent, "accept") if same else Answer(sent, "edit", picked[0])
    return Returned(place, by, (done,))
