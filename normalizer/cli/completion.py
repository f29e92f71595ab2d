"""The command that prints completion scripts."""

from __future__ import annotations

import click

from normalizer.cli.program import examples, main
from normalizer.errors import UsageError


@main.command(
    help="Print the completion script of a shell.\n\n"
    + examples('eval "$(normalizer completion bash)"')
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """See the help text above."""
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    if script is None:
        raise UsageError(f"no completion for {shell}")
    click.echo(script(main, {}, "normalizer", "_NORMALIZER_COMPLETE").source())
    return 0
