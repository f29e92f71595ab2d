"""Known names as spell checkers read them, and that they then leave the names alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.cli import export as command
from normalizer.export.spellcheckers import TOOLS, ignore_list
from normalizer.export.spellings import SpellingSet

SETS = (
    SpellingSet("Enver Hoxha", ("per:1",), ("Enver Hodja",)),
    SpellingSet("Wagner Group", ("org:1",), ("groupe Wagner",)),
    SpellingSet("O'Neil-Þór [x]", ("per:2",), ()),
)
TEXT = "Enver Hoxha met the Wagner Group.\nThey recieved fuel.\n"


def listed(tool: str, *, spellings: bool = False) -> str:
    return "".join(ignore_list(SETS, tool, spellings=spellings))


def test_the_command_offers_every_tool() -> None:
    assert set(command.TOOLS) == set(TOOLS)


def test_codespell_reads_small_letters() -> None:
    assert listed("codespell") == "enver\ngroup\nhoxha\nneil\nwagner\nþór\n"


def test_typos_reads_identifiers() -> None:
    table = tomllib.loads(listed("typos"))["default"]["extend-identifiers"]
    assert table == {name: name for name in ("Enver", "Group", "Hoxha", "Neil", "Wagner", "Þór")}


@pytest.mark.parametrize("tool", ["cspell", "hunspell", "languagetool"])
def test_others_read_a_word_a_line(tool: str) -> None:
    lines = [line for line in listed(tool).splitlines() if not line.startswith("#")]
    assert lines == ["Enver", "Group", "Hoxha", "Neil", "Wagner", "Þór"]


def test_foreign_spellings_only_when_asked_for_and_never_their_small_words() -> None:
    assert "hodja" not in listed("codespell")
    assert "hodja" in listed("codespell", spellings=True)
    assert "groupe" not in listed("codespell", spellings=True)


@given(st.lists(st.text(max_size=15), max_size=5), st.sampled_from(sorted(TOOLS)))
def test_any_names_make_a_sound_file(names: list[str], tool: str) -> None:
    sets = [SpellingSet(name, ("x",), ()) for name in names]
    text = "".join(ignore_list(sets, tool, spellings=True))
    if tool == "typos":
        tomllib.loads(text)
    else:
        assert all(line.startswith("# ") or line.isalpha() for line in text.splitlines())


def test_codespell_leaves_the_names_alone(tmp_path: Path) -> None:
    pytest.importorskip("codespell_lib")
    (tmp_path / "text").write_text(TEXT, "utf-8")
    (tmp_path / "names").write_text(listed("codespell"), "utf-8")

    def complaints(*options: str) -> list[str]:
        command = [sys.executable, "-m", "codespell_lib", *options, "text"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return [line.split(": ")[1].split()[0] for line in done.stdout.splitlines()]

    assert complaints() == ["Enver", "recieved"]
    assert complaints("--ignore-words", "names") == ["recieved"]


@pytest.mark.skipif(not shutil.which("hunspell"), reason="no hunspell")
def test_hunspell_leaves_the_names_alone(tmp_path: Path) -> None:
    (tmp_path / "text").write_text(TEXT, "utf-8")
    (tmp_path / "names").write_text(listed("hunspell"), "utf-8")

    def complaints(*options: str) -> list[str]:
        command = ["hunspell", "-d", "en_US", "-i", "utf-8", *options, "-l", "text"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        if "Can't open" in done.stderr:
            pytest.skip("no English dictionary for hunspell")
        return done.stdout.split()

    assert set(complaints()) >= {"Enver", "recieved"}
    assert complaints("-p", str(tmp_path / "names")) == ["recieved"]
