"""Plain text: one file, one document."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from normalizer.annotation import Document
from normalizer.documents.piece import Options, Piece
from normalizer.errors import DocumentError
from normalizer.rewrite import apply_edits

_STRAY = re.compile("[\ud800-\udfff]")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def byte_order(raw: bytes) -> str:
    """The encoding that a byte order mark of two or four bytes tells; empty where none does."""
    return next((name for mark, name in _MARKS if raw.startswith(mark)), "")


def encoded(text: str, encoding: str, errors: str, place: str) -> bytes:
    """Characters as bytes again.

    Raises:
        DocumentError: If an edit brought letters that the encoding does not have.
    """
    try:
        return text.encode(encoding, errors)
    except UnicodeEncodeError as error:
        letters = text[error.start : error.end]
        raise DocumentError(
            f"{place}: '{letters}' cannot be written in {encoding}; convert the file to UTF-8"
        ) from error


def read_plain(file: BinaryIO, path: str, options: Options) -> Iterator[Piece]:
    """One piece: the whole file. A byte order mark stays the first character of the text."""
    raw = file.read()
    encoding = byte_order(raw) or options.encoding
    note = ""
    # Bytes that are no text in this encoding stand in the text as lone surrogates, which no name
    # holds, and are written back as the same bytes: one stray byte must not cost a whole file.
    utf8 = codecs.lookup(encoding).name == "utf-8"
    errors = "surrogateescape" if utf8 else "strict"
    try:
        text = raw.decode(encoding, errors)
        exact = text.encode(encoding, errors) == raw
        if not text.isascii() and (stray := _STRAY.search(text)):
            line = text.count("\n", 0, stray.start()) + 1
            note = (
                f"{path}: line {line}: not valid UTF-8, those bytes are kept as they are; "
                "if the file has another encoding, give it with --encoding"
            )
    except UnicodeError as error:
        yield Piece(
            raw,
            fault=f"{path}: is not {encoding} ({error}); "
            "convert the file or give its encoding with --encoding",
        )
        return
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        yield Piece(raw, fault=f"{path}: line {line}: a NUL byte; this is not text, left as it is")
    elif not exact:
        yield Piece(
            raw, fault=f"{path}: does not survive {encoding} unchanged; convert it to UTF-8"
        )
    else:
        yield Piece(
            raw,
            Document(path, text, path),
            lambda edits: encoded(apply_edits(text, edits), encoding, errors, path),
            note=note,
        )
