"""Arrow batches: the shape that Spark's ``mapInArrow`` and Ray Data's ``map_batches`` call.

frame.mapInArrow(NameBatches(Normalizer()).batches, schema)
dataset.map_batches(NameBatches(Normalizer()), batch_format="pyarrow")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from normalizer.indexing import Normalizer
from normalizer.integrations.wishes import ENTITIES


@dataclass(frozen=True, slots=True)
class NameBatches:
    """Puts the normalized text and the entity ids into record batches or tables.

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

    def __call__(self, batch: Any) -> Any:
        """A new batch, or table, with the columns set; nulls stay."""
        texts = batch.column(self.field).to_pylist()
        found = [self.normalizer.text(text) if text is not None else None for text in texts]
        kind = batch.schema.field(self.field).type
        batch = _with(batch, self.out_field, [one.text if one else None for one in found], kind)
        if not self.entities_field:
            return batch
        ids = [list(one.entity_ids) if one else None for one in found]
        return _with(batch, self.entities_field, ids, pa.list_(pa.string()))

    def batches(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Batch by batch."""
        return map(self, batches)


def _with(batch: Any, name: str, values: list[Any], kind: Any) -> Any:
    """The batch with a column set, in its old place if there was one."""
    column = pa.array(values, kind)
    at = batch.schema.get_field_index(name)
    if at < 0:
        return batch.append_column(pa.field(name, kind), column)
    return batch.set_column(at, pa.field(name, kind), column)
