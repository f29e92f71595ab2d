"""New text is made in one place: edits land where they should, and nothing else moves."""

from __future__ import annotations

import pytest

from normalizer.annotation import Decision, Document, Flag, Span, Verdict
from normalizer.errors import UsageError
from normalizer.rewrite import Edit, apply_edits, edits_of, invert, rewrite


def edit(text: str, before: str, after: str) -> Edit:
    start = text.index(before)
    return Edit(Span(start, start + len(before)), before, after)


def decision(text: str, before: str, after: str, verdict: Verdict = "apply") -> Decision:
    span = edit(text, before, after).span
    flag = Flag(span, before, "invented", "invented", 0.9, "")
    return Decision("key", span, before, after, verdict, "score", flag)


TEXT = "Poutine 🍕 met Lavrof\r\nin Moscou.\n"


def test_every_edit_lands_and_the_rest_comes_back() -> None:
    edits = [edit(TEXT, "Moscou", "Moscow"), edit(TEXT, "Poutine", "Putin")]
    assert apply_edits(TEXT, edits) == "Putin 🍕 met Lavrof\r\nin Moscow.\n"


def test_no_edit_no_change() -> None:
    assert apply_edits(TEXT, []) == TEXT
    assert rewrite(Document("a", TEXT), []).text == TEXT


@pytest.mark.parametrize(
    "text",
    ["", "\N{ZERO WIDTH NO-BREAK SPACE}Poutine", "e\N{COMBINING ACUTE ACCENT}", "\ud800"],
)
def test_no_edit_keeps_any_text(text: str) -> None:
    assert apply_edits(text, []) == text


def test_neighbours_may_touch() -> None:
    edits = [Edit(Span(0, 1), "a", "xx"), Edit(Span(1, 2), "b", "")]
    assert apply_edits("abc", edits) == "xxc"


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(Span(0, 2), "ab", "x"), Edit(Span(1, 3), "bc", "y")],
        [Edit(Span(0, 1), "a", "x"), Edit(Span(0, 1), "a", "y")],
    ],
)
def test_overlapping_edits_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(UsageError, match="overlap"):
        apply_edits("abc", edits)


@pytest.mark.parametrize("text", ["Putin spoke.", "", "My Poutine"])
def test_an_edit_for_another_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="'Poutine' at 0"):
        apply_edits(text, [edit(TEXT, "Poutine", "Putin")])


def test_inverted_edits_give_the_original_back() -> None:
    edits = [edit(TEXT, "Moscou", "M"), edit(TEXT, "Lavrof", "Lavrov"), edit(TEXT, "Poutine", "")]
    assert apply_edits(apply_edits(TEXT, edits), invert(edits)) == TEXT
    assert invert(invert(edits)) == sorted(edits, key=lambda one: one.span)


def test_only_applied_decisions_that_change_something_are_edits() -> None:
    decisions = [
        decision(TEXT, "Moscou", "Moscow"),
        decision(TEXT, "Lavrof", "Lavrov", "propose"),
        decision(TEXT, "met", "met"),
        decision(TEXT, "Poutine", "Putin"),
    ]
    assert [one.after for one in edits_of(decisions)] == ["Putin", "Moscow"]
    report = rewrite(Document("a", TEXT), decisions)
    assert report.text == "Putin 🍕 met Lavrof\r\nin Moscow.\n"
    assert report.decisions == tuple(decisions)
