"""Write ``docs/cli.md`` from the help texts: ``python docs/generate_cli.py``.

The page is checked against the help by ``tests/test_docs.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from normalizer.cli import main

PAGE = Path(__file__).parent / "cli.md"
HEAD = """\
# The command line

Made from the help texts by `python docs/generate_cli.py`; edit those, not this page.

Results go to standard output, everything for people to standard error.

| exit code | meaning |
|---|---|
| 0 | clean |
| 1 | findings remain (`check`), or a name is unknown (`explain`, `variants`) |
| 2 | the command was not used as it should be |
| 3 | input or a table is bad; what could be done was done |
| 130 | interrupted |
"""


def contexts(
    command: click.Command, parent: click.Context | None = None
) -> Iterator[click.Context]:
    """The command and all commands below it, each with the context its help is made in."""
    name = command.name if parent else "normalizer"
    context = command.make_context(name, [], parent, resilient_parsing=True)
    context.max_content_width = context.terminal_width = 100
    yield context
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            yield from contexts(command.commands[sub], context)


def page() -> str:
    """The whole page."""
    sections = [HEAD]
    for context in contexts(main):
        marks = "##" if context.parent is None or context.parent.parent is None else "###"
        help_text = context.get_help().rstrip()
        sections.append(f"{marks} {context.command_path}\n\n```text\n{help_text}\n```\n")
    return "\n".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
