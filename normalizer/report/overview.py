"""What a report says as a whole: its figures, and each entity with the spellings found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from normalizer.annotation import Entity
from normalizer.report.contents import Contents, Found, Marked


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling found, what it becomes, and how often it is rewritten and only proposed."""

    before: str
    after: str
    applied: int
    proposed: int

    @property
    def count(self) -> int:
        """How often it was found."""
        return self.applied + self.proposed


@dataclass(frozen=True, slots=True)
class EntityRow:
    """An entity of the report.

    Attributes:
        entity: With its canonical name where the tables know it, else with its id as the name.
        count: Findings that name it.
        documents: In how many documents.
        spellings: The most frequent first.
    """

    entity: Entity
    count: int
    documents: int
    spellings: tuple[Spelling, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a report."""

    files: int
    rewritten: int
    proposed: int
    flags: int
    entities: int
    faults: int


def named(contents: Contents) -> Iterator[tuple[Marked, Found]]:
    """The names of all documents, in order."""
    for document in contents.documents:
        for one in document.findings:
            if one.finding == "name":
                yield document, one


def flagged(contents: Contents) -> list[tuple[Marked, Found]]:
    """The flags of all documents, the likeliest first."""
    flags = [
        (document, one)
        for document in contents.documents
        for one in document.findings
        if one.finding != "name"
    ]
    return sorted(flags, key=lambda pair: -pair[1].score)


def totals(contents: Contents) -> Totals:
    """Count everything once."""
    names = [one for _, one in named(contents)]
    rewritten = sum(one.applied for one in names)
    flags = sum(len(one.findings) for one in contents.documents) - len(names)
    return Totals(
        files=len(contents.files) or len({one.path for one in contents.documents}),
        rewritten=rewritten,
        proposed=len(names) - rewritten,
        flags=flags,
        entities=len({one.entity for one in names}),
        faults=sum(len(faults_of(one)) for one in contents.files),
    )


def faults_of(file: Mapping[str, object], kind: str = "faults") -> list[str]:
    """The faults or ``notes`` of a document record, whatever a hand may have put there."""
    lines = file.get(kind)
    return [str(one) for one in lines] if isinstance(lines, list) else []


def entity_rows(contents: Contents, entities: Mapping[str, Entity]) -> list[EntityRow]:
    """Every entity named, the most frequent first.

    Args:
        contents: The report.
        entities: Known entities by id; one that is not in it goes by its id.
    """
    spellings: dict[str, Counter[tuple[str, str, bool]]] = {}
    documents: dict[str, set[str]] = {}
    for document, one in named(contents):
        counted = spellings.setdefault(one.entity, Counter())
        counted[one.surface, one.replacement, one.applied] += 1
        documents.setdefault(one.entity, set()).add(document.name)
    rows = [
        EntityRow(
            entities.get(id_, Entity(id_, "", id_)),
            counted.total(),
            len(documents[id_]),
            tuple(_spellings(counted)),
        )
        for id_, counted in spellings.items()
    ]
    return sorted(rows, key=lambda row: (-row.count, row.entity.canonical, row.entity.id))


def _spellings(counted: Counter[tuple[str, str, bool]]) -> list[Spelling]:
    pairs = {(before, after) for before, after, _ in counted}
    found = [
        Spelling(*pair, applied=counted[*pair, True], proposed=counted[*pair, False])
        for pair in pairs
    ]
    return sorted(found, key=lambda one: (-one.count, one.before, one.after))
