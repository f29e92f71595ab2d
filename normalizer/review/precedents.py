"""Earlier rulings for texts that are read one after another, as in a run over a folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from normalizer.review.anchors import Anchor, digest
from normalizer.review.places import Finding, group_key
from normalizer.review.rulings import Ruling, in_order, still_standing
from normalizer.review.standing import Standing, Standings, Unplaced


@dataclass(frozen=True, slots=True)
class Ruled:
    """What earlier rulings say of one document.

    Attributes:
        standings: How each of its findings stands, in the order given.
        reached: Ids of the rulings made at one place or document that hold here.
        unplaced: Rulings made in this document that reach no finding of it.
    """

    standings: tuple[Standing, ...]
    reached: frozenset[str]
    unplaced: tuple[Unplaced, ...]


class Precedents:
    """Rulings sorted by the documents they may hold for; made once, sent to every worker."""

    def __init__(self, rulings: Iterable[Ruling], paths: Collection[str]) -> None:
        """Sort the rulings.

        Args:
            rulings: All of a decisions file.
            paths: Every path of the input. A ruling of another path holds for a document of
                the very same text; one of these paths stays where it was made.
        """
        self._rulings = still_standing(in_order(rulings))
        self._by_place: dict[tuple[str, int | None], list[int]] = {}
        self._by_text: dict[str, list[int]] = {}
        self._by_group: dict[tuple[str, str | None, str], list[int]] = {}
        self._local: list[int] = []
        self._paths = frozenset(paths)
        for number, ruling in enumerate(self._rulings):
            anchor = ruling.anchor
            if anchor is None:
                continue
            if ruling.scope == "everywhere":
                group = (anchor.exact, ruling.replacement, anchor.origin)
                self._by_group.setdefault(group, []).append(number)
                continue
            self._local.append(number)
            self._by_place.setdefault((anchor.path, anchor.row), []).append(number)
            if self._wanders(anchor):
                self._by_text.setdefault(anchor.doc, []).append(number)

    def of(self, path: str, row: int | None, text: str, findings: Sequence[Finding]) -> Ruled:
        """What the rulings say of one document and its findings."""
        place, doc = (path, row), digest(text) if self._local or self._by_group else ""
        groups = {group_key(one) for one in findings}
        numbers = {
            *self._by_place.get(place, ()),
            *self._by_text.get(doc, ()),
            *(number for group in groups for number in self._by_group.get(group, ())),
        }
        if not numbers:
            return Ruled((Standing("undecided"),) * len(findings), frozenset(), ())
        rulings = [self._rulings[number] for number in sorted(numbers)]
        board = Standings(findings, lambda *asked: text if asked == place else None)
        board.extend(self._narrowed(one, place, doc) for one in rulings)
        missing = {one.ruling.id for one in board.unplaced}
        whole = {one.id: one for one in rulings}
        return Ruled(
            tuple(
                replace(one, ruling=whole[one.ruling.id]) if one.ruling else one
                for one in (board[index] for index in range(len(findings)))
            ),
            frozenset(
                one.id for one in rulings if one.scope != "everywhere" and one.id not in missing
            ),
            tuple(
                one
                for one in board.unplaced
                if one.ruling.anchor and (one.ruling.anchor.path, one.ruling.anchor.row) == place
            ),
        )

    def unplaced(self, reached: Collection[str], told: Iterable[Unplaced]) -> list[Unplaced]:
        """The rulings that held nowhere, once all documents were read.

        Args:
            reached: Ids from every `Ruled.reached`.
            told: Those of every `Ruled.unplaced`.
        """
        known = {one.ruling.id: one for one in told}
        return [
            known.get(ruling.id) or Unplaced(ruling, "elsewhere")
            for ruling in (self._rulings[number] for number in self._local)
            if ruling.id not in reached
        ]

    def _wanders(self, anchor: Anchor) -> bool:
        """Whether a place is looked for by its text too.

        Rows move when others are put in before them.
        """
        return anchor.path not in self._paths or anchor.row is not None

    def _narrowed(self, ruling: Ruling, place: tuple[str, int | None], doc: str) -> Ruling:
        """A ruling on many, with only those of its unticked members that may be in a document."""
        if not ruling.excepted:
            return ruling
        here = (
            one
            for one in ruling.excepted
            if (one.path, one.row) == place or (one.doc == doc and self._wanders(one))
        )
        return replace(ruling, excepted=tuple(here))
