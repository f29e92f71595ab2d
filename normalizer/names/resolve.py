"""Decide which entity a match names and how sure that is, or say that it is unclear.

Order of evidence: a user's own table, then a listed spelling, then one a convention generates,
then an inflected, then a clipped one; on top of that what the text around says. All of it adds
up in log-odds, so that a report can show each reason with its weight. See
docs/decisions/0003-evidence-order.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from normalizer.annotation import Alias, Candidate, Evidence, Resolution
from normalizer.names.evidence import (
    Context,
    is_canonical,
    language_weight,
    name_seen,
    neighbours,
    place_nearby,
    role_nearby,
    starts_sentence,
)
from normalizer.names.fold import fold
from normalizer.names.guards import SHORT_LETTERS, is_bare, is_forbidden
from normalizer.names.mentions import Match, Option
from normalizer.odds import probability, total

# Log-odds of a spelling alone, before its surroundings are looked at, the surest kind first.
# 2.2 is nine in ten: a usual press spelling of a rare enough name stands on its own feet, a
# case form or a clipped stem needs company.
ALONE = {
    "canonical": 4.0,
    "variant": 3.0,
    "transliteration": 2.6,
    "exonym": 2.4,
    "inflected": 0.4,
    "clipped": 0.4,
}
USER = Evidence("your own table says so", 3.0)
WHOLE_NAME = Evidence("the whole name stands here", 2.5)
UNUSUAL = Evidence("an unusual form of it", -0.5)  # for each place that deviates
BARE = Evidence("written without its diacritics", -0.5)
STRANGE_MARKS = Evidence("with diacritics that no known spelling has", -2.5)
SENTENCE_START = Evidence("first word of a sentence", -0.7)
# Kirilenko is how English writes one man's name and an unusual spelling of another's.
ENGLISH_CONVENTION = Evidence("an English spelling that others may bear", -1.5)
# The Skripals are a family, not how a language with the ending -s spells one of them.
ENGLISH_PLURAL = Evidence("could be the English plural", -5.0)
SHORT = Evidence("a short word", -2.5)
COMMON_NAME = Evidence("also a name of its own in English", -3.0)
GUARDED = Evidence("known to be something else as well", -3.0)
ENGLISH_WORD = Evidence("also an English word", -3.5)
# Below this a reader would be wrong more often than right; silence is better.
MIN_SCORE = 0.5
# Two readings closer than this are not told apart: odds of three to one, in log-odds.
CLEAR_LEAD = 1.1


def resolve(match: Match, context: Context) -> Resolution:
    """Weigh the readings of a match.

    Args:
        match: What was found, with every way to read it.
        context: The text around it, and what document and folder say.

    Returns:
        A resolution with candidates best first, ties by replacement. ``chosen`` is None when
        the spelling is already canonical for one of the readings, when two readings with
        different replacements are about as likely, or when the best is unlikely.

    Source:
        The weights are set by hand on texts of our own; see docs/decisions/0003-evidence-order.md.
    """
    mention = match.mention
    if is_canonical(match):
        return Resolution(mention, (), None)
    candidates = weigh(match, context)
    likely = [one for one in candidates if one.score >= MIN_SCORE]
    clear = len(likely) == 1 or (
        likely and total(likely[0].evidence) - total(likely[1].evidence) > CLEAR_LEAD
    )
    return Resolution(mention, tuple(candidates), likely[0] if clear else None)


def weigh(match: Match, context: Context) -> list[Candidate]:
    """Every reading that is not out of the question, best first, ties by replacement."""
    weighed = (_weigh(option, match, context) for option in match.options)
    return sorted(
        (candidate for candidate in weighed if candidate),
        key=lambda one: (-one.score, one.replacement, one.entity_id),
    )


def _weigh(option: Option, match: Match, context: Context) -> Candidate | None:
    """Score one reading; None when it is out of the question."""
    alias = _weakest(option.aliases)
    seen = name_seen(option, context)
    if is_forbidden(option, alias, match, context, seen=seen is not None):
        return None
    support = [
        one
        for one in (
            seen,
            role_nearby(match.mention.span, option, context),
            language_weight(option, context.document),
        )
        if one
    ]
    evidence = [*_spelling(option, alias, context), *support]
    if not option.whole:
        evidence += _against(option, alias, match, context, supported=bool(support))
    score = round(probability(total(evidence)), 4)
    equal = USER not in evidence and all(map(_is_english, option.aliases))
    return Candidate(option.entity_ids[0], option.replacement, alias, score, tuple(evidence), equal)


def _spelling(option: Option, alias: Alias, context: Context) -> Iterator[Evidence]:
    """What the spelling itself says."""
    # A foreign spelling that is listed and that a convention writes is no less sure than by either.
    transcribed = alias.kind == "exonym" and alias.scheme
    yield Evidence(_told(alias), ALONE["transliteration" if transcribed else alias.kind])
    # A clipped stem has lost one letter by definition.
    unusual = alias.cost - (alias.kind == "clipped")
    if unusual > 0:
        yield Evidence(UNUSUAL.reason, UNUSUAL.weight * unusual)
    known = (context.knowledge.entity(id_) for id_ in option.entity_ids)
    if any(one and one.user for one in known):
        yield USER
    if option.whole:
        yield WHOLE_NAME


def _against(
    option: Option, alias: Alias, match: Match, context: Context, *, supported: bool
) -> Iterator[Evidence]:
    """What speaks against a word that stands without the rest of the name."""
    span, surface, reading = match.mention.span, match.mention.surface, match.reading
    yield from neighbours(span, context)
    if place := place_nearby(span, option, context):
        yield place
    if alias.kind == "transliteration" and _is_english(alias) and not supported:
        yield ENGLISH_CONVENTION
    if _could_be_plural(surface, option):
        yield ENGLISH_PLURAL
    if is_bare(surface, alias):
        yield BARE
    elif alias.kind == "canonical":
        yield STRANGE_MARKS
    if reading.english:
        yield ENGLISH_WORD
        if starts_sentence(context.text, span.start):
            yield SENTENCE_START
    if reading.common and alias.kind != "variant":
        yield COMMON_NAME
    if len(fold(surface)) <= SHORT_LETTERS and not _distinctive(surface, alias):
        yield SHORT
    if reading.guard and reading.guard.need == "context" and not supported:
        yield GUARDED


def _distinctive(surface: str, alias: Alias) -> bool:
    """Whether a short word is hard to take for another: a diacritic, an acronym, good English."""
    return not surface.isascii() or alias.form == surface.upper() or alias.kind == "variant"


def _is_english(alias: Alias) -> bool:
    """Whether English writes so too, or some official scheme, which no language owns."""
    return "en" in alias.lang or not alias.lang


def _could_be_plural(surface: str, option: Option) -> bool:
    return surface in (f"{option.replacement}s", f"{option.replacement}es")


def _weakest(aliases: Iterable[Alias]) -> Alias:
    """The weakest spelling of a name: the whole is no surer than that."""
    order = [*ALONE, "former"]
    return max(aliases, key=lambda one: (order.index(one.kind), one.cost))


def _told(alias: Alias) -> str:
    """What kind of spelling it is, in words."""
    langs = " ".join(sorted(alias.lang)) or "any language"
    return {
        "canonical": f"{alias.form}: the canonical spelling",
        "variant": f"{alias.form}: another English spelling",
        "exonym": f"{alias.form}: listed spelling ({langs})",
        "transliteration": f"{alias.form}: transcribed so ({langs})",
        "inflected": f"{alias.form}: case form by {alias.scheme}",
        "clipped": f"{alias.form} less its last letter{'s' * (alias.cost > 1)}",
    }[alias.kind]
