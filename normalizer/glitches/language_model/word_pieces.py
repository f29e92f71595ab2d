"""Words as a language model sees them: the pieces its tokenizer cuts a passage into.

Tokenizers differ in what they do with spaces, diacritics and emoji. All of them tell where in the
text a piece comes from, and that alone decides which word it belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from normalizer.glitches.language_model.protocol import Passage

# Context pieces read before a sentence at most: a long sentence before costs more than it tells.
MAX_BEFORE = 96
# Marks of a word's first piece: byte-level and sentencepiece tokenizers.
_LEADING = ("\N{LATIN CAPITAL LETTER G WITH DOT ABOVE}", "\N{LOWER ONE EIGHTH BLOCK}")
_WORDPIECE = "##"
_SURROGATE = re.compile("[\ud800-\udfff]")
_LETTERS = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*")


@dataclass(frozen=True, slots=True)
class Pieces:
    """A passage cut into pieces.

    Attributes:
        ids: Of what stands before and of the sentence, without start and end marks.
        first: Index of the sentence's first piece.
        word_of: For each piece the number of its word; -1 for marks and for what stands before.
        words: For each word the range of its pieces; empty where a neighbour's piece covers it.
    """

    ids: tuple[int, ...]
    first: int
    word_of: tuple[int, ...]
    words: tuple[range, ...]


@dataclass(frozen=True, slots=True)
class PieceForms:
    """How pieces look: by id, the letters (empty if it holds others) and whether a word begins."""

    letters: tuple[str, ...]
    leading: tuple[bool, ...]


def cut(passages: Sequence[Passage], tokenizer: Any) -> list[Pieces]:
    """Cut passages into pieces.

    Args:
        passages: Any texts; what no encoding can write (lone surrogates) is replaced.
        tokenizer: A ``tokenizers.Tokenizer``.
    """
    shifts, texts = [], []
    for passage in passages:
        joint = "" if not passage.before or passage.before[-1].isspace() else " "
        shifts.append(len(passage.before) + len(joint))
        texts.append(_encodable(passage.before + joint + passage.text))
    return [
        _assign(found.ids, found.offsets, text, shift, passage)
        for found, text, shift, passage in zip(
            tokenizer.encode_batch(texts, add_special_tokens=False),
            texts,
            shifts,
            passages,
            strict=True,
        )
    ]


def piece_forms(tokenizer: Any) -> PieceForms:
    """The pieces of a tokenizer as letters, for making words of them."""
    pieces = [tokenizer.id_to_token(at) or "" for at in range(tokenizer.get_vocab_size())]
    wordpiece = type(tokenizer.model).__name__ == "WordPiece"
    letters, leading = [], []
    for piece in pieces:
        if wordpiece:
            begins, text = not piece.startswith(_WORDPIECE), piece.removeprefix(_WORDPIECE)
        else:
            begins = piece.startswith(_LEADING)
            text = piece[1:] if begins else piece
        letters.append(text if _LETTERS.fullmatch(text) else "")
        leading.append(begins)
    return PieceForms(tuple(letters), tuple(leading))


def _encodable(text: str) -> str:
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _assign(
    ids: Sequence[int],
    offsets: Sequence[tuple[int, int]],
    text: str,
    shift: int,
    passage: Passage,
) -> Pieces:
    """Give each piece to the word it begins in, or, if it is only white space, to the next."""
    words = passage.words
    # The space that joins the two belongs to the sentence: where words have a piece for it, the
    # first one has one too.
    begin = len(passage.before)
    first = next((at for at, (_, end) in enumerate(offsets) if end > begin), len(ids))
    skip = max(0, first - MAX_BEFORE)
    word_of = [-1] * (len(ids) - skip)
    at = 0
    for place in range(first, len(ids)):
        start, end = offsets[place]
        while start < end and text[start].isspace():
            start += 1
        while at < len(words) and words[at].end + shift <= start:
            at += 1
        # A piece may begin before its word (a quote glued to it) and still hold part of it.
        touches = at < len(words) and words[at].start + shift < max(end, start + 1)
        if touches:
            word_of[place - skip] = at
    ranges = []
    for number in range(len(words)):
        mine = [place for place, word in enumerate(word_of) if word == number]
        ranges.append(range(mine[0], mine[-1] + 1) if mine else range(0))
    return Pieces(tuple(ids[skip:]), first - skip, tuple(word_of), tuple(ranges))
