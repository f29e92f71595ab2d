"""Case endings that survive machine translation: from a nominative spelling to its inflected ones.

A translator that takes a name for an unknown word copies it as it stands, ending and all:
Lithuanian *Putino*, Polish *Putinowi*, Hungarian *Putyinnak*. The endings are data
(``seeds/inflections/<lang>.toml``); this module only applies them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from normalizer.names.tables import Ending

# The shortest stem an ending may stand on. Below it the form is nearly all ending, and any
# short word of the language would look like it.
MIN_STEM = 2

# Ids of endings whose result is spelled like a woman's form of the same name (genitive Ivanova
# of Ivanov) end so. Only context can tell the two apart, so whoever applies them must ask for it.
LIKE_FEMININE = "-like-feminine"


def inflect(
    form: str, endings: Iterable[Ending], *, part: str, gender: str
) -> list[tuple[str, Ending]]:
    """Decline one spelling by the endings of its language.

    Args:
        form: A nominative spelling as that language writes it: one word, or words joined by
            hyphens of which only the last is declined. Compared as it stands, with capitals.
        endings: Endings of one language; which language the spelling belongs to is for the
            caller to know, nothing here checks it.
        part: Which part of a name it is: ``family`` or ``given``.
        gender: ``m``, ``f`` or empty when unknown (endings for one gender then do not apply).

    Returns:
        Distinct forms in table order, each with the first ending that makes it. Never ``form``
        itself. Empty when no ending fits, as for indeclinable names.
    """
    found: dict[str, Ending] = {}
    for ending in endings:
        if part not in ending.parts or (ending.gender and ending.gender != gender):
            continue
        if not ending.strip or not form.endswith(ending.strip):
            continue
        stem = form.removesuffix(ending.strip)
        if len(stem) < MIN_STEM:
            continue
        for added in ending.add:
            inflected = stem + added
            if inflected != form:
                found.setdefault(inflected, ending)
    return list(found.items())


def is_like_feminine(ending: Ending) -> bool:
    """Whether what the ending makes of a man's name is also spelled like a woman's name."""
    return ending.id.endswith(LIKE_FEMININE)
