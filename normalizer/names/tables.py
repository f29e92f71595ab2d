"""The only reader of ``seeds/``: it hides file formats and refuses a table with a fault in it.

Every loader checks the whole file and raises one `TableError` that lists all faults, each with
file, row and cure, so that a person who edits a table repairs it in one go.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from normalizer.names.romanize import CLASSES, EDGES, PARTS, Scheme, SchemeRule
from normalizer.names.table_files import (
    Faults,
    lacks,
    read_csv,
    read_toml,
    refuse_repeats,
    refuse_unknown,
    tables_under,
)
from normalizer.shipped import shipped

SCHEME_KINDS = frozenset({"press", "official", "scholarly"})
# Source languages that schemes spell from.
CYRILLIC = frozenset({"ru", "uk", "be"})
SPELLING_KINDS = frozenset({"exonym", "variant", "former"})
# In `places*.csv`: a spelling in the letters of the country, from which conventions spell others.
NATIVE_KIND = "native"


@dataclass(frozen=True, slots=True)
class ListedSpelling:
    """A spelling somebody wrote down, with the languages that use it (BCP 47)."""

    form: str
    langs: frozenset[str]
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One entity as the tables give it, before any spelling is generated.

    Attributes:
        id: ``per:vladimir-putin``; ``iso:`` and ``geo:`` ids for places.
        type: ``person`` or the type column of its table.
        canonical: The spelling we write.
        family: The words of ``canonical`` that are the family name (persons only); ``Assad`` in
            ``Bashar al-Assad`` says that it also stands without its article.
        gender: ``m``, ``f`` or empty.
        native: ``(lang, form)``, word by word in the order of ``canonical`` for persons.
        patronymic: ``(lang, form)``.
        spellings: Listed spellings.
        roles: Words that stand near the name in news.
        keep: Phrases in which a spelling of it must stay untouched.
        source: Keys in ``sources.toml``.
        place: File and row, for messages.
        priority: Higher wins a name that two rows claim; a user's table has 1.
    """

    id: str
    type: str
    canonical: str
    family: str = ""
    gender: str = ""
    native: tuple[tuple[str, str], ...] = ()
    patronymic: tuple[tuple[str, str], ...] = ()
    spellings: tuple[ListedSpelling, ...] = ()
    roles: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    source: str = ""
    place: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class GivenName:
    """A traditional equivalent of a given name that no letter table produces."""

    native: str
    native_lang: str
    spelling: str
    langs: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Ending:
    """A case ending: a spelling that ends in ``strip`` may stand with one of ``add`` instead."""

    id: str
    lang: str
    strip: str
    add: tuple[str, ...]
    parts: frozenset[str]
    gender: str
    source: str
    change: tuple[tuple[str, str], ...]
    keep: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """A spelling that is also something else, and what it takes to change it.

    Attributes:
        form: The spelling, folded.
        need: ``full-name`` (never alone), ``context`` (a role word or the language must speak
            for it), ``never``.
        near: Words nearby (folded) that veto the change.
        source, change, keep: As in every table; samples run through the whole pipeline.
    """

    form: str
    need: str
    near: tuple[str, ...]
    source: str
    change: tuple[tuple[str, str], ...]
    keep: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """A named choice among equal English spellings."""

    id: str
    title: str
    choose: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything in ``seeds/``, checked."""

    schemes: tuple[Scheme, ...]
    rows: tuple[EntityRow, ...]
    given_names: tuple[GivenName, ...]
    endings: tuple[Ending, ...]
    guards: tuple[Guard, ...]
    styles: tuple[Style, ...]
    english_words: frozenset[str]
    english_names: frozenset[str]
    sources: Mapping[str, Mapping[str, Any]]


def default_seeds() -> Path:
    """The folder of the shipped tables: inside the installed package, or beside a checkout."""
    return shipped("seeds")


def load_tables(folder: Path | None = None) -> Tables:
    """Read and check every table of a seeds folder.

    Raises:
        TableError: With all faults of all files, one a line.
    """
    folder = folder or default_seeds()
    faults = Faults()
    sources = load_sources(folder / "sources.toml", faults)
    tables = Tables(
        schemes=tuple(load_schemes(folder / "schemes", faults)),
        rows=tuple(load_entities(folder / "entities", faults)),
        given_names=tuple(load_given_names(folder / "given_names.csv", faults)),
        endings=tuple(load_endings(folder / "inflections", faults)),
        guards=tuple(load_guards(folder / "guards.toml", faults)),
        styles=tuple(load_styles(folder / "styles.toml", faults)),
        english_words=frozenset(_lines(folder / "english_words.txt")),
        english_names=frozenset(_lines(folder / "english_names.txt")),
        sources=sources,
    )
    _check_sources(tables, faults)
    faults.raise_if_any()
    return tables


def load_sources(path: Path, faults: Faults) -> dict[str, dict[str, Any]]:
    """Read ``sources.toml``: one table a source, with title, url or page, licence, date read."""
    sources: dict[str, dict[str, Any]] = {}
    for key, source in read_toml(path, faults).items():
        missing = {"title", "licence", "read"} - set(source)
        if missing:
            faults.add(f"{path.name}: {key}", f"lacks {', '.join(sorted(missing))}; add it")
        sources[key] = source
    return sources


# -- schemes ---------------------------------------------------------------------------------


def load_schemes(folder: Path, faults: Faults | None = None) -> list[Scheme]:
    """Read every scheme of a folder, sorted by file name.

    Raises:
        TableError: At once when no ``faults`` is given to collect them.
    """
    own = faults or Faults()
    schemes = [
        scheme for path in sorted(folder.glob("*.toml")) if (scheme := _load_scheme(path, own))
    ]
    refuse_repeats((scheme.id for scheme in schemes), folder.name, "scheme id", own)
    if faults is None:
        own.raise_if_any()
    return schemes


def _load_scheme(path: Path, faults: Faults) -> Scheme | None:
    table = read_toml(path, faults)
    if not table:
        return None
    known = {"id", "lang", "kind", "title", "source", "letters", "rule", "sample"}
    refuse_unknown(table, known, path.name, faults)
    for key in ("id", "lang", "kind", "title", "source", "letters"):
        if key not in table:
            faults.add(path.name, f"lacks '{key}'; add it")
            return None
    if table["kind"] not in SCHEME_KINDS:
        faults.add(path.name, f"kind '{table['kind']}' is none of {sorted(SCHEME_KINDS)}")
    shared = {key: _several(value) for key, value in table["letters"].get("common", {}).items()}
    letters = {
        lang: {**shared, **{key: _several(value) for key, value in own.items()}}
        for lang, own in ({"ru": {}} | table["letters"]).items()
        if lang != "common"
    }
    for lang, own in letters.items():
        for key in own:
            if len(key) != 1:
                faults.add(path.name, f"letters.{lang}: '{key}' is not one letter; make it a rule")
    rules = [
        rule
        for number, raw in enumerate(tables_under(table, "rule", path.name, faults), 1)
        if (rule := _scheme_rule(raw, f"{path.name}: rule {raw.get('id', number)}", faults))
    ]
    refuse_repeats((rule.id for rule in rules), path.name, "rule id", faults)
    samples: list[tuple[str, str, str]] = []
    for raw in tables_under(table, "sample", path.name, faults):
        refuse_unknown(raw, {"lang", "native", "write"}, f"{path.name}: sample", faults)
        if lacks(raw, ("native", "write"), f"{path.name}: sample", faults):
            continue
        samples.append((raw.get("lang", "ru"), raw["native"], raw["write"]))
    return Scheme(
        id=table["id"],
        lang=table["lang"],
        kind=table["kind"],
        title=table["title"],
        source=table["source"],
        letters=letters,
        rules=tuple(rules),
        samples=tuple(samples),
    )


def _scheme_rule(raw: Mapping[str, Any], place: str, faults: Faults) -> SchemeRule | None:
    known = {"id", "letters", "write", "after", "before", "langs", "parts", "gender"}
    refuse_unknown(raw, known | {"change", "keep"}, place, faults)
    for key in ("id", "letters", "write", "change", "keep"):
        if not raw.get(key):
            faults.add(place, f"lacks '{key}'; every rule needs a sample to change and one to keep")
            return None
    for context in (*raw.get("after", ()), *raw.get("before", ())):
        if context.isascii() and context not in {*CLASSES, *EDGES, "'"}:
            faults.add(place, f"context '{context}' is neither a class nor Cyrillic letters")
    if unknown := set(raw.get("parts", ())) - PARTS:
        faults.add(place, f"unknown parts {sorted(unknown)}; use {sorted(PARTS)}")
    return SchemeRule(
        id=raw["id"],
        letters=raw["letters"],
        write=_several(raw["write"]),
        after=tuple(raw.get("after", ())),
        before=tuple(raw.get("before", ())),
        langs=frozenset(raw.get("langs", ())),
        parts=frozenset(raw.get("parts", ())),
        gender=raw.get("gender", ""),
        change=_samples(raw["change"], place, faults),
        keep=_samples(raw["keep"], place, faults),
    )


# -- entities --------------------------------------------------------------------------------

PEOPLE_COLUMNS = [
    "canonical",
    "family",
    "gender",
    "native",
    "patronymic",
    "spellings",
    "roles",
    "source",
]
ENTITY_COLUMNS = ["canonical", "type", "native", "spellings", "roles", "keep", "source"]
NO_CANONICAL = "no canonical name; fill the column or delete the row"
PLACE_COLUMNS = ["canonical", "id", "type", "spelling", "lang", "kind", "source"]


def load_entities(folder: Path, faults: Faults) -> Iterator[EntityRow]:
    """Read ``people_*.csv``, ``places*.csv`` and the other entity tables of a folder."""
    ids: list[str] = []
    paths = sorted(folder.glob("*.csv"))
    places = [path for path in paths if path.name.startswith("places")]
    tables = [
        _people(path, faults) if path.name.startswith("people") else _others(path, faults)
        for path in paths
        if path not in places
    ]
    for row in itertools.chain(*tables, _places(places, faults)):
        ids.append(row.id)
        yield row
    refuse_repeats(ids, folder.name, "entity", faults)


def _people(path: Path, faults: Faults) -> Iterator[EntityRow]:
    for place, cells in read_csv(path, PEOPLE_COLUMNS, faults):
        canonical = cells["canonical"].strip()
        native = _pairs(cells["native"], place, faults)
        words = canonical.split()
        if not words:
            faults.add(place, NO_CANONICAL)
            continue
        for lang, form in native:
            if len(form.split()) != len(words):
                faults.add(place, f"native {lang}={form}: not word by word like '{canonical}'")
        if cells["gender"] not in ("m", "f"):
            faults.add(place, f"gender '{cells['gender']}' is neither m nor f")
        family = cells["family"] or words[-1]
        if not re.search(rf"(?:^|[ -]){re.escape(family)}(?: |$)", canonical):
            faults.add(place, f"family '{family}' is not part of '{canonical}'")
        yield EntityRow(
            id=f"per:{slug(canonical)}",
            type="person",
            canonical=canonical,
            family=family,
            gender=cells["gender"],
            native=native,
            patronymic=_pairs(cells["patronymic"], place, faults),
            spellings=tuple(_spellings(cells["spellings"], cells["source"], place, faults)),
            roles=_split(cells["roles"], ";"),
            source=cells["source"],
            place=place,
        )


def _others(path: Path, faults: Faults) -> Iterator[EntityRow]:
    for place, cells in read_csv(path, ENTITY_COLUMNS, faults):
        if not cells["canonical"].strip():
            faults.add(place, NO_CANONICAL)
            continue
        yield EntityRow(
            id=f"{path.stem[:3]}:{slug(cells['canonical'])}",
            type=cells["type"],
            canonical=cells["canonical"],
            native=_pairs(cells["native"], place, faults),
            spellings=tuple(_spellings(cells["spellings"], cells["source"], place, faults)),
            roles=_split(cells["roles"], ";"),
            keep=_split(cells["keep"], ";"),
            source=cells["source"],
            place=place,
        )


def _places(paths: Iterable[Path], faults: Faults) -> Iterator[EntityRow]:
    """One spelling a row in the files, one entity a record here."""
    kinds = {*SPELLING_KINDS, NATIVE_KIND}
    by_id: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for path in paths:
        for place, cells in read_csv(path, PLACE_COLUMNS, faults):
            if cells["kind"] not in kinds:
                faults.add(place, f"kind '{cells['kind']}' is none of {sorted(kinds)}")
            rows = by_id.setdefault(cells["id"], [])
            rows.append((place, cells))
            canonical = rows[0][1]["canonical"]
            if cells["canonical"] != canonical:
                faults.add(place, f"{cells['id']} is '{canonical}' in another row; one name an id")
    for id_, rows in by_id.items():
        place, first = rows[0]
        listed = [cells for _, cells in rows if cells["kind"] != NATIVE_KIND]
        native = [cells for _, cells in rows if cells["kind"] == NATIVE_KIND]
        yield EntityRow(
            id=id_,
            type=first["type"],
            canonical=first["canonical"],
            native=tuple(
                (lang, cells["spelling"]) for cells in native for lang in cells["lang"].split()
            ),
            spellings=tuple(
                ListedSpelling(
                    cells["spelling"],
                    frozenset(cells["lang"].split()),
                    cells["kind"],
                    cells["source"],
                )
                for cells in listed
            ),
            source=first["source"].replace(" ", ";"),
            place=place,
        )


def load_names(path: Path) -> list[EntityRow]:
    """Read a user's own names, which win over the shipped tables.

    CSV with a header, or TOML with ``[[name]]`` tables; the fields are ``canonical`` (required),
    ``type``, ``aliases`` (``|`` between them in CSV, a list in TOML) and ``native``
    (``ru=...``, or just the form when the script tells: then it is taken as ``ru``).

    Raises:
        TableError: Naming file, row and cure, all faults at once.
    """
    faults = Faults()
    rows: list[EntityRow] = []
    fields = ("canonical", "type", "aliases", "native")
    for place, cells in _user_rows(path, fields, faults):
        canonical = unicodedata.normalize("NFC", cells["canonical"].strip())
        if not canonical:
            faults.add(place, NO_CANONICAL)
            continue
        aliases = tuple(_split(cells["aliases"], "|"))
        refuse_repeats(map(str.casefold, aliases), place, "alias", faults)
        native = cells["native"]
        if native and "=" not in native:
            native = f"ru={native}"
        type_ = cells["type"] or "person"
        words = canonical.split()
        natives = _pairs(native, place, faults)
        if type_ == "person" and any(len(form.split()) != len(words) for _, form in natives):
            faults.add(place, f"native {native}: not word by word like '{canonical}'")
        rows.append(
            EntityRow(
                id=f"user:{slug(canonical)}",
                type=type_,
                canonical=canonical,
                family=words[-1] if type_ == "person" else "",
                native=natives,
                spellings=tuple(
                    ListedSpelling(alias, frozenset(), "exonym", path.name) for alias in aliases
                ),
                source=path.name,
                place=place,
                priority=1,
            )
        )
    _check_user_rows(rows, faults)
    faults.raise_if_any()
    return rows


def _check_user_rows(rows: list[EntityRow], faults: Faults) -> None:
    """No name twice, and no alias that another row would rewrite again (a cycle or a chain)."""
    canonical_of = {row.canonical.casefold(): row for row in rows}
    last = {row.id: row for row in rows}
    owner: dict[str, EntityRow] = {}
    for row in rows:
        if last[row.id] is not row:
            faults.add(row.place, f"'{row.canonical}' is listed twice; keep one row")
        for spelling in row.spellings:
            key = spelling.form.casefold()
            other = canonical_of.get(key)
            if other and other is not row:
                faults.add(
                    row.place,
                    f"alias '{spelling.form}' is the canonical name of {other.place}: "
                    "one would rewrite the other; delete the alias or that row",
                )
            if (first := owner.setdefault(key, row)) is not row:
                faults.add(
                    row.place,
                    f"alias '{spelling.form}' belongs to '{first.canonical}' as well "
                    f"({first.place}); an alias names one entity, delete one of them",
                )


def _user_rows(
    path: Path, fields: tuple[str, ...], faults: Faults
) -> Iterator[tuple[str, dict[str, str]]]:
    if path.suffix == ".toml":
        table = read_toml(path, faults)
        refuse_unknown(table, {"name"}, path.name, faults)
        for number, raw in enumerate(tables_under(table, "name", path.name, faults), 1):
            place = f"{path.name}: name {number}"
            refuse_unknown(raw, set(fields), place, faults)
            cells = dict.fromkeys(fields, "")
            for key, value in raw.items():
                texts = value if key == "aliases" and isinstance(value, list) else [value]
                if all(isinstance(one, str) for one in texts):
                    cells[key] = unicodedata.normalize("NFC", "|".join(texts))
                else:
                    what = "a list of texts" if key == "aliases" else "a text"
                    faults.add(place, f"'{key}' is not {what}; put it in quotes")
            yield place, cells
        return
    yield from read_csv(path, fields, faults, required=("canonical",))


# -- the smaller tables ----------------------------------------------------------------------


def load_given_names(path: Path, faults: Faults) -> Iterator[GivenName]:
    """Read the traditional equivalents of given names."""
    for place, cells in read_csv(path, ["native", "lang", "spelling", "langs", "source"], faults):
        if not cells["spelling"]:
            faults.add(place, "no spelling; fill the column or delete the row")
        yield GivenName(
            cells["native"].casefold(),
            cells["lang"],
            cells["spelling"],
            frozenset(cells["langs"].split()),
            cells["source"],
        )


def load_endings(folder: Path, faults: Faults) -> Iterator[Ending]:
    """Read the case endings, one file a language."""
    for path in sorted(folder.glob("*.toml")):
        table = read_toml(path, faults)
        refuse_unknown(table, {"lang", "source", "ending"}, path.name, faults)
        if lacks(table, ("lang", "source"), path.name, faults):
            continue
        for raw in tables_under(table, "ending", path.name, faults):
            place = f"{path.name}: ending {raw.get('id')}"
            known = {"id", "strip", "add", "parts", "gender", "change", "keep"}
            refuse_unknown(raw, known, place, faults)
            if not raw.get("change") or "keep" not in raw:
                faults.add(place, "lacks samples; add one to change and one to keep")
            if lacks(raw, ("id", "strip", "add"), place, faults):
                continue
            yield Ending(
                id=raw["id"],
                lang=table["lang"],
                strip=raw["strip"],
                add=tuple(raw["add"]),
                parts=frozenset(raw.get("parts", ("family",))),
                gender=raw.get("gender", ""),
                source=table["source"],
                change=_samples(raw.get("change", ()), place, faults),
                keep=tuple(raw.get("keep", ())),
            )


def load_guards(path: Path, faults: Faults) -> Iterator[Guard]:
    """Read the spellings that are also something else."""
    table = read_toml(path, faults)
    refuse_unknown(table, {"guard"}, path.name, faults)
    for number, raw in enumerate(tables_under(table, "guard", path.name, faults), 1):
        place = f"{path.name}: guard {raw.get('form', number)}"
        refuse_unknown(raw, {"form", "need", "near", "source", "change", "keep"}, place, faults)
        if raw.get("need") not in ("full-name", "context", "never"):
            faults.add(place, f"need '{raw.get('need')}' is none of full-name, context, never")
        if not raw.get("keep"):
            faults.add(place, "lacks 'keep'; give a text in which the spelling must stay")
        if lacks(raw, ("form",), place, faults):
            continue
        yield Guard(
            form=raw["form"],
            need=raw.get("need", ""),
            near=tuple(raw.get("near", ())),
            source=raw.get("source", ""),
            change=_samples(raw.get("change", ()), place, faults),
            keep=tuple(raw.get("keep", ())),
        )


def load_styles(path: Path, faults: Faults) -> Iterator[Style]:
    """Read the named choices among equal English spellings."""
    table = read_toml(path, faults)
    refuse_unknown(table, {"style"}, path.name, faults)
    ids: list[str] = []
    for number, raw in enumerate(tables_under(table, "style", path.name, faults), 1):
        place = f"{path.name}: style {raw.get('id', number)}"
        refuse_unknown(raw, {"id", "title", "choose", "source"}, place, faults)
        if lacks(raw, ("id", "title", "choose"), place, faults):
            continue
        ids.append(raw["id"])
        yield Style(raw["id"], raw["title"], tuple(raw["choose"]), raw.get("source", ""))
    refuse_repeats(ids, path.name, "style", faults)


# -- shared ----------------------------------------------------------------------------------


def slug(name: str) -> str:
    """Lower-case ASCII with hyphens, for ids: ``Tayyip Erdoğan`` -> ``tayyip-erdogan``."""
    plain = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("ł", "l"))
    ascii_only = "".join(c for c in plain.casefold() if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-") or name.casefold()


def _check_sources(tables: Tables, faults: Faults) -> None:
    """Every cited source is described in ``sources.toml``."""
    cited: set[tuple[str, str]] = set()
    for scheme in tables.schemes:
        cited.add((f"schemes: {scheme.id}", scheme.source))
    for row in tables.rows:
        cited.update((row.place, key) for key in _split(row.source, ";"))
        for spelling in row.spellings:
            cited.update((row.place, key) for key in re.split(r"[ ;]+", spelling.source))
    cited.update(("given_names.csv", name.source) for name in tables.given_names)
    cited.update((f"inflections: {end.lang}", end.source) for end in tables.endings)
    cited.update((f"guards.toml: {guard.form}", guard.source) for guard in tables.guards)
    for place, key in sorted(cited):
        if key not in tables.sources:
            faults.add(place, f"unknown source '{key}'; describe it in sources.toml")


def _spellings(cell: str, source: str, place: str, faults: Faults) -> Iterator[ListedSpelling]:
    for lang, form in _pairs(cell, place, faults):
        kind = "variant" if lang == "en" else "exonym"
        yield ListedSpelling(form, frozenset({lang}), kind, source)


def _pairs(cell: str, place: str, faults: Faults) -> tuple[tuple[str, str], ...]:
    """``ru=Путин|uk=Путін`` as pairs."""
    pairs = []
    for item in _split(cell, "|"):
        lang, equals, form = item.partition("=")
        if not equals or not form.strip():
            faults.add(place, f"'{item}' is not 'lang=form'")
            continue
        pairs.append((lang.strip(), form.strip()))
    return tuple(pairs)


def _split(cell: str, separator: str) -> tuple[str, ...]:
    return tuple(item for raw in cell.split(separator) if (item := raw.strip()))


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def _samples(raw: Iterable[Any], place: str, faults: Faults) -> tuple[tuple[str, str], ...]:
    """Samples of what stands there and what it becomes, as pairs."""
    pairs: list[tuple[str, str]] = []
    for sample in raw:
        if isinstance(sample, list) and list(map(type, sample)) == [str, str]:
            pairs.append((sample[0], sample[1]))
        else:
            faults.add(place, f"sample {sample!r} is not a pair of texts")
    return tuple(pairs)
