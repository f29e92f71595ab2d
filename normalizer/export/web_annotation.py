"""W3C Web Annotation: one JSON-LD collection of all findings.

Each target is a file with a position and a quote. The Recommendation counts positions in code
points, as we do. A row of a file is the line of RFC 5147 (``#line=2,3`` is the third line) and
positions are then those of its text field. https://www.w3.org/TR/annotation-model/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote as percent

from normalizer.export.exchange import Export
from normalizer.report.contents import Found, Marked
from normalizer.report.findings import to_line
from normalizer.review.anchors import quote

CONTEXT = ["http://www.w3.org/ns/anno.jsonld", {"normalizer": "urn:normalizer:"}]


def write(export: Export) -> Iterator[tuple[str, str]]:
    """One file, an annotation a line."""
    generator = {"type": "Software", "name": f"normalizer {export.version}".strip()}
    head = {
        "@context": CONTEXT,
        "id": "urn:normalizer:findings",
        "type": "AnnotationCollection",
        "label": "Findings of normalizer",
        "total": sum(len(one.findings) for one in export.documents),
    }
    first = '"first":{"id":"urn:normalizer:findings:1","type":"AnnotationPage","items":['
    yield "", json.dumps(head)[:-1] + ",\n" + first
    comma = "\n"
    for document in export.documents:
        for one in document.findings:
            yield "", comma + to_line(_annotation(document, one, export, generator)).rstrip("\n")
            comma = ",\n"
    yield "", "\n]}}\n"


def _annotation(
    document: Marked, one: Found, export: Export, generator: dict[str, str]
) -> dict[str, Any]:
    bodies: list[dict[str, Any]] = [
        {"type": "TextualBody", "value": other.text, "purpose": "editing", "format": "text/plain"}
        for other in one.suggestions
    ]
    if one.entity:
        known = export.entities.get(one.entity)
        identified = {
            "type": "SpecificResource",
            "source": f"urn:normalizer:entity:{percent(one.entity, safe=':', errors='replace')}",
            "purpose": "identifying",
        }
        bodies.append(identified | ({"normalizer:canonical": known.canonical} if known else {}))
    bodies.append({"type": "TextualBody", "value": one.category, "purpose": "tagging"})
    bodies.append({"type": "TextualBody", "value": one.message, "purpose": "describing"})
    return {
        "id": f"urn:normalizer:finding:{percent(one.key, errors='replace')}",
        "type": "Annotation",
        "motivation": "editing" if one.suggestions else "highlighting",
        "generator": generator,
        "normalizer:score": round(one.score, 4),
        "normalizer:action": one.action,
        "body": bodies,
        "target": {"source": source(document), "selector": _selectors(document, one)},
    }


def source(document: Marked) -> str:
    """The file of a document as a relative reference (RFC 3986), with the line of a row."""
    path = percent(document.path.encode("utf-8", "surrogatepass"))
    return path if document.row is None else f"{path}#line={document.row - 1},{document.row}"


def _selectors(document: Marked, one: Found) -> list[dict[str, Any]]:
    quoted = {"type": "TextQuoteSelector", "exact": one.surface}
    if document.text is not None:
        prefix, _, suffix = quote(document.text, one.span)
        quoted |= {"prefix": prefix, "suffix": suffix}
    return [
        {"type": "TextPositionSelector", "start": one.span.start, "end": one.span.end},
        quoted,
    ]
