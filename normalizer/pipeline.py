"""The flow, short enough to be the diagram.

Document -> tokens -> matches and unknown runs -> resolutions -> decisions -> new text + report
"""

from __future__ import annotations

from normalizer.annotation import Document, Report
from normalizer.decide import decide
from normalizer.names.evidence import Context, FolderEvidence, Survey, read_document, survey
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import find_tokens, match_tokens
from normalizer.names.resolve import resolve
from normalizer.names.unlisted import find_runs, resolve_runs
from normalizer.rewrite import rewrite
from normalizer.settings import DEFAULT, Settings

NO_FOLDER = FolderEvidence()


def normalize(
    document: Document,
    knowledge: Knowledge,
    *,
    folder: FolderEvidence = NO_FOLDER,
    settings: Settings = DEFAULT,
) -> Report:
    """Find the names of one document, decide on each, and write the text anew."""
    tokens = find_tokens(document.text, knowledge)
    matches = match_tokens(document.text, tokens, knowledge)
    runs = find_runs(document.text, tokens, matches, knowledge)
    context = Context(document.text, knowledge, read_document(matches), folder)
    resolutions = [resolve(match, context) for match in matches]
    resolutions += resolve_runs(runs, context)
    return rewrite(document, decide(document, resolutions, settings=settings))


def survey_document(document: Document, knowledge: Knowledge) -> Survey:
    """What this document tells the others of its folder, and whether it needs a second look."""
    tokens = find_tokens(document.text, knowledge)
    matches = match_tokens(document.text, tokens, knowledge)
    runs = find_runs(document.text, tokens, matches, knowledge)
    return survey(matches, asks=bool(runs))
