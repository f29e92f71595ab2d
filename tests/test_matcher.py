"""The matcher: right names, guards, bad input, and the numbers behind it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.errors import TableError
from normalizer.names.ensemble import make_ensemble
from normalizer.names.matcher import (
    MatchEntity,
    Matcher,
    default_model,
    load_model,
    match_lines,
    read_entities,
)
from normalizer.names.phonetics import UnitCutter
from normalizer.names.similarity import align, trace

PEOPLE = (
    "Aleksei Tolstoy", "Ali Khamenei", "Anton Chekhov", "Benazir Bhutto", "Boris Yeltsin",
    "Charles de Gaulle", "Deng Xiaoping", "Dmitri Shostakovich", "Fumio Kishida", "Gamal Mubarak",
    "Giorgos Papandreou", "Hassan Nasrallah", "Hosni Mubarak", "Igor Sikorsky", "Ivan Turgenev",
    "Jacques Chirac", "Jawaharlal Nehru", "Jiang Zemin", "Kim Jong-il", "Konrad Adenauer",
    "Margaret Thatcher", "Mikheil Saakashvili", "Nelson Rockefeller", "Nikolai Rimsky",
    "Nursultan Nazarbayev", "Park Chung-hee", "Pavel Tretyakov", "Sergei Ivanov",
    "Shimon Peres", "Helmut Kohl", "Tymofiy Melnyk", "Viktor Yushchenko", "Vladimir Morozov",
    "Yasser Arafat", "Yevgeny Primakov", "Yukio Hatoyama",
)  # fmt: skip


def listed(*names: str) -> list[MatchEntity]:
    return [MatchEntity(f"e{number}", name, "person") for number, name in enumerate(names)]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(listed(*PEOPLE))


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("Hosni Moubarak", "Hosni Mubarak"),
        ("Hoszni Mubárak", "Hosni Mubarak"),
        ("Jasser Arafat", "Yasser Arafat"),
        ("Borisz Jelcin", "Boris Yeltsin"),
        ("Boris Jelzin", "Boris Yeltsin"),
        ("Boris Eltsine", "Boris Yeltsin"),
        ("Borisem Jelcinem", "Boris Yeltsin"),
        ("Anton Tsjechov", "Anton Chekhov"),
        ("Antón Chéjov", "Anton Chekhov"),
        ("Anton Tschechow", "Anton Chekhov"),
        ("Chekhov, Anton", "Anton Chekhov"),
        ("Anton Pavlovich Chekhov", "Anton Chekhov"),
        ("Ivan Tourgueniev", "Ivan Turgenev"),
        ("Ivan Toergenjev", "Ivan Turgenev"),
        ("Dmitri Sjostakovitsj", "Dmitri Shostakovich"),
        ("Dmitrij Sosztakovics", "Dmitri Shostakovich"),
        ("Viktor Iouchtchenko", "Viktor Yushchenko"),
        ("Wiktor Juszczenko", "Viktor Yushchenko"),
        ("Teng Hsiao-p'ing", "Deng Xiaoping"),
        ("Teng Hsziao-ping", "Deng Xiaoping"),
        ("Đặng Tiểu Bình", "Deng Xiaoping"),
        ("Hatojama Jukio", "Yukio Hatoyama"),
        ("Margareta Tečere", "Margaret Thatcher"),
        ("Jacquesem Chiracem", "Jacques Chirac"),
        ("Hasan Nasrallah", "Hassan Nasrallah"),
        ("Евгений Примаков", "Yevgeny Primakov"),
        ("Šimon Peres", "Shimon Peres"),
    ],
)
def test_respelled_names_find_their_entity(matcher: Matcher, name: str, entity: str) -> None:
    best = matcher.rank(name)[0]
    assert best.name == entity
    assert best.score > 0.5


@pytest.mark.parametrize(
    "name",
    ["Angela Merkel", "Barack Obama", "Silvio Berlusconi", "Ricardo Lagos", "Helle Thorning", "Oz"],
)
def test_a_name_that_is_not_there_gets_a_firm_no(matcher: Matcher, name: str) -> None:
    assert all(match.score < 0.5 for match in matcher.rank(name))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Vladimir Morozov", "Vladislav Morozov"),
        ("Kim Jong-il", "Kim Song-il"),
        ("Kim Jong-il", "Kim Yong-nam"),
        ("Sergei Ivanov", "Olga Ivanova"),
        ("Hosni Mubarak", "Gamal Mubarak"),
        ("Andrei Kozlov", "Anton Kozlov"),
        ("Alexander Petrov", "Alexander Petrenko"),
        ("Wang Yi", "Wang Wei"),
        ("Muhammad Khatami", "Muhammad Khalidi"),
    ],
)
def test_near_names_of_two_people_are_not_one(matcher: Matcher, one: str, two: str) -> None:
    assert matcher.compare(one, two) < 0.5
    assert matcher.compare(two, one) < 0.5


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("Sergei Ivanov", "Olga Ivanova", "Sergueï Ivanov"),
        ("Olga Ivanova", "Oleg Ivanov", "Olga Ivanowa"),
        ("Vladimir Morozov", "Vladislav Morozov", "Wladimir Morosow"),
        ("Kim Jong-il", "Kim Song-il", "Kim Dzsongil"),
        ("Gamal Mubarak", "Hosni Mubarak", "Gamal Moubarak"),
        ("Martina Nováková", "Martin Novák", "Martinou Novákovou"),
    ],
)
def test_the_right_one_of_two_near_names(right: str, wrong: str, name: str) -> None:
    people = Matcher([MatchEntity("right", right), MatchEntity("wrong", wrong)])
    assert people.rank(name)[0].entity_id == "right"


def test_homonyms_share_the_chance() -> None:
    twins = Matcher([*listed(*PEOPLE), MatchEntity("twin", "Igor Sikorsky", "person")])
    best, second = twins.rank("Igor Sikorski")[:2]
    assert {best.entity_id, second.entity_id} == {"e13", "twin"}
    assert best.score == pytest.approx(second.score)
    assert best.score < Matcher(listed(*PEOPLE)).rank("Igor Sikorski")[0].score


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Boris Yeltsin", "Boris Jelzin"),
        ("Hosni Mubarak", "Hosni Moubarak"),
        ("Helmut Kohl", "Helmut Kohl"),
        ("Anton Chekhov", "Chekhov Anton"),
        ("Nikita Sergeyevich Mikhalkov", "Nikita Mikhalkov"),
    ],
)
def test_one_name_compared_with_itself_in_other_dress(matcher: Matcher, one: str, two: str) -> None:
    assert matcher.compare(one, two) > 0.5


def test_compare_takes_both_orders_alike(matcher: Matcher) -> None:
    pairs = [("Boris Yeltsin", "Boris Jelzin", "person"), ("ACME Ltd", "Acme GmbH", "Company")]
    turned = [(b, a, type) for a, b, type in pairs]
    assert matcher.compare_many(pairs) == pytest.approx(matcher.compare_many(turned), abs=0.05)


def test_native_names_and_aliases_are_searched() -> None:
    people = Matcher(
        [
            MatchEntity("a", "Somebody Else", "person", "邓小平", "zh"),
            MatchEntity("b", "Another One", "person", aliases=("Boris Yeltsin",)),
        ]
    )
    assert people.rank("Đặng Tiểu Bình")[0].entity_id == "a"
    assert people.rank("Boris Jelzin")[0].entity_id == "b"


def test_countries_are_found_by_their_names_abroad() -> None:
    places = Matcher([MatchEntity("nl", "Netherlands", "LOC"), MatchEntity("no", "Norway", "LOC")])
    assert places.rank("Hollandia")[0].entity_id == "nl"
    assert places.rank("Noorwegen")[0].entity_id == "no"


@pytest.mark.parametrize("name", ["", "   ", "!!!", "\x00\x1b", "123", "\N{ZERO WIDTH SPACE}", "—"])
def test_a_name_without_letters_finds_nothing(matcher: Matcher, name: str) -> None:
    assert matcher.rank(name) == []
    assert matcher.compare(name, "Helmut Kohl") == 0.0


def test_long_mixed_and_controlled_names_do_not_break(matcher: Matcher) -> None:
    assert all(match.score < 0.5 for match in matcher.rank("Xy" * 5_000))
    matcher.rank("Helmut " * 2_000)
    assert matcher.rank("Helmut\tKohl\x07")[0].name == "Helmut Kohl"
    matcher.rank("Неlmut Коhl")
    assert matcher.rank_many([]) == []
    assert matcher.compare_many([]) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_names_give_scores_in_range_best_first(names: list[str]) -> None:
    people = Matcher(listed(*PEOPLE))
    for matches in people.rank_many(names, 3):
        scores = [match.score for match in matches]
        assert len(matches) <= 3
        assert all(0 <= score <= 1 for score in scores)
        assert scores == sorted(scores, reverse=True)
        assert len({match.entity_id for match in matches}) == len(matches)


def test_one_by_one_and_together_agree(matcher: Matcher) -> None:
    names = ["Boris Jelzin", "", "Anton Tsjechov", "Nobody Atall"]
    together = matcher.rank_many(names)
    for name, matches in zip(names, together, strict=True):
        alone = matcher.rank(name)
        assert [m.entity_id for m in alone] == [m.entity_id for m in matches]
        assert [m.score for m in alone] == pytest.approx([m.score for m in matches], abs=1e-4)


def test_an_empty_list_finds_nothing() -> None:
    assert Matcher([]).rank("Helmut Kohl") == []
    assert Matcher([MatchEntity("x", "!!!")]).rank("Helmut Kohl") == []


def test_match_lines_answers_every_query() -> None:
    queries = [("q1", "Boris Jelzin"), ("q2", "?"), ("q3", "Xyzzy")]
    lines = list(match_lines(listed(*PEOPLE), queries))
    assert lines[0][:2] == ("q1", "e4")
    assert lines[1] == ("q2", "", 0.0)
    assert lines[2][0] == "q3"


def test_explain_shows_words_and_sounds(matcher: Matcher) -> None:
    shown = matcher.explain("Anton Tsjechov", "e2")
    text = str(shown)
    assert "tsj ~ ch" in text.replace("   ", " ").replace("  ", " ")
    assert "ʧ" in text
    assert shown.score > 0.5
    assert {part.left for part in shown.parts} == {"anton", "tsjechov"}
    with pytest.raises(TableError):
        matcher.explain("Anton", "nobody")


def test_the_traced_alignment_sums_to_the_fast_one(matcher: Matcher) -> None:
    costs = matcher.model.costs
    cutter = UnitCutter(matcher.phonetics)
    numbers = costs.numbers
    for left, right in (("sjostakovitsj", "shostakovich"), ("jelcinem", "yeltsin"), ("a", "bcd")):
        words = [cutter.cut(left), cutter.cut(right)]
        rows = [np.array([[numbers[u] for u in word]], np.uint8) for word in words]
        sizes = [np.array([len(word)], np.int32) for word in words]
        fast = align(costs, rows[0], sizes[0], rows[1], sizes[1])[0]
        slow = sum(step.worth for step in trace(costs, *words))
        assert slow == pytest.approx(float(fast), abs=1e-3)


def test_ensemble_answers_as_its_trees_say() -> None:
    trees = make_ensemble(
        np.array([[0, 1]], np.int32),
        np.array([[0.5, 2.0]], np.float32),
        np.array([[1.0, 2.0, 3.0, 4.0]], np.float32),
        0.25,
        np.array([-10, 10], np.float32),
        np.array([0, 1], np.float32),
    )
    rows = np.array([[0, 0], [1, 0], [0, 3], [1, 3]], np.float32)
    assert trees.log_odds(rows).tolist() == [1.25, 2.25, 3.25, 4.25]
    assert trees.probability(rows)[0] == pytest.approx(0.5625)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(b"nothing")
    with pytest.raises(TableError, match=r"model\.npz"):
        load_model(path)
    with pytest.raises(TableError):
        load_model(tmp_path / "absent.npz")
    assert load_model(default_model()).costs.pair.shape[0] > 100


def test_entities_are_read_from_three_formats(tmp_path: Path) -> None:
    tsv = tmp_path / "list.tsv"
    tsv.write_text("id\ttype\tname\tnative\tlang\n1\tPER\tAnna Orlova\tАнна Орлова\tru\n")
    csv = tmp_path / "list.csv"
    csv.write_text('id,name,aliases\n1,"Orlova, Anna",Anna|Anya\n')
    jsonl = tmp_path / "list.jsonl"
    jsonl.write_text(json.dumps({"id": 1, "name": "Anna Orlova", "aliases": ["Anya"]}) + "\n\n")
    assert read_entities(tsv) == [MatchEntity("1", "Anna Orlova", "PER", "Анна Орлова", "ru")]
    assert read_entities(csv) == [MatchEntity("1", "Orlova, Anna", aliases=("Anna", "Anya"))]
    assert read_entities(jsonl) == [MatchEntity("1", "Anna Orlova", aliases=("Anya",))]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("name\nAnna\n", "wants id and name"),
        ("id\tname\n1\t\n", "row 2: 1: no name"),
        ("id\tname\n\tAnna\n", "row 2: no id"),
        ("id\tname\n1\tAnna\n1\tOlga\n", "row 3: id '1' again, first in row 2"),
        ("id\tname\n1\t" + "x" * 10_000 + "\n", "name of 10000 characters"),
        ("id\tname\n1\tAnna\tmore\n", "row 2: 3 cells"),
    ],
)
def test_a_faulty_list_names_file_row_and_fault(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "list.tsv"
    path.write_text(text)
    with pytest.raises(TableError) as caught:
        read_entities(path)
    assert fault in str(caught.value)
    assert "list.tsv" in str(caught.value)


def test_lists_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_bytes(b"id\tname\n1\t\xff\xfe\n")
    with pytest.raises(TableError, match="UTF-8"):
        read_entities(path)
    jsonl = tmp_path / "list.jsonl"
    jsonl.write_text('{"id": 1\n[1]\n')
    with pytest.raises(TableError, match="row 1: not JSON"):
        read_entities(jsonl)


def test_entities_in_memory_are_checked_too() -> None:
    with pytest.raises(TableError, match="again"):
        Matcher([MatchEntity("1", "Anna"), MatchEntity("1", "Olga")])
    with pytest.raises(TableError, match="no name"):
        Matcher([MatchEntity("1", "  ")])
