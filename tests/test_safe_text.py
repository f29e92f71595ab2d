"""Text of a document reaches a terminal as text, whatever it holds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.report.safe_text import safe_text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Poutine",
        "Вова",
        "Wałęsa",
        "金正恩",
        "e\N{COMBINING ACUTE ACCENT}",
        "🍕",
        "a<b>c",
    ],
)
def test_honest_text_comes_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "<U+001B>[31mred<U+001B>[0m"),
        ("\x1b]0;title\x07", "<U+001B>]0;title<U+0007>"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}nituP", "<U+202E>nituP"),
        ("\N{LEFT-TO-RIGHT ISOLATE}a\N{POP DIRECTIONAL ISOLATE}", "<U+2066>a<U+2069>"),
        ("Pou\N{ZERO WIDTH SPACE}tine", "Pou<U+200B>tine"),
        ("Pou\N{SOFT HYPHEN}tine", "Pou<U+00AD>tine"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}a", "<U+FEFF>a"),
        ("a\x9b31m", "a<U+009B>31m"),
        ("a\x85b", "a<U+0085>b"),
        ("a\x00b\x7f", "a<U+0000>b<U+007F>"),
        ("a\bb", "a<U+0008>b"),
        ("\udc80", "<U+DC80>"),
        ("\ue000", "<U+E000>"),
        ("\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}", "<U+2028><U+2029>"),
        ("\U000e0041", "<U+E0041>"),
        ("a\nb\tc\r\nd", "a b c  d"),
    ],
)
def test_what_a_terminal_may_act_on_is_shown_by_its_code(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@given(st.text(st.characters()))
def test_the_result_is_one_printable_line_and_stays_so(text: str) -> None:
    shown = safe_text(text)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert len(shown.splitlines()) <= 1
    assert safe_text(shown) == shown
