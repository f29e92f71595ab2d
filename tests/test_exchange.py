"""What came back from another tool, compared with what was sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_reports import found, marked

from normalizer.annotation import Span
from normalizer.errors import DocumentError
from normalizer.export.exchange import (
    PLACE,
    Answer,
    Kept,
    Sent,
    Units,
    compare,
    rows_of,
    sent_of,
    sent_records,
)
from normalizer.export.folder import FileNames
from normalizer.export.imported import import_reviews
from normalizer.report.contents import Marked
from normalizer.review.anchors import digest
from normalizer.review.rulings import Ruling

TEXT = "😀 From Moscou to Kiev, he he said."
FINDINGS = (
    found(TEXT, "Moscou", "Moscow", entity="geo:1"),
    found(TEXT, "Kiev", "Kyiv", entity="geo:2"),
    found(TEXT, "he he", "he", category="repeated"),
)
DOCUMENT = marked(TEXT, *FINDINGS)
SENT = [
    Sent(record, label, f"T{number}", one.replacement)
    for number, (one, record, label) in enumerate(
        zip(
            FINDINGS,
            sent_records(DOCUMENT, FINDINGS),
            ("name", "name", "repeated"),
            strict=True,
        ),
        1,
    )
]
MOSCOW, KYIV, TWICE = (one.span for one in FINDINGS)


# -- UTF-16 units ----------------------------------------------------------------------------


@given(st.text("a\u00e9\u4e2d\U0001f600\U00020000", max_size=20), st.data())
def test_units_are_those_of_utf_16(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = Units(text).units(Span(start, end))
    wide = text.encode("utf-16-le")
    assert wide[2 * first : 2 * last].decode("utf-16-le") == text[start:end]
    assert Units(text).points(first, last) == Span(start, end)


# -- comparing -------------------------------------------------------------------------------


def acts(kept: list[Kept], *, finished: bool = False) -> list[tuple[str, str, str | None]]:
    answers = compare("f", SENT, kept, finished=finished).answers
    return [(one.sent["exact"], one.act, one.value) for one in answers]


def test_untouched_spans_say_nothing_unless_the_row_is_finished() -> None:
    kept = [Kept(one.span, one.label) for one in SENT]
    assert compare("f", SENT, kept, finished=False).untouched == 3
    assert acts(kept) == []
    assert [act for _, act, _ in acts(kept, finished=True)] == ["accept"] * 3


def test_a_span_that_is_gone_was_rejected() -> None:
    assert acts([Kept(MOSCOW, "name"), Kept(TWICE, "repeated")]) == [("Kiev", "reject", None)]


def test_a_row_without_spans_is_not_believed_unless_that_is_said() -> None:
    done = compare("f: row 1", SENT, [], finished=True)
    assert (done.answers, done.untouched) == ((), 3)
    assert done.notes[0].startswith("f: row 1: none of its 3 spans came back")
    done = compare("f: row 1", SENT, [], finished=True, emptied=True)
    assert [one.act for one in done.answers] == ["reject"] * 3
    assert compare("f", [], [], finished=False).notes == ()


def test_labels_are_verdicts_in_any_case() -> None:
    kept = [Kept(MOSCOW, "Accept"), Kept(KYIV, "REJECT"), Kept(TWICE, "unsure")]
    assert [act for _, act, _ in acts(kept)] == ["accept", "reject", "unsure"]


def test_another_text_is_an_edit_and_the_same_text_is_none() -> None:
    kept = [
        Kept(MOSCOW, "name", "T1", "Moscow City"),
        Kept(KYIV, "name", "T2", "Kyiv"),
        Kept(TWICE, "reject", "T3", "her"),
    ]
    assert acts(kept) == [("Moscou", "edit", "Moscow City"), ("he he", "reject", None)]


def test_a_text_that_was_cleared_is_told_and_writes_nothing() -> None:
    kept = [Kept(MOSCOW, "name", "T1", ""), Kept(KYIV, "reject", "T2", ""), Kept(TWICE, "x", "T3")]
    done = compare("f", SENT, kept, finished=True)
    assert [(one.sent["exact"], one.act) for one in done.answers] == [
        ("Kiev", "reject"),
        ("he he", "accept"),
    ]
    assert done.notes == (
        f"f: 'Moscou' at {MOSCOW.start} has no text to write now, which no decision can say; "
        "rule it with normalizer review",
    )


def test_new_bounds_and_new_spans_are_told_and_decide_nothing() -> None:
    kept = [
        Kept(Span(MOSCOW.start - 5, MOSCOW.end), "name"),
        Kept(Span(KYIV.start, KYIV.end + 1), "name", "T2"),
        Kept(TWICE, "repeated"),
        Kept(Span(0, 1), "name"),
    ]
    done = compare("f: row 1", SENT, kept, finished=True)
    assert [(one.sent["exact"], one.act) for one in done.answers] == [("he he", "accept")]
    assert [note.split(";")[0] for note in done.notes] == [
        f"f: row 1: 'Moscou' at {MOSCOW.start} has other bounds now, which no decision can say",
        f"f: row 1: 'Kiev' at {KYIV.start} has other bounds now, which no decision can say",
        "f: row 1: 'name' at 0 to 1 is no finding",
    ]


def test_findings_at_one_place_are_told_apart_by_their_labels() -> None:
    two = [SENT[0], Sent(SENT[0].record, "odd", "T9")]
    done = compare("f", two, [Kept(MOSCOW, "reject"), Kept(MOSCOW, "name")], finished=False)
    assert done.answers == (Answer(SENT[0].record, "reject"),)
    assert done.untouched == 1


@given(st.permutations([Kept(one.span, one.label) for one in SENT]))
def test_the_order_of_spans_makes_no_difference(kept: list[Kept]) -> None:
    assert compare("f", SENT, kept, finished=True).answers == tuple(
        Answer(one.record, "accept") for one in SENT
    )


# -- rows and names of files -----------------------------------------------------------------


def test_faulty_rows_are_told_and_the_others_read() -> None:
    lines = [b'{"a": 1}\n', b"\n", b"{\n", b"[]\n", b"[" * 100_000 + b"\n", b'{"b": 2}']
    rows = list(rows_of(lines, "f"))
    assert [row for _, row in rows if not isinstance(row, str)] == [{"a": 1}, {"b": 2}]
    assert [row.partition(" (")[0] for _, row in rows if isinstance(row, str)] == [
        "f: row 3: is not JSON",
        "f: row 4: is no JSON object; delete it",
        "f: row 5: is nested too deep; delete it",
    ]


@pytest.mark.parametrize(
    "damage",
    [{"start": -1}, {"end": "x"}, {"exact": 7}, {"doc": None}, {"replacement": 3}],
    ids=str,
)
def test_places_that_are_damaged_are_refused(damage: dict[str, Any]) -> None:
    record = dict(SENT[0].record)
    assert sent_of([record], "f") == [record]
    less = dict(list(record.items())[:-1])
    rows: list[object] = [[record | damage], [7], {}, None, [less]]
    for broken in rows:
        with pytest.raises(ValueError, match="f: has no whole 'normalizer'"):
            sent_of(broken, "f")


def test_files_have_names_of_their_own() -> None:
    names = FileNames()
    paths = ["a.txt", "a", "A.TXT", "n/a.md", "n/a.md.txt", "b?.txt"]
    made = [names.of(Marked(path, path, None, ())) for path in paths]
    assert made == ["a", "a~2", "A.TXT", "n/a.md", "n/a.md~2", "b_"]
    assert names.of(Marked("x", "rows.jsonl", 3, ())) == "rows.jsonl-3"


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "", "a//b", "./a"])
def test_paths_that_lead_out_of_a_folder_are_refused(path: str) -> None:
    with pytest.raises(DocumentError, match="is no path inside a folder"):
        FileNames().of(Marked(path, path, None, ()))


# -- rulings ---------------------------------------------------------------------------------

AT = "2026-01-31T09:30:00.000Z"


def imported(answers: list[Answer], earlier: tuple[Ruling, ...] = (), by: str = "ana") -> Any:
    done = compare("f", [], [], finished=False)
    return import_reviews(
        [type(done)("f", answers=tuple(answers), untouched=1)], earlier, by=by, at=AT
    )


def test_answers_become_rulings_at_their_places() -> None:
    done = imported(
        [
            Answer(SENT[0].record, "accept"),
            Answer(SENT[1].record, "edit", "Kiev City"),
            Answer(SENT[2].record, "reject"),
        ]
    )
    assert [(one.act, one.value, one.scope, one.by) for one in done.rulings] == [
        ("accept", "Moscow", "occurrence", "ana"),
        ("edit", "Kiev City", "occurrence", "ana"),
        ("reject", None, "occurrence", "ana"),
    ]
    anchor = done.rulings[0].anchor
    assert (anchor.exact, anchor.prefix, anchor.doc) == ("Moscou", "😀 From ", digest(TEXT))
    assert (anchor.start, anchor.key) == (MOSCOW.start, FINDINGS[0].key)
    assert done.rulings[0].replacement == "Moscow"
    assert len({one.id for one in done.rulings}) == 3
    assert sorted(one.at for one in done.rulings) == [one.at for one in done.rulings]
    assert (done.counts["accept"], done.untouched, done.faults) == (1, 1, ())


def test_the_same_import_again_adds_nothing_but_a_change_does() -> None:
    answers = [Answer(SENT[0].record, "accept"), Answer(SENT[1].record, "reject")]
    first = imported(answers)
    again = imported(answers, first.rulings)
    assert (again.rulings, again.known) == ((), 2)
    changed = imported([answers[0], Answer(SENT[1].record, "accept")], first.rulings)
    assert [(one.act, one.anchor.exact) for one in changed.rulings] == [("accept", "Kiev")]
    assert changed.rulings[0].at > first.rulings[-1].at
    assert len(imported(answers, first.rulings, by="ben").rulings) == 2


def test_a_place_no_ruling_can_have_is_a_fault_and_the_others_hold() -> None:
    broken = {**SENT[0].record, "doc": "md5:x"}
    done = imported([Answer(broken, "accept"), Answer(SENT[1].record, "accept")])
    assert len(done.rulings) == 1
    (fault,) = done.faults
    assert fault.startswith("f: \"doc\" 'md5:x'")


def test_a_place_has_the_keys_of_a_decisions_file() -> None:
    assert list(SENT[0].record) == list(PLACE)
