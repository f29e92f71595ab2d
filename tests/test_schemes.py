"""The romanization tables: every sample they carry, what they cover, and what the press writes.

The last part compares generated spellings with attested ones (``attested_spellings.csv``). What
the tables miss today is listed in ``known_failures.toml``; a miss that is mended fails the test
until it is taken off the list.
"""

from __future__ import annotations

import csv
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from normalizer.names.romanize import PARTS, Scheme, SchemeRule, Spelling, transcribe
from normalizer.names.table_files import Faults
from normalizer.names.tables import (
    default_seeds,
    load_given_names,
    load_schemes,
    load_sources,
)

HERE = Path(__file__).parent
SEEDS = default_seeds()
SCHEMES = load_schemes(SEEDS / "schemes")
GENDERS = ("", "m", "f")
ALPHABETS = {
    "ru": set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    "uk": set("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя'"),
    "be": set("абвгдеёжзійклмнопрстуўфхцчшыьэюя'"),
}
RULES = [(scheme, rule) for scheme in SCHEMES for rule in scheme.rules]
# The share of attested spellings that must be generated, diacritics aside. Set a little under
# what the tables reach: floors that may only rise.
FLOOR = 0.93
FLOOR_OF_A_LANGUAGE = 0.8
FEWEST_ROWS_FOR_A_FLOOR = 10


def readings(
    scheme: Scheme, native: str, rule: SchemeRule | None = None, langs: frozenset[str] = frozenset()
) -> Iterator[Spelling]:
    """Every spelling of a word, as any part and gender the rule holds for (or as any at all)."""
    langs = langs or (rule.langs if rule else frozenset()) or frozenset(scheme.letters)
    parts = (rule.parts if rule else frozenset()) or PARTS
    genders = (rule.gender,) if rule and rule.gender else GENDERS
    for lang, part, gender in product(sorted(langs), sorted(parts), genders):
        yield from transcribe(native, scheme, lang, part=part, gender=gender)


def rule_name(value: object) -> str | None:
    """A readable test id: scheme and rule side by side."""
    return value.id if isinstance(value, (Scheme, SchemeRule)) else None


# -- the samples of the tables ---------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "rule"), RULES, ids=rule_name)
def test_rule_changes_its_samples(scheme: Scheme, rule: SchemeRule) -> None:
    for native, form in rule.change:
        found = {made.form for made in readings(scheme, native, rule) if rule.id in made.rules}
        assert form in found, f"{native}: rule gives {sorted(found)}"


@pytest.mark.parametrize(("scheme", "rule"), RULES, ids=rule_name)
def test_rule_keeps_its_counter_samples(scheme: Scheme, rule: SchemeRule) -> None:
    """The rule's letters stand there, the spelling comes out, and not by this rule."""
    for native, form in rule.keep:
        assert rule.letters in native.lower(), f"{native}: the rule's letters are not in it"
        # Where the rule may fire at all it must not; that the word can be spelled otherwise may
        # be shown as another part of a name or another gender.
        fired = [made for made in readings(scheme, native, rule) if rule.id in made.rules]
        quiet = {made.form for made in readings(scheme, native) if rule.id not in made.rules}
        assert form in quiet, f"{native}: without the rule {sorted(quiet)}"
        assert form not in {made.form for made in fired}, f"{native}: the rule fires for {form}"


@pytest.mark.parametrize("scheme", SCHEMES, ids=rule_name)
def test_samples_hold(scheme: Scheme) -> None:
    assert len(scheme.samples) >= 6
    for lang, native, form in scheme.samples:
        found = {made.form for made in readings(scheme, native, langs=frozenset({lang}))}
        assert form in found, f"{lang} {native}: gives {sorted(found)}"


@pytest.mark.parametrize("scheme", SCHEMES, ids=rule_name)
def test_every_letter_has_a_sample(scheme: Scheme) -> None:
    natives = {native for _, native, _ in scheme.samples}
    for rule in scheme.rules:
        natives.update(native for native, _ in rule.change + rule.keep)
    shown = set("".join(natives).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    letters = {letter for table in scheme.letters.values() for letter in table}
    assert letters - shown == set()


# -- the tables as a whole -------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES, ids=rule_name)
def test_alphabets_are_complete(scheme: Scheme) -> None:
    """A press convention reads all three languages; an official one may be made for one only."""
    served = {lang for lang, table in scheme.letters.items() if table}
    if scheme.kind == "press":
        assert served >= set(ALPHABETS)
    assert served & set(ALPHABETS)
    for lang in served & set(ALPHABETS):
        read = set(scheme.letters[lang])
        # A letter may be served by rules alone when one of them holds in any context.
        read |= {
            rule.letters
            for rule in scheme.rules
            if not (rule.after or rule.before or rule.parts or rule.gender)
            and (not rule.langs or lang in rule.langs)
        }
        assert ALPHABETS[lang] - read == set()


@pytest.mark.parametrize(("scheme", "rule"), RULES, ids=rule_name)
def test_rule_is_not_hidden_by_an_earlier_one(scheme: Scheme, rule: SchemeRule) -> None:
    """An earlier rule that reads a beginning of the same letters always would win every time."""
    for earlier in scheme.rules[: scheme.rules.index(rule)]:
        always = not (earlier.after or earlier.before or earlier.parts or earlier.gender)
        same_langs = not earlier.langs or (rule.langs and rule.langs <= earlier.langs)
        assert not (always and same_langs and rule.letters.startswith(earlier.letters)), earlier.id


@pytest.mark.parametrize("scheme", SCHEMES, ids=rule_name)
def test_writes_latin_composed_letters(scheme: Scheme) -> None:
    written = [
        form for table in scheme.letters.values() for forms in table.values() for form in forms
    ]
    written += [form for rule in scheme.rules for form in rule.write]
    for form in written:
        assert unicodedata.normalize("NFC", form) == form
        for letter in form:
            name = unicodedata.name(letter)
            assert not letter.isalpha() or name.startswith(("LATIN", "MODIFIER")), f"{form}: {name}"


# Two people each: no scheme may spell one as it spells the other.
APART = [
    ("ru", "family", "Иванов", "m", "Иванова", "f"),
    ("ru", "family", "Путин", "m", "Путина", "f"),
    ("ru", "family", "Медведев", "m", "Медведева", "f"),
    ("ru", "family", "Навальный", "m", "Навальная", "f"),
    ("ru", "family", "Тихановский", "m", "Тихановская", "f"),
    ("uk", "family", "Зеленський", "m", "Зеленська", "f"),
    ("be", "family", "Ціханоўскі", "m", "Ціханоўская", "f"),
    ("uk", "family", "Шевченко", "m", "Савченко", "f"),
    ("ru", "given", "Александр", "m", "Александра", "f"),
    ("ru", "given", "Валерий", "m", "Валерия", "f"),
    ("ru", "given", "Евгений", "m", "Евгения", "f"),
    ("ru", "given", "Владимир", "m", "Владислав", "m"),
    ("ru", "given", "Алексей", "m", "Александр", "m"),
    ("ru", "given", "Юрий", "m", "Юлий", "m"),
    ("ru", "patronymic", "Владимирович", "m", "Владимировна", "f"),
]


@pytest.mark.parametrize("scheme", SCHEMES, ids=rule_name)
@pytest.mark.parametrize("pair", APART, ids=lambda pair: f"{pair[2]}-{pair[4]}")
def test_two_people_are_spelled_apart(
    scheme: Scheme, pair: tuple[str, str, str, str, str, str]
) -> None:
    lang, part, one, gender, other, other_gender = pair
    ones = {m.form for m in transcribe(one, scheme, lang, part=part, gender=gender)}
    others = {m.form for m in transcribe(other, scheme, lang, part=part, gender=other_gender)}
    assert ones & others == set()


# -- given names -----------------------------------------------------------------------------


def test_given_names_are_sorted_and_single() -> None:
    with (SEEDS / "given_names.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row) for row in csv.reader(file)][1:]
    assert rows == sorted(rows)
    said = Counter((*row[:3], lang) for row in rows for lang in row[3].split())
    assert [fact for fact, n in said.items() if n > 1] == []


def test_given_names_are_in_the_letters_of_their_language() -> None:
    faults = Faults()
    names = list(load_given_names(SEEDS / "given_names.csv", faults))
    faults.raise_if_any()
    for name in names:
        assert set(name.native) <= ALPHABETS[name.native_lang], name
        assert name.langs, name
        assert all("LATIN" in unicodedata.name(letter) for letter in name.spelling), name


def test_given_names_say_what_no_scheme_makes() -> None:
    """A spelling that every one of its languages generates anyway is noise: delete its rows."""
    langs: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for name in load_given_names(SEEDS / "given_names.csv", Faults()):
        langs[name.native, name.native_lang, name.spelling] |= name.langs
    idle = [
        f"{native} {spelling}"
        for (native, native_lang, spelling), used in langs.items()
        if all(
            spelling in generated(native, native_lang, gender_of(native), "given", lang)
            for lang in used
        )
    ]
    assert idle == []


def gender_of(native: str) -> str:
    """Good enough for the given names of the table: Никита and Илья are not women's names."""
    return "f" if native[-1] in "ая" and native not in {"никита", "илья"} else "m"


# -- against attested spellings --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attested:
    """One spelling somebody uses, a row of ``attested_spellings.csv``."""

    native: str
    lang: str
    gender: str
    part: str
    spelling: str
    spelling_lang: str
    source: str

    @property
    def key(self) -> str:
        return f"{self.native}:{self.lang}:{self.part}:{self.spelling_lang}:{self.spelling}"


def attested_spellings() -> list[Attested]:
    with (HERE / "attested_spellings.csv").open(encoding="utf-8", newline="") as file:
        return [Attested(**row) for row in csv.DictReader(file)]


def known_failures() -> set[str]:
    path = HERE / "known_failures.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return set(table.get("attested", {}).get("missed", ()))


ATTESTED = attested_spellings()
KNOWN = known_failures()
SERVED = {scheme.lang for scheme in SCHEMES}


def fold(form: str) -> str:
    """Without stress marks and other diacritics, which writers drop and add at will."""
    plain = form.replace("ł", "l").replace("Ł", "L").replace("ı", "i")
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


@cache
def generated(native: str, lang: str, gender: str, part: str, spelling_lang: str) -> frozenset[str]:
    """What all schemes of a language community make of a word."""
    return frozenset(
        made.form
        for scheme in SCHEMES
        if scheme.lang == spelling_lang
        for made in transcribe(native, scheme, lang, part=part, gender=gender)
    )


@cache
def traditional() -> dict[tuple[str, str, str], frozenset[str]]:
    """Listed given names by native form, its language and the language of the spelling."""
    listed: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for name in load_given_names(SEEDS / "given_names.csv", Faults()):
        for lang in name.langs:
            listed[name.native, name.native_lang, lang].add(name.spelling)
    return {key: frozenset(forms) for key, forms in listed.items()}


def is_found(row: Attested) -> bool:
    forms = generated(row.native, row.lang, row.gender, row.part, row.spelling_lang)
    if row.part == "given":
        forms |= traditional().get(
            (row.native.casefold(), row.lang, row.spelling_lang), frozenset()
        )
    return fold(row.spelling) in {fold(form) for form in forms}


@pytest.mark.parametrize("row", ATTESTED, ids=lambda row: row.key)
def test_attested_spelling_is_generated(row: Attested) -> None:
    if row.spelling_lang not in SERVED:
        pytest.skip(f"no scheme writes {row.spelling_lang}")
    found = is_found(row)
    if row.key in KNOWN:
        assert not found, "found at last: take it off tests/known_failures.toml"
    else:
        assert found, f'add "{row.key}" to tests/known_failures.toml or mend the table'


def test_known_failures_name_attested_rows() -> None:
    assert KNOWN - {row.key for row in ATTESTED} == set()


def test_attested_rows_are_enough_sorted_and_sourced() -> None:
    assert len(ATTESTED) >= 250
    natives = [row.native for row in ATTESTED]
    assert natives == sorted(natives)
    assert [
        key for key, n in Counter(row.key + row.gender for row in ATTESTED).items() if n > 1
    ] == []
    faults = Faults()
    sources: set[str] = set()
    for path in sorted(SEEDS.glob("sources*.toml")):
        sources |= set(load_sources(path, faults))
    faults.raise_if_any()
    assert {row.source for row in ATTESTED} <= sources


def test_share_of_attested_spellings_found() -> None:
    rows = [row for row in ATTESTED if row.spelling_lang in SERVED]
    found = Counter(row.spelling_lang for row in rows if is_found(row))
    total = Counter(row.spelling_lang for row in rows)
    assert found.total() / total.total() >= FLOOR
    low = {
        lang: f"{found[lang]} of {n}"
        for lang, n in total.items()
        if n >= FEWEST_ROWS_FOR_A_FLOOR and found[lang] / n < FLOOR_OF_A_LANGUAGE
    }
    assert low == {}
