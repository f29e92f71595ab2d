"""Commands that write what the knowledge base knows in the formats of other tools."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from normalizer.cli.options import knowledge_options, open_base, together
from normalizer.cli.program import examples, main

if TYPE_CHECKING:
    from normalizer.export.spellings import Choice
    from normalizer.names.knowledge import Knowledge

ENGINES = (
    "solr", "lucene", "elasticsearch", "opensearch", "es-synonyms-api", "solr-managed",
    "meilisearch", "typesense", "typesense30", "postgresql-syn", "postgresql-ths", "sphinx",
    "manticore", "groonga", "xapian", "wordnet",
)  # fmt: skip
TOOLS = ("codespell", "typos", "cspell", "hunspell", "languagetool")


@main.group(help="Write names or findings in the formats of other tools.")
def export() -> None:
    """See the help text above."""


# Options of every command that chooses spellings of entities.
choice_options = together(
    click.option(
        "--entities",
        multiple=True,
        metavar="ID|TYPE|NAME|FILE",
        help="Only these: ids, types, canonical names, or a file of them, one a line.",
    ),
    click.option(
        "--min-score",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        help="Lowest score of a spelling taken alone: usual .9, rare .8, clipped .6, case forms "
        ".48.",
    ),
    click.option(
        "--most",
        type=click.IntRange(1),
        default=60,
        show_default=True,
        help="Most spellings of one name, the likeliest.",
    ),
    click.option(
        "--include-ambiguous",
        is_flag=True,
        help="Also spellings that are English words (poutine), other names, or of two names.",
    ),
    click.option("--former", is_flag=True, help="Also former names (Leningrad)."),
)

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; standard output else.",
)


@export.command(
    help="Write the spellings of all names as synonyms for a search engine.\n\n"
    "expand (default) lets a query in any spelling find texts in any other. contract replaces "
    "each spelling by the canonical one: alone at query time it finds nothing in an index of texts "
    "as they came, so use it on both sides, or with normalized texts. PostgreSQL, Sphinx and "
    "Manticore apply their dictionaries on both sides and only contract.\n\n"
    + examples(
        "normalizer export synonyms --engine elasticsearch -o names.txt",
        "normalizer export synonyms --engine postgresql-ths --entities person -o names.ths",
        "normalizer export synonyms --engine meilisearch --names own.csv",
    )
)
@click.option(
    "--engine", type=click.Choice(ENGINES), required=True, help="Which engine is to read it."
)
@click.option(
    "--mode",
    type=click.Choice(["expand", "contract"]),
    help="See above; the default is what the engine does best.",
)
@choice_options
@output_option
@knowledge_options
def synonyms(engine: str, mode: str | None, output: Path | None, **rest: Any) -> None:
    """See the help text above."""
    from normalizer.export.spellings import spelling_sets
    from normalizer.export.synonyms import synonyms as rendered

    knowledge = open_base(rest)
    refused = Counter[str]()
    with unwatched():
        sets = spelling_sets(knowledge, choice_of(rest, knowledge))
        write(rendered(sets, engine, mode or "", refused), output)
    show_left_out(sets.left_out + refused)


@export.command(
    "ignore-list",
    help="Write all known names as words a spell checker leaves alone.\n\n"
    "\b\n"
    "  codespell --ignore-words FILE      typos --config FILE\n"
    "  cspell: dictionaryDefinitions      hunspell -p FILE\n"
    "  LanguageTool: ignore.txt of the language\n\n"
    + examples(
        "normalizer export ignore-list --tool codespell -o names.txt",
        "normalizer export ignore-list --tool typos --names own.csv -o typos.toml",
    ),
)
@click.option("--tool", type=click.Choice(TOOLS), required=True, help="Which tool is to read it.")
@click.option(
    "--spellings/--no-spellings",
    default=False,
    show_default=True,
    help="Also the foreign spellings, as --min-score and --most choose them.",
)
@choice_options
@output_option
@knowledge_options
def ignore_list(tool: str, spellings: bool, output: Path | None, **rest: Any) -> None:
    """See the help text above."""
    from normalizer.export.spellcheckers import ignore_list as listed
    from normalizer.export.spellings import spelling_sets

    knowledge = open_base(rest)
    with unwatched():
        sets = spelling_sets(knowledge, choice_of(rest, knowledge))
        write(listed(sets, tool, spellings=spellings), output)


def choice_of(rest: dict[str, Any], knowledge: Knowledge) -> Choice:
    """What the options of `choice_options` ask for."""
    from normalizer.export.selection import select_entities
    from normalizer.export.spellings import Choice

    return Choice(
        min_score=rest["min_score"],
        ambiguous=rest["include_ambiguous"],
        former=rest["former"],
        most=rest["most"],
        entities=select_entities(rest["entities"], knowledge),
    )


@contextmanager
def unwatched() -> Iterator[None]:
    """Stop looking for garbage in circles.

    A walk over a whole base keeps millions of small records and makes no circle; looking through
    them again and again takes as long as all the rest.
    """
    watched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if watched:
            gc.enable()


def write(pieces: Iterable[str], output: Path | None) -> None:
    """Write text to a file, as a whole or not at all, or to standard output.

    Raises:
        DocumentError: If the file cannot be written.
    """
    from normalizer.errors import DocumentError
    from normalizer.sources import atomic_write

    if output is None:
        sys.stdout.buffer.writelines(piece.encode() for piece in pieces)
        return
    try:
        with atomic_write(output) as file:
            file.writelines(piece.encode() for piece in pieces)
    except OSError as error:
        raise DocumentError(
            f"{output}: cannot be written ({error.strerror}); check the folder and its free space"
        ) from error


def show_left_out(left_out: Counter[str]) -> None:
    """Say on standard error how many spellings stayed at home, and why."""
    told = [f"{count:,} {reason}" for reason, count in left_out.most_common() if count]
    if told:
        click.echo(f"spellings left out: {'; '.join(told)}", err=True)
