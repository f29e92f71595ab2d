"""The command that widens a query."""

from __future__ import annotations

from typing import Any

import click

from normalizer.cli.export import choice_of, choice_options
from normalizer.cli.options import knowledge_options, open_base
from normalizer.cli.program import examples, main

LANGUAGES = ("es", "fts5", "tantivy", "lucene", "websearch", "xapian")


@main.command(
    help="Widen a query by every spelling of the names in it.\n\n"
    'QUERY is words, "phrases" and -excluded words; your own words stay in it. Write -- before a '
    "query that begins with a hyphen.\n\n"
    + examples(
        "normalizer query 'novitchok' --to fts5",
        "normalizer query 'Prigojine \"groupe Wagner\"' --to lucene",
        "normalizer query 'Vladimir Putin' --to es --field body",
    )
)
@click.argument("query")
@click.option(
    "--to",
    "language",
    type=click.Choice(LANGUAGES),
    required=True,
    help="Query language to write: Elasticsearch and OpenSearch (JSON), SQLite FTS5, tantivy, "
    "Lucene and Solr, Xapian, or that of search boxes and PostgreSQL.",
)
@click.option("--field", default="text", show_default=True, help="Field to search (es).")
@choice_options
@knowledge_options
def query(query: str, language: str, field: str, **rest: Any) -> None:
    """See the help text above."""
    from normalizer.export.query import expand_query
    from normalizer.export.query_syntax import render

    knowledge = open_base(rest)
    expanded = expand_query(query, knowledge, choice_of(rest, knowledge))
    click.echo(render(expanded, language, field))
