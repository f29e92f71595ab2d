"""What a reconciliation service answers from: the knowledge base, or the user's own list."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from normalizer.names.entity_lists import MatchEntity
from normalizer.names.fold import fold_phrase
from normalizer.names.knowledge import Knowledge
from normalizer.names.matcher import Matcher
from normalizer.names.mentions import find_matches

# What a spelling that a table lists for one entity alone is worth, beside the matcher's
# probabilities: a cell of a column of names has no other reading to fear.
LISTED = 0.99
# Candidates looked at before a type narrows them down.
DEPTH = 25
# Kinds of spelling that are another way to write a name, not another form of it.
_NOT_NAMES = frozenset({"inflected"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entity as a service shows it.

    Attributes:
        id: Stable id.
        name: The spelling we write.
        type: As in the tables or the list; may be empty.
        description: What tells it from namesakes, for people.
    """

    id: str
    name: str
    type: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity a name may mean, and the probability that it does."""

    entry: Entry
    score: float


class Catalogue:
    """Entities to be found by any spelling.

    Not safe for several threads at once: a server asks it from one thread.
    """

    def __init__(
        self,
        entities: Sequence[MatchEntity],
        *,
        listed: Callable[[str], Sequence[str]],
        spellings: Callable[[str], Mapping[str, Sequence[str]]],
        describe: Callable[[str], str],
    ) -> None:
        """Use `of_list` or `of_base`.

        Args:
            entities: All of them; the matcher searches these.
            listed: Ids of the entities that a whole name is a listed spelling of.
            spellings: Language -> spellings of an entity; an empty language is unknown.
            describe: One line that tells an entity from its namesakes.
        """
        self._matcher = Matcher(entities)
        self._listed = listed
        self._spellings = spellings
        self.entries = {
            one.id: Entry(one.id, one.name, one.type, describe(one.id)) for one in entities
        }
        self.types = tuple(sorted({one.type for one in entities if one.type}))

    def find(self, names: Sequence[str], types: Sequence[Sequence[str]]) -> list[list[Hit]]:
        """The entities each name may mean, surest first, at most `DEPTH`.

        Args:
            names: What to look up, in any script.
            types: For each name the types to keep; none keeps all.
        """
        ranked = self._matcher.rank_many(names, limit=DEPTH)
        found: list[list[Hit]] = []
        for name, matches, wanted in zip(names, ranked, types, strict=True):
            scores = {
                one.entity_id: one.score for one in matches if self._is_of(one.entity_id, wanted)
            }
            listed = [one for one in self._listed(name) if self._is_of(one, wanted)]
            # Several bearers of one spelling share what it is worth.
            scores |= dict.fromkeys(listed, LISTED / max(1, len(listed)))
            hits = [Hit(self.entries[one], score) for one, score in scores.items()]
            found.append(sorted(hits, key=lambda one: (-one.score, one.entry.id))[:DEPTH])
        return found

    def beginning(self, prefix: str, limit: int, start: int = 0) -> list[Entry]:
        """Entities with a name that has a word beginning so, by name, from the ``start``-th on."""
        wanted = fold_phrase(prefix)
        if not wanted:
            return []
        seen: dict[str, None] = {}
        at = bisect_left(self._words, (wanted, ""))
        while at < len(self._words) and self._words[at][0].startswith(wanted):
            seen[self._words[at][1]] = None
            at += 1
        ids = sorted(seen, key=lambda one: (self.entries[one].name, one))
        return [self.entries[one] for one in ids[start : start + limit]]

    def spellings(self, entity_id: str) -> Mapping[str, Sequence[str]]:
        """Language -> spellings in it, sorted; empty for an id that is not here."""
        return self._spellings(entity_id) if entity_id in self.entries else {}

    def _is_of(self, entity_id: str, types: Sequence[str]) -> bool:
        entry = self.entries.get(entity_id)
        return entry is not None and (not types or entry.type in types)

    @cached_property
    def _words(self) -> list[tuple[str, str]]:
        """The rest of each name from each of its words on, folded, with the id; sorted."""
        return sorted(
            (" ".join(words[at:]), entry.id)
            for entry in self.entries.values()
            for words in [fold_phrase(entry.name).split()]
            for at in range(len(words))
        )


def of_list(entities: Sequence[MatchEntity]) -> Catalogue:
    """A catalogue of the user's own list, found by its names and aliases and by sound."""
    by_id = {one.id: one for one in entities}
    by_name: dict[str, list[str]] = {}
    for one in entities:
        for spelling in {fold_phrase(form) for form in (one.name, one.native, *one.aliases)}:
            if spelling:
                by_name.setdefault(spelling, []).append(one.id)

    def spellings(entity_id: str) -> dict[str, list[str]]:
        one = by_id[entity_id]
        forms = {"": sorted({one.name, *one.aliases})}
        if one.native:
            forms.setdefault(one.lang, []).append(one.native)
        return forms

    return Catalogue(
        entities,
        listed=lambda name: by_name.get(fold_phrase(name), ()),
        spellings=spellings,
        describe=lambda entity_id: by_id[entity_id].native,
    )


def of_base(knowledge: Knowledge) -> Catalogue:
    """A catalogue of the knowledge base: all it spells is found, the rest by sound."""
    known = {one.id: one for one in knowledge.entities()}
    entities = [
        MatchEntity(one.id, one.canonical, one.type, native=form, lang=lang)
        for one in known.values()
        for lang, form in [one.native[0] if one.native else ("", "")]
    ]

    def describe(entity_id: str) -> str:
        one = known[entity_id]
        return ", ".join([*(form for _, form in one.native[:1]), *one.roles[:3]])

    return Catalogue(
        entities,
        listed=lambda name: _spelled(name, knowledge),
        spellings=lambda entity_id: _by_language(entity_id, knowledge),
        describe=describe,
    )


def _spelled(name: str, knowledge: Knowledge) -> list[str]:
    """Ids of the entities that the tables spell so, the name being nothing else."""
    text = name.strip()
    text = text if any(c.isupper() for c in text) else text.title()
    ids: dict[str, None] = {}
    for match in find_matches(text, knowledge):
        if match.mention.surface == text:
            whole = [one for one in match.options if one.whole] or list(match.options)
            ids |= dict.fromkeys(id_ for one in whole for id_ in one.entity_ids)
    return list(ids)


def _by_language(entity_id: str, knowledge: Knowledge) -> dict[str, list[str]]:
    entity, known = knowledge.variants(entity_id), knowledge.entity(entity_id)
    forms: dict[str, set[str]] = {}
    for lang, form in known.native if known else ():
        forms.setdefault(lang, set()).add(form)
    for alias in entity.aliases if entity else ():
        if alias.kind not in _NOT_NAMES:
            for lang in alias.lang or {""}:
                forms.setdefault(lang, set()).add(alias.form)
    return {lang: sorted(forms[lang]) for lang in sorted(forms)}
