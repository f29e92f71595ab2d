"""Consoles for a review: keys from a terminal, one at a time, or from lines of a pipe."""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from normalizer.report.safe_text import safe_text
from normalizer.review.card import Line
from normalizer.review.console import Console

END = "\x04"
ESCAPE = "\x1b"
# The codes of one key come together; what comes later than so many seconds is another key.
ESCAPE_WAIT = 0.05


class Lines:
    """Writes what a review shows: cards to standard output, all else to standard error."""

    def __init__(self, plain: bool) -> None:
        """Choose how to write.

        Args:
            plain: Whether to leave out bold type and how far the review is.
        """
        self._plain = plain
        self._bold = not plain and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    @property
    def width(self) -> int:
        """Cells in a line."""
        return max(20, shutil.get_terminal_size().columns)

    def show(self, lines: Iterable[Line]) -> None:
        """Write lines to standard output."""
        for line in lines:
            start, end = line.strong
            text = line.text
            if self._bold and start < end:
                text = text[:start] + click.style(text[start:end], bold=True) + text[end:]
            click.echo(text)

    def complain(self, text: str) -> None:
        """Write a line to standard error."""
        click.echo(text, err=True)

    def progress(self, text: str) -> None:
        """Write how far the review is to standard error."""
        if not self._plain:
            click.echo(text, err=True)


class KeyLines(Lines):
    """Keys from a pipe: one a line, what it takes after it, as in ``e New text``."""

    def __init__(self, lines: Iterable[str], plain: bool) -> None:
        """Read keys from ``lines``."""
        super().__init__(plain)
        self._lines = iter(lines)
        self._rest = ""

    def key(self, prompt: str) -> str:
        """The first character of the next line that is not empty."""
        for line in self._lines:
            if line := line.strip():
                self._rest = line[1:].strip()
                return line[0]
        return ""

    def line(self, prompt: str, given: str = "") -> str | None:
        """What stands after the key; None the second time, or if nothing does."""
        rest, self._rest = self._rest, ""
        return rest or None

    def agrees(self, question: str) -> bool:
        """Whether ``y`` stands after the key."""
        return (self.line(question) or "").lower() in ("y", "yes")


class Keyboard(Lines):
    """Keys of a person, each acted on at once; to be used between `single_keys`."""

    def key(self, prompt: str) -> str:
        """The next key; blanks and keys without a character, such as arrows, are passed over."""
        return self._key(prompt, passed_over=" \t\n")

    def _key(self, prompt: str, passed_over: str) -> str:
        click.echo(prompt, nl=False)
        while (key := _read_key(sys.stdin.fileno())) is None or key in tuple(passed_over):
            pass
        click.echo(safe_text(key).strip() if key not in ("", END, ESCAPE) else "")
        return "" if key == END else key

    def line(self, prompt: str, given: str = "") -> str | None:
        """A line edited with the usual keys; Ctrl-D gives it up."""
        # What the text of a document holds must not reach the terminal by way of the editor.
        with _whole_lines(), _prefilled(given if safe_text(given) == given else ""):
            try:
                return input(prompt)
            except (EOFError, UnicodeDecodeError):
                click.echo("")
                return None

    def agrees(self, question: str) -> bool:
        """Whether the next key is ``y``."""
        return self._key(f"{question} y/N > ", passed_over="") in ("y", "Y")


def console_for(stdin: TextIO, *, plain: bool) -> Console:
    """The console that fits standard input."""
    if stdin.isatty():
        return Keyboard(plain)
    return KeyLines((line.decode("utf-8", "replace") for line in stdin.buffer), plain)


def _read_key(descriptor: int) -> str | None:
    """One key and no byte more, so that what was typed ahead is there for whoever asks next.

    Returns:
        The character; empty at the end of the input; None for a key that sends a sequence (an
        arrow, see ECMA-48) or a character with Alt.
    """
    first = os.read(descriptor, 1)
    if first == ESCAPE.encode():
        if not _is_ready(descriptor):
            return ESCAPE
        if os.read(descriptor, 1) in (b"[", b"O"):
            while (part := os.read(descriptor, 1)) and not 0x40 <= part[0] <= 0x7E:
                pass
        return None
    # The first byte of a character in UTF-8 tells how many follow.
    for start in (0xC0, 0xE0, 0xF0):
        if first and first[0] >= start and _is_ready(descriptor):
            first += os.read(descriptor, 1)
    return first.decode("utf-8", "replace")


def _is_ready(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], ESCAPE_WAIT)[0])


@contextmanager
def single_keys() -> Iterator[None]:
    """Let keys of a terminal through without Enter and without echo, and then as before.

    `click.getchar` does so for one key at a time, and throws away what was typed between two.
    """
    if not sys.stdin.isatty():
        yield
        return
    import tty

    with _kept(sys.stdin.fileno()) as descriptor:
        tty.setcbreak(descriptor, termios.TCSADRAIN)
        yield


@contextmanager
def _whole_lines() -> Iterator[None]:
    """Let the terminal collect and show a line, where no editor of lines does."""
    with _kept(sys.stdin.fileno()) as descriptor:
        modes = termios.tcgetattr(descriptor)
        modes[3] |= termios.ICANON | termios.ECHO
        termios.tcsetattr(descriptor, termios.TCSADRAIN, modes)
        yield


@contextmanager
def _kept(descriptor: int) -> Iterator[int]:
    """Leave a terminal as it was."""
    modes = termios.tcgetattr(descriptor)
    try:
        yield descriptor
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, modes)


@contextmanager
def _prefilled(text: str) -> Iterator[None]:
    """Let the next line of input begin with a text, where the editor of lines can do it."""
    try:
        import readline
    except ImportError:  # pragma: no cover - Python built without it
        yield
        return
    readline.set_startup_hook(lambda: readline.insert_text(text))
    readline.set_auto_history(False)
    try:
        yield
    finally:
        readline.set_startup_hook(None)
