"""The order of evidence: which reading wins, and when none does."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from normalizer.annotation import Resolution
from normalizer.names.evidence import Context, FolderEvidence, read_document
from normalizer.names.knowledge import Knowledge, open_knowledge
from normalizer.names.mentions import find_matches
from normalizer.names.resolve import resolve
from normalizer.settings import DEFAULT

PUTIN = "per:vladimir-putin"
NOBODY = FolderEvidence()


def resolutions(
    text: str, knowledge: Knowledge, folder: FolderEvidence = NOBODY
) -> dict[str, Resolution]:
    """Surface -> resolution; each surface once."""
    matches = find_matches(text, knowledge)
    context = Context(text, knowledge, read_document(matches), folder)
    return {match.mention.surface: resolve(match, context) for match in matches}


def score(text: str, surface: str, knowledge: Knowledge, folder: FolderEvidence = NOBODY) -> float:
    """Of the best candidate; 0 when there is none."""
    candidates = resolutions(text, knowledge, folder)[surface].candidates
    return candidates[0].score if candidates else 0.0


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        # the spelling
        (("with Putino there", "Putino"), ("with Putinas there", "Putinas")),
        (("with Kijow there", "Kijow"), ("with Kijów there", "Kijów")),
        (("with Prigojine there", "Prigojine"), ("with Evgueni Prigojine", "Evgueni Prigojine")),
        # what stands around
        (("with Golovine there", "Golovine"), ("with the skier Golovine", "Golovine")),
        (("with Golovine there", "Golovine"), ("with Golovine, in Moscou", "Golovine")),
        (("with Golovine there", "Golovine"), ("with Golovine and Igor Golovin", "Golovine")),
        (("with Guildo Golovine", "Golovine"), ("with Golovine there", "Golovine")),
        (("with de Golovine there", "Golovine"), ("with Golovine there", "Golovine")),
        (("the Kreml plan", "Kreml"), ("in the Kreml", "Kreml")),
    ],
)
def test_what_counts_for_more(
    weaker: tuple[str, str], stronger: tuple[str, str], tiny_knowledge: Knowledge
) -> None:
    assert 0 < score(*weaker, tiny_knowledge) < score(*stronger, tiny_knowledge)


def test_the_folder_speaks_for_a_name(tiny_knowledge: Knowledge) -> None:
    folder = FolderEvidence({PUTIN: 2})
    text = "they said that Putino left"
    alone, together = (score(text, "Putino", tiny_knowledge, one) for one in (NOBODY, folder))
    assert alone < DEFAULT.apply
    assert alone < together


def test_a_guarded_spelling_without_company_is_not_even_proposed(
    tiny_knowledge: Knowledge,
) -> None:
    found = resolutions("they said that Poutine left", tiny_knowledge)["Poutine"]
    assert found.chosen is None
    assert [one.replacement for one in found.candidates] == ["Putin"]


@pytest.mark.parametrize(
    ("text", "surface", "replacement"),
    [
        ("with Prigojine there", "Prigojine", "Prigozhin"),
        ("with Golovine there", "Golovine", "Golovin"),
        ("with the groupe Wagner there", "groupe Wagner", "Wagner Group"),
        ("with Saint-Pétersbourg there", "Saint-Pétersbourg", "Saint Petersburg"),
    ],
)
def test_sure_enough_to_apply(
    text: str, surface: str, replacement: str, tiny_knowledge: Knowledge
) -> None:
    chosen = resolutions(text, tiny_knowledge)[surface].chosen
    assert chosen is not None
    assert chosen.replacement == replacement
    assert chosen.score >= DEFAULT.apply


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("with Putin there", "Putin"),
        ("with Golovin there", "Golovin"),
        ("with Golovina there", "Golovina"),  # her name, not his genitive
        ("with Igor Golovina there", "Golovina"),
        ("with Leningrad there", "Leningrad"),
        ("with Moskau there", "Moskau"),
    ],
)
def test_nothing_chosen(text: str, surface: str, tiny_knowledge: Knowledge) -> None:
    assert resolutions(text, tiny_knowledge)[surface].chosen is None


def test_a_given_name_alone_is_anybodys(tiny_knowledge: Knowledge) -> None:
    assert resolutions("with Alessio there", tiny_knowledge)["Alessio"].chosen is None
    whole = resolutions("with Patriarca Alessio there", tiny_knowledge)["Patriarca Alessio"]
    assert whole.chosen is not None
    assert whole.chosen.replacement == "Patriarch Alexy"


def test_candidates_are_ordered_and_their_scores_explained(tiny_knowledge: Knowledge) -> None:
    text = "President Poutine, Golovine, Kijow, Putino and Alexei Navaln"
    for resolution in resolutions(text, tiny_knowledge).values():
        scores = [one.score for one in resolution.candidates]
        assert scores == sorted(scores, reverse=True)
        for candidate in resolution.candidates:
            assert 0 <= candidate.score <= 1
            total = sum(one.weight for one in candidate.evidence)
            assert (candidate.score > 0.5) == (total > 0)
            assert all(one.reason for one in candidate.evidence)


def test_two_readings_are_not_guessed_between(
    cache: Path, tiny_seeds: Path, tmp_path: Path
) -> None:
    """Two people whose names one convention spells alike: neither is chosen."""
    seeds = tmp_path / "seeds"
    copytree(tiny_seeds, seeds)
    with (seeds / "entities" / "people.csv").open("a", encoding="utf-8") as people:
        people.write("Olga Semyonova,,f,,,xx=Olga Zemova,,invented\n")
        people.write("Olena Zimova,,f,,,xx=Olena Zemova,,invented\n")
    knowledge = open_knowledge(cache, seeds=seeds)
    alone = resolutions("with Zemova there", knowledge)["Zemova"]
    assert alone.chosen is None
    assert [one.replacement for one in alone.candidates] == ["Semyonova", "Zimova"]
    named = resolutions("with Olena Zimova came others; with Zemova there", knowledge)["Zemova"]
    assert [one.replacement for one in named.candidates] == ["Zimova", "Semyonova"]
    whole = resolutions("with Olena Zemova there", knowledge)["Olena Zemova"]
    assert whole.chosen is not None
    assert whole.chosen.replacement == "Olena Zimova"
