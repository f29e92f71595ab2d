"""Words to ask a language model about, each with what may have been meant by it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace

from normalizer.annotation import Span
from normalizer.glitches.candidates import Candidate, Candidates
from normalizer.glitches.language_model.protocol import LanguageModel, Passage
from normalizer.glitches.odd_words import never
from normalizer.glitches.sentences import Sentence
from normalizer.glitches.tagger import files_of, listen, load_heads
from normalizer.glitches.vocabulary import Vocabulary

# Words of a sentence before this are function words; names this common are known to the model.
MIN_RANK, MIN_NAME_RANK = 150, 8_000
RARE_RANK = 20_000
# Nats: a word that the model half expected is not asked about, one that only a rule names least.
MIN_SURPRISAL, MIN_NAME_SURPRISAL, MIN_RULE_SURPRISAL = 4.0, 14.0, 7.0


@dataclass(frozen=True, slots=True)
class Suspect:
    """A word to ask about, with its candidates.

    Attributes:
        sentence: Index of its sentence.
        word: Index of the word in it.
        surprisal: Nats the model was surprised by.
        mean: The same for the mean word of the sentence.
        candidates: What may have been meant.
        named: Whether a detector is sure enough of it.
    """

    sentence: int
    word: int
    surprisal: float
    mean: float
    candidates: tuple[Candidate, ...]
    named: bool = True


def find_suspects(
    sentences: Sequence[Sentence],
    passages: Sequence[Passage],
    model: LanguageModel,
    candidates: Candidates,
    vocabulary: Vocabulary,
    *,
    named: Iterable[Span],
    strange: Iterable[Span] = (),
    shared: Container[str] = frozenset(),
    known: Callable[[str], bool] = never,
    unnamed: int = 0,
) -> list[Suspect]:
    """The words to ask about that have candidates, in text order.

    Args:
        sentences: Of one document.
        passages: The same for the model.
        model: Says how expected each word is, without the sentence before.
        candidates: What may have been meant.
        vocabulary: How common words are.
        named: Places that detectors named; each word in them is asked about.
        strange: Places that detectors are less sure of: a name may be a slip of a better known one.
        shared: Words, in lower case, that other documents have too: elsewhere than in these places
            they are right.
        known: Whether a word is a name the base knows.
        unnamed: Words of each sentence that nobody named and that are asked about all the same,
            the least expected first.
    """
    certain, doubtful = letters_of(named), letters_of(strange)
    asked_about: set[str] = set()

    def options(sentence: Sentence) -> dict[int, tuple[Candidate, ...]]:
        """Words that detectors or rules speak of, with what may have been meant."""
        found: dict[int, list[Candidate]] = {}
        for at in _askable(sentence, known):
            word, place = sentence.words[at], sentence.starts[at]
            if place in certain:
                found[at] = _candidates(word, at, candidates)
            elif _is_name(word, at):
                # A document that writes a strange name so throughout is asked about it once.
                if place in doubtful and word not in asked_about:
                    asked_about.add(word)
                    found[at] = candidates.of_name(word)
            elif place in doubtful or word.lower() not in shared:
                found[at] = _of_rules(word, candidates, vocabulary)
        return {at: tuple(mine) for at, mine in found.items() if mine}

    chosen = [options(sentence) for sentence in sentences]
    asked = [number for number, mine in enumerate(chosen) if mine or unnamed]
    alone = [replace(passages[number], before="") for number in asked]
    # The tagger has read them so already.
    heard = listen(model, alone, load_heads().get(files_of(model)))
    suspects: list[Suspect] = []
    for number, words in zip(asked, heard, strict=True):
        sentence, mine = sentences[number], chosen[number]
        surprisals = [word.surprisal for word in words]
        mean = sum(surprisals) / len(surprisals)
        sure = {at for at in mine if sentence.starts[at] in certain}
        others = [
            at
            for at in _askable(sentence, known)
            if at not in sure and is_unexpected(sentence.words[at], at, surprisals[at], vocabulary)
        ]
        for at in sorted(others, key=lambda at: -surprisals[at])[:unnamed]:
            sure.add(at)
            mine[at] = tuple(_candidates(sentence.words[at], at, candidates))
        for at, found in sorted(mine.items()):
            named_by_some = at in sure or sentence.starts[at] in doubtful
            if found and (named_by_some or surprisals[at] >= MIN_RULE_SURPRISAL):
                suspects.append(Suspect(number, at, surprisals[at], mean, found, at in sure))
    return suspects


def _askable(sentence: Sentence, known: Callable[[str], bool]) -> list[int]:
    """Words of letters that are no known names; the first of a sentence may look like one."""
    return [
        at for at, word in enumerate(sentence.words) if _is_word(word) and not (at and known(word))
    ]


def is_unexpected(word: str, at: int, surprisal: float, vocabulary: Vocabulary) -> bool:
    """Whether a word that nobody named is strange enough to be asked about."""
    rank = vocabulary.rank(word)
    if _is_name(word, at):
        return rank >= MIN_NAME_RANK or surprisal >= MIN_NAME_SURPRISAL
    return rank >= RARE_RANK or (rank >= MIN_RANK and surprisal >= MIN_SURPRISAL)


def letters_of(spans: Iterable[Span]) -> set[int]:
    """The places of all letters in some spans."""
    return {place for span in spans for place in range(span.start, span.end)}


def _of_rules(word: str, candidates: Candidates, vocabulary: Vocabulary) -> list[Candidate]:
    """What rules suggest for a word elsewhere; nothing to or for a function word."""

    def has_content(text: str) -> bool:
        return any(vocabulary.rank(one) >= MIN_RANK for one in text.split())

    if not has_content(word):
        return []
    return [one for one in candidates.of_rules(word) if has_content(one.text)]


def _is_word(word: str) -> bool:
    return len(word) > 2 and word.replace("-", "").isalpha() and not word.isupper()


def _is_name(word: str, at: int) -> bool:
    return word[0].isupper() and at > 0


def _candidates(word: str, at: int, candidates: Candidates) -> list[Candidate]:
    found = candidates.of_name(word) if _is_name(word, at) else []
    names = {one.text for one in found}
    return found + [one for one in candidates.of_word(word) if one.text not in names]
