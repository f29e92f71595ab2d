"""Only characters of one column change in a table; all other bytes come back as they were."""

from __future__ import annotations

import csv
import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.annotation import Span
from normalizer.documents.delimited import read_records, split_lines
from normalizer.documents.piece import NewFields, Options, Piece
from normalizer.documents.tables_csv import read_csv, read_tsv
from normalizer.errors import DocumentError
from normalizer.rewrite import Edit

NEW = NewFields("norm", "names")


def pieces(raw: bytes, **options: object) -> list[Piece]:
    return list(read_csv(io.BytesIO(raw), "a.csv", Options(**options)))  # type: ignore[arg-type]


def edit(piece: Piece, before: str, after: str) -> list[Edit]:
    assert piece.document
    start = piece.document.text.find(before)
    return [Edit(Span(start, start + len(before)), before, after)] if start >= 0 else []


def replaced(raw: bytes, before: str = "Poutine", after: str = "Putin", **options: object) -> bytes:
    """The table with the first ``before`` of each text replaced."""
    return b"".join(
        piece.edited(edit(piece, before, after) if piece.document else [])
        for piece in pieces(raw, **options)
    )


def extended(raw: bytes, **options: object) -> bytes:
    """The same in a new column, with a list in another."""
    return b"".join(
        piece.extend(edit(piece, "Poutine", "Putin"), {"names": [{"id": 'a"b'}]})
        if piece.document and piece.extend
        else piece.raw
        for piece in pieces(raw, new=NEW, **options)
    )


def faults(raw: bytes, **options: object) -> list[str]:
    return [piece.fault for piece in pieces(raw, **options) if piece.fault]


# -- bytes come back -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"text\nPoutine\n", b"text\nPutin\n"),
        (b"text\nPoutine", b"text\nPutin"),
        # Other columns, and the order of columns.
        (b"a,text,b\nPoutine,Poutine,Poutine\n", b"a,text,b\nPoutine,Putin,Poutine\n"),
        # Quotes that are needed, those that are not, and quotes in quotes.
        (b'"text","b"\n"Poutine",1\n', b'"text","b"\n"Putin",1\n'),
        (b'text\n"He said ""Poutine"", ""no"""\n', b'text\n"He said ""Putin"", ""no"""\n'),
        (b'text,b\n5" of Poutine,1" \n', b'text,b\n5" of Putin,1" \n'),
        # Line ends, and line ends inside a cell.
        (b"text\r\nPoutine\r\n", b"text\r\nPutin\r\n"),
        (b"text\rPoutine\rPoutine\r", b"text\rPutin\rPutin\r"),
        (b'text,b\n"a\r\n""\nPoutine\n",1\r\nx,y\n', b'text,b\n"a\r\n""\nPutin\n",1\r\nx,y\n'),
        # Dialects.
        (b"id;text\n1;a, Poutine\n", b"id;text\n1;a, Putin\n"),
        (b"id\ttext\n1\ta, Poutine\n", b"id\ttext\n1\ta, Putin\n"),
        (b"id|text\n1|Poutine\n", b"id|text\n1|Putin\n"),
        # Blank lines, spaces and what a spreadsheet would take for a formula.
        (b"text , b\n\n =1+1\n\r\nPoutine,=cmd\n", b"text , b\n\n =1+1\n\r\nPutin,=cmd\n"),
        # A byte order mark, and bytes that are no UTF-8.
        (b"\xef\xbb\xbftext,b\nPoutine,\xe9\n", b"\xef\xbb\xbftext,b\nPutin,\xe9\n"),
        (b'\xef\xbb\xbf"text"\n\xe9 Poutine\n', b'\xef\xbb\xbf"text"\n\xe9 Putin\n'),
        ("text\n🍕 é Poutine\n".encode(), "text\n🍕 é Putin\n".encode()),
        (b"", b""),
    ],
)
def test_only_the_cell_changes(raw: bytes, expected: bytes) -> None:
    assert replaced(raw) == expected
    assert replaced(raw, "nowhere") == raw
    assert faults(raw) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "cp1252", "utf-8-sig"])
def test_other_encodings(encoding: str) -> None:
    text = (
        '\ufefftext;b\r\n"é Poutine";ü\r\n' if encoding == "utf-16-be" else "text;b\r\né Poutine;ü"
    )
    raw = text.encode(encoding)
    assert replaced(raw, encoding=encoding) == text.replace("Poutine", "Putin").encode(encoding)


def test_letters_that_an_encoding_does_not_have_are_told() -> None:
    with pytest.raises(DocumentError, match=r"a.csv: row 2: 'ł' cannot be written in cp1252"):
        replaced(b"text\nWalesa\n", "Walesa", "Wałesa", encoding="cp1252")


def test_a_cell_that_needs_quotes_now_gets_them() -> None:
    assert replaced(b'text,b\n5" Poutine,\n', after="Putin, V.") == b'text,b\n"5"" Putin, V.",\n'
    assert replaced(b'text\n"Poutine"\n', after='V."P') == b'text\n"V.""P"\n'
    assert replaced(b"text;b\nPoutine;\n", after="P, V") == b"text;b\nP, V;\n"


def test_a_finding_knows_how_it_stands_in_the_file() -> None:
    piece = pieces(b'text\n"a ""b"" c"\n')[1]
    assert piece.document
    assert piece.document.text == 'a "b" c'
    assert piece.raw_of
    assert piece.raw_of(Span(2, 5)) == '""b""'


@pytest.mark.parametrize(
    ("id_field", "expected"), [("", "a.csv:2"), ("id", "x"), ("none", "a.csv:2")]
)
def test_a_row_is_named_by_its_id_or_by_its_number(id_field: str, expected: str) -> None:
    piece = pieces(b"id,text\nx,y\n", id_field=id_field)[1]
    assert piece.document
    assert (piece.document.id, piece.document.path, piece.document.row) == (expected, "a.csv", 2)


def test_a_cell_may_be_longer_than_the_csv_module_takes() -> None:
    raw = b"text\n" + b"x" * (csv.field_size_limit() + 1) + b" Poutine\n"
    assert replaced(raw) == raw.replace(b"Poutine", b"Putin")


# -- rows that cannot be read ----------------------------------------------------------------


def test_a_table_without_the_column_is_a_note_or_a_fault() -> None:
    raw = b"id,body\n1,Poutine\n"
    told = "a.csv: has no column 'text', left as it is; name one with --field (it has: id, body)"
    first, *_ = pieces(raw)
    assert (first.note, first.fault) == (told, "")
    first, *_ = pieces(raw, required=True)
    assert (first.note, first.fault) == ("", told)
    assert replaced(raw) == raw
    assert replaced(raw, field="body") == b"id,body\n1,Putin\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"1", "row 3: has 1 cell and 'text' is column 2; complete it"),
        (b'1,"Poutine"x', "row 3: has characters after the quotes of 'text'"),
    ],
)
def test_a_bad_row_is_told_and_kept_and_the_others_go_on(row: bytes, said: str) -> None:
    raw = b"id,text\n0,Poutine\n%s\n2,Poutine\n"
    assert replaced(raw % row) == raw.replace(b"Poutine", b"Putin") % row
    (fault,) = faults(raw % row)
    assert said in fault


def test_a_quote_that_never_closes_is_told_and_nothing_is_lost() -> None:
    raw = b'text\nPoutine\n"Poutine\nPoutine\n' + b"Poutine\n" * 3000
    assert replaced(raw) == raw.replace(b"Poutine", b"Putin", 1)
    assert faults(raw) == [
        "a.csv: row 3: a quote opened in it never closes; close it. The rows from here on are left"
    ]
    limited = replaced(raw, max_line=1000)
    assert limited == replaced(raw)


@pytest.mark.parametrize(("start", "changes"), [(b"text\nPoutine\n", 1), (b"text,", 0), (b"", 0)])
def test_a_line_beyond_the_limit_ends_the_reading_and_is_kept(start: bytes, changes: int) -> None:
    raw = start + b"x" * 2000 + b"\nPoutine\n"
    assert replaced(raw, max_line=1000) == raw.replace(b"Poutine", b"Putin", changes)
    assert "a.csv: has a line of more than 1000 bytes" in faults(raw, max_line=1000)[-1]


def test_bytes_that_are_not_in_the_encoding_end_the_reading_and_are_kept() -> None:
    raw = "text\nPoutine\n".encode("shift_jis") + b"\x81\xadx\x81\n" + b"Poutine\n"
    out = replaced(raw, encoding="shift_jis")
    assert len(out) in (len(raw) - 2, len(raw) - 4)
    assert b"\x81\xadx\x81\n" in out
    raw = b"\xff\xfet\x00e\x00x"
    assert replaced(raw) == raw
    assert "a.csv: is not utf-16-le to its end" in faults(raw)[-1]


# -- new columns -----------------------------------------------------------------------------

NAMES = '"[{""id"": ""a\\""b""}]"'


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("text\nPoutine\n", f"text,norm,names\nPoutine,Putin,{NAMES}\n"),
        ("text\nPoutine", f"text,norm,names\nPoutine,Putin,{NAMES}"),
        ('"text"\r\n"a ""Poutine"""\r\n',
         f'"text","norm","names"\r\n"a ""Poutine""","a ""Putin""",{NAMES}\r\n'),
        # Columns that are there already are written anew, short rows are filled up.
        ("norm,text,b\nold,Poutine\n", f"norm,text,b,names\nPutin,Poutine,,{NAMES}\n"),
        ("text;b\n\nPoutine;\n", f"text;b;norm;names\n\nPoutine;;Putin;{NAMES}\n"),
    ],
)  # fmt: skip
def test_new_columns_stand_after_the_others(raw: str, expected: str) -> None:
    assert extended(raw.encode()).decode() == expected
    delimiter = ";" if ";" in raw else ","
    rows = [row for row in csv.reader(io.StringIO(expected), delimiter=delimiter) if row]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert json.loads(rows[1][rows[0].index("names")]) == [{"id": 'a"b'}]


def test_a_row_that_is_too_long_for_new_columns_is_told_and_kept() -> None:
    raw = b"text\na,b\n"
    (fault,) = faults(raw, new=NEW)
    assert "row 2: has 2 cells and the header 1" in fault
    assert extended(raw) == b"text,norm,names\na,b\n"


def test_tabs_are_the_only_delimiter_of_a_tsv() -> None:
    found = list(read_tsv(io.BytesIO(b"a,text\tb\nPoutine\tx\n"), "a.tsv", Options("a,text")))
    assert found[1].document
    assert found[1].document.text == "Poutine"


# -- against the csv module ------------------------------------------------------------------


@given(table=st.text('a",;\r\n\té', max_size=40), delimiter=st.sampled_from(",;\t"))
@settings(deadline=None, max_examples=300)
def test_cells_are_those_of_the_csv_module(table: str, delimiter: str) -> None:
    records = list(read_records(split_lines(table), delimiter, 1000))
    assert "".join(record.text for record in records) == table
    if not all(record.closed for record in records):
        return
    expected = list(csv.reader(io.StringIO(table, newline=""), delimiter=delimiter))
    assert len(records) == len(expected)
    for record, row in zip(records, expected, strict=True):
        assert len(record.cells) == len(row)
        for cell, value in zip(record.cells, row, strict=True):
            assert cell.torn or cell.value(record.text) == value


@given(
    rows=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=5),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    seed=st.integers(),
)
@settings(deadline=None)
def test_any_table_comes_back_and_changes_only_where_it_should(
    rows: list[tuple[str, str]], quoting: int, seed: int
) -> None:
    def written(rows: list[tuple[str, str]]) -> bytes:
        file = io.StringIO(newline="")
        writer = csv.writer(file, quoting=quoting, lineterminator=ending)  # type: ignore[arg-type]
        writer.writerow(("id", "text"))
        writer.writerows(rows)
        return file.getvalue().encode("utf-8", "surrogatepass")

    ending = random.Random(seed).choice(["\n", "\r\n"])
    clean = [
        tuple(cell.encode("utf-8", "ignore").decode().replace("\0", "") for cell in row)
        for row in rows
    ]
    raw = written([(id_, f"Poutine {text}") for id_, text in clean])
    assert replaced(raw, "nowhere") == raw
    assert replaced(raw) == written([(id_, f"Putin {text}") for id_, text in clean])
