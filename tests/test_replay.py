"""Trees as people decided, and earlier decisions on new data."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import normalizer
from normalizer.corpus import REPORT_NAME, examine, run
from normalizer.documents.piece import Options
from normalizer.errors import DocumentError, UsageError
from normalizer.names.knowledge import Knowledge
from normalizer.replay import replay, write_decided
from normalizer.report.findings import read_report
from normalizer.review.precedents import Precedents
from normalizer.review.ruled import ruled, settled
from normalizer.review.rulings import Ruling
from normalizer.review.session import Session
from normalizer.review.standing import Standing
from normalizer.review.texts import Texts
from normalizer.settings import Settings
from normalizer.sources import collect

OPTIONS = Options()
SETTINGS = Settings(apply=0.9, propose=0.5, siblings="off")
SCHEMA = Draft202012Validator(
    json.loads(
        (Path(normalizer.__file__).parent / "report" / "finding.schema.json").read_text("utf-8")
    )
)
FILES = {
    "a.txt": "Vladimir Poutine came to Moscou.\r\nVladimir Poutine left.\n",
    "b.txt": "Evgueni Prigojine met Vladimir Poutine.\n",
    "c.jsonl": '{"text": "The trip to Moscou of Vladimir Poutine \\u00e9t\\u00e9"}\n',
    "d.bin": "Poutine",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for name, text in FILES.items():
        (tmp_path / "in" / name).write_bytes(text.encode())
    return tmp_path


class Reviewed:
    """A folder with its run, and a review of it."""

    def __init__(self, folder: Path, knowledge: Knowledge) -> None:
        self.folder = folder
        self.knowledge = knowledge
        sources = collect([folder / "in"])
        run(sources, knowledge, folder / "out", settings=SETTINGS, options=OPTIONS)
        self.report = folder / "out" / REPORT_NAME
        self.findings = [one for one in read_report(self.report) if one["record"] == "finding"]
        self.rulings: list[Ruling] = []
        texts = Texts({one.path: one.file for one in sources}, OPTIONS)
        self.session = Session(
            self.findings, by="ana", text_of=texts, record=self.rulings.append, order="file"
        )
        self.at = "2026-01-31T09:30:00.000Z"

    def number(self, path: str, surface: str, nth: int = 1) -> int:
        return [
            at
            for at, one in enumerate(self.findings, 1)
            if one["path"] == path and one["surface"] == surface
        ][nth - 1]

    def go(self, path: str, surface: str, nth: int = 1) -> Session:
        self.session.go_to(self.number(path, surface, nth))
        return self.session

    def decided(self, *, only_decided: bool = False) -> dict[str, str]:
        out = self.folder / "decided"
        self.figures = write_decided(
            self.report,
            self.rulings,
            [self.folder / "in"],
            out,
            options=OPTIONS,
            only_decided=only_decided,
        )
        return {name: (out / name).read_bytes().decode() for name in FILES}

    def run_again(self, source: str = "in", jobs: int | None = None) -> dict[str, str]:
        sources = collect([self.folder / source])
        self.summary = run(
            sources,
            self.knowledge,
            self.folder / "again",
            settings=SETTINGS,
            options=OPTIONS,
            jobs=jobs,
            precedents=Precedents(self.rulings, [one.path for one in sources]),
        )
        return {
            one.path: (self.folder / "again" / one.path).read_bytes().decode() for one in sources
        }


def written_findings(reviewed: Reviewed) -> Path:
    path = reviewed.folder / "findings.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in reviewed.findings), "utf-8")
    return path


@pytest.fixture
def reviewed(folder: Path, tiny_knowledge: Knowledge) -> Reviewed:
    return Reviewed(folder, tiny_knowledge)


def test_what_people_said_is_written_and_the_rest_as_the_score_says(reviewed: Reviewed) -> None:
    reviewed.go("a.txt", "Poutine", 2).reject(reviewed.at)
    reviewed.go("b.txt", "Poutine").edit("Putin (sic)", reviewed.at)
    reviewed.go("c.jsonl", "Moscou").reject(reviewed.at)
    assert reviewed.decided() == {
        "a.txt": "Vladimir Putin came to Moscow.\r\nVladimir Poutine left.\n",
        "b.txt": "Yevgeny Prigozhin met Vladimir Putin (sic).\n",
        "c.jsonl": '{"text": "The trip to Moscou of Vladimir Putin \\u00e9t\\u00e9"}\n',
        "d.bin": "Poutine",
    }
    figures = reviewed.figures
    assert (figures.edits, figures.by_people, figures.by_score, figures.left) == (5, 3, 4, 1)
    assert figures.notes == ()


def test_only_what_was_accepted_is_written_when_asked(reviewed: Reviewed) -> None:
    reviewed.go("a.txt", "Poutine").accept(reviewed.at)
    reviewed.go("b.txt", "Poutine").unsure(reviewed.at)
    written = reviewed.decided(only_decided=True)
    assert written == FILES | {"a.txt": FILES["a.txt"].replace("Poutine", "Putin", 1)}
    assert (reviewed.figures.by_people, reviewed.figures.left) == (1, len(reviewed.findings) - 1)


def test_a_decided_folder_is_undone_and_replayed_by_its_own_report(reviewed: Reviewed) -> None:
    reviewed.go("b.txt", "Poutine").edit("", reviewed.at)
    reviewed.go("a.txt", "Moscou").reject_all(reviewed.at)
    written = reviewed.decided()
    report = reviewed.folder / "decided" / REPORT_NAME
    for source, target, undo, expected in (
        ("decided", "back", True, FILES),
        ("in", "once more", False, written),
    ):
        replay(
            report,
            [reviewed.folder / source],
            reviewed.folder / target,
            undo=undo,
            options=OPTIONS,
        )
        found = {name: (reviewed.folder / target / name).read_bytes().decode() for name in FILES}
        assert found == expected


def test_the_report_says_who_decided_what(reviewed: Reviewed) -> None:
    reviewed.go("a.txt", "Poutine").pick(1, reviewed.at)
    reviewed.go("a.txt", "Moscou").reject_all(reviewed.at)
    reviewed.go("b.txt", "Poutine").unsure(reviewed.at)
    reviewed.decided()
    records = list(read_report(reviewed.folder / "decided" / REPORT_NAME))
    assert (records[0]["record"], records[0]["apply"]) == ("run", 0.9)
    assert [one["path"] for one in records if one["record"] == "document"] == list(FILES)
    assert records[-1] == {"v": 1, "record": "decisions", "decided": 3, "unplaced": []}
    found = {(one["path"], one["start"]): one for one in records if one["record"] == "finding"}
    for one in found.values():
        SCHEMA.validate(one)
    said = {
        (place[0], one["surface"]): (one["action"], one.get("decided_by"), one.get("note"))
        for place, one in sorted(found.items(), reverse=True)
    }
    picked, rejected, unsure = (one.id for one in reviewed.rulings)
    assert said["a.txt", "Poutine"] == ("apply", "ana", f"pick, occurrence, ruling {picked}")
    for path in ("a.txt", "c.jsonl"):
        note = f"reject, everywhere, ruling {rejected}"
        assert said[path, "Moscou"] == ("propose", "ana", note)
    assert said["b.txt", "Poutine"] == ("apply", None, f"unsure, occurrence, ruling {unsure}")
    # A report among the files of a folder is no document, so that it can be run over again.
    assert [one.path for one in collect([reviewed.folder / "decided"])] == list(FILES)


def test_a_file_of_findings_will_do(reviewed: Reviewed) -> None:
    reviewed.go("a.txt", "Moscou").reject_all(reviewed.at)
    expected = reviewed.decided()
    reviewed.report = written_findings(reviewed)
    assert reviewed.decided() == expected


def test_a_ruling_that_reaches_nothing_is_told(reviewed: Reviewed) -> None:
    reviewed.go("b.txt", "Poutine").reject(reviewed.at)
    (reviewed.folder / "in/b.txt").write_text("All was rewritten.", "utf-8")
    # The report has findings of the old text as well, which can no longer be written.
    with pytest.raises(DocumentError, match=r"b\.txt: expected 'Evgueni Prigojine' at 0"):
        reviewed.decided()
    assert not (reviewed.folder / "decided" / REPORT_NAME).exists()
    reviewed.findings = [one for one in reviewed.findings if one["path"] != "b.txt"]
    reviewed.report = written_findings(reviewed)
    reviewed.decided()
    (note,) = reviewed.figures.notes
    assert note == "b.txt: reject of 'Poutine': its text has changed there; review it again"


def test_a_report_is_not_written_over_a_file_of_the_input(reviewed: Reviewed) -> None:
    (reviewed.folder / "in" / REPORT_NAME).write_text('{"text": "Moscou"}\n', "utf-8")
    with pytest.raises(UsageError, match="the name of an input file too"):
        reviewed.decided()


# -- earlier decisions on new data -----------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_follows_decisions_as_apply_does(reviewed: Reviewed, jobs: int) -> None:
    reviewed.go("a.txt", "Poutine", 2).reject(reviewed.at)
    reviewed.go("a.txt", "Moscou").edit("Muscovy", reviewed.at, unticked=())
    reviewed.go("b.txt", "Poutine").edit("Putin (sic)", reviewed.at)
    assert reviewed.run_again(jobs=jobs) == reviewed.decided()
    assert reviewed.summary.decided == 4
    assert reviewed.summary.unplaced == ()
    again, decided = (
        [
            {key: value for key, value in one.items() if key != "only_decided"}
            for one in read_report(reviewed.folder / name / REPORT_NAME)
        ]
        for name in ("again", "decided")
    )
    assert again == decided


def test_what_holds_everywhere_holds_for_new_texts(reviewed: Reviewed) -> None:
    reviewed.go("a.txt", "Moscou").reject_all(reviewed.at)
    reviewed.go("b.txt", "Evgueni Prigojine").never(reviewed.at)
    reviewed.go("a.txt", "Poutine").reject(reviewed.at)
    new = reviewed.folder / "new"
    new.mkdir()
    (new / "z.txt").write_text("Evgueni Prigojine met Vladimir Poutine in Moscou.", "utf-8")
    text = reviewed.run_again("new")["z.txt"]
    assert text == "Evgueni Prigojine met Vladimir Putin in Moscou."
    found = [
        one["surface"]
        for one in read_report(reviewed.folder / "again" / REPORT_NAME)
        if one["record"] == "finding"
    ]
    # What is never to be shown again is not in the report either.
    assert found == ["Poutine", "Moscou"]
    (line,) = reviewed.summary.unplaced
    assert line.startswith("a.txt: reject of 'Poutine': its document is not among these")


def test_a_ruling_finds_its_place_in_a_changed_text(reviewed: Reviewed) -> None:
    reviewed.go("b.txt", "Poutine").reject(reviewed.at)
    reviewed.go("a.txt", "Moscou").reject(reviewed.at)
    path = reviewed.folder / "in/b.txt"
    path.write_text("New head. " + FILES["b.txt"], "utf-8")
    (reviewed.folder / "in/a.txt").write_text("Vladimir Poutine came.", "utf-8")
    written = reviewed.run_again()
    assert written["b.txt"] == "New head. Yevgeny Prigozhin met Vladimir Poutine.\n"
    (line,) = reviewed.summary.unplaced
    assert line == "a.txt: reject of 'Moscou': its text has changed there; review it again"
    (last,) = list(read_report(reviewed.folder / "again" / REPORT_NAME))[-1:]
    assert last["unplaced"] == [{"ruling": reviewed.rulings[1].id, "why": "stale", "line": line}]


def test_check_without_rulings_finds_what_it_found(reviewed: Reviewed) -> None:
    sources = collect([reviewed.folder / "in"])
    outcomes = examine(sources, reviewed.knowledge, settings=SETTINGS, options=OPTIONS)
    assert [found for one in outcomes for found in one.findings] == reviewed.findings


# -- one place, one text ---------------------------------------------------------------------


def record(start: int, end: int, **more: Any) -> dict[str, Any]:
    surface = "abcdefghij"[start:end]
    return {
        "path": "a.txt",
        "row": None,
        "start": start,
        "end": end,
        "surface": surface,
        "score": 0.9,
        "action": "apply",
        "suggestions": [{"text": "x", "score": 0.9}],
    } | more


def test_a_person_goes_before_the_score_and_the_surer_before_the_other() -> None:
    one, two = record(0, 4, score=0.99), record(3, 6, decided_by="ana", score=0.5)
    assert settled([one, two]) == ([one | {"action": "propose"}, two], [])
    one, two = record(0, 4, score=0.91), record(3, 6, score=0.95)
    assert settled([one, two]) == ([one | {"action": "propose"}, two], [])


def test_two_that_a_person_wants_in_one_place_are_told() -> None:
    one, two = record(0, 4, decided_by="ana"), record(3, 5, decided_by="bo")
    kept, (line,) = settled([one, two])
    assert [each["action"] for each in kept] == ["apply", "propose"]
    assert line == "a.txt: 'de' lies across 'abcd', which is written; reject one of them"


SPANS = st.tuples(st.integers(0, 10), st.integers(0, 10)).map(sorted)


@given(st.lists(st.tuples(SPANS, st.booleans(), st.sampled_from([0.5, 0.9])), max_size=8))
def test_what_is_left_to_write_never_overlaps(
    given: list[tuple[list[int], bool, float]],
) -> None:
    records = [
        record(*span, score=score) | ({"decided_by": "ana"} if person else {})
        for span, person, score in given
    ]
    kept, _ = settled(records)
    spans = sorted((one["start"], one["end"]) for one in kept if one["action"] == "apply")
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    assert bool(spans) is bool(records)


def test_a_flag_that_is_right_without_a_text_changes_nothing() -> None:
    flag = record(0, 4, action="propose", suggestions=[])
    accepted = ruled(flag, Standing("accepted", None, None))
    assert accepted["action"] == "propose"
