#!/usr/bin/env python3
"""Train ``models/matcher.npz``: costs of sounds, what to sift, boosted trees, calibration.

    python bench/train_matcher.py NAMES_FOLDER [--out models/matcher.npz] [--report FILE]

NAMES_FOLDER holds ``entities.dev.tsv``, ``retrieval.dev.tsv``, ``nil.dev.tsv`` and
``pairs.dev.tsv`` (the name-variant benchmark; its README tells the columns). Needs catboost,
scikit-learn and jellyfish. Everything is learned five times on four fifths of the entities; every
figure printed is of names whose entity the model never saw. Then the shipped model is learned on
all of it.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any

import jellyfish
import numpy as np
import numpy.typing as npt
from catboost import CatBoostClassifier, Pool
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from normalizer.names.comparison import compare_columns
from normalizer.names.ensemble import Ensemble, make_ensemble
from normalizer.names.fold import fold
from normalizer.names.matcher import (
    LIST_FEATURES,
    LookedUp,
    MatchEntity,
    Matcher,
    MatchModel,
)
from normalizer.names.phonetics import (
    Phonetics,
    SoundKeys,
    UnitCutter,
    cached_phonetics,
    families_of,
    name_tokens,
)
from normalizer.names.similarity import MAX_UNITS, SoundCosts, _places
from normalizer.names.tables import default_seeds

Ints = npt.NDArray[np.integer[Any]]
Numbers = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]

FOLDS = 5
# Sounds that are often heard or written for one another; the first of each pair of numbers is
# the distance inside the group.
NEAR = (
    (0.35, "pb fv td kg sz ʃʒ ʧʤ xh kx kɣ gɣ hɣ wv wu ji yi yu oø eø ou ei ae əo əe əa əu ɨi ɨu"),
    (0.35, "θt ðd ðz θs nŋ ʦs ʦʧ ʧʃ ʤʒ"),
    (0.6, "fvwb tdθð kgqɣxh szθð ʃʒsz ʧʤʃʒ ʦszʧ mn lr jiyɨ uowy aeəo eiəɨ øoeyu ʤʒjg"),
)
VOWELS = set("aeiouyøəɨ")


def rows(path: Path) -> list[dict[str, str]]:
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=False)) for line in lines[1:]]


def fold_number(key: str) -> int:
    return int(hashlib.sha1(f"fold:{key}".encode()).hexdigest(), 16) % FOLDS


# --- costs of sounds -------------------------------------------------------------------------


def sound_distance(one: str, two: str) -> float:
    """Edit distance of two strings of sounds, near sounds costing little; 0 is the same."""
    near: dict[tuple[str, str], float] = {}
    for distance, groups in reversed(NEAR):
        for group in groups.split():
            for a in group:
                for b in group:
                    near[a, b] = distance

    def gap(sound: str) -> float:
        return 0.5 if sound in VOWELS or sound in "jhw" else 1.0

    def change(a: str, b: str) -> float:
        if a == b:
            return 0.0
        return near.get((a, b), 0.7 if a in VOWELS and b in VOWELS else 1.3)

    table = np.zeros((len(one) + 1, len(two) + 1))
    for i in range(len(one) + 1):
        for j in range(len(two) + 1):
            if i or j:
                table[i, j] = min(
                    table[i - 1, j] + gap(one[i - 1]) if i else 9e9,
                    table[i, j - 1] + gap(two[j - 1]) if j else 9e9,
                    table[i - 1, j - 1] + change(one[i - 1], two[j - 1]) if i and j else 9e9,
                )
    return float(table[-1, -1]) / max(len(one), len(two), 1)


class Prior:
    """What the sound tables alone say of each pair of graphemes."""

    def __init__(self, phonetics: Phonetics) -> None:
        self.cutter = UnitCutter(phonetics)
        self.vocabulary = ("", *self.cutter.vocabulary, "?")
        self.number = {unit: number for number, unit in enumerate(self.vocabulary)}
        sounds: dict[str, set[str]] = collections.defaultdict(set)
        for convention in phonetics.conventions.values():
            for grapheme, found in convention.sounds.items():
                sounds[grapheme] |= set(found)
        size = len(self.vocabulary)
        self.distance = np.full((size, size), 1.2)
        self.distance[size - 1, size - 1] = 0.3
        known: dict[tuple[str, str], float] = {}
        for i, u in enumerate(self.cutter.vocabulary, 1):
            for j, v in enumerate(self.cutter.vocabulary, 1):
                best = 0.0 if u == v else 9.0
                if u != v:
                    for a in sounds[u] or {u}:
                        for b in sounds[v] or {v}:
                            if (a, b) not in known:
                                known[a, b] = sound_distance(a, b)
                            best = min(best, known[a, b])
                    best += 0.08
                    if fold(u) == fold(v):
                        best = min(best, 0.1)
                self.distance[i, j] = best
        self.soft = np.array(
            [False, *(fold(u)[0] in "aeiouyhj" for u in self.cutter.vocabulary), False]
        )

    def encode(self, words: list[str]) -> tuple[Ints, npt.NDArray[np.int32]]:
        """Unit numbers of each word, padded with 0, and how many there are."""
        other = len(self.vocabulary) - 1
        cut = [[self.number.get(u, other) for u in self.cutter.cut(w)[:MAX_UNITS]] for w in words]
        sizes = np.array([len(c) for c in cut], np.int32)
        units = np.zeros((len(cut), MAX_UNITS), np.int64)
        for row, found in enumerate(cut):
            units[row, : len(found)] = found
        return units, sizes


def best_paths(
    costs: SoundCosts, left: Ints, left_sizes: Ints, right: Ints, right_sizes: Ints
) -> tuple[Ints, Ints, Ints]:
    """Steps of the best alignments: arrays of (pair, i, j), (pair, i) and (pair, j)."""
    pairs, height, width = len(left), left.shape[1], right.shape[1]
    extra = costs.extra[left, _places(left_sizes.astype(np.int32), height)]
    lacking = costs.lacking[right, _places(right_sizes.astype(np.int32), width)]
    row = np.concatenate([np.zeros((1, pairs)), np.cumsum(lacking.T, 0)])
    came = np.zeros((height, width + 1, pairs), np.int8)
    for i in range(height):
        new = np.empty_like(row)
        new[0], came[i, 0] = row[0] + extra[:, i], 1
        for j in range(width):
            options = np.stack(
                [
                    row[j] + costs.pair[left[:, i], right[:, j]],
                    row[j + 1] + extra[:, i],
                    new[j] + lacking[:, j],
                ]
            )
            came[i, j + 1] = options.argmax(0)
            new[j + 1] = options.max(0)
        row = new
    at_left: Ints = left_sizes.astype(np.int64)
    at_right: Ints = right_sizes.astype(np.int64)
    each = np.arange(pairs)
    met: list[Ints] = []
    dropped: list[Ints] = []
    added: list[Ints] = []
    while bool(np.any(at_left > 0)) or bool(np.any(at_right > 0)):
        step = np.where(at_left > 0, came[np.maximum(at_left - 1, 0), at_right, each], 2)
        step = np.where((at_left == 0) & (at_right == 0), -1, step)
        one, two, three = step == 0, step == 1, step == 2
        met.append(np.stack([each[one], at_left[one] - 1, at_right[one] - 1], 1))
        dropped.append(np.stack([each[two], at_left[two] - 1], 1))
        added.append(np.stack([each[three], at_right[three] - 1], 1))
        at_left = at_left - np.isin(step, (0, 1))
        at_right = at_right - np.isin(step, (0, 2))
    return np.concatenate(met), np.concatenate(dropped), np.concatenate(added)


def learn_costs(prior: Prior, word_pairs: list[tuple[str, str]], listed: list[str]) -> SoundCosts:
    """Hard expectation-maximisation on words that spell one name, from the tables' prior."""
    size = len(prior.vocabulary)
    units, _ = prior.encode(listed)
    background = np.full(size, 0.5)
    np.add.at(background, units[units > 0], 1)
    background[0] = 1e-9
    background /= background.sum()
    pair = np.full((size, size), -1e3)
    pair[1:, 1:] = 2.5 - 5 * prior.distance[1:, 1:]
    extra = np.where(prior.soft[:, None], -0.9, -1.5) + np.array([0, 0.3, 0.5])
    lacking = np.where(prior.soft[:, None], -1.2, -1.8) + np.array([0, 0.3, 0.5])
    costs = SoundCosts(prior.vocabulary, pair, extra, lacking)
    left, left_sizes = prior.encode([a for a, _ in word_pairs])
    right, right_sizes = prior.encode([b for _, b in word_pairs])
    belief = np.exp(-4 * prior.distance[1:, 1:]) * background[None, 1:]
    belief /= belief.sum(1, keepdims=True)
    for _ in range(4):
        met, dropped, added = best_paths(costs, left, left_sizes, right, right_sizes)
        counts = np.zeros((size, size))
        np.add.at(counts, (left[met[:, 0], met[:, 1]], right[met[:, 0], met[:, 2]]), 1)
        gaps = []
        for matrix, matrix_sizes, steps in (
            (left, left_sizes, dropped),
            (right, right_sizes, added),
        ):
            places = _places(matrix_sizes, matrix.shape[1])
            alone, seen = np.zeros((size, 3)), np.zeros((size, 3))
            at = (steps[:, 0], steps[:, 1])
            np.add.at(alone, (matrix[at], places[at]), 1)
            np.add.at(seen, (matrix[matrix > 0], places[matrix > 0]), 1)
            chance = np.zeros((size, 3))
            for place in range(3):
                for soft in (False, True):
                    one = prior.soft == soft
                    usual = (alone[one, place].sum() + 0.5) / (seen[one, place].sum() + 5)
                    chance[one, place] = (alone[one, place] + 10 * usual) / (seen[one, place] + 10)
            gaps.append(np.log(chance))
        answered = (counts[1:, 1:] + 6 * belief) / (counts[1:].sum(1)[:, None] + 6)
        pair = np.full((size, size), -1e3)
        pair[1:, 1:] = np.log(answered / background[None, 1:]) + np.log(0.9)
        costs = SoundCosts(prior.vocabulary, pair, gaps[0], gaps[1])
    return SoundCosts(
        prior.vocabulary,
        costs.pair.astype(np.float32),
        costs.extra.astype(np.float32),
        costs.lacking.astype(np.float32),
    )


def word_pairs(queries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Words of a variant and of its name that look alike enough to be one."""
    found = []
    for query in queries:
        names = name_tokens(query["canonical_en"])[:6]
        for word in name_tokens(query["variant"])[:6]:
            folded = fold(word)
            likeness, best = max(
                ((jellyfish.jaro_winkler_similarity(folded, fold(n)), n) for n in names),
                default=(0.0, ""),
            )
            if likeness > 0.55:
                found.append((word, best))
    return found


# --- trees -----------------------------------------------------------------------------------


def grow(
    columns: Numbers,
    labels: Bools,
    weights: Numbers,
    *,
    trees: int,
    depth: int,
    rate: float,
    seeds: tuple[int, ...],
) -> Ensemble:
    """Boosted trees on rows of features, taken out of the training library as plain numbers.

    With several seeds the trees of all of them are kept, each for its share.
    """
    features, borders, values, bias = [], [], [], 0.0
    for seed in seeds:
        model = CatBoostClassifier(
            iterations=trees,
            depth=depth,
            learning_rate=rate,
            l2_leaf_reg=4,
            random_seed=seed,
            thread_count=2,
            verbose=False,
            allow_writing_files=False,
            border_count=128,
            random_strength=1,
            bootstrap_type="Bernoulli",
            subsample=0.8,
            rsm=0.5,
        )
        model.fit(Pool(columns, labels.astype(int), weight=weights))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "trees.json"
            model.save_model(str(path), format="json")
            raw = json.loads(path.read_text())
        scale, own_bias = raw["scale_and_bias"]
        bias += float(np.ravel(own_bias)[0]) / len(seeds)
        for tree in raw["oblivious_trees"]:
            splits = tree["splits"] or []
            # A tree that stopped early asks nothing more: its answers are repeated.
            leaves = np.array(tree["leaf_values"], np.float32) * scale / len(seeds)
            values.append(np.tile(leaves, 2 ** (depth - len(splits))))
            features.append(
                [s["float_feature_index"] for s in splits] + [0] * (depth - len(splits))
            )
            borders.append([s["border"] for s in splits] + [np.inf] * (depth - len(splits)))
    line = np.linspace(-12, 12, 49).astype(np.float32)
    return make_ensemble(
        np.array(features, np.int32),
        np.array(borders, np.float32),
        np.array(values, np.float32),
        bias,
        line,
        (1 / (1 + np.exp(-line))).astype(np.float32),
    )


def calibrate(trees: Ensemble, log_odds: Numbers, right: Numbers) -> Ensemble:
    """Isotonic on scores of unseen entities, made strictly rising so that no ties arise."""
    edges = np.quantile(log_odds, np.linspace(0, 1, 41))
    fitted = IsotonicRegression(out_of_bounds="clip").fit(log_odds, right)
    knots = np.unique(np.concatenate([[-14.0], edges, [14.0]])).astype(np.float32)
    chance = fitted.predict(knots) * 0.97 + 0.03 / (1 + np.exp(-knots))
    chance = np.maximum.accumulate(chance + np.arange(len(knots)) * 1e-6)
    return make_ensemble(
        trees.feature, trees.border, trees.value, trees.bias, knots,
        np.clip(chance, 0, 1).astype(np.float32),
    )  # fmt: skip


def learn_sift(matcher: Matcher, names: list[str], truth: Ints) -> npt.NDArray[np.float32]:
    """A linear first opinion: which of the names that share most keys deserve a full comparison.

    Learned on differences between the right candidate and the others: only their order matters.
    """
    inside, hit = [], []
    for start in range(0, len(names), 1024):
        short = matcher.shortlist(names[start : start + 1024])
        if short is None:
            continue
        for row, asked in enumerate(short.asked):
            right = short.entity[row] == truth[start + asked]
            if right.any() and not short.other_reading[row]:
                others = short.glance[row][~right & (short.entity[row] >= 0)]
                best = short.glance[row][right.argmax()]
                inside += [best - others, others - best]
                hit += [np.ones(len(others)), np.zeros(len(others))]
    fitted = LogisticRegression(C=10.0, fit_intercept=False, max_iter=500)
    fitted.fit(np.concatenate(inside), np.concatenate(hit))
    return np.asarray(fitted.coef_[0], np.float32)


# --- figures ---------------------------------------------------------------------------------


def auc(scores: Numbers, labels: Bools) -> float:
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        same = scores == value
        ranks[same] = ranks[same].mean()
    positive = labels.sum()
    return float(
        (ranks[labels].sum() - positive * (positive + 1) / 2)
        / (positive * (len(labels) - positive))
    )


def figures(task: Task, answers: Answers, chosen: Bools) -> dict[str, float]:
    """Accuracy, F1 at the best threshold, and F1 where at most 8% of absent names are accepted."""
    queries, top, first_ten, truth = task.queries, answers.top, answers.first_ten, task.truth
    scores = 1 / (1 + np.exp(-answers.log_odds))
    core = np.array([q["kind"].startswith("translit") and not q["nil"] for q in queries]) & chosen
    absent = np.array([q["nil"] for q in queries]) & chosen
    foreign = np.array([bool(q["origin"]) for q in queries])
    right = (top == truth) & core
    found = {
        "queries": int(core.sum()),
        "accuracy": right[core].mean(),
        "accuracy_nonlatin": right[core & foreign].mean() if (core & foreign).any() else 0.0,
        "first_ten": first_ten[core].mean(),
    }
    order = np.argsort(-np.where(core | absent, scores, -1), kind="stable")
    hits = np.cumsum(right[order])
    asked = np.cumsum((core | absent)[order])
    f1 = 2 * hits / (asked + core.sum())
    false = np.cumsum(absent[order]) / max(1, absent.sum())
    best = int(f1.argmax())
    found |= {"f1": f1[best], "threshold": scores[order][best], "false_match": false[best]}
    allowed = false <= 0.08
    under = int(np.where(allowed, f1, 0).argmax())
    found |= {
        "f1_at_8": f1[under], "threshold_at_8": scores[order][under], "false_at_8": false[under],
    }  # fmt: skip
    return {name: round(float(value), 4) for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class Task:
    """What is learned from, with an answer and a weight for each look-up.

    Attributes:
        truth: Place of the right entity in the list; -2 where it is absent.
        part: Fold of each look-up, by its entity.
        weight: What each look-up counts for in training; 0 is not used.
        teaches: Look-ups whose words teach the costs of sounds.
        pair_part: Fold of each pair, by the names linked in it.
        alike, unlike: Further pairs of one name and of two.
        eastern: Listed Chinese and Korean names that ``unlike`` changes by a syllable.
    """

    phonetics: Phonetics
    prior: Prior
    entities: list[MatchEntity]
    queries: list[dict[str, Any]]
    truth: Ints
    part: Ints
    weight: Numbers
    teaches: Bools
    words_listed: list[str]
    pairs: list[dict[str, str]]
    pair_part: Ints
    pair_labels: Bools
    alike: list[tuple[str, str]]
    unlike: list[tuple[str, str]]
    eastern: frozenset[str]


@dataclass(slots=True)
class Answers:
    """Out-of-fold answers, filled fold by fold."""

    top: Ints
    log_odds: Numbers
    first_ten: Bools
    pair_odds: Numbers


def read_task(folder: Path, absent: int) -> Task:
    phonetics = cached_phonetics(default_seeds() / "phonetics")
    entities = [
        MatchEntity(e["entity_id"], e["canonical_en"], e["type"], e["native"], e["native_lang"])
        for e in rows(folder / "entities.dev.tsv")
    ]
    number = {entity.id: place for place, entity in enumerate(entities)}
    queries: list[dict[str, Any]] = [
        {**query, "nil": nil}
        for file, nil in (("retrieval.dev.tsv", False), ("nil.dev.tsv", True))
        for query in rows(folder / file)
    ]
    kinds = np.array([q["kind"] for q in queries])
    types = np.array([q["type"] for q in queries])
    like_kind = np.select(
        [kinds == "far", kinds == "diacritics", np.isin(kinds, ["order", "tokens"])],
        [0.0, 0.3, 0.5],
        1.0,
    )
    spelled = np.char.startswith(kinds, "translit") | np.isin(kinds, ["tokens", "order"])
    pairs = rows(folder / "pairs.dev.tsv")
    eastern = other_syllables(people_of(entities), phonetics, random.Random(4), absent // 2)
    return Task(
        phonetics=phonetics,
        prior=Prior(phonetics),
        entities=entities,
        queries=queries,
        truth=np.array([-2 if q["nil"] else number[q["entity_id"]] for q in queries]),
        part=np.array([fold_number(q["entity_id"]) for q in queries]),
        weight=like_kind * np.where(types == "PER", 1.0, 0.6),
        teaches=spelled & np.isin(types, ["PER", "LOC"]),
        words_listed=[word for e in entities for word in name_tokens(e.name)[:6]],
        pairs=pairs,
        pair_part=pair_folds(pairs),
        pair_labels=np.array([p["is_match"] == "true" for p in pairs]),
        alike=[
            (q["variant"], q["canonical_en"])
            for q in queries[::2]
            if not q["nil"] and q["type"] == "PER" and q["kind"].startswith("translit")
        ],
        unlike=[
            (name, entities[place].name)
            for name, place in absent_neighbours(entities, phonetics, 4, absent) + eastern
        ],
        eastern=frozenset(entities[place].name for _, place in eastern),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/matcher.npz"))
    parser.add_argument("--report", type=Path, help="figures as JSON")
    parser.add_argument("--predictions", type=Path, help="out-of-fold answers as TSV")
    parser.add_argument("--trees", type=int, default=450)
    parser.add_argument("--depth", type=int, default=6)
    parser.add_argument("--rate", type=float, default=0.07)
    parser.add_argument("--absent", type=int, default=1600, help="made-up absent neighbours")
    parser.add_argument("--absent-weight", type=float, default=0.2)
    parser.add_argument("--thin", type=float, default=0.25, help="weight of thinned lists")
    parser.add_argument("--no-model", action="store_true", help="figures only")
    options = parser.parse_args()
    started = time.time()
    task = read_task(options.folder, options.absent)
    answers = cross_validate(task, options)
    report = all_figures(task, answers)
    print(json.dumps(report, ensure_ascii=False))
    if options.predictions:
        write_predictions(options.predictions, task, answers)
    # The calibration is of what a user asks: is the first answer right, absent names among them.
    asked = np.array([q["nil"] or q["kind"].startswith("translit") for q in task.queries])
    right = (answers.top == task.truth).astype(float)
    if options.report:
        report["calibration"] = reliability(
            calibrated_scores(answers.log_odds[asked], right[asked], task.part[asked]), right[asked]
        )
        options.report.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    if options.no_model:
        return
    model = learn(task, np.arange(len(task.queries)), options)
    _, pairs = learn_pairs(task, np.arange(len(task.pairs)))
    ranking = calibrate(model.ranking, answers.log_odds[asked], right[asked])
    pairs_ranking = calibrate(pairs, answers.pair_odds, task.pair_labels.astype(float))
    save(options.out, model, ranking, pairs_ranking)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB")
    print(f"{time.time() - started:.0f} s")


def cross_validate(task: Task, options: argparse.Namespace) -> Answers:
    """Answer every look-up and every pair with a model that never saw its entity or its names."""
    count = len(task.queries)
    answers = Answers(
        np.full(count, -1),
        np.full(count, -14.0),
        np.zeros(count, bool),
        np.full(len(task.pairs), -14.0),
    )
    started = time.time()
    for fold_ in range(FOLDS):
        test = np.nonzero(task.part == fold_)[0]
        model = learn(task, np.nonzero(task.part != fold_)[0], options)
        matcher = Matcher(task.entities, model=model, phonetics=task.phonetics)
        looked_up = look_up_all(matcher, [task.queries[q]["variant"] for q in test])
        columns = matcher.beside(looked_up)
        odds = model.ranking.log_odds(columns.reshape(-1, columns.shape[2]))
        odds = odds.reshape(looked_up.entity.shape)
        for place, q in enumerate(test):
            mine = looked_up.asked == place
            best: dict[int, float] = {}
            entity, its_odds = looked_up.entity[mine].ravel(), odds[mine].ravel()
            for at in np.argsort(-its_odds, kind="stable"):
                if entity[at] >= 0:
                    best.setdefault(int(entity[at]), float(its_odds[at]))
            ranked = list(best)
            if ranked:
                answers.top[q], answers.log_odds[q] = ranked[0], best[ranked[0]]
                answers.first_ten[q] = task.truth[q] in ranked[:10]
        pair_test = np.nonzero(task.pair_part == fold_)[0]
        costs, ensemble = learn_pairs(task, np.nonzero(task.pair_part != fold_)[0])
        seen = compare_columns(triples(task.pairs, pair_test), task.phonetics, costs)
        answers.pair_odds[pair_test[seen.alive]] = ensemble.log_odds(seen.columns)
        chosen = (task.part <= fold_) & np.array([q["type"] == "PER" for q in task.queries])
        print(
            f"fold {fold_} {time.time() - started:.0f} s",
            figures(task, answers, chosen),
            flush=True,
        )
    return answers


def all_figures(task: Task, answers: Answers) -> dict[str, Any]:
    types = np.array([q["type"] for q in task.queries])
    nk = np.array([p["source"].startswith("nk:") for p in task.pairs])
    return {
        "PER": figures(task, answers, types == "PER"),
        "all": figures(task, answers, np.ones(len(types), bool)),
        "pairs": {
            "auc": round(auc(answers.pair_odds, task.pair_labels), 4),
            "auc_nk": round(auc(answers.pair_odds[nk], task.pair_labels[nk]), 4),
        },
        "families": by_family(task.queries, answers.top, task.truth),
    }


def write_predictions(path: Path, task: Task, answers: Answers) -> None:
    lines = []
    for q, query in enumerate(task.queries):
        top = int(answers.top[q])
        lines.append(
            "\t".join(
                [
                    query["type"], query["kind"], query["variant_lang"], query["origin"],
                    "" if query["nil"] else query["canonical_en"], query["variant"],
                    task.entities[top].name if top >= 0 else "",
                    f"{1 / (1 + np.exp(-answers.log_odds[q])):.4f}",
                    str(int(top == task.truth[q])), str(int(answers.first_ten[q])),
                ]
            )
        )  # fmt: skip
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def look_up_all(matcher: Matcher, names: list[str]) -> LookedUp:
    """`Matcher.look_up` for any number of names."""
    found = []
    for start in range(0, len(names), 1024):
        one = matcher.look_up(names[start : start + 1024])
        if one is not None:
            found.append(replace(one, asked=one.asked + start))
    return LookedUp(
        *(
            np.concatenate([getattr(one, field.name) for one in found])
            for field in dataclass_fields(LookedUp)
        )
    )


def thinned(found: LookedUp, truth: Ints, chance: np.random.Generator) -> LookedUp:
    """The same look-ups in a shorter list: candidates are struck out, at times the right one."""
    shape = found.entity.shape
    keep = chance.choice([0.0, 0.1, 0.3, 0.6], size=(shape[0], 1))
    kept = chance.random(shape) < keep
    right = found.entity == truth[found.asked][:, None]
    kept = np.where(right, chance.random((shape[0], 1)) < 0.6, kept)
    # An entity is in the list or it is not, whatever number of spellings it has.
    alone = found.entity[:, None, :] == found.entity[:, :, None]
    kept = (alone & kept[:, None, :]).any(2) & (found.entity >= 0)
    empty = ~kept.any(1)
    best = np.where(right[empty], -1.0, found.keys[empty]).argmax(1)
    kept[np.nonzero(empty)[0], best] = found.entity[np.nonzero(empty)[0], best] >= 0
    return replace(found, entity=np.where(kept, found.entity, -1).astype(np.int32))


def other_gender(words: list[str]) -> str:
    """The family name in the form of the other gender, the given name as it is; or nothing."""
    family, given = fold(words[-1]), fold(words[0])
    if family.endswith(("ov", "ev", "in")) and given[-1:] not in set("aeiou"):
        return words[-1] + "a"
    if family.endswith(("ova", "eva", "ina")) and given.endswith("a"):
        return words[-1][:-1]
    return ""


def people_of(entities: list[MatchEntity]) -> list[tuple[int, list[str]]]:
    """Place and words of the listed persons of two or three plain words."""
    return [
        (place, e.name.split())
        for place, e in enumerate(entities)
        if e.type == "PER" and 2 <= len(e.name.split()) <= 3 and e.name.isascii()
    ]


def absent_neighbours(
    entities: list[MatchEntity], phonetics: Phonetics, seed: int, count: int
) -> list[tuple[str, int]]:
    """Made-up people with names near to listed ones: the guards, taught by example.

    Another given name that begins alike, any other given name, another syllable of a Korean or
    Chinese name, the other gender's form of a family name, a family name that begins alike.
    """
    chance = random.Random(seed)
    keys = SoundKeys(phonetics)

    def bones(word: str) -> str:
        return keys.bones(fold(word))

    def strangers(one: str, two: str) -> bool:
        families = set(families_of(fold(one), phonetics)) & set(families_of(fold(two), phonetics))
        return bones(one) != bones(two) and not families

    people = people_of(entities)
    known = {fold_all(e.name) for e in entities}
    given = collections.Counter(words[0] for _, words in people)
    usual = [word for word, times in given.items() if times >= 3 and len(word) > 2]
    family = [words[-1] for _, words in people if len(words[-1]) > 3]
    by_start: dict[str, list[str]] = collections.defaultdict(list)
    for word in family:
        by_start[fold(word)[:3]].append(word)
    found: list[tuple[str, int]] = []

    def add(place: int, words: list[str]) -> None:
        name = " ".join(words)
        if fold_all(name) not in known:
            known.add(fold_all(name))
            found.append((name, place))

    for place, words in chance.sample(people, len(people)):
        if len(found) >= count:
            break
        way = chance.random()
        if way < 0.3:
            near = [
                w
                for w in usual
                if jellyfish.jaro_winkler_similarity(fold(w), fold(words[0])) > 0.78
                and strangers(w, words[0])
            ]
            if near:
                add(place, [chance.choice(near), *words[1:]])
        elif way < 0.45:
            other = chance.choice(usual)
            if strangers(other, words[0]):
                add(place, [other, *words[1:]])
        elif way < 0.7:
            other = other_gender(words)
            if other:
                add(place, [*words[:-1], other])
        elif way < 0.85:
            near = [w for w in by_start[fold(words[-1])[:3]] if strangers(w, words[-1])]
            if near:
                add(place, [*words[:-1], chance.choice(near)])
    return found


def other_syllables(
    people: list[tuple[int, list[str]]], phonetics: Phonetics, chance: random.Random, count: int
) -> list[tuple[str, int]]:
    """Korean and Chinese names with one syllable, or the whole given name, of somebody else."""
    keys = SoundKeys(phonetics)
    pinyin = {reading.pinyin for reading in phonetics.han.values()}
    syllables = sorted(
        {
            part.casefold()
            for _, words in people
            for word in words[1:]
            if "-" in word
            for part in word.split("-")
            if 1 < len(part) < 6
        }
    )
    chinese = [
        (place, words)
        for place, words in people
        if len(words) == 2 and words[0].casefold() in pinyin and two_syllables(words[1], pinyin)
    ]
    korean = [(place, words) for place, words in people if words[-1].count("-") == 1]
    found: list[tuple[str, int]] = []
    known: set[str] = set()
    while len(found) < count:
        if chance.random() < 0.5:
            place, words = chance.choice(korean)
            parts = words[-1].split("-")
            at = chance.randrange(2)
            # Syllables one letter apart are the ones taken for misspellings: half are of these.
            near = [
                s for s in syllables if jellyfish.levenshtein_distance(s, parts[at].casefold()) == 1
            ]
            other = chance.choice(near if near and chance.random() < 0.5 else syllables)
            if keys.bones(fold(other)) == keys.bones(fold(parts[at])):
                continue
            parts[at] = other.capitalize() if at == 0 else other
            name = " ".join([*words[:-1], "-".join(parts)])
        else:
            (place, words), (_, others) = chance.choice(chinese), chance.choice(chinese)
            if keys.bones(fold(others[1])) == keys.bones(fold(words[1])):
                continue
            name = f"{words[0]} {others[1]}"
        if fold_all(name) not in known:
            known.add(fold_all(name))
            found.append((name, place))
    return found


def two_syllables(word: str, pinyin: set[str]) -> bool:
    """Whether a word is one or two syllables of pinyin."""
    low = word.casefold()
    return low in pinyin or any(
        low[:at] in pinyin and low[at:] in pinyin for at in range(1, len(low))
    )


def fold_all(name: str) -> str:
    return " ".join(map(fold, name_tokens(name)))


def learn(task: Task, train: Ints, options: argparse.Namespace) -> MatchModel:
    """Costs, sift and trees from some of the look-ups; the pairs' trees are left empty."""
    taught = [task.queries[q] for q in train if task.teaches[q]]
    costs = learn_costs(task.prior, word_pairs(taught), task.words_listed)
    nothing = make_ensemble(
        np.zeros((1, 1), np.int32),
        np.zeros((1, 1), np.float32),
        np.zeros((1, 2), np.float32),
        0.0,
        np.array([-1, 1], np.float32),
        np.array([0, 1], np.float32),
    )
    model = MatchModel(costs, np.zeros(5, np.float32), nothing, nothing)
    matcher = Matcher(task.entities, model=model, phonetics=task.phonetics)
    sample = train[:: max(1, len(train) // 2000)]
    sample = sample[(task.truth[sample] >= 0) & (task.weight[sample] > 0)]
    sift = learn_sift(matcher, [task.queries[q]["variant"] for q in sample], task.truth[sample])
    model = MatchModel(costs, sift, nothing, nothing)
    matcher = Matcher(task.entities, model=model, phonetics=task.phonetics)
    used = train[task.weight[train] > 0]
    parts = set(task.part[train].tolist())
    absent = [
        name
        for name, place in (
            *absent_neighbours(task.entities, task.phonetics, 3, options.absent),
            *other_syllables(
                people_of(task.entities), task.phonetics, random.Random(3), options.absent // 5
            ),
        )
        if fold_number(task.entities[place].id) in parts
    ]
    names = [task.queries[q]["variant"] for q in used] + absent
    truth = np.concatenate([task.truth[used], np.full(len(absent), -2)])
    weights = np.concatenate([task.weight[used], np.full(len(absent), options.absent_weight)])
    looked_up = look_up_all(matcher, names)
    chance = np.random.default_rng(5)
    columns, labels, heavy = [], [], []
    for found, share in ((looked_up, 1.0), (thinned(looked_up, truth, chance), options.thin)):
        there = found.entity >= 0
        columns.append(matcher.beside(found)[there])
        labels.append((found.entity == truth[found.asked][:, None])[there])
        # Absent neighbours must be told apart where nobody else stands beside them, above all.
        part = np.where(np.arange(len(names)) < len(used), share, 1.0)
        heavy.append(np.broadcast_to((weights * part)[found.asked][:, None], there.shape)[there])
    ranking = grow(
        np.concatenate(columns),
        np.concatenate(labels),
        np.concatenate(heavy),
        trees=options.trees,
        depth=options.depth,
        rate=options.rate,
        seeds=(7,),
    )
    return MatchModel(costs, sift, ranking, nothing)


def triples(pairs: list[dict[str, str]], chosen: Iterable[int]) -> list[tuple[str, str, str]]:
    return [(pairs[p]["name1"], pairs[p]["name2"], pairs[p]["schema"]) for p in chosen]


def pair_folds(pairs: list[dict[str, str]]) -> Ints:
    """Folds in which, as far as chains of names allow, no name stands on two sides."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    keys = [(fold_all(p["name1"]), fold_all(p["name2"])) for p in pairs]
    for one, two in keys:
        leader[find(one)] = find(two)
    # Negatives chain many names together; a chain too long for one fold is cut by its own names.
    sizes = collections.Counter(find(one) for one, _ in keys)
    return np.array(
        [
            fold_number(find(one) if sizes[find(one)] < len(pairs) // 20 else two)
            for one, two in keys
        ]
    )


def learn_pairs(task: Task, train: Ints) -> tuple[SoundCosts, Ensemble]:
    """Costs and trees for pairs without a list, from what shares no name with the other pairs."""
    others = set(range(len(task.pairs))) - set(train.tolist())
    kept_apart = {fold_all(task.pairs[p][n]) for p in others for n in ("name1", "name2")}

    def fair(*names: str) -> bool:
        return all(fold_all(name) not in kept_apart for name in names)

    taught = [
        query
        for query, teaches in zip(task.queries, task.teaches, strict=True)
        if teaches and fair(query["variant"], query["canonical_en"])
    ]
    costs = learn_costs(task.prior, word_pairs(taught), task.words_listed)
    asked = triples(task.pairs, train)
    labels = list(task.pair_labels[train])
    # The few rows of the cases people wrote count for as much as the many made from lists.
    weights = [30.0 if task.pairs[p]["source"].startswith("nk:") else 1.0 for p in train]
    for more, label in ((task.alike, True), (task.unlike, False)):
        for one, two in more:
            if fair(one, two):
                asked.append((one, two, "Person"))
                labels.append(label)
                short, long = sorted((fold_all(one), fold_all(two)), key=len)
                syllables = "-" in two or two in task.eastern
                weights.append(3.5 if not label and (long == short + "a" or syllables) else 0.25)
    seen = compare_columns(asked, task.phonetics, costs)
    ensemble = grow(
        seen.columns,
        np.array(labels)[seen.alive],
        np.array(weights)[seen.alive],
        trees=300,
        depth=4,
        rate=0.05,
        seeds=(1, 2, 3),
    )
    return costs, ensemble


def by_family(queries: list[dict[str, Any]], top: Ints, truth: Ints) -> dict[str, list[float]]:
    """Accuracy of core persons by language of the spelling and origin of the name."""
    groups: dict[str, list[bool]] = collections.defaultdict(list)
    for q, query in enumerate(queries):
        if not query["nil"] and query["kind"].startswith("translit") and query["type"] == "PER":
            right = bool(top[q] == truth[q])
            origin = {"bg": "Cyrillic", "ru": "Cyrillic"}.get(query["origin"], query["origin"])
            groups[f"of {origin or 'latin/unknown'}"].append(right)
            groups[f"in {query['variant_lang']}"].append(right)
            if query["origin"]:
                groups[f"{query['variant_lang']} of {origin}"].append(right)
    return {
        name: [round(float(np.mean(found)), 3), len(found)]
        for name, found in sorted(groups.items(), key=lambda item: -len(item[1]))
        if len(found) >= 15
    }


def calibrated_scores(log_odds: Numbers, right: Numbers, part: Ints) -> Numbers:
    """Out-of-fold scores, each calibrated on the other folds."""
    scores = np.zeros(len(log_odds))
    for fold_ in range(FOLDS):
        one = part == fold_
        fitted = IsotonicRegression(out_of_bounds="clip").fit(log_odds[~one], right[~one])
        scores[one] = fitted.predict(log_odds[one])
    return scores


def reliability(scores: Numbers, right: Numbers) -> list[list[float]]:
    """Mean score, share right and count in ten bands of the score."""
    bands = []
    for low in np.arange(0, 1, 0.1):
        inside = (scores >= low) & (scores < low + 0.1 + 1e-9)
        if inside.any():
            bands.append([
                round(float(scores[inside].mean()), 3), round(float(right[inside].mean()), 3),
                int(inside.sum()),
            ])  # fmt: skip
    return bands


def save(path: Path, model: MatchModel, ranking: Ensemble, pairs: Ensemble) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {
        "features": np.array(LIST_FEATURES),
        "vocabulary": np.array(model.costs.vocabulary),
        "pair": model.costs.pair,
        "extra": model.costs.extra,
        "lacking": model.costs.lacking,
        "sift": model.sift,
    }
    for prefix, trees in (("ranking", ranking), ("pairs", pairs)):
        arrays |= {
            f"{prefix}_feature": trees.feature.astype(np.int16),
            f"{prefix}_border": trees.border,
            f"{prefix}_value": trees.value.astype(np.float16).astype(np.float32),
            f"{prefix}_bias": np.array(trees.bias),
            f"{prefix}_knots": trees.knots,
            f"{prefix}_calibrated": trees.calibrated,
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
