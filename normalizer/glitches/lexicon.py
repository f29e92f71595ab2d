"""False friends, calques and confused senses: the rules of the language files, on one document.

A rule speaks where its words stand next to each other (nothing but spaces, hyphens or quotes
between them) and its context holds. The rule's own score is for a text of unknown origin; a known
source language raises or lowers it, and every reason is kept as evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from normalizer.annotation import Document, Evidence, Flag, Span, Suggestion
from normalizer.glitches.pieces import FUNCTION_WORDS, Pieces, cut
from normalizer.glitches.rules import (
    BE,
    HAVE,
    NUMBER_WORDS,
    PREPOSITIONS,
    LexicalRule,
    Sequence,
)
from normalizer.odds import log_odds, probability, total

# What may stand between two words of a pattern.
_JOINTS = frozenset(
    " \t\n-\"'\N{NO-BREAK SPACE}\N{NON-BREAKING HYPHEN}\N{HYPHEN}"
    "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
)
# After these a form that is past tense and participle alike is a participle.
_BEFORE_PARTICIPLES = BE | HAVE
# Log-odds that the source language speaks for or against a rule. A rule of an expected language
# is as much likelier as a second witness; one of another language is not excluded, since a text
# may come through two languages.
SPEAKS_FOR = 1.4
SPEAKS_AGAINST = -1.2
# Below this share of the votes a language is not expected; a few names are borrowed anywhere.
EXPECTED = 0.25


@dataclass(frozen=True, slots=True)
class _Entry:
    """A way to write a rule's pattern, found by one of its words.

    Attributes:
        checks: Distance from that word and forms, for the steps that are words only: the quick
            test that nearly every candidate fails.
    """

    rule: LexicalRule
    sequence: Sequence
    checks: tuple[tuple[int, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The rules by the word they are looked up by."""

    by_anchor: Mapping[str, tuple[_Entry, ...]]


def compile_lexicon(rules: Iterable[LexicalRule]) -> Lexicon:
    """Sort the rules by anchor, once a process."""
    by_anchor: dict[str, list[_Entry]] = {}
    for rule in rules:
        for sequence in rule.sequences:
            checks = tuple(
                (index - sequence.anchor, step)
                for index, step in enumerate(sequence.steps)
                if index != sequence.anchor and not any(form.startswith("<") for form in step)
            )
            entry = _Entry(rule, sequence, tuple(sorted(checks, key=lambda check: abs(check[0]))))
            for form in sorted(sequence.steps[sequence.anchor]):
                by_anchor.setdefault(form, []).append(entry)
    return Lexicon({form: tuple(entries) for form, entries in by_anchor.items()})


def find_lexicon(
    document: Document, lexicon: Lexicon, languages: Mapping[str, float] | None = None
) -> list[Flag]:
    """Flag the confusions that the rules know.

    Args:
        document: The document.
        lexicon: Compiled rules.
        languages: Source language -> share of the votes, in [0, 1]; empty when unknown.

    Returns:
        Flags in text order, at most one a rule and place; where two rules mark overlapping words
        the surer one stands. Scores below any level are returned too.
    """
    flags: list[Flag] = []
    for pieces in cut(document.text):
        flags.extend(find_in_pieces(pieces, lexicon, languages or {}))
    return flags


def find_in_pieces(pieces: Pieces, lexicon: Lexicon, languages: Mapping[str, float]) -> list[Flag]:
    """Flag the confusions in one chunk, see `find_lexicon`."""
    by_anchor = lexicon.by_anchor
    lower = pieces.lower
    last = len(lower)
    found: list[Flag] = []
    for index in [index for index, word in enumerate(lower) if word in by_anchor]:
        for entry in by_anchor[lower[index]]:
            for distance, forms in entry.checks:
                place = index + distance
                if not 0 <= place < last or lower[place] not in forms:
                    break
            else:
                sequence = entry.sequence
                first = index - sequence.anchor
                if first >= 0 and _fits(pieces, sequence, first):
                    flag = _flag(pieces, entry.rule, sequence, first, languages)
                    if flag is not None:
                        found.append(flag)
    return [narrowed(flag) for flag in _surest(found)]


def _surest(flags: Iterable[Flag]) -> list[Flag]:
    kept: list[Flag] = []
    for flag in sorted(
        flags, key=lambda one: (-one.score, one.span.start - one.span.end, one.span)
    ):
        if not any(
            flag.span.start < other.span.end and other.span.start < flag.span.end for other in kept
        ):
            kept.append(flag)
    return sorted(kept, key=lambda one: one.span)


def _fits(pieces: Pieces, sequence: Sequence, first: int) -> bool:
    """Whether a pattern stands at a word: each word of it, and only joints between."""
    steps = sequence.steps
    last = first + len(steps)
    if last > len(pieces.lower) or (sequence.comma and pieces.gaps[last][:1] != ","):
        return False
    for index, step in enumerate(steps, first):
        if pieces.lower[index] not in step and not any(
            choice.startswith("<") and _of_class(pieces, index, choice) for choice in step
        ):
            return False
    return all(
        len(gap) <= 3 and _JOINTS.issuperset(gap) and gap.count("\n") < 2
        for gap in pieces.gaps[first + 1 : last]
    )


def _of_class(pieces: Pieces, index: int, name: str) -> bool:
    word = pieces.words[index]
    match name:
        case "<name>":
            return word[0].isupper()
        case "<num>":
            return word[0].isdigit() or pieces.lower[index] in NUMBER_WORDS
        case "<ing>":
            return len(word) > 4 and word.endswith("ing") and word.islower()
        case "<noun>":
            return word.islower() and word.isalpha() and not word.endswith(("ing", "ly", "ed"))
    return True


def _flag(
    pieces: Pieces,
    rule: LexicalRule,
    sequence: Sequence,
    first: int,
    languages: Mapping[str, float],
) -> Flag | None:
    low = max(0, first - rule.window)
    high = first + len(sequence.steps)
    around = {*pieces.lower[low:first], *pieces.lower[high : high + rule.window]}
    if rule.without and not rule.without.isdisjoint(around):
        return None
    if rule.near and rule.near.isdisjoint(around):
        return None
    evidence = [Evidence(f"pattern of rule {rule.id}", log_odds(rule.score))]
    if rule.near:
        evidence.append(Evidence(f"'{min(rule.near & around)}' stands nearby", 0.0))
    evidence.extend(_language(rule, languages))
    score = probability(total(evidence))
    start = pieces.starts[first + sequence.marked[0]]
    end = pieces.end(first + sequence.marked[1] - 1)
    texts = _suggestions(pieces, rule, sequence, first)
    if surface_is_right(pieces.text[start:end], texts):
        return None
    start, texts = _with_article(pieces, first + sequence.marked[0], start, texts)
    surface = pieces.text[start:end]
    return Flag(
        span=Span(pieces.start + start, pieces.start + end),
        surface=surface,
        category=rule.category,
        origin=rule.id,
        score=round(score, 4),
        message=rule.message,
        suggestions=tuple(
            Suggestion(_like(surface, text), round(score / (place + 1), 4))
            for place, text in enumerate(texts)
        ),
        evidence=tuple(evidence),
    )


def narrowed(flag: Flag) -> Flag:
    """The flag on the words that would change: what every suggestion keeps at either end is right.

    All of it stays where only function words would be left, which say nothing by themselves.
    """
    if not flag.suggestions:
        return flag
    surface = Pieces(flag.surface)
    texts = [Pieces(one.text) for one in flag.suggestions]
    spare = min(len(one.words) for one in (surface, *texts)) - 1
    head = _shared([one.words for one in (surface, *texts)], spare)
    tail = _shared([one.words[::-1] for one in (surface, *texts)], spare - head)
    if FUNCTION_WORDS.union(PREPOSITIONS).issuperset(
        surface.lower[head : len(surface.words) - tail]
    ):
        return flag
    start, end = _middle(surface, head, tail)
    return replace(
        flag,
        span=Span(flag.span.start + start, flag.span.start + end),
        surface=flag.surface[start:end],
        suggestions=tuple(
            replace(one, text=one.text[slice(*_middle(text, head, tail))])
            for one, text in zip(flag.suggestions, texts, strict=True)
        ),
    )


def _middle(pieces: Pieces, head: int, tail: int) -> tuple[int, int]:
    """Where a text begins without its first and ends without its last words."""
    start = pieces.starts[head] if head else 0
    return start, pieces.end(len(pieces.words) - tail - 1) if tail else len(pieces.text)


def _shared(texts: list[list[str]], most: int) -> int:
    """With how many words all texts begin alike."""
    count = 0
    while count < most and len({words[count] for words in texts}) == 1:
        count += 1
    return count


def surface_is_right(surface: str, texts: list[str]) -> bool:
    """Whether the words that stand there are themselves the suggestion."""
    return surface.lower().replace("-", " ") in {text.lower().replace("-", " ") for text in texts}


def _suggestions(pieces: Pieces, rule: LexicalRule, sequence: Sequence, first: int) -> list[str]:
    """The rule's suggestions in the form of what stands there.

    None where the marked part has a free word in it: the suggestion would lose that word.
    """
    start, end = sequence.marked
    if any(form.startswith("<") for step in sequence.steps[start:end] for form in step):
        return []
    if sequence.tagged >= 0:
        tag = sequence.tags.get(pieces.lower[first + sequence.tagged], "")
    else:
        tag = _ending(pieces.lower[first + end - 1])
    before = pieces.lower[first + start - 1] if first + start else ""
    if tag == "ed" and before in _BEFORE_PARTICIPLES:
        tag = "en"
    return [wording.write(tag) for wording in rule.suggest]


def _ending(word: str) -> str:
    """The inflection that a word written out in a pattern looks like."""
    if word.endswith("ing"):
        return "ing"
    if word.endswith("ed"):
        return "ed"
    return "s" if word.endswith("s") and not word.endswith(("ss", "us", "is")) else ""


def _language(rule: LexicalRule, languages: Mapping[str, float]) -> Iterator[Evidence]:
    if not rule.langs or not languages:
        return
    shares = {lang: languages.get(lang, 0.0) for lang in sorted(rule.langs)}
    best = max(shares, key=lambda lang: shares[lang])
    if shares[best] >= EXPECTED:
        yield Evidence(f"other signs say that the source is {best}", SPEAKS_FOR)
    elif sum(languages.values()) >= EXPECTED:
        likely = max(sorted(languages), key=lambda lang: languages[lang])
        yield Evidence(f"other signs say that the source is {likely}", SPEAKS_AGAINST)


def _with_article(
    pieces: Pieces, index: int, start: int, texts: list[str]
) -> tuple[int, list[str]]:
    """Take 'a' or 'an' along where the suggestion needs the other one."""
    if not texts or index == 0 or pieces.gaps[index] != " ":
        return start, texts
    article = pieces.lower[index - 1]
    if article not in ("a", "an") or article == _article(texts[0]):
        return start, texts
    return pieces.starts[index - 1], [f"{_article(text)} {text}" for text in texts]


def _article(text: str) -> str:
    word = text.lower()
    if word.startswith(("uni", "use", "eu", "one", "un ")):
        return "a"
    return "an" if word.startswith(("a", "e", "i", "o", "u")) else "a"


def _like(surface: str, text: str) -> str:
    """Begin a suggestion as its surface begins."""
    return text[:1].upper() + text[1:] if surface[:1].isupper() else text
