"""How every finding stands after all rulings: the one place that says what a ruling means.

The review session, `apply` and `run` all ask this module. A ruling on one occurrence beats rulings
on many; among equals the later holds. `later` reopens a finding: nothing before it holds, and
anything ruled after it does. A ruling reaches an occurrence by the place it was made at, found
again by its quote where the document has changed; it never reaches another finding by likeness.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from normalizer.review.places import NONE, Finding, Indices, Places, Reach, TextOf, Why, proposed
from normalizer.review.rulings import Ruling, in_order

__all__ = ["Finding", "Standing", "Standings", "TextOf", "Unplaced", "proposed", "standings"]

State = Literal["undecided", "accepted", "rejected", "unsure", "later"]
STATES: tuple[State, ...] = ("undecided", "accepted", "rejected", "unsure", "later")
UNDECIDED, ACCEPTED, REJECTED, UNSURE, LATER = range(5)
_CODES = {
    "accept": ACCEPTED,
    "pick": ACCEPTED,
    "edit": ACCEPTED,
    "reject": REJECTED,
    "never": REJECTED,
    "unsure": UNSURE,
    "later": LATER,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one finding stands.

    Attributes:
        state: ``accepted`` and ``rejected`` are decisions; the others leave it open.
        text: What to write where it is accepted; None for a flag that proposes no text, and
            for every other state.
        ruling: The ruling that decided; None while nobody did.
    """

    state: State
    text: str | None = None
    ruling: Ruling | None = None

    @property
    def hidden(self) -> bool:
        """Whether a reviewer said never to show it again."""
        return self.ruling is not None and self.ruling.act == "never"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A ruling that reaches no finding.

    Attributes:
        ruling: The ruling.
        why: ``elsewhere``: its document is not in the input; ``stale``: the document changed and
            the words are gone or cannot be told apart; ``unflagged``: the words stand there and
            nothing is found in them now.
    """

    ruling: Ruling
    why: Why


def standings(
    findings: Sequence[Finding], rulings: Iterable[Ruling], text_of: TextOf | None = None
) -> list[Standing]:
    """How each finding stands, in the order given; rulings may come in any order.

    Args:
        findings: Finding records of a report, or of `check --format jsonl`.
        rulings: All of them, undone ones and undos too.
        text_of: Gives the texts, to see whether documents changed; None takes them as unchanged.
    """
    board = Standings(findings, text_of)
    board.extend(in_order(rulings))
    return [board[index] for index in range(len(findings))]


class Standings:
    """The standing of many findings, kept up to date ruling by ruling.

    A ruling costs time in proportion to the findings it reaches. Rulings must be added in the
    order of `in_order`.

    Attributes:
        findings: As given; all arrays go by their indices.
        places: Where they are and which are alike.
        codes: The state of each finding, as its place in `STATES`.
        counts: How many findings are in each state.
        open_of_group: Findings of each group that wait for a first answer.
    """

    def __init__(self, findings: Sequence[Finding], text_of: TextOf | None = None) -> None:
        self.findings = findings
        self.places = Places(findings, text_of)
        self.restart(())

    def restart(self, rulings: Iterable[Ruling]) -> None:
        """Forget all rulings and take these in their place."""
        size = len(self)
        # The latest ruling that reaches each finding, alone or with others; -1 for none.
        self._own: Indices = np.full(size, -1)
        self._bulk: Indices = np.full(size, -1)
        self._own_all: dict[int, list[int]] = {}
        self.codes: NDArray[np.uint8] = np.zeros(size, np.uint8)
        self.counts: Indices = np.zeros(len(STATES), np.int64)
        self.counts[UNDECIDED] = size
        self.open_of_group: Indices = np.bincount(
            self.places.group_of, minlength=len(self.places.groups)
        )
        self._rulings: list[Ruling] = []
        self._ruling_codes: NDArray[np.uint8] = np.zeros(64, np.uint8)
        self._reached: list[Reach] = []
        self._bulk_rulings: list[int] = []
        self._number_of: dict[str, int] = {}
        self._undone: set[str] = set()
        self._unplaced: dict[str, Unplaced] = {}
        self.extend(rulings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, index: int) -> Standing:
        number = self._winner(index)
        if number < 0:
            return Standing("undecided")
        ruling = self._rulings[number]
        state = STATES[self._ruling_codes[number]]
        if state != "accepted":
            return Standing(state, None, ruling)
        texts = self._reached[number].texts
        return Standing(state, texts[index] if texts else ruling.value, ruling)

    @property
    def unplaced(self) -> list[Unplaced]:
        """Rulings that hold and reach no finding, in their order."""
        return [one for id_, one in self._unplaced.items() if id_ not in self._undone]

    def index_of(self, ruling: Ruling) -> int | None:
        """The finding a ruling was made at; None if it is not among these."""
        if ruling.anchor is None:
            return None
        found, _ = self.places.find(ruling.anchor, ruling.replacement)
        return found[0] if found else None

    def held(self, members: Indices) -> NDArray[np.bool_]:
        """Which findings a person ruled one by one, so that a ruling on many leaves them."""
        own = self._own[members]
        held: NDArray[np.bool_] = (own >= 0) & (self._ruling_codes[own] != LATER)
        return held

    def add(self, ruling: Ruling) -> Indices:
        """Take one ruling in.

        Returns:
            The findings that may stand otherwise now.
        """
        touched = self._enter(ruling)
        self._refresh(touched)
        return touched

    def extend(self, rulings: Iterable[Ruling]) -> None:
        """Take many rulings in; faster than one by one."""
        for ruling in rulings:
            self._enter(ruling)
        self._refresh(np.arange(len(self)))

    # -- what a ruling reaches ---------------------------------------------------------------

    def _enter(self, ruling: Ruling) -> Indices:
        if ruling.act in ("undo", "redo"):
            return self._switch(ruling.undoes, undone=ruling.act == "undo")
        number = len(self._rulings)
        self._rulings.append(ruling)
        if number == len(self._ruling_codes):
            self._ruling_codes = np.concatenate([self._ruling_codes, self._ruling_codes * 0])
        self._ruling_codes[number] = _CODES.get(ruling.act, UNDECIDED)
        self._number_of[ruling.id] = number
        bulk = ruling.scope != "occurrence"
        if bulk:
            self._bulk_rulings.append(number)
        reached = self.places.reach(ruling)
        self._reached.append(reached)
        if reached.why:
            self._unplaced[ruling.id] = Unplaced(ruling, reached.why)
        if ruling.id not in self._undone:
            self._hold(number, reached.findings, bulk)
        return reached.findings

    # -- what holds --------------------------------------------------------------------------

    def _hold(self, number: int, reached: Indices, bulk: bool) -> None:
        if bulk:
            self._bulk[reached] = np.maximum(self._bulk[reached], number)
            return
        for index in reached.tolist():
            own = self._own_all.setdefault(index, [])
            own.append(number)
            own.sort()
            self._own[index] = own[-1]

    def _switch(self, ruling_id: str, *, undone: bool) -> Indices:
        """Take a ruling back, or bring it back to its old place in the order."""
        if undone == (ruling_id in self._undone):
            return NONE
        (self._undone.add if undone else self._undone.discard)(ruling_id)
        number = self._number_of.get(ruling_id)
        if number is None:
            return NONE
        reached, bulk = self._reached[number].findings, self._rulings[number].scope != "occurrence"
        if not undone:
            self._hold(number, reached, bulk)
        elif bulk:
            self._release(reached)
        else:
            for index in reached.tolist():
                self._own_all[index].remove(number)
                self._own[index] = max(self._own_all[index], default=-1)
        return reached

    def _release(self, reached: Indices) -> None:
        """Find the latest ruling on many that still holds for each of these findings."""
        inside = np.zeros(len(self), bool)
        inside[reached] = True
        self._bulk[reached] = -1
        for number in self._bulk_rulings:
            if self._rulings[number].id not in self._undone:
                others = self._reached[number].findings
                self._bulk[others[inside[others]]] = number

    def _winner(self, index: int) -> int:
        own, bulk = int(self._own[index]), int(self._bulk[index])
        return own if own > bulk or (own >= 0 and self._ruling_codes[own] != LATER) else bulk

    def _refresh(self, touched: Indices) -> None:
        own, bulk = self._own[touched], self._bulk[touched]
        winner = np.where((own > bulk) | self.held(touched), own, bulk)
        new = np.where(winner >= 0, self._ruling_codes[winner], UNDECIDED).astype(np.uint8)
        old = self.codes[touched]
        self.codes[touched] = new
        kinds = len(STATES)
        self.counts += np.bincount(new, minlength=kinds) - np.bincount(old, minlength=kinds)
        opened = (new == UNDECIDED).astype(np.int64) - (old == UNDECIDED)
        np.add.at(self.open_of_group, self.places.group_of[touched], opened)
