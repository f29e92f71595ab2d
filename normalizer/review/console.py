"""What a review needs of the place it is shown at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from normalizer.review.card import Line


class Console(Protocol):
    """Where keys come from and lines go."""

    @property
    def width(self) -> int:
        """Cells in a line."""
        ...  # pragma: no cover - protocol

    def show(self, lines: Iterable[Line]) -> None:
        """Write lines of a card."""
        ...  # pragma: no cover - protocol

    def complain(self, text: str) -> None:
        """Write why a key did nothing."""
        ...  # pragma: no cover - protocol

    def progress(self, text: str) -> None:
        """Write how far the review is."""
        ...  # pragma: no cover - protocol

    def key(self, prompt: str) -> str:
        """The next key; empty when there are no more."""
        ...  # pragma: no cover - protocol

    def line(self, prompt: str, given: str = "") -> str | None:
        """A line of text, ``given`` to start from; None if nothing was typed after all."""
        ...  # pragma: no cover - protocol

    def agrees(self, question: str) -> bool:
        """Whether a question is answered with yes."""
        ...  # pragma: no cover - protocol
