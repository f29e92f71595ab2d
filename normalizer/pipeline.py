"""The flow, short enough to be the diagram.

Document -> matches -> resolutions -> decisions -> rewritten text + report
"""

from __future__ import annotations

from normalizer.annotation import Document, Report
from normalizer.decide import decide
from normalizer.names.evidence import Context, FolderEvidence, Survey, read_document, survey
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import find_matches
from normalizer.names.resolve import resolve
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
    matches = find_matches(document.text, knowledge)
    context = Context(document.text, knowledge, read_document(matches), folder)
    resolutions = [resolve(match, context) for match in matches]
    decisions = decide(document, resolutions, settings=settings)
    return rewrite(document, decisions)


def survey_document(document: Document, knowledge: Knowledge) -> Survey:
    """What this document tells the others of its folder, and whether it needs a second look."""
    return survey(find_matches(document.text, knowledge))
