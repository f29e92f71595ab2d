"""Senses and candidates: what may have been meant, and no more than may."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from normalizer.errors import TableError
from normalizer.glitches.candidates import LIMITS, MAX_RARER, Candidates, load_candidates
from normalizer.glitches.senses import (
    Meant,
    Sense,
    confusions,
    load_confusions,
    load_senses,
)
from normalizer.glitches.vocabulary import DIMENSIONS, Vocabulary

WORDS = """the plan plans planned planning scheme schemes tear tore torn break broke broken
current actual keanu kian reading station stations product production getafe""".split()
IRREGULAR = {
    "tear": {"s": "tears", "ed": "tore", "en": "torn", "ing": "tearing"},
    "break": {"s": "breaks", "ed": "broke", "en": "broken", "ing": "breaking"},
}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    ranks = {word: rank for rank, word in enumerate(WORDS)}
    rows = b"".join(
        bytes([10 if word.startswith("s") else 1, at % 7, *[1] * (DIMENSIONS - 2)])
        for at, word in enumerate(WORDS)
    )
    return Vocabulary(ranks, memoryview(rows).cast("b"))


def sense(part: str, *english: str, langs: str = "ru", native: str = "слово") -> Sense:
    return Sense(frozenset(langs.split()), native, part, english, "press-usage")


def texts(found: tuple[Meant, ...]) -> set[str]:
    return {one.text for one in found}


def test_shipped_senses_are_sound() -> None:
    senses = load_senses()
    assert len(senses) > 2_000
    assert {"ru", "fr", "de", "es", "zh", "ja", "lt"} <= {
        lang for one in senses for lang in one.langs
    }


def test_senses_meet_both_ways_and_in_the_same_form(vocabulary: Vocabulary) -> None:
    meant = confusions([sense("verb", "tear", "break")], (), IRREGULAR, vocabulary)
    assert texts(meant["tore"]) == {"broke"}
    assert texts(meant["broken"]) == {"torn"}
    assert meant["tore"][0].reason == "ru слово"


def test_consonants_double_where_english_doubles_them(vocabulary: Vocabulary) -> None:
    meant = confusions([sense("verb", "plan", "break")], (), IRREGULAR, vocabulary)
    assert texts(meant["broke"]) == {"planned"}


def test_nouns_have_no_verb_forms_and_forms_nobody_writes_are_left_out(
    vocabulary: Vocabulary,
) -> None:
    meant = confusions([sense("noun", "plan", "scheme", "product")], (), {}, vocabulary)
    assert texts(meant["plans"]) == {"schemes"}
    assert "planned" not in meant


def test_languages_of_rows_with_the_same_pair_add_up(vocabulary: Vocabulary) -> None:
    rows = [
        sense("adjective", "current", "actual", langs="fr", native="actuel"),
        sense("adjective", "actual", "current", langs="de", native="aktuell"),
    ]
    (one,) = confusions(rows, (), {}, vocabulary)["actual"]
    assert one.langs == {"fr", "de"}


def test_rules_speak_out_of_their_context_too() -> None:
    found = load_confusions()["overload"]
    assert [one.text for one in found if one.rule] == ["reset"]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("ru,слово,noun,word,press-usage", "two or more"),
        ("ru,слово,noun,word | word,press-usage", "two or more"),
        ("ru,слово,thing,word | floor,press-usage", "part 'thing'"),
        ("ru,слово,noun,word | floor,nobody", "source 'nobody' is unknown"),
        (
            "ru,слово,noun,word | floor,press-usage\nru,слово,noun,word | talk,press-usage",
            "is there twice",
        ),
        ("ru,слово,noun", "cells"),
    ],
)
def test_faulty_rows_are_named(tmp_path: Path, row: str, fault: str) -> None:
    (tmp_path / "glitches").mkdir()
    shutil.copy("seeds/sources.toml", tmp_path)
    table = tmp_path / "glitches" / "senses.csv"
    table.write_text(f"langs,native,part,english,source\n{row}\n", encoding="utf-8")
    with pytest.raises(TableError, match=fault) as caught:
        load_senses(tmp_path)
    assert "senses.csv: row" in str(caught.value)


def test_a_folder_without_the_table_has_no_senses(tmp_path: Path) -> None:
    assert load_senses(tmp_path) == []


def test_names_are_found_by_sound(vocabulary: Vocabulary) -> None:
    candidates = Candidates(vocabulary, {})
    assert [one.text for one in candidates.of_name("Kianu")][:2] == ["Keanu", "Kian"]
    assert "Getafe" in [one.text for one in candidates.of_name("Hetafe")]
    assert candidates.of_name("Ito") == []


def test_a_well_known_name_gives_way_to_no_rare_one(vocabulary: Vocabulary) -> None:
    candidates = Candidates(vocabulary, {})
    limit = MAX_RARER * vocabulary.rank("moscow")
    found = candidates.of_name("Moscow")
    assert all(vocabulary.rank(one.text) < limit for one in found)


def test_what_rules_suggest_is_written_like_the_word() -> None:
    (one,) = load_candidates().of_rules("Overload")
    assert (one.text, one.family) == ("Reset", "rule")
    assert 0 < one.rule < 1
    assert load_candidates().of_rules("qwxyz") == []


def test_common_words_by_their_endings(vocabulary: Vocabulary) -> None:
    found = Candidates(vocabulary, {}).of_word("product")
    assert ("production", "form") in {(one.text, one.family) for one in found}


def test_forms_of_the_word_itself_are_no_candidates(vocabulary: Vocabulary) -> None:
    found = Candidates(vocabulary, {}).of_word("stations")
    assert not {"station", "stations"} & {one.text for one in found}


def test_candidates_are_written_as_the_word_is() -> None:
    candidates = load_candidates()
    assert all(one.text[0].isupper() for one in candidates.of_word("Technique"))
    assert all(one.text[0].islower() for one in candidates.of_word("technique"))


def test_no_family_has_more_than_its_share() -> None:
    candidates = load_candidates()
    for word in ("seat", "round", "product", "strange", "Marina"):
        for found in (candidates.of_word(word), candidates.of_name(word)):
            families = [one.family for one in found]
            assert all(families.count(family) <= limit for family, limit in LIMITS.items())
            assert len({one.text for one in found}) == len(found)


@pytest.mark.parametrize("word", ["", "x", "ﬀ", "Ωmega", "a" * 300, "don't", "-"])
def test_odd_words_do_no_harm(word: str) -> None:
    candidates = load_candidates()
    assert isinstance(candidates.of_word(word) + candidates.of_name(word), list)
