"""When a spelling must not be thought of as a name at all, whatever speaks for it.

The weights of `normalizer.names.resolve` trade reasons against each other; these do not.
"""

from __future__ import annotations

import re

from normalizer.annotation import Alias, Span
from normalizer.names.evidence import Context
from normalizer.names.fold import fold, fold_phrase
from normalizer.names.inflect import LIKE_FEMININE
from normalizer.names.mentions import Match, Option

# Words of so few letters are told from others by nothing: two never stand alone, and four only
# letter for letter as listed.
MIN_LETTERS = 3
SHORT_LETTERS = 4
# How far a veto of the guard table and a phrase to keep reach, in characters.
VETO_REACH = 120
PHRASE_REACH = 60
_WORDS = re.compile(r"[^\W\d_]+")


def is_bare(surface: str, alias: Alias) -> bool:
    """Whether the surface lacks diacritics that the known spelling has."""
    return surface.isascii() and not alias.form.isascii()


def is_forbidden(
    option: Option, alias: Alias, match: Match, context: Context, *, seen: bool
) -> bool:
    """Whether a reading is out of the question.

    Args:
        option: The reading.
        alias: Its weakest spelling.
        match: Where it stands.
        context: The text around it.
        seen: Whether the full name stands elsewhere in the document or the folder.
    """
    if alias.kind == "former" or _kept(option, match.mention.span, context):
        return True
    if alias.kind == "clipped" and not (seen and (option.whole or alias.cost == 1)):
        return True
    if _could_be_hers(option):
        return True
    if option.whole:
        return False
    return not _long_enough(match.mention.surface, alias) or _vetoed(match, context, seen=seen)


def _could_be_hers(option: Option) -> bool:
    """Whether a case form is spelled like a woman's name (Lavrova) and no other word is inflected.

    *Sergeja Lavrova* is he in the genitive; *Lavrova* alone, or after an uninflected given name,
    is as likely she.
    """
    # An alias that several conventions share names them all.
    alike = any(
        scheme.endswith(LIKE_FEMININE)
        for alias in option.aliases
        for scheme in alias.scheme.split()
    )
    return alike and not (
        option.whole and all(alias.kind == "inflected" for alias in option.aliases)
    )


def _long_enough(surface: str, alias: Alias) -> bool:
    """Whether a word standing alone has letters enough to be told from others.

    Four letters in capitals are an acronym or nothing; four without the diacritics of the
    listed spelling are some other word.
    """
    letters = len(fold(surface))
    if letters > SHORT_LETTERS:
        return True
    fits = not is_bare(surface, alias) and surface.isupper() <= alias.form.isupper()
    return letters >= MIN_LETTERS and fits


def _vetoed(match: Match, context: Context, *, seen: bool) -> bool:
    """Whether a row of the guard table speaks against a word standing alone."""
    guard = match.reading.guard
    if guard is None:
        return False
    if guard.need == "never" or (guard.need == "full-name" and not seen):
        return True
    span = match.mention.span
    around = context.text[max(0, span.start - VETO_REACH) : span.end + VETO_REACH]
    words = set(map(fold, _WORDS.findall(around)))
    return any(fold(word) in words for word in guard.near)


def _kept(option: Option, span: Span, context: Context) -> bool:
    """Whether the mention stands inside a phrase that the entity's row says to leave alone."""
    known = [one for id_ in option.entity_ids if (one := context.knowledge.entity(id_))]
    phrases = [phrase for one in known for phrase in one.keep]
    if not phrases:
        return False
    around = context.text[max(0, span.start - PHRASE_REACH) : span.end + PHRASE_REACH]
    words = f" {fold_phrase(' '.join(_WORDS.findall(around)))} "
    return any(f" {phrase} " in words for phrase in phrases)
