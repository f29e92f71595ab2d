"""Make `seeds/glitches/rare_words.txt` from SCOWL, as Debian package scowl 2020.12.07 installs it.

    python seeds/recipes/rare_words.py /usr/share/dict/scowl

The list holds lower-case words up to size 70 in American, British, Canadian and Australian
spelling that `seeds/english_words.txt` lacks. A word in either list is not taken for a slip of
the translator.
"""

from __future__ import annotations

import sys
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[1]
LARGEST = 70
LISTS = (
    "english american british british_z canadian australian british_variant_1 british_variant_2 "
    "variant_1 variant_2 variant_3"
)


def main(folder: Path) -> None:
    """Write the words of the folder's lists that the common list lacks."""
    known = set((SEEDS / "english_words.txt").read_text(encoding="utf-8").split())
    names = {f"{name}-words" for name in LISTS.split()}
    found: set[str] = set()
    for path in folder.iterdir():
        size = path.suffix.removeprefix(".")
        if path.stem in names and size.isdecimal() and int(size) <= LARGEST:
            words = path.read_text(encoding="iso-8859-1").split()
            found.update(word for word in words if word.isalpha() and word.islower())
    rare = "\n".join(sorted(found - known)) + "\n"
    (SEEDS / "glitches" / "rare_words.txt").write_text(rare, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
