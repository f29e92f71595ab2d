"""A folder read with a model: in one process or several, row by row, with its progress told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeModel, FakeSource

from normalizer.corpus import READ_AHEAD, Outcome, examine
from normalizer.documents.piece import Options
from normalizer.errors import ModelError
from normalizer.glitches.language_model.protocol import Passage, SentenceReading
from normalizer.names.knowledge import Knowledge
from normalizer.settings import Settings
from normalizer.sources import collect

SENTENCES = ["The talks ended on Monday.", "He spoke of an overload in relations.", "Rain fell."]


def outcomes(folder: Path, knowledge: Knowledge, **how: Any) -> list[Outcome]:
    settings = how.pop("settings", Settings())
    return list(examine(collect([folder]), knowledge, settings=settings, options=Options(), **how))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "news"
    place.mkdir()
    for name in "abc":
        (place / f"{name}.txt").write_text(" ".join(SENTENCES), "utf-8")
    rows = [json.dumps({"id": n, "text": SENTENCES[n % 3]}) + "\n" for n in range(100)]
    (place / "rows.jsonl").write_text("".join(rows), "utf-8")
    return place


def test_processes_make_no_difference(folder: Path, tiny_knowledge: Knowledge) -> None:
    alone = outcomes(folder, tiny_knowledge, model=FakeSource())
    assert outcomes(folder, tiny_knowledge, model=FakeSource(), jobs=2) == alone
    assert [one.faults for one in alone] == [()] * 4


@dataclass(frozen=True)
class Noting:
    """A source whose model notes how many passages it is given at a time."""

    sizes: tuple[list[int], ...] = ()
    name: str = "noting"

    def open(self) -> FakeModel:
        sizes = self.sizes[0]

        class Model(FakeModel):
            def read(
                self, passages: Sequence[Passage], *, adapter: Any = None
            ) -> list[SentenceReading]:
                sizes.append(len(passages))
                return super().read(passages, adapter=adapter)

        return Model()

    def __hash__(self) -> int:
        return id(self)


def test_rows_are_read_in_company(folder: Path, tiny_knowledge: Knowledge) -> None:
    noting = Noting(([],))
    outcomes(folder, tiny_knowledge, model=noting)
    assert READ_AHEAD in noting.sizes[0]
    assert 100 - READ_AHEAD in noting.sizes[0]


def test_progress_is_told_by_size(folder: Path, tiny_knowledge: Knowledge) -> None:
    told: list[int] = []
    outcomes(folder, tiny_knowledge, model=FakeSource(), progress=told.append)
    assert len(told) > 100
    assert sum(told) == sum(file.stat().st_size for file in folder.iterdir())
    told.clear()
    outcomes(folder, tiny_knowledge, model=FakeSource(), progress=told.append, jobs=2)
    assert told == [1] * 8


def test_a_model_is_asked_about_glitches_only(folder: Path, tiny_knowledge: Knowledge) -> None:
    noting = Noting(([],))
    outcomes(folder, tiny_knowledge, model=noting, settings=Settings(flags=False))
    assert noting.sizes[0] == []


@dataclass(frozen=True)
class Broken:
    """A source whose model does not open."""

    name: str = "broken"

    def open(self) -> FakeModel:
        raise ModelError("model broken: is broken; fetch it again")


@pytest.mark.parametrize("jobs", [None, 2])
def test_a_model_that_does_not_open_stops_the_run(
    folder: Path, tiny_knowledge: Knowledge, jobs: int | None
) -> None:
    with pytest.raises(ModelError, match="model broken: is broken"):
        outcomes(folder, tiny_knowledge, model=Broken(), jobs=jobs)
