"""Weight of the page of a report, and the time to make it and to open it in Chromium.

    python -m bench.report_page [--findings 10000]

The findings are made up, ten a document. Opening is what the page itself measures in headless
Chromium, from the start of loading until its script has filled it, the fastest of three times.
Without Chromium only the first two are measured.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from normalizer.annotation import Entity, Evidence, Span, Suggestion
from normalizer.report.contents import Contents, Found, Marked
from normalizer.report.page import page

WORDS = (
    "the minister said that talks on gas prices would resume after winter because both sides had "
    "agreed to a timetable and officials in several capitals welcomed it cautiously yesterday"
).split()
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --dump-dom "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
TIMES = 3


def made_up(size: int) -> Contents:
    """Two names in three findings, some thousand spellings, every reason told in its own words."""
    chance = random.Random(6)
    documents = []
    for number in range(size // 10):
        pieces: list[str] = []
        findings: list[Found] = []
        at = 0
        for place in range(10):
            before = " ".join(chance.choices(WORDS, k=40)) + " "
            name = place % 3 > 0
            surface = f"Name{chance.randrange(1000)}ov" if name else "overload"
            at += len(before)
            findings.append(
                Found(
                    key=f"{number:08x}{place:08x}",
                    span=Span(at, at + len(surface)),
                    surface=surface,
                    finding="name" if name else "flag",
                    category="exonym" if name else "lexical-choice",
                    score=round(chance.uniform(0.5, 1), 4),
                    action="apply" if name else "propose",
                    suggestions=(Suggestion(surface + "f" if name else "reset", 0.9),),
                    entity=f"per:{surface}" if name else "",
                    origin="table:press-usage" if name else "overload-for-reset",
                    message=f"{surface}: listed spelling; in {number} other documents",
                    evidence=(
                        Evidence(f"{surface}: listed spelling", 2.4),
                        Evidence(f"in {number} other documents", 1.8),
                    ),
                )
            )
            pieces += [before, surface, ". "]
            at += len(surface) + 2
        path = f"news/{number:05}.txt"
        documents.append(Marked(path, path, None, tuple(findings), "".join(pieces)))
    return Contents({"normalizer": "bench"}, (), tuple(documents))


def opening(content: str, folder: Path) -> float:
    """Seconds until a page can be used, the fastest of some times."""
    path = folder / "page.html"
    path.write_text(content, "utf-8")
    chromium = shutil.which("chromium") or "chromium-browser"
    seconds = []
    for turn in range(TIMES):
        command = [chromium, *FLAGS, f"--user-data-dir={folder / str(turn)}", path.as_uri()]
        shown = subprocess.run(command, check=True, capture_output=True).stdout
        ready = re.search(rb'data-ready="(\d+)"', shown)
        if ready is None:
            raise SystemExit("the script of the page did not run")
        seconds.append(int(ready[1]) / 1000)
        shutil.rmtree(folder / str(turn), ignore_errors=True)
    return min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--findings", type=int, default=10_000)
    size = parser.parse_args().findings
    contents = made_up(size)
    entities = {
        one.entity: Entity(one.entity, "person", one.replacement)
        for document in contents.documents
        for one in document.findings
        if one.entity
    }
    start = time.perf_counter()
    content = page(contents, entities)
    print(f"{size} findings")
    print(f"made in      {time.perf_counter() - start:.2f} s")
    print(f"weight       {len(content.encode()) / 1e6:.1f} MB")
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        print("opened in    no Chromium here")
        return
    with tempfile.TemporaryDirectory() as folder:
        seconds = opening(content, Path(folder))
    print(f"opened in    {seconds:.2f} s")


if __name__ == "__main__":
    main()
