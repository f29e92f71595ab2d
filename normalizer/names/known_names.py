"""The persons of a knowledge base, ready to be asked about by sound.

Apart from `unlisted` so that numpy and the model are loaded only where there is something to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from normalizer.names.entity_lists import MatchEntity
from normalizer.names.knowledge import MAX_MET, Knowledge
from normalizer.names.matcher import Matcher

# Below this a near name is noise to a reader too.
WORTH_SHOWING = 0.05


class KnownNames:
    """A matcher over the persons of a base that remembers its answers."""

    def __init__(self, knowledge: Knowledge) -> None:
        persons = []
        for known in knowledge.persons():
            lang, native = known.native[0] if known.native else ("", "")
            persons.append(MatchEntity(known.id, known.canonical, "person", native, lang))
        self._matcher = Matcher(persons)
        self._answers: dict[str, tuple[str, float] | None] = {}

    def best(self, names: Sequence[str]) -> list[tuple[str, float] | None]:
        """The surest entity id with its score for each name; None where nothing comes near."""
        new = sorted({name for name in names if name not in self._answers})
        if len(self._answers) + len(new) > MAX_MET:
            self._answers.clear()
            new = sorted(set(names))
        for name, ranked in zip(new, self._matcher.rank_many(new, limit=1), strict=True):
            self._answers[name] = (ranked[0].entity_id, ranked[0].score) if ranked else None
        return [self._answers[name] for name in names]

    def nearest(self, name: str, limit: int = 3) -> list[tuple[str, float, str]]:
        """The nearest persons: entity id, score, and the alignment in lines for a person."""
        return [
            (ranked.entity_id, ranked.score, str(self._matcher.explain(name, ranked.entity_id)))
            for ranked in self._matcher.rank(name, limit=limit)
            if ranked.score >= WORTH_SHOWING
        ]


@lru_cache(maxsize=4)
def known_names(knowledge: Knowledge) -> KnownNames:
    """The matcher of a base, built once."""
    return KnownNames(knowledge)
