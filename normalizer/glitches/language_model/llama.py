"""Models of the Llama family, the default one among them, with PyTorch alone.

transformers runs them too. To open one it imports a thousand modules (150 MB, two seconds), and
it copies what is kept of a beginning for every sequence that goes on from it. Here sequences are
packed without padding, share their beginning, and only the states asked for stay in memory.

Source:
    Touvron et al. 2023, "LLaMA"; rotary positions: Su et al. 2021; shared keys: Ainslie et al.
    2023. Names of weights and settings, and the halves that a rotation mixes, are those of
    transformers; `tests/test_llama.py` compares the numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional

from normalizer.glitches.language_model.adapter import Adapter
from normalizer.glitches.language_model.folder import CONFIG, weights_of
from normalizer.glitches.language_model.torch_network import STEP

FAMILY = "LlamaForCausalLM"
# For each corrected weight of a layer the two thin ones: (rank, inputs) and (outputs, rank).
Corrections = Mapping[str, tuple[Tensor, Tensor]]
_SIZES = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "vocab_size",
    "max_position_embeddings",
)
# Settings with another value than these are left to transformers.
_USUAL = {
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "pretraining_tp": 1,
    "rope_scaling": None,
    "quantization_config": None,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a configuration says of the layers.

    Attributes:
        width: Of the states.
        inner: Of the widest part of a layer.
        depth: Number of layers.
        heads: Number of queries of a piece.
        shared: Number of keys of a piece; as many queries look at each.
        size: Of a query or key.
        vocabulary: Number of pieces.
        positions: Pieces seen at once in training.
        epsilon: Keeps norms from zero.
        theta: Base of the rotations.
        tied: Whether pieces are scored by the same table that they are looked up in.
    """

    width: int
    inner: int
    depth: int
    heads: int
    shared: int
    size: int
    vocabulary: int
    positions: int
    epsilon: float
    theta: float
    tied: bool

    def weights(self) -> dict[str, tuple[int, ...]]:
        """Every weight by its name, with its shape."""
        queries, keys = self.heads * self.size, self.shared * self.size
        layer = {
            "input_layernorm": (self.width,),
            "self_attn.q_proj": (queries, self.width),
            "self_attn.k_proj": (keys, self.width),
            "self_attn.v_proj": (keys, self.width),
            "self_attn.o_proj": (self.width, queries),
            "post_attention_layernorm": (self.width,),
            "mlp.gate_proj": (self.inner, self.width),
            "mlp.up_proj": (self.inner, self.width),
            "mlp.down_proj": (self.width, self.inner),
        }
        table = (self.vocabulary, self.width)
        found: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": table}
        for at in range(self.depth):
            found |= {f"model.layers.{at}.{name}.weight": shape for name, shape in layer.items()}
        found["model.norm.weight"] = (self.width,)
        return found if self.tied else found | {"lm_head.weight": table}


def shape_of(config: Mapping[str, Any]) -> Shape | None:
    """The shape of a plain Llama; None for any other family, and for whatever is not usual.

    Args:
        config: What ``config.json`` says.
    """
    rope = config.get("rope_parameters") or {"rope_theta": config.get("rope_theta", 10_000.0)}
    if (
        config.get("architectures") != [FAMILY]
        or any(config.get(key, value) != value for key, value in _USUAL.items())
        or not _is_plain(rope)
    ):
        return None
    sizes = [one for key in _SIZES if isinstance(one := config.get(key), int) and one > 0]
    if len(sizes) < len(_SIZES):
        return None
    width, inner, depth, heads, vocabulary, positions = sizes
    shared = config.get("num_key_value_heads") or heads
    size = config.get("head_dim") or width // heads
    epsilon = config.get("rms_norm_eps", 1e-6)
    if not isinstance(shared, int) or not isinstance(size, int) or heads % shared or size % 2:
        return None
    if not isinstance(epsilon, float):
        return None
    tied = config.get("tie_word_embeddings", False) is True
    theta = float(rope["rope_theta"])
    return Shape(
        width, inner, depth, heads, shared, size, vocabulary, positions, epsilon, theta, tied
    )


def open_llama(folder: Path, dtype: torch.dtype = torch.float32) -> Llama | None:
    """Map the weights of a plain Llama into memory.

    Args:
        folder: Of the model.
        dtype: Of the weights; others than the usual one are for training.

    Returns:
        None for a model of another kind, and where weights are missing or of another shape:
        what transformers makes of that, or says of it, is left to it.
    """
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    shape = shape_of(config)
    if shape is None:
        return None
    expected = shape.weights()
    weights: dict[str, Tensor] = {}
    for file in weights_of(folder):
        with safe_open(file, framework="pt") as stored:
            for name in expected.keys() & set(stored.keys()):
                # Mapped as they are if they are stored like that.
                weights[name] = stored.get_tensor(name).to(dtype)
    if {name: tuple(one.shape) for name, one in weights.items()} != expected:
        return None
    return Llama(shape, weights)


@dataclass(frozen=True, slots=True)
class Past:
    """What the layers keep of a beginning: for each its keys and values, (shared, pieces, size)."""

    layers: tuple[tuple[Tensor, Tensor], ...]

    @property
    def length(self) -> int:
        """Number of pieces."""
        return self.layers[0][0].shape[1]


class Llama:
    """Weights of a plain Llama; see `torch_network.Weights`."""

    causal = True
    keeps = True

    def __init__(self, shape: Shape, weights: Mapping[str, Tensor]) -> None:
        """Take the weights that `Shape.weights` names, all of one type."""
        self.depth = shape.depth
        self.width = shape.width
        self.vocabulary = shape.vocabulary
        self.positions = shape.positions
        self._shape = shape
        self._table = weights["model.embed_tokens.weight"]
        self._norm = weights["model.norm.weight"]
        self._head = self._table if shape.tied else weights["lm_head.weight"]
        self._layers = [_Layer(shape, weights, at) for at in range(shape.depth)]
        steps = torch.arange(0, shape.size, 2, dtype=torch.float32) / shape.size
        self._turns = 1.0 / shape.theta**steps

    def states(
        self, sequences: Sequence[Sequence[int]], adapter: Adapter | None, past: Past | None
    ) -> tuple[Tensor, Tensor | None]:
        """See `torch_network.Weights`."""
        first = adapter.first if adapter else 0
        lower, place = self.lower(sequences, first, past)
        last, _ = self._run(lower, place, self._layers[first:], past)
        if adapter is None:
            return place.spread(last), None
        adapted = self.read_again(lower, place, first, corrections(adapter))
        return place.spread(last), place.spread(adapted)

    def go_on(self, sequence: Sequence[int], past: Past | None) -> tuple[Past, Tensor]:
        """See `torch_network.Weights`."""
        place = Place.of([sequence], past.length if past else 0)
        last, kept = self._run(self._looked_up([sequence], place), place, self._layers, past)
        if past:
            kept = [
                (torch.cat([old[0], new[0]], 1), torch.cat([old[1], new[1]], 1))
                for old, new in zip(past.layers, kept, strict=True)
            ]
        return Past(tuple(kept)), last[: len(sequence)]

    def scores(self, rows: Tensor) -> Tensor:
        """See `torch_network.Weights`."""
        return functional.linear(rows, self._head)

    def products(self, number: int) -> dict[str, tuple[int, ...]]:
        """The weights of a layer that its states are multiplied with: outputs and inputs."""
        return self._layers[number].products

    def lower(
        self, sequences: Sequence[Sequence[int]], count: int, past: Past | None = None
    ) -> tuple[Tensor, Place]:
        """What the first layers make of sequences, packed, and where each piece of it stands."""
        place = Place.of(sequences, past.length if past else 0)
        states, _ = self._run(self._looked_up(sequences, place), place, self._layers[:count], past)
        return states, place

    def read_again(
        self, states: Tensor, place: Place, first: int, learned: Sequence[Corrections]
    ) -> Tensor:
        """States of layers that look to both sides, see `Adapter`; gradients flow through it.

        Args:
            states: Of layer ``first``, packed.
            place: Where each piece stands.
            first: How many layers stay as they are.
            learned: The corrections of the layers from there on.
        """
        turn = self._turn(states, place)
        for layer, own in zip(self._layers[first:], learned, strict=False):
            states, _ = layer.run(states, turn, place, None, own)
        return states

    def _looked_up(self, sequences: Sequence[Sequence[int]], place: Place) -> Tensor:
        """The pieces of sequences in rows; those behind only fill up, see `torch_network.STEP`."""
        ids = torch.zeros(place.rows, dtype=torch.long)
        ids[: len(place.cells)] = torch.tensor([*chain(*sequences)], dtype=torch.long)
        return self._table[ids]

    def _turn(self, states: Tensor, place: Place) -> tuple[Tensor, Tensor]:
        angles = place.positions[:, None].float() * self._turns
        angles = torch.cat([angles, angles], -1)[:, None]
        return angles.cos().to(states.dtype), angles.sin().to(states.dtype)

    def _run(
        self,
        states: Tensor,
        place: Place,
        layers: Sequence[_Layer],
        past: Past | None,
    ) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """States behind some layers, one row a piece, and keys and values.

        The states of the last layer are those behind the last norm.
        """
        turn = self._turn(states, place)
        kept: list[tuple[Tensor, Tensor]] = []
        for layer in layers:
            own = past.layers[layer.number] if past else None
            states, found = layer.run(states, turn, place, own)
            kept.append(found)
        if layers and layers[-1].number + 1 == self.depth:
            states = _normed(states, self._norm, self._shape.epsilon)
        return states, kept


def corrections(adapter: Adapter) -> list[Corrections]:
    """An adapter layer by layer, in the framework's terms."""
    return [
        {
            name: (torch.from_numpy(adapter.down[name][at]), torch.from_numpy(adapter.up[name][at]))
            for name in adapter.down
        }
        for at in range(adapter.depth)
    ]


class _Layer:
    """One layer."""

    def __init__(self, shape: Shape, weights: Mapping[str, Tensor], number: int) -> None:
        self.number = number
        self._shape = shape
        prefix = f"model.layers.{number}."
        names = (name for name in shape.weights() if name.startswith(prefix))
        self._weights = {
            name.removeprefix(prefix).removesuffix(".weight"): weights[name] for name in names
        }

    def run(
        self,
        states: Tensor,
        turn: tuple[Tensor, Tensor],
        place: Place,
        past: tuple[Tensor, Tensor] | None,
        learned: Corrections | None = None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """New states, and keys and values of the sequence if there is but one.

        With something learned it looks to both sides.
        """
        shape = self._shape
        normed = self._normed(states, "input_layernorm")
        query = self._product(normed, "self_attn.q_proj", learned)
        key = self._product(normed, "self_attn.k_proj", learned).view(-1, shape.shared, shape.size)
        value = self._product(normed, "self_attn.v_proj", learned)
        query = _turned(query.view(-1, shape.heads, shape.size), turn) * shape.size**-0.5
        grouped = query.view(len(query), shape.shared, -1, shape.size)
        keys = place.spread(_turned(key, turn)).permute(2, 0, 1, 3)
        values = place.spread(value.view(-1, shape.shared, shape.size)).permute(2, 0, 1, 3)
        hidden = place.later if learned is None else place.missing
        with _no_made_code():
            found = _attended(
                place.spread(grouped).permute(2, 0, 1, 3, 4), keys, values, past, hidden
            )
        # (sequences, longest, ...) again, and packed.
        packed = functional.pad(
            found.permute(1, 2, 0, 3, 4).reshape(-1, shape.heads * shape.size)[place.cells],
            (0, 0, 0, place.rows - len(place.cells)),
        )
        states = states + self._product(packed, "self_attn.o_proj", learned)
        normed = self._normed(states, "post_attention_layernorm")
        inner = functional.silu(self._product(normed, "mlp.gate_proj", learned))
        inner = inner * self._product(normed, "mlp.up_proj", learned)
        return states + self._product(inner, "mlp.down_proj", learned), (keys[:, 0], values[:, 0])

    @property
    def products(self) -> dict[str, tuple[int, ...]]:
        """See `Llama.products`."""
        shapes = {name: tuple(one.shape) for name, one in self._weights.items()}
        return {name: shape for name, shape in shapes.items() if len(shape) > 1}

    def _normed(self, states: Tensor, name: str) -> Tensor:
        return _normed(states, self._weights[name], self._shape.epsilon)

    def _product(self, rows: Tensor, name: str, learned: Corrections | None) -> Tensor:
        """Rows times a weight, corrected if there is something learned of it."""
        found = functional.linear(rows, self._weights[name])
        if learned is None or name not in learned:
            return found
        down, up = learned[name]
        return found + functional.linear(functional.linear(rows, down), up)


@dataclass(frozen=True, slots=True)
class Place:
    """Where pieces stand: packed one after another, and in a grid of one row a sequence.

    Attributes:
        shape: Of the grid: sequences, and pieces of the longest.
        cells: The cell of each piece, row by row.
        positions: In its text, of each packed row.
        rows: Number of packed rows, those that only fill up included.
    """

    shape: tuple[int, int]
    cells: Tensor
    positions: Tensor
    rows: int

    @classmethod
    def of(cls, sequences: Sequence[Sequence[int]], start: int) -> Place:
        """Where the pieces of sequences stand that go on from a past of so many pieces."""
        counts = [len(one) for one in sequences]
        longest = max(counts)
        cells = [row * longest + at for row, count in enumerate(counts) for at in range(count)]
        rows = len(cells) + -len(cells) % STEP
        positions = torch.zeros(rows, dtype=torch.long)
        positions[: len(cells)] = torch.tensor(
            [start + at for count in counts for at in range(count)], dtype=torch.long
        )
        return cls((len(counts), longest), torch.tensor(cells, dtype=torch.long), positions, rows)

    def spread(self, packed: Tensor) -> Tensor:
        """Packed rows in the grid, (sequences, longest, ...); zero where no piece is."""
        sequences, longest = self.shape
        grid = packed.new_zeros((sequences * longest, *packed.shape[1:]))
        grid[self.cells] = packed[: len(self.cells)]
        return grid.view(sequences, longest, *packed.shape[1:])

    @property
    def later(self) -> Tensor:
        """Hidden from a piece that reads to the right: (1, longest, longest)."""
        longest = self.shape[1]
        return torch.ones(1, longest, longest, dtype=torch.bool).triu(1)

    @property
    def missing(self) -> Tensor:
        """Cells without a piece, hidden from all: (sequences, 1, longest)."""
        empty = torch.ones(self.shape[0] * self.shape[1], dtype=torch.bool)
        empty[self.cells] = False
        return empty.view(self.shape[0], 1, self.shape[1])


def _attended(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    past: tuple[Tensor, Tensor] | None,
    hidden: Tensor,
) -> Tensor:
    """What each query finds among the keys that are not hidden from it and those of the past.

    Args:
        queries: (shared, sequences, longest, queries of a key, size).
        keys: (shared, sequences, longest, size).
        values: The same.
        past: (shared, pieces, size) each.
        hidden: (sequences or 1, longest or 1, longest): which keys a query does not see.

    Returns:
        In the shape of the queries.
    """
    shared, sequences, longest, group, size = queries.shape
    queries = queries.reshape(shared * sequences, longest * group, size)
    keys, values = (one.reshape(shared * sequences, longest, size) for one in (keys, values))
    likeness = (queries @ keys.transpose(1, 2)).view(shared, sequences, longest, group, longest)
    likeness = likeness.masked_fill(hidden[:, :, None], -torch.inf)
    if past is None:
        weights = likeness.float().softmax(-1).to(values.dtype)
        found = weights.view(shared * sequences, longest * group, longest) @ values
        return found.view(shared, sequences, longest, group, size)
    # All sequences look at the same past: it is never copied.
    everyone = queries.view(shared, -1, size)
    before = everyone @ past[0].transpose(1, 2)
    count = before.shape[-1]
    weights = torch.cat([before.view(shared, sequences, longest, group, count), likeness], -1)
    weights = weights.softmax(-1)
    own = weights[..., count:].reshape(shared * sequences, longest * group, longest) @ values
    old = weights[..., :count].reshape(shared, -1, count) @ past[1]
    return own.view(shared, sequences, longest, group, size) + old.view(
        shared, sequences, longest, group, size
    )


@contextmanager
def _no_made_code() -> Iterator[None]:
    """Keep small products of ever other sizes from oneDNN: it makes code for each, 0.3 MB a time.

    The usual matrix library is as fast for them.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def _turned(rows: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rows turned by the angles of their positions."""
    left, right = rows.chunk(2, -1)
    return rows * turn[0] + torch.cat([-right, left], -1) * turn[1]


def _normed(rows: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    return functional.rms_norm(rows, weight.shape, weight, epsilon)


def _is_plain(rope: Any) -> bool:
    """Whether a base is all that a configuration says of the rotations."""
    return (
        isinstance(rope, dict)
        and isinstance(rope.get("rope_theta"), int | float)
        and {"rope_theta", "rope_type"} >= rope.keys()
        and rope.get("rope_type", "default") == "default"
    )
