"""The sections of the report page as plain HTML.

Each has the frame that the script fills, and all rows for browsers without scripts.

A browser with scripts takes what stands in ``<noscript>`` for one text and makes nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from normalizer.report.concordance import context
from normalizer.report.contents import Contents, Found, Marked
from normalizer.report.html_text import html_text
from normalizer.report.overview import EntityRow, faults_of, flagged, named
from normalizer.report.worddiff import Stretch

_ORDERS = (
    ("", "text order"),
    ("left", "left context"),
    ("right", "right context"),
    ("before", "spelling found"),
    ("after", "new spelling"),
    ("score", "surest first"),
    ("doubt", "least sure first"),
)
_FLAG_ORDERS = (
    ("", "likeliest first"),
    ("before", "flagged words"),
    ("left", "left context"),
    ("right", "right context"),
)
# What the keys of a run record mean to a reader; others are shown by their own name.
_FACTS = {
    "normalizer": "normalizer",
    "entities": "entities in the tables",
    "apply": "rewritten from score",
    "propose": "proposed from score",
}
_MAX_NOTES = 10


def notes(contents: Contents) -> str:
    """What could not be brought together, as a box above the sections; empty if all could."""
    if not contents.notes:
        return ""
    lines = [*contents.notes[:_MAX_NOTES]]
    if len(contents.notes) > _MAX_NOTES:
        lines.append(f"and {len(contents.notes) - _MAX_NOTES} more like these")
    items = "".join(f"<li>{html_text(line)}</li>" for line in lines)
    return f'<div class="notes" role="note"><strong>Left out</strong><ul>{items}</ul></div>'


def sections(
    contents: Contents,
    rows: Sequence[EntityRow],
    diffs: Iterable[tuple[Marked, Sequence[Stretch]]],
) -> str:
    """The five sections."""
    names, flags, changed = list(named(contents)), flagged(contents), list(diffs)
    no_texts = not any(one.text is not None for one in contents.documents)
    missing = "Without the originals there is no context. " if no_texts else ""
    fixed = sum(one.applied for _, one in flags)
    became = f"{fixed:,} were corrected in the text" if fixed else "no text was changed by them"
    return "\n".join(
        [
            _section(
                "entities",
                f"Entities <small>{len(rows):,}</small>",
                "Who and what is named, and how it was spelled.",
                _filter("Filter by name, id or spelling"),
                _table(map(_entity, rows)),
            ),
            _section(
                "names",
                f"In context <small>{len(names):,}</small>",
                missing + "Each name, before and after, with the words around it.",
                _filter("Filter by any word")
                + _select("order", "Order", _ORDERS)
                + _select(
                    "action",
                    "Show",
                    (("", "all"), ("apply", "rewritten"), ("propose", "proposed")),
                ),
                _list("lines", map(_line, names)),
            ),
            _section(
                "flags",
                f"Flags <small>{len(flags):,}</small>",
                f"{missing}Spans that look wrong, the likeliest first; {became}.",
                _filter("Filter by any word")
                + _select("category", "Category", (("", "all"),))
                + _select("order", "Order", _FLAG_ORDERS)
                + '<label>Score from <input type="number" min="0" max="1" step="0.05" '
                'value="0"></label>',
                _list("lines", map(_flag, flags)),
            ),
            _section(
                "changes",
                f"Changes <small>{len(changed):,}</small>",
                "Without the originals no text is shown."
                if no_texts
                else "Each document that was rewritten, word by word.",
                _filter("Filter by path or word"),
                _list("diffs", (_diff(*one) for one in changed), tag="div"),
            ),
            _section("run", "Run", "", "", "".join(_run(contents))),
        ]
    )


def _section(id_: str, title: str, about: str, tools: str, body: str) -> str:
    told = f'<p class="about">{about}</p>' if about else ""
    hidden = f'<div class="tools" hidden>{tools}</div>' if tools else ""
    return (
        f'<section id="{id_}" aria-labelledby="{id_}-title"><h2 id="{id_}-title">{title}</h2>'
        f"{told}{hidden}{body}</section>"
    )


def _filter(label: str) -> str:
    return f'<input type="search" placeholder="{label}" aria-label="{label}">'


def _select(name: str, label: str, options: Iterable[tuple[str, str]]) -> str:
    inside = "".join(f'<option value="{value}">{text}</option>' for value, text in options)
    return f'<label>{label} <select class="{name}">{inside}</select></label>'


def _plain(made: str) -> str:
    """What only a browser without scripts shows, beside the hidden frame that the script fills."""
    return f"<noscript>{made}</noscript>"


def _list(names: str, rows: Iterable[str], tag: str = "ul") -> str:
    made = f'<{tag} class="{names}">{"".join(rows)}</{tag}>'
    return f'<{tag} class="{names} rows" hidden></{tag}>{_plain(made)}'


def _table(rows: Iterable[str]) -> str:
    made = f'<div class="table"><table>{_HEAD}<tbody>{"".join(rows)}</tbody></table></div>'
    frame = f'<table>{_HEAD}<tbody class="rows"></tbody></table>'
    return f'<div class="table" hidden>{frame}</div>{_plain(made)}'


# -- rows ------------------------------------------------------------------------------------

_HEAD = (
    '<thead><tr><th scope="col">Name</th><th scope="col" class="optional">Type</th>'
    '<th scope="col" class="number">Found</th>'
    '<th scope="col" class="number optional">Documents</th>'
    '<th scope="col">Spellings</th></tr></thead>'
)


def _entity(row: EntityRow) -> str:
    spellings = "; ".join(f"{one.before} ({one.count})" for one in row.spellings)
    return (
        f'<tr><th scope="row">{_isolated(row.entity.canonical)}'
        f'<span class="id">{html_text(row.entity.id)}</span></th>'
        f'<td class="optional">{html_text(row.entity.type)}</td>'
        f'<td class="number">{row.count}</td><td class="number optional">{row.documents}</td>'
        f"<td>{_isolated(spellings)}</td></tr>"
    )


def _line(pair: tuple[Marked, Found]) -> str:
    document, one = pair
    left, right = _around(document, one)
    return (
        f'<li class="line open"><span class="left">{left}</span>'
        f'<span class="here">{_change(one)}<span class="right">{right}</span></span>'
        f'<span class="where">{html_text(document.name)} &middot; {one.score:.2f} '
        f"{_outcome(one)} &middot; "
        f"{html_text(one.message)}</span></li>"
    )


def _flag(pair: tuple[Marked, Found]) -> str:
    document, one = pair
    left, right = _around(document, one)
    evidence = "".join(
        f'<li><span class="weight">{reason.weight:+.1f}</span>'
        f"<span>{html_text(reason.reason)}</span></li>"
        for reason in one.evidence
    )
    new = f" <ins>{_isolated(one.replacement or '(nothing)')}</ins>" if one.suggestions else ""
    said = f"{left}<mark>{_isolated(one.surface or '(nothing)')}</mark>{new}{right}"
    return (
        f'<li class="flag"><div class="top"><span class="score">{one.score:.2f}</span>'
        f"<b>{html_text(one.category)}</b><span>{html_text(document.name)}</span>"
        f"<span>{_outcome(one)}</span></div>"
        f'<p class="said">{said}</p><p class="why">{html_text(one.message)}</p>'
        f'<ul class="evidence">{evidence}</ul></li>'
    )


def _outcome(one: Found) -> str:
    done = "rewritten" if one.applied else "proposed"
    return f"{done}, decided by {html_text(one.decided_by)}" if one.decided_by else done


def _around(document: Marked, one: Found) -> tuple[str, str]:
    if document.text is None:
        return "", ""
    around = context(document.text, one.span)
    return _isolated(around.left), _isolated(around.right)


def _change(one: Found) -> str:
    after = _isolated(one.replacement or "(nothing)")
    return f"<del>{_isolated(one.surface)}</del> <ins>{after}</ins>"


def _diff(document: Marked, stretches: Sequence[Stretch]) -> str:
    tags = {"old": "<del>{}</del>", "new": "<ins>{}</ins>"}
    signs = {"fold": '<span class="fold"> &#8943; </span>', "line": "\n"}
    body = "".join(
        signs.get(one.kind) or tags.get(one.kind, "{}").format(html_text(one.text))
        for one in stretches
    )
    return (
        f"<details open><summary><b>{html_text(document.name)}</b></summary>"
        f'<p class="diff">{body}</p></details>'
    )


def _isolated(text: str) -> str:
    """Text that may run the other way than the page."""
    return f"<bdi>{html_text(text)}</bdi>"


# -- the run ---------------------------------------------------------------------------------


def _run(contents: Contents) -> Iterator[str]:
    facts = [
        (_FACTS.get(key, key), str(value))
        for key, value in contents.run.items()
        if key not in ("v", "record")
    ]
    if facts:
        pairs = (f"<dt>{html_text(name)}</dt><dd>{html_text(value)}</dd>" for name, value in facts)
        yield f'<dl class="facts">{"".join(pairs)}</dl>'
    else:
        yield '<p class="about">The report has no run record: it is a list of findings.</p>'
    if contents.files:
        yield (
            '<div class="table"><table><thead><tr><th scope="col">File</th>'
            '<th scope="col" class="number">Rewritten</th><th scope="col" class="number">Proposed'
            '</th><th scope="col">Remarks</th></tr></thead><tbody>'
        )
        yield from map(_file, contents.files)
        yield "</tbody></table></div>"


def _file(record: Mapping[str, object]) -> str:
    remarks = [*faults_of(record), *faults_of(record, "notes")]
    if record.get("copied"):
        remarks.append("copied as it is, there is no reader for it")
    return (
        f'<tr><th scope="row">{html_text(str(record.get("path", "")))}</th>'
        f'<td class="number">{html_text(str(record.get("applied", "")))}</td>'
        f'<td class="number">{html_text(str(record.get("proposed", "")))}</td>'
        f"<td>{'<br>'.join(map(html_text, remarks))}</td></tr>"
    )
