"""Names that no table spells: asked of the matcher, applied only when it is sure."""

from __future__ import annotations

import pytest

from normalizer.annotation import Document
from normalizer.names.evidence import Context, FolderEvidence, read_document
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import find_tokens, match_tokens
from normalizer.names.unlisted import find_runs, resolve_runs
from normalizer.pipeline import normalize, survey_document


def runs_of(text: str, knowledge: Knowledge) -> list[str]:
    tokens = find_tokens(text, knowledge)
    matches = match_tokens(text, tokens, knowledge)
    return [run.surface for run in find_runs(text, tokens, matches, knowledge)]


def read(text: str, knowledge: Knowledge) -> dict[str, tuple[str, str]]:
    report = normalize(Document("a", text), knowledge)
    return {one.before: (one.after, one.verdict) for one in report.decisions}


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("Serguiej Lawrouw spoke first.", "Serguiej Lawrouw", "Sergei Lavrov"),
        ("A letter of Mikhayl Mishoostin came.", "Mikhayl Mishoostin", "Mikhail Mishustin"),
    ],
)
def test_a_sure_answer_is_applied(text: str, before: str, after: str, knowledge: Knowledge) -> None:
    assert read(text, knowledge) == {before: (after, "apply")}


@pytest.mark.parametrize(
    "text",
    [
        "Yoshihide Sugawara won the race.",
        "The conductor Kirill Petrenko bowed.",
        "Professor Lawrouw Brandt spoke.",
        "Takeshi Abbe and Anton Lavrentis met in Zarqistan.",
        "The firm Qwertysoft Lavro Holding Group Limited failed.",
    ],
)
def test_a_stranger_is_left_alone(text: str, knowledge: Knowledge) -> None:
    assert all(verdict == "propose" for _, verdict in read(text, knowledge).values())
    assert normalize(Document("a", text), knowledge).text == text


def test_a_near_name_of_somebody_else_is_not_applied(knowledge: Knowledge) -> None:
    text = "Sergei Lavrenov heads the museum."
    assert normalize(Document("a", text), knowledge).text == text


def test_one_word_is_asked_about_only_beside_the_full_name(knowledge: Knowledge) -> None:
    assert runs_of("Zelenzki spoke.", knowledge) == []
    assert runs_of("Volodymyr Zelensky came. Zelenzki spoke.", knowledge) == ["Zelenzki"]


def test_nothing_is_asked_about_plain_english(knowledge: Knowledge) -> None:
    assert runs_of("The Quick Brown Fox met Mr Smith and Mary Jones in London.", knowledge) == []


def test_the_ending_off_is_a_choice_of_its_bearer(knowledge: Knowledge) -> None:
    text = "A recital by Sergei Lawroff followed."
    assert normalize(Document("a", text), knowledge).text == text


def test_a_document_with_something_to_ask_is_not_quiet(knowledge: Knowledge) -> None:
    assert not survey_document(Document("a", "Serguiej Lawrouw spoke."), knowledge).quiet
    assert survey_document(Document("a", "Sergei Lavrov spoke."), knowledge).quiet


def test_the_reasons_are_told(knowledge: Knowledge) -> None:
    text = "Foreign minister Serguiej Lawrouw spoke."
    tokens = find_tokens(text, knowledge)
    matches = match_tokens(text, tokens, knowledge)
    context = Context(text, knowledge, read_document(matches), FolderEvidence())
    (resolution,) = resolve_runs(find_runs(text, tokens, matches, knowledge), context)
    assert resolution.mention.finder == "matched"
    assert resolution.chosen
    reasons = " ".join(one.reason for one in resolution.chosen.evidence)
    assert "sounds like Sergei Lavrov" in reasons
    assert "foreign minister" in reasons
