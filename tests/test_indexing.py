"""One function for documents and queries: equal on both sides, exact in its spans, safe to send."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from normalizer.annotation import Document
from normalizer.errors import TableError
from normalizer.indexing import (
    NormalizedText,
    Normalizer,
    flag_records,
    normalize_query,
    normalize_text,
)
from normalizer.names.knowledge import Knowledge
from normalizer.pipeline import normalize
from normalizer.settings import Settings

WORDS = [
    "Vladimir", "Poutine", "Putin", "Poutinová", "Moscou", "Moscow", "Kijów", "Evgueni",
    "Prigojine", "Prigojin", "MOSCOU", "said", "Mr", "the", "in", "Poutine's", "\n", "\u200b",
    "\N{SLICE OF PIZZA}", "e\N{COMBINING ACUTE ACCENT}", ".", "(Poutine)", "pro-Poutine",
]  # fmt: skip
NEWS = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    st.text(max_size=40),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=10).map("".join),
)


@pytest.fixture(scope="module")
def normalizer(cache: Path, tiny_seeds: Path) -> Normalizer:
    return Normalizer(cache=cache, seeds=tiny_seeds)


# -- one function for both sides -------------------------------------------------------------


@given(text=NEWS)
@settings(deadline=None)
def test_a_query_comes_out_as_the_index_has_it(text: str, normalizer: Normalizer) -> None:
    indexed = normalizer.text(text, id_="7").text
    assert normalize_query(text, normalizer) == indexed
    assert normalizer.batch([text])[0].text == indexed
    # The rewriting of files, of a file that lies alone, is the same function too.
    alone = normalize(Document("a.txt", text), normalizer.knowledge, settings=normalizer.settings)
    assert alone.text == indexed


@given(text=NEWS)
@example(text="Poutine Kijów Moscou Vladimir")
@settings(deadline=None)
def test_a_text_that_is_indexed_twice_is_found_the_same(text: str, normalizer: Normalizer) -> None:
    once = normalizer.text(text).text
    assert normalizer.text(once).text == once


@given(texts=st.lists(NEWS, max_size=4))
@settings(deadline=None)
def test_what_was_read_before_makes_no_difference(
    texts: list[str], normalizer: Normalizer, cache: Path, tiny_seeds: Path
) -> None:
    assert normalizer.batch(texts) == [normalizer.text(text) for text in texts]
    assert normalizer.batch(reversed(texts)) == normalizer.batch(texts)[::-1]


def test_every_spelling_of_a_name_finds_every_other(normalizer: Normalizer) -> None:
    spellings = ["Vladimir Poutine", "Vladimir Putin", "Wladimir Putin"]
    assert {normalize_query(one, normalizer) for one in spellings} == {"Vladimir Putin"}


# -- spans and entities ----------------------------------------------------------------------


@given(text=NEWS)
@settings(deadline=None)
def test_spans_are_exact_on_both_sides(text: str, normalizer: Normalizer) -> None:
    found = normalizer.text(text)
    assert found.original == text
    for one in found.entities:
        assert text[one.span.start : one.span.end] == one.surface
        assert found.text[one.new_span.start : one.new_span.end] == one.text
        assert one.entity_ids == tuple(sorted(one.entity_ids)) != ()
        assert bool(one.entity_id) is bool(one.name) is bool(one.type)
    spans = [one.span for one in found.entities]
    assert all(a.end <= b.start for a, b in pairwise(spans))


def listed(text: str, knowledge: Knowledge) -> list[tuple[str, str, str]]:
    found = normalize_text(Document("", text), knowledge, Settings(flags=False))
    return [(one.surface, one.text, one.entity_id) for one in found.entities]


def test_names_in_good_spelling_are_entities_too(normalizer: Normalizer) -> None:
    found = normalizer.text("Vladimir Putin in Moscow, M. Poutine à Moscou")
    assert [(one.surface, one.text, one.entity_id) for one in found.entities] == [
        ("Vladimir Putin", "Vladimir Putin", "per:vladimir-putin"),
        ("Moscow", "Moscow", "geo:2"),
        ("Poutine", "Putin", "per:vladimir-putin"),
        ("Moscou", "Moscow", "geo:2"),
    ]
    assert found.entity_ids == ("per:vladimir-putin", "geo:2")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        # One bearer, and nothing that makes it a part of another name.
        ("Yesterday Putin spoke.", {"Putin": "per:vladimir-putin"}),
        ("We saw Michael Putin.", {}),
        ("Michael Putin came. Putin spoke.", {}),
        ("Michael Putin came. Vladimir Putin spoke.", {"Vladimir Putin": "per:vladimir-putin"}),
        # Many bearers: named by the full name in the text, by none without it.
        ("Kim spoke.", {"Kim": ""}),
        ("Kim Jong Un came. Kim spoke.", {"Kim Jong Un": "per:kim-jong-un",
                                          "Kim": "per:kim-jong-un"}),
        # An English word needs the full name near it.
        ("May came. Brown left.", {}),
        ("Theresa May came. May left.", {"Theresa May": "per:theresa-may",
                                         "May": "per:theresa-may"}),
        # A person bears the name of a country.
        ("He went to Jordan.", {"Jordan": "iso:JO"}),
        ("He met Mr Jordan.", {}),
        ("He met Michael Jordan. Jordan smiled.", {}),
    ],
)  # fmt: skip
def test_a_name_alone_is_linked_where_it_can_only_be_one(
    text: str, ids: dict[str, str], knowledge: Knowledge
) -> None:
    assert {surface: id_ for surface, _, id_ in listed(text, knowledge)} == ids


def test_a_record_says_whose_name_it_is_or_whose_it_may_be(knowledge: Knowledge) -> None:
    found = normalize_text(Document("", "\U0001f355 Kim in Moscou"), knowledge, Settings())
    first, second = (one.record() for one in found.entities)
    assert "id" not in first
    assert "per:kim-jong-un" in first["ids"]
    assert second == {
        "id": "geo:524901", "name": "Moscow", "type": "capital", "start": 9, "end": 15,
        "surface": "Moscou", "new_start": 9, "new_end": 15, "text": "Moscow",
    }  # fmt: skip


def test_what_is_only_proposed_is_no_entity(normalizer: Normalizer) -> None:
    cautious = Normalizer(
        normalizer.cache, normalizer.seeds, settings=Settings(apply=1, flags=False)
    )
    found = cautious.text("in Moscou")
    assert (found.text, found.entities) == ("in Moscou", ())
    assert [one.verdict for one in found.decisions] == ["propose"]


def test_flags_are_given_where_they_are_asked_for(normalizer: Normalizer) -> None:
    text = "He said said that in Moscou.. "
    assert normalizer.text(text).flags == ()
    asked = Normalizer(normalizer.cache, normalizer.seeds, settings=Settings())
    found = asked.text(text)
    assert found.flags
    for one, record in zip(found.flags, flag_records(found), strict=True):
        assert text[record["start"] : record["end"]] == record["surface"] == one.surface
        assert record["category"] == one.category


# -- in other threads and processes ----------------------------------------------------------


def test_it_opens_nothing_before_the_first_text(tmp_path: Path) -> None:
    normalizer = Normalizer(cache=tmp_path / "none", seeds=tmp_path / "none")
    assert pickle.loads(pickle.dumps(normalizer)) == normalizer
    assert not (tmp_path / "none").exists()
    with pytest.raises(TableError):
        normalizer.text("x")


def test_threads_share_it(cache: Path, tiny_seeds: Path) -> None:
    texts = [f"Vladimir Poutine and Mr X{at}ov in Moscou {at}" for at in range(200)]
    # An own style, so that the base is not open yet when the threads start.
    normalizer = Normalizer(cache, tiny_seeds, style=("Kiev",))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(normalizer.text, texts))
    assert [one.text for one in found] == [
        text.replace("Poutine", "Putin").replace("Moscou", "Moscow") for text in texts
    ]


def text_of(normalizer: Normalizer) -> NormalizedText:
    return normalizer.text("Vladimir Poutine in Moscou")


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_processes_open_the_base_themselves(start: str, normalizer: Normalizer) -> None:
    here = text_of(normalizer)
    with multiprocessing.get_context(start).Pool(1) as pool:
        assert pool.apply(text_of, [normalizer]) == here


def test_your_own_names_and_style_win(normalizer: Normalizer, tmp_path: Path) -> None:
    names = tmp_path / "mine.csv"
    names.write_text("canonical,type,aliases,native\nIwan Testow,person,Ivan Testov,\n", "utf-8")
    own = Normalizer(normalizer.cache, normalizer.seeds, names, ("Kiev",))
    assert own.text("Ivan Testov in Kyiv").text == "Iwan Testow in Kiev"
    assert normalizer.text("Ivan Testov in Kyiv").text == "Ivan Testov in Kyiv"
