"""Search engines that run on this machine, each as it comes, without tuning."""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

HERE = Path(__file__).parent
JARS = Path("/usr/share/java")
LUCENE = ("core", "analyzers-common", "queryparser", "queries", "sandbox")
Found = list[frozenset[int]]


class Engine(Protocol):
    """A search engine."""

    @property
    def title(self) -> str:
        """Name and version."""
        ...

    @property
    def synonyms(self) -> str:
        """Its row among the exports of synonyms; empty if it takes none."""
        ...

    @property
    def language(self) -> str:
        """Its row among the query languages; empty if there is none."""
        ...

    def missing(self) -> str:
        """What is not installed; empty if the engine can run."""
        ...

    def phrase(self, name: str) -> str:
        """A query for the name as a person would type it."""
        ...

    def search(self, texts: Sequence[str], queries: Sequence[str], synonyms: str) -> Found:
        """Numbers of the texts each query finds, perhaps by means of exported synonyms."""
        ...


def quoted(name: str) -> str:
    """The name as a phrase, in most query languages."""
    return f'"{name}"'


@dataclass(frozen=True)
class Lucene:
    """Standard analyzer, classic query parser, synonyms at query time."""

    title: str = "Lucene 8"
    synonyms: str = "lucene"
    language: str = "lucene"

    def missing(self) -> str:
        """See `Engine`."""
        if not shutil.which("javac"):
            return "no javac; install a JDK"
        return "" if self._jars() else f"no Lucene in {JARS}; install liblucene8-java"

    def phrase(self, name: str) -> str:
        """See `Engine`."""
        return quoted(name)

    def search(self, texts: Sequence[str], queries: Sequence[str], synonyms: str) -> Found:
        """See `Engine`."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder, name) for name in ("texts", "queries", "synonyms")]
            for file, content in zip(
                files, (_lines(texts), _lines(queries), synonyms), strict=True
            ):
                file.write_text(content, "utf-8")
            command = ["java", "-cp", _compiled(self._jars()), "Search", *map(str, files[:2])]
            command += [str(files[2]), self.format] if synonyms else []
            return _numbers(subprocess.run(command, check=True, capture_output=True, text=True))

    @property
    def format(self) -> str:
        """Which of Lucene's parsers reads the synonyms."""
        return "wordnet" if self.synonyms == "wordnet" else "solr"

    def _jars(self) -> tuple[Path, ...]:
        jars = [next(iter(sorted(JARS.glob(f"lucene-{one}-8*.jar"))), None) for one in LUCENE]
        return tuple(jar for jar in jars if jar) if all(jars) else ()


@lru_cache(maxsize=1)
def _compiled(jars: tuple[Path, ...]) -> str:
    """The class path of the searching program, compiled once a process."""
    folder = tempfile.mkdtemp(prefix="retrieval-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    classes = ":".join(map(str, jars))
    subprocess.run(["javac", "-cp", classes, "-d", folder, str(HERE / "Search.java")], check=True)
    return f"{classes}:{folder}"


@dataclass(frozen=True)
class Fts5:
    """SQLite's full-text search with its default tokenizer; it has no synonyms of its own."""

    title: str = f"SQLite FTS5 {sqlite3.sqlite_version}"
    synonyms: str = ""
    language: str = "fts5"

    def missing(self) -> str:
        """See `Engine`."""
        with sqlite3.connect(":memory:") as database:
            options = {row[0] for row in database.execute("PRAGMA compile_options")}
        return "" if "ENABLE_FTS5" in options else "this SQLite has no FTS5"

    def phrase(self, name: str) -> str:
        """See `Engine`."""
        return quoted(name)

    def search(self, texts: Sequence[str], queries: Sequence[str], synonyms: str) -> Found:
        """See `Engine`."""
        with sqlite3.connect(":memory:") as database:
            database.execute("CREATE VIRTUAL TABLE texts USING fts5(text)")
            rows = [(at, text) for at, text in enumerate(texts)]
            database.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", rows)
            select = "SELECT rowid FROM texts WHERE texts MATCH ?"
            return [
                frozenset(row[0] for row in database.execute(select, (query,))) for query in queries
            ]


@dataclass(frozen=True)
class Tantivy:
    """Default tokenizer; the Python binding has no synonyms."""

    title: str = "tantivy"
    synonyms: str = ""
    language: str = "tantivy"

    def missing(self) -> str:
        """See `Engine`."""
        return "" if importlib.util.find_spec("tantivy") else "no tantivy; pip install tantivy"

    def phrase(self, name: str) -> str:
        """See `Engine`."""
        return quoted(name)

    def search(self, texts: Sequence[str], queries: Sequence[str], synonyms: str) -> Found:
        """See `Engine`."""
        import tantivy  # noqa: PLC0415 - not everywhere

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("text")
        schema.add_unsigned_field("number", stored=True)
        index = tantivy.Index(schema.build())
        writer = index.writer()
        for at, text in enumerate(texts):
            writer.add_document(tantivy.Document(text=text, number=at))
        writer.commit()
        index.reload()
        searcher = index.searcher()
        return [
            frozenset(
                searcher.doc(address)["number"][0]
                for _, address in searcher.search(
                    index.parse_query(query, ["text"]), limit=len(texts)
                ).hits
            )
            for query in queries
        ]


@dataclass(frozen=True)
class Xapian:
    """Unstemmed, every word required; synonyms applied by its own query parser.

    Its synonyms are single terms, and it applies none inside a phrase, so queries are words.
    """

    title: str = "Xapian"
    synonyms: str = "xapian"
    language: str = "xapian"

    def missing(self) -> str:
        """See `Engine`."""
        done = subprocess.run(
            ["/usr/bin/python3", "-c", "import xapian"], check=False, capture_output=True
        )
        return "" if done.returncode == 0 else "no xapian for python3; install python3-xapian"

    def phrase(self, name: str) -> str:
        """See `Engine`."""
        return name

    def search(self, texts: Sequence[str], queries: Sequence[str], synonyms: str) -> Found:
        """See `Engine`."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder, name) for name in ("texts", "queries", "synonyms")]
            for file, content in zip(
                files, (_lines(texts), _lines(queries), synonyms), strict=True
            ):
                file.write_text(content, "utf-8")
            command = ["/usr/bin/python3", str(HERE / "xapian_search.py"), folder]
            return _numbers(subprocess.run(command, check=True, capture_output=True, text=True))


def _lines(rows: Sequence[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


def _numbers(done: subprocess.CompletedProcess[str]) -> Found:
    return [frozenset(map(int, line.split())) for line in done.stdout.splitlines()]
