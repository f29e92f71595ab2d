"""A person at a real terminal: keys without Enter, undo, quitting, going on, and then apply."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = f"{sys.executable} -m normalizer"
PROMPT = "y n e s A ? > "
PATIENCE = 30

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


class Terminal:
    """A shell in a terminal of its own, and what it wrote."""

    def __init__(self, folder: Path, cache: Path, width: int) -> None:
        self._server = ["tmux", "-S", str(folder / "socket"), "-f", os.devnull]
        self.written = ""
        env = os.environ | {
            "XDG_CACHE_HOME": str(cache),
            "PYTHONPATH": str(ROOT),
            "PS1": "",
            "LC_ALL": "C.UTF-8",
        }
        # pytest-xdist tells its workers a width that is not this terminal's.
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            env.pop(name, None)
        start = ["new-session", "-d", "-x", str(width), "-y", "50", "-c", str(folder), "sh"]
        subprocess.run([*self._server, *start], check=True, env=env)
        pipe = folder / "written"
        os.mkfifo(pipe)
        self._pipe = os.open(pipe, os.O_RDWR)
        self.tmux("pipe-pane", f"cat > '{pipe}'")

    def tmux(self, *words: str) -> str:
        done = subprocess.run([*self._server, *words], check=True, capture_output=True, text=True)
        return done.stdout

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def wait_for(self, text: str) -> str:
        """What was written up to a text; the next call reads on from there."""
        while text not in self.written:
            ready, _, _ = select.select([self._pipe], [], [], PATIENCE)
            assert ready, f"no {text!r} in {self.written!r}"
            self.written += os.read(self._pipe, 65536).decode("utf-8", "replace")
        before, _, self.written = self.written.partition(text)
        return before

    def run(self, command: str) -> None:
        self.press("-l", command)
        self.press("Enter")

    def screen(self) -> str:
        """What the terminal shows once it has caught up with what was written."""
        for _ in range(1000):
            shown = self.tmux("capture-pane", "-p")
            if PROMPT.strip() in shown:
                break
        return shown

    def close(self) -> None:
        self.tmux("kill-server")
        os.close(self._pipe)


@pytest.fixture
def terminal(tmp_path: Path, cache: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    shutil.copytree(ROOT / "examples", tmp_path, dirs_exist_ok=True)
    opened = Terminal(tmp_path, cache, getattr(request, "param", 80))
    yield opened
    opened.close()


def called(folder: Path, cache: Path, *args: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "normalizer", *args],
        cwd=folder,
        check=True,
        capture_output=True,
        env=os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)},
    )


def content_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.name != "report.jsonl"
    }


def test_a_review_from_the_first_key_to_the_decided_folder(
    terminal: Terminal, tmp_path: Path, cache: Path
) -> None:
    called(tmp_path, cache, "run", "news", "-o", "out", "-q")
    review = f"{PROGRAM} review news --findings out/report.jsonl -d d.jsonl; echo left with $?"

    terminal.run(review)
    before = terminal.wait_for(PROMPT)
    assert "day after Vladimir \x1b[1m[Poutine]\x1b[0m said" in before
    assert "1 more like this, 1 file" in before
    terminal.press("A")
    terminal.wait_for("accepted: Poutine -> Putin and all like it: 2 in 1 file (agency-fr.txt 2)")
    assert "[Wladimir]" in terminal.wait_for(PROMPT)
    terminal.press("e")
    terminal.wait_for("write: Vladimir")
    terminal.press("BSpace", "y", "Enter")
    terminal.wait_for("remember 'Wladimir' as a spelling of 'Vladimiy'? y/N > ")
    terminal.press("n")
    terminal.wait_for("edited: Wladimir -> Vladimiy")
    assert "3/29" in terminal.wait_for(PROMPT)
    # Keys faster than any person: undo, another edit, do not remember it, undo, no.
    terminal.press("ue", "BSpace", "x", "Enter", "nun")
    terminal.wait_for("taken back: edited: Wladimir -> Vladimiy")
    terminal.wait_for("taken back: edited: Wladimir -> Vladimix")
    terminal.wait_for("rejected: Wladimir")
    terminal.wait_for(PROMPT)
    terminal.press("Up", "q")
    terminal.wait_for("3 of 29 findings decided: 2 accepted, 1 rejected")
    terminal.wait_for("left with 0")

    terminal.run(review)
    before = terminal.wait_for(PROMPT)
    assert "3/29" in before
    assert "[Putinas]" in before
    terminal.press("e")
    terminal.wait_for("write: Putin")
    terminal.press("-l", ", alias Putinas")
    terminal.press("Enter")
    terminal.wait_for("y/N > ")
    terminal.press("n")
    terminal.wait_for("edited: Putinas -> Putin, alias Putinas")
    terminal.wait_for(PROMPT)
    terminal.press("q")
    terminal.wait_for("to write: ")
    command = terminal.wait_for("left with 0").replace("\r\n", "").strip()
    words = "apply --decisions d.jsonl out/report.jsonl news -o decided"
    assert command == f"normalizer {words}"

    called(tmp_path, cache, *words.split())
    expected = content_of(tmp_path / "out")
    for path, done, decided in (
        ("agency-de.txt", "what Vladimir Putin", "what Wladimir Putin"),
        ("agency-lt.txt", " Putin and Lukashenko", " Putin, alias Putinas and Lukashenko"),
    ):
        assert done in expected[path]
        expected[path] = expected[path].replace(done, decided)
    assert content_of(tmp_path / "decided") == expected

    called(tmp_path, cache, "apply", "--undo", "decided/report.jsonl", "decided", "-o", "back")
    assert content_of(tmp_path / "back") == content_of(tmp_path / "news")


@pytest.mark.parametrize(
    ("keys", "code"), [("Escape", 0), ("q", 0), ("C-d", 0), ("C-c", 130)], ids=str
)
def test_every_way_out_leaves_the_terminal_as_it_was(
    terminal: Terminal, keys: str, code: int
) -> None:
    terminal.run("stty -g > before")
    terminal.run(
        f"{PROGRAM} review news/rows.jsonl; echo left with $?; stty -g | diff before - && echo same"
    )
    terminal.wait_for(PROMPT)
    terminal.press("n")
    terminal.wait_for(PROMPT)
    terminal.press(keys)
    terminal.wait_for("findings decided: 0 accepted, 1 rejected")
    terminal.wait_for(f"left with {code}\r\n")
    terminal.wait_for("same\r\n")


@pytest.mark.parametrize("terminal", [40], indirect=True)
def test_a_narrow_terminal_shows_whole_lines(terminal: Terminal) -> None:
    terminal.run(f"clear; {PROGRAM} review news --order file")
    terminal.wait_for(PROMPT)
    shown = terminal.screen()
    assert "    The committee wants to hear what\n    [Wladimir] Putin and Gerhard\n" in shown
    terminal.press("q")
    terminal.wait_for("no text was")


def test_a_hostile_text_is_shown_and_does_nothing(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    escape = "\x1b]0;taken over\x07\x1b[2J\x9b31m\N{RIGHT-TO-LEFT OVERRIDE}"
    name = f"{escape}.txt"
    (folder / name).write_text(f"{escape} Vladimir Poutine {escape} came.", "utf-8")
    title = terminal.tmux("display-message", "-p", "#{pane_title}")
    terminal.run(f"NO_COLOR=1 {PROGRAM} review hostile")
    assert "\x1b" not in terminal.wait_for(PROMPT)
    terminal.press("i", "y", "q")
    terminal.wait_for("1 of ")
    assert terminal.tmux("display-message", "-p", "#{pane_title}") == title
    shown = terminal.screen().replace("\n", "")
    assert "<U+001B>]0;taken over<U+0007><U+001B>[2J<U+009B>31m<U+202E>" in shown
