"""In which order findings are shown, and which of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from normalizer.errors import UsageError
from normalizer.review.places import Indices
from normalizer.review.standing import (
    LATER,
    STATES,
    UNDECIDED,
    Standings,
)

Order = Literal["risk", "entity", "file"]
ORDERS: tuple[str, ...] = get_args(Order)
# A flag never changes text by itself: what is to be told is only whether it is right.
FLAG_LEVEL = 0.5


@dataclass(frozen=True, slots=True)
class Filter:
    """Which findings to show; an empty field lets all pass.

    Attributes:
        category: Category of the finding.
        entity: Entity id, or a part of it.
        path: File, folder, or pattern such as ``*.md``.
        state: How it stands.
        text: Words in surface, replacement, origin, entity or path, capitals or not.
    """

    category: str = ""
    entity: str = ""
    path: str = ""
    state: str = ""
    text: str = ""


class Queue:
    """Findings in the order of their review, with one of them on the screen."""

    def __init__(self, board: Standings, order: str, level: float) -> None:
        """Put the findings in order.

        Args:
            board: The findings and how they stand.
            order: ``entity``: those of one entity together, the most frequent first, and in it
                those that are all alike; ``risk``: where the machine's choice is most in doubt
                first; ``file``: as they stand.
            level: The score from which a name is rewritten unasked.

        Raises:
            UsageError: If there is no such order.
        """
        self._board = board
        self._items = _ordered(board, order, level)
        self._all = self._items
        self._position = -1
        findings = board.findings
        # What many findings share is compared once: a search takes no time to speak of.
        self._words = ["\n".join(filter(None, one)).casefold() for one in board.places.groups]
        self._paths = [path for path, _ in board.places.documents]
        self._entities, self._entity_of = _labelled(one["entity"] or "" for one in findings)
        self._categories, self._category_of = _labelled(one["category"] for one in findings)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def position(self) -> int:
        """Where the current finding is, from 0; the length of the queue past its end."""
        return self._position

    @property
    def current(self) -> int | None:
        """Index of the finding on the screen; None when none is left to show."""
        return int(self._items[self._position]) if self._position < len(self) else None

    def show(self, wanted: Filter) -> int:
        """Keep only the findings a filter lets pass, and go to the first that is open.

        Returns:
            How many there are; where there are none, all stays as it is.

        Raises:
            UsageError: If the filter names no state.
        """
        mask = np.ones(len(self._board), bool)
        if wanted.state:
            if wanted.state not in STATES:
                raise UsageError(f"'{wanted.state}' is none of {', '.join(STATES)}")
            mask &= self._board.codes == list[str](STATES).index(wanted.state)
        if wanted.category:
            mask &= _having(self._categories, self._category_of, wanted.category.__eq__)
        if wanted.entity:
            mask &= self._with_entity(wanted.entity.casefold())
        if wanted.path:
            path = wanted.path.rstrip("/")
            mask &= self._with_path(
                lambda one: one == path or one.startswith(path + "/") or fnmatchcase(one, path)
            )
        if wanted.text:
            mask &= self._with(wanted.text)
        items = self._all[mask[self._all]]
        if len(items):
            self._items, self._position = items, -1
            self.next_open()
        return len(items)

    def next_open(self) -> int | None:
        """Go on to the next finding without an answer, round the end; then to those for later.

        Returns:
            The finding now current; None when all have an answer.
        """
        codes = self._board.codes[self._items]
        for wanted in (UNDECIDED, LATER):
            if self._jump(codes == wanted) is not None:
                return self.current
        self._position = len(self)
        return None

    def step(self, by: int) -> int | None:
        """Go to a neighbour, answered or not; the ends hold."""
        self._position = max(0, min(len(self) - 1, self._position + by))
        return self.current

    def go_to(self, index: int) -> None:
        """Go to a finding; where the filter hides it, the filter is dropped."""
        if not len(found := np.flatnonzero(self._items == index)):
            self._items = self._all
            found = np.flatnonzero(self._items == index)
        self._position = int(found[0])

    def find(self, text: str) -> int | None:
        """Go to the next finding with these words, round the end; None and no move if none."""
        return self._jump(self._with(text)[self._items])

    def _jump(self, wanted: NDArray[np.bool_]) -> int | None:
        """Go to the next wanted place after this one, at last to this one itself."""
        places = np.flatnonzero(wanted)
        if not len(places):
            return None
        after = int(np.searchsorted(places, self._position, side="right"))
        self._position = int(places[after % len(places)])
        return self.current

    def _with(self, text: str) -> NDArray[np.bool_]:
        words = text.casefold()
        return (
            _having(self._words, self._board.places.group_of, lambda one: words in one)
            | self._with_entity(words)
            | self._with_path(lambda one: words in one.casefold())
        )

    def _with_entity(self, words: str) -> NDArray[np.bool_]:
        return _having(self._entities, self._entity_of, lambda one: words in one.casefold())

    def _with_path(self, fits: Callable[[str], bool]) -> NDArray[np.bool_]:
        return _having(self._paths, self._board.places.document_of, fits)


def _labelled(labels: Iterable[str]) -> tuple[list[str], Indices]:
    """Each different label once, and for each finding which of them it has."""
    numbers: dict[str, int] = {}
    label_of = [numbers.setdefault(one, len(numbers)) for one in labels]
    return list(numbers), np.array(label_of, np.int64)


def _having(labels: list[str], label_of: Indices, fits: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Which findings have a label that fits."""
    fitting = np.array([fits(one) for one in labels], bool)
    having: NDArray[np.bool_] = fitting[label_of]
    return having


def _ordered(board: Standings, order: str, level: float) -> Indices:
    findings = board.findings
    size = len(findings)
    start = np.fromiter((one["start"] for one in findings), np.int64, size)
    if order == "file":
        return np.lexsort((start, board.places.document_of))
    if order == "risk":
        doubt = np.fromiter(
            (
                abs(one["score"] - (level if one["finding"] == "name" else FLAG_LEVEL))
                for one in findings
            ),
            np.float64,
            size,
        )
        return np.lexsort((start, board.places.document_of, doubt))
    if order != "entity":
        raise UsageError(f"order '{order}' is none of {', '.join(ORDERS)}")
    # A flag names no entity; those of one rule belong together.
    _, subject = _labelled(one["entity"] or one["origin"] for one in findings)
    of_subject = np.bincount(subject, minlength=1)[subject]
    of_group = np.bincount(board.places.group_of, minlength=1)[board.places.group_of]
    return np.lexsort(
        (start, board.places.document_of, board.places.group_of, -of_group, subject, -of_subject)
    )
