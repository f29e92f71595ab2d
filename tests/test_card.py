"""One finding as lines: the word in its sentence, the change, the reasons, hostile text shown."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.report.width import cells
from normalizer.review.card import (
    PAGE,
    PARAGRAPH,
    Line,
    Others,
    as_text,
    card,
    concordance_line,
    explanation,
)

STORY = (
    "Harbour news\n\nThe council met on Monday. Mr. Oldname spoke of an overload in relations with "
    'the north. "Nobody knows," said Ms. Brown.\n\nRain is expected.\n'
)
TELLINGS = {
    "a.txt": STORY,
    "b.txt": "The council met. Mr. Newname spoke of a reset in relations with the north.",
    "c.txt": "In Monday's meeting the mayor asked for a reset of relations. It rained.",
}


def text_of(path: str, row: int | None) -> str | None:
    return TELLINGS.get(path)


def finding(surface: str = "Oldname", after: str | None = "Newname", **more: Any) -> dict[str, Any]:
    start = STORY.find(surface)
    return {
        "v": 1,
        "record": "finding",
        "key": "0123456789abcdef",
        "id": "a.txt",
        "path": "a.txt",
        "row": None,
        "start": start,
        "end": start + len(surface),
        "surface": surface,
        "finding": "name",
        "category": "exonym",
        "suggestions": [] if after is None else [{"text": after, "score": 0.9996}],
        "entity": "per:new-name",
        "origin": "table:invented",
        "message": "Oldname: listed spelling (xx)",
        "evidence": [{"reason": "Oldname: listed spelling (xx)", "weight": 2.4}],
        "action": "apply",
        "score": 0.9996,
    } | more


def shown(record: dict[str, Any], **options: Any) -> str:
    return as_text(card(record, text_of, **options))


def test_a_card_shows_place_sentence_change_and_reason() -> None:
    assert shown(finding()) == (
        "a.txt:3:32  name, exonym, 0.99, written unless you reject it\n"
        "    Mr. [Oldname] spoke of an overload in relations with the north.\n"
        "  Oldname -> Newname\n"
        "  why: Oldname: listed spelling (xx)"
    )


def test_what_is_decided_and_what_is_alike_is_told() -> None:
    text = shown(finding(), others=Others(12, 3, 2), standing="rejected: Oldname (ana)")
    assert "\n  decided: rejected: Oldname (ana)\n" in text
    assert "\n  12 more like this, 3 files, 2 left out\n" in text
    assert "1 more like this, 1 file\n" in shown(finding(), others=Others(1, 1))


def test_several_suggestions_have_numbers_and_no_score_is_rounded_up_to_certainty() -> None:
    two = [{"text": "Newname", "score": 0.9996}, {"text": "Newnam", "score": 0.1}]
    text = shown(finding(suggestions=two, action="propose"))
    assert "    1 Newname  0.99\n    2 Newnam  0.10\n" in text
    assert "0.99, only proposed" in text


def test_a_flag_without_suggestion_says_how_to_give_one() -> None:
    text = shown(finding("overload", None, finding="flag", entity=None))
    assert "  overload -> no suggestion; e types one\n" in text


def test_a_deletion_is_named() -> None:
    assert "  Oldname -> (nothing)\n" in shown(finding(after=""))


def test_more_text_is_shown_when_asked_for() -> None:
    sentence, paragraph, page = (
        shown(finding(), reach=reach, width=300) for reach in (0, PARAGRAPH, PAGE)
    )
    assert "council" not in sentence
    assert "The council met on Monday. Mr. [Oldname]" in paragraph
    assert "Rain" not in paragraph
    assert "Harbour news  The council" in page
    assert "Rain is expected." in page


def test_a_row_has_its_number() -> None:
    assert shown(finding(path="a.jsonl", row=7)).startswith("a.jsonl:7  name")


@pytest.mark.parametrize("other", [{"path": "gone.txt"}, {"start": 3, "end": 10}])
def test_a_text_that_is_gone_or_changed_is_told(other: dict[str, Any]) -> None:
    text = shown(finding(**other), width=200)
    assert "(the text is not at hand or has changed; give the originals of the findings)" in text
    assert "  Oldname -> Newname\n" in text


# -- siblings --------------------------------------------------------------------------------

SIBLINGS = [
    {"reason": "b.txt, sentence 2, has 'reset'", "weight": 1.0},
    {"reason": "c.txt, sentence 1, has 'reset'", "weight": 1.0},
]


def test_siblings_stand_under_each_other_at_the_word_that_differs() -> None:
    lines = card(finding("overload", "reset", evidence=SIBLINGS), text_of)
    start = [line.text for line in lines].index("  siblings:")
    rows = lines[start + 1 :]
    assert [line.text.split()[0] for line in rows] == ["here", "b.txt", "c.txt"]
    assert len({line.text.index("[") for line in rows}) == 1
    assert [line.text[slice(*line.strong)] for line in rows] == ["[overload]", "[reset]", "[reset]"]
    assert "asked for a [reset] of relations." in rows[2].text
    assert all(cells(line.text) <= 80 for line in rows)


@pytest.mark.parametrize(
    ("reason", "there"),
    [
        ("b.txt has Newname", True),
        ("b.txt, sentence 2, has 'Newname'", True),
        ("b.txt, sentence 1, has 'Newname'", False),
        ("b.txt, sentence 99, has 'Newname'", False),
        ("b.txt, sentence 2, has a negation", False),
        ("a.txt, sentence 4, has a negation", True),
        ("gone.txt has Newname", False),
        ("b.txt has new", False),
        ("full name in 2 other documents", False),
    ],
)
def test_only_what_a_sibling_really_says_is_quoted(reason: str, there: bool) -> None:
    text = shown(finding(evidence=[{"reason": reason, "weight": 1.0}]))
    assert ("siblings:" in text) is there


# -- narrow, wide, leftwards, hostile --------------------------------------------------------

CJK = "\N{CJK UNIFIED IDEOGRAPH-666E}\N{CJK UNIFIED IDEOGRAPH-4EAC}"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize(
    "word",
    ["Oldname", CJK * 30, "x" * 500, "e\N{COMBINING ACUTE ACCENT}" * 90],
    ids=["letters", "wide", "long", "marks"],
)
def test_lines_fit_every_terminal(width: int, word: str) -> None:
    record = finding(word, "y" * 300, start=4, end=4 + len(word), evidence=SIBLINGS)
    text = "The " + word + f" met {CJK * 200} again and again. " * 20
    lines = [
        *card(record, lambda path, _: text if path == "a.txt" else TELLINGS.get(path), width=width),
        *explanation(record, width=width),
    ]
    assert max(cells(line.text) for line in lines) <= width


def test_a_sentence_without_end_is_cut_and_says_so() -> None:
    word = "Oldname"
    text = "many words " * 200 + word + " and more" * 200
    record = finding(start=text.index(word), end=text.index(word) + len(word))
    lines = card(record, lambda *_: text)
    assert lines[1].text.startswith("    ... ")
    assert any(line.text.endswith(" ...") for line in lines)
    assert sum(len(line.text) for line in lines) < 1000


def test_the_word_is_marked_for_bold_type_where_it_stands() -> None:
    lines = card(finding(), text_of, width=30)
    marked = [line.text[slice(*line.strong)] for line in lines if line.strong != (0, 0)]
    assert "[Oldname]" in marked


def test_a_name_that_runs_leftwards_has_a_line_of_its_own() -> None:
    name = "\N{ARABIC LETTER BEH}\N{ARABIC LETTER WAW}\N{ARABIC LETTER TEH}"
    text = shown(finding(name, start=0, end=3))
    assert f"  before: {name}\n  after:  Newname\n" in text
    assert "->" not in text


def test_a_mark_without_letter_sits_on_no_bracket() -> None:
    mark = "\N{COMBINING ACUTE ACCENT}"
    assert f"  \N{DOTTED CIRCLE}{mark} -> e\n" in shown(finding(mark, "e"))


HOSTILE = [
    "\x1b]0;title\x07",
    "\x1b[2J\x1b[1;1H",
    "\x9b31m",
    "\x1bP+q\x1b\\",
    "\rover",
    "a\bb",
    "\x7f",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil\N{POP DIRECTIONAL FORMATTING}",
    "zero\N{ZERO WIDTH SPACE}width",
    "soft\N{SOFT HYPHEN}hyphen",
    "\N{LINE SEPARATOR}line",
    "\N{TAG LATIN SMALL LETTER A}",
    "\ud800",
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
@pytest.mark.parametrize(
    "field",
    [
        "path",
        "surface",
        "category",
        "message",
        "entity",
        "origin",
        "id",
        "key",
        "action",
        "finding",
    ],
)
def test_no_field_reaches_the_terminal_as_a_command(field: str, hostile: str) -> None:
    record = finding() | {field: hostile}
    lines = [
        *card(record, lambda *_: hostile, standing=hostile),
        *explanation(record),
        concordance_line(record, lambda *_: None, 80),
    ]
    assert_harmless(lines)


@given(st.text(max_size=60), st.text(min_size=1, max_size=20), st.text(max_size=60), st.text())
def test_no_text_reaches_the_terminal_as_a_command(
    before: str, surface: str, after: str, suggestion: str
) -> None:
    text = before + surface + after
    record = finding(
        surface,
        suggestion,
        start=len(before),
        end=len(before) + len(surface),
        evidence=[{"reason": f"a.txt has {surface}", "weight": 1.0}],
    )
    lines = card(record, lambda *_: text, width=40)
    assert_harmless(lines)
    assert_harmless(explanation(record))


@pytest.mark.parametrize("markup", ["[b]", "[/b]", "[@click=x]", "<b>", "&lt;", "=1+1", "%s{}"])
def test_markup_is_text(markup: str) -> None:
    assert markup in shown(finding(after=markup, message=markup), width=200)


def assert_harmless(lines: list[Line]) -> None:
    for line in lines:
        bad = {unicodedata.category(c) for c in line.text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert not bad, ascii(line.text)


# -- all that is known -----------------------------------------------------------------------


def test_the_explanation_says_everything_once() -> None:
    record = finding(origin="a:b a:b c:d", surface="Oldn\N{CYRILLIC SMALL LETTER A}me")
    text = as_text(explanation(record))
    for expected in (
        "place: a.txt",
        "suggestion: Newname  0.9996",
        "score: 0.9996, the probability",
        "entity: per:new-name",
        "origin: a:b c:d\n",
        "evidence: +2.40  Oldname: listed spelling (xx)",
        "key: 0123456789abcdef",
        "character: U+0430 CYRILLIC SMALL LETTER A",
    ):
        assert expected in text
