"""What a compiled base says of a word and of an entity, and how it is written down in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from normalizer.annotation import Alias
from normalizer.names.tables import Guard


@dataclass(frozen=True, slots=True)
class NameWord:
    """One word of a person's canonical name: who bears it and where it stands.

    Attributes:
        canonical: The word as we write it.
        part: ``given``, ``family`` or ``patronymic``.
        bearers: ``(entity id, position in the canonical name)``; a patronymic has position -1.
        aliases: The spellings with this key, usual ones first.
        native: The word in its own script, for explanations; empty for Latin names.
    """

    canonical: str
    part: str
    bearers: tuple[tuple[str, int], ...]
    aliases: tuple[Alias, ...]
    native: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A whole spelling of an entity, found by one of its words.

    Attributes:
        entity_id: Whose spelling it is.
        words: Its folded words.
        anchor: Which of them led here: the first one that is written with a capital.
        aliases: The spellings with these words, usual ones first.
    """

    entity_id: str
    words: tuple[str, ...]
    anchor: int
    aliases: tuple[Alias, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one folded word may stand for. Nothing in it means: not in the tables.

    Attributes:
        words: Words of persons' names it spells.
        phrases: Other spellings it leads to.
        guard: What the guard table says about it.
        english: Whether it is an English word.
        after: Folded words that go on after it in some phrase.
        has_lead: Whether some phrase has a word before it (groupe Wagner).
        unknown: Whether it is none of all this, and long enough to be a name.
        common: Whether it is a name of its own: borne by many, in dictionaries, or a given name.
    """

    words: tuple[NameWord, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    guard: Guard | None = None
    english: bool = False
    common: bool = False
    unknown: bool = False
    after: frozenset[str] = frozenset()
    has_lead: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """An entity as compiled.

    Attributes:
        id, type, canonical, roles: As in the tables.
        family: Positions of the family name in the words of ``canonical`` (persons).
        keep: Folded phrases in which its spellings stay untouched.
        place: File and row it comes from.
        user: Whether a user's table or style said so; that outranks ours.
        native: ``(lang, form)`` in other scripts.
    """

    id: str
    type: str
    canonical: str
    roles: tuple[str, ...]
    family: frozenset[int]
    keep: tuple[str, ...]
    place: str
    user: bool
    native: tuple[tuple[str, str], ...] = ()


# -- as written in a base --------------------------------------------------------------------


def write_alias(alias: Alias) -> list[Any]:
    """What `read_alias` reads."""
    langs = " ".join(sorted(alias.lang))
    return [alias.form, langs, alias.kind, alias.scheme, alias.source, alias.cost]


def read_alias(raw: Sequence[Any]) -> Alias:
    """An alias as `write_alias` wrote it."""
    return Alias(raw[0], frozenset(raw[1].split()), raw[2], raw[3], raw[4], raw[5])


def write_known(known: Known) -> str:
    """What `read_known` reads."""
    return write_json(
        [
            known.id, known.type, known.canonical, known.roles, sorted(known.family), known.keep,
            known.place, known.user, known.native,
        ]
    )  # fmt: skip


def read_known(content: str) -> Known:
    """An entity as `write_known` wrote it."""
    id_, type_, canonical, roles, family, keep, place, user, native = json.loads(content)
    return Known(
        id_, type_, canonical, tuple(roles), frozenset(family), tuple(keep), place, user,
        tuple((lang, form) for lang, form in native),
    )  # fmt: skip


def write_json(content: object) -> str:
    """JSON without spaces: a base holds it by the hundred thousand."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
