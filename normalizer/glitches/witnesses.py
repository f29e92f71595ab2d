"""Siblings as witnesses: what a document says that no other telling of its story says.

The order of work: `grouping.sketch` each document and `grouping.group` the sketches; then
`find_witnessed` and `find_folder_names` look at one document in the light of its group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from normalizer.annotation import Document, Evidence, Flag, Span, Suggestion
from normalizer.glitches.alignment import Text, prepare
from normalizer.glitches.collation import Variant, Witness, collate, hear
from normalizer.glitches.folder_names import NameVariant, folder_names
from normalizer.glitches.odd_words import never
from normalizer.glitches.polarity import LostNegation, lost_negations
from normalizer.glitches.sentences import split_sentences
from normalizer.glitches.trees import Model
from normalizer.glitches.vocabulary import Vocabulary

# A sentence with more odd words than this is odd as a whole; the surest ones are enough to say so.
MAX_PER_SENTENCE = 2
LONE_WORD, FOLDER_NAME = "witness:lone-word", "witness:folder-name"
LOST_NEGATION = "witness:lost-negation"
# Four of the six that the development folders hold, by hand; too few to learn from.
NEGATION_SCORE = 0.6


@dataclass(frozen=True, slots=True)
class Hearing:
    """A document, its siblings, and who says what in place of each sentence."""

    document: Document
    text: Text
    siblings: tuple[Text, ...]
    rows: tuple[tuple[Witness, ...], ...]


def read_text(document: Document, vocabulary: Vocabulary) -> Text:
    """Prepare a document for comparison; the same for every document of a group."""
    return prepare(document.id, split_sentences(document), vocabulary)


def listen(
    document: Document, text: Text, siblings: Sequence[Text], vocabulary: Vocabulary
) -> Hearing:
    """Find the witnesses of every sentence; siblings that are the document itself are left out."""
    others = tuple(one for one in siblings if one.id != document.id)
    rows = tuple(tuple(row) for row in hear(text, others, vocabulary))
    return Hearing(document, text, others, rows)


def find_witnessed(
    hearing: Hearing,
    vocabulary: Vocabulary,
    models: Mapping[str, Model],
    *,
    known: Callable[[str], bool] = never,
) -> list[Flag]:
    """Words that stand alone against the siblings and look like errors, in text order.

    The score is the probability that the siblings are right and the word is wrong; see
    `models/rank.md` for what was counted.

    Args:
        hearing: From `listen`.
        vocabulary: How common words are.
        models: From `trees.load_models`.
        known: Whether a word is a name the base knows; names are left to it.
    """
    model = models["witness"]
    variants = collate(hearing.text, hearing.siblings, hearing.rows, vocabulary)
    scored = sorted(
        ((model.score(variant.features), variant) for variant in variants),
        key=lambda pair: (-pair[0], pair[1].sentence, pair[1].word),
    )
    taken: dict[int, int] = {}
    flags: list[Flag] = []
    for score, variant in scored:
        if known(variant.surface):
            continue
        taken[variant.sentence] = taken.get(variant.sentence, 0) + 1
        if taken[variant.sentence] <= MAX_PER_SENTENCE:
            flags.append(_flag(hearing, variant, score, vocabulary))
    flags += (_negation(hearing, lost) for lost in lost_negations(hearing.text, hearing.rows))
    return sorted(flags, key=lambda flag: flag.span)


def find_folder_names(
    hearing: Hearing,
    vocabulary: Vocabulary,
    models: Mapping[str, Model],
    *,
    known: Callable[[str], bool] = never,
) -> list[Flag]:
    """Names that the siblings spell in one other way, every place of each, in text order.

    Of several spellings for one name only the surest is given; a name the base knows is left to
    it. From .9 on nine in ten of all names at least as sure are right: such a name may be written.
    """
    model = models["folder-name"]
    best: dict[str, tuple[float, NameVariant]] = {}
    for variant in folder_names(hearing.text, hearing.siblings, hearing.rows, vocabulary):
        score = 0.0 if known(variant.surface) else model.score(variant.features)
        if variant.surface not in best or score > best[variant.surface][0]:
            best[variant.surface] = (score, variant)
    flags = [
        Flag(
            Span(start, end),
            variant.surface,
            "name",
            FOLDER_NAME,
            score,
            f"{len(variant.witnesses)} of {len(hearing.siblings)} siblings write "
            f"{variant.reading} here.",
            (Suggestion(variant.reading, score),),
            tuple(Evidence(f"{id_} has {variant.reading}", 1.0) for id_ in variant.witnesses),
        )
        for score, variant in best.values()
        for start, end in variant.places
    ]
    return sorted(flags, key=lambda flag: flag.span)


def _negation(hearing: Hearing, lost: LostNegation) -> Flag:
    sentence = hearing.text.sentences[lost.sentence]
    start, end = sentence.starts[lost.start], sentence.end(lost.stop - 1)
    return Flag(
        Span(start, end),
        hearing.document.text[start:end],
        "negation",
        LOST_NEGATION,
        NEGATION_SCORE,
        f"All {len(lost.witnesses)} siblings that tell this deny it, as in {lost.reading!r}.",
        (Suggestion(lost.reading, NEGATION_SCORE),),
        tuple(
            Evidence(f"{id_}, sentence {number + 1}, has a negation", 1.0)
            for id_, number in lost.witnesses
        ),
    )


def _flag(hearing: Hearing, variant: Variant, score: float, vocabulary: Vocabulary) -> Flag:
    sentence = hearing.text.sentences[variant.sentence]
    start, end = sentence.starts[variant.word], sentence.end(variant.word)
    reading = variant.reading
    if variant.surface[0].isupper() and reading[0].islower():
        reading = reading[0].upper() + reading[1:]
    agreeing = len({id_ for id_, _ in variant.witnesses})
    heard = len(hearing.rows[variant.sentence])
    return Flag(
        Span(start, end),
        variant.surface,
        _category(variant, vocabulary),
        LONE_WORD,
        score,
        f"{agreeing} of {heard} siblings say {variant.reading!r} here, none says "
        f"{variant.surface!r}.",
        (Suggestion(reading, score),),
        tuple(
            Evidence(f"{id_}, sentence {number + 1}, has {variant.reading!r}", 1.0)
            for id_, number in variant.witnesses
        ),
    )


def _category(variant: Variant, vocabulary: Vocabulary) -> str:
    surface, reading = variant.surface, variant.reading
    if any(c.isdigit() for c in surface + reading):
        return "number"
    if surface[0].isupper() and reading[0].isupper():
        return "name"
    return "lexical-choice" if vocabulary.knows(surface) else "odd-word"
