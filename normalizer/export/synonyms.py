"""Synonym files for search engines: one row an engine, one function a format.

Two modes. *expand* makes every spelling find all others and is for the query side of an index of
texts as they came. *contract* replaces each spelling by the canonical one; an index of texts as
they came then holds nothing to find, so it is for engines that apply it on both sides.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from normalizer.errors import UsageError
from normalizer.export import synonym_files, synonym_requests
from normalizer.export.spellings import SpellingSet
from normalizer.export.terms import EMPTY, Rows, Terms, words_of
from normalizer.names.fold import fold_phrase

EXPAND, CONTRACT = "expand", "contract"
BOTH = (EXPAND, CONTRACT)

Render = Callable[[Rows, bool, Counter[str]], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Engine:
    """How an engine takes synonyms.

    Attributes:
        render: Writes rows, expanded or contracted; counts what the engine cannot take.
        modes: What the engine can do, its default first.
        folds: Whether the engine sets diacritics aside by itself: then plain spellings are none.
        words: Whether its format has words only, in small letters and without punctuation.
        most: Most names it takes at once; 0 for no limit.
    """

    render: Render
    modes: tuple[str, ...] = BOTH
    folds: bool = False
    words: bool = False
    most: int = 0


ENGINES = {
    "solr": Engine(synonym_files.solr),
    "lucene": Engine(synonym_files.solr),
    "elasticsearch": Engine(synonym_files.solr),
    "opensearch": Engine(synonym_files.solr),
    "es-synonyms-api": Engine(synonym_requests.elasticsearch, most=10_000),
    "solr-managed": Engine(synonym_requests.solr),
    "meilisearch": Engine(synonym_requests.meilisearch, folds=True),
    "typesense": Engine(synonym_requests.typesense, folds=True),
    "typesense30": Engine(synonym_requests.typesense30, folds=True),
    "postgresql-syn": Engine(synonym_files.postgresql_syn, modes=(CONTRACT,), words=True),
    "postgresql-ths": Engine(synonym_files.postgresql_ths, modes=(CONTRACT,), words=True),
    "sphinx": Engine(synonym_files.sphinx, modes=(CONTRACT,), words=True),
    "manticore": Engine(synonym_files.sphinx, modes=(CONTRACT,), words=True),
    "groonga": Engine(synonym_requests.groonga),
    "xapian": Engine(synonym_files.xapian, words=True),
    "wordnet": Engine(synonym_files.wordnet, modes=(EXPAND,)),
}


def synonyms(
    sets: Iterable[SpellingSet], engine: str, mode: str = "", left_out: Counter[str] | None = None
) -> Iterator[str]:
    """The sets as an engine reads them, in pieces of text to be written one after the other.

    Args:
        sets: Names and their spellings.
        engine: A key of `ENGINES`.
        mode: ``expand`` or ``contract``; empty for the engine's default.
        left_out: Counts, by reason, the spellings the engine cannot take.

    Raises:
        UsageError: If the engine cannot do what is asked.
    """
    row = ENGINES[engine]
    mode = mode or row.modes[0]
    if mode not in row.modes:
        raise UsageError(
            f"--engine {engine} can only {row.modes[0]}; leave out --mode {mode}, "
            "or take another engine"
        )
    counts = Counter[str]() if left_out is None else left_out
    rows = _rows(sets, row, mode == CONTRACT, counts)
    if row.most:
        rows = iter(_at_most(rows, engine, row.most))
    return row.render(rows, mode == EXPAND, counts)


def _at_most(rows: Rows, engine: str, most: int) -> list[Terms]:
    listed = list(rows)
    if len(listed) > most:
        raise UsageError(
            f"--engine {engine} takes {most:,} names at once, here are {len(listed):,}; "
            "put them out in parts with --entities"
        )
    return listed


def _rows(
    sets: Iterable[SpellingSet], engine: Engine, replaces: bool, left_out: Counter[str]
) -> Iterator[Terms]:
    """The terms of each set that an engine tells apart."""
    taken: set[str] = set()
    for one in sets:
        terms: dict[str, str] = {}
        for form in (one.canonical, *one.spellings):
            if term := _term(form, engine):
                terms.setdefault(fold_phrase(term) if engine.folds else term.casefold(), term)
            else:
                left_out[EMPTY] += 1
        head = _term(one.canonical, engine)
        others = {key: term for key, term in terms.items() if term != head}
        if replaces:
            # One spelling cannot be replaced by two names: the first, a whole name, has it.
            others = {key: term for key, term in others.items() if key not in taken}
            taken |= others.keys()
        if head and others:
            yield Terms(head, tuple(others.values()))


def _term(form: str, engine: Engine) -> str:
    """The spelling on one line; empty if an engine would find no word in it."""
    term = " ".join(unicodedata.normalize("NFC", form).split())
    # Controls and invisible formats are not printable; a term without a letter has no word.
    if not term.isprintable() or not any(map(str.isalnum, term)):
        return ""
    return " ".join(words_of(term)) if engine.words else term
