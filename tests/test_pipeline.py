"""The whole flow on one document: text in, text and report out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from normalizer.annotation import Document
from normalizer.names.knowledge import Knowledge
from normalizer.pipeline import NAMES_ONLY, normalize
from normalizer.rewrite import apply_edits, edits_of, invert
from normalizer.settings import Settings

Normalize = Callable[..., str]

TEXT = (
    "Vladimir Poutine met Evgueni Prigojine in Moscou. POUTINE'S plan for Saint-Pétersbourg\n"
    "and the groupe Wagner was sent to Oussama ben Laden. \N{GRINNING FACE}\r\n"
)
WRITTEN = (
    "Vladimir Putin met Yevgeny Prigozhin in Moscow. PUTIN'S plan for Saint Petersburg\n"
    "and the Wagner Group was sent to Osama bin Laden. \N{GRINNING FACE}\r\n"
)


def test_text_in_text_out(tiny_normalized: Normalize) -> None:
    assert tiny_normalized(TEXT) == WRITTEN


def test_a_second_run_changes_nothing(tiny_normalized: Normalize) -> None:
    assert tiny_normalized(WRITTEN) == WRITTEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "Nobody we know was there.",
        "\N{ZERO WIDTH NO-BREAK SPACE}Vladimir Putin came.",
        "A lone surrogate \ud800 and a NUL \0 stay.",
        "The poutine of the town, with gravy.",
        "Vladimir Putin, Lech Walesa, Kim Jong Un and Moscow.",
    ],
)
def test_nothing_to_change(text: str, tiny_knowledge: Knowledge) -> None:
    report = normalize(Document("d", text), tiny_knowledge, settings=NAMES_ONLY)
    assert report.text == text
    assert report.decisions == ()


def test_only_the_words_that_change_are_reported(tiny_knowledge: Knowledge) -> None:
    report = normalize(Document("d", "the lawyer Alexeï Navalny spoke"), tiny_knowledge)
    (decision,) = report.decisions
    assert (decision.before, decision.after) == ("Alexeï", "Alexei")
    assert report.text == "the lawyer Alexei Navalny spoke"


def test_the_report_replays_and_undoes(tiny_knowledge: Knowledge) -> None:
    report = normalize(Document("d", TEXT), tiny_knowledge)
    edits = edits_of(report.decisions)
    assert apply_edits(TEXT, edits) == report.text
    assert apply_edits(report.text, invert(edits)) == TEXT
    for decision in report.decisions:
        assert TEXT[decision.span.start : decision.span.end] == decision.before


UNSURE = "they met with Kreml officials"


def test_what_is_not_sure_is_only_proposed(tiny_knowledge: Knowledge) -> None:
    report = normalize(Document("d", UNSURE), tiny_knowledge)
    (decision,) = report.decisions
    assert (decision.before, decision.after, decision.verdict) == ("Kreml", "Kremlin", "propose")
    assert report.text == UNSURE


def test_the_levels_are_the_users(tiny_knowledge: Knowledge) -> None:
    document = Document("d", UNSURE)
    eager = normalize(document, tiny_knowledge, settings=Settings(apply=0.5, propose=0.5))
    assert eager.text == "they met with Kremlin officials"
    strict = normalize(document, tiny_knowledge, settings=Settings(apply=1.0, propose=1.0))
    assert strict.decisions == ()


def test_siblings_speak_for_a_name(tiny_normalized: Normalize, tiny_knowledge: Knowledge) -> None:
    text = "the lawyer Navaln was moved to a prison in the north"
    assert tiny_normalized(text) == text
    moved = text.replace("Navaln", "Navalny")
    assert tiny_normalized(text, "they saw Alexei Navalny there") == moved
    assert tiny_normalized(text, "they saw Alexei Navaln there") == text
    assert tiny_normalized(text, "they saw Navalny there") == text


def test_the_order_of_siblings_does_not_matter(tiny_normalized: Normalize) -> None:
    text = "the lawyer Navaln and Putino left"
    siblings = ["they saw Alexeï Navalny there", "nobody came", "with Vladimir Poutine gone"]
    assert tiny_normalized(text, *siblings) == "the lawyer Navalny and Putino left"
    assert tiny_normalized(text, *siblings) == tiny_normalized(text, *reversed(siblings))


def test_one_document_twice_gives_one_report(tiny_knowledge: Knowledge) -> None:
    document = Document("d", TEXT)
    assert normalize(document, tiny_knowledge) == normalize(document, tiny_knowledge)
