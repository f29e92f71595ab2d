"""Levels that make no sense are refused when they are given, not when they are used."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from normalizer.errors import UsageError
from normalizer.settings import DEFAULT, Settings


@pytest.mark.parametrize(("apply", "propose"), [(0.9, 0.5), (1, 0), (0.7, 0.7), (0, 0), (1, 1)])
def test_levels_in_order_are_taken(apply: float, propose: float) -> None:
    settings = Settings(apply=apply, propose=propose)
    assert (settings.apply, settings.propose) == (apply, propose)


@pytest.mark.parametrize(
    ("apply", "propose"), [(0.5, 0.9), (1.1, 0.5), (0.9, -0.1), (float("nan"), 0.5)]
)
def test_other_levels_are_refused_with_both_named(apply: float, propose: float) -> None:
    with pytest.raises(UsageError, match=r"propose.*apply"):
        Settings(apply=apply, propose=propose)


def test_settings_stay_as_they_are() -> None:
    with pytest.raises(FrozenInstanceError):
        DEFAULT.apply = 0.1  # type: ignore[misc]
