"""Synonym files that engines read from disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from normalizer.export.terms import SEVERAL, Rows, linked

# Synset ids of WordNet's noun file; Lucene's reader takes exactly nine digits.
FIRST_SYNSET = 100_000_001
# PostgreSQL's english.stop: a thesaurus that has one of them in a phrase does not load; `?` stands
# for any of them.
STOP_WORDS = frozenset(
    "i me my myself we our ours ourselves you your yours yourself yourselves he him his himself "
    "she her hers herself it its itself they them their theirs themselves what which who whom "
    "this that these those am is are was were be been being have has had having do does did "
    "doing a an the and but if or because as until while of at by for with about against between "
    "into through during before after above below to from up down in out on off over under again "
    "further then once here there when where why how all any both each few more most other some "
    "such no nor not only own same so than too very s t can will just don should now".split()
)


def solr(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """The format of Solr, which Lucene, Elasticsearch and OpenSearch read too."""
    for row in rows:
        others = ", ".join(map(escape_solr, row.others))
        head = escape_solr(row.head)
        yield f"{head}, {others}\n" if expand else f"{others} => {head}\n"


def escape_solr(term: str) -> str:
    """A term without meaning for Lucene's SolrSynonymParser; ``#`` begins a comment there."""
    escaped = term.replace("\\", "\\\\").replace(",", "\\,").replace("=>", "\\=>")
    return f"\\{escaped}" if escaped.startswith("#") else escaped


def wordnet(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """WordNet's prolog database of synsets; whether it expands is said to the reader of it."""
    for synset, row in enumerate(rows, FIRST_SYNSET):
        for number, term in enumerate((row.head, *row.others), 1):
            quoted = term.replace("'", "''")
            yield f"s({synset},{number},'{quoted}',n,1,0).\n"


def sphinx(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """Word forms of Sphinx and Manticore, applied to documents and queries alike."""
    return (f"{other} > {row.head}\n" for row in rows for other in row.others)


def postgresql_syn(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """A synonym dictionary of PostgreSQL: a word and the word that replaces it.

    What the dictionary knows goes into the index as it stands, unstemmed; so the canonical word
    replaces itself.
    """
    for row in rows:
        singles = [] if " " in row.head else [one for one in row.others if " " not in one]
        left_out[SEVERAL] += len(row.others) - len(singles)
        for word in (row.head, *singles) if singles else ():
            yield f"{word} {row.head}\n"


def postgresql_ths(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """A thesaurus of PostgreSQL over its English stemmer: phrases, and what replaces them."""
    for row in rows:
        target = " ".join(word for word in row.head.split() if word not in STOP_WORDS)
        samples = (
            " ".join("?" if word in STOP_WORDS else word for word in other.split())
            for other in row.others
        )
        for sample in dict.fromkeys(samples):
            if target and sample != target and sample.strip("? "):
                yield f"{sample} : {target}\n"


def xapian(rows: Rows, expand: bool, left_out: Counter[str]) -> Iterator[str]:
    """Lines of term, tab, synonym for ``add_synonym``; Xapian has no file of its own for them.

    A synonym is one term of the index there, so phrases can only be asked for, not found.
    """
    for term, synonyms in linked(rows, expand).items():
        for synonym in synonyms:
            if " " in synonym:
                left_out[SEVERAL] += 1
            else:
                yield f"{term}\t{synonym}\n"
