"""The review line by line: every key, every refusal, and what is said of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.cli.keyboard import KeyLines
from normalizer.errors import DocumentError, UsageError
from normalizer.review.choices import filter_of, numbers_in, parse_filter
from normalizer.review.decisions_file import append_ruling, read_decisions
from normalizer.review.history import NameRow
from normalizer.review.rulings import Ruling
from normalizer.review.session import Filter, Session
from normalizer.review.shared_file import SharedFile
from normalizer.review.summary import closing_lines, duration, shares
from normalizer.review.terminal import KEYS, Face

TEXTS = {
    "a.txt": "Oldname met Oldname in Oldtown, said Oldname.",
    "b.txt": "In Oldtown the the mayor thanked Oldname.",
}


def finding(path: str, nth: int, surface: str, *after: str, **more: Any) -> dict[str, Any]:
    start = -1
    for _ in range(nth):
        start = TEXTS[path].index(surface, start + 1)
    return {
        "v": 1,
        "record": "finding",
        "key": f"{start:08x}{len(surface):07x}{path[0]}",
        "id": path,
        "path": path,
        "row": None,
        "start": start,
        "end": start + len(surface),
        "surface": surface,
        "finding": "name",
        "category": "exonym",
        "suggestions": [{"text": text, "score": 0.9} for text in after],
        "entity": "per:new-name" if surface == "Oldname" else "geo:1",
        "origin": "table:invented",
        "message": "listed spelling",
        "evidence": [{"reason": "listed spelling", "weight": 2.4}],
        "action": "apply",
        "score": 0.9,
    } | more


FINDINGS = [
    finding("a.txt", 1, "Oldname", "Newname", "Newnam"),
    finding("a.txt", 2, "Oldname", "Newname", "Newnam"),
    finding("a.txt", 1, "Oldtown", "Newtown"),
    finding("a.txt", 3, "Oldname", "Newname", "Newnam"),
    finding("b.txt", 1, "Oldtown", "Newtown"),
    finding(
        "b.txt", 1, "the the", finding="flag", category="repeat", entity=None, action="propose"
    ),
    finding("b.txt", 1, "Oldname", "Newname", "Newnam"),
]


def text_of(path: str, row: int | None) -> str | None:
    return TEXTS.get(path)


def clock() -> Callable[[], str]:
    now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)

    def tick() -> str:
        nonlocal now
        now += timedelta(seconds=6)
        return now.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

    return tick


class Review:
    """A review by keys from a pipe, with what was saved."""

    def __init__(
        self,
        findings: Sequence[dict[str, Any]] = FINDINGS,
        text_of: Callable[[str, int | None], str | None] = text_of,
    ) -> None:
        self.rulings: list[Ruling] = []
        self.session = Session(
            findings, by="ana", text_of=text_of, record=self.rulings.append, order="file"
        )
        self._texts = text_of
        self._clock = clock()

    def press(self, *keys: str) -> None:
        console = KeyLines(io.StringIO("".join(key + "\n" for key in keys)), plain=False)
        Face(self.session, console, self._texts, self._clock).run()

    @property
    def states(self) -> list[str]:
        return [self.session.standing(at).state for at in range(len(self.session.findings))]

    @property
    def texts(self) -> list[str | None]:
        return [self.session.standing(at).text for at in range(len(self.session.findings))]


UNDECIDED = "undecided"


# -- one finding -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "state", "text", "said"),
    [
        ("y", "accepted", "Newname", "accepted: Oldname -> Newname\n"),
        ("n", "rejected", None, "rejected: Oldname\n"),
        ("1", "accepted", "Newname", "accepted: Oldname -> Newname\n"),
        ("2", "accepted", "Newnam", "accepted: Oldname -> Newnam\n"),
        ("e My own  text", "accepted", "My own  text", "edited: Oldname -> My own  text\n"),
        ('e ""', "accepted", "", "edited: Oldname -> (nothing)\n"),
        ("U", "unsure", None, "unsure: Oldname\n"),
        ("s", "later", None, "put off: Oldname\n"),
    ],
)
def test_a_key_decides_on_one_and_goes_on(
    key: str, state: str, text: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    review = Review()
    review.press(key)
    assert review.states == [state, *[UNDECIDED] * 6]
    assert review.texts[0] == text
    assert review.session.current == 1
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("3", "error: there is no suggestion 3"),
        ("0", "no such key '0'; ? lists them"),
        ("w", "no such key 'w'; ? lists them"),
        ("\x9b31m", "no such key '<U+009B>'; ? lists them"),
        ("e", "error: no text was typed"),
        ("e Oldname", "error: this is what stands there"),
        ("e zero\N{ZERO WIDTH SPACE}", "error: the text holds U+200B"),
        ("g", "error: g takes a number from 1 to 7"),
        ("g x", "error: g takes a number from 1 to 7"),
        ("g 8", "error: there is no finding 8"),
        ("/ nowhere", "error: 'nowhere' is nowhere here"),
        ("/ colour=red", "error: no filter 'colour='"),
        ("/ state=odd", "error: 'odd' is none of"),
        ("d", "error: nothing decided; answer d with y or n"),
        ("u", "error: nothing to undo"),
        ("r", "error: nothing to redo"),
        ("x 9", "error: 9 is not from 1 to 4"),
        ("x a", "error: 'a' is no number"),
        ("m Oldname", "error: a spelling needs a name"),
    ],
)
def test_a_key_that_makes_no_sense_says_why_and_changes_nothing(
    key: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    review = Review()
    review.press(key)
    assert why in capsys.readouterr().err
    assert review.rulings == []
    assert review.session.current == 0


def test_help_lists_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    review = Review()
    review.press("?")
    shown = capsys.readouterr().out
    assert all(line in shown for line in KEYS.splitlines())
    face = Face(review.session, KeyLines(io.StringIO(), plain=True), text_of, clock())
    listed = KEYS.replace("+ and -", "+ -").replace("1-9", "")
    assert all(key in listed for key in face._actions if key != "\x1b")


def test_more_text_and_all_that_is_known_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Review().press("i", "c")
    shown = capsys.readouterr().out
    assert "  evidence: +2.40  listed spelling\n" in shown
    assert shown.count("a.txt:1:1  name") == 2


@pytest.mark.parametrize("last", ["q", "\x1b", ""])
def test_quitting_and_the_end_of_the_keys_end_the_review(last: str) -> None:
    review = Review()
    review.press("y", last, *["n"] * bool(last))
    assert review.states[:2] == ["accepted", UNDECIDED]


def test_an_answered_finding_says_by_whom(capsys: pytest.CaptureFixture[str]) -> None:
    Review().press("n", "-")
    assert "\n  decided: rejected: Oldname (ana)\n" in capsys.readouterr().out


def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Review().press("y", "y", "s")
    told = capsys.readouterr()
    assert told.err == (
        "0/7, 3 groups left\n"
        "1/7, 3 groups left\n"
        "2/7, 3 groups left, about 30 s\n"
        "2/7, 3 groups left, 1 for later, about 1 min\n"
    )
    assert "groups left" not in told.out


def test_plain_leaves_progress_out(capsys: pytest.CaptureFixture[str]) -> None:
    console = KeyLines(io.StringIO("y\n"), plain=True)
    Face(Review().session, console, text_of, clock()).run()
    assert capsys.readouterr().err == ""


def test_after_the_last_answer_the_review_can_be_taken_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    review = Review()
    review.press(*"yyyyyyy", "y", "u", "n")
    assert review.states == [*["accepted"] * 6, "rejected"]
    told = capsys.readouterr()
    assert "all findings here have an answer; u undoes" in told.out
    assert "error: no finding is left here" in told.err


def test_nothing_to_review_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Review([]).press("q")
    assert "nothing to show; u undoes" in capsys.readouterr().out


# -- many ------------------------------------------------------------------------------------


def test_all_alike_are_decided_with_one_key(capsys: pytest.CaptureFixture[str]) -> None:
    review = Review()
    review.press("A", "N")
    assert review.states == [
        *["accepted"] * 2,
        "rejected",
        "accepted",
        "rejected",
        UNDECIDED,
        "accepted",
    ]
    shown = capsys.readouterr().out
    assert "3 more like this, 2 files\n" in shown
    assert (
        "accepted: Oldname -> Newname and all like it: 4 in 2 files (a.txt 3, b.txt 1)\n" in shown
    )
    assert "rejected: Oldtown and all like it: 2 in 2 files (a.txt 1, b.txt 1)\n" in shown


def test_members_are_left_out_by_number(capsys: pytest.CaptureFixture[str]) -> None:
    review = Review()
    review.press("x 2-3,4", "x 3", "A")
    assert review.states[:4] == ["accepted", UNDECIDED, UNDECIDED, "accepted"]
    assert review.states[6] == UNDECIDED
    shown = capsys.readouterr().out
    assert "3 of 4 left out; A and N take the others\n" in shown
    assert "3 more like this, 2 files, 3 left out\n" in shown
    assert "    2- " in shown
    assert "2 of 4 left out" in shown


def test_what_is_left_out_is_forgotten_with_another_group() -> None:
    review = Review()
    review.press("x 2", "g 3", "g 1", "A")
    assert review.states[1] == "accepted"


def test_leaving_out_all_is_no_way_to_decide(capsys: pytest.CaptureFixture[str]) -> None:
    review = Review()
    review.press("x 1-4", "A", "N")
    assert review.rulings == []
    assert capsys.readouterr().err.count("error: all like this are left out") == 2


def test_ones_decided_before_stay(capsys: pytest.CaptureFixture[str]) -> None:
    review = Review()
    review.press("n", "A")
    assert review.states[:2] == ["rejected", "accepted"]
    shown = " ".join(capsys.readouterr().out.split())
    assert "all like it: 3 in 2 files (a.txt 2, b.txt 1); 1 decided before stay" in shown


def test_a_text_of_ones_own_for_all() -> None:
    review = Review()
    review.press("x 4", "E Thirdname")
    assert review.texts[:2] == ["Thirdname"] * 2
    assert review.texts[6] is None


def test_never_again_is_a_no_for_all() -> None:
    review = Review()
    review.press("x 1", "p")
    assert review.states.count("rejected") == 4
    assert review.session.standing(0).hidden


@pytest.mark.parametrize(("answer", "state"), [("y", "accepted"), ("n", "rejected")])
def test_the_rest_of_a_document(answer: str, state: str) -> None:
    review = Review()
    review.press("U", f"d {answer}")
    assert review.states == ["unsure", *[state] * 3, *[UNDECIDED] * 3]


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """More findings alike than are decided unasked."""
    text = "Oldname " * 25
    monkeypatch.setitem(TEXTS, "c.txt", text)
    return [finding("c.txt", nth, "Oldname", "Newname") for nth in range(1, 26)]


@pytest.mark.parametrize("key", ["A", "N", "E Thirdname", "p", "A n"])
def test_more_than_twenty_are_asked_about(
    key: str, crowd: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    review = Review(crowd)
    review.press(key)
    assert review.rulings == []
    assert "error: nothing decided; more than 20 need a y" in capsys.readouterr().err


def test_more_than_twenty_with_a_yes(crowd: list[dict[str, Any]]) -> None:
    review = Review(crowd)
    review.press("A y")
    assert review.states == ["accepted"] * 25
    review = Review(crowd)
    review.press("x 1-5", "A")
    assert review.states == [*[UNDECIDED] * 5, *["accepted"] * 20]


# -- back and forth --------------------------------------------------------------------------


def test_everything_can_be_taken_back_and_brought_again() -> None:
    review = Review()
    keys = ["n", "e Thirdname", "A", "s", "U", "d y"]
    review.press(*keys)
    before = review.states
    review.press(*["u"] * len(keys))
    assert review.states == [UNDECIDED] * 7
    review.press(*["r"] * len(keys))
    assert review.states == before


def test_undo_shows_the_finding_it_was_about(capsys: pytest.CaptureFixture[str]) -> None:
    review = Review()
    review.press("n", "y", "u")
    assert review.session.current == 1
    assert "taken back: accepted: Oldname -> Newname\n" in capsys.readouterr().out


def test_going_to_a_number_and_on_and_back() -> None:
    review = Review()
    review.press("g 6")
    assert review.session.current == 5
    review.press("+", "+", "-")
    assert review.session.current == 5


def test_searching_and_filtering(capsys: pytest.CaptureFixture[str]) -> None:
    review = Review()
    review.press("/ the the")
    assert review.session.current == 5
    review.press("/ category=exonym file=b.txt")
    assert len(review.session.queue) == 2
    review.press("/ state=undecided oldname")
    assert review.session.current == 0
    review.press("/")
    assert len(review.session.queue) == 7
    assert "2 of 7 shown\n" in capsys.readouterr().out


# -- the table of names ----------------------------------------------------------------------


def test_a_spelling_is_remembered_with_an_edit_or_alone(capsys: pytest.CaptureFixture[str]) -> None:
    review = Review()
    review.press("m Thirdname", "m", "n")
    assert review.session.remembered() == [
        NameRow("Thirdname", "Oldname"),
        NameRow("Newname", "Oldname"),
    ]
    assert "remembered 'Oldname' as a spelling of 'Thirdname'" in capsys.readouterr().out


# -- what goes wrong -------------------------------------------------------------------------


def test_a_ruling_that_cannot_be_saved_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def full(ruling: Ruling) -> None:
        raise DocumentError("d.jsonl: not saved (No space left on device)")

    review = Review()
    session = Session(FINDINGS, by="ana", text_of=text_of, record=full)
    console = KeyLines(io.StringIO("y\nq\n"), plain=True)
    Face(session, console, text_of, clock()).run()
    assert capsys.readouterr().err == "error: d.jsonl: not saved (No space left on device)\n"
    assert session.current == review.session.current


def test_a_text_that_changed_under_the_review_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    review = Review(text_of=lambda path, row: "another text")
    review.press("y")
    told = capsys.readouterr()
    assert "(the text is not at hand" in told.out
    assert "error: a.txt: changed since the findings were made" in told.err
    assert review.states == [UNDECIDED] * 7


def test_what_another_reviewer_adds_meanwhile_is_taken_in(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    mine, theirs = SharedFile(path), SharedFile(path)
    sessions = [
        Session(FINDINGS, by=by, text_of=text_of, record=file.add, order="file")
        for by, file in (("ana", mine), ("bo", theirs))
    ]
    tick = clock()
    sessions[1].accept_all(tick())
    # They had the finding that is on the screen here: it is not asked about again.
    assert theirs.news() == []
    console = KeyLines(io.StringIO("n\n"), plain=True)
    Face(sessions[0], console, text_of, tick, mine.news).run()
    states = [sessions[0].standing(at).state for at in range(7)]
    assert states[:3] == ["accepted", "accepted", "rejected"]
    assert len(read_decisions(path).rulings) == 2
    assert mine.news() == []
    append_ruling(path, read_decisions(path).rulings[0])
    assert len(mine.news()) == 2


# -- what is typed, and what is said ---------------------------------------------------------


def test_numbers_are_read() -> None:
    assert numbers_in("2 4-6,9", 9) == {2, 4, 5, 6, 9}
    for bad in ("a", "1-", "-3", "0", "10", "6-4", "1-99999999999", "\N{SUPERSCRIPT TWO}"):
        with pytest.raises(UsageError):
            numbers_in(bad, 9)


def test_filters_are_read() -> None:
    assert parse_filter("file=a/b.txt two words") == (Filter(path="a/b.txt"), "two words")
    assert parse_filter("a == b") == (Filter(), "a == b")


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (["repeat"], Filter(category="repeat")),
        (["b.txt"], Filter(path="b.txt")),
        (["oldn"], Filter(text="oldn")),
        (["category=exonym", "b.txt"], Filter(category="exonym", path="b.txt")),
        ([], Filter()),
    ],
)
def test_a_choice_of_a_call_is_understood(choices: list[str], expected: Filter) -> None:
    assert filter_of(choices, FINDINGS) == expected


def test_two_choices_of_one_kind_are_refused() -> None:
    with pytest.raises(UsageError, match="'repeat' and 'exonym' are both a category"):
        filter_of(["repeat", "exonym"], FINDINGS)


def test_times_and_files_are_told_briefly() -> None:
    assert [duration(at) for at in (0.2, 59, 61, 3600, 9000)] == [
        "1 s",
        "59 s",
        "1 min",
        "60 min",
        "2.5 h",
    ]
    assert shares(["a", "b", "a"]) == "3 in 2 files (a 2, b 1)"
    assert shares(list("abcdde")) == "6 in 5 files (d 2, a 1, b 1, and 2 more)"
    assert shares(["\x1b"]) == "1 in 1 file (<U+001B> 1)"


def test_the_end_says_what_is_decided_and_what_to_type() -> None:
    review = Review()
    review.press("n", "U", "s", "y")
    commands = [("to write:", ["normalizer", "apply", "my news", "\x1b"])]
    assert list(closing_lines(review.session, "d.jsonl", commands)) == [
        "2 of 7 findings decided: 1 accepted, 1 rejected",
        "not decided: 1 unsure, 1 put off, 3 not looked at yet",
        "all is saved in d.jsonl; no text was changed",
        "to write: normalizer apply 'my news' '<U+001B>'",
    ]


# -- any keys at all -------------------------------------------------------------------------

ARGUMENTS = st.sampled_from(["", "y", "n", "1", "2-3", "9", "Thirdname", '""', "file=b.txt", "the"])
KEYSTROKES = st.lists(st.tuples(st.sampled_from("yn123456789esUANExdpmurci/g+-?w"), ARGUMENTS))


@given(KEYSTROKES)
def test_any_keys_are_answered_saved_and_taken_back(keys: list[tuple[str, str]]) -> None:
    review = Review()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        review.press(*(f"{key} {argument}" for key, argument in keys))
        again = Session(FINDINGS, review.rulings, by="ana", text_of=text_of, record=print)
        assert [again.standing(at).state for at in range(7)] == review.states
        review.press(*["u"] * len(keys))
    assert review.states == [UNDECIDED] * 7
    assert review.session.remembered() == []
