"""What is found in a text, and how far it reaches."""

from __future__ import annotations

import pytest

from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import Match, find_matches, find_tokens, match_case


def found(text: str, knowledge: Knowledge) -> list[tuple[str, str]]:
    """What stands there and what would stand there, for matches with one reading."""
    return [
        (match.mention.surface, match.options[0].replacement)
        for match in find_matches(text, knowledge)
        if len(match.options) == 1
    ]


def only(text: str, knowledge: Knowledge) -> Match:
    (match,) = find_matches(text, knowledge)
    return match


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Poutine came.", [("Poutine", "Putin")]),
        ("POUTINE CAME.", [("POUTINE", "PUTIN")]),
        ("Vladimir Poutine came.", [("Vladimir Poutine", "Vladimir Putin")]),
        ("Wladimir Poutine came.", [("Wladimir Poutine", "Vladimir Putin")]),
        ("Poutine Vladimir came.", [("Poutine Vladimir", "Putin Vladimir")]),
        ("VLADIMIR Poutine", [("VLADIMIR Poutine", "VLADIMIR Putin")]),
        (
            "Vladimir Vladimirovitch Poutine",
            [("Vladimir Vladimirovitch Poutine", "Vladimir Vladimirovich Putin")],
        ),
        ("Vladimir\N{NO-BREAK SPACE}Poutine", [("Vladimir\xa0Poutine", "Vladimir\xa0Putin")]),
        ("Vladimir\nPoutine came.", [("Vladimir\nPoutine", "Vladimir\nPutin")]),
        ("Poutine\N{RIGHT SINGLE QUOTATION MARK}s plan", [("Poutine", "Putin")]),
        ("POUTINE'S PLAN", [("POUTINE", "PUTIN")]),
        ("a Poutine-Prigojine row", [("Poutine", "Putin"), ("Prigojine", "Prigozhin")]),
        ("the anti-Poutine camp", [("Poutine", "Putin")]),
        ("the pro\N{HYPHEN}Poutine camp", [("Poutine", "Putin")]),
        ("Pou\N{SOFT HYPHEN}tine came.", [("Pou\N{SOFT HYPHEN}tine", "Putin")]),
        ("Oussama ben Laden", [("Oussama ben Laden", "Osama bin Laden")]),
        ("Bachar el-Assad", [("Bachar el-Assad", "Bashar al-Assad")]),
        ("the el-Assad clan", [("el-Assad", "al-Assad")]),
        ("the Assad clan", [("Assad", "Assad")]),
        ("the al-Assad clan", [("al-Assad", "al-Assad")]),
        ("Kim Jong-eun's men", [("Kim Jong-eun", "Kim Jong-un")]),
        ("the groupe Wagner left", [("groupe Wagner", "Wagner Group")]),
        ("the GRUPPE WAGNER left", [("GRUPPE WAGNER", "WAGNER GROUP")]),
        ("Saint-Pétersbourg", [("Saint-Pétersbourg", "Saint Petersburg")]),
        ("Saint Petersbourg", [("Saint Petersbourg", "Saint Petersburg")]),
        ("Kijów fell", [("Kijów", "Kyiv")]),
        ("Moscou, Prigojine", [("Moscou", "Moscow"), ("Prigojine", "Prigozhin")]),
    ],
)
def test_found(text: str, pairs: list[tuple[str, str]], tiny_knowledge: Knowledge) -> None:
    assert found(text, tiny_knowledge) == pairs


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody we know",
        "poutine and moscou",  # small letters
        "Vladimir came.",  # a given name alone names nobody
        "Vladimir and Alexei came.",
        "Poutinesque",
        "xPoutine",
        "the group of Wagner",
        "Groupe Vagner",
        "www.Poutine.example",
        "https://news.example/world/Poutine",
        "https://news.example/?q=Moscou&x=Poutine",
        "write to Poutine@mail.example",
        "@Poutine and #Moscou",
        "Poutine_plan and plan_Poutine",
        "C:\\Poutine",
        "Poutine/index",
    ],
)
def test_not_found(text: str, tiny_knowledge: Knowledge) -> None:
    assert find_matches(text, tiny_knowledge) == []


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("He came with Vladimir, Poutine left.", ["Poutine"]),
        ("Vladimir. Poutine left.", ["Poutine"]),
        ("Vladimir\n\nPoutine left.", ["Poutine"]),
        ("Alexei Poutine", ["Poutine"]),  # no such man: the family name alone
        ("Kim Jong-eun", ["Kim Jong-eun"]),
        ("Lech Walesza, Lech Wałęsa", ["Lech Walesza", "Lech Wałęsa"]),
    ],
)
def test_where_a_name_ends(text: str, surfaces: list[str], tiny_knowledge: Knowledge) -> None:
    matches = find_matches(text, tiny_knowledge)
    assert [match.mention.surface for match in matches] == surfaces


def test_spans_point_at_the_surface_and_do_not_overlap(tiny_knowledge: Knowledge) -> None:
    text = "\N{GRINNING FACE} Vladimir Poutine, Moscou: «Prigojine» — Oussama ben Laden's OTAN"
    matches = find_matches(text, tiny_knowledge)
    assert len(matches) == 5
    end = 0
    for match in matches:
        span = match.mention.span
        assert span.start >= end
        assert text[span.start : span.end] == match.mention.surface
        end = span.end


def test_canonical_names_are_found_too(tiny_knowledge: Knowledge) -> None:
    assert found("Vladimir Putin in Moscow", tiny_knowledge) == [
        ("Vladimir Putin", "Vladimir Putin"),
        ("Moscow", "Moscow"),
    ]


def test_two_bearers_of_a_family_name_are_one_reading(tiny_knowledge: Knowledge) -> None:
    """Nobody needs to know which Golovin it is to spell the name."""
    (option,) = only("Golovine came.", tiny_knowledge).options
    assert set(option.entity_ids) >= {"per:igor-golovin", "per:oleg-golovin"}
    (option,) = only("Igor Golovine came.", tiny_knowledge).options
    assert option.entity_ids == ("per:igor-golovin",)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Vladimir Poutine", True),
        ("Poutine", False),
        ("groupe Wagner", True),
        ("Moscou", False),
    ],
)
def test_whole(text: str, whole: bool, tiny_knowledge: Knowledge) -> None:
    assert only(text, tiny_knowledge).options[0].whole is whole


# -- clipped stems ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "replacement"),
    [("Navaln", "Navalny"), ("Prigozhi", "Prigozhin"), ("Alexei Navaln", "Alexei Navalny")],
)
def test_clipped_stems_are_found(text: str, replacement: str, tiny_knowledge: Knowledge) -> None:
    match = only(text, tiny_knowledge)
    assert match.mention.finder == "clipped"
    assert [option.replacement for option in match.options] == [replacement]


@pytest.mark.parametrize(
    "text",
    [
        "Puti",  # too short
        "NAVALN",  # capitals: an acronym or anything
        "Navalnyx",
        "Walęs",  # of a name in Latin letters, no stem is looked for
        "Moscu",
        "Vladimi",  # a given name
    ],
)
def test_no_clipped_stem(text: str, tiny_knowledge: Knowledge) -> None:
    assert find_matches(text, tiny_knowledge) == []


def test_listed_names_say_so(tiny_knowledge: Knowledge) -> None:
    assert only("Navalny", tiny_knowledge).mention.finder == "listed"


# -- tokens ----------------------------------------------------------------------------------


def test_known_and_unknown_names_are_tokens_and_english_words_are_not(
    tiny_knowledge: Knowledge,
) -> None:
    text = "The unknown Guildo met Poutine's friend Vladimir"
    tokens = [(token.surface, token.reading.unknown) for token in find_tokens(text, tiny_knowledge)]
    assert tokens == [("Guildo", True), ("Poutine", False), ("Vladimir", False)]


def test_a_second_reader_of_the_same_words_finds_the_same(tiny_knowledge: Knowledge) -> None:
    text = "Poutine met Poutine's friend and a Poutine-Prigojine plan."
    assert find_matches(text, tiny_knowledge) == find_matches(text, tiny_knowledge)


@pytest.mark.parametrize(
    ("canonical", "surface", "written"),
    [
        ("Putin", "Poutine", "Putin"),
        ("Putin", "POUTINE", "PUTIN"),
        ("Putin", "P", "Putin"),
        ("Wagner Group", "GROUPE WAGNER", "WAGNER GROUP"),
        ("al-Assad", "EL-ASSAD", "AL-ASSAD"),
        ("NATO", "OTAN", "NATO"),
        ("Putin", "Pou\N{SOFT HYPHEN}tine", "Putin"),
    ],
)
def test_match_case(canonical: str, surface: str, written: str) -> None:
    assert match_case(canonical, surface) == written
