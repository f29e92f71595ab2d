"""spaCy: a component that marks names with their entity ids, and patterns for rulers.

A ``Doc`` never changes its text, so the component leaves it and puts beside it: the names as spans
in ``doc.spans["normalizer"]`` (``kb_id_`` is the entity, ``label_`` its type), and as
``doc._.normalized`` the text with one spelling for every name. Names that do not begin and end
with a token have no span; ``doc._.normalizer_entities`` holds all of them with exact offsets.

    nlp.add_pipe("normalizer")
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from spacy.language import Language
from spacy.tokens import Doc

from normalizer.export.spellings import Choice, spelling_sets, spellings_of
from normalizer.indexing import Normalizer
from normalizer.integrations.wishes import make_normalizer
from normalizer.names.knowledge import Knowledge

NAME = "normalizer"

for _extension, _default in (("normalized", ""), ("normalizer_entities", ())):
    if not Doc.has_extension(_extension):
        Doc.set_extension(_extension, default=_default)


class NameNormalizer:
    """The component; made by spaCy through `make`."""

    def __init__(self, normalizer: Normalizer, spans_key: str = NAME) -> None:
        self.normalizer = normalizer
        self.spans_key = spans_key

    def __call__(self, doc: Doc) -> Doc:
        """Mark the names of a document."""
        found = self.normalizer.text(doc.text)
        spans = (
            doc.char_span(
                one.span.start,
                one.span.end,
                label=one.type,
                kb_id=one.entity_id,
                span_id=one.entity_id,
            )
            for one in found.entities
            if one.entity_id
        )
        doc.spans[self.spans_key] = [span for span in spans if span is not None]
        doc._.normalized = found.text
        doc._.normalizer_entities = [one.record() for one in found.entities]
        return doc


def patterns(
    knowledge: Knowledge, entity_ids: Collection[str] = (), *, min_score: float = 0.8
) -> Iterator[dict[str, str]]:
    """Patterns for an ``entity_ruler`` or ``span_ruler``: spellings that are surely of one name.

    Args:
        knowledge: The base, such as ``Normalizer().knowledge``.
        entity_ids: Whose names; those of all where none are given, which takes some seconds.
        min_score: Lowest probability that a spelling alone means the name.

    Yields:
        ``{"label", "pattern", "id"}``, the canonical name before its other spellings. What an
        English word or several entities share is left out: a ruler sees no context.
    """
    choice = Choice(min_score=min_score)
    sets = (
        spellings_of(entity_ids, knowledge, choice)
        if entity_ids
        else spelling_sets(knowledge, choice)
    )
    for found in sets:
        known = knowledge.entity(found.entity_ids[0])
        if known and len(found.entity_ids) == 1:
            for form in (found.canonical, *found.spellings):
                yield {"label": known.type, "pattern": form, "id": known.id}


@Language.factory(
    NAME,
    assigns=["doc.spans", "doc._.normalized", "doc._.normalizer_entities"],
    default_config={
        "names": None,
        "style": [],
        "seeds": None,
        "cache": None,
        "apply": 0.9,
        "spans_key": NAME,
    },
)
def make(
    nlp: Language,
    name: str,
    names: str | None,
    style: Sequence[str],
    seeds: str | None,
    cache: str | None,
    apply: float,
    spans_key: str,
) -> NameNormalizer:
    """The factory behind ``nlp.add_pipe("normalizer", config={...})``."""
    return NameNormalizer(make_normalizer(names, style, seeds, cache, apply), spans_key)
