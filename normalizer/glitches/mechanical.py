"""Faults that need no meaning to be seen: junk, markup, encoding, punctuation, glue, loops.

Each detector has a row in ``seeds/glitches/mechanical.toml`` that says how sure it is and shows
what to flag and what to keep. The work is done on the distinct words and gaps of a chunk, so that
ordinary text, which is nearly all text, costs one look in a set a word.
"""

from __future__ import annotations

import bisect
import html
import itertools
import re
import sys
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from normalizer.annotation import Document, Flag
from normalizer.glitches.foreign import Seen, find_foreign
from normalizer.glitches.junk import Furniture, compile_furniture, find_junk
from normalizer.glitches.marking import in_text_order, make_flag
from normalizer.glitches.numbers import find_numbers
from normalizer.glitches.pieces import Pieces, cut, word_set
from normalizer.glitches.punctuation import find_contractions, find_in_gaps
from normalizer.glitches.quotes import find_quotes
from normalizer.glitches.repeats import find_repeats
from normalizer.glitches.rules import GlitchRules, MechanicalRule

# Above this share of its characters a document is not English with foreign stretches in it.
MOSTLY: Final = 0.3
# What speaks of single words and English grammar, and means nothing in another language.
LANGUAGE_CATEGORIES: Final = frozenset({"untranslated", "odd-word", "glued", "broken-sentence"})
_BRANDS: Final = word_set("mc mac de di la le van von fitz o al el ben ibn")
_TAGS: Final = word_set(
    "a abbr article aside audio b blockquote body br button center cite code div em figcaption "
    "figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input label li "
    "link main mark meta nav noscript ol option p picture pre q script section select small "
    "source span strike strong style sub sup svg table tbody td th thead time title tr u ul video"
)
# Marks that translation systems write for what they could not handle.
_UNKNOWN: Final = word_set("unk url num pad s bos eos")
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,15})(?:\s[^<>\n]{0,200})?/?>")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]{2,8}\d{0,2});")
_FORMAT = re.compile(r"(?<![\w%])%(?:\(\w{1,20}\))?[sd](?![\w%])")
_BRACES = re.compile(
    r"\{\{[^{}\n]{0,60}\}\}|\$\{\w{1,30}\}|(?<![\w{])\{(?:\d|[a-z_]{2,20})\}(?!\})"
)
_SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|video|audio|quote|url|img|color|size|spoiler|vc|et|su|wp)"
    r"(?:[_ =][^\[\]\n]{0,120})?\]|\[/[bius]\]|\[\[[^\[\]\n]{1,60}\]\]"
)
# A letter that begins a two-byte character read in a one-byte encoding, and what follows it.
_MOJIBAKE = re.compile(
    "[\u00c2\u00c3\u00c5\u00c4\u00d0\u00d1\u00e2][\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026"
    "\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2018\u2019\u201c\u201d\u2022\u2013\u2014"
    "\u02dc\u2122\u0161\u203a\u0153\u017e\u0178]|[\u0420\u0421][\u0400-\u040f\u0450-\u045f"
    "\u0490\u00b0-\u00bf\u2018-\u201e\u2020-\u2026\u2116\u00a4-\u00ae]{1}"
)
_LEADS: Final = "\u00c2\u00c3\u00c5\u00c4\u00d0\u00d1\u00e2\u0420\u0421"
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad\u0080-\u009f\x00-\x08\x0e-\x1f\ufffd]+")
_SPLIT_ENTITY = re.compile(r"\b(\w+) ?<unk> ?(t|s|re|ve|ll|d|m)\b")
# Cyrillic and Greek letters that look like Latin ones (Unicode confusables.txt, a small part).
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0410\u0412\u0415\u041a\u041c\u041d"
    "\u041e\u0420\u0421\u0422\u0425\u0406\u03bf\u03b1\u0391\u0392\u0395\u039a\u039c\u039d\u039f",
    "aeopcyxijABEKMHOPCTXIoaABEKMNO",
)


@dataclass(frozen=True, slots=True)
class Mechanics:
    """The rules as the detectors want them, made once a process.

    Attributes:
        rules: Checked rules.
        heard: Lower-case words of large English corpora, see
            `normalizer.glitches.foreign.find_foreign`.
        furniture: The junk texts by where they stand.
    """

    rules: GlitchRules
    heard: Container[str]
    furniture: Furniture


def compile_mechanics(rules: GlitchRules, heard: Container[str] = frozenset()) -> Mechanics:
    """Make the detectors' tables, once a process."""
    return Mechanics(rules, heard, compile_furniture(rules.junk))


def find_mechanical(document: Document, mechanics: Mechanics) -> list[Flag]:
    """Flag the mechanical faults of a document.

    Returns:
        Flags in text order. Flags of different detectors may overlap; two of the same category do
        not.
    """
    search = MechanicalSearch(document, mechanics)
    for pieces in cut(document.text):
        search.read(pieces)
    return search.flags()


class MechanicalSearch:
    """The search of one document, chunk by chunk, so that others can read the same chunks."""

    def __init__(self, document: Document, mechanics: Mechanics) -> None:
        self._rules = mechanics.rules
        self._heard = mechanics.heard
        self._flags = list(find_junk(document.text, mechanics.furniture, mechanics.rules))
        self._seen = Seen()
        self._length = len(document.text)

    def read(self, pieces: Pieces) -> None:
        """Search the next chunk."""
        for detector in _DETECTORS:
            self._flags.extend(detector(pieces, self._rules))
        self._flags.extend(find_foreign(pieces, self._rules, self._seen, self._heard))

    def flags(self) -> list[Flag]:
        """All flags, in text order, when every chunk is read."""
        foreign = [flag for flag in self._flags if flag.category == "untranslated"]
        stretches = [flag for flag in foreign if flag.origin == "foreign-sentence"]
        if sum(len(flag.surface) for flag in stretches) > MOSTLY * self._length:
            # A document in another language is one finding, not one a line.
            kept = [flag for flag in self._flags if flag.category not in LANGUAGE_CATEGORIES]
            return _without_overlap([*kept, stretches[0]])
        ends = sorted((flag.span.start, flag.span.end) for flag in foreign)
        words = (flag for flag in self._seen.settle() if not _inside(flag.span.start, ends))
        return _without_overlap([*self._flags, *words])


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    """Whether a place lies in one of some spans, sorted and apart from each other."""
    index = bisect.bisect_right(spans, (place, sys.maxsize)) - 1
    return index >= 0 and place < spans[index][1]


def _without_overlap(flags: Iterable[Flag]) -> list[Flag]:
    """Of flags of one category that overlap, keep the surest; identical spans keep one flag."""
    kept: dict[str, list[Flag]] = {}
    for flag in sorted(flags, key=in_text_order):
        own = kept.setdefault(flag.category, [])
        if not own or flag.span.start >= own[-1].span.end:
            own.append(flag)
        elif flag.score > own[-1].score:
            own[-1] = flag
    return sorted(itertools.chain.from_iterable(kept.values()), key=in_text_order)


def _markup(pieces: Pieces, rules: GlitchRules) -> Iterator[Flag]:
    text, shift, table = pieces.text, pieces.start, rules.mechanical
    if "<" in text:
        for match in _SPLIT_ENTITY.finditer(text):
            whole = f"{match.group(1)}'{match.group(2)}"
            yield make_flag(table["markup-unknown"], text, match.span(), whole, shift=shift)
        for match in _TAG.finditer(text):
            name = match.group(1).lower()
            if name not in _TAGS and name not in _UNKNOWN:
                continue
            unknown = name in _UNKNOWN
            rule = table["markup-unknown" if unknown else "markup-tag"]
            yield make_flag(rule, text, match.span(), "", shift=shift)
    if "&" in text:
        for match in _ENTITY.finditer(text):
            plain = html.unescape(match.group())
            if plain != match.group():
                plain = " " if plain == "\N{NO-BREAK SPACE}" else plain
                yield make_flag(table["markup-entity"], text, match.span(), plain, shift=shift)
    for mark, pattern in (("%", _FORMAT), ("{", _BRACES), ("[", _SHORTCODE)):
        if mark in text:
            for match in pattern.finditer(text):
                yield make_flag(table["markup-placeholder"], text, match.span(), "", shift=shift)


def _encoding(pieces: Pieces, rules: GlitchRules) -> Iterator[Flag]:
    text, shift, table = pieces.text, pieces.start, rules.mechanical
    for match in _INVISIBLE.finditer(text):
        lost = "\ufffd" in match.group()
        inside = text[match.start() - 1 : match.start()].isalnum() and (
            text[match.end() : match.end() + 1].isalnum()
        )
        if lost:
            yield make_flag(table["replacement-character"], text, match.span(), shift=shift)
        elif inside or match.group() < "\x20" or "\x80" <= match.group() <= "\x9f":
            yield make_flag(table["invisible-character"], text, match.span(), "", shift=shift)
    if not text.isascii():
        yield from _mojibake(pieces, table["mojibake"])
        for word in sorted(word for word in pieces.distinct if not word.isascii()):
            plain = word.translate(_LOOKALIKES)
            if plain != word and _is_latin(plain) and any("a" <= c.lower() <= "z" for c in word):
                for index in _places(pieces, word):
                    span = (pieces.starts[index], pieces.end(index))
                    yield make_flag(table["mixed-script"], text, span, plain, shift=shift)


def _mojibake(pieces: Pieces, rule: MechanicalRule) -> Iterator[Flag]:
    """Stretches that ftfy repairs, seen where the lead bytes of UTF-8 stand as letters."""
    text, done = pieces.text, 0
    if not any(lead in text for lead in _LEADS):
        return
    for match in _MOJIBAKE.finditer(text):
        if match.start() < done:
            continue
        start, end = match.span()
        while start > done and not text[start - 1].isspace():
            start -= 1
        while end < len(text) and not text[end].isspace() and end - start < 200:
            end += 1
        done = end
        # Importing ftfy costs a tenth of a second, which clean text should not pay.
        from ftfy import fix_encoding  # noqa: PLC0415

        fixed = fix_encoding(text[start:end])
        if fixed != text[start:end]:
            yield make_flag(rule, text, (start, end), fixed, shift=pieces.start)


def _is_latin(word: str) -> bool:
    return all(unicodedata.name(c, "").startswith("LATIN") for c in word if c.isalpha())


def _places(pieces: Pieces, word: str) -> Iterator[int]:
    at = -1
    while True:
        try:
            at = pieces.words.index(word, at + 1)
        except ValueError:
            return
        yield at


def _glued(pieces: Pieces, rules: GlitchRules) -> Iterator[Flag]:
    rule = rules.mechanical["glued-case"]
    for word in sorted(word for word in pieces.distinct if word[0].islower()):
        if word.islower() or not word.isalpha():
            continue
        at = next(place for place, c in enumerate(word) if c.isupper())
        left, right = word[:at], word[at:]
        if len(left) < 3 or len(right) < 2 or left in _BRANDS or left not in rules.words:
            continue
        if not right[1:].islower() or not (
            right.lower() in rules.names or right.lower() in rules.words or len(right) > 4
        ):
            continue
        for index in _places(pieces, word):
            span = (pieces.starts[index], pieces.end(index))
            following = pieces.gaps[index + 1][:1]
            if following in ("/", "(", "_", "=") or pieces.gaps[index][-1:] in ("/", "_", "#", "@"):
                continue
            yield make_flag(
                rule, pieces.text, span, f"{left} {right}", f"{left}. {right}", shift=pieces.start
            )


_DETECTORS: Final[tuple[Callable[[Pieces, GlitchRules], Iterator[Flag]], ...]] = (
    _markup,
    _encoding,
    find_in_gaps,
    _glued,
    find_numbers,
    find_repeats,
    find_contractions,
    find_quotes,
)
