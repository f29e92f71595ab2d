"""Findings as JSON lines: every line is as the schema says, and the lines can be replayed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

import normalizer
from normalizer.annotation import (
    Alias,
    Candidate,
    Decision,
    Document,
    Evidence,
    Flag,
    Span,
    Suggestion,
)
from normalizer.decide import decide
from normalizer.errors import DocumentError
from normalizer.names.knowledge import Knowledge
from normalizer.pipeline import normalize
from normalizer.report.findings import (
    edits_by_document,
    finding,
    message_of,
    origin_of,
    read_report,
    to_line,
)
from normalizer.rewrite import apply_edits

SCHEMA = json.loads(
    (Path(normalizer.__file__).parent / "report" / "finding.schema.json").read_text("utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)
# Keys as the design fixes them, and the three that tell lines apart.
KEYS = {
    "id", "path", "row", "start", "end", "surface", "finding", "category", "score", "action",
    "suggestions", "entity", "origin", "message", "evidence",
} | {"v", "record", "key"}  # fmt: skip

TEXT = (
    "Vladimir Poutine and Evgueni Prigojine met in Moscou. Kreml said so, the OTAN too. "
    "ALEXEÏ NAVALNY came from Kijów. Milano and Prigojin, Golovina and Putino."
)


def found(text: str, knowledge: Knowledge, row: int | None = None) -> list[dict[str, Any]]:
    document = Document("id-1", text, "a/b.txt", row)
    return [finding(document, one) for one in normalize(document, knowledge).decisions]


@pytest.fixture
def record(tiny_knowledge: Knowledge) -> dict[str, Any]:
    return found("Vladimir Poutine spoke.", tiny_knowledge)[0]


def flag_record(*suggestions: Suggestion) -> dict[str, Any]:
    flag = Flag(Span(0, 3), "the", "invented", "rule-1", 0.8, "odd", suggestions)
    document = Document("id-1", "the the", "a.txt")
    (decision,) = decide(document, [], [flag])
    return finding(document, decision)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["required"]) == KEYS
    assert set(SCHEMA["properties"]) == KEYS | {"raw", "decided_by", "note"}


@pytest.mark.parametrize("row", [None, 3])
def test_every_line_of_a_name_is_as_the_schema_says(
    row: int | None, tiny_knowledge: Knowledge
) -> None:
    records = found(TEXT, tiny_knowledge, row)
    assert len(records) > 4
    for record in records:
        VALIDATOR.validate(json.loads(to_line(record)))


@pytest.mark.parametrize("suggestions", [(), (Suggestion("a", 0.7), Suggestion("", 0.1))])
def test_every_line_of_a_flag_is_as_the_schema_says(suggestions: tuple[Suggestion, ...]) -> None:
    VALIDATOR.validate(json.loads(to_line(flag_record(*suggestions))))


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"record": "document"},
        {"score": 1.2},
        {"start": -1},
        {"row": 0},
        {"action": "delete"},
        {"suggestions": []},
        {"suggestions": [{"text": "a"}]},
        {"entity": None},
        {"metadata": {}},
        {"key": "x"},
        {"finding": "flag"},
    ],
    ids=str,
)
def test_other_lines_are_refused(change: dict[str, Any], record: dict[str, Any]) -> None:
    VALIDATOR.validate(record)
    with pytest.raises(ValidationError):
        VALIDATOR.validate(record | change)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_required(key: str, record: dict[str, Any]) -> None:
    del record[key]
    with pytest.raises(ValidationError, match=key):
        VALIDATOR.validate(record)


def test_a_finding_points_into_the_text(tiny_knowledge: Knowledge) -> None:
    for record in found(TEXT, tiny_knowledge):
        assert TEXT[record["start"] : record["end"]] == record["surface"]
        assert record["score"] <= record["suggestions"][0]["score"]


def test_only_the_words_that_change_are_named(tiny_knowledge: Knowledge) -> None:
    (record,) = found("Then Vladimir Poutine spoke.", tiny_knowledge)
    assert (record["surface"], record["suggestions"][0]["text"]) == ("Poutine", "Putin")
    assert record["entity"] == "per:vladimir-putin"


def test_the_evidence_adds_up_to_the_score(record: dict[str, Any]) -> None:
    weight = sum(one["weight"] for one in record["evidence"])
    assert record["score"] == pytest.approx(1 / (1 + math.exp(-weight)), abs=0.01)


@pytest.mark.parametrize(
    ("alias", "origin"),
    [
        (Alias("Poutine", frozenset({"fr"}), "transliteration", "fr-press:final-in"),
         "fr-press:final-in"),
        (Alias("OTAN", frozenset({"fr"}), "exonym", source="press-usage"), "table:press-usage"),
    ],
)  # fmt: skip
def test_the_origin_is_a_scheme_or_a_table(alias: Alias, origin: str) -> None:
    assert origin_of(alias) == origin


def test_the_message_names_the_spelling_and_what_speaks_for_it() -> None:
    alias = Alias("OTAN", frozenset({"fr"}), "exonym", source="press-usage")
    evidence = (Evidence("listed", 2.0), Evidence("for", 1.0), Evidence("against", -1.0))
    assert message_of(Candidate("x", "NATO", alias, 0.9, evidence)) == "listed; for"


def test_a_line_is_one_line_of_utf8() -> None:
    line = to_line({"surface": "Wałęsa\n\N{LINE SEPARATOR}"})
    assert (line.count("\n"), line[-1]) == (1, "\n")
    assert "Wałęsa" in line


def test_a_broken_text_is_written_as_escapes() -> None:
    line = to_line({"surface": "é\udcff"})
    assert line == '{"surface":"\\u00e9\\udcff"}\n'
    assert json.loads(line.encode())["surface"] == "é\udcff"


def test_a_report_read_back_replays(tiny_knowledge: Knowledge, tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    run = {"v": 1, "record": "run"}
    lines = [run, *found(TEXT, tiny_knowledge), *found(TEXT, tiny_knowledge, row=2), flag_record()]
    report.write_text("".join(map(to_line, lines)), "utf-8")
    records = list(read_report(report))
    assert records == lines
    edits = edits_by_document(records)
    assert sorted(edits, key=str) == [("a/b.txt", 2), ("a/b.txt", None)]
    normalized = normalize(Document("", TEXT), tiny_knowledge).text
    assert normalized != TEXT
    assert apply_edits(TEXT, edits["a/b.txt", None]) == normalized


def test_only_applied_findings_are_edits(record: dict[str, Any]) -> None:
    assert edits_by_document([record | {"action": "propose"}, {"v": 1, "record": "run"}]) == {}
    assert len(edits_by_document([record])["a/b.txt", None]) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"nonsense\n", "line 1: is not JSON"),
        (b"[]\n", "line 1: is no record of a version 1 report"),
        (b'{"v":1,"record":"run"}\n{"v":2,"record":"finding"}\n', "line 2: is no record"),
        (b'{"v":1}\n', "line 1: is no record"),
        (b"\xff\n", "line 1: is not JSON"),
        (b'{"v":1,"record":"finding"}\n', "line 1: is no record"),
    ],
)
def test_a_report_with_a_fault_is_refused_by_line(
    content: bytes, said: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.jsonl"
    report.write_bytes(content)
    with pytest.raises(DocumentError, match=f"report.jsonl: .*{said}"):
        list(read_report(report))


@pytest.mark.parametrize(
    "change", [{"start": "1"}, {"action": "x"}, {"suggestions": []}, {"row": "1"}, {"path": 1}]
)
def test_a_finding_that_cannot_be_replayed_is_refused(
    change: dict[str, Any], record: dict[str, Any], tmp_path: Path
) -> None:
    report = tmp_path / "report.jsonl"
    report.write_text(to_line(record) + to_line(record | change), "utf-8")
    with pytest.raises(DocumentError, match="line 2: is no record"):
        list(read_report(report))


def test_a_missing_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none.jsonl: cannot be read \(No such file"):
        list(read_report(tmp_path / "none.jsonl"))


def test_a_decision_of_a_flag_is_a_flag() -> None:
    flag = Flag(Span(0, 3), "the", "invented", "rule-1", 0.8, "odd")
    decision = Decision("0" * 16, flag.span, "the", "the", "propose", "score", flag)
    record = finding(Document("a", "the"), decision)
    assert (record["finding"], record["origin"], record["entity"]) == ("flag", "rule-1", None)
