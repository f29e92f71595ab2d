"""TEI P5: a folder with one XML file a document.

A name stands as ``<choice>`` of what was found (``orig``) and the canonical spelling (``reg``)
inside ``persName``, ``placeName``, ``orgName`` or ``name``; without the ``reg`` elements the text
is the original. Flags may cross names and paragraphs, so each is a ``<span>`` in ``standOff``
from one empty ``anchor`` in the text to another. Characters that XML 1.0 cannot hold are given as
U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from normalizer.annotation import Span
from normalizer.export.exchange import Export
from normalizer.export.folder import FileNames
from normalizer.export.kinds import Kind, kind_of
from normalizer.report.contents import Found, Marked

NAMESPACE = "http://www.tei-c.org/ns/1.0"
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GAP = re.compile(r"(?:[ \t]*\r?\n){2,}|[ \t\r\n]+\Z")
# The order of marks at one place.
_FIRST, _NAME_END, _FLAG_END, _P_END, _P_BEGIN, _FLAG_BEGIN, _NAME_BEGIN, _LAST = range(8)
_ELEMENTS: Mapping[Kind, str] = {
    "person": "persName",
    "place": "placeName",
    "organisation": "orgName",
    "other": "name",
}


def write(export: Export) -> Iterator[tuple[str, str]]:
    """The files, as name and content."""
    names = FileNames()
    for document in export.documents:
        if document.text is not None:
            content = "".join(_document(document, document.text, export))
            yield f"{names.of(document)}.xml", content


def _document(document: Marked, text: str, export: Export) -> Iterator[str]:
    flags = [one for one in document.findings if one.finding != "name"]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<TEI xmlns="{NAMESPACE}">\n<teiHeader>\n<fileDesc>\n'
    yield f"<titleStmt><title>{_text(document.name)}</title></titleStmt>\n"
    yield "<publicationStmt><p>Unpublished; made for review.</p></publicationStmt>\n"
    yield f"<sourceDesc><p>{_text(document.name)}</p></sourceDesc>\n</fileDesc>\n"
    yield "<encodingDesc>\n<appInfo>\n"
    version = _attribute(export.version or "0")
    yield f'<application xml:id="normalizer" ident="normalizer" version={version}>'
    yield "<label>normalizer</label></application>\n</appInfo>\n</encodingDesc>\n</teiHeader>\n"
    if flags:
        yield '<standOff>\n<spanGrp type="flags">\n'
        yield from (_flag(at, one) for at, one in enumerate(flags, 1))
        yield "</spanGrp>\n</standOff>\n"
    yield "<text>\n<body>\n"
    yield from _paragraphs(text, document.findings, export)
    yield "</body>\n</text>\n</TEI>\n"


def _flag(at: int, one: Found) -> str:
    said = f"{one.message} -> {one.suggestions[0].text}" if one.suggestions else one.message
    return (
        f'<span from="#flag{at}-start" to="#flag{at}-end" type={_attribute(_token(one.category))} '
        f'cert="{one.score:.4f}">{_text(said)}</span>\n'
    )


def _paragraphs(text: str, findings: Sequence[Found], export: Export) -> Iterator[str]:
    """The text in paragraphs, parted by empty lines that no name crosses.

    Everything put into the text is a mark at a place. At one place names end first, then flags,
    then the paragraph; what begins comes in the opposite order.
    """
    marks: list[tuple[int, int, str]] = [(0, _FIRST, "<p>"), (len(text), _LAST, "</p>\n")]
    names = [one for one in findings if one.finding == "name"]
    for one in names:
        opening, closing = _name(one, export)
        marks += (one.span.start, _NAME_BEGIN, opening), (one.span.end, _NAME_END, closing)
    for at, one in enumerate((one for one in findings if one.finding != "name"), 1):
        end = _FLAG_END if one.surface else _NAME_BEGIN
        marks.append((one.span.start, _FLAG_BEGIN, f'<anchor xml:id="flag{at}-start"/>'))
        marks.append((one.span.end, end, f'<anchor xml:id="flag{at}-end"/>'))
    gaps = _gaps(text, [one.span for one in names])
    for gap in gaps:
        marks += (gap.start, _P_END, "</p>\n"), (gap.end, _P_BEGIN, "<p>")
    inside = iter([*gaps, Span(len(text) + 1, len(text) + 1)])
    gap, before = next(inside), 0
    made: list[str] = []
    for place, _, mark in sorted(marks, key=lambda one: one[:2]):
        while gap.end <= before:
            gap = next(inside)
        if not gap.start <= before < gap.end:
            made.append(_text(text[before:place]).replace("\n", "<lb/>\n"))
        made.append(mark)
        before = place
    yield "".join(made).replace("<p></p>\n", "")


def _gaps(text: str, names: Sequence[Span]) -> list[Span]:
    """Where paragraphs are parted."""
    gaps = [Span(one.start(), one.end()) for one in _GAP.finditer(text)]
    crossed = iter([*names, Span(len(text), len(text))])
    name = next(crossed)
    parting = []
    for gap in gaps:
        while name.end <= gap.start and name.start < len(text):
            name = next(crossed)
        if gap.end <= name.start:
            parting.append(gap)
    return parting


def _name(one: Found, export: Export) -> tuple[str, str]:
    """What stands before and after the words of a name."""
    element = _element(one, export)
    known = export.entities.get(one.entity)
    full = f" n={_attribute(known.canonical)}" if known else ""
    return (
        f"<{element} key={_attribute(one.entity)}{full}><choice><orig>",
        f'</orig><reg cert="{one.score:.4f}" resp="#normalizer">{_text(one.replacement)}</reg>'
        f"</choice></{element}>",
    )


def _element(one: Found, export: Export) -> str:
    return _ELEMENTS[kind_of(one.entity, export.entities)]


def _token(text: str) -> str:
    return "-".join(text.split())


def _text(text: str) -> str:
    # A carriage return as such would come back as a line feed.
    return escape(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text), {"\r": "&#13;"})


def _attribute(text: str) -> str:
    return quoteattr(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split())))
