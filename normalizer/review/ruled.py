"""What rulings make of finding records: which are written, with which text, and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # They need numpy, and a run without rulings does not.
    from normalizer.review.standing import Standing, Unplaced

_WHY = {
    "elsewhere": "its document is not among these; give the folder it was reviewed in too",
    "stale": "its text has changed there; review it again",
    "unflagged": "the words stand there, nothing is found in them now; review it again",
}


def ruled(
    finding: Mapping[str, Any], standing: Standing, *, only_decided: bool = False
) -> dict[str, Any]:
    """A finding record as a person decided on it.

    An accepted text becomes the first suggestion and is to be written; a rejected one stays a
    proposal. Where nobody decided, or somebody was unsure, the score's word holds.

    Args:
        finding: The record.
        standing: What was decided on it.
        only_decided: Whether nothing is written that no person accepted.
    """
    record = dict(finding)
    ruling = standing.ruling
    if standing.state == "accepted":
        if standing.text is not None:
            others = [one for one in record["suggestions"] if one["text"] != standing.text]
            # The text itself is no longer a matter of probability: a person has chosen it.
            record["suggestions"] = [{"text": standing.text, "score": 1.0}, *others]
        record["action"] = "propose" if standing.text is None else "apply"
    elif standing.state == "rejected" or only_decided:
        record["action"] = "propose"
    if ruling is not None:
        if standing.state in ("accepted", "rejected"):
            record["decided_by"] = ruling.by
        record["note"] = f"{ruling.act}, {ruling.scope}, ruling {ruling.id}"
    return record


def settled(records: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Leave one text to write a place, in one document.

    A person's word goes before the score's, then the surer one, then the longer; what gives way
    is proposed.

    Returns:
        The records in their order, and a line for each text a person wanted that gives way.
    """
    result = list(records)
    taken: list[dict[str, Any]] = []
    lines: list[str] = []
    order = sorted(
        (index for index, one in enumerate(records) if one["action"] == "apply"),
        key=lambda index: _rank(records[index]),
    )
    for index in order:
        one = records[index]
        winner = next((other for other in taken if _overlap(one, other)), None)
        if winner is None:
            taken.append(one)
            continue
        result[index] = {**one, "action": "propose"}
        if "decided_by" in one:
            place = one["path"] if one["row"] is None else f"{one['path']}: row {one['row']}"
            lines.append(
                f"{place}: '{one['surface']}' lies across '{winner['surface']}', which is written; "
                "reject one of them"
            )
    return result, lines


def unplaced_lines(unplaced: Iterable[Unplaced]) -> list[str]:
    """A line for each ruling that reaches no finding, with the reason and the cure."""
    lines: list[str] = []
    for one in unplaced:
        anchor = one.ruling.anchor
        if anchor is not None:
            place = anchor.path if anchor.row is None else f"{anchor.path}: row {anchor.row}"
            lines.append(f"{place}: {one.ruling.act} of '{anchor.exact}': {_WHY[one.why]}")
    return lines


def _rank(record: Mapping[str, Any]) -> tuple[bool, float, int, int]:
    return (
        "decided_by" not in record,
        -record["score"],
        record["start"] - record["end"],
        record["start"],
    )


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two spans share a character; two at one empty place share it as well."""
    if (one["start"], one["end"]) == (other["start"], other["end"]):
        return True
    return bool(one["start"] < other["end"] and other["start"] < one["end"])
