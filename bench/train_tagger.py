"""Learn which words a language model finds wrong: `models/tagger.json` and a head of its own.

    python -m bench.train_tagger FLAGS CLEAN MODEL --readings FOLDER [--out models]

FLAGS holds `evaluate_flags.py`, `siblings/dev`, `siblings_gold/dev` and `spans/dev.jsonl`;
CLEAN holds texts written in English; MODEL is the folder of an installed model. `--readings` keeps
what the model read, so that a second run starts where the first one stopped: reading takes a tenth
of a second of processor time a sentence, some 25 minutes on one free core, learning ten more.
Needs numpy, torch, scikit-learn and lightgbm; a graphics card is used if there is one.

Three kinds of text are learned from: sentences that people marked; news stories told by ten to
sixteen systems, where a word that neither the reference nor the other systems have is likelier
wrong; and English that nobody translated, where nothing is wrong. The marked sentences are judged
by heads and trees that have not seen their story, and these trees have learned from heads that have
not seen it either. What they say of each word is left in FOLDER/unseen-*.npz.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold
from torch import nn

from bench.train_rank import RATER, curve, flatten
from normalizer.annotation import Document
from normalizer.glitches import odd_words, tagger
from normalizer.glitches.language_model.opening import open_model
from normalizer.glitches.language_model.protocol import SentenceReading, WordReading
from normalizer.glitches.language_model.store import Installed, find_model
from normalizer.glitches.sentences import Sentence, split_sentences
from normalizer.glitches.vocabulary import load_vocabulary

LAYERS = (12, 18, 24)
SEED = 11
FOLDS, NETWORKS, WIDTH = 5, 4, 96
EPOCHS, BATCH, RATE, DECAY, DROPOUT, INPUT_DROPOUT = 5, 96, 3e-3, 0.05, 0.4, 0.1
# How much each of `tagger.TASKS` counts, and each kind of text.
TASK_WEIGHTS = (1.0, 0.4, 0.4)
WEIGHTS = {"marked": 1.0, "told": 1.0, "clean": 1.0}
# Texts are read in so many parts, and this many parts of them are used.
PARTS = {"marked": (8, 8), "told": (8, 3), "clean": (3, 2)}
# Trees: the clean texts are many words without a mark, and people mark only half of what is wrong.
CLEAN_ROWS = 1.0
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
CAUTION = 0.22
# No more is claimed for the surest few dozen.
MAX_SCORE = 0.95
Spots = dict[tuple[int, int], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with what is known of its words.

    Attributes:
        kind: ``marked``, ``told`` or ``clean``.
        story: What it must not be both trained and judged on.
        text: The text.
        targets: (start, end) of a word -> how far each of `tagger.TASKS` holds; -1 if unknown.
        clean: Whether nobody found anything wrong with it.
    """

    kind: str
    story: str
    text: str
    targets: Spots
    clean: bool


class Network(nn.Module):
    """The trainable form of one network of `tagger.Head`."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.inner = nn.Linear(inputs, WIDTH)
        self.middle = nn.Linear(5 * WIDTH, WIDTH)
        self.outer = nn.Linear(WIDTH, len(tagger.TASKS))
        self.drop, self.mask = nn.Dropout(DROPOUT), nn.Dropout(INPUT_DROPOUT)

    def forward(self, inputs: Any, sentences: Any, count: int) -> Any:
        """Log-odds of each word for each task; ``sentences`` says which one a word is of."""
        near = self.drop(_gelu(self.inner(self.mask(inputs))))
        sums = near.new_zeros(count, WIDTH).index_add(0, sentences, near)
        lengths = torch.bincount(sentences, minlength=count)[:, None]
        whole = sums / lengths.to(sums.dtype)
        sides = [near, *(_shifted(near, sentences, by) for by in (-1, 1, 2)), whole[sentences]]
        return self.outer(self.drop(_gelu(self.middle(torch.cat(sides, 1)))))


class Words:
    """All words that were read, sentence after sentence."""

    def __init__(self, samples: Sequence[Sample], readings: list[list[SentenceReading]]) -> None:
        rows: list[NDArray[np.float32]] = []
        heard: list[SentenceReading] = []
        targets: list[tuple[float, ...]] = []
        sentence: list[int] = []
        owners: list[int] = []
        self.sentences: list[Sentence] = []
        for number, (sample, read) in enumerate(zip(samples, readings, strict=True)):
            split = split_sentences(Document("", sample.text))
            for one, reading in zip(split, read, strict=True):
                rows.append(tagger.head_inputs(reading))
                sentence += [len(self.sentences)] * len(one.words)
                self.sentences.append(one)
                heard.append(reading)
                for at, word in enumerate(one.words):
                    place = (one.starts[at], one.starts[at] + len(word))
                    targets.append(sample.targets.get(place, (-1.0,) * len(tagger.TASKS)))
                    owners.append(number)
        self.readings = heard
        inputs = np.concatenate(rows)
        # Of unmarked words too: how the states spread tells nothing of what is wrong.
        self.mean, self.scale = inputs[::4].mean(0), inputs[::4].std(0) + 1e-3
        self.normal = torch.empty(inputs.shape, dtype=torch.bfloat16)
        for first in range(0, len(inputs), 10_000):
            some = (inputs[first : first + 10_000] - self.mean) / self.scale
            self.normal[first : first + 10_000] = torch.from_numpy(
                np.clip(some, -tagger.CLIP, tagger.CLIP)
            )
        self.targets = np.array(targets, np.float32)
        self.sentence = np.array(sentence)
        self.starts = np.flatnonzero(np.r_[True, self.sentence[1:] != self.sentence[:-1]])
        self.ends = np.r_[self.starts[1:], len(self.sentence)]
        owner = np.array(owners)
        self.sample = owner
        self.kind = np.array([one.kind for one in samples])[owner]
        self.story = np.array([one.story for one in samples])[owner]
        self.is_clean = np.array([one.clean for one in samples])[owner]


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
    model = find_model(arguments.model.parent, arguments.model.name)
    used, readings = read(samples, model, arguments.readings)
    learn(Words(used, readings), used, model, arguments.readings, arguments.out)


def marked(root: Path, judge: Any) -> Iterator[Sample]:
    """Sentences that people marked; several systems translated the same ones."""
    records = judge.load(str(root / "spans/dev.jsonl"))
    tellings: dict[tuple[str, str, int], list[set[str]]] = defaultdict(list)
    for one in records:
        tellings[one["corpus"], str(one["doc"]), one["seg"]].append(set(judge.stems(one["text"])))
    for one in records:
        told_by = tellings[one["corpus"], str(one["doc"]), one["seg"]]
        strict = judge.view_filter("meaning", one)
        targets: Spots = {}
        for start, end, word in _words(one["text"]):
            place = {"start": start, "end": end}
            error = any(judge.on(place, mark) for mark in strict)
            any_error = any(judge.on(place, mark) for mark in one["spans"])
            others = sum(judge.stem(word) in telling for telling in told_by) - 1
            alone = 1 - others / (len(told_by) - 1) if len(told_by) > 1 else -1
            targets[start, end] = (float(error), float(any_error), float(alone))
        story = f"{one['corpus']}/{one['doc']}"
        yield Sample("marked", story, one["text"], targets, one["clean"])


def told(root: Path, judge: Any, draw: random.Random) -> list[Sample]:
    """Sentences of stories that many systems told: three of each, weak systems more often."""
    segments: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
    texts: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    references: dict[tuple[str, int], set[str]] = {}
    missed: dict[str, list[bool]] = defaultdict(list)
    for path in sorted((root / "siblings_gold/dev").glob("*/*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        story = f"{path.parent.name}/{path.stem}"
        for number in range(len(gold["ids"])):
            found = (text[number] for text in gold["refs"].values())
            references[story, number] = {key for text in found for key in judge.stems(text)}
        for file, places in gold["files"].items():
            whole = (root / "siblings/dev" / story / file).read_text(encoding="utf-8")
            for number, (start, end) in enumerate(places):
                text = whole[start:end]
                texts[story, number][file] = text
                keys = judge.stems(text)
                if len(text) >= 15:
                    known = references[story, number]
                    missed[f"{path.parent.name}/{file}"] += [key not in known for key in keys]
                    segments[story, number].append((file, len(keys)))
    weak = {system: float(np.mean(ones)) ** 2 for system, ones in missed.items()}
    samples: list[Sample] = []
    for (story, number), tellings in segments.items():
        weights = [weak[f"{story.partition('/')[0]}/{file}"] for file, _ in tellings]
        seen: set[str] = set()
        for _ in range(12):
            file, length = draw.choices(tellings, weights)[0]
            text = texts[story, number][file]
            if text not in seen and 5 <= length <= 60:
                seen.add(text)
                others = [
                    set(judge.stems(other))
                    for name, other in texts[story, number].items()
                    if name != file
                ]
                targets = _alone(text, others, references[story, number], judge)
                samples.append(Sample("told", story, text, targets, clean=False))
                if len(seen) == 3:
                    break
    draw.shuffle(samples)
    return samples


def _alone(text: str, others: Sequence[set[str]], reference: set[str], judge: Any) -> Spots:
    """How many of the other tellings lack each word; none where the reference has it."""
    targets: Spots = {}
    for start, end, word in _words(text):
        key = judge.stem(word)
        share = sum(key not in one for one in others) / len(others)
        targets[start, end] = (-1.0, -1.0, 0.0 if key in reference else share)
    return targets


def untranslated(root: Path, clean: Path, draw: random.Random) -> list[Sample]:
    """Sentences written or translated by people: nothing in them is wrong."""
    found: list[tuple[str, str]] = []
    for path in sorted(clean.glob("*.txt")):
        text = path.read_text(encoding="utf-8", errors="replace")
        sentences = [one.strip() for one in re.split(r"(?<=[.!?])\s+|\n", text)]
        sentences = [one for one in sentences if 8 <= len(one.split()) <= 45]
        found += [(path.name, one) for one in draw.sample(sentences, min(18, len(sentences)))]
    by_people: list[tuple[str, str]] = []
    for path in sorted((root / "siblings_gold/dev").glob("*/*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        texts = next(iter(gold["refs"].values()))
        by_people += [(path.stem, text) for text in texts if 6 <= len(text.split()) <= 50]
    draw.shuffle(by_people)
    found += by_people[:900]
    draw.shuffle(found)
    return [
        Sample(
            "clean", story, text, {spot[:2]: (0.0, 0.0, -1.0) for spot in _words(text)}, clean=True
        )
        for story, text in found
    ]


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    for sentence in split_sentences(Document("", text)):
        for start, word in zip(sentence.starts, sentence.words, strict=True):
            yield start, start + len(word), word


def read(
    samples: dict[str, list[Sample]], model: Installed, folder: Path
) -> tuple[list[Sample], list[list[SentenceReading]]]:
    """Have the model read the texts, part by part; parts read before are taken from the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    opened = None
    used: list[Sample] = []
    readings: list[list[SentenceReading]] = []
    for kind, all_samples in samples.items():
        parts, wanted = PARTS[kind]
        for part in range(wanted):
            chosen = all_samples[part::parts]
            asked = [tagger.passages(Document("", one.text)) for one in chosen]
            path = folder / f"{kind}{part}.npz"
            if not path.exists():
                opened = opened or open_model(model.folder)
                found = opened.read([one for passages in asked for one in passages], layers=LAYERS)
                numbers = [
                    (word.surprisal, word.entropy, word.pieces, word.rank)
                    for one in found
                    for word in one.words
                ]
                states = np.concatenate([one.states for one in found]).astype(np.float16)
                np.savez(path, numbers=np.array(numbers, np.float32), states=states)
                print(f"{path.name}: {len(chosen)} texts", flush=True)
            with np.load(path) as kept:
                numbers, states = kept["numbers"], kept["states"].astype(np.float32)
            at = 0
            for sample, passages in zip(chosen, asked, strict=True):
                used.append(sample)
                readings.append([])
                for passage in passages:
                    end = at + len(passage.words)
                    words = tuple(
                        WordReading(
                            span.start,
                            span.end,
                            float(row[0]),
                            float(row[1]),
                            int(row[2]),
                            int(row[3]),
                        )
                        for span, row in zip(passage.words, numbers[at:end], strict=True)
                    )
                    readings[-1].append(SentenceReading(words, states[at:end]))
                    at = end
            if at != len(numbers):
                raise SystemExit(f"{path}: of other texts; remove it")
    return used, readings


def learn(words: Words, samples: Sequence[Sample], model: Installed, kept: Path, out: Path) -> None:
    """Cross-validate, print what came out, and fit heads and trees on everything."""
    folds = np.full(len(words.sentence), -1)
    judged_rows = np.flatnonzero(words.kind != "told")
    groups = words.story[judged_rows]
    splits = GroupKFold(FOLDS, shuffle=True, random_state=0).split(judged_rows, groups=groups)
    for number, (_, test) in enumerate(splits):
        folds[judged_rows[test]] = number
    fingerprint = model.fingerprint.rpartition(":")[2]
    judged = judge_twice_unseen(words, folds, fingerprint)
    head = fit_head(words, np.full(len(folds), True), fingerprint, range(NETWORKS))
    half = {"inner", "middle", "outer"}
    arrays: dict[str, Any] = {}
    for field in fields(head):
        value = getattr(head, field.name)
        arrays[field.name] = value.astype(np.float16) if field.name in half else np.array(value)
    rows, at = tree_rows(words, samples)
    own = np.where(folds < 0, 0, folds)
    sides = [np.c_[head_columns(words, one)[at], rows] for one in judged]
    unseen = head_columns(words, judged[own, np.arange(len(own))])
    models = {
        tagger.WITH_HEAD: fit_trees(
            tagger.WITH_HEAD, words, np.c_[unseen[at], rows], sides, at, folds, kept
        ),
        tagger.WITHOUT_HEAD: fit_trees(
            tagger.WITHOUT_HEAD, words, rows, [rows] * FOLDS, at, folds, kept
        ),
    }
    np.savez_compressed(out / f"tagger-{model.name}.npz", **arrays)
    text = json.dumps({"v": 1, "models": models}, separators=(",", ":"))
    (out / tagger.FILE).write_text(text + "\n", encoding="utf-8")


def judge_twice_unseen(
    words: Words, folds: NDArray[np.int64], fingerprint: str
) -> NDArray[np.float32]:
    """What heads say that have seen neither a word's fold nor one other fold.

    Trees that are judged on a fold must not learn from a head that has seen it. There is a head
    for every two folds, trained on the others.

    Returns:
        (folds, words, tasks): at (k, word) what the head says that has seen neither fold k nor that
        of the word; where these are the same fold, the mean of the heads that have not seen it.
    """
    judged = np.zeros((FOLDS, len(folds), len(tagger.TASKS)), np.float32)
    for number, pair in enumerate(combinations(range(FOLDS), 2)):
        head = fit_head(words, ~np.isin(folds, pair), fingerprint, [number])
        for fold, other in (pair, pair[::-1]):
            for at in np.unique(words.sentence[folds == fold]):
                place = slice(words.starts[at], words.ends[at])
                judged[other, place] = head.judge(words.readings[at])
                judged[fold, place] += judged[other, place] / (FOLDS - 1)
        print(f"head without folds {pair[0] + 1} and {pair[1] + 1}", flush=True)
    return judged


def fit_head(
    words: Words, kept: NDArray[np.bool_], fingerprint: str, seeds: Iterable[int]
) -> tagger.Head:
    """Train the networks of a head, one for each seed, on the sentences that are kept."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sentences = np.unique(words.sentence[kept])
    weights = torch.tensor([WEIGHTS[str(kind)] for kind in words.kind])
    networks = []
    for seed in seeds:
        torch.manual_seed(seed)
        order = np.random.default_rng(seed)
        network = Network(words.normal.shape[1]).to(device)
        optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
        steps = EPOCHS * -(-len(sentences) // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, RATE, total_steps=steps + 1, pct_start=0.15
        )
        for _ in range(EPOCHS):
            shuffled = order.permutation(sentences)
            for first in range(0, len(shuffled), BATCH):
                chosen = shuffled[first : first + BATCH]
                places = [np.arange(words.starts[one], words.ends[one]) for one in chosen]
                index = np.concatenate(places)
                owner = np.repeat(np.arange(len(chosen)), [len(one) for one in places])
                inputs = words.normal[torch.from_numpy(index)].to(device)
                with torch.autocast(device, torch.bfloat16):
                    answers = network(inputs, torch.from_numpy(owner).to(device), len(chosen))
                loss = _loss(answers.float(), words.targets[index], weights[index].to(device))
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
        networks.append(network.eval().cpu())
    layers = {
        name: (
            np.stack([getattr(one, name).weight.detach().numpy().T for one in networks]),
            np.stack([getattr(one, name).bias.detach().numpy()[None] for one in networks]),
        )
        for name in ("inner", "middle", "outer")
    }
    arrays = {name: pair[0] for name, pair in layers.items()}
    arrays |= {f"{name}_bias": pair[1] for name, pair in layers.items()}
    return tagger.Head(fingerprint, LAYERS, words.mean, words.scale, **arrays)


def _loss(answers: Any, targets: NDArray[np.float32], weights: Any) -> Any:
    wanted = torch.from_numpy(targets).to(answers.device)
    each = nn.functional.binary_cross_entropy_with_logits(
        answers, wanted.clamp(min=0), reduction="none"
    )
    each = torch.where(wanted >= 0, each, 0.0) * torch.tensor(TASK_WEIGHTS, device=answers.device)
    return (each.sum(1) * weights).mean()


def _gelu(values: Any) -> Any:
    return nn.functional.gelu(values, approximate="tanh")


def _shifted(near: Any, sentences: Any, by: int) -> Any:
    """The row ``by`` further on, zeros where that is another sentence."""
    moved = torch.roll(near, -by, 0)
    same = torch.roll(sentences, -by, 0) == sentences
    if by > 0:
        same[-by:] = False
    else:
        same[:-by] = False
    return moved * same[:, None]


def head_columns(words: Words, judged: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first features of `tagger.WITH_HEAD`: of a word and of its neighbours."""
    sides = np.full((len(judged), 2), np.nan, np.float32)
    same = words.sentence[1:] == words.sentence[:-1]
    sides[1:, 0] = np.where(same, judged[:-1, 0], np.nan)
    sides[:-1, 1] = np.where(same, judged[1:, 0], np.nan)
    return np.c_[judged, sides]


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
    for number, sentence in enumerate(words.sentences):
        start = int(words.starts[number])
        if words.kind[start] == "told":
            continue
        if words.sample[start] != last:
            last = int(words.sample[start])
            split = split_sentences(documents[last])
            counts = Counter(key for one in split for key in one.stems)
        apart = shared if words.kind[start] == "marked" else frozenset()
        reading = words.readings[number]
        heard = [
            tagger.Heard(
                word.surprisal,
                word.entropy,
                word.pieces,
                word.rank,
                (),
            )
            for word in reading.words
        ]
        asked = tagger.asked_words(sentence, counts, apart)
        rows += tagger.features(sentence, asked, heard, counts, vocabulary)
        places += [start + at for at in asked]
    return np.array(rows), np.array(places)


def fit_trees(
    name: str,
    words: Words,
    rows: NDArray[np.float64],
    sides: Sequence[NDArray[np.float64]],
    at: NDArray[np.int64],
    folds: NDArray[np.int64],
    kept: Path,
) -> dict[str, Any]:
    """Cross-validate trees, print what their surest words are, and fit them on everything.

    Args:
        name: Of the trees.
        words: All words.
        rows: Features of the words asked about.
        sides: For each fold the same features from heads that have not seen it.
        at: Which words these are.
        folds: Of all words.
        kept: Folder for what comes out for words of unseen folds.
    """
    target = words.targets[at, 0].astype(float)
    weight = np.where(words.kind[at] == "clean", CLEAN_ROWS, 1.0)
    sums = np.zeros(len(at))
    for number, side in enumerate(sides):
        test = folds[at] == number
        for booster in grow(side[~test], target[~test], weight[~test]):
            sums[test] += booster.predict(side[test], raw_score=True) / RUNS
    marked_rows = np.flatnonzero(words.kind[at] == "marked")
    points, shares = curve(sums[marked_rows], target[marked_rows], POINTS)
    wrong = np.clip(shares / RATER, 0.001, MAX_SCORE)
    scores = 1 / (1 + np.exp(CAUTION) * (1 - wrong) / wrong)
    listing(name, words, at, sums, np.interp(sums, points, scores))
    np.savez(
        kept / f"unseen-{name}.npz", words=at, sums=sums, scores=np.interp(sums, points, scores)
    )
    trees = [
        flatten(one["tree_structure"])
        for booster in grow(rows, target, weight)
        for one in booster.dump_model()["tree_info"]
    ]
    return {
        "features": list(tagger.FEATURES[name]),
        "trees": [[_lighter(node) for node in tree] for tree in trees],
        "sums": [round(float(one), 4) for one in points],
        "scores": [round(float(one), 3) for one in scores],
    }


def grow(
    rows: NDArray[np.float64], target: NDArray[np.float64], weight: NDArray[np.float64]
) -> list[lightgbm.Booster]:
    """The runs of trees for some words."""
    return [
        lightgbm.train(
            TREES | {"seed": seed}, lightgbm.Dataset(rows, target, weight=weight), ROUNDS
        )
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
