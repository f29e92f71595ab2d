"""Scores and the log-odds that evidence adds up in (natural logarithm)."""

from __future__ import annotations

import math
from collections.abc import Iterable

from normalizer.annotation import Evidence

# A score is kept off 0 and 1, where no evidence could move it any more.
_LIMIT = 1e-6


def log_odds(score: float) -> float:
    """The log-odds of a probability: 0 for .5, 2.2 for .9."""
    bounded = min(max(score, _LIMIT), 1 - _LIMIT)
    return math.log(bounded / (1 - bounded))


def probability(odds: float) -> float:
    """The probability that log-odds stand for."""
    return 1 / (1 + math.exp(-odds))


def total(evidence: Iterable[Evidence]) -> float:
    """The log-odds that all reasons come to."""
    return sum(one.weight for one in evidence)
