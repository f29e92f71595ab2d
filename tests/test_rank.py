from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from normalizer.annotation import Document, Evidence, Flag, Span, Suggestion
from normalizer.errors import TableError
from normalizer.glitches import collation, folder_names, odd_words
from normalizer.glitches.odd_words import find_odd_words, rare_words
from normalizer.glitches.rank import rank
from normalizer.glitches.trees import FILE, load_models
from normalizer.glitches.vocabulary import DIMENSIONS, Vocabulary, load_vocabulary

TEXT = "The oldest lighthouse keeper counted seventeen herons."


@pytest.fixture(scope="module", name="vocabulary")
def _vocabulary() -> Vocabulary:
    return load_vocabulary()


def flag(surface: str, score: float, origin: str, *texts: str) -> Flag:
    start = TEXT.index(surface)
    return Flag(
        Span(start, start + len(surface)),
        surface,
        "odd-word",
        origin,
        score,
        "why",
        tuple(Suggestion(text, score) for text in texts),
        (Evidence(origin, 1.0),),
    )


# -- rank ------------------------------------------------------------------------------------


def test_flags_come_in_text_order_and_lone_ones_stay_as_they_are() -> None:
    flags = [flag("herons", 0.9, "witness:lone-word"), flag("keeper", 0.6, "lexicon:keeper")]
    assert rank(flags, Document("x", TEXT)) == flags[::-1]
    assert rank([], Document("x", TEXT)) == []


def test_two_witnesses_of_one_place_make_one_surer_flag() -> None:
    strong = flag("herons", 0.7, "lexicon:herons", "cranes")
    weak = flag("herons", 0.6, "witness:lone-word", "storks", "cranes")
    for flags in ([strong, weak], [weak, strong]):
        (found,) = rank(flags, Document("x", TEXT))
        assert found.origin == "lexicon:herons"
        assert 0.7 < found.score < 0.95
        assert [one.text for one in found.suggestions] == ["cranes", "storks"]
        assert len(found.evidence) == 2


@pytest.mark.parametrize(
    ("weight", "least", "most"),
    [(-2.0, 0.5, 0.5), (0.0, 0.5, 0.5), (1.0, 0.72, 0.74), (9.0, 0.81, 0.83)],
)
def test_a_second_opinion_adds_what_it_weighs_and_takes_nothing(
    weight: float, least: float, most: float
) -> None:
    odd = flag("herons", 0.5, "odd-word:rare")
    better = replace(
        flag("herons", 0.2, "second-opinion:sense", "cranes"), evidence=(Evidence("gain", weight),)
    )
    (found,) = rank([odd, better], Document("x", TEXT))
    assert found.origin == "odd-word:rare"
    assert least <= found.score <= most
    assert [one.text for one in found.suggestions] == ["cranes"]


def test_a_second_opinion_says_which_of_several_words_is_meant() -> None:
    better = replace(
        flag("herons", 0.2, "second-opinion:name", "cranes"), evidence=(Evidence("gain", 1.0),)
    )
    wide = flag("seventeen herons", 0.5, "odd-word:model")
    (found,) = rank([wide, better], Document("x", TEXT))
    assert (found.surface, found.span) == ("herons", better.span)
    assert [one.text for one in found.suggestions] == ["cranes"]
    phrase = flag("seventeen herons", 0.5, "lexicon:herons", "dozens of cranes")
    (found,) = rank([phrase, better], Document("x", TEXT))
    assert (found.surface, found.span) == ("seventeen herons", phrase.span)
    assert [one.text for one in found.suggestions] == ["dozens of cranes"]


def test_a_rule_that_says_what_is_meant_explains_a_doubt() -> None:
    doubt = flag("herons", 0.9, "odd-word:model")
    rule = flag("seventeen herons", 0.8, "lexicon:herons", "dozens of cranes")
    (found,) = rank([doubt, rule], Document("x", TEXT))
    assert (found.surface, found.origin) == ("seventeen herons", "lexicon:herons")
    assert [one.text for one in found.suggestions] == ["dozens of cranes"]
    assert found.score > 0.9
    assert len(found.evidence) == 2


def test_an_unsure_rule_and_one_over_two_doubts_explain_nothing() -> None:
    doubt = flag("herons", 0.9, "odd-word:model")
    unsure = flag("seventeen herons", 0.4, "lexicon:herons", "dozens of cranes")
    assert [one.surface for one in rank([doubt, unsure], Document("x", TEXT))] == ["herons"]
    other = flag("seventeen", 0.85, "odd-word:model")
    rule = flag("seventeen herons", 0.8, "lexicon:herons", "dozens of cranes")
    found = rank([doubt, other, rule], Document("x", TEXT))
    assert [one.surface for one in found] == ["seventeen", "herons"]


def test_detectors_that_go_by_the_same_thing_do_not_support_each_other() -> None:
    flags = [flag("herons", 0.7, "witness:lone-word"), flag("herons", 0.6, "odd-word:rare")]
    assert rank(flags, Document("x", TEXT)) == flags[:1]


def test_neighbours_are_not_merged() -> None:
    flags = [flag("lighthouse", 0.7, "a"), flag("keeper", 0.6, "b")]
    assert rank(flags, Document("x", TEXT)) == flags


def test_scores_stay_probabilities() -> None:
    flags = [flag("herons", 1.0, "a"), flag("herons", 0.99, "b"), flag("oldest", 0.0, "a")]
    assert all(0 <= one.score <= 1 for one in rank(flags, Document("x", TEXT)))


def test_a_flag_from_beyond_the_text_is_dropped() -> None:
    assert rank([flag("herons", 0.9, "a")], Document("x", "short")) == []


# -- trees -----------------------------------------------------------------------------------


def write(folder: Path, model: dict[str, Any]) -> Path:
    (folder / FILE).write_text(json.dumps({"v": 1, "models": {"m": model}}), encoding="utf-8")
    return folder


def model(**changes: Any) -> dict[str, Any]:
    tree = [[0, 2.0, 1, 2, 2], [-1, -1.0, 0, 0, 0], [-1, 1.0, 0, 0, 0]]
    return {
        "features": ["size"],
        "trees": [tree, tree],
        "sums": [-2.0, 2.0],
        "scores": [0.1, 0.9],
    } | changes


def test_trees_add_up_and_the_curve_turns_the_sum_into_a_score(tmp_path: Path) -> None:
    read = load_models(write(tmp_path, model()))["m"]
    assert (read.sum([2.0]), read.sum([2.5]), read.sum([math.nan])) == (-2.0, 2.0, 2.0)
    assert (read.score([0.0]), read.score([3.0])) == (0.1, 0.9)


def test_between_two_points_the_curve_is_straight(tmp_path: Path) -> None:
    read = load_models(write(tmp_path, model(sums=[-4.0, 0.0, 4.0], scores=[0.0, 0.2, 0.8])))["m"]
    assert (read.score([0.0]), read.score([3.0])) == (0.1, 0.5)


@pytest.mark.parametrize(
    "changes",
    [
        {"trees": [[[0, 2.0, 0, 0, 0]]]},
        {"trees": [[[1, 2.0, 1, 1, 1], [-1, 0, 0, 0, 0]]]},
        {"trees": [[[0, 2.0, 1, 9, 1], [-1, 0, 0, 0, 0]]]},
        {"trees": [[[0, 2.0]]]},
        {"scores": [0.9, 0.1]},
        {"scores": [0.5]},
        {"scores": [0.1, 1.5]},
        {"sums": [], "scores": []},
        {"features": None},
    ],
)
def test_a_broken_model_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(TableError, match=FILE):
        load_models(write(tmp_path, model(**changes)))


def test_the_shipped_models_fit_the_features_that_are_measured() -> None:
    models = load_models()
    assert models["witness"].features == collation.FEATURES
    assert models["folder-name"].features == folder_names.FEATURES
    assert models["odd-word"].features == odd_words.FEATURES
    for one in models.values():
        assert 0 <= one.score([math.nan] * len(one.features)) <= 1


# -- vocabulary ------------------------------------------------------------------------------


def test_words_are_ranked_by_frequency(vocabulary: Vocabulary) -> None:
    assert vocabulary.rank("the") < vocabulary.rank("Harbour") < vocabulary.rank("scow")
    assert vocabulary.rank("qwrtzp") == len(vocabulary.ranks)
    assert not vocabulary.knows("qwrtzp")


@pytest.mark.parametrize("word", ["don't", "It’s", "half-baked", "a", "I"])
def test_contractions_and_compounds_are_known_by_their_parts(
    word: str, vocabulary: Vocabulary
) -> None:
    assert vocabulary.knows(word)


@pytest.mark.parametrize("word", ["-", "'", "’s", ""])
def test_what_is_no_word_is_unknown_and_does_no_harm(word: str, vocabulary: Vocabulary) -> None:
    assert vocabulary.rank(word) <= len(vocabulary.ranks)
    assert vocabulary.likeness(word, "harbour") is None or word == "’s"


def test_words_used_alike_are_alike(vocabulary: Vocabulary) -> None:
    near, far = vocabulary.likeness("car", "truck"), vocabulary.likeness("car", "sonnet")
    assert near is not None
    assert far is not None
    assert near > far
    row = vocabulary.vector("car")
    assert row is not None
    assert len(row) == DIMENSIONS


def test_a_word_fits_its_own_field(vocabulary: Vocabulary) -> None:
    context = vocabulary.context(["goalkeeper", "penalty", "league"])
    own, other = vocabulary.fit("striker", context), vocabulary.fit("casserole", context)
    assert own is not None
    assert other is not None
    assert own > other
    assert vocabulary.context([]) is None
    assert vocabulary.fit("striker", None) is None


# -- odd words -------------------------------------------------------------------------------


def odd(text: str, vocabulary: Vocabulary, *shared: str) -> dict[str, float]:
    flags = find_odd_words(Document("x", text), vocabulary, load_models(), frozenset(shared))
    assert all(text[one.span.start : one.span.end] == one.surface for one in flags)
    return {one.surface: one.score for one in flags}


def test_a_word_that_is_none_is_flagged(vocabulary: Vocabulary) -> None:
    found = odd("The council signed a contract about the bridgement of the river.", vocabulary)
    assert found.keys() == {"bridgement"}
    assert found["bridgement"] > 0.5


def test_ordinary_words_are_not_even_asked_about(vocabulary: Vocabulary) -> None:
    assert odd("The council signed a contract about the bridge over the river.", vocabulary) == {}


def test_a_word_of_other_documents_or_one_that_comes_often_is_a_term(
    vocabulary: Vocabulary,
) -> None:
    text = "They measured the florbium content."
    assert "florbium" in odd(text, vocabulary)
    assert odd(text, vocabulary, "florbium") == {}
    assert odd(" ".join([text] * 5), vocabulary) == {}


def test_a_known_name_is_not_odd(vocabulary: Vocabulary) -> None:
    document = Document("x", "Yesterday Vastrikova sang.")
    assert find_odd_words(document, vocabulary, load_models())
    known = find_odd_words(
        document, vocabulary, load_models(), known=lambda word: word == "Vastrikova"
    )
    assert known == []


def test_rare_words_are_what_a_document_tells_the_others(vocabulary: Vocabulary) -> None:
    document = Document("x", "Florbium was found in 2x4 samples, and FLORBIUM it was.")
    assert rare_words(document, vocabulary) == {"florbium"}
    assert rare_words(Document("x", ""), vocabulary) == frozenset()
