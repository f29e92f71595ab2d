"""What holds for every text: found spans are true, the rest is untouched, once is enough."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache as remembered
from io import BytesIO

import pytest
from conftest import TINY_SEEDS
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.annotation import Document, Report, Resolution
from normalizer.documents.jsonl import read_jsonl
from normalizer.documents.piece import Options
from normalizer.names.evidence import FolderEvidence, gather
from normalizer.names.knowledge import Knowledge
from normalizer.names.tables import default_seeds, load_tables
from normalizer.pipeline import NO_FOLDER, normalize, survey_document
from normalizer.rewrite import apply_edits, edits_of, invert

# The same texts every time: a build must not fail by chance.
hypothesis = settings(derandomize=True, deadline=None, max_examples=150)
few = settings(hypothesis, max_examples=40)


@remembered
def spellings(shipped: bool = False) -> list[str]:
    """Names as tables list them, whole and word by word."""
    rows = load_tables(default_seeds() if shipped else TINY_SEEDS).rows
    whole = {form for row in rows for form in (row.canonical, *(s.form for s in row.spellings))}
    return sorted(whole | {word for form in whole for word in form.split()})


# Spellings no row lists: what conventions, endings, capitals and clipping make of them.
MADE = [
    "Poutine", "POUTINE", "Vladimir Poutine", "VLADIMIR POUTINE", "Poutin", "Putino", "Putinui",
    "Wladimir Poutine", "Alexeï Navalny", "Navaln", "Alexeï Navaln", "Prigojin", "Prigojine",
    "Zelenskiï", "Golovine", "Golovina", "Vladimirovitch Poutine",
]  # fmt: skip
GLUE = [
    " ", " ", " ", "\n", "\r\n", ". ", ", ", "'s ", "\N{RIGHT SINGLE QUOTATION MARK}s ", "-", "",
    "\N{NO-BREAK SPACE}", "\N{SOFT HYPHEN}", "\N{ZERO WIDTH SPACE}", "\N{COMBINING ACUTE ACCENT}",
    "\t", " de ", " bin ", " al-", " the ", " in ", " with gravy ", " president ", "@", "/", "_",
    "(", ") ", "\udcff", "\N{ZERO WIDTH NO-BREAK SPACE}", "0", "é",
]  # fmt: skip


def named(shipped: bool = False) -> st.SearchStrategy[str]:
    """Texts built from known spellings and what may stand between them."""
    name = st.deferred(lambda: st.sampled_from([*MADE, *spellings(shipped)]))
    return st.lists(
        st.one_of(name, st.sampled_from(GLUE), st.sampled_from([" "])), max_size=14
    ).map("".join)


ANY_TEXT = st.text(st.characters(), max_size=60)
TEXTS = st.one_of(named(), st.builds(lambda a, b, c: a + b + c, ANY_TEXT, named(), ANY_TEXT))


def normalized(text: str, knowledge: Knowledge, folder: FolderEvidence = NO_FOLDER) -> Report:
    return normalize(Document("a", text), knowledge, folder=folder)


def check_spans(text: str, report: Report) -> None:
    for decision in report.decisions:
        span = decision.span
        assert 0 <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == decision.before
        if isinstance(decision.finding, Resolution):
            whole = decision.finding.mention
            assert text[whole.span.start : whole.span.end] == whole.surface
            assert decision.before != decision.after


def check_rest(text: str, report: Report) -> None:
    """Cut the spans out of the old text: the pieces stand in the new one, in order, unchanged."""
    applied = [one for one in report.decisions if one.verdict == "apply"]
    old, new = 0, 0
    for decision in applied:
        piece = text[old : decision.span.start]
        assert report.text[new : new + len(piece)] == piece
        new += len(piece)
        assert report.text[new : new + len(decision.after)] == decision.after
        new += len(decision.after)
        old = decision.span.end
    assert report.text[new:] == text[old:]


def check_replay(text: str, report: Report) -> None:
    edits = edits_of(report.decisions)
    assert apply_edits(text, edits) == report.text
    assert apply_edits(report.text, invert(edits)) == text


@hypothesis
@given(text=TEXTS)
def test_spans_are_true_and_the_rest_comes_back(text: str, tiny_knowledge: Knowledge) -> None:
    report = normalized(text, tiny_knowledge)
    check_spans(text, report)
    check_rest(text, report)
    check_replay(text, report)
    if not report.decisions:
        assert report.text == text


@few
@given(text=named(shipped=True))
def test_the_same_by_the_shipped_tables(text: str, knowledge: Knowledge) -> None:
    report = normalized(text, knowledge)
    check_spans(text, report)
    check_rest(text, report)
    check_replay(text, report)


@hypothesis
@given(text=ANY_TEXT)
def test_any_text_goes_through(text: str, tiny_knowledge: Knowledge) -> None:
    assert normalized(text, tiny_knowledge).document.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "\ud800",
        "A" * 50_000,
        "Poutine " * 5_000,
        "Poutine-" * 5_000,
        "'" * 50_000,
        "Vladimir Poutine" + "\N{COMBINING ACUTE ACCENT}" * 20_000,
        "P" + "\N{SOFT HYPHEN}o" * 20_000,
        "\n" * 50_000 + "Vladimir Poutine",
    ],
    ids=range(10),
)
def test_extreme_texts_go_through(text: str, tiny_knowledge: Knowledge) -> None:
    report = normalized(text, tiny_knowledge)
    check_spans(text, report)
    check_rest(text, report)


def check_again(text: str, knowledge: Knowledge) -> None:
    """A second pass writes nothing but what the first one proposed."""
    first = normalized(text, knowledge)
    second = normalized(first.text, knowledge)
    proposed = {(one.before, one.after) for one in first.decisions if one.verdict == "propose"}
    assert {(one.before, one.after) for one in edits_of(second.decisions)} <= proposed


@hypothesis
@given(text=TEXTS)
def test_once_is_enough(text: str, tiny_knowledge: Knowledge) -> None:
    check_again(text, tiny_knowledge)


@few
@given(text=named(shipped=True))
def test_once_is_enough_by_the_shipped_tables(text: str, knowledge: Knowledge) -> None:
    check_again(text, knowledge)


@pytest.mark.parametrize(
    "text",
    [
        "Vladimir Poutine met Evgueni Prigojine in Moscou.",
        "Poutine with gravy, then OTAN and Kreml.",
        "Vladimir Poutine, ALEXEÏ NAVALNY and Golovina came to Kijów from Krim.",
    ],
)
def test_a_second_pass_changes_nothing(text: str, tiny_knowledge: Knowledge) -> None:
    once = normalized(text, tiny_knowledge).text
    assert once != text
    assert normalized(once, tiny_knowledge).text == once


def test_what_other_spellings_spoke_against_stays(tiny_knowledge: Knowledge) -> None:
    text = "Vladimir Poutine, Evgueni Prigojine and Alexeï Navalny left for Kijów."
    once = normalized(text, tiny_knowledge).text
    assert normalized(once, tiny_knowledge).text == once


@hypothesis
@given(texts=st.lists(named(), max_size=4), data=st.data())
def test_the_order_of_files_makes_no_difference(
    texts: list[str], data: st.DataObject, tiny_knowledge: Knowledge
) -> None:
    def together(order: Sequence[str]) -> dict[str, str]:
        surveys = [survey_document(Document("a", text), tiny_knowledge) for text in order]
        folder = gather(surveys)
        return {text: normalized(text, tiny_knowledge, folder).text for text in order}

    assert together(data.draw(st.permutations(texts))) == together(texts)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)


@hypothesis
@given(
    text=TEXTS,
    before=st.dictionaries(ANY_TEXT, VALUES, max_size=2),
    after=st.dictionaries(ANY_TEXT, VALUES, max_size=2),
    ascii_only=st.booleans(),
)
def test_a_row_says_the_new_text_and_all_else_as_before(
    text: str,
    before: dict[str, object],
    after: dict[str, object],
    ascii_only: bool,
    tiny_knowledge: Knowledge,
) -> None:
    row = {key: value for key, value in before.items() if key != "text"} | {"text": text}
    row |= {key: value for key, value in after.items() if key != "text"}
    try:
        raw = json.dumps(row, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        raw = json.dumps(row).encode()
    (piece,) = read_jsonl(BytesIO(raw), "a.jsonl", Options())
    assert piece.document
    assert piece.document.text == text
    report = normalize(piece.document, tiny_knowledge)
    changed = piece.edited(edits_of(report.decisions))
    # Compared as text, since NaN is not equal to itself.
    assert json.dumps(json.loads(changed)) == json.dumps(row | {"text": report.text})
    if report.text == text:
        assert changed == raw
