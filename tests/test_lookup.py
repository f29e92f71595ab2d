"""Answers about one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from normalizer.names.knowledge import Knowledge, open_knowledge
from normalizer.report.lookup import explain, explanation_lines, variant_lines, variants


@pytest.mark.parametrize(
    ("name", "entity", "replacement"),
    [
        ("Prigojine", "per:yevgeny-prigozhin", "Prigozhin"),
        ("prigojine", "per:yevgeny-prigozhin", "Prigozhin"),
        ("evgueni prigojine", "per:yevgeny-prigozhin", "Yevgeny Prigozhin"),
        ("OTAN", "org:nato", "NATO"),
        ("Kijów", "geo:1", "Kyiv"),
        ("Putin", "per:vladimir-putin", "Putin"),
    ],
)
def test_a_known_name_is_explained(
    name: str, entity: str, replacement: str, tiny_knowledge: Knowledge
) -> None:
    answer = explain(name, tiny_knowledge)
    assert answer["name"] == name
    assert (entity, replacement) in {
        (one["entity"], one["replacement"]) for one in answer["readings"]
    }
    assert all(one["table"] for one in answer["readings"])


@pytest.mark.parametrize("name", ["Xyzzy", "", " ", "\x1b[2J", "12", "\udcff"])
def test_an_unknown_name_has_no_reading(name: str, tiny_knowledge: Knowledge) -> None:
    assert explain(name, tiny_knowledge) == {"name": name, "readings": [], "nearest": []}
    (line,) = explanation_lines(explain(name, tiny_knowledge))
    assert "not in the tables" in line
    assert "\x1b" not in line
    assert variants(name, tiny_knowledge) == {"name": name, "entities": []}


def test_the_lines_say_which_entity_by_which_convention_and_how_sure(
    tiny_knowledge: Knowledge,
) -> None:
    lines = list(explanation_lines(explain("Prigojine", tiny_knowledge)))
    assert lines[0] == "Prigojine -> Prigozhin"
    assert lines[1] == "  Yevgeny Prigozhin (person, Пригожин)  per:yevgeny-prigozhin"
    assert any("[fr]" in line for line in lines)
    assert any(line.startswith("  score 0.") for line in lines)
    assert lines[-1].startswith("  from people.csv: row ")


@pytest.mark.parametrize(
    ("name", "said"), [("Putin", "already canonical"), ("Leningrad", "never changed by itself")]
)
def test_what_is_not_changed_is_told(name: str, said: str, tiny_knowledge: Knowledge) -> None:
    lines = list(explanation_lines(explain(name, tiny_knowledge)))
    assert f"  {said}" in lines
    assert not any(line.startswith("  score") for line in lines)


def test_a_spelling_of_several_entities_tells_all_of_them(tiny_knowledge: Knowledge) -> None:
    entities = {one["entity"] for one in explain("Golovin", tiny_knowledge)["readings"]}
    assert entities == {"per:igor-golovin", "per:oleg-golovin"}


def test_variants_are_grouped_by_language(tiny_knowledge: Knowledge) -> None:
    (entity,) = variants("vladimir putin", tiny_knowledge)["entities"]
    forms = {lang: [one["form"] for one in told] for lang, told in entity["spellings"].items()}
    assert entity["canonical"] == "Vladimir Putin"
    assert {"Poutine", "Vladimir"} <= set(forms["fr"])
    assert {"Putinas", "Putino"} <= set(forms["lt"])
    assert "Poutine" not in forms["lt"]
    assert list(forms) == sorted(forms)


def test_the_lines_count_case_forms_and_name_the_others(tiny_knowledge: Knowledge) -> None:
    lines = list(variant_lines(variants("Vladimir Putin", tiny_knowledge)))
    assert lines[0] == "Vladimir Putin (person)  per:vladimir-putin"
    (lithuanian,) = (line for line in lines if line.startswith("  lt "))
    assert "Putinas" in lithuanian
    assert "Putino" not in lithuanian
    assert "case forms)" in lithuanian


def test_no_entity_is_told_in_one_line(tiny_knowledge: Knowledge) -> None:
    assert list(variant_lines(variants("Xyzzy", tiny_knowledge))) == ["Xyzzy: not in the tables"]


def test_a_users_name_is_explained_by_its_file(
    tiny_seeds: Path, cache: Path, tmp_path: Path
) -> None:
    names = tmp_path / "mine.csv"
    names.write_text("canonical,type,aliases,native\nIwan Testow,person,Ivan Testov,\n", "utf-8")
    own = open_knowledge(cache, seeds=tiny_seeds, names=names)
    (reading,) = explain("Ivan Testov", own)["readings"]
    assert reading["table"] == "mine.csv: row 2"
    assert "your own table says so" in {one["reason"] for one in reading["evidence"]}


def test_a_name_no_table_spells_is_aligned_with_the_nearest(knowledge: Knowledge) -> None:
    answer = explain("Serguiej Lawrouw", knowledge)
    assert answer["readings"] == []
    assert answer["nearest"][0]["canonical"] == "Sergei Lavrov"
    lines = list(explanation_lines(answer))
    assert any("lawrouw ~ lavrov" in line for line in lines)


def test_the_likeliest_reading_comes_first(knowledge: Knowledge) -> None:
    readings = explain("Zelenski", knowledge)["readings"]
    scores = [one["score"] or 0.0 for one in readings]
    assert scores == sorted(scores, reverse=True)
    assert readings[0]["entity"] == "per:volodymyr-zelensky"
