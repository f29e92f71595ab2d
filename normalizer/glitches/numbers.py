"""Numbers and dates as no English text writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from normalizer.annotation import Flag
from normalizer.glitches.marking import make_flag
from normalizer.glitches.pieces import FUNCTION_WORDS, Pieces, word_set
from normalizer.glitches.rules import GlitchRules, MechanicalRule

_MONTHS: Final = {
    "january": 31, "february": 29, "march": 31, "april": 30, "may": 31, "june": 30, "july": 31,
    "august": 31, "september": 30, "october": 31, "november": 30, "december": 31,
}  # fmt: skip
_UNITS: Final = word_set(
    "percent per million billion trillion thousand degrees euros euro dollars kilometers km "
    "kilometres meters metres tons tonnes kilograms kg liters litres hectares times points "
    "percentage rubles roubles hryvnia yuan lira zloty"
)
_COUNTED: Final = word_set(
    "people soldiers troops men women children inhabitants residents citizens workers employees "
    "euros dollars rubles homes houses victims deaths cases seats votes voters students police "
    "refugees migrants tanks vehicles companies jobs prisoners fighters civilians families"
)
_ORDINAL = re.compile(r"(\d{1,4})(st|nd|rd|th)")
_PLURALS: Final = frozenset({"s", "ies", "ties", "es"})
_LATE_DAYS: Final = frozenset({"30", "31", "32"})
_BEFORE_YEAR: Final = frozenset({"in", "of", "since", "by"})
_HYPHENED: Final = frozenset({"st", "nd", "rd", "th", "s", "ies", "ties", "es"})


def find_decimal(pieces: Pieces, index: int, rules: GlitchRules) -> Iterator[Flag]:
    """Flag a comma or full stop between two numbers as other languages set it."""
    gap, before, after = pieces.gaps[index], pieces.words[index - 1], pieces.words[index]
    if pieces.gaps[index - 1][-1:] in (",", ".", "/", "-", ":") or len(before) > 3:
        return
    following = pieces.gaps[index + 1]
    unit = pieces.lower[index + 1] if index + 1 < len(pieces.lower) and following == " " else ""
    span = (pieces.starts[index - 1], pieces.end(index))
    if gap == "," and len(after) in (1, 2) and (unit in _UNITS or following[:1] == "%"):
        rule = rules.mechanical["decimal-comma"]
        yield make_flag(rule, pieces.text, span, f"{before}.{after}", shift=pieces.start)
    elif gap == "." and len(after) == 3 and before != "0" and unit in _COUNTED:
        rule = rules.mechanical["thousands-dot"]
        yield make_flag(rule, pieces.text, span, f"{before},{after}", shift=pieces.start)


def _ordinal_of(number: str) -> str:
    if number[-2:] in ("11", "12", "13"):
        return "th"
    return {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")


def find_numbers(pieces: Pieces, rules: GlitchRules) -> Iterator[Flag]:
    """Flag ordinals with a wrong ending, years with 'year' behind them, impossible dates."""
    lower, gaps = pieces.lower, pieces.gaps
    odd = {word.lower() for word in pieces.distinct if word[0] <= "9"}
    if not odd:
        return
    table, text, shift = rules.mechanical, pieces.text, pieces.start
    wrong: dict[str, str] = {}
    for word in odd:
        match = _ORDINAL.fullmatch(word)
        if match and match.group(2) != _ordinal_of(match.group(1)):
            wrong[word] = match.group(1) + _ordinal_of(match.group(1))
    suspects = wrong.keys() | odd.intersection(_LATE_DAYS)
    last = len(lower) - 1
    for index in [index for index, word in enumerate(lower) if word in odd]:
        word = lower[index]
        if word in suspects:
            if word in wrong:
                span = (pieces.starts[index], pieces.end(index))
                yield make_flag(table["ordinal"], text, span, wrong[word], shift=shift)
            else:
                yield from _date(pieces, index, table["impossible-date"])
        if index == last:
            return
        following = lower[index + 1]
        if gaps[index + 1] == "-" and following in _HYPHENED:
            if gaps[index] != "-" and word.isdecimal():
                wide = (pieces.starts[index], pieces.end(index + 1))
                ending = "s" if following in _PLURALS else _ordinal_of(word)
                yield make_flag(table["hyphen-number"], text, wide, word + ending, shift=shift)
        elif (
            following == "year"
            and gaps[index + 1] == " "
            and _is_year(word)
            and index
            and lower[index - 1] in _BEFORE_YEAR
            and _ends_phrase(pieces, index + 2)
        ):
            wide = (pieces.starts[index], pieces.end(index + 1))
            yield make_flag(table["year-word"], text, wide, word, shift=shift)


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isdecimal() and word[:2] in ("19", "20")


def _ends_phrase(pieces: Pieces, index: int) -> bool:
    """Whether no noun follows: '2014 year book' and '2020 year-end' are names of things."""
    if pieces.gaps[index][:1] not in (" ", ",", ".", ";"):
        return False
    lower = pieces.lower
    return (
        index >= len(lower)
        or lower[index] in FUNCTION_WORDS
        or lower[index] in ("when", "after", "i")
    )


def _date(pieces: Pieces, index: int, rule: MechanicalRule) -> Iterator[Flag]:
    lower, gaps = pieces.lower, pieces.gaps
    after = lower[index + 1] if index + 1 < len(lower) else ""
    if gaps[index + 1] == " " and after in _MONTHS:
        month, first, last = after, index, index + 1
    elif index and gaps[index] == " " and lower[index - 1] in _MONTHS:
        if gaps[index + 1][:1] not in (",", ".", " ", ""):
            return
        month, first, last = lower[index - 1], index - 1, index
    else:
        return
    if int(lower[index]) > _MONTHS[month] and (month != "may" or pieces.words[first][0] == "M"):
        span = (pieces.starts[first], pieces.end(last))
        yield make_flag(rule, pieces.text, span, shift=pieces.start)
