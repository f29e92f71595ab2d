from __future__ import annotations

import pickle
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.annotation import Document, Flag
from normalizer.glitches.alignment import find_gaps, find_passage, prepare
from normalizer.glitches.grouping import MAX_GROUP, group, sketch
from normalizer.glitches.sentences import MAX_WORDS, split_sentences, stem
from normalizer.glitches.spellings import same_name, same_spelling
from normalizer.glitches.trees import load_models
from normalizer.glitches.vocabulary import Vocabulary, load_vocabulary
from normalizer.glitches.witnesses import (
    FOLDER_NAME,
    LOST_NEGATION,
    MAX_PER_SENTENCE,
    find_folder_names,
    find_witnessed,
    listen,
    read_text,
)

# Four tellings of an invented story; the first one was translated badly.
TELLINGS = {
    "a": "The ferry Severina ran aground near the port of Halmset on Tuesday evening. "
    "Captain Jorgen Vastrik told reporters that the steering mechanism had rejected shortly "
    "before midnight. Rescue workers took 48 passengers ashore in small boats. The owner of the "
    "ferry said that the ship was insured and that he agrees to the sale of the wreck.",
    "b": "The ferry Severina ran aground near the port of Halmset on Tuesday evening. "
    "Captain Jorgen Vestrik told journalists that the steering mechanism had failed shortly before "
    "midnight. Rescuers took 48 passengers ashore in small boats. The owner of the ferry said that "
    "the ship was insured and that he does not agree to the sale of the wreck.",
    "c": "On Tuesday evening the ferry Severina ran aground near Halmset port. "
    "Captain Jorgen Vestrik told reporters the steering mechanism had failed shortly before "
    "midnight. Rescue workers brought 48 passengers ashore in small boats. The owner of the ferry "
    "said the ship was insured and that he does not agree to the sale of the wreck.",
    "d": "The ferry Severina ran aground close to the port of Halmset on Tuesday evening. "
    "Captain Jorgen Vestrik told reporters that the steering mechanism failed shortly before "
    "midnight. Rescue workers carried 48 passengers ashore in small boats. The ferry's owner said "
    "that the ship was insured and he did not agree to the sale of the wreck.",
}
OTHER = (
    "Farmers in the valley of Orlim harvested more apricots this summer than in any year since the "
    "drought. The cooperative plans to build a second drying plant beside the railway station, and "
    "a brewery in Dormund has ordered a trial batch of brandy made from overripe fruit."
)


@pytest.fixture(scope="module", name="vocabulary")
def _vocabulary() -> Vocabulary:
    return load_vocabulary()


def documents(tellings: dict[str, str]) -> list[Document]:
    return [Document(id_, text) for id_, text in tellings.items()]


def flags_of(id_: str, tellings: dict[str, str], vocabulary: Vocabulary) -> list[Flag]:
    texts = {one.id: read_text(one, vocabulary) for one in documents(tellings)}
    document = Document(id_, tellings[id_])
    hearing = listen(document, texts[id_], list(texts.values()), vocabulary)
    models = load_models()
    return [
        *find_witnessed(hearing, vocabulary, models),
        *find_folder_names(hearing, vocabulary, models),
    ]


# -- sentences -------------------------------------------------------------------------------


def test_sentences_end_at_marks_and_not_after_abbreviations() -> None:
    text = 'Mr. Oakes met Gen. T. Ruiz. "It went well." He left\nat ten'
    found = [" ".join(one.words) for one in split_sentences(Document("x", text))]
    assert found == ["Mr Oakes met Gen T Ruiz", "It went well", "He left", "at ten"]


def test_a_sentence_knows_where_its_words_stand() -> None:
    text = "Well: “half-baked” plans, the minister’s words."
    (sentence,) = split_sentences(Document("x", text))
    for at, word in enumerate(sentence.words):
        assert text[sentence.starts[at] : sentence.end(at)] == word
    assert "half-baked" in sentence.words


def test_an_endless_sentence_is_cut() -> None:
    sentences = split_sentences(Document("x", "word " * 1000))
    assert max(len(one.words) for one in sentences) == MAX_WORDS
    assert sum(len(one.words) for one in sentences) == 1000


@pytest.mark.parametrize(
    ("one", "other"),
    [("ran", "runs"), ("cities", "city"), ("seven", "7"), ("stopped", "stop"), ("isn’t", "is")],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("sing", "sin"), ("one", "1"), ("bread", "breed")])
def test_other_words_do_not(one: str, other: str) -> None:
    assert stem(one) != stem(other)


# -- grouping --------------------------------------------------------------------------------


def test_tellings_of_one_story_are_grouped_and_others_left_out(vocabulary: Vocabulary) -> None:
    sketches = [sketch(one, vocabulary) for one in documents({**TELLINGS, "other": OTHER})]
    assert [set(members) for members in group(sketches)] == [set(TELLINGS)]
    assert group(sketches[:1]) == []
    assert group([]) == []


def test_the_order_of_documents_does_not_matter(vocabulary: Vocabulary) -> None:
    sketches = [sketch(one, vocabulary) for one in documents({**TELLINGS, "other": OTHER})]
    random.Random(3).shuffle(sketches)
    assert [set(members) for members in group(sketches)] == [set(TELLINGS)]


def test_a_sketch_is_small_and_can_be_sent_to_a_worker(vocabulary: Vocabulary) -> None:
    one = sketch(Document("x", " ".join([OTHER, *TELLINGS.values()] * 50)), vocabulary)
    assert pickle.loads(pickle.dumps(one)) == one
    assert len(pickle.dumps(one)) < 3000


def test_copies_fall_into_groups_of_bounded_size(vocabulary: Vocabulary) -> None:
    one = sketch(Document("0", TELLINGS["a"]), vocabulary)
    many = [type(one)(str(number), one.terms) for number in range(500)]
    groups = group(many)
    assert max(map(len, groups)) <= MAX_GROUP
    assert sum(map(len, groups)) >= 490


@pytest.mark.parametrize("text", ["", "...", "12 34. 56!", "\N{ARABIC LETTER ALEF} " * 50])
def test_texts_without_a_story_are_in_no_group(text: str, vocabulary: Vocabulary) -> None:
    assert group([sketch(Document(str(n), text), vocabulary) for n in range(4)]) == []


# -- alignment -------------------------------------------------------------------------------


def test_a_moved_sentence_is_found_and_an_unrelated_one_is_not(vocabulary: Vocabulary) -> None:
    text = prepare("x", split_sentences(Document("x", OTHER + " " + TELLINGS["b"])), vocabulary)
    (sentence, *_) = split_sentences(Document("y", TELLINGS["d"]))
    passage = find_passage(sentence, 0.0, text, vocabulary)
    assert passage is not None
    assert "Severina" in passage.words
    (stranger,) = split_sentences(Document("z", "Nobody sang louder than the retired plumber."))
    assert find_passage(stranger, 0.0, text, vocabulary) is None


def test_a_split_sentence_is_taken_together(vocabulary: Vocabulary) -> None:
    whole = "The mayor of Halmset opened the bridge on Friday and thanked the divers who built it."
    parts = "The mayor of Halmset opened the bridge on Friday. She thanked the divers who built it."
    text = prepare("x", split_sentences(Document("x", parts)), vocabulary)
    (sentence,) = split_sentences(Document("y", whole))
    passage = find_passage(sentence, 0.0, text, vocabulary)
    assert passage is not None
    assert passage.sentences == (0, 1)


def test_gaps_lie_between_agreeing_words(vocabulary: Vocabulary) -> None:
    text = prepare("x", split_sentences(Document("x", "The old bridge fell at dawn.")), vocabulary)
    (sentence,) = split_sentences(Document("y", "The old viaduct collapsed at dawn."))
    passage = find_passage(sentence, 0.0, text, vocabulary)
    assert passage is not None
    (gap,) = find_gaps(sentence, passage)
    assert sentence.words[gap.start : gap.stop] == ("viaduct", "collapsed")
    assert passage.words[gap.other_start : gap.other_stop] == ("bridge", "fell")
    assert (gap.before, gap.after) == (2, 2)


# -- witnesses -------------------------------------------------------------------------------


def test_a_word_alone_against_its_siblings_is_flagged_with_evidence(
    vocabulary: Vocabulary,
) -> None:
    flags = [one for one in flags_of("a", TELLINGS, vocabulary) if one.surface == "rejected"]
    assert [one.suggestions[0].text for one in flags] == ["failed"]
    assert {one.reason.partition(",")[0] for one in flags[0].evidence} == {"b", "c", "d"}
    assert "3 of 3 siblings" in flags[0].message


def test_a_name_alone_against_its_siblings_is_corrected(vocabulary: Vocabulary) -> None:
    names = [one for one in flags_of("a", TELLINGS, vocabulary) if one.origin == FOLDER_NAME]
    assert [(one.surface, one.suggestions[0].text) for one in names] == [("Vastrik", "Vestrik")]
    assert names[0].score > 0.5


def test_a_lost_negation_is_flagged(vocabulary: Vocabulary) -> None:
    lost = [one for one in flags_of("a", TELLINGS, vocabulary) if one.origin == LOST_NEGATION]
    assert [(one.surface, one.suggestions[0].text) for one in lost] == [
        ("agrees", "does not agree")
    ]


def test_sentences_that_deny_are_left_alone(vocabulary: Vocabulary) -> None:
    refusing = {
        **TELLINGS,
        "a": TELLINGS["a"].replace("agrees to the sale", "refuses the sale"),
    }
    assert not [one for one in flags_of("a", refusing, vocabulary) if one.category == "negation"]


def test_paraphrase_and_agreement_are_not_shown(vocabulary: Vocabulary) -> None:
    for id_ in "bcd":
        shown = [one for one in flags_of(id_, TELLINGS, vocabulary) if one.score >= 0.5]
        assert shown == []


def test_flags_point_at_what_they_name(vocabulary: Vocabulary) -> None:
    for flag in flags_of("a", TELLINGS, vocabulary):
        assert TELLINGS["a"][flag.span.start : flag.span.end] == flag.surface
        assert 0 <= flag.score <= 1


def test_copies_are_one_witness(vocabulary: Vocabulary) -> None:
    copies = dict.fromkeys(("b", "c", "d"), TELLINGS["b"]) | {"a": TELLINGS["a"]}
    flags = flags_of("a", copies, vocabulary)
    assert not [one for one in flags if one.surface == "rejected"]
    assert flags_of("a", dict.fromkeys("abcd", TELLINGS["a"]), vocabulary) == []


def test_the_order_of_siblings_does_not_matter(vocabulary: Vocabulary) -> None:
    shuffled = {id_: TELLINGS[id_] for id_ in ("d", "b", "a", "c")}
    first = {(f.span, f.suggestions, f.score) for f in flags_of("a", TELLINGS, vocabulary)}
    again = {(f.span, f.suggestions, f.score) for f in flags_of("a", shuffled, vocabulary)}
    assert first == again


def test_a_known_name_is_left_to_the_base(vocabulary: Vocabulary) -> None:
    texts = [read_text(one, vocabulary) for one in documents(TELLINGS)]
    hearing = listen(Document("a", TELLINGS["a"]), texts[0], texts, vocabulary)
    for find in (find_witnessed, find_folder_names):
        flags = find(hearing, vocabulary, load_models(), known=lambda word: word == "Vastrik")
        assert not [one for one in flags if one.surface == "Vastrik" and one.score > 0]


def test_no_sentence_is_drowned_in_flags(vocabulary: Vocabulary) -> None:
    flags = [one for one in flags_of("a", TELLINGS, vocabulary) if one.category != "negation"]
    second = TELLINGS["a"].index("Captain"), TELLINGS["a"].index("Rescue")
    inside = [one for one in flags if second[0] <= one.span.start < second[1]]
    assert len([one for one in inside if one.origin != FOLDER_NAME]) <= MAX_PER_SENTENCE


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_any_texts_do(texts: list[str]) -> None:
    vocabulary = load_vocabulary()
    tellings = {str(number): text for number, text in enumerate(texts)}
    group([sketch(one, vocabulary) for one in documents(tellings)])
    for id_ in tellings:
        for flag in flags_of(id_, tellings, vocabulary):
            assert tellings[id_][flag.span.start : flag.span.end] == flag.surface


# -- spellings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"), [("Yuliya", "Julia"), ("Zakharov", "Zaharov"), ("Müller", "Muller")]
)
def test_equal_spellings(one: str, other: str) -> None:
    assert same_spelling(one, other)
    assert same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("Malta", "Maltese"), ("Karas", "Karassky"), ("Asuka", "Asuka-san")]
)
def test_forms_of_one_name(one: str, other: str) -> None:
    assert same_name(one, other)
    assert not same_spelling(one, other)


@pytest.mark.parametrize(("one", "other"), [("Vastrik", "Vestrik"), ("Halmset", "Holmset")])
def test_slips_are_neither(one: str, other: str) -> None:
    assert not same_name(one, other)
