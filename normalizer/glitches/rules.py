"""The glitch tables of ``seeds/glitches/``: read, checked, all faults named at once.

A pattern is words with spaces between, and nothing of a regular expression:

=================  ===========================================================================
``[overload]``     the part a reader would mark; without brackets it is the whole pattern
``ties|relations`` one of several words
``~strike``        the word in any form: strike, strikes, struck, striking
``the?``           a word that may be missing
``<name>``         a word class, see `CLASSES`
``<gap>``          up to three words of any kind
`` ,`` at the end  a comma must follow
=================  ===========================================================================

In a suggestion ``~strike`` takes the form that the last ``~`` word of the marked part had. A hyphen
in the text separates words, so ``long range`` also finds ``long-range``.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from normalizer.glitches.pieces import word_set
from normalizer.names.table_files import Faults, read_toml, refuse_unknown
from normalizer.names.tables import default_seeds, load_sources

# Words that name their grammatical class well enough to stand in a pattern.
DETERMINERS = word_set(
    "a an the this that these those its his her their our my your any some no every each"
)
PRONOUNS = word_set("him her them it us me you himself herself itself themselves")
BE = word_set("is are was were be been being am")
HAVE = word_set("has have had having")
PREPOSITIONS = word_set(
    "about after against at before between by during for from in into of on over through to "
    "towards under until with within without"
)
NUMBER_WORDS = word_set(
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty "
    "fifty sixty seventy eighty ninety hundred several many few"
)
WORD_CLASSES = {"<det>": DETERMINERS, "<pron>": PRONOUNS, "<be>": BE, "<have>": HAVE}
WORD_CLASSES |= {"<prep>": PREPOSITIONS}
SHAPE_CLASSES = frozenset({"<word>", "<name>", "<num>", "<ing>", "<noun>"})
CLASSES = frozenset({*WORD_CLASSES, *SHAPE_CLASSES, "<gap>"})
# The list of English words begins at three letters; these are the shorter ones.
SHORT_WORDS = word_set(
    "a i am an as at be by do go he if in is it me my no of oh on or so to up us we ok com co "
    "pre des"
)
# Words too common to look a pattern up by.
_COMMON = frozenset().union(
    DETERMINERS,
    PRONOUNS,
    BE,
    HAVE,
    PREPOSITIONS,
    NUMBER_WORDS,
    word_set(
        "and or but as not he she they we i who which will would can could has first new said "
        "more year years people also other all was time out up second third last next general "
        "announced security control sunday monday tuesday wednesday thursday friday saturday "
        "ministry about days day information take military support get state national since "
        "according power part area police left news president minister government country "
        "countries city region public international political economic world social court case "
        "party law work company department representative white long along make made give given "
        "go come see told number large great high former local head member members group "
        "january february march april may june july august september october november december "
        "service system team home school services question war forces army russian american "
        "that's right man woman men women union council office director chief during life "
        "million thousand money market end way"
    ),
)
# One pattern with five optional words is a slip, not a wish.
MAX_SEQUENCES = 64
MAX_WINDOW = 60
JUNK_KINDS = frozenset({"line", "start", "list", "anywhere"})


@dataclass(frozen=True, slots=True)
class Sequence:
    """One way to write a pattern: a fixed number of words.

    Attributes:
        steps: For each word the forms it may have; a name such as ``<num>`` among them stands for
            every word of that shape.
        marked: First and last-but-one index of the part a reader would mark.
        anchor: Index of the word to look it up by.
        tags: Form -> inflection, for the last ``~`` word of the marked part.
        tagged: Index of that word; -1 without one.
        comma: Whether a comma must follow.
    """

    steps: tuple[frozenset[str], ...]
    marked: tuple[int, int]
    anchor: int
    tags: Mapping[str, str]
    tagged: int
    comma: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """A suggestion: fixed text around one word that may take several forms.

    Attributes:
        before: Text up to that word; the whole text where no word changes.
        forms: Inflection -> form; empty where no word changes.
        after: Text behind it.
    """

    before: str
    forms: Mapping[str, str]
    after: str

    def write(self, tag: str) -> str:
        """The text with its word in one inflection."""
        return self.before + self.forms.get(tag, self.forms.get("", "")) + self.after


@dataclass(frozen=True, slots=True)
class LexicalRule:
    """A false friend, calque or confusion of news language.

    Attributes:
        id: Unique among all rules.
        category: As in `normalizer.annotation.Flag`.
        sequences: Every way to write its patterns.
        suggest: What could stand there, best first; may be empty.
        near: Words of which one must stand within ``window`` words; empty asks for none.
        without: Words that veto within ``window`` words.
        window: Words on either side.
        langs: Source languages in which the confusion arises; empty means any.
        score: Probability of an error where the pattern and its context stand, with the source
            language unknown.
        message: Why, for a person.
        source: Key in ``sources.toml``.
        flag: Texts it must flag.
        keep: Texts in which it must stay silent.
        place: File and rule, for messages.
    """

    id: str
    category: str
    sequences: tuple[Sequence, ...]
    suggest: tuple[Wording, ...]
    near: frozenset[str]
    without: frozenset[str]
    window: int
    langs: frozenset[str]
    score: float
    message: str
    source: str
    flag: tuple[str, ...]
    keep: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class JunkRule:
    """Scraping junk: literal texts and where they stand.

    Attributes:
        kind: ``line`` is the whole line, ``start`` its beginning, ``list`` a heading together
            with the bullets under it, ``anywhere`` a part of a line.
        texts: In lower case, spaces single.
    """

    id: str
    kind: str
    texts: tuple[str, ...]
    score: float
    source: str
    flag: tuple[str, ...]
    keep: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class MechanicalRule:
    """How sure a detector of `normalizer.glitches.mechanical` is, and its samples."""

    id: str
    category: str
    score: float
    message: str
    source: str
    flag: tuple[str, ...]
    keep: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class GlitchRules:
    """Everything in ``seeds/glitches/``, checked.

    Attributes:
        lexicon: Rules of all language files.
        junk: Junk rules.
        mechanical: Rules by id.
        function_words: Language -> its commonest words, none of them English.
        foreign_words: The function words of all languages together.
        words: English words in lower case, with the rare ones.
        common_words: English words without the rare ones.
        names: English given names and surnames in lower case.
        affixes: Prefixes and endings that English adds freely to a known word.
    """

    lexicon: tuple[LexicalRule, ...]
    junk: tuple[JunkRule, ...]
    mechanical: Mapping[str, MechanicalRule]
    function_words: Mapping[str, frozenset[str]]
    foreign_words: frozenset[str]
    words: frozenset[str]
    common_words: frozenset[str]
    names: frozenset[str]
    affixes: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, Mapping[str, Any]]


def load_glitch_rules(folder: Path | None = None) -> GlitchRules:
    """Read and check every glitch table of a seeds folder.

    Raises:
        TableError: With all faults of all files, one a line.
    """
    folder = folder or default_seeds()
    faults = Faults()
    room = folder / "glitches"
    irregular = _load_forms(room / "forms.toml", faults)
    lexicon: list[LexicalRule] = []
    for path in sorted(room.glob("lexicon_*.toml")):
        lexicon.extend(_load_lexicon(path, irregular, faults))
    junk = list(_load_junk(room / "junk.toml", faults))
    mechanical = list(_load_mechanical(room / "mechanical.toml", faults))
    words = _load_languages(room / "languages.toml", faults)
    sources = load_sources(folder / "sources.toml", faults)
    _check_rules([*lexicon, *junk, *mechanical], sources, faults)
    common = _lines(folder / "english_words.txt", faults)
    english = common | SHORT_WORDS
    rules = GlitchRules(
        lexicon=tuple(lexicon),
        junk=tuple(junk),
        mechanical={rule.id: rule for rule in mechanical},
        function_words={lang: own - english for lang, own in words.items()},
        foreign_words=frozenset().union(*words.values()) - english,
        words=common | _lines(room / "rare_words.txt", faults),
        common_words=english,
        names=_lines(folder / "english_names.txt", faults),
        affixes=_load_affixes(room / "affixes.toml", faults),
        sources=sources,
    )
    faults.raise_if_any()
    return rules


# -- forms -----------------------------------------------------------------------------------


def inflect(word: str, irregular: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The forms of an English word by inflection: base, ``s``, ``ed``, ``en``, ``ing``.

    It does not know nouns from verbs and returns forms that nobody writes; no text has them.
    """
    if word.endswith("man") and word not in irregular:
        return {"": word, "s": word[:-3] + "men"}
    forms = {"": word, **_regular(word)}
    return forms | dict(irregular.get(word, {}))


def _regular(word: str) -> dict[str, str]:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        stem = word[:-1]
        return {"s": stem + "ies", "ed": stem + "ied", "en": stem + "ied", "ing": word + "ing"}
    plural = word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")
    stem = word[:-1] if word.endswith("e") else word
    ing = word + "ing" if word.endswith(("ee", "oe", "ye")) else stem + "ing"
    return {"s": plural, "ed": stem + "ed", "en": stem + "ed", "ing": ing}


def _load_forms(path: Path, faults: Faults) -> dict[str, dict[str, str]]:
    forms: dict[str, dict[str, str]] = {}
    for word, own in read_toml(path, faults).items():
        if not isinstance(own, dict) or not set(own) <= {"s", "ed", "en", "ing"}:
            faults.add(f"{path.name}: {word}", "is not a table of s, ed, en, ing; correct it")
            continue
        if "ed" in own:
            own.setdefault("en", own["ed"])
        forms[word] = own
    return forms


# -- patterns --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    choices: frozenset[str]
    tags: Mapping[str, str]
    marked: bool
    optional: bool
    gap: bool


def read_pattern(text: str, irregular: Mapping[str, Mapping[str, str]]) -> list[Sequence]:
    """Read one pattern into every way of writing it.

    Raises:
        ValueError: Saying what is wrong with the pattern.
    """
    comma = text.endswith(" ,")
    steps = list(_steps(text.removesuffix(" ,"), irregular))
    if not any(step.marked for step in steps):
        steps = [_Step(s.choices, s.tags, True, s.optional, s.gap) for s in steps]
    options = [
        [(), (step,), (step,) * 2, (step,) * 3]
        if step.gap
        else [(), (step,)]
        if step.optional
        else [(step,)]
        for step in steps
    ]
    ways = 1
    for option in options:
        ways *= len(option)
    if ways > MAX_SEQUENCES:
        raise ValueError(f"has {ways} ways to be written, at most {MAX_SEQUENCES} are allowed")
    return [_sequence([*itertools.chain(*way)], comma) for way in itertools.product(*options)]


def _steps(text: str, irregular: Mapping[str, Mapping[str, str]]) -> Iterator[_Step]:
    inside = False
    if text.count("[") > 1 or text.count("[") != text.count("]"):
        raise ValueError("needs one '[' and one ']', or none")
    for raw in text.split():
        word = raw
        if opening := word.startswith("["):
            inside, word = True, word[1:]
        closing = word.endswith("]")
        word = word.removesuffix("]")
        optional = word.endswith("?")
        word = word.removesuffix("?")
        if not word or any(mark in word for mark in "[]?*()"):
            raise ValueError(f"cannot read '{raw}'")
        tags: dict[str, str] = {}
        choices: set[str] = set()
        for choice in word.split("|"):
            if choice.startswith("<"):
                if choice not in CLASSES or (choice == "<gap>" and choice != word):
                    raise ValueError(f"unknown class '{choice}'; known: {sorted(CLASSES)}")
                choices |= WORD_CLASSES.get(choice, {choice})
            elif choice.startswith("~"):
                for tag, form in inflect(choice[1:], irregular).items():
                    tags.setdefault(form, tag)
                    choices.add(form)
            else:
                if choice != choice.lower() or not choice.replace("'", "").isalnum():
                    raise ValueError(f"'{choice}' is not a word in lower case")
                choices.add(choice)
        yield _Step(frozenset(choices), tags, inside or opening, optional, word == "<gap>")
        if closing:
            inside = False


def _sequence(steps: list[_Step], comma: bool) -> Sequence:
    marked = [index for index, step in enumerate(steps) if step.marked]
    literal = [
        (not _COMMON.intersection(step.choices), min(map(len, step.choices)), -index)
        for index, step in enumerate(steps)
        if not any(choice.startswith("<") for choice in step.choices)
    ]
    if not literal or not marked:
        raise ValueError("needs at least one word that is not a class, and a marked part")
    tagged = max((index for index in marked if steps[index].tags), default=-1)
    return Sequence(
        steps=tuple(frozenset({"<word>"}) if step.gap else step.choices for step in steps),
        marked=(marked[0], marked[-1] + 1),
        anchor=-max(literal)[2],
        tags=steps[tagged].tags if tagged >= 0 else {},
        tagged=tagged,
        comma=comma,
    )


# -- files -----------------------------------------------------------------------------------

_SHARED = {"id", "score", "source", "flag", "keep"}


def _load_lexicon(
    path: Path, irregular: Mapping[str, Mapping[str, str]], faults: Faults
) -> Iterator[LexicalRule]:
    table = read_toml(path, faults)
    refuse_unknown(table, {"langs", "glitch"}, path.name, faults)
    optional = {"near", "without", "window", "langs", "message", "native", "suggest"}
    for place, raw in _rows(table, "glitch", path, faults):
        needed = _SHARED | {"category", "surface"}
        if not _complete(raw, needed, optional, place, faults):
            continue
        sequences: list[Sequence] = []
        for pattern in raw["surface"]:
            try:
                sequences.extend(read_pattern(pattern, irregular))
            except ValueError as error:
                faults.add(place, f"surface '{pattern}': {error}")
        window = raw.get("window", 8)
        if not 0 < window <= MAX_WINDOW:
            faults.add(place, f"window {window} is not within 1 and {MAX_WINDOW}")
        native = raw.get("native", "")
        suggest = tuple(_wording(text, irregular, place, faults) for text in raw.get("suggest", ()))
        yield LexicalRule(
            id=raw["id"],
            category=raw["category"],
            sequences=tuple(sequences),
            suggest=suggest,
            near=_word_list(raw.get("near", ()), irregular, f"{place}: near", faults),
            without=_word_list(raw.get("without", ()), irregular, f"{place}: without", faults),
            window=window,
            langs=frozenset(raw.get("langs", table.get("langs", ()))),
            score=raw["score"],
            message=raw.get("message") or _message(suggest, native),
            source=raw["source"],
            flag=tuple(raw["flag"]),
            keep=tuple(raw["keep"]),
            place=place,
        )


def _message(suggest: tuple[Wording, ...], native: str) -> str:
    meant = suggest[0].write("") if suggest else "another word"
    return f"'{meant}' may be meant" + (f" (source: {native})" if native else "")


def _wording(
    text: str, irregular: Mapping[str, Mapping[str, str]], place: str, faults: Faults
) -> Wording:
    before, mark, rest = text.partition("~")
    if not mark:
        return Wording(text, {}, "")
    if "~" in rest:
        faults.add(place, f"suggest '{text}': only one word can take the form of the marked one")
    word, space, after = rest.partition(" ")
    return Wording(before, inflect(word, irregular), space + after)


def _word_list(
    texts: Iterable[str], irregular: Mapping[str, Mapping[str, str]], place: str, faults: Faults
) -> frozenset[str]:
    words: set[str] = set()
    for text in texts:
        word = text.removeprefix("~")
        if not word.replace("'", "").isalnum() or word != word.lower():
            faults.add(place, f"'{text}' is not one word in lower case")
        words.update(inflect(word, irregular).values() if text.startswith("~") else [word])
    return frozenset(words)


def _load_junk(path: Path, faults: Faults) -> Iterator[JunkRule]:
    table = read_toml(path, faults)
    refuse_unknown(table, {"junk"}, path.name, faults)
    for place, raw in _rows(table, "junk", path, faults):
        if not _complete(raw, _SHARED | {"kind", "texts"}, set(), place, faults):
            continue
        if raw["kind"] not in JUNK_KINDS:
            faults.add(place, f"kind '{raw['kind']}' is none of {sorted(JUNK_KINDS)}")
        for text in raw["texts"]:
            if text != " ".join(text.lower().split()) or not text:
                faults.add(place, f"text '{text}' is empty, not lower case or has double spaces")
        yield JunkRule(
            raw["id"],
            raw["kind"],
            tuple(raw["texts"]),
            raw["score"],
            raw["source"],
            tuple(raw["flag"]),
            tuple(raw["keep"]),
            place,
        )


def _load_mechanical(path: Path, faults: Faults) -> Iterator[MechanicalRule]:
    table = read_toml(path, faults)
    refuse_unknown(table, {"mechanical"}, path.name, faults)
    for place, raw in _rows(table, "mechanical", path, faults):
        if _complete(raw, _SHARED | {"category", "message"}, set(), place, faults):
            yield MechanicalRule(
                raw["id"],
                raw["category"],
                raw["score"],
                raw["message"],
                raw["source"],
                tuple(raw["flag"]),
                tuple(raw["keep"]),
                place,
            )


def _load_languages(path: Path, faults: Faults) -> dict[str, frozenset[str]]:
    languages: dict[str, frozenset[str]] = {}
    for lang, words in read_toml(path, faults).items():
        if not isinstance(words, str) or not words.split():
            faults.add(f"{path.name}: {lang}", "is not a text of words; correct it")
            continue
        languages[lang] = frozenset(words.split())
    return languages


def _load_affixes(path: Path, faults: Faults) -> dict[str, tuple[str, ...]]:
    table = read_toml(path, faults)
    refuse_unknown(table, {"prefixes", "endings"}, path.name, faults)
    return {key: tuple(str(table.get(key, "")).split()) for key in ("prefixes", "endings")}


def _check_rules(
    rules: Iterable[LexicalRule | JunkRule | MechanicalRule],
    sources: Mapping[str, object],
    faults: Faults,
) -> None:
    seen: dict[str, str] = {}
    for rule in rules:
        if rule.id in seen:
            faults.add(rule.place, f"id '{rule.id}' is there twice, see {seen[rule.id]}")
        seen[rule.id] = rule.place
        if rule.source not in sources:
            faults.add(
                rule.place,
                f"source '{rule.source}' is unknown; describe it in sources.toml",
            )
        if not 0 < rule.score < 1:
            faults.add(rule.place, f"score {rule.score} is not within 0 and 1")
        for text in (*rule.flag, *rule.keep):
            if text != unicodedata.normalize("NFC", text):
                faults.add(rule.place, f"sample '{text}' is not in composed form (NFC)")


def _rows(
    table: Mapping[str, Any], key: str, path: Path, faults: Faults
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables of a file with their place; the id names the rule, else its number."""
    rows = table.get(key, [])
    if not isinstance(rows, list):
        faults.add(path.name, f"'{key}' is not a list of tables; write [[{key}]]")
        return
    for number, raw in enumerate(rows, 1):
        if isinstance(raw, dict):
            yield f"{path.name}: {key} {raw.get('id', number)}", raw
        else:
            faults.add(f"{path.name}: {key} {number}", f"is not a table; write [[{key}]]")


_LISTS = frozenset({"surface", "suggest", "near", "without", "langs", "flag", "keep", "texts"})
_NUMBERS = {"score": (float, int), "window": (int,)}


def _complete(
    raw: Mapping[str, Any], needed: set[str], optional: set[str], place: str, faults: Faults
) -> bool:
    """Check fields and their types; False when the row cannot be used."""
    refuse_unknown(raw, needed | optional, place, faults)
    sound = True
    for key in sorted(needed - set(raw)):
        cure = (
            "; every rule needs a text to flag and one to keep" if key in {"flag", "keep"} else ""
        )
        faults.add(place, f"lacks '{key}'{cure}")
        sound = False
    for key, value in raw.items():
        if key in _LISTS:
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
            kind = "a list of texts"
            if fits and not value and key in {"surface", "flag", "keep", "texts"}:
                fits, kind = False, "a list with something in it"
        elif key in _NUMBERS:
            fits = isinstance(value, _NUMBERS[key]) and not isinstance(value, bool)
            kind = "a number"
        else:
            fits, kind = isinstance(value, str) and bool(value), "a text"
        if not fits and key in needed | optional:
            faults.add(place, f"'{key}' is not {kind}")
            sound = False
    return sound


def _lines(path: Path, faults: Faults) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="utf-8").split())
    except OSError as error:
        faults.add(path.name, f"cannot be read ({error.strerror}); check the path")
    except UnicodeDecodeError as error:
        faults.add(path.name, f"is not UTF-8 (byte {error.start}); save it as UTF-8")
    return frozenset()
