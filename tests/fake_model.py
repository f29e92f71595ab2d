"""A language model without a framework: long words surprise it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from normalizer.glitches.language_model.protocol import (
    Passage,
    SentenceReading,
    WordChoice,
    WordReading,
)


@dataclass
class FakeModel:
    """An `language_model.protocol.LanguageModel` that notes what it is asked."""

    name: str = "fake"
    fingerprint: str = "fake-1"
    asked: list[str] = field(default_factory=list)

    def read(self, passages: Sequence[Passage], *, adapter: Any = None) -> list[SentenceReading]:
        self.asked += [one.text for one in passages]
        return [
            SentenceReading(
                tuple(
                    WordReading(span.start, span.end, (span.end - span.start) / 3, 2.5, 1, 7)
                    for span in one.words
                )
            )
            for one in passages
        ]

    def log_likelihood(self, passages: Sequence[Passage]) -> list[tuple[float, ...]]:
        self.asked += [one.text for one in passages]
        return [tuple(-(span.end - span.start) / 3 for span in one.words) for one in passages]

    def glance(self, passages: Sequence[Passage], at: int) -> list[float]:
        self.asked += [one.text for one in passages]
        return [-len(one.word(at)) / 7 for one in passages]

    def best_words(self, passage: Passage, at: int, *, count: int = 10) -> list[WordChoice]:
        self.asked.append(passage.text)
        return [WordChoice("deal", -1.5), WordChoice("war", -2.25)][:count]

    def recall(
        self,
        kind: str,
        passages: Sequence[Passage],
        compute: Callable[[list[Passage]], list[Any]],
    ) -> list[Any]:
        return compute(list(passages))


@dataclass(frozen=True)
class FakeSource:
    """Where the fake is to be had; worker processes open their own."""

    name: str = "fake"

    def open(self) -> FakeModel:
        return FakeModel()
