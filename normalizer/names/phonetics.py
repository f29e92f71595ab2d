"""How names sound when nobody says which language spelled them: graphemes, sound keys, families.

The tables in ``seeds/phonetics`` say which sounds a grapheme may stand for in each convention. A
spelling whose language is unknown is cut into the longest graphemes that mean one sound somewhere;
what each of them answers to on the other side is learned (`similarity.SoundCosts`), with the
tables as the prior belief.

A sound key is not a romanization: it only brings together what might be the same name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from unidecode import unidecode

from normalizer.names.fold import fold
from normalizer.names.table_files import Faults, lacks, read_csv, read_toml, refuse_unknown

# More letters than any name has; a longer string is looked at no further than this.
MAX_LETTERS = 200
_APOSTROPHES = dict.fromkeys(
    map(
        ord,
        "'`\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}"
        "\N{MODIFIER LETTER APOSTROPHE}\N{MODIFIER LETTER TURNED COMMA}\N{PRIME}"
        "\N{MODIFIER LETTER LEFT HALF RING}\N{MODIFIER LETTER RIGHT HALF RING}\N{ACUTE ACCENT}",
    )
)
_WORD = re.compile(r"[^\W\d_]+")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_BONES = re.compile("[aiu]")
_VOWELLED_SCRIPTS = frozenset(
    {"CYRILLIC", "GREEK", "GEORGIAN", "ARMENIAN", "HANGUL", "HIRAGANA", "KATAKANA"}
)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")

TERRITORY_COLUMNS = ("form", "english", "languages", "source")
HAN_COLUMNS = ("character", "pinyin", "vietnamese", "frequency", "source")
WADE_GILES_COLUMNS = ("pinyin", "wade_giles", "source")


@dataclass(frozen=True, slots=True)
class Convention:
    """What the graphemes of one spelling convention sound like.

    Attributes:
        id: Short name of the convention, the stem of its file.
        title: For people.
        languages: BCP 47 codes of the languages that spell so; private ones for romanizations.
        sounds: Grapheme to its possible sounds, likeliest first. Sounds are IPA letters, one a
            sound; affricates are ligatures.
        samples: ``(spelling, sounds)`` that one of the readings must give.
        source: Key in ``seeds/sources.toml``.
    """

    id: str
    title: str
    languages: tuple[str, ...]
    sounds: Mapping[str, tuple[str, ...]]
    samples: tuple[tuple[str, str], ...]
    source: str


@dataclass(frozen=True, slots=True)
class HanReading:
    """How a Chinese character is read: pinyin without tones; ``vietnamese`` may be empty."""

    pinyin: str
    vietnamese: str
    frequency: int


@dataclass(frozen=True, slots=True)
class Phonetics:
    """The tables of ``seeds/phonetics``, checked.

    Attributes:
        conventions: By id.
        units: Graphemes that are cut as one where the language is unknown.
        classes: Grapheme to class of the sound key.
        other_classes: ``(grapheme, class)``: second readings of a looked-up name.
        families: Folded word to the families (cognates, short forms, meanings) it belongs to.
        exonyms: Folded English name of a country or city to its names in other languages.
        han: Character to reading.
        sino_vietnamese: Vietnamese syllable to pinyin syllables, commonest first.
        wade_giles: Syllable, apostrophes dropped, to pinyin syllables.
        particles, patronymics, legal_forms, titles: Folded words and endings of little weight.
        legal_phrases: Legal forms of several words to their short form.
        legal_equals: Legal forms to the one they count as.
        abbreviations: Short word to full word, in names of firms and offices.
        numbers: Number word or Roman numeral to digits.
    """

    conventions: Mapping[str, Convention]
    units: tuple[str, ...]
    classes: Mapping[str, str]
    other_classes: tuple[tuple[str, str], ...]
    families: Mapping[str, tuple[str, ...]]
    exonyms: Mapping[str, tuple[str, ...]]
    han: Mapping[str, HanReading]
    sino_vietnamese: Mapping[str, tuple[str, ...]]
    wade_giles: Mapping[str, tuple[str, ...]]
    particles: frozenset[str]
    patronymics: tuple[str, ...]
    legal_forms: frozenset[str]
    legal_phrases: Mapping[str, str]
    legal_equals: Mapping[str, str]
    abbreviations: Mapping[str, str]
    numbers: Mapping[str, str]
    titles: frozenset[str]


def load_phonetics(folder: Path) -> Phonetics:
    """Read and check the sound tables.

    Args:
        folder: ``seeds/phonetics``.

    Raises:
        TableError: All faults at once, each with file and field.
    """
    faults = Faults()
    shared = {
        name: read_toml(folder / f"{name}.toml", faults)
        for name in ("units", "keys", "name_parts", "given_names", "words")
    }
    conventions = {
        convention.id: convention
        for path in sorted(folder.glob("*.toml"))
        if path.stem not in shared
        for convention in _convention(path, faults)
    }
    parts = shared["name_parts"]
    families: dict[str, list[str]] = {}
    for file, section, prefix in (
        ("given_names", "cognates", "name"),
        ("given_names", "short", "name"),
        ("words", "words", "word"),
    ):
        for key, forms in shared[file].get(section, {}).items():
            for form in sorted({key, *forms}):
                if fold(form) != form:
                    faults.add(f"{file}.toml: {key}", f"{form!r} is not folded")
                families.setdefault(form, []).append(f"{prefix}:{key}")
    exonyms: dict[str, list[str]] = {}
    for _, row in read_csv(folder / "territories.csv", TERRITORY_COLUMNS, faults):
        exonyms.setdefault(_place_key(row["english"]), []).append(row["form"])
    han = {
        row["character"]: HanReading(row["pinyin"], row["vietnamese"], int(row["frequency"]))
        for _, row in read_csv(folder / "han_readings.csv", HAN_COLUMNS, faults)
    }
    wade: dict[str, list[str]] = {}
    for _, row in read_csv(folder / "wade_giles.csv", WADE_GILES_COLUMNS, faults):
        wade.setdefault(fold(row["wade_giles"]), []).append(row["pinyin"])
    faults.raise_if_any()
    keys = shared["keys"]
    return Phonetics(
        conventions=conventions,
        units=tuple(sorted(shared["units"]["units"], key=lambda unit: (-len(unit), unit))),
        classes=keys["classes"],
        other_classes=tuple((row["grapheme"], row["class"]) for row in keys["other"]),
        families={form: tuple(sorted(set(names))) for form, names in families.items()},
        exonyms={name: tuple(forms) for name, forms in exonyms.items()},
        han=han,
        sino_vietnamese=_vietnamese_index(han.values()),
        wade_giles={syllable: tuple(found) for syllable, found in wade.items()},
        particles=frozenset(parts["particles"]),
        patronymics=tuple(sorted(set(parts["patronymics"]))),
        legal_forms=frozenset(parts["legal_forms"]),
        legal_phrases=parts["legal_phrases"],
        legal_equals=parts["legal_equals"],
        abbreviations=parts["abbreviations"],
        numbers=parts["numbers"],
        titles=frozenset(parts["titles"]),
    )


@lru_cache(maxsize=4)
def cached_phonetics(folder: Path) -> Phonetics:
    """`load_phonetics`, read once a process."""
    return load_phonetics(folder)


def name_tokens(name: str) -> tuple[str, ...]:
    """The words of a name, lower-cased, with their diacritics; digits and punctuation part words.

    Hyphens part words, apostrophes join them (``Ta'izz`` is one word). Letters of other scripts
    come romanized letter by letter; a Korean or Chinese syllable is a word, as in their Latin
    spellings. A string of no letters gives an empty tuple.
    """
    text = unicodedata.normalize("NFC", name[: 4 * MAX_LETTERS]).casefold()[:MAX_LETTERS]
    text = text.translate(_APOSTROPHES).replace("i\N{COMBINING DOT ABOVE}", "i")
    words = _WORD.findall(text)
    if text.isascii() or all(_is_latin(word) for word in words):
        return tuple(words)
    return tuple(
        part for word in words for part in ([word] if _is_latin(word) else _romanized(word))
    )


def _romanized(word: str) -> list[str]:
    if _HANGUL.search(word):
        word = " ".join(word)
    return _WORD.findall(unidecode(word).casefold())


def _is_latin(word: str) -> bool:
    return word.isascii() or all(c < "\u0250" or "\u1e00" <= c < "\u1f00" for c in word)


class UnitCutter:
    """Cuts a word into graphemes, longest first.

    A doubled letter counts once; a letter that no table knows falls back to its plain form.
    """

    def __init__(self, phonetics: Phonetics) -> None:
        singles = {
            grapheme
            for convention in phonetics.conventions.values()
            for grapheme in convention.sounds
            if len(grapheme) == 1 and grapheme.isalpha()
        }
        singles.update("abcdefghijklmnopqrstuvwxyz")
        self._singles = frozenset(singles)
        self._pattern = re.compile("|".join([*map(re.escape, phonetics.units), "."]))
        self.vocabulary = tuple(sorted(singles | set(phonetics.units)))

    def cut(self, word: str) -> list[str]:
        """The graphemes of one lower-cased word."""
        units: list[str] = []
        for piece in self._pattern.findall(word):
            for unit in (
                (piece,) if len(piece) > 1 or piece in self._singles else tuple(fold(piece))
            ):
                if not (len(unit) == 1 and units and units[-1] == unit):
                    units.append(unit)
        return units


class SoundClasses(Protocol):
    """The part of `Phonetics` that sound keys are made from."""

    @property
    def classes(self) -> Mapping[str, str]:
        """Grapheme to class."""
        ...  # pragma: no cover - protocol

    @property
    def other_classes(self) -> Sequence[tuple[str, str]]:
        """Second readings, as grapheme and class."""
        ...  # pragma: no cover - protocol


class SoundKeys:
    """The coarse key of a folded word, and its other readings."""

    def __init__(self, phonetics: SoundClasses) -> None:
        self._classes = dict(phonetics.classes)
        longest_first = sorted(self._classes, key=len, reverse=True)
        self._pattern = re.compile("|".join([*map(re.escape, longest_first), "."]))
        self._others = phonetics.other_classes

    def key(self, word: str) -> str:
        """The key of one folded word; may be empty (``Oh`` keeps its vowel, ``H`` is silent)."""
        classes = self._classes
        return _single("".join([classes.get(u, u) for u in self._pattern.findall(word)]))

    def bones(self, word: str) -> str:
        """The consonants of the key: what the vowels of another language leave standing."""
        return _BONES.sub("", self.key(word))

    def all_bones(self, word: str) -> set[str]:
        """`bones` of the word and of its other readings."""
        return {self.bones(word), *(_BONES.sub("", key) for key in self.other_keys(word))}

    def other_keys(self, word: str) -> list[str]:
        """Keys of the word with one ambiguous grapheme read the other way, where it has one."""
        units: list[str] | None = None
        keys = []
        for grapheme, other in self._others:
            if grapheme in word:
                units = units or self._pattern.findall(word)
                if grapheme in units:
                    classes = self._classes
                    keys.append(
                        _single(
                            "".join([other if u == grapheme else classes.get(u, u) for u in units])
                        )
                    )
        return keys


def _single(text: str) -> str:
    """Doubled letters once."""
    return "".join([c for i, c in enumerate(text) if not i or c != text[i - 1]])


def readings(word: str, convention: Convention, *, base: Convention | None = None) -> list[str]:
    """How a word may sound in one convention: at most 64 readings, likeliest first.

    Args:
        word: Lower-cased word with its diacritics.
        convention: Whose graphemes to read by, longest first.
        base: Where letters the convention does not mention are looked up.
    """
    sounds = {**(base.sounds if base else {}), **convention.sounds}
    longest = max(map(len, sounds))
    found = [""]
    at = 0
    while at < len(word):
        size = next((n for n in range(longest, 0, -1) if word[at : at + n] in sounds), 0)
        options = sounds[word[at : at + size]] if size else (fold(word[at]),)
        found = [head + sound for head in found for sound in options][:64]
        at += size or 1
    return found


def families_of(word: str, phonetics: Phonetics) -> tuple[str, ...]:
    """Families of a folded word; an inflected one is tried without its ending."""
    found = phonetics.families.get(word)
    if found or len(word) < 6:
        return found or ()
    for stem in (word[:-1], word[:-2], word[:-1] + "a", word[:-2] + "a"):
        found = phonetics.families.get(stem)
        if found:
            return tuple(name for name in found if name.startswith("word:"))
    return ()


def exonyms_of(name: str, phonetics: Phonetics) -> tuple[str, ...]:
    """Names in other languages of the country or city that a listed name spells in English."""
    return phonetics.exonyms.get(_place_key(name), ())


def _place_key(name: str) -> str:
    return " ".join(fold(word) for word in name_tokens(name.replace("St.", "Saint"))) or name


def respellings(words: tuple[str, ...], phonetics: Phonetics, *, limit: int = 4) -> list[str]:
    """Pinyin spellings of a name written in Wade-Giles or in Sino-Vietnamese readings.

    Family name first, the given name in one word, as the press writes it. Empty unless every word
    is a syllable of the system, and of no other use: a name of one word is left alone.
    """
    if not 2 <= len(words) <= 4:
        return []
    found: list[str] = []
    syllables = [phonetics.wade_giles.get(fold(word), ()) for word in words]
    if all(syllables):
        found += _pinyin(syllables, limit)
    if any(not word.isascii() for word in words):
        syllables = [
            phonetics.sino_vietnamese.get(unicodedata.normalize("NFC", word), ()) for word in words
        ]
        if all(syllables):
            found += _pinyin(syllables, limit)
    plain = " ".join(words)
    return [name for name in dict.fromkeys(found) if name != plain]


def _pinyin(syllables: list[tuple[str, ...]], limit: int) -> list[str]:
    """Combinations in order of the sum of ranks, so that the likeliest readings come first."""
    combined: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    for options in syllables:
        combined = sorted(
            (rank + extra, (*head, option))
            for rank, head in combined
            for extra, option in enumerate(options[:3])
        )[: 2 * limit]
    return [f"{names[0]} {''.join(names[1:])}" for _, names in combined[:limit]]


def _vietnamese_index(han: Iterable[HanReading]) -> dict[str, tuple[str, ...]]:
    """Vietnamese reading to pinyin syllables, those of the commonest characters first."""
    weights: dict[str, dict[str, float]] = {}
    for reading in han:
        if reading.vietnamese:
            per_pinyin = weights.setdefault(reading.vietnamese, {})
            weight = 2.0**-reading.frequency
            per_pinyin[reading.pinyin] = per_pinyin.get(reading.pinyin, 0.0) + weight
    return {
        syllable: tuple(sorted(found, key=lambda pinyin: (-found[pinyin], pinyin)))
        for syllable, found in weights.items()
    }


def native_spellings(native: str, lang: str, phonetics: Phonetics) -> list[str]:
    """Latin spellings of a native-script name that no other column gives.

    Chinese is read character by character, in pinyin and in Sino-Vietnamese. Scripts that write no
    vowels (Arabic, Hebrew) and Japanese kanji give nothing: a guess would do harm.
    """
    name = unicodedata.normalize("NFC", native).strip()
    if "," in name:
        family, _, given = name.partition(",")
        name = f"{given.strip()} {family.strip()}"
    if _HAN.search(name):
        characters = [c for c in name if _HAN.match(c)]
        if lang not in {"zh", ""} or not 2 <= len(characters) <= 4 or len(characters) != len(name):
            return []
        found = [phonetics.han.get(c) for c in characters]
        if any(reading is None for reading in found):
            return []
        read = [reading for reading in found if reading is not None]
        spelled = [_pinyin([(reading.pinyin,) for reading in read], 1)[0]]
        if all(reading.vietnamese for reading in read):
            spelled.append(" ".join(reading.vietnamese for reading in read))
        return spelled
    scripts = {unicodedata.name(c, "").partition(" ")[0] for c in name if c.isalpha()}
    if scripts and scripts <= _VOWELLED_SCRIPTS:
        return [unidecode(name)]
    return []


_FIELDS = {"id", "title", "languages", "sounds", "source", "sample"}


def _convention(path: Path, faults: Faults) -> Iterator[Convention]:
    raw = read_toml(path, faults)
    refuse_unknown(raw, _FIELDS, path.name, faults)
    if lacks(raw, sorted(_FIELDS), path.name, faults):
        return
    if raw["id"] != path.stem:
        faults.add(path.name, f"id {raw['id']!r} is not the name of the file")
    for grapheme, sounds in raw["sounds"].items():
        if grapheme != unicodedata.normalize("NFC", grapheme) or not grapheme:
            faults.add(f"{path.name}: sounds", f"{grapheme!r} is not NFC")
        if not isinstance(sounds, list) or not sounds or len(set(sounds)) != len(sounds):
            faults.add(f"{path.name}: sounds", f"{grapheme!r}: wants a list of different sounds")
    yield Convention(
        id=raw["id"],
        title=raw["title"],
        languages=tuple(raw["languages"]),
        sounds={grapheme: tuple(sounds) for grapheme, sounds in raw["sounds"].items()},
        samples=tuple((sample["spelling"], sample["sounds"]) for sample in raw["sample"]),
        source=raw["source"],
    )
