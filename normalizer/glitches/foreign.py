"""What was left in another language: scripts, sentences, and words that are not English.

Sentences are told by function words, the commonest twenty or thirty words of a language: three
different ones close together are a stretch of that language. A trained identifier was weighed and
left out; on the short stretches that occur here it is no better, it needs numpy and a model, and
it names a language for a list of surnames, which has no function words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from normalizer.annotation import Evidence, Flag, Span, Suggestion
from normalizer.glitches.pieces import Pieces, word_set

if TYPE_CHECKING:
    from normalizer.glitches.rules import GlitchRules, MechanicalRule

# Latin letters end here: Latin Extended-B, and Latin Extended Additional.
_LAST_LATIN = "\N{LATIN SMALL LETTER Y WITH STROKE}"
_ADDITIONAL = ("\u1e00", "\u1eff")
# A stretch of another language: this many different function words, no two further apart.
STRETCH = 3
REACH = 7
# A word that no list knows and that occurs more often than this in a document is a term.
MOST = 3
_GLUE = word_set("of the and in to for with from by that on at was were had has who a")


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A word that no list knows, and what speaks for a slip of the translator."""

    kind: str
    score: float
    suggestion: str = ""


@dataclass(slots=True)
class Seen:
    """What one document has shown so far, chunk after chunk.

    Attributes:
        judged: Unknown words and the verdict on them; None is no fault.
        counts: How often each suspicious word has occurred.
        flags: Its flags, kept back until the whole document is counted.
    """

    judged: dict[str, _Unknown | None] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    flags: list[Flag] = field(default_factory=list)

    def settle(self) -> Iterator[Flag]:
        """The flags of words that stay rare: one that keeps coming back is a term of its text."""
        for flag in self.flags:
            if self.counts[flag.surface] <= MOST:
                yield flag


def find_foreign(
    pieces: Pieces, rules: GlitchRules, seen: Seen, heard: Container[str] = frozenset()
) -> Iterator[Flag]:
    """Flag stretches of another script or language; single words wait in ``seen``.

    Args:
        pieces: A chunk of the document.
        rules: Checked rules.
        seen: What the earlier chunks have shown; it is added to.
        heard: Lower-case words that occur in large English corpora: names, terms and loans.
    """
    if not pieces.text.isascii():
        yield from _scripts(pieces, rules.mechanical["foreign-script"])
    yield from _stretches(pieces, rules)
    odd: set[str] = set()
    for word in pieces.distinct - rules.words:
        if len(word) > 3 and word.islower() and word.isalpha():
            if word not in seen.judged:
                seen.judged[word] = None if word in heard else judge_word(word, rules)
            if seen.judged[word] is not None:
                odd.add(word)
    if not odd:
        return
    for index in [index for index, word in enumerate(pieces.words) if word in odd]:
        word = pieces.words[index]
        seen.counts[word] += 1
        judged = seen.judged[word]
        if (
            judged is not None
            and seen.counts[word] <= MOST
            and word.capitalize() not in pieces.distinct
            and not _in_address(pieces, index)
        ):
            seen.flags.append(_word_flag(pieces, index, judged, rules))


def _in_address(pieces: Pieces, index: int) -> bool:
    before, after = pieces.gaps[index][-1:], pieces.gaps[index + 1][:2]
    return (
        (before and before in "/@._#-&\\")
        or after[:1] in ("/", "@", "_", "=", "-")
        or (after[:1] == "." and len(after) == 1 and index + 1 < len(pieces.words))
    )


def _word_flag(pieces: Pieces, index: int, judged: _Unknown, rules: GlitchRules) -> Flag:
    rule = rules.mechanical[judged.kind]
    span = Span(pieces.start + pieces.starts[index], pieces.start + pieces.end(index))
    suggestions = (Suggestion(judged.suggestion, judged.score),) if judged.suggestion else ()
    return Flag(
        span,
        pieces.words[index],
        rule.category,
        rule.id,
        judged.score,
        rule.message,
        suggestions,
        (Evidence("in no list of English words, nor made from one", 0.0),),
    )


def judge_word(word: str, rules: GlitchRules) -> _Unknown | None:
    """What an unknown lower-case word may be; None when English could have made it."""
    if word in rules.words or word in rules.names or derived(word, rules):
        return None
    for at in range(2, len(word) - 1):
        left, right = word[:at], word[at:]
        if left in _GLUE and right in _GLUE:
            return _Unknown("glued-words", rules.mechanical["glued-words"].score, f"{left} {right}")
    for at in range(2, len(word) - 1):
        left, right = word[:at], word[at:]
        if (left in _GLUE and len(right) > 2 and right in rules.common_words) or (
            right in _GLUE and len(left) > 2 and len(right) > 1 and left in rules.common_words
        ):
            if len(word) > 5:
                score = rules.mechanical["glued-words"].score
                return _Unknown("glued-words", score, f"{left} {right}")
        elif min(len(left), len(right)) > 2 and left in rules.words and right in rules.words:
            return None
    if not word.isascii():
        return _Unknown("unknown-word", rules.mechanical["unknown-word"].score - 0.1)
    return _Unknown("unknown-word", rules.mechanical["unknown-word"].score)


def derived(word: str, rules: GlitchRules) -> bool:
    """Whether English makes the word from a known one by a free prefix or ending."""
    if word in rules.affixes["prefixes"]:
        return True
    bases = [word]
    for prefix in rules.affixes["prefixes"]:
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) > 2:
            bases.append(rest)
    for base in bases:
        if base != word and base in rules.words:
            return True
        for ending in rules.affixes["endings"]:
            stem = base.removesuffix(ending)
            if stem == base or len(stem) < 3:
                continue
            if stem in rules.words or stem + "e" in rules.words or stem + "y" in rules.words:
                return True
            if stem.endswith("i") and stem[:-1] + "y" in rules.words:
                return True
            if len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in rules.words:
                return True
    return False


# -- scripts -------------------------------------------------------------------------------------


def is_foreign_script(word: str) -> bool:
    """Whether a word has a letter that no Latin alphabet has."""
    return any(
        c > _LAST_LATIN and c.isalpha() and not _ADDITIONAL[0] <= c <= _ADDITIONAL[1] for c in word
    )


def _scripts(pieces: Pieces, rule: MechanicalRule) -> Iterator[Flag]:
    # One letter alone is a mark: a unit, a bullet, a lengthening stroke.
    foreign = {
        word
        for word in pieces.distinct
        if len(word) > 1 and not word.isascii() and is_foreign_script(word)
    }
    if not foreign:
        return
    last = len(pieces.words)
    index = 0
    while index < last:
        if pieces.words[index] not in foreign:
            index += 1
            continue
        first = index
        while index < last and pieces.words[index] in foreign and "\n" not in pieces.gaps[index]:
            index += 1
        index = max(index, first + 1)
        start, end = pieces.starts[first], pieces.end(index - 1)
        # In brackets after an English word it is the original, given on purpose.
        gloss = pieces.gaps[first].rstrip().endswith("(") or pieces.gaps[first][-1:] in "\"'/"
        yield Flag(
            Span(pieces.start + start, pieces.start + end),
            pieces.text[start:end],
            rule.category,
            rule.id,
            rule.score - (0.5 if gloss else 0.0),
            rule.message,
            (),
            (Evidence("letters of another script", 0.0),),
        )


# -- sentences -----------------------------------------------------------------------------------


def _stretches(pieces: Pieces, rules: GlitchRules) -> Iterator[Flag]:
    present = rules.foreign_words & pieces.distinct
    if len(present) < STRETCH:
        return
    rule = rules.mechanical["foreign-sentence"]
    hits = [index for index, word in enumerate(pieces.words) if word in present]
    for group in _groups(hits, pieces):
        lang, score = _language(group, pieces, rules)
        if not lang:
            continue
        first = _reach(pieces, group[0], -1, rules)
        last = _reach(pieces, group[-1], 1, rules)
        start, end = pieces.starts[first], pieces.end(last)
        yield Flag(
            Span(pieces.start + start, pieces.start + end),
            pieces.text[start:end],
            rule.category,
            rule.id,
            score,
            rule.message,
            (),
            (Evidence(f"{len(group)} function words of '{lang}' in a row", 0.0),),
        )


def _groups(hits: Iterable[int], pieces: Pieces) -> Iterator[list[int]]:
    group: list[int] = []
    for index in hits:
        if group and (
            index - group[-1] > REACH
            or any("\n" in gap for gap in pieces.gaps[group[-1] + 1 : index + 1])
        ):
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def _language(group: list[int], pieces: Pieces, rules: GlitchRules) -> tuple[str, float]:
    """The language of a group of function words and how sure that is; empty when English."""
    if len(group) < STRETCH:
        return "", 0.0
    words = [pieces.words[index] for index in group]
    if len(set(words)) < STRETCH:
        return "", 0.0
    votes = {
        lang: len(own.intersection(words)) for lang, own in sorted(rules.function_words.items())
    }
    lang = max(votes, key=lambda one: votes[one])
    if votes[lang] < STRETCH:
        return "", 0.0
    inside = pieces.words[group[0] : group[-1] + 1]
    english = sum(word in rules.common_words for word in inside if word.islower())
    if english * 2 > len(inside):
        return "", 0.0
    base = rules.mechanical["foreign-sentence"].score
    return lang, base if votes[lang] > STRETCH or english * 4 < len(inside) else base - 0.2


def _reach(pieces: Pieces, index: int, step: int, rules: GlitchRules) -> int:
    """How far a stretch goes on beyond its function words, over one short word at a time."""
    while True:
        near, far = index + step, index + 2 * step
        if _goes_on(pieces, index, near, rules):
            index = near
        elif (
            0 <= near < len(pieces.words)
            and len(pieces.words[near]) <= 3
            and _joint(pieces, index, near) == " "
            and _goes_on(pieces, near, far, rules)
        ):
            index = far
        else:
            return index


def _joint(pieces: Pieces, index: int, near: int) -> str:
    return pieces.gaps[max(index, near)]


def _goes_on(pieces: Pieces, index: int, near: int, rules: GlitchRules) -> bool:
    return (
        0 <= near < len(pieces.words)
        and _joint(pieces, index, near) == " "
        and pieces.lower[near] not in rules.common_words
    )
