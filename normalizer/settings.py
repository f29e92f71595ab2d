"""The settings of a run: one frozen record, passed in. The library reads no environment."""

from __future__ import annotations

from dataclasses import dataclass

from normalizer.errors import UsageError


@dataclass(frozen=True, slots=True)
class Settings:
    """How sure a finding must be.

    Attributes:
        apply: Lowest score at which a name is rewritten, in [0, 1].
        propose: Lowest score at which a finding is reported at all, in [0, 1].

    Raises:
        UsageError: If a level is out of range or ``propose`` is above ``apply``.
    """

    apply: float = 0.9
    propose: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.propose <= self.apply <= 1:
            raise UsageError(
                f"levels must be 0 <= propose ({self.propose}) <= apply ({self.apply}) <= 1"
            )


DEFAULT = Settings()
