"""Finds the entity that a spelling nobody listed belongs to, or says that it is not there.

The whole list is searched by sound and letter keys; the best names are compared sound by sound and
part by part; boosted trees turn what was seen into a probability, calibrated on entities that were
kept apart from training (``models/matcher.md``). A low score is an answer: none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from normalizer.errors import TableError
from normalizer.names.comparison import PLACE, compare_columns, kind_of, names_of
from normalizer.names.ensemble import Ensemble, load_ensemble
from normalizer.names.entity_lists import MatchEntity, check_entities, read_entities
from normalizer.names.explanation import Explanation, explain_parts
from normalizer.names.phonetics import (
    Phonetics,
    cached_phonetics,
    exonyms_of,
    name_tokens,
    native_spellings,
    respellings,
)
from normalizer.names.retrieval import NameIndex
from normalizer.names.similarity import (
    FEATURES,
    MAX_WORDS,
    Floats,
    Ints,
    Names,
    SoundCosts,
    Words,
    features,
    joined_scores,
    joined_units,
    load_costs,
    own_scores,
    pack_names,
)
from normalizer.names.tables import default_seeds
from normalizer.shipped import shipped

__all__ = ["Match", "MatchEntity", "Matcher", "load_model", "match_lines", "read_entities"]

# Names compared in full for each look-up, out of those that share most keys with it.
_SHARED_KEYS, _COMPARED = 64, 20
_BATCH = 1024
# Entities in the list the weights were learned on, and how often a given name known in several
# languages and a particle stand in such a list.
_LEARNED_ON = 30_000
_USUAL_GIVEN_NAME, _USUAL_PARTICLE = 30.0, 150.0

LIST_FEATURES: tuple[str, ...] = (
    *FEATURES,
    "keys",
    "keys_below_best",
    "other_reading",
    "listed_alias",
    "left_share_gap",
    "rarity_near_gap",
    "joined_best_gap",
    "joined_share_gap",
    "right_share_gap",
    "keys_gap",
    "left_share_rank",
    "joined_share_rank",
    "rivals",
)
_GAPS = ("left_share", "rarity_near", "joined_best", "joined_share", "right_share")


@dataclass(frozen=True, slots=True)
class Match:
    """An entity and the probability that the looked-up name is one of its spellings."""

    entity_id: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class MatchModel:
    """Everything learned: costs of sounds, what to compare, what the comparison means."""

    costs: SoundCosts
    sift: Floats
    ranking: Ensemble
    pairs: Ensemble


def load_model(path: Path) -> MatchModel:
    """Read ``models/matcher.npz``.

    Raises:
        TableError: If the file is not a model of this version.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if [str(name) for name in arrays["features"]] != list(LIST_FEATURES):
                raise TableError(f"{path}: made for other features; train it again")
            return MatchModel(
                costs=load_costs(arrays),
                sift=np.asarray(arrays["sift"], np.float32),
                ranking=load_ensemble(arrays, "ranking"),
                pairs=load_ensemble(arrays, "pairs"),
            )
    except (OSError, ValueError, KeyError) as error:
        raise TableError(f"{path}: not a matcher model: {error}") from error


def default_model() -> Path:
    """The model that ships with the package, or stands beside it in a checkout."""
    return shipped("models") / "matcher.npz"


@lru_cache(maxsize=2)
def _cached_model(path: Path) -> MatchModel:
    return load_model(path)


class Matcher:
    """A list of entities, ready to be asked."""

    def __init__(
        self,
        entities: Iterable[MatchEntity] = (),
        *,
        model: MatchModel | None = None,
        phonetics: Phonetics | None = None,
    ) -> None:
        """Index a list of entities.

        Args:
            entities: The list. An entity whose name has no letters is never found.
            model: Learned weights; the shipped ones if None.
            phonetics: Sound tables; the shipped ones if None.

        Raises:
            TableError: If two entities have one id, or one has no name.
        """
        self.phonetics = phonetics or cached_phonetics(default_seeds() / "phonetics")
        self.model = model or _cached_model(default_model())
        self.entities = tuple(entities)
        check_entities(self.entities)
        self._words = Words(self.phonetics, self.model.costs)
        self._build()

    def _build(self) -> None:
        lists: list[list[int]] = []
        owner: list[int] = []
        alias: list[bool] = []
        kinds: list[int] = []
        add = self._words.add
        for number, entity in enumerate(self.entities):
            kind = kind_of(entity.type)
            spellings = [entity.name, *entity.aliases]
            if kind == PLACE or not entity.type:
                spellings += exonyms_of(entity.name, self.phonetics)
            if entity.native:
                spellings += native_spellings(entity.native, entity.lang, self.phonetics)
            seen: set[tuple[str, ...]] = set()
            for place, spelling in enumerate(spellings):
                words = name_tokens(spelling)
                if words and words not in seen:
                    seen.add(words)
                    lists.append([add(word) for word in words[:MAX_WORDS]])
                    owner.append(number)
                    alias.append(place > 0)
                    kinds.append(kind)
        missing = len(self._words)
        ids, sizes = pack_names(lists, missing)
        arrays = self._words.arrays()
        folds = arrays.fold_number
        many = int(folds.max()) + 2
        rows, slots = np.nonzero(ids != missing)
        entity_fold = (
            np.unique(np.array(owner, np.int64)[rows] * many + folds[ids[rows, slots]]) % many
            if len(rows)
            else np.empty(0, np.int64)
        )
        spread = np.bincount(entity_fold, minlength=many)
        some = sizes > 0
        ends = np.bincount(folds[ids[some, sizes[some] - 1]], minlength=many)
        # A short list says little of how rare a word is: what it lacks of the size that the
        # weights were learned on is filled with names where given names stand as often as usual.
        filled = max(0, _LEARNED_ON - len(self.entities))
        usual = np.where(arrays.light, _USUAL_PARTICLE, arrays.given * _USUAL_GIVEN_NAME)
        expected = spread[folds] + usual * (filled / _LEARNED_ON)
        rarity = np.log((len(self.entities) + filled + 1) / (expected + 1)).astype(np.float32)
        rarity[missing] = 0.0
        last_count = ends[folds].astype(np.float32)
        last_count[missing] = 0.0
        self._names = Names(arrays, ids, sizes, rarity, last_count, np.array(kinds, np.int8))
        self._joined, self._joined_sizes = joined_units(arrays, ids)
        self._own_joined = own_scores(self.model.costs, self._joined, self._joined_sizes)
        self._owner = np.array(owner, np.int32)
        self._alias = np.array(alias, bool)
        self._index = NameIndex(self.phonetics, self._words.folded, ids) if len(ids) else None

    def rank(self, name: str, limit: int = 5) -> list[Match]:
        """The entities a name may belong to, surest first; empty if nothing is near.

        Args:
            name: The spelling to look up, in any script.
            limit: At most so many.
        """
        return self.rank_many([name], limit)[0]

    def rank_many(self, names: Sequence[str], limit: int = 5) -> list[list[Match]]:
        """`rank` for many names, much faster than one by one."""
        ranked: list[list[Match]] = []
        for start in range(0, len(names), _BATCH):
            ranked += self._rank_batch(names[start : start + _BATCH], limit)
        return ranked

    def _rank_batch(self, names: Sequence[str], limit: int) -> list[list[Match]]:
        best: list[dict[int, float]] = [{} for _ in names]
        looked_up = self.look_up(names)
        if looked_up is not None:
            there = looked_up.entity >= 0
            chances = self.model.ranking.probability(self.beside(looked_up)[there])
            askers = np.broadcast_to(looked_up.asked[:, None], there.shape)[there]
            for asked, entity, chance in zip(
                askers.tolist(), looked_up.entity[there].tolist(), chances.tolist(), strict=True
            ):
                if chance > best[asked].get(entity, -1.0):
                    best[asked][entity] = chance
        return [
            [
                Match(self.entities[entity].id, self.entities[entity].name, chance)
                for entity, chance in sorted(
                    found.items(), key=lambda item: (-item[1], self.entities[item[0]].id)
                )[:limit]
            ]
            for found in best
        ]

    def look_up(self, names: Sequence[str]) -> LookedUp | None:
        """Candidates and what is seen of each, before the trees; None where nothing is near.

        For training; `rank_many` is what most callers want.
        """
        short = self.shortlist(names)
        if short is None:
            return None
        opinion = np.where(short.row >= 0, short.glance @ self.model.sift, np.float32(-1e9))
        kept = np.argsort(-opinion, axis=1, kind="stable")[:, :_COMPARED]
        queries, width = short.row.shape
        each = np.arange(queries)[:, None]
        found = short.row[each, kept]
        rows = np.maximum(found, 0).ravel()
        pair_left = np.repeat(np.arange(queries, dtype=np.int32), kept.shape[1])
        columns = features(
            self.model.costs,
            short.left.take(pair_left),
            self._names.take(rows),
            short.joined[(each * width + kept).ravel()],
            (short.own_left[pair_left], self._own_joined[rows]),
        )
        return LookedUp(
            asked=short.asked,
            other_reading=short.other_reading,
            row=found,
            entity=short.entity[each, kept],
            keys=short.keys[each, kept],
            columns=columns.reshape(*found.shape, -1),
        )

    def shortlist(self, names: Sequence[str]) -> Shortlist | None:
        """The listed names that share most keys with each name; None where nothing is near."""
        if self._index is None:
            return None
        lists: list[tuple[str, ...]] = []
        asked: list[int] = []
        other: list[bool] = []
        for number, name in enumerate(names):
            words = name_tokens(name)[:MAX_WORDS]
            if words:
                spelled = [tuple(name.split()) for name in respellings(words, self.phonetics)]
                lists += [words, *spelled]
                asked += [number] * (1 + len(spelled))
                other += [False] + [True] * len(spelled)
        if not lists:
            return None
        left = names_of(lists, self.phonetics, self.model.costs, self._words)
        found = self._index.search(lists, _SHARED_KEYS)
        rows = np.maximum(found.row, 0).ravel()
        pair_left = np.repeat(np.arange(len(lists), dtype=np.int32), found.row.shape[1])
        joined, own_left = joined_scores(
            self.model.costs, left, self._joined, self._joined_sizes, pair_left, rows
        )
        best, own, own_right = joined.max(1), own_left[pair_left], self._own_joined[rows]
        glance = np.stack(
            [
                found.score.ravel(),
                2 * best / (own + own_right),
                best / own,
                best / own_right,
                np.log1p(np.minimum(own, own_right)),
            ],
            1,
        )
        return Shortlist(
            asked=np.array(asked, np.int32),
            other_reading=np.array(other),
            left=left,
            row=found.row,
            entity=np.where(found.row >= 0, self._owner[rows].reshape(found.row.shape), -1),
            keys=found.score,
            joined=joined,
            own_left=own_left,
            glance=glance.astype(np.float32).reshape(*found.row.shape, -1),
        )

    def beside(self, found: LookedUp) -> Floats:
        """`LIST_FEATURES`: each candidate, and how it looks beside the others of its look-up."""
        there = found.entity >= 0
        shape = there.shape
        keys = np.where(there, found.keys, np.float32(0.0))
        position = {name: at for at, name in enumerate(FEATURES)}
        values = [found.columns[:, :, position[name]] for name in _GAPS]
        beside = [
            keys,
            keys - keys.max(1, keepdims=True),
            np.broadcast_to(found.other_reading[:, None], shape),
            self._alias[np.maximum(found.row, 0)],
            *(_gap(value, found.entity) for value in [*values, keys]),
        ]
        for name in ("left_share", "joined_share"):
            value = np.where(there, found.columns[:, :, position[name]], np.float32(-1e9))
            beside.append((value[:, None, :] > value[:, :, None]).sum(2))
        same = found.entity[:, None, :] == found.entity[:, :, None]
        beside.append((there[:, None, :] & ~same).sum(2))
        return np.concatenate(
            [found.columns, np.stack([np.asarray(b, np.float32) for b in beside], 2)], 2
        )

    def compare(self, left: str, right: str, type: str = "person") -> float:
        """The probability that two names are of one entity, without any list."""
        return self.compare_many([(left, right, type)])[0]

    def compare_many(self, pairs: Sequence[tuple[str, str, str]]) -> list[float]:
        """`compare` for many ``(left, right, type)``; 0 where a name has no letters."""
        scores = np.zeros(len(pairs), np.float32)
        for start in range(0, len(pairs), _BATCH):
            part = pairs[start : start + _BATCH]
            seen = compare_columns(part, self.phonetics, self.model.costs)
            if len(seen.alive):
                scores[start + seen.alive] = self.model.pairs.probability(seen.columns)
        return [float(score) for score in scores]

    def explain(self, name: str, entity: str) -> Explanation:
        """The alignment of a name with one entity of the list, sound by sound.

        Args:
            name: The looked-up spelling.
            entity: Id of an entity of the list.

        Raises:
            TableError: If the list has no such entity.
        """
        found = next((one for one in self.entities if one.id == entity), None)
        if found is None:
            raise TableError(f"no entity has the id {entity!r}")
        score = next((m.score for m in self.rank(name, _COMPARED) if m.entity_id == entity), 0.0)
        parts = explain_parts(name, found.name, self.phonetics, self.model.costs)
        return Explanation(name, found.name, score, parts)


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The names that share most keys with each look-up, one row a look-up.

    Attributes:
        asked: Which name of the batch each look-up is for; a name may be looked up in several ways.
        other_reading: The look-up is of a respelling of the name, not of the name itself.
        left: The look-ups as words.
        row: Row of the listed spelling; -1 where there are no more candidates.
        entity: Place of its entity in the list; -1 where there are no more candidates.
        keys: Share of the keys in common.
        joined: Scores of the whole names, one row a candidate.
        own_left: What each look-up could score at most.
        glance: What the sift looks at.
    """

    asked: Ints
    other_reading: npt.NDArray[np.bool_]
    left: Names
    row: Ints
    entity: Ints
    keys: Floats
    joined: Floats
    own_left: Floats
    glance: Floats


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Candidates of a batch of look-ups, one row a look-up, one column a candidate.

    Attributes:
        asked: Which name of the batch each look-up is for; a name may be looked up in several ways.
        other_reading: The look-up is of a respelling of the name, not of the name itself.
        row: Row of the listed spelling; -1 where there are no more candidates.
        entity: Place of its entity in the list; -1 where there are no more candidates.
        keys: Share of the keys in common.
        columns: `FEATURES` of each candidate.
    """

    asked: Ints
    other_reading: npt.NDArray[np.bool_]
    row: Ints
    entity: Ints
    keys: Floats
    columns: Floats


def match_lines(
    entities: Iterable[MatchEntity], queries: Iterable[tuple[str, str]], *, limit: int = 1
) -> Iterator[tuple[str, str, float]]:
    """``(query id, entity id, score)`` for each ``(query id, name)``; no entity id means none.

    A query gives one to ``limit`` lines, surest first. Queries are read and answered in batches.
    """
    matcher = Matcher(entities)
    batch: list[tuple[str, str]] = []
    for query in queries:
        batch.append(query)
        if len(batch) == _BATCH:
            yield from _answers(matcher, batch, limit)
            batch = []
    yield from _answers(matcher, batch, limit)


def _answers(
    matcher: Matcher, batch: Sequence[tuple[str, str]], limit: int
) -> Iterator[tuple[str, str, float]]:
    ranked = matcher.rank_many([name for _, name in batch], limit)
    for (query, _), matches in zip(batch, ranked, strict=True):
        if not matches:
            yield query, "", 0.0
        for match in matches:
            yield query, match.entity_id, match.score


def _gap(value: Floats, owner: Ints) -> Floats:
    """How far each candidate is above the best candidate of another entity."""
    value = np.where(owner >= 0, value, np.float32(-1e6))
    top = value.argmax(1)
    each = np.arange(len(value))
    leader = owner[each, top]
    second = np.where(owner == leader[:, None], np.float32(-1e6), value).max(1)
    second = np.where(second <= -1e6, np.float32(0.0), second)
    rival = np.where(owner == leader[:, None], second[:, None], value[each, top][:, None])
    gap: Floats = value - rival
    return gap
