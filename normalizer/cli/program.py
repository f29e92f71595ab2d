"""The program: a group of commands, its exit codes, and what a wrong call says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from normalizer import __version__
from normalizer.errors import NormalizerError, UsageError

FOUND, USAGE, BAD_INPUT, INTERRUPTED = 1, 2, 3, 130


class Program(click.Group):
    """The group of commands, with the exit codes of the design and near misses suggested."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a typing error name the nearest one."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            if near:
                ctx.fail(f"No such command '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, **kwargs: Any) -> NoReturn:  # type: ignore[override]
        """Run the program and leave with the exit code that says what happened."""
        from normalizer.report.safe_text import safe_text

        try:
            code = super().main(args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.Abort:
            code = INTERRUPTED
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except NormalizerError as error:
            for line in str(error).splitlines():
                click.echo(f"error: {safe_text(line)}", err=True)
            code = USAGE if isinstance(error, UsageError) else BAD_INPUT
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A reader (head, less) that has seen enough is no failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            import os

            # What is still in the buffer must not fail again when Python shuts down.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


def examples(*lines: str) -> str:
    """A block of examples for a help text; click keeps it as it is."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="One spelling for every name in machine-translated news, with proof and without harm.\n\n"
    + examples(
        "normalizer run news/ -o clean/        rewrite a folder, with a report that can be undone",
        "normalizer check news/                only list the findings",
        "normalizer check --diff news/         show what would change",
        "normalizer explain Prigojine          which entity, by which convention, how sure",
        "normalizer variants 'Vladimir Putin'  every spelling of it, by language",
        "cat story.txt | normalizer pipe       text in, text out",
    ),
)
@click.version_option(__version__, prog_name="normalizer")
def main() -> None:
    """See the help text above."""
