"""All detectors of glitches together, ranked: of one document alone and beside its siblings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from normalizer.annotation import Alias, Candidate, Document, Flag, Mention, Resolution
from normalizer.glitches.alignment import Text
from normalizer.glitches.language_model.protocol import LanguageModel
from normalizer.glitches.odd_words import find_odd_words
from normalizer.glitches.rank import rank
from normalizer.glitches.surface import find_surface, load_detectors
from normalizer.glitches.trees import load_models
from normalizer.glitches.vocabulary import load_vocabulary
from normalizer.glitches.witnesses import (
    FOLDER_NAME,
    find_folder_names,
    find_witnessed,
    listen,
    read_text,
)
from normalizer.names.knowledge import Knowledge

# Alias kind of a name that the tables do not hold and the folder spells otherwise.
FOLDER_KIND = "folder"


def find_glitches(
    document: Document,
    knowledge: Knowledge,
    *,
    languages: Mapping[str, float],
    shared_words: frozenset[str] = frozenset(),
    siblings: Sequence[Text] = (),
    model: LanguageModel | None = None,
) -> list[Flag]:
    """Flag what looks broken in a document, one flag a place, in text order.

    Args:
        document: Where to look.
        knowledge: For names: a known name is no odd word.
        languages: Source language -> share of the votes of foreign spellings; may be empty.
        shared_words: Rare words that other documents of the folder have too.
        siblings: Other tellings of the same story, from `witnesses.read_text`.
        model: Gives a second opinion on words; None goes without.

    Returns:
        Flags with one calibrated score each; odd spellings of folder names have the origin
        `FOLDER_NAME`, see `as_names`.
    """
    vocabulary, models, known = load_vocabulary(), load_models(), knowledge.knows_name
    flags = find_surface(document, load_detectors(), languages)
    odd = find_odd_words(document, vocabulary, models, shared_words, known=known)
    shared = shared_words
    if model is not None:
        from normalizer.glitches import tagger  # noqa: PLC0415 - numpy takes its time

        # What another telling of the story says too is no slip of this one.
        told = {
            word.lower()
            for text in siblings
            for sentence in text.sentences
            for word in sentence.words
        }
        shared |= told
        flags += tagger.find_tagged(document, model, vocabulary, shared=shared, known=known)
        if tagger.has_head(model):
            # A head weighs all that odd words go by. But it learned that strange names are mostly
            # right, so of names rarity still speaks.
            odd = [flag for flag in odd if flag.surface[0].isupper()]
    flags += odd
    if siblings:
        hearing = listen(document, read_text(document, vocabulary), siblings, vocabulary)
        flags += find_witnessed(hearing, vocabulary, models, known=known)
        flags += find_folder_names(hearing, vocabulary, models, known=known)
    if model is not None:
        from normalizer.glitches.second_opinion import (  # noqa: PLC0415 - numpy takes its time
            find_second_opinion,
        )

        flags += find_second_opinion(document, flags, model, vocabulary, shared=shared, known=known)
    return rank(flags, document)


def as_names(flags: Sequence[Flag]) -> tuple[list[Resolution], list[Flag]]:
    """Part the odd spellings of folder names, which are names to decide on, from other flags."""
    names = [_resolution(flag) for flag in flags if _is_name(flag)]
    return names, [flag for flag in flags if not _is_name(flag)]


def _is_name(flag: Flag) -> bool:
    return flag.origin == FOLDER_NAME and bool(flag.suggestions)


def _resolution(flag: Flag) -> Resolution:
    written = flag.suggestions[0].text
    alias = Alias(flag.surface, frozenset(), FOLDER_KIND, flag.origin)
    candidate = Candidate(f"folder:{written}", written, alias, flag.score, flag.evidence)
    mention = Mention(flag.span, flag.surface, FOLDER_KIND)
    return Resolution(mention, (candidate,), candidate)
