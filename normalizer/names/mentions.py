"""Find stretches of text that may name a known entity, longest first, and say in which ways.

One pass over the text stops at capitalised words only. A distinct word is looked up once a
process; words the tables do not know cost one dictionary access each time they come again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from normalizer.annotation import Alias, Mention, Span
from normalizer.names.fold import fold, unaccented
from normalizer.names.knowledge import Knowledge
from normalizer.names.records import NameWord, Phrase, Reading

# Latin capitals of the blocks names are written in (Basic Latin to Latin Extended Additional).
_CAPITALS = "".join(c for c in map(chr, (*range(0x250), *range(0x1E00, 0x1F00))) if c.isupper())
_JOINERS = (
    # The hyphen last: between two others in a character class it would make a range of them.
    "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
    "\N{HYPHEN}\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}-"
)
# It begins with a set of letters and nothing else, so the engine runs from capital to capital; that
# no letter stands before is asked afterwards, and so is an article (al-Assad).
_WORD = re.compile(rf"[{_CAPITALS}](?<!\w.)\w*+(?:[{_JOINERS}]+\w++)*+")
_ARTICLE_BEFORE = re.compile(r"(?<!\w)(?:[ae][dlnrstz]-|[ae]sh-)$")
_POSSESSIVE = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}][sS]$")
_HYPHENATED = re.compile(r"[^-\N{HYPHEN}]+")
_ADDRESS_BEFORE = re.compile(r"[@/\\#_=&~]$|\w\.$|://\S*$")
_ADDRESS_AFTER = frozenset("@/_:")
# What stands before almost every word of running text; checked first, it saves a search.
_PLAIN_BEFORE = frozenset(
    " \n\t\"'(\N{NO-BREAK SPACE}\N{LEFT DOUBLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}"
)
_NEXT_WORD = re.compile(r"[ \N{NO-BREAK SPACE}-]([^\W\d_]+)")
_LAST_WORD = re.compile(r"([^\W\d_]+)[ \N{NO-BREAK SPACE}-]$")
_PARTICLES = frozenset(
    "al ben bin ibn el abu van von der den de da di do dos du la le ter ten zu".split()
)
_PARTICLE = re.compile(r"[^\W\d_]+")
_SPACES = " \N{NO-BREAK SPACE}"
_GAPS = frozenset(f"{_SPACES}\n")
_GAP = re.compile(r"[ \N{NO-BREAK SPACE}]|\n(?=\S)")
# Names of five words exist (with particles); longer runs are headlines in title case.
MAX_WORDS = 6
# A part of a person's name that was generated from another script can reach a reader clipped of
# its last letters; of Latin names only the whole is looked for.
CLIPPABLE = 3
# A clipped stem keeps most of its name, else any short word is one.
MIN_CLIPPED = 5
MIN_UNKNOWN = 4
UNKNOWN = Reading(unknown=True)


@dataclass(frozen=True, slots=True)
class Token:
    """A capitalised word of the text, and what the tables know about it."""

    span: Span
    surface: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Part:
    """How one word of a person's name in the text was read."""

    span: Span
    surface: str
    word: NameWord
    alias: Alias
    position: int


@dataclass(frozen=True, slots=True)
class Option:
    """One way to read a match.

    Attributes:
        entity_ids: Entities that all lead to the same replacement, sorted.
        replacement: What would stand there.
        aliases: The spellings found, one a word of a person's name, one for a phrase.
        whole: Whether given and family name (or all words of a phrase) stand there.
    """

    entity_ids: tuple[str, ...]
    replacement: str
    aliases: tuple[Alias, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A mention with every way to read it.

    Attributes:
        mention: Where it stands.
        options: The ways to read it.
        reading: What the tables know about its first capitalised word.
        canonical: Whether it has a canonical spelling, but for diacritics, hyphens and spaces.
            English writes Walesa and Wałęsa, Kim Jong Un and Kim Jong-un, Viet Nam and Vietnam
            side by side; nobody misses one for the other. What is right for one reading is never
            changed for the sake of another.
    """

    mention: Mention
    options: tuple[Option, ...]
    reading: Reading
    canonical: bool


@dataclass(frozen=True, slots=True)
class Name:
    """What some words are wherever they stand: a match without its place."""

    start: int
    end: int
    options: tuple[Option, ...]
    finder: str
    canonical: bool


def find_matches(text: str, knowledge: Knowledge) -> list[Match]:
    """Find all names the tables know, longest first, none overlapping, in text order.

    Names that already stand in their canonical spelling are returned too: they are evidence for
    their neighbours.
    """
    return match_tokens(text, find_tokens(text, knowledge), knowledge)


def match_tokens(text: str, tokens: Sequence[Token], knowledge: Knowledge) -> list[Match]:
    """`find_matches` for tokens that are there already."""
    matches: list[Match] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        name = None if token.reading.unknown else _longest(text, tokens, at - 1, knowledge)
        if name:
            span = Span(name.start + token.span.start, name.end + token.span.start)
            mention = Mention(span, text[span.start : span.end], name.finder)
            matches.append(Match(mention, name.options, token.reading, name.canonical))
            while at < len(tokens) and tokens[at].span.start < span.end:
                at += 1
    return matches


def find_tokens(text: str, knowledge: Knowledge) -> list[Token]:
    """The capitalised words that the tables know, and those nobody knows, in text order.

    Possessive endings are cut off. English words and names of English are left out.
    """
    tokens: list[Token] = []
    met = knowledge.met
    for found in _WORD.finditer(text):
        surface = found.group()
        start, end = found.span()
        before = text[start - 1] if start else " "
        if before == "-":
            article = _ARTICLE_BEFORE.search(text, max(0, start - 4), start)
            start = article.start() if article else start
            surface = text[start:end]
        pieces = met.get(surface)
        if pieces is None:
            pieces = met[surface] = tuple(_pieces(surface, knowledge))
        if pieces and (before in _PLAIN_BEFORE or not _after_address(text, start)):
            if text[end : end + 1] in _ADDRESS_AFTER and _before_address(text, end):
                continue
            for a, b, reading in pieces:
                tokens.append(Token(Span(start + a, start + b), surface[a:b], reading))
    return tokens


def _before_address(text: str, end: int) -> bool:
    """Whether a web address, an e-mail address, a path, a handle or a tag goes on after a word."""
    return text[end] != ":" or text.startswith("://", end)


def _after_address(text: str, start: int) -> bool:
    """Whether such a thing stands before it."""
    if start == 0 or text[start - 1] in _PLAIN_BEFORE:
        return False
    return bool(_ADDRESS_BEFORE.search(text[max(0, start - 60) : start]))


def _pieces(surface: str, knowledge: Knowledge) -> Iterator[tuple[int, int, Reading]]:
    """The parts of a word that the tables know, as offsets: all of it, or what hyphens join."""
    possessive = _POSSESSIVE.search(surface)
    end = possessive.start() if possessive else len(surface)
    whole = _read(surface[:end], knowledge)
    if whole and not whole.unknown:
        yield 0, end, whole
        return
    known = [
        (piece.start(), piece.end(), reading)
        for piece in _HYPHENATED.finditer(surface[:end])
        if piece.group()[0].isupper() and piece.group() != surface
        if (reading := _read(piece.group(), knowledge)) and not reading.unknown
    ]
    if known:
        yield from known
    elif whole:
        yield 0, end, whole


def _read(word: str, knowledge: Knowledge) -> Reading | None:
    key = fold(word)
    reading = knowledge.read(key)
    if reading.words or reading.phrases:
        return reading
    if reading.english or reading.common or len(key) < MIN_UNKNOWN:
        return None
    if len(key) < MIN_CLIPPED or word.isupper():
        return UNKNOWN
    return clipped(key, knowledge) or UNKNOWN


def clipped(key: str, knowledge: Knowledge) -> Reading | None:
    """Read an unknown word as a name that lost its last letters (Navaln), None if it is none.

    Only names that were written in another script are read so: their stems are what is left
    when an inflected ending is taken for one and cut off.
    """
    words: dict[tuple[str, str], NameWord] = {}
    for longer in knowledge.longer(key, CLIPPABLE):
        for word in knowledge.read(longer).words:
            usual = next((alias for alias in word.aliases if alias.kind != "inflected"), None)
            if word.part == "family" and word.native and usual:
                # The name that lost the fewest letters explains the stem; ours if it is one.
                missing = len(longer) - len(key)
                alias = replace(usual, kind="clipped", cost=missing)
                known = words.get((word.canonical, word.native))
                if (
                    not known
                    or missing < known.aliases[0].cost
                    or (missing == known.aliases[0].cost and alias.form == word.canonical)
                ):
                    words[word.canonical, word.native] = replace(word, aliases=(alias,))
    return Reading(words=tuple(words[key] for key in sorted(words))) if words else None


def _longest(text: str, tokens: Sequence[Token], at: int, knowledge: Knowledge) -> Name | None:
    """The longest name that begins at a token, or just before it; its place is from the token."""
    token = tokens[at]
    run = [token]
    if token.reading.words and text[token.span.end : token.span.end + 1] in _GAPS:
        run += _following(text, tokens, at)
    words = text[token.span.start : run[-1].span.end]
    if token.reading.after or token.reading.has_lead:
        around = _Around(text, token.span)
        if token.reading.has_lead or around.next_key() in token.reading.after:
            return _read_name(words, run, around, knowledge)
    # Most words have nothing before or after them that could change what they are.
    names = knowledge.met_names.get(words)
    if names is None:
        name = _read_name(words, run, None, knowledge)
        names = knowledge.met_names[words] = (name,) if name else ()
    return names[0] if names else None


def _read_name(
    words: str, run: Sequence[Token], around: _Around | None, knowledge: Knowledge
) -> Name | None:
    """The longest name among the ways to read a run; ``around`` None reads its words alone."""
    best: dict[Span, list[Option]] = {}
    first = run[0]
    start = first.span.start
    for span, option in _phrases(first, around, knowledge):
        best.setdefault(span, []).append(option)
    for span, option in _options(start, words, _read_run(run, knowledge), knowledge):
        best.setdefault(span, []).append(option)
    if not best:
        return None
    span = max(best, key=lambda one: (one.end - one.start, one))
    options = tuple(sorted(best[span], key=lambda one: (one.replacement, one.entity_ids)))
    surface = around.text[span.start : span.end] if around else words[: span.end - start]
    clips = any(alias.kind == "clipped" for option in options for alias in option.aliases)
    canonical = any(reads_canonical(option, surface) for option in options)
    finder = "clipped" if clips else "listed"
    return Name(span.start - start, span.end - start, options, finder, canonical)


def _phrases(
    token: Token, around: _Around | None, knowledge: Knowledge
) -> Iterator[tuple[Span, Option]]:
    """Spellings that stand at a token; those of several words only with what stands around."""
    grouped: dict[tuple[Span, str], list[Phrase]] = {}
    surfaces: dict[Span, str] = {}
    for phrase in token.reading.phrases:
        if around is None and len(phrase.words) > 1:
            continue
        span = around.span_of(phrase) if around else token.span
        known = knowledge.entity(phrase.entity_id) if span else None
        if span and known:
            surfaces[span] = around.text[span.start : span.end] if around else token.surface
            replacement = match_case(known.canonical, surfaces[span])
            grouped.setdefault((span, replacement), []).append(phrase)
    for (span, replacement), phrases in grouped.items():
        ids = tuple(sorted({phrase.entity_id for phrase in phrases}))
        whole = len(phrases[0].words) > 1
        alias = _nearest(phrases[0].aliases, surfaces[span])
        yield span, Option(ids, replacement, (alias,), whole)


class _Around:
    """The words on both sides of a token, read as far as phrases ask for them."""

    def __init__(self, text: str, span: Span) -> None:
        self.text = text
        self._span = span
        self._after: list[tuple[str, int]] = []
        self._before: list[tuple[str, int]] = []

    def next_key(self) -> str:
        """The folded word after the token, empty if none follows directly."""
        if not self._after:
            self._read_after(self._span.end)
        return self._after[0][0]

    def _read_after(self, end: int) -> None:
        found = _NEXT_WORD.match(self.text, end)
        self._after.append((fold(found.group(1)), found.end()) if found else ("", end))

    def span_of(self, phrase: Phrase) -> Span | None:
        """Where the phrase stands around its anchor word, None if its other words do not."""
        start, end = self._span.start, self._span.end
        for at, key in enumerate(phrase.words[phrase.anchor + 1 :]):
            if at == len(self._after):
                self._read_after(end)
            word, end = self._after[at]
            if word != key:
                return None
        for at, key in enumerate(reversed(phrase.words[: phrase.anchor])):
            if at == len(self._before):
                found = _LAST_WORD.search(self.text[max(0, start - 40) : start])
                before = start - len(found.group()) if found else start
                self._before.append((fold(found.group(1)) if found else "", before))
            word, start = self._before[at]
            if word != key:
                return None
        return Span(start, end)


def _read_run(run: Sequence[Token], knowledge: Knowledge) -> dict[str, tuple[Part, ...]]:
    """Persons that the first words of a run can name, by the most words that can."""
    readings: dict[str, tuple[Part, ...]] = {id_: (part,) for id_, part in _parts(run[0])}
    best = {id_: parts for id_, parts in readings.items() if _valid(parts, id_, knowledge)}
    for token in run[1:]:
        extended: dict[str, tuple[Part, ...]] = {}
        for id_, part in _parts(token):
            parts = readings.get(id_, ())
            if parts and all(part.position != one.position for one in parts):
                extended.setdefault(id_, (*parts, part))
        if not extended:
            break
        readings = extended
        valid = {id_: parts for id_, parts in readings.items() if _valid(parts, id_, knowledge)}
        best = valid or best
    return best


def _following(text: str, tokens: Sequence[Token], at: int) -> Iterator[Token]:
    """The words that go on directly after a token: known capitalised ones, particles between."""
    end = tokens[at].span.end
    for token in tokens[at + 1 : at + MAX_WORDS]:
        start = token.span.start
        if start != end + 1 or text[end] not in _SPACES:
            while (gap := _GAP.match(text, end)) and gap.end() < start:
                word = _PARTICLE.match(text, gap.end())
                if not word or word.group() not in _PARTICLES:
                    return
                end = word.end()
            if not gap or gap.end() != start:
                return
        yield token
        end = token.span.end


def _parts(token: Token) -> Iterator[tuple[str, Part]]:
    """Every bearer of the word, each with the cheapest spelling that explains it.

    Of *al-Assad* and *Assad*, which spell the same word of one name, the one that stands there
    letter for letter.
    """
    best: dict[tuple[str, int], tuple[tuple[bool, bool], Part]] = {}
    for word in token.reading.words:
        alias = _nearest(word.aliases, token.surface)
        fit = alias.form == token.surface, alias.kind == "canonical"
        for id_, position in word.bearers:
            known = best.get((id_, position))
            if not known or fit >= known[0]:
                best[id_, position] = fit, Part(token.span, token.surface, word, alias, position)
    for (id_, _), (_, part) in best.items():
        yield id_, part


def _nearest(aliases: Sequence[Alias], surface: str) -> Alias:
    """The spelling that is letter for letter what stands there, else the most usual one."""
    return next((one for one in aliases if one.form == surface), aliases[0])


def _valid(parts: Sequence[Part], entity_id: str, knowledge: Knowledge) -> bool:
    """A person is named by the family name, with or without the rest."""
    known = knowledge.entity(entity_id)
    return known is not None and known.family <= {part.position for part in parts}


def _options(
    start: int, surface: str, best: Mapping[str, tuple[Part, ...]], knowledge: Knowledge
) -> Iterator[tuple[Span, Option]]:
    """Persons with what would stand there, those with the same name together.

    Args:
        start: Where the words begin.
        surface: The text of the run.
        best: Persons with the parts of their names.
        knowledge: The base.
    """
    grouped: dict[tuple[Span, str], list[str]] = {}
    for id_, parts in best.items():
        known = knowledge.entity(id_)
        words = known.canonical.split() if known else []
        pieces = [match_case(parts[0].word.canonical, parts[0].surface)]
        for before, part in pairwise(parts):
            gap = surface[before.span.end - start : part.span.start - start]
            particles = words[before.position + 1 : part.position]
            if not gap.isspace() and particles and all(word.islower() for word in particles):
                gap = f" {' '.join(particles)} "
            pieces += gap, match_case(part.word.canonical, part.surface)
        span = Span(parts[0].span.start, parts[-1].span.end)
        grouped.setdefault((span, "".join(pieces)), []).append(id_)
    for (span, replacement), ids in grouped.items():
        parts = best[ids[0]]
        aliases = tuple(part.alias for part in parts)
        yield span, Option(tuple(sorted(ids)), replacement, aliases, len(parts) > 1)


def reads_canonical(option: Option, surface: str) -> bool:
    """Whether a reading has the canonical spelling, as `Match` says of all its readings."""
    if surface == option.replacement:
        return True
    # Diacritics may be left out, or be those of a listed English spelling; Alexeï is neither.
    written = {alias.form for alias in option.aliases if alias.kind in ("canonical", "variant")}
    english = surface.isascii() or written.issuperset(surface.split()) or surface in written
    return english and _joined(surface) == _joined(option.replacement)


def _joined(name: str) -> str:
    return unaccented(name).casefold().replace(" ", "").replace("-", "").replace("'", "")


def match_case(canonical: str, surface: str) -> str:
    """The canonical spelling in capitals where the surface is in capitals, else as it is."""
    letters = [c for c in surface if c.isalpha()]
    return canonical.upper() if len(letters) > 1 and surface.isupper() else canonical
