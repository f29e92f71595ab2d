"""Learn `models/rank.json`: how sure odd words, lone words and lone names are wrong.

    python bench/train_rank.py FLAGS_FOLDER CLEAN_FOLDER [--out models/rank.json]

FLAGS_FOLDER holds `evaluate_flags.py`, `siblings/dev`, `siblings_gold/dev`,
`siblings_gold/dev_folders4.json` and `spans/dev.jsonl`; CLEAN_FOLDER holds texts
written in English. Needs numpy, scikit-learn and lightgbm; the product does not.

Every story is told by ten to sixteen systems. Besides the fixed folder of four, more folders are
drawn from them, so that the same story is seen with other siblings. All figures and the curve that
turns sums of trees into probabilities come from stories a model was not trained on.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold

from normalizer.annotation import Document
from normalizer.glitches import collation, folder_names, odd_words
from normalizer.glitches.alignment import Text
from normalizer.glitches.sentences import split_sentences
from normalizer.glitches.vocabulary import load_vocabulary
from normalizer.glitches.witnesses import listen, read_text

FOLDS, EXTRA_FOLDERS, SEED = 5, 8, 5
# How far a verdict speaks for an error. *Strong*: the reference and at least half of the systems
# outside the folder have the siblings' reading, none of them the word. *Lone*: no system has the
# word, but the reference or most systems have a third one. *Refuted*: the reference has the word.
# *Shared*: a system outside has it too; that says little either way and is left out.
TARGETS: dict[str, float | None] = {"strong": 1.0, "lone": 0.6, "shared": None, "refuted": 0.0}
# One person marks about two in three of the wrong words that two others mark (WMT23, three raters
# a sentence: 64% of mistranslations and terms), so that a wrong word has this chance to be marked.
RATER = 0.66
# The surest few dozen are too few to claim more for.
MAX_ODD = 0.95
# Ordinary English has far more rare words than the marked sentences; more than this drowns them.
CLEAN_WEIGHT = 0.1
# From here on a name is rewritten; see `above`.
APPLY = 0.9
# Where the findings, from the least sure to the surest, are cut for the points of the curve.
POINTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98, 1.0)
TREES: dict[str, dict[str, Any]] = {
    "witness": {"num_leaves": 8, "min_data_in_leaf": 60, "rounds": 250},
    "folder-name": {"num_leaves": 6, "min_data_in_leaf": 25, "rounds": 120},
    "odd-word": {"num_leaves": 5, "min_data_in_leaf": 60, "lambda_l2": 20, "rounds": 150},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One finding of a model to be.

    Attributes:
        story: What it must not be both trained and judged on.
        fixed: Whether it comes from the fixed folder of four.
        features: As the detector measured them.
        target: How far it is right, in [0, 1]; None when nobody can tell.
        weight: How much it counts in training.
        counts: What a listing adds up, by name.
    """

    story: str
    fixed: bool
    features: tuple[float, ...]
    target: float | None
    weight: float
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Story:
    """One story told by many systems, with its reference translations."""

    name: str
    gold: Mapping[str, Any]
    raw: Mapping[str, str]
    texts: Mapping[str, Text]
    stems: Mapping[str, list[list[str]]]
    references: Sequence[list[list[str]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flags", type=Path)
    parser.add_argument("clean", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/rank.json"))
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.flags))
    judge = importlib.import_module("evaluate_flags")
    judge.load_equal()
    rows: dict[str, list[Row]] = {name: [] for name in TREES}
    for story, folders in stories(arguments.flags, judge):
        for number, files in enumerate(folders):
            for file in files:
                others = [one for one in files if one != file]
                for name, row in read_rows(story, file, others, number == 0, judge):
                    rows[name].append(row)
    rows["odd-word"] = [
        *read_sentences(arguments.flags, judge),
        *read_clean(arguments.clean),
    ]
    features = {
        "witness": collation.FEATURES,
        "folder-name": folder_names.FEATURES,
        "odd-word": odd_words.FEATURES,
    }
    models = {name: learn(name, found, features[name]) for name, found in rows.items()}
    text = json.dumps({"v": 1, "models": models}, separators=(",", ":"))
    arguments.out.write_text(text + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(text):,} bytes")


def stories(root: Path, judge: Any) -> Iterator[tuple[Story, list[list[str]]]]:
    """Every story with the folders to read it in, the fixed one first."""
    fixed = json.loads((root / "siblings_gold/dev_folders4.json").read_text(encoding="utf-8"))
    gold = judge.goldset(str(root / "siblings_gold/dev"))
    vocabulary = load_vocabulary()
    draw = random.Random(SEED)
    for name, files in fixed.items():
        one = gold[f"{name}/{files[0]}"]
        systems = sorted(one["files"])
        raw = {
            file: (root / "siblings/dev" / name / file).read_text(encoding="utf-8")
            for file in systems
        }
        texts = {file: read_text(Document(file, raw[file]), vocabulary) for file in systems}
        stems = {
            file: [judge.stems(raw[file][start:end]) for start, end in one["files"][file]]
            for file in systems
        }
        references = [[judge.stems(text) for text in texts_] for texts_ in one["refs"].values()]
        sizes = [min(len(systems), draw.choice([3, 4, 4, 5, 6])) for _ in range(EXTRA_FOLDERS)]
        yield (
            Story(name, one, raw, texts, stems, references),
            [files, *(sorted(draw.sample(systems, size)) for size in sizes)],
        )


def read_rows(
    story: Story, file: str, others: list[str], fixed: bool, judge: Any
) -> Iterator[tuple[str, Row]]:
    """All findings of both models on one file among its siblings."""
    vocabulary = load_vocabulary()
    document = Document(file, story.raw[file])
    hearing = listen(document, story.texts[file], [story.texts[one] for one in others], vocabulary)
    pool = [one for one in story.raw if one != file and one not in others]
    for variant in collation.collate(hearing.text, hearing.siblings, hearing.rows, vocabulary):
        sentence = hearing.text.sentences[variant.sentence]
        start, end = sentence.starts[variant.word], sentence.end(variant.word)
        verdict = judge_word(story, file, (start, end), variant, pool, judge)
        decided = verdict in ("strong", "refuted")
        weight = (1.0 if fixed else 0.7) * (1.0 if decided else 0.5)
        target = TARGETS[verdict]
        yield (
            "witness",
            Row(story.name, fixed, variant.features, target, weight, {verdict: 1}),
        )
    lower = judge_lower(story)
    for name in folder_names.folder_names(hearing.text, hearing.siblings, hearing.rows, vocabulary):
        gained, harmed = judge_name(story, file, name, lower, judge)
        decided = gained + harmed > 0
        yield (
            "folder-name",
            Row(
                story.name,
                fixed,
                name.features,
                float(gained > harmed),
                (1.5 if harmed else 1.0) if decided else 0.3,
                {"gained": gained, "harmed": harmed},
            ),
        )


def read_sentences(root: Path, judge: Any) -> Iterator[Row]:
    """Rare words of single sentences, with what people marked; words of two sentences are terms."""
    vocabulary = load_vocabulary()
    records = judge.load(str(root / "spans/dev.jsonl"))
    documents = [Document(one["id"], one["text"]) for one in records]
    seen = Counter(
        word for document in documents for word in odd_words.rare_words(document, vocabulary)
    )
    for record, document in zip(records, documents, strict=True):
        marked = judge.view_filter("meaning", record)
        for odd in odd_words.odd_words(split_sentences(document), vocabulary):
            if seen[odd.surface.lower()] == 1:
                place = {"start": odd.start, "end": odd.start + len(odd.surface)}
                right = any(judge.on(place, one) for one in marked)
                counts = {"marked": int(right), "in_clean": int(record["clean"])}
                story = f"{record['corpus']}/{record['doc']}"
                yield Row(story, True, odd.features, float(right), 1.0, counts)


def read_clean(root: Path) -> Iterator[Row]:
    """Rare words of ordinary English, none of them wrong: trained on lightly, never judged."""
    vocabulary = load_vocabulary()
    for path in sorted(root.glob("*.txt")):
        document = Document(path.name, path.read_text(encoding="utf-8", errors="replace"))
        for odd in odd_words.odd_words(split_sentences(document), vocabulary):
            yield Row(path.name, False, odd.features, 0.0, CLEAN_WEIGHT, {})


def judge_word(
    story: Story,
    file: str,
    span: tuple[int, int],
    variant: collation.Variant,
    pool: list[str],
    judge: Any,
) -> str:
    """The verdict of the reference and of the systems outside the folder on one word."""
    places = [
        number
        for number, (start, end) in enumerate(story.gold["files"][file])
        if judge.ov(*span, start, end)
    ]
    told = [[key for number in places for key in one[number]] for one in story.references]
    if any(judge.occurs(variant.surface, one) for one in told):
        return "refuted"
    outside = [[key for number in places for key in story.stems[one][number]] for one in pool]
    if any(judge.occurs(variant.surface, one) for one in outside):
        return "shared"
    agreeing = sum(judge.occurs(variant.reading, one) for one in outside)
    if 2 * agreeing >= len(outside) and any(judge.occurs(variant.reading, one) for one in told):
        return "strong"
    return "lone"


def judge_lower(story: Story) -> set[str]:
    """Words that the reference writes small somewhere; no names."""
    texts = (text for one in story.gold["refs"].values() for text in one)
    return {word for text in texts for word in text.split() if word[:1].islower()}


def judge_name(
    story: Story, file: str, name: folder_names.NameVariant, lower: set[str], judge: Any
) -> tuple[int, int]:
    """How many places of a name would agree with the reference, and how many no longer would."""
    gained = harmed = 0
    own, other = judge.eq(name.surface), judge.eq(name.reading)
    references = list(story.gold["refs"].values())
    for place in name.places:
        for number, (start, end) in enumerate(story.gold["files"][file]):
            if start <= place[0] < end:
                wanted = {judge.eq(one) for one in judge.caps(references[0][number], lower)}
                here = judge.wset(story.raw[file][start:end])
                harmed += own in wanted
                gained += own not in wanted and other in wanted and other not in here
    return gained, harmed


def learn(name: str, rows: Sequence[Row], features: Sequence[str]) -> dict[str, Any]:
    """Cross-validate, print what came out, and fit the model on all rows."""
    matrix = np.array([row.features for row in rows])
    target = np.array([-1.0 if row.target is None else row.target for row in rows])
    weight = np.array([row.weight if row.target is not None else 0.0 for row in rows])
    groups = np.array([row.story for row in rows])
    sums = np.zeros(len(rows))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(matrix, groups=groups):
        booster = fit(name, features, matrix[train], target[train], weight[train])
        sums[test] = booster.predict(matrix[test], raw_score=True)
    known = np.flatnonzero(weight > 0)
    counted = known
    if name == "odd-word":
        counted = known[[rows[i].fixed for i in map(int, known)]]
    if name == "folder-name":
        counted = known[[any(rows[i].counts.values()) for i in map(int, known)]]
    curve_sums, curve_scores = curve(sums[counted], target[counted])
    if name == "folder-name":
        sure = above(sums[counted], target[counted], curve_sums)
        curve_scores = np.where(sure >= APPLY, sure, np.minimum(curve_scores, APPLY - 0.01))
    if name == "odd-word":
        curve_scores = np.minimum(MAX_ODD, curve_scores / RATER)
    print(f"{name}: {len(rows)} findings, {len(counted)} judged")
    listing(rows, sums, np.interp(sums, curve_sums, curve_scores))
    booster = fit(name, features, matrix, target, weight)
    return {
        "features": list(features),
        "trees": [flatten(one["tree_structure"]) for one in booster.dump_model()["tree_info"]],
        "sums": [round(float(one), 4) for one in curve_sums],
        "scores": [round(float(one), 2) for one in curve_scores],
    }


# Directions in which a feature can only make a finding surer (+) or less sure (-); without them
# the trees learn that what tells least in common with its siblings is wrong, which holds for word
# salad among translations of one text and not for two articles about one event.
DIRECTIONS = {
    "witness": {
        "+": "votes anchored strength lone_pairs overlap overlap_among estranged before after"
        " other_in_siblings texts_with_other",
        "-": "supports own_in_siblings texts_with_own rivals",
    },
    "folder-name": {
        "+": "witnesses share alike overlap neighbours texts_with_other covered",
        "-": "supports texts_with_own own_in_siblings rivals",
    },
    "odd-word": {"+": "", "-": ""},
}


def directions(name: str, features: Sequence[str]) -> list[int]:
    """The directions of a model in the order of its features."""
    up, down = DIRECTIONS[name]["+"].split(), DIRECTIONS[name]["-"].split()
    return [1 if one in up else -1 if one in down else 0 for one in features]


def fit(
    name: str, features: Sequence[str], matrix: Any, target: Any, weight: Any
) -> lightgbm.Booster:
    """Train trees on the rows that have a weight."""
    settings = {
        "objective": "cross_entropy",
        "learning_rate": 0.05,
        "lambda_l2": 5,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "num_threads": 1,
        "deterministic": True,
        "verbose": -1,
        "seed": 1,
        "boost_from_average": False,
        "monotone_constraints": directions(name, features),
        **{key: value for key, value in TREES[name].items() if key != "rounds"},
    }
    rows = np.flatnonzero(weight > 0)
    data = lightgbm.Dataset(matrix[rows], target[rows], weight=weight[rows])
    return lightgbm.train(settings, data, TREES[name]["rounds"])


def curve(sums: Any, target: Any, points: Sequence[float] = POINTS) -> tuple[Any, Any]:
    """Points of a rising curve from sums to probabilities, closer together where it is high."""
    order = np.argsort(sums, kind="stable")
    fitted = IsotonicRegression(y_min=0.01, y_max=0.99, out_of_bounds="clip")
    fitted.fit(sums[order], target[order])
    cuts = [int(len(order) * share) for share in points]
    parts = [order[low:high] for low, high in pairwise(cuts)]
    middles = np.array([sums[part].mean() for part in parts])
    return middles, np.maximum.accumulate(
        [float(fitted.predict(sums[part]).mean()) for part in parts]
    )


def above(sums: Any, target: Any, points: Any) -> Any:
    """The share of right findings among those at least as sure, at each point of a curve.

    A name is applied from a level on: what counts is how many of all applied ones are right.
    """
    shares = [float(target[sums >= point].mean()) for point in points]
    return np.minimum(0.99, np.maximum.accumulate(shares))


def flatten(root: Mapping[str, Any]) -> list[list[float]]:
    """A tree as nodes ``[feature, value, low, high, missing]``; feature -1 is an answer."""
    nodes: list[list[float]] = []

    def add(node: Mapping[str, Any]) -> int:
        at = len(nodes)
        nodes.append([])
        if "leaf_value" in node:
            nodes[at] = [-1, round(node["leaf_value"], 5), 0, 0, 0]
        else:
            low, high = add(node["left_child"]), add(node["right_child"])
            threshold = float(f"{node['threshold']:.7g}")
            missing = low if node["default_left"] else high
            nodes[at] = [node["split_feature"], threshold, low, high, missing]
        return at

    add(root)
    return nodes


def listing(rows: Sequence[Row], sums: Any, scores: Any) -> None:
    """Print what the surest findings of the fixed folders are."""
    order = [int(i) for i in np.argsort(-sums, kind="stable")]
    fixed = [i for i in order if rows[i].fixed]
    names = sorted({key for row in rows for key in row.counts})
    for top in (50, 100, 200, 500, 1000, 2000, 3000):
        if top <= len(fixed):
            parts = [f"{n} {sum(rows[i].counts.get(n, 0) for i in fixed[:top])}" for n in names]
            print(f"  first {top}: {', '.join(parts)}; score {scores[fixed[top - 1]]:.2f}")
    for level in (0.9, 0.8, 0.5):
        kept = [i for i in fixed if scores[i] >= level]
        parts = [f"{n} {sum(rows[i].counts.get(n, 0) for i in kept)}" for n in names]
        print(f"  score {level} and more: {len(kept)} findings, {', '.join(parts)}")


if __name__ == "__main__":
    main()
