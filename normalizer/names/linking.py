"""Which entity each name of a text is, names in good spelling included: what an index asks for.

Rewriting asks whether a spelling is wrong. An index asks whose name stands there, which is another
question of *Putin* (right, and the president) and of *Kim* (right, and one of seven). A name
alone is linked only where it is nobody else's as far as text and tables tell; where several may
be meant, all are named and none is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from normalizer.annotation import Resolution, Span
from normalizer.names.evidence import Context, follows_title, neighbours
from normalizer.names.mentions import Match, reads_canonical


@dataclass(frozen=True, slots=True)
class Link:
    """A name in a text and whose it is.

    Attributes:
        span: Where it stands.
        surface: The characters as they stand.
        entity_ids: Who may be meant, sorted: one id is an answer, several are ambiguous.
    """

    span: Span
    surface: str
    entity_ids: tuple[str, ...]


def find_links(
    matches: Iterable[Match], rewritten: Iterable[Resolution], context: Context
) -> list[Link]:
    """Link what was rewritten and what stands there in good spelling, in text order.

    Args:
        matches: Every name the tables know in the text.
        rewritten: Resolutions that were applied; sure enough by that.
        context: What text and folder say.
    """
    by_span = {match.mention.span: match for match in matches}
    named = _named_in_full(by_span.values())
    links: dict[Span, Link] = {}
    for resolution in rewritten:
        mention = resolution.mention
        ids = _narrowed(_rewritten_ids(resolution, by_span.get(mention.span)), named)
        links[mention.span] = Link(mention.span, mention.surface, ids)
    # Words that somewhere in the text are part of another name (Sarah Clinton).
    parts = {span for span, match in by_span.items() if _is_part(match, context)}
    strangers = frozenset(by_span[span].mention.surface for span in parts)
    for span, match in by_span.items():
        if span in links or span in parts:
            continue
        if ids := _canonical_ids(match, named, strangers, context):
            links[span] = Link(span, match.mention.surface, ids)
    return [links[span] for span in sorted(links)]


def _rewritten_ids(resolution: Resolution, match: Match | None) -> tuple[str, ...]:
    """All entities that lead to the replacement written."""
    chosen = resolution.chosen
    assert chosen is not None, "only a choice is applied"
    for option in match.options if match else ():
        if option.replacement == chosen.replacement and chosen.entity_id in option.entity_ids:
            return option.entity_ids
    return (chosen.entity_id,)


def _canonical_ids(
    match: Match, named: frozenset[str], strangers: frozenset[str], context: Context
) -> tuple[str, ...]:
    """Whose name a good spelling is; empty where it may be no name of ours at all."""
    mention = match.mention
    options = [one for one in match.options if reads_canonical(one, mention.surface)]
    ids = _narrowed({id_ for one in options for id_ in one.entity_ids}, named)
    if not ids or any(one.whole for one in options):
        return ids
    if follows_title(mention.span, context.text) and not _are_persons(ids, context):
        return ()
    doubtful = mention.surface in strangers or match.reading.english
    if doubtful and named.isdisjoint(ids):
        return ()
    return ids


def _narrowed(ids: Iterable[str], named: frozenset[str]) -> tuple[str, ...]:
    """Those of the entities whose full name stands in the text; all of them where none does."""
    ids = sorted(ids)
    return tuple(id_ for id_ in ids if id_ in named) or tuple(ids)


def _named_in_full(matches: Iterable[Match]) -> frozenset[str]:
    """Entities whose full name stands in the text and is nobody else's."""
    readings = (
        {id_ for option in match.options for id_ in option.entity_ids}
        for match in matches
        if all(option.whole for option in match.options)
    )
    return frozenset(ids.pop() for ids in readings if len(ids) == 1)


def _is_part(match: Match, context: Context) -> bool:
    """Whether a word alone has a neighbour that makes it part of another name."""
    whole = any(option.whole for option in match.options)
    return not whole and bool(neighbours(match.mention.span, context))


def _are_persons(ids: Iterable[str], context: Context) -> bool:
    known = (context.knowledge.entity(id_) for id_ in ids)
    return any(one is not None and one.type == "person" for one in known)
