"""A language model's second opinion: would the sentence be much likelier with another word?

Only suspects are asked about: by itself a better candidate is far more often a paraphrase than a
correction (`models/opinion.md` has the figures). They are words that a detector has named, names
that look strange, and words that a rule of the lexicon would mark in another context. Each gets
the candidates of `candidates`; those the model would hardly write there are dropped unread, the
others are tried in the sentence. How much the sentence gains, and how the two words may have been
mixed up, gives the probability that the word is wrong and the other one right.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from normalizer.annotation import Document, Evidence, Flag, Span, Suggestion
from normalizer.glitches.candidates import NAME, RULE, Candidates, load_candidates
from normalizer.glitches.language_model.protocol import LanguageModel, passages_of
from normalizer.glitches.odd_words import never
from normalizer.glitches.sentences import Sentence, split_sentences
from normalizer.glitches.suspects import Suspect, find_suspects, letters_of
from normalizer.glitches.trees import Model, load_models
from normalizer.glitches.trials import FEATURES, Trial, try_out
from normalizer.glitches.vocabulary import Vocabulary
from normalizer.odds import log_odds, probability

OPINION, FILE = "second-opinion", "opinion.json"
# Names of two models: how likely a candidate is what was meant, and how likely a reader is to call
# the word wrong that has such a candidate.
CANDIDATE, MODEL = "candidate", "opinion"
# A candidate less likely than this is not suggested; a name needs more, since most strange names
# are right and all of them sound like some other one.
MIN_SUGGESTED, MIN_NAME = 0.05, 0.1
MAX_SHOWN = 3
# A strange name always gives way to a better known one. What follows it decides: log-odds for each
# nat by which that is likelier, beyond the first two.
NAME_WORTH, USUAL_AFTER = 0.25, 2.0
# The share of strange names that readers mark, and what else may be added to its log-odds.
STRANGE, MAX_WORTH = 0.2, 1.5
# Of slips with several near names the one that sounds and fits best was right so often.
NAME_RIGHT = 0.68
# Flags less sure than this are not asked about: no answer would make them worth a look. A name may
# turn out to be a slip of a well-known one, which says more.
MIN_NAMED, MIN_STRANGE = 0.5, 0.4
# A rule out of its context is less sure by so much in log-odds, and surer again by so much for each
# nat that the sentence gains beyond the first ones; never surer than in its context.
OUT_OF_CONTEXT, RULE_WORTH, USUAL_GAIN = 1.5, 0.6, 3.0
# A flag of more words names none of them.
MAX_WORDS = 4
# Siblings have given their own reading; a model that weighs it adds next to nothing.
_HEARD = "witness:"


def find_second_opinion(
    document: Document,
    flags: Sequence[Flag],
    model: LanguageModel,
    vocabulary: Vocabulary,
    *,
    candidates: Candidates | None = None,
    models: Mapping[str, Model] | None = None,
    shared: Container[str] = frozenset(),
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
        shared: Words, in lower case, that other tellings of the story have too.
        known: Whether a word is a name the base knows; such a name is no error.
    """
    candidates = candidates or load_candidates()
    models = models or load_models(file=FILE)
    sentences = split_sentences(document)
    passages = passages_of(document, sentences)
    asked = [
        flag
        for flag in flags
        if not flag.origin.startswith(_HEARD) and flag.surface.count(" ") < MAX_WORDS
    ]
    suspects = find_suspects(
        sentences,
        passages,
        model,
        candidates,
        vocabulary,
        named=[flag.span for flag in asked if flag.score >= MIN_NAMED and _lacks_words(flag)],
        strange=[flag.span for flag in asked if flag.score >= MIN_STRANGE],
        shared=shared,
        known=known,
    )
    marked = {(flag.origin, place) for flag in flags for place in letters_of([flag.span])}
    found = (
        _judged(sentences[suspect.sentence], trials, models, marked, model.name)
        for suspect, trials in try_out(suspects, sentences, passages, model, vocabulary)
    )
    return [flag for flag in found if flag is not None]


def _lacks_words(flag: Flag) -> bool:
    """Whether a flag marks one word and nobody says what was meant."""
    return not flag.suggestions and " " not in flag.surface


def _judged(
    sentence: Sentence,
    trials: Sequence[Trial],
    models: Mapping[str, Model],
    marked: Container[tuple[str, int]],
    name: str,
) -> Flag | None:
    """What the trials of a suspect come to; None where no candidate is worth showing.

    Args:
        sentence: Where it stands.
        trials: Of its candidates.
        models: See `find_second_opinion`.
        marked: What rules have marked: their names, and the letters.
        name: Of the model that was asked.
    """
    likely = models[CANDIDATE]
    ranked = _likeliest_first(trials, likely)
    scores = {trial: likely.score(trial.features) for trial in ranked[:MAX_SHOWN]}
    shown = {
        trial: score for trial, score in scores.items() if score >= MIN_SUGGESTED and trial.gain > 0
    }
    if not ranked or ranked[0] not in shown:
        return None
    best = ranked[0]
    in_context = (best.candidate.reason, sentence.starts[best.suspect.word]) in marked
    weight = _weight(best, in_context)
    score = models[MODEL].score(best.features)
    if not in_context:
        own = _own_score(best, weight)
        score = max(score, own)
        right = own * NAME_RIGHT if best.candidate.family == NAME else own
        shown[best] = max(shown[best], round(right, 4))
    if best.candidate.family == NAME and shown[best] < MIN_NAME:
        return None
    return _flag(sentence, best.suspect, shown, score, weight, name)


def _likeliest_first(trials: Sequence[Trial], likely: Model) -> list[Trial]:
    """Trials by the learned score, but names among themselves by how they sound and fit.

    The scores have seen too few names: how well one is known outweighs all else in them.
    """
    ranked = sorted(trials, key=lambda trial: -likely.sum(trial.features))
    names = sorted((one for one in ranked if one.candidate.family == NAME), key=_name_fit)
    return [names.pop() if one.candidate.family == NAME else one for one in ranked]


def _name_fit(trial: Trial) -> float:
    """Nats; those at the name itself count less, and a tenth more of like letters is worth two."""
    alike = trial.features[FEATURES.index("spelled_alike")]
    return trial.after + 0.3 * trial.here + 20 * alike


def _weight(trial: Trial, in_context: bool) -> float:
    """What a better candidate says of a word that others have named, in log-odds.

    That another sense of a foreign word, or a word that is spelled or used alike, fits better says
    nothing: so does many a paraphrase.

    Args:
        trial: The best one.
        in_context: Whether the rule that suggests it has marked the word.
    """
    if in_context:
        return _rule_worth(trial)
    if trial.candidate.family == NAME:
        return NAME_WORTH * (trial.after - USUAL_AFTER)
    return 0.0


def _own_score(trial: Trial, weight: float) -> float:
    """How likely a word is wrong that a rule would mark elsewhere, or a strange name; else 0."""
    if trial.candidate.family == RULE:
        sure = trial.candidate.rule
        now = probability(log_odds(sure) - OUT_OF_CONTEXT + _rule_worth(trial))
        return min(sure, round(now, 4))
    if trial.candidate.family == NAME:
        return round(probability(log_odds(STRANGE) + min(weight, MAX_WORTH)), 4)
    return 0.0


def _rule_worth(trial: Trial) -> float:
    """What the gain says for a rule, in log-odds."""
    return RULE_WORTH * (trial.gain - USUAL_GAIN)


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
    if best.candidate.family == RULE:
        evidence.append(Evidence(f"a pair of rule {best.candidate.reason}", 0.0))
    elif best.candidate.reason:
        evidence.append(Evidence(f"both may stand for {best.candidate.reason}", 0.0))
    return Flag(
        Span(start, start + len(surface)),
        surface,
        "name" if best.candidate.family == NAME else "lexical-choice",
        f"{OPINION}:{best.candidate.family}",
        score,
        f"{best.candidate.text!r} fits this sentence better, says {name}.",
        tuple(Suggestion(trial.candidate.text, likely) for trial, likely in shown.items()),
        tuple(evidence),
    )
