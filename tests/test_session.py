"""A review session: every key, and that any keys and then undo of them all is the start."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from review_world import FINDINGS, TEXTS, finding, numbered, ruling, text_of

from normalizer.errors import DocumentError, UsageError
from normalizer.review.queue import Filter
from normalizer.review.rulings import Ruling, in_order, ruling_line, ruling_of
from normalizer.review.session import NameRow, Session
from normalizer.review.standing import Standing, standings

POUTINE = [index for index, one in enumerate(FINDINGS) if one["surface"] == "Poutine"]
MOSCOU = [index for index, one in enumerate(FINDINGS) if one["surface"] == "Moscou"]
OVERLOAD, MORAVEC = numbered("overload"), numbered("Moravec")


def at(second: int = 0) -> str:
    return f"2026-02-01T10:{second // 60:02}:{second % 60:02}.000Z"


class Desk:
    """A session with the lines it wrote."""

    def __init__(
        self,
        findings: list[dict[str, Any]] = FINDINGS,
        lines: list[str] | None = None,
        by: str = "ana",
        order: str = "file",
    ) -> None:
        self.lines = [] if lines is None else lines
        self.session = Session(
            findings,
            [ruling_of(json.loads(line)) for line in self.lines],
            by=by,
            text_of=text_of,
            record=lambda one: self.lines.append(ruling_line(one)),
            order=order,
        )

    def states(self) -> list[Standing]:
        return [self.session.standing(index) for index in range(len(self.session.findings))]


def decided(desk: Desk) -> dict[int, str]:
    return {index: one.state for index, one in enumerate(desk.states()) if one.ruling}


# -- one finding -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "state", "text"),
    [
        (lambda one: one.accept(at()), "accepted", "Putin"),
        (lambda one: one.reject(at()), "rejected", None),
        (lambda one: one.pick(2, at()), "accepted", "Putine"),
        (lambda one: one.edit("Wladimir", at()), "accepted", "Wladimir"),
        (lambda one: one.edit("", at()), "accepted", ""),
        (lambda one: one.unsure(at()), "unsure", None),
        (lambda one: one.later(at()), "later", None),
    ],
)
def test_a_key_decides_saves_one_line_and_goes_on(
    key: Callable[[Session], Ruling], state: str, text: str | None
) -> None:
    desk = Desk()
    made = key(desk.session)
    assert desk.states()[0] == Standing(state, text, made)  # type: ignore[arg-type]
    assert decided(desk) == {0: state}
    assert [ruling_of(json.loads(line)) for line in desk.lines] == [made]
    assert (made.by, made.at, made.scope) == ("ana", at(), "occurrence")
    assert desk.session.current == 1


def test_a_flag_without_a_text_can_be_right() -> None:
    desk = Desk()
    desk.session.queue.go_to(MORAVEC)
    desk.session.accept(at())
    assert (desk.states()[MORAVEC].state, desk.states()[MORAVEC].text) == ("accepted", None)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (lambda one: one.pick(0, at()), "there is no suggestion 0; there are 2"),
        (lambda one: one.pick(3, at()), "there is no suggestion 3; there are 2"),
        (lambda one: one.edit("Poutine", at()), "this is what stands there; reject"),
        (lambda one: one.edit("a\x1b[31m", at()), r"the text holds U\+001B"),
        (lambda one: one.edit("a\N{RIGHT-TO-LEFT OVERRIDE}", at()), r"the text holds U\+202E"),
        (lambda one: one.edit("a\ud800", at()), r"the text holds U\+D800"),
        (lambda one: one.remember("", at()), "a spelling needs a name"),
        (lambda one: one.remember("Poutine", at()), "a spelling needs a name"),
        (lambda one: one.go_to(0), "there is no finding 0; give a number up to"),
        (lambda one: one.go_to(99), "there is no finding 99"),
        (lambda one: one.show(Filter(state="odd")), "'odd' is none of undecided"),
        (lambda one: one.accept("noon"), "'noon' is no time in UTC"),
    ],
)
def test_a_key_that_makes_no_sense_changes_nothing(
    key: Callable[[Session], Any], message: str
) -> None:
    desk = Desk()
    with pytest.raises(UsageError, match=message):
        key(desk.session)
    assert desk.lines == []
    assert decided(desk) == {}
    assert desk.session.current == 0


@pytest.mark.parametrize(("by", "order"), [("", "file"), (" ", "file"), ("ana", "colour")])
def test_a_session_that_cannot_be_is_refused(by: str, order: str) -> None:
    with pytest.raises(UsageError, match=r"needs a name|is none of risk, entity, file"):
        Desk(by=by, order=order)


def test_what_could_not_be_saved_has_not_happened() -> None:
    def full(one: Ruling) -> None:
        raise DocumentError("d.jsonl: not saved (No space left on device)")

    session = Session(FINDINGS, by="ana", text_of=text_of, record=full)
    start = session.current
    keys: list[Callable[[], object]] = [
        lambda: session.accept(at()),
        lambda: session.reject_all(at()),
        lambda: session.accept_rest(at()),
        lambda: session.remember("Putin", at()),
    ]
    for key in keys:
        with pytest.raises(DocumentError, match="not saved"):
            key()
    assert session.current == start
    assert session.progress().answered == 0
    assert session.undo(at()) is None
    assert session.remembered() == []


@pytest.mark.parametrize(
    ("text", "message"), [(None, "cannot be read any more"), ("Another text.", "changed since")]
)
def test_nothing_is_ruled_on_a_text_that_is_not_the_one_seen(
    text: str | None, message: str
) -> None:
    lines: list[Ruling] = []
    session = Session(FINDINGS, by="ana", text_of=lambda *_: text, record=lines.append)
    with pytest.raises(DocumentError, match=message):
        session.accept(at())
    assert lines == []


def test_no_findings_are_all_answered() -> None:
    desk = Desk([])
    assert desk.session.current is None
    assert desk.session.step(1) is None
    assert desk.session.find("x") is None
    assert desk.session.progress().total == 0
    with pytest.raises(UsageError, match="no finding is left here"):
        desk.session.accept(at())


# -- many ------------------------------------------------------------------------------------


def test_all_alike_are_counted_before_they_are_decided() -> None:
    desk = Desk()
    desk.session.queue.go_to(POUTINE[1])
    desk.session.reject(at())
    desk.session.queue.go_to(POUTINE[0])
    alike = desk.session.alike()
    assert (alike.surface, alike.replacement) == ("Poutine", "Putin")
    assert alike.members == tuple(index for index in POUTINE if index != POUTINE[1])
    assert (alike.files, alike.held) == (3, 1)
    made = desk.session.accept_all(at(1), unticked=[POUTINE[2], MOSCOU[0]])
    expected = dict.fromkeys(POUTINE, "accepted") | {POUTINE[1]: "rejected"}
    del expected[POUTINE[2]]
    assert decided(desk) == expected
    assert [one.key for one in made.excepted] == [FINDINGS[POUTINE[2]]["key"]]
    assert len(desk.lines) == 2


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (lambda one: one.accept_all(at()), "Putin"),
        (lambda one: one.pick(2, at(), unticked=()), "Putine"),
        (lambda one: one.edit("Vlad", at(), unticked=()), "Vlad"),
    ],
)
def test_all_alike_get_one_text(key: Callable[[Session], Ruling], text: str) -> None:
    desk = Desk()
    key(desk.session)
    stands = desk.states()
    assert {stands[index].text for index in POUTINE} == {text}
    assert set(decided(desk)) == set(POUTINE)


def test_never_rejects_all_and_hides_them_later() -> None:
    desk = Desk()
    desk.session.queue.go_to(MOSCOU[0])
    desk.session.never(at())
    assert decided(desk) == dict.fromkeys(MOSCOU, "rejected")
    assert all(Desk(lines=desk.lines).states()[index].hidden for index in MOSCOU)
    desk.session.undo(at())
    assert not any(one.hidden for one in desk.states())


def test_the_rest_of_a_document_is_what_waits() -> None:
    desk = Desk()
    here = [index for index, one in enumerate(FINDINGS) if one["path"] == "a.txt"]
    desk.session.reject(at())
    desk.session.later(at())
    rest = desk.session.rest_of_document()
    assert (list(rest.members), rest.files, rest.held) == (here[1:], 1, 1)
    desk.session.accept_rest(at(), unticked=[here[-1]])
    expected = dict.fromkeys(here[1:-1], "accepted") | {here[0]: "rejected"}
    assert decided(desk) == expected
    assert desk.session.current == here[-1]
    desk.session.queue.go_to(here[0])
    desk.session.reject_rest(at())
    desk.session.queue.go_to(here[0])
    with pytest.raises(UsageError, match="nothing in this document waits"):
        desk.session.reject_rest(at())


# -- a table of names ------------------------------------------------------------------------


def test_a_spelling_is_remembered_until_it_is_undone() -> None:
    desk = Desk()
    row = desk.session.remember("Vladimir Putin", at())
    assert row == NameRow("Vladimir Putin", "Poutine")
    assert desk.session.current == 0
    desk.session.remember("Vladimir Putin", at())
    assert desk.session.remembered() == Desk(lines=desk.lines).session.remembered() == [row]
    assert decided(desk) == {}
    desk.session.undo(at())
    desk.session.undo(at())
    assert desk.session.remembered() == []


# -- order, search, filters ------------------------------------------------------------------


def shown(desk: Desk) -> list[int]:
    desk.session.queue.step(-1000)
    order = [desk.session.current]
    while desk.session.queue.position < len(desk.session.queue) - 1:
        order.append(desk.session.step(1))
    return [one for one in order if one is not None]


def test_the_orders() -> None:
    assert shown(Desk(order="file")) == list(range(len(FINDINGS)))
    assert shown(Desk(order="entity")) == [
        *POUTINE,
        *MOSCOU,
        *(index for index, one in enumerate(FINDINGS) if one["surface"] == "overload"),
        MORAVEC,
    ]
    # |0.88 - 0.9|, |0.55 - 0.5|, |0.97 - 0.9|, |0.6 - 0.5|
    risky = [FINDINGS[index]["surface"] for index in shown(Desk(order="risk"))]
    assert list(dict.fromkeys(risky)) == ["Moscou", "Moravec", "Poutine", "overload"]


def test_findings_of_one_entity_stay_together_group_by_group() -> None:
    other = finding("a.txt", None, 0, "Moscou")
    mixed = [
        other | {"surface": surface, "entity": entity, "key": str(number)}
        for number, (surface, entity) in enumerate(
            [("Poutin", "p"), ("Moscou", "m"), ("Putine", "p"), ("Putine", "p"), ("Moscou", "m")]
        )
    ]
    assert shown(Desk(mixed, order="entity")) == [2, 3, 0, 1, 4]


def test_later_comes_back_when_all_else_is_answered() -> None:
    desk = Desk()
    desk.session.later(at())
    for _ in range(len(FINDINGS) - 1):
        assert desk.session.current != 0
        desk.session.reject(at())
    assert desk.session.current == 0
    desk.session.later(at())
    assert desk.session.current == 0
    desk.session.accept(at())
    assert desk.session.current is None
    assert desk.session.step(0) == len(FINDINGS) - 1


def test_going_on_goes_round_the_end() -> None:
    desk = Desk()
    desk.session.go_to(len(FINDINGS))
    desk.session.reject(at())
    assert desk.session.current == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("OVERLOAD", OVERLOAD),
        ("reset", OVERLOAD),
        ("geo:mos", MOSCOU[0]),
        ("b/C", next(index for index, one in enumerate(FINDINGS) if one["path"] == "b/c.txt")),
        ("odd-word", MORAVEC),
        ("nothing of it", None),
    ],
)
def test_search_looks_at_words_entity_rule_and_path(words: str, expected: int | None) -> None:
    desk = Desk()
    assert desk.session.find(words) == expected
    assert desk.session.current == (0 if expected is None else expected)


def test_search_goes_on_and_round() -> None:
    desk = Desk()
    seen = [desk.session.find("moscou") for _ in range(len(MOSCOU) + 1)]
    assert seen == [*MOSCOU, MOSCOU[0]]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Filter(), lambda one: True),
        (Filter(category="exonym"), lambda one: one["category"] == "exonym"),
        (Filter(category="exo"), lambda one: False),
        (Filter(entity="PUTIN"), lambda one: one["entity"] == "per:putin"),
        (Filter(path="b"), lambda one: one["path"] == "b/c.txt"),
        (Filter(path="b/"), lambda one: one["path"] == "b/c.txt"),
        (Filter(path="a.txt"), lambda one: one["path"] == "a.txt"),
        (Filter(path="*.jsonl"), lambda one: one["path"] == "rows.jsonl"),
        (Filter(text="poutine"), lambda one: one["surface"] == "Poutine"),
        (
            Filter(text="poutine", path="a.txt"),
            lambda one: one["surface"] == "Poutine" and one["path"] == "a.txt",
        ),
    ],
)
def test_filters(wanted: Filter, fits: Callable[[dict[str, Any]], bool]) -> None:
    desk = Desk()
    expected = [index for index, one in enumerate(FINDINGS) if fits(one)]
    assert desk.session.show(wanted) == len(expected)
    assert shown(desk) == (expected or list(range(len(FINDINGS))))


def test_a_filter_by_state_keeps_what_is_decided_meanwhile() -> None:
    desk = Desk()
    desk.session.reject(at())
    assert desk.session.show(Filter(state="rejected")) == 1
    assert desk.session.current is None
    desk.session.show(Filter(state="undecided"))
    before = len(desk.session.queue)
    desk.session.accept(at())
    assert len(desk.session.queue) == before == len(FINDINGS) - 1


def test_undo_shows_its_finding_even_where_a_filter_hides_it() -> None:
    desk = Desk()
    desk.session.reject(at())
    desk.session.show(Filter(text="moscou"))
    desk.session.undo(at())
    assert desk.session.current == 0


# -- undo, redo, quitting --------------------------------------------------------------------


def test_undo_and_redo_outlive_quitting() -> None:
    desk = Desk()
    desk.session.accept(at())
    desk.session.reject_all(at())
    desk.session.undo(at())
    desk = Desk(lines=desk.lines)
    assert decided(desk) == {0: "accepted"}
    again = desk.session.redo(at())
    assert again
    assert again.act == "reject"
    assert desk.session.redo(at()) is None
    desk = Desk(lines=desk.lines)
    assert desk.session.undo(at())
    assert desk.session.undo(at())
    assert desk.session.undo(at()) is None
    assert decided(desk) == {}
    assert len(desk.lines) == 6


def test_redo_ends_with_the_next_key() -> None:
    desk = Desk()
    desk.session.accept(at())
    desk.session.undo(at())
    desk.session.later(at())
    assert desk.session.redo(at()) is None


def test_undo_takes_back_only_ones_own() -> None:
    desk = Desk()
    desk.session.accept(at())
    ben = Desk(lines=desk.lines, by="ben")
    assert ben.session.undo(at()) is None
    ben.session.reject(at())
    assert ben.session.undo(at())
    assert decided(ben) == {0: "accepted"}


def test_a_clock_that_goes_back_does_not_turn_the_order() -> None:
    desk = Desk()
    desk.session.accept(at(50))
    desk.session.queue.go_to(0)
    desk.session.reject(at(10))
    assert decided(desk) == decided(Desk(lines=desk.lines)) == {0: "rejected"}


def test_what_another_reviewer_adds_meanwhile_is_taken_in() -> None:
    desk = Desk()
    desk.session.accept(at(30))
    theirs = [ruling("reject", 0, by="ben"), ruling("reject", 1, by="ben")]
    desk.session.receive([*theirs, theirs[0]])
    assert decided(desk) == {0: "accepted", 1: "rejected"}
    desk.session.receive(theirs)
    assert desk.session.next_to_undo() is not None
    desk.session.undo(at(31))
    assert decided(desk) == {0: "rejected", 1: "rejected"}


def test_the_ids_of_like_keys_differ() -> None:
    desk = Desk()
    for _ in range(3):
        desk.session.queue.go_to(0)
        desk.session.accept(at())
    assert len({json.loads(line)["id"] for line in desk.lines}) == 3


# -- progress --------------------------------------------------------------------------------


def test_progress_counts_answers_and_groups() -> None:
    desk = Desk()
    groups = len({one["surface"] for one in FINDINGS})
    assert desk.session.progress().groups_left == groups
    assert desk.session.progress().seconds_left is None
    desk.session.reject_all(at())
    desk.session.later(at())
    progress = desk.session.progress()
    assert (progress.answered, progress.later) == (len(POUTINE), 1)
    assert progress.total == len(FINDINGS)
    assert progress.groups_left == groups - 2


def test_the_time_left_goes_by_the_last_keys_and_leaves_out_breaks() -> None:
    desk = Desk()
    for second in (0, 4, 8):
        desk.session.reject(at(second))
    left = len(FINDINGS) - 3
    assert desk.session.progress().seconds_left == pytest.approx(4 * left)
    desk.session.reject(at(8 + 1000))
    # Three pauses of 4, 4 and (cut) 60 seconds, an answer each.
    assert desk.session.progress().seconds_left == pytest.approx((4 + 4 + 60) / 3 * (left - 1))


# -- any keys --------------------------------------------------------------------------------

INDEX = st.integers(0, len(FINDINGS) - 1)
SOME = st.sets(INDEX, max_size=3)


class Review(RuleBasedStateMachine):
    """Any keys of one reviewer, beside another one, with quitting and full disks in between."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.before: list[str] = []
        self.theirs: list[Ruling] = []
        self.second = 0

    @initialize(order=st.sampled_from(["risk", "entity", "file"]), theirs=st.lists(INDEX))
    def open(self, order: str, theirs: list[int]) -> None:
        self.theirs = [
            ruling("reject" if index % 2 else "accept", index, at=minute, by="ben")
            for minute, index in enumerate(theirs[:5])
        ]
        self.desk = Desk(lines=[ruling_line(one) for one in self.theirs], order=order)

    def now(self) -> str:
        self.second += 1
        return at(self.second)

    def key(self, press: Callable[[Session], object]) -> None:
        """Press a key; where it makes no sense, nothing may have changed."""
        session, before = self.desk.session, list(self.desk.lines)
        try:
            press(session)
        except UsageError:
            assert self.desk.lines == before
        else:
            assert len(self.desk.lines) - len(before) in (0, 1)

    @rule(name=st.sampled_from(["accept", "reject", "unsure", "later", "never"]))
    def simple(self, name: str) -> None:
        self.key(lambda session: getattr(session, name)(self.now()))

    @rule(number=st.integers(1, 3), unticked=st.none() | SOME)
    def pick(self, number: int, unticked: set[int] | None) -> None:
        self.key(lambda session: session.pick(number, self.now(), unticked))

    @rule(text=st.sampled_from(["", "Putin", "Poutine", "Vlad"]), unticked=st.none() | SOME)
    def edit(self, text: str, unticked: set[int] | None) -> None:
        self.key(lambda session: session.edit(text, self.now(), unticked))

    @rule(
        name=st.sampled_from(["accept_all", "reject_all", "accept_rest", "reject_rest"]),
        unticked=SOME,
    )
    def many(self, name: str, unticked: set[int]) -> None:
        self.key(lambda session: getattr(session, name)(self.now(), unticked))

    @rule(name=st.sampled_from(["Putin", "Moscow"]))
    def remember(self, name: str) -> None:
        self.key(lambda session: session.remember(name, self.now()))

    @rule(times=st.integers(1, 4))
    def undo(self, times: int) -> None:
        for _ in range(times):
            self.key(lambda session: session.undo(self.now()))

    @rule(times=st.integers(1, 4))
    def redo(self, times: int) -> None:
        for _ in range(times):
            self.key(lambda session: session.redo(self.now()))

    @rule(number=INDEX)
    def go_to(self, number: int) -> None:
        self.key(lambda session: session.go_to(number + 1))

    @rule(by=st.integers(-2, 2))
    def step(self, by: int) -> None:
        self.key(lambda session: session.step(by))

    @rule(words=st.sampled_from(["put", "mosc", "rows", "none"]))
    def search(self, words: str) -> None:
        self.key(lambda session: session.find(words))

    @rule(
        wanted=st.builds(
            Filter,
            path=st.sampled_from(["", "a.txt", "*.jsonl"]),
            state=st.sampled_from(["", "undecided", "accepted"]),
        )
    )
    def show(self, wanted: Filter) -> None:
        self.key(lambda session: session.show(wanted))

    @rule(index=INDEX, day=st.sampled_from(["2026-01-31", "2026-02-01", "2026-02-02"]))
    def other_reviewer(self, index: int, day: str) -> None:
        """Another reviewer, whose clock may be off, saves a line."""
        one = ruling("edit", index, at=len(self.theirs), by="ben", value="Theirs")
        one = replace(one, at=one.at.replace("2026-01-31", day), id=f"{len(self.theirs)}")
        self.theirs.append(one)
        self.desk.lines.append(ruling_line(one))
        self.desk.session.receive([one])
        self.before = list(self.desk.lines)

    @rule(order=st.sampled_from(["risk", "entity", "file"]))
    def quit_and_resume(self, order: str) -> None:
        stands, remembered = self.desk.states(), self.desk.session.remembered()
        undo, redo = self.desk.session.next_to_undo(), self.desk.session.next_to_redo()
        self.desk = Desk(lines=self.desk.lines, order=order)
        assert self.desk.states() == stands
        assert self.desk.session.remembered() == remembered
        assert self.desk.session.next_to_undo() == undo
        assert self.desk.session.next_to_redo() == redo

    @precondition(lambda self: self.desk.session.current is not None)
    @rule()
    def full_disk(self) -> None:
        def full(one: Ruling) -> None:
            raise DocumentError("full")

        session, stands = self.desk.session, self.desk.states()
        here, saved = session.current, session._record
        session._record = full
        with pytest.raises(DocumentError):
            session.accept(self.now())
        session._record = saved
        assert (self.desk.states(), session.current) == (stands, here)

    @invariant()
    def lines_are_only_added(self) -> None:
        assert self.desk.lines[: len(self.before)] == self.before
        self.before = list(self.desk.lines)

    @invariant()
    def the_file_says_the_same(self) -> None:
        rulings = [ruling_of(json.loads(line)) for line in self.desk.lines]
        assert self.desk.states() == standings(FINDINGS, rulings, text_of)
        # Lines of two reviewers may come in any order, as long as each keeps theirs.
        sorted_by_name = sorted(rulings, key=lambda one: one.by)
        assert in_order(sorted_by_name) == in_order(rulings)

    @invariant()
    def counts_are_right(self) -> None:
        progress, states = self.desk.session.progress(), self.desk.states()
        waiting = [one for one in states if one.state in ("undecided", "later")]
        assert progress.answered == len(FINDINGS) - len(waiting)
        open_groups = {
            FINDINGS[index]["surface"]
            for index, one in enumerate(states)
            if one.state == "undecided"
        }
        assert progress.groups_left == len(open_groups)

    def teardown(self) -> None:
        while self.desk.session.undo(self.now()):
            pass
        assert self.desk.states() == standings(FINDINGS, self.theirs, text_of)
        assert self.desk.session.remembered() == []
        made = [ruling_of(json.loads(line)) for line in self.desk.lines]
        redone = 0
        while self.desk.session.redo(self.now()):
            redone += 1
        assert redone <= len(made)


Review.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestReview = Review.TestCase


def test_rulings_on_different_findings_may_come_in_any_order() -> None:
    ana = [ruling("accept", index, at=index) for index in (0, 1, 2)]
    ben = [ruling("reject", index, at=0, by="ben") for index in (3, 4)]
    expected = standings(FINDINGS, [*ana, *ben], text_of)
    assert standings(FINDINGS, [*ben, *ana], text_of) == expected
    assert standings(FINDINGS, [ana[0], *ben, *ana[1:]], text_of) == expected
    assert len(TEXTS) == 4


def test_an_undo_by_somebody_else_is_passed_over() -> None:
    desk = Desk()
    first, second = desk.session.accept(at(1)), desk.session.reject(at(2))
    theirs = ruling("undo", by="ben", undoes=second.id)
    desk.session.receive([replace(theirs, at=at(3))])
    assert desk.session.next_to_undo() == first
    back = replace(ruling("redo", by="ben", undoes=first.id), at=at(6))
    assert desk.session.undo(at(4)) == first
    desk.session.receive([back])
    assert desk.session.next_to_redo() is None
    assert decided(desk) == {0: "accepted"}


def test_an_undo_goes_nowhere_when_its_finding_is_gone() -> None:
    desk = Desk()
    desk.session.accept(at())
    fewer = Desk(FINDINGS[1:], lines=desk.lines)
    here = fewer.session.current
    assert [one.why for one in fewer.session.unplaced] == ["unflagged"]
    assert fewer.session.undo(at())
    assert fewer.session.current == here
    assert fewer.session.unplaced == []
