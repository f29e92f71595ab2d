"""Documents are true: the page of commands is generated, and what a page shows to run runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from normalizer.cli import main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
# The markdown comment `<!-- ci: ... -->` marks what the build runs in an environment of its own.
BLOCK = re.compile(r"(<!-- ci: \w+ -->\n)?^```console\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def commands(
    command: click.Command = main, parent: click.Context | None = None
) -> Iterator[click.Context]:
    name = command.name if parent else "normalizer"
    context = command.make_context(name, [], parent, resilient_parsing=True)
    yield context
    if isinstance(command, click.Group):
        for sub in command.commands.values():
            yield from commands(sub, context)


COMMANDS = [pytest.param(one, id=one.command_path) for one in commands()]


def test_the_page_of_commands_is_the_help() -> None:
    page = DOCS / "cli.md"
    before = page.read_bytes()
    code = (
        "import runpy, sys\nsys.stdout.buffer.write(runpy.run_path(sys.argv[1])['page']().encode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(DOCS / "generate_cli.py")], capture_output=True, check=True
    )
    assert done.stdout == before, "run: python docs/generate_cli.py"


@pytest.mark.parametrize("context", COMMANDS)
def test_every_command_and_option_says_what_it_does(context: click.Context) -> None:
    assert context.command.help
    page = (DOCS / "cli.md").read_text("utf-8")
    assert f"# {context.command_path}\n" in page
    for option in context.command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert all(name in page for name in option.opts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


# -- what a page shows to run ----------------------------------------------------------------


def blocks() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for number, block in enumerate(BLOCK.finditer(page.read_text("utf-8")), 1):
            if not block.group(1):
                yield f"{page.name}-{number}", block.group(2)


def steps(block: str) -> Iterator[tuple[str, str]]:
    """Each command with the lines that should follow it."""
    command, expected = "", ""
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:].strip(), ""
        elif command.endswith("\\") and not expected:
            command += "\n" + line.strip()
        else:
            expected += line
    yield command, expected


def fits(expected: str, actual: str) -> bool:
    """Whether output is as shown: ``...`` is any text in a line, or any number of whole lines."""
    lines = [
        r"(?:.*\n)*" if line == "...\n" else ".*".join(map(re.escape, line.split("...")))
        for line in expected.splitlines(keepends=True)
    ]
    return re.fullmatch("".join(lines), actual) is not None


@pytest.mark.parametrize("block", [pytest.param(text, id=name) for name, text in blocks()])
def test_what_a_page_shows_is_what_happens(block: str, tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / "examples"
    shutil.copytree(ROOT / "examples", folder)
    programs = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    env = os.environ | {
        "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
        "XDG_CACHE_HOME": str(cache),
        "PYTHONPATH": str(ROOT),
    }
    for command, expected in steps(block):
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stdout
        # Said once, by whichever call comes first; no page needs to show it.
        lines = done.stdout.splitlines(keepends=True)
        shown = "".join(one for one in lines if not one.startswith("normalizer: compiling"))
        assert fits(expected, shown), f"$ {command}\n{shown}"


def test_the_readme_shows_something_to_run() -> None:
    assert [name for name, _ in blocks() if name.startswith("README")]


# -- and the comparison itself ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("", "", True),
        ("", "a\n", False),
        ("a ... c\n", "a b c\n", True),
        ("a ... c\n", "a b\nc\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_output_is_compared_as_it_says(expected: str, actual: str, same: bool) -> None:
    assert fits(expected, actual) is same


def test_a_block_is_parted_into_commands() -> None:
    block = "$ one \\\n  more\nout 1\n$ two\n$ three\nout 3\n\nmore\n"
    assert list(steps(block)) == [
        ("one \\\nmore", "out 1\n"),
        ("two", ""),
        ("three", "out 3\n\nmore\n"),
    ]
