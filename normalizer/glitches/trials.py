"""Candidates tried in the place of a word: how much likelier the sentence is with each.

Those the model would hardly write there are dropped at a glance; the others are read with some of
what follows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from normalizer.glitches.candidates import FAMILIES, FREE, NAME, Candidate
from normalizer.glitches.language_model.protocol import LanguageModel, Passage
from normalizer.glitches.sentences import Sentence
from normalizer.glitches.suspects import Suspect
from normalizer.glitches.vocabulary import Vocabulary

# A candidate is read in its sentence unless the model, at a glance, prefers the word by so much; a
# misheard name may be as rare as the right one.
MAX_LOSS, MAX_NAME_LOSS, MAX_RULE_LOSS = 4.0, 8.0, 1.0
# So many of each kind are read in the sentence: mixed up for a reason, names, and just used alike.
MAX_READ, MAX_NAMES, MAX_FREE = 5, 6, 2
# So many words behind it are read, fewer where detectors were less sure: a wrong word is felt at
# once or not at all.
AHEAD, AHEAD_DOUBTED = 5, 3

FEATURES = (
    "family",
    "gain",
    "gain_here",
    "gain_after",
    "rivals_gain",
    "free_gain",
    "surprisal",
    "surprisal_mean",
    "own_rank",
    "other_rank",
    "rank_step",
    "likeness",
    "spelled_alike",
    "own_length",
    "length_step",
    "capital",
    "first",
    "sentence_length",
)


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate tried in its sentence.

    Attributes:
        suspect: The word it would replace.
        candidate: The other word.
        here: Nats by which the model expected it more than the word.
        after: Nats by which what follows is likelier behind it.
        features: By the names in `FEATURES`.
    """

    suspect: Suspect
    candidate: Candidate
    here: float
    after: float
    features: tuple[float, ...]

    @property
    def gain(self) -> float:
        """Nats the sentence gains."""
        return self.here + self.after


def try_out(
    suspects: Sequence[Suspect],
    sentences: Sequence[Sentence],
    passages: Sequence[Passage],
    model: LanguageModel,
    vocabulary: Vocabulary,
) -> list[tuple[Suspect, list[Trial]]]:
    """Read each suspect's sentence with the candidates that the model would write there.

    Returns:
        For each suspect its trials, those that gain most first; none where nothing is likely.
    """
    found: list[tuple[Suspect, list[Trial]]] = []
    for suspect in suspects:
        passage = passages[suspect.sentence]
        kept = _worth_reading(suspect, passage, model)
        gains = _gains(kept, passage, model)
        found.append((kept, _trials(kept, sentences[kept.sentence], gains, vocabulary)))
    return found


def measured(
    suspect: Suspect,
    word: str,
    length: int,
    gains: Sequence[tuple[Candidate, float, float]],
    vocabulary: Vocabulary,
) -> list[tuple[float, ...]]:
    """The features of each candidate of a suspect.

    Args:
        suspect: The word that stands there.
        word: Its letters.
        length: Words in its sentence.
        gains: Candidates, each with what the word itself and what follows gain.
        vocabulary: How common words are.
    """
    rows: list[tuple[float, ...]] = []
    own_rank = math.log(2 + vocabulary.rank(word))
    free = [here + after for one, here, after in gains if one.family == FREE]
    for at, (candidate, here, after) in enumerate(gains):
        rivals = [
            other_here + other_after
            for place, (other, other_here, other_after) in enumerate(gains)
            if place != at and other.family != FREE
        ]
        other_rank = math.log(2 + max(map(vocabulary.rank, candidate.text.split())))
        likeness = vocabulary.likeness(word, candidate.text)
        text = candidate.text.lower()
        rows.append(
            (
                float(FAMILIES.index(candidate.family)),
                here + after,
                here,
                after,
                max(rivals, default=math.nan),
                max(free, default=math.nan),
                suspect.surprisal,
                suspect.mean,
                own_rank,
                other_rank,
                own_rank - other_rank,
                math.nan if likeness is None else likeness,
                SequenceMatcher(None, word.lower(), text, autojunk=False).ratio(),
                float(len(word)),
                float(len(text) - len(word)),
                float(word[0].isupper()),
                float(suspect.word == 0),
                float(length),
            )
        )
    return rows


def _trials(
    suspect: Suspect,
    sentence: Sentence,
    gains: Sequence[tuple[Candidate, float, float]],
    vocabulary: Vocabulary,
) -> list[Trial]:
    word = sentence.words[suspect.word]
    rows = measured(suspect, word, len(sentence.words), gains, vocabulary)
    trials = [
        Trial(suspect, candidate, here, after, row)
        for (candidate, here, after), row in zip(gains, rows, strict=True)
    ]
    return sorted(trials, key=lambda one: -one.gain)


def _worth_reading(suspect: Suspect, passage: Passage, model: LanguageModel) -> Suspect:
    """The suspect with those candidates only that the model would write there."""
    own, *others = model.glance(_variants(passage, suspect, suspect.word), suspect.word)
    tried = zip(suspect.candidates, (other - own for other in others), strict=True)
    return replace(suspect, candidates=tuple(_likeliest(list(tried), suspect.named)))


def _gains(
    suspect: Suspect, passage: Passage, model: LanguageModel
) -> list[tuple[Candidate, float, float]]:
    """The candidates, each with what the word itself and what follows gain.

    To be asked right after a glance: the model still has what it read before the word.
    """
    if not suspect.candidates:
        return []
    end = suspect.word + (AHEAD if suspect.named else AHEAD_DOUBTED)
    likely = model.log_likelihood(_variants(passage, suspect, end))
    (here, after), *others = (_parted(words, suspect.word) for words in likely)
    return [
        (candidate, other_here - here, other_after - after)
        for candidate, (other_here, other_after) in zip(suspect.candidates, others, strict=True)
    ]


def _parted(words: Sequence[float], at: int) -> tuple[float, float]:
    """Log-probabilities up to the end of a word, and of what follows."""
    return sum(words[: at + 1]), sum(words[at + 1 :])


def _likeliest(tried: Sequence[tuple[Candidate, float]], named: bool) -> list[Candidate]:
    """Candidates to read, by what a glance says; names in their order, which says more of them."""
    most = MAX_LOSS if named else MAX_RULE_LOSS
    kept = [
        candidate
        for candidate, gain in sorted(tried, key=lambda one: -one[1])
        if candidate.family != NAME and gain > -most
    ]
    names = [one for one, gain in tried if one.family == NAME and gain > -MAX_NAME_LOSS]
    sure = [one for one in kept if one.family != FREE][:MAX_READ]
    return sure + names[:MAX_NAMES] + [one for one in kept if one.family == FREE][:MAX_FREE]


def _variants(passage: Passage, suspect: Suspect, end: int) -> list[Passage]:
    """The passage up to the end of a word, as it stands and then with each candidate."""
    swapped = [
        _with_article(passage, suspect.word, candidate.text) for candidate in suspect.candidates
    ]
    return [_upto(one, end) for one in (passage, *swapped)]


def _with_article(passage: Passage, at: int, text: str) -> Passage:
    """The passage with another word; 'a' becomes 'an' before it where it must."""
    passage = passage.with_word(at, text)
    if at and (article := passage.word(at - 1)).lower() in ("a", "an"):
        wanted = "an" if text[:1].lower() in "aeiou" else "a"
        if wanted != article.lower():
            return passage.with_word(at - 1, wanted.capitalize() if at == 1 else wanted)
    return passage


def _upto(passage: Passage, at: int) -> Passage:
    """The passage up to the end of a word; all of it where it has no such word."""
    if at >= len(passage.words) - 1:
        return passage
    return Passage(passage.text[: passage.words[at].end], passage.words[: at + 1], passage.before)
