"""Learn `models/opinion.json`: how sure a word is wrong that a language model would rather replace.

    python -m bench.train_opinion ask FLAGS_FOLDER MODEL_FOLDER ROWS.jsonl [--seconds 1500]
    python -m bench.train_opinion learn ROWS.jsonl... [--out models/opinion.json]

FLAGS_FOLDER is that of `train_rank.py`. MODEL_FOLDER holds a causal model as `model install` makes
it. `ask` goes on where ROWS.jsonl ends and stops when its time is up.

Every story is told by ten to sixteen systems. A word is *wrong* here when the reference does not
have it and hardly any other system does, a candidate *right* when the reference and half of the
systems have it. Such words are rare: sentences are drawn twice, some because they hold one, and
some blindly; the latter weigh as much as there are more of them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from bench.train_rank import RATER, curve, flatten
from normalizer.annotation import Document, Span
from normalizer.glitches.candidates import FAMILIES, load_candidates
from normalizer.glitches.language_model.protocol import passages_of
from normalizer.glitches.second_opinion import CANDIDATE, MODEL
from normalizer.glitches.sentences import Sentence, split_sentences, stem
from normalizer.glitches.suspects import find_suspects, is_unexpected
from normalizer.glitches.trials import FEATURES, try_out
from normalizer.glitches.vocabulary import load_vocabulary

FOLDS, SEED = 5, 5
# Sentences of a text that are drawn blindly, and words of each that are asked about.
BLIND, MOST = 2, 3
# At most so many confirmed slips of one text: poor systems have dozens.
SLIPS = 3
# Marked sentences for each text of a story.
MARKED = 12
# A word may be in so many of the other systems and still be wrong: they share their training.
SHARED = 0.15
# What a candidate is worth that nobody confirms, for a word that nobody else has: the word is often
# wrong, and something else was meant.
ALONE = 0.3
# As in `train_rank.py`: a person marks two in three of the wrong words that others mark.
MAX_SCORE = 0.95
ROUNDS, LEAVES, SMALLEST = 120, 6, 25


class Gold:
    """Stories with all their tellings and references, cut into aligned segments."""

    def __init__(self, root: Path, judge: Any) -> None:
        self._root, self._judge = root, judge
        self._gold = judge.goldset(str(root / "siblings_gold/dev"))
        self._stems: dict[tuple[str, str], list[list[str]]] = {}

    def marked(self) -> list[dict[str, Any]]:
        """Sentences in which people marked what is wrong."""
        found: list[dict[str, Any]] = self._judge.load(str(self._root / "spans/dev.jsonl"))
        return found

    def is_marked(self, record: Mapping[str, Any], start: int, end: int) -> bool:
        """Whether a mark of meaning lies on a stretch of a marked sentence."""
        marks = self._judge.view_filter("meaning", record)
        return any(self._judge.on({"start": start, "end": end}, one) for one in marks)

    def names(self) -> list[str]:
        """Every text, as folder, document and file."""
        return sorted(self._gold)

    def text(self, name: str) -> str:
        """A text as it is."""
        return (self._root / "siblings/dev" / name).read_text(encoding="utf-8")

    def segment(self, name: str, at: int) -> int | None:
        """The segment at a place of a text."""
        spans = self._gold[name]["files"][name.rpartition("/")[2]]
        return next((n for n, (start, end) in enumerate(spans) if start <= at < end), None)

    def told(self, name: str, segment: int) -> tuple[list[list[str]], list[list[str]]]:
        """The stems of a segment in the references and in the other systems."""
        record, (story, _, file) = self._gold[name], name.rpartition("/")
        references = [self._judge.stems(texts[segment]) for texts in record["refs"].values()]
        others = [self._tokens(f"{story}/{one}", one)[segment] for one in record["files"]
                  if one != file]  # fmt: skip
        return references, others

    def _tokens(self, name: str, file: str) -> list[list[str]]:
        key = (name, file)
        if key not in self._stems:
            raw = self.text(name)
            spans = self._gold[name]["files"][file]
            self._stems[key] = [self._judge.stems(raw[start:end]) for start, end in spans]
        return self._stems[key]

    def verdict(self, name: str, at: int, word: str) -> tuple[bool, float] | None:
        """Whether the reference has a word of a text, and the share of other systems that do."""
        segment = self.segment(name, at)
        if segment is None:
            return None
        references, others = self.told(name, segment)
        share = sum(self._judge.occurs(word, one) for one in others) / len(others)
        return any(self._judge.occurs(word, one) for one in references), share

    def right(self, name: str, at: int, text: str) -> bool:
        """Whether the reference and half of the other systems have a text at that place."""
        heard = self.verdict(name, at, text)
        return heard is not None and heard[0] and heard[1] >= 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    asking = steps.add_parser("ask")
    asking.add_argument("flags", type=Path)
    asking.add_argument("model", type=Path)
    asking.add_argument("rows", type=Path)
    asking.add_argument("--seconds", type=float, default=math.inf)
    learning = steps.add_parser("learn")
    learning.add_argument("rows", type=Path, nargs="+")
    learning.add_argument("--out", type=Path, default=Path("models/opinion.json"))
    arguments = parser.parse_args()
    if arguments.step == "ask":
        ask(arguments)
    else:
        learn(arguments)


def ask(arguments: argparse.Namespace) -> None:
    """Ask the model about words of known standing, one JSON line a word."""
    runtime = importlib.import_module("normalizer.glitches.language_model.opening")
    model: Any = runtime.open_model(arguments.model)
    sys.path.insert(0, str(arguments.flags))
    gold = Gold(arguments.flags, importlib.import_module("evaluate_flags"))
    names, marked = gold.names(), gold.marked()
    for drawn in (names, marked):
        random.Random(SEED).shuffle(drawn)
    done: set[str] = set()
    if arguments.rows.exists():
        with arguments.rows.open(encoding="utf-8") as lines:
            done = {json.loads(line)["text"] for line in lines}
    began = time.monotonic()
    with arguments.rows.open("a", encoding="utf-8") as out:
        for number, name in enumerate(names):
            if time.monotonic() - began > arguments.seconds:
                break
            if name not in done:
                for row in read_text(name, gold, model):
                    out.write(json.dumps(row) + "\n")
                out.flush()
            # As many sentences with human marks as words from stories, so that either can stop.
            for record in marked[number * MARKED : (number + 1) * MARKED]:
                if record["id"] not in done:
                    for row in read_marked(record, gold, model):
                        out.write(json.dumps(row) + "\n")
                    out.flush()
            print(number, round(time.monotonic() - began), file=sys.stderr)


def read_text(name: str, gold: Gold, model: Any) -> Iterator[dict[str, Any]]:
    """Rows of one text: blindly drawn sentences, and sentences with a confirmed slip."""
    draw = random.Random(name)
    document = Document(name, gold.text(name))
    sentences = split_sentences(document)
    long = [number for number, one in enumerate(sentences) if len(one.words) > 4]
    blind = draw.sample(long, min(BLIND, len(long)))
    slips = list(find_slips(name, sentences, gold))
    some = draw.sample(slips, min(SLIPS, len(slips)))
    passages = passages_of(document, sentences)
    share = {
        "blind": len(long) / max(1, len(blind)),
        "slip": len(slips) / max(1, len(some)),
    }
    for kind, chosen in (("blind", sorted(blind)), ("slip", sorted({n for n, _ in some}))):
        wanted = {place for _, place in some} if kind == "slip" else set()
        mine = [sentences[number] for number in chosen]
        shown = [passages[number] for number in chosen]
        suspects = find_suspects(
            mine, shown, model, load_candidates(), load_vocabulary(),
            named=wanted, unnamed=MOST if kind == "blind" else 0,
        )  # fmt: skip
        for suspect, trials in try_out(suspects, mine, shown, model, load_vocabulary()):
            sentence = mine[suspect.sentence]
            at, word = sentence.starts[suspect.word], sentence.words[suspect.word]
            heard = gold.verdict(name, at, word)
            if heard is not None and suspect.named:
                yield {
                    "text": name,
                    "kind": kind,
                    "stands_for": share[kind],
                    "word": word,
                    "confirmed": heard[0],
                    "shared": heard[1],
                    "trials": [
                        {
                            "text": trial.candidate.text,
                            "right": gold.right(name, at, trial.candidate.text),
                            "features": trial.features,
                        }
                        for trial in trials
                    ],
                }


def read_marked(record: Mapping[str, Any], gold: Gold, model: Any) -> Iterator[dict[str, Any]]:
    """Rows of a sentence that a person has read: every word that would be asked about."""
    document = Document(record["id"], record["text"])
    sentences = split_sentences(document)
    passages = passages_of(document, sentences)
    tools = (model, load_candidates(), load_vocabulary())
    suspects = find_suspects(sentences, passages, *tools, named=(), unnamed=MOST)
    for suspect, trials in try_out(suspects, sentences, passages, model, tools[2]):
        if not suspect.named:
            continue
        sentence = sentences[suspect.sentence]
        yield {
            "text": record["id"],
            "kind": "marked",
            "group": f"{record['corpus']}/{record['doc']}",
            "word": sentence.words[suspect.word],
            "clean": record["clean"],
            "marked": gold.is_marked(
                record, sentence.starts[suspect.word], sentence.end(suspect.word)
            ),
            "trials": [
                {"text": trial.candidate.text, "features": trial.features} for trial in trials
            ],
        }


def find_slips(name: str, sentences: Sequence[Sentence], gold: Gold) -> Iterator[tuple[int, Span]]:
    """Words that no reference has, and hardly a system, with a candidate that most have."""
    candidates, vocabulary = load_candidates(), load_vocabulary()
    for number, sentence in enumerate(sentences):
        for at, word in enumerate(sentence.words):
            if len(word) < 3 or not word.isalpha() or vocabulary.rank(word) < 150:
                continue
            place = sentence.starts[at]
            heard = gold.verdict(name, place, word)
            if heard is None or heard[0] or heard[1] > SHARED:
                continue
            options = candidates.of_word(word)
            if word[0].isupper() and at:
                options += candidates.of_name(word)
            if any(
                stem(one.text) not in sentence.stems and gold.right(name, place, one.text)
                for one in options
            ):
                yield number, Span(place, sentence.end(at))


def learn(arguments: argparse.Namespace) -> None:
    """Cross-validate by story, print what came out, and fit the trees on all rows."""
    rows = [
        json.loads(line)
        for path in arguments.rows
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    matrix, target, weight, groups, owners = table(rows)
    sums = np.zeros(len(matrix))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(matrix, groups=groups):
        booster = fit(matrix[train], target[train], weight[train])
        sums[test] = booster.predict(matrix[test], raw_score=True)
    print(f"{len(rows)} words, {len(matrix)} candidates, {int((target == 1).sum())} of them right")
    report(rows, matrix, target, weight, sums, owners)
    booster = fit(matrix, target, weight)
    trees = [flatten(one["tree_structure"]) for one in booster.dump_model()["tree_info"]]
    curves = {
        CANDIDATE: weighted_curve(sums, target, weight),
        MODEL: marked_curve([row for row in rows if row["kind"] == "marked"], booster),
    }
    made = {
        name: {
            "features": list(FEATURES),
            "trees": trees,
            "sums": [round(float(one), 4) for one in points],
            "scores": [round(float(one), 3) for one in scores],
        }
        for name, (points, scores) in curves.items()
    }
    text = json.dumps({"v": 1, "models": made}, separators=(",", ":"))
    arguments.out.write_text(text + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(text):,} bytes")


def table(rows: Sequence[Mapping[str, Any]]) -> tuple[Any, Any, Any, list[str], Any]:
    """Candidates as a matrix, with targets, weights, stories, and the row each is of.

    A slip that was drawn blindly is left out: those drawn on purpose stand for all of them.
    """
    matrix: list[list[float]] = []
    target, weight, groups, owners = [], [], [], []
    for number, row in enumerate(rows):
        if row["kind"] == "marked":
            continue
        wrong = not row["confirmed"] and row["shared"] <= SHARED
        slip = wrong and any(trial["right"] for trial in row["trials"])
        if slip == (row["kind"] == "blind"):
            continue
        for trial in row["trials"]:
            features = trial["features"]
            right = wrong and trial["right"]
            matrix.append([math.nan if one is None else one for one in features])
            target.append(1.0 if right else ALONE * (wrong and not row["shared"] and not slip))
            weight.append(row["stands_for"] if not slip or asked(row["word"], features) else 0.05)
            groups.append(row["text"].rpartition("/")[0])
            owners.append(number)
    return np.array(matrix), np.array(target), np.array(weight), groups, np.array(owners)


def asked(word: str, features: Sequence[float]) -> bool:
    """Whether a word would have been asked about if nobody had named it."""
    surprisal = features[FEATURES.index("surprisal")]
    at = 0 if features[FEATURES.index("first")] else 1
    return is_unexpected(word, at, surprisal, load_vocabulary())


def fit(matrix: Any, target: Any, weight: Any) -> lightgbm.Booster:
    """Train trees; the weights are tamed, or a few blind rows would say everything."""
    up = {"gain", "gain_here", "gain_after"}
    settings = {
        "objective": "cross_entropy",
        "learning_rate": 0.05,
        "num_leaves": LEAVES,
        "min_data_in_leaf": SMALLEST,
        "lambda_l2": 5,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "num_threads": 1,
        "deterministic": True,
        "verbose": -1,
        "seed": 1,
        "boost_from_average": False,
        "monotone_constraints": [1 if one in up else 0 for one in FEATURES],
    }
    return lightgbm.train(
        settings, lightgbm.Dataset(matrix, target, weight=np.sqrt(weight)), ROUNDS
    )


def weighted_curve(sums: Any, target: Any, weight: Any) -> tuple[Any, Any]:
    """Points of a rising curve from sums to probabilities, each row as often as it stands for."""
    copies = np.repeat(np.arange(len(sums)), np.maximum(1, weight.round().astype(int)))
    copies = copies[weight[copies] >= 0.5]
    return curve(sums[copies], target[copies])


def marked_curve(rows: Sequence[Mapping[str, Any]], booster: lightgbm.Booster) -> tuple[Any, Any]:
    """How often a person has marked a word, by the sum of its best candidate.

    The trees have seen none of these sentences.
    """
    sums, marked = [], []
    for row in rows:
        if row["trials"]:
            matrix = np.array([trial["features"] for trial in row["trials"]], float)
            sums.append(float(np.max(booster.predict(matrix, raw_score=True))))
            marked.append(float(row["marked"]))
    points, shares = curve(np.array(sums), np.array(marked))
    print(f"{len(sums)} marked or unmarked words, {int(sum(marked))} marked")
    for point, share in zip(points, shares, strict=True):
        print(f"  sum {point:.2f}: {share:.2f} marked")
    return points, np.minimum(MAX_SCORE, shares / RATER)


def report(
    rows: Sequence[Mapping[str, Any]],
    matrix: Any,
    target: Any,
    weight: Any,
    sums: Any,
    owners: Any,
) -> None:
    """Print what each kind of evidence tells, and what the surest words are, out of fold."""
    counted = weight >= 0.5
    decided = counted & ((target == 1) | (target == 0))
    right = target[decided] == 1
    print("area under the curve, right candidates against those of words in order:")
    for name in ("surprisal", "gain_here", "gain_after", "gain"):
        values = matrix[decided, FEATURES.index(name)]
        print(f"  {name}: {roc_auc_score(right, values, sample_weight=weight[decided]):.3f}")
    print(f"  trees: {roc_auc_score(right, sums[decided], sample_weight=weight[decided]):.3f}")
    for number, family in enumerate(FAMILIES):
        mine = decided & (matrix[:, 0] == number)
        hits = target[mine] == 1
        if 5 <= hits.sum() < len(hits):
            gain = roc_auc_score(hits, matrix[mine, 1], sample_weight=weight[mine])
            both = roc_auc_score(hits, sums[mine], sample_weight=weight[mine])
            counts = f"{len(hits)} read, {hits.sum()} right"
            print(f"  {family}: {counts}; gain {gain:.3f} trees {both:.3f}")
    best: dict[int, int] = {}
    for at in np.argsort(-sums, kind="stable"):
        if counted[at]:
            best.setdefault(int(owners[at]), int(at))
    ranked = list(best.values())
    total, kinds = 0.0, dict.fromkeys(("right", "alone", "shared", "confirmed"), 0.0)
    shown = iter((200, 500, 1000, 2000, 5000, 10_000))
    limit = next(shown)
    for at in ranked:
        row = rows[int(owners[at])]
        kind = "alone" if row["shared"] <= SHARED else "shared"
        if target[at] == 1 or row["confirmed"]:
            kind = "right" if target[at] == 1 else "confirmed"
        total += weight[at]
        kinds[kind] += float(weight[at])
        if total >= limit:
            parts = ", ".join(f"{name} {count / total:.2f}" for name, count in kinds.items())
            print(f"  surest {limit}: {parts}")
            limit = next(shown, 10**9)


if __name__ == "__main__":
    main()
