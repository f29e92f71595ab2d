"""Why two names are thought one: the alignment word by word and sound by sound, for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from normalizer.names.comparison import names_of
from normalizer.names.phonetics import Phonetics, UnitCutter, name_tokens, readings
from normalizer.names.similarity import MAX_WORDS, SoundCosts, align_parts, trace


@dataclass(frozen=True, slots=True)
class SoundStep:
    """Graphemes of two words that answer each other.

    Attributes:
        left: Grapheme of the looked-up word; empty where it has none.
        right: Grapheme of the listed word; empty where it has none.
        worth: How much likelier they answer each other than meet by chance, as a natural logarithm.
        sound: A sound that both can stand for, with a convention for each, if a table knows one.
    """

    left: str
    right: str
    worth: float
    sound: str = ""


@dataclass(frozen=True, slots=True)
class PartStep:
    """Two words that answer each other; one is empty where a word stands alone."""

    left: str
    right: str
    nearness: float
    by_family: bool
    sounds: tuple[SoundStep, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a name got its score, word by word and sound by sound."""

    left: str
    right: str
    score: float
    parts: tuple[PartStep, ...]

    def __str__(self) -> str:
        lines = [f"{self.left} ~ {self.right}: {self.score:.3f}"]
        for part in self.parts:
            if part.left and part.right:
                how = "by table" if part.by_family else "by sound"
                lines.append(f"  {part.left} ~ {part.right}: {part.nearness:.2f} {how}")
                for step in part.sounds:
                    sound = f"  {step.sound}" if step.sound else ""
                    pair = f"{step.left or '-':>6} ~ {step.right or '-':<6}"
                    lines.append(f"    {pair} {step.worth:+.1f}{sound}")
            elif part.left:
                lines.append(f"  {part.left}: answers nothing in the listed name")
            else:
                lines.append(f"  {part.right}: not in the looked-up name")
        return "\n".join(lines)


def explain_parts(
    left: str, right: str, phonetics: Phonetics, costs: SoundCosts
) -> tuple[PartStep, ...]:
    """The words of two names that answer each other, and the sounds of each."""
    lists = [name_tokens(name)[:MAX_WORDS] for name in (left, right)]
    if not all(lists):
        return ()
    names = names_of(lists, phonetics, costs, None)
    parts = align_parts(
        costs, names.take(np.array([0], np.int32)), names.take(np.array([1], np.int32))
    )
    cutter = UnitCutter(phonetics)
    steps = []
    for i, word in enumerate(lists[0]):
        j = int(parts.answer[0, i])
        if j < 0:
            steps.append(PartStep(word, "", 0.0, False, ()))
            continue
        other = lists[1][j]
        sounds = tuple(
            SoundStep(
                step.left, step.right, step.worth, _shared_sound(step.left, step.right, phonetics)
            )
            for step in trace(costs, cutter.cut(word), cutter.cut(other))
        )
        steps.append(
            PartStep(word, other, float(parts.nearness[0, i]), bool(parts.by_family[0, i]), sounds)
        )
    steps += [
        PartStep("", word, 0.0, False, ())
        for j, word in enumerate(lists[1])
        if parts.asked[0, j] < 0
    ]
    return tuple(steps)


def _shared_sound(left: str, right: str, phonetics: Phonetics) -> str:
    """``[ʧ] hu cs, en ch``: the likeliest sound both graphemes have, and whose spelling each is.

    Empty where both are the same, or where neither is likely to stand for what the other does.
    """
    if not left or not right or left == right:
        return ""
    found = min(
        (
            (at_left + at_right, of_right != "en", of_left, of_right, sound)
            for of_left, at_left, sound in _sounds_of(left, phonetics)
            for of_right, at_right, other in _sounds_of(right, phonetics)
            if sound == other
        ),
        default=None,
    )
    if found is None or found[0] > 1:
        return ""
    _, _, of_left, of_right, sound = found
    return f"[{sound}] {of_left} {left}, {of_right} {right}"


def _sounds_of(grapheme: str, phonetics: Phonetics) -> Iterator[tuple[str, int, str]]:
    """Convention, place among its readings, and sound: where a convention lists the grapheme."""
    base = phonetics.conventions["latin"]
    for convention in phonetics.conventions.values():
        if grapheme in convention.sounds:
            for place, sound in enumerate(readings(grapheme, convention, base=base)):
                if sound:
                    yield convention.id, place, sound
