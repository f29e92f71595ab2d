"""Findings as JSON lines, and back as edits: the report that replays.

One finding, one line, ``"v": 1``; the schema is ``normalizer/report/finding.schema.json``. A
report also holds a line for the run and one for each document, told apart by ``record``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from normalizer.annotation import Alias, Candidate, Decision, Document, Flag, Resolution, Span
from normalizer.decide import score_of
from normalizer.errors import DocumentError
from normalizer.rewrite import Edit

VERSION = 1


def finding(document: Document, decision: Decision, raw: str = "") -> dict[str, Any]:
    """One decision as the JSON object of a finding; see the schema for each key.

    Args:
        document: Where it was found.
        decision: What was decided.
        raw: How the surface stands in the file, if escapes make that another string.
    """
    row: dict[str, Any] = {
        "v": VERSION,
        "record": "finding",
        "key": decision.finding_key,
        "id": document.id,
        "path": document.path,
        "row": document.row,
        "start": decision.span.start,
        "end": decision.span.end,
        "surface": decision.before,
    }
    if raw not in ("", decision.before):
        row["raw"] = raw
    found = decision.finding
    return (
        row
        | (_flag(found) if isinstance(found, Flag) else _name(found, decision.span))
        | {
            "action": decision.verdict,
            "score": round(score_of(found), 4),
        }
    )


def to_line(record: Mapping[str, Any]) -> str:
    """One JSON line, newline included; a lone surrogate is written as its escape."""
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    try:
        line.encode()
    except UnicodeEncodeError:
        line = json.dumps(record, separators=(",", ":"))
    return line + "\n"


def read_report(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a report.

    Raises:
        DocumentError: If it cannot be read, or a line is no record of this version.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield _record(path, number, line)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check the path") from error


def edits_by_document(
    records: Iterable[Mapping[str, Any]],
) -> dict[tuple[str, int | None], list[Edit]]:
    """The applied edits of a report by ``(path, row)``, in text order."""
    edits: dict[tuple[str, int | None], list[Edit]] = {}
    for record in records:
        if record["record"] == "finding" and record["action"] == "apply":
            span = Span(record["start"], record["end"])
            after = record["suggestions"][0]["text"]
            edit = Edit(span, record["surface"], after, raw_before=record.get("raw", ""))
            edits.setdefault((record["path"], record["row"]), []).append(edit)
    return edits


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DocumentError(
            f"{path}: line {number}: is not JSON ({error}); delete the line"
        ) from error
    if (
        not isinstance(record, dict)
        or record.get("v") != VERSION
        or "record" not in record
        or (record["record"] == "finding" and not _replays(record))
    ):
        raise DocumentError(
            f"{path}: line {number}: is no record of a version {VERSION} report; "
            "make the report again with this version of normalizer"
        )
    return record


def _replays(record: Mapping[str, Any]) -> bool:
    """Whether a finding has what a replay reads, so that a damaged report fails by its line."""
    match record:
        case {"path": str(), "row": int() | None, "start": int(), "end": int(), "surface": str()}:
            match record:
                case {"action": "propose"} | {
                    "action": "apply",
                    "suggestions": [{"text": str()}, *_],
                }:
                    return True
    return False


def _name(resolution: Resolution, span: Span) -> dict[str, Any]:
    mention = resolution.mention
    first = mention.surface[: span.start - mention.span.start].count(" ")
    last = mention.surface[span.end - mention.span.start :].count(" ")
    best, *others = sorted(
        resolution.candidates, key=lambda candidate: candidate != resolution.chosen
    )
    return {
        "finding": "name",
        "category": best.alias.kind,
        "suggestions": [
            {"text": _words(one.replacement, first, last), "score": one.score}
            for one in (best, *others)
        ],
        "entity": best.entity_id,
        "origin": origin_of(best.alias),
        "message": message_of(best),
        "evidence": [
            {"reason": one.reason, "weight": round(one.weight, 2)} for one in best.evidence
        ],
    }


def _words(replacement: str, first: int, last: int) -> str:
    """The part of a whole name that stands for the words of it that change."""
    words = replacement.split(" ")
    return " ".join(words[first : len(words) - last])


def _flag(flag: Flag) -> dict[str, Any]:
    return {
        "finding": "flag",
        "category": flag.category,
        "suggestions": [{"text": one.text, "score": one.score} for one in flag.suggestions],
        "entity": None,
        "origin": flag.origin,
        "message": flag.message,
        "evidence": [
            {"reason": one.reason, "weight": round(one.weight, 2)} for one in flag.evidence
        ],
    }


def origin_of(alias: Alias) -> str:
    """The table row or scheme behind a spelling: ``fr-press:final-in`` or ``table:geonames``."""
    return alias.scheme or f"table:{alias.source}"


def message_of(candidate: Candidate) -> str:
    """One sentence for people: what the spelling is and what it becomes."""
    spelling, *context = candidate.evidence
    return "; ".join([spelling.reason, *(one.reason for one in context if one.weight > 0)])
