#!/usr/bin/env python3
"""Time and memory of the matcher on made-up names, beside its peers where they are installed.

    python bench/matcher_speed.py [--size 30000] [--queries 4000] [--peers]

CPU time of one process; names are put together from syllables with a fixed seed, and a query is a
listed name with one or two letters changed. The peers (rapidfuzz, symspellpy, nomenklatura's
logic-v2) run in the same process on the same names, with fewer queries where they are slow.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from normalizer.names.matcher import Match, MatchEntity, Matcher

SYLLABLES = [
    "a",
    "al",
    "an",
    "ar",
    "ba",
    "be",
    "bo",
    "bra",
    "ca",
    "ce",
    "chi",
    "co",
    "da",
    "de",
    "di",
    "do",
    "e",
    "el",
    "en",
    "er",
    "fa",
    "fe",
    "fi",
    "ga",
    "ge",
    "go",
    "gri",
    "ha",
    "he",
    "hi",
    "i",
    "in",
    "ja",
    "je",
    "jo",
    "ka",
    "ke",
    "ki",
    "ko",
    "kri",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "mu",
    "na",
    "ne",
    "ni",
    "no",
    "o",
    "ol",
    "pa",
    "pe",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "ru",
    "sa",
    "se",
    "sha",
    "shi",
    "so",
    "sta",
    "ta",
    "te",
    "ti",
    "to",
    "tsa",
    "u",
    "va",
    "ve",
    "vi",
    "vla",
    "vo",
    "ya",
    "ye",
    "yu",
    "za",
    "ze",
    "zhu",
]
ENDINGS = ("ov", "ova", "enko", "ski", "son", "ez", "in", "ic", "ian", "ani", "yan", "man", "er")


def made_up_names(count: int, seed: int) -> list[str]:
    """Names of two or three words; given names repeat about as unevenly as real ones."""
    chance = random.Random(seed)
    given = ["".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3)))) for _ in range(4000)]

    def pick() -> str:
        return given[min(int(chance.paretovariate(0.6)), len(given) - 1)]

    names: dict[str, None] = {}
    while len(names) < count:
        family = "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3))))
        words = [pick(), family + chance.choice(ENDINGS)]
        if chance.random() < 0.3:
            words.insert(1, pick())
        names[" ".join(word.capitalize() for word in words)] = None
    return list(names)


def changed(name: str, chance: random.Random) -> str:
    """The name with one or two letters replaced."""
    letters = list(name)
    for _ in range(chance.choice((1, 2))):
        at = chance.randrange(len(letters))
        if letters[at] != " ":
            letters[at] = chance.choice("aeioukstrmn")
    return "".join(letters)


def peak_memory() -> float:
    """Peak resident memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def report(name: str, **numbers: float) -> None:
    print(json.dumps({"matcher": name, **{k: round(v, 3) for k, v in numbers.items()}}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=30_000)
    parser.add_argument("--queries", type=int, default=4_000)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    names = made_up_names(options.size, 1)
    chance = random.Random(2)
    picked = [chance.randrange(len(names)) for _ in range(options.queries)]
    queries = [changed(names[at], chance) for at in picked]
    entities = [MatchEntity(str(n), name, "person") for n, name in enumerate(names)]
    Matcher(entities[:10]).rank("warm up")
    before = peak_memory()
    made: list[Matcher] = []
    answers: list[list[Match]] = []
    index = timed(lambda: made.append(Matcher(entities)))
    spent = timed(lambda: answers.extend(made[0].rank_many(queries, 5)))
    found = sum(
        bool(matches) and matches[0].entity_id == str(at)
        for matches, at in zip(answers, picked, strict=True)
    )
    report(
        "normalizer",
        size=options.size,
        index_s=index,
        queries_per_s=len(queries) / spent,
        peak_mb=peak_memory(),
        index_mb=peak_memory() - before,
        first_right=found / len(queries),
    )
    if options.peers:
        for peer in (rapidfuzz, symspellpy, logic_v2):
            try:
                peer(names, queries)
            except ImportError as error:
                print(f"{peer.__name__}: not installed: {error}", file=sys.stderr)


def rapidfuzz(names: list[str], queries: list[str]) -> None:
    fuzz: Any = importlib.import_module("rapidfuzz.fuzz")
    process: Any = importlib.import_module("rapidfuzz.process")
    some = queries[:200]
    spent = timed(
        lambda: [process.extract(q, names, scorer=fuzz.token_sort_ratio, limit=5) for q in some]
    )
    report("rapidfuzz token_sort_ratio", queries_per_s=len(some) / spent)


def symspellpy(names: list[str], queries: list[str]) -> None:
    library: Any = importlib.import_module("symspellpy")
    speller = library.SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    index = timed(lambda: [speller.create_dictionary_entry(n.casefold(), 1) for n in names])
    some, closest = queries[:2000], library.Verbosity.CLOSEST
    spent = timed(lambda: [speller.lookup(q.casefold(), closest, 2) for q in some])
    report("symspellpy, 2 edits", index_s=index, queries_per_s=len(some) / spent)


def logic_v2(names: list[str], queries: list[str]) -> None:
    """It compares pairs and searches no list: 80 candidates a query, as a search would give it."""
    model: Any = importlib.import_module("followthemoney").model
    algorithm: Any = importlib.import_module("nomenklatura.matching").get_algorithm("logic-v2")
    config = algorithm.default_config()

    def person(name: str) -> Any:
        proxy = model.make_entity("Person")
        proxy.id = name
        proxy.add("name", name)
        return proxy

    some, others = queries[:10], [person(name) for name in names[:80]]
    spent = timed(
        lambda: [algorithm.compare(person(q), other, config) for q in some for other in others]
    )
    report("nomenklatura logic-v2, 80 candidates", queries_per_s=len(some) / spent)


if __name__ == "__main__":
    main()
