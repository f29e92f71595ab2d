"""Reviews made in other tools as rulings of the decisions file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from normalizer.export.exchange import PLACE, Returned
from normalizer.review.history import History
from normalizer.review.rulings import VERSION, Ruling, ruling_of, still_standing


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brings.

    Attributes:
        rulings: The new ones, in the order of the file.
        counts: How many of each act are among them.
        known: Answers that the decisions file has already, by the same reviewer.
        untouched: Findings on which nobody ruled.
        notes: What was done there and no decision can say.
        faults: What could not be read.
    """

    rulings: tuple[Ruling, ...]
    counts: Counter[str]
    known: int
    untouched: int
    notes: tuple[str, ...]
    faults: tuple[str, ...]


def import_reviews(
    returned: Iterable[Returned], earlier: Sequence[Ruling], *, by: str, at: str
) -> Imported:
    """Turn answers into rulings, each on the one place it was given for.

    An answer that the same reviewer has given already is not given again, so a file may be
    imported twice.

    Args:
        returned: From a reader of `findings_formats`.
        earlier: The rulings of the decisions file.
        by: The reviewer where the tool names none.
        at: The time of the import, as rulings write it.
    """
    history = History(earlier, by)
    given = {
        (one.by, one.anchor.key, one.anchor.doc): (one.act, one.value)
        for one in still_standing(history.rulings)
        if one.anchor and one.scope == "occurrence"
    }
    rulings: list[Ruling] = []
    counts: Counter[str] = Counter()
    notes: list[str] = []
    faults: list[str] = []
    known = untouched = 0
    for one in returned:
        notes += one.notes
        faults += one.faults
        untouched += one.untouched
        for answer in one.answers:
            value = answer.value
            if answer.act == "accept":
                value = answer.sent["replacement"]
            record = {name: answer.sent[name] for name in PLACE}
            record |= {"v": VERSION, "id": "new", "at": at, "by": one.by or by}
            record |= {"act": answer.act, "scope": "occurrence", "value": value}
            try:
                ruling = ruling_of(record)
            except ValueError as error:
                faults.append(f"{one.place}: {error}")
                continue
            assert ruling.anchor
            place = ruling.by, ruling.anchor.key, ruling.anchor.doc
            if given.get(place) == (ruling.act, ruling.value):
                known += 1
                continue
            given[place] = ruling.act, ruling.value
            ruling = history.stamped(ruling)
            history.add(ruling)
            rulings.append(ruling)
            counts[ruling.act] += 1
    return Imported(tuple(rulings), counts, known, untouched, tuple(notes), tuple(faults))
