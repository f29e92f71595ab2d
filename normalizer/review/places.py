"""Where findings are, which are alike, and which of them a ruling reaches.

A ruling reaches the finding it was made at and no other, unless it says so: by path, row and
offsets while the text is the same, by its quote in a text that changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from normalizer.annotation import Span
from normalizer.review.anchors import Anchor, digest, locate, quote
from normalizer.review.rulings import Member, Ruling

Finding = Mapping[str, Any]
# The text of a document by path and row; None when it is not in the input.
TextOf = Callable[[str, int | None], str | None]
Why = Literal["elsewhere", "stale", "unflagged"]
Indices = NDArray[np.int64]

NONE: Indices = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Reach:
    """The findings a ruling reaches.

    Attributes:
        findings: Their indices.
        why: Why there are none, where there should be, see `standing.Unplaced`.
        texts: Of a ruling on a document, what each of them proposed when it was ruled.
    """

    findings: Indices = field(default_factory=lambda: NONE)
    why: Why | None = None
    texts: Mapping[int, str | None] | None = None


def proposed(finding: Finding) -> str | None:
    """The text a finding proposes first; None if none."""
    suggestions = finding["suggestions"]
    return suggestions[0]["text"] if suggestions else None


def group_key(finding: Finding) -> tuple[str, str | None, str]:
    """What findings that are all alike share: surface, replacement and origin."""
    return finding["surface"], proposed(finding), finding["origin"]


def anchor_of(finding: Finding, text: str) -> Anchor:
    """Where a finding stands in the text it was made for, in words too."""
    span = Span(finding["start"], finding["end"])
    before, exact, after = quote(text, span)
    return Anchor(
        path=finding["path"],
        row=finding["row"],
        doc=digest(text),
        start=span.start,
        end=span.end,
        exact=exact,
        prefix=before,
        suffix=after,
        key=finding["key"],
        origin=finding["origin"],
    )


def member_of(finding: Finding) -> Member:
    """A finding as a ruling on its document lists it."""
    span = finding["start"], finding["end"]
    return Member(*span, finding["key"], finding["origin"], proposed(finding))


class Places:
    """An index of findings by document and by group.

    Attributes:
        findings: As given; all arrays go by their indices.
        groups: Surface, replacement and origin of each group of like findings.
        documents: Path and row of each document.
        group_of: The group of each finding; ``group_members`` the other way round.
        document_of: The document of each finding; ``document_members`` the other way round.
    """

    def __init__(self, findings: Sequence[Finding], text_of: TextOf | None) -> None:
        self.findings = findings
        self._text_of = text_of
        size = len(findings)
        self._groups: dict[tuple[str, str | None, str], int] = {}
        self._documents: dict[tuple[str, int | None], int] = {}
        groups, documents = self._groups, self._documents
        self.group_of: Indices = np.fromiter(
            (groups.setdefault(group_key(one), len(groups)) for one in findings), np.int64, size
        )
        self.document_of: Indices = np.fromiter(
            (documents.setdefault((one["path"], one["row"]), len(documents)) for one in findings),
            np.int64,
            size,
        )
        self.groups, self.documents = list(groups), list(documents)
        self.group_members = _parted(self.group_of, len(groups))
        self.document_members = _parted(self.document_of, len(documents))
        self._spots_of: dict[int, dict[Span, list[int]]] = {}
        self._digests: dict[tuple[str, int | None], str | None] = {}
        # Of each group asked for, its documents by what they say.
        self._by_text: dict[int, dict[str | None, list[int]]] = {}

    def reach(self, ruling: Ruling) -> Reach:
        """The findings a ruling decides, other rulings left aside."""
        if ruling.anchor is None or ruling.act == "remember":
            return Reach()
        if ruling.scope == "everywhere":
            return self._alike(ruling, ruling.anchor)
        if ruling.scope == "document":
            return self._of_document(ruling, ruling.anchor)
        found, why = self.find(ruling.anchor, ruling.replacement)
        return Reach(np.array(found, np.int64), why)

    def find(self, anchor: Anchor, replacement: str | None) -> tuple[list[int], Why | None]:
        """The findings an anchor stands for, or why there are none.

        The place is that of the anchor where the text is the same, else where its quote is found,
        else the same place in documents of the very same text under another path or row.
        """
        place = (anchor.path, anchor.row)
        documents = [self._documents[place]] if place in self._documents else []
        span = Span(anchor.start, anchor.end)
        why: Why = "unflagged"
        if self._text_of is None:
            why = "unflagged" if documents else "elsewhere"
        elif (now := self._digest(place)) != anchor.doc:
            text = None if now is None else self._text_of(*place)
            moved = locate(anchor, text) if text is not None else None
            if moved is None:
                documents = self._copies(anchor, replacement)
                why = "elsewhere" if now is None else "stale"
            else:
                span = moved
        found = [
            index
            for document in documents
            for index in self._at(document, span, anchor, replacement)
        ]
        return found, None if found else why

    def _alike(self, ruling: Ruling, anchor: Anchor) -> Reach:
        group = self._groups.get((anchor.exact, ruling.replacement, anchor.origin))
        if group is None:
            return Reach()
        members = self.group_members[group]
        spared: set[int] = set()
        for one in ruling.excepted:
            found, why = self.find(one, ruling.replacement)
            spared.update(found)
            if why == "stale":
                # Which one was meant cannot be told: better to ask about all of this document.
                document = self._documents.get((one.path, one.row), -1)
                spared.update(members[self.document_of[members] == document].tolist())
        return Reach(members[~np.isin(members, list(spared))] if spared else members)

    def _of_document(self, ruling: Ruling, anchor: Anchor) -> Reach:
        """The findings listed, where the text is the very same; a changed one is asked anew."""
        place = (anchor.path, anchor.row)
        documents = [self._documents[place]] if place in self._documents else []
        why: Why = "unflagged" if documents else "elsewhere"
        if self._text_of is not None and (now := self._digest(place)) != anchor.doc:
            documents = self._copies(anchor, ruling.replacement)
            why = "elsewhere" if now is None else "stale"
        texts: dict[int, str | None] = {}
        for document in documents:
            for member in ruling.only:
                span = Span(member.start, member.end)
                here = self._spots(document).get(span, [])
                for index in self._same(here, member.key, member.origin, member.replacement):
                    texts[index] = member.replacement
        return Reach(np.array(sorted(texts), np.int64), None if texts else why, texts)

    def _copies(self, anchor: Anchor, replacement: str | None) -> list[int]:
        """Documents of the very same text under another path or row."""
        group = self._groups.get((anchor.exact, replacement, anchor.origin))
        if group is None:
            return []
        by_text = self._by_text.get(group)
        if by_text is None:
            by_text = self._by_text[group] = {}
            for document in np.unique(self.document_of[self.group_members[group]]).tolist():
                by_text.setdefault(self._digest(self.documents[document]), []).append(document)
        return by_text.get(anchor.doc, [])

    def _at(self, document: int, span: Span, anchor: Anchor, replacement: str | None) -> list[int]:
        """Findings of a document at a span that say what the anchor's finding said."""
        here = [
            index
            for index in self._spots(document).get(span, [])
            if self.findings[index]["surface"] == anchor.exact
        ]
        return self._same(here, anchor.key, anchor.origin, replacement)

    def _same(self, here: list[int], key: str, origin: str, replacement: str | None) -> list[int]:
        """Of findings at one place, those that another one was: by key, by rule, or by proposal.

        Two that propose nothing may mean different things.
        """
        found = [self.findings[index] for index in here]
        for fits in (
            [one["key"] == key for one in found],
            [one["origin"] == origin for one in found],
            [replacement is not None and proposed(one) == replacement for one in found],
        ):
            if any(fits):
                return list(compress(here, fits))
        return []

    def _spots(self, document: int) -> dict[Span, list[int]]:
        """The findings of a document by their span."""
        spots = self._spots_of.get(document)
        if spots is None:
            spots = self._spots_of[document] = {}
            for index in self.document_members[document].tolist():
                one = self.findings[index]
                spots.setdefault(Span(one["start"], one["end"]), []).append(index)
        return spots

    def _digest(self, place: tuple[str, int | None]) -> str | None:
        if place not in self._digests:
            text = self._text_of(*place) if self._text_of else None
            self._digests[place] = None if text is None else digest(text)
        return self._digests[place]


def _parted(label_of: Indices, labels: int) -> list[Indices]:
    """The indices that bear each label, in order."""
    by_label = np.argsort(label_of, kind="stable")
    return np.split(by_label, np.cumsum(np.bincount(label_of, minlength=labels))[:-1])
