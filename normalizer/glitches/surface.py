"""What a document shows by itself: mechanical faults and the lexicon in one reading of the text."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from normalizer.annotation import Document, Flag
from normalizer.glitches.lexicon import Lexicon, compile_lexicon, find_in_pieces
from normalizer.glitches.marking import in_text_order
from normalizer.glitches.mechanical import MechanicalSearch, Mechanics, compile_mechanics
from normalizer.glitches.pieces import cut
from normalizer.glitches.rules import GlitchRules, load_glitch_rules
from normalizer.glitches.vocabulary import load_vocabulary


@dataclass(frozen=True, slots=True)
class Detectors:
    """The compiled rules that read a document alone."""

    mechanics: Mechanics
    lexicon: Lexicon


def compile_detectors(rules: GlitchRules, heard: Container[str] = frozenset()) -> Detectors:
    """Make the detectors from checked rules.

    Args:
        rules: Checked rules.
        heard: Lower-case words of large English corpora, which are not taken for slips.
    """
    return Detectors(compile_mechanics(rules, heard), compile_lexicon(rules.lexicon))


@cache
def load_detectors(folder: Path | None = None) -> Detectors:
    """The detectors of a seeds folder, loaded once a process.

    Raises:
        TableError: With all faults of all rule files, one a line.
    """
    return compile_detectors(load_glitch_rules(folder), load_vocabulary().ranks)


def find_surface(
    document: Document, detectors: Detectors, languages: Mapping[str, float] | None = None
) -> list[Flag]:
    """All mechanical and lexical flags of a document, in text order.

    The same as `find_mechanical` and `find_lexicon` together, with the text cut only once.
    """
    search = MechanicalSearch(document, detectors.mechanics)
    flags: list[Flag] = []
    for pieces in cut(document.text):
        search.read(pieces)
        flags.extend(find_in_pieces(pieces, detectors.lexicon, languages or {}))
    return sorted([*search.flags(), *flags], key=in_text_order)
