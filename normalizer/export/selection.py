"""Which entities a person asks for: by id, type, name, or a file of these."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from normalizer.errors import UsageError
from normalizer.names.knowledge import Knowledge


def select_entities(wishes: Iterable[str], knowledge: Knowledge) -> frozenset[str] | None:
    """The ids that the wishes name; None if there are no wishes, which means all.

    Args:
        wishes: Ids, types and canonical names, parted by commas; or paths of files with one a
            line, where empty lines and lines that begin with ``#`` say nothing.
        knowledge: The base.

    Raises:
        UsageError: If a wish names nothing, with what comes near; all of them at once.
    """
    asked = [(place, wish) for one in wishes for place, wish in _read(one)]
    if not asked:
        return None
    by_wish: dict[str, set[str]] = {}
    for known in knowledge.entities():
        for name in (known.id, known.type, known.canonical):
            by_wish.setdefault(name.casefold(), set()).add(known.id)
    missing = [(place, wish) for place, wish in asked if wish.casefold() not in by_wish]
    if missing:
        raise UsageError("\n".join(_cure(place, wish, list(by_wish)) for place, wish in missing))
    return frozenset(id_ for _, wish in asked for id_ in by_wish[wish.casefold()])


def _read(wish: str) -> Iterator[tuple[str, str]]:
    path = Path(wish)
    if not path.is_file():
        yield from (("--entities", one.strip()) for one in wish.split(",") if one.strip())
        return
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--entities {path}: cannot be read as UTF-8 ({error})") from error
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            yield f"{path}: line {number}", line.strip()


def _cure(place: str, wish: str, known: list[str]) -> str:
    near = difflib.get_close_matches(wish.casefold(), known, 1)
    hint = f"did you mean '{near[0]}'?" if near else "try `normalizer explain` to find its name"
    return f"{place}: '{wish}' is no entity, no type and no canonical name; {hint}"
