"""Boosted trees as plain numbers: read with numpy, no training library needed.

All splits of one level of a tree ask the same question, so a tree of depth d is d questions and a
table of 2**d answers, and a whole batch walks all trees at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
# Rows taken at once: the answers of all trees for them stay in the processor's cache.
_ROWS = 512


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Trees of one depth, and the calibration of their sum.

    Attributes:
        feature: ``feature[tree, level]``: the column each level looks at.
        border: ``border[tree, level]``: the answer is yes above it.
        value: ``value[tree, leaf]``; bit ``level`` of the leaf number is that level's answer.
        steps: Columns that are asked about, each with its distinct borders, rising.
        limit: ``limit[tree, level]``: the border's place among the column's borders.
        bias: Added to the sum of the trees.
        knots: Log-odds at which the calibration is fixed, rising.
        calibrated: Probability at each knot, rising; straight lines between.
    """

    feature: npt.NDArray[np.int32]
    border: Floats
    value: Floats
    steps: tuple[tuple[int, Floats], ...]
    limit: npt.NDArray[np.uint8]
    bias: float
    knots: Floats
    calibrated: Floats

    def log_odds(self, columns: Floats) -> Floats:
        """The sum of the trees for each row."""
        trees, depth = self.feature.shape
        # Each column is cut into the steps that some border asks for, so that one small integer
        # answers every question about it.
        steps = np.zeros(columns.shape, np.uint8)
        for column, borders in self.steps:
            steps[:, column] = np.searchsorted(borders, columns[:, column], side="left")
        offset = (np.arange(trees) * self.value.shape[1]).astype(np.int32)
        flat = self.value.ravel()
        total = np.empty(len(columns), np.float32)
        for start in range(0, len(columns), _ROWS):
            taken = np.ascontiguousarray(steps[start : start + _ROWS].T)
            leaf = np.zeros((trees, len(taken[0])), np.uint8)
            for level in range(depth):
                leaf |= (taken[self.feature[:, level]] > self.limit[:, level, None]) * np.uint8(
                    1 << level
                )
            total[start : start + _ROWS] = np.take(flat, leaf + offset[:, None]).sum(0)
        total += np.float32(self.bias)
        return total

    def probability(self, columns: Floats) -> Floats:
        """The calibrated probability for each row."""
        found = np.interp(self.log_odds(columns), self.knots, self.calibrated)
        return found.astype(np.float32)


def make_ensemble(
    feature: npt.NDArray[np.int32],
    border: Floats,
    value: Floats,
    bias: float,
    knots: Floats,
    calibrated: Floats,
) -> Ensemble:
    """An ensemble from its trees; more than 255 borders of one column are refused.

    Raises:
        ValueError: If a column has too many borders or a tree is deeper than 8.
    """
    steps: list[tuple[int, Floats]] = []
    limit = np.zeros(feature.shape, np.uint8)
    for column in np.unique(feature):
        where = feature == column
        borders = np.unique(border[where])
        if len(borders) > 255 or feature.shape[1] > 8:
            raise ValueError("too many borders, or trees too deep, for one byte")
        limit[where] = np.searchsorted(borders, border[where])
        steps.append((int(column), borders))
    return Ensemble(
        feature=feature,
        border=border,
        value=value,
        steps=tuple(steps),
        limit=limit,
        bias=bias,
        knots=knots,
        calibrated=calibrated,
    )


def load_ensemble(arrays: Mapping[str, Any], prefix: str) -> Ensemble:
    """The ensemble out of the arrays of the model file whose names start with ``prefix``."""
    return make_ensemble(
        np.asarray(arrays[f"{prefix}_feature"], np.int32),
        np.asarray(arrays[f"{prefix}_border"], np.float32),
        np.asarray(arrays[f"{prefix}_value"], np.float32),
        float(arrays[f"{prefix}_bias"]),
        np.asarray(arrays[f"{prefix}_knots"], np.float32),
        np.asarray(arrays[f"{prefix}_calibrated"], np.float32),
    )
