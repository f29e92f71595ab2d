"""One score for what several detectors say of one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from normalizer.annotation import Document, Flag, Suggestion
from normalizer.odds import log_odds, probability

# What a second, independent witness may add at most, in log-odds; +1.1 turns .5 into .75.
MAX_SUPPORT = 1.1
# A second opinion on a word says itself what it adds, in the weight of its first reason: at most
# this, and never less than nothing, since a model that knows no better word has proved nothing.
MAX_WEIGHT = 1.5
_WEIGHED = "second-opinion"
# From here on a rule that says what is meant stands in the place of a flag that only doubts.
SURE = 0.5
# Detectors that go by how rare a word is, by the first part of their origin.
_RARITY = frozenset({"witness", "odd-word", "unknown-word"})


def rank(flags: Iterable[Flag], document: Document) -> list[Flag]:
    """Make one finding of all that say the same, with one score, in text order.

    Of flags that overlap the surest stands, then the shorter; the others of another origin make it
    surer, up to `MAX_SUPPORT` in log-odds, a second opinion up to `MAX_WEIGHT`, and leave it their
    suggestions. Of several words a second opinion that has a better one for a part marks that part.
    A sure rule that says what is meant explains a flag without suggestion in it, which supports it.
    Flags of one origin do not support each other.

    Args:
        flags: Of all detectors, scores calibrated each on its own.
        document: The document they point into.

    Returns:
        Flags that do not overlap, but for those of more than one line: a junk block may hold
        others.
    """
    kept: list[Flag] = []
    ordered = sorted(
        (flag for flag in flags if flag.span.end <= len(document.text)),
        key=lambda flag: (-flag.score, flag.span.end - flag.span.start, flag.span, flag.origin),
    )
    at: dict[int, int] = {}
    for flag in ordered:
        places = range(flag.span.start, max(flag.span.end, flag.span.start + 1))
        over = next((at[place] for place in places if place in at), None)
        if over is None:
            at.update(dict.fromkeys(places, len(kept)))
            kept.append(flag)
        elif all(at.get(place, over) == over for place in places) and _explains(flag, kept[over]):
            at.update(dict.fromkeys(places, over))
            kept[over] = _explained(kept[over], flag)
        else:
            kept[over] = _supported(kept[over], flag)
    return sorted(kept, key=lambda flag: (flag.span, flag.origin))


def _supported(flag: Flag, other: Flag) -> Flag:
    """A flag with what another one of the same place adds to it."""
    if _witness(other.origin) == _witness(flag.origin):
        return flag
    support = _support(other)
    score = probability(log_odds(flag.score) + support)
    if support and not flag.suggestions and _names_part(other, flag):
        flag = replace(flag, span=other.span, surface=other.surface, message=other.message)
    known = {one.text for one in flag.suggestions}
    more: tuple[Suggestion, ...] = ()
    if other.span == flag.span:
        more = tuple(one for one in other.suggestions if one.text not in known)
    return replace(
        flag,
        score=max(flag.score, round(min(score, 0.99), 2)),
        suggestions=flag.suggestions + more,
        evidence=flag.evidence + other.evidence,
    )


def _explains(flag: Flag, doubt: Flag) -> bool:
    """Whether a rule says what is meant by words that another flag only finds odd."""
    rule = _witness(flag.origin) not in ("rarity", _WEIGHED) and flag.score >= SURE
    doubts = _witness(doubt.origin) == "rarity" and not doubt.suggestions
    covers = flag.span.start <= doubt.span.start and doubt.span.end <= flag.span.end
    return rule and doubts and covers and bool(flag.suggestions)


def _explained(doubt: Flag, rule: Flag) -> Flag:
    """A rule's flag with what a surer one without suggestion adds to it."""
    flag = _supported(rule, doubt)
    return replace(flag, score=max(flag.score, doubt.score))


def _names_part(other: Flag, flag: Flag) -> bool:
    """Whether a second opinion says which of the words of a flag is meant."""
    part, whole = other.span, flag.span
    inside = part != whole and whole.start <= part.start and part.end <= whole.end
    return inside and _witness(other.origin) == _WEIGHED


def _support(flag: Flag) -> float:
    """What a flag adds to another one of its place, in log-odds."""
    if _witness(flag.origin) == _WEIGHED:
        return min(max(flag.evidence[0].weight, 0.0), MAX_WEIGHT)
    return MAX_SUPPORT * flag.score


def _witness(origin: str) -> str:
    """Who speaks: what goes by how rare a word is counts as one, however many say it."""
    family = origin.partition(":")[0]
    return "rarity" if family in _RARITY else family
