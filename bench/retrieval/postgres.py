"""PostgreSQL's text search on a throw-away cluster, with an exported dictionary.

The server reads dictionaries from its share folder only, and finds that folder beside its own
program. So the two programs are copied beside links to all the rest: nothing outside a temporary
folder is written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.retrieval.engines import Found, quoted

LIBRARIES = Path("/usr/lib/postgresql")
SHARES = Path("/usr/share/postgresql")
WORDS = "asciiword, asciihword, hword_asciipart, word, hword, hword_part"
DICTIONARIES = {
    "postgresql-ths": "TEMPLATE = thesaurus, DictFile = names, Dictionary = english_stem",
    "postgresql-syn": "TEMPLATE = synonym, Synonyms = names",
}


@dataclass(frozen=True)
class Postgres:
    """Its English configuration; with synonyms, a thesaurus before the stemmer on both sides."""

    title: str = "PostgreSQL 15"
    synonyms: str = "postgresql-ths"
    language: str = "websearch"

    def missing(self) -> str:
        """What is not installed; empty if the engine can run."""
        return "" if _version() else "no PostgreSQL server; install postgresql"

    def phrase(self, name: str) -> str:
        """A query for the name as a person would type it."""
        return quoted(name)

    def search(self, texts: Sequence[str], queries: Sequence[str], synonyms: str) -> Found:
        """Numbers of the texts each query finds, perhaps by means of exported synonyms."""
        with tempfile.TemporaryDirectory() as folder, _server(Path(folder), synonyms) as ask:
            config = "english"
            if synonyms:
                config = "named"
                ask(
                    f"CREATE TEXT SEARCH DICTIONARY names ({DICTIONARIES[self.synonyms]});"
                    "CREATE TEXT SEARCH CONFIGURATION named (COPY = english);"
                    "ALTER TEXT SEARCH CONFIGURATION named "
                    f"ALTER MAPPING FOR {WORDS} WITH names, english_stem;"
                )
            ask("CREATE TABLE texts (number int, words tsvector)")
            rows = ",".join(
                f"({at}, to_tsvector('{config}', {_literal(text)}))"
                for at, text in enumerate(texts)
            )
            ask(f"INSERT INTO texts VALUES {rows}")
            selects = (
                "SELECT coalesce(string_agg(number::text, ' '), '') FROM texts "
                f"WHERE words @@ websearch_to_tsquery('{config}', {_literal(query)});"
                for query in queries
            )
            lines = ask("\n".join(selects)).split("\n")
            return [frozenset(map(int, line.split())) for line in lines[: len(queries)]]


def stop_list() -> Path:
    """The server's list of English stop words."""
    return SHARES / _version() / "tsearch_data" / "english.stop"


def _version() -> str:
    found = sorted(path.parent.parent.name for path in LIBRARIES.glob("*/bin/postgres"))
    return found[-1] if found and shutil.which("psql") else ""


@contextmanager
def _server(folder: Path, dictionary: str) -> Iterator[Callable[[str], str]]:
    """A running cluster with a dictionary of names; yields a function that runs SQL."""
    home = _relocated(folder, dictionary)
    cluster = folder / "cluster"
    # The server refuses to run as root.
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if user:
        folder.chmod(0o755)
        shutil.chown(folder, "postgres")
    initialise = [*user, str(home / "initdb"), "-D", str(cluster), "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(
        [*initialise, "-A", "trust", "-U", "bench", "--no-sync"], check=True, capture_output=True
    )
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    command = [*user, str(home / "postgres"), "-D", str(cluster), *options, "-c", "fsync=off"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr
            if not any("ready to accept" in line for line in server.stderr):
                raise RuntimeError("PostgreSQL did not start")
            yield lambda sql: _ask(folder, sql)
        finally:
            server.terminate()


def _relocated(folder: Path, dictionary: str) -> Path:
    """A copy of the server's programs whose share folder holds the dictionary."""
    version = _version()
    # The server finds its share folder by the names of the folders above its programs.
    home, share = (folder / part / "postgresql" / version for part in ("lib", "share"))
    (home / "bin").mkdir(parents=True)
    for program in ("initdb", "postgres"):
        shutil.copy2(LIBRARIES / version / "bin" / program, home / "bin")
    (home / "lib").symlink_to(LIBRARIES / version / "lib")
    share.mkdir(parents=True)
    for entry in (SHARES / version).iterdir():
        if entry.name != "tsearch_data":
            (share / entry.name).symlink_to(entry)
    shutil.copytree(SHARES / version / "tsearch_data", share / "tsearch_data")
    for suffix in ("ths", "syn"):
        (share / "tsearch_data" / f"names.{suffix}").write_text(dictionary, "utf-8")
    return home / "bin"


def _ask(folder: Path, sql: str) -> str:
    command = ["psql", "-h", str(folder), "-U", "bench", "-d", "postgres", "-qAtX"]
    command += ["-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
