"""The frozen records that every stage hands to the next: they point into the text.

Offsets are half-open ``[start, end)`` in code points of ``Document.text``, never bytes or tokens.
Scores are probabilities in [0, 1] that the finding is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["apply", "propose"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a document's text, ``[start, end)`` in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One text to look at.

    Attributes:
        id: The row id where the text is a row of a file, else the path.
        text: The text as received; nothing is normalized in it.
        path: Path relative to the folder given, ``/`` between parts.
        row: Line number in a file of rows, from 1; None for a file that is one text.
    """

    id: str
    text: str
    path: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A spelling of an entity, and where it comes from.

    Attributes:
        form: The spelling.
        lang: Languages whose writers use it, as BCP 47 codes; empty when unknown.
        kind: ``canonical variant former exonym transliteration inflected``; a *variant* is an
            equal English convention, a *former* name is one that English text keeps. Of spellings
            no table has: ``clipped`` (lost its last letters), ``matched`` (by sound), ``folder``
            (siblings write it otherwise).
        scheme: The scheme or table that wrote it, with the rules that fired.
        source: Key in ``seeds/sources.toml``; empty for a generated spelling.
        cost: How far from the convention's usual spelling; 0 is the usual one.
    """

    form: str
    lang: frozenset[str]
    kind: str
    scheme: str = ""
    source: str = ""
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Entity:
    """Somebody or something with one canonical name.

    Attributes:
        id: Stable id such as ``per:vladimir-putin``, ``iso:RU``, ``geo:524901``.
        type: ``person``, ``city``, ``weapon``, ... as in the tables.
        canonical: The spelling we write.
        roles: Words that stand near the name in news.
        aliases: Spellings, when asked for; empty in records made while reading text.
    """

    id: str
    type: str
    canonical: str
    roles: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that may name something.

    Attributes:
        span: Where it stands.
        surface: The characters as they stand, ``text[span.start:span.end]``.
        finder: What found it: ``listed clipped matched folder``.
    """

    span: Span
    surface: str
    finder: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for or against, with its weight in log-odds (natural logarithm)."""

    reason: str
    weight: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity a mention may name, and the spelling that says so.

    Attributes:
        entity_id: Of the entity.
        replacement: How it is to be written.
        alias: The spelling.
        score: Probability that the mention names the entity.
        evidence: What the score adds up from.
        equal: Whether English writes the mention so too: it is changed so that one search finds
            all, not because it is wrong.
    """

    entity_id: str
    replacement: str
    alias: Alias
    score: float
    evidence: tuple[Evidence, ...] = ()
    equal: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a mention names. ``chosen`` None means ambiguous or unlikely, see ``candidates``."""

    mention: Mention
    candidates: tuple[Candidate, ...]
    chosen: Candidate | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text that could stand in place of a span, with its score."""

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Flag:
    """A suspicious span; it proposes and never changes text by itself."""

    span: Span
    surface: str
    category: str
    origin: str
    score: float
    message: str
    suggestions: tuple[Suggestion, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to happen at one span, and who says so.

    Attributes:
        finding_key: Stable key of the finding: the same text and tables give the same key.
        span: Where, in the original text.
        before: The characters that stand there.
        after: The characters to write; equal to ``before`` for a flag without suggestion.
        verdict: ``apply`` changes the text, ``propose`` only reports.
        decided_by: ``score`` or the name of a person.
        finding: The resolution or flag behind it.
    """

    finding_key: str
    span: Span
    before: str
    after: str
    verdict: Verdict
    decided_by: str
    finding: Resolution | Flag


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one document and what became of its text."""

    document: Document
    decisions: tuple[Decision, ...]
    text: str
