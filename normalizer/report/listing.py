"""Findings and changes of one document as lines for a terminal."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from normalizer.annotation import Report
from normalizer.decide import score_of
from normalizer.report.findings import finding
from normalizer.report.safe_text import safe_text


def findings(report: Report) -> Iterator[str]:
    """One line a finding: ``path:line:column: Poutine -> Putin  0.97 apply  why``."""
    text = report.document.text
    for decision in report.decisions:
        start = decision.span.start
        line = text.count("\n", 0, start) + 1
        column = start - text.rfind("\n", 0, start)
        row = finding(report.document, decision)
        where = report.document.path or report.document.id
        if report.document.row is not None:
            where, line, column = f"{where}:{report.document.row}", 0, start + 1
        place = f"{where}:{line}:{column}" if line else f"{where}:{column}"
        change = decision.before
        if decision.after != decision.before:
            change += f" -> {decision.after or '(nothing)'}"
        score = f"{score_of(decision.finding):.2f} {decision.verdict}"
        if row["finding"] == "flag":
            score += f" {row['category']}"
        yield safe_text(f"{place}: {change}  {score}  {row['message']}")


def diff(report: Report) -> Iterator[str]:
    """The changes as a unified diff, nothing when there are none."""
    before = report.document.text.split("\n")
    after = report.text.split("\n")
    name = report.document.path or report.document.id
    if report.document.row is not None:
        name = f"{name}:{report.document.row}"
    for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", n=1, lineterm=""):
        yield safe_text(line)
