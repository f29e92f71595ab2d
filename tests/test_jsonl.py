"""Only the characters of an edit change in a row; all other bytes come back as they were."""

from __future__ import annotations

import io
import json
import re

import pytest

from normalizer.annotation import Span
from normalizer.documents.jsonl import read_jsonl
from normalizer.documents.piece import Options, Piece
from normalizer.rewrite import Edit


def pieces(raw: bytes, field: str = "text", id_field: str = "") -> list[Piece]:
    return list(read_jsonl(io.BytesIO(raw), "a.jsonl", Options(field, id_field)))


def replaced(raw: bytes, before: str, after: str, field: str = "text") -> bytes:
    """The row with the first ``before`` of its text replaced."""
    (piece,) = pieces(raw, field)
    assert piece.document, piece.fault
    start = piece.document.text.index(before)
    return piece.edited([Edit(Span(start, start + len(before)), before, after)])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # Formatting and key order.
        (b'{"text":"Poutine"}\n', b'{"text":"Putin"}\n'),
        (b' { "b" : 1.50 ,\t"text" : "Poutine" , "a":[ ]} \r\n',
         b' { "b" : 1.50 ,\t"text" : "Putin" , "a":[ ]} \r\n'),
        (b'{"text":"Poutine"}', b'{"text":"Putin"}'),
        # Numbers, literals and escapes that a parser would write otherwise.
        (b'{"n":1e5,"m":-0.0,"x":NaN,"k":"\\u00e9\\/","text":"Poutine"}',
         b'{"n":1e5,"m":-0.0,"x":NaN,"k":"\\u00e9\\/","text":"Putin"}'),
        # The field's name inside other values and deeper down.
        (b'{"a":"text","b":{"text":"Poutine"},"c":["text","Poutine"],"text":"Poutine"}',
         b'{"a":"text","b":{"text":"Poutine"},"c":["text","Poutine"],"text":"Putin"}'),
        # The last of two equal keys counts, as for every parser.
        (b'{"text":"Poutine","text":"M. Poutine"}', b'{"text":"Poutine","text":"M. Putin"}'),
        # The key itself may be escaped.
        (b'{"te\\u0078t":"Poutine"}', b'{"te\\u0078t":"Putin"}'),
        # Escapes before, behind and inside the edit.
        (b'{"text":"\\u00e9\\n\\"Poutine\\" \\\\ \\u00e9"}',
         b'{"text":"\\u00e9\\n\\"Putin\\" \\\\ \\u00e9"}'),
        (b'{"text":"a \\u0050outine b"}', b'{"text":"a Putin b"}'),
        (b'{"text":"\\ud83c\\uDF55 Poutine \\uD83C\\udf55"}',
         b'{"text":"\\ud83c\\uDF55 Putin \\uD83C\\udf55"}'),
        # Half a surrogate pair is one character, and so is each of two halves in wrong order.
        (b'{"text":"\\ud83c Poutine \\udf55\\ud83c"}', b'{"text":"\\ud83c Putin \\udf55\\ud83c"}'),
        (b'{"text":"\\\\ud83c\\\\udf55 Poutine"}', b'{"text":"\\\\ud83c\\\\udf55 Putin"}'),
        ('{"text":"🍕 é Poutine"}'.encode(), '{"text":"🍕 é Putin"}'.encode()),
        # Bytes that are no UTF-8, in the text and beside it.
        (b'{"text":"\xe9 Poutine \xff","k":"\xe9"}', b'{"text":"\xe9 Putin \xff","k":"\xe9"}'),
    ],
)  # fmt: skip
def test_only_the_edit_changes(raw: bytes, expected: bytes) -> None:
    assert replaced(raw, "Poutine", "Putin") == expected
    (piece,) = pieces(raw)
    assert piece.edited([]) == raw


def test_several_edits_of_one_row() -> None:
    (piece,) = pieces(b'{"text":"\\u00e9 Poutine, Moscou"}')
    edits = [Edit(Span(11, 17), "Moscou", "Moscow"), Edit(Span(2, 9), "Poutine", "Putin")]
    assert piece.edited(edits) == b'{"text":"\\u00e9 Putin, Moscow"}'


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # A row that escapes its letters gets letters that are escaped, another one does not.
        (b'{"text":"\\u00e9 Walesa"}', b'{"text":"\\u00e9 Wa\\u0142\\u0119sa"}'),
        ('{"text":"é Walesa"}'.encode(), '{"text":"é Wałęsa"}'.encode()),
        (b'{"text":"Walesa"}', '{"text":"Wałęsa"}'.encode()),
    ],
)
def test_new_letters_are_written_as_the_row_writes_its_own(raw: bytes, expected: bytes) -> None:
    assert replaced(raw, "Walesa", "Wałęsa") == expected


@pytest.mark.parametrize("after", ['"', "\\", "\n", "\x07", "\u2028"])
def test_what_json_must_escape_is_escaped(after: str) -> None:
    changed = replaced(b'{"text":"x"}\n', "x", after)
    assert json.loads(changed)["text"] == after
    assert changed.count(b"\n") == 1


def test_an_empty_text_is_a_document() -> None:
    (piece,) = pieces(b'{"text":""}')
    assert piece.document
    assert piece.document.text == ""


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"text":"a"', "is not JSON"),
        (b"Poutine", "is not JSON"),
        (b'{"text":"a"}{"text":"b"}', "is not JSON"),
        (b'{"text":"tab\there"}', "is not JSON"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b'["Poutine"]', "is no JSON object"),
        (b'"Poutine"', "is no JSON object"),
        (b"{}", "no text in field 'text'.*the row has: nothing"),
        (b'{"body":"Poutine","id":1}', "--field .*the row has: body, id"),
        (b'{"text":null}', "no text in field 'text'"),
        (b'{"text":["Poutine"]}', "no text in field 'text'"),
        (b'{"text":"a","text":1}', "no text in field 'text'"),
        (b'{"text":"a","n":' + b"9" * 5000 + b"}", "number that is too long"),
        (b'{"text":"a","n":' + b"[" * 100_000 + b"}", "nested too deep"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_bad_row_is_told_and_kept_and_the_others_go_on(raw: bytes, said: str) -> None:
    first, bad, last = pieces(b'{"text":"a"}\n' + raw + b'\n{"text":"b"}\n')
    assert first.document
    assert last.document
    assert last.document.row == 3
    assert bad.document is None
    assert bad.edited([]) == raw + b"\n"
    assert bad.fault.startswith("a.jsonl: row 2: ")
    assert re.search(said, bad.fault)


def test_a_deep_row_that_can_be_read_is_read() -> None:
    raw = b'{"n":' + b"[" * 200 + b"]" * 200 + b',"text":"Poutine"}'
    assert replaced(raw, "Poutine", "Putin") == raw.replace(b"Poutine", b"Putin")


def test_stray_bytes_are_told() -> None:
    (odd,) = pieces(b'{"text":"\xff"}')
    (fine,) = pieces('{"text":"é"}'.encode())
    assert "a.jsonl: row 1: byte 9 is not UTF-8" in odd.note
    assert fine.note == ""


@pytest.mark.parametrize("blank", [b"\n", b" \t\r\n", b""])
def test_blank_lines_come_back_without_a_word(blank: bytes) -> None:
    found = pieces(b'{"text":"a"}\n' + blank)
    assert b"".join(piece.edited([]) for piece in found) == b'{"text":"a"}\n' + blank
    assert not any(piece.fault or piece.note for piece in found)


def test_other_fields() -> None:
    raw = b'{"text":"Poutine","body":"Poutine"}'
    assert replaced(raw, "Poutine", "Putin", "body") == b'{"text":"Poutine","body":"Putin"}'


@pytest.mark.parametrize(
    ("raw", "id_field", "expected"),
    [
        (b'{"id":7,"text":"a"}', "", "a.jsonl:1"),
        (b'{"id":7,"text":"a"}', "id", "7"),
        (b'{"id":"x-1","text":"a"}', "id", "x-1"),
        (b'{"text":"a"}', "id", "a.jsonl:1"),
        (b'{"id":null,"text":"a"}', "id", "a.jsonl:1"),
        (b'{"id":0,"text":"a"}', "id", "0"),
    ],
)
def test_a_row_is_named_by_its_id_or_by_its_place(raw: bytes, id_field: str, expected: str) -> None:
    (piece,) = pieces(raw, id_field=id_field)
    assert piece.document
    assert piece.document.id == expected
    assert (piece.document.path, piece.document.row) == ("a.jsonl", 1)
