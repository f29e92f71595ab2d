"""What a model said before, in a file: a second run over the same text needs no model time.

An answer is kept under the SHA-256 of everything it depends on: the model and the way it runs, the
question, the sentence and what stands before it. The file is bounded, shared by processes, and
never needed: if it cannot be written or is broken, answers are computed again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import weakref
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from normalizer.glitches.language_model.protocol import (
    LanguageModel,
    Passage,
    SentenceReading,
    WordChoice,
    WordReading,
)
from normalizer.glitches.language_model.store import Installed, open_installed

if TYPE_CHECKING:
    from normalizer.glitches.language_model.adapter import Adapter

logger = logging.getLogger(__name__)

FILE = "opinions.sqlite"
FORMAT = 1
# Some 200,000 sentences; the oldest quarter goes when it is full.
MAX_BYTES = 256_000_000
# Answers kept in memory where there is no file, for documents that are read ahead: some 30 MB.
MAX_MEMORY = 10_000
_BUSY_SECONDS = 30
# SQLite takes some 32,000 variables a statement; fewer are as fast.
_KEYS_AT_ONCE = 500
# Passages computed at a time: hidden states are large, and what is done is kept if a run is ended.
_PASSAGES_AT_ONCE = 256


class OpinionCache:
    """Answers by key. One object a process: a connection must not cross a fork."""

    def __init__(self, file: Path | None, *, max_bytes: int = MAX_BYTES) -> None:
        """Open or make the file; a broken one is made anew. Without a file memory has to do."""
        self._max_bytes = max_bytes
        self._memory: dict[bytes, str] = {}
        self._connection = self._opened(file) if file else None

    def load(self, keys: Sequence[bytes]) -> dict[bytes, str]:
        """What is known, of the answers asked for."""
        found = {key: self._memory[key] for key in keys if key in self._memory}
        missing = [key for key in keys if key not in found]
        try:
            for start in range(0, len(missing), _KEYS_AT_ONCE):
                part = missing[start : start + _KEYS_AT_ONCE]
                if self._connection is None:
                    break
                marks = ",".join("?" * len(part))
                query = f"SELECT key, answer FROM opinions WHERE key IN ({marks})"
                found.update(self._connection.execute(query, part))
        except sqlite3.Error as error:
            self._give_up(error)
        return found

    def store(self, answers: dict[bytes, str]) -> None:
        """Keep answers, on the way out throwing the oldest away."""
        if self._connection is not None:
            try:
                with self._connection:
                    self._connection.executemany(
                        "INSERT OR IGNORE INTO opinions (key, answer) VALUES (?, ?)",
                        answers.items(),
                    )
                    self._shrink(self._connection)
            except sqlite3.Error as error:
                self._give_up(error)
            else:
                return
        self._memory.update(answers)
        for key in list(self._memory)[:-MAX_MEMORY]:
            del self._memory[key]

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self, file: Path) -> sqlite3.Connection | None:
        for attempt in ("open", "make anew"):
            connection = None
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                connection = sqlite3.connect(file, timeout=_BUSY_SECONDS)
                _prepare(connection)
                weakref.finalize(self, connection.close)
                return connection
            except (OSError, sqlite3.Error) as error:
                if connection is not None:
                    connection.close()
                broken = isinstance(error, sqlite3.DatabaseError) and not isinstance(
                    error, sqlite3.OperationalError
                )
                if not broken or attempt != "open":
                    logger.warning("%s: cannot be used (%s); nothing is kept", file, error)
                    return None
                for suffix in ("", "-wal", "-shm"):
                    file.with_name(file.name + suffix).unlink(missing_ok=True)
        return None

    def _shrink(self, connection: sqlite3.Connection) -> None:
        size, pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
        if (pages - free) * size > self._max_bytes:
            connection.execute(
                "DELETE FROM opinions WHERE id <= (SELECT id FROM opinions ORDER BY id "
                "LIMIT 1 OFFSET (SELECT count(*) / 4 FROM opinions))"
            )

    def _give_up(self, error: sqlite3.Error) -> None:
        """Go on without the file: a full disk or a broken file must not stop a run."""
        logger.warning("what models said cannot be used (%s); nothing is kept", error)
        self.close()


class RememberingModel:
    """A model that is asked once: a `protocol.LanguageModel` before another one.

    The other one is not even opened before there is something to ask.
    """

    def __init__(
        self,
        open_model: Callable[[], LanguageModel],
        cache: OpinionCache,
        *,
        name: str,
        fingerprint: str,
    ) -> None:
        """Put the cache before the model that ``open_model`` opens; it has this fingerprint."""
        self._open = open_model
        self._cache = cache
        self.name = name
        self.fingerprint = fingerprint

    @cached_property
    def _model(self) -> LanguageModel:
        return self._open()

    def read(
        self, passages: Sequence[Passage], *, adapter: Adapter | None = None
    ) -> list[SentenceReading]:
        """See `protocol.LanguageModel`. States are never kept: they take a thousand times more."""
        if adapter is not None:
            return self._model.read(passages, adapter=adapter)
        answers = self.recall(
            "read",
            passages,
            lambda missing: [
                [list(asdict(word).values()) for word in reading.words]
                for reading in self._model.read(missing)
            ],
        )
        return [SentenceReading(tuple(WordReading(*word) for word in words)) for words in answers]

    def log_likelihood(self, passages: Sequence[Passage]) -> list[tuple[float, ...]]:
        """See `protocol.LanguageModel`."""
        answers = self.recall(
            "log-likelihood by word",
            passages,
            lambda missing: list(self._model.log_likelihood(missing)),
        )
        return [tuple(words) for words in answers]

    def glance(self, passages: Sequence[Passage], at: int) -> list[float]:
        """See `protocol.LanguageModel`."""
        return self.recall(
            f"glance {at}", passages, lambda missing: self._model.glance(missing, at)
        )

    def best_words(self, passage: Passage, at: int, *, count: int = 10) -> list[WordChoice]:
        """See `protocol.LanguageModel`."""
        (answer,) = self.recall(
            f"best-words {at} {count}",
            [passage],
            lambda missing: [
                [
                    [one.text, one.log_probability]
                    for one in self._model.best_words(passage, at, count=count)
                ]
                for passage in missing
            ],
        )
        return [WordChoice(text, log_probability) for text, log_probability in answer]

    def recall(
        self,
        kind: str,
        passages: Sequence[Passage],
        compute: Callable[[list[Passage]], list[Any]],
    ) -> list[Any]:
        """See `protocol.LanguageModel`."""
        keys = [self._key(kind, passage) for passage in passages]
        known = self._cache.load(keys)
        missing = {
            key: passage for key, passage in zip(keys, passages, strict=True) if key not in known
        }
        for start in range(0, len(missing), _PASSAGES_AT_ONCE):
            part = list(missing.items())[start : start + _PASSAGES_AT_ONCE]
            computed = compute([passage for _, passage in part])
            # Kept as text, and read back even now: a second run gets the very same numbers.
            new = {key: json.dumps(one) for (key, _), one in zip(part, computed, strict=True)}
            self._cache.store(new)
            known |= new
        return [json.loads(known[key]) for key in keys]

    def _key(self, kind: str, passage: Passage) -> bytes:
        words = [[span.start, span.end] for span in passage.words]
        parts = [self.fingerprint, kind, passage.before, passage.text, words]
        return hashlib.sha256(json.dumps(parts).encode()).digest()


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model a user asked for: opened where it is needed, once a process.

    Attributes:
        model: From `store.find_model`.
        cache: Folder in which answers are kept; None keeps them in memory only.
    """

    model: Installed
    cache: Path | None = None

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self.model.name

    def open(self) -> LanguageModel:
        """The model, before it what it said from run to run; loaded when it is first needed.

        Asking it raises ModelError if it is no language model.
        """
        return RememberingModel(
            partial(open_installed, self.model),
            OpinionCache(self.cache / FILE if self.cache else None),
            name=self.model.name,
            fingerprint=self.model.fingerprint,
        )


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # What a power cut takes is computed again.
    connection.execute("PRAGMA synchronous = OFF")
    with connection:
        # Another process may be making it at this moment.
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            connection.execute("DROP TABLE IF EXISTS opinions")
            connection.execute(
                "CREATE TABLE opinions "
                "(id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB UNIQUE, answer TEXT)"
            )
            connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("SELECT key, answer FROM opinions LIMIT 1").fetchone()
