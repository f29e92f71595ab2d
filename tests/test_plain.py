"""A text file is one document, and its bytes come back."""

from __future__ import annotations

import codecs
import io

import pytest

from normalizer.annotation import Span
from normalizer.documents.formats import format_of
from normalizer.documents.jsonl import read_jsonl
from normalizer.documents.piece import Options, Piece
from normalizer.documents.plain import read_plain
from normalizer.rewrite import Edit


def read(raw: bytes, encoding: str = "utf-8") -> Piece:
    (piece,) = read_plain(io.BytesIO(raw), "a.txt", Options(encoding=encoding))
    return piece


def edit(piece: Piece, before: str, after: str) -> Edit:
    assert piece.document
    start = piece.document.text.index(before)
    return Edit(Span(start, start + len(before)), before, after)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Poutine\r\nspoke\rand\nleft\r\n",
        b"no newline at the end",
        codecs.BOM_UTF8 + b"Poutine",
        "e\N{COMBINING ACUTE ACCENT} is not \N{LATIN SMALL LETTER E WITH ACUTE}".encode(),
        b"a\x0b\x0c\x1b\xc2\x85\xe2\x80\xa8b",
        codecs.BOM_UTF16_LE + "Poutine".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "Poutine".encode("utf-16-be"),
        codecs.BOM_UTF32_LE + "Poutine".encode("utf-32-le"),
        codecs.BOM_UTF32_BE + "Poutine".encode("utf-32-be"),
    ],
)
def test_without_edits_the_bytes_come_back(raw: bytes) -> None:
    piece = read(raw)
    assert (piece.raw, piece.fault, piece.note) == (raw, "", "")
    assert piece.edited([]) == raw
    # An edit that changes nothing goes the whole way through decoding and encoding.
    assert piece.edited([Edit(Span(0, 0), "", "")]) == raw


def test_an_edit_leaves_all_other_bytes() -> None:
    piece = read(codecs.BOM_UTF8 + b"M. Poutine\r\nspoke \xe2\x80\x94 \xff\xfe.\r")
    expected = codecs.BOM_UTF8 + b"M. Putin\r\nspoke \xe2\x80\x94 \xff\xfe.\r"
    assert piece.edited([edit(piece, "Poutine", "Putin")]) == expected


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_says_how_to_read_and_to_write(name: str) -> None:
    piece = read("\N{ZERO WIDTH NO-BREAK SPACE}M. Poutine".encode(name))
    assert piece.edited([edit(piece, "Poutine", "Putin")]) == (
        "\N{ZERO WIDTH NO-BREAK SPACE}M. Putin".encode(name)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf8", "utf_8", "U8"])
def test_stray_bytes_are_kept_and_told(encoding: str) -> None:
    raw = b"first\nPoutine \xe9t\xe9\n"
    piece = read(raw, encoding)
    assert piece.document
    assert "a.txt: line 2: not valid UTF-8" in piece.note
    assert piece.edited([edit(piece, "Poutine", "Putin")]) == b"first\nPutin \xe9t\xe9\n"


def test_an_old_encoding_is_read_and_written_when_it_is_named() -> None:
    piece = read(b"Poutine \xe9tait", "cp1252")
    assert piece.document
    assert piece.document.text == "Poutine était"
    assert piece.edited([edit(piece, "Poutine", "Putin")]) == b"Putin \xe9tait"


@pytest.mark.parametrize(
    ("raw", "encoding", "said"),
    [
        (b"caf\xe9", "ascii", "is not ascii"),
        (codecs.BOM_UTF16_LE + b"a", "utf-8", "is not utf-16-le"),
        (b"a\nb\0c", "utf-8", "line 2: a NUL byte"),
        # UTF-7 has several ways to write one text.
        (b"+AGE-b", "utf-7", "does not survive utf-7"),
    ],
)
def test_what_would_not_come_back_is_no_document(raw: bytes, encoding: str, said: str) -> None:
    piece = read(raw, encoding)
    assert piece.document is None
    assert said in piece.fault
    assert piece.fault.startswith("a.txt: ")
    assert piece.edited([]) == raw


def test_a_document_is_named_by_its_path() -> None:
    document = read(b"x").document
    assert document
    assert (document.id, document.path, document.row) == ("a.txt", "a.txt", None)


@pytest.mark.parametrize("path", ["a.txt", "b/A.TXT", "notes", "a.md", "x.markdown", "x.text"])
def test_text_has_a_reader(path: str) -> None:
    assert format_of(path) is read_plain


@pytest.mark.parametrize("path", ["a.jsonl", "b/a.NDJSON"])
def test_rows_have_a_reader(path: str) -> None:
    assert format_of(path) is read_jsonl


@pytest.mark.parametrize("path", ["a.html", "a.pdf", "a.txt.gz", "a.json", "a.txt~"])
def test_other_files_have_none(path: str) -> None:
    assert format_of(path) is None
