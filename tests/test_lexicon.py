"""The lexicon on texts: where it marks, what it proposes, and what the source language adds."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.annotation import Document, Flag, Span, Suggestion
from normalizer.glitches.lexicon import Lexicon, compile_lexicon, find_lexicon, narrowed
from normalizer.glitches.rules import load_glitch_rules

RULES = load_glitch_rules().lexicon
LEXICON = compile_lexicon(RULES)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return LEXICON


def find(text: str, lexicon: Lexicon, **languages: float) -> list[Flag]:
    return find_lexicon(Document("d", text), lexicon, languages)


def only(text: str, lexicon: Lexicon, **languages: float) -> Flag:
    flags = [flag for flag in find(text, lexicon, **languages) if flag.score >= 0.5]
    assert len(flags) == 1, flags
    return flags[0]


def test_it_marks_the_words_in_question(lexicon: Lexicon) -> None:
    text = "He spoke of an “overload” in ties with Moscow."
    flag = only(text, lexicon)
    assert text[flag.span.start : flag.span.end] == flag.surface
    assert flag.origin == "overload-for-reset"
    assert [one.text for one in flag.suggestions] == ["reset"]


def test_the_article_goes_along_where_it_must_change(lexicon: Lexicon) -> None:
    flag = only("Both hope for an overload of relations.", lexicon)
    assert flag.surface == "an overload"
    assert flag.suggestions[0].text == "a reset"


def test_a_suggestion_takes_number_tense_and_capital(lexicon: Lexicon) -> None:
    flag = only("Sportsmen from nine states marched in.", lexicon)
    assert flag.suggestions[0].text == "Athletes"
    flag = only("They accepted participation in the drill.", lexicon)
    assert flag.suggestions[0].text == "took part"
    flag = only("They have accepted participation in the drill.", lexicon)
    assert flag.suggestions[0].text == "taken part"


def test_only_the_words_that_would_change_are_marked(lexicon: Lexicon) -> None:
    flag = only("They signed a product sharing agreement.", lexicon)
    assert (flag.surface, flag.suggestions[0].text) == ("product", "production")
    flag = only("Both waited for the new crown vaccine.", lexicon)
    assert (flag.surface, flag.suggestions[0].text) == ("new crown", "Covid-19")


def test_a_function_word_is_not_marked_alone(lexicon: Lexicon) -> None:
    flag = only("The child was afraid from dogs.", lexicon)
    assert (flag.surface, flag.suggestions[0].text) == ("afraid from", "afraid of")


WORDS = st.lists(st.sampled_from(["ring", "races", "of", "the", "public"]), min_size=1, max_size=5)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_a_narrowed_flag_writes_the_same_text(words: list[str], choices: list[list[str]]) -> None:
    text = "a " + " ".join(words) + " b"
    texts = [" ".join(choice) for choice in choices]
    span = Span(2, len(text) - 2)
    suggestions = tuple(Suggestion(one, 0.5) for one in texts)
    flag = Flag(span, text[2:-2], "term", "rule", 0.9, "why", suggestions)
    small = narrowed(flag)
    assert small.surface == text[small.span.start : small.span.end]
    assert span.start <= small.span.start < small.span.end <= span.end
    for whole, part in zip(texts, small.suggestions, strict=True):
        assert part.text
        written = text[: small.span.start] + part.text + text[small.span.end :]
        assert written == f"a {whole} b"
    assert narrowed(small) == small


def test_an_accepted_suggestion_is_not_flagged_again(lexicon: Lexicon) -> None:
    again = []
    for text in (sample for rule in RULES for sample in rule.flag):
        for flag in find(text, lexicon):
            for one in flag.suggestions:
                written = text[: flag.span.start] + one.text + text[flag.span.end :]
                end = flag.span.start + len(one.text)
                again += [
                    (text, written, other.origin)
                    for other in find(written, lexicon)
                    if other.span.start < end and flag.span.start < other.span.end
                ]
    assert again == []


def test_the_context_decides(lexicon: Lexicon) -> None:
    assert only("The goalkeeper let the washer slide past him on the ice.", lexicon)
    assert find("The plumber replaced a washer under the sink.", lexicon) == []


def test_a_veto_word_silences(lexicon: Lexicon) -> None:
    assert find("An information overload, said the head of public relations.", lexicon) == []


def test_a_sentence_end_breaks_a_pattern(lexicon: Lexicon) -> None:
    assert only("It was a winged missile.", lexicon).origin == "any-winged-cruise"
    assert find("The horse was winged. Missiles fell elsewhere.", lexicon) == []


def test_the_source_language_raises_and_lowers(lexicon: Lexicon) -> None:
    text = "Recall that on Friday the bridge fell."
    (unknown,) = find(text, lexicon)
    (russian,) = find(text, lexicon, ru=0.9)
    (french,) = find(text, lexicon, fr=0.9)
    assert french.score < unknown.score < 0.5 < russian.score
    assert "ru" in russian.evidence[-1].reason


def test_what_is_already_right_is_kept(lexicon: Lexicon) -> None:
    for text in (
        "The Nuclear Risk Reduction Centers exchange notes.",
        "He was poisoned with a nerve agent of the Novichok group.",
        "The first strike was ruled out; ties were reset.",
    ):
        assert [flag for flag in find(text, lexicon, ru=1.0) if flag.score >= 0.5] == []


def test_flags_do_not_overlap_and_come_in_order(lexicon: Lexicon) -> None:
    text = (
        "The ministry of inner affairs said that he was announced in the international "
        "search; two populated points lost power and nine peaceful residents were hurt "
        "by a winged missile."
    )
    flags = find(text, lexicon, ru=1.0)
    assert len(flags) >= 4
    for one, other in itertools.pairwise(flags):
        assert one.span.end <= other.span.start


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    for flag in find(text, LEXICON):
        assert text[flag.span.start : flag.span.end] == flag.surface
        assert 0 < flag.score < 1
