"""The shipped tables as a whole: what no single row can promise. And tests of the checks."""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from normalizer.annotation import Document
from normalizer.names.fold import fold, fold_phrase
from normalizer.names.knowledge import Knowledge, open_knowledge
from normalizer.names.tables import EntityRow, ListedSpelling, Tables, default_seeds
from normalizer.pipeline import normalize

Normalize = Callable[..., str]

SEEDS = default_seeds()
FILES = sorted(path for path in SEEDS.rglob("*") if path.suffix in (".csv", ".toml", ".txt"))
TABLES = [path for path in FILES if path.suffix == ".csv"]
ENTITIES = sorted((SEEDS / "entities").glob("*.csv"))
NAMES = {path: str(path.relative_to(SEEDS)) for path in FILES}
# Languages whose names stand in another script in the column `native`.
SCRIPTS = {
    "ru": "CYRILLIC", "uk": "CYRILLIC", "be": "CYRILLIC", "bg": "CYRILLIC", "mk": "CYRILLIC",
    "ka": "GEORGIAN", "hy": "ARMENIAN", "el": "GREEK", "he": "HEBREW", "ar": "ARABIC",
    "fa": "ARABIC", "zh": "CJK", "ko": "HANGUL",
}  # fmt: skip
NEUTRAL = "They spoke of {} again."


# -- the checks, so that they can be tested themselves ----------------------------------------


def scripts_of(word: str) -> set[str]:
    """The scripts of the letters of a word, by the first word of their Unicode names."""
    return {unicodedata.name(c, "?").split()[0] for c in word if c.isalpha()} - {"MODIFIER"}


def mixed(texts: Iterable[str]) -> list[str]:
    """Texts with a word of Latin and look-alike letters of another script."""
    return [
        text
        for text in texts
        if any(
            len(scripts_of(word) & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1
            for word in text.replace("-", " ").split()
        )
    ]


def unsorted(keys: list[str]) -> list[str]:
    """Keys that stand behind one that should come later."""
    return [after for before, after in pairwise(keys) if after < before]


def repeated(keys: Iterable[object]) -> list[object]:
    return [key for key, count in Counter(keys).items() if count > 1]


def not_nfc(text: str) -> list[str]:
    """Lines that are not composed."""
    return [line for line in text.splitlines() if not unicodedata.is_normalized("NFC", line)]


def invisible(text: str) -> list[str]:
    """Lines with characters nobody sees: controls, formats, odd spaces.

    Persian spells with ZERO WIDTH NON-JOINER after a letter of its own.
    """
    odd = {
        c
        for c in set(text) - {" ", "\n"}
        if unicodedata.category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn")
    }
    spelled = re.compile("(?<=[\u0600-\u06ff])\N{ZERO WIDTH NON-JOINER}")
    return [line for line in text.split("\n") if odd & set(spelled.sub("", line))]


def clashes(rows: Iterable[EntityRow]) -> list[tuple[str, str]]:
    """Canonical names that another entity lists as a spelling to be changed.

    The whole spelling only: words of names may well be shared (Golovin and Golovin).
    """
    rows = list(rows)
    owner = {row.canonical: row.id for row in rows}
    return [
        (spelling.form, row.canonical)
        for row in rows
        for spelling in row.spellings
        if spelling.kind != "former" and owner.get(spelling.form, row.id) != row.id
    ]


def cells(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def row_of(canonical: str, *spellings: str, id_: str = "") -> EntityRow:
    listed = tuple(ListedSpelling(one, frozenset({"fr"}), "exonym", "") for one in spellings)
    return EntityRow(id_ or canonical, "city", canonical, spellings=listed)


# -- tests of the checks ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_mixed"),
    [
        ("Putin", False),
        ("Путин", False),
        ("ru=Путин", True),  # a pair must be taken apart first
        ("Putin Путин", False),
        ("P\N{CYRILLIC SMALL LETTER U}tin", True),
        ("\N{CYRILLIC CAPITAL LETTER A}nna", True),
        ("\N{GREEK CAPITAL LETTER ALPHA}nna", True),
        ("Al\N{MODIFIER LETTER PRIME}bert", False),
        ("Əliyev", False),
    ],
)
def test_mixed(text: str, is_mixed: bool) -> None:
    assert bool(mixed([text])) is is_mixed


def test_unsorted() -> None:
    assert unsorted(["a", "b", "b", "c"]) == []
    assert unsorted(["a", "c", "b"]) == ["b"]
    assert unsorted([]) == []


def test_repeated() -> None:
    assert repeated(["a", "b"]) == []
    assert repeated(["a", "b", "a"]) == ["a"]


def test_not_nfc() -> None:
    assert not_nfc("Č\nc") == []
    assert not_nfc("C\N{COMBINING CARON}\nc") == ["C\N{COMBINING CARON}"]


@pytest.mark.parametrize(
    "character",
    [
        "\N{NO-BREAK SPACE}", "\N{SOFT HYPHEN}", "\N{ZERO WIDTH SPACE}", "\t", "\r", "\0",
        "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{ZERO WIDTH NO-BREAK SPACE}",
    ],
)  # fmt: skip
def test_invisible(character: str) -> None:
    assert invisible("plain text\n") == []
    assert invisible(f"one\ntw{character}o") == [f"tw{character}o"]


def test_a_persian_non_joiner_is_spelling() -> None:
    assert invisible("خامنه\N{ZERO WIDTH NON-JOINER}ای") == []
    assert invisible("Pu\N{ZERO WIDTH NON-JOINER}tin") != []


def test_clashes() -> None:
    assert clashes([row_of("Nice", "Nizza"), row_of("Nizza Monferrato")]) == []
    assert clashes([row_of("Nice", "Nizza"), row_of("Nizza")]) == [("Nizza", "Nice")]
    assert clashes([row_of("Nice", "Nice")]) == []


# -- the files -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=NAMES.__getitem__)
def test_a_file_is_clean(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert not_nfc(text) == []
    assert invisible(text) == []
    assert not text or text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("path", TABLES, ids=NAMES.__getitem__)
def test_a_table_is_sorted_and_without_repeats(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    assert unsorted([row[0] for row in rows]) == []
    assert repeated(map(tuple, rows)) == []
    assert [row for row in rows if any(cell != cell.strip() for cell in row)] == []


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix == ".txt"], ids=NAMES.__getitem__
)
def test_a_word_list_is_sorted_and_without_repeats(path: Path) -> None:
    words = path.read_text(encoding="utf-8").splitlines()
    assert unsorted(words) == []
    assert repeated(words) == []
    assert [word for word in words if fold(word) != fold(word).strip() or not word] == []


@pytest.mark.parametrize("path", ENTITIES, ids=NAMES.__getitem__)
def test_no_alias_is_listed_twice(path: Path) -> None:
    if path.name.startswith("places"):
        # Århus is both how some English writes Aarhus and how others do.
        assert repeated((row["id"], row["spelling"], row["kind"]) for row in cells(path)) == []
        return
    for row in cells(path):
        for column in ("native", "spellings"):
            assert repeated(one for one in row[column].split("|") if one) == [], row["canonical"]


def test_every_source_is_described_once(tables: Tables) -> None:
    with (SEEDS / "sources.toml").open("rb") as file:
        sources = tomllib.load(file)
    assert tables.sources.keys() == sources.keys()
    for key, source in sources.items():
        assert source["title"], key
        assert source["licence"], key
        ours = key == "press-usage" or source["licence"] == "Apache-2.0"
        assert ours or "url" in source or "page" in source, key


# -- the rows --------------------------------------------------------------------------------


def test_ids_are_unique(tables: Tables) -> None:
    assert repeated(row.id for row in tables.rows) == []


def test_names_are_in_one_script(tables: Tables) -> None:
    canonical = [row.canonical for row in tables.rows]
    spellings = [one.form for row in tables.rows for one in row.spellings]
    natives = [form for row in tables.rows for _, form in (*row.native, *row.patronymic)]
    assert mixed([*canonical, *spellings, *natives]) == []
    assert [name for name in canonical if not scripts_of(name) <= {"LATIN"}] == []
    assert [name for name in spellings if not scripts_of(name) <= {"LATIN"}] == []


def test_native_names_are_in_the_script_of_their_language(tables: Tables) -> None:
    wrong = [
        (row.canonical, lang, form)
        for row in tables.rows
        for lang, form in (*row.native, *row.patronymic)
        if lang in SCRIPTS and SCRIPTS[lang] not in scripts_of(form)
    ]
    assert wrong == []


def test_every_guard_and_style_is_of_use(tables: Tables, knowledge: Knowledge) -> None:
    assert repeated(guard.form for guard in tables.guards) == []
    for guard in tables.guards:
        assert guard.form == fold(guard.form)
        reading = knowledge.read(guard.form)
        assert reading.words or reading.phrases, f"{guard.form}: nothing to guard"
    for style in tables.styles:
        assert style.choose


@pytest.mark.parametrize("style", ["russian-era", "official-ukrainian"])
def test_styles_open(style: str, cache: Path) -> None:
    assert open_knowledge(cache, style=[style]).facts()


# -- no output is an input -------------------------------------------------------------------


def test_no_canonical_name_is_another_ones_spelling(tables: Tables) -> None:
    """Else one row would undo what another does, or a second run go on changing."""
    assert clashes(tables.rows) == []


def test_no_canonical_name_changes(tables: Tables, normalized: Normalize) -> None:
    names = {row.canonical for row in tables.rows}
    names |= {row.family for row in tables.rows if row.family}
    texts = [NEUTRAL.format(name) for name in sorted(names)]
    assert [(text, normalized(text)) for text in texts if normalized(text) != text] == []


def test_no_canonical_name_changes_in_capitals(tables: Tables, normalized: Normalize) -> None:
    texts = [NEUTRAL.format(row.canonical).upper() for row in tables.rows]
    assert [(text, normalized(text)) for text in texts if normalized(text) != text] == []


def test_no_canonical_name_changes_in_company(tables: Tables, normalized: Normalize) -> None:
    """One text in which every full name stands, so that each speaks for all."""
    text = "\n\n".join(NEUTRAL.format(row.canonical) for row in tables.rows)
    assert normalized(text) == text


def test_what_is_written_stays(tables: Tables, knowledge: Knowledge) -> None:
    """Every listed spelling, run twice: the second run finds nothing to do."""
    texts = sorted({NEUTRAL.format(one.form) for row in tables.rows for one in row.spellings})
    moving = []
    for text in texts:
        once = normalize(Document("d", text), knowledge).text
        if once != text:
            twice = normalize(Document("d", once), knowledge).text
            if twice != once:
                moving.append((text, once, twice))
    assert len(texts) > 1000
    assert moving == []


def test_a_listed_full_name_leads_to_its_own_entity(tables: Tables, knowledge: Knowledge) -> None:
    """A whole spelling is never written as the name of somebody else."""
    owners: dict[str, set[str]] = defaultdict(set)
    for row in tables.rows:
        for form in (row.canonical, *(one.form for one in row.spellings)):
            owners[fold_phrase(form)].add(row.canonical)
    wrong = []
    for row in tables.rows:
        for one in row.spellings:
            text = NEUTRAL.format(one.form)
            for decision in normalize(Document("d", text), knowledge).decisions:
                whole = decision.before == one.form
                if whole and decision.verdict == "apply" and len(one.form.split()) > 1:
                    known = owners[fold_phrase(one.form)]
                    if decision.after not in known and row.type != "person":
                        wrong.append((one.form, decision.after, sorted(known)))
    assert wrong == []
