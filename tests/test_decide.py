"""Policy: what is sure is applied, what is likely is proposed, the rest is silence."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from normalizer.annotation import (
    Alias,
    Candidate,
    Decision,
    Document,
    Flag,
    Mention,
    Resolution,
    Span,
    Suggestion,
)
from normalizer.decide import EQUAL_SPELLING, decide, finding_key, score_of, trim
from normalizer.settings import Settings

TEXT = "Vladimir Poutine met Jean Valjean in Moscou."
DOCUMENT = Document("a", TEXT)
SETTINGS = Settings(apply=0.9, propose=0.5)


def name(before: str, after: str, score: float, entity: str = "per:somebody") -> Resolution:
    start = TEXT.index(before)
    mention = Mention(Span(start, start + len(before)), before, "listed")
    alias = Alias(before, frozenset({"fr"}), "exonym", source="invented")
    candidate = Candidate(entity, after, alias, score)
    return Resolution(mention, (candidate,), candidate)


def flag(before: str, score: float, *suggestions: Suggestion) -> Flag:
    start = TEXT.index(before)
    span = Span(start, start + len(before))
    return Flag(span, before, "invented", "rule", score, "odd", suggestions)


def decided(*findings: Resolution | Flag) -> list[Decision]:
    return decide(
        DOCUMENT,
        [one for one in findings if isinstance(one, Resolution)],
        [one for one in findings if isinstance(one, Flag)],
        settings=SETTINGS,
    )


@pytest.mark.parametrize(
    ("score", "verdict"), [(1.0, "apply"), (0.9, "apply"), (0.89, "propose"), (0.5, "propose")]
)
def test_the_levels_are_inclusive(score: float, verdict: str) -> None:
    assert [one.verdict for one in decided(name("Moscou", "Moscow", score))] == [verdict]


def test_below_the_lower_level_there_is_silence() -> None:
    assert decided(name("Moscou", "Moscow", 0.49), flag("met", 0.49)) == []


def test_an_unclear_name_is_left() -> None:
    clear = name("Moscou", "Moscow", 0.99)
    assert decided(Resolution(clear.mention, clear.candidates, None)) == []


def test_a_flag_only_proposes_however_sure_it_is() -> None:
    (decision,) = decided(flag("met", 1.0, Suggestion("saw", 0.9)))
    assert (decision.verdict, decision.after) == ("propose", "saw")


def test_a_flag_without_suggestion_writes_what_stands() -> None:
    (decision,) = decided(flag("met", 0.8))
    assert decision.before == decision.after == "met"


def test_decisions_come_in_text_order_whatever_the_order_given() -> None:
    findings: list[Resolution | Flag] = [
        name("Moscou", "Moscow", 0.9),
        name("Poutine", "Putin", 0.99),
        flag("met", 0.7),
    ]
    orders = [decided(*order) for order in permutations(findings)]
    assert [one.before for one in orders[0]] == ["Poutine", "met", "Moscou"]
    assert all(order == orders[0] for order in orders)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (name("Poutine met", "Putin Met", 0.7), name("met Jean", "Met John", 0.95), "met Jean"),
        (name("Poutine met", "Putin Met", 0.9), name("met", "Met", 0.9), "Poutine met"),
    ],
)
def test_of_two_names_in_one_place_the_surer_then_the_longer_stands(
    first: Resolution, second: Resolution, kept: str
) -> None:
    assert [one.before for one in decided(first, second)] == [kept]
    assert [one.before for one in decided(second, first)] == [kept]


def test_names_that_only_touch_both_stand() -> None:
    decisions = decided(name("Vladimir ", "V ", 0.9), name("Poutine", "Putin", 0.9))
    assert len(decisions) == 2


def test_a_flag_may_lie_over_a_name() -> None:
    decisions = decided(name("Poutine", "Putin", 0.95), flag("Poutine met", 0.99))
    assert {one.verdict for one in decisions} == {"apply", "propose"}


@pytest.mark.parametrize(
    ("before", "after", "trimmed"),
    [
        ("Alexeï Navalny", "Alexei Navalny", (10, 16, "Alexeï", "Alexei")),
        ("Vladimir Poutine", "Vladimir Putin", (19, 26, "Poutine", "Putin")),
        ("a B c", "a X c", (12, 13, "B", "X")),
        ("Poutine", "Putin", (10, 17, "Poutine", "Putin")),
        # One word more or less: the first words that differ mark the place.
        ("Gruppe Wagner", "Wagner Group", (10, 23, "Gruppe Wagner", "Wagner Group")),
        ("Kim Jong Ung", "Kim Jong-un", (14, 22, "Jong Ung", "Jong-un")),
    ],
)
def test_words_that_stay_are_not_in_the_decision(
    before: str, after: str, trimmed: tuple[int, int, str, str]
) -> None:
    span, old, new = trim(Span(10, 10 + len(before)), before, after)
    assert (span.start, span.end, old, new) == trimmed


@pytest.mark.parametrize("same", ["Putin", "Vladimir Putin", ""])
def test_trimming_what_does_not_change_leaves_an_empty_change(same: str) -> None:
    span, old, new = trim(Span(3, 3 + len(same)), same, same)
    assert old == new
    assert span.end - span.start == len(old)


def test_a_key_depends_on_all_it_names_and_on_nothing_else() -> None:
    key = finding_key("a", Span(1, 2), "x", "rule")
    assert key == finding_key("a", Span(1, 2), "x", "rule")
    others = {
        finding_key("b", Span(1, 2), "x", "rule"),
        finding_key("a", Span(0, 2), "x", "rule"),
        finding_key("a", Span(1, 3), "x", "rule"),
        finding_key("a", Span(1, 2), "y", "rule"),
        finding_key("a", Span(1, 2), "x", "other"),
    }
    assert len(others) == 5
    assert key not in others


def test_a_key_is_made_for_a_broken_text_too() -> None:
    assert finding_key("\udc80", Span(0, 1), "\ud800", "r") != finding_key("", Span(0, 1), "", "r")


def test_the_score_is_that_of_the_choice() -> None:
    clear = name("Moscou", "Moscow", 0.7)
    assert score_of(clear) == 0.7
    assert score_of(Resolution(clear.mention, clear.candidates, None)) == 0.0
    assert score_of(flag("met", 0.6)) == 0.6


def test_an_equal_spelling_is_applied_and_stands_behind_errors() -> None:
    wrong = name("Moscou", "Moscow", 0.95)
    (one,) = wrong.candidates
    equal = replace(one, equal=True)
    resolution = Resolution(wrong.mention, (equal,), equal)
    assert [one.verdict for one in decided(resolution)] == ["apply"]
    assert score_of(resolution) == EQUAL_SPELLING < score_of(wrong)
    unsure = replace(equal, score=0.2)
    assert score_of(Resolution(wrong.mention, (unsure,), unsure)) == 0.2
