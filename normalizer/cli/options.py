"""Options that several commands share, and the library's settings made from them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from normalizer.errors import UsageError

if TYPE_CHECKING:
    from normalizer.documents.piece import Options
    from normalizer.glitches.language_model.cache import ModelChoice
    from normalizer.names.knowledge import Knowledge
    from normalizer.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def together(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order of the help text."""

    def add(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return add


# How a command that answers one question prints its answer.
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for programs.",
)

# Options of every command that opens the knowledge base.
knowledge_options = together(
    click.option(
        "--names",
        type=click.Path(path_type=Path),
        help="Your own names (CSV or TOML: canonical, type, aliases, native); they win.",
    ),
    click.option(
        "--style",
        multiple=True,
        metavar="NAME|SPELLING",
        help="Prefer an English spelling (Kiev, Zelenskyy) or a named style.",
    ),
    click.option(
        "--seeds",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of tables to use in place of the shipped ones.",
    ),
)

# Options of every command that reads documents.
reading_options = together(
    click.option("--field", default="text", show_default=True, help="Text field of a row."),
    click.option("--id-field", default="", help="Id field of a row; else file and line."),
    click.option(
        "--encoding",
        default="utf-8",
        show_default=True,
        help="Encoding of text files without a byte order mark.",
    ),
)

# How sure a finding must be.
score_options = together(
    click.option(
        "--apply-level",
        type=click.FloatRange(0, 1),
        default=0.9,
        show_default=True,
        help="Rewrite a name from this score on.",
    ),
    click.option(
        "--propose-level",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        help="Report a finding from this score on.",
    ),
)

# Options of every command that decides on files.
level_options = together(
    score_options,
    click.option(
        "--flags/--no-flags",
        default=True,
        show_default=True,
        help="Look for glitches of translation and scraping, or for names only.",
    ),
    click.option(
        "--siblings",
        type=click.Choice(["auto", "folder", "off"]),
        default="auto",
        show_default=True,
        help="Which files tell one story: found out, those of one folder, or none.",
    ),
)


# Option of every command that can ask a language model.
model_option = click.option(
    "--model",
    default="",
    metavar="NAME|FOLDER",
    help="Language model for a second opinion on words; see: normalizer model list.",
)


def model_of(rest: dict[str, Any]) -> ModelChoice | None:
    """The language model that `model_option` asks for; None if it asks for none.

    Raises:
        ModelError: If there is no such model, or it is not whole.
        UsageError: If the packages that models need are not installed.
    """
    if not rest["model"]:
        return None
    if not rest.get("flags", True):
        raise UsageError("--model is asked about glitches; leave out --no-flags")
    import os

    from platformdirs import user_cache_path

    from normalizer.glitches.language_model import store as model_store
    from normalizer.glitches.language_model.cache import ModelChoice

    # Nothing is fetched while texts are read; the framework takes this word for it.
    os.environ["HF_HUB_OFFLINE"] = "1"
    model_store.require_extra("--model")
    cache = user_cache_path("normalizer", appauthor=False)
    return ModelChoice(model_store.find_model(cache / "models", rest["model"]), cache)


def open_base(rest: dict[str, Any]) -> Knowledge:
    """The knowledge base the options of `knowledge_options` ask for."""
    import logging

    from platformdirs import user_cache_path

    from normalizer.names.knowledge import open_knowledge

    logging.basicConfig(format="normalizer: %(message)s", level=logging.INFO)
    cache = user_cache_path("normalizer", appauthor=False)
    return open_knowledge(
        cache, seeds=rest.get("seeds"), names=rest.get("names"), style=rest.get("style", ())
    )


def settings_of(rest: dict[str, Any]) -> Settings:
    """The settings the options of `level_options` ask for."""
    from normalizer.settings import Settings

    fix = frozenset(one.strip() for one in rest.get("fix", "").split(",") if one.strip())
    return Settings(
        apply=rest["apply_level"],
        propose=rest["propose_level"],
        flags=rest["flags"],
        siblings=rest["siblings"],
        fix=fix,
    )


def options_of(rest: dict[str, Any]) -> Options:
    """How files are read, by the options of `reading_options`.

    Raises:
        UsageError: If there is no such encoding.
    """
    from normalizer.documents.piece import Options

    try:
        with suppress(UnicodeError):
            b" ".decode(rest["encoding"])
    except LookupError as error:
        raise UsageError(f"--encoding {rest['encoding']}: no such encoding, try cp1252") from error
    return Options(rest["field"], rest["id_field"], rest["encoding"])
