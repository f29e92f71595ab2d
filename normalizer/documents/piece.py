"""What every format hands over: a stretch of bytes, and the text in it if there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from normalizer.annotation import Document, Span
from normalizer.rewrite import Edit


@dataclass(frozen=True, slots=True)
class Options:
    """How to read files.

    Attributes:
        field: Key of the text in a row.
        id_field: Key of the row's id; empty means ``path:line``.
        encoding: Encoding of text without a byte order mark.
    """

    field: str = "text"
    id_field: str = ""
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file. The pieces of a file, joined, are the file.

    Attributes:
        raw: The bytes as read.
        document: The text in them; None where there is none to look at.
        splice: Makes the bytes anew with edits in the text; all other bytes come back.
        raw_of: How a span of the text stands in the bytes, where that may differ from the text.
        fault: Why the piece cannot be read, with place and cure; empty if it can.
        note: What is odd about it though it can be read, with place and cure.
    """

    raw: bytes
    document: Document | None = None
    splice: Callable[[Sequence[Edit]], bytes] | None = None
    raw_of: Callable[[Span], str] | None = None
    fault: str = ""
    note: str = ""

    def edited(self, edits: Sequence[Edit]) -> bytes:
        """The bytes with the edits made; the raw bytes where there are none."""
        return self.splice(edits) if edits and self.splice else self.raw


class Format(Protocol):
    """Reads one file format."""

    def __call__(self, file: BinaryIO, path: str, options: Options) -> Iterator[Piece]:
        """The pieces of an open file, in order; ``path`` is for ids and messages."""
        ...  # pragma: no cover - protocol
