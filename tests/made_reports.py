"""Reports made for tests: documents with findings at the words named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from normalizer.annotation import Evidence, Span, Suggestion
from normalizer.report.contents import Found, Marked


def found(text: str, surface: str, after: str | None = None, **fields: Any) -> Found:
    """A finding at the first place of some words; a name if it has an entity, else a flag."""
    start = text.index(surface)
    name = "entity" in fields
    made: dict[str, Any] = {
        "key": f"{start:08x}{len(surface):08x}",
        "span": Span(start, start + len(surface)),
        "surface": surface,
        "finding": "name" if name else "flag",
        "category": "exonym" if name else "odd",
        "score": 0.95 if name else 0.7,
        "action": "apply" if name else "propose",
        "suggestions": () if after is None else (Suggestion(after, 0.9),),
        "origin": "table:press" if name else "rule-1",
        "message": f"about {surface}",
        "evidence": (Evidence(f"seen {surface}", 1.5), Evidence("rare", -0.5)),
    }
    return Found(**(made | fields))


def marked(text: str, *findings: Found, path: str = "a.txt", row: int | None = None) -> Marked:
    """A document with its text."""
    ordered = tuple(sorted(findings, key=lambda one: one.span))
    return Marked(path if row is None else f"{path}:{row}", path, row, ordered, text)


def record_of(document: Marked, one: Found) -> dict[str, Any]:
    """A finding as a report has it."""
    return {
        "v": 1,
        "record": "finding",
        "key": one.key,
        "id": document.id,
        "path": document.path,
        "row": document.row,
        "start": one.span.start,
        "end": one.span.end,
        "surface": one.surface,
        "finding": one.finding,
        "category": one.category,
        "suggestions": [{"text": other.text, "score": other.score} for other in one.suggestions],
        "entity": one.entity or None,
        "origin": one.origin,
        "message": one.message,
        "evidence": [{"reason": why.reason, "weight": why.weight} for why in one.evidence],
        "action": one.action,
        "score": one.score,
        **({"decided_by": one.decided_by} if one.decided_by else {}),
    }


def write_report(path: Path, *documents: Marked, run: bool = True) -> Path:
    """A report file of some documents."""
    records: list[dict[str, Any]] = [{"v": 1, "record": "run", "normalizer": "9.9"}] if run else []
    for document in documents:
        if run:
            applied = sum(one.applied for one in document.findings)
            proposed = len(document.findings) - applied
            counts = {"path": document.path, "applied": applied, "proposed": proposed}
            records.append({"v": 1, "record": "document"} | counts)
        records += [record_of(document, one) for one in document.findings]
    path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    return path
