"""What every format hands over: a stretch of bytes, and the text in it if there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from normalizer.annotation import Document, Span
from normalizer.rewrite import Edit


@dataclass(frozen=True, slots=True)
class NewFields:
    """Where results go in a row, beside the text instead of in its place; empty is nowhere.

    Attributes:
        text: Field of the normalized text. Where it is empty and another is given, the text
            itself is rewritten.
        entities: Field of the entities found.
        flags: Field of the flags.
    """

    text: str = ""
    entities: str = ""
    flags: str = ""

    def __bool__(self) -> bool:
        """Whether anything is added at all."""
        return bool(self.text or self.entities or self.flags)


NO_FIELDS = NewFields()


@dataclass(frozen=True, slots=True)
class Options:
    """How to read files.

    Attributes:
        field: Key of the text in a row; one that begins with ``/`` is a JSON pointer (RFC 6901).
        id_field: Key of the row's id, likewise; empty means ``path:line``.
        encoding: Encoding of text without a byte order mark.
        new: Fields to add to each row; rows then have an ``extend``.
        required: Whether a table without the column is a fault. It is where somebody names the
            table, not where a folder of all sorts is read.
        max_line: Longest row read, in bytes; a longer one passes with a fault. 0 is no limit.
        error_rows: Whether a JSON row that cannot be read is given back with an ``_error`` in it.
    """

    field: str = "text"
    id_field: str = ""
    encoding: str = "utf-8"
    new: NewFields = NO_FIELDS
    required: bool = False
    max_line: int = 0
    error_rows: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file. The pieces of a file, joined, are the file.

    Attributes:
        raw: The bytes as they go out where nothing is edited: those read, but for an error that
            `Options.error_rows` asks for and a table's header that gets new columns.
        document: The text in them; None where there is none to look at.
        splice: Makes the bytes anew with edits in the text; all other bytes come back.
        raw_of: How a span of the text stands in the bytes, where that may differ from the text.
        fault: Why the piece cannot be read, with place and cure; empty if it can.
        note: What is odd about it though it can be read, with place and cure.
        extend: Makes the bytes anew with the edits and with the values of `Options.new`, by
            field; None where no fields are asked for or the format has none.
    """

    raw: bytes
    document: Document | None = None
    splice: Callable[[Sequence[Edit]], bytes] | None = None
    raw_of: Callable[[Span], str] | None = None
    fault: str = ""
    note: str = ""
    extend: Callable[[Sequence[Edit], Mapping[str, Any]], bytes] | None = None

    def edited(self, edits: Sequence[Edit]) -> bytes:
        """The bytes with the edits made; the raw bytes where there are none."""
        return self.splice(edits) if edits and self.splice else self.raw


class Format(Protocol):
    """Reads one file format."""

    def __call__(self, file: BinaryIO, path: str, options: Options) -> Iterator[Piece]:
        """The pieces of an open file, in order; ``path`` is for ids and messages."""
        ...  # pragma: no cover - protocol
