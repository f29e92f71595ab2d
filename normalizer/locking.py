"""One writer a folder: a lock that the system gives back when the process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from normalizer.errors import UsageError


@contextmanager
def locked(folder: Path, busy: str) -> Iterator[None]:
    """Refuse a second writer while one is at work in a folder.

    Args:
        folder: Must be there.
        busy: What the other one is doing and what to do about it, for the error.

    Raises:
        UsageError: If another process holds the folder.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"{folder}: {busy}") from error
        yield
    finally:
        os.close(descriptor)
