"""A report as one web page that opens from disk, needs no network and runs no foreign script.

The rows lie in the page as JSON, which its script puts into the page as text, a hundred at a
time; a browser without scripts gets the same rows as plain HTML. The content security policy
allows the one style sheet and the one script by their hashes and nothing else, so that even text
that got past the escaping could load and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any

from normalizer.annotation import Entity
from normalizer.report import page_plain
from normalizer.report.concordance import context
from normalizer.report.contents import Contents, Found, Marked
from normalizer.report.html_text import html_json, html_text
from normalizer.report.overview import EntityRow, Totals, entity_rows, flagged, named, totals
from normalizer.report.worddiff import Stretch, word_diff
from normalizer.rewrite import Edit

Diff = tuple[Marked, Sequence[Stretch]]
_STRETCHES = ("same", "old", "new", "fold", "line")


def page(
    contents: Contents, entities: Mapping[str, Entity], title: str = "Normalizer report"
) -> str:
    """The page.

    Args:
        contents: The report, with the original texts where they are at hand; without them there
            are no contexts and no changes, and the page says so.
        entities: Known entities by id, for their canonical names.
        title: Heading of the page.
    """
    style, script = _part("page.css"), _part("page.js")
    rows = entity_rows(contents, entities)
    figures = totals(contents)
    diffs = list(_diffs(contents))
    return Template(_part("page.html")).substitute(
        policy=html_text(
            f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        ),
        title=html_text(title),
        style=style,
        script=script,
        lead=html_text(_lead(contents, figures)),
        figures="".join(_figures(figures)),
        notes=page_plain.notes(contents),
        sections=page_plain.sections(contents, rows, diffs),
        rows=html_json(_rows(contents, rows, diffs)),
    )


def _part(name: str) -> str:
    return (files("normalizer.report") / name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _lead(contents: Contents, figures: Totals) -> str:
    version = contents.run.get("normalizer")
    made = f"normalizer {version}" if version else "a list of findings"
    where = "" if figures.files == 1 else "s"
    return f"What was found in {figures.files:,} file{where}, by {made}."


def _figures(figures: Totals) -> Iterator[str]:
    for name, value in (
        ("files", figures.files),
        ("names rewritten", figures.rewritten),
        ("names proposed", figures.proposed),
        ("flags", figures.flags),
        ("entities", figures.entities),
        ("faults", figures.faults),
    ):
        if name != "faults" or value:
            bad = ' class="bad"' if name == "faults" else ""
            yield f"<div{bad}><dt>{name}</dt><dd>{value:,}</dd></div>"


# -- the rows for the script -----------------------------------------------------------------


class _Strings(dict[str, int]):
    """Texts that come again and again, kept once and named by number."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


def _rows(contents: Contents, rows: Sequence[EntityRow], diffs: Sequence[Diff]) -> dict[str, Any]:
    """What the script reads; the places in each list are those of ``page.js``."""
    strings, documents = _Strings(), _Strings()
    entity_at = {row.entity.id: at for at, row in enumerate(rows)}
    return {
        "entities": [
            [
                row.entity.canonical,
                row.entity.type,
                row.entity.id,
                row.count,
                row.documents,
                [[one.before, one.after, one.applied, one.proposed] for one in row.spellings],
            ]
            for row in rows
        ],
        "findings": [
            _finding(document, one, strings, documents[document.name], entity_at)
            for document, one in (*named(contents), *flagged(contents))
        ],
        "diffs": [
            [
                documents[document.name],
                [[_STRETCHES.index(one.kind), one.text] for one in stretches],
                sum(one.kind == "old" for one in stretches),
            ]
            for document, stretches in diffs
        ],
        "documents": list(documents),
        "strings": list(strings),
    }


def _finding(
    document: Marked, one: Found, strings: _Strings, place: int, entity_at: Mapping[str, int]
) -> list[Any]:
    around = context(document.text, one.span) if document.text is not None else None
    return [
        int(one.finding != "name"),
        place,
        one.span.start,
        one.surface,
        one.replacement if one.suggestions else None,
        around.left if around else "",
        around.right if around else "",
        round(one.score, 4),
        int(one.applied),
        strings[one.category],
        entity_at.get(one.entity, -1),
        strings[one.origin],
        strings[one.message],
        [[strings[reason.reason], reason.weight] for reason in one.evidence],
        [other.text for other in one.suggestions[1:]],
        one.decided_by,
    ]


def _diffs(contents: Contents) -> Iterator[Diff]:
    for document in contents.documents:
        edits = [
            Edit(one.span, one.surface, one.replacement)
            for one in document.findings
            if one.applied and one.surface != one.replacement
        ]
        if edits and document.text is not None:
            yield document, list(word_diff(document.text, edits))
