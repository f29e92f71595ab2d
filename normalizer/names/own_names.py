"""A user's own names and style, laid over the shipped tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from normalizer.errors import TableError
from normalizer.names.fold import fold_phrase
from normalizer.names.tables import CYRILLIC, EntityRow, GivenName, ListedSpelling, Tables


def restyle(tables: Tables, style: Iterable[str]) -> list[EntityRow]:
    """The rows whose canonical name a style changes, with the former canonical as a variant.

    Args:
        tables: The shipped tables.
        style: Names of styles, or English spellings that a row lists as a variant.

    Raises:
        TableError: For a spelling that is no listed variant and no style.
    """
    styles = {one.id: one for one in tables.styles}
    chosen: list[str] = []
    for wish in style:
        chosen.extend(styles[wish].choose if wish in styles else [wish])
    changed: dict[str, EntityRow] = {}
    for form in chosen:
        found = False
        for shipped in tables.rows:
            row = changed.get(shipped.id, shipped)
            renamed = _renamed(row, form, tables.given_names)
            if renamed:
                changed[row.id] = renamed
            found = found or renamed is not None or form in row.canonical.split()
        if not found:
            raise TableError(
                f"--style {form}: neither a style ({', '.join(sorted(styles))}) "
                "nor a listed English variant; try `normalizer explain` to see the variants"
            )
    return list(changed.values())


def override(
    tables: Tables, changed: Iterable[EntityRow], own: Iterable[EntityRow]
) -> list[EntityRow]:
    """Lay a user's rows over ours; one that names an entity of ours renames it."""
    rows = {row.id: row for row in changed}
    by_form: dict[str, EntityRow] = {}
    for row in (*rows.values(), *tables.rows):
        for form in (row.canonical, *(s.form for s in row.spellings if s.kind == "variant")):
            by_form.setdefault(fold_phrase(form), rows.get(row.id, row))
    for mine in own:
        forms = (mine.canonical, *(spelling.form for spelling in mine.spellings))
        ours = next((hit for form in forms if (hit := by_form.get(fold_phrase(form)))), None)
        if ours is None:
            rows[mine.id] = mine
            continue
        renamed = _with_canonical(rows.get(ours.id, ours), mine.canonical)
        rows[ours.id] = replace(
            renamed,
            spellings=renamed.spellings + mine.spellings,
            native=renamed.native or mine.native,
            place=mine.place,
            priority=1,
        )
    return list(rows.values())


def _renamed(row: EntityRow, form: str, given_names: Iterable[GivenName]) -> EntityRow | None:
    """The row with ``form`` as canonical, or as one word of it; None if it is no variant of it."""
    words = row.canonical.split()
    for spelling in row.spellings:
        if spelling.kind != "variant":
            continue
        variant = spelling.form.split()
        if spelling.form == form:
            whole = form if len(variant) == len(words) else " ".join([*words[:-1], form])
            return _with_canonical(row, whole)
        if len(variant) == len(words) and form in variant:
            at = variant.index(form)
            return _with_canonical(row, " ".join([*words[:at], form, *words[at + 1 :]]))
    if row.type == "person":
        natives = {name.native for name in given_names if name.spelling == form}
        for lang, native in row.native:
            for at, word in enumerate(native.split()):
                if lang in CYRILLIC and word.casefold() in natives and words[at] != form:
                    return _with_canonical(row, " ".join([*words[:at], form, *words[at + 1 :]]))
    return None


def _with_canonical(row: EntityRow, canonical: str) -> EntityRow:
    if canonical == row.canonical:
        return replace(row, priority=1)
    former = ListedSpelling(row.canonical, frozenset({"en"}), "variant", row.source)
    words, new_words = row.canonical.split(), canonical.split()
    same_length = len(words) == len(new_words)
    family = row.family
    if family and same_length:
        family = " ".join(
            new for old, new in zip(words, new_words, strict=True) if old in family.split()
        )
    return replace(
        row,
        canonical=canonical,
        family=family if same_length else new_words[-1] if family else "",
        native=row.native if same_length else (),
        spellings=(*row.spellings, former),
        priority=1,
    )
