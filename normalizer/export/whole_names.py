"""Whole names of persons, put together from the spellings of their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, product

from normalizer.annotation import Alias
from normalizer.names.fold import fold, unaccented
from normalizer.names.resolve import ALONE, UNUSUAL

# Usual spellings of a word that one language has, and whole names put together in one language:
# more are mixtures nobody writes.
USUAL = 2
TOGETHER = 64
# Small enough to order equals, and nothing else.
LANGUAGE = 0.001


def weight_of(alias: Alias) -> float:
    """The log-odds of a spelling by itself, as `resolve` weighs it."""
    # A former name is kept in a text, never in a search: it means the same place.
    alone = ALONE["exonym" if alias.kind == "former" else alias.kind]
    # A clipped stem has lost one letter by definition.
    unusual = alias.cost - (alias.kind == "clipped")
    # Of two equally usual spellings, the one that more languages write comes first.
    return alone + UNUSUAL.weight * max(unusual, 0) + LANGUAGE * len(alias.lang)


@dataclass(frozen=True, slots=True)
class Part:
    """One spelling of one word.

    Attributes:
        form: The spelling.
        plain: The spelling without its diacritics.
        key: The folded word.
        weight: How sure it is by itself, in log-odds.
    """

    form: str
    plain: str
    key: str
    weight: float


def part_of(alias: Alias) -> Part:
    """An alias of one word as part of a whole name."""
    return Part(alias.form, unaccented(alias.form), fold(alias.form), weight_of(alias))


@dataclass(slots=True)
class Word:
    """One word of persons' names with all its spellings, and the usual ones by language."""

    canonical: str
    part: str
    aliases: list[Alias] = field(default_factory=list)
    every: list[Part] = field(default_factory=list)
    usual: dict[str, list[Part]] = field(default_factory=dict)

    def sort(self) -> None:
        """Make the parts from the aliases, which are then complete but for clipped ones."""
        known: dict[str, Part] = {}
        for alias in self.aliases:
            part = known.setdefault(alias.form, part_of(alias))
            if not alias.cost and alias.kind != "inflected":
                for lang in alias.lang:
                    usual = self.usual.setdefault(lang, [])
                    if part not in usual:
                        usual.append(part)
        self.every = list(known.values())
        for lang, usual in self.usual.items():
            self.usual[lang] = sorted(usual, key=lambda one: (-one.weight, one.form))[:USUAL]


def put_together(places: Sequence[Sequence[Word]]) -> Iterator[tuple[Part, ...]]:
    """Whole names: as one language writes them, and with one word as another writes it.

    Args:
        places: For each word of the canonical name, what it may be: *al-Assad* or *Assad*.
    """
    plain = [part_of(Alias(w[0].canonical, frozenset({"en"}), "canonical")) for w in places]
    return chain([tuple(plain)], _mixed(places, plain), _by_language(places, plain))


def _mixed(places: Sequence[Sequence[Word]], plain: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    for at, words in enumerate(places):
        before, after = plain[:at], plain[at + 1 :]
        for word in words:
            for part in word.every:
                yield (*before, part, *after)


def _by_language(
    places: Sequence[Sequence[Word]], plain: Sequence[Part]
) -> Iterator[tuple[Part, ...]]:
    langs = {lang for words in places for word in words for lang in word.usual}
    for lang in sorted(langs):
        usual = [
            [part for word in words for part in word.usual.get(lang, ())] or [canonical]
            for words, canonical in zip(places, plain, strict=True)
        ]
        yield from islice(product(*usual), TOGETHER)
