"""What a review reads and writes beside decisions: findings, texts, the table of names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from normalizer.documents.piece import Options
from normalizer.errors import DocumentError
from normalizer.review.findings_file import read_findings
from normalizer.review.history import NameRow
from normalizer.review.names_table import add_spellings, types_of
from normalizer.review.texts import Texts

FINDING: dict[str, Any] = {
    "v": 1,
    "record": "finding",
    "key": "0123456789abcdef",
    "id": "a.txt",
    "path": "a.txt",
    "row": None,
    "start": 0,
    "end": 7,
    "surface": "Oldtown",
    "finding": "name",
    "category": "exonym",
    "suggestions": [{"text": "Newtown", "score": 0.9}],
    "entity": "geo:1",
    "origin": "table:invented",
    "message": "listed spelling",
    "evidence": [{"reason": "listed spelling", "weight": 2.4}],
    "action": "apply",
    "score": 0.9,
}


def lines(*records: Any) -> Iterator[str]:
    return (json.dumps(record) + "\n" for record in records)


def test_findings_are_read_with_the_level_of_their_run(tmp_path: Path) -> None:
    run = {"v": 1, "record": "run", "apply": 0.8}
    path = tmp_path / "r.jsonl"
    path.write_text("".join(lines(run, {"v": 1, "record": "document"}, FINDING, FINDING)), "utf-8")
    assert read_findings(path) == ([FINDING, FINDING], 0.8)


@pytest.mark.parametrize(
    "broken",
    [
        {"suggestions": [{"text": 1, "score": 0.5}]},
        {"suggestions": [{"score": 0.5}]},
        {"suggestions": None},
        {"evidence": ["why"]},
        {"evidence": [{"reason": "why"}]},
        {"message": None},
        {"entity": 3},
        {"score": "high"},
        {"start": 9, "end": 3},
    ],
)
def test_a_finding_that_lacks_something_is_named_by_its_line(
    tmp_path: Path, broken: dict[str, Any]
) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("".join(lines(FINDING, FINDING | broken)), "utf-8")
    with pytest.raises(DocumentError, match=r"r\.jsonl: line 2: (lacks|is no record)"):
        read_findings(path)


@pytest.mark.parametrize("line", ["", "{", "[]", "1,2", '{"v":2,"record":"finding"}', "[" * 9999])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("".join(lines(FINDING)) + line + "\n", "utf-8")
    with pytest.raises(DocumentError, match=r"r\.jsonl: line 2: "):
        read_findings(path)
    with pytest.raises(DocumentError, match="cannot be read"):
        read_findings(tmp_path / "none.jsonl")


def test_texts_are_read_when_asked_for_and_forgotten_when_they_are_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_bytes(b"one")
    (tmp_path / "b.jsonl").write_bytes(b'{"text":"two"}\n{"other":1}\n{"text":"three"}\n')
    (tmp_path / "c.bin").write_bytes(b"four")
    files = {path.name: path for path in tmp_path.iterdir()} | {"gone.txt": tmp_path / "gone.txt"}
    texts = Texts(files, Options())
    assert texts("a.txt", None) == "one"
    assert [texts("b.jsonl", row) for row in (1, 2, 3, None)] == ["two", None, "three", None]
    assert texts("c.bin", None) is texts("gone.txt", None) is texts("other.txt", None) is None
    (tmp_path / "a.txt").write_bytes(b"new")
    assert texts("a.txt", None) == "one"
    monkeypatch.setattr("normalizer.review.texts.MAX_KEPT", 4)
    texts = Texts(files, Options())
    assert [texts("a.txt", None), texts("b.jsonl", 1)] == ["new", "two"]
    (tmp_path / "a.txt").write_bytes(b"newer")
    assert texts("a.txt", None) == "newer"


# -- the table of names ----------------------------------------------------------------------


def test_spellings_are_added_and_other_lines_stay() -> None:
    table = (
        '\ufeffcanonical,aliases,type\r\n"Kiev, the\r\ncity",Kyiv,capital\r\n'
        "Ann,A.,person\r\nNewname,,person"
    )
    rows = [
        NameRow("newname", "Oldname"),
        NameRow("Newname", "OLDNAME"),
        NameRow("Newtown", "Oldtown"),
        NameRow("Newtown", "Old|town"),
        NameRow("Kiev, the\r\ncity", "kyiv"),
    ]
    content, added = add_spellings(table.encode(), rows, types_of([FINDING]))
    assert added == 2
    assert content.decode() == (
        '\ufeffcanonical,aliases,type\r\n"Kiev, the\r\ncity",Kyiv,capital\r\n'
        "Ann,A.,person\r\nNewname,Oldname,person\r\nNewtown,Oldtown,place\r\n"
    )
    assert add_spellings(content, rows, {}) == (content, 0)


def test_a_table_is_made_where_there_is_none() -> None:
    content, added = add_spellings(b"", [NameRow("Newname", "Oldname")], {})
    assert (content, added) == (b"canonical,type,aliases,native\nNewname,,Oldname,\n", 1)


@pytest.mark.parametrize("table", [b"name\n", b"\xff", b'canonical,aliases\n"' + b"x" * 200_000])
def test_a_table_that_is_none_is_left_alone(table: bytes) -> None:
    with pytest.raises(DocumentError, match=r"the table of names (has no columns|is not CSV)"):
        add_spellings(table, [NameRow("Newname", "Oldname")], {})
