"""Keys of a person and keys from a pipe, and how lines are written for them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from normalizer.cli.keyboard import Keyboard, KeyLines, _read_key, console_for
from normalizer.review.card import Line


@pytest.mark.parametrize(
    ("plain", "variables", "bold"),
    [
        (False, {}, True),
        (True, {}, False),
        (False, {"NO_COLOR": ""}, False),
        (False, {"TERM": "dumb"}, False),
    ],
)
def test_bold_type_is_left_out_where_it_is_not_wanted(
    plain: bool, variables: dict[str, str], bold: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    written: list[str] = []
    monkeypatch.setattr("click.echo", written.append)
    Keyboard(plain).show([Line("  [word] stays", (2, 8)), Line("nothing")])
    assert written == ["  \x1b[1m[word]\x1b[0m stays" if bold else "  [word] stays", "nothing"]


@pytest.mark.parametrize(
    ("given", "prefilled"),
    [("Newname", "Newname"), ("a\x1b[2J", ""), ("\N{RIGHT-TO-LEFT MARK}", "")],
)
def test_the_line_to_edit_begins_with_no_hostile_text(
    given: str, prefilled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    readline = pytest.importorskip("readline")
    hooks: list[Callable[[], None] | None] = []
    inserted: list[str] = []
    monkeypatch.setattr(readline, "set_startup_hook", hooks.append)
    monkeypatch.setattr(readline, "insert_text", inserted.append)

    def typed(prompt: str) -> str:
        if hook := hooks[-1]:
            hook()
        return prompt + "typed"

    monkeypatch.setattr("builtins.input", typed)
    monkeypatch.setattr("normalizer.cli.keyboard._whole_lines", nullcontext)
    assert Keyboard(plain=True).line("write: ", given) == "write: typed"
    assert inserted == [prefilled]
    assert hooks[-1] is None


def test_a_line_that_is_given_up_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", ended)
    monkeypatch.setattr("normalizer.cli.keyboard._whole_lines", nullcontext)
    assert Keyboard(plain=True).line("write: ") is None


def test_the_pipe_may_hold_bytes_that_are_no_text() -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"\n \n\xff\ne  caf\xc3\xa9 \r\n"))
    console = console_for(stdin, plain=True)
    assert isinstance(console, KeyLines)
    assert [console.key(""), console.key(""), console.line(""), console.key("")] == [
        "\N{REPLACEMENT CHARACTER}",
        "e",
        "café",
        "",
    ]


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b"yn", ["y", "n", ""]),
        (b"\x1b[Ay", [None, "y", ""]),
        (b"\x1b[1;5Dy", [None, "y", ""]),
        (b"\x1bOPy", [None, "y", ""]),
        (b"\x1bqy", [None, "y", ""]),
        (b"\xc3\xa9\xe6\x99\xae\xf0\x9f\x98\x80y", ["é", "普", "\N{GRINNING FACE}", "y"]),
        (b"\xff", ["\N{REPLACEMENT CHARACTER}"]),
    ],
)
def test_one_key_is_read_at_a_time(typed: bytes, keys: list[str | None]) -> None:
    read, write = os.pipe()
    os.write(write, typed)
    os.close(write)
    assert [_read_key(read) for _ in keys] == keys
    os.close(read)


def test_an_escape_that_nothing_follows_is_a_key() -> None:
    read, write = os.pipe()
    os.write(write, b"\x1b")
    assert _read_key(read) == "\x1b"
    os.close(write)
    os.close(read)
