"""A query is widened by the names in it, keeps its words, and means nothing else to any engine."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.cli import query as command
from normalizer.errors import UsageError
from normalizer.export.query import Clause, ExpandedQuery, expand_query
from normalizer.export.query_syntax import LANGUAGES, render
from normalizer.export.spellings import Choice
from normalizer.names.knowledge import Knowledge

ROOT = Path(__file__).resolve().parents[1]

Expand = Callable[..., ExpandedQuery]


@pytest.fixture(scope="module")
def expand(tiny_knowledge: Knowledge) -> Expand:
    def run(query: str, choice: Choice | None = None) -> ExpandedQuery:
        return expand_query(query, tiny_knowledge, choice)

    return run


def alternatives(query: ExpandedQuery, at: int = 0) -> list[tuple[str, ...]]:
    return list(query.must[at].alternatives)


# -- what is found ---------------------------------------------------------------------------


def test_a_name_is_widened_and_the_words_stay_first(expand: Expand) -> None:
    query = expand("Prigojine mutiny")
    assert query.names == ("Prigozhin",)
    assert alternatives(query)[:2] == [("Prigojine",), ("Prigozhin",)]
    assert alternatives(query, 1) == [("mutiny",)]


def test_a_query_in_small_letters_is_read_as_names(expand: Expand) -> None:
    query = expand("kijów")
    assert alternatives(query)[:2] == [("kijów",), ("Kyiv",)]
    assert ("Kiev",) in alternatives(query)


def test_a_whole_name_may_be_scattered_or_stand_as_any_of_its_spellings(expand: Expand) -> None:
    found = alternatives(expand("Vladimir Poutine"))
    assert found[:2] == [("Vladimir", "Poutine"), ("Vladimir", "Putin")]
    assert ("Vladimiras Putinas",) in found
    assert all(len(one) == 1 for one in found[2:])


def test_an_ambiguous_word_alone_stays_what_it_is(expand: Expand) -> None:
    query = expand("poutine with gravy")
    assert query.names == ()
    assert [clause.alternatives for clause in query.must] == [
        (("poutine",),),
        (("with",),),
        (("gravy",),),
    ]


def test_company_tells_what_an_ambiguous_word_means(expand: Expand) -> None:
    assert "Putin" in expand("president Poutine Prigojine").names


def test_a_phrase_stays_a_phrase_in_every_spelling(expand: Expand) -> None:
    query = expand('"mayor of Kijów" bridge')
    assert alternatives(query)[:3] == [
        ("mayor of Kijów",),
        ("mayor of Kyiv",),
        ("mayor of Kiev",),
    ]
    assert alternatives(query, 1) == [("bridge",)]


def test_excluded_words_are_not_widened(expand: Expand) -> None:
    query = expand('Kyiv -Moscou -"bank of Moscou"')
    assert query.must_not == ("Moscou", "bank of Moscou")
    assert query.names == ("Kyiv",)


def test_spellings_are_chosen_as_for_synonyms(expand: Expand) -> None:
    assert ("Poutine",) not in alternatives(expand("Putin"))
    assert ("Poutine",) in alternatives(expand("Putin", Choice(ambiguous=True)))
    assert len(alternatives(expand("Putin", Choice(most=2)))) == 3


def test_punctuation_around_a_word_is_no_operator(expand: Expand) -> None:
    query = expand("Putin? yes, 3:2 at https://example.org/?a=b !!!")
    assert [clause.alternatives[0] for clause in query.must] == [
        ("Putin?",),
        ("yes,",),
        ("3:2",),
        ("at",),
        ("https://example.org/?a=b",),
    ]


@pytest.mark.parametrize(
    ("query", "column", "told"),
    [
        ("title:Putin", 1, "title:"),
        ("Putin AND Kyiv", 7, "AND"),
        ("NOT Putin", 1, "NOT"),
        ("(Putin Kyiv)", 1, "("),
        ("Put*", 1, "*"),
        ("Putin~2", 1, "~"),
        ("Putin^2", 1, "^"),
        ("+Putin", 1, "+"),
        ("Putin && Kyiv", 7, "&&"),
        ("a\\b", 1, "\\"),
    ],
)
def test_operators_are_refused_and_not_lost(
    expand: Expand, query: str, column: int, told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        expand(query)
    assert str(caught.value).startswith(
        f"query, column {column}: '{told}' is part of a query language and would be lost"
    )


@pytest.mark.parametrize("query", ["", "  ", "!!!", '""', "-Putin"])
def test_a_query_without_a_word_is_refused(expand: Expand, query: str) -> None:
    with pytest.raises(UsageError, match="no word to look for"):
        expand(query)


def test_an_open_quote_is_refused(expand: Expand) -> None:
    with pytest.raises(UsageError, match=r"column 7: a quote \(\"\) stays open"):
        expand('Putin "Kyiv')


# -- what engines read -----------------------------------------------------------------------

QUERY = ExpandedQuery(
    (
        Clause((("Vladimir", "Poutine"), ("Vladimir Putin",))),
        Clause((("visit",),)),
    ),
    ("fries",),
    ("Vladimir Putin",),
)


def test_what_the_languages_look_like() -> None:
    assert render(QUERY, "fts5") == (
        '(("Vladimir" AND "Poutine") OR "Vladimir Putin") AND ("visit") NOT "fries"'
    )
    assert render(QUERY, "xapian") == render(QUERY, "fts5")
    for language in ("lucene", "tantivy"):
        assert render(QUERY, language) == (
            '+(("Vladimir" AND "Poutine") OR "Vladimir Putin") +("visit") -"fries"'
        )
    assert render(QUERY, "websearch") == (
        'Vladimir Poutine visit -fries or "Vladimir Putin" visit -fries'
    )
    assert json.loads(render(QUERY, "es", "body"))["query"]["bool"] == {
        "must": [
            {
                "bool": {
                    "should": [
                        {
                            "bool": {
                                "must": [
                                    {"match_phrase": {"body": "Vladimir"}},
                                    {"match_phrase": {"body": "Poutine"}},
                                ]
                            }
                        },
                        {"match_phrase": {"body": "Vladimir Putin"}},
                    ],
                    "minimum_should_match": 1,
                }
            },
            {
                "bool": {
                    "should": [{"match_phrase": {"body": "visit"}}],
                    "minimum_should_match": 1,
                }
            },
        ],
        "must_not": [{"match_phrase": {"body": "fries"}}],
    }


def test_the_command_offers_every_language() -> None:
    assert set(command.LANGUAGES) == set(LANGUAGES)


def test_a_word_that_is_an_operator_of_search_boxes_is_quoted() -> None:
    query = ExpandedQuery((Clause((("or",),)), Clause((("-x",),))))
    assert render(query, "websearch") == '"or" "-x"'


def test_a_search_box_is_not_given_thousands_of_combinations() -> None:
    names = Clause(tuple((f"name{at}",) for at in range(60)))
    text = render(ExpandedQuery((names, names, names, Clause((("x",),)))), "websearch")
    assert len(text.split(" or ")) <= 120
    assert text.startswith("name0 name0 name0 x or ")


# Whoever builds a query leaves out phrases without a word, and so does this.
ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
PHRASE = st.builds(lambda before, after: f"{before}x{after}", ANY, ANY)
HOSTILE = st.builds(
    lambda must, out: ExpandedQuery(
        tuple(Clause(tuple((one,) for one in clause)) for clause in must), tuple(out)
    ),
    st.lists(st.lists(PHRASE, min_size=1, max_size=3), min_size=1, max_size=3),
    st.lists(PHRASE, max_size=2),
)


@given(HOSTILE)
def test_no_words_break_out_of_sqlite(query: ExpandedQuery) -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE texts USING fts5(text, secret)")
        database.execute("INSERT INTO texts VALUES ('nothing', 'secret')")
        # An operator or a column that got through would be a syntax error, or find the row.
        found = database.execute(
            "SELECT * FROM texts WHERE texts MATCH ?", (render(query, "fts5"),)
        ).fetchall()
    words = " ".join(p for clause in query.must for a in clause.alternatives for p in a).lower()
    assert not found or "nothing" in words or "secret" in words


@given(HOSTILE)
def test_no_words_break_out_of_tantivy(query: ExpandedQuery) -> None:
    tantivy = pytest.importorskip("tantivy")
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text")
    index = tantivy.Index(builder.build())
    parsed = index.parse_query(render(query, "tantivy"), ["text"])
    assert "Regex" not in repr(parsed)


@given(HOSTILE)
def test_any_words_are_json_to_elasticsearch(query: ExpandedQuery) -> None:
    body = json.loads(render(query, "es", 'a"b'))
    assert "\n" not in render(query, "es")
    phrases = [c["bool"]["should"][0]["match_phrase"]['a"b'] for c in body["query"]["bool"]["must"]]
    assert phrases == [clause.alternatives[0][0] for clause in query.must]


@given(HOSTILE)
def test_no_quote_ends_a_phrase_of_a_search_box(query: ExpandedQuery) -> None:
    pieces = render(query, "websearch").split('"')
    assert len(pieces) % 2 == 1
    outside = " ".join(pieces[::2])
    assert not set(outside) & set("()|&!:*<>'")


def test_lucene_reads_every_query(expand: Expand) -> None:
    sys.path.insert(0, str(ROOT))
    engines = pytest.importorskip("bench.retrieval.engines")
    lucene = engines.Lucene()
    if reason := lucene.missing():
        pytest.skip(reason)
    phrases = ['a"b', "a\\", '\\"', "x) OR text:*", "AND", "/re/", "[1 TO 2]", "fries -visit"]
    queries = [render(ExpandedQuery((Clause(((one,),)),)), "lucene") for one in phrases]
    queries.append(render(expand("Vladimir Poutine -fries"), "lucene"))
    texts = ["Vladimir Putin", "Putin ate fries with Vladimir", "one visit"]
    *found, widened = lucene.search(texts, queries, "")
    assert widened == {0}
    assert not any(found)


@settings(max_examples=60)
@given(st.text(max_size=20), st.sampled_from(sorted(LANGUAGES)))
def test_any_query_is_answered_or_refused(expand: Expand, query: str, language: str) -> None:
    try:
        expanded = expand(query)
    except UsageError:
        return
    assert render(expanded, language)
    assert render(expanded, language).isprintable()


def test_xapian_reads_every_query(expand: Expand) -> None:
    sys.path.insert(0, str(ROOT))
    xapian = pytest.importorskip("bench.retrieval.engines").Xapian()
    if reason := xapian.missing():
        pytest.skip(reason)
    phrases = ['a"b', "x) OR (visit", "NOT", "field:x", "visit*"]
    queries = [render(ExpandedQuery((Clause(((one,),)),)), "xapian") for one in phrases]
    queries.append(render(expand("Vladimir Poutine -fries"), "xapian"))
    texts = ["Vladimir Putin", "Putin ate fries with Vladimir", "visits"]
    assert xapian.search(texts, queries, "") == [set(), set(), set(), set(), set(), {0}]


def test_search_finds_more_and_loses_nothing(expand: Expand) -> None:
    texts = ["Prigojine fled", "Yevgeny Prigozhin spoke", "Evgueni Prigojine", "poutine and gravy"]
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE texts USING fts5(text)")
        database.executemany("INSERT INTO texts VALUES (?)", [(text,) for text in texts])

        def search(query: str) -> set[int]:
            rows = database.execute("SELECT rowid FROM texts WHERE texts MATCH ?", (query,))
            return {row[0] for row in rows}

        assert search('"Prigojine"') == {1, 3}
        assert search(render(expand("prigojine"), "fts5")) == {1, 2, 3}
        assert search(render(expand("Putin"), "fts5")) == set()
        assert search(render(expand("poutine"), "fts5")) == {4}
