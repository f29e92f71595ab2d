"""Haystack: a component for documents before they are stored, and one for queries.

pipeline.add_component("names", NameNormalizer())
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from haystack import Document, component, default_from_dict, default_to_dict

from normalizer.integrations.wishes import ENTITIES, make_normalizer, metadata


@component
class NameNormalizer:
    """Writes one spelling for every name into the content, the entity ids into the meta.

    Args:
        names: Path of your own names (CSV or TOML); they win.
        style: English spellings to prefer, or names of styles.
        seeds: Folder of tables in place of the shipped ones.
        cache: Folder of compiled bases in place of the user's cache.
        apply: Lowest score at which a name is rewritten.
        entities_key: Key of the meta for the entity ids; empty for none.
    """

    def __init__(
        self,
        names: str | None = None,
        style: list[str] | None = None,
        seeds: str | None = None,
        cache: str | None = None,
        apply: float = 0.9,
        entities_key: str = ENTITIES,
    ) -> None:
        self._wishes = {
            "names": names,
            "style": style or [],
            "seeds": seeds,
            "cache": cache,
            "apply": apply,
        }
        self._key = entities_key
        self._normalizer = make_normalizer(**self._wishes)  # type: ignore[arg-type]  # as given

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        """New documents with the same ids; documents without text are handed on."""
        return {"documents": [self._normalized(document) for document in documents]}

    def to_dict(self) -> dict[str, Any]:
        """For pipelines that are stored."""
        return default_to_dict(self, **self._wishes, entities_key=self._key)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> NameNormalizer:
        """The component of a stored pipeline."""
        made: NameNormalizer = default_from_dict(cls, stored)
        return made

    def _normalized(self, document: Document) -> Document:
        if document.content is None:
            return document
        found = self._normalizer.text(document.content)
        return replace(
            document, content=found.text, meta=document.meta | metadata(found, self._key)
        )


@component
class QueryNormalizer:
    """Writes a query as `NameNormalizer` wrote the documents; takes the same wishes."""

    def __init__(
        self,
        names: str | None = None,
        style: list[str] | None = None,
        seeds: str | None = None,
        cache: str | None = None,
        apply: float = 0.9,
    ) -> None:
        self._wishes = {
            "names": names,
            "style": style or [],
            "seeds": seeds,
            "cache": cache,
            "apply": apply,
        }
        self._normalizer = make_normalizer(**self._wishes)  # type: ignore[arg-type]  # as given

    @component.output_types(query=str)
    def run(self, query: str) -> dict[str, str]:
        """The query in one spelling."""
        return {"query": self._normalizer.text(query).text}

    def to_dict(self) -> dict[str, Any]:
        """For pipelines that are stored."""
        return default_to_dict(self, **self._wishes)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> QueryNormalizer:
        """The component of a stored pipeline."""
        made: QueryNormalizer = default_from_dict(cls, stored)
        return made
