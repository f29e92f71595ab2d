"""Sentences as lists of words, and the stems by which words of different texts are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from normalizer.annotation import Document

# Longer sentences are cut: word alignment costs time by the product of two lengths.
MAX_WORDS = 80
_WORD = re.compile("[^\\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}-][^\\W_]+)*")
_BREAK = re.compile(
    "(?<=[.!?\N{HORIZONTAL ELLIPSIS}])[\"'\N{RIGHT DOUBLE QUOTATION MARK}"
    "\N{RIGHT SINGLE QUOTATION MARK})\\]]{0,3}\\s+|\\n"
)
_ABBREVIATED = frozenset(
    "adm apr approx aug capt co col corp dec dr etc feb fig ft gen gov inc jan jr lt ltd "
    "maj mr mrs ms mt no nov oct op p pp prof rep rev sec sen sept sgt sr st vs".split()
)
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
    if number != 1
}
_IRREGULAR = {
    form: base
    for base, *forms in (
        line.split()
        for line in """
        be am are is was were been being
        have has had having
        do does did done
        say says said
        go goes went gone
        get got gotten
        make made
        take took taken
        come came
        give gave given
        see saw seen
        know knew known
        think thought
        tell told
        find found
        leave left
        lead led
        hold held
        begin began begun
        become became
        bring brought
        buy bought
        build built
        break broke broken
        choose chose chosen
        fall fell fallen
        feel felt
        fight fought
        fly flew flown
        grow grew grown
        hear heard
        hit hitting
        keep kept
        lose lost
        mean meant
        meet met
        pay paid
        rise rose risen
        run ran
        sell sold
        send sent
        shoot shot
        show shown
        speak spoke spoken
        spend spent
        stand stood
        steal stole stolen
        strike struck stricken
        teach taught
        throw threw thrown
        understand understood
        wear wore worn
        win won
        write wrote written
        man men
        woman women
        child children
        foot feet
        person people
        life lives
        not n't
        """.strip().splitlines()
    )
    for form in forms
}
_ENDINGS = ("ingly", "edly", "ings", "ing", "ies", "ied", "ers", "es", "ed", "er", "ly", "s")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a document, or a piece of a very long one.

    Attributes:
        words: The words as they stand.
        starts: Where each begins, in the document.
        stems: What each is compared by.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]
    stems: tuple[str, ...]

    def end(self, index: int) -> int:
        """Where a word ends, in the document."""
        return self.starts[index] + len(self.words[index])


def split_sentences(document: Document) -> list[Sentence]:
    """The sentences of a document that hold a word, in order."""
    text = document.text
    sentences: list[Sentence] = []
    start = 0
    for found in _BREAK.finditer(text):
        if "\n" not in found.group() and _goes_on(text, start, found.start(), found.end()):
            continue
        _add(text, start, found.start(), sentences)
        start = found.end()
    _add(text, start, len(text), sentences)
    return sentences


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A rough stem: forms of one word mostly share it, and words that share it are mostly forms.

    >>> stem("Relations") == stem("relation"), stem("said") == stem("says")
    (True, True)
    """
    word = word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    word = word.removesuffix("'s").removesuffix("'")
    if word.endswith("n't"):
        word = word[:-3]
    word = _NUMBERS.get(word, word)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
            break
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word


def _goes_on(text: str, start: int, stop: int, after: int) -> bool:
    """Whether the mark before ``stop`` ends an abbreviation, not a sentence."""
    following = text[after : after + 1]
    if following.islower():
        return True
    if not text.endswith(".", start, stop):
        return False
    last = re.search(r"[^\W_]+$", text[max(start, stop - 12) : stop - 1])
    if last is None:
        return False
    return last.group().lower() in _ABBREVIATED or (
        len(last.group()) == 1 and last.group().isupper()
    )


def _add(text: str, start: int, stop: int, sentences: list[Sentence]) -> None:
    found = list(_WORD.finditer(text, start, stop))
    for first in range(0, len(found), MAX_WORDS):
        part = found[first : first + MAX_WORDS]
        words = tuple(one.group() for one in part)
        starts = tuple(one.start() for one in part)
        sentences.append(Sentence(words, starts, tuple(map(stem, words))))
