"""The three kinds of names that annotation knows, and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from normalizer.annotation import Entity

Kind = Literal["person", "place", "organisation", "other"]

_BY_ID: Mapping[str, Kind] = {
    "per": "person",
    "geo": "place",
    "iso": "place",
    "reg": "place",
    "org": "organisation",
}
# Types in a user's own tables, whose ids say nothing.
_BY_TYPE: Mapping[str, Kind] = {
    "person": "person",
    "PER": "person",
    "place": "place",
    "LOC": "place",
    "city": "place",
    "country": "place",
    "region": "place",
    "organisation": "organisation",
    "organization": "organisation",
    "ORG": "organisation",
    "company": "organisation",
    "party": "organisation",
}


def kind_of(entity_id: str, entities: Mapping[str, Entity]) -> Kind:
    """What an entity is, by its id or else by its type; ``other`` where neither tells."""
    known = entities.get(entity_id)
    by_type = _BY_TYPE.get(known.type, "other") if known else "other"
    return _BY_ID.get(entity_id.partition(":")[0], by_type)
