"""One key for all ways to write the same letters: case, diacritics, hyphens set aside.

Folding only finds candidates. Whether the letters as they stand fit is weighed afterwards.
"""

from __future__ import annotations

import unicodedata

# Letters that NFKD does not take apart, as newspapers without them write them.
_LETTERS = {
    "ł": "l", "đ": "d", "ð": "d", "ø": "o", "ı": "i", "ə": "e", "ħ": "h", "ŋ": "n",
    "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss",
}  # fmt: skip
_IGNORED = (
    "-'\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{HYPHEN}"
    "\N{MODIFIER LETTER APOSTROPHE}\N{MODIFIER LETTER PRIME}\N{NON-BREAKING HYPHEN}"
    "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
    "\N{WORD JOINER}"
)
_FOLDED = str.maketrans(_LETTERS | dict.fromkeys(_IGNORED, ""))
_PLAIN = str.maketrans(
    _LETTERS
    | {capital: plain.title() for c, plain in _LETTERS.items() if len(capital := c.upper()) == 1}
)


def fold(word: str) -> str:
    """The lookup key of one word: ``Novičiok`` -> ``noviciok``, ``Jong-un`` -> ``jongun``.

    Idempotent. Words in other scripts keep their letters, less their combining marks.
    """
    if word.isascii():
        lowered = word.lower()
        return lowered.translate(_FOLDED) if "-" in word or "'" in word else lowered
    text = _without_marks(word).casefold().translate(_FOLDED)
    # Case folding can bring back what comes apart (ΐ), so a key that is not plain goes again.
    return text if text.isascii() else _without_marks(text).casefold().translate(_FOLDED)


def fold_phrase(phrase: str) -> str:
    """The key of several words: each folded, one space between; hyphens part words."""
    return " ".join(key for word in phrase.replace("-", " ").split() if (key := fold(word)))


def unaccented(text: str) -> str:
    """The text in plain letters, case kept: ``Wałęsa`` -> ``Walesa``."""
    return text if text.isascii() else _without_marks(text).translate(_PLAIN)


def _without_marks(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if not unicodedata.combining(c))
