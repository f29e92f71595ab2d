"""What every adapter takes: the user's wishes in plain values, as frameworks store them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from normalizer.indexing import NormalizedText, Normalizer
from normalizer.pipeline import NAMES_ONLY

ENTITIES = "entities"


def make_normalizer(
    names: str | None = None,
    style: Sequence[str] = (),
    seeds: str | None = None,
    cache: str | None = None,
    apply: float = NAMES_ONLY.apply,
) -> Normalizer:
    """A `Normalizer` from strings and numbers; see there for what each means."""
    return Normalizer(
        cache=Path(cache) if cache else None,
        seeds=Path(seeds) if seeds else None,
        names=Path(names) if names else None,
        style=tuple(style),
        settings=replace(NAMES_ONLY, apply=apply, propose=min(apply, NAMES_ONLY.propose)),
    )


def metadata(found: NormalizedText, key: str) -> dict[str, Any]:
    """What is put beside a normalized text: the ids of its entities, to filter by."""
    return {key: list(found.entity_ids)} if key else {}
