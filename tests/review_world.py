"""A small made-up folder with findings, for the tests of reviews."""

from __future__ import annotations

from typing import Any

from normalizer.annotation import Span
from normalizer.decide import finding_key
from normalizer.review.anchors import Anchor
from normalizer.review.places import anchor_of, proposed
from normalizer.review.rulings import Act, Ruling, Scope, sealed

TEXTS: dict[tuple[str, int | None], str] = {
    ("a.txt", None): "Poutine met Moravec. Then Poutine left, and Poutine came back to Moscou.",
    ("b/c.txt", None): "In Moscou nobody saw Poutine; there was an overload of ties.",
    ("rows.jsonl", 1): "Moscou said no. An overload of ties is what Poutine wants.",
    ("rows.jsonl", 2): "Poutine said yes in Moscou.",
}
# Surface: suggestions, entity, origin, score.
KINDS: dict[str, tuple[list[str], str | None, str, float]] = {
    "Poutine": (["Putin", "Putine"], "per:putin", "fr-press:ou", 0.97),
    "Moscou": (["Moscow"], "geo:moscow", "table:press", 0.88),
    "overload": (["reset"], None, "overload-for-reset", 0.6),
    "Moravec": ([], None, "odd-word", 0.55),
}

Texts = dict[tuple[str, int | None], str]


def finding(path: str, row: int | None, start: int, surface: str) -> dict[str, Any]:
    texts, entity, origin, score = KINDS[surface]
    span = Span(start, start + len(surface))
    name = path if row is None else f"{path}:{row}"
    return {
        "v": 1,
        "record": "finding",
        "key": finding_key(name, span, surface, entity or origin),
        "id": name,
        "path": path,
        "row": row,
        "start": span.start,
        "end": span.end,
        "surface": surface,
        "finding": "name" if entity else "flag",
        "category": "exonym" if entity else "lexical-choice",
        "suggestions": [{"text": one, "score": 0.5} for one in texts],
        "entity": entity,
        "origin": origin,
        "message": f"{surface}: why",
        "evidence": [{"reason": "why", "weight": 1.0}],
        "action": "apply" if entity and score >= 0.9 else "propose",
        "score": score,
    }


def findings_in(texts: Texts) -> list[dict[str, Any]]:
    """Every known surface of every text, in text order."""
    found = []
    for (path, row), text in texts.items():
        for surface in KINDS:
            start = text.find(surface)
            while start >= 0:
                found.append(finding(path, row, start, surface))
                start = text.find(surface, start + 1)
    order = list(texts)
    return sorted(found, key=lambda one: (order.index((one["path"], one["row"])), one["start"]))


FINDINGS = findings_in(TEXTS)


def text_of(path: str, row: int | None) -> str | None:
    return TEXTS.get((path, row))


def numbered(surface: str, number: int = 0) -> int:
    """The index of the n-th finding of a surface."""
    return [index for index, one in enumerate(FINDINGS) if one["surface"] == surface][number]


def anchored(one: dict[str, Any]) -> Anchor:
    return anchor_of(one, TEXTS[one["path"], one["row"]])


def ruling(
    act: Act,
    index: int = 0,
    *,
    at: int = 0,
    by: str = "ana",
    scope: Scope = "occurrence",
    value: str | None = None,
    undoes: str = "",
    excepted: tuple[int, ...] = (),
) -> Ruling:
    """A ruling on a finding of this world; ``at`` is its minute."""
    one = FINDINGS[index]
    made = Ruling(
        id="",
        at=f"2026-01-31T09:{at:02}:00.000Z",
        by=by,
        act=act,
        scope=scope,
        anchor=None if undoes else anchored(one),
        category="" if undoes else one["category"],
        replacement=None if undoes else proposed(one),
        value=proposed(one) if act == "accept" else value,
        undoes=undoes,
        excepted=tuple(anchored(FINDINGS[spared]) for spared in excepted),
    )
    return sealed(made, "")
