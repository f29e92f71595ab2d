"""The flow, short enough to be the diagram.

Document -> tokens -> matches and runs -> resolutions --
                                                         > decisions -> new text + report
Document -> glitch detectors -> flags ------------------
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from normalizer.annotation import Document, Flag, Report, Resolution
from normalizer.decide import decide
from normalizer.glitches.alignment import Text
from normalizer.glitches.detect import as_names, find_glitches
from normalizer.glitches.grouping import Sketch, sketch
from normalizer.glitches.language_model.protocol import LanguageModel
from normalizer.glitches.odd_words import rare_words
from normalizer.glitches.vocabulary import load_vocabulary
from normalizer.names.evidence import (
    Context,
    FolderEvidence,
    Survey,
    language_shares,
    read_document,
    survey,
)
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import Match, find_tokens, match_tokens
from normalizer.names.resolve import resolve
from normalizer.names.unlisted import Run, are_promising, find_runs, resolve_runs
from normalizer.rewrite import rewrite
from normalizer.settings import DEFAULT, Settings

NO_FOLDER = FolderEvidence()
NAMES_ONLY = Settings(flags=False)


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a document brings to its folder.

    Attributes:
        survey: Names.
        rare_words: Words that are terms if other documents have them too, with the number of
            documents that do.
        sketch: What tells documents of one story; None where siblings are off.
    """

    survey: Survey
    rare_words: Mapping[str, int] = field(default_factory=dict)
    sketch: Sketch | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """A report with what it was made from: names that stay as they are are matches too."""

    report: Report
    matches: tuple[Match, ...]
    context: Context


def normalize(
    document: Document,
    knowledge: Knowledge,
    *,
    folder: FolderEvidence = NO_FOLDER,
    settings: Settings = DEFAULT,
    siblings: Sequence[Text] = (),
    model: LanguageModel | None = None,
) -> Report:
    """The report of `analyse` alone."""
    found = analyse(
        document, knowledge, folder=folder, settings=settings, siblings=siblings, model=model
    )
    return found.report


def analyse(
    document: Document,
    knowledge: Knowledge,
    *,
    folder: FolderEvidence = NO_FOLDER,
    settings: Settings = DEFAULT,
    siblings: Sequence[Text] = (),
    model: LanguageModel | None = None,
) -> Analysis:
    """Find the names and glitches of one document, decide on each, and write the text anew.

    Args:
        document: What to normalize.
        knowledge: The base.
        folder: What the documents of the folder say together.
        settings: How sure a finding must be, and whether glitches are looked for.
        siblings: Other tellings of the same story, from `witnesses.read_text`.
        model: Gives a second opinion on words; None goes without.
    """
    matches, runs = _find_names(document.text, knowledge)
    context = Context(document.text, knowledge, read_document(matches), folder)
    resolutions = [resolve(match, context) for match in matches if not match.canonical]
    resolutions += resolve_runs(runs, context)
    names: list[Resolution] = []
    flags: list[Flag] = []
    if settings.flags:
        found = find_glitches(
            document,
            knowledge,
            languages=language_shares(context.document),
            shared_words=folder.shared_words,
            siblings=siblings,
            model=model,
        )
        names, flags = as_names(found)
    decisions = decide(document, [*resolutions, *names], flags, settings=settings)
    return Analysis(rewrite(document, decisions), tuple(matches), context)


def look_at(document: Document, knowledge: Knowledge, settings: Settings) -> Look:
    """Take a first look: what this document tells the others, and whether it needs a second."""
    matches, runs = _find_names(document.text, knowledge)
    asks = settings.flags or are_promising(runs, knowledge)
    names = survey(matches, asks=asks)
    if not settings.flags:
        return Look(names)
    vocabulary = load_vocabulary()
    heard = sketch(document, vocabulary) if settings.siblings != "off" else None
    return Look(names, dict.fromkeys(rare_words(document, vocabulary), 1), heard)


def _find_names(text: str, knowledge: Knowledge) -> tuple[list[Match], list[Run]]:
    """Names that the tables spell, and unknown runs that sound like one of theirs."""
    tokens = find_tokens(text, knowledge)
    matches = match_tokens(text, tokens, knowledge)
    return matches, find_runs(text, tokens, matches, knowledge)


def survey_document(document: Document, knowledge: Knowledge) -> Survey:
    """The names of a first look alone."""
    return look_at(document, knowledge, NAMES_ONLY).survey
