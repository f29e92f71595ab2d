"""The command line: every case of ``cli/*.toml``, in this process, in a folder of its own.

A case may set ``args`` (``{seeds}`` is the tiny folder of tables; it is added by itself to every
command that takes tables), ``files`` and ``bytes`` (path -> content; bytes in hexadecimal),
``stdin``, and expects ``exit``, ``stdout``, ``stderr`` and ``written`` (path -> content of every
file that is new or changed, when given). In expected text ``...`` stands for anything, a line
``...`` for any number of lines.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

import normalizer
from normalizer import cli, sources
from normalizer.cli import main

CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}-{case['name']}": case
    for path in sorted((Path(__file__).parent / "cli").glob("*.toml"))
    for case in tomllib.loads(path.read_text("utf-8"))["case"]
}
FIELDS = {"name", "args", "files", "bytes", "stdin", "exit", "stdout", "stderr", "written"}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, and a cache that is not the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fits(expected: str, actual: str) -> bool:
    """Whether a text is as expected, ``...`` standing for anything."""
    lines = [
        r"(?:.*\n)*" if line == "...\n" else ".*".join(map(re.escape, line.split("...")))
        for line in expected.splitlines(keepends=True)
    ]
    return re.fullmatch("".join(lines), actual) is not None


def takes_tables(args: list[str]) -> bool:
    command: click.Command = main
    for arg in args:
        if not isinstance(command, click.Group):
            break
        found = command.commands.get(arg)
        if found is None:
            return False
        command = found
    return any("--seeds" in option.opts for option in command.params)


def called(args: list[str], tiny_seeds: Path, stdin: str = "") -> Any:
    args = [arg.replace("{seeds}", str(tiny_seeds)) for arg in args]
    if takes_tables(args) and "--seeds" not in args and "--help" not in args:
        args += ["--seeds", str(tiny_seeds)]
    return CliRunner().invoke(main, args, input=stdin, prog_name="normalizer")


def content_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_case(case: dict[str, Any], place: Path, tiny_seeds: Path) -> None:
    assert set(case) <= FIELDS
    given = {path: text.encode() for path, text in case.get("files", {}).items()}
    given |= {path: bytes.fromhex(text) for path, text in case.get("bytes", {}).items()}
    for path, content in given.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content)
    result = called(case["args"], tiny_seeds, case.get("stdin", ""))
    told = f"exit {result.exit_code}\n--- stdout\n{result.stdout}--- stderr\n{result.stderr}"
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == case.get("exit", 0), told
    # As bytes, for the runner makes one newline of all.
    assert fits(case.get("stdout", ""), result.stdout_bytes.decode()), told
    assert fits(case.get("stderr", ""), result.stderr), told
    new = {path: new for path, new in content_of(place).items() if given.get(path) != new}
    if "written" in case:
        assert sorted(new) == sorted(case["written"])
        for path, expected in case["written"].items():
            assert fits(expected, new[path].decode()), new[path].decode()
    else:
        assert new == {}


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a...d\n", "a b c d\n", True),
        ("a...d\n", "a\nd\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nd\n", True),
        ("...\nd\n", "a\nb\nd\n", True),
        ("...\nd\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("a (b) [c]\n", "a (b) [c]\n", True),
        ("", "a\n", False),
    ],
)
def test_expected_text_is_compared_as_it_says(expected: str, actual: str, same: bool) -> None:
    assert fits(expected, actual) is same


def commands(group: click.Group = main, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name)


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_every_command_has_a_case_that_succeeds_one_that_fails_and_help(
    command: tuple[str, ...], tiny_seeds: Path
) -> None:
    size = len(command)
    exits = {
        case.get("exit", 0) for case in CASES.values() if tuple(case["args"][:size]) == command
    }
    assert 0 in exits
    assert exits & {2, 3}
    shown = called([*command, "--help"], tiny_seeds)
    assert shown.exit_code == 0
    assert f"Usage: normalizer {' '.join(command)}" in shown.stdout
    assert "Examples:" in shown.stdout


def test_findings_printed_are_as_the_schema_says(place: Path, tiny_seeds: Path) -> None:
    schema = Path(normalizer.__file__).parent / "report" / "finding.schema.json"
    validator = Draft202012Validator(json.loads(schema.read_text("utf-8")))
    (place / "a.txt").write_text("Vladimir Poutine met Evgueni Prigojine in Moscou.", "utf-8")
    result = called(["check", "--format", "jsonl", "a.txt"], tiny_seeds)
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    for line in lines:
        validator.validate(json.loads(line))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_completes_this_program(shell: str, tiny_seeds: Path) -> None:
    result = called(["completion", shell], tiny_seeds)
    assert result.exit_code == 0
    assert f"_NORMALIZER_COMPLETE={shell}_complete" in result.stdout


def test_an_interrupt_is_told_by_the_exit_code(
    place: Path, tiny_seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sources, "collect", interrupted)
    (place / "a.txt").write_bytes(b"x")
    assert called(["check", "a.txt"], tiny_seeds).exit_code == cli.INTERRUPTED == 130


def test_input_that_is_no_text_goes_through_the_pipe(tiny_seeds: Path) -> None:
    raw = b"M. Vladimir Poutine \xe9t\xe9\r\n"
    result = CliRunner().invoke(main, ["pipe", "--seeds", str(tiny_seeds)], input=raw)
    assert result.stdout_bytes == raw.replace(b"Poutine", b"Putin")
    assert "standard input: line 1: not valid UTF-8" in result.stderr


# -- as a program of its own -----------------------------------------------------------------


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "normalizer", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"normalizer, version {normalizer.__version__}\n"


def test_a_reader_that_has_seen_enough_is_no_failure(place: Path, tiny_seeds: Path) -> None:
    # More than a pipe holds, so that the write fails while the program runs.
    (place / "a.txt").write_text("Vladimir Poutine came.\n" * 5000, "utf-8")
    args = [sys.executable, "-m", "normalizer", "check", "a.txt", "--seeds", str(tiny_seeds)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b"a.txt:1:10: Poutine -> Putin")
        process.stdout.close()
        assert process.stderr.read().replace(b"\r", b"").count(b"Traceback") == 0
        assert process.wait() == 0


def test_a_cache_that_cannot_be_written_costs_only_time(
    place: Path, tiny_seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "cache").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    monkeypatch.setenv("TMPDIR", str(place))
    done = subprocess.run(
        [sys.executable, "-m", "normalizer", "explain", "Prigojine", "--seeds", str(tiny_seeds)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert "Yevgeny Prigozhin" in done.stdout
    assert f"{place / 'cache'}" in done.stderr
    assert f": using {place}" in done.stderr
