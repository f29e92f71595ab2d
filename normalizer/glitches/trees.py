"""Boosted trees as plain lists, so that a learned score needs no library at run time."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from normalizer.errors import TableError
from normalizer.shipped import shipped

FILE = "rank.json"


@dataclass(frozen=True, slots=True)
class Node:
    """A question about one feature, or an answer.

    Attributes:
        feature: Index of the feature; -1 for an answer.
        value: Up to it one goes to ``low``; for an answer, what it adds.
        low, high: Indexes of the next nodes of the tree.
        missing: The next node where the feature is not a number.
    """

    feature: int
    value: float
    low: int
    high: int
    missing: int


@dataclass(frozen=True, slots=True)
class Model:
    """Trees whose sum, by way of the points of a measured curve, is a probability.

    Attributes:
        features: Names of the features, in their order.
        trees: Each a list of nodes, the first one its root.
        sums: Sums of the trees at the points of the curve, rising.
        scores: Probabilities at these points, rising.
    """

    features: tuple[str, ...]
    trees: tuple[tuple[Node, ...], ...]
    sums: tuple[float, ...]
    scores: tuple[float, ...]

    def sum(self, row: Sequence[float]) -> float:
        """What the trees add up to; higher is surer."""
        total = 0.0
        for tree in self.trees:
            node = tree[0]
            while node.feature >= 0:
                value = row[node.feature]
                if math.isnan(value):
                    node = tree[node.missing]
                else:
                    node = tree[node.low if value <= node.value else node.high]
            total += node.value
        return total

    def score(self, row: Sequence[float]) -> float:
        """The probability that the finding is right, to two decimals: no more is known of it."""
        total = self.sum(row)
        at = bisect_right(self.sums, total)
        if at == 0:
            return self.scores[0]
        if at == len(self.sums):
            return self.scores[-1]
        share = (total - self.sums[at - 1]) / (self.sums[at] - self.sums[at - 1])
        return round(self.scores[at - 1] + share * (self.scores[at] - self.scores[at - 1]), 2)


@cache
def load_models(folder: Path | None = None, file: str = FILE) -> Mapping[str, Model]:
    """Read the learned models of a file by name, once a process.

    Raises:
        TableError: If the file is not what a recipe of ``bench/`` writes.
    """
    path = (folder or shipped("models")) / file
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        return {name: _model(one) for name, one in read["models"].items()}
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise TableError(f"{path.name}: not what a recipe of bench/ writes ({error})") from error


def _model(read: Mapping[str, Any]) -> Model:
    features = tuple(read["features"])
    trees = tuple(
        tuple(Node(int(f), float(v), int(low), int(high), int(m)) for f, v, low, high, m in tree)
        for tree in read["trees"]
    )
    for tree in trees:
        for at, node in enumerate(tree):
            after = (node.low, node.high, node.missing)
            if node.feature >= len(features) or not math.isfinite(node.value):
                raise ValueError(f"node {node}")
            # Every step goes forward, so that no walk can be endless.
            if node.feature >= 0 and not all(at < step < len(tree) for step in after):
                raise ValueError(f"node {node}")
    sums, scores = tuple(map(float, read["sums"])), tuple(map(float, read["scores"]))
    rising = all(list(one) == sorted(one) for one in (sums, scores))
    if not sums or len(sums) != len(scores) or not rising or not 0 <= scores[0] <= scores[-1] <= 1:
        raise ValueError("curve")
    return Model(features, trees, sums, scores)
