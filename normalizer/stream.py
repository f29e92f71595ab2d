"""Rows in, rows out: each by itself, in order, as they come.

A folder is read twice, for what its documents say together; a stream is read once. So a row is
normalized here exactly as `normalizer.indexing` normalizes a text, whatever came before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from normalizer.documents.piece import NewFields, Piece
from normalizer.errors import DocumentError
from normalizer.indexing import NormalizedText, flag_records, normalize_text
from normalizer.names.knowledge import Knowledge
from normalizer.pipeline import normalize
from normalizer.rewrite import edits_of
from normalizer.settings import Settings


@dataclass(frozen=True, slots=True)
class Written:
    """What goes out for one piece.

    Attributes:
        raw: The bytes.
        fault: Why it could not be read, with place and cure; empty if it could.
        note: What is odd about it.
    """

    raw: bytes
    fault: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """What to do with every piece.

    Attributes:
        knowledge: The base.
        settings: How sure a finding must be, and whether glitches are looked for.
        new: Fields that rows get.
        ids_only: Whether the field of entities holds their ids, each once, in place of records.
        strict: Whether the first fault ends it.
    """

    knowledge: Knowledge
    settings: Settings
    new: NewFields
    ids_only: bool = False
    strict: bool = False

    def normalize(self, pieces: Iterable[Piece]) -> Iterator[Written]:
        """Normalize piece by piece, one out for one in.

        Raises:
            DocumentError: At the first fault, if ``strict``; what came before it is out.
        """
        for piece in pieces:
            if self.strict and piece.fault:
                raise DocumentError(piece.fault)
            raw, fault = piece.raw, piece.fault
            try:
                raw = self._bytes(piece)
            except DocumentError as error:
                if self.strict:
                    raise
                fault = str(error)
            yield Written(raw, fault, piece.note)

    def _bytes(self, piece: Piece) -> bytes:
        document = piece.document
        if document is None:
            return piece.raw
        if piece.extend is None or not (self.new.entities or self.new.flags):
            report = normalize(document, self.knowledge, settings=self.settings)
            edits = edits_of(report.decisions)
            return piece.extend(edits, {}) if piece.extend else piece.edited(edits)
        found = normalize_text(document, self.knowledge, self.settings)
        return piece.extend(found.edits, self._values(found))

    def _values(self, found: NormalizedText) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if self.new.entities:
            ids = self.ids_only
            values[self.new.entities] = (
                list(found.entity_ids) if ids else [one.record() for one in found.entities]
            )
        if self.new.flags:
            values[self.new.flags] = flag_records(found)
        return values
