"""LlamaIndex: a transformation for an ingestion pipeline.

IngestionPipeline(transformations=[NameNormalizer(), splitter, embedding])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.schema import BaseNode, MetadataMode, TextNode, TransformComponent
from llama_index.core.schema import Document as LlamaDocument

from normalizer.indexing import Normalizer
from normalizer.integrations.wishes import ENTITIES, metadata


class NameNormalizer(TransformComponent):
    """Writes one spelling for every name into the text, the entity ids into the metadata.

    Attributes:
        normalizer: How to normalize.
        entities_key: Key of the metadata for the entity ids; empty for none. Neither embedding
            nor language model are shown it.
    """

    normalizer: Normalizer = Normalizer()
    entities_key: str = ENTITIES

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """New nodes with the same ids, in order; nodes without text are handed on."""
        return [self._transformed(node) for node in nodes]

    def _transformed(self, node: BaseNode) -> BaseNode:
        if not isinstance(node, TextNode | LlamaDocument):
            return node
        found = self.normalizer.text(node.get_content(MetadataMode.NONE))
        new = node.model_copy(deep=True)
        new.set_content(found.text)
        new.metadata |= metadata(found, self.entities_key)
        for unseen in (new.excluded_embed_metadata_keys, new.excluded_llm_metadata_keys):
            if self.entities_key and self.entities_key not in unseen:
                unseen.append(self.entities_key)
        return new
