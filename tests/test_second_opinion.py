"""The second opinion, asked of a model that is a short list of what it expects."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from normalizer.annotation import Document, Flag, Span, Suggestion
from normalizer.glitches.candidates import Candidate, Candidates
from normalizer.glitches.language_model.protocol import (
    LanguageModel,
    Passage,
    SentenceReading,
    WordChoice,
    WordReading,
    passages_of,
)
from normalizer.glitches.rank import rank
from normalizer.glitches.second_opinion import (
    CANDIDATE,
    MIN_NAMED,
    MIN_STRANGE,
    MODEL,
    find_second_opinion,
)
from normalizer.glitches.senses import Meant
from normalizer.glitches.sentences import split_sentences
from normalizer.glitches.suspects import Suspect, find_suspects
from normalizer.glitches.trees import Model, Node, load_models
from normalizer.glitches.trials import FEATURES, try_out
from normalizer.glitches.vocabulary import Vocabulary, load_vocabulary

TEXT = "The new overload of relations helped both countries."
RESET = Meant("reset", frozenset({"ru"}), "ru перезагрузка")


class Expecting:
    """A model to which a word costs nats: few in the places it likes, many anywhere else."""

    name, fingerprint = "toy", "toy-1"

    def __init__(self, likes: Mapping[str, float], usual: float = 5.0) -> None:
        self.likes, self.usual = likes, usual
        self.asked = 0

    def cost(self, passage: Passage, at: int) -> float:
        """By the word alone or by the word before it and itself."""
        word = passage.word(at).lower()
        pair = f"{passage.word(at - 1).lower()} {word}" if at else word
        return self.likes.get(pair, self.likes.get(word, self.usual))

    def read(self, passages: Sequence[Passage], *, adapter: Any = None) -> list[SentenceReading]:
        """Every word with its cost."""
        assert not adapter
        return [
            SentenceReading(
                tuple(
                    WordReading(span.start, span.end, self.cost(passage, at), 1.0, 1, 0)
                    for at, span in enumerate(passage.words)
                )
            )
            for passage in passages
        ]

    def log_likelihood(self, passages: Sequence[Passage]) -> list[tuple[float, ...]]:
        """Minus the costs."""
        self.asked += len(passages)
        return [
            tuple(-self.cost(passage, at) for at in range(len(passage.words)))
            for passage in passages
        ]

    def glance(self, passages: Sequence[Passage], at: int) -> list[float]:
        """Minus the cost of the word."""
        self.asked += len(passages)
        return [-self.cost(passage, at) for passage in passages]

    def best_words(self, passage: Passage, at: int, *, count: int = 10) -> list[WordChoice]:
        """None: nobody asks."""
        del passage, at, count
        return []

    def recall(
        self,
        kind: str,
        passages: Sequence[Passage],
        compute: Callable[[list[Passage]], list[Any]],
    ) -> list[Any]:
        """Nothing is remembered."""
        del kind
        return compute(list(passages))


def by_gain() -> Mapping[str, Model]:
    """Scores that rise with what the sentence gains: .1 without a gain, .9 from 8 nats on."""
    gain = FEATURES.index("gain")
    cuts = (0.0, 2.0, 4.0, 6.0, 8.0)
    trees = tuple(
        (Node(gain, cut, 1, 2, 1), Node(-1, 0.0, 0, 0, 0), Node(-1, 1.0, 0, 0, 0)) for cut in cuts
    )
    one = Model(FEATURES, trees, (0.0, 5.0), (0.1, 0.9))
    return {CANDIDATE: one, MODEL: one}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="module")
def candidates() -> Candidates:
    words = ("reset", "overload", "places", "seats", "keanu")
    few = Vocabulary({word: rank for rank, word in enumerate(words)}, memoryview(b"").cast("b"))
    return Candidates(
        few,
        {
            "overload": (RESET,),
            "seats": (Meant("places", frozenset(), ""),),
            "voltage": (Meant("excitement", frozenset({"ja"}), "ja-tension", rule=0.9),),
        },
    )


def odd(text: str, word: str, score: float = 0.5, origin: str = "odd-word:rare") -> Flag:
    start = text.index(word)
    return Flag(Span(start, start + len(word)), word, "odd-word", origin, score, "rare")


NAMED = [odd(TEXT, "overload")]


def opinion(
    text: str,
    model: LanguageModel,
    candidates: Candidates,
    flags: Sequence[Flag],
    known: Callable[[str], bool] = lambda word: False,
    shared: Container[str] = frozenset(),
) -> list[Flag]:
    return find_second_opinion(
        Document("a", text),
        flags,
        model,
        load_vocabulary(),
        candidates=candidates,
        models=by_gain(),
        shared=shared,
        known=known,
    )


def test_a_word_that_the_sentence_would_rather_have_otherwise(candidates: Candidates) -> None:
    model = Expecting({"overload": 12.0, "reset": 6.0, "overload of": 5.0, "reset of": 1.0}, 1.0)
    (flag,) = opinion(TEXT, model, candidates, NAMED)
    assert (flag.surface, flag.suggestions[0].text) == ("overload", "reset")
    assert TEXT[flag.span.start : flag.span.end] == "overload"
    assert flag.origin == "second-opinion:sense"
    assert flag.category == "lexical-choice"
    assert flag.score == pytest.approx(0.9)
    assert flag.evidence[0].reason == "toy: +10.0 nats with reset"
    assert flag.evidence[0].weight == 0
    assert "ru перезагрузка" in flag.evidence[1].reason


def test_a_word_that_fits_keeps_a_low_score(candidates: Candidates) -> None:
    model = Expecting({"overload": 5.0, "reset": 8.0}, 1.0)
    assert all(flag.score <= 0.1 for flag in opinion(TEXT, model, candidates, NAMED))


def test_a_candidate_out_of_the_question_is_not_read(candidates: Candidates) -> None:
    model = Expecting({"overload": 5.0, "reset": 30.0}, 1.0)
    assert opinion(TEXT, model, candidates, NAMED) == []
    assert model.asked == 2  # the first look at the word and at the candidate


def test_only_what_a_detector_named_is_asked_about(candidates: Candidates) -> None:
    text = "They lost the first seats there."
    model = Expecting({"seats": 2.0, "places": 1.0}, 1.0)
    assert opinion(text, model, candidates, []) == []
    assert opinion(text, model, candidates, [odd(text, "seats", MIN_NAMED - 0.01)]) == []
    assert opinion(text, model, candidates, [odd(text, "seats", origin="witness:lone-word")]) == []
    assert model.asked == 0
    named = odd(text, "seats", MIN_NAMED)
    (flag,) = opinion(text, model, candidates, [named])
    assert flag.suggestions[0].text == "places"
    (both,) = rank([named, flag], Document("a", text))
    assert both.origin == "odd-word:rare"
    assert both.suggestions == flag.suggestions
    assert both.score == named.score, "many a paraphrase fits better"


def test_a_word_that_a_rule_marks_elsewhere_is_asked_about(candidates: Candidates) -> None:
    text = "Then the voltage rose again."
    much = Expecting({"voltage": 9.0, "voltage rose": 9.0, "excitement": 3.0}, 1.0)
    (flag,) = opinion(text, much, candidates, [])
    assert flag.surface == "voltage"
    assert flag.suggestions[0].text == "excitement"
    assert flag.origin == "second-opinion:rule"
    assert flag.score == pytest.approx(0.9)
    little = Expecting({"voltage": 8.0, "excitement": 7.0}, 1.0)
    (flag,) = opinion(text, little, candidates, [])
    assert flag.score < MIN_NAMED, "a rule out of its context needs the sentence on its side"
    assert opinion(text, much, candidates, [], shared={"voltage"}) == []
    none = Expecting({"voltage": 8.0, "excitement": 12.0}, 1.0)
    assert opinion(text, none, candidates, []) == []
    assert none.asked == 2, "a glance at both words is enough"
    expected = Expecting({"voltage": 3.0, "excitement": 1.0}, 1.0)
    assert opinion(text, expected, candidates, []) == []
    assert expected.asked == 0, "the sentence expects the word"


def test_words_that_nobody_would_show_suggestions_of_are_not_asked_about(
    candidates: Candidates,
) -> None:
    model = Expecting({"overload": 12.0, "reset": 1.0}, 1.0)
    told = replace(NAMED[0], suggestions=(Suggestion("flood", 0.5),))
    wide = odd(TEXT, "new overload")
    assert opinion(TEXT, model, candidates, [told, wide]) == []
    assert model.asked == 0


def test_a_rule_that_has_marked_a_word_is_only_made_surer(candidates: Candidates) -> None:
    text = "Then the voltage rose again."
    model = Expecting({"voltage": 9.0, "voltage rose": 3.0, "excitement": 3.0}, 1.0)
    for origin, weighs in (("ja-tension", True), ("odd-word:rare", False)):
        (flag,) = opinion(text, model, candidates, [odd(text, "voltage", 0.4, origin)])
        assert flag.suggestions[0].text == "excitement"
        assert (flag.evidence[0].weight > 1) == weighs


def test_a_strange_name_is_asked_about_earlier_than_a_word(candidates: Candidates) -> None:
    text = "Yesterday Kianu Reeves took overload."
    likes = {"kianu": 20.0, "keanu": 9.0, "keanu reeves": 1.0, "kianu reeves": 9.0, "reset": 1.0}
    faint = [odd(text, "Kianu", MIN_STRANGE), odd(text, "overload", MIN_STRANGE)]
    (flag,) = opinion(text, Expecting(likes, 3.0), candidates, faint)
    assert (flag.surface, flag.suggestions[0].text) == ("Kianu", "Keanu")
    assert flag.evidence[0].weight > 1, "what follows is much likelier"
    assert opinion(text, Expecting(likes, 3.0), candidates, [odd(text, "Kianu", 0.1)]) == []


def test_a_strange_name_is_asked_about_once(candidates: Candidates) -> None:
    once = "Yesterday Kianu Reeves arrived."
    text = f"{once} {once}"
    likes = {"kianu": 20.0, "keanu": 9.0, "keanu reeves": 1.0, "kianu reeves": 9.0}
    first = odd(text, "Kianu", MIN_STRANGE)
    start = text.rindex("Kianu")
    second = replace(first, span=Span(start, start + len("Kianu")))
    (flag,) = opinion(text, Expecting(likes, 3.0), candidates, [first, second])
    assert flag.span == first.span
    sure = [replace(one, score=0.5) for one in (first, second)]
    assert len(opinion(text, Expecting(likes, 3.0), candidates, sure)) == 2


def test_known_names_are_left_alone_and_unknown_ones_heard(candidates: Candidates) -> None:
    text = "Yesterday Kianu Reeves arrived."
    model = Expecting({"kianu": 20.0, "keanu": 9.0, "keanu reeves": 1.0, "kianu reeves": 6.0}, 3.0)
    named = [odd(text, "Kianu")]
    (flag,) = opinion(text, model, candidates, named)
    assert flag.suggestions[0].text == "Keanu"
    assert flag.category == "name"
    assert not opinion(text, model, candidates, named, lambda word: word == "Kianu")


def test_the_article_goes_with_the_candidate(candidates: Candidates) -> None:
    class Watching(Expecting):
        seen: list[str]

        def log_likelihood(self, passages: Sequence[Passage]) -> list[tuple[float, ...]]:
            self.seen = [*getattr(self, "seen", []), *(one.text for one in passages)]
            return super().log_likelihood(passages)

    model = Watching({"overload": 9.0}, 1.0)
    text = "Both agreed on an overload of ties."
    opinion(text, model, candidates, [odd(text, "overload")])
    assert any(text.startswith("Both agreed on a reset") for text in model.seen)


def test_few_words_of_a_sentence_are_asked_about(
    candidates: Candidates, vocabulary: Vocabulary
) -> None:
    text = "Overload overload seats overload seats overload seats helped overload."
    document = Document("a", text)
    sentences = split_sentences(document)
    passages = passages_of(document, sentences)
    model = Expecting({}, 9.0)

    def asked(unnamed: int) -> list[Suspect]:
        return find_suspects(
            sentences, passages, model, candidates, vocabulary, named=(), unnamed=unnamed
        )

    assert asked(0) == []
    found = asked(3)
    assert len(found) == 3
    assert [one.word for one in found] == sorted(one.word for one in found)


def test_trials_measure_the_word_and_what_follows(
    candidates: Candidates, vocabulary: Vocabulary
) -> None:
    document = Document("a", TEXT)
    sentences = split_sentences(document)
    passages = passages_of(document, sentences)
    model = Expecting({"overload": 12.0, "reset": 9.0, "overload of": 4.0, "reset of": 3.0}, 1.0)
    suspects = find_suspects(
        sentences, passages, model, candidates, vocabulary, named=(), unnamed=1
    )
    ((suspect, trials),) = try_out(suspects, sentences, passages, model, vocabulary)
    best = next(one for one in trials if one.candidate.text == "reset")
    assert suspect.surprisal == pytest.approx(12.0)
    assert best.here == pytest.approx(3.0)
    assert best.after == pytest.approx(1.0)
    assert len(best.features) == len(FEATURES)
    assert best.candidate == Candidate("reset", "sense", frozenset({"ru"}), "ru перезагрузка")


@pytest.mark.parametrize("text", ["", "\n\n", "...", "a", "\N{COMBINING ACUTE ACCENT}", "🙂 🙂"])
def test_texts_without_words_are_no_trouble(text: str, candidates: Candidates) -> None:
    assert opinion(text, Expecting({}), candidates, NAMED) == []


def test_the_shipped_scores_rise_with_the_gain() -> None:
    models = load_models(file="opinion.json")
    assert set(models) == {CANDIDATE, MODEL}
    row = [
        1.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        8.0,
        5.0,
        9.0,
        8.0,
        1.0,
        0.4,
        0.3,
        8.0,
        0.0,
        0.0,
        0.0,
        20.0,
    ]
    gain, here, after = (FEATURES.index(one) for one in ("gain", "gain_here", "gain_after"))
    for model in models.values():
        assert model.features == FEATURES
        scores = []
        for nats in (-4.0, 0.0, 4.0, 8.0, 12.0):
            row[gain], row[here], row[after] = nats, nats / 2, nats / 2
            scores.append(model.score(row))
        assert scores == sorted(scores)
        assert scores[-1] > scores[0]
