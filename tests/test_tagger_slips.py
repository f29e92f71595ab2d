"""Slips that a tagger learns from: what is changed is known, and nothing else is."""

from __future__ import annotations

import random

from bench.tagger_slips import with_slips
from bench.tagger_texts import Sample
from normalizer.glitches.senses import load_confusions

TEXT = (
    "The minister spoke of a new deal with Finland on Monday, and the court appointed a judge. "
    "Nobody in Bratislava had expected the storm; the mayor closed the bridge."
)


def slipped(count: int = 60) -> list[Sample]:
    sample = Sample("clean", "story", TEXT, {}, clean=True)
    return list(with_slips([sample] * count, random.Random(5)))


def test_every_slip_is_known_and_nothing_else_changes() -> None:
    found = slipped()
    assert found
    for one in found:
        assert any(swapped for _, _, _, swapped in one.targets.values())
        back = one.text
        for (start, end), word in reversed(list(zip(one.targets, _words(TEXT), strict=True))):
            if one.targets[start, end][3]:
                assert one.text[start:end] != word
                back = back[:start] + word + back[end:]
        assert back == TEXT


def test_only_the_slip_is_known_of_a_word() -> None:
    for one in slipped():
        assert {target[:3] for target in one.targets.values()} == {(-1.0, -1.0, -1.0)}


def test_function_words_stay() -> None:
    for one in slipped():
        for (start, end), (_, _, _, swapped) in one.targets.items():
            assert not (swapped and one.text[start:end].lower() in ("the", "of", "and", "with"))
        assert one.text.count(" the ") == TEXT.count(" the ")


def test_senses_and_names_are_among_the_slips() -> None:
    senses, names = set(), set()
    for one in slipped(400):
        for (start, end), word in zip(one.targets, _words(TEXT), strict=True):
            new = one.text[start:end]
            if new != word and any(
                new.lower() == meant.text for meant in load_confusions().get(word, ())
            ):
                senses.add(word)
            if new != word and word in ("Finland", "Bratislava"):
                names.add(new)
    assert len(senses) > 3
    assert len(names) > 3


def test_the_same_seed_makes_the_same_slips() -> None:
    assert slipped() == slipped()


def _words(text: str) -> list[str]:
    return [word.strip(".,;") for word in text.split()]
