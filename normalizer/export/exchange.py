"""What goes to other tools for review, and what comes back from them.

Every format that can come back carries, beside what its tool shows, the places of the findings as
a decisions file writes them (`sent_records`). So what a reviewer did there becomes rulings here
without the report, and a span that is gone is known to have been there.

Offsets are code points. Tools written in JavaScript count UTF-16 units, in which a character
outside the Basic Multilingual Plane, such as most emoji, is two; `Units` goes between the two.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from normalizer.annotation import Entity, Span
from normalizer.report.contents import Found, Marked
from normalizer.review.anchors import Anchor, digest, quote
from normalizer.review.rulings import Act, Ruling, ruling_line

# Under this key a row carries the places of its findings.
SENT = "normalizer"
# Labels, choices and attributes by which a reviewer says what becomes of a finding.
VERDICTS: Mapping[str, Act] = {"accept": "accept", "reject": "reject", "unsure": "unsure"}
# Keys of a place, in the order of a decisions file.
PLACE = "path row doc start end exact prefix suffix key origin category replacement".split()
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written.

    Attributes:
        documents: With their texts where they are at hand.
        entities: Known entities by id.
        version: Of this program.
    """

    documents: Sequence[Marked]
    entities: Mapping[str, Entity] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reviewer made of one finding.

    Attributes:
        sent: The place, as `sent_records` wrote it.
        act: What was decided.
        value: For ``edit`` the text to write.
    """

    sent: Mapping[str, Any]
    act: Act
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """One row, task or file that came back.

    Attributes:
        place: Where, for messages: ``file: row 3``.
        by: Who reviewed, as far as the tool tells.
        answers: What was decided.
        untouched: Findings that stand as they were sent.
        notes: What was done there and cannot be said in a decisions file.
        faults: What cannot be read, each with the cure.
    """

    place: str
    by: str = ""
    answers: tuple[Answer, ...] = ()
    untouched: int = 0
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A span as it was sent.

    Attributes:
        record: Its place, as `sent_records` wrote it.
        label: The label it had.
        id: What ties it to its finding; empty where the format has no ids.
        value: The text to write, as the tool showed it.
    """

    record: Mapping[str, Any]
    label: str
    id: str = ""
    value: str = ""

    @property
    def span(self) -> Span:
        """Where it was."""
        return Span(self.record["start"], self.record["end"])


@dataclass(frozen=True, slots=True)
class Kept:
    """A span as it came back, in code points.

    Attributes:
        span: Where it is now.
        label: Its label; one of `VERDICTS` is a decision.
        id: What ties it to the finding; empty where the format has no ids.
        value: The text to write; empty where the reviewer cleared it, None where none was asked.
    """

    span: Span
    label: str
    id: str = ""
    value: str | None = None


def label_of(one: Found) -> str:
    """The label of a finding in tools of labels: ``name``, or the category of a flag."""
    return "name" if one.finding == "name" else one.category


def proposed(one: Found) -> str | None:
    """The text that would be written, None if nothing is proposed."""
    return one.suggestions[0].text if one.suggestions else None


def plain(text: str) -> str:
    """Text that can be written as UTF-8: what is no character, as U+FFFD, which is as long."""
    return text if text.isascii() else _LONE.sub("\N{REPLACEMENT CHARACTER}", text)


def sent_records(document: Marked, findings: Iterable[Found]) -> list[dict[str, Any]]:
    """The places of findings, with the keys of a decisions file; the document has its text."""
    assert document.text is not None
    doc = digest(document.text)
    return [_sent_record(document, document.text, doc, one) for one in findings]


def _sent_record(document: Marked, text: str, doc: str, one: Found) -> dict[str, Any]:
    prefix, exact, suffix = quote(text, one.span)
    anchor = Anchor(
        document.path,
        document.row,
        doc,
        one.span.start,
        one.span.end,
        exact,
        prefix,
        suffix,
        one.key,
        one.origin,
    )
    ruling = Ruling(
        "", "", "", "accept", anchor=anchor, category=one.category, replacement=proposed(one)
    )
    record = json.loads(ruling_line(ruling))
    return {name: record[name] for name in PLACE}


def compare(
    place: str,
    sent: Sequence[Sent],
    kept: Sequence[Kept],
    *,
    by: str = "",
    finished: bool,
    emptied: bool = False,
) -> Returned:
    """What a reviewer decided by the spans that came back, against those that were sent.

    A span with a verdict for a label has that verdict; one whose text was changed is an edit; one
    that is gone was rejected. One that is as it was sent is accepted if the reviewer has finished
    the row, else nobody has ruled on it. A span somewhere else is told: a ruling is on a finding,
    and there is none.

    Args:
        place: For messages.
        sent: What was sent.
        kept: What came back.
        by: Who reviewed.
        finished: Whether a person has said that the row is done.
        emptied: Whether to believe a row without any span. Mostly they were lost on the way:
            not taken over from the predictions, or not read in with the text.
    """
    if sent and not kept and not emptied:
        note = (
            f"{place}: none of its {len(sent)} spans came back, which decides nothing; "
            "give them the verdict reject, or rule them with normalizer review"
        )
        return Returned(place, by, untouched=len(sent), notes=(note,))
    answers: list[Answer] = []
    notes: list[str] = []
    untouched = 0
    claims, rest = _claims(sent, kept)
    for one, claim in zip(sent, claims, strict=True):
        moved = claim or next((other for other in rest if _overlap(other.span, one.span)), None)
        if moved is None:
            answers.append(Answer(one.record, "reject"))
        elif moved.span != one.span:
            if claim is None:
                rest.remove(moved)
            notes.append(unsaid(place, one.record, "has other bounds now"))
        elif moved.value == "" and one.value and VERDICTS.get(moved.label.lower()) is None:
            notes.append(unsaid(place, one.record, "has no text to write now"))
        else:
            answer = _answer(one, moved, finished)
            untouched += answer is None
            answers += [answer] if answer else []
    notes += [
        f"{place}: '{one.label}' at {one.span.start} to {one.span.end} is no finding; "
        "a decision needs one, so it is left out"
        for one in rest
    ]
    return Returned(place, by, tuple(answers), untouched, tuple(notes))


def unsaid(place: str, record: Mapping[str, Any], what: str) -> str:
    """The note for what a reviewer did and no decision can say."""
    return (
        f"{place}: '{record['exact']}' at {record['start']} {what}, which no decision can say; "
        "rule it with normalizer review"
    )


def _answer(sent: Sent, kept: Kept, finished: bool) -> Answer | None:
    """What a span that stands where it was sent says; None if nothing."""
    verdict = VERDICTS.get(kept.label.lower())
    if verdict in ("reject", "unsure"):
        return Answer(sent.record, verdict)
    if kept.value and kept.value != sent.value:
        return Answer(sent.record, "edit", kept.value)
    return Answer(sent.record, "accept") if verdict or finished else None


def _claims(sent: Sequence[Sent], kept: Sequence[Kept]) -> tuple[list[Kept | None], list[Kept]]:
    """For each finding sent the span that came back for it, and the spans left over.

    Findings may share a place, so the surest sign goes first: id, then place and label, then
    place alone.
    """
    claims: list[Kept | None] = [None] * len(sent)
    rest = dict(enumerate(kept))
    signs: tuple[Callable[[Sent | Kept], Hashable], ...] = (
        lambda one: one.id or None,
        lambda one: (one.span, one.label),
        lambda one: one.span,
    )
    for sign in signs:
        waiting: dict[Hashable, list[int]] = {}
        for number, other in reversed(rest.items()):
            waiting.setdefault(sign(other), []).append(number)
        waiting.pop(None, None)
        for at, one in enumerate(sent):
            if claims[at] is None and (numbers := waiting.get(sign(one))):
                claims[at] = rest.pop(numbers.pop())
    return claims, list(rest.values())


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


class Units:
    """Goes between code points and UTF-16 units of one text."""

    def __init__(self, text: str) -> None:
        self._wide = [] if text.isascii() else [at for at, c in enumerate(text) if c > "\uffff"]
        self._in_units = [at + before for before, at in enumerate(self._wide)]

    def units(self, span: Span) -> tuple[int, int]:
        """A span in UTF-16 units."""
        return tuple(at + bisect_left(self._wide, at) for at in (span.start, span.end))  # type: ignore[return-value]

    def points(self, start: int, end: int) -> Span:
        """A span of UTF-16 units in code points; a cut inside a pair goes to its end."""
        return Span(*(at - bisect_left(self._in_units, at) for at in (start, end)))


def sent_of(row: object, place: str) -> list[Mapping[str, Any]]:
    """The places a row carries.

    Raises:
        ValueError: If it carries none; the message says what to do.
    """
    if not isinstance(row, list) or not all(_is_place(one) for one in row):
        raise ValueError(
            f"{place}: has no whole '{SENT}' from the export; export again, and let the tool keep "
            "the fields it does not know"
        )
    return row


def _is_place(record: object) -> bool:
    if not isinstance(record, dict) or not set(PLACE) <= set(record):
        return False
    match record:
        case {"start": int(start), "end": int(end), "exact": str(), "key": str(), "doc": str()}:
            return 0 <= start <= end and isinstance(record["replacement"], str | None)
    return False


def rows_of(lines: Iterable[bytes], name: str) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """JSON lines as their place and the object, or in its place the fault of the line."""
    for number, line in enumerate(lines, 1):
        place = f"{name}: row {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            yield place, f"{place}: is not JSON ({error}); correct or delete it"
            continue
        except RecursionError:
            yield place, f"{place}: is nested too deep; delete it"
            continue
        yield place, row if isinstance(row, dict) else f"{place}: is no JSON object; delete it"
