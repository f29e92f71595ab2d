"""Every case ending is tried on its own samples; the function on what the tables do not show."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.names.inflect import MIN_STEM, inflect, is_like_feminine
from normalizer.names.table_files import Faults
from normalizer.names.tables import Ending, default_seeds, load_endings

FOLDER = default_seeds() / "inflections"


def shipped_endings() -> list[Ending]:
    faults = Faults()
    endings = list(load_endings(FOLDER, faults))
    faults.raise_if_any()
    return endings


ENDINGS = shipped_endings()
LANGS = sorted({ending.lang for ending in ENDINGS})

# How the women's forms of Slavic family names, and of the given names that have one, end.
FEMININE = re.compile(r"([vwn]|sk|ck|ij|dr)a$")


def name_of(ending: Ending) -> str:
    return f"{ending.lang}:{ending.id}"


def decline(form: str, ending: Ending) -> set[str]:
    """All that one ending makes of a form, in any of the parts it holds for."""
    return {
        made
        for part in ending.parts
        for made, _ in inflect(form, [ending], part=part, gender=ending.gender or "m")
    }


@pytest.mark.parametrize("ending", ENDINGS, ids=name_of)
def test_changes_its_samples(ending: Ending) -> None:
    for nominative, inflected in ending.change:
        assert inflected in decline(nominative, ending)


@pytest.mark.parametrize("ending", ENDINGS, ids=name_of)
def test_every_addition_has_a_use(ending: Ending) -> None:
    """No addition that gives the nominative back, none twice."""
    assert ending.strip not in ending.add
    assert len(set(ending.add)) == len(ending.add)
    assert ending.strip


@pytest.mark.parametrize("ending", ENDINGS, ids=name_of)
def test_keeps_its_counter_samples(ending: Ending) -> None:
    assert ending.keep
    for nominative in ending.keep:
        assert decline(nominative, ending) == set()


@pytest.mark.parametrize("ending", ENDINGS, ids=name_of)
def test_marks_what_reads_as_a_woman(ending: Ending) -> None:
    """A man's case form that is also a woman's nominative is marked, and nothing else is.

    Unmarked, *Raisa Gorbachova* would be corrected to the name of her husband.
    """
    # Latvian men's names end in -s or -is of their own, which the woman's name has not.
    bare = re.sub(r"i?s$", "", ending.strip) if ending.lang == "lv" else ending.strip
    # Aleksandar and Aleksander lose a vowel on the way to Aleksandra.
    women = {bare + "a", re.sub(r"d[ae]r$", "dra", bare)}
    alike = women & {added for added in ending.add if FEMININE.search(added)}
    assert is_like_feminine(ending) == (ending.gender == "m" and bool(alike))


@pytest.mark.parametrize("lang", LANGS)
def test_ids_are_unique_in_a_language(lang: str) -> None:
    ids = [ending.id for ending in ENDINGS if ending.lang == lang]
    assert len(set(ids)) == len(ids)


def test_all_case_languages_are_there() -> None:
    assert set(LANGS) >= {"lt", "lv", "pl", "cs", "sk", "hr", "sl", "hu", "fi", "et", "tr"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_file_is_named_after_its_language(path: Path) -> None:
    assert path.stem in LANGS


ENDING = Ending(
    id="sample",
    lang="lt",
    strip="as",
    add=("o", "ui"),
    parts=frozenset({"family"}),
    gender="m",
    source="",
    change=(),
    keep=(),
)


def test_gives_forms_in_table_order_with_their_ending() -> None:
    assert inflect("Putinas", [ENDING], part="family", gender="m") == [
        ("Putino", ENDING),
        ("Putinui", ENDING),
    ]


@pytest.mark.parametrize(
    ("form", "part", "gender"),
    [
        ("Putinas", "given", "m"),
        ("Putinas", "family", "f"),
        ("Putinas", "family", ""),
        ("Lukašenka", "family", "m"),
        ("PUTINAS", "family", "m"),
        ("Pas", "family", "m"),
        ("as", "family", "m"),
        ("", "family", "m"),
    ],
)
def test_refuses(form: str, part: str, gender: str) -> None:
    assert inflect(form, [ENDING], part=part, gender=gender) == []


def test_first_ending_wins_a_form() -> None:
    other = replace(ENDING, id="other", add=("ui", "ą"))
    made = dict(inflect("Putinas", [ENDING, other], part="family", gender="m"))
    assert {form: ending.id for form, ending in made.items()} == {
        "Putino": "sample",
        "Putinui": "sample",
        "Putiną": "other",
    }


def test_only_the_last_of_joined_names_is_declined() -> None:
    made = inflect("Michailovas-Petrovas", [ENDING], part="family", gender="m")
    assert made[0][0] == "Michailovas-Petrovo"


@given(st.text(max_size=30), st.sampled_from(["family", "given"]), st.sampled_from(["m", "f", ""]))
def test_any_text(form: str, part: str, gender: str) -> None:
    made = inflect(form, ENDINGS, part=part, gender=gender)
    assert form not in dict(made)
    assert len(dict(made)) == len(made)
    for inflected, ending in made:
        stem = form.removesuffix(ending.strip)
        assert len(stem) >= MIN_STEM
        assert inflected.startswith(stem)
