"""Learn which words a language model finds wrong: `models/tagger.json` and a head of its own.

    python -m bench.train_tagger FLAGS CLEAN MODEL --readings FOLDER [--out models]

FLAGS holds `evaluate_flags.py`, `siblings/dev`, `siblings_gold/dev` and `spans/dev.jsonl`;
CLEAN holds texts written in English; MODEL is the folder of an installed model. `--readings` keeps
what the model read and what heads said of words they had not seen, so that a second run starts
where the first one stopped; empty it when a setting changes. Reading takes ten minutes on two
cores, learning sixteen heads an hour and a half. Needs numpy, torch, scikit-learn and lightgbm.

Which texts are learned from: `bench/tagger_texts.py` and `tagger_slips.py`; what is learned:
`bench/tagger_network.py`.
The marked sentences are judged by heads that have not seen their story, nor learned from heads that
have. What they say of each word is left in FOLDER/unseen-*.npz.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from bench.tagger_network import Sentences, fit, judge, lower_states, open_plain
from bench.tagger_slips import with_slips
from bench.tagger_texts import Sample, marked, told, untranslated
from bench.train_rank import RATER, curve, flatten
from normalizer.annotation import Document
from normalizer.glitches import odd_words, tagger
from normalizer.glitches.language_model.opening import open_model
from normalizer.glitches.language_model.protocol import SentenceReading, WordReading
from normalizer.glitches.language_model.reading import CausalReader
from normalizer.glitches.language_model.store import Installed, find_model
from normalizer.glitches.sentences import Sentence, split_sentences
from normalizer.glitches.vocabulary import load_vocabulary

# Of the draws of texts and of slips, and of the first of the heads that are judged; the shipped one
# is the last.
SEED, SLIP_SEED, HEAD_SEED = 11, 77, 20
FOLDS = 5
# Name of the curve through what heads say.
HEAD = "head"
# Texts are read in so many parts, and this many parts of them are used.
PARTS = {"marked": (8, 8), "told": (8, 3), "clean": (3, 2), "made": (1, 1)}
# Texts whose words are judged; of the others nobody knows all that is wrong.
JUDGED = ("marked", "clean")
# Tasks whose targets are answers of one reader, and how much a second answer counts.
SOFTENED, SECOND_ANSWER = (0, 1), 0.5
TREES: dict[str, Any] = {
    "objective": "cross_entropy",
    "learning_rate": 0.05,
    "num_leaves": 6,
    "min_data_in_leaf": 400,
    "lambda_l2": 20,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "num_threads": 1,
    "deterministic": True,
    "verbose": -1,
    "boost_from_average": False,
}
# Runs of trees that differ by their draws only; what they add up to is averaged.
ROUNDS, RUNS = 160, 3
# Where the words, from the least sure to the surest, are cut for the points of the curve.
POINTS = (
    0,
    0.3,
    0.5,
    0.6,
    0.7,
    0.8,
    0.85,
    0.9,
    0.93,
    0.95,
    0.97,
    0.98,
    0.99,
    0.996,
    0.998,
    0.9995,
    1,
)
# The other detectors have false alarms too: with this taken from the log-odds, all together stay
# under five in a thousand clean words at a level of one half, and the surest words stay sure.
CAUTION = {HEAD: 0.65, tagger.SURPRISING: 0.22}
# No more is claimed for the surest few dozen.
MAX_SCORE = 0.95


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence that was read: of its words, which pieces they have, and of all pieces."""

    reading: SentenceReading
    rows: tuple[range, ...]
    states: NDArray[np.float16]


class Words:
    """All words that were read, sentence after sentence."""

    def __init__(self, samples: Sequence[Sample], read: Sequence[Read]) -> None:
        targets: list[tuple[float, ...]] = []
        sentence: list[int] = []
        owners: list[int] = []
        self.split: list[Sentence] = []
        self.readings: list[SentenceReading] = []
        for number, sample in enumerate(samples):
            for one in split_sentences(Document("", sample.text)):
                self.readings.append(read[len(self.split)].reading)
                sentence += [len(self.split)] * len(one.words)
                self.split.append(one)
                for start, word in zip(one.starts, one.words, strict=True):
                    unknown = (-1.0,) * len(tagger.TASKS)
                    targets.append(sample.targets.get((start, start + len(word)), unknown))
                    owners.append(number)
        self.targets = np.array(targets, np.float32)
        self.sentence = np.array(sentence)
        self.starts = np.flatnonzero(np.r_[True, self.sentence[1:] != self.sentence[:-1]])
        self.ends = np.r_[self.starts[1:], len(self.sentence)]
        owner = np.array(owners)
        self.sample = owner
        self.kind = np.array([one.kind for one in samples])[owner]
        self.story = np.array([one.story for one in samples])[owner]
        self.is_clean = np.array([one.clean for one in samples])[owner]
        self.lower = Sentences(
            torch.cat([torch.from_numpy(one.states).to(torch.bfloat16) for one in read]),
            np.cumsum([0, *(len(one.states) for one in read)]),
            [one.rows for one in read],
            np.r_[self.starts, len(self.sentence)],
            np.concatenate([tagger.surprises(one.reading) for one in read]),
            self.targets,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("flags", "clean", "model"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--readings", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("models"))
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.flags))
    judge = importlib.import_module("evaluate_flags")
    draw = random.Random(SEED)
    samples = {
        "marked": list(marked(arguments.flags, judge)),
        "told": told(arguments.flags, judge, draw),
        "clean": untranslated(arguments.flags, arguments.clean, draw),
    }
    # Slips are put into parts that are not used, and once more into some clean ones that are.
    told_parts, clean_parts = samples["told"], samples["clean"]
    spare = [*clean_parts[2::3], *told_parts[3::8], *told_parts[4::8], *clean_parts[::3]]
    samples["made"] = list(with_slips(spare, random.Random(SLIP_SEED)))
    model = find_model(arguments.model.parent, arguments.model.name)
    used, readings = read(samples, model, arguments.readings)
    learn(Words(used, readings), used, model, arguments.readings, arguments.out)


def read(
    samples: dict[str, list[Sample]], model: Installed, folder: Path
) -> tuple[list[Sample], list[Read]]:
    """Have the model read the texts, part by part; parts read before are taken from the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    reader, llama = open_model(model.folder), open_plain(model.folder)
    assert isinstance(reader, CausalReader)
    used: list[Sample] = []
    found: list[Read] = []
    for kind, all_samples in samples.items():
        parts, wanted = PARTS[kind]
        for part in range(wanted):
            chosen = all_samples[part::parts]
            used += chosen
            asked = [one for text in chosen for one in tagger.passages(Document("", text.text))]
            path = folder / f"{kind}{part}.npz"
            if not path.exists():
                numbers = [
                    (word.surprisal, word.entropy, word.pieces, word.rank)
                    for one in reader.read(asked)
                    for word in one.words
                ]
                lower = lower_states(llama, [ids for ids, _ in reader.sequences(asked)])
                np.savez(path, numbers=np.array(numbers, np.float32), states=lower)
                print(f"{path.name}: {len(chosen)} texts", flush=True)
            with np.load(path) as kept:
                numbers, states = kept["numbers"], kept["states"]
            word = piece = 0
            for one, (ids, rows) in zip(asked, reader.sequences(asked), strict=True):
                words = tuple(
                    WordReading(span.start, span.end, float(a), float(b), int(c), int(d))
                    for span, (a, b, c, d) in zip(one.words, numbers[word:], strict=False)
                )
                end = piece + len(ids)
                found.append(Read(SentenceReading(words), rows, states[piece:end]))
                word, piece = word + len(words), end
            if (word, piece) != (len(numbers), len(states)):
                raise SystemExit(f"{path}: of other texts; remove it")
    return used, found


def learn(words: Words, samples: Sequence[Sample], model: Installed, kept: Path, out: Path) -> None:
    """Cross-validate, print what came out, and fit head and trees on everything."""
    folds = np.full(len(words.sentence), -1)
    judged_rows = np.flatnonzero(np.isin(words.kind, JUDGED))
    groups = words.story[judged_rows]
    splits = GroupKFold(FOLDS, shuffle=True, random_state=0).split(judged_rows, groups=groups)
    for number, (_, test) in enumerate(splits):
        folds[judged_rows[test]] = number
    said = judge_twice_unseen(words, folds, model.folder, kept)
    rows, at = tree_rows(words, samples)
    unseen = judge_unseen(words, folds, said, model.folder, kept)
    sums, scores = measured(HEAD, words, at, unseen[at, 0].astype(float), kept)
    own = np.where(folds < 0, 0, folds)
    targets = softened(words, folds, said[own, np.arange(len(own))])
    everything = np.arange(len(words.split))
    network = fit(
        model.folder, replace(words.lower, targets=targets), everything, HEAD_SEED + FOLDS
    )
    arrays: dict[str, Any] = network.arrays(model.fingerprint.rpartition(":")[2])
    np.savez_compressed(
        out / f"tagger-{model.name}.npz",
        **arrays,
        sums=sums.astype(np.float32),
        scores=scores.astype(np.float32),
    )
    models = {tagger.SURPRISING: fit_trees(words, rows, at, folds, kept)}
    text = json.dumps({"v": 1, "models": models}, separators=(",", ":"))
    (out / tagger.FILE).write_text(text + "\n", encoding="utf-8")


def judge_twice_unseen(
    words: Words, folds: NDArray[np.int64], model: Path, kept: Path
) -> NDArray[np.float32]:
    """What heads say that have seen neither a word's fold nor one other fold.

    A head that is judged on a fold must not learn from one that has seen it. There is a head for
    every two folds, trained on the others. What each one says is kept in a file.

    Returns:
        (folds, words, tasks): at (k, word) what the head says that has seen neither fold k nor that
        of the word; where these are the same fold, the mean of the heads that have not seen it.
    """
    judged = np.zeros((FOLDS, len(folds), len(tagger.TASKS)), np.float32)
    for number, pair in enumerate(combinations(range(FOLDS), 2)):
        unseen = np.isin(folds[words.starts], pair)
        path = kept / f"without-{pair[0]}-{pair[1]}.npy"
        if not path.exists():
            head = fit(model, words.lower, np.flatnonzero(~unseen), number)
            np.save(path, judge(head, words.lower, np.flatnonzero(unseen)))
            print(path.name, flush=True)
        said = np.load(path)
        for fold, other in (pair, pair[::-1]):
            here = folds == fold
            judged[other, here] = said[here]
            judged[fold, here] += said[here] / (FOLDS - 1)
    return judged


def judge_unseen(
    words: Words, folds: NDArray[np.int64], said: NDArray[np.float32], model: Path, kept: Path
) -> NDArray[np.float32]:
    """What heads made like the shipped one say of a fold that they have not seen."""
    judged = np.full(words.targets.shape, np.nan, np.float32)
    for fold in range(FOLDS):
        path = kept / f"without-{fold}.npy"
        unseen = folds[words.starts] == fold
        if not path.exists():
            texts = replace(words.lower, targets=softened(words, folds, said[fold]))
            head = fit(model, texts, np.flatnonzero(~unseen), HEAD_SEED + fold)
            np.save(path, judge(head, texts, np.flatnonzero(unseen)))
            print(path.name, flush=True)
        judged[folds == fold] = np.load(path)[folds == fold]
    return judged


def softened(
    words: Words, folds: NDArray[np.int64], said: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Targets that do not take every mark at its word: half of each is what was said of it.

    One reader marks less than half of what another one does, so that a mark, or none, is a noisy
    answer; heads that have not seen the story give a second one.
    """
    targets = words.targets.copy()
    judged = folds >= 0
    for task in SOFTENED:
        answers = 1 / (1 + np.exp(-said[judged, task]))
        targets[judged, task] += SECOND_ANSWER * (answers - targets[judged, task])
    return targets


def tree_rows(
    words: Words, samples: Sequence[Sample]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The features without a head of the words asked about, and which words these are.

    A rare word that two marked sentences have is shared, as it would be in a folder.
    """
    vocabulary = load_vocabulary()
    documents = [Document("", sample.text) for sample in samples]
    seen = Counter(
        word
        for sample, document in zip(samples, documents, strict=True)
        if sample.kind == "marked"
        for word in odd_words.rare_words(document, vocabulary)
    )
    shared = frozenset(word for word, count in seen.items() if count > 1)
    rows: list[tuple[float, ...]] = []
    places: list[int] = []
    counts: Counter[str] = Counter()
    last = -1
    for number, sentence in enumerate(words.split):
        start = int(words.starts[number])
        if words.kind[start] not in JUDGED:
            continue
        if words.sample[start] != last:
            last = int(words.sample[start])
            split = split_sentences(documents[last])
            counts = Counter(key for one in split for key in one.stems)
        apart = shared if words.kind[start] == "marked" else frozenset()
        heard = tagger.heard_of(words.readings[number], None)
        asked = tagger.asked_words(sentence, counts, apart)
        rows += tagger.features(sentence, asked, heard, counts, vocabulary)
        places += [start + at for at in asked]
    return np.array(rows), np.array(places)


def measured(
    name: str, words: Words, at: NDArray[np.int64], sums: NDArray[np.float64], kept: Path
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Print what the surest of some unseen words are, and draw the curve from sums to scores."""
    marked_rows = np.flatnonzero(words.kind[at] == "marked")
    right = words.targets[at[marked_rows], 0].astype(float)
    points, shares = curve(sums[marked_rows], right, POINTS)
    wrong = np.clip(shares / RATER, 0.001, MAX_SCORE)
    scores = 1 / (1 + np.exp(CAUTION[name]) * (1 - wrong) / wrong)
    listing(name, words, at, sums, np.interp(sums, points, scores))
    np.savez(
        kept / f"unseen-{name}.npz", words=at, sums=sums, scores=np.interp(sums, points, scores)
    )
    return points, scores


def fit_trees(
    words: Words,
    rows: NDArray[np.float64],
    at: NDArray[np.int64],
    folds: NDArray[np.int64],
    kept: Path,
) -> dict[str, Any]:
    """Cross-validate the trees for models without a head, and fit them on everything.

    Args:
        words: All words.
        rows: Features of the words asked about.
        at: Which words these are.
        folds: Of all words.
        kept: Folder for what comes out for words of unseen folds.
    """
    target = words.targets[at, 0].astype(float)
    sums = np.zeros(len(at))
    for number in range(FOLDS):
        test = folds[at] == number
        for booster in grow(rows[~test], target[~test]):
            sums[test] += booster.predict(rows[test], raw_score=True) / RUNS
    points, scores = measured(tagger.SURPRISING, words, at, sums, kept)
    trees = [
        flatten(one["tree_structure"])
        for booster in grow(rows, target)
        for one in booster.dump_model()["tree_info"]
    ]
    return {
        "features": list(tagger.FEATURES),
        "trees": [[_lighter(node) for node in tree] for tree in trees],
        "sums": [round(float(one), 4) for one in points],
        "scores": [round(float(one), 3) for one in scores],
    }


def grow(rows: NDArray[np.float64], target: NDArray[np.float64]) -> list[lightgbm.Booster]:
    """The runs of trees for some words."""
    return [
        lightgbm.train(TREES | {"seed": seed}, lightgbm.Dataset(rows, target), ROUNDS)
        for seed in range(1, RUNS + 1)
    ]


def _lighter(node: list[float]) -> list[float]:
    """A node of one of several runs: what an answer adds is shared between them."""
    feature, value, *steps = node
    return [feature, round(value / RUNS, 6) if feature < 0 else value, *steps]


def listing(name: str, words: Words, at: NDArray[np.int64], sums: Any, scores: Any) -> None:
    """Print how many of the surest words are marked, and how often clean text is flagged."""
    marked_rows = np.flatnonzero(words.kind[at] == "marked")
    order = marked_rows[np.argsort(-sums[marked_rows], kind="stable")]
    right = words.targets[at, 0] == 1
    alarm = words.is_clean[at] & (words.kind[at] == "marked")
    of_clean = int((words.is_clean & (words.kind == "marked")).sum())
    speeches = np.flatnonzero(words.kind[at] == "clean")
    print(f"{name}: {len(marked_rows)} words asked about, {int(right[marked_rows].sum())} marked")
    corpora = np.array([story.partition("/")[0] for story in words.story[at]])
    for top in (50, 100, 200, 500, 1000, 2000, 4000):
        some = order[:top]
        alarms = 1000 * alarm[some].sum() / of_clean
        others = 1000 * (sums[speeches] >= sums[some[-1]]).sum() / (words.kind == "clean").sum()
        print(
            f"  first {top}: {right[some].mean():.3f} marked, {alarms:.2f} in 1,000 clean words,"
            f" {others:.2f} in 1,000 of other English, score {scores[some[-1]]:.2f}"
        )
    for corpus in sorted(set(corpora[marked_rows])):
        some = order[corpora[order] == corpus]
        shares = [f"{right[some[:top]].mean():.2f}" for top in (50, 100, 200)]
        print(f"  {corpus}: first 50, 100, 200: {' '.join(shares)}")


if __name__ == "__main__":
    main()
