"""Networks run by PyTorch on the processor: batches, beginnings that are kept, and scores.

Memory is what is short here. oneDNN, which multiplies, makes code for every new size of a matrix
and never throws all of it away, so that sizes are rounded up; scores of all pieces are made for a
few rows at a time, and only for rows that are asked about.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from normalizer.glitches.language_model.adapter import Adapter
from normalizer.glitches.language_model.reading import Ask, Scored

# Ids of a batch at most: longer ones are no faster, and take room.
MAX_BATCH = 192
# Scores of a whole batch, in numbers: 64 MB in float32 whatever the size of the vocabulary.
MAX_SCORES = 1 << 24
# Beginnings kept: those of the words of a sentence, each going on from the one before.
KEPT = 8
# Rows whose scores are made at a time, and scores at most, where the head can be run by itself.
ROWS, SCORES_AT_ONCE = 64, 1 << 22
# Rows of a product are rounded up to a multiple of this.
STEP = 8

# Names of malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


class Weights(Protocol):
    """A network in the framework's terms.

    Attributes:
        causal: Whether it reads from left to right.
        keeps: Whether `go_on` works.
        vocabulary: Number of pieces.
        positions: Pieces it can see at once; 0 if it does not say.
    """

    causal: bool
    keeps: bool
    vocabulary: int
    positions: int

    def states(
        self, sequences: Sequence[Sequence[int]], adapter: Adapter | None, past: Any
    ) -> tuple[Tensor, Tensor | None]:
        """Last states of each piece, and those of the adapter asked for.

        Args:
            sequences: Piece ids, not all of them empty.
            adapter: Learned on these weights.
            past: What all sequences go on from, from `go_on`; it is not changed.

        Returns:
            Two tensors of (sequences, pieces, width): what stands behind the end of a sequence
            has no meaning. Any width of the first will do that `scores` takes.

        Raises:
            ValueError: If these weights take no adapters.
        """

    def go_on(self, sequence: Sequence[int], past: Any) -> tuple[Any, Tensor]:
        """What is kept of a beginning, ``past`` included, and the last states of its new pieces."""

    def scores(self, rows: Tensor) -> Tensor:
        """Scores of all pieces in float32, for last states in rows."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A beginning that was run: its ids, what the layers keep of it, and its last states."""

    ids: tuple[int, ...]
    past: Any
    rows: Tensor


class TorchNetwork:
    """Weights, asked in batches; see `reading.Network`."""

    def __init__(self, weights: Weights) -> None:
        """Take weights that are ready to run."""
        self._weights = weights
        self.causal = weights.causal
        self.keeps = weights.keeps
        self.vocabulary = weights.vocabulary
        self.positions = weights.positions
        self.budget = max(32, min(MAX_BATCH, MAX_SCORES // self.vocabulary))
        self._rows = max(16, min(ROWS, SCORES_AT_ONCE // self.vocabulary // STEP * STEP))
        self._kept: deque[Kept] = deque(maxlen=KEPT)

    @torch.inference_mode()
    def run(
        self,
        sequences: Sequence[Sequence[int]],
        asks: Sequence[Sequence[Ask]],
        *,
        adapter: Adapter | None = None,
        kept: Kept | None = None,
    ) -> list[Scored]:
        """See `reading.Network`."""
        found: list[Scored] = []
        last, states = self._forward(sequences, adapter, kept)
        rows = _rows(last, [[row for row, _ in one] for one in asks], kept)
        targets = torch.tensor([piece for one in asks for _, piece in one], dtype=torch.long)
        judged = self._judge(rows, targets)
        start = 0
        for at, one in enumerate(asks):
            here = slice(start, start + len(one))
            start = here.stop
            held = None if states is None else states[at].float().numpy()
            found.append(Scored(judged[0][here], judged[1][here], judged[2][here], held))
        return found

    @torch.inference_mode()
    def keep(self, sequence: Sequence[int], asks: Sequence[Ask]) -> tuple[Kept, Scored]:
        """See `reading.Network`. It goes on from the longest beginning still known."""
        ids = tuple(sequence)
        known = max(
            (one for one in self._kept if ids[: len(one.ids)] == one.ids),
            key=lambda one: len(one.ids),
            default=None,
        )
        if known is None:
            known = Kept(ids, *self._weights.go_on(ids, None))
            self._kept.append(known)
        elif known.ids != ids:
            past, last = self._weights.go_on(ids[len(known.ids) :], known.past)
            known = Kept(ids, past, torch.cat([known.rows, last]))
            self._kept.append(known)
        rows = known.rows[[row for row, _ in asks]]
        targets = torch.tensor([piece for _, piece in asks], dtype=torch.long)
        return known, Scored(*self._judge(rows, targets))

    @torch.inference_mode()
    def guess(
        self, sequences: Sequence[Sequence[int]], rows: Sequence[int], *, kept: Kept | None = None
    ) -> NDArray[np.float32]:
        """See `reading.Network`."""
        last, _ = self._forward(sequences, None, kept)
        wanted = _rows(last, [[row] for row in rows], kept)
        found: NDArray[np.float32] = self._scores(wanted).log_softmax(-1).numpy()
        return found

    def _forward(
        self, sequences: Sequence[Sequence[int]], adapter: Adapter | None, kept: Kept | None
    ) -> tuple[Tensor, Tensor | None]:
        if kept is not None and not any(map(len, sequences)):
            return kept.rows.new_zeros((len(sequences), 0, kept.rows.shape[-1])), None
        return self._weights.states(sequences, adapter, kept.past if kept else None)

    def _scores(self, rows: Tensor) -> Tensor:
        filled = functional.pad(rows, (0, 0, 0, -len(rows) % STEP))
        return self._weights.scores(filled)[: len(rows)]

    def _judge(
        self, rows: Tensor, targets: Tensor
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
        """Log-probability of each target, entropy of its row and the target's rank in it."""
        log_probability = np.zeros(len(targets), np.float32)
        entropy = np.zeros(len(targets), np.float32)
        rank = np.zeros(len(targets), np.int64)
        for start in range(0, len(targets), self._rows):
            scores = self._scores(rows[start : start + self._rows])
            # A few rows at a time: there are as many scores in each as pieces.
            for few in range(0, len(scores), STEP):
                part = slice(start + few, start + few + len(scores[few : few + STEP]))
                logs = scores[few : few + STEP].log_softmax(-1)
                mine = logs.gather(1, targets[part, None])
                log_probability[part] = mine[:, 0].numpy()
                rank[part] = (logs > mine).sum(-1).numpy()
                # An impossible piece adds nothing.
                entropy[part] = -logs.exp().mul_(logs).nan_to_num_(0.0).sum(-1).numpy()
        return log_probability, entropy, rank


def _rows(last: Tensor, rows: Sequence[Sequence[int]], kept: Kept | None) -> Tensor:
    """Rows of each sequence, one after another; -1 is the last one of what was kept."""
    if kept is not None:
        # In front of every sequence, so that -1 becomes 0.
        before = kept.rows[-1].expand(len(last), 1, -1)
        last = torch.cat([before, last], 1)
        rows = [[row + 1 for row in one] for one in rows]
    return torch.cat([last[at, list(one)] for at, one in enumerate(rows)])


def return_memory_early() -> None:
    """Have the C library return memory at once, and not grow with each larger buffer.

    Left to itself it soon holds a hundred idle megabytes between small things that stay. Only the
    one of GNU does so, and only there are there these settings; they are for the whole process.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 8 << 20)
        mallopt(_M_TRIM_THRESHOLD, 16 << 20)
