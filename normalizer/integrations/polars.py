"""polars: ``pl.col(...).normalizer`` after ``import normalizer.integrations.polars``.

frame.with_columns(text_norm=pl.col("text").normalizer.text())
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from normalizer.indexing import NormalizedText, Normalizer


@pl.api.register_expr_namespace("normalizer")
class NameExpressions:
    """Normalizes a column of strings, nulls stay; lazy frames and streams too."""

    def __init__(self, expr: pl.Expr) -> None:
        self._expr = expr

    def text(self, normalizer: Normalizer | None = None) -> pl.Expr:
        """The texts in one spelling."""
        return self._mapped(normalizer, lambda found: found.text, pl.String())

    def entities(self, normalizer: Normalizer | None = None) -> pl.Expr:
        """Lists of entity ids."""
        return self._mapped(normalizer, lambda found: list(found.entity_ids), pl.List(pl.String()))

    def _mapped(
        self,
        normalizer: Normalizer | None,
        of_text: Callable[[NormalizedText], object],
        kind: pl.DataType,
    ) -> pl.Expr:
        chosen = normalizer or Normalizer()

        def mapped(texts: pl.Series) -> pl.Series:
            values = [of_text(chosen.text(text)) if text is not None else None for text in texts]
            return pl.Series(texts.name, values, dtype=kind)

        # Row by row, so an engine may cut the column where it likes.
        return self._expr.map_batches(mapped, return_dtype=kind, is_elementwise=True)
