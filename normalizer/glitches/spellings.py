"""Spellings of a name that are equal in English, and forms of one name that are no misspelling."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Ways to write one sound, in the order in which they are unified.
_EQUAL = tuple(
    pair.split(":")
    for pair in [
        "ph:f",
        "ck:k",
        "sch:sh",
        "tch:ch",
        "kh:h",
        "dzh:j",
        "zh:j",
        "dj:j",
        "dz:z",
        "cks:x",
        "ks:x",
        "tz:ts",
        "ou:u",
        "oo:u",
        "oh:o",
        "uh:u",
        "ah:a",
        "yo:e",
        "jo:e",
        "io:e",
        "ye:e",
        "je:e",
        "ie:e",
        "iy:i",
        "ij:i",
        "yi:i",
        "ya:a",
        "ia:a",
        "ja:a",
        "yu:u",
        "iu:u",
        "ju:u",
        "ay:ai",
        "ey:ei",
        "oy:oi",
        "y:i",
        "w:v",
        "c:k",
        "q:k",
    ]
)
_VOICED = str.maketrans("gbzdvh", "kpstfp")
# What turns one name into another that is no misspelling of it.
_DERIVING = frozenset(
    "ku cho shi ken machi mura tei gun san kun chan sky ski skii skiy skaya ian an ese "
    "ish ic n a s i ni ia e ns ov ova".split()
)
_ADJECTIVES = ("an", "ese", "ish", "ic", "i", "sky", "skaya", "ern")


def same_spelling(one: str, other: str) -> bool:
    """Whether two words are equal ways to write one name.

    >>> same_spelling("Sergei", "Sergey"), same_spelling("Yevmenov", "Evmenov")
    (True, True)
    >>> same_spelling("Romsadze", "Lomsadze")
    False
    """
    return _unified(one) == _unified(other)


def same_name(one: str, other: str) -> bool:
    """Whether two words are equal spellings, or one is a form of the other.

    >>> same_name("Sergei", "Sergey"), same_name("Japan", "Japanese"), same_name("Naka", "Naka-ku")
    (True, True, True)
    >>> same_name("Romsadze", "Lomsadze")
    False
    """
    left, right = _unified(one), _unified(other)
    if left == right or left.translate(_VOICED) == right.translate(_VOICED):
        return True
    short, long = sorted((one.lower(), other.lower()), key=len)
    if long.startswith(short):
        rest = long[len(short) :]
        if rest[0] in "-'\N{RIGHT SINGLE QUOTATION MARK}" or rest in _DERIVING:
            return True
    if ("-" in other) != ("-" in one):
        return True
    return short.endswith(_ADJECTIVES) != long.endswith(_ADJECTIVES) and short[:4] == long[:4]


@lru_cache(maxsize=1 << 14)
def _unified(name: str) -> str:
    """A name with one way to write each sound, without diacritics and double letters."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c)
    )
    plain = re.sub(r"[\W_]", "", plain)
    for spelled, sound in _EQUAL:
        plain = plain.replace(spelled, sound)
    return re.sub(r"(.)\1", r"\1", plain)
