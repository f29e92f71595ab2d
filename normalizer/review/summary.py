"""What a review says in words: what a ruling did, what is decided, and what to type next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from normalizer.report.safe_text import safe_text
from normalizer.review.places import Why
from normalizer.review.rulings import Ruling
from normalizer.review.session import Session
from normalizer.review.standing import STATES, State, Unplaced

# Files named when one key decided in several.
MAX_FILES = 3
_DONE = {
    "accept": "accepted",
    "pick": "accepted",
    "edit": "edited",
    "reject": "rejected",
    "unsure": "unsure",
    "later": "put off",
    "never": "never again",
    "remember": "remembered",
}
_SCOPES = {
    "occurrence": "",
    "document": " and the rest of the document",
    "everywhere": " and all like it",
}
_OPEN: tuple[tuple[State, str], ...] = (
    ("unsure", "unsure"),
    ("later", "put off"),
    ("undecided", "not looked at yet"),
)
_UNPLACED: tuple[tuple[Why, str], ...] = (
    ("elsewhere", "of other documents"),
    ("stale", "where the text has changed"),
    ("unflagged", "where nothing is found now"),
)


def ruling_words(ruling: Ruling, text: str | None) -> str:
    """What a ruling says of a finding; ``text`` is what it writes, None if nothing."""
    change = f": {ruling.anchor.exact}" if ruling.anchor else ""
    if text is not None and ruling.act in ("accept", "pick", "edit", "remember"):
        change += f" -> {text or '(nothing)'}"
    return safe_text(f"{_DONE.get(ruling.act, ruling.act)}{change}{_SCOPES[ruling.scope]}")


def shares(paths: Sequence[str]) -> str:
    """In how many files these are, and how often in the first: ``4 in 2 files (a 3, b 1)``."""
    counts = Counter(paths).most_common()
    named = ", ".join(f"{safe_text(path)} {count}" for path, count in counts[:MAX_FILES])
    more = f", and {len(counts) - MAX_FILES} more" if len(counts) > MAX_FILES else ""
    return f"{len(paths)} in {len(counts)} file{'s' * (len(counts) != 1)} ({named}{more})"


def duration(seconds: float) -> str:
    """A time as people say it: ``30 s``, ``4 min``, ``2.5 h``."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def unplaced_words(unplaced: Iterable[Unplaced]) -> str:
    """How many earlier rulings reach nothing here, and why; empty if all do."""
    counts = Counter(one.why for one in unplaced)
    reasons = ", ".join(f"{counts[why]} {words}" for why, words in _UNPLACED if counts[why])
    return f"earlier decisions that reach nothing here: {reasons}" if reasons else ""


def closing_lines(
    session: Session, decisions: str, commands: Iterable[tuple[str, Sequence[str]]]
) -> Iterator[str]:
    """What is decided, what is not, where it is kept, and the commands to type next.

    Args:
        session: The review.
        decisions: Path of the decisions file.
        commands: What each is for, and its words.
    """
    total = len(session.findings)
    counts = dict(zip(STATES, map(int, session.standings.counts), strict=True))
    decided = counts["accepted"] + counts["rejected"]
    yield (
        f"{decided} of {total} findings decided: {counts['accepted']} accepted, "
        f"{counts['rejected']} rejected"
    )
    open_ = [f"{counts[state]} {words}" for state, words in _OPEN if counts[state]]
    if open_:
        yield f"not decided: {', '.join(open_)}"
    yield f"all is saved in {safe_text(decisions)}; no text was changed"
    for purpose, words in commands:
        yield f"{purpose} {safe_text(shlex.join(words))}"
