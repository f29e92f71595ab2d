"""Throughput and start-up beside codespell, in one run on one folder.

    pip install '.[bench]' && python -m bench.speed FOLDER [--rounds 3]

Prints CPU seconds (user and system, children included), the least of the rounds, taken in turn:
machines drift, so compare the ratio and not the absolute figures.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def cpu_seconds(command: list[str]) -> float:
    """CPU time of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if command[0] == "normalizer" and done.returncode > 1:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = str(arguments.folder)
    size = sum(path.stat().st_size for path in arguments.folder.rglob("*") if path.is_file()) / 1e6
    with tempfile.TemporaryDirectory() as temporary:
        out = f"{temporary}/out"
        small = Path(temporary, "small.txt")
        small.write_text("Vladimir Poutine spoke in Moscou about gas.\n" * 90, encoding="utf-8")
        commands = {
            "run": ["normalizer", "run", folder, "-o", out, "-j", "1", "-q"],
            "run --no-flags": [
                "normalizer",
                "run",
                folder,
                "-o",
                out,
                "-j",
                "1",
                "-q",
                "--no-flags",
            ],
            "check": ["normalizer", "check", folder, "-j", "1", "-q"],
            "check --no-flags": ["normalizer", "check", folder, "-j", "1", "-q", "--no-flags"],
            "--version": ["normalizer", "--version"],
            "check, 4 kB": ["normalizer", "check", str(small)],
            "check --no-flags, 4 kB": ["normalizer", "check", "--no-flags", str(small)],
        }
        if shutil.which("codespell"):
            commands["codespell"] = ["codespell", folder]
        least = dict.fromkeys(commands, float("inf"))
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                shutil.rmtree(out, ignore_errors=True)
                least[name] = min(least[name], cpu_seconds(command))
    print(f"{folder}: {size:.1f} MB, least of {arguments.rounds} rounds, CPU seconds")
    for name, seconds in least.items():
        rate = f"{size / seconds:6.1f} MB/s" if folder in commands[name] else ""
        print(f"{name:24} {seconds:7.3f} {rate}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
