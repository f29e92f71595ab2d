"""Where the folders that ship beside the code are: tables and learned weights."""

from __future__ import annotations

from pathlib import Path


def shipped(name: str) -> Path:
    """A folder of data (``seeds``, ``models``): inside the installed package, or in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / name
    return installed if installed.is_dir() else package.parent / name
