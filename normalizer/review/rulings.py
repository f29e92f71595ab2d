"""What a person decided at one key press: one record, one line of the decisions file.

Rulings are only ever added. A later one overrules an earlier one and an undo takes one back, so
files of several people merge as the union of their lines.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from normalizer.errors import UsageError
from normalizer.report.findings import to_line
from normalizer.review.anchors import Anchor

VERSION = 1

Act = Literal[
    "accept", "reject", "pick", "edit", "unsure", "later", "never", "remember", "undo", "redo"
]
Scope = Literal["occurrence", "document", "everywhere"]

_ACTS: frozenset[str] = frozenset(get_args(Act))
_SCOPES: frozenset[str] = frozenset(get_args(Scope))
_WITH_VALUE = ("pick", "edit", "remember")
_SWITCHES = ("undo", "redo")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_DOC = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Member:
    """One of the findings a ruling on a document decided: span, key, rule and proposal."""

    start: int
    end: int
    key: str
    origin: str
    replacement: str | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """One key press of one reviewer.

    Attributes:
        id: Told apart from every other ruling of every reviewer, see `sealed`.
        at: When, in UTC, as ``2026-01-31T09:30:00.000Z``.
        by: Who.
        act: What was decided: ``accept`` the proposed text (of a flag without one: that it is
            right), ``reject`` it, ``pick`` another suggestion, ``edit`` by hand, ``unsure``,
            ``later`` (asked again at the end), ``never`` (rejected, and not to be shown again),
            ``remember`` (a spelling for the names table), ``undo`` or ``redo`` another ruling.
        scope: What it holds for: this ``occurrence``, those of the ``document`` listed in
            ``only``, or ``everywhere`` the same surface, replacement and origin come together.
        anchor: The finding on the screen; None for undo and redo.
        category: Of that finding.
        replacement: What that finding proposed; None if it proposed nothing.
        value: The text to write (accept, pick, edit), the canonical name (remember), else None.
        undoes: For undo and redo the id of the ruling meant; else empty.
        excepted: With ``everywhere``, the members that were unticked.
        only: With ``document``, the findings that were ruled.
    """

    id: str
    at: str
    by: str
    act: Act
    scope: Scope = "occurrence"
    anchor: Anchor | None = None
    category: str = ""
    replacement: str | None = None
    value: str | None = None
    undoes: str = ""
    excepted: tuple[Anchor, ...] = ()
    only: tuple[Member, ...] = ()


def in_order(rulings: Iterable[Ruling]) -> list[Ruling]:
    """Rulings in the order in which they hold, the latest last.

    By time, then by reviewer, then as they come: files of two reviewers say the same in whatever
    order they are put together, as long as the lines of each keep theirs.
    """
    return sorted(rulings, key=rank)


def rank(ruling: Ruling) -> tuple[str, str]:
    """What rulings are ordered by."""
    return ruling.at.removesuffix("Z"), ruling.by


def still_standing(rulings: Iterable[Ruling]) -> list[Ruling]:
    """The rulings that are not undone, undos and redos themselves left out.

    Args:
        rulings: In order.
    """
    rulings = list(rulings)
    undone = {one.undoes: one.act == "undo" for one in rulings if one.undoes}
    return [one for one in rulings if not one.undoes and not undone.get(one.id)]


def sealed(ruling: Ruling, previous: str) -> Ruling:
    """The ruling with its id: a hash of what it says and of the id before it in the session.

    The chain tells two equal key presses in one millisecond apart, without chance or clock.
    """
    text = previous + "\n" + ruling_line(replace(ruling, id=""))
    return replace(ruling, id=hashlib.sha256(text.encode()).hexdigest()[:16])


def moment_after(at: str, last: str) -> str:
    """A time as rulings write it, after ``last`` even where the clock has gone back.

    Raises:
        UsageError: If ``at`` is no UTC time in ISO 8601.
    """
    time = _time(at)
    if last and time <= (before := _time(last)):
        time = before + timedelta(milliseconds=1)
    return time.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one time of rulings to another."""
    return (_time(later) - _time(earlier)).total_seconds()


def _time(at: str) -> datetime:
    try:
        if _AT.fullmatch(at):
            return datetime.fromisoformat(at).astimezone(UTC)
    except ValueError:
        pass
    raise UsageError(f"'{at}' is no time in UTC; write it as 2026-01-31T09:30:00.000Z")


# -- lines -----------------------------------------------------------------------------------


def ruling_line(ruling: Ruling) -> str:
    """One JSON line, newline included; what does not apply is left out."""
    anchor = ruling.anchor
    record: dict[str, Any] = {
        "v": VERSION,
        "id": ruling.id,
        "at": ruling.at,
        "by": ruling.by,
        "act": ruling.act,
        "scope": ruling.scope,
    }
    if anchor:
        record |= _anchor_record(anchor)
        record |= {"category": ruling.category, "replacement": ruling.replacement}
    if ruling.value is not None:
        record["value"] = ruling.value
    if ruling.undoes:
        record["undoes"] = ruling.undoes
    if ruling.excepted:
        record["except"] = [_anchor_record(one) for one in ruling.excepted]
    if ruling.only:
        record["only"] = [
            {
                "start": one.start,
                "end": one.end,
                "key": one.key,
                "origin": one.origin,
                "replacement": one.replacement,
            }
            for one in ruling.only
        ]
    return to_line(record)


def ruling_of(record: object) -> Ruling:
    """The ruling a JSON line holds.

    Raises:
        ValueError: If it holds none; the message names the field and the cure.
    """
    if not isinstance(record, dict):
        raise ValueError("is no JSON object; delete the line")
    if record.get("v") != VERSION:
        raise ValueError(
            f'"v" is {record.get("v")!r}, {VERSION} is known; '
            "use the version of normalizer that wrote the line"
        )
    act, scope, at = _text(record, "act"), _text(record, "scope"), _text(record, "at")
    if act not in _ACTS:
        raise ValueError(f"\"act\" '{act}' is none of {', '.join(get_args(Act))}; write one")
    if scope not in _SCOPES:
        raise ValueError(f"\"scope\" '{scope}' is none of {', '.join(get_args(Scope))}; write one")
    if not _AT.fullmatch(at):
        raise ValueError(f"\"at\" '{at}' is no time in UTC; write it as 2026-01-31T09:30:00.000Z")
    switch = act in _SWITCHES
    ruling = Ruling(
        id=_text(record, "id"),
        at=at,
        by=_text(record, "by"),
        act=act,  # type: ignore[arg-type]  # checked above
        scope=scope,  # type: ignore[arg-type]
        anchor=None if switch else _anchor_of(record),
        category="" if switch else _text(record, "category"),
        replacement=_optional(record, "replacement"),
        value=_optional(record, "value"),
        undoes=_text(record, "undoes") if switch else "",
        excepted=tuple(_anchor_of(one) for one in _list(record, "except")),
        only=tuple(map(_member_of, _list(record, "only"))),
    )
    if not ruling.id or (switch and not ruling.undoes):
        raise ValueError(f'"{"undoes" if ruling.id else "id"}" is empty; delete the line')
    if act in _WITH_VALUE and ruling.value is None:
        raise ValueError(f'"value" is missing; {act} needs the text to write')
    return ruling


def _anchor_record(anchor: Anchor) -> dict[str, Any]:
    return {
        "path": anchor.path,
        "row": anchor.row,
        "doc": anchor.doc,
        "start": anchor.start,
        "end": anchor.end,
        "exact": anchor.exact,
        "prefix": anchor.prefix,
        "suffix": anchor.suffix,
        "key": anchor.key,
        "origin": anchor.origin,
    }


def _anchor_of(record: object) -> Anchor:
    if not isinstance(record, dict):
        raise ValueError('"except" is no list of places; delete the line')
    match record:
        case {"row": bool()} | {"start": bool()} | {"end": bool()}:
            pass
        case {"row": int() | None as row, "start": int(start), "end": int(end)} if (
            0 <= start <= end and (row is None or row >= 1)
        ):
            doc = _text(record, "doc")
            if not _DOC.fullmatch(doc):
                raise ValueError(
                    f"\"doc\" '{doc}' is no SHA-256 of a text; take the line from its first copy"
                )
            texts = (_text(record, name) for name in ("exact", "prefix", "suffix", "key", "origin"))
            return Anchor(_text(record, "path"), row, doc, start, end, *texts)
    raise ValueError(
        '"row", "start" or "end" is missing or no place in a text; '
        "take the line from its first copy"
    )


def _member_of(record: object) -> Member:
    match record:
        case {
            "start": int(start),
            "end": int(end),
            "key": str(key),
            "origin": str(origin),
            "replacement": str() | None as replacement,
        } if 0 <= start <= end:
            return Member(start, end, key, origin, replacement)
    raise ValueError('"only" is no list of findings; take the line from its first copy')


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        what = "is no text" if name in record else "is missing"
        raise ValueError(f'"{name}" {what}; mend or delete the line')
    return value


def _optional(record: Mapping[str, Any], name: str) -> str | None:
    return None if record.get(name) is None else _text(record, name)


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f'"{name}" is no list; mend or delete the line')
    return value
