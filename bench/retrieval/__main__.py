"""Measure how many texts a search for a name misses because of its spelling, on real engines.

    python -m bench.retrieval SHARED [--engine lucene ...]

SHARED holds ``bench/flags`` and ``seeds``. Nothing is installed: an engine that is not there is
left out, with a line that says what to install. Figures only are printed, as Markdown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from bench.retrieval.corpus import Corpus, holds_spelling, read_seeds, read_siblings
from bench.retrieval.engines import Engine, Fts5, Lucene, Tantivy, Xapian
from bench.retrieval.postgres import Postgres
from normalizer.export.query import expand_query
from normalizer.export.query_syntax import render
from normalizer.export.spellings import Choice, spelling_sets
from normalizer.export.synonyms import synonyms
from normalizer.names.knowledge import Knowledge, open_knowledge

ENGINES: dict[str, Engine] = {
    "lucene": Lucene(),
    "fts5": Fts5(),
    "tantivy": Tantivy(),
    "postgresql": Postgres(),
    "xapian": Xapian(),
}
Found = list[frozenset[int]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a way of searching finds, over all queries together.

    Attributes:
        found: Pairs of query and text that were found.
        right: Those of them that are relevant.
        relevant: Pairs that are relevant.
        recovered: Relevant pairs found here and missed by the engine on texts as they came.
        missed: Relevant pairs that engine misses.
        recovered_spelled, missed_spelled: The same, of texts in which the name stands misspelled.
    """

    found: int
    right: int
    relevant: int
    recovered: int
    missed: int
    recovered_spelled: int
    missed_spelled: int

    def row(self, title: str) -> str:
        """One line of the table."""
        cells = [
            title,
            f"{self.right / max(self.relevant, 1):.1%}",
            f"{self.right / max(self.found, 1):.1%}",
            f"{self.recovered} of {self.missed}",
            f"{self.recovered_spelled} of {self.missed_spelled}",
        ]
        return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval", description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--engine", action="append", choices=sorted(ENGINES), default=[])
    options = parser.parse_args(arguments)
    knowledge = open_knowledge(user_cache_path("normalizer", appauthor=False))
    corpora = [read_siblings(options.shared, knowledge), read_seeds(options.shared)]
    for name in options.engine or ENGINES:
        engine = ENGINES[name]
        if reason := engine.missing():
            print(f"{engine.title}: left out ({reason})", file=sys.stderr)
            continue
        for corpus in corpora:
            for line in table(engine, corpus, knowledge):
                print(line, flush=True)
    return 0


def table(engine: Engine, corpus: Corpus, knowledge: Knowledge) -> Iterator[str]:
    """The figures of one engine on one corpus."""
    queries = [engine.phrase(query.name) for query in corpus.queries]
    pairs = sum(len(query.relevant) for query in corpus.queries)
    yield f"\n### {engine.title}, {corpus.title}"
    yield f"\n{len(corpus.raw)} texts, {len(queries)} names, {pairs} relevant pairs\n"
    yield "| | recall | precision | missed texts recovered | of those with a spelling of it |"
    yield "|---|---|---|---|---|"
    raw = engine.search(corpus.raw, queries, "")
    compare = _comparison(corpus, raw, knowledge)
    yield compare(raw).row("texts as they came")
    if engine.synonyms:
        exported = "".join(synonyms(spelling_sets(knowledge, Choice()), engine.synonyms))
        yield compare(engine.search(corpus.raw, queries, exported)).row("... + engine synonyms")
    wide = []
    if engine.language:
        expanded = [expand_query(query, knowledge) for query in queries]
        wide = [render(one, engine.language) for one in expanded]
        yield compare(engine.search(corpus.raw, wide, "")).row("... + query expansion")
    yield compare(engine.search(corpus.normalized, queries, "")).row("normalized")
    if engine.synonyms:
        found = engine.search(corpus.normalized, queries, exported)
        yield compare(found).row("... + engine synonyms")
    if wide:
        yield compare(engine.search(corpus.normalized, wide, "")).row("... + query expansion")


def _comparison(corpus: Corpus, raw: Found, knowledge: Knowledge) -> Callable[[Found], Figures]:
    """Counts against the judgements and against what the engine finds in texts as they came."""
    missed = {
        (at, text) for at, query in enumerate(corpus.queries) for text in query.relevant - raw[at]
    }
    spelled = {
        (at, text)
        for at, text in sorted(missed)
        if holds_spelling(corpus.raw[text], corpus.queries[at].name, knowledge)
    }

    def compare(found: Found) -> Figures:
        pairs = {(at, text) for at, texts in enumerate(found) for text in texts}
        relevant = {(at, t) for at, query in enumerate(corpus.queries) for t in query.relevant}
        return Figures(
            len(pairs),
            len(pairs & relevant),
            len(relevant),
            len(pairs & missed),
            len(missed),
            len(pairs & spelled),
            len(spelled),
        )

    return compare


if __name__ == "__main__":
    sys.exit(main())
