"""Exported synonyms, loaded and searched with by the engines themselves, where installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from normalizer.export.spellings import SpellingSet
from normalizer.export.synonyms import synonyms

ROOT = Path(__file__).resolve().parents[1]
if not (ROOT / "bench").is_dir():
    pytest.skip("the benchmarks are not here", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from bench.retrieval.engines import Engine, Lucene, Xapian  # noqa: E402
from bench.retrieval.postgres import Postgres, stop_list  # noqa: E402
from normalizer.export.synonym_files import STOP_WORDS  # noqa: E402

TEXTS = (
    "Vladimir Poutine said no",
    "Vladimir Putin said yes",
    "the Novitchok affair",
    "the groupe Wagner there",
    "Wagner Group here",
    "a plate of fries",
)
SETS = (
    SpellingSet("Vladimir Putin", ("per:1",), ("Vladimir Poutine", "Władimir Putin")),
    SpellingSet("Novichok", ("pro:1",), ("Novičok", "Novitchok")),
    SpellingSet("Wagner Group", ("org:1",), ("groupe Wagner", "Wagner-Gruppe")),
    # A name that aborts a careless load.
    SpellingSet(
        "Smith, Jones => Co",
        ("org:2",),
        ("#1 Firm", "a\\b", "O'Neil", "!!!", "=>", "the", "of:*", "x > y"),
    ),
)


def exported(engine: str, mode: str = "") -> str:
    return "".join(synonyms(SETS, engine, mode))


def needs(engine: Engine) -> Engine:
    if reason := engine.missing():
        pytest.skip(reason)
    return engine


QUERIES = ('"Vladimir Putin"', "novichok", '"Wagner Group"', "fries")
FOUND = [{0, 1}, {2}, {3, 4}, {5}]


@pytest.mark.parametrize("engine", [Lucene(), Postgres()], ids=lambda one: one.title)
def test_engines_find_every_spelling(engine: Engine) -> None:
    assert needs(engine).search(TEXTS, QUERIES, exported(engine.synonyms)) == FOUND


def test_without_synonyms_they_find_one_spelling() -> None:
    assert needs(Lucene()).search(TEXTS, QUERIES, "") == [{1}, set(), {4}, {5}]


def test_lucene_reads_wordnet() -> None:
    engine = needs(replace(Lucene(), synonyms="wordnet"))
    queries = ["novichok", '"Wagner Group"']
    assert engine.search(TEXTS, queries, exported("wordnet")) == [{2}, {3, 4}]


def test_contracted_synonyms_find_nothing_in_texts_as_they_came() -> None:
    engine = needs(Lucene())
    assert engine.search(TEXTS, ["novitchok"], exported("lucene", "contract")) == [set()]
    assert engine.search(TEXTS, ["novitchok"], exported("lucene")) == [{2}]


def test_postgresql_reads_a_synonym_dictionary() -> None:
    engine = needs(replace(Postgres(), synonyms="postgresql-syn"))
    assert engine.search(TEXTS, ["novichok", "fries"], exported("postgresql-syn")) == [{2}, {5}]


def test_stop_words_are_those_of_postgresql() -> None:
    needs(Postgres())
    words = {word.replace("'", "") for word in stop_list().read_text("utf-8").split()}
    assert words == STOP_WORDS


def test_xapian_widens_single_words() -> None:
    engine = needs(Xapian())
    text = exported("xapian")
    assert engine.search(TEXTS, ["novichok", "fries"], text) == [{2}, {5}]


@pytest.mark.skipif(not shutil.which("groonga"), reason="no groonga; install groonga-bin")
def test_groonga_expands_queries(tmp_path: Path) -> None:
    rows = ",".join(f'{{"text": "{text}"}}' for text in TEXTS)
    setup = (
        "table_create Texts TABLE_NO_KEY\n"
        "column_create Texts text COLUMN_SCALAR Text\n"
        "table_create Terms TABLE_PAT_KEY ShortText --default_tokenizer TokenBigram "
        "--normalizer NormalizerAuto\n"
        "column_create Terms texts COLUMN_INDEX|WITH_POSITION Texts text\n"
        f"load --table Texts\n[{rows}]\n"
    )
    select = "select Texts --match_columns text --output_columns _id --query "
    queries = "\n".join(
        f"{select} {query} --query_expander Synonyms.words"
        for query in ("novichok", "'\"Wagner Group\"'", "fries", "'O\\'Neil'")
    )
    database = tmp_path / "texts"
    done = subprocess.run(
        ["groonga", "-n", str(database)],
        input=setup + exported("groonga") + queries,
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [line for line in done.stdout.splitlines() if '"UInt32"' in line]
    assert [answer.partition('"UInt32"]],')[2].rstrip("]") for answer in answers] == [
        "[3",
        "[5],[4",
        "[6",
        "",
    ]


@pytest.mark.skipif(not shutil.which("indexer"), reason="no Sphinx; install sphinxsearch")
def test_sphinx_reads_word_forms_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "forms").write_text(exported("sphinx"), "utf-8")
    (tmp_path / "texts").write_text(
        "".join(f"{at}\t{text}\n" for at, text in enumerate(TEXTS, 1)), "utf-8"
    )
    (tmp_path / "conf").write_text(
        f"""
        source texts {{
            type = tsvpipe
            tsvpipe_command = cat {tmp_path}/texts
            tsvpipe_field = text
        }}
        index texts {{
            source = texts
            path = {tmp_path}/index
            dict = keywords
            charset_table = 0..9, A..Z->a..z, a..z, U+E0..U+F6, U+F8..U+FF, U+100..U+137/2, \\
                U+139..U+148/2, U+14A..U+177/2, U+179..U+17E/2
            wordforms = {tmp_path}/forms
        }}
        """,
        "utf-8",
    )
    build = ["indexer", "-c", str(tmp_path / "conf"), "--all"]
    told = subprocess.run(build, capture_output=True, text=True, check=True).stdout
    assert "collected 6 docs" in told
    assert "wordform" not in told
    dump = ["indextool", "-c", str(tmp_path / "conf"), "--dumpdict", "texts"]
    words = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    assert "novichok" in words
    assert "novitchok" not in words
    assert "poutine" not in words
