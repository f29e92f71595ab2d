"""A language model's second opinion: would the sentence be much likelier with another word?

Only suspects are asked about, words that a detector has named: by itself a better candidate is far
more often a paraphrase than a correction (`models/opinion.md` has the figures). Each gets the
candidates of `candidates`; those the model would hardly write there are dropped unread,
the others are tried in the sentence. How much the sentence gains, and how the two words may have
been mixed up, gives the probability that the word is wrong and the other one right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from normalizer.annotation import Document, Evidence, Flag, Span, Suggestion
from normalizer.glitches.candidates import FAMILIES, Candidate, Candidates, load_candidates
from normalizer.glitches.odd_words import never
from normalizer.glitches.opinion import LanguageModel, Passage, passages_of
from normalizer.glitches.sentences import Sentence, split_sentences
from normalizer.glitches.tagger import files_of, listen, load_heads
from normalizer.glitches.trees import Model, load_models
from normalizer.glitches.vocabulary import Vocabulary
from normalizer.odds import log_odds

OPINION, FILE = "second-opinion", "opinion.json"
# Names of two models: how likely a candidate is what was meant, and how likely a reader is to call
# the word wrong that has such a candidate.
CANDIDATE, MODEL = "candidate", "opinion"
# A candidate less likely than this is not suggested.
MIN_SUGGESTED = 0.05
MAX_SHOWN = 3
# The share of words asked about whose best candidate is right: surer ones speak for an error.
USUAL = 0.04
# Families that speak for an error; that a word merely spelled or used alike fits better, does not.
_SPEAKING = frozenset({"rule", "sense"})
# A strange name always gives way to a better known one. What follows it decides: log-odds for each
# nat by which that is likelier, beyond the first two.
NAME_WORTH, USUAL_AFTER = 0.35, 2.0
# Flags less sure than this are not asked about: no answer would make them worth a look.
MIN_NAMED = 0.5
# A flag of more words names no word.
MAX_NAMED = 4
# Siblings have given their own reading; a model that weighs it adds next to nothing.
_HEARD = "witness:"
# Words of a sentence before this are function words; names this common are known to the model.
MIN_RANK, MIN_NAME_RANK = 150, 8_000
RARE_RANK = 20_000
# Nats: a word that the model half expected is not asked about.
MIN_SURPRISAL, MIN_NAME_SURPRISAL = 4.0, 14.0
# A candidate is read in its sentence unless the model, at its first look, prefers the word by so
# much; a misheard name may be as rare as the right one.
MAX_LOSS, MAX_NAME_LOSS = 4.0, 8.0
# So many of each kind are read in the sentence: mixed up for a reason, and just used alike.
MAX_READ, MAX_FREE = 6, 3
_FREE = "use"
# What follows is read so far: a wrong word is felt at once or not at all.
AHEAD = 9

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
class Suspect:
    """A word to ask about, with its candidates.

    Attributes:
        sentence: Index of its sentence.
        word: Index of the word in it.
        surprisal: Nats the model was surprised by.
        mean: The same for the mean word of the sentence.
        candidates: What may have been meant.
    """

    sentence: int
    word: int
    surprisal: float
    mean: float
    candidates: tuple[Candidate, ...]


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


def find_second_opinion(
    document: Document,
    flags: Sequence[Flag],
    model: LanguageModel,
    vocabulary: Vocabulary,
    *,
    candidates: Candidates | None = None,
    models: Mapping[str, Model] | None = None,
    known: Callable[[str], bool] = never,
) -> list[Flag]:
    """What a model adds to the flags of the other detectors: flags of its own, in text order.

    A flag of its own names the word and what the sentence would rather have; `rank` joins it with
    what others say of the place.

    Args:
        document: The document.
        flags: Of the other detectors; the words they name are asked about.
        model: Who is asked.
        vocabulary: How common words are.
        candidates: What may have been meant; the shipped tables unless given.
        models: Learned scores, named `CANDIDATE` and `MODEL`; the shipped ones unless given.
        known: Whether a word is a name the base knows; such a name is no error.
    """
    candidates = candidates or load_candidates()
    models = models or load_models(file=FILE)
    sentences, passages = _passages(document)
    named = [
        flag.span
        for flag in flags
        if flag.score >= MIN_NAMED
        and not flag.origin.startswith(_HEARD)
        and flag.surface.count(" ") < MAX_NAMED
    ]
    suspects = find_suspects(
        sentences, passages, model, candidates, vocabulary, named=named, known=known
    )
    found: list[Flag] = []
    for suspect, trials in try_out(suspects, sentences, passages, model, vocabulary):
        likely = models[CANDIDATE]
        ranked = _likeliest_first(trials, likely)
        shown = {trial: likely.score(trial.features) for trial in ranked[:MAX_SHOWN]}
        shown = {
            trial: score
            for trial, score in shown.items()
            if score >= MIN_SUGGESTED and trial.gain > 0
        }
        if ranked and ranked[0] in shown:
            score = models[MODEL].score(ranked[0].features)
            weight = _weight(ranked[0], shown[ranked[0]])
            found.append(
                _flag(sentences[suspect.sentence], suspect, shown, score, weight, model.name)
            )
    return found


def find_suspects(
    sentences: Sequence[Sentence],
    passages: Sequence[Passage],
    model: LanguageModel,
    candidates: Candidates,
    vocabulary: Vocabulary,
    *,
    named: Iterable[Span],
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
        known: Whether a word is a name the base knows.
        unnamed: Words of each sentence that nobody named and that are asked about all the same,
            the least expected first.
    """
    places = [
        [
            at
            for at, word in enumerate(sentence.words)
            if _is_word(word) and not (known(word) and at)
        ]
        for sentence in sentences
    ]
    letters = {place for span in named for place in range(span.start, span.end)}
    wanted = [
        {at for at in mine if sentence.starts[at] in letters}
        for sentence, mine in zip(sentences, places, strict=True)
    ]
    asked = [number for number, mine in enumerate(places) if (mine if unnamed else wanted[number])]
    alone = [replace(passages[number], before="") for number in asked]
    # The tagger has read them so already.
    heard = listen(model, alone, load_heads().get(files_of(model)))
    suspects: list[Suspect] = []
    for number, words in zip(asked, heard, strict=True):
        sentence = sentences[number]
        surprisals = [word.surprisal for word in words]
        others = [
            at
            for at in places[number]
            if at not in wanted[number]
            and is_unexpected(sentence.words[at], at, surprisals[at], vocabulary)
        ]
        others.sort(key=lambda at: -surprisals[at])
        for at in sorted([*wanted[number], *others[:unnamed]]):
            found = _candidates(sentence.words[at], at, candidates)
            mean = sum(surprisals) / len(surprisals)
            if found:
                suspects.append(Suspect(number, at, surprisals[at], mean, tuple(found)))
    return suspects


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
    # A first look goes one word further: a given name is known by the name behind it.
    looks: list[Passage] = []
    for suspect in suspects:
        looks += _variants(passages[suspect.sentence], suspect, suspect.word + 1)
    first = iter(model.log_likelihood(looks))
    kept: list[Suspect] = []
    for suspect in suspects:
        own = next(first)
        tried = [(candidate, next(first) - own) for candidate in suspect.candidates]
        kept.append(replace(suspect, candidates=tuple(_likeliest(tried))))
    read: list[Passage] = []
    for suspect in kept:
        if suspect.candidates:
            for end in (suspect.word, suspect.word + AHEAD):
                read += _variants(passages[suspect.sentence], suspect, end)
    totals = iter(model.log_likelihood(read))
    found: list[tuple[Suspect, list[Trial]]] = []
    for suspect in kept:
        count = len(suspect.candidates) + 1 if suspect.candidates else 0
        here = [next(totals) for _ in range(count)]
        whole = [next(totals) for _ in range(count)]
        gains = [
            (candidate, at - here[0], (total - whole[0]) - (at - here[0]))
            for candidate, at, total in zip(suspect.candidates, here[1:], whole[1:], strict=True)
        ]
        found.append((suspect, _trials(suspect, sentences[suspect.sentence], gains, vocabulary)))
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
    free = [here + after for one, here, after in gains if one.family == _FREE]
    for at, (candidate, here, after) in enumerate(gains):
        rivals = [
            other_here + other_after
            for place, (other, other_here, other_after) in enumerate(gains)
            if place != at and other.family != _FREE
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


def _passages(document: Document) -> tuple[list[Sentence], list[Passage]]:
    sentences = split_sentences(document)
    return sentences, passages_of(document, sentences)


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


def _is_word(word: str) -> bool:
    return len(word) > 2 and word.replace("-", "").isalpha() and not word.isupper()


def is_unexpected(word: str, at: int, surprisal: float, vocabulary: Vocabulary) -> bool:
    """Whether a word that nobody named is strange enough to be asked about."""
    rank = vocabulary.rank(word)
    if word[0].isupper() and at:
        return rank >= MIN_NAME_RANK or surprisal >= MIN_NAME_SURPRISAL
    return rank >= RARE_RANK or (rank >= MIN_RANK and surprisal >= MIN_SURPRISAL)


def _candidates(word: str, at: int, candidates: Candidates) -> list[Candidate]:
    found = candidates.of_name(word) if word[0].isupper() and at else []
    names = {one.text for one in found}
    return found + [one for one in candidates.of_word(word) if one.text not in names]


def _likeliest(tried: Sequence[tuple[Candidate, float]]) -> list[Candidate]:
    kept = [
        candidate
        for candidate, gain in sorted(tried, key=lambda one: -one[1])
        if gain > -(MAX_NAME_LOSS if candidate.family == "name" else MAX_LOSS)
    ]
    sure = [one for one in kept if one.family != _FREE][:MAX_READ]
    return sure + [one for one in kept if one.family == _FREE][:MAX_FREE]


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


def _likeliest_first(trials: Sequence[Trial], likely: Model) -> list[Trial]:
    """Trials by the learned score, but names among themselves by how they sound and fit.

    The scores have seen too few names: how well one is known outweighs all else in them.
    """
    ranked = sorted(trials, key=lambda trial: -likely.sum(trial.features))
    names = sorted((one for one in ranked if one.candidate.family == "name"), key=_name_fit)
    return [names.pop() if one.candidate.family == "name" else one for one in ranked]


def _name_fit(trial: Trial) -> float:
    """Nats; those at the name itself count less, and a tenth more of like letters is worth two."""
    alike = trial.features[FEATURES.index("spelled_alike")]
    return trial.after + 0.3 * trial.here + 20 * alike


def _weight(trial: Trial, likely: float) -> float:
    """What a better candidate says of the word, in log-odds."""
    if trial.candidate.family == "name":
        return NAME_WORTH * (trial.after - USUAL_AFTER)
    if trial.candidate.family not in _SPEAKING:
        return 0.0
    return log_odds(likely) - log_odds(USUAL)


def _flag(
    sentence: Sentence,
    suspect: Suspect,
    shown: Mapping[Trial, float],
    score: float,
    weight: float,
    name: str,
) -> Flag:
    best = next(iter(shown))
    surface = sentence.words[suspect.word]
    start = sentence.starts[suspect.word]
    evidence = [Evidence(f"{name}: {best.gain:+.1f} nats with {best.candidate.text}", weight)]
    if best.candidate.family == "rule":
        evidence.append(Evidence(f"a pair of rule {best.candidate.reason}", 0.0))
    elif best.candidate.reason:
        evidence.append(Evidence(f"both may stand for {best.candidate.reason}", 0.0))
    return Flag(
        Span(start, start + len(surface)),
        surface,
        "name" if best.candidate.family == "name" else "lexical-choice",
        f"{OPINION}:{best.candidate.family}",
        score,
        f"{best.candidate.text!r} fits this sentence better, says {name}.",
        tuple(Suggestion(trial.candidate.text, likely) for trial, likely in shown.items()),
        tuple(evidence),
    )
