"""Known names as word lists that spell checkers leave alone: one function and one row a tool.

Spell checkers are told every word of every known name in good spelling, and the foreign spellings
too when asked: whoever normalizes names does not want another tool to "correct" what is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator

from normalizer.export.spellings import SpellingSet
from normalizer.export.terms import words_of

# Letters, with what may stand inside a name: a hyphen or an apostrophe parts words for some tools.
_WORD = re.compile(r"[^\W\d_]+")
# One letter is no word to any of them.
MIN_LETTERS = 2


def ignore_list(
    sets: Iterable[SpellingSet], tool: str, *, spellings: bool = False
) -> Iterator[str]:
    """All words of names, in the file format of a tool, in pieces of text.

    Args:
        sets: Names and their spellings.
        tool: A key of `TOOLS`.
        spellings: Whether foreign spellings are left alone too; else only the canonical names.
    """
    words: set[str] = set()
    for one in sets:
        for form in (one.canonical, *(one.spellings if spellings else ())):
            words.update(
                word
                for word in _WORD.findall(form)
                # The small words of a name (groupe Wagner) are ordinary words of some language.
                if len(word) >= MIN_LETTERS and word.isalpha() and not word.islower()
            )
    return TOOLS[tool](sorted(words))


def codespell(words: Iterable[str]) -> Iterator[str]:
    """For ``codespell --ignore-words FILE``: as its dictionary writes them, in small letters."""
    small = dict.fromkeys(word for one in words for word in words_of(one))
    return (f"{word}\n" for word in small if word.isalpha())


def typos(words: Iterable[str]) -> Iterator[str]:
    """For ``typos --config FILE``: identifiers, which are compared with their capitals."""
    yield "[default.extend-identifiers]\n"
    for word in words:
        # A basic string of TOML has the escapes of JSON.
        quoted = json.dumps(word, ensure_ascii=False)
        yield f"{quoted} = {quoted}\n"


def cspell(words: Iterable[str]) -> Iterator[str]:
    """A custom dictionary of cspell."""
    yield "# Names, one a line.\n"
    yield from _lines(words)


def hunspell(words: Iterable[str]) -> Iterator[str]:
    """A personal dictionary, for ``hunspell -p FILE``."""
    return _lines(words)


def languagetool(words: Iterable[str]) -> Iterator[str]:
    """LanguageTool's ``ignore.txt`` or ``spelling_custom.txt`` of a language."""
    yield "# Names, one a line.\n"
    yield from _lines(words)


def _lines(words: Iterable[str]) -> Iterator[str]:
    return (f"{word}\n" for word in words)


TOOLS: dict[str, Callable[[Iterable[str]], Iterator[str]]] = {
    "codespell": codespell,
    "typos": typos,
    "cspell": cspell,
    "hunspell": hunspell,
    "languagetool": languagetool,
}
