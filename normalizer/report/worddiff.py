"""What a rewrite changes, word by word. No diff is computed: the edits say what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from normalizer.rewrite import Edit, apply_edits

# Unchanged code points shown on either side of a change; the rest of a text is folded.
AROUND = 80

Kind = Literal["same", "old", "new", "fold", "line"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a document: unchanged, taken out, put in, folded away, or the end of a line.

    The last two have no text; a line that ends inside a change is part of the change.
    """

    kind: Kind
    text: str


def word_diff(text: str, edits: Iterable[Edit], around: int = AROUND) -> Iterator[Stretch]:
    """The changes of a text with what stands around them.

    An edit inside a word shows the whole word, and edits in one word are one change.

    Args:
        text: The original.
        edits: Edits that do not overlap.
        around: How many unchanged code points to show beside a change.
    """
    end = 0
    changes = list(_whole_words(text, edits))
    for at, (start, stop, new) in enumerate(changes):
        yield from _same(text, end, start, around, first=at == 0, last=False)
        yield Stretch("old", text[start:stop])
        yield Stretch("new", new)
        end = stop
    if changes:
        yield from _same(text, end, len(text), around, first=False, last=True)


def _whole_words(text: str, edits: Iterable[Edit]) -> Iterator[tuple[int, int, str]]:
    """Changes as start, end and new text, each widened to whole words, touching ones joined."""
    joined: list[tuple[int, int, list[Edit]]] = []
    for edit in sorted(edits, key=lambda one: one.span):
        start, stop = edit.span.start, edit.span.end
        while 0 < start < len(text) and _inside_word(text, start):
            start -= 1
        while 0 < stop < len(text) and _inside_word(text, stop):
            stop += 1
        if joined and start < joined[-1][1]:
            start, _, members = joined.pop()
            joined.append((start, max(stop, edit.span.end), [*members, edit]))
        else:
            joined.append((start, stop, [edit]))
    for start, stop, members in joined:
        yield start, stop, apply_edits(text[start:stop], [_moved(one, -start) for one in members])


def _moved(edit: Edit, by: int) -> Edit:
    span = type(edit.span)(edit.span.start + by, edit.span.end + by)
    return Edit(span, edit.before, edit.after)


def _inside_word(text: str, at: int) -> bool:
    return text[at - 1].isalnum() and text[at].isalnum()


def _same(
    text: str, start: int, stop: int, around: int, *, first: bool, last: bool
) -> Iterator[Stretch]:
    """Unchanged text between two changes; what is far from both is folded."""
    head = 0 if first else around
    tail = 0 if last else around
    if stop - start <= head + tail + around // 2:
        yield from _lines(text[start:stop])
        return
    left, right = _gap_before(text, start, start + head), _gap_after(text, stop - tail, stop)
    yield from _lines(text[start:left])
    yield Stretch("fold", "")
    yield from _lines(text[right:stop])


def _lines(text: str) -> Iterator[Stretch]:
    for at, line in enumerate(text.split("\n")):
        if at:
            yield Stretch("line", "")
        if line:
            yield Stretch("same", line)


def _gap_before(text: str, start: int, at: int) -> int:
    """The last gap between words before ``at``; ``at`` itself in one long word."""
    return next((one for one in range(at, start, -1) if text[one - 1].isspace()), at)


def _gap_after(text: str, at: int, stop: int) -> int:
    return next((one for one in range(at, stop) if text[one].isspace()), at)
