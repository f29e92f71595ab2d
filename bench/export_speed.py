"""Time the export of synonyms for very many entities.

    python -m bench.export_speed [--entities 100000] [--engine solr]

Makes a table of own names from syllables, the same every time, in a temporary folder; compiles it
once beside the shipped base, and exports. Prints seconds of CPU and size.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from normalizer.export.synonyms import ENGINES

SYLLABLES = [consonant + vowel for consonant in "bdklmnrstvz" for vowel in "aeiou"]
GIVEN_NAMES = 400


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.export_speed", description=__doc__)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--engine", choices=sorted(ENGINES), default="solr")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        own, out = Path(folder, "own.csv"), Path(folder, "out")
        own.write_text("".join(rows(options.entities)), "utf-8")
        command = [sys.executable, "-m", "normalizer", "export", "synonyms"]
        command += ["--engine", options.engine, "--names", str(own), "-o", str(out)]
        for title in ("compile and export", "export"):
            before = children()
            subprocess.run(command, check=True, capture_output=True)
            size = out.stat().st_size / 1e6
            print(f"{title}: {children() - before:.1f} s of CPU, {size:.1f} MB", flush=True)
    return 0


def rows(entities: int) -> Iterator[str]:
    """Three persons for two companies, each with two other spellings."""
    chance = random.Random(7)
    given = [word(chance, 3) for _ in range(GIVEN_NAMES)]
    # Sorted, for a set of strings has another order in each process.
    names: set[str] = set()
    while len(names) < entities:
        names.add(word(chance, 5))
    yield "canonical,type,aliases,native\n"
    for at, name in enumerate(sorted(names)):
        first = chance.choice(given)
        if at % 5 < 3:
            yield f"{first} {name},person,{first}s {name}h|{first} {name}as,\n"
        else:
            yield f"{name} Holding,company,{name} AG|{name} Beteiligung,\n"


def word(chance: random.Random, syllables: int) -> str:
    """A name nobody has."""
    return "".join(chance.choices(SYLLABLES, k=syllables)).title()


def children() -> float:
    """Seconds of CPU that finished child processes have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
