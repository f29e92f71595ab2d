"""Two reviewers beside each other: what they decide otherwise, and how much they agree."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_world import FINDINGS, numbered, ruling

from normalizer.review.agreement import Agreement, cohens_kappa, merge
from normalizer.review.decisions_file import Entry
from normalizer.review.listing import MAX_PAIRS, summary_lines
from normalizer.review.places import member_of
from normalizer.review.rulings import Ruling, ruling_line

POUTINE = [index for index, one in enumerate(FINDINGS) if one["surface"] == "Poutine"]
MOSCOU, MORAVEC = numbered("Moscou"), numbered("Moravec")


def entries(*rulings: Ruling) -> list[Entry]:
    return [Entry(one, ruling_line(one).rstrip("\n")) for one in rulings]


def ben(one: Ruling) -> Ruling:
    return replace(one, by="ben", id=f"ben-{one.id}")


# -- kappa -----------------------------------------------------------------------------------


def pairs(table: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    return [pair for pair, count in table.items() for _ in range(count)]


@pytest.mark.parametrize(
    ("table", "kappa"),
    [
        # po = 0.7, pe = 0.5 * 0.6 + 0.5 * 0.4 = 0.5
        ({("y", "y"): 20, ("y", "n"): 5, ("n", "y"): 10, ("n", "n"): 15}, 0.4),
        # The same share of equal answers, once with one answer far more frequent.
        ({("y", "y"): 45, ("y", "n"): 15, ("n", "y"): 25, ("n", "n"): 15}, 6 / 46),
        ({("y", "y"): 25, ("y", "n"): 35, ("n", "y"): 5, ("n", "n"): 35}, 14 / 54),
        # Three categories: po = 0.6, pe = 0.34.
        (
            {
                ("a", "a"): 3,
                ("b", "b"): 2,
                ("c", "c"): 1,
                ("a", "b"): 1,
                ("b", "c"): 2,
                ("c", "a"): 1,
            },
            (0.6 - 0.34) / (1 - 0.34),
        ),
        ({("y", "n"): 1, ("n", "y"): 1}, -1.0),
        ({("y", "y"): 1, ("n", "n"): 1}, 1.0),
        ({("y", "y"): 9, ("y", "n"): 1}, 0.0),
    ],
)
def test_kappa_of_known_tables(table: dict[tuple[str, str], int], kappa: float) -> None:
    assert cohens_kappa(pairs(table)) == pytest.approx(kappa, abs=1e-5)


@pytest.mark.parametrize("table", [{}, {("y", "y"): 5}])
def test_kappa_is_not_defined_without_findings_or_with_one_answer(
    table: dict[tuple[str, str], int],
) -> None:
    assert cohens_kappa(pairs(table)) is None


ANSWERS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")))


@given(ANSWERS)
def test_kappa_does_not_care_who_is_first_or_in_which_order(answers: list[tuple[str, str]]) -> None:
    kappa = cohens_kappa(answers)
    assert cohens_kappa([(b, a) for a, b in answers]) == kappa
    assert cohens_kappa(sorted(answers)) == kappa
    if kappa is not None:
        assert -1 <= kappa <= 1
        assert (kappa == 1) == all(a == b for a, b in answers)


# -- merging ---------------------------------------------------------------------------------


def test_every_line_is_kept_once_in_the_order_of_time() -> None:
    one, two, three = ruling("accept", at=1), ben(ruling("reject", 1, at=2)), ruling("later", at=3)
    left, right = entries(one, three), entries(two, one)
    merged = merge(left, right)
    assert [entry.ruling for entry in merged.entries] == [one, two, three]
    assert merge(right, left).entries == merged.entries
    assert merged.conflicts == ()


def test_both_answers_are_told_of_a_conflict() -> None:
    one, two = ruling("accept", MOSCOU, at=1), ben(ruling("reject", MOSCOU, at=2))
    (conflict,) = merge(entries(one), entries(two)).conflicts
    assert conflict.finding["surface"] == "Moscou"
    assert (conflict.left.ruling, conflict.right.ruling) == (one, two)
    assert (conflict.left.state, conflict.right.state) == ("accepted", "rejected")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (ruling("accept"), ruling("accept"), True),
        (ruling("accept"), ruling("pick", value="Putin"), True),
        (ruling("accept"), ruling("edit", value="Vlad"), False),
        (ruling("edit", value="Vlad"), ruling("edit", value="Vlad"), True),
        (ruling("edit", value="Vlad"), ruling("edit", value="Wlad"), False),
        (ruling("reject"), ruling("never", scope="everywhere"), True),
        (ruling("reject"), ruling("unsure"), False),
        (ruling("unsure"), ruling("unsure"), True),
        (ruling("accept", MORAVEC), ruling("accept", MORAVEC), True),
    ],
)
def test_what_is_the_same_answer(left: Ruling, right: Ruling, same: bool) -> None:
    merged = merge(entries(left), entries(ben(right)))
    assert len(merged.conflicts) == (not same)
    assert (merged.agreement.both, merged.agreement.same) == (1, int(same))


@pytest.mark.parametrize("act", ["later", "remember"])
def test_no_answer_is_no_conflict(act: str) -> None:
    right = ben(ruling(act, value="Putin"))  # type: ignore[arg-type]
    merged = merge(entries(ruling("accept")), entries(right))
    assert merged.conflicts == ()
    assert merged.agreement == Agreement(0, 0, None)


def test_what_was_undone_is_no_conflict() -> None:
    theirs = ben(ruling("reject", at=2))
    undo = ruling("undo", at=3, by="ben", undoes=theirs.id)
    assert merge(entries(ruling("accept")), entries(theirs, undo)).conflicts == ()


def test_who_has_seen_the_other_answer_has_settled_it() -> None:
    one, two = ruling("accept", at=1), ben(ruling("reject", at=2))
    settled = ruling("reject", at=3, by="eva")
    both = entries(one, two, settled)
    assert merge(both, entries(one)).conflicts == ()
    assert merge(entries(one), both).conflicts == ()
    assert len(merge(entries(one, settled), entries(ben(one))).conflicts) == 1


def test_rulings_on_many_meet_those_on_one() -> None:
    many = ruling("accept", POUTINE[0], scope="everywhere")
    one = ben(ruling("reject", POUTINE[2]))
    merged = merge(entries(many), entries(one))
    assert [conflict.finding["key"] for conflict in merged.conflicts] == [
        FINDINGS[POUTINE[2]]["key"]
    ]
    spared = ruling("accept", POUTINE[0], scope="everywhere", excepted=(POUTINE[2],))
    assert merge(entries(spared), entries(one)).conflicts == ()


def test_the_findings_reviewed_count_each() -> None:
    left = ruling("accept", POUTINE[0], scope="everywhere")
    right = ben(ruling("reject", POUTINE[1], scope="everywhere"))
    assert merge(entries(left), entries(right), FINDINGS).agreement.both == len(POUTINE)
    assert len(merge(entries(left), entries(right)).conflicts) == 2


def test_rulings_on_documents_are_compared() -> None:
    here = [one for one in FINDINGS if one["path"] == "a.txt"]
    only = tuple(member_of(one) for one in here)
    left = replace(ruling("accept", scope="document"), value=None, only=only)
    right = ben(replace(ruling("reject", scope="document"), only=only[1:]))
    for findings in (None, FINDINGS):
        merged = merge(entries(left), entries(right), findings)
        assert len(merged.conflicts) == len(here) - 1
    one = ben(ruling("accept", FINDINGS.index(here[2])))
    assert merge(entries(left), entries(one)).agreement == Agreement(1, 1, None)


def test_the_agreement_of_many_reviewers_is_cut_short() -> None:
    few = [replace(ruling("accept"), by=name, id=name) for name in ("ana", "ben", "eva")]
    same = "1 finding answered by both, 1 alike; no kappa, since all answers are the same"
    assert list(summary_lines(entries(*few))) == [
        "decisions that hold: 3, undone: 0: 3 accept",
        *(f"{pair}: {same}" for pair in ("ana and ben", "ana and eva", "ben and eva")),
    ]
    other = replace(ruling("later"), by="zoe", id="zoe")
    many = list(summary_lines(entries(*few, other, replace(other, by="yan", id="yan"))))
    assert len(many) == 1 + MAX_PAIRS + 1
    assert "no finding was answered by both" in many[3]
    assert many[-1] == "and 4 more pairs of reviewers"
