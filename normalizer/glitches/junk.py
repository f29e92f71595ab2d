"""Web page furniture that scrapers take along: listed lines, share bars, repeated headlines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from normalizer.annotation import Evidence, Flag, Span, Suggestion
from normalizer.glitches.marking import make_flag
from normalizer.glitches.pieces import LINE
from normalizer.glitches.rules import GlitchRules, JunkRule

# Characters of the longest line that may be web page furniture.
LONGEST_JUNK: Final = 400
_SHARE_BAR = re.compile(
    r"[ \t]*[|\N{BULLET}\N{MIDDLE DOT}]" r"(?:[ \t]*[|\N{BULLET}\N{MIDDLE DOT}])+[ \t]*"
)
_BULLET = re.compile(
    r"[ \t]*[-*\N{BULLET}\N{EN DASH}\N{MIDDLE DOT}\N{BLACK SQUARE}\u203a\u25cf][ \t]+\S"
)


@dataclass(frozen=True, slots=True)
class Furniture:
    """The junk texts by where they stand.

    Attributes:
        lines: Whole lines.
        starts: Beginnings of lines.
        headings: Headings of a list that goes with them.
        anywhere: Parts of lines.
    """

    lines: Mapping[str, JunkRule]
    starts: tuple[tuple[str, JunkRule], ...]
    headings: Mapping[str, JunkRule]
    anywhere: tuple[tuple[str, JunkRule], ...]


def compile_furniture(rules: Iterable[JunkRule]) -> Furniture:
    """Sort the junk texts by where they stand."""
    by_kind: dict[str, dict[str, JunkRule]] = {}
    for rule in rules:
        by_kind.setdefault(rule.kind, {}).update(dict.fromkeys(rule.texts, rule))
    return Furniture(
        lines=by_kind.get("line", {}),
        starts=tuple(sorted(by_kind.get("start", {}).items(), key=lambda pair: pair[0])),
        headings=by_kind.get("list", {}),
        anywhere=tuple(sorted(by_kind.get("anywhere", {}).items(), key=lambda pair: pair[0])),
    )


def find_junk(text: str, furniture: Furniture, rules: GlitchRules) -> Iterator[Flag]:
    """Flag the furniture of a whole document; a heading takes the bullets under it along."""
    seen: dict[str, int] = {}
    heading: tuple[JunkRule, int, int] | None = None
    for number, match in enumerate(LINE.finditer(text)):
        line = match.group()
        bare = line.strip()
        if not bare:
            continue
        start = match.start() + len(line) - len(line.lstrip())
        end = start + len(bare)
        if heading and _BULLET.match(line):
            heading = (heading[0], heading[1], end)
            continue
        if heading:
            yield _junk(heading[0], text, heading[1], heading[2])
            heading = None
        if len(bare) > LONGEST_JUNK:
            continue
        key = " ".join(bare.lower().split())
        name = key.strip(" :.!>|*-\N{EN DASH}\N{EM DASH}\u00bb\u203a\u2192\u2026")
        if name in furniture.headings:
            heading = (furniture.headings[name], start, end)
        elif rule := furniture.lines.get(name) or _starts(key, furniture):
            yield _junk(rule, text, start, end)
        else:
            yield from _line(text, (start, end), key, number, seen, rules)
    if heading:
        yield _junk(heading[0], text, heading[1], heading[2])
    yield from _anywhere(text, furniture)


def _line(
    text: str,
    span: tuple[int, int],
    key: str,
    number: int,
    seen: dict[str, int],
    rules: GlitchRules,
) -> Iterator[Flag]:
    """A line of nothing but bars, and one that was there before."""
    if _SHARE_BAR.fullmatch(key):
        yield make_flag(rules.mechanical["share-bar"], text, span, "")
    elif len(key) >= 16 and key.count(" ") >= 2:
        if key in seen:
            near = len(key) >= 40 and number - seen[key] < 8
            rule = rules.mechanical["repeated-line"]
            yield make_flag(rule, text, span, "", weaken=0.0 if near else 0.15)
        seen.setdefault(key, number)


def _anywhere(text: str, furniture: Furniture) -> Iterator[Flag]:
    # Lower case may change the length of a text, and with it every place in it.
    low = text.lower()
    if len(low) != len(text):
        low = text
    for literal, rule in furniture.anywhere:
        at = low.find(literal)
        while at >= 0:
            yield _junk(rule, text, at, at + len(literal))
            at = low.find(literal, at + len(literal))


def _starts(key: str, furniture: Furniture) -> JunkRule | None:
    for literal, rule in furniture.starts:
        if key.startswith(literal):
            return rule
    return None


def _junk(rule: JunkRule, text: str, start: int, end: int) -> Flag:
    return Flag(
        span=Span(start, end),
        surface=text[start:end],
        category="junk",
        origin=rule.id,
        score=rule.score,
        message="left over from the web page, not part of the article",
        suggestions=(Suggestion("", rule.score),),
        evidence=(Evidence(f"listed as web page furniture ({rule.id})", 0.0),),
    )
