"""Vetoes: what keeps a spelling as it is, whatever speaks for a change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from normalizer.annotation import Alias
from normalizer.names.evidence import Context, FolderEvidence, is_canonical, read_document
from normalizer.names.guards import is_bare
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import find_matches
from normalizer.names.resolve import resolve

Normalize = Callable[..., str]

PUTIN = "Vladimir Putin spoke."


def candidates(text: str, surface: str, knowledge: Knowledge) -> list[str]:
    """What a surface may be changed to, vetoes applied, likely or not."""
    matches = find_matches(text, knowledge)
    context = Context(text, knowledge, read_document(matches), FolderEvidence())
    return [
        candidate.replacement
        for match in matches
        if match.mention.surface == surface
        for candidate in resolve(match, context).candidates
    ]


# -- already canonical -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Putin",
        "PUTIN",
        "Vladimir Putin",
        "Lech Wałęsa",
        "Lech Walesa",
        "Walesa",
        "WALESA",
        "Kim Jong-un",
        "Kim Jong Un",
        "Wagner Group",
        "WAGNER GROUP",
        "Saint-Petersburg",
        "Moscow",
    ],
)
def test_canonical(text: str, tiny_knowledge: Knowledge) -> None:
    matches = find_matches(text, tiny_knowledge)
    assert matches
    assert all(map(is_canonical, matches))
    assert candidates(text, text, tiny_knowledge) == []


@pytest.mark.parametrize(
    "text", ["Poutine", "POUTINE", "Walesza", "Kim Jong-eun", "Kiev", "groupe Wagner", "Putín"]
)
def test_not_canonical(text: str, tiny_knowledge: Knowledge) -> None:
    matches = find_matches(text, tiny_knowledge)
    assert matches
    assert not any(map(is_canonical, matches))


@pytest.mark.parametrize(
    ("surface", "form", "bare"),
    [
        ("Kijow", "Kijów", True),
        ("Kijów", "Kijów", False),
        ("Moscou", "Moscou", False),
        ("Móscou", "Moscou", False),
    ],
)
def test_bare(surface: str, form: str, bare: bool) -> None:
    assert is_bare(surface, Alias(form, frozenset({"pl"}), "exonym")) is bare


# -- the guard table -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "President Poutine left.",
        "The Kremlin said that Poutine left.",
        f"{PUTIN} they said that Poutine left.",
        "they said that Alexeï Navalny and Evgueni Prigojine knew that Poutine left.",
    ],
)
def test_a_guard_that_wants_context_opens_with_it(text: str, tiny_normalized: Normalize) -> None:
    assert "Poutine" not in tiny_normalized(text)


@pytest.mark.parametrize(
    "text",
    [
        "they said that Poutine left.",
        f"{PUTIN} with gravy, Poutine left.",
        "President Poutine ate it with Gravy.",
    ],
)
def test_a_guard_that_wants_context_stays_shut(text: str, tiny_normalized: Normalize) -> None:
    assert tiny_normalized(text) == text


def test_a_veto_reaches_only_so_far(tiny_normalized: Normalize) -> None:
    far = "gravy " + "and so on " * 30
    assert tiny_normalized(f"{far} President Poutine left.").endswith("President Putin left.")


def test_a_whole_name_is_above_the_guard(tiny_normalized: Normalize) -> None:
    text = "with gravy, Vladimir Poutine left."
    assert tiny_normalized(text) == "with gravy, Vladimir Putin left."


def test_full_name_guard(tiny_normalized: Normalize) -> None:
    alone = "they met the miner Milano there."
    assert tiny_normalized(alone) == alone
    named = "with Marek Milan came others; they met Milano there."
    assert "Milano" not in tiny_normalized(named)
    assert "Milano" not in tiny_normalized(alone, "with Marek Milan came others.")
    assert tiny_normalized(alone, "with Milan came others.") == alone


@pytest.mark.parametrize(
    "text",
    ["they flew to Moskau.", "they flew from Moscou to Moskau.", "Moskau, the capital, is big."],
)
def test_never(text: str, tiny_normalized: Normalize) -> None:
    assert "Moskau" in tiny_normalized(text)


# -- phrases to keep -------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a Kreml cake", "the Hotel Kreml in Berlin", "two KREML-cake"])
def test_kept_phrases(text: str, tiny_knowledge: Knowledge) -> None:
    text += " and Moscow"
    surface = "KREML" if "KREML" in text else "Kreml"
    assert candidates(text, surface, tiny_knowledge) == []


@pytest.mark.parametrize("text", ["a Kreml statement", "a cake for the Kreml", "Kreml cakewalk"])
def test_outside_kept_phrases(text: str, tiny_knowledge: Knowledge) -> None:
    assert candidates(text, "Kreml", tiny_knowledge) == ["Kremlin"]


# -- too little to go by ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("the KRIM port", "KRIM"),  # four letters in capitals: an acronym or nothing
        ("the Kim-Krim row and KREM", "Kim"),
        ("they went to Leningrad", "Leningrad"),  # a former name is not brought up to date
        ("they saw Navaln there", "Navaln"),  # clipped, and nobody of that name about
        ("Alexei Navalny and Prigozhi", "Prigozhi"),  # somebody else's full name
        ("Alexei Navalny and Naval", "Naval"),  # more than one letter gone
    ],
)
def test_out_of_the_question(text: str, surface: str, tiny_knowledge: Knowledge) -> None:
    assert candidates(text, surface, tiny_knowledge) == []


@pytest.mark.parametrize(
    ("text", "surface", "replacement"),
    [
        ("the Krim port", "Krim", "Crimea"),
        ("the OTAN plan", "OTAN", "NATO"),
        ("Alexei Navalny spoke, then Navaln left.", "Navaln", "Navalny"),
        ("Alexei Navaln spoke, then Navaln left.", "Navaln", "Navalny"),
    ],
)
def test_worth_weighing(
    text: str, surface: str, replacement: str, tiny_knowledge: Knowledge
) -> None:
    assert candidates(text, surface, tiny_knowledge) == [replacement]
