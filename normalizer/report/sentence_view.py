"""Answers about one sentence: how unexpected each word is, and what might have been meant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from normalizer.annotation import Document
from normalizer.errors import UsageError
from normalizer.glitches.candidates import load_candidates
from normalizer.glitches.language_model.protocol import (
    LanguageModel,
    Passage,
    SentenceReading,
    passages_of,
)
from normalizer.glitches.sentences import split_sentences, stem
from normalizer.glitches.vocabulary import Vocabulary, load_vocabulary
from normalizer.names.knowledge import Knowledge
from normalizer.pipeline import normalize
from normalizer.report.safe_text import safe_text
from normalizer.report.width import cells

# Words of a sentence that candidates are looked for, the least expected ones.
SUSPECTS = 3
# Candidates shown of each.
SHOWN = 5
# The model's own words that are asked for.
OWN_WORDS = 8
# A bar of full length: few words surprise a model more than this, in nats.
FULL_SURPRISAL = 24.0
BAR = 24


def read_sentence(
    text: str, knowledge: Knowledge, *, model: LanguageModel | None = None
) -> dict[str, Any]:
    """What is made of every word of a sentence, or of several.

    Args:
        text: The sentence.
        knowledge: The base: its names are no errors, however rare.
        model: Says how unexpected words are; None goes by how rare they are.

    Returns:
        ``{"text", "model", "words": [...], "findings": [...]}``. A word has its place, its rank by
        frequency, and where there is a model its surprisal in nats; the least expected ones have
        candidates, with ``gain``: by how many nats the whole sentence is likelier. Those easily
        mixed up with the word come first, then words the model would have written.

    Raises:
        UsageError: If the text has no word.
    """
    document = Document("sentence", text)
    sentences = split_sentences(document)
    if not sentences:
        raise UsageError("the sentence has no word; give it in quotes")
    vocabulary = load_vocabulary()
    passages = passages_of(document, sentences)
    readings = model.read(passages) if model else [None] * len(passages)
    words = []
    for sentence, passage, reading in zip(sentences, passages, readings, strict=True):
        told = [
            _word(passage, at, sentence.starts[at], reading, vocabulary, knowledge)
            for at in range(len(passage.words))
        ]
        for at in _suspects(told):
            told[at]["candidates"] = _candidates(passage, at, model)
        words += told
    report = normalize(document, knowledge, model=model)
    return {
        "text": text,
        "model": model.name if model else None,
        "words": words,
        "findings": [
            {
                "surface": decision.before,
                "start": decision.span.start,
                "after": decision.after,
                "verdict": decision.verdict,
            }
            for decision in report.decisions
        ],
    }


def sentence_lines(answer: dict[str, Any]) -> Iterator[str]:
    """The answer of `read_sentence` for a terminal: one line a word, with a bar."""
    if answer["model"]:
        yield safe_text(
            f"surprisal in nats, by {answer['model']}; (by how much a word is likelier)"
        )
    else:
        yield "place by frequency in English news, from 0; - is not listed"
    width = max(cells(safe_text(word["word"])) for word in answer["words"])
    for word in answer["words"]:
        shown = safe_text(word["word"])
        yield (
            shown
            + " " * (width - cells(shown))
            + f"  {_measure(word):>5}  {'#' * _length(word):{BAR}}  {safe_text(_remark(word))}"
        ).rstrip()
    for found in answer["findings"]:
        verb = "rewritten" if found["verdict"] == "apply" else "flagged"
        after = f" -> {found['after']}" if found["after"] != found["surface"] else ""
        yield safe_text(f"{verb}: {found['surface']}{after}")


def _word(
    passage: Passage,
    at: int,
    start: int,
    reading: SentenceReading | None,
    vocabulary: Vocabulary,
    knowledge: Knowledge,
) -> dict[str, Any]:
    word = passage.word(at)
    rank = vocabulary.rank(word)
    return {
        "word": word,
        "start": start,
        "frequency_rank": rank if vocabulary.knows(word) else None,
        "rarity": round(math.log(2 + rank) / math.log(2 + len(vocabulary.ranks)), 3),
        "name": knowledge.knows_name(word),
        "surprisal": round(reading.words[at].surprisal, 2) if reading else None,
        "candidates": [],
    }


def _suspects(words: Sequence[dict[str, Any]]) -> list[int]:
    """The least expected words that are no known names and no numbers."""
    asked = [
        at
        for at, word in enumerate(words)
        if not word["name"] and len(word["word"]) > 2 and word["word"].isalpha()
    ]
    key = "rarity" if words[0]["surprisal"] is None else "surprisal"
    return sorted(asked, key=lambda at: -words[at][key])[:SUSPECTS]


def _candidates(passage: Passage, at: int, model: LanguageModel | None) -> list[dict[str, Any]]:
    word = passage.word(at)
    found = {one.text: one.family for one in load_candidates().of_word(word)}
    if model is None:
        return [{"text": text, "family": family} for text, family in found.items()][:SHOWN]
    for choice in model.best_words(passage, at, count=OWN_WORDS):
        if stem(choice.text) != stem(word):
            found.setdefault(choice.text, "model")
    variants = [passage, *(passage.with_word(at, one) for one in found)]
    here, *others = map(sum, model.log_likelihood(variants))
    gains = [round(other - here, 2) for other in others]
    told: list[dict[str, Any]] = [
        {"text": text, "family": family, "gain": gain}
        for (text, family), gain in zip(found.items(), gains, strict=True)
        if gain > 0
    ]
    # A word that is easily taken for this one comes before one that would merely fit.
    return sorted(told, key=lambda one: (one["family"] == "model", -one["gain"]))[:SHOWN]


def _measure(word: dict[str, Any]) -> str:
    if word["surprisal"] is not None:
        return f"{word['surprisal']:.1f}"
    return "-" if word["frequency_rank"] is None else str(word["frequency_rank"])


def _length(word: dict[str, Any]) -> int:
    if word["surprisal"] is None:
        return round(BAR * float(word["rarity"]))
    return min(BAR, round(BAR * float(word["surprisal"]) / FULL_SURPRISAL))


def _remark(word: dict[str, Any]) -> str:
    if word["name"]:
        return "a known name"
    return ", ".join(
        one["text"] + (f" ({one['gain']:+.1f})" if "gain" in one else "")
        for one in word["candidates"]
    )
