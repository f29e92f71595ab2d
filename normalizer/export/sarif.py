"""SARIF 2.1.0: findings as an editor or a code host shows them beside the lines.

Columns count UTF-16 units, which is what viewers assume. A region is given only where the text is
the file itself; of a row only its line is known. https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote as percent

from normalizer.annotation import Span
from normalizer.documents.formats import format_of
from normalizer.documents.plain import read_plain
from normalizer.export.exchange import Export, Units, proposed
from normalizer.report.contents import Found, Marked
from normalizer.report.findings import to_line

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def write(export: Export) -> Iterator[tuple[str, str]]:
    """One file, a result a line."""
    rules = sorted({_rule(one) for document in export.documents for one in document.findings})
    number = {rule: at for at, rule in enumerate(rules)}
    driver = {
        "name": "normalizer",
        **({"version": export.version} if export.version else {}),
        "rules": [{"id": rule, "shortDescription": {"text": _described(rule)}} for rule in rules],
    }
    head = json.dumps({"$schema": SCHEMA, "version": "2.1.0"})[:-1]
    tool = json.dumps({"tool": {"driver": driver}, "columnKind": "utf16CodeUnits"})[:-1]
    yield "", f'{head}, "runs": [{tool}, "results": ['
    comma = "\n"
    for document in export.documents:
        lines = _Lines(document)
        for one in document.findings:
            result = _result(document, one, number[_rule(one)], lines)
            yield "", comma + to_line(result).rstrip("\n")
            comma = ",\n"
    yield "", "\n]}]}\n"


def _rule(one: Found) -> str:
    return f"name/{one.category}" if one.finding == "name" else f"{one.category}/{one.origin}"


def _described(rule: str) -> str:
    kind, _, rest = rule.partition("/")
    return f"A name in another spelling: {rest}" if kind == "name" else f"{kind}: {rest}"


def _result(document: Marked, one: Found, rule: int, lines: _Lines) -> dict[str, Any]:
    becomes = proposed(one)
    change = f"'{one.surface}'"
    if becomes is not None:
        change += f" -> '{becomes}'" if becomes else " -> (nothing)"
    artifact = {"uri": percent(document.path.encode("utf-8", "surrogatepass"))}
    region = lines.region(one.span)
    place = {"artifactLocation": artifact} | ({"region": region} if region else {})
    result = {
        "ruleId": _rule(one),
        "ruleIndex": rule,
        "level": "warning" if one.applied else "note",
        "rank": round(100 * one.score, 2),
        "message": {"text": f"{change}: {one.message}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"normalizerKey/v1": one.key},
    }
    if becomes is not None and lines.exact:
        replacement = {"deletedRegion": region, "insertedContent": {"text": becomes}}
        changes = [{"artifactLocation": artifact, "replacements": [replacement]}]
        result["fixes"] = [{"description": {"text": change}, "artifactChanges": changes}]
    return result


class _Lines:
    """Lines and columns of a document, from 1.

    Attributes:
        exact: Whether the text is the file itself, so that there are columns.
    """

    def __init__(self, document: Marked) -> None:
        self._row = document.row
        text = document.text
        self.exact = (
            text is not None and self._row is None and format_of(document.path) is read_plain
        )
        if self.exact and text is not None:
            self._units = Units(text)
            self._starts = [0, *(at + 1 for at, c in enumerate(text) if c == "\n")]
            # A byte order mark is no part of the text for SARIF.
            self._mark = int(text.startswith(BYTE_ORDER_MARK))

    def region(self, span: Span) -> dict[str, int]:
        """Where a span is; empty if that cannot be told."""
        if not self.exact:
            return {} if self._row is None else {"startLine": self._row}
        start_line, start_column = self._place(span.start)
        end_line, end_column = self._place(span.end)
        return {
            "startLine": start_line,
            "startColumn": start_column,
            "endLine": end_line,
            "endColumn": end_column,
        }

    def _place(self, at: int) -> tuple[int, int]:
        line = bisect_right(self._starts, at)
        first, here = self._units.units(Span(self._starts[line - 1], at))
        return line, max(1, here - first + 1 - (self._mark if line == 1 else 0))
