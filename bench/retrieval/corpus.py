"""Texts, queries and judgements, made from evaluation data that is kept outside the repository."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jellyfish

from normalizer.export.spellings import Choice, spellings_of
from normalizer.names.fold import fold
from normalizer.names.knowledge import Knowledge

# Words this near (Jaro-Winkler) may be one name spelled twice: Navalny and Navaln have .98,
# Putin and Poutine .80, Putin and Patton .60.
NEAR = 0.8
_WORDS = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Query:
    """A name that somebody searches for.

    Attributes:
        name: The canonical name.
        relevant: Numbers of the texts that are about it.
    """

    name: str
    relevant: frozenset[int]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts as they came and as a run of the normalizer leaves them, with queries on them."""

    title: str
    raw: tuple[str, ...]
    normalized: tuple[str, ...]
    queries: tuple[Query, ...]


def read_siblings(shared: Path, knowledge: Knowledge) -> Corpus:
    """Machine translations of news in folders of four, judged by a human translation of each.

    A text is relevant to a name when the human translation of its source has it. Names that
    English has as ordinary words (Nice) are no queries.
    """
    flags = shared / "bench" / "flags"
    gold = flags / "siblings_gold"
    folders: dict[str, list[str]] = json.loads((gold / "dev_folders4.json").read_text("utf-8"))
    texts: dict[str, str] = {}
    references: dict[str, str] = {}
    for folder, files in folders.items():
        judged = json.loads((gold / "dev" / f"{folder}.json").read_text("utf-8"))
        reference = "\n".join("\n".join(lines) for lines in judged["refs"].values())
        for file in files:
            name = f"{folder}/{file}"
            texts[name] = (flags / "siblings" / "dev" / folder / file).read_text("utf-8")
            references[name] = reference
    names = sorted({known.canonical for known in knowledge.entities()})
    together = "\n".join(dict.fromkeys(references.values()))
    queries = []
    for name in names:
        reading = knowledge.read(fold(name))
        if name not in together or reading.english:
            continue
        whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        holds = {text: bool(whole.search(text)) for text in set(references.values())}
        relevant = [at for at, key in enumerate(references) if holds[references[key]]]
        if relevant:
            queries.append(Query(name, frozenset(relevant)))
    return _corpus("siblings", texts, queries)


def read_seeds(shared: Path) -> Corpus:
    """Five tellings of one story, judged by hand: which names stand in each, however spelled."""
    seeds = shared / "seeds"
    texts = {path.name: path.read_text("utf-8") for path in sorted(seeds.glob("*.txt"))}
    numbers = {name: at for at, name in enumerate(texts)}
    relevant: dict[str, set[int]] = {}
    for line in (seeds / "gold.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["task"] == "name" and row.get("expected"):
            relevant.setdefault(row["expected"], set()).add(numbers[row["doc"]])
    queries = [Query(name, frozenset(found)) for name, found in sorted(relevant.items())]
    return _corpus("seeds", texts, queries)


def holds_spelling(text: str, name: str, knowledge: Knowledge) -> bool:
    """Whether the name stands in a text in some other spelling, by tables or by letters.

    By tables: any spelling they have of it, however unsure. By letters: as many words as the name
    has, each near to its word or the same, and none that English has (Russian for Russia), so that
    what the tables do not know is a miss too.
    """
    words = [fold(word) for word in _WORDS.findall(text)]
    told = f" {' '.join(words)} "
    if any(f" {spelling} " in told for spelling in _spellings(name, knowledge)):
        return True
    wanted = [fold(word) for word in _WORDS.findall(name)]
    return any(
        all(_near(*pair, knowledge) for pair in zip(words[at:], wanted, strict=False))
        for at in range(len(words) - len(wanted) + 1)
    )


@lru_cache(maxsize=1)
def _spellings(name: str, knowledge: Knowledge) -> frozenset[str]:
    ids = [known.id for known in knowledge.entities() if known.canonical == name]
    every = Choice(min_score=0, ambiguous=True, most=10_000)
    return frozenset(
        " ".join(fold(word) for word in _WORDS.findall(form))
        for one in spellings_of(ids, knowledge, every)
        if one.canonical == name
        for form in one.spellings
    )


def _near(word: str, wanted: str, knowledge: Knowledge) -> bool:
    if word == wanted:
        return True
    reading = knowledge.read(word)
    english = reading.english or reading.common
    return not english and jellyfish.jaro_winkler_similarity(word, wanted) >= NEAR


def _corpus(title: str, texts: dict[str, str], queries: Iterable[Query]) -> Corpus:
    return Corpus(
        title,
        tuple(map(_one_line, texts.values())),
        tuple(map(_one_line, _normalized(texts))),
        tuple(queries),
    )


def _normalized(texts: dict[str, str]) -> Sequence[str]:
    """The texts after a run as a user would make it, files of one story side by side."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in"), Path(folder, "out")
        for name, text in texts.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        command = [sys.executable, "-m", "normalizer", "run", str(source), "-o", str(target)]
        subprocess.run(command, check=True, capture_output=True)
        return [(target / name).read_text("utf-8") for name in texts]


def _one_line(text: str) -> str:
    return " ".join(text.split())
