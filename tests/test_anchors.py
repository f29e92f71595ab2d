"""Places found again in texts that changed, or said to be lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.annotation import Span
from normalizer.review.anchors import CONTEXT, MAX_PLACES, Anchor, digest, locate, quote

TEXT = (
    "The minister met Vladimir Poutine on Monday in the old harbour of the city.\n"
    "Nobody knows what was said there. On Friday evening Poutine flew back to the capital.\n"
)


def anchored(text: str, start: int, end: int) -> Anchor:
    before, exact, after = quote(text, Span(start, end))
    return Anchor("a.txt", None, digest(text), start, end, exact, before, after, "k", "o")


def at(text: str, words: str, number: int = 0) -> Anchor:
    start = -1
    for _ in range(number + 1):
        start = text.index(words, start + 1)
    return anchored(text, start, start + len(words))


def test_a_quote_holds_the_words_around() -> None:
    assert quote("abc", Span(1, 2)) == ("a", "b", "c")
    before, exact, after = quote("x" * 100 + "y" + "z" * 100, Span(100, 101))
    assert (len(before), exact, len(after)) == (CONTEXT, "y", CONTEXT)


def test_a_digest_tells_texts_apart_and_takes_any_text() -> None:
    assert digest("a") == digest("a") != digest("A")
    assert digest("\ud800").startswith("sha256:")


@pytest.mark.parametrize(
    ("change", "number"),
    [
        (lambda text: "A headline was put first.\n" + text, 0),
        (lambda text: "A headline was put first.\n" + text, 1),
        (lambda text: text.replace("Nobody", "Hardly anybody"), 1),
        (lambda text: text.replace("\n", "\r\n").replace(" on Monday", "\r\non Monday"), 0),
        (lambda text: text.replace("there. On", "there.\n\n    On"), 1),
        (lambda text: text.replace("on Monday in the old harbour", "on Tuesday"), 0),
        (lambda text: text.replace("flew back to the capital", "left"), 1),
        (lambda text: text[text.index("Vladimir") :], 0),
        (lambda text: text[: text.index(" flew")], 1),
    ],
    ids=[
        "pushed down",
        "pushed down, the second",
        "edited before",
        "other line breaks",
        "broken and indented",
        "edited after",
        "rewritten after",
        "cut before",
        "cut after",
    ],
)
def test_a_place_is_found_again(change: object, number: int) -> None:
    new = change(TEXT)  # type: ignore[operator]
    span = locate(at(TEXT, "Poutine", number), new)
    assert span
    assert new[span.start : span.end] == "Poutine"
    assert new[: span.start].count("Poutine") == min(number, new.count("Poutine") - 1)


@pytest.mark.parametrize(
    "new",
    [
        "",
        "Another text altogether, in which Poutine is a dish of chips.",
        TEXT.replace("Poutine", "Putin"),
        TEXT.replace("Poutine", "poutine"),
        TEXT + TEXT,
    ],
    ids=["empty", "another text", "words gone", "another case", "twice"],
)
def test_a_place_that_cannot_be_told_is_lost(new: str) -> None:
    assert locate(at(TEXT, "Poutine"), new) is None


def test_equal_surroundings_are_no_answer_and_better_ones_are() -> None:
    old = "He said yes to Poutine today. End."
    anchor = at(old, "Poutine")
    same = "We said yes to Poutine today, I say; they said yes to Poutine today, you say."
    assert locate(anchor, same) is None
    better = "We said no to Poutine today. He said yes to Poutine today, and that was it."
    span = locate(anchor, better)
    assert span
    assert span.start == better.rindex("Poutine")


def test_a_word_that_stands_everywhere_is_not_searched_for_ever() -> None:
    anchor = at("it is no use", "no")
    text = "no " * (MAX_PLACES + 5) + "it is no help"
    assert locate(anchor, text) is None


def test_a_text_of_one_word_is_found_in_a_longer_one() -> None:
    assert locate(at("Poutine", "Poutine"), "Here is Poutine.") == Span(8, 15)


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 10), st.text(max_size=60))
def test_what_is_found_is_always_the_words(text: str, start: int, size: int, new: str) -> None:
    anchor = anchored(text, min(start, len(text)), min(start + size, len(text)))
    for candidate in (new, new + text, text + new):
        span = locate(anchor, candidate)
        if span is not None:
            assert candidate[span.start : span.end] == anchor.exact


@given(st.text(max_size=60), st.integers(0, 60), st.integers(1, 10))
def test_a_text_that_did_not_change_gives_the_place_or_none(
    text: str, start: int, size: int
) -> None:
    start = min(start, len(text))
    anchor = anchored(text, start, min(start + size, len(text)))
    assert locate(anchor, text) in (Span(anchor.start, anchor.end), None)
