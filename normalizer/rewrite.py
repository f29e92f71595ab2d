"""Decisions to text, and back: the only place where a new string is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from normalizer.annotation import Decision, Document, Report, Span
from normalizer.errors import UsageError


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement at a span of the original text.

    Attributes:
        span: Where.
        before: The characters that stand there.
        after: The characters to write.
        raw_before: How they stand in a file that escapes characters; empty when no other way.
        raw_after: The same for what is to be written; empty leaves it to the format.
    """

    span: Span
    before: str
    after: str
    raw_before: str = ""
    raw_after: str = ""


def rewrite(document: Document, decisions: Iterable[Decision]) -> Report:
    """Write the document anew with every applied decision; all other characters come back."""
    decisions = tuple(decisions)
    return Report(document, decisions, apply_edits(document.text, edits_of(decisions)))


def edits_of(decisions: Iterable[Decision]) -> list[Edit]:
    """The edits that applied decisions ask for, in text order."""
    return [
        Edit(one.span, one.before, one.after)
        for one in sorted(decisions, key=lambda one: one.span)
        if one.verdict == "apply" and one.before != one.after
    ]


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Replace every span at once.

    Raises:
        UsageError: If an edit does not find the characters it was made for, or two overlap.
    """
    pieces: list[str] = []
    end = 0
    for edit in sorted(edits, key=lambda one: one.span):
        start = edit.span.start
        if start < end:
            raise UsageError(f"two edits overlap at {start}; a report holds one edit a place")
        if text[start : edit.span.end] != edit.before:
            raise UsageError(
                f"expected '{edit.before}' at {start}, found '{text[start : edit.span.end]}'; "
                "the text is not the one the report was made for"
            )
        pieces += text[end:start], edit.after
        end = edit.span.end
    return "".join([*pieces, text[end:]])


def invert(edits: Iterable[Edit]) -> list[Edit]:
    """The edits that take the rewritten text back to the original, at its own offsets."""
    inverted: list[Edit] = []
    shift = 0
    for edit in sorted(edits, key=lambda one: one.span):
        start = edit.span.start + shift
        span = Span(start, start + len(edit.after))
        inverted.append(Edit(span, edit.after, edit.before, edit.raw_after, edit.raw_before))
        shift += len(edit.after) - len(edit.before)
    return inverted
