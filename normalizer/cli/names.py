"""Commands on names: explain, variants, match, compare, kb."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from normalizer.cli.console import print_answer, show_faults, tab_rows
from normalizer.cli.options import (
    format_option,
    knowledge_options,
    model_of,
    model_option,
    open_base,
)
from normalizer.cli.program import BAD_INPUT, FOUND, examples, main
from normalizer.errors import UsageError

# Pairs compared together: enough to keep numpy busy, few enough to answer while reading.
ROWS_AT_ONCE = 1024


@main.command(
    help="Say which entity a name is, by which convention, and how sure; or, with --sentence, "
    "which words of a sentence are unexpected and what might have been meant.\n\n"
    + examples(
        "normalizer explain Prigojine",
        "normalizer explain 'Alexeï Navalny'",
        "normalizer explain --sentence 'He dealt the first strike.' --model smollm2-135m",
    )
)
@click.argument("name", default="")
@click.option("--sentence", default="", metavar="TEXT", help="A sentence in place of a name.")
@model_option
@format_option
@knowledge_options
def explain(name: str, sentence: str, form: str, **rest: Any) -> int:
    """See the help text above."""
    if bool(name) == bool(sentence):
        raise UsageError("give a NAME or --sentence TEXT")
    if sentence:
        from normalizer.report import sentence_view

        choice = model_of(rest)
        opinion = choice.open() if choice else None
        answer = sentence_view.read_sentence(sentence, open_base(rest), model=opinion)
        print_answer(answer, form, sentence_view.sentence_lines)
        return 0
    if rest["model"]:
        raise UsageError("--model is for --sentence; names need none")
    from normalizer.report import lookup

    answer = lookup.explain(name, open_base(rest))
    print_answer(answer, form, lookup.explanation_lines)
    return 0 if answer["readings"] else FOUND


@main.command(
    help="List every spelling of an entity, by language.\n\n"
    + examples(
        "normalizer variants 'Vladimir Putin'",
        "normalizer variants Novichok --format json",
    )
)
@click.argument("name")
@format_option
@knowledge_options
def variants(name: str, form: str, **rest: Any) -> int:
    """See the help text above."""
    from normalizer.report import lookup

    answer = lookup.variants(name, open_base(rest))
    print_answer(answer, form, lookup.variant_lines)
    return 0 if answer["entities"] else FOUND


@main.command(
    help="Find each name of standard input in your own list, or say that it is not there.\n\n"
    "Reads lines of QUERY-ID TAB NAME, writes QUERY-ID TAB ENTITY-ID TAB SCORE; the score is the "
    "probability that the entity is meant, and no entity id means that none comes near.\n\n"
    + examples(
        "printf 'q1\\tEvgueni Prigojine\\n' | normalizer match --against people.csv",
        "normalizer match --against people.tsv --limit 5 < names.tsv",
    )
)
@click.option(
    "--against",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Entities to search (TSV, CSV or JSONL: id, name, and if known type, native, lang).",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Most entities named for a query.",
)
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Name no entity below this score.",
)
def match(against: Path, limit: int, min_score: float) -> int:
    """See the help text above."""
    from normalizer.names.entity_lists import read_entities
    from normalizer.names.matcher import match_lines

    faults: list[str] = []
    queries = ((row[0], row[1]) for row in tab_rows(2, faults))
    for query, entity, score in match_lines(read_entities(against), queries, limit=limit):
        click.echo(f"{query}\t{entity if score >= min_score else ''}\t{score:.6f}")
    show_faults(faults)
    return BAD_INPUT if faults else 0


@main.command(
    help="Say for each pair of names on standard input how likely they name one entity.\n\n"
    "Reads lines of PAIR-ID TAB TYPE TAB NAME TAB NAME, writes PAIR-ID TAB SCORE. A type is "
    "person, organisation or place (PER, ORG, LOC).\n\n"
    + examples("printf '1\\tperson\\tPoutine\\tPutin\\n' | normalizer compare")
)
def compare() -> int:
    """See the help text above."""
    from itertools import islice

    from normalizer.names.matcher import Matcher

    faults: list[str] = []
    matcher, rows = Matcher(()), tab_rows(4, faults)
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        scores = matcher.compare_many([(left, right, kind) for _, kind, left, right in batch])
        for (pair, *_), score in zip(batch, scores, strict=True):
            click.echo(f"{pair}\t{score:.6f}")
    show_faults(faults)
    return BAD_INPUT if faults else 0


@main.group(help="About the knowledge base.")
def kb() -> None:
    """See the help text above."""


@kb.command(help="Show what the knowledge base holds.\n\n" + examples("normalizer kb info"))
@knowledge_options
def info(**rest: Any) -> int:
    """See the help text above."""
    knowledge = open_base(rest)
    for name, value in knowledge.facts().items():
        click.echo(f"{name:14} {value}")
    for layer in knowledge.layers:
        click.echo(f"{'file':14} {layer}")
    return 0
