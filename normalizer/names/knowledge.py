"""The knowledge base: the tables with every spelling they generate, compiled to one file.

A compiled base is an SQLite file, read through a memory map: it opens in a millisecond whatever
its size, and each distinct word of a corpus is looked up once. It is keyed by a hash of the
tables, so it is built on first use and never stale. A user's names and style make a second,
small base that is laid over the first.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import logging
import os
import re
import sqlite3
import tempfile
import unicodedata
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import normalizer
from normalizer.annotation import Alias, Entity
from normalizer.errors import TableError
from normalizer.names.fold import fold, fold_phrase
from normalizer.names.inflect import inflect
from normalizer.names.phonetics import SoundClasses, SoundKeys, load_phonetics
from normalizer.names.romanize import transcribe
from normalizer.names.tables import (
    Ending,
    EntityRow,
    GivenName,
    Guard,
    ListedSpelling,
    Tables,
    default_seeds,
    load_names,
    load_tables,
)

logger = logging.getLogger(__name__)
Value = TypeVar("Value")

FORMAT = 5
# A family name of fewer consonants (Tito) sounds like every second word.
MIN_BONES = 3
# A part of a person's name that was generated from another script can reach a reader clipped of
# its last letters; of Latin names only the whole is looked for.
CLIPPABLE = 3
CYRILLIC = frozenset({"ru", "uk", "be"})
# The scheme that writes what no table gives a canonical English spelling for.
ENGLISH_PRESS = "en-press"
# Official and scholarly schemes are written in many languages: they tell nothing of the source.
MANY_LANGUAGES = "mul"
_ARTICLE = re.compile(r"^[AEae][a-z]{1,2}-")
_POSSESSIVE = "\N{RIGHT SINGLE QUOTATION MARK}s"
# Distinct words remembered; news has some 30,000 in 40 MB, so this is rarely reached.
MAX_MET = 500_000
# Aliases kept for one key and one word: the cheapest of each convention tell the story.
MAX_ALIASES = 12


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


@dataclass(frozen=True, slots=True)
class SoundTable:
    """What sound keys are made from, as compiled into a base."""

    classes: Mapping[str, str]
    other_classes: tuple[tuple[str, str], ...]


class Memory(dict[str, Value]):
    """A memory that forgets everything when it is full, so that it stays small."""

    def __setitem__(self, key: str, value: Value) -> None:
        if len(self) >= MAX_MET:
            self.clear()
        super().__setitem__(key, value)


class Knowledge:
    """An opened base, perhaps with a user's base laid over it. Lookups only; safe to share.

    Args:
        layers: Compiled files, the most important first. An entity of an earlier layer hides
            the one with the same id in a later layer.

    Attributes:
        layers: As given.
        met: What the finder found out about words as they stand in texts: offsets, reading.
        met_names: The name that words are wherever they stand; empty where they are none.
    """

    def __init__(self, layers: Sequence[Path]) -> None:
        self.layers = tuple(layers)
        self._databases = [_connect(path) for path in self.layers]
        weakref.finalize(self, _close, self._databases)
        self._hidden: list[frozenset[str]] = []
        above: frozenset[str] = frozenset()
        for database in self._databases:
            self._hidden.append(above)
            if database is not self._databases[-1]:
                above |= {row[0] for row in database.execute("SELECT id FROM entity")}
        self.met = Memory[tuple[tuple[int, int, Reading], ...]]()
        self.met_names = Memory[tuple[Any, ...]]()
        self._readings = Memory[Reading]()
        self._entities: dict[str, Known | None] = {}
        self._sounds = Memory[frozenset[str]]()

    def __reduce__(self) -> tuple[type[Knowledge], tuple[Sequence[Path]]]:
        """Pickle as the paths, so that worker processes open the files themselves."""
        return Knowledge, (self.layers,)

    def read(self, key: str) -> Reading:
        """Everything the tables know under a folded word; remembered after the first time."""
        reading = self._readings.get(key)
        if reading is None:
            reading = self._readings[key] = self._read(key)
        return reading

    def knows_name(self, word: str) -> bool:
        """Whether a capitalised word is a known name or part of one, and no English word too."""
        reading = self.read(fold(word.removesuffix("'s").removesuffix(_POSSESSIVE)))
        named = bool(reading.words or reading.phrases)
        return word[:1].isupper() and named and not reading.english

    def entity(self, entity_id: str) -> Known | None:
        """The entity with this id, None if there is none."""
        if entity_id not in self._entities:
            self._entities[entity_id] = next(
                (
                    _known(row[0])
                    for database in self._databases
                    for row in database.execute(
                        "SELECT content FROM entity WHERE id = ?", (entity_id,)
                    )
                ),
                None,
            )
        return self._entities[entity_id]

    def entities(self) -> Iterator[Known]:
        """Every entity, sorted by id within a layer."""
        for database, hidden in zip(self._databases, self._hidden, strict=True):
            for (content,) in database.execute("SELECT content FROM entity ORDER BY id"):
                known = _known(content)
                if known.id not in hidden:
                    yield known

    def persons(self) -> Iterator[Known]:
        """Every person, sorted by id within a layer."""
        return (known for known in self.entities() if known.type == "person")

    def readings(self) -> Iterator[tuple[str, Reading]]:
        """Every folded word that is part of a name, sorted, with all it may stand for.

        A reading is made as it is asked for and not remembered: this walks whole bases.
        """
        streams = [_numbered(database, at) for at, database in enumerate(self._databases)]
        for key, rows in groupby(heapq.merge(*streams), key=itemgetter(0)):
            contents = {at: content for _, at, content in rows}
            # English words that are no name at all are most of the rows; they hold no list.
            if not any("[" in content for content in contents.values()):
                continue
            reading = self._merged(contents.get(at) for at in range(len(self._databases)))
            if reading.words or reading.phrases:
                yield key, reading

    def sounding_like(self, key: str) -> frozenset[str]:
        """Ids of persons whose family name has the consonants of a folded word, roughly."""
        ids = self._sounds.get(key)
        if ids is None:
            ids = self._sounds[key] = frozenset(self._sounding_like(key))
        return ids

    def _sounding_like(self, key: str) -> Iterator[str]:
        for bones in self.bones(key):
            for database, hidden in zip(self._databases, self._hidden, strict=True):
                for (ids,) in database.execute("SELECT ids FROM sound WHERE bones = ?", (bones,)):
                    yield from (id_ for id_ in ids.split() if id_ not in hidden)

    def bones(self, key: str) -> set[str]:
        """The consonants a folded word may sound by; empty if the base has no sounds."""
        return self._sound_keys.all_bones(key) if self._sound_keys else set()

    @cached_property
    def _sound_keys(self) -> SoundKeys | None:
        """From the shipped base, the last layer; None if it was compiled without sounds."""
        row = self._databases[-1].execute("SELECT content FROM sounds").fetchone()
        if row is None:
            return None
        classes, others = json.loads(row[0])
        return SoundKeys(SoundTable(classes, tuple((one, other) for one, other in others)))

    def longer(self, key: str, letters: int) -> list[str]:
        """Keys that begin with ``key`` and go on for at most ``letters`` more, sorted."""
        found: set[str] = set()
        for database in self._databases:
            found.update(
                row[0]
                for row in database.execute(
                    "SELECT key FROM reading WHERE key > ? AND key < ? AND length(key) <= ?",
                    (key, key + "\U0010ffff", len(key) + letters),
                )
            )
        return sorted(found)

    def variants(self, entity_id: str) -> Entity | None:
        """The entity with every spelling of it: whole phrases, and the single words of persons."""
        known = self.entity(entity_id)
        if known is None:
            return None
        aliases: dict[str, Alias] = {}
        for key in self.keys(entity_id):
            reading = self.read(key)
            for word in reading.words:
                if any(bearer == entity_id for bearer, _ in word.bearers):
                    aliases |= {alias.form: alias for alias in word.aliases}
            for phrase in reading.phrases:
                if phrase.entity_id == entity_id:
                    aliases |= {alias.form: alias for alias in phrase.aliases}
        ordered = tuple(aliases[form] for form in sorted(aliases))
        return Entity(known.id, known.type, known.canonical, known.roles, ordered)

    def keys(self, entity_id: str) -> list[str]:
        """The folded words under which the spellings of an entity are found, each once."""
        keys: dict[str, None] = {}
        for database in self._databases:
            row = database.execute("SELECT keys FROM entity WHERE id = ?", (entity_id,)).fetchone()
            keys |= dict.fromkeys(row[0].split() if row else ())
        return list(keys)

    def facts(self) -> dict[str, str]:
        """What is in the base, by name: counts, hash, version, in the order to show them."""
        facts: dict[str, str] = {}
        for database in reversed(self._databases):
            facts |= dict(database.execute("SELECT name, value FROM fact ORDER BY rowid"))
        return facts

    def _read(self, key: str) -> Reading:
        rows = (
            database.execute("SELECT content FROM reading WHERE key = ?", (key,)).fetchone()
            for database in self._databases
        )
        return self._merged(row[0] if row else None for row in rows)

    def _merged(self, contents: Iterable[str | None]) -> Reading:
        """What the layers, in their order, say about one folded word."""
        words: list[NameWord] = []
        phrases: list[Phrase] = []
        guard: Guard | None = None
        english = common = False
        for raw_content, hidden in zip(contents, self._hidden, strict=True):
            if raw_content is None:
                continue
            content = json.loads(raw_content)
            for raw in content.get("words", ()):
                bearers = tuple((id_, at) for id_, at in raw[2] if id_ not in hidden)
                if bearers:
                    aliases = tuple(_alias(alias) for alias in raw[3])
                    words.append(NameWord(raw[0], raw[1], bearers, aliases, raw[4]))
            for raw in content.get("phrases", ()):
                if raw[0] not in hidden:
                    aliases = tuple(_alias(alias) for alias in raw[3])
                    phrases.append(Phrase(raw[0], tuple(raw[1]), raw[2], aliases))
            english = english or content.get("english", False)
            common = common or content.get("common", False)
            if content.get("guard"):
                form, need, near = content["guard"]
                guard = Guard(form, need, tuple(near), "", (), ())
        return Reading(
            tuple(words),
            tuple(phrases),
            guard,
            english,
            common,
            after=frozenset(one.words[one.anchor + 1] for one in phrases if _goes_on(one)),
            has_lead=any(one.anchor for one in phrases),
        )


def open_knowledge(
    cache: Path,
    *,
    seeds: Path | None = None,
    names: Path | None = None,
    style: Sequence[str] = (),
) -> Knowledge:
    """Open the base for the shipped tables and a user's wishes, compiling what is not cached.

    Args:
        cache: Folder for compiled files; made if missing. One that cannot be written is replaced
            by a temporary folder, with a warning.
        seeds: Folder of tables; None for the shipped ones.
        names: A user's names (CSV or TOML), which win over ours.
        style: Names of styles, or English spellings to prefer (``Kiev``).

    Raises:
        TableError: If a table has faults, or nothing knows a style or spelling asked for.
    """
    seeds = seeds or default_seeds()
    base_hash = _hash(_table_files(seeds))

    def compile_shipped(path: Path) -> None:
        compile_base(load_tables(seeds), path, _load_sounds(seeds))

    base = _compiled(cache, f"base-{base_hash}", compile_shipped)
    if not names and not style:
        return Knowledge([base])
    own_hash = _hash([names] if names else [], base_hash, *style)

    def compile_own(path: Path) -> None:
        tables = load_tables(seeds)
        own = restyle(tables, style)
        own = override(tables, own, load_names(names) if names else [])
        compile_base(
            replace(tables, rows=tuple(own), english_words=frozenset(), english_names=frozenset()),
            path,
            _load_sounds(seeds),
        )

    return Knowledge([_compiled(cache, f"own-{own_hash}", compile_own), base])


def _load_sounds(seeds: Path) -> SoundClasses | None:
    folder = seeds / "phonetics"
    return load_phonetics(folder) if folder.is_dir() else None


# -- the user's wishes -----------------------------------------------------------------------


def restyle(tables: Tables, style: Iterable[str]) -> list[EntityRow]:
    """The rows whose canonical name a style changes, with the former canonical as a variant.

    Args:
        tables: The shipped tables.
        style: Names of styles, or English spellings that a row lists as a variant.

    Raises:
        TableError: For a spelling that is no listed variant and no style.
    """
    styles = {one.id: one for one in tables.styles}
    chosen: list[str] = []
    for wish in style:
        chosen.extend(styles[wish].choose if wish in styles else [wish])
    changed: dict[str, EntityRow] = {}
    for form in chosen:
        found = False
        for shipped in tables.rows:
            row = changed.get(shipped.id, shipped)
            renamed = _renamed(row, form, tables.given_names)
            if renamed:
                changed[row.id] = renamed
            found = found or renamed is not None or form in row.canonical.split()
        if not found:
            raise TableError(
                f"--style {form}: neither a style ({', '.join(sorted(styles))}) "
                "nor a listed English variant; try `normalizer explain` to see the variants"
            )
    return list(changed.values())


def override(
    tables: Tables, changed: Iterable[EntityRow], own: Iterable[EntityRow]
) -> list[EntityRow]:
    """Lay a user's rows over ours; one that names an entity of ours renames it."""
    rows = {row.id: row for row in changed}
    by_form: dict[str, EntityRow] = {}
    for row in (*rows.values(), *tables.rows):
        for form in (row.canonical, *(s.form for s in row.spellings if s.kind == "variant")):
            by_form.setdefault(fold_phrase(form), rows.get(row.id, row))
    for mine in own:
        forms = (mine.canonical, *(spelling.form for spelling in mine.spellings))
        ours = next((hit for form in forms if (hit := by_form.get(fold_phrase(form)))), None)
        if ours is None:
            rows[mine.id] = mine
            continue
        renamed = _with_canonical(rows.get(ours.id, ours), mine.canonical)
        rows[ours.id] = replace(
            renamed,
            spellings=renamed.spellings + mine.spellings,
            native=renamed.native or mine.native,
            place=mine.place,
            priority=1,
        )
    return list(rows.values())


def _renamed(row: EntityRow, form: str, given_names: Iterable[GivenName]) -> EntityRow | None:
    """The row with ``form`` as canonical, or as one word of it; None if it is no variant of it."""
    words = row.canonical.split()
    for spelling in row.spellings:
        if spelling.kind != "variant":
            continue
        variant = spelling.form.split()
        if spelling.form == form:
            whole = form if len(variant) == len(words) else " ".join([*words[:-1], form])
            return _with_canonical(row, whole)
        if len(variant) == len(words) and form in variant:
            at = variant.index(form)
            return _with_canonical(row, " ".join([*words[:at], form, *words[at + 1 :]]))
    if row.type == "person":
        natives = {name.native for name in given_names if name.spelling == form}
        for lang, native in row.native:
            for at, word in enumerate(native.split()):
                if lang in CYRILLIC and word.casefold() in natives and words[at] != form:
                    return _with_canonical(row, " ".join([*words[:at], form, *words[at + 1 :]]))
    return None


def _with_canonical(row: EntityRow, canonical: str) -> EntityRow:
    if canonical == row.canonical:
        return replace(row, priority=1)
    former = ListedSpelling(row.canonical, frozenset({"en"}), "variant", row.source)
    words, new_words = row.canonical.split(), canonical.split()
    same_length = len(words) == len(new_words)
    family = row.family
    if family and same_length:
        family = " ".join(
            new for old, new in zip(words, new_words, strict=True) if old in family.split()
        )
    return replace(
        row,
        canonical=canonical,
        family=family if same_length else new_words[-1] if family else "",
        native=row.native if same_length else (),
        spellings=(*row.spellings, former),
        priority=1,
    )


# -- compiling -------------------------------------------------------------------------------


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
            best = [_raw(alias) for alias in _best(aliases)]
            raw = [canonical, part, base.bearers[word], best, native]
            readings.setdefault(key, {}).setdefault("words", []).append(raw)
    for key, phrases in base.phrases.items():
        for phrase in sorted(phrases.values(), key=lambda one: (-len(one.words), one.entity_id)):
            found = [
                phrase.entity_id,
                phrase.words,
                phrase.anchor,
                [_raw(alias) for alias in phrase.aliases],
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
            ((key, _json(readings[key])) for key in sorted(readings)),
        )
        database.executemany(
            "INSERT INTO entity VALUES (?, ?, ?)",
            (
                (row.id, _json(_known_raw(row)), " ".join(sorted(base.keys.get(row.id, ()))))
                for row in sorted(tables.rows, key=lambda row: row.id)
            ),
        )
        if sounds:
            both = _json([dict(sounds.classes), list(sounds.other_classes)])
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


def _goes_on(phrase: Phrase) -> bool:
    return len(phrase.words) > phrase.anchor + 1


def _known_raw(row: EntityRow) -> list[Any]:
    family = sorted(_family_positions(row)) if row.type == "person" else []
    keep = [fold_phrase(phrase) for phrase in row.keep]
    user = row.priority > 0
    return [
        row.id, row.type, row.canonical, row.roles, family, keep, row.place, user, row.native
    ]  # fmt: skip


def _known(content: str) -> Known:
    id_, type_, canonical, roles, family, keep, place, user, native = json.loads(content)
    return Known(
        id_, type_, canonical, tuple(roles), frozenset(family), tuple(keep), place, user,
        tuple((lang, form) for lang, form in native),
    )  # fmt: skip


def _listed(spelling: ListedSpelling, form: str) -> Alias:
    return Alias(form, spelling.langs, spelling.kind, source=spelling.source)


def _raw(alias: Alias) -> list[Any]:
    langs = " ".join(sorted(alias.lang))
    return [alias.form, langs, alias.kind, alias.scheme, alias.source, alias.cost]


def _alias(raw: Sequence[Any]) -> Alias:
    return Alias(raw[0], frozenset(raw[1].split()), raw[2], raw[3], raw[4], raw[5])


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _connect(path: Path) -> sqlite3.Connection:
    """Open a compiled file for reading, through a memory map; never locks, never writes."""
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    database = sqlite3.connect(address, uri=True, check_same_thread=False)
    database.execute("PRAGMA mmap_size = 4294967296")
    return database


def _numbered(database: sqlite3.Connection, layer: int) -> Iterator[tuple[str, int, str]]:
    """The rows of a layer in the order of their keys."""
    rows = database.execute("SELECT key, content FROM reading ORDER BY key")
    return ((key, layer, content) for key, content in rows)


def _close(databases: Iterable[sqlite3.Connection]) -> None:
    for database in databases:
        database.close()


def _hash(paths: Iterable[Path], *more: str) -> str:
    """Names and contents of files, with the version of the format and of the package."""
    digest = hashlib.sha256(f"{FORMAT} {normalizer.__version__} {more}".encode())
    for path in paths:
        digest.update(path.name.encode() + b"\0")
        try:
            digest.update(path.read_bytes())
        except OSError as error:
            raise TableError(
                f"{path}: cannot be read ({error.strerror}); check the path"
            ) from error
    return digest.hexdigest()[:20]


def _table_files(seeds: Path) -> list[Path]:
    """The files that make the base, wherever the folder lies."""
    return sorted(p for p in seeds.rglob("*") if p.suffix in (".toml", ".csv", ".txt"))


def _compiled(cache: Path, name: str, compile_to: Callable[[Path], None]) -> Path:
    """The compiled file, from the cache if there is a sound one there."""
    path = cache / f"{name}.sqlite"
    try:
        if path.exists():
            if _is_sound(path):
                return path
            logger.warning("%s is damaged: compiling it again", path)
        else:
            logger.info("compiling the name tables once, into %s", path)
        compile_to(path)
        return path
    except (OSError, sqlite3.OperationalError) as error:
        temporary = Path(tempfile.mkdtemp(prefix="normalizer-")) / path.name
        logger.warning("%s cannot be written (%s): using %s", cache, error, temporary)
        compile_to(temporary)
        return temporary


def _is_sound(path: Path) -> bool:
    """Whether a compiled file can be read; a full disk or a crash can leave a torn one."""
    try:
        database = _connect(path)
        try:
            return bool(database.execute("SELECT count(*) FROM fact").fetchone()[0])
        finally:
            database.close()
    except sqlite3.DatabaseError:
        return False
