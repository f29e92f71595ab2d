"""What the text around a name says, and what it must not be heard to say."""

from __future__ import annotations

import pytest

from normalizer.annotation import Alias, Evidence, Span
from normalizer.names.evidence import (
    Context,
    DocumentEvidence,
    FolderEvidence,
    Survey,
    gather,
    language_weight,
    name_seen,
    neighbours,
    place_nearby,
    read_document,
    role_nearby,
    starts_sentence,
    survey,
)
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import Option, find_matches

PUTIN = "per:vladimir-putin"
NAVALNY = "per:alexei-navalny"


def context_of(text: str, knowledge: Knowledge, folder: FolderEvidence | None = None) -> Context:
    document = read_document(find_matches(text, knowledge))
    return Context(text, knowledge, document, folder or FolderEvidence())


def option_of(*ids: str, whole: bool = False, langs: str = "fr", form: str = "Poutine") -> Option:
    alias = Alias(form, frozenset(langs.split()), "transliteration")
    return Option(ids or (PUTIN,), "Putin", (alias,), whole)


def span_of(text: str, part: str) -> Span:
    start = text.index(part)
    return Span(start, start + len(part))


def weight(evidence: Evidence | None) -> float:
    return evidence.weight if evidence else 0.0


# -- full names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Vladimir Poutine came.", {PUTIN}),
        ("Vladimir Putin came.", {PUTIN}),
        ("Poutine Vladimir came.", {PUTIN}),
        ("Poutine came.", set()),
        ("Vladimir came.", set()),
        ("Igor Golovin and Oleg Golovin came.", {"per:igor-golovin", "per:oleg-golovin"}),
        ("Golovin came.", set()),
        ("Alexei Navaln came.", set()),  # clipped: it may be somebody else's name
        ("The groupe Wagner came.", {"org:wagner-group"}),
        ("", set()),
    ],
)
def test_survey_wants_full_names(text: str, ids: set[str], tiny_knowledge: Knowledge) -> None:
    assert survey(find_matches(text, tiny_knowledge)).full_names == ids


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("", True),
        ("Nobody we know came.", True),
        ("Vladimir Putin met Lech Walesa in Moscow.", True),
        ("Putin came, Kiev fell.", False),
        ("Poutine with gravy.", False),  # the second pass looks at it, and leaves it
    ],
)
def test_a_text_is_quiet_when_nothing_could_change(
    text: str, quiet: bool, tiny_knowledge: Knowledge
) -> None:
    assert survey(find_matches(text, tiny_knowledge)).quiet == quiet


def test_surveys_of_one_file_add_up() -> None:
    both = Survey(frozenset("a"), quiet=True) | Survey(frozenset("b"), quiet=False)
    assert both == Survey(frozenset("ab"), quiet=False)


def test_gather_counts_documents_in_any_order() -> None:
    surveys = [Survey(frozenset("ab")), Survey(frozenset("a")), Survey()]
    assert dict(gather(surveys).full_names) == {"a": 2, "b": 1}
    assert gather(surveys) == gather(reversed(surveys))
    assert dict(gather([]).full_names) == {}


def test_full_name_in_the_document_beats_one_in_the_folder(tiny_knowledge: Knowledge) -> None:
    folder = FolderEvidence({PUTIN: 3})
    here = name_seen(option_of(), context_of("Vladimir Putin. Poutine.", tiny_knowledge))
    there = name_seen(option_of(), context_of("Poutine.", tiny_knowledge, folder))
    nowhere = name_seen(option_of(), context_of("Poutine.", tiny_knowledge))
    assert weight(here) > weight(there) > 0
    assert there is not None
    assert "3 other documents" in there.reason
    assert nowhere is None


def test_a_full_name_speaks_for_its_bearer_only(tiny_knowledge: Knowledge) -> None:
    context = context_of("Vladimir Putin came.", tiny_knowledge, FolderEvidence({PUTIN: 1}))
    assert name_seen(option_of(NAVALNY), context) is None


def test_a_name_is_no_witness_for_itself(tiny_knowledge: Knowledge) -> None:
    whole = option_of(whole=True)
    alone = FolderEvidence({PUTIN: 1})  # the folder counts the document itself
    once = context_of("Vladimir Poutine came.", tiny_knowledge, alone)
    assert name_seen(whole, once) is None
    twice = context_of("Vladimir Poutine came. Vladimir Poutine left.", tiny_knowledge, alone)
    assert weight(name_seen(whole, twice)) > 0
    elsewhere = context_of("Vladimir Poutine came.", tiny_knowledge, FolderEvidence({PUTIN: 2}))
    assert weight(name_seen(whole, elsewhere)) > 0


def test_a_clipped_full_name_speaks_for_the_clipped_family_name(tiny_knowledge: Knowledge) -> None:
    context = context_of("Alexei Navaln came. Navaln left.", tiny_knowledge)
    assert weight(name_seen(option_of(NAVALNY), context)) > 0
    assert name_seen(option_of(NAVALNY, whole=True), context) is None


# -- the source language ---------------------------------------------------------------------


def document_of(**languages: str) -> DocumentEvidence:
    votes = {
        form: dict.fromkeys(langs.split(), 1 / len(langs.split()))
        for form, langs in languages.items()
    }
    return DocumentEvidence(votes, {}, {})


def test_other_spellings_of_the_language_speak_for_it() -> None:
    one = language_weight(option_of(), document_of(Moscou="fr"))
    two = language_weight(option_of(), document_of(Moscou="fr", Prigojine="fr"))
    assert weight(two) > weight(one) > 0


def test_a_spelling_does_not_vouch_for_itself() -> None:
    assert language_weight(option_of(), document_of(Poutine="fr")) is None
    assert language_weight(option_of(), document_of()) is None


def test_spellings_of_another_language_say_nothing() -> None:
    german = {"Moskau": "de", "Selenskyj": "de", "Krim": "de"}
    assert language_weight(option_of(), document_of(**german)) is None
    french = language_weight(option_of(), document_of(Moscou="fr"))
    assert language_weight(option_of(), document_of(Moscou="fr", **german)) == french


def test_english_spellings_have_no_source_language(tiny_knowledge: Knowledge) -> None:
    assert language_weight(option_of(langs="en"), document_of(Moscou="fr")) is None
    english = read_document(find_matches("Kiev and Zelenskyy and Putin", tiny_knowledge))
    assert english.languages == {}
    foreign = read_document(find_matches("Moscou and Krim", tiny_knowledge))
    assert foreign.languages == {"Moscou": {"fr": 0.5, "nl": 0.5}, "Krim": {"de": 0.5, "nl": 0.5}}


# -- words nearby ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "President Poutine came.",
        "The Kremlin said that Poutine came.",
        "Poutine, the president, came.",
        "Poutine came to his KREMLIN office.",
    ],
)
def test_a_role_word_nearby_speaks_for_the_name(text: str, tiny_knowledge: Knowledge) -> None:
    context = context_of(text, tiny_knowledge)
    assert weight(role_nearby(span_of(text, "Poutine"), option_of(), context)) > 0


@pytest.mark.parametrize(
    "text",
    [
        "Poutine came.",
        "Poutine ate with a presidential candidate.",  # part of a longer word
        "The president of one of the largest banks of the country sent Poutine home.",  # too far
        "The lawyer of Poutine came.",  # somebody else's role
    ],
)
def test_no_role_word_nearby(text: str, tiny_knowledge: Knowledge) -> None:
    context = context_of(text, tiny_knowledge)
    assert role_nearby(span_of(text, "Poutine"), option_of(), context) is None


@pytest.mark.parametrize(
    "text",
    [
        "Guildo Poutine came.",
        "Poutine Holdings came.",
        "the casa de Poutine",
        "Poutine et fils",
    ],
)
def test_neighbours_that_make_it_another_name(text: str, tiny_knowledge: Knowledge) -> None:
    found = neighbours(span_of(text, "Poutine"), context_of(text, tiny_knowledge))
    assert sum(one.weight for one in found) < 0


@pytest.mark.parametrize(
    "text",
    [
        "Mr Poutine came.",
        "The Poutine plan.",
        "Guildo's Poutine plan.",
        "Guildo, Poutine and Navalny came.",
        "Poutine came.",
        "Moscou Poutine",  # a place before a name is not a given name
    ],
)
def test_neighbours_that_say_nothing(text: str, tiny_knowledge: Knowledge) -> None:
    assert neighbours(span_of(text, "Poutine"), context_of(text, tiny_knowledge)) == []


@pytest.mark.parametrize(
    "text",
    ["They flew to Krim in May.", "the port of Krim", "in the eastern Krim", "In Krim they met."],
)
@pytest.mark.parametrize("bare", ["the Krim interview", "Krim scored twice.", "of her, Krim"])
def test_a_lesser_place_wants_a_preposition(
    text: str, bare: str, tiny_knowledge: Knowledge
) -> None:
    option = option_of("geo:3", form="Krim", langs="de")
    with_one, without = (
        weight(place_nearby(span_of(one, "Krim"), option, context_of(one, tiny_knowledge)))
        for one in (text, bare)
    )
    assert without < with_one <= 0


def test_only_places_want_a_preposition(tiny_knowledge: Knowledge) -> None:
    context = context_of("Poutine came. Moscou came.", tiny_knowledge)
    assert place_nearby(Span(0, 7), option_of(), context) is None
    capital = option_of("geo:2", form="Moscou")
    assert place_nearby(Span(14, 20), capital, context) is None


@pytest.mark.parametrize(
    "before",
    ["", "He came. ", "He came.\n", 'He said: "', "Really? ", "- ", "\N{BULLET} ", "Title\n\n"],
)
def test_sentence_start(before: str) -> None:
    assert starts_sentence(before + "Poutine", len(before))


@pytest.mark.parametrize(
    "before", ["with ", "Mr ", "He came, ", "(see map) and ", "the so-called "]
)
def test_not_a_sentence_start(before: str) -> None:
    assert not starts_sentence(before + "Poutine", len(before))
