"""The query languages of search engines: one function and one row a language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import product

from normalizer.export.query import MOST_COMBINED, Clause, ExpandedQuery

# Words of search boxes that are read as operators where they stand without quotes.
OPERATORS = frozenset(("or", "and", "not"))

Render = Callable[[ExpandedQuery, str], str]


def render(query: ExpandedQuery, language: str, field: str = "text") -> str:
    """The query in a language of `LANGUAGES`, on one line.

    Args:
        query: What to say.
        language: A key of `LANGUAGES`.
        field: The field to search, where the language needs one.
    """
    return LANGUAGES[language](query, field)


def elasticsearch(query: ExpandedQuery, field: str) -> str:
    """Body of a search request to Elasticsearch or OpenSearch."""

    def phrase(text: str) -> dict[str, object]:
        return {"match_phrase": {field: text}}

    def alternative(phrases: tuple[str, ...]) -> dict[str, object]:
        if len(phrases) == 1:
            return phrase(phrases[0])
        return {"bool": {"must": [phrase(one) for one in phrases]}}

    clauses = [
        {"bool": {"should": [*map(alternative, one.alternatives)], "minimum_should_match": 1}}
        for one in query.must
    ]
    body: dict[str, object] = {"must": clauses}
    if query.must_not:
        body["must_not"] = [phrase(one) for one in query.must_not]
    return json.dumps({"query": {"bool": body}}, ensure_ascii=False)


def fts5(query: ExpandedQuery, field: str) -> str:
    """SQLite's FTS5: every phrase is a quoted string, a quote in it is doubled."""

    def phrase(text: str) -> str:
        doubled = text.replace('"', '""')
        return f'"{doubled}"'

    return _infix(query, phrase)


def xapian(query: ExpandedQuery, field: str) -> str:
    """Xapian's query parser with its default flags; there is no way to write a quote."""
    return _infix(query, _quoted)


def lucene(query: ExpandedQuery, field: str) -> str:
    """The classic query parser of Lucene; tantivy and Solr read it, too."""

    def phrase(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    clauses = " ".join(f"+({_either(one, phrase)})" for one in query.must)
    return clauses + "".join(f" -{phrase(one)}" for one in query.must_not)


def websearch(query: ExpandedQuery, field: str) -> str:
    """What search boxes and PostgreSQL's websearch_to_tsquery read.

    It knows no brackets, so every combination of alternatives is written out; of very many only
    the likeliest spellings are.
    """
    excluded = "".join(f" -{_websearch_phrase(one)}" for one in query.must_not)
    combined = product(*_trimmed(query.must))
    return " or ".join(
        " ".join(_websearch_phrase(phrase) for phrases in chosen for phrase in phrases) + excluded
        for chosen in combined
    )


LANGUAGES: dict[str, Render] = {
    "es": elasticsearch,
    "fts5": fts5,
    "tantivy": lucene,
    "lucene": lucene,
    "websearch": websearch,
    "xapian": xapian,
}


def _either(clause: Clause, phrase: Callable[[str], str]) -> str:
    """The alternatives of a clause, several phrases of one in brackets."""
    return " OR ".join(
        phrase(phrases[0])
        if len(phrases) == 1
        else f"({' AND '.join(phrase(one) for one in phrases)})"
        for phrases in clause.alternatives
    )


def _trimmed(clauses: tuple[Clause, ...]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """The alternatives of each clause, as many as can be combined with those of the others."""
    wide = sum(len(clause.alternatives) > 1 for clause in clauses)
    most = int(MOST_COMBINED ** (1 / max(wide, 1)))
    for clause in clauses:
        yield clause.alternatives[: max(most, 1)]


def _websearch_phrase(text: str) -> str:
    """A plain word as it is, all else in quotes."""
    plain = text.isalnum() and text.lower() not in OPERATORS
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    """A phrase in quotes, which nothing inside can end."""
    bare = text.replace('"', " ")
    return f'"{bare}"'


def _infix(query: ExpandedQuery, phrase: Callable[[str], str]) -> str:
    clauses = " AND ".join(f"({_either(one, phrase)})" for one in query.must)
    return clauses + "".join(f" NOT {phrase(one)}" for one in query.must_not)
