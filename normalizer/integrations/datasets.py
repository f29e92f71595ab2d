"""Hugging Face datasets: a callable for ``Dataset.map``.

dataset.map(NameColumns(Normalizer()), batched=True, num_proc=2)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from normalizer.indexing import Normalizer
from normalizer.integrations.wishes import ENTITIES


@dataclass(frozen=True, slots=True)
class NameColumns:
    """Makes the columns of a batch that are new or changed; ``map`` puts them into the dataset.

    Attributes:
        normalizer: How to normalize.
        field: Column of the text.
        out_field: Column of the normalized text; the same as ``field`` rewrites it.
        entities_field: Column of the entity ids; empty for none.
    """

    normalizer: Normalizer
    field: str = "text"
    out_field: str = "text_norm"
    entities_field: str = ENTITIES

    def __call__(self, batch: Mapping[str, Sequence[str | None]]) -> dict[str, list[Any]]:
        """The columns of one batch, rows in order; no text gives none."""
        found = [
            self.normalizer.text(text) if text is not None else None for text in batch[self.field]
        ]
        columns: dict[str, list[Any]] = {
            self.out_field: [one.text if one else None for one in found]
        }
        if self.entities_field:
            columns[self.entities_field] = [list(one.entity_ids) if one else [] for one in found]
        return columns
