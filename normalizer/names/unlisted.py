"""Names that no table spells: unknown capitalised words, asked of the matcher once each.

Almost every unknown name in a text is somebody the tables do not know, so the matcher is asked only
about runs of words of which one sounds like a family name of ours, and its score is weighed
against how rarely such a run is one: only a near certain answer is applied, a middling one
proposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from normalizer.annotation import Alias, Candidate, Evidence, Mention, Resolution, Span
from normalizer.names.evidence import Context, full_names_in, name_seen, role_nearby
from normalizer.names.fold import fold
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import Match, Option, Token, match_case
from normalizer.odds import log_odds, probability, total

# Log-odds that a run which sounds like a name of ours is one, before it is compared.
RARELY_OURS = Evidence("most unknown names are somebody else's", -2.5)
# With all support there is (a full name seen, a role nearby) a lower answer stays unlikely.
PROMISING = 0.3
# Emigrants and firms write themselves so (Davidoff); it is their name, not a respelling.
OWN_SPELLING = Evidence("families choose the ending -off themselves", -2.5)
# Longer runs are headlines.
MAX_WORDS = 3
# A matcher says nothing surer than this, lest one comparison outweigh all other evidence.
CAP = 0.998


@dataclass(frozen=True, slots=True)
class Run:
    """Capitalised words next to each other that no listed name explains.

    Attributes:
        span: Where they stand.
        surface: The words.
        entity_ids: Persons whose family name one of them sounds like, and of several words
            another like their given name.
    """

    span: Span
    surface: str
    entity_ids: frozenset[str]


def find_runs(
    text: str, tokens: Sequence[Token], matches: Sequence[Match], knowledge: Knowledge
) -> list[Run]:
    """Find the runs that are worth asking about, in text order.

    A run of one word is worth it only where the full name stands in the same text.

    Args:
        text: The text.
        tokens: From `find_tokens`: words the tables know, and unknown ones.
        matches: What was found in it; their words are left out.
        knowledge: The base, for the sounds of family names.
    """
    taken = {match.mention.span.start for match in matches}
    full_names = full_names_in(matches)
    runs: list[Run] = []
    for words in _adjacent(text, tokens):
        alone = len(words) == 1
        if len(words) > MAX_WORDS or (alone and not full_names):
            continue
        if any(token.reading.unknown for token in words):
            span = Span(words[0].span.start, words[-1].span.end)
            ids = _sounding_like(words, knowledge)
            if alone:
                ids &= full_names.keys()
            if ids and not any(span.start <= start < span.end for start in taken):
                runs.append(Run(span, text[span.start : span.end], ids))
    return runs


def _adjacent(text: str, tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The tokens, those with one space between together."""
    first, end = 0, -1
    for at, token in enumerate(tokens):
        span = token.span
        if span.start != end + 1 or text[end] not in " \N{NO-BREAK SPACE}":
            if at:
                yield tokens[first:at]
            first = at
        end = span.end
    if tokens:
        yield tokens[first:]


def _sounding_like(words: Sequence[Token], knowledge: Knowledge) -> frozenset[str]:
    """Persons whose name the words may spell, judged by consonants alone."""
    keys = [fold(token.surface) for token in words]
    ids: set[str] = set()
    for token, key in zip(words, keys, strict=True):
        found = knowledge.sounding_like(key) if token.reading.unknown else frozenset()
        if len(words) == 1:
            return found
        if found:
            firsts = {one[:1] for other in keys if other != key for one in knowledge.bones(other)}
            ids.update(id_ for id_ in found if firsts & _given_firsts(id_, knowledge))
    return frozenset(ids)


@lru_cache(maxsize=8192)
def _given_firsts(entity_id: str, knowledge: Knowledge) -> set[str]:
    """The first consonants that the given names of a person may have."""
    known = knowledge.entity(entity_id)
    words = known.canonical.split() if known else []
    return {
        bones[:1]
        for at, word in enumerate(words)
        if known and at not in known.family
        for bones in knowledge.bones(fold(word))
    }


def are_promising(runs: Sequence[Run], knowledge: Knowledge) -> bool:
    """Whether any run could become a finding, whatever document and folder say."""
    return any(answer and answer[1] >= PROMISING for answer in _ask(runs, knowledge))


def _ask(runs: Sequence[Run], knowledge: Knowledge) -> list[tuple[str, float] | None]:
    """The matcher's answer to each run. Nothing is loaded where there is nothing to ask."""
    if not runs:
        return []
    from normalizer.names.known_names import known_names  # noqa: PLC0415 - numpy takes its time

    return known_names(knowledge).best([run.surface for run in runs])


def resolve_runs(runs: Sequence[Run], context: Context) -> list[Resolution]:
    """Ask the matcher about runs and weigh its answers."""
    return [
        resolution
        for run, answer in zip(runs, _ask(runs, context.knowledge), strict=True)
        if answer and (resolution := _resolve_run(run, *answer, context))
    ]


def _resolve_run(run: Run, entity_id: str, score: float, context: Context) -> Resolution | None:
    known = context.knowledge.entity(entity_id)
    words = run.surface.split()
    whole = len(words) > 1
    if known is None or (whole and len(words) != len(known.canonical.split())):
        return None
    replacement = known.canonical if whole else known.canonical.split()[max(known.family)]
    replacement = match_case(replacement, run.surface)
    alias = Alias(run.surface, frozenset(), "matched", "matcher")
    option = Option((entity_id,), replacement, (alias,), whole)
    seen = name_seen(option, context)
    if not (whole or seen) or replacement == run.surface:
        return None
    score = min(max(score, 1 - CAP), CAP)
    support = (seen, role_nearby(run.span, option, context))
    evidence = (
        Evidence(f"sounds like {replacement} ({score:.2f})", log_odds(score)),
        RARELY_OURS,
        *(one for one in support if one),
        *([OWN_SPELLING] if run.surface.endswith("off") else []),
    )
    sure = round(probability(total(evidence)), 4)
    candidate = Candidate(entity_id, replacement, alias, sure, evidence)
    mention = Mention(run.span, run.surface, "matched")
    return Resolution(mention, (candidate,), candidate)
