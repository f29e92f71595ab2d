"""Findings and changes as lines for a terminal."""

from __future__ import annotations

import pytest

from normalizer.annotation import Document, Report
from normalizer.names.knowledge import Knowledge
from normalizer.pipeline import NAMES_ONLY, normalize
from normalizer.report.listing import diff, findings


def report(text: str, knowledge: Knowledge, row: int | None = None, path: str = "a.txt") -> Report:
    return normalize(Document("id-1", text, path, row), knowledge, settings=NAMES_ONLY)


@pytest.mark.parametrize(
    ("text", "row", "place"),
    [
        ("Evgueni Prigojine came.", None, "a.txt:1:1"),
        ("First line.\r\n\nThen Evgueni Prigojine came.", None, "a.txt:3:6"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}é Evgueni Prigojine came.", None, "a.txt:1:4"),
        ("First line.\nThen Evgueni Prigojine came.", 7, "a.txt:7:18"),
    ],
)
def test_a_finding_is_one_line_with_its_place(
    text: str, row: int | None, place: str, tiny_knowledge: Knowledge
) -> None:
    (line,) = findings(report(text, tiny_knowledge, row))
    assert line.startswith(f"{place}: Evgueni Prigojine -> Yevgeny Prigozhin  0.9")
    assert " apply  " in line


def test_a_text_without_a_path_goes_by_its_id(tiny_knowledge: Knowledge) -> None:
    (line,) = findings(report("Evgueni Prigojine came.", tiny_knowledge, path=""))
    assert line.startswith("id-1:1:1: ")


def test_nothing_found_nothing_said(tiny_knowledge: Knowledge) -> None:
    clean = report("Vladimir Putin came with gravy.", tiny_knowledge)
    assert list(findings(clean)) == []
    assert list(diff(clean)) == []


def test_changes_are_a_unified_diff(tiny_knowledge: Knowledge) -> None:
    text = "One.\nVladimir Poutine came.\nThree.\nFour.\n"
    assert list(diff(report(text, tiny_knowledge))) == [
        "--- a/a.txt",
        "+++ b/a.txt",
        "@@ -1,3 +1,3 @@",
        " One.",
        "-Vladimir Poutine came.",
        "+Vladimir Putin came.",
        " Three.",
    ]


def test_a_row_is_named_in_the_diff(tiny_knowledge: Knowledge) -> None:
    lines = list(diff(report("Vladimir Poutine came.", tiny_knowledge, row=7)))
    assert lines[:2] == ["--- a/a.txt:7", "+++ b/a.txt:7"]


@pytest.mark.parametrize("show", [findings, diff])
def test_hostile_text_is_defused(show: object, tiny_knowledge: Knowledge) -> None:
    hostile = report(
        "Vladimir Pou\N{SOFT HYPHEN}tine \x1b[2J came.", tiny_knowledge, path="\x1b]0;"
    )
    lines = list(findings(hostile) if show is findings else diff(hostile))
    assert lines
    assert not any("\x1b" in line or "\N{SOFT HYPHEN}" in line for line in lines)
    assert any("<U+001B>]0;" in line for line in lines)
