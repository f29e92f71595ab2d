"""pandas: ``series.normalizer`` after ``import normalizer.integrations.pandas``.

frame["text_norm"] = frame["text"].normalizer.text()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from normalizer.indexing import NormalizedText, Normalizer


@pd.api.extensions.register_series_accessor("normalizer")
class NameAccessor:
    """Normalizes the strings of a series; index and name stay, what is no string stays too."""

    def __init__(self, series: pd.Series) -> None:
        self._series = series

    def text(self, normalizer: Normalizer | None = None) -> pd.Series:
        """The texts in one spelling, of the same type."""
        made = self._mapped(normalizer, lambda found: found.text, lambda value: value)
        return made.astype(self._series.dtype)

    def entities(self, normalizer: Normalizer | None = None) -> pd.Series:
        """Lists of entity ids."""
        return self._mapped(normalizer, lambda found: list(found.entity_ids), lambda value: [])

    def _mapped(
        self,
        normalizer: Normalizer | None,
        of_text: Callable[[NormalizedText], Any],
        of_other: Callable[[Any], Any],
    ) -> pd.Series:
        chosen = normalizer or Normalizer()
        return pd.Series(
            [
                of_text(chosen.text(value)) if isinstance(value, str) else of_other(value)
                for value in self._series
            ],
            index=self._series.index,
            name=self._series.name,
            dtype=object,
        )
