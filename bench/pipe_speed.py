"""Throughput of `normalizer pipe` on rows of made-up news, names only.

    python -m bench.pipe_speed [--megabytes 20] [--rounds 3] [--keep rows.jsonl]

The text is drawn from the package's own word list by frequency: English words, a capital at the
start of each sentence, up to two names in each, of which one in five is known and one in
fifty is spelled as another language spells it. With the spellings that English has anyway some
0.7 names in a thousand letters are not canonical, twice as many as in translated news.

Prints CPU seconds (user and system) of the whole process, the least of the rounds, start-up taken
off by a run on one row.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from normalizer.names.tables import load_tables
from normalizer.shipped import shipped

ROW_WORDS = 320
SEED = 7


def rows(size: int) -> Iterator[str]:
    """JSON lines of some two thousand letters each, ``size`` bytes in all."""
    drawn = random.Random(SEED)
    words = [
        word
        for word in (shipped("models") / "words.txt").read_text("utf-8").split()[:30_000]
        if word.isascii() and word.isalpha()
    ]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    names = list(_names(drawn))
    name_weights = list(accumulate(1 / (rank + 20) for rank in range(len(names))))
    done = number = 0
    while done < size:
        text: list[str] = []
        while len(text) < ROW_WORDS:
            sentence = drawn.choices(words, cum_weights=weights, k=drawn.randint(8, 28))
            sentence[0] = sentence[0].capitalize()
            for name in drawn.choices(names, cum_weights=name_weights, k=drawn.randint(0, 2)):
                sentence[drawn.randrange(1, len(sentence))] = name
            sentence[-1] += "."
            text += sentence
        number += 1
        line = json.dumps({"id": number, "text": " ".join(text), "lang": "en"}, ensure_ascii=False)
        done += len(line.encode()) + 1
        yield line + "\n"


def _names(drawn: random.Random) -> Iterator[str]:
    """Names as news has them, in no order: known, respelled, and mostly unknown."""
    tables = load_tables()
    families = sorted(name.capitalize() for name in tables.english_names)
    given = sorted({one.spelling for one in tables.given_names})
    known = [row.canonical for row in tables.rows]
    spelled = [
        spelling.form
        for row in tables.rows
        for spelling in row.spellings
        if spelling.kind == "exonym"
    ]
    made: list[str] = []
    for _ in range(20_000):
        kind = drawn.random()
        if kind < 0.02:
            made.append(drawn.choice(spelled))
        elif kind < 0.2:
            made.append(drawn.choice(known))
        elif kind < 0.7:
            made.append(f"{drawn.choice(given)} {drawn.choice(families)}")
        else:
            made.append(drawn.choice(families))
    yield from made


def cpu_seconds(path: Path, *options: str) -> float:
    """CPU time of one call on a file of rows."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with path.open("rb") as file:
        subprocess.run(
            ["normalizer", "pipe", "--jsonl", *options],
            stdin=file,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="Only write the rows here.")
    arguments = parser.parse_args()
    size = round(arguments.megabytes * 1e6)
    if arguments.keep:
        arguments.keep.write_text("".join(rows(size)), "utf-8")
        return
    with tempfile.TemporaryDirectory() as folder:
        big, small = Path(folder, "rows.jsonl"), Path(folder, "row.jsonl")
        big.write_text("".join(rows(size)), "utf-8")
        small.write_text(next(rows(1)), "utf-8")
        size = big.stat().st_size
        ways = {
            "in place": (),
            "--out-field": ("--out-field", "text_norm"),
            "--out-field --entities-field": ("--out-field", "n", "--entities-field", "e"),
        }
        for name, options in ways.items():
            cpu_seconds(small, *options)
            start = min(cpu_seconds(small, *options) for _ in range(arguments.rounds))
            least = min(cpu_seconds(big, *options) for _ in range(arguments.rounds))
            print(
                f"{name:30} {size / 1e6:6.1f} MB {least:7.2f} s, start-up {start:5.2f} s: "
                f"{size / 1e6 / (least - start):6.2f} MB/s"
            )


if __name__ == "__main__":
    main()
