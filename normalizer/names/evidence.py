"""What the text around a name says: its source language, full names seen, words nearby.

Weights are log-odds (natural logarithm): +2.2 turns even odds into 9 to 1. They add up with the
weight of the spelling itself in `normalizer.names.resolve`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from normalizer.annotation import Evidence, Span
from normalizer.names.fold import fold
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import Match, Option

# Words on either side in which a role word speaks for a name; the reach of a noun phrase.
WINDOW = 6
_WORDS = re.compile(r"[^\W\d_]+")
_BEFORE = re.compile(r"([^\W\d_]+)(['\N{RIGHT SINGLE QUOTATION MARK}]s)? $")
_AFTER = re.compile(r" ([^\W\d_]+)")
_TITLE_BEFORE = re.compile(r"\b([A-Za-z]+)\.? $")
# Before the first word of a sentence: its start, or an end mark, then quotes, bullets, dashes.
_SENTENCE_START = re.compile(
    "(?:^|[.!?:\\n\N{HORIZONTAL ELLIPSIS}])"
    "[\\s\"'(\\[*|\N{BULLET}\N{EN DASH}\N{EM DASH}\N{LEFT DOUBLE QUOTATION MARK}"
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}-]*$"
)
# Function words that stand between the words of a foreign name or title and never in English.
_FOREIGN = frozenset(
    "de da di do du des del della delle dei degli das der dem den die le la les el los "
    "las et und y e i von van zu zum zur im am aan het een ja og och".split()
)
_PLACE_BEFORE = re.compile(
    r"\b(?:in|to|from|near|at|of|for|towards?|outside|between|around|via"
    r"|city|town|port|region|province|mayor|capital)(?: the| of| \w+ern| cent\w+)* $",
    re.IGNORECASE,
)
_LESSER_PLACES = frozenset({"building", "city", "physical", "region"})
# Titles before a family name; any other unknown capitalised word there is a given name.
_TITLES = frozenset(
    "mr mrs ms miss dr prof gen lt col sgt maj capt sen rep gov sir lord lady comrade pm".split()
)


@dataclass(frozen=True, slots=True)
class FolderEvidence:
    """What the documents of a folder say together.

    Attributes:
        full_names: Entity id -> number of documents in which its full name stands.
        shared_words: Rare words, in lower case, that at least two documents have.
    """

    full_names: Mapping[str, int] = field(default_factory=dict)
    shared_words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DocumentEvidence:
    """What one document says.

    Attributes:
        languages: Foreign spelling -> language -> share of a vote.
        full_names: Entity id -> how often its full name stands in it.
        clipped_names: The same for full names with the family name clipped.
    """

    languages: Mapping[str, Mapping[str, float]]
    full_names: Mapping[str, int]
    clipped_names: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Context:
    """All that may speak for or against a reading.

    Attributes:
        text: The whole text of the document.
        knowledge: The base the matches were found with.
        document: What the document says.
        folder: What the folder says.
    """

    text: str
    knowledge: Knowledge
    document: DocumentEvidence
    folder: FolderEvidence


@dataclass(frozen=True, slots=True)
class Survey:
    """What the first look at a document brings.

    Attributes:
        full_names: Entities whose full name stands in it.
        quiet: Whether every name in it is canonical, so that no evidence could change it.
    """

    full_names: frozenset[str] = frozenset()
    quiet: bool = True

    def __or__(self, other: Survey) -> Survey:
        """Two documents of one file together."""
        return Survey(self.full_names | other.full_names, self.quiet and other.quiet)


def survey(matches: Iterable[Match], *, asks: bool = False) -> Survey:
    """Take a first look at a document.

    Args:
        matches: What was found in it.
        asks: Whether it has unknown names that the matcher is to be asked about.
    """
    matches = list(matches)
    quiet = not asks and all(map(is_canonical, matches))
    return Survey(frozenset(full_names_in(matches)), quiet)


def is_canonical(match: Match) -> bool:
    """Whether the text has a canonical spelling: see `Match`."""
    return match.canonical


def gather(surveys: Iterable[Survey]) -> FolderEvidence:
    """Add up the surveys of all documents of a folder; takes them one by one, keeps none."""
    counts: Counter[str] = Counter()
    for one in surveys:
        counts.update(one.full_names)
    return FolderEvidence(counts)


def read_document(matches: Iterable[Match]) -> DocumentEvidence:
    """Read the evidence of one document off its matches."""
    matches = list(matches)
    votes: dict[str, dict[str, float]] = {}
    for match in matches:
        for option in match.options:
            for alias in option.aliases:
                # An English spelling, or one that half the languages share, tells nothing.
                if "en" not in alias.lang and alias.lang and alias.kind != "canonical":
                    votes[alias.form] = dict.fromkeys(alias.lang, 1 / len(alias.lang))
    return DocumentEvidence(votes, full_names_in(matches), full_names_in(matches, "clipped"))


def language_shares(document: DocumentEvidence) -> dict[str, float]:
    """Each source language's share of what the foreign spellings of a document say, in [0, 1].

    The shares of a few spellings add up to less than one: they settle nothing yet.
    """
    votes: dict[str, float] = {}
    for shares in document.languages.values():
        for lang, share in shares.items():
            votes[lang] = votes.get(lang, 0.0) + share
    total = sum(votes.values()) + 1
    return {lang: count / total for lang, count in sorted(votes.items())}


def language_weight(option: Option, document: DocumentEvidence) -> Evidence | None:
    """Whether the other foreign spellings of the document come from the same language."""
    own = {alias.form for alias in option.aliases}
    langs = {lang for alias in option.aliases if "en" not in alias.lang for lang in alias.lang}
    others = [votes for form, votes in document.languages.items() if form not in own]
    if not langs or not others:
        return None
    ours = sum(votes.get(lang, 0.0) for votes in others for lang in langs)
    # One more vote for "some other language" keeps a single spelling from settling the matter.
    # Another language is no evidence against: once those spellings are rewritten it would be
    # gone, and a second run would change what the first did not.
    share = ours / (ours + 1)
    if share >= 0.2:
        best = max(langs, key=lambda lang: (sum(v.get(lang, 0.0) for v in others), lang))
        return Evidence(f"other spellings here are {best} too", 2.0 * share)
    return None


def name_seen(option: Option, context: Context) -> Evidence | None:
    """Whether the full name stands elsewhere in the document or the folder."""
    document, folder = context.document, context.folder
    ids = option.entity_ids
    here = max(document.full_names.get(id_, 0) for id_ in ids)
    clipped = max(document.clipped_names.get(id_, 0) for id_ in ids)
    # The name in question is no witness for itself.
    if here > option.whole:
        return Evidence("full name in this document", 2.0)
    if clipped and not option.whole:
        return Evidence("full name, clipped too, in this document", 2.0)
    others = max(folder.full_names.get(id_, 0) for id_ in ids) - bool(here)
    if others > 0:
        return Evidence(f"full name in {others} other document{'s' * (others > 1)}", 1.8)
    return None


def role_nearby(span: Span, option: Option, context: Context) -> Evidence | None:
    """Whether a role word of the entity stands within `WINDOW` words."""
    roles = [role for id_ in option.entity_ids for role in _roles(id_, context.knowledge)]
    before = context.text[max(0, span.start - 80) : span.start]
    after = context.text[span.end : span.end + 80]
    around = f"{before} {after}".lower()
    # A word of plain letters folds to itself, so that most roles are seen not to be there at once.
    if around.isascii():
        roles = [role for role in roles if role.first in around]
    if not roles:
        return None
    words = _WORDS.findall(before)[-WINDOW:] + _WORDS.findall(after)[:WINDOW]
    nearby = f" {' '.join(map(fold, words))} "
    for role in roles:
        if role.folded in nearby:
            return Evidence(f"'{role.role}' stands nearby", 1.2)
    return None


@dataclass(frozen=True, slots=True)
class _Role:
    """A role as listed, folded between spaces, and its first word folded."""

    role: str
    folded: str
    first: str


@lru_cache(maxsize=8192)
def _roles(entity_id: str, knowledge: Knowledge) -> tuple[_Role, ...]:
    known = knowledge.entity(entity_id)
    folded = ((role, fold(role)) for role in known.roles) if known else ()
    return tuple(_Role(role, f" {key} ", key.split(" ")[0]) for role, key in folded)


def neighbours(span: Span, context: Context) -> list[Evidence]:
    """What the words directly before and after say against the name: another name around it."""
    evidence: list[Evidence] = []
    text, knowledge = context.text, context.knowledge
    before = _BEFORE.search(text[max(0, span.start - 40) : span.start])
    if before and not before.group(2):
        word = before.group(1)
        if word[0].isupper() and not _ordinary(word, knowledge):
            evidence.append(Evidence(f"'{word}' before it makes it somebody else's name", -2.5))
        elif word in _FOREIGN:
            evidence.append(Evidence(f"'{word}' before it: part of a foreign phrase", -2.5))
    after = _AFTER.match(text, span.end)
    if after:
        word = after.group(1)
        if word[0].isupper() and not _ordinary(word, knowledge):
            evidence.append(Evidence(f"'{word}' after it makes it part of another name", -2.0))
        elif word in _FOREIGN:
            evidence.append(Evidence(f"'{word}' after it: part of a foreign phrase", -2.5))
    return evidence


def place_nearby(span: Span, option: Option, context: Context) -> Evidence | None:
    """What speaks against a lesser place: surnames, clubs and brands are spelled like towns."""
    known = context.knowledge.entity(option.entity_ids[0])
    if known is None or known.type not in _LESSER_PLACES:
        return None
    if _PLACE_BEFORE.search(context.text[max(0, span.start - 30) : span.start]):
        return Evidence("a lesser place", -0.3)
    return Evidence("no preposition of place before a lesser place", -1.5)


def starts_sentence(text: str, start: int) -> bool:
    """Whether a word stands where any English word has a capital."""
    return bool(_SENTENCE_START.search(text[max(0, start - 12) : start]))


def full_names_in(matches: Iterable[Match], finder: str = "listed") -> Counter[str]:
    """How often the full name of each entity stands among matches of one finder."""
    return Counter(
        id_
        for match in matches
        if match.mention.finder == finder and len(match.options) == 1
        for option in match.options
        if option.whole
        for id_ in option.entity_ids
    )


def follows_title(span: Span, text: str) -> bool:
    """Whether a title stands directly before, so that what follows is a person."""
    before = _TITLE_BEFORE.search(text[max(0, span.start - 12) : span.start])
    return before is not None and before.group(1).lower() in _TITLES


def _ordinary(word: str, knowledge: Knowledge) -> bool:
    """A capitalised neighbour that is an English word, a title or a name of its own."""
    key = fold(word)
    reading = knowledge.read(key)
    return (
        reading.english
        or key in _TITLES
        or bool(reading.phrases)
        or any(word.part == "family" for word in reading.words)
    )
