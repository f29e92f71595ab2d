"""Run the quick measures on evaluation data that lies beside the repository, and hold the floors.

    python -m bench.floors EVALUATION_FOLDER [--command normalizer]

Prints each figure with its floor; exits 1 when one is missed. A floor only rises: when a change
lifts a figure for good, lift its floor with it.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Floor:
    """One figure of one measure and what it must reach.

    Attributes:
        measure: Arguments of the evaluation script.
        name: What the figure says.
        pattern: Finds the figure in the output; group 1 is a number.
        least: It must be at least this, if given.
        most: It must be at most this, if given.
    """

    measure: str
    name: str
    pattern: str
    least: float | None = None
    most: float | None = None

    def holds(self, figure: float) -> bool:
        """Whether a figure is good enough."""
        above = self.least is None or figure >= self.least
        return above and (self.most is None or figure <= self.most)


# The threshold is the calibrated one of the card.
PERSONS = "names --type PER --threshold 0.62"

FLOORS = (
    Floor("seeds", "names that must be respelled, of 9", r"^name must (\d+)/", least=9),
    Floor("seeds", "names that should be respelled, of 2", r"^name should (\d+)/", least=1),
    Floor("seeds", "names left alone, of 39", r"^name keep (\d+)/", least=39),
    Floor("seeds", "glitches that must be found, of 12", r"^glitch must (\d+)/", least=12),
    Floor("seeds", "glitches that should be found, of 12", r"^glitch should (\d+)/", least=9),
    Floor("seeds", "odd-looking places left alone, of 6", r"^glitch keep (\d+)/", least=6),
    Floor("harm", "names agreeing with the reference only after", r"^gained: (\d+)", least=90),
    Floor("harm", "names agreeing only before", r"^HARM: (\d+)", most=5),
    Floor("clean", "edits per 100,000 words of plain English", r"\(([\d.]+) per 100,000", most=3),
    Floor("clean", "flags per 1,000 words of plain English", r"\(([\d.]+) per 1,000 w", most=1.5),
    # In sample for what was learned, see models/rank.md.
    Floor("siblings", "flags strongly confirmed", r"^strong_confirmed: (\d+)", least=350),
    Floor("siblings", "flags refuted", r"^refuted: (\d+)", most=330),
    Floor("glitches --folders", "hand-picked glitches found, of 44", r"^found: (\d+)", least=28),
    Floor("glitches --folders", "with an accepted suggestion", r"^fixed: (\d+)", least=24),
    Floor("spans", "false alarms per 1,000 clean words", r"per_1000_clean_words: ([\d.]+)", most=5),
    Floor("spans", "precision of the first 50", r"^    50 ([\d.]+)", least=0.72),
    Floor("spans", "precision of the first 200", r"^    200 ([\d.]+)", least=0.5),
    # In sample: the shipped weights were learned on these names, so these floors only tell whether
    # something broke. The honest figures, out of fold, stand in models/matcher.md.
    Floor(PERSONS, "persons named first, core spellings", r'"acc1_core": ([\d.]+)', least=0.93),
    Floor(PERSONS, "absent persons accepted", r'"nil_false_match": ([\d.]+)', most=0.05),
    Floor(PERSONS, "pairs, area under the curve", r'"pairs_all".*?"auc": ([\d.]+)', least=0.97),
    Floor("html", "pages with changed markup", r"(\d+) with changed markup", most=0),
)


def measure(folder: Path, name: str, command: str) -> str:
    """What the evaluation script prints for one measure; whether that is enough is ours to say."""
    script = [sys.executable, str(folder / "run.py"), *name.split(), "--command", command]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(f"{shlex.join(script)}: no output\n{done.stderr[-2000:]}")
    return done.stdout


def results(folder: Path, command: str, floors: Sequence[Floor]) -> Iterator[tuple[Floor, float]]:
    """Every floor with its figure, each measure run once."""
    outputs: dict[str, str] = {}
    for floor in floors:
        if floor.measure not in outputs:
            outputs[floor.measure] = measure(folder, floor.measure, command)
        found = re.search(floor.pattern, outputs[floor.measure], re.MULTILINE)
        if not found:
            sys.exit(f"{floor.measure}: no figure for '{floor.name}'\n{outputs[floor.measure]}")
        yield floor, float(found.group(1))


def main() -> int:
    """Parse, measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--command", default="normalizer")
    arguments = parser.parse_args()
    missed = 0
    for floor, figure in results(arguments.folder, arguments.command, FLOORS):
        bound = f">= {floor.least:g}" if floor.least is not None else f"<= {floor.most:g}"
        good = floor.holds(figure)
        missed += not good
        verdict = "ok" if good else "MISSED"
        print(f"{verdict:6} {floor.measure.split()[0]:6} {figure:8g} {bound:8} {floor.name}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
