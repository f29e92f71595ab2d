"""Quotation marks that do not pair up, or that stand off their word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from normalizer.annotation import Flag
from normalizer.glitches.marking import make_flag
from normalizer.glitches.pieces import LINE, Pieces
from normalizer.glitches.rules import GlitchRules

_QUOTES = re.compile('["\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}]')
_LOOSE_END = re.compile('(?<=[\\w,.!?]) +["\N{RIGHT DOUBLE QUOTATION MARK}](?=[\\s.,;:!?)]|$)')
_OPENING: Final = frozenset("([-/'\N{EM DASH}\N{EN DASH}\N{LEFT SINGLE QUOTATION MARK}")


def find_quotes(pieces: Pieces, rules: GlitchRules) -> Iterator[Flag]:
    """Quotation marks that do not pair up within a line, or that stand off their word."""
    text, shift, table = pieces.text, pieces.start, rules.mechanical
    if not _QUOTES.search(text):
        return
    for match in LINE.finditer(text):
        line = match.group()
        if '"' not in line and "\N{RIGHT DOUBLE QUOTATION MARK}" not in line:
            continue
        marks = [mark.start() for mark in _QUOTES.finditer(line)]
        if not marks or len(line) > 5000:
            continue
        for loose in _LOOSE_END.finditer(line):
            at = match.start() + loose.start()
            quote = loose.group().strip()
            before = [mark for mark in marks if mark < loose.end() - 1]
            if quote == '"' and len(before) % 2 == 0:
                continue
            # A text that sets off both marks has been cut into tokens: a habit, not a slip.
            spaced = bool(before) and line[before[-1] + 1 : before[-1] + 2] == " "
            span = (at, match.start() + loose.end())
            weak = 0.3 if spaced else 0.0
            yield make_flag(table["loose-quote"], text, span, quote, shift=shift, weaken=weak)
        # A single line does not tell a lost quotation mark from one that spans sentences.
        if len(marks) % 2 and "\n" in text and len(line) > 60:
            lone = _lone_quote(line, marks)
            if lone is not None:
                at = match.start() + lone
                rule = table["unbalanced-quote"]
                yield make_flag(rule, text, (at, at + 1), shift=shift)


def _lone_quote(line: str, marks: list[int]) -> int | None:
    """The first mark that breaks the turn of opening and closing; None when it is unclear."""
    open_at = -1
    for at in marks:
        before, after = line[at - 1 : at] if at else "", line[at + 1 : at + 2]
        # Inches and minutes.
        if before.isdecimal():
            return None
        opens, closes = _side(line[at], before, after)
        if opens and closes:
            opens, closes = open_at < 0, open_at >= 0
        if opens and open_at >= 0:
            return open_at
        if closes and open_at < 0:
            return at
        open_at = at if opens else -1
    # The paragraphs of a long speech are all opened, and only the last one is closed.
    return open_at if open_at > 1 else None


def _side(mark: str, before: str, after: str) -> tuple[bool, bool]:
    """Whether a quotation mark can open, and whether it can close, where it stands."""
    if mark != '"':
        return mark == "\N{LEFT DOUBLE QUOTATION MARK}", mark != "\N{LEFT DOUBLE QUOTATION MARK}"
    left = not before or before.isspace() or before in _OPENING
    right = not after or after.isspace() or not after.isalnum()
    return (True, False) if left > right else (False, True) if right > left else (True, True)
