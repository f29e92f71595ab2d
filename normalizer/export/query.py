"""A query in a person's words, widened by the spellings of the names in it, for a search engine.

The words of the query always stay alternatives of their own: what it found before it still finds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from normalizer.annotation import Document
from normalizer.errors import UsageError
from normalizer.export.spellings import Choice, SpellingSet, spellings_of
from normalizer.indexing import EntityMention, normalize_text
from normalizer.names.knowledge import Knowledge
from normalizer.settings import Settings

# Widening does less harm than rewriting: whatever is likelier right than wrong.
LIKELY = Settings(apply=0.5, propose=0.5, flags=False)
# Engines that know no brackets are given every combination; so many are still one query.
MOST_COMBINED = 120
_TOKEN = re.compile(r'(?P<not>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_OPERATOR = re.compile(
    r"(?P<operator>&&|\|\||^[+!](?=\w)|[()\[\]{}^~*\\]|^(?:AND|OR|NOT|NEAR)$)|^(?P<field>[^\W\d][\w.]*):\S"
)
_ADDRESS = re.compile(r"^\w+://")


@dataclass(frozen=True, slots=True)
class Clause:
    """Something a document must hold: one of the alternatives, all phrases of it."""

    alternatives: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ExpandedQuery:
    """What a document must hold, all of it, and what it must not.

    Attributes:
        must: Never empty; in each the person's own words come first.
        must_not: Phrases.
        names: Canonical names that were found in the query.
    """

    must: tuple[Clause, ...]
    must_not: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or a quoted phrase of the query, and where it stands."""

    text: str
    start: int
    end: int
    quoted: bool
    excluded: bool


def expand_query(query: str, knowledge: Knowledge, choice: Choice | None = None) -> ExpandedQuery:
    """Find the names of a query and add their spellings.

    A query all in small letters is read as if each word had a capital. Which names it holds is
    found as for a document to be indexed, see `normalizer.indexing`.

    Args:
        query: Words, ``"phrases"`` and ``-excluded`` words; a word alone may stand anywhere.
        knowledge: The base.
        choice: Which spellings to add; its entities are not asked.

    Raises:
        UsageError: For operators and fields of a query language, which would be lost, for an open
            quote, and for a query without any word to look for.
    """
    # Line ends and control characters part words and nothing else; offsets stay as they are.
    query = "".join(c if c.isprintable() else " " for c in query)
    tokens = [token for token in _tokens(query) if any(map(str.isalnum, token.text))]
    wanted = [token for token in tokens if not token.excluded]
    if not wanted:
        raise UsageError(f"query '{query}': no word to look for; give at least one")
    mentions = _mentions(query, wanted, knowledge)
    ids = dict.fromkeys(id_ for mention in mentions for id_ in mention.entity_ids)
    sets = {one.canonical: one for one in spellings_of(ids, knowledge, choice or Choice())}
    named = [(mention, found) for mention in mentions if (found := _set_of(mention, sets))]
    return ExpandedQuery(
        tuple(_clauses(wanted, named)),
        tuple(token.text for token in tokens if token.excluded),
        tuple(dict.fromkeys(found.canonical for _, found in named)),
    )


def _tokens(query: str) -> Iterator[_Token]:
    end = 0
    for found in _TOKEN.finditer(query):
        word, phrase = found["word"], found["phrase"]
        if '"' in query[end : found.start()]:
            break
        end = found.end()
        if word is not None and (operator := _OPERATOR.search(word)) and not _ADDRESS.match(word):
            told = operator["operator"] or f"{operator['field']}:"
            raise UsageError(
                f"query, column {found.start() + 1}: '{told}' is part of a query "
                'language and would be lost; give words, "phrases" and -excluded words'
            )
        start = found.start("word" if phrase is None else "phrase")
        text = word if phrase is None else phrase
        yield _Token(text, start, start + len(text), phrase is not None, bool(found["not"]))
    if '"' in query[end:]:
        raise UsageError(f'query, column {query.index(chr(34), end) + 1}: a quote (") stays open')


def _mentions(
    query: str, tokens: Sequence[_Token], knowledge: Knowledge
) -> tuple[EntityMention, ...]:
    """The names in the tokens, as indexing finds them; offsets are those of the query."""
    plain = [" "] * len(query)
    for token in tokens:
        plain[token.start : token.end] = token.text
    text = "".join(plain)
    if text == text.lower():
        text = re.sub(r"(?<!\w)[^\W\d_]", _capital, text)
    return normalize_text(Document("query", text), knowledge, LIKELY).entities


def _capital(found: re.Match[str]) -> str:
    # A letter whose capital is two letters would move all that follows.
    capital = found.group().upper()
    return capital if len(capital) == 1 else found.group()


def _set_of(mention: EntityMention, sets: dict[str, SpellingSet]) -> SpellingSet | None:
    """The spellings of what stands there: the family name alone, or the whole name."""
    return sets.get(mention.text) or sets.get(mention.name)


def _clauses(
    tokens: Sequence[_Token], named: Sequence[tuple[EntityMention, SpellingSet]]
) -> Iterator[Clause]:
    done: set[int] = set()
    for at, token in enumerate(tokens):
        if at in done:
            continue
        inside = [
            (mention, found)
            for mention, found in named
            if token.start <= mention.span.start < token.end
        ]
        if token.quoted:
            yield Clause(tuple(_reworded(token, inside)))
        elif inside:
            mention, found = inside[0]
            covered = [other for other, one in enumerate(tokens) if _is_part(one, mention)]
            done.update(covered)
            own = tuple(tokens[other].text for other in covered)
            spellings = [(form,) for form in found.spellings]
            forms = [own, tuple(found.canonical.split()), *spellings]
            yield Clause(tuple(_distinct(forms)))
        else:
            yield Clause(((token.text,),))


def _is_part(token: _Token, mention: EntityMention) -> bool:
    """Whether a word without quotes is part of a name."""
    span = mention.span
    return not token.quoted and token.start < span.end and span.start < token.end


def _reworded(
    token: _Token, named: Sequence[tuple[EntityMention, SpellingSet]]
) -> Iterator[tuple[str, ...]]:
    """The phrase, and the phrase with other spellings of the names in it."""
    pieces: list[list[str]] = []
    at = token.start
    for mention, found in named:
        start, end = mention.span.start, min(mention.span.end, token.end)
        own = token.text[start - token.start : end - token.start]
        pieces.append([token.text[at - token.start : start - token.start]])
        pieces.append([own, found.canonical, *found.spellings])
        at = end
    pieces.append([token.text[at - token.start :]])
    phrases = ("".join(chosen) for chosen in product(*pieces))
    yield from _distinct((phrase,) for phrase in islice(phrases, MOST_COMBINED))


def _distinct(alternatives: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The alternatives without those that differ from an earlier one by case or spaces alone."""
    seen: set[str] = set()
    for phrases in alternatives:
        key = " ".join(unicodedata.normalize("NFC", " ".join(phrases)).casefold().split())
        if key not in seen:
            seen.add(key)
            yield phrases
