"""The trainable form of `tagger.Head`: an adapter and two layers, learned on lower layers' states.

The layers below the adapter never change, so that what they make of each text is computed once and
kept. The layers themselves are those that run in the package (`language_model/llama.py`), here in
bfloat16, which the processors of today multiply several times as fast.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from normalizer.glitches import tagger
from normalizer.glitches.language_model.adapter import Adapter
from normalizer.glitches.language_model.llama import Llama, Place, open_llama

# Layers that stay as they are, and layers above them that are corrected.
FIRST, DEPTH = 12, 6
RANK, SCALE, WIDTH = 16, 2.0, 128
EPOCHS, PIECES, RATE, HEAD_RATE, DECAY = 3, 1400, 1e-3, 2e-3, 0.05
DROPOUT, INPUT_DROPOUT = 0.3, 0.1
# Sentences whose lengths are sorted before they are cut into batches.
SORTED = 800
# How much each of `tagger.TASKS` counts.
TASK_WEIGHTS = (1.0, 0.4, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences as the lower layers left them.

    Attributes:
        states: Of all pieces, in bfloat16: (pieces, width).
        starts: Where the pieces of each sentence begin, and where the last one ends.
        rows: For each sentence the pieces of each word, from 0 in each.
        words: Where the words of each sentence begin among all words, and where the last one ends.
        surprises: Of all words, see `tagger.surprises`.
        targets: Of all words, one number for each of `tagger.TASKS`; -1 if unknown.
    """

    states: Tensor
    starts: NDArray[np.int64]
    rows: Sequence[Sequence[range]]
    words: NDArray[np.int64]
    surprises: NDArray[np.float32]
    targets: NDArray[np.float32]


class Network(nn.Module):
    """`tagger.Head` with weights that can change."""

    def __init__(self, llama: Llama, mean: NDArray[np.float32], scale: NDArray[np.float32]) -> None:
        super().__init__()
        self._llama = llama
        self.mean, self.scale = torch.from_numpy(mean), torch.from_numpy(scale)
        shapes = llama.products(FIRST)
        self.names = list(shapes)
        self.down, self.up = nn.ParameterList(), nn.ParameterList()
        for outputs, inputs in shapes.values():
            self.down.append(nn.Parameter(torch.randn(DEPTH, RANK, inputs) / inputs**0.5))
            self.up.append(nn.Parameter(torch.zeros(DEPTH, outputs, RANK)))
        self.norm = nn.LayerNorm(llama.width)
        self.inner = nn.Linear(llama.width + len(mean), WIDTH)
        self.outer = nn.Linear(WIDTH, len(tagger.TASKS))
        self.drop, self.mask = nn.Dropout(DROPOUT), nn.Dropout(INPUT_DROPOUT)

    def forward(
        self, states: Tensor, place: Place, words: Tensor, pieces: Tensor, heard: Tensor
    ) -> Tensor:
        """Log-odds of each word for each task.

        Args:
            states: Of layer `FIRST`, packed.
            place: Where the pieces stand.
            words: For each pair of a word and a piece of it, the word.
            pieces: The packed row of the piece.
            heard: The surprises of each word.
        """
        learned = [
            {
                name: (down[at].to(states.dtype), (SCALE * up[at]).to(states.dtype))
                for name, down, up in zip(self.names, self.down, self.up, strict=True)
            }
            for at in range(DEPTH)
        ]
        read = self._llama.read_again(states, place, FIRST, learned)[pieces].float()
        sums = read.new_zeros(len(heard), read.shape[1]).index_add(0, words, read)
        means = sums / torch.bincount(words, minlength=len(heard))[:, None]
        surprise = ((heard - self.mean) / self.scale).clamp(-tagger.CLIP, tagger.CLIP)
        inputs = torch.cat([self.mask(self.norm(means)), self.mask(surprise)], 1)
        hidden = functional.gelu(self.inner(inputs), approximate="tanh")
        return self.outer(self.drop(hidden))

    def arrays(self, fingerprint: str) -> dict[str, NDArray[Any]]:
        """What `tagger.load_heads` reads."""
        halves = (
            {name: one.detach().numpy() * by for name, one in zip(self.names, ones, strict=True)}
            for ones, by in ((self.down, 1.0), (self.up, SCALE))
        )
        own = {
            "gain": self.norm.weight,
            "shift": self.norm.bias,
            "inner": self.inner.weight.T,
            "inner_bias": self.inner.bias,
            "outer": self.outer.weight.T,
            "outer_bias": self.outer.bias,
        }
        learned = Adapter(FIRST, *halves).arrays() | {
            name: one.detach().numpy() for name, one in own.items()
        }
        return {
            "fingerprint": np.array(fingerprint),
            "first": np.array(FIRST),
            "mean": self.mean.numpy(),
            "scale": self.scale.numpy(),
            **{name: one.astype(np.float16) for name, one in learned.items()},
        }


def open_plain(folder: Path, dtype: torch.dtype = torch.float32) -> Llama:
    """The model in a folder, if its layers can be adapted."""
    llama = open_llama(folder, dtype)
    if llama is None:
        raise SystemExit(f"{folder}: an adapter needs a model of the plain Llama family")
    return llama


def fit(folder: Path, sentences: Sentences, kept: NDArray[np.int64], seed: int) -> Network:
    """Train on the sentences with these numbers, for the model in a folder."""
    torch.manual_seed(seed)
    torch.set_num_threads(os.cpu_count() or 1)
    draw = np.random.default_rng(seed)
    llama = open_plain(folder, torch.bfloat16)
    heard = sentences.surprises
    network = Network(llama, heard.mean(0), heard.std(0) + 1e-3).train()
    thin = [*network.down, *network.up]
    others = [*network.norm.parameters(), *network.inner.parameters(), *network.outer.parameters()]
    optimizer = torch.optim.AdamW(
        [{"params": thin, "lr": RATE}, {"params": others, "lr": HEAD_RATE}], weight_decay=DECAY
    )
    rounds = [_batches(sentences, kept, draw) for _ in range(EPOCHS)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [RATE, HEAD_RATE], total_steps=sum(map(len, rounds)) + 1, pct_start=0.12
    )
    weights = torch.tensor(TASK_WEIGHTS)
    for batch in (one for batches in rounds for one in batches):
        wanted = torch.from_numpy(sentences.targets[_words(sentences, batch)])
        answers = network(*_inputs(sentences, batch))
        each = functional.binary_cross_entropy_with_logits(
            answers, wanted.clamp(min=0), reduction="none"
        )
        loss = (torch.where(wanted >= 0, each, 0.0) * weights).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return network.eval()


@torch.inference_mode()
def judge(network: Network, sentences: Sentences, asked: NDArray[np.int64]) -> NDArray[np.float32]:
    """What a network says of the words of some sentences: (all words, tasks), else NaN."""
    found = np.full(sentences.targets.shape, np.nan, np.float32)
    for batch in _batches(sentences, asked, None):
        found[_words(sentences, batch)] = network(*_inputs(sentences, batch)).numpy()
    return found


def lower_states(llama: Llama, sequences: Sequence[Sequence[int]]) -> NDArray[np.float16]:
    """What the layers below an adapter make of sequences, one after another."""
    found: list[NDArray[np.float16]] = []
    with torch.inference_mode():
        for start in range(0, len(sequences), 16):
            some = sequences[start : start + 16]
            states, place = llama.lower(some, FIRST)
            found.append(states[: len(place.cells)].numpy().astype(np.float16))
    return np.concatenate(found)


def _batches(
    sentences: Sentences, kept: NDArray[np.int64], draw: np.random.Generator | None
) -> list[list[int]]:
    """Sentences of like length together; shuffled if there is something to draw with."""
    lengths = np.diff(sentences.starts)
    order = kept if draw is None else draw.permutation(kept)
    batches: list[list[int]] = []
    for start in range(0, len(order), SORTED):
        some = order[start : start + SORTED]
        batch: list[int] = []
        for one in some[np.argsort(lengths[some], kind="stable")]:
            if batch and lengths[one] * (len(batch) + 1) > PIECES:
                batches.append(batch)
                batch = []
            batch.append(int(one))
        batches.append(batch)
    return batches if draw is None else [batches[at] for at in draw.permutation(len(batches))]


def _inputs(
    sentences: Sentences, batch: Sequence[int]
) -> tuple[Tensor, Place, Tensor, Tensor, Tensor]:
    counts = [int(sentences.starts[one + 1] - sentences.starts[one]) for one in batch]
    place = Place.of([range(count) for count in counts], 0)
    states = torch.cat(
        [sentences.states[sentences.starts[one] : sentences.starts[one + 1]] for one in batch]
    )
    words: list[int] = []
    pieces: list[int] = []
    start = number = 0
    for one, count in zip(batch, counts, strict=True):
        for rows in sentences.rows[one]:
            words += [number] * len(rows)
            pieces += [start + row for row in rows]
            number += 1
        start += count
    return (
        functional.pad(states, (0, 0, 0, place.rows - len(states))),
        place,
        torch.tensor(words),
        torch.tensor(pieces),
        torch.from_numpy(sentences.surprises[_words(sentences, batch)]),
    )


def _words(sentences: Sentences, batch: Sequence[int]) -> NDArray[np.int64]:
    """Which words those of some sentences are, one sentence after another."""
    return np.concatenate(
        [np.arange(sentences.words[one], sentences.words[one + 1]) for one in batch]
    )
