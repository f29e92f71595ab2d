"""Keywords in context, and what a rewrite changes word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.annotation import Span
from normalizer.report.concordance import context
from normalizer.report.worddiff import Stretch, word_diff
from normalizer.rewrite import Edit, apply_edits


@pytest.mark.parametrize(
    ("text", "word", "width", "left", "right"),
    [
        ("He met Putin today.", "Putin", 60, "He met ", " today."),
        ("He met Putin, today.", "Putin", 60, "He met ", ", today."),
        ("One two\n\nthree Putin\tfour", "Putin", 60, "One two three ", " four"),
        ("Somebody met Putin yesterday there", "Putin", 8, "met ", " yesterd"),
        ("Somebody met Putin on Monday there", "Putin", 10, "met ", " on Monday"),
        ("x" * 80 + "Putin" + "y" * 80, "Putin", 20, "x" * 20, "y" * 20),
        ("Putin", "Putin", 60, "", ""),
        (" Putin ", "Putin", 60, "", ""),
    ],
)
def test_words_around(text: str, word: str, width: int, left: str, right: str) -> None:
    start = text.index(word)
    around = context(text, Span(start, start + len(word)), width)
    assert (around.left, around.right) == (left, right)


def edit(text: str, before: str, after: str) -> Edit:
    start = text.index(before)
    return Edit(Span(start, start + len(before)), before, after)


def test_a_change_shows_whole_words_and_folds_what_is_far() -> None:
    text = "A" + " word" * 60 + " in Moscoutown now" + " word" * 60 + "\n\nAnd Kiev."
    stretches = list(
        word_diff(text, [edit(text, "Moscou", "Moscow"), edit(text, "Kiev", "Kyiv")], around=20)
    )
    assert [one.kind for one in stretches] == [
        *("fold", "same", "old", "new", "same"),
        *("fold", "same", "line", "line", "same", "old", "new", "same"),
    ]
    assert stretches[2:4] == [Stretch("old", "Moscoutown"), Stretch("new", "Moscowtown")]
    assert stretches[1].text.strip() == "word word word in"


def test_edits_in_one_word_are_one_change() -> None:
    text = "the Poutine-land"
    edits = [edit(text, "Pou", "Pu"), edit(text, "ine", "in")]
    assert list(word_diff(text, edits)) == [
        Stretch("same", "the "),
        Stretch("old", "Poutine"),
        Stretch("new", "Putin"),
        Stretch("same", "-land"),
    ]


def test_nothing_changed_is_nothing_to_show() -> None:
    assert list(word_diff("some text", [])) == []


@given(
    st.lists(st.text("ab \n", max_size=6), min_size=1, max_size=8),
    st.lists(st.text("xy ", max_size=4), min_size=8, max_size=8),
    st.integers(0, 30),
)
def test_old_and_new_stretches_are_the_two_texts(
    pieces: list[str], new: list[str], around: int
) -> None:
    text = "".join(pieces)
    edits, at = [], 0
    for number, piece in enumerate(pieces):
        if number % 2 and piece:
            edits.append(Edit(Span(at, at + len(piece)), piece, new[number]))
        at += len(piece)
    stretches = list(word_diff(text, edits, around))

    def put_together(kind: str) -> list[str]:
        # Between folds the stretches are the text.
        parts = [""]
        for one in stretches:
            if one.kind == "fold":
                parts.append("")
            elif one.kind == "line":
                parts[-1] += "\n"
            elif one.kind in ("same", kind):
                parts[-1] += one.text
        return parts

    for kind, whole in (("old", text), ("new", apply_edits(text, edits))):
        at = 0
        for part in put_together(kind):
            at = whole.index(part, at) + len(part)
    if edits and "fold" not in {one.kind for one in stretches}:
        assert put_together("old") == [text]
        assert put_together("new") == [apply_edits(text, edits)]
