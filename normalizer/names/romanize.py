"""From a name in Cyrillic letters to its spellings by the convention of one language.

A *scheme* is one convention: what French newspapers write, what a passport office writes.
It is data (``seeds/schemes/*.toml``); this module only applies it. Rules are tried in table
order at every position, the first whose letters and contexts fit wins, and the plain letter
table serves where none does. No regular expressions: contexts are letters or named classes, so
a table can neither hang nor hide what it does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, product

VOWELS = frozenset("аеёиоуыэюяєіїѣ")
HUSHING = frozenset("жчшщц")
SIGNS = frozenset("ьъ'")
CONSONANTS = frozenset("бвгґдзйклмнпрстфхўjљњћђџѕ") | HUSHING
CLASSES: Mapping[str, frozenset[str]] = {
    "vowel": VOWELS,
    "consonant": CONSONANTS,
    "hushing": HUSHING,
    "sign": SIGNS,
}
EDGES = frozenset({"start", "end"})
PARTS = frozenset({"given", "patronymic", "family", "name"})

# A long name has many places where a convention allows two spellings. Writers mix them, but
# rarely more than two in one word; beyond that the product is spellings nobody ever wrote.
MAX_DEVIATIONS = 2
MAX_SPELLINGS = 48


@dataclass(frozen=True, slots=True)
class SchemeRule:
    """One context rule of a scheme.

    Attributes:
        id: Unique within the scheme, for reports.
        letters: What it reads, lower case.
        write: What it may write, the usual spelling first.
        after: What must stand before the letters: literal letters, or class names
            ``start vowel consonant hushing sign``. Empty means anything.
        before: The same for what follows, with ``end`` for the end of the word.
        langs: Source languages it holds for; empty means all.
        parts: Name parts it holds for (``given patronymic family name``); empty means all.
        gender: ``m`` or ``f`` when it holds for one only, else empty.
        change: Samples ``(native, spelling)`` in which the rule must fire.
        keep: Samples in which its letters stand but the rule must not fire.
    """

    id: str
    letters: str
    write: tuple[str, ...]
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    langs: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    gender: str = ""
    change: tuple[tuple[str, str], ...] = ()
    keep: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """One convention. ``letters`` maps a source language to its letter table (complete)."""

    id: str
    lang: str
    kind: str
    title: str
    source: str
    letters: Mapping[str, Mapping[str, tuple[str, ...]]]
    rules: tuple[SchemeRule, ...]
    samples: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Spelling:
    """A generated spelling and why it exists.

    Attributes:
        form: Latin letters, capitalised as a name.
        lang: The language community that writes so.
        scheme: Scheme id.
        rules: Ids of the context rules that fired, in order.
        deviations: How many places differ from the scheme's usual spelling; 0 is the usual one.
    """

    form: str
    lang: str
    scheme: str
    rules: tuple[str, ...] = ()
    deviations: int = 0


@dataclass(frozen=True, slots=True)
class _Choice:
    """What one stretch of the word may become."""

    write: tuple[str, ...]
    rule: str = field(default="")


def transcribe(
    word: str, scheme: Scheme, lang: str, *, part: str = "name", gender: str = ""
) -> list[Spelling]:
    """Spell one native word by a scheme, the usual spelling first, then the accepted others.

    Args:
        word: One word in the script of ``lang``; a hyphen joins words that are spelled apart.
        scheme: The convention.
        lang: Source language: ``ru``, ``uk``, ``be``, or another the scheme has letters for.
        part: Which part of a name the word is; some endings hold for family names only.
        gender: ``m``, ``f`` or empty when unknown (rules for one gender then do not fire).

    Returns:
        Distinct spellings, fewest deviations first. Empty when the scheme does not know the
        source language or a letter of the word.
    """
    letters = scheme.letters.get(lang)
    if letters is None:
        return []
    rules = _rules_for(scheme, lang, part, gender)
    choices: list[_Choice] = []
    text = (
        unicodedata.normalize("NFC", word).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    for i, piece in enumerate(text.split("-")):
        if i:
            choices.append(_Choice(("-",)))
        read = _read(piece, letters, rules)
        if read is None:
            return []
        choices.extend(read)
    fired = tuple(choice.rule for choice in choices if choice.rule)
    spellings: dict[str, Spelling] = {}
    for parts, deviations in islice(_combine(choices), 4 * MAX_SPELLINGS):
        form = capitalise("".join(parts))
        if form and form not in spellings:
            spellings[form] = Spelling(form, scheme.lang, scheme.id, fired, deviations)
            if len(spellings) == MAX_SPELLINGS:
                break
    return list(spellings.values())


def capitalise(form: str) -> str:
    """Title case as names have it: the first letter of each hyphenated piece."""
    return "-".join(piece[:1].upper() + piece[1:] for piece in form.split("-"))


def _rules_for(scheme: Scheme, lang: str, part: str, gender: str) -> dict[str, list[SchemeRule]]:
    """The rules that can hold for such a word, by the first letter they read, in table order."""
    by_letter: dict[str, list[SchemeRule]] = {}
    for rule in scheme.rules:
        if (
            (not rule.langs or lang in rule.langs)
            and (not rule.parts or part in rule.parts)
            and (not rule.gender or rule.gender == gender)
        ):
            by_letter.setdefault(rule.letters[0], []).append(rule)
    return by_letter


def _read(
    piece: str, letters: Mapping[str, tuple[str, ...]], rules: Mapping[str, Sequence[SchemeRule]]
) -> list[_Choice] | None:
    """Cut a word into stretches and what each may become; None when a letter is unknown."""
    choices: list[_Choice] = []
    at = 0
    while at < len(piece):
        for rule in rules.get(piece[at], ()):
            end = at + len(rule.letters)
            if (
                piece.startswith(rule.letters, at)
                and _stands(rule.after, piece[:at], "start", from_end=True)
                and _stands(rule.before, piece[end:], "end", from_end=False)
            ):
                choices.append(_Choice(rule.write, rule.id))
                at = end
                break
        else:
            write = letters.get(piece[at])
            if write is None:
                return None
            choices.append(_Choice(write))
            at += 1
    return choices


def _stands(contexts: Sequence[str], text: str, edge: str, *, from_end: bool) -> bool:
    """Whether one of the contexts holds for the text before (``from_end``) or after a match."""
    if not contexts:
        return True
    for context in contexts:
        if context == edge:
            if not text:
                return True
        elif context in CLASSES:
            if text and (text[-1] if from_end else text[0]) in CLASSES[context]:
                return True
        elif text.endswith(context) if from_end else text.startswith(context):
            return True
    return False


def _combine(choices: Sequence[_Choice]) -> Iterator[tuple[list[str], int]]:
    """All readings with at most ``MAX_DEVIATIONS`` unusual choices, fewest first."""
    usual = [choice.write[0] for choice in choices]
    open_places = [i for i, choice in enumerate(choices) if len(choice.write) > 1]
    for deviations in range(MAX_DEVIATIONS + 1):
        for places in combinations(open_places, deviations):
            for others in product(*(choices[i].write[1:] for i in places)):
                reading = list(usual)
                for i, other in zip(places, others, strict=True):
                    reading[i] = other
                yield reading, deviations
