"""LangChain: a document transformer; for queries use ``Normalizer.text(query).text``.

documents = NameNormalizer().transform_documents(documents)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.documents import BaseDocumentTransformer, Document

from normalizer.indexing import Normalizer
from normalizer.integrations.wishes import ENTITIES, metadata


class NameNormalizer(BaseDocumentTransformer):
    """Writes one spelling for every name into the content, the entity ids into the metadata.

    Args:
        normalizer: How to normalize; the shipped tables if None.
        entities_key: Key of the metadata for the entity ids; empty for none.
    """

    def __init__(
        self, normalizer: Normalizer | None = None, *, entities_key: str = ENTITIES
    ) -> None:
        self.normalizer = normalizer or Normalizer()
        self.entities_key = entities_key

    def transform_documents(
        self, documents: Sequence[Document], **kwargs: Any
    ) -> Sequence[Document]:
        """New documents with the same ids, in order."""
        return [self._transformed(document) for document in documents]

    def _transformed(self, document: Document) -> Document:
        found = self.normalizer.text(document.page_content)
        more = metadata(found, self.entities_key)
        return document.model_copy(
            update={"page_content": found.text, "metadata": document.metadata | more}
        )
