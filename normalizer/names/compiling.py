"""Tables to a compiled base: every spelling they imply, in one SQLite file."""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import normalizer
from normalizer.annotation import Alias
from normalizer.names.fold import fold, fold_phrase
from normalizer.names.inflect import inflect
from normalizer.names.phonetics import SoundClasses, SoundKeys
from normalizer.names.records import Known, Phrase, write_alias, write_json, write_known
from normalizer.names.romanize import transcribe
from normalizer.names.tables import (
    CYRILLIC,
    Ending,
    EntityRow,
    GivenName,
    ListedSpelling,
    Tables,
)

# A family name of fewer consonants (Tito) sounds like every second word.
MIN_BONES = 3
# The scheme that writes what no table gives a canonical English spelling for.
ENGLISH_PRESS = "en-press"
# Official and scholarly schemes are written in many languages: they tell nothing of the source.
MANY_LANGUAGES = "mul"
# Aliases kept for one key and one word: the cheapest of each convention tell the story.
MAX_ALIASES = 12
_ARTICLE = re.compile(r"^[AEae][a-z]{1,2}-")


@dataclass(slots=True)
class _Base:
    """What is gathered before it is written down."""

    words: dict[tuple[str, str, str], dict[str, list[Alias]]] = field(default_factory=dict)
    bearers: dict[tuple[str, str, str], list[tuple[str, int]]] = field(default_factory=dict)
    phrases: dict[str, dict[tuple[str, str], Phrase]] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)


def compile_base(tables: Tables, path: Path, sounds: SoundClasses | None = None) -> None:
    """Generate every spelling the tables imply and write the base to ``path``, atomically.

    Args:
        tables: What to compile.
        path: Where to.
        sounds: How graphemes sound; without them nothing can be found by sound.
    """
    base = _Base()
    spell = _Speller(tables)
    for row in tables.rows:
        if row.type == "person":
            _add_person(base, row, spell)
        else:
            _add_other(base, row, spell)
    _write(base, tables, path, sounds)


class _Speller:
    """Spellings of native words by every scheme, each word once."""

    def __init__(self, tables: Tables) -> None:
        self._schemes = tables.schemes
        self._endings: dict[str, list[Ending]] = {}
        for ending in tables.endings:
            self._endings.setdefault(ending.lang, []).append(ending)
        self._given: dict[str, list[GivenName]] = {}
        for name in tables.given_names:
            self._given.setdefault(name.native, []).append(name)
        self.native = lru_cache(maxsize=None)(self._native)

    def _native(self, word: str, lang: str, part: str, gender: str) -> tuple[Alias, ...]:
        """Spellings of one native word: letter by letter, inflected, and by tradition."""
        aliases: list[Alias] = []
        for scheme in self._schemes:
            spellings = transcribe(word, scheme, lang, part=part, gender=gender)
            for spelling in spellings:
                name = ":".join((spelling.scheme, *spelling.rules))
                aliases.append(
                    Alias(
                        spelling.form,
                        frozenset({spelling.lang} - {MANY_LANGUAGES}),
                        "transliteration",
                        name,
                        cost=spelling.deviations,
                    )
                )
            if spellings and scheme.kind == "press":
                aliases += self.inflected(spellings[0].form, scheme.lang, part, gender)
        for given in self._given.get(word.casefold(), ()) if part == "given" else ():
            aliases.append(
                Alias(given.spelling, given.langs, "transliteration", "given-names", given.source)
            )
        return tuple(aliases)

    def inflected(self, form: str, lang: str, part: str, gender: str) -> list[Alias]:
        """The case forms of a spelling in one language."""
        return [
            Alias(other, frozenset({lang}), "inflected", f"{lang}-endings:{ending.id}", cost=1)
            for other, ending in inflect(
                form, self._endings.get(lang, ()), part=part, gender=gender
            )
        ]


def _add_person(base: _Base, row: EntityRow, spell: _Speller) -> None:
    words = row.canonical.split()
    family = _family_positions(row)
    aligned = [(spelling, _align(spelling.form, words, family)) for spelling in row.spellings]
    for at, word in enumerate(words):
        part = "family" if at in family else "given"
        natives = [(lang, form.split()[at]) for lang, form in row.native]
        aliases = [Alias(word, frozenset({"en"}), "canonical", source=row.source)]
        for lang, native in natives:
            aliases += _native_aliases(native, lang, part, row, spell)
        for spelling, forms in aligned:
            if form := forms.get(at):
                aliases.append(_listed(spelling, form))
                for lang in spelling.langs:
                    aliases += spell.inflected(form, lang, part, row.gender)
        native = next((form for lang, form in natives if lang in CYRILLIC), "")
        _add_word(base, row.id, at, word, part, native, aliases)
        bare = _bare(word, row.family.split())
        if bare != word:
            without = [replace(alias, form=_ARTICLE.sub("", alias.form)) for alias in aliases]
            _add_word(base, row.id, at, bare, part, native, without)
    for lang, patronymic in row.patronymic:
        spelled = spell.native(patronymic, lang, "patronymic", row.gender)
        english = [a for a in spelled if a.scheme.startswith(ENGLISH_PRESS)]
        if english:
            _add_word(base, row.id, -1, english[0].form, "patronymic", patronymic, list(spelled))
    for spelling, forms in aligned:
        if not forms:
            _add_phrase(base, row.id, _listed(spelling, spelling.form))


def _native_aliases(
    native: str, lang: str, part: str, row: EntityRow, spell: _Speller
) -> list[Alias]:
    """Spellings of a native word: by every convention, or itself if its letters are Latin."""
    if not _is_latin(native):
        return list(spell.native(native, lang, part, row.gender))
    # English prints a name of a Latin alphabet with its diacritics or without.
    itself = Alias(native, frozenset({lang, "en"}), "variant", source=row.source)
    return [itself, *spell.inflected(native, lang, part, row.gender)]


def _align(form: str, words: Sequence[str], family: Collection[int]) -> dict[int, str]:
    """Which word of the canonical name each word of a spelling stands for; empty if unclear.

    One word alone is the family name. As many words as the canonical name has stand in its
    order, unless one of them says otherwise (William Lai for Lai Ching-te).
    """
    forms = form.split()
    if len(forms) == 1 and len(family) == 1:
        return dict.fromkeys(family, forms[0])
    keys = [fold(word) for word in words]
    if len(forms) != len(words) or any(
        fold(one) in keys and keys.index(fold(one)) != at for at, one in enumerate(forms)
    ):
        return {}
    return dict(enumerate(forms))


def _add_other(base: _Base, row: EntityRow, spell: _Speller) -> None:
    _add_phrase(
        base, row.id, Alias(row.canonical, frozenset({"en"}), "canonical", source=row.source)
    )
    for spelling in row.spellings:
        _add_phrase(base, row.id, _listed(spelling, spelling.form))
    for lang, native in row.native:
        by_word = [spell.native(word, lang, "name", "") for word in native.split()]
        if len(by_word) == 1:
            for alias in by_word[0]:
                _add_phrase(base, row.id, alias)
            continue
        # Of several words only the usual spellings go together; mixing conventions inside one
        # name would multiply spellings that nobody writes.
        usual = [
            {alias.scheme.partition(":")[0]: alias for alias in reversed(word) if not alias.cost}
            for word in by_word
        ]
        for scheme, first in usual[0].items():
            if all(scheme in word for word in usual):
                form = " ".join(word[scheme].form for word in usual)
                _add_phrase(base, row.id, replace(first, form=form))


def _add_word(
    base: _Base,
    entity_id: str,
    at: int,
    canonical: str,
    part: str,
    native: str,
    aliases: Iterable[Alias],
) -> None:
    word = (canonical, part, native)
    bearers = base.bearers.setdefault(word, [])
    if (entity_id, at) not in bearers:
        bearers.append((entity_id, at))
    spellings = base.words.setdefault(word, {})
    for alias in aliases:
        if key := fold(alias.form):
            _merge(spellings.setdefault(key, []), alias)
            base.keys.setdefault(entity_id, set()).add(key)


def _add_phrase(base: _Base, entity_id: str, alias: Alias) -> None:
    words = alias.form.replace("-", " ").split()
    keys = [fold(word) for word in words]
    if not keys or not all(keys):
        return
    anchor = next((at for at, word in enumerate(words) if word[0].isupper()), 0)
    at_anchor = base.phrases.setdefault(keys[anchor], {})
    known = at_anchor.get((entity_id, " ".join(keys)))
    aliases = list(known.aliases) if known else []
    _merge(aliases, alias)
    phrase = Phrase(entity_id, tuple(keys), anchor, _best(aliases))
    at_anchor[entity_id, " ".join(keys)] = phrase
    base.keys.setdefault(entity_id, set()).add(keys[anchor])


def _best(aliases: Iterable[Alias]) -> tuple[Alias, ...]:
    return tuple(sorted(aliases, key=lambda one: (*_rank(one), one.form))[:MAX_ALIASES])


def _merge(aliases: list[Alias], alias: Alias) -> None:
    """Add an alias; the same form said by several conventions is one alias with all languages."""
    for at, known in enumerate(aliases):
        if known.form == alias.form:
            first, second = sorted((known, alias), key=lambda one: (_rank(one), one.scheme))
            schemes = first.scheme.split()
            # A convention that usually writes what is listed too is named beside the list.
            if _rank(first) == _rank(second) or not (schemes or second.cost):
                schemes += [one for one in second.scheme.split() if one not in schemes]
            aliases[at] = replace(first, lang=first.lang | second.lang, scheme=" ".join(schemes))
            return
    aliases.append(alias)


def _rank(alias: Alias) -> tuple[int, int]:
    """Better explanations first: canonical, listed, usual by a scheme, accepted, inflected."""
    kinds = ("canonical", "variant", "former", "exonym", "transliteration", "inflected")
    return kinds.index(alias.kind), alias.cost


def _write(base: _Base, tables: Tables, path: Path, sounds: SoundClasses | None) -> None:
    readings: dict[str, dict[str, Any]] = {}
    for word in sorted(base.words):
        canonical, part, native = word
        for key, aliases in base.words[word].items():
            best = [write_alias(alias) for alias in _best(aliases)]
            raw = [canonical, part, base.bearers[word], best, native]
            readings.setdefault(key, {}).setdefault("words", []).append(raw)
    for key, phrases in base.phrases.items():
        for phrase in sorted(phrases.values(), key=lambda one: (-len(one.words), one.entity_id)):
            found = [
                phrase.entity_id,
                phrase.words,
                phrase.anchor,
                [write_alias(alias) for alias in phrase.aliases],
            ]
            readings.setdefault(key, {}).setdefault("phrases", []).append(found)
    for english in tables.english_words:
        readings.setdefault(fold(english), {})["english"] = True
    # Alessio alone is some Italian, not a patriarch.
    for name in (*tables.english_names, *(given.spelling for given in tables.given_names)):
        readings.setdefault(fold(name), {})["common"] = True
    for guard in tables.guards:
        if fold(guard.form) in readings:
            readings[fold(guard.form)]["guard"] = [guard.form, guard.need, guard.near]
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    os.close(handle)
    database = sqlite3.connect(temporary, isolation_level=None)
    try:
        database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
            "CREATE TABLE reading (key TEXT PRIMARY KEY, content TEXT) WITHOUT ROWID;"
            "CREATE TABLE entity (id TEXT PRIMARY KEY, content TEXT, keys TEXT) WITHOUT ROWID;"
            "CREATE TABLE sound (bones TEXT PRIMARY KEY, ids TEXT) WITHOUT ROWID;"
            "CREATE TABLE sounds (content TEXT);"
            "CREATE TABLE fact (name TEXT, value TEXT);"
        )
        database.executemany(
            "INSERT INTO reading VALUES (?, ?)",
            ((key, write_json(readings[key])) for key in sorted(readings)),
        )
        database.executemany(
            "INSERT INTO entity VALUES (?, ?, ?)",
            (
                (row.id, write_known(_known(row)), " ".join(sorted(base.keys.get(row.id, ()))))
                for row in sorted(tables.rows, key=lambda row: row.id)
            ),
        )
        if sounds:
            both = write_json([dict(sounds.classes), list(sounds.other_classes)])
            database.execute("INSERT INTO sounds VALUES (?)", (both,))
            bones = _family_bones(base, SoundKeys(sounds))
            database.executemany("INSERT INTO sound VALUES (?, ?)", bones)
        database.executemany("INSERT INTO fact VALUES (?, ?)", _facts(base, tables, readings))
        database.execute("COMMIT")
        database.close()
        os.replace(temporary, path)
    except BaseException:
        database.close()
        Path(temporary).unlink(missing_ok=True)
        raise


def _family_bones(base: _Base, keys: SoundKeys) -> Iterator[tuple[str, str]]:
    """The consonants of every family name by all its readings, with the ids of its bearers."""
    bearers: dict[str, set[str]] = {}
    for word, ids in base.bearers.items():
        canonical, part, _ = word
        if part == "family":
            for bones in keys.all_bones(fold(canonical)):
                if len(bones) >= MIN_BONES:
                    bearers.setdefault(bones, set()).update(id_ for id_, _ in ids)
    for bones in sorted(bearers):
        yield bones, " ".join(sorted(bearers[bones]))


def _facts(
    base: _Base, tables: Tables, readings: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    types: dict[str, int] = {}
    for row in tables.rows:
        types[row.type] = types.get(row.type, 0) + 1
    spellings = sum(len(a) for word in base.words.values() for a in word.values())
    spellings += sum(len(phrases) for phrases in base.phrases.values())
    yield "version", normalizer.__version__
    yield "entities", str(len(tables.rows))
    for type_, count in sorted(types.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {type_}", str(count)
    yield "spellings", str(spellings)
    yield "keys", str(len(readings))
    yield "schemes", " ".join(scheme.id for scheme in tables.schemes)


def _family_positions(row: EntityRow) -> set[int]:
    """Where the family name stands among the words of the canonical name, particles left out."""
    words, family = row.canonical.split(), row.family.split()
    for at in range(len(words) - len(family), -1, -1):
        if [_bare(word, family) for word in words[at : at + len(family)]] == family:
            positions = set(range(at, at + len(family)))
            return {one for one in positions if not words[one].islower()} or positions
    return {len(words) - 1}


def _is_latin(word: str) -> bool:
    return all(unicodedata.name(c, "").startswith("LATIN") for c in word if c.isalpha())


def _bare(word: str, family: Sequence[str]) -> str:
    """The word without its Arabic article if the family name is listed without it."""
    bare = _ARTICLE.sub("", word)
    return bare if bare in family else word


def _known(row: EntityRow) -> Known:
    family = _family_positions(row) if row.type == "person" else ()
    keep = tuple(fold_phrase(phrase) for phrase in row.keep)
    return Known(
        row.id, row.type, row.canonical, row.roles, frozenset(family), keep, row.place,
        row.priority > 0, row.native,
    )  # fmt: skip


def _listed(spelling: ListedSpelling, form: str) -> Alias:
    return Alias(form, spelling.langs, spelling.kind, source=spelling.source)
