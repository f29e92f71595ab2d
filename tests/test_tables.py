"""Loading the tables: what is read, and every fault that is refused, all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from normalizer.errors import TableError
from normalizer.names.tables import Tables, default_seeds, load_names, load_tables, slug


@pytest.fixture
def seeds(tiny_seeds: Path, tmp_path: Path) -> Path:
    """A copy of the tiny tables to spoil."""
    folder = tmp_path / "seeds"
    copytree(tiny_seeds, folder)
    return folder


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(call: Callable[[Path], object], path: Path) -> list[str]:
    with pytest.raises(TableError) as error:
        call(path)
    return str(error.value).splitlines()


# -- what is read ----------------------------------------------------------------------------


def test_people(tiny_tables: Tables) -> None:
    rows = {row.id: row for row in tiny_tables.rows}
    putin = rows["per:vladimir-putin"]
    assert (putin.type, putin.canonical, putin.family) == ("person", "Vladimir Putin", "Putin")
    assert putin.native == (("ru", "Владимир Путин"),)
    assert putin.patronymic == (("ru", "Владимирович"),)
    assert putin.roles == ("Kremlin", "president")
    assert [(one.form, sorted(one.langs), one.kind) for one in putin.spellings] == [
        ("Vladimiras Putinas", ["lt"], "exonym")
    ]
    zelensky = rows["per:volodymyr-zelensky"]
    assert [one.kind for one in zelensky.spellings] == ["variant", "exonym", "exonym"]
    assert rows["per:bashar-al-assad"].family == "Assad"


def test_places_are_one_entity_an_id(tiny_tables: Tables) -> None:
    rows = {row.id: row for row in tiny_tables.rows}
    assert [(one.form, one.kind) for one in rows["geo:1"].spellings] == [
        ("Kiev", "variant"),
        ("Kijów", "exonym"),
    ]
    assert rows["geo:1"].spellings[0].langs == {"en", "fr"}


def test_other_entities(tiny_tables: Tables) -> None:
    (kremlin,) = (row for row in tiny_tables.rows if row.canonical == "Kremlin")
    assert (kremlin.id, kremlin.type) == ("org:kremlin", "building")
    assert kremlin.keep == ("Kreml cake", "Hotel Kreml")


def test_small_tables(tiny_tables: Tables) -> None:
    assert [(one.native, one.spelling) for one in tiny_tables.given_names] == [
        ("алексей", "Alessio"),
        ("владимир", "Wladimir"),
    ]
    assert [guard.form for guard in tiny_tables.guards] == ["poutine", "milano", "moskau"]
    assert [style.choose for style in tiny_tables.styles] == [("Kiev",), ("Zelenskyy",)]
    assert [(end.lang, end.add) for end in tiny_tables.endings] == [("lt", ("o", "ui"))]
    assert [scheme.id for scheme in tiny_tables.schemes] == ["en-press", "fr-press"]
    assert "turkey" in tiny_tables.english_words
    assert "robert" in tiny_tables.english_names


def test_the_shipped_tables_load(tables: Tables) -> None:
    assert default_seeds().is_dir()
    assert len(tables.rows) > 1000


def test_decomposed_letters_are_composed(seeds: Path) -> None:
    replaced(seeds / "entities" / "places.csv", "Kijów", "Kijo\N{COMBINING ACUTE ACCENT}w")
    assert any(
        one.form == "Kij\N{LATIN SMALL LETTER O WITH ACUTE}w"
        for row in load_tables(seeds).rows
        for one in row.spellings
    )


def test_a_byte_order_mark_and_blank_lines_do_no_harm(seeds: Path, tiny_tables: Tables) -> None:
    path = seeds / "entities" / "places.csv"
    text = path.read_text(encoding="utf-8").replace("\nKyiv", "\n\nKyiv", 1)
    path.write_text("\N{ZERO WIDTH NO-BREAK SPACE}" + text, encoding="utf-8")
    assert [row.canonical for row in load_tables(seeds).rows] == [
        row.canonical for row in tiny_tables.rows
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Tayyip Erdoğan", "tayyip-erdogan"),
        ("Lech Wałęsa", "lech-walesa"),
        ("Rıza's", "riza-s"),
        ("Путин", "путин"),
    ],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


# -- what is refused -------------------------------------------------------------------------

FAULTS = [
    # file, what stands there, what is put there, what the message must say
    ("guards.toml", 'form = "milano"', 'form = "milano"\nreason = "x"', "unknown field reason"),
    ("guards.toml", 'form = "milano"\n', "", "lacks 'form'"),
    ("guards.toml", 'need = "never"', 'need = "always"', "need 'always'"),
    ("guards.toml", 'keep = ["They flew to Moskau."]', "keep = []", "lacks 'keep'"),
    ("guards.toml", 'change = [["President P', 'change = ["x", ["President P', "not a pair"),
    ("guards.toml", "[[guard]]", "[[gaurd]]", "unknown field gaurd"),
    ("guards.toml", 'source = "invented"', 'source = "hearsay"', "unknown source 'hearsay'"),
    ("guards.toml", 'need = "never"', "need = never", "is not TOML"),
    ("styles.toml", 'id = "old"', 'id = "old"\ncolour = "red"', "unknown field colour"),
    ("styles.toml", 'id = "old"\n', "", "lacks 'id'"),
    ("styles.toml", 'id = "official"', 'id = "old"', "style 'old' is there twice"),
    ("sources.toml", 'licence = "facts"\n', "", "press-usage: lacks licence"),
    ("schemes/fr.toml", 'id = "fr-press"', 'id = "fr-press"\nnote = "x"', "unknown field note"),
    ("schemes/fr.toml", 'lang = "fr"\n', "", "lacks 'lang'"),
    ("schemes/fr.toml", 'kind = "press"', 'kind = "rumour"', "kind 'rumour'"),
    ("schemes/fr.toml", 'id = "fr-press"', 'id = "en-press"', "'en-press' is there twice"),
    ("schemes/fr.toml", 'id = "final-in"', 'id = "final-y"', "'final-y' is there twice"),
    ("schemes/fr.toml", '"а" = "a"', '"ая" = "a"', "'ая' is not one letter"),
    ("schemes/fr.toml", 'before = ["end"]', 'before = ["edge"]', "context 'edge'"),
    ("schemes/fr.toml", 'parts = ["family"]', 'parts = ["clan"]', "unknown parts ['clan']"),
    ("schemes/fr.toml", 'keep = [["Гагарин", "Gagarin"]]\n', "", "lacks 'keep'"),
    ("schemes/fr.toml", 'keep = [["Гагарин", "Gagarin"]]', 'keep = ["Гагарин"]', "not a pair"),
    ("schemes/fr.toml", 'native = "Пригожин"\n', "", "sample: lacks 'native'"),
    ("schemes/fr.toml", 'source = "invented"', 'source = "hearsay"', "unknown source 'hearsay'"),
    ("inflections/lt.toml", 'strip = "as"', 'strip = "as"\nage = 5', "unknown field age"),
    ("inflections/lt.toml", 'strip = "as"\n', "", "lacks 'strip'"),
    ("inflections/lt.toml", 'lang = "lt"\n', "", "lacks 'lang'"),
    ("inflections/lt.toml", 'keep = ["Sergejus"]\n', "", "lacks samples"),
    ("inflections/lt.toml", 'source = "invented"', 'source = "hearsay"', "unknown source"),
    ("given_names.csv", "spelling,", "speling,", "lacks column spelling; unknown column speling"),
    ("given_names.csv", "Wladimir", "", "row 3: no spelling"),
    ("given_names.csv", "press-usage", "hearsay", "unknown source 'hearsay'"),
    ("entities/people.csv", "canonical,family,", "canonical,", "lacks column family"),
    ("entities/people.csv", "roles,source", "roles,source,note", "unknown column note"),
    ("entities/people.csv", "Anna Golovina,,f", "Anna Golovina,,x", "row 3: gender 'x'"),
    ("entities/people.csv", "Anna Golovina,,f", ",,f", "row 3: no canonical name"),
    ("entities/people.csv", "ru=Анна Головина", "ru=Головина", "native ru=Головина"),
    ("entities/people.csv", "ru=Анна Головина", "Анна Головина", "is not 'lang=form'"),
    ("entities/people.csv", "ru=Анна Головина", "ru=", "'ru=' is not 'lang=form'"),
    ("entities/people.csv", "al-Assad,Assad", "al-Assad,Asad", "family 'Asad' is not part of"),
    ("entities/people.csv", "skater,invented", "skater;invented", "row 3: 7 cells, the header"),
    ("entities/people.csv", "Igor Golovin", "Oleg Golovin", "'per:oleg-golovin' is there twice"),
    ("entities/people.csv", "banker,invented", "banker,hearsay", "unknown source 'hearsay'"),
    ("entities/people.csv", "Anna Golovina,,", 'Anna Golovina,"', "is not CSV"),
    ("entities/people.csv", "skater", "s" * 2001, "close its quote"),
    ("entities/places.csv", "exonym", "nickname", "kind 'nickname'"),
    ("entities/places.csv", "Kyiv,geo:1,capital,Kijów", "Kyjiv,geo:1,capital,Kijów", "geo:1"),
    ("entities/organisations.csv", "fr=OTAN", "OTAN", "'OTAN' is not 'lang=form'"),
    ("entities/organisations.csv", "Wagner Group,", ",", "no canonical name"),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), FAULTS)
def test_a_fault_is_refused(file: str, old: str, new: str, message: str, seeds: Path) -> None:
    path = seeds / file
    replaced(path, old, new)
    faults = faults_of(load_tables, seeds)
    assert any(message in fault for fault in faults), faults
    # The place is told: the file, or for what is checked across files its folder.
    known = (path.name, path.stem, path.parent.name)
    assert all(any(name in fault for name in known) for fault in faults), faults


@pytest.mark.parametrize(
    "file",
    ["guards.toml", "given_names.csv", "entities/people.csv", "schemes/en.toml", "sources.toml"],
)
def test_not_utf_8(file: str, seeds: Path) -> None:
    path = seeds / file
    path.write_bytes(path.read_bytes() + "\n# caf\xe9\n".encode("latin-1"))
    assert any(path.name in fault for fault in faults_of(load_tables, seeds))


@pytest.mark.parametrize("file", ["guards.toml", "styles.toml", "sources.toml", "given_names.csv"])
def test_a_missing_file(file: str, seeds: Path) -> None:
    (seeds / file).unlink()
    assert any(f"{file}: cannot be read" in fault for fault in faults_of(load_tables, seeds))


def test_all_faults_at_once(seeds: Path) -> None:
    spoiled = ["guards.toml", "styles.toml", "inflections/lt.toml", "given_names.csv"]
    messages = []
    for file in spoiled:
        _, old, new, message = next(fault for fault in FAULTS if fault[0] == file)
        replaced(seeds / file, old, new)
        messages.append(message)
    replaced(seeds / "entities" / "people.csv", "Anna Golovina,,f", "Anna Golovina,,x")
    replaced(seeds / "entities" / "people.csv", "banker,invented", "banker,hearsay")
    faults = faults_of(load_tables, seeds)
    for message in [*messages, "gender 'x'", "'hearsay'"]:
        assert any(message in fault for fault in faults), (message, faults)
    assert len(faults) == len(set(faults)) == len(messages) + 2


# -- a user's names --------------------------------------------------------------------------


def test_names_as_csv_and_toml_are_the_same(tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text(
        "canonical,type,aliases,native\n"
        "Guildo Manx,,Gildo Manx|Guildo Manks,Гильдо Манкс\n"
        "Acme,company,Akme,\n",
        encoding="utf-8",
    )
    toml = tmp_path / "names.toml"
    toml.write_text(
        '[[name]]\ncanonical = "Guildo Manx"\naliases = ["Gildo Manx", "Guildo Manks"]\n'
        'native = "ru=Гильдо Манкс"\n'
        '[[name]]\ncanonical = "Acme"\ntype = "company"\naliases = ["Akme"]\n',
        encoding="utf-8",
    )
    one, other = load_names(table), load_names(toml)
    assert [(row.id, row.type, row.canonical, row.family, row.native) for row in one] == [
        ("user:guildo-manx", "person", "Guildo Manx", "Manx", (("ru", "Гильдо Манкс"),)),
        ("user:acme", "company", "Acme", "", ()),
    ]
    for mine, theirs in zip(one, other, strict=True):
        assert (mine.id, mine.type, mine.family, mine.native, mine.priority) == (
            theirs.id, theirs.type, theirs.family, theirs.native, 1,
        )  # fmt: skip
        assert [s.form for s in mine.spellings] == [s.form for s in theirs.spellings]


def test_only_the_canonical_column_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("canonical\nAcme Corp\n", encoding="utf-8")
    (row,) = load_names(path)
    assert (row.canonical, row.type, row.spellings) == ("Acme Corp", "person", ())


def test_an_alias_may_repeat_its_own_canonical_name(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("canonical,aliases\nAcme,Acme|Akme\n", encoding="utf-8")
    assert len(load_names(path)) == 1


# rows as (canonical, aliases, native), and what the message must say
NAME_FAULTS = [
    ([("", ["Akme"], "")], "no canonical name"),
    ([("Acme", ["Akme", "akme"], "")], "alias 'akme' is there twice"),
    ([("Acme", [], ""), ("Acme", [], "")], "'Acme' is listed twice"),
    ([("Acme", [], ""), ("ACME", [], "")], "'Acme' is listed twice"),
    ([("Jean Dupont", [], ""), ("Jean-Dupont", [], "")], "is listed twice"),
    ([("Acme", ["Akme"], ""), ("Bolt", ["Akme"], "")], "belongs to 'Acme' as well"),
    ([("Acme", ["Bolt"], ""), ("Bolt", [], "")], "is the canonical name of"),
    ([("Acme", ["Bolt"], ""), ("Bolt", ["Acme"], "")], "is the canonical name of"),
    ([("Acme", ["bolt"], ""), ("Bolt", [], "")], "is the canonical name of"),
    ([("Guildo Manx", [], "Манкс")], "not word by word like 'Guildo Manx'"),
    ([("Guildo Manx", [], "ru=")], "is not 'lang=form'"),
]


def write_csv(path: Path, rows: list[tuple[str, list[str], str]]) -> None:
    lines = [f"{name},{'|'.join(aliases)},{native}" for name, aliases, native in rows]
    path.write_text("\n".join(["canonical,aliases,native", *lines, ""]), encoding="utf-8")


def write_toml(path: Path, rows: list[tuple[str, list[str], str]]) -> None:
    tables = [
        f"[[name]]\ncanonical = {name!r}\naliases = {aliases!r}\nnative = {native!r}\n"
        for name, aliases, native in rows
    ]
    path.write_text("\n".join(tables), encoding="utf-8")


@pytest.mark.parametrize("write", [write_csv, write_toml])
@pytest.mark.parametrize(("rows", "message"), NAME_FAULTS)
def test_a_fault_in_a_users_names(
    rows: list[tuple[str, list[str], str]],
    message: str,
    write: Callable[[Path, list[tuple[str, list[str], str]]], None],
    tmp_path: Path,
) -> None:
    path = tmp_path / ("names.csv" if write is write_csv else "names.toml")
    write(path, rows)
    faults = faults_of(load_names, path)
    assert any(message in fault for fault in faults), faults
    assert all(fault.startswith(path.name) for fault in faults)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "lacks column canonical"),
        ("a.csv", "name\nAcme\n", "lacks column canonical; unknown column name"),
        ("a.csv", "canonical;aliases\nAcme;Akme\n", "lacks column canonical"),
        ("a.csv", "canonical,aliases,aliases\nAcme,Akme,x\n", "column 'aliases' is there twice"),
        ("a.csv", "canonical,aliases\nAcme\n", "row 2: 1 cells, the header has 2"),
        ("a.csv", 'canonical\n"Acme\n', "is not CSV"),
        ("a.toml", "canonical = ", "is not TOML"),
        ("a.toml", '[[nmae]]\ncanonical = "Acme"\n', "unknown field nmae"),
        ("a.toml", '[[name]]\ncanonical = "Acme"\nalias = ["x"]\n', "unknown field alias"),
        ("a.toml", '[name]\ncanonical = "Acme"\n', "[[name]]"),
        ("a.toml", "name = 5\n", "[[name]]"),
        ("a.toml", 'name = ["Acme"]\n', "[[name]]"),
        ("a.toml", "[[name]]\ncanonical = 5\n", "canonical"),
        ("a.toml", '[[name]]\ncanonical = "Acme"\naliases = [5]\n', "aliases"),
        ("a.toml", '[[name]]\ncanonical = "Acme"\nnative = ["x"]\n', "native"),
    ],
)
def test_a_names_file_of_another_shape(name: str, text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    faults = faults_of(load_names, path)
    assert any(message in fault for fault in faults), faults


@pytest.mark.parametrize("name", ["a.csv", "a.toml"])
def test_a_names_file_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert "cannot be read" in faults_of(load_names, path)[0]
    path.write_bytes("canonical\nCaf\xe9\n".encode("latin-1"))
    assert name in faults_of(load_names, path)[0]


def test_all_faults_of_a_names_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    write_csv(path, [("", [], ""), ("Acme", ["Akme", "Akme"], ""), ("Bolt", ["Acme"], "ru=")])
    faults = faults_of(load_names, path)
    for number, message in ((2, "no canonical"), (3, "twice"), (4, "is the canonical name")):
        assert any(f"row {number}" in fault and message in fault for fault in faults), faults
    assert any("lang=form" in fault for fault in faults)
