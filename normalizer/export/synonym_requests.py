"""Synonyms as engines take them over HTTP (bodies to send), and Groonga's commands."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from normalizer.export.spellings import RARER
from normalizer.export.synonym_files import escape_solr
from normalizer.export.terms import Rows, linked

# Meilisearch looks up terms of three words at most, and takes fifty synonyms of one.
MEILISEARCH_WORDS = 3
MEILISEARCH_MOST = 50
LONG = "of more than three words"


def elasticsearch(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """Body of ``PUT _synonyms/NAME``: rules in Solr's format, each with an id."""
    rules = (
        {
            "id": row.head,
            "synonyms": ", ".join(map(escape_solr, (row.head, *row.others)))
            if expand
            else f"{', '.join(map(escape_solr, row.others))} => {escape_solr(row.head)}",
        }
        for row in rows
    )
    return _wrapped("synonyms_set", rules)


def solr(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """Body of ``PUT`` to a managed synonym resource; a term that is to stay maps to itself too."""
    links = linked(rows, expand)
    return _object((term, [term, *found] if expand else found) for term, found in links.items())


def meilisearch(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """Body of ``PUT /indexes/NAME/settings/synonyms``: each direction is an entry of its own."""
    links = linked(rows, expand)
    long = [term for term in links if len(term.split()) > MEILISEARCH_WORDS]
    left_out[LONG] += len(long)
    for term in long:
        del links[term]
    left_out[RARER] += sum(max(len(found) - MEILISEARCH_MOST, 0) for found in links.values())
    return _object((term, found[:MEILISEARCH_MOST]) for term, found in links.items())


def typesense(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """One line for each ``PUT /collections/NAME/synonyms/ID`` (Typesense 29 and before)."""
    return (f"{_json(item)}\n" for item in _typesense_items(rows, expand))


def typesense30(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """Body of ``PUT /synonym_sets/NAME`` (Typesense 30)."""
    return _wrapped("items", _typesense_items(rows, expand))


def groonga(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """Commands that make a table for ``--query_expander Synonyms.words``."""
    yield "table_create Synonyms TABLE_PAT_KEY ShortText --normalizer NormalizerAuto\n"
    yield "column_create Synonyms words COLUMN_VECTOR ShortText\n"
    yield "load --table Synonyms\n"
    entries = (
        {"_key": term, "words": [*map(_groonga_phrase, [term, *found] if expand else found)]}
        for term, found in linked(rows, expand).items()
    )
    yield from _array(entries)
    yield "\n"


def _groonga_phrase(term: str) -> str:
    """A piece of Groonga's query syntax that searches for the term as a phrase."""
    escaped = term.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _typesense_items(rows: Rows, expand: bool) -> Iterator[dict[str, Any]]:
    for row in rows:
        if expand:
            yield {"id": row.head, "synonyms": [row.head, *row.others]}
        else:
            # One way: who asks for the root is given the synonyms, too.
            for other in row.others:
                yield {"id": f"{row.head}: {other}", "root": other, "synonyms": [row.head]}


def _wrapped(key: str, items: Iterable[object]) -> Iterator[str]:
    return chain([f'{{"{key}": '], _array(items), ["}\n"])


def _array(items: Iterable[object]) -> Iterator[str]:
    between = "[\n"
    for item in items:
        yield between + _json(item)
        between = ",\n"
    yield "[]" if between == "[\n" else "\n]"


def _object(entries: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    between = "{\n"
    for key, value in entries:
        yield f"{between}{_json(key)}: {_json(value)}"
        between = ",\n"
    yield "{}\n" if between == "{\n" else "\n}\n"


def _json(item: object) -> str:
    return json.dumps(item, ensure_ascii=False)
