"""The engine that applies a romanization scheme, on small schemes made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.names.romanize import (
    MAX_DEVIATIONS,
    MAX_SPELLINGS,
    Scheme,
    SchemeRule,
    Spelling,
    capitalise,
    transcribe,
)
from normalizer.names.tables import default_seeds, load_schemes

RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
LATIN = "a,b,v,g,d,e,io,zh,z,i,y,k,l,m,n,o,p,r,s,t,u,f,kh,ts,ch,sh,shch,,y,,e,iu,ia"
LETTERS = {letter: (latin,) for letter, latin in zip(RUSSIAN, LATIN.split(","), strict=True)}


def scheme_of(*rules: SchemeRule, letters: Mapping[str, tuple[str, ...]] | None = None) -> Scheme:
    return Scheme(
        id="test",
        lang="xx",
        kind="press",
        title="",
        source="",
        letters={"ru": {**LETTERS, **(letters or {})}},
        rules=rules,
    )


def forms(spellings: list[Spelling]) -> list[str]:
    return [spelling.form for spelling in spellings]


def spelled(word: str, *rules: SchemeRule, part: str = "name", gender: str = "") -> list[str]:
    return forms(transcribe(word, scheme_of(*rules), "ru", part=part, gender=gender))


# -- letters ---------------------------------------------------------------------------------


def test_plain_letters() -> None:
    assert transcribe("Жуков", scheme_of(), "ru") == [Spelling("Zhukov", "xx", "test")]


@pytest.mark.parametrize(
    ("native", "form"),
    [
        ("Мамин-Сибиряк", "Mamin-Sibiriak"),
        ("ЖУКОВ", "Zhukov"),
        ("жуков", "Zhukov"),
        ("Й", "Y"),
        ("Йод", "Yod"),
        ("И\N{COMBINING BREVE}од", "Yod"),
    ],
)
def test_case_hyphens_and_composition(native: str, form: str) -> None:
    assert spelled(native) == [form]


@pytest.mark.parametrize("native", ["Zhukov", "Жyков", "Жуков2", "Жуков Иван", "Їжакевич"])
def test_a_letter_it_does_not_know_gives_nothing(native: str) -> None:
    assert spelled(native) == []


@pytest.mark.parametrize("native", ["", "ъ", "ьь"])
def test_nothing_to_write_gives_nothing(native: str) -> None:
    assert spelled(native) == []


def test_unknown_source_language_gives_nothing() -> None:
    assert transcribe("Жуков", scheme_of(), "bg") == []


@pytest.mark.parametrize("apostrophe", ["'", "\N{RIGHT SINGLE QUOTATION MARK}"])
def test_both_apostrophes_are_one_letter(apostrophe: str) -> None:
    scheme = scheme_of(letters={"'": ("",)})
    assert forms(transcribe(f"Лук{apostrophe}янов", scheme, "ru")) == ["Lukianov"]


def test_capitalises_every_hyphenated_piece() -> None:
    assert capitalise("bonch-bruevich") == "Bonch-Bruevich"
    assert capitalise("") == ""


# -- rules -----------------------------------------------------------------------------------


def rule(
    letters: str,
    *write: str,
    id: str = "r",
    after: tuple[str, ...] = (),
    before: tuple[str, ...] = (),
    parts: frozenset[str] = frozenset(),
    gender: str = "",
) -> SchemeRule:
    return SchemeRule(id, letters, write, after, before, parts=parts, gender=gender)


@pytest.mark.parametrize(
    ("after", "before", "native", "fires"),
    [
        ((), ("end",), "Путин", True),
        ((), ("end",), "Ильинский", False),
        (("start",), (), "Инин", True),
        (("vowel",), (), "Каин", True),
        (("vowel",), (), "Путин", False),
        (("consonant",), (), "Путин", True),
        (("hushing",), (), "Пригожин", True),
        (("hushing",), (), "Путин", False),
        (("sign",), (), "Ильин", True),
        (("sign",), (), "Путин", False),
        (("ть", "ж"), (), "Пригожин", True),
        ((), ("consonant",), "Минск", True),
        ((), ("а",), "Мизулина", True),
        ((), ("а",), "Путин", False),
        (("т",), ("end",), "Путин", True),
        (("т",), ("end",), "Инин", False),
    ],
)
def test_contexts(
    after: tuple[str, ...], before: tuple[str, ...], native: str, fires: bool
) -> None:
    made = transcribe(native, scheme_of(rule("ин", "ine", after=after, before=before)), "ru")
    assert bool(made[0].rules) is fires


def test_edges_are_those_of_a_hyphenated_piece() -> None:
    final = rule("ин", "ine", before=("end",))
    assert spelled("Мамин-Путин", final) == ["Mamine-Putine"]


def test_first_rule_that_fits_wins() -> None:
    longer = rule("ский", "ski", id="longer")
    shorter = rule("ий", "y", id="shorter")
    made = transcribe("Ильинский", scheme_of(longer, shorter), "ru")
    assert (made[0].form, made[0].rules) == ("Ilinski", ("longer",))
    made = transcribe("Ильинский", scheme_of(rule("с", "ss", id="s"), longer), "ru")
    assert (made[0].form, made[0].rules) == ("Ilinsskiy", ("s",))


def test_part_and_gender_bind_a_rule() -> None:
    family = rule("ин", "ine", parts=frozenset({"family"}), gender="m")
    assert spelled("Путин", family, part="family", gender="m") == ["Putine"]
    assert spelled("Путин", family, part="given", gender="m") == ["Putin"]
    assert spelled("Путин", family, part="family", gender="f") == ["Putin"]
    assert spelled("Путин", family, part="family") == ["Putin"]


def test_source_language_binds_a_rule() -> None:
    ukrainian = replace(rule("ин", "yn"), langs=frozenset({"uk"}))
    scheme = replace(scheme_of(ukrainian), letters={"ru": LETTERS, "uk": LETTERS})
    assert forms(transcribe("Путин", scheme, "ru")) == ["Putin"]
    assert forms(transcribe("Путин", scheme, "uk")) == ["Putyn"]


def test_rules_are_told_in_the_order_they_fired() -> None:
    first = rule("п", "p", id="p")
    last = rule("ин", "ine", id="in")
    assert transcribe("Путин", scheme_of(last, first), "ru")[0].rules == ("p", "in")


# -- choices ---------------------------------------------------------------------------------


def test_usual_spelling_first_then_by_deviations() -> None:
    choice = {"у": ("ou", "u"), "и": ("i", "y")}
    made = transcribe("Путин", scheme_of(letters=choice), "ru")
    assert [(m.form, m.deviations) for m in made] == [
        ("Poutin", 0),
        ("Putin", 1),
        ("Poutyn", 1),
        ("Putyn", 2),
    ]


def test_a_spelling_made_twice_counts_once_as_the_nearer() -> None:
    made = transcribe("Путин", scheme_of(letters={"у": ("u", "u", "ou")}), "ru")
    assert [(m.form, m.deviations) for m in made] == [("Putin", 0), ("Poutin", 1)]


def test_no_more_deviations_and_spellings_than_agreed() -> None:
    many = scheme_of(letters={"а": ("a", "o", "u", "i")})
    made = transcribe("абабабабаба", many, "ru")
    assert len(made) == MAX_SPELLINGS
    assert max(m.deviations for m in made) <= MAX_DEVIATIONS


# -- any word --------------------------------------------------------------------------------

WORDS = st.text(alphabet=RUSSIAN + RUSSIAN.upper() + "-'", max_size=24)
PART = st.sampled_from(["given", "patronymic", "family", "name"])
GENDER = st.sampled_from(["m", "f", ""])
SHIPPED = load_schemes(default_seeds() / "schemes")
SCHEME = st.sampled_from(SHIPPED)
LANG = st.sampled_from(["ru", "uk", "be"])


@settings(deadline=None)
@given(WORDS, SCHEME, LANG, PART, GENDER)
def test_what_holds_for_any_word(
    word: str, scheme: Scheme, lang: str, part: str, gender: str
) -> None:
    made = transcribe(word, scheme, lang, part=part, gender=gender)
    assert made == transcribe(word, scheme, lang, part=part, gender=gender)
    assert len(set(forms(made))) == len(made) <= MAX_SPELLINGS
    deviations = [m.deviations for m in made]
    assert deviations == sorted(deviations)
    assert all(0 <= n <= MAX_DEVIATIONS for n in deviations)
    for m in made:
        assert m.form
        assert (m.lang, m.scheme) == (scheme.lang, scheme.id)
        assert m.form.count("-") == word.count("-")
        assert m.form == capitalise(m.form)
        assert set(m.rules) <= {known.id for known in scheme.rules}


@settings(deadline=None)
@given(WORDS, SCHEME, LANG)
def test_case_does_not_matter(word: str, scheme: Scheme, lang: str) -> None:
    assert transcribe(word, scheme, lang) == transcribe(word.upper(), scheme, lang)


@settings(deadline=None)
@given(st.text(max_size=20), SCHEME)
def test_any_text_is_spelled_or_refused(text: str, scheme: Scheme) -> None:
    for made in transcribe(text, scheme, "ru"):
        assert made.form


@settings(deadline=None)
@given(st.text(alphabet=RUSSIAN, min_size=1, max_size=12), SCHEME)
def test_a_foreign_letter_anywhere_refuses_the_word(word: str, scheme: Scheme) -> None:
    for at in range(len(word) + 1):
        assert transcribe(word[:at] + "q" + word[at:], scheme, "ru") == []


@settings(deadline=None)
@given(st.text(alphabet=RUSSIAN, min_size=1, max_size=8), st.text(alphabet=RUSSIAN, max_size=8))
def test_usual_spelling_of_joined_words_is_the_usual_spellings_joined(
    left: str, right: str
) -> None:
    scheme = scheme_of(
        rule("ин", "ine", before=("end",)), rule("е", "ie", after=("start", "vowel"))
    )
    whole = transcribe(f"{left}-{right}", scheme, "ru")[0].form
    pieces = [transcribe(word, scheme, "ru") for word in (left, right)]
    assert whole == "-".join(made[0].form if made else "" for made in pieces)
