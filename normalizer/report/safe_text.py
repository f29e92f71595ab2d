"""The one way for text of a document to reach a terminal.

News comes from anywhere: a headline may hold escape sequences that move the cursor, recolour
the screen or set the title, or bidirectional controls that show a word in another order than
it is stored. Libraries for terminals let most of these through, so this is our own.
"""

from __future__ import annotations

import unicodedata

# Cc: control; Cf: format (bidi, zero-width, soft hyphen); Cs: lone surrogate; Co, Cn: no glyph;
# Zl, Zp: line and paragraph separator.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES = {"\n": " ", "\t": " ", "\r": " "}


def safe_text(text: str) -> str:
    """The text on one line, with every character a terminal might act on shown by its code.

    Newlines and tabs become spaces; other controls become ``<U+202E>``. Idempotent.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _SPACES.get(c) or (f"<U+{ord(c):04X}>" if unicodedata.category(c) in _UNSAFE else c)
        for c in text
    )
