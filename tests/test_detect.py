"""All detectors together, and beside siblings through a folder."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import pytest
from fake_model import FakeModel

from normalizer.annotation import Document, Flag
from normalizer.corpus import examine
from normalizer.documents.piece import Options
from normalizer.glitches import tagger
from normalizer.glitches.detect import as_names, find_glitches
from normalizer.glitches.vocabulary import load_vocabulary
from normalizer.glitches.witnesses import read_text
from normalizer.names.knowledge import Knowledge
from normalizer.pipeline import normalize
from normalizer.settings import Settings
from normalizer.sources import collect

TELLINGS = (
    "The harbour of Zelburg was closed on Monday after a heavy storm. Commissioner Harald "
    "Brennicke ordered the ferries to stay at the quay. Two sailors were hurt when a crane fell. "
    "The mayor said that the damage was about three million. Trains to the coast will run again "
    "on Wednesday.",
    "After a heavy storm the harbour of Zelburg was shut on Monday. The ferries stay at the quay "
    "by order of Commissioner Harald Brennicke. A crane fell and hurt two sailors. About three "
    "million is the damage, the mayor said. On Wednesday trains will run to the coast again.",
    "On Monday a heavy storm made the harbour of Zelburg close. The ferries were ordered by "
    "Commissioner Harald Brennicke to stay at the quay. A falling crane hurt two sailors. The "
    "damage was about three million, said the mayor. Trains to the coast run again on Wednesday.",
    "A heavy storm closed the harbour of Zelburg on Monday. Commissioner Harald Brenneke ordered "
    "that the ferries stay at the quay. Two sailors were injured by a falling crane. The mayor "
    "put the damage at about three million. Trains will again run to the coast on Wednesday.",
)


def categories(text: str, knowledge: Knowledge) -> set[str]:
    flags = find_glitches(Document("a", text), knowledge, languages={})
    return {flag.category for flag in flags if flag.score >= 0.5}


def test_junk_and_punctuation_are_flagged(knowledge: Knowledge) -> None:
    text = "[ad_1]\nThe ministers met on Friday. . They signed a paper."
    assert {"junk", "punctuation"} <= categories(text, knowledge)


def test_plain_news_is_not(knowledge: Knowledge) -> None:
    text = "The ministers met in Geneva on Friday and signed a paper on trade with Russia."
    assert categories(text, knowledge) == set()


def test_a_flag_inside_a_name_that_changes_is_dropped(knowledge: Knowledge) -> None:
    report = normalize(Document("a", "The groupe Wagner left the town."), knowledge)
    (decision,) = report.decisions
    assert decision.after == "Wagner Group"


def test_what_a_sibling_says_too_is_not_asked_of_the_model(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Container[str]] = []

    def noted(*given: object, shared: Container[str], known: object) -> list[Flag]:
        asked.append(shared)
        return []

    monkeypatch.setattr(tagger, "find_tagged", noted)
    document = Document("a", TELLINGS[0])
    sibling = read_text(Document("b", TELLINGS[1]), load_vocabulary())
    find_glitches(document, knowledge, languages={}, siblings=[sibling], model=FakeModel())
    find_glitches(document, knowledge, languages={}, model=FakeModel())
    beside, alone = asked
    assert "quay" in beside
    assert "commissioner" in beside
    assert "quay" not in alone


def test_names_of_the_folder_are_decided_on_as_names(tmp_path: Path, knowledge: Knowledge) -> None:
    for at, text in enumerate(TELLINGS):
        (tmp_path / f"{at}.txt").write_text(text, encoding="utf-8")
    found = {
        (outcome.path, one["surface"], one["suggestions"][0]["text"])
        for siblings in ("auto", "folder")
        for outcome in examine(
            collect([tmp_path]),
            knowledge,
            settings=Settings(siblings=siblings),
            options=Options(),
            jobs=1,
        )
        for one in outcome.findings
        if one["finding"] == "name"
    }
    assert ("3.txt", "Brenneke", "Brennicke") in found


def test_siblings_off_says_nothing_of_the_folder(tmp_path: Path, knowledge: Knowledge) -> None:
    for at, text in enumerate(TELLINGS):
        (tmp_path / f"{at}.txt").write_text(text, encoding="utf-8")
    outcomes = examine(
        collect([tmp_path]),
        knowledge,
        settings=Settings(siblings="off"),
        options=Options(),
        jobs=1,
    )
    assert [
        one for outcome in outcomes for one in outcome.findings if one["finding"] == "name"
    ] == []


def test_other_flags_are_no_names(knowledge: Knowledge) -> None:
    flags = find_glitches(Document("a", "[ad_1]\nText."), knowledge, languages={})
    assert as_names(flags) == ([], flags)
