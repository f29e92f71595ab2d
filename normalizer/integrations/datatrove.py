"""datatrove: a formatter step.

LocalPipelineExecutor(pipeline=[JsonlReader(...), NameNormalizer(), JsonlWriter(...)])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from datatrove.data import Document
from datatrove.pipeline.formatters.base import BaseFormatter
from datatrove.utils.typeshelper import StatHints

from normalizer.indexing import Normalizer
from normalizer.integrations.wishes import ENTITIES, metadata


class NameNormalizer(BaseFormatter):
    """Writes one spelling for every name into the text, the entity ids into the metadata.

    Args:
        normalizer: How to normalize; the shipped tables if None.
        entities_key: Key of the metadata for the entity ids; empty for none.
    """

    name = "normalizer"

    def __init__(
        self, normalizer: Normalizer | None = None, *, entities_key: str = ENTITIES
    ) -> None:
        super().__init__()
        self.normalizer = normalizer or Normalizer()
        self.entities_key = entities_key

    def format(self, text: str) -> str:
        """The text in one spelling."""
        return self.normalizer.text(text).text

    def run(
        self, data: Iterable[Document], rank: int = 0, world_size: int = 1
    ) -> Iterator[Document]:
        """New documents with the same ids, in order."""
        for document in data:
            self.stat_update(StatHints.total)
            with self.track_time():
                found = self.normalizer.text(document.text)
                more = metadata(found, self.entities_key)
                new = replace(document, text=found.text, metadata=document.metadata | more)
            yield new
