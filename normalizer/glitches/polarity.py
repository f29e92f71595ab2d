"""Sentences that lost a *not* on the way: every sibling denies what the document affirms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from normalizer.glitches.alignment import Text
from normalizer.glitches.collation import MIN_ANCHORED, Witness
from normalizer.glitches.sentences import Sentence

_NEGATORS = frozenset(
    ["not", "never", "no", "nor", "neither", "none", "nobody", "nothing", "cannot", "without"]
)
# Words that deny without a negator, by their first letters.
_DENYING = [
    "abandon",
    "absen",
    "avoid",
    "ban",
    "cancel",
    "cease",
    "deni",
    "deny",
    "exclu",
    "except",
    "fail",
    "few",
    "forb",
    "hard",
    "imposs",
    "inab",
    "insuffic",
    "instead",
    "lack",
    "laps",
    "lost",
    "miss",
    "non",
    "oppos",
    "prevent",
    "prohib",
    "rare",
    "refrain",
    "refus",
    "reject",
    "revers",
    "scarc",
    "stop",
    "unable",
    "unlike",
    "unti",
    "unto",
    "un",
    "withh",
    "withd",
    "zero",
]
# A statement without so many words in it is a heading; who denies what in it cannot be seen.
MIN_WORDS = 6
# Words of the document that may stand where the siblings have their negator.
MAX_PLACE = 4


@dataclass(frozen=True, slots=True)
class LostNegation:
    """Where siblings have a negator and the document has none.

    Attributes:
        sentence: Index of the sentence.
        start, stop: Words of it that stand in the place of the negated ones.
        reading: What a sibling has there.
        witnesses: ``(id, sentence)`` of the siblings.
    """

    sentence: int
    start: int
    stop: int
    reading: str
    witnesses: tuple[tuple[str, int], ...]


def lost_negations(document: Text, rows: Sequence[Sequence[Witness]]) -> list[LostNegation]:
    """Every sentence that affirms what at least two siblings, and all that tell it, deny."""
    found: list[LostNegation] = []
    for number, witnesses in enumerate(rows):
        sentence = document.sentences[number]
        close = [one for one in witnesses if one.passage.overlap >= MIN_ANCHORED]
        if len(close) < 2 or len(sentence.words) < MIN_WORDS or denies(sentence.words):
            continue
        if all(len(one.passage.sentences) == 1 and _negators(one.passage.words) for one in close):
            places = [place for one in close if (place := _place(sentence, one))]
            if len(places) < len(close):
                continue
            if max(places)[0] - min(places)[0] <= MAX_PLACE:
                readings = Counter(reading for _, _, reading in places)
                start, stop, reading = min(
                    places, key=lambda place: (-readings[place[2]], place[1] - place[0], place)
                )
                heard = tuple((one.text.id, one.passage.sentences[0]) for one in close)
                found.append(LostNegation(number, start, stop, reading, heard))
    return found


def denies(words: Sequence[str]) -> bool:
    """Whether some word denies, by itself or in its meaning.

    >>> denies(["They", "failed"]), denies(["It", "isn't", "so"]), denies(["They", "came"])
    (True, True, False)
    """
    return bool(_negators(words)) or any(word.lower().startswith(tuple(_DENYING)) for word in words)


def _negators(words: Sequence[str]) -> list[int]:
    return [at for at in range(len(words)) if _is_negator(words, at)]


def _is_negator(words: Sequence[str], at: int) -> bool:
    word = words[at].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if word == "no" and at + 1 < len(words) and words[at + 1][0].isdigit():
        return False  # No. 4 is a number
    return word in _NEGATORS or word.endswith("n't")


def _place(sentence: Sentence, witness: Witness) -> tuple[int, int, str] | None:
    """The words of the sentence that stand where the witness has its negator, and its words."""
    words = witness.passage.words
    for at in _negators(words):
        for gap in witness.gaps:
            if gap.other_start <= at < gap.other_stop and gap.stop - gap.start <= MAX_PLACE:
                start, stop = gap.start, gap.stop
                low, high = gap.other_start, gap.other_stop
                if start == stop:
                    # Nothing stands there: take the next word along, on both sides.
                    if stop == len(sentence.words) or high == len(words):
                        return None
                    stop, high = stop + 1, high + 1
                if high - low <= 2 * MAX_PLACE:
                    return start, stop, " ".join(words[low:high])
    return None
