"""Cells of a terminal: wide and combining characters, and lines that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.report.width import cells, keep_both, keep_end, keep_start, pad, pad_before, wrap

TEXTS = st.text(
    st.sampled_from(
        "ab c\N{CJK UNIFIED IDEOGRAPH-666E}\N{COMBINING ACUTE ACCENT}\N{ARABIC LETTER BEH}"
        "\N{HANGUL CHOSEONG KIYEOK}\N{HANGUL JUNGSEONG A}"
    )
)
WIDTHS = st.integers(10, 40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("Putin", 5),
        ("Пу́тин", 5),
        ("普京", 4),
        ("プーチン", 8),
        ("ﾌﾟｰﾁﾝ", 5),
        ("푸틴", 4),
        ("\N{HANGUL CHOSEONG PHIEUPH}\N{HANGUL JUNGSEONG U}", 2),
        ("بوتين", 5),
        ("e\N{COMBINING ACUTE ACCENT}\N{COMBINING CEDILLA}", 1),
    ],
)
def test_cells_are_counted(text: str, expected: int) -> None:
    assert cells(text) == expected


@given(TEXTS, WIDTHS)
def test_lines_fit_and_leave_out_nothing_but_spaces(text: str, width: int) -> None:
    lines = list(wrap(text, width))
    assert all(cells(text[start:end]) <= width for start, end in lines)
    ends = [0, *(end for _, end in lines)]
    between = [text[end:start] for end, (start, _) in zip(ends, lines, strict=False)]
    assert "".join([*between, text[ends[-1] :]]).strip(" ") == ""


@given(TEXTS, WIDTHS)
def test_what_is_cut_fits_and_says_so(text: str, width: int) -> None:
    for cut in (keep_start, keep_end, keep_both):
        short = cut(text, width)
        assert cells(short) <= width
        assert (short == text) is (cells(text) <= width)
        assert short == text or "..." in short


@given(TEXTS, WIDTHS)
def test_a_cut_parts_no_mark_from_its_letter(text: str, width: int) -> None:
    start, end = keep_start(text, width), keep_end(text, width)
    if start != text:
        assert text.startswith(start[:-3])
        assert text[len(start) - 3] != "\N{COMBINING ACUTE ACCENT}"
    if end != text:
        assert text.endswith(end[3:])
        assert not end[3:].startswith("\N{COMBINING ACUTE ACCENT}")


def test_lines_break_at_spaces_and_long_words_anywhere() -> None:
    def lines(text: str, width: int) -> list[str]:
        return [text[start:end] for start, end in wrap(text, width)]

    assert lines("one two  three", 8) == ["one two", "three"]
    assert lines("a 普京普京普京", 10) == ["a", "普京普京普", "京"]
    assert lines("abcdefghijkl mn", 10) == ["abcdefghij", "kl mn"]
    assert lines("", 10) == [""]


def test_padding_counts_cells() -> None:
    assert pad("普京", 6) == "普京  "
    assert pad_before("e\N{COMBINING ACUTE ACCENT}", 3) == "  e\N{COMBINING ACUTE ACCENT}"
