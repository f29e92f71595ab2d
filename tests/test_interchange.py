"""Each format as its tool reads it, and what a reviewer did there as rulings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from made_reports import found, marked

from normalizer.annotation import Entity, Span, Suggestion
from normalizer.cli import interchange
from normalizer.errors import DocumentError
from normalizer.export import (
    brat,
    conll,
    doccano,
    findings_formats,
    label_studio,
    prodigy,
    sarif,
    tei,
    web_annotation,
)
from normalizer.export.exchange import Export, Returned
from normalizer.export.folder import write_folder
from normalizer.export.imported import import_reviews
from normalizer.report.contents import Marked
from normalizer.review.rulings import Ruling

# An emoji before every span: code points, UTF-16 units and bytes all differ.
TEXT = "😀 From Moscou to Kiev, he he said.\r\n\r\n“We saw Navaln” & <left>.\n"
ROW = "🇫🇷 Poutine in Kiev\u2028and back."
DOCUMENTS = (
    marked(
        TEXT,
        found(TEXT, "Moscou", "Moscow", entity="geo:1"),
        found(TEXT, "Kiev", "Kyiv", entity="geo:2", action="propose", score=0.6),
        found(TEXT, "he he", "he", category="repeated"),
        found(TEXT, "Navaln", "Navalny", entity="per:alexei-navalny"),
        found(TEXT, "left", None, category="odd"),
        path="news/a.txt",
    ),
    marked(ROW, found(ROW, "Poutine", "Putin", entity="per:x"), path="rows.jsonl", row=3),
)
EXPORT = Export(
    DOCUMENTS,
    {"per:x": Entity("per:x", "person", "Vladimir Putin"), "geo:2": Entity("geo:2", "c", "Kyiv")},
    "9.9",
)
HOSTILE = "</reg>]]>\x00\x1b[31m\u202e\ud800 <b>&amp;\"'\t=1+1\nx"


def together(pieces: object) -> str:
    return "".join(text for _, text in pieces)  # type: ignore[attr-defined]


def rows(pieces: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in together(pieces).split("\n") if line]


def folder(pieces: object, root: Path) -> Path:
    write_folder(root, pieces)  # type: ignore[arg-type]
    return root


def said(returned: object, by: str = "ana") -> list[tuple[str, str, str | None]]:
    """What an import makes of it: words, act, text."""
    done = import_reviews(returned, (), by=by, at="2026-01-31T09:30:00.000Z")  # type: ignore[arg-type]
    assert done.faults == ()
    return [(exact(one), one.act, one.value) for one in done.rulings]


def exact(ruling: Ruling) -> str:
    assert ruling.anchor
    return ruling.anchor.exact


def faults(returned: object) -> list[str]:
    return [fault for one in returned for fault in one.faults]  # type: ignore[attr-defined]


def test_the_command_knows_all_formats() -> None:
    assert sorted(findings_formats.FORMATS) == interchange.EXPORTED
    assert list(findings_formats.IMPORTED) == interchange.IMPORTED


@pytest.mark.parametrize("name", interchange.EXPORTED)
def test_nothing_found_is_something_to_write(name: str) -> None:
    pieces = list(findings_formats.FORMATS[name].write(Export((), {}, "")))
    if name in ("label-studio", "sarif", "web-annotation"):
        json.loads(together(pieces))


@pytest.mark.parametrize("name", interchange.EXPORTED)
def test_hostile_text_goes_through_as_text(name: str, tmp_path: Path) -> None:
    text = f"a {HOSTILE} b {HOSTILE}2 c"
    document = marked(
        text,
        found(text, HOSTILE, HOSTILE, entity=HOSTILE, origin=HOSTILE, message=HOSTILE),
        found(text, HOSTILE + "2", HOSTILE, category=HOSTILE, key="k2", span=Span(44, 80)),
    )
    form = findings_formats.FORMATS[name]
    pieces = list(form.write(Export((document,), {HOSTILE: Entity(HOSTILE, "x", HOSTILE)}, "1")))
    for _, piece in pieces:
        piece.encode()
    if form.read:
        path = tmp_path / "out"
        if form.folder:
            folder(pieces, path)
        else:
            path.write_text(together(pieces), "utf-8")
        assert faults(form.read(path)) == []


# -- Prodigy ---------------------------------------------------------------------------------


def test_prodigy_has_a_task_for_each_finding() -> None:
    tasks = rows(prodigy.write(EXPORT))
    assert [task["spans"][0]["label"] for task in tasks] == [
        "name: Moscow",
        "name: Kyiv",
        "repeated: he",
        "name: Navalny",
        "odd",
        "name: Putin",
    ]
    for task in tasks:
        (span,) = task["spans"]
        words = task["text"][span["start"] : span["end"]]
        assert words == task["normalizer"][0]["exact"]
        tokens = task["tokens"]
        assert tokens[span["token_start"]]["start"] == span["start"]
        assert tokens[span["token_end"]]["end"] == span["end"]
        for number, token in enumerate(tokens):
            assert token["id"] == number
            assert task["text"][token["start"] : token["end"]] == token["text"]


def test_prodigy_shows_the_words_around() -> None:
    text = "word " * 200 + "Moscou" + " word" * 200
    document = marked(text, found(text, "Moscou", "Moscow", entity="geo:1"))
    (task,) = rows(prodigy.write(Export((document,))))
    assert len(task["text"]) < 500
    assert task["text"].startswith("word ")
    assert task["text"].endswith(" word")


def test_prodigy_comes_back(tmp_path: Path) -> None:
    tasks = rows(prodigy.write(EXPORT))
    tasks[0]["answer"] = "accept"
    tasks[1]["answer"] = "reject"
    tasks[2] |= {"answer": "accept", "correction": "she"}
    tasks[3]["answer"] = "ignore"
    tasks[4] |= {"answer": "accept", "_annotator_id": "findings-ben"}
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in tasks), "utf-8")
    assert said(prodigy.read(path)) == [
        ("Moscou", "accept", "Moscow"),
        ("Kiev", "reject", None),
        ("he he", "edit", "she"),
        ("Navaln", "unsure", None),
        ("left", "accept", None),
    ]
    returned = list(prodigy.read(path))
    assert [one.by for one in returned][3:5] == ["", "findings-ben"]
    assert returned[5].untouched == 1


def test_prodigy_spans_that_were_moved_are_told(tmp_path: Path) -> None:
    (task, *_) = rows(prodigy.write(EXPORT))
    task["spans"][0]["start"] -= 5
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(task | {"answer": "accept"}), "utf-8")
    (returned,) = prodigy.read(path)
    assert (returned.answers, returned.untouched) == ((), 1)
    assert "'Moscou' at 7 has other bounds now" in returned.notes[0]
    # A span that was taken away is a rejection.
    path.write_text(json.dumps(task | {"answer": "accept", "spans": []}), "utf-8")
    assert said(prodigy.read(path)) == [("Moscou", "reject", None)]


def test_prodigy_options_pick_a_text(tmp_path: Path) -> None:
    two = (Suggestion("Moscow", 0.9), Suggestion("Moskva", 0.4))
    document = marked(TEXT, found(TEXT, "Moscou", entity="geo:1", suggestions=two))
    (task,) = rows(prodigy.write(Export((document,))))
    assert task["options"] == [{"id": 0, "text": "Moscow"}, {"id": 1, "text": "Moskva"}]
    path = tmp_path / "x.jsonl"
    for chosen, expected in (
        ([0], [("Moscou", "accept", "Moscow")]),
        ([1], [("Moscou", "edit", "Moskva")]),
        ([], []),
        ([0, 1], []),
    ):
        path.write_text(json.dumps(task | {"answer": "accept", "accept": chosen}), "utf-8")
        assert said(prodigy.read(path)) == expected


def test_prodigy_faults_are_told_by_row(tmp_path: Path) -> None:
    (task, *_) = rows(prodigy.write(EXPORT))
    path = tmp_path / "x.jsonl"
    lines = [{"text": "x"}, task | {"answer": "yes"}, task | {"answer": "accept"}]
    path.write_text("{\n" + "".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    assert [fault.split(";")[0].split(" (")[0] for fault in faults(prodigy.read(path))] == [
        "x.jsonl: row 1: is not JSON",
        "x.jsonl: row 2: has no whole 'normalizer' from the export",
        "x.jsonl: row 3: the answer is 'yes'",
    ]
    assert sum(len(one.answers) for one in prodigy.read(path)) == 1


# -- doccano ---------------------------------------------------------------------------------


def test_doccano_counts_utf_16_units() -> None:
    first, second = rows(doccano.write(EXPORT))
    assert [one[2] for one in first["label"]] == ["name", "name", "repeated", "name", "odd"]
    wide = first["text"].encode("utf-16-le")
    words = [wide[2 * start : 2 * end].decode("utf-16-le") for start, end, _ in first["label"]]
    assert words == ["Moscou", "Kiev", "he he", "Navaln", "left"]
    assert first["proposed"][0] == "Moscou -> Moscow (0.95): about Moscou"
    assert second["file"] == "rows.jsonl:3"


def edited(path: Path, made: list[dict[str, Any]], edit: Callable[[Any], None]) -> Path:
    edit(made)
    path.write_text("".join(json.dumps(one) + "\n" for one in made), "utf-8")
    return path


@pytest.mark.parametrize("finished", [False, True])
def test_doccano_comes_back(tmp_path: Path, finished: bool) -> None:
    def edit(made: Any) -> None:
        label = made[0]["label"]
        label[0][2] = "accept"
        label[2][2] = "reject"
        del label[1]
        # doccano adds its own id and comments.
        made[0] |= {"id": 17, "Comments": []}

    path = edited(tmp_path / "x.jsonl", rows(doccano.write(EXPORT)), edit)
    rest = [("Navaln", "accept", "Navalny"), ("left", "accept", None)]
    assert said(doccano.read(path, finished=finished)) == [
        ("Moscou", "accept", "Moscow"),
        ("Kiev", "reject", None),
        ("he he", "reject", None),
        *(rest if finished else []),
        *([("Poutine", "accept", "Putin")] if finished else []),
    ]


def test_doccano_projects_with_relations_come_back(tmp_path: Path) -> None:
    def edit(made: Any) -> None:
        for row in made:
            row["entities"] = [
                {"id": 1, "start_offset": start, "end_offset": end, "label": "accept"}
                for start, end, _ in row.pop("label")
            ]

    path = edited(tmp_path / "x.jsonl", rows(doccano.write(EXPORT)), edit)
    assert [act for _, act, _ in said(doccano.read(path))] == ["accept"] * 6


def test_doccano_faults_are_told_by_row(tmp_path: Path) -> None:
    def edit(made: Any) -> None:
        made[0]["label"][0] = ["x", 3, "name"]
        del made[1]["text"]

    path = edited(tmp_path / "x.jsonl", rows(doccano.write(EXPORT)), edit)
    assert [fault.partition(" is no ")[0] for fault in faults(doccano.read(path))] == [
        "x.jsonl: row 1: ['x', 3, 'name']",
        "x.jsonl: row 2: has no 'text' or no 'label'; export from doccano as JSONL",
    ]


# -- Label Studio ----------------------------------------------------------------------------


def tasks_of(export: Export) -> list[dict[str, Any]]:
    tasks = json.loads(together(label_studio.write(export)))
    assert isinstance(tasks, list)
    return tasks


def submitted(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The predictions taken over as annotations, as the editor does."""
    for number, task in enumerate(tasks):
        result = json.loads(json.dumps(task["predictions"][0]["result"]))
        task["annotations"] = [{"id": number, "completed_by": 4, "result": result}]
    return tasks


def test_label_studio_has_regions_with_their_replacement() -> None:
    first, second = tasks_of(EXPORT)
    assert first["data"]["text"] == TEXT
    (prediction,) = first["predictions"]
    assert prediction["model_version"] == "normalizer 9.9"
    assert prediction["score"] == 0.6
    regions = [one for one in prediction["result"] if one["type"] == "labels"]
    for region in regions:
        value = region["value"]
        assert TEXT[value["start"] : value["end"]] == value["text"]
        assert (region["from_name"], region["to_name"]) == ("label", "text")
    texts = {
        one["id"]: one["value"]["text"] for one in prediction["result"] if one["type"] == "textarea"
    }
    assert [texts.get(one["id"]) for one in regions] == [
        ["Moscow"],
        ["Kyiv"],
        ["he"],
        ["Navalny"],
        None,
    ]
    assert second["data"]["file"] == "rows.jsonl:3"


def test_label_studio_comes_back(tmp_path: Path) -> None:
    tasks = submitted(tasks_of(EXPORT))
    result = tasks[0]["annotations"][0]["result"]
    by_word = {one["value"]["text"]: one for one in result if one["type"] == "labels"}

    def verdict(word: str, choice: str) -> dict[str, Any]:
        chosen = {"from_name": "verdict", "type": "choices", "value": {"choices": [choice]}}
        return {**by_word[word], **chosen}

    result.append(verdict("Moscou", "reject"))
    result.append(verdict("he he", "unsure"))
    kiev = by_word["Kiev"]["id"]
    for one in result:
        if one["type"] == "textarea" and one["id"] == kiev:
            one["value"]["text"] = ["Kiev City"]
    gone = by_word["Navaln"]["id"]
    result[:] = [one for one in result if one["id"] != gone]
    for form in ("array", "lines"):
        path = tmp_path / form
        lines = "\n".join(map(json.dumps, tasks))
        path.write_text(json.dumps(tasks) if form == "array" else lines, "utf-8")
        assert said(label_studio.read(path)) == [
            ("Moscou", "reject", None),
            ("Kiev", "edit", "Kiev City"),
            ("he he", "unsure", None),
            ("Navaln", "reject", None),
            ("left", "accept", None),
            ("Poutine", "accept", "Putin"),
        ]
    assert {one.by for one in label_studio.read(path)} == {"label-studio 4"}


def test_label_studio_without_the_field_for_texts_comes_back(tmp_path: Path) -> None:
    tasks = submitted(tasks_of(EXPORT))
    for task in tasks:
        result = task["annotations"][0]["result"]
        result[:] = [one for one in result if one["type"] == "labels"]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(tasks), "utf-8")
    assert [act for _, act, _ in said(label_studio.read(path))] == ["accept"] * 6


def test_label_studio_before_it_counted_code_points_comes_back(tmp_path: Path) -> None:
    tasks = submitted(tasks_of(EXPORT))
    for task in tasks:
        for one in task["annotations"][0]["result"]:
            # New regions, with ids of their own, in UTF-16 units.
            one["id"] += "-new"
            for end in ("start", "end"):
                before = task["data"]["text"][: one["value"][end]]
                one["value"][end] = len(before.encode("utf-16-le")) // 2
    path = tmp_path / "x.json"
    path.write_text(json.dumps(tasks), "utf-8")
    assert [act for _, act, _ in said(label_studio.read(path))] == ["accept"] * 6


def test_label_studio_without_a_submitted_annotation_says_nothing(tmp_path: Path) -> None:
    tasks = submitted(tasks_of(EXPORT))
    tasks[0]["annotations"][0]["was_cancelled"] = True
    del tasks[1]["annotations"]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(tasks), "utf-8")
    returned = list(label_studio.read(path))
    assert [one.untouched for one in returned] == [5, 1]
    assert said(returned) == []


def test_label_studio_faults_are_told_by_task(tmp_path: Path) -> None:
    tasks: list[Any] = submitted(tasks_of(EXPORT))
    path = tmp_path / "x.json"
    path.write_text(json.dumps([7, {"text": "x"}, {"data": {"text": "x"}}, tasks[1]]), "utf-8")
    assert [fault.split(";")[0] for fault in faults(label_studio.read(path))] == [
        "x.json: task 1: is no task",
        "x.json: task 2: has no data with a text",
        "x.json: task 3: has no whole 'normalizer' from the export",
    ]
    assert said([one for one in label_studio.read(path) if not one.faults]) == [
        ("Poutine", "accept", "Putin")
    ]
    path.write_text("[{", "utf-8")
    with pytest.raises(DocumentError, match="is not JSON"):
        list(label_studio.read(path))


# -- brat ------------------------------------------------------------------------------------


def test_brat_has_a_text_and_annotations_for_each_document(tmp_path: Path) -> None:
    root = folder(brat.write(EXPORT), tmp_path / "out")
    assert (root / "news/a.txt").read_bytes().decode() == TEXT
    lines = (root / "news/a.ann").read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("T"):
            _, head, words = line.split("\t")
            _, start, end = head.split(" ")
            assert TEXT[int(start) : int(end)] == words
    assert "N4\tReference T4 normalizer:per:alexei-navalny\tper:alexei-navalny" in lines
    assert "N2\tReference T2 normalizer:geo:2\tKyiv" in lines
    assert "#1\tAnnotatorNotes T1\tMoscow" in lines
    assert sum(line.startswith("#") and "AnnotatorNotes T5" in line for line in lines) == 0
    settings = (root / "annotation.conf").read_text("utf-8")
    assert "name\nodd\nrepeated\n" in settings
    assert "Verdict\tArg:<ENTITY>, Value:accept|reject|unsure" in settings


def test_brat_parts_a_span_at_the_end_of_a_line(tmp_path: Path) -> None:
    text = "met Vladimir\r\nPoutine there"
    document = marked(text, found(text, "Vladimir\r\nPoutine", "Vladimir\nPutin", entity="per:x"))
    root = folder(brat.write(Export((document,))), tmp_path / "out")
    first = (root / "a.ann").read_text("utf-8").splitlines()[0]
    assert first == "T1\tname 4 12;14 21\tVladimir Poutine"
    assert said(brat.read(root, finished=True)) == [
        ("Vladimir\r\nPoutine", "accept", "Vladimir\nPutin")
    ]


@pytest.mark.parametrize("finished", [False, True])
def test_brat_comes_back(tmp_path: Path, finished: bool) -> None:
    root = folder(brat.write(EXPORT), tmp_path / "out")
    path = root / "news/a.ann"
    content = path.read_text("utf-8")
    content = content.replace("#3\tAnnotatorNotes T2\tKyiv", "#3\tAnnotatorNotes T2\tKiev City")
    content = re.sub(r"^(T3|#5|#6)\b.*\n", "", content, flags=re.M)
    path.write_text(content + "A1\tVerdict T1 accept\nA2\tVerdict T4 reject\n", "utf-8")
    assert said(brat.read(root, finished=finished)) == [
        ("Moscou", "accept", "Moscow"),
        ("Kiev", "edit", "Kiev City"),
        ("he he", "reject", None),
        ("Navaln", "reject", None),
        *([("left", "accept", None), ("Poutine", "accept", "Putin")] if finished else []),
    ]


def test_brat_lines_that_are_damaged_are_no_deletions(tmp_path: Path) -> None:
    root = folder(brat.write(EXPORT), tmp_path / "out")
    path = root / "news/a.ann"
    content = path.read_text("utf-8").replace("T1\tname ", "T1\tname x").replace("T2\tname ", "T2")
    path.write_text(content, "utf-8")
    first, _ = list(brat.read(root))
    assert (first.answers, first.untouched) == ((), 5)
    assert [fault.split(";")[0] for fault in first.faults] == [
        "news/a.ann: line 1: is no line of brat",
        "news/a.ann: line 5: is no line of brat",
    ]


def test_brat_files_that_are_gone_or_changed_are_no_deletions(tmp_path: Path) -> None:
    root = folder(brat.write(EXPORT), tmp_path / "out")
    (root / "news/a.ann").unlink()
    (root / "rows.jsonl-3.txt").write_text("other", "utf-8")
    assert faults(brat.read(root)) == [
        "news/a.ann: cannot be read (No such file or directory); put it back",
        "rows.jsonl-3.txt: is not the text that was exported; export it again",
    ]
    sent = (root / "findings.jsonl").read_text("utf-8")
    (root / "findings.jsonl").write_text(sent.replace("news/a", "../news/a"), "utf-8")
    assert "'../news/a' is no name inside the folder" in faults(brat.read(root))[0]
    (root / "findings.jsonl").unlink()
    with pytest.raises(DocumentError, match="give the folder that export wrote"):
        list(brat.read(root))


# -- formats that only go out ----------------------------------------------------------------


def test_web_annotations_quote_and_count_code_points() -> None:
    made = json.loads(together(web_annotation.write(EXPORT)))
    assert made["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert made["type"] == "AnnotationCollection"
    assert made["total"] == len(made["first"]["items"]) == 6
    texts = {"news/a.txt": TEXT, "rows.jsonl#line=2,3": ROW}
    for item in made["first"]["items"]:
        text = texts[item["target"]["source"]]
        position, quoted = item["target"]["selector"]
        assert text[position["start"] : position["end"]] == quoted["exact"]
        assert quoted["prefix"] + quoted["exact"] + quoted["suffix"] in text
        assert item["motivation"] in ("editing", "highlighting")
    moscow = made["first"]["items"][0]["body"]
    assert [(one["purpose"], one.get("value", one.get("source"))) for one in moscow] == [
        ("editing", "Moscow"),
        ("identifying", "urn:normalizer:entity:geo:1"),
        ("tagging", "exonym"),
        ("describing", "about Moscou"),
    ]


# What SARIF 2.1.0 demands of the parts that are written, after its own schema.
LINE = {"type": "integer", "minimum": 1}
REGION = {
    "type": "object",
    "additionalProperties": False,
    "properties": dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), LINE),
    "required": ["startLine"],
}
MESSAGE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}
ARTIFACT = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"uri": {"type": "string", "pattern": "^[A-Za-z0-9._~!$&'()*+,;=@%/-]+$"}},
    "required": ["uri"],
}


def an_object(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {**required, **optional},
        "required": list(required),
    }


def a_list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


SARIF = an_object(
    {
        "version": {"const": "2.1.0"},
        "runs": a_list(
            an_object(
                {
                    "tool": an_object(
                        {
                            "driver": an_object(
                                {"name": {"const": "normalizer"}},
                                version={"type": "string"},
                                rules=a_list(
                                    an_object({"id": {"type": "string"}}, shortDescription=MESSAGE)
                                ),
                            )
                        }
                    )
                },
                columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                results=a_list(
                    an_object(
                        {"message": MESSAGE},
                        ruleId={"type": "string"},
                        ruleIndex={"type": "integer", "minimum": -1},
                        level={"enum": ["none", "note", "warning", "error"]},
                        rank={"type": "number", "minimum": -1, "maximum": 100},
                        partialFingerprints={"additionalProperties": {"type": "string"}},
                        locations=a_list(
                            an_object(
                                {
                                    "physicalLocation": an_object(
                                        {"artifactLocation": ARTIFACT}, region=REGION
                                    )
                                }
                            )
                        ),
                        fixes=a_list(
                            an_object(
                                {
                                    "artifactChanges": a_list(
                                        an_object(
                                            {
                                                "artifactLocation": ARTIFACT,
                                                "replacements": a_list(
                                                    an_object(
                                                        {"deletedRegion": REGION},
                                                        insertedContent=MESSAGE,
                                                    )
                                                ),
                                            }
                                        )
                                    )
                                },
                                description=MESSAGE,
                            )
                        ),
                    )
                ),
            )
        ),
    },
    **{"$schema": {"type": "string", "format": "uri"}},
)


def results_of(*documents: Marked) -> list[dict[str, Any]]:
    made = json.loads(together(sarif.write(Export(documents, {}, "9.9"))))
    Draft202012Validator(SARIF).validate(made)
    (run,) = made["runs"]
    rules = run["tool"]["driver"]["rules"]
    results: list[dict[str, Any]] = run["results"]
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    return results


def region_of(result: dict[str, Any]) -> dict[str, int]:
    region: dict[str, int] = result["locations"][0]["physicalLocation"].get("region", {})
    return region


def test_sarif_points_at_lines_and_utf_16_columns() -> None:
    results = results_of(*DOCUMENTS)
    lines = [line.encode("utf-16-le") for line in TEXT.split("\n")]
    for result, one in zip(results, DOCUMENTS[0].findings, strict=False):
        region = region_of(result)
        assert region["startLine"] == region["endLine"]
        line = lines[region["startLine"] - 1]
        words = line[2 * (region["startColumn"] - 1) : 2 * (region["endColumn"] - 1)]
        assert words.decode("utf-16-le") == one.surface
    assert [one["level"] for one in results][:3] == ["warning", "note", "note"]
    assert results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {
        "text": "Moscow"
    }
    assert "fixes" not in results[4]
    assert region_of(results[5]) == {"startLine": 3}
    assert "fixes" not in results[5]


def test_sarif_does_not_count_a_byte_order_mark() -> None:
    text = "\ufeffMoscou\nMoscou"
    name = found(text, "Moscou", "Moscow", entity="geo:1")
    regions = [region_of(one) for one in results_of(marked(text, name))]
    assert regions == [{"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 7}]


def test_sarif_without_texts_names_the_file_only() -> None:
    bare = Marked("a b.txt", "a b.txt", None, DOCUMENTS[0].findings)
    results = results_of(bare)
    assert [region_of(one) for one in results] == [{}] * 5
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b.txt"}


TEI = {"t": tei.NAMESPACE}


def original(root: ElementTree.Element) -> str:
    """The text of a TEI file without the new spellings."""
    body = root.find(".//t:body", TEI)
    assert body is not None
    for choice in body.iterfind(".//t:choice", TEI):
        choice.remove(choice.find("t:reg", TEI))  # type: ignore[arg-type]
    return "\n\n".join("".join(one.itertext()) for one in body.iterfind("t:p", TEI))


def test_tei_holds_the_original_and_the_new_spelling() -> None:
    files = dict(tei.write(EXPORT))
    assert list(files) == ["news/a.xml", "rows.jsonl-3.xml"]
    root = ElementTree.fromstring(files["news/a.xml"])
    changes = [
        (element.tag.split("}")[1], element.get("key"), element.findtext(".//t:reg", "", TEI))
        for element in root.iterfind(".//t:p/*[t:choice]", TEI)
    ]
    assert changes == [
        ("placeName", "geo:1", "Moscow"),
        ("placeName", "geo:2", "Kyiv"),
        ("persName", "per:alexei-navalny", "Navalny"),
    ]
    assert original(root) == TEXT.strip().replace("\r\n", "\n")
    spans = root.findall(".//t:standOff//t:span", TEI)
    assert [one.get("type") for one in spans] == ["repeated", "odd"]
    ids = [
        one.get("{http://www.w3.org/XML/1998/namespace}id")
        for one in root.iterfind(".//t:anchor", TEI)
    ]
    assert ids == ["flag1-start", "flag1-end", "flag2-start", "flag2-end"]
    assert [one.get("from") for one in spans] == ["#flag1-start", "#flag2-start"]


@given(st.text("ab \n\r<&\u00e9", max_size=40), st.data())
def test_tei_is_well_formed_and_loses_no_word(text: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    names = [
        found(text, text[start:end], "new", entity="per:x", span=Span(start, end))
        for start, end in zip(places[::2], places[1::2], strict=False)
        if start < end
    ]
    ends = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    flag = found(text, text[ends[0] : ends[1]], span=Span(*ends), category="odd one")
    document = marked(text, *names, flag)
    ((_, made),) = tei.write(Export((document,)))
    root = ElementTree.fromstring(made)
    assert len(root.findall(".//t:anchor", TEI)) == 2
    assert len(root.findall(".//t:choice", TEI)) == len(names)
    assert original(root).split() == text.split()


def test_conll_tags_what_was_found() -> None:
    lines = together(conll.write(EXPORT)).splitlines()
    assert lines[0] == "-DOCSTART- -X- O O"
    assert {len(line.split(" ")) for line in lines if line} == {4}
    tagged = [line for line in lines if not line.endswith(" _ O O") and line[:1] not in ("", "-")]
    assert tagged == [
        "Moscou _ O B-LOC",
        "Kiev _ O B-LOC",
        "he _ B-repeated O",
        "he _ I-repeated O",
        "Navaln _ O B-PER",
        "left _ B-odd O",
        "Poutine _ O B-PER",
    ]
    # A sentence begins with its quotation mark.
    assert lines[lines.index("“ _ O O") - 1] == ""


@given(st.text("ab .\n'", max_size=30), st.data())
def test_conll_tokens_are_the_text_and_findings_are_whole_tokens(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    findings = []
    if text[start:end].strip():
        findings = [found(text, text[start:end], "x", entity="per:x", span=Span(start, end))]
    lines = together(conll.write(Export((marked(text, *findings),)))).splitlines()[1:]
    tokens = [line.split(" ") for line in lines if line]
    assert "".join(one[0] for one in tokens) == "".join(text.split())
    tagged = "".join(one[0] for one in tokens if one[3] != "O")
    assert tagged == "".join("".join(one.surface for one in findings).split())


def test_a_document_without_its_text_is_left_out_where_texts_are_needed() -> None:
    bare = Export((Marked("a.txt", "a.txt", None, DOCUMENTS[0].findings), DOCUMENTS[1]))
    assert len(rows(prodigy.write(bare))) == len(rows(doccano.write(bare))) == 1
    assert len(tasks_of(bare)) == 1
    assert [name for name, _ in tei.write(bare)] == ["rows.jsonl-3.xml"]
    assert isinstance(next(iter(doccano.read(Path("/dev/null"))), None), Returned | None)
