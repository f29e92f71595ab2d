"""What is learned of a model's layers: small corrections, kept apart from its weights.

Source:
    Hu et al. 2021, "LoRA"; layers of a causal model that look to both sides: BehnamGhader et al.
    2024, "LLM2Vec".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# How arrays are named where an adapter is stored: which half of a correction, and of what.
DOWN, UP = "down.", "up."


@dataclass(frozen=True, slots=True)
class Adapter:
    """Corrections of some layers that follow each other, which then read in both directions.

    A causal model knows nothing of what comes after a word. The layers from ``first`` on are run
    a second time on what the first ones made of a text, seeing all of it, each of their products
    with a weight corrected by two thin ones.

    Attributes:
        first: How many layers stay as they are.
        down: By the name of a weight in its layer: (layers, rank, inputs).
        up: By the same names: (layers, outputs, rank).
    """

    first: int
    down: Mapping[str, Floats]
    up: Mapping[str, Floats]

    @property
    def depth(self) -> int:
        """How many layers are corrected."""
        return len(next(iter(self.down.values())))

    def arrays(self) -> dict[str, Floats]:
        """All corrections by the names they are stored under."""
        return {
            **{DOWN + name: array for name, array in self.down.items()},
            **{UP + name: array for name, array in self.up.items()},
        }


def stored_adapter(first: int, arrays: Mapping[str, Floats]) -> Adapter:
    """The adapter whose `Adapter.arrays` these are; others among them are passed over.

    Raises:
        ValueError: If they do not belong together.
    """
    down = {name.removeprefix(DOWN): one for name, one in arrays.items() if name.startswith(DOWN)}
    up = {name.removeprefix(UP): one for name, one in arrays.items() if name.startswith(UP)}
    shapes = [(down[name].shape, up[name].shape) for name in down.keys() & up.keys()]
    fits = all(
        len(one) == len(other) == 3 and one[0] == other[0] and one[1] == other[2]
        for one, other in shapes
    )
    if not shapes or down.keys() != up.keys() or not fits or len({one[0] for one, _ in shapes}) > 1:
        raise ValueError("corrections of layers that do not belong together")
    return Adapter(first, down, up)
