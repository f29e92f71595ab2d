"""Texts a tagger is learned from, with what is known of their words.

Three kinds: sentences that people marked; news stories told by ten to sixteen systems, where a word
that neither the reference nor the other systems have is likelier wrong; and English that nobody
translated by machine, where nothing is wrong.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from normalizer.annotation import Document
from normalizer.glitches.sentences import split_sentences

Spots = dict[tuple[int, int], tuple[float, ...]]
# Targets of a word that is right; whether others have it is not known.
NOTHING = (0.0, 0.0, -1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with what is known of its words.

    Attributes:
        kind: ``marked``, ``told``, ``clean``, or ``made`` (`tagger_slips`).
        story: What it must not be both trained and judged on.
        text: The text.
        targets: (start, end) of a word -> how far each of `tagger.TASKS` holds; -1 if unknown.
        clean: Whether nobody found anything wrong with it.
    """

    kind: str
    story: str
    text: str
    targets: Spots
    clean: bool


def marked(root: Path, judge: Any) -> Iterator[Sample]:
    """Sentences that people marked; several systems translated the same ones."""
    records = judge.load(str(root / "spans/dev.jsonl"))
    tellings: dict[tuple[str, str, int], list[set[str]]] = defaultdict(list)
    for one in records:
        tellings[one["corpus"], str(one["doc"]), one["seg"]].append(set(judge.stems(one["text"])))
    for one in records:
        told_by = tellings[one["corpus"], str(one["doc"]), one["seg"]]
        strict = judge.view_filter("meaning", one)
        targets: Spots = {}
        for start, end, word, _ in words_of(one["text"]):
            place = {"start": start, "end": end}
            error = any(judge.on(place, mark) for mark in strict)
            any_error = any(judge.on(place, mark) for mark in one["spans"])
            others = sum(judge.stem(word) in telling for telling in told_by) - 1
            alone = 1 - others / (len(told_by) - 1) if len(told_by) > 1 else -1
            targets[start, end] = (float(error), float(any_error), float(alone), -1.0)
        story = f"{one['corpus']}/{one['doc']}"
        yield Sample("marked", story, one["text"], targets, one["clean"])


def told(root: Path, judge: Any, draw: random.Random) -> list[Sample]:
    """Sentences of stories that many systems told: three of each, weak systems more often."""
    segments: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
    texts: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    references: dict[tuple[str, int], set[str]] = {}
    missed: dict[str, list[bool]] = defaultdict(list)
    for path in sorted((root / "siblings_gold/dev").glob("*/*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        story = f"{path.parent.name}/{path.stem}"
        for number in range(len(gold["ids"])):
            found = (text[number] for text in gold["refs"].values())
            references[story, number] = {key for text in found for key in judge.stems(text)}
        for file, places in gold["files"].items():
            whole = (root / "siblings/dev" / story / file).read_text(encoding="utf-8")
            for number, (start, end) in enumerate(places):
                text = whole[start:end]
                texts[story, number][file] = text
                keys = judge.stems(text)
                if len(text) >= 15:
                    known = references[story, number]
                    missed[f"{path.parent.name}/{file}"] += [key not in known for key in keys]
                    segments[story, number].append((file, len(keys)))
    weak = {system: float(np.mean(ones)) ** 2 for system, ones in missed.items()}
    samples: list[Sample] = []
    for (story, number), tellings in segments.items():
        weights = [weak[f"{story.partition('/')[0]}/{file}"] for file, _ in tellings]
        seen: set[str] = set()
        for _ in range(12):
            file, length = draw.choices(tellings, weights)[0]
            text = texts[story, number][file]
            if text not in seen and 5 <= length <= 60:
                seen.add(text)
                others = [
                    set(judge.stems(other))
                    for name, other in texts[story, number].items()
                    if name != file
                ]
                targets = _alone(text, others, references[story, number], judge)
                samples.append(Sample("told", story, text, targets, clean=False))
                if len(seen) == 3:
                    break
    draw.shuffle(samples)
    return samples


def _alone(text: str, others: Sequence[set[str]], reference: set[str], judge: Any) -> Spots:
    """How many of the other tellings lack each word; none where the reference has it."""
    targets: Spots = {}
    for start, end, word, _ in words_of(text):
        key = judge.stem(word)
        share = sum(key not in one for one in others) / len(others)
        targets[start, end] = (-1.0, -1.0, 0.0 if key in reference else share, -1.0)
    return targets


def untranslated(root: Path, clean: Path, draw: random.Random) -> list[Sample]:
    """Sentences written or translated by people: nothing in them is wrong."""
    found: list[tuple[str, str]] = []
    for path in sorted(clean.glob("*.txt")):
        text = path.read_text(encoding="utf-8", errors="replace")
        sentences = [one.strip() for one in re.split(r"(?<=[.!?])\s+|\n", text)]
        sentences = [one for one in sentences if 8 <= len(one.split()) <= 45]
        found += [(path.name, one) for one in draw.sample(sentences, min(18, len(sentences)))]
    by_people: list[tuple[str, str]] = []
    for path in sorted((root / "siblings_gold/dev").glob("*/*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        texts = next(iter(gold["refs"].values()))
        by_people += [(path.stem, text) for text in texts if 6 <= len(text.split()) <= 50]
    draw.shuffle(by_people)
    found += by_people[:900]
    draw.shuffle(found)
    return [
        Sample("clean", story, text, {spot[:2]: NOTHING for spot in words_of(text)}, clean=True)
        for story, text in found
    ]


def words_of(text: str) -> Iterator[tuple[int, int, str, int]]:
    """Where each word begins and ends, the word, and its number in its sentence."""
    for sentence in split_sentences(Document("", text)):
        for at, (start, word) in enumerate(zip(sentence.starts, sentence.words, strict=True)):
            yield start, start + len(word), word, at
