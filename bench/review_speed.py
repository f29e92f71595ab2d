"""Time of a review of many findings: opening it, and the slowest key of each kind.

    python -m bench.review_speed [--findings 100000] [--rulings 0] [--alike]

The findings are made up, of 200 documents and some thousand spellings, written as a report and read
back, so that opening counts reading. ``--rulings`` opens a review with that many decisions made;
``--alike`` makes all findings one group, the worst case for a key that decides all like this. Wall
clock of one process; a key counts its line in the decisions file, fsync included.
"""

from __future__ import annotations

import argparse
import gc
import random
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from normalizer.annotation import Span
from normalizer.decide import finding_key
from normalizer.report.findings import to_line
from normalizer.review.decisions_file import append_ruling, read_decisions
from normalizer.review.findings_file import read_findings
from normalizer.review.queue import Filter
from normalizer.review.rulings import ruling_line
from normalizer.review.session import Session

AT = "2026-01-31T09:30:00.000Z"
DOCUMENTS = 200
SPELLINGS = 5000


def made_up(size: int, alike: bool) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Findings of a made-up folder, and its texts by path."""
    chance = random.Random(6)
    names = ["Prigojine"] if alike else [f"Name{number}ov" for number in range(SPELLINGS)]
    weights = [1 / (rank + 1) for rank in range(len(names))]
    findings: list[dict[str, Any]] = []
    texts: dict[str, str] = {}
    for document in range(DOCUMENTS):
        path = f"news/{document:04}.txt"
        words: list[str] = []
        at = 0
        for name in chance.choices(names, weights, k=size // DOCUMENTS):
            words.append(f"on day {chance.randrange(10**6)} {name} said nothing new.\n")
            start = at + words[-1].index(name)
            at += len(words[-1])
            findings.append(record(path, start, name, round(chance.uniform(0.5, 1), 4)))
        texts[path] = "".join(words)
    return findings, texts


def record(path: str, start: int, name: str, score: float) -> dict[str, Any]:
    """One finding as reports hold it."""
    span = Span(start, start + len(name))
    return {
        "v": 1,
        "record": "finding",
        "key": finding_key(path, span, name, f"per:{name}"),
        "id": path,
        "path": path,
        "row": None,
        "start": span.start,
        "end": span.end,
        "surface": name,
        "finding": "name",
        "category": "transliteration",
        "suggestions": [{"text": name.upper(), "score": score}, {"text": name[:-2], "score": 0.1}],
        "entity": f"per:{name}",
        "origin": "fr-press:final-in",
        "message": f"{name}: French press spelling of a name that stands in full elsewhere",
        "evidence": [
            {"reason": f"{name}: French press spelling", "weight": 2.4},
            {"reason": "the whole name stands here", "weight": 1.7},
        ],
        "action": "apply" if score >= 0.9 else "propose",
        "score": score,
    }


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds a call takes, and what it returns."""
    before = time.perf_counter()
    result = call()
    return time.perf_counter() - before, result


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=100_000)
    parser.add_argument("--rulings", type=int, default=0)
    parser.add_argument("--alike", action="store_true")
    arguments = parser.parse_args()
    findings, texts = made_up(arguments.findings, arguments.alike)
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), findings, texts, arguments.rulings)
    return 0


def measure(
    folder: Path, findings: list[dict[str, Any]], texts: dict[str, str], earlier: int
) -> None:
    """Open a review and press every key some times."""
    report, file = folder / "report.jsonl", folder / "decisions.jsonl"
    with report.open("w", encoding="utf-8") as opened:
        opened.writelines(map(to_line, findings))

    def text_of(path: str, row: int | None) -> str | None:
        return texts.get(path)

    def opened_session() -> Session:
        # As the program does: what is kept to the end need not be searched for garbage.
        gc.disable()
        found, _ = read_findings(report)
        rulings = read_decisions(file, missing_ok=True).rulings
        session = Session(
            found, rulings, by="ana", text_of=text_of, record=partial(append_ruling, file)
        )
        gc.freeze()
        gc.enable()
        return session

    if earlier:
        lines: list[str] = []
        session = Session(
            findings, by="ana", text_of=text_of, record=lambda one: lines.append(ruling_line(one))
        )
        for number in range(earlier):
            (session.reject if number % 3 else session.accept)(AT)
        file.write_text("".join(lines), encoding="utf-8")
    cpu = time.process_time()
    seconds, session = timed(opened_session)
    cpu = time.process_time() - cpu
    print(f"{len(findings)} findings, {earlier} decisions made before")
    print(f"{'open':20} {seconds * 1000:9.1f} ms, {cpu * 1000:.1f} ms of CPU")
    keys: dict[str, Callable[[], Any]] = {
        "accept": lambda: session.accept(AT),
        "undo": lambda: session.undo(AT),
        "redo": lambda: session.redo(AT),
        "edit": lambda: session.edit("Somebody", AT),
        "later": lambda: session.later(AT),
        "preview of all": session.alike,
        "accept all": lambda: session.accept_all(AT),
        "undo of all": lambda: session.undo(AT),
        "redo of all": lambda: session.redo(AT),
        "undo of all again": lambda: session.undo(AT),
        "reject rest": lambda: session.reject_rest(AT),
        "undo of rest": lambda: session.undo(AT),
        "find, nothing there": lambda: session.find("no such words"),
        "find": lambda: session.find("name49"),
        "filter": lambda: session.show(Filter(path="news/01*", text="name")),
        "filter off": lambda: session.show(Filter()),
        "go to the last": lambda: session.go_to(len(session.queue)),
        "progress": session.progress,
        "step back": lambda: session.step(-1),
    }
    for name, key in keys.items():
        slowest = max(timed(key)[0] for _ in range(1 if "all" in name else 5))
        print(f"{name:20} {slowest * 1000:9.1f} ms")


if __name__ == "__main__":
    raise SystemExit(main())
