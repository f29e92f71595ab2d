"""The compiled base: built once, opened often, with a user's wishes laid over it."""

from __future__ import annotations

import logging
import pickle
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from normalizer.annotation import Document
from normalizer.errors import TableError
from normalizer.names.compiling import compile_base
from normalizer.names.knowledge import Knowledge, open_knowledge
from normalizer.names.own_names import restyle
from normalizer.names.tables import Tables, load_tables
from normalizer.pipeline import normalize

PUTIN = "per:vladimir-putin"


def text_by(knowledge: Knowledge, text: str) -> str:
    return normalize(Document("d", text), knowledge).text


def forms(knowledge: Knowledge, entity_id: str) -> set[str]:
    entity = knowledge.variants(entity_id)
    assert entity is not None
    return {alias.form for alias in entity.aliases}


@pytest.fixture
def seeds(tiny_seeds: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    copytree(tiny_seeds, folder)
    return folder


@pytest.fixture
def names(tmp_path: Path) -> Path:
    return tmp_path / "names.csv"


# -- what is compiled ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "canonical", "part", "kinds"),
    [
        ("putin", "Putin", "family", {"canonical", "transliteration"}),
        ("poutine", "Putin", "family", {"transliteration"}),
        ("putinas", "Putin", "family", {"exonym"}),
        ("putino", "Putin", "family", {"inflected"}),
        ("wladimir", "Vladimir", "given", {"transliteration"}),
        ("vladimirovitch", "Vladimirovich", "patronymic", {"transliteration"}),
        ("zelenskyy", "Zelensky", "family", {"variant"}),
        ("alassad", "al-Assad", "family", {"canonical"}),
        ("elassad", "al-Assad", "family", {"exonym"}),
        ("assad", "Assad", "family", {"canonical", "exonym"}),
        ("walesa", "Wałęsa", "family", {"canonical"}),
    ],
)
def test_words_of_names(
    key: str, canonical: str, part: str, kinds: set[str], tiny_knowledge: Knowledge
) -> None:
    words = [one for one in tiny_knowledge.read(key).words if one.canonical == canonical]
    assert [one.part for one in words] == [part] * len(words)
    assert {alias.kind for one in words for alias in one.aliases} & kinds
    assert {alias.kind for one in words for alias in one.aliases} <= kinds


@pytest.mark.parametrize(
    ("key", "entity_id", "words"),
    [
        ("moscou", "geo:2", ("moscou",)),
        ("wagner", "org:wagner-group", ("groupe", "wagner")),
        ("gruppe", "org:wagner-group", ("gruppe", "wagner")),
        ("saint", "geo:4", ("saint", "petersbourg")),
        ("kreml", "org:kremlin", ("kreml",)),
    ],
)
def test_phrases_hang_on_their_first_capitalised_word(
    key: str, entity_id: str, words: tuple[str, ...], tiny_knowledge: Knowledge
) -> None:
    phrases = [(one.entity_id, one.words) for one in tiny_knowledge.read(key).phrases]
    assert (entity_id, words) in phrases


def test_what_is_not_in_the_tables_is_empty(tiny_knowledge: Knowledge) -> None:
    reading = tiny_knowledge.read("guildo")
    assert (reading.words, reading.phrases, reading.guard) == ((), (), None)
    assert not reading.english
    assert not reading.common
    assert tiny_knowledge.entity("per:guildo") is None
    assert tiny_knowledge.variants("per:guildo") is None


def test_english_and_guards(tiny_knowledge: Knowledge) -> None:
    assert tiny_knowledge.read("turkey").english
    assert tiny_knowledge.read("robert").common
    guard = tiny_knowledge.read("poutine").guard
    assert guard is not None
    assert (guard.need, guard.near) == ("context", ("gravy",))


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("Navalny", True),
        ("Navalny's", True),
        ("Navalny\N{RIGHT SINGLE QUOTATION MARK}s", True),
        ("navalny", False),
        ("Turkey", False),
        ("Golovlyov", False),
        ("", False),
    ],
)
def test_names_that_are_no_english_words(tiny_knowledge: Knowledge, word: str, known: bool) -> None:
    assert tiny_knowledge.knows_name(word) == known


def test_a_mans_ending_is_not_put_on_a_womans_name(tiny_knowledge: Knowledge) -> None:
    (word,) = (one for one in tiny_knowledge.read("golovina").words if one.part == "family")
    assert word.bearers == (("per:anna-golovina", 1),)


def test_entity(tiny_knowledge: Knowledge) -> None:
    known = tiny_knowledge.entity("per:bashar-al-assad")
    assert known is not None
    assert (known.canonical, sorted(known.family)) == ("Bashar al-Assad", [1])
    assert known.place.startswith("people.csv: row ")
    assert not known.user
    laden = tiny_knowledge.entity("per:osama-bin-laden")
    assert laden is not None
    assert laden.family == {2}  # the particle is optional


def test_variants(tiny_knowledge: Knowledge) -> None:
    assert {"Putin", "Poutine", "Putinas", "Putino", "Wladimir"} <= forms(tiny_knowledge, PUTIN)
    assert "Prigojine" not in forms(tiny_knowledge, PUTIN)
    assert {"Moscow", "Moscou", "Moskau"} <= forms(tiny_knowledge, "geo:2")


def test_longer_keys(tiny_knowledge: Knowledge) -> None:
    assert "navalny" in tiny_knowledge.longer("navaln", 3)
    assert "navalny" not in tiny_knowledge.longer("nav", 3)
    assert "navaln" not in tiny_knowledge.longer("navaln", 3)
    assert tiny_knowledge.longer("navaln", 0) == []


def test_facts(tiny_knowledge: Knowledge, tiny_tables: Tables) -> None:
    facts = tiny_knowledge.facts()
    assert facts["entities"] == str(len(tiny_tables.rows))
    assert facts["schemes"] == "en-press fr-press"
    assert int(facts["spellings"]) > int(facts["entities"])


def test_the_order_of_rows_does_not_matter(tiny_tables: Tables, tmp_path: Path) -> None:
    compile_base(tiny_tables, tmp_path / "one.sqlite")
    compile_base(replace(tiny_tables, rows=tiny_tables.rows[::-1]), tmp_path / "two.sqlite")
    one, two = (Knowledge([tmp_path / f"{name}.sqlite"]) for name in ("one", "two"))
    for key in ("poutine", "golovine", "moscou", "wagner", "kiev"):
        assert {w.canonical: set(w.bearers) for w in one.read(key).words} == {
            w.canonical: set(w.bearers) for w in two.read(key).words
        }
        assert set(one.read(key).phrases) == set(two.read(key).phrases)


# -- the cache -------------------------------------------------------------------------------


def compiled(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


def test_compiled_once(seeds: Path, tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    first = open_knowledge(cache, seeds=seeds)
    (path,) = cache.iterdir()
    stamp = path.stat().st_mtime_ns
    second = open_knowledge(cache, seeds=seeds)
    assert second.layers == first.layers == (path,)
    assert path.stat().st_mtime_ns == stamp


def test_a_table_that_changes_is_compiled_anew(seeds: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert text_by(open_knowledge(cache, seeds=seeds), "in Moscou") == "in Moscow"
    places = seeds / "entities" / "places.csv"
    places.write_text(
        places.read_text(encoding="utf-8").replace("Moscou", "Mosku"), encoding="utf-8"
    )
    knowledge = open_knowledge(cache, seeds=seeds)
    assert text_by(knowledge, "in Moscou, in Mosku") == "in Moscou, in Moscow"
    assert len(compiled(cache)) == 2


def test_the_same_tables_elsewhere_are_the_same(
    seeds: Path, tiny_seeds: Path, tmp_path: Path
) -> None:
    one = open_knowledge(tmp_path / "cache", seeds=seeds)
    other = open_knowledge(tmp_path / "cache", seeds=tiny_seeds)
    assert one.layers == other.layers


def test_a_cache_that_cannot_be_written(
    tiny_seeds: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        knowledge = open_knowledge(tmp_path / "file" / "cache", seeds=tiny_seeds)
    assert "cannot be written" in caplog.text
    assert text_by(knowledge, "in Moscou") == "in Moscow"


def test_a_fault_leaves_nothing_behind(seeds: Path, tmp_path: Path) -> None:
    (seeds / "styles.toml").write_text("nonsense", encoding="utf-8")
    cache = tmp_path / "cache"
    cache.mkdir()
    with pytest.raises(TableError, match=r"styles\.toml"):
        open_knowledge(cache, seeds=seeds)
    assert compiled(cache) == []


def test_pickled_as_its_paths(tiny_seeds: Path, tmp_path: Path) -> None:
    knowledge = open_knowledge(tmp_path, seeds=tiny_seeds, style=["Kiev"])
    sent = pickle.dumps(knowledge)
    assert len(sent) < 2000
    arrived = pickle.loads(sent)
    assert arrived.layers == knowledge.layers
    assert arrived.read("poutine") == knowledge.read("poutine")
    assert text_by(arrived, "in Kyiv") == text_by(knowledge, "in Kyiv")


# -- styles ----------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["Kiev", "old"])
def test_a_style_turns_the_choice_around(
    style: str, tiny_seeds: Path, cache: Path, tiny_knowledge: Knowledge
) -> None:
    styled = open_knowledge(cache, seeds=tiny_seeds, style=[style])
    text = "they went to Kijów and Kyiv and Kiev"
    assert text_by(styled, text) == "they went to Kiev and Kiev and Kiev"
    assert text_by(tiny_knowledge, text) == "they went to Kyiv and Kyiv and Kyiv"
    # All else is as before.
    assert text_by(styled, "from Moscou with Poutine of the Kremlin").startswith(
        "from Moscow with P"
    )


def test_a_style_of_one_word_of_a_name(tiny_seeds: Path, cache: Path) -> None:
    styled = open_knowledge(cache, seeds=tiny_seeds, style=["Zelenskyy"])
    text = "Volodymyr Zelenski and Zelensky's men"
    assert text_by(styled, text) == "Volodymyr Zelenskyy and Zelenskyy's men"
    assert text_by(styled, "with Zelenskyy there") == "with Zelenskyy there"


def test_styles_add_up(tiny_seeds: Path, cache: Path) -> None:
    styled = open_knowledge(cache, seeds=tiny_seeds, style=["old", "official"])
    assert text_by(styled, "they met Zelenski in Kijów") == "they met Zelenskyy in Kiev"


@pytest.mark.parametrize("style", ["Kief", "", "Moscou", "Leningrad"])
def test_an_unknown_style(style: str, tiny_seeds: Path, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"--style .*neither a style \(official, old\)"):
        open_knowledge(tmp_path, seeds=tiny_seeds, style=[style])


def test_restyle_touches_nothing_else(tiny_tables: Tables) -> None:
    (row,) = restyle(tiny_tables, ["Kiev"])
    assert (row.id, row.canonical, row.priority) == ("geo:1", "Kiev", 1)
    assert ("Kyiv", "variant") in {(one.form, one.kind) for one in row.spellings}
    assert restyle(tiny_tables, []) == []


# -- a user's names --------------------------------------------------------------------------


def test_a_name_of_the_users_own(names: Path, tiny_seeds: Path, cache: Path) -> None:
    names.write_text(
        "canonical,type,aliases,native\nGuildo Manx,,Gildo Mankso,Гильдо Манкс\n", encoding="utf-8"
    )
    knowledge = open_knowledge(cache, seeds=tiny_seeds, names=names)
    assert text_by(knowledge, "they met Gildo Mankso") == "they met Guildo Manx"
    assert text_by(knowledge, "they met Mankso in Moscou") == "they met Manx in Moscow"
    known = knowledge.entity("user:guildo-manx")
    assert known is not None
    assert known.user
    assert known.place == "names.csv: row 2"


def test_a_users_name_wins_over_ours(names: Path, tiny_seeds: Path, cache: Path) -> None:
    names.write_text(
        "canonical,type,aliases\nKiev,city,Kyiv|Kiyiw\nVladimir Poutine,,Vladimir Putin\n",
        encoding="utf-8",
    )
    knowledge = open_knowledge(cache, seeds=tiny_seeds, names=names)
    text = "from Kyiv and Kijów and Kiyiw came Vladimir Putin"
    assert text_by(knowledge, text) == "from Kiev and Kiev and Kiev came Vladimir Poutine"
    written = text_by(knowledge, text)
    assert text_by(knowledge, written) == written
    known = knowledge.entity(PUTIN)
    assert known is not None
    assert known.canonical == "Vladimir Poutine"


def test_a_users_name_wins_over_a_style(names: Path, tiny_seeds: Path, cache: Path) -> None:
    names.write_text("canonical,type,aliases\nKyjiv,city,Kyiv\n", encoding="utf-8")
    knowledge = open_knowledge(cache, seeds=tiny_seeds, names=names, style=["Kiev"])
    assert text_by(knowledge, "to Kijów, to Kiev") == "to Kyjiv, to Kyjiv"


def test_a_names_file_that_changes_is_read_anew(
    names: Path, tiny_seeds: Path, tmp_path: Path
) -> None:
    for written in ("Kiev", "Kyjiv"):
        names.write_text(f"canonical,type,aliases\n{written},city,Kyiv\n", encoding="utf-8")
        knowledge = open_knowledge(tmp_path / "cache", seeds=tiny_seeds, names=names)
        assert text_by(knowledge, "to Kijów") == f"to {written}"


@pytest.mark.parametrize("name", ["missing.csv", "missing.toml"])
def test_a_names_file_that_is_missing(name: str, tiny_seeds: Path, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=f"{name}.*cannot be read"):
        open_knowledge(tmp_path, seeds=tiny_seeds, names=tmp_path / name)


def test_the_hidden_entity_is_hidden_everywhere(names: Path, tiny_seeds: Path, cache: Path) -> None:
    """A layer above replaces an entity; nothing of the one below shows through."""
    names.write_text("canonical,type,aliases\nKyjiv,city,Kyiv\n", encoding="utf-8")
    knowledge = open_knowledge(cache, seeds=tiny_seeds, names=names)
    for key in ("kyiv", "kiev", "kijow"):
        assert [one.entity_id for one in knowledge.read(key).phrases] == ["geo:1"]
    assert "Kyjiv" in forms(knowledge, "geo:1")
    assert int(knowledge.facts()["entities"]) >= 1


def test_load_tables_is_what_is_compiled(tiny_seeds: Path, tiny_knowledge: Knowledge) -> None:
    for row in load_tables(tiny_seeds).rows:
        known = tiny_knowledge.entity(row.id)
        assert known is not None
        assert (known.canonical, known.type, known.roles) == (row.canonical, row.type, row.roles)


def test_a_damaged_cache_is_compiled_again(tmp_path: Path) -> None:
    seeds = Path(__file__).parent / "seeds_tiny"
    (compiled,) = open_knowledge(tmp_path, seeds=seeds).layers
    sound = compiled.read_bytes()
    compiled.write_bytes(sound[: len(sound) // 3])
    assert open_knowledge(tmp_path, seeds=seeds).layers == (compiled,)
    assert compiled.read_bytes() == sound


def test_a_corrupt_cache_is_compiled_again(tmp_path: Path) -> None:
    seeds = Path(__file__).parent / "seeds_tiny"
    (compiled,) = open_knowledge(tmp_path, seeds=seeds).layers
    compiled.write_bytes(b"not a database" * 100)
    facts = open_knowledge(tmp_path, seeds=seeds).facts()
    assert int(facts["entities"]) > 0
