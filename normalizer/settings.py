"""The settings of a run: one frozen record, passed in. The library reads no environment."""

from __future__ import annotations

from dataclasses import dataclass

from normalizer.errors import UsageError

SIBLINGS = ("auto", "folder", "off")


@dataclass(frozen=True, slots=True)
class Settings:
    """How sure a finding must be.

    Attributes:
        apply: Lowest score at which a name is rewritten, in [0, 1].
        propose: Lowest score at which a finding is reported at all, in [0, 1].
        flags: Whether glitches are looked for.
        siblings: Which documents tell the same story: ``auto`` finds out, ``folder`` takes
            those of one folder, ``off`` none.
        fix: Categories of flags whose suggestion is written too; none by default.

    Raises:
        UsageError: If a level is out of range, ``propose`` is above ``apply``, or ``siblings``
            is none of the three.
    """

    apply: float = 0.9
    propose: float = 0.5
    flags: bool = True
    siblings: str = "auto"
    fix: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.propose <= self.apply <= 1:
            raise UsageError(
                f"levels must be 0 <= propose ({self.propose}) <= apply ({self.apply}) <= 1"
            )
        if self.siblings not in SIBLINGS:
            raise UsageError(f"siblings '{self.siblings}' is none of {', '.join(SIBLINGS)}")


DEFAULT = Settings()
