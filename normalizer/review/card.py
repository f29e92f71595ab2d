"""One finding as lines for a person: its sentence, the change, the reasons, the siblings.

Lines are plain text made safe for a terminal; nothing in them relies on colour, on the cursor or
on a wide screen. A span is marked by brackets, and `Line.strong` says where, so that a face may
make it bold too.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from normalizer.annotation import Document
from normalizer.glitches.sentences import split_sentences
from normalizer.report.safe_text import safe_text
from normalizer.report.width import cells, keep_both, keep_end, keep_start, pad, pad_before, wrap

TextOf = Callable[[str, int | None], str | None]

SENTENCE, PARAGRAPH, PAGE = 0, 1, 2
# Characters on either side of a span that are shown at most, by how much is asked for.
REACH = (200, 1000, 3000)
# Cells a surface or a suggestion may take before its middle is left out.
MAX_PHRASE = 240
MAX_SIBLINGS = 5
MAX_NAME = 14
# A terminal narrower than this has no cells to spare for indents.
WIDE = 40
_DOTTED_CIRCLE = "\N{DOTTED CIRCLE}"
# A short word before a full stop is more often an abbreviation (Mr., Gen.) than an end.
_SENTENCE_END = re.compile(
    "(?:(?<=[^\\W\\d_]{4}[.])|(?<=[!?\N{HORIZONTAL ELLIPSIS}\N{IDEOGRAPHIC FULL STOP}]))"
    "[\"'\N{RIGHT DOUBLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK})\\]]{0,3}\\s+|\\n"
)
_WITNESS = re.compile(
    r"(?P<id>.+), sentence (?P<number>\d+), has "
    r"(?:(?P<quote>['\"])(?P<word>.+)(?P=quote)|a negation)"
)
_NAME_WITNESS = re.compile(r"(?P<id>.+) has (?P<word>.+)")
_NEGATION = (
    r"(?:not|never|no|nor|neither|none|nobody|nothing|cannot|without|"
    "[a-z]+n['\N{RIGHT SINGLE QUOTATION MARK}]t)"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line for a terminal.

    Attributes:
        text: Safe to print.
        strong: Start and end of what matters in it; equal when nothing does.
    """

    text: str
    strong: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Others:
    """Findings with the same surface, replacement and origin as the one shown.

    Attributes:
        count: How many there are beside it.
        files: In how many files, this one's included.
        left_out: How many of all are left out when all are decided with one key.
    """

    count: int = 0
    files: int = 0
    left_out: int = 0


ALONE = Others()


def card(
    finding: Mapping[str, Any],
    text_of: TextOf,
    *,
    width: int = 80,
    reach: int = SENTENCE,
    others: Others = ALONE,
    standing: str = "",
) -> list[Line]:
    """A finding as a person decides on it.

    Args:
        finding: A finding record.
        text_of: Gives the text of ``(path, row)``, None where it is not at hand.
        width: Cells in a line.
        reach: How much text to show: ``SENTENCE``, ``PARAGRAPH`` or ``PAGE``.
        others: How many are like it.
        standing: What was decided on it so far; empty when nothing was.
    """
    text = text_of(finding["path"], finding["row"])
    if text is not None and text[finding["start"] : finding["end"]] != finding["surface"]:
        text = None
    lines = [*paragraph(_heading(finding, text), width)]
    if standing:
        lines += paragraph(f"decided: {safe_text(standing)}", width, "  ")
    lines += _context(finding, text, width, reach)
    lines += _change(finding, width)
    if others.count:
        more = f"{others.count} more like this, {others.files} file{'s' * (others.files != 1)}"
        more += f", {others.left_out} left out" if others.left_out else ""
        lines += paragraph(more, width, "  ")
    lines += paragraph(f"why: {safe_text(_reason(finding))}", width, "  ")
    lines += sibling_lines(finding, text, text_of, width)
    return lines


def concordance_line(
    finding: Mapping[str, Any], text_of: TextOf, width: int, label: str = ""
) -> Line:
    """A finding in the middle of one line of its text, as one of many."""
    text = text_of(finding["path"], finding["row"])
    start, end = finding["start"], finding["end"]
    if text is None or text[start:end] != finding["surface"]:
        text, start, end = finding["surface"], 0, len(finding["surface"])
    return _keyword_line(label, text, start, end, width)


def explanation(finding: Mapping[str, Any], *, width: int = 80) -> list[Line]:
    """Everything a finding record says, one fact a line."""
    score = f"{finding['score']}, the probability that the finding is right"
    facts = [
        ("place", f"{_place(finding)}, characters {finding['start']} to {finding['end']}"),
        ("surface", _phrase(finding["surface"])),
        *(
            ("suggestion", f"{_phrase(one['text'])}  {one['score']:.4f}")
            for one in finding["suggestions"]
        ),
        ("kind", f"{finding['finding']}, {finding['category']}"),
        ("score", score),
        ("action", finding["action"]),
        ("entity", finding["entity"] or "none"),
        ("origin", " ".join(dict.fromkeys(finding["origin"].split())) or "not recorded"),
        ("message", finding["message"]),
        *(("evidence", f"{one['weight']:+.2f}  {one['reason']}") for one in finding["evidence"]),
        ("key", finding["key"]),
        *(("character", name) for name in _unusual(finding["surface"])),
    ]
    return [
        line
        for name, value in facts
        for line in paragraph(f"{name}: {safe_text(value)}", width, "  ")
    ]


def sibling_lines(
    finding: Mapping[str, Any], text: str | None, text_of: TextOf, width: int
) -> list[Line]:
    """The sentence and those of its siblings under each other, at the word that differs."""
    rows: list[tuple[str, str, int, int]] = []
    for one in finding["evidence"]:
        if len(rows) < MAX_SIBLINGS and (row := _witness(one["reason"], text_of)):
            rows.append(row)
    if not rows:
        return []
    if text is not None:
        rows.insert(0, ("here", text, finding["start"], finding["end"]))
    name_width = min(MAX_NAME, width // 5, max(cells(safe_text(name)) for name, *_ in rows))
    indent = "    " if width >= WIDE else "  "
    lines = [Line("  siblings:")]
    for name, sentence, start, end in rows:
        label = f"{indent}{pad(keep_end(safe_text(name), name_width), name_width)} "
        lines.append(_keyword_line(label, sentence, start, end, width))
    return lines


# -- the parts of a card ---------------------------------------------------------------------


def _heading(finding: Mapping[str, Any], text: str | None) -> str:
    kind = f"{finding['finding']}, {finding['category']}, {_two_digits(finding['score'])}"
    does = "written unless you reject it" if finding["action"] == "apply" else "only proposed"
    where = _place(finding)
    if text is not None and finding["row"] is None:
        line = text.count("\n", 0, finding["start"]) + 1
        where += f":{line}:{finding['start'] - text.rfind(chr(10), 0, finding['start'])}"
    return f"{safe_text(where)}  {safe_text(kind)}, {does}"


def _two_digits(score: float) -> str:
    """A probability that is not rounded up to certainty."""
    return f"{math.floor(score * 100) / 100:.2f}"


def _place(finding: Mapping[str, Any]) -> str:
    row = "" if finding["row"] is None else f":{finding['row']}"
    return f"{finding['path'] or finding['id']}{row}"


def _context(
    finding: Mapping[str, Any], text: str | None, width: int, reach: int
) -> Iterator[Line]:
    start, end = finding["start"], finding["end"]
    if text is None:
        yield from paragraph(
            "(the text is not at hand or has changed; give the originals of the findings)",
            width,
            "    ",
        )
        return
    first, last = _surroundings(text, start, end, reach)
    before = safe_text(text[first:start].lstrip() if first else text[first:start])
    after = safe_text(text[end:last].rstrip())
    before = f"... {before}" if _is_cut(text, first) else before
    after = f"{after} ..." if last < len(text) and _is_cut(text, last) else after
    marked = f"[{_phrase(text[start:end])}]"
    yield from paragraph(before + marked + after, width, "    ", (len(before), len(marked)))


def _is_cut(text: str, at: int) -> bool:
    """Whether a place lies inside a sentence, so that what is left out must be shown."""
    return 0 < at < len(text) and not _SENTENCE_END.search(text, max(0, at - 8), at + 1)


def _surroundings(text: str, start: int, end: int, reach: int) -> tuple[int, int]:
    """The sentence, the paragraph or the page around a span, not more than `REACH` around it."""
    first, last = max(0, start - REACH[reach]), min(len(text), end + REACH[reach])
    if reach == PAGE:
        return first, last
    ends = re.compile("\n") if reach == PARAGRAPH else _SENTENCE_END
    for found in ends.finditer(text, first, start):
        first = found.end()
    found_end = ends.search(text, end, last)
    return first, found_end.end() if found_end else last


def _change(finding: Mapping[str, Any], width: int) -> Iterator[Line]:
    """Before and after, and the suggestions by number.

    Where a script runs right to left each has a line of its own: terminals that know such scripts
    would change the places of both around the arrow.
    """
    before = _phrase(finding["surface"])
    texts = [_phrase(one["text"]) or "(nothing)" for one in finding["suggestions"]]
    if not texts:
        yield from paragraph(f"{before} -> no suggestion; e types one", width, "  ")
        return
    if any(map(_runs_leftwards, (before, *texts))):
        yield from paragraph(f"before: {before}", width, "  ")
        yield from paragraph(f"after:  {texts[0]}", width, "  ")
    else:
        yield from paragraph(f"{before} -> {texts[0]}", width, "  ")
    if len(texts) > 1:
        for number, (text, one) in enumerate(
            zip(texts[:9], finding["suggestions"], strict=False), 1
        ):
            yield from paragraph(f"{number} {text}  {_two_digits(one['score'])}", width, "    ")


def _reason(finding: Mapping[str, Any]) -> str:
    return str(finding["message"]) or "no reason recorded"


def _phrase(text: str) -> str:
    """A surface or suggestion, safe, of bearable length, with no mark on a neighbour's letter."""
    if text and unicodedata.category(text[0])[0] == "M":
        text = _DOTTED_CIRCLE + text
    return keep_both(safe_text(text), MAX_PHRASE)


def _runs_leftwards(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def _unusual(text: str) -> Iterator[str]:
    """Characters that may not be what they look like, once each, by code and name."""
    for character in dict.fromkeys(text):
        name = unicodedata.name(character, "no name")
        if not character.isascii() and not name.startswith("LATIN"):
            yield f"U+{ord(character):04X} {name}"


# -- siblings --------------------------------------------------------------------------------


def _witness(reason: str, text_of: TextOf) -> tuple[str, str, int, int] | None:
    """What a reason of the evidence quotes: the document, its text and the place of the word.

    Siblings are quoted as `normalizer.glitches.witnesses` words it: a document and a sentence of
    it, or a document and a name.
    """
    found = _WITNESS.fullmatch(reason) or _NAME_WITNESS.fullmatch(reason)
    text = text_of(found["id"], None) if found else None
    if not found or text is None:
        return None
    first, last = 0, len(text)
    if "number" in found.groupdict():
        sentences = split_sentences(Document(found["id"], text))
        number = int(found["number"]) - 1
        if number >= len(sentences) or not sentences[number].words:
            return None
        sentence = sentences[number]
        first, last = sentence.starts[0], sentence.end(len(sentence.words) - 1)
    wanted = re.escape(found["word"]) if found["word"] else _NEGATION
    word = re.search(rf"(?<!\w){wanted}(?!\w)", text[first:last], re.I)
    if not word:
        return None
    return found["id"], text, first + word.start(), first + word.end()


def _keyword_line(label: str, text: str, start: int, end: int, width: int) -> Line:
    """A span in the middle of one line, so that lines under each other align at it."""
    left, right = _surroundings(text, start, end, SENTENCE)
    room = width - cells(label)
    side = room * 2 // 5
    head = label + pad_before(keep_end(safe_text(text[left:start]), side), side)
    # Three cells at least are left for what follows, if only to say that something does.
    marked = f"[{keep_both(_phrase(text[start:end]), room - side - 5)}]"
    after = keep_start(safe_text(text[end:right].rstrip()), width - cells(head) - cells(marked))
    return Line(head + marked + after, (len(head), len(head) + len(marked)))


def paragraph(
    text: str,
    width: int,
    indent: str = "",
    strong: tuple[int, int] = (0, 0),
    hanging: str | None = None,
) -> Iterator[Line]:
    """Lines of a safe text.

    Args:
        text: Safe to print.
        width: Cells in a line.
        indent: What each line begins with.
        strong: Start and length of what matters in the text.
        hanging: What the second and later lines begin with; None takes ``indent``.
    """
    first, last = strong[0], strong[0] + strong[1]
    before = indent
    hanging = indent if hanging is None else hanging
    for start, end in wrap(text, max(10, width - max(len(indent), len(hanging)))):
        low, high = max(first, start), min(last, end)
        shift = len(before) - start
        marked = (low + shift, high + shift) if low < high else (0, 0)
        yield Line(before + text[start:end], marked)
        before = hanging


def as_text(lines: Sequence[Line]) -> str:
    """The lines as one plain text."""
    return "\n".join(line.text for line in lines)
