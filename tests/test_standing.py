"""What rulings mean: which findings they reach, which of them holds, what is said of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_world import (
    FINDINGS,
    TEXTS,
    Texts,
    anchored,
    finding,
    findings_in,
    numbered,
    ruling,
    text_of,
)

from normalizer.review.places import member_of
from normalizer.review.precedents import Precedents
from normalizer.review.rulings import Act, Ruling, in_order
from normalizer.review.standing import (
    STATES,
    Standing,
    Standings,
    TextOf,
    Unplaced,
    standings,
)

POUTINE, MOSCOU, MORAVEC = numbered("Poutine"), numbered("Moscou"), numbered("Moravec")
ALL_POUTINE = [index for index, one in enumerate(FINDINGS) if one["surface"] == "Poutine"]


def states(rulings: Iterable[Ruling]) -> dict[int, str]:
    """What does not stand undecided."""
    stands = standings(FINDINGS, rulings, text_of)
    return {index: one.state for index, one in enumerate(stands) if one.state != "undecided"}


def asks(texts: Texts) -> TextOf:
    return lambda path, row: texts.get((path, row))


def of_document(act: Any, path: str, *, at: int = 0) -> Ruling:
    members = [one for one in FINDINGS if one["path"] == path and one["row"] in (None, 1)]
    made = ruling(act, FINDINGS.index(members[0]), at=at, scope="document")
    only = tuple(member_of(one) for one in members)
    return replace(made, value=None, only=only)


# -- one ruling ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "state", "text"),
    [
        (ruling("accept", POUTINE), "accepted", "Putin"),
        (ruling("accept", MORAVEC), "accepted", None),
        (ruling("pick", POUTINE, value="Putine"), "accepted", "Putine"),
        (ruling("edit", POUTINE, value=""), "accepted", ""),
        (ruling("reject", POUTINE), "rejected", None),
        (ruling("unsure", POUTINE), "unsure", None),
        (ruling("later", POUTINE), "later", None),
    ],
)
def test_a_ruling_holds_for_its_finding_alone(one: Ruling, state: Any, text: str | None) -> None:
    for asked in (text_of, None):
        stands = standings(FINDINGS, [one], asked)
        decided = {index for index, each in enumerate(stands) if each.state != "undecided"}
        (index,) = decided
        assert FINDINGS[index]["surface"] == (one.anchor.exact if one.anchor else "")
        assert stands[index] == Standing(state, text, one)


def test_everywhere_holds_for_all_alike_but_those_unticked() -> None:
    spared = ALL_POUTINE[1:3]
    one = ruling("accept", POUTINE, scope="everywhere", excepted=tuple(spared))
    assert states([one]) == dict.fromkeys(set(ALL_POUTINE) - set(spared), "accepted")
    assert standings(FINDINGS, [one], text_of)[ALL_POUTINE[-1]].text == "Putin"


def test_alike_is_surface_and_replacement_and_origin() -> None:
    other = finding("a.txt", None, 0, "Poutine") | {"origin": "another", "key": "1"}
    third = finding("a.txt", None, 0, "Poutine") | {"suggestions": [], "key": "2"}
    one = ruling("reject", POUTINE, scope="everywhere")
    stands = standings([*FINDINGS, other, third], [one], text_of)
    assert [each.state for each in stands[-2:]] == ["undecided", "undecided"]


def test_never_rejects_and_hides() -> None:
    one = ruling("never", MOSCOU, scope="everywhere")
    stands = standings(FINDINGS, [one], text_of)
    assert [each.hidden for each in stands] == [each["surface"] == "Moscou" for each in FINDINGS]
    assert stands[MOSCOU].state == "rejected"
    assert not standings(FINDINGS, [ruling("reject", MOSCOU)], text_of)[MOSCOU].hidden


def test_of_a_document_each_finding_gets_its_own_text() -> None:
    stands = standings(FINDINGS, [of_document("accept", "rows.jsonl")], text_of)
    texts = {
        (FINDINGS[index]["row"], FINDINGS[index]["surface"]): one.text
        for index, one in enumerate(stands)
        if one.state == "accepted"
    }
    assert texts == {(1, "Moscou"): "Moscow", (1, "overload"): "reset", (1, "Poutine"): "Putin"}


def test_to_remember_a_spelling_decides_nothing() -> None:
    one = ruling("remember", POUTINE, scope="everywhere", value="Vladimir Putin")
    assert states([one]) == {}
    assert Standings(FINDINGS, text_of).unplaced == []


# -- several rulings -------------------------------------------------------------------------


def test_the_later_holds_whatever_the_order_of_lines() -> None:
    one, two = ruling("accept", POUTINE, at=1), ruling("reject", POUTINE, at=2, by="ben")
    assert states([one, two]) == states([two, one]) == {POUTINE: "rejected"}


def test_one_occurrence_beats_everywhere_before_and_after() -> None:
    one = ruling("reject", POUTINE, at=1)
    before = ruling("accept", POUTINE, at=0, scope="everywhere")
    after = ruling("accept", POUTINE, at=2, scope="everywhere")
    for many in (before, after):
        assert states([one, many]) == dict.fromkeys(ALL_POUTINE, "accepted") | {POUTINE: "rejected"}


def test_of_rulings_on_many_the_later_holds() -> None:
    everywhere = ruling("reject", POUTINE, at=1, scope="everywhere")
    document = of_document("accept", "b/c.txt", at=2)
    there = next(index for index in ALL_POUTINE if FINDINGS[index]["path"] == "b/c.txt")
    assert states([everywhere, document])[there] == "accepted"
    everywhere = ruling("reject", POUTINE, at=3, scope="everywhere")
    assert states([everywhere, document])[there] == "rejected"


def test_later_reopens_and_is_itself_overruled_by_anything() -> None:
    many = ruling("accept", POUTINE, at=1, scope="everywhere")
    one = ruling("accept", POUTINE, at=1)
    later = ruling("later", POUTINE, at=2)
    again = ruling("reject", POUTINE, at=3, scope="everywhere")
    assert states([many, later])[POUTINE] == "later"
    assert states([one, later])[POUTINE] == "later"
    assert states([many, later, again])[POUTINE] == "rejected"


def test_unsure_is_an_answer_that_many_do_not_overrule() -> None:
    unsure = ruling("unsure", POUTINE, at=1)
    many = ruling("accept", POUTINE, at=2, scope="everywhere")
    assert states([unsure, many])[POUTINE] == "unsure"


def test_what_is_undone_gives_way_to_what_held_before() -> None:
    many = ruling("accept", POUTINE, at=1, scope="everywhere")
    more = ruling("reject", POUTINE, at=2, scope="everywhere")
    one = ruling("edit", POUTINE, at=3, value="Vlad")
    undo_more = ruling("undo", at=4, undoes=more.id)
    undo_one = ruling("undo", at=5, undoes=one.id)
    redo_more = ruling("redo", at=6, undoes=more.id)
    rejected = dict.fromkeys(ALL_POUTINE, "rejected")
    assert states([many, more, one])[POUTINE] == "accepted"
    assert states([many, more, one, undo_more]) == dict.fromkeys(ALL_POUTINE, "accepted")
    assert states([many, more, one, undo_one]) == rejected
    everything = [many, more, one, undo_more, undo_one, redo_more]
    assert states(everything) == rejected


def test_an_undo_of_something_unknown_does_no_harm() -> None:
    assert states([ruling("undo", undoes="nowhere"), ruling("redo", undoes="nowhere")]) == {}


def test_an_undo_that_comes_before_its_ruling_holds_and_twice_is_once() -> None:
    one = ruling("accept", POUTINE, at=5)
    early = [ruling("undo", at=1, undoes=one.id), ruling("undo", at=2, by="ben", undoes=one.id)]
    assert states([*early, one]) == {}
    assert states([*early, one, ruling("redo", at=6, undoes=one.id)]) == {POUTINE: "accepted"}


def test_what_is_nowhere_alike_reaches_nothing() -> None:
    board = Standings([FINDINGS[MOSCOU]], text_of)
    reached = board.add(ruling("reject", POUTINE, scope="everywhere"))
    assert reached.tolist() == []
    assert board.unplaced == []
    assert board.index_of(ruling("undo", undoes="x")) is None


# -- documents that changed ------------------------------------------------------------------


def placed(texts: Texts, rulings: list[Ruling]) -> tuple[dict[tuple[Any, ...], str], list[str]]:
    """What stands decided in a changed folder, and why other rulings do not hold."""
    found = findings_in(texts)
    board = Standings(found, asks(texts))
    board.extend(in_order(rulings))
    decided: dict[tuple[Any, ...], str] = {
        (one["path"], one["row"], one["start"]): board[index].state
        for index, one in enumerate(found)
        if board[index].state != "undecided"
    }
    return decided, [one.why for one in board.unplaced]


def test_a_ruling_moves_with_its_words() -> None:
    texts = TEXTS | {("a.txt", None): "A title.\n" + TEXTS["a.txt", None]}
    second = ALL_POUTINE[1]
    start = FINDINGS[second]["start"] + 9
    assert placed(texts, [ruling("accept", second)]) == ({("a.txt", None, start): "accepted"}, [])


def test_a_ruling_whose_words_are_gone_is_stale() -> None:
    texts = TEXTS | {("a.txt", None): "Nothing of it is left, but Poutine."}
    assert placed(texts, [ruling("accept", ALL_POUTINE[1])]) == ({}, ["stale"])


def test_a_ruling_of_a_document_that_is_not_there_is_of_elsewhere() -> None:
    texts = {place: text for place, text in TEXTS.items() if place[0] != "a.txt"}
    assert placed(texts, [ruling("accept", POUTINE)]) == ({}, ["elsewhere"])
    found = findings_in(texts)
    board = Standings(found)
    board.add(ruling("accept", POUTINE))
    assert [one.why for one in board.unplaced] == ["elsewhere"]


def test_a_ruling_on_words_no_longer_found_says_so() -> None:
    rest = [one for index, one in enumerate(FINDINGS) if index != MORAVEC]
    for asked in (text_of, None):
        board = Standings(rest, asked)
        board.add(ruling("accept", MORAVEC))
        assert [one.why for one in board.unplaced] == ["unflagged"]
    nothing = Standings([], text_of)
    nothing.add(ruling("accept", MORAVEC))
    assert [one.why for one in nothing.unplaced] == ["unflagged"]


def test_a_ruling_never_reaches_another_finding_at_its_place() -> None:
    one = FINDINGS[POUTINE]
    other = one | {"key": "1", "origin": "odd-word", "suggestions": [{"text": "pudding"}]}
    board = Standings([other], text_of)
    board.add(ruling("accept", POUTINE))
    assert board[0].state == "undecided"


def test_flags_that_propose_nothing_are_not_the_same_for_that() -> None:
    other = FINDINGS[MORAVEC] | {"key": "1", "origin": "another-rule"}
    board = Standings([other], text_of)
    board.add(ruling("reject", MORAVEC))
    board.add(of_document("reject", "a.txt", at=1))
    assert board[0].state == "undecided"


@pytest.mark.parametrize("change", [{"origin": "new-scheme"}, {"suggestions": [{"text": "Putyn"}]}])
def test_a_ruling_outlives_a_new_scheme_or_house_style(change: dict[str, Any]) -> None:
    board = Standings([FINDINGS[POUTINE] | {"key": "1"} | change], text_of)
    board.add(ruling("accept", POUTINE))
    assert board[0].text == "Putin"


def test_rows_that_moved_are_known_by_their_text() -> None:
    texts: Texts = {
        ("rows.jsonl", 1): "A row was put in.",
        ("rows.jsonl", 2): TEXTS["rows.jsonl", 1],
        ("rows.jsonl", 3): TEXTS["rows.jsonl", 2],
    }
    index = ALL_POUTINE[-1]
    place = ("rows.jsonl", 3, FINDINGS[index]["start"])
    assert placed(texts, [ruling("reject", index)]) == ({place: "rejected"}, [])


def test_a_file_that_was_renamed_is_known_by_its_text() -> None:
    texts: Texts = {("new.txt", None): TEXTS["a.txt", None]}
    one = ruling("reject", ALL_POUTINE[1])
    rest = of_document("accept", "a.txt", at=1)
    decided, why = placed(texts, [one, rest])
    assert why == []
    assert sorted(decided.values()).count("rejected") == 1
    assert len(decided) == len([each for each in FINDINGS if each["path"] == "a.txt"])


def test_a_copy_in_the_same_folder_is_another_document() -> None:
    texts = TEXTS | {("copy.txt", None): TEXTS["a.txt", None]}
    decided, _ = placed(texts, [ruling("reject", POUTINE)])
    assert list(decided) == [("a.txt", None, 0)]


def test_the_rest_of_a_document_is_asked_anew_when_it_changed() -> None:
    texts = TEXTS | {("a.txt", None): TEXTS["a.txt", None] + " More."}
    assert placed(texts, [of_document("accept", "a.txt")]) == ({}, ["stale"])


def test_the_rest_of_a_document_holds_for_what_was_seen_only() -> None:
    new = FINDINGS[POUTINE] | {"key": "1", "suggestions": [{"text": "Pudding"}]}
    board = Standings([*FINDINGS, new], text_of)
    board.add(of_document("accept", "a.txt"))
    assert board[POUTINE].text == "Putin"
    assert board[len(FINDINGS)].state == "undecided"


def test_who_is_spared_stays_spared_in_a_changed_document() -> None:
    one = ruling("accept", POUTINE, scope="everywhere", excepted=(ALL_POUTINE[1],))
    texts = TEXTS | {("a.txt", None): "A title.\n" + TEXTS["a.txt", None]}
    decided, _ = placed(texts, [one])
    assert ("a.txt", None, FINDINGS[ALL_POUTINE[1]]["start"] + 9) not in decided
    assert len(decided) == len(ALL_POUTINE) - 1


def test_where_nobody_can_tell_who_was_spared_all_of_the_document_are() -> None:
    one = ruling("accept", POUTINE, scope="everywhere", excepted=(ALL_POUTINE[1],))
    texts = TEXTS | {("a.txt", None): "Poutine, Poutine and Poutine."}
    decided, _ = placed(texts, [one])
    assert {path for path, _, _ in decided} == {"b/c.txt", "rows.jsonl"}


# -- document by document --------------------------------------------------------------------


def one_by_one(texts: Texts, rulings: list[Ruling]) -> tuple[list[Standing], list[str]]:
    precedents = Precedents(rulings, {path for path, _ in texts})
    stands: list[Standing] = []
    reached: set[str] = set()
    told: list[Unplaced] = []
    for (path, row), text in texts.items():
        found = [one for one in findings_in(texts) if (one["path"], one["row"]) == (path, row)]
        ruled = precedents.of(path, row, text, found)
        stands += ruled.standings
        reached |= ruled.reached
        told += ruled.unplaced
    return stands, [one.why for one in precedents.unplaced(reached, told)]


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS,
        TEXTS | {("a.txt", None): "A title.\n" + TEXTS["a.txt", None]},
        TEXTS | {("a.txt", None): "Poutine, Poutine and Poutine."},
        {place: text for place, text in TEXTS.items() if place[0] != "a.txt"},
        {("new.txt", None): TEXTS["a.txt", None]},
        TEXTS | {("copy.txt", None): TEXTS["a.txt", None]},
    ],
    ids=["same", "changed", "rewritten", "gone", "renamed", "copied"],
)
def test_document_by_document_rulings_mean_the_same(texts: Texts) -> None:
    one = ruling("reject", ALL_POUTINE[1], at=3)
    undone = ruling("reject", MOSCOU, at=1)
    rulings = [
        one,
        ruling("accept", POUTINE, at=1, scope="everywhere", excepted=(ALL_POUTINE[2],)),
        ruling("later", MORAVEC, at=2),
        of_document("accept", "rows.jsonl", at=4),
        undone,
        ruling("undo", at=5, undoes=undone.id),
        ruling("remember", POUTINE, at=6, scope="everywhere", value="Vladimir Putin"),
    ]
    found = findings_in(texts)
    board = Standings(found, asks(texts))
    board.extend(in_order(rulings))
    stands, why = one_by_one(texts, rulings)
    assert stands == [board[index] for index in range(len(found))]
    assert sorted(why) == sorted(each.why for each in board.unplaced)


def test_rows_that_moved_are_known_in_a_run_too() -> None:
    texts: Texts = {
        ("rows.jsonl", 1): "A row was put in.",
        ("rows.jsonl", 2): TEXTS["rows.jsonl", 2],
    }
    stands, why = one_by_one(texts, [ruling("reject", ALL_POUTINE[-1])])
    assert [one.state for one in stands] == ["rejected", "undecided"]
    assert why == []


# -- against a plain reading of the rules ----------------------------------------------------


def plainly(rulings: list[Ruling]) -> list[str]:
    """The rules once more, finding by finding, slow and without any bookkeeping."""
    order = in_order(rulings)
    undone = {one.undoes for one in order if one.act == "undo"} - {
        one.undoes
        for number, one in enumerate(order)
        if one.act == "redo"
        and not any(
            later.act == "undo" and later.undoes == one.undoes for later in order[number + 1 :]
        )
    }
    stands = []
    for found in FINDINGS:
        state, alone = "undecided", False
        for one in order:
            if one.undoes or one.act == "remember" or one.id in undone or not one.anchor:
                continue
            same = anchored(found) == one.anchor
            alike = (one.anchor.exact, one.anchor.origin) == (found["surface"], found["origin"])
            if one.scope == "everywhere":
                if not alike or anchored(found) in one.excepted or alone:
                    continue
            elif not same:
                continue
            state = {"reject": "rejected", "never": "rejected", "unsure": "unsure"}.get(
                one.act, "later" if one.act == "later" else "accepted"
            )
            alone = one.scope == "occurrence" and one.act != "later"
        stands.append(state)
    return stands


SWITCHES: st.SearchStrategy[Act] = st.sampled_from(["undo", "redo"])
ACTS: st.SearchStrategy[Act] = st.sampled_from(
    ["accept", "reject", "edit", "unsure", "later", "never"]
)


@st.composite
def rulings_made(draw: st.DrawFn) -> list[Ruling]:
    made: list[Ruling] = []
    for minute in range(draw(st.integers(0, 12))):
        by = draw(st.sampled_from(["ana", "ben"]))
        switch = draw(st.booleans())
        if made and switch:
            target = draw(st.sampled_from([one.id for one in made if not one.undoes] or ["x"]))
            made.append(ruling(draw(SWITCHES), at=minute, by=by, undoes=target))
            continue
        act = draw(ACTS)
        index = draw(st.integers(0, len(FINDINGS) - 1))
        many = act == "never" or (act in ("accept", "reject", "edit") and draw(st.booleans()))
        like = [
            other
            for other, one in enumerate(FINDINGS)
            if one["surface"] == FINDINGS[index]["surface"]
        ]
        spared = draw(st.sets(st.sampled_from(like))) if many else set()
        made.append(
            ruling(
                act,
                index,
                at=minute,
                by=by,
                scope="everywhere" if many else "occurrence",
                value="mine" if act == "edit" else None,
                excepted=tuple(sorted(spared)),
            )
        )
    return made


@given(rulings_made(), st.randoms())
def test_the_board_says_what_the_rules_say(made: list[Ruling], chance: Any) -> None:
    expected = plainly(made)
    assert [one.state for one in standings(FINDINGS, made, text_of)] == expected
    mixed = list(made)
    chance.shuffle(mixed)
    assert [one.state for one in standings(FINDINGS, mixed, text_of)] == expected
    board = Standings(FINDINGS, text_of)
    for one in in_order(made):
        board.add(one)
    assert [board[index].state for index in range(len(FINDINGS))] == expected
    assert [STATES[code] for code in board.codes] == expected
    assert board.counts.tolist() == [expected.count(state) for state in STATES]
    for group, members in enumerate(board.places.group_members):
        waiting = [index for index in members if expected[index] == "undecided"]
        assert board.open_of_group[group] == len(waiting)
