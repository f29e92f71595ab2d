"""A report read back is the report that was written, and texts that do not fit are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_reports import found, marked, record_of, write_report

from normalizer.annotation import Document, Entity, Span
from normalizer.errors import DocumentError
from normalizer.names.knowledge import Knowledge
from normalizer.pipeline import normalize
from normalizer.report.contents import Contents, Marked, fits, read_contents, with_texts
from normalizer.report.findings import finding, to_line
from normalizer.report.overview import Spelling, entity_rows, flagged, named, totals

TEXT = "From Moscou to Kiev, he he said. Moscou again."
MOSCOW = found(TEXT, "Moscou", "Moscow", entity="geo:1")
KYIV = found(TEXT, "Kiev", "Kyiv", entity="geo:2", action="propose", score=0.6)
TWICE = found(TEXT, "he he", "he")


def test_what_the_pipeline_writes_is_read(tiny_knowledge: Knowledge, tmp_path: Path) -> None:
    report = normalize(Document("a", "Vladimir Poutine came.came", path="a.txt"), tiny_knowledge)
    lines = [to_line(finding(report.document, one)) for one in report.decisions]
    assert lines
    (tmp_path / "r.jsonl").write_text("".join(lines), "utf-8")
    (document,) = read_contents(tmp_path / "r.jsonl").documents
    assert [(one.key, one.span, one.surface) for one in document.findings] == [
        (one.finding_key, one.span, one.before) for one in report.decisions
    ]
    assert [one.replacement for one in document.findings] == [one.after for one in report.decisions]


def test_a_report_is_read_whole(tmp_path: Path) -> None:
    documents = (marked(TEXT, MOSCOW, KYIV, TWICE), marked(TEXT, MOSCOW, path="b.jsonl", row=3))
    contents = read_contents(write_report(tmp_path / "r.jsonl", *documents))
    assert contents.run["normalizer"] == "9.9"
    assert [one["path"] for one in contents.files] == ["a.txt", "b.jsonl"]
    assert [one.findings for one in contents.documents] == [one.findings for one in documents]
    assert [one.name for one in contents.documents] == ["a.txt", "b.jsonl:3"]
    assert [one.text for one in contents.documents] == [None, None]


@pytest.mark.parametrize(
    "damage",
    [
        {"key": 7},
        {"start": -1},
        {"start": 9, "end": 5},
        {"score": "much"},
        {"score": float("nan")},
        {"score": 1.5},
        {"evidence": [{"reason": "r", "weight": float("inf")}]},
        {"suggestions": [{"score": 1}]},
        {"evidence": [7]},
        {"entity": 7},
        {"message": None},
    ],
    ids=str,
)
def test_a_damaged_finding_is_told_with_its_line(damage: dict[str, Any], tmp_path: Path) -> None:
    document = marked(TEXT, KYIV)
    path = write_report(tmp_path / "r.jsonl", document)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record_of(document, KYIV) | damage) + "\n")
    with pytest.raises(DocumentError, match=r"line 4: is no(t a whole finding| record)"):
        read_contents(path)


def test_texts_are_added_where_they_fit() -> None:
    texts: dict[tuple[str, int | None], str] = {
        ("a.txt", None): TEXT,
        ("b.txt", None): TEXT.replace("Moscou", "Moscow"),
    }
    bare = [Marked(path, path, None, (MOSCOW,)) for path in ("a.txt", "b.txt", "c.txt")]
    filled = with_texts(
        Contents(documents=tuple(bare), notes=("before",)), lambda path, row: texts.get((path, row))
    )
    assert [one.text for one in filled.documents] == [TEXT, None, None]
    assert [note.partition(":")[0] for note in filled.notes] == ["before", "b.txt", "c.txt"]


def test_edits_that_clash_do_not_fit() -> None:
    inside = found(TEXT, "osc", "x", entity="geo:1")
    assert fits(marked(TEXT, MOSCOW, KYIV, TWICE), TEXT)
    assert not fits(marked(TEXT, MOSCOW, inside), TEXT)
    assert fits(marked(TEXT, MOSCOW, found(TEXT, "osc", "x")), TEXT)


def test_who_decided_is_told(tmp_path: Path) -> None:
    one = found(TEXT, "he he", "he", action="apply", decided_by="ana")
    (document,) = read_contents(write_report(tmp_path / "r.jsonl", marked(TEXT, one))).documents
    assert document.findings == (one,)
    assert document.findings[0].applied


def test_figures_and_spellings() -> None:
    again = found(
        TEXT, "Moscou", "Moscow", entity="geo:1", action="propose", span=Span(33, 39), key="x"
    )
    contents = Contents(documents=(marked(TEXT, MOSCOW, again, KYIV, TWICE),))
    assert totals(contents).rewritten == 1
    assert totals(contents).proposed == 2
    assert totals(contents).flags == 1
    assert [one for _, one in flagged(contents)] == [TWICE]
    assert [one for _, one in named(contents)] == [MOSCOW, KYIV, again]
    moscow, other = entity_rows(contents, {"geo:1": Entity("geo:1", "capital", "Moscow")})
    assert (moscow.entity.canonical, moscow.count, moscow.documents) == ("Moscow", 2, 1)
    assert moscow.spellings == (Spelling("Moscou", "Moscow", 1, 1),)
    assert other.entity.canonical == "geo:2"
