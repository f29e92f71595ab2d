"""One function for what is indexed and for what is searched: text in, text with one spelling out.

A search engine finds what was written the same way on both sides. So documents and queries pass
through the same function here, without evidence of a folder: what comes out depends on the text,
the tables and the settings, and on nothing that was read before.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any

from normalizer.annotation import Decision, Document, Flag, Resolution, Span
from normalizer.decide import score_of
from normalizer.names.knowledge import Knowledge, open_knowledge
from normalizer.names.linking import Link, find_links
from normalizer.pipeline import NAMES_ONLY, analyse
from normalizer.rewrite import Edit, edits_of
from normalizer.settings import Settings

# By process: a lock that another thread held during a fork would stay shut in the child.
_opening: dict[int, Lock] = {}


@dataclass(frozen=True, slots=True)
class EntityMention:
    """A name in a text, whose it is, and where it stands before and after.

    Attributes:
        entity_ids: Who may be meant, sorted; more than one where the text does not tell.
        name: The canonical name of the entity; empty where there are several.
        type: Its type; empty where there are several.
        span: Where it stands in the text as received.
        surface: The characters as they stand there.
        new_span: Where it stands in the normalized text.
        text: The characters there.
    """

    entity_ids: tuple[str, ...]
    name: str
    type: str
    span: Span
    surface: str
    new_span: Span
    text: str

    @property
    def entity_id(self) -> str:
        """The one entity that is meant; empty where several may be."""
        return self.entity_ids[0] if len(self.entity_ids) == 1 else ""

    def record(self) -> dict[str, Any]:
        """As a JSON object; ``ids`` in place of ``id`` where several entities may be meant."""
        whose = {"id": self.entity_id} if self.entity_id else {"ids": list(self.entity_ids)}
        return whose | {
            "name": self.name,
            "type": self.type,
            "start": self.span.start,
            "end": self.span.end,
            "surface": self.surface,
            "new_start": self.new_span.start,
            "new_end": self.new_span.end,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """A text before and after, and what stands in it.

    Attributes:
        original: The text as received.
        text: The text with every sure name in its canonical spelling.
        entities: Names that stand in it, in text order, those in good spelling too.
        decisions: What was found and decided, proposals and flags too, in text order.
    """

    original: str
    text: str
    entities: tuple[EntityMention, ...]
    decisions: tuple[Decision, ...]

    @property
    def edits(self) -> list[Edit]:
        """What was changed, in offsets of the original."""
        return edits_of(self.decisions)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Suspicious spans of the original; empty where the settings look for names only."""
        return tuple(one.finding for one in self.decisions if isinstance(one.finding, Flag))

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """The entities that stand in it for sure, each once, in text order."""
        return tuple(dict.fromkeys(one.entity_id for one in self.entities if one.entity_id))


@dataclass(frozen=True, slots=True)
class Normalizer:
    """The function, as something to hand to another program: small, picklable, thread-safe.

    It holds only what to open; each process opens the knowledge base itself, once, at the first
    text.

    Attributes:
        cache: Folder of compiled bases; None for the user's own cache folder.
        seeds: Folder of tables; None for the shipped ones.
        names: Your own names (CSV or TOML); they win.
        style: English spellings to prefer, or names of styles.
        settings: How sure a finding must be; names only unless ``flags`` is set in it.

    Raises:
        TableError: At the first text, if a table has faults.

    Example:
        >>> normalizer = Normalizer(cache=cache)
        >>> normalizer.text("Vladimir Poutine, à Moscou").text
        'Vladimir Putin, à Moscow'
        >>> normalizer.text("Vladimir Poutine, à Moscou").entity_ids
        ('per:vladimir-putin', 'geo:524901')
    """

    cache: Path | None = None
    seeds: Path | None = None
    names: Path | None = None
    style: tuple[str, ...] = ()
    settings: Settings = NAMES_ONLY

    def text(self, text: str, *, id_: str = "") -> NormalizedText:
        """Normalize one text, a document or a query.

        Args:
            text: Any string.
            id_: Name of the document, for the keys of findings.
        """
        return normalize_text(Document(id_, text), self.knowledge, self.settings)

    def batch(self, texts: Iterable[str]) -> list[NormalizedText]:
        """Normalize many texts, each by itself, in order."""
        knowledge, settings = self.knowledge, self.settings
        return [normalize_text(Document("", text), knowledge, settings) for text in texts]

    @property
    def knowledge(self) -> Knowledge:
        """The base of this process, opened at the first call."""
        process = os.getpid()
        # Threads that open a base at once would compile it side by side.
        with _opening.setdefault(process, Lock()):
            # A connection must not cross a fork, so the process is part of the key.
            return _open(self.cache, self.seeds, self.names, self.style, process)


def normalize_query(query: str, normalizer: Normalizer) -> str:
    """What a user types, in the spelling that indexing wrote: the very same function.

    Example:
        >>> normalize_query("Mikhaïl Gorbatchev", Normalizer(cache=cache))
        'Mikhail Gorbachev'
    """
    return normalizer.text(query).text


def normalize_text(document: Document, knowledge: Knowledge, settings: Settings) -> NormalizedText:
    """`Normalizer.text` for a base that is open already."""
    found = analyse(document, knowledge, settings=settings)
    decisions = found.report.decisions
    written = [
        one.finding
        for one in decisions
        if one.verdict == "apply" and isinstance(one.finding, Resolution)
    ]
    links = find_links(found.matches, written, found.context)
    shifted = _Shift(edits_of(decisions))
    text = found.report.text
    entities = tuple(_mention(link, shifted, text, knowledge) for link in links)
    return NormalizedText(document.text, text, entities, decisions)


def flag_records(found: NormalizedText) -> list[dict[str, Any]]:
    """The flags of a text as JSON objects, offsets in the text as received."""
    return [
        {
            "start": one.span.start,
            "end": one.span.end,
            "surface": one.before,
            "category": one.finding.category,
            "score": round(score_of(one.finding), 4),
            "suggestions": [suggestion.text for suggestion in one.finding.suggestions],
            "message": one.finding.message,
        }
        for one in found.decisions
        if isinstance(one.finding, Flag)
    ]


def _mention(link: Link, shifted: _Shift, text: str, knowledge: Knowledge) -> EntityMention:
    span = shifted.span(link.span)
    known = knowledge.entity(link.entity_ids[0]) if len(link.entity_ids) == 1 else None
    return EntityMention(
        link.entity_ids,
        known.canonical if known else "",
        known.type if known else "",
        link.span,
        link.surface,
        span,
        text[span.start : span.end],
    )


class _Shift:
    """Offsets of the text as received, in the text after edits."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._starts = [one.span.start for one in edits]
        self._ends = [one.span.end for one in edits]
        self._by = list(accumulate((len(e.after) - len(e.before) for e in edits), initial=0))

    def span(self, span: Span) -> Span:
        """A span that no edit reaches into from outside, moved by what changed before its ends."""
        before = bisect_right(self._ends, span.start)
        # An insertion at the very end belongs to what follows.
        inside = bisect_left(self._starts, span.end)
        return Span(span.start + self._by[before], span.end + self._by[max(inside, before)])


@lru_cache(maxsize=8)
def _open(
    cache: Path | None, seeds: Path | None, names: Path | None, style: tuple[str, ...], pid: int
) -> Knowledge:
    if cache is None:
        from platformdirs import user_cache_path  # noqa: PLC0415 - only where no folder is given

        cache = user_cache_path("normalizer", appauthor=False)
    return open_knowledge(cache, seeds=seeds, names=names, style=style)
