"""A review: which finding is on the screen, what each key does to it, and how to take it back.

No terminal, no file and no clock: times are handed in, texts are asked for, and each ruling goes
to a function that saves it. Only what was saved counts: where saving fails, nothing has moved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from normalizer.errors import DocumentError, UsageError
from normalizer.report.safe_text import safe_text
from normalizer.review.anchors import Anchor
from normalizer.review.history import History, NameRow
from normalizer.review.places import Finding, TextOf, anchor_of, member_of, proposed
from normalizer.review.progress import Pace, Progress
from normalizer.review.queue import Filter, Queue
from normalizer.review.rulings import Act, Member, Ruling, Scope
from normalizer.review.standing import LATER, UNDECIDED, Standing, Standings, Unplaced

__all__ = ["Alike", "Filter", "NameRow", "Progress", "Session"]


@dataclass(frozen=True, slots=True)
class Alike:
    """Findings one key could decide together.

    Attributes:
        surface: What stands in the text.
        replacement: What is proposed; None if nothing, or if they differ.
        members: Their indices, in the order of the findings.
        files: How many files they are in.
        held: How many more are alike but were ruled one by one, and stay as they are.
    """

    surface: str
    replacement: str | None
    members: tuple[int, ...]
    files: int
    held: int


class Session:
    """One reviewer's way through the findings.

    Every act takes the time it is done at, saves one ruling, and goes on to the next open
    finding. Acts on the current finding raise `UsageError` when there is none.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        rulings: Iterable[Ruling] = (),
        *,
        by: str,
        text_of: TextOf,
        record: Callable[[Ruling], None],
        order: str = "entity",
        level: float = 0.9,
    ) -> None:
        """Open a review where its rulings left it.

        Args:
            findings: Finding records, documents in their order.
            rulings: Those of earlier sessions, of all reviewers.
            by: Who reviews; undo takes back rulings of this name only.
            text_of: Gives the text of a document, None if it is not there.
            record: Saves a ruling; what it raises goes through, and then nothing has changed.
            order: See `Queue`.
            level: See `Queue`.

        Raises:
            UsageError: If the reviewer has no name or there is no such order.
        """
        if not by.strip():
            raise UsageError("a reviewer needs a name; give one with --reviewer")
        self._text_of = text_of
        self._record = record
        self._history = History(rulings, by)
        self.standings = Standings(findings, text_of)
        self.standings.extend(self._history.rulings)
        self._pace = Pace()
        self.queue = Queue(self.standings, order, level)
        self.queue.next_open()

    # -- what is on the screen ---------------------------------------------------------------

    @property
    def findings(self) -> Sequence[Finding]:
        """All findings, as given."""
        return self.standings.findings

    @property
    def current(self) -> int | None:
        """Index of the finding on the screen; None when all have an answer."""
        return self.queue.current

    @property
    def unplaced(self) -> list[Unplaced]:
        """Earlier rulings that reach no finding of this input."""
        return self.standings.unplaced

    def standing(self, index: int) -> Standing:
        """How a finding stands."""
        return self.standings[index]

    def progress(self) -> Progress:
        """How far the review is; filters make no difference to it."""
        counts = self.standings.counts
        waiting = self._waiting()
        return Progress(
            answered=len(self.findings) - waiting,
            later=int(counts[LATER]),
            total=len(self.findings),
            groups_left=int(np.count_nonzero(self.standings.open_of_group)),
            seconds_left=self._pace.seconds_for(waiting),
        )

    def show(self, wanted: Filter) -> int:
        """Keep to the findings a filter lets pass, and go to the first open one.

        Returns:
            How many there are; where there are none, all stays as it is.

        Raises:
            UsageError: If the filter asks for a state there is not.
        """
        return self.queue.show(wanted)

    def find(self, text: str) -> int | None:
        """Go to the next finding with these words; None if there is none."""
        return self.queue.find(text)

    def step(self, by: int) -> int | None:
        """Go forward or back in the queue, past findings with an answer too; the ends hold."""
        return self.queue.step(by)

    def go_to(self, number: int) -> int:
        """Go to a finding by its number in the queue, from 1.

        Raises:
            UsageError: If there is no such number.
        """
        if not 1 <= number <= len(self.queue):
            raise UsageError(f"there is no finding {number}; give a number up to {len(self.queue)}")
        self.queue.step(number - 1 - self.queue.position)
        return self._here()

    # -- acts on one finding -----------------------------------------------------------------

    def accept(self, at: str) -> Ruling:
        """Write the proposed text; of a flag that proposes none, say that it is right."""
        return self._rule(at, "accept", value=proposed(self.findings[self._here()]))

    def reject(self, at: str) -> Ruling:
        """Leave the text as it stands."""
        return self._rule(at, "reject")

    def pick(self, number: int, at: str, unticked: Collection[int] | None = None) -> Ruling:
        """Write another suggestion, counted from 1; with ``unticked`` in all findings alike.

        Raises:
            UsageError: If there is no such suggestion.
        """
        texts = [one["text"] for one in self.findings[self._here()]["suggestions"]]
        if not 1 <= number <= len(texts):
            raise UsageError(f"there is no suggestion {number}; there are {len(texts)}")
        return self._rule(at, "pick", value=texts[number - 1], unticked=unticked)

    def edit(self, text: str, at: str, unticked: Collection[int] | None = None) -> Ruling:
        """Write a text of the reviewer's own; with ``unticked`` in all findings alike.

        Raises:
            UsageError: If it is what stands there, or holds characters no keyboard writes.
        """
        if text == self.findings[self._here()]["surface"]:
            raise UsageError("this is what stands there; reject the finding to keep it")
        _refuse_unwritable(text)
        return self._rule(at, "edit", value=text, unticked=unticked)

    def unsure(self, at: str) -> Ruling:
        """Say that the reviewer cannot tell; the text stays as the score decides."""
        return self._rule(at, "unsure")

    def later(self, at: str) -> Ruling:
        """Ask again when all others have an answer; an answer it had is taken back."""
        return self._rule(at, "later")

    # -- acts on many ------------------------------------------------------------------------

    def alike(self) -> Alike:
        """The findings that share surface, replacement and origin with the current one."""
        places, index = self.standings.places, self._here()
        finding = self.findings[index]
        members = places.group_members[places.group_of[index]]
        held = self.standings.held(members)
        free = members[~held]
        return Alike(
            finding["surface"],
            proposed(finding),
            tuple(free.tolist()),
            len({places.documents[one][0] for one in np.unique(places.document_of[free]).tolist()}),
            int(np.count_nonzero(held)),
        )

    def accept_all(self, at: str, unticked: Collection[int] = ()) -> Ruling:
        """Accept all findings like the current one, here and in later runs, but for some."""
        value = proposed(self.findings[self._here()])
        return self._rule(at, "accept", value=value, unticked=unticked)

    def reject_all(self, at: str, unticked: Collection[int] = ()) -> Ruling:
        """Reject all findings like the current one, here and in later runs, but for some."""
        return self._rule(at, "reject", unticked=unticked)

    def never(self, at: str) -> Ruling:
        """Reject all findings like the current one, and do not show them in later runs."""
        return self._rule(at, "never", unticked=())

    def rest_of_document(self) -> Alike:
        """The findings of the current one's document that wait for an answer."""
        places = self.standings.places
        members = places.document_members[places.document_of[self._here()]]
        codes = self.standings.codes[members]
        waiting = members[(codes == UNDECIDED) | (codes == LATER)]
        return Alike("", None, tuple(waiting.tolist()), 1, len(members) - len(waiting))

    def accept_rest(self, at: str, unticked: Collection[int] = ()) -> Ruling:
        """Accept what waits in this document, each with the text proposed for it."""
        return self._rule_rest(at, "accept", unticked)

    def reject_rest(self, at: str, unticked: Collection[int] = ()) -> Ruling:
        """Reject what waits in this document."""
        return self._rule_rest(at, "reject", unticked)

    # -- the table of names ------------------------------------------------------------------

    def remember(self, canonical: str, at: str) -> NameRow:
        """Note that the current surface is a spelling of a name, for the user's table of names.

        Nothing is decided by it and the review stays where it is.

        Returns:
            The row to append to the table.

        Raises:
            UsageError: If the name is empty, the surface itself, or cannot be written.
        """
        surface = self.findings[self._here()]["surface"]
        _refuse_unwritable(canonical)
        if not canonical.strip() or canonical == surface:
            raise UsageError("a spelling needs a name it stands for, other than itself")
        self._save(self._ruling(at, "remember", "everywhere", value=canonical))
        return NameRow(canonical, surface)

    def remembered(self) -> list[NameRow]:
        """Every spelling noted and not undone, in order, each once."""
        return self._history.remembered()

    # -- back and forth ----------------------------------------------------------------------

    def next_to_undo(self) -> Ruling | None:
        """The ruling `undo` would take back."""
        return self._history.next_to_undo()

    def next_to_redo(self) -> Ruling | None:
        """The ruling `redo` would bring back."""
        return self._history.next_to_redo()

    def undo(self, at: str) -> Ruling | None:
        """Take back this reviewer's last ruling and go to its finding; None if there is none."""
        return self._switch(at, "undo", self.next_to_undo())

    def redo(self, at: str) -> Ruling | None:
        """Bring back the ruling undone last; None if none, or if something was ruled since."""
        return self._switch(at, "redo", self.next_to_redo())

    def receive(self, rulings: Iterable[Ruling]) -> None:
        """Take in what others added to the file meanwhile; rulings known already do no harm.

        Those older than the last one here change what it came upon: then all is worked out anew.
        """
        new = self._history.unknown(rulings)
        if not self._history.precedes(new):
            self._history = History([*self._history.rulings, *new], self._history.by)
            self.standings.restart(self._history.rulings)
            return
        for one in new:
            self._history.add(one)
            self.standings.add(one)

    # -- how it is done ----------------------------------------------------------------------

    def _here(self) -> int:
        if self.queue.current is None:
            raise UsageError("no finding is left here; undo, or show others")
        return self.queue.current

    def _rule(
        self,
        at: str,
        act: Act,
        *,
        value: str | None = None,
        unticked: Collection[int] | None = None,
    ) -> Ruling:
        scope: Scope = "occurrence" if unticked is None else "everywhere"
        group_of = self.standings.places.group_of
        group = group_of[self._here()]
        spared = [one for one in sorted(unticked or ()) if group_of[one] == group]
        ruling = self._ruling(
            at, act, scope, value=value, excepted=tuple(map(self._anchor, spared))
        )
        return self._decide(ruling)

    def _rule_rest(self, at: str, act: Act, unticked: Collection[int]) -> Ruling:
        spared = frozenset(unticked)
        members = [one for one in self.rest_of_document().members if one not in spared]
        if not members:
            raise UsageError("nothing in this document waits for an answer")
        only = tuple(member_of(self.findings[one]) for one in members)
        return self._decide(self._ruling(at, act, "document", only=only))

    def _ruling(
        self,
        at: str,
        act: Act,
        scope: Scope,
        *,
        value: str | None = None,
        excepted: tuple[Anchor, ...] = (),
        only: tuple[Member, ...] = (),
    ) -> Ruling:
        index = self._here()
        finding = self.findings[index]
        return self._history.stamped(
            Ruling(
                id="",
                at=at,
                by=self._history.by,
                act=act,
                scope=scope,
                anchor=self._anchor(index),
                category=finding["category"],
                replacement=proposed(finding),
                value=value,
                excepted=excepted,
                only=only,
            )
        )

    def _decide(self, ruling: Ruling) -> Ruling:
        self._save(ruling)
        self.queue.next_open()
        return ruling

    def _switch(self, at: str, act: Act, target: Ruling | None) -> Ruling | None:
        if target is None:
            return None
        by = self._history.by
        self._save(self._history.stamped(Ruling("", at, by, act, undoes=target.id)))
        here = self.standings.index_of(target)
        if here is not None:
            self.queue.go_to(here)
        return target

    def _save(self, ruling: Ruling) -> None:
        self._record(ruling)
        # From here on nothing fails.
        self._history.add(ruling)
        self.standings.add(ruling)
        self._pace.note(ruling.at, self._waiting())

    def _waiting(self) -> int:
        counts = self.standings.counts
        return int(counts[UNDECIDED] + counts[LATER])

    def _anchor(self, index: int) -> Anchor:
        """Where a finding stands, in words too.

        Raises:
            DocumentError: If its text is not there or is another than the finding was made for.
        """
        finding = self.findings[index]
        path, row = finding["path"], finding["row"]
        place = path if row is None else f"{path}: row {row}"
        text = self._text_of(path, row)
        if text is None:
            raise DocumentError(f"{place}: cannot be read any more; nothing was ruled")
        anchor = anchor_of(finding, text)
        if anchor.exact != finding["surface"]:
            raise DocumentError(
                f"{place}: changed since the findings were made; make them again, nothing was ruled"
            )
        return anchor


def _refuse_unwritable(text: str) -> None:
    """No reviewer means to write a control character, and none may slip in unseen."""
    for character in text:
        if safe_text(character) != character:
            raise UsageError(
                f"the text holds U+{ord(character):04X}, which nobody can see; type it anew"
            )
