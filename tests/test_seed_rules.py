"""The examples that rows of the shipped tables carry, and cases from life, run as a whole.

In pairs: what must change, what must not. The rules of the schemes and of the case endings have
tests of their own (test_schemes, test_inflect): they spell single words.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from normalizer.annotation import Document
from normalizer.names.knowledge import Knowledge, open_knowledge
from normalizer.names.table_files import Faults
from normalizer.names.tables import Tables, default_seeds, load_guards
from normalizer.pipeline import normalize

Normalize = Callable[..., str]

GUARDS = list(load_guards(default_seeds() / "guards.toml", Faults()))
CHANGES = [(guard.form, *sample) for guard in GUARDS for sample in guard.change]
KEEPS = [(guard.form, text) for guard in GUARDS for text in guard.keep]


# -- what the tables say of themselves -------------------------------------------------------


@pytest.mark.parametrize(("form", "text", "expected"), CHANGES)
def test_guard_lets_through(form: str, text: str, expected: str, normalized: Normalize) -> None:
    assert form in text.casefold()
    assert normalized(text) == expected


@pytest.mark.parametrize(("form", "text"), KEEPS)
def test_guard_keeps(form: str, text: str, normalized: Normalize) -> None:
    assert form in text.casefold()
    assert normalized(text) == text


def test_phrases_to_keep(tables: Tables, normalized: Normalize) -> None:
    texts = [f"They spoke of {phrase} again." for row in tables.rows for phrase in row.keep]
    assert texts
    assert [(text, normalized(text)) for text in texts if normalized(text) != text] == []


def test_a_given_name_alone_is_nobody(tables: Tables, normalized: Normalize) -> None:
    """Alessio may be anybody, though a patriarch and a banker are called so."""
    texts = [f"They spoke of {name.spelling} again." for name in tables.given_names]
    assert texts
    assert [(text, normalized(text)) for text in texts if normalized(text) != text] == []


# -- what must change ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # capitals, possessives, hyphens
        ("PRIGOJINE LEAVES THE CITY", "PRIGOZHIN LEAVES THE CITY"),
        ("The camp of PRIGOJINE is empty.", "The camp of PRIGOZHIN is empty."),
        (
            "President Poutine's spokesman declined to comment.",
            "President Putin's spokesman declined to comment.",
        ),
        (
            "The Kremlin praised Poutine\N{RIGHT SINGLE QUOTATION MARK}s patience.",
            "The Kremlin praised Putin\N{RIGHT SINGLE QUOTATION MARK}s patience.",
        ),
        (
            "Moscow said the Poutine-Biden summit was off.",
            "Moscow said the Putin-Biden summit was off.",
        ),
        # towns from their native names, in whatever convention
        (
            "The road from Cherson is open; a school near Awdijiwka was shelled.",
            "The road from Kherson is open; a school near Avdiivka was shelled.",
        ),
        (
            "He left the port of Berdjansk for Jalta.",
            "He left the port of Berdiansk for Yalta.",
        ),
        ("He came from Charkiw by train.", "He came from Kharkiv by train."),
        # family name alone, full name, other order
        ("The men of Prigojine left the city.", "The men of Prigozhin left the city."),
        ("The bid of Zelenskij failed.", "The bid of Zelensky failed."),
        (
            "Vladimir Poutine and Evgueni Prigojine had lunch.",
            "Vladimir Putin and Yevgeny Prigozhin had lunch.",
        ),
        ("The orders came from Sergueï Choïgou.", "The orders came from Sergei Shoigu."),
        ("Alexandre Loukachenko was there.", "Alexander Lukashenko was there."),
        ("Oussama ben Laden was killed in his house.", "Osama bin Laden was killed in his house."),
        ("Bachar al-Assad left for good.", "Bashar al-Assad left for good."),
        # Lithuanian and Czech case forms
        (
            "Vladimiro Putino plan, they said, was old.",
            "Vladimir Putin plan, they said, was old.",
        ),
        ("He spoke of Sergejus Lavrovas again.", "He spoke of Sergei Lavrov again."),
        (
            "Putinas came to the Kremlin and Lavrovas left it.",
            "Putin came to the Kremlin and Lavrov left it.",
        ),
        (
            "They met with Vladimirem Putinem in the spring.",
            "They met with Vladimir Putin in the spring.",
        ),
        (
            "The talks with Jevgenijem Prigožinem failed.",
            "The talks with Yevgeny Prigozhin failed.",
        ),
        # Latin names that went through other languages
        ("Donald Tramp was in the lead.", "Donald Trump was in the lead."),
        ("Angela Merkelová was in the lead.", "Angela Merkel was in the lead."),
        # places and organisations
        ("Moscou rejected the plan.", "Moscow rejected the plan."),
        ("They flew from Moscou to Londres.", "They flew from Moscow to London."),
        ("They went to Kiev by train.", "They went to Kyiv by train."),
        ("The Groupe Wagner left the city.", "The Wagner Group left the city."),
        ("The groupe Wagner left the city.", "The Wagner Group left the city."),
    ],
)
def test_changed(text: str, expected: str, normalized: Normalize) -> None:
    assert normalized(text) == expected
    assert normalized(expected) == expected


CLIPPED = "The opposition leader Navaln was moved to a prison in the north."
NAMED = "Alexei Navalny was sentenced in March."


def test_a_clipped_name_with_the_full_name_in_the_folder(normalized: Normalize) -> None:
    expected = CLIPPED.replace("Navaln", "Navalny")
    assert normalized(f"{NAMED} {CLIPPED}") == f"{NAMED} {expected}"
    assert normalized(CLIPPED, NAMED) == expected


@pytest.mark.parametrize(
    "siblings",
    [(), ("Nobody was sentenced in March.",), ("Vladimir Putin was there.",), (CLIPPED,)],
)
def test_a_clipped_name_without_it(siblings: tuple[str, ...], normalized: Normalize) -> None:
    assert normalized(CLIPPED, *siblings) == CLIPPED


@pytest.mark.parametrize(
    ("style", "text", "expected"),
    [
        ("Kiev", "They went to Kijów, not to Kyiv.", "They went to Kiev, not to Kiev."),
        ("russian-era", "They went to Kyiv by train.", "They went to Kiev by train."),
        ("Zelenskyy", "President Zelenski spoke.", "President Zelenskyy spoke."),
    ],
)
def test_changed_by_style(
    style: str, text: str, expected: str, cache: Path, knowledge: Knowledge
) -> None:
    styled = open_knowledge(cache, style=[style])
    assert normalize(Document("d", text), styled).text == expected
    assert normalize(Document("d", expected), styled).text == expected
    assert normalize(Document("d", expected), knowledge).text != expected


# -- what must not ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        # the dish, and words that only begin like a name
        "Poutine with gravy is a classic of the winter menu.",
        "The diner sells Poutine, smoked meat and beer.",
        "A Poutine festival opens on Friday.",
        "La Poutine, a diner in the old town, has closed.",
        "President Macron ate poutine in Montreal.",
        "The Poutinerie opens at noon.",
        # places that are words, clubs and people
        "Nice try, said the minister.",
        "Nice and Cannes were flooded.",
        "Reading lost at home to Chelsea.",
        "Reading the papers is useful.",
        "Michael Jordan scored twice.",
        "The king of Jordan met Jordan Henderson.",
        "Chad and his brother went fishing.",
        "The rebels in Chad have agreed to a truce.",
        "Essen and Dortmund share a railway.",
        "Split decisions are rare in boxing.",
        "Split lies on the Dalmatian coast.",
        "Turkey is eaten at Thanksgiving.",
        "Turkey joined the alliance in 1952.",
        "The Roma make up a tenth of the town.",
        "Roma beat Lazio in the derby.",
        "Alyssa Milano wrote the letter.",
        "Bayern won the cup again.",
        "Paris Hilton has never been to Troy.",
        "Orange and Bath are towns, too.",
        "Georgia voted; so did Georgia O'Keeffe's home town.",
        "Sofia Coppola made the film.",
        "The Cork Examiner was read in Lima.",
        "In Alta, Norway, it snowed; Just and Sumo are words.",
        "Mr. Lyman met Irina Dubna, and Anna Boyarka sang for Larisa Dolina.",
        "The striker moved from Napoli to Levante.",
        # people whose names look like others
        "Regan and Goneril betray the king.",
        "Donald Regan was chief of staff.",
        "Robert went home early.",
        "Robert Redford made the film.",
        "Ivan the Terrible is an opera, too.",
        "Maria Button and Jenson Button met Tramp the dog.",
        "Lady and the Tramp is a film.",
        "Ivanova won the race before Petrova.",
        "The singer Anna Putina gave a concert.",
        "Karl Popper taught in London.",
        "Marina Golovina danced.",
        "The Kremlin sent Lavrova and Sergei Lavrov home.",
        "Vladimir Putin met Putina, Medvedeva and Dmitry Medvedev.",
        # canonical as it stands, or as good as
        "Vladimir Putin, Volodymyr Zelensky and Alexei Navalny.",
        "Lech Walesa and Lech Wałęsa are one man.",
        "Recep Tayyip Erdogan met Emmanuel Macron.",
        "Kim Jong Un met Xi Jinping.",
        # addresses, handles, files
        "See https://example.org/Poutine/Moscou and www.Prigojine.example.",
        "Write to Prigojine@example.org or @Prigojine.",
        "The file is called Moscou_2020.txt.",
        # names English keeps for the past
        "Leningrad was under siege for nine hundred days.",
        "The battle of Stalingrad was over.",
    ],
)
def test_unchanged(text: str, normalized: Normalize) -> None:
    assert normalized(text) == text


@pytest.mark.parametrize(
    "word", ["Poutine", "Nice", "Reading", "Jordan", "Chad", "Essen", "Split", "Turkey", "Roma"]
)
@pytest.mark.parametrize(
    "frame", ["{}", "{}.", '"{}"', "They met {} there.", "{} said no.", "The {} affair is over."]
)
def test_words_with_two_lives_stay(word: str, frame: str, normalized: Normalize) -> None:
    text = frame.format(word)
    assert normalized(text) == text
