"""What was ruled so far, and what one reviewer can take back or bring back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from normalizer.review.rulings import Ruling, in_order, moment_after, rank, sealed, still_standing


@dataclass(frozen=True, slots=True)
class NameRow:
    """A row for the user's table of names: the canonical name and a spelling of it."""

    canonical: str
    alias: str


class History:
    """All rulings in order, and the undo and redo of one reviewer, rebuilt from them alone."""

    def __init__(self, rulings: Iterable[Ruling], by: str) -> None:
        self.by = by
        self.rulings: list[Ruling] = []
        self._done: list[Ruling] = []
        self._taken_back: list[Ruling] = []
        self._known: dict[str, Ruling] = {}
        self._undone: set[str] = set()
        for ruling in in_order(rulings):
            self.add(ruling)

    def add(self, ruling: Ruling) -> None:
        """Take in a ruling later than all others."""
        self.rulings.append(ruling)
        self._known[ruling.id] = ruling
        if ruling.act == "undo":
            self._undone.add(ruling.undoes)
        elif ruling.act == "redo":
            self._undone.discard(ruling.undoes)
        if ruling.by != self.by:
            return
        # What is undone or redone out of turn is left where it is and passed over later.
        if ruling.act not in ("undo", "redo"):
            self._done.append(ruling)
            self._taken_back.clear()
        elif target := self._known.get(ruling.undoes):
            (self._taken_back if ruling.act == "undo" else self._done).append(target)

    def unknown(self, rulings: Iterable[Ruling]) -> list[Ruling]:
        """Those of some rulings that are new here, in order, each once."""
        new = {one.id: one for one in rulings if one.id not in self._known}
        return in_order(new.values())

    def precedes(self, new: Sequence[Ruling]) -> bool:
        """Whether rulings in order come after all that are known."""
        return not new or not self.rulings or rank(self.rulings[-1]) <= rank(new[0])

    def next_to_undo(self) -> Ruling | None:
        """The last ruling of this reviewer that holds."""
        while self._done and self._done[-1].id in self._undone:
            self._done.pop()
        return self._done[-1] if self._done else None

    def next_to_redo(self) -> Ruling | None:
        """The ruling this reviewer undid last, if nothing was ruled since."""
        while self._taken_back and self._taken_back[-1].id not in self._undone:
            self._taken_back.pop()
        return self._taken_back[-1] if self._taken_back else None

    def stamped(self, ruling: Ruling) -> Ruling:
        """The ruling with a time after that of all others, and its id.

        Raises:
            UsageError: If its time is no time in UTC.
        """
        last = self.rulings[-1] if self.rulings else None
        at = moment_after(ruling.at, last.at if last else "")
        return sealed(replace(ruling, at=at), last.id if last else "")

    def remembered(self) -> list[NameRow]:
        """Every spelling that was noted and not undone, in order, each once."""
        rows = {
            NameRow(ruling.value, ruling.anchor.exact): None
            for ruling in still_standing(self.rulings)
            if ruling.act == "remember" and ruling.value and ruling.anchor
        }
        return list(rows)
