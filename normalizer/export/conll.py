"""CoNLL-2003: a token a line, an empty line between sentences, four columns.

Only what was found is tagged: a name that stands in its canonical spelling is no finding and has
the tag O. The second column, for parts of speech, is not filled (``_``); the third has the
category of a flag, the last the kind of a name, both as BIO tags. Where flags overlap the first
has the token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from normalizer.annotation import Document, Span
from normalizer.export.exchange import Export, plain
from normalizer.export.kinds import Kind, kind_of
from normalizer.glitches.sentences import split_sentences
from normalizer.report.contents import Found, Marked

_TOKEN = re.compile("\\w+(?:['\N{RIGHT SINGLE QUOTATION MARK}-]\\w+)*|[^\\w\\s]")
_TAGS: Mapping[Kind, str] = {
    "person": "PER",
    "place": "LOC",
    "organisation": "ORG",
    "other": "MISC",
}


def write(export: Export) -> Iterator[tuple[str, str]]:
    """One file, documents parted as in CoNLL-2003."""
    for document in export.documents:
        if document.text is not None:
            yield "", "-DOCSTART- -X- O O\n"
            yield "", "".join(_lines(document, plain(document.text), export))
            yield "", "\n"


def _lines(document: Marked, text: str, export: Export) -> Iterator[str]:
    names = [one for one in document.findings if one.finding == "name"]
    flags = [one for one in document.findings if one.finding != "name"]
    tokens = _tokens(text, document.findings)
    name_tags = _bio(tokens, names, [_TAGS[kind_of(one.entity, export.entities)] for one in names])
    flag_tags = _bio(tokens, flags, [plain("-".join(one.category.split())) for one in flags])
    starts = _sentence_starts(text)
    for token, flag, name in zip(tokens, flag_tags, name_tags, strict=True):
        begins = False
        while starts and starts[0] <= token.start:
            starts.pop(0)
            begins = True
        yield "\n" if begins else ""
        yield f"{text[token.start : token.end]} _ {flag} {name}\n"


def _tokens(text: str, findings: Sequence[Found]) -> list[Span]:
    """Words and marks; where a finding begins or ends inside a word, so does a token."""
    cuts = sorted({at for one in findings for at in (one.span.start, one.span.end)})
    tokens: list[Span] = []
    for found in _TOKEN.finditer(text):
        while cuts and cuts[0] <= found.start():
            cuts.pop(0)
        start = found.start()
        while cuts and cuts[0] < found.end():
            tokens.append(Span(start, start := cuts.pop(0)))
        tokens.append(Span(start, found.end()))
    return tokens


def _bio(tokens: Sequence[Span], findings: Sequence[Found], tags: Sequence[str]) -> list[str]:
    marked = ["O"] * len(tokens)
    at = 0
    for one, tag in zip(findings, tags, strict=True):
        while at and tokens[at - 1].end > one.span.start:
            at -= 1
        while at < len(tokens) and tokens[at].start < one.span.start:
            at += 1
        here, prefix = at, "B-"
        while here < len(tokens) and tokens[here].end <= one.span.end:
            if marked[here] == "O":
                marked[here] = prefix + tag
                prefix = "I-"
            here += 1
    return marked


def _sentence_starts(text: str) -> list[int]:
    """Where sentences begin, a quotation mark or bracket before the first word included."""
    starts = []
    for sentence in split_sentences(Document("", text)):
        at = sentence.starts[0]
        while at and not text[at - 1].isspace():
            at -= 1
        starts.append(at)
    return starts
