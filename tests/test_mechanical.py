"""Mechanical faults, always in pairs: what must be flagged, and its neighbour that must not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.annotation import Document, Flag
from normalizer.glitches.foreign import derived, judge_word
from normalizer.glitches.lexicon import find_lexicon
from normalizer.glitches.mechanical import Mechanics, compile_mechanics, find_mechanical
from normalizer.glitches.pieces import cut
from normalizer.glitches.rules import load_glitch_rules
from normalizer.glitches.surface import find_surface, load_detectors

MECHANICS = compile_mechanics(load_glitch_rules())


@pytest.fixture(scope="module")
def mechanics() -> Mechanics:
    return MECHANICS


def find(text: str, mechanics: Mechanics) -> list[Flag]:
    return [flag for flag in find_mechanical(Document("d", text), mechanics) if flag.score >= 0.5]


@pytest.mark.parametrize(
    ("text", "origin", "surface", "suggestion"),
    [
        ("Rain fell.\n[ad_2]\nSnow fell.", "junk-ad-slot", "[ad_2]", ""),
        ("Rain fell.\nSPREAD THE LOVE\n", "junk-share", "SPREAD THE LOVE", ""),
        ("close\nRain fell in the hills.", "junk-close", "close", ""),
        ("Rain fell.\n • | • \n", "share-bar", "• | •", ""),
        ("No more rainAnna said so.", "glued-case", "rainAnna", "rain Anna"),
        ("The rain stopped.Nobody left.", "glued-sentence", "stopped.Nobody", "stopped. Nobody"),
        ("They met inthe hall.", "glued-words", "inthe", "in the"),
        (
            "They praised the treaties. commercial with the south.",
            "broken-sentence",
            "treaties. commercial",
            "commercial treaties",
        ),
        ("It rained., she wrote.", "doubled-punctuation", ".,", ","),
        ("It rained. . Then it snowed.", "doubled-punctuation", ". .", "."),
        ("It rained. .\nThen it snowed.", "doubled-punctuation", ". .", "."),
        ("The rain , she wrote, stopped.", "spaced-punctuation", " ,", ","),
        ("Bread &amp; water.", "markup-entity", "&amp;", "&"),
        ("It was <b>late</b>.", "markup-tag", "<b>", ""),
        ("They wouldn <unk> t go.", "markup-unknown", "wouldn <unk> t", "wouldn't"),
        ("Dear %s, it rained.", "markup-placeholder", "%s", ""),
        ("The cafÃ© was shut.", "mojibake", "cafÃ©", "café"),
        ("The tow\N{CYRILLIC SMALL LETTER ER}er fell.", "mixed-script", "towрer", "towper"),
        ("He saw the the river.", "repeated-word", "the the", "the"),
        ("It was her 3th try.", "ordinal", "3th", "3rd"),
        ("It was the 12-th try.", "hyphen-number", "12-th", "12th"),
        ("It grew by 3,5 percent.", "decimal-comma", "3,5", "3.5"),
        ("It was built in 1975 year.", "year-word", "1975 year", "1975"),
        ("They didn t go.", "spaced-apostrophe", "didn t", "didn't"),
        ('He said it was "a day " of rain.', "loose-quote", ' "', '"'),
    ],
)
def test_a_fault_is_marked_and_mended(
    text: str, origin: str, surface: str, suggestion: str, mechanics: Mechanics
) -> None:
    flags = [flag for flag in find(text, mechanics) if flag.origin == origin]
    assert [flag.surface for flag in flags[:1]] == [surface]
    assert flags[0].suggestions[0].text == suggestion
    assert text[flags[0].span.start : flags[0].span.end] == surface


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n \n",
        "!!! ??? ...",
        "He worked for Brown & Sons Inc., and left at 5 p.m., she said.",
        "The U.S., the U.K. and Smith Jr. agreed. e.g. nothing.",
        "She owns an iPhone, an eBay shop and a YouTube channel.",
        "I know that that is so; he had had enough. It goes on and on and on.",
        "Step by step, day after day, they did more and more and more.",
        "The 11th, 12th, 13th, 21st, 22nd, 23rd and 101st tries failed.",
        "It was 3,500 people, 1.5 million euros, 10:30 and 2-1.",
        "Read news.example.com/now?x=1 or write to anna@example.com.",
        "“Well,” he said, “it is 5 o’clock.”",
        "The café of Mr Müller in Łódź, São Paulo and Târgu Mureș is closed.",
        "On 31 May, in June 30 of them left.",
        "Les Misérables and La Traviata were sung at the Teatro alla Scala.",
        "Shares of A&P fell by 5% so far; x < y.",
        "He said: “It is over.\n\n“I will go.”",
        "The T-72s and the 1990s were the last of their kind.",
    ],
)
def test_ordinary_text_is_kept(text: str, mechanics: Mechanics) -> None:
    assert find(text, mechanics) == []


def test_a_read_also_list_is_one_flag(mechanics: Mechanics) -> None:
    text = "Rain fell.\nRead also :\n\n• Snow falls\n• Wind blows\n\nNobody left."
    (flag,) = find(text, mechanics)
    assert flag.surface == "Read also :\n\n• Snow falls\n• Wind blows"


def test_a_list_at_the_end_is_closed(mechanics: Mechanics) -> None:
    (flag,) = find("Rain fell.\nRelated articles\n- Snow falls", mechanics)
    assert flag.surface.endswith("Snow falls")


def test_a_loop_is_one_flag(mechanics: Mechanics) -> None:
    (flag,) = find("The head of the bank of the bank of the bank of the bank spoke.", mechanics)
    assert flag.origin == "repeated-phrase"
    assert flag.suggestions[0].text == "of the bank" or "bank" in flag.suggestions[0].text


def test_a_headline_told_twice(mechanics: Mechanics) -> None:
    line = "Parliament votes on the new budget law"
    (flag,) = find(f"{line}\nBy a reporter\n{line}\nIt rained.", mechanics)
    assert flag.span.start > len(line)


def test_a_sentence_in_another_language(mechanics: Mechanics) -> None:
    text = "It rained. Le ministre a dit que la loi est dans une impasse. It snowed."
    (flag,) = find(text, mechanics)
    assert flag.category == "untranslated"
    assert "'fr'" in flag.evidence[0].reason


def test_a_document_in_another_language_is_one_flag(mechanics: Mechanics) -> None:
    line = "Der Minister sagte, dass die Regierung nicht mit dem Parlament sprechen wird. "
    (flag,) = find(line * 20, mechanics)
    assert flag.origin == "foreign-sentence"


def test_the_mark_without_a_partner_is_found(mechanics: Mechanics) -> None:
    text = (
        'It rained.\nShe called it "a bad day and left, but "a good day" came, she told the town.'
    )
    (flag,) = find(text, mechanics)
    assert flag.span.start == text.index('"a bad')
    assert (
        find(
            "It rained.\n“I shall go,” she said to them all, and left the whole town.\n", mechanics
        )
        == []
    )


def test_a_word_left_in_another_script(mechanics: Mechanics) -> None:
    (flag,) = find("The weekly Звезда was closed.", mechanics)
    assert flag.surface == "Звезда"
    assert find("The weekly Zvezda (Звезда) was closed.", mechanics) == []


def test_an_unknown_word_that_comes_back_is_a_term(mechanics: Mechanics) -> None:
    assert [flag.surface for flag in find("He ate a brumbolino.", mechanics)] == ["brumbolino"]
    assert find("He ate a brumbolino. " * 6, mechanics) == []
    assert find("He ate a brumbolino. Brumbolino is a cake.", mechanics) == []


def test_english_makes_words(mechanics: Mechanics) -> None:
    rules = mechanics.rules
    for word in ("antiwar", "reorganisers", "governmentwide", "unhelpfulness", "cyberdefence"):
        assert derived(word, rules), word
    assert judge_word("ofthe", rules) is not None
    assert judge_word("skandalist", rules) is not None


def test_chunks_cover_the_text() -> None:
    text = "One two three.\n" * 50 + "x" * 400 + " " + "four five " * 90
    for size in (16, 64, 1000, 10_000):
        chunks = list(cut(text, size=size))
        assert "".join(pieces.text for pieces in chunks) == text
        for pieces in chunks:
            for index, word in enumerate(pieces.words):
                assert pieces.text[pieces.starts[index] : pieces.end(index)] == word


def test_a_place_is_right_in_a_later_chunk(mechanics: Mechanics) -> None:
    text = "It rained all day long.\n" * 2000 + "He saw the the river."
    flag = find(text, mechanics)[-1]
    assert (flag.origin, text[flag.span.start : flag.span.end]) == ("repeated-word", "the the")


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(
            [
                *"abAB19.,;:!?'\"()<>&%[]|-²ßİșП\ud800\u200b\ufffd“” \n",
                *("the", "of", "Ã©", "&amp;", "year", "2014", "June", "31", "close"),
            ]
        ),
        max_size=60,
    ).map("".join)
)
def test_any_text_is_read(text: str) -> None:
    flags = find_mechanical(Document("d", text), MECHANICS)
    for flag in flags:
        assert text[flag.span.start : flag.span.end] == flag.surface
        assert flag.surface
        assert 0 < flag.score < 1
    assert flags == find_mechanical(Document("d", text), MECHANICS)


@pytest.mark.parametrize(
    "text", ["the ", "a.,", "“", "<unk> t ", "Ã©", ". . ", "\n", "& ", "(" * 4]
)
def test_long_monotonous_text_is_read(text: str, mechanics: Mechanics) -> None:
    document = Document("d", (text * 60_000)[:60_000])
    for flag in find_mechanical(document, mechanics):
        assert document.text[flag.span.start : flag.span.end] == flag.surface


def test_one_reading_finds_what_two_find(mechanics: Mechanics) -> None:
    text = "He spoke of the the overload in ties with Moscow. . [ad_1]\n" * 3
    document = Document("d", text)
    detectors = load_detectors()
    alone = [
        *find_mechanical(document, detectors.mechanics),
        *find_lexicon(document, detectors.lexicon),
    ]
    together = find_surface(document, detectors)
    assert sorted(together, key=repr) == sorted(alone, key=repr)
    assert {flag.category for flag in together} >= {"repeated", "lexical-choice", "punctuation"}
