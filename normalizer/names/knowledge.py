"""The knowledge base: what the tables and every spelling they generate say of a word.

A base compiled from them (`normalizer.names.compiling`) is an SQLite file, read through a memory
map: it opens in a millisecond whatever its size, and each distinct word of a corpus is looked up
once. It is keyed by a hash of the tables, so it is built on first use and never stale. A user's
names and style make a second, small base that is laid over the first.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import logging
import sqlite3
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import normalizer
from normalizer.annotation import Alias, Entity
from normalizer.errors import TableError
from normalizer.names.compiling import compile_base
from normalizer.names.fold import fold
from normalizer.names.own_names import override, restyle
from normalizer.names.phonetics import SoundClasses, SoundKeys, load_phonetics
from normalizer.names.records import Known, NameWord, Phrase, Reading, read_alias, read_known
from normalizer.names.tables import Guard, default_seeds, load_names, load_tables

logger = logging.getLogger(__name__)
Value = TypeVar("Value")

FORMAT = 5
_POSSESSIVE = "\N{RIGHT SINGLE QUOTATION MARK}s"
# Distinct words remembered; news has some 30,000 in 40 MB, so this is rarely reached.
MAX_MET = 500_000


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
                    read_known(row[0])
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
                known = read_known(content)
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
                    aliases = tuple(read_alias(alias) for alias in raw[3])
                    words.append(NameWord(raw[0], raw[1], bearers, aliases, raw[4]))
            for raw in content.get("phrases", ()):
                if raw[0] not in hidden:
                    aliases = tuple(read_alias(alias) for alias in raw[3])
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


def _goes_on(phrase: Phrase) -> bool:
    return len(phrase.words) > phrase.anchor + 1


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
