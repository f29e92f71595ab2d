"""How far a review is, and how long the rest may take at the pace of the last keys."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from normalizer.review.rulings import seconds_between

# Key presses the pace is taken from, and the longest pause between two that is still work.
RECENT = 40
LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a review is.

    Attributes:
        answered: Findings with an answer: accepted, rejected or unsure.
        later: Findings put off.
        total: All findings.
        groups_left: Groups of like findings in which one waits for a first answer.
        seconds_left: Estimate from the last keys; None before there is a pace.
    """

    answered: int
    later: int
    total: int
    groups_left: int
    seconds_left: float | None


class Pace:
    """Seconds a finding, over the last keys of a session."""

    def __init__(self) -> None:
        self._keys: deque[tuple[str, int]] = deque(maxlen=RECENT)

    def note(self, at: str, waiting: int) -> None:
        """Note a key press, and how many findings wait for an answer after it."""
        self._keys.append((at, waiting))

    def seconds_for(self, waiting: int) -> float | None:
        """Seconds that many findings take; None while the last keys brought none nearer."""
        worked = sum(
            min(seconds_between(one, two), LONGEST_PAUSE)
            for (one, _), (two, _) in pairwise(self._keys)
        )
        answered = self._keys[0][1] - self._keys[-1][1] if self._keys else 0
        return worked / answered * waiting if answered > 0 else None
