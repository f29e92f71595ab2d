"""Words that share a foreign word: what a translator, human or not, had to choose between.

``seeds/glitches/senses.csv`` has one foreign word a row and the English words that may stand for
it: Russian ``курс`` is a course and a rate. Where the text has one of them, the others are what may
have been meant. The table knows nothing of contexts; a language model is asked which of them fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from normalizer.glitches.rules import LexicalRule, inflect, load_glitch_rules
from normalizer.glitches.vocabulary import Vocabulary, load_vocabulary
from normalizer.names.table_files import Faults, read_csv, read_toml
from normalizer.names.tables import default_seeds, load_sources

FILE = "senses.csv"
COLUMNS = ("langs", "native", "part", "english", "source")
# Which inflections a word of each kind has.
_TAGS = {"noun": ("", "s"), "verb": ("", "s", "ed", "en", "ing"), "adjective": ("",)}


@dataclass(frozen=True, slots=True)
class Sense:
    """A foreign word with the English words that may stand for it.

    Attributes:
        langs: Source languages, as BCP 47 codes.
        native: The foreign word.
        part: ``noun``, ``verb`` or ``adjective``.
        english: Words or short phrases; of a phrase the last word of a noun and the first of a
            verb is inflected.
        source: Key in ``sources.toml``.
    """

    langs: frozenset[str]
    native: str
    part: str
    english: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Meant:
    """What may have been meant by a word.

    Attributes:
        text: The other word, in the form of the one that stands there.
        langs: Source languages in which both share a word.
        reason: The foreign word or the rule that says so.
        rule: How sure the rule of the lexicon is that says so, in its own context; 0 for a row
            of the table.
    """

    text: str
    langs: frozenset[str]
    reason: str
    rule: float = 0.0


def load_senses(folder: Path | None = None) -> list[Sense]:
    """Read and check the table of a seeds folder; a folder without one has no senses.

    Raises:
        TableError: With all faults, one a line.
    """
    folder = folder or default_seeds()
    path = folder / "glitches" / FILE
    if not path.exists():
        return []
    faults = Faults()
    sources = load_sources(folder / "sources.toml", faults)
    senses = list(_read(path, sources, faults))
    faults.raise_if_any()
    return senses


def _read(path: Path, sources: Mapping[str, object], faults: Faults) -> Iterator[Sense]:
    seen: dict[tuple[str, ...], str] = {}
    for place, row in read_csv(path, COLUMNS, faults, required=COLUMNS):
        langs, native, part, english, source = (row[column] for column in COLUMNS)
        words = tuple(word.strip() for word in english.split("|"))
        if part not in _TAGS:
            faults.add(place, f"part '{part}' is none of {', '.join(_TAGS)}")
            continue
        if len(set(words)) != len(words) or len(words) < 2 or not all(words):
            faults.add(place, f"'{english}' is not two or more different words with | between")
        if source not in sources:
            faults.add(place, f"source '{source}' is unknown; describe it in sources.toml")
        first = seen.setdefault((langs, native, part), place)
        if first != place:
            faults.add(place, f"'{native}' is there twice, see {first}")
        yield Sense(frozenset(langs.split()), native, part, words, source)


def confusions(
    senses: Iterable[Sense],
    rules: Iterable[LexicalRule],
    irregular: Mapping[str, Mapping[str, str]],
    vocabulary: Vocabulary,
) -> dict[str, tuple[Meant, ...]]:
    """What may have been meant by each word form of the table and of the rules.

    Args:
        senses: Rows of the table.
        rules: Rules of the lexicon; those that mark one word and suggest something take part.
        irregular: Word -> inflection -> form, for words that are inflected otherwise.
        vocabulary: Tells which of two possible forms English has.

    Returns:
        Word form in lower case -> what may be meant, rules first.
    """
    meant: dict[str, dict[str, Meant]] = {}
    for rule in rules:
        for form, text in _marked_words(rule):
            meant.setdefault(form, {}).setdefault(
                text, Meant(text, rule.langs, rule.id, rule.score)
            )
    for sense in senses:
        reason = f"{min(sense.langs)} {sense.native}"
        for tag in _TAGS[sense.part]:
            forms = [_form(word, tag, sense.part, irregular, vocabulary) for word in sense.english]
            written = [form for form in forms if all(map(vocabulary.knows, form.split()))]
            for form in written:
                if " " in form:
                    continue
                for other in written:
                    if other != form:
                        _note(meant.setdefault(form, {}), Meant(other, sense.langs, reason))
    return {form: tuple(found.values()) for form, found in meant.items()}


def _note(found: dict[str, Meant], new: Meant) -> None:
    old = found.get(new.text)
    langs = new.langs if old is None else old.langs | new.langs
    base = old or new
    found[new.text] = Meant(base.text, langs, base.reason, base.rule)


def _marked_words(rule: LexicalRule) -> Iterator[tuple[str, str]]:
    """The single words that a rule marks, each with each of its suggestions in the same form."""
    for sequence in rule.sequences:
        start, end = sequence.marked
        if end - start != 1:
            continue
        for form in sequence.steps[start]:
            if not form.startswith("<"):
                for wording in rule.suggest:
                    text = wording.write(sequence.tags.get(form, ""))
                    if text.lower() != form:
                        yield form, text


def _form(
    phrase: str,
    tag: str,
    part: str,
    irregular: Mapping[str, Mapping[str, str]],
    vocabulary: Vocabulary,
) -> str:
    """One inflection of a word or of the word of a phrase that is inflected."""
    if not tag:
        return phrase
    words = phrase.split()
    at = 0 if part == "verb" else -1
    word = words[at]
    form = inflect(word, irregular)[tag if tag != "en" or part == "verb" else ""]
    if word not in irregular and tag in ("ed", "en", "ing") and word[-1] not in "aeiouwxy":
        doubled = word + word[-1] + ("ing" if tag == "ing" else "ed")
        if vocabulary.rank(doubled) < vocabulary.rank(form):
            form = doubled
    words[at] = form
    return " ".join(words)


@cache
def load_confusions(folder: Path | None = None) -> Mapping[str, tuple[Meant, ...]]:
    """`confusions` of a seeds folder, made once a process.

    Raises:
        TableError: With all faults of the tables, one a line.
    """
    folder = folder or default_seeds()
    rules = load_glitch_rules(folder)  # checks the forms too
    irregular: dict[str, dict[str, str]] = read_toml(folder / "glitches" / "forms.toml", Faults())
    for forms in irregular.values():
        if "ed" in forms:
            forms.setdefault("en", forms["ed"])
    return confusions(load_senses(folder), rules.lexicon, irregular, load_vocabulary())
