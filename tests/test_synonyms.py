"""Which spellings go out to search engines, and each engine's format, escapes and refusals."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.cli import export as command
from normalizer.errors import UsageError
from normalizer.export.selection import select_entities
from normalizer.export.spellings import (
    ORDINARY,
    RARER,
    SHARED,
    UNLIKELY,
    Choice,
    SpellingSet,
    SpellingSets,
    spelling_sets,
    spellings_of,
)
from normalizer.export.synonyms import ENGINES, synonyms
from normalizer.export.terms import EMPTY, words_of
from normalizer.names.fold import fold_phrase
from normalizer.names.knowledge import Knowledge, open_knowledge

PUTIN = SpellingSet("Vladimir Putin", ("per:1",), ("Vladimir Poutine", "Władimir Putin"))
NOVICHOK = SpellingSet("Novichok", ("pro:1",), ("Novičok", "Novitchok"))
CAFE = SpellingSet("Café Göring", ("org:1",), ("Café Goering",))
SETS = [PUTIN, NOVICHOK]
HOSTILE = SpellingSet(
    "Smith, Jones => Co",
    ("org:2",),
    ("#1 Firm", "a\\b", "O'Neil", 'say "hi"', "tab\tand\nline", "!!!", "bell\a", "=>"),
)


def rendered(engine: str, *sets: SpellingSet, mode: str = "") -> str:
    return "".join(synonyms(sets, engine, mode))


# -- which spellings -------------------------------------------------------------------------


def by_name(sets: SpellingSets) -> dict[str, tuple[str, ...]]:
    return {one.canonical: one.spellings for one in sets}


@pytest.fixture(scope="module")
def tiny_sets(tiny_knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    return by_name(spelling_sets(tiny_knowledge, Choice()))


def test_a_family_name_goes_out_alone_and_in_whole_names(
    tiny_sets: dict[str, tuple[str, ...]],
) -> None:
    assert "Prigojine" in tiny_sets["Prigozhin"]
    assert "Evgueni Prigojine" in tiny_sets["Yevgeny Prigozhin"]
    assert "groupe Wagner" in tiny_sets["Wagner Group"]


def test_a_guarded_word_goes_out_inside_a_whole_name_only(tiny_knowledge: Knowledge) -> None:
    sets = spelling_sets(tiny_knowledge, Choice())
    names = by_name(sets)
    assert not [one for one in names.values() if {"Poutine", "Moskau", "Milano"} & set(one)]
    assert "Vladimir Poutine" in names["Vladimir Putin"]
    # Who asks for the family name finds the whole name too.
    assert "Vladimir Poutine" in names["Putin"]
    assert sets.left_out[ORDINARY]


def test_the_base_as_shipped_guards_poutine(knowledge: Knowledge) -> None:
    sets = by_name(spellings_of(["per:vladimir-putin"], knowledge, Choice()))
    assert "Poetin" in sets["Putin"]
    assert "Poutine" not in sets["Putin"]
    assert "Vladimir Poutine" in sets["Vladimir Putin"]


def test_ordinary_words_go_out_when_they_are_asked_for(tiny_knowledge: Knowledge) -> None:
    sets = by_name(spelling_sets(tiny_knowledge, Choice(ambiguous=True)))
    assert "Poutine" in sets["Putin"]
    assert "Moskau" in sets["Moscow"]


def test_case_forms_stay_under_the_lowest_score(tiny_knowledge: Knowledge) -> None:
    usual = spelling_sets(tiny_knowledge, Choice())
    every = by_name(spelling_sets(tiny_knowledge, Choice(min_score=0.4)))
    assert set(by_name(usual)["Putin"]) < set(every["Putin"])
    assert usual.left_out[UNLIKELY]


def test_clipped_stems_go_out_until_a_score_forbids_it(tiny_knowledge: Knowledge) -> None:
    assert "Navaln" in by_name(spelling_sets(tiny_knowledge, Choice()))["Navalny"]
    sure = by_name(spelling_sets(tiny_knowledge, Choice(min_score=0.7)))
    assert "Navaln" not in sure["Navalny"]
    assert "Navalnyï" in sure["Navalny"]


def test_former_names_are_spellings_when_asked_for(tiny_knowledge: Knowledge) -> None:
    sets = by_name(spelling_sets(tiny_knowledge, Choice(former=True)))
    assert "Leningrad" in sets["Saint Petersburg"]
    assert "Leningrad" not in by_name(spelling_sets(tiny_knowledge, Choice()))["Saint Petersburg"]


def test_a_word_that_stemmers_take_for_another_stays_at_home(
    tmp_path: Path, tiny_seeds: Path
) -> None:
    own = tmp_path / "own.csv"
    # Cake and river are English words of the tiny tables.
    own.write_text("canonical,type,aliases,native\nZorvik,city,Rivere|Caked|Zorwik,\n", "utf-8")
    knowledge = open_knowledge(tmp_path, seeds=tiny_seeds, names=own)
    assert by_name(spelling_sets(knowledge, Choice()))["Zorvik"] == ("Zorwik",)


def test_the_plain_spelling_goes_out_beside_the_accented_one(
    tiny_sets: dict[str, tuple[str, ...]],
) -> None:
    assert {"Kijów", "Kijow"} <= set(tiny_sets["Kyiv"])
    assert "Walesa" in tiny_sets["Wałęsa"]


def test_a_spelling_of_two_names_stays_at_home(tmp_path: Path, tiny_seeds: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("canonical,type,aliases,native\nZorvik,city,Kijów|Zorwik,\n", "utf-8")
    knowledge = open_knowledge(tmp_path, seeds=tiny_seeds, names=own)
    sets = spelling_sets(knowledge, Choice())
    names = by_name(sets)
    assert names["Zorvik"] == ("Zorwik",)
    assert "Kijów" not in names["Kyiv"]
    assert "Kijow" not in names["Kyiv"]
    assert sets.left_out[SHARED]


def test_own_spellings_are_guarded_by_our_words_too(tmp_path: Path, tiny_seeds: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("canonical,type,aliases,native\nZorvik,city,River|Zorwik|Zor,\n", "utf-8")
    knowledge = open_knowledge(tmp_path, seeds=tiny_seeds, names=own)
    # Three letters are enough where a person lists them.
    assert by_name(spelling_sets(knowledge, Choice()))["Zorvik"] == ("Zorwik", "Zor")


def test_a_walk_over_the_base_reads_what_looking_up_reads(tiny_knowledge: Knowledge) -> None:
    read = dict(tiny_knowledge.readings())
    assert list(read) == sorted(read)
    assert all(tiny_knowledge.read(key) == reading for key, reading in read.items())
    for known in tiny_knowledge.entities():
        assert set(tiny_knowledge.keys(known.id)) <= set(read)
    assert tiny_knowledge.keys("nobody") == []


def test_own_names_win_and_hide_ours(tmp_path: Path, tiny_seeds: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("canonical,type,aliases,native\nKiev,capital,Kyiv,\n", "utf-8")
    sets = by_name(spelling_sets(open_knowledge(tmp_path, seeds=tiny_seeds, names=own), Choice()))
    assert {"Kyiv", "Kijów"} <= set(sets["Kiev"])
    assert "Kyiv" not in sets


def test_only_so_many_spellings_of_a_name(tiny_knowledge: Knowledge) -> None:
    sets = spelling_sets(tiny_knowledge, Choice(most=2))
    assert max(len(one.spellings) for one in sets) == 2
    assert sets.left_out[RARER]


def test_a_few_entities_give_what_all_give(tiny_knowledge: Knowledge) -> None:
    every = {one.canonical: one for one in spelling_sets(tiny_knowledge, Choice())}
    for id_ in ("per:yevgeny-prigozhin", "geo:1", "org:wagner-group"):
        few = list(spellings_of([id_], tiny_knowledge, Choice()))
        assert few
        assert [every[one.canonical] for one in few] == few
    chosen = Choice(entities=frozenset({"geo:1"}))
    assert [one.canonical for one in spelling_sets(tiny_knowledge, chosen)] == ["Kyiv"]


def test_no_spelling_leads_to_two_names(knowledge: Knowledge) -> None:
    """The promise as a whole, on the shipped tables: case and diacritics aside."""
    owners: dict[str, set[str]] = {}
    sets = list(spelling_sets(knowledge, Choice()))
    bearers = {fold_phrase(one.canonical): set(one.entity_ids) for one in sets}
    for one in sets:
        assert len(one.spellings) == len(set(one.spellings))
        assert one.canonical not in one.spellings
        for form in one.spellings:
            key = fold_phrase(form)
            assert bearers.get(key, set(one.entity_ids)) & set(one.entity_ids), form
            if " " not in key:
                assert owners.setdefault(key, set(one.entity_ids)) & set(one.entity_ids), form
                reading = knowledge.read(key)
                assert not reading.english, form
                assert not reading.guard, form


# -- selection -------------------------------------------------------------------------------


def test_entities_are_chosen_by_id_type_and_name(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    assert select_entities([], tiny_knowledge) is None
    named = select_entities(["geo:1, kyiv", "NATO"], tiny_knowledge)
    assert named == frozenset(("geo:1", "org:nato"))
    assert select_entities(["region"], tiny_knowledge) == frozenset(("geo:3",))
    wishes = tmp_path / "wishes.txt"
    wishes.write_text("# a comment\n\nMoscow\ngeo:1\n", "utf-8")
    assert select_entities([str(wishes)], tiny_knowledge) == frozenset(("geo:1", "geo:2"))


def test_unknown_wishes_are_all_told_with_what_comes_near(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    wishes = tmp_path / "wishes.txt"
    wishes.write_text("Moscow\nMoskow\nXyzzy\n", "utf-8")
    with pytest.raises(UsageError) as caught:
        select_entities([str(wishes)], tiny_knowledge)
    first, second = str(caught.value).splitlines()
    assert first == (
        f"{wishes}: line 2: 'Moskow' is no entity, no type and no canonical name; "
        "did you mean 'moscow'?"
    )
    assert second.startswith(f"{wishes}: line 3: 'Xyzzy'")
    wishes.write_bytes(b"\xff\xfe\n")
    with pytest.raises(UsageError, match="cannot be read as UTF-8"):
        select_entities([str(wishes)], tiny_knowledge)


def test_the_command_offers_every_engine() -> None:
    assert set(command.ENGINES) == set(ENGINES)


# -- formats ---------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["solr", "lucene", "elasticsearch", "opensearch"])
def test_solr_format(engine: str) -> None:
    assert rendered(engine, NOVICHOK) == "Novichok, Novičok, Novitchok\n"
    assert rendered(engine, NOVICHOK, mode="contract") == "Novičok, Novitchok => Novichok\n"


def test_solr_format_escapes_what_would_part_or_hide_a_term() -> None:
    counts = Counter[str]()
    line = "".join(synonyms([HOSTILE], "solr", "", counts))
    assert line == ('Smith\\, Jones \\=> Co, \\#1 Firm, a\\\\b, O\'Neil, say "hi", tab and line\n')
    # "!!!" and "=>" hold no word and the bell is a control: a strict load would stop at them.
    assert counts[EMPTY] == 3


def read_solr(line: str) -> tuple[list[str], list[str]]:
    """Lucene's SolrSynonymParser, in short: both sides of a line, unescaped."""
    sides: list[list[str]] = [[""]]
    at = 0
    while at < len(line):
        if line[at] == "\\" and at + 1 < len(line):
            sides[-1][-1] += line[at + 1]
            at += 2
        elif line.startswith("=>", at):
            sides.append([""])
            at += 2
        elif line[at] == ",":
            sides[-1].append("")
            at += 1
        else:
            sides[-1][-1] += line[at]
            at += 1
    sides += [[]] * (2 - len(sides))
    left, right = sides
    return [one.strip() for one in left], [one.strip() for one in right]


TERM = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@given(TERM, st.lists(TERM, min_size=1, max_size=4))
def test_any_names_survive_solr_format(head: str, others: list[str]) -> None:
    one = SpellingSet(head, ("x",), tuple(others))
    for line in rendered("solr", one).splitlines():
        assert not line.startswith("#")
        left, right = read_solr(line)
        assert left[0] == " ".join(left[0].split())
        assert right == []
        assert len({term.casefold() for term in left}) == len(left)
    for line in rendered("solr", one, mode="contract").splitlines():
        left, right = read_solr(line)
        assert len(right) == 1
        assert right[0] not in left


@given(TERM, st.lists(TERM, min_size=1, max_size=4), st.sampled_from(sorted(ENGINES)))
def test_any_names_are_one_line_each_and_no_engine_fails(
    head: str, others: list[str], engine: str
) -> None:
    text = rendered(engine, SpellingSet(head, ("x",), tuple(others)))
    assert all(line.isprintable() or "\t" in line for line in text.splitlines())


def test_elasticsearch_body() -> None:
    body = json.loads(rendered("es-synonyms-api", PUTIN, NOVICHOK))
    assert [rule["id"] for rule in body["synonyms_set"]] == ["Vladimir Putin", "Novichok"]
    assert body["synonyms_set"][1]["synonyms"] == "Novichok, Novičok, Novitchok"
    contracted = json.loads(rendered("es-synonyms-api", NOVICHOK, mode="contract"))
    assert contracted["synonyms_set"][0]["synonyms"] == "Novičok, Novitchok => Novichok"


def test_elasticsearch_takes_ten_thousand_rules_and_no_more() -> None:
    sets = [SpellingSet(f"Name{at}", ("x",), (f"Alias{at}",)) for at in range(10_001)]
    assert len(json.loads(rendered("es-synonyms-api", *sets[1:]))["synonyms_set"]) == 10_000
    with pytest.raises(UsageError, match=r"takes 10,000 .*, here are 10,001; .*parts"):
        rendered("es-synonyms-api", *sets)


def test_solr_managed_maps_each_term_and_keeps_it() -> None:
    assert json.loads(rendered("solr-managed", NOVICHOK)) == {
        "Novichok": ["Novichok", "Novičok", "Novitchok"],
        "Novičok": ["Novičok", "Novichok"],
        "Novitchok": ["Novitchok", "Novichok"],
    }
    assert json.loads(rendered("solr-managed", NOVICHOK, mode="contract")) == {
        "Novičok": ["Novichok"],
        "Novitchok": ["Novichok"],
    }


def test_meilisearch_is_told_both_directions_without_what_it_folds() -> None:
    plain = SpellingSet("Novichok", ("x",), ("Novičok", "Novicok", "Novitchok"))
    assert json.loads(rendered("meilisearch", plain)) == {
        "Novichok": ["Novičok", "Novitchok"],
        "Novičok": ["Novichok"],
        "Novitchok": ["Novichok"],
    }


def test_meilisearch_never_asks_for_long_terms_but_finds_them() -> None:
    long = SpellingSet("Qonto", ("x",), ("the very long Qonto",))
    counts = Counter[str]()
    body = json.loads("".join(synonyms([long], "meilisearch", "", counts)))
    assert body == {"Qonto": ["the very long Qonto"]}
    assert counts["of more than three words"] == 1


def test_typesense_before_and_after_thirty() -> None:
    item = {"id": "Novichok", "synonyms": ["Novichok", "Novičok", "Novitchok"]}
    assert [json.loads(line) for line in rendered("typesense", NOVICHOK).splitlines()] == [item]
    assert json.loads(rendered("typesense30", NOVICHOK)) == {"items": [item]}
    one_way = [
        json.loads(line) for line in rendered("typesense", NOVICHOK, mode="contract").splitlines()
    ]
    assert [(one["root"], one["synonyms"]) for one in one_way] == [
        ("Novičok", ["Novichok"]),
        ("Novitchok", ["Novichok"]),
    ]
    assert len({one["id"] for one in one_way}) == 2


def test_postgresql_synonyms_are_single_words_and_keep_the_canonical_one() -> None:
    counts = Counter[str]()
    text = "".join(synonyms([PUTIN, NOVICHOK], "postgresql-syn", "", counts))
    assert text == "novichok novichok\nnovičok novichok\nnovitchok novichok\n"
    assert counts["of several words"] == 2


def test_postgresql_thesaurus_walks_round_stop_words() -> None:
    bank = SpellingSet("Bank of Moscow", ("x",), ("Do Bank Moskau", "the", "Mosbank: *"))
    assert rendered("postgresql-ths", bank) == (
        "? bank moskau : bank moscow\nmosbank : bank moscow\n"
    )


@pytest.mark.parametrize("engine", ["sphinx", "manticore"])
def test_word_forms_hold_words_only(engine: str) -> None:
    odd = SpellingSet("A > B #Group", ("x",), ("~Gruppe-A>B", "a b group"))
    assert rendered(engine, odd) == "gruppe a b > a b group\n"


def test_a_replaced_spelling_is_replaced_once() -> None:
    again = SpellingSet("Putin", ("per:1",), ("Vladimir Poutine", "Poetin"))
    assert rendered("sphinx", PUTIN, again) == (
        "vladimir poutine > vladimir putin\nwładimir putin > vladimir putin\npoetin > putin\n"
    )


def test_groonga_commands_quote_every_term() -> None:
    lines = rendered("groonga", HOSTILE, PUTIN).splitlines()
    assert lines[:3] == [
        "table_create Synonyms TABLE_PAT_KEY ShortText --normalizer NormalizerAuto",
        "column_create Synonyms words COLUMN_VECTOR ShortText",
        "load --table Synonyms",
    ]
    loaded = {row["_key"]: row["words"] for row in json.loads("\n".join(lines[3:]))}
    assert loaded["Vladimir Poutine"] == ['"Vladimir Poutine"', '"Vladimir Putin"']
    assert '"say \\"hi\\""' in loaded["Smith, Jones => Co"]
    assert '"a\\\\b"' in loaded["Smith, Jones => Co"]


def test_xapian_is_told_single_terms() -> None:
    counts = Counter[str]()
    text = "".join(synonyms([PUTIN, NOVICHOK], "xapian", "", counts))
    assert text.splitlines() == [
        "novichok\tnovičok",
        "novichok\tnovitchok",
        "novičok\tnovichok",
        "novitchok\tnovichok",
    ]
    assert counts["of several words"] == 4


def test_wordnet_doubles_quotes_and_numbers_synsets_with_nine_digits() -> None:
    apostrophe = SpellingSet("O'Neil", ("x",), ("ONeil",))
    assert rendered("wordnet", NOVICHOK, apostrophe) == (
        "s(100000001,1,'Novichok',n,1,0).\n"
        "s(100000001,2,'Novičok',n,1,0).\n"
        "s(100000001,3,'Novitchok',n,1,0).\n"
        "s(100000002,1,'O''Neil',n,1,0).\n"
        "s(100000002,2,'ONeil',n,1,0).\n"
    )


@pytest.mark.parametrize(
    ("engine", "mode"),
    [("sphinx", "expand"), ("postgresql-syn", "expand"), ("wordnet", "contract")],
)
def test_an_engine_refuses_what_it_cannot_do(engine: str, mode: str) -> None:
    with pytest.raises(UsageError, match=f"--engine {engine} can only .*leave out --mode {mode}"):
        rendered(engine, PUTIN, mode=mode)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_no_names_are_still_a_whole_file(engine: str) -> None:
    text = rendered(engine)
    if text.startswith(("{", "[")):
        json.loads(text)
    assert not text or text.endswith("\n")


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_canonical_names_without_another_spelling_are_no_row(engine: str) -> None:
    assert rendered(engine, SpellingSet("Qonto", ("x",), ("qonto", "QONTO"))) == rendered(engine)


def test_words_are_what_engines_find() -> None:
    assert words_of("Wagner-Gruppe (the)") == ["wagner", "gruppe", "the"]
    assert words_of("Naval\N{MODIFIER LETTER PRIME}nyj İrak") == ["navalnyj", "irak"]


def test_thousands_of_own_names_go_out(tmp_path: Path, tiny_seeds: Path) -> None:
    """A hundred thousand are timed by ``bench/export_speed.py``."""
    own = tmp_path / "own.csv"
    rows = (f"Blorvik{at} Zumbak{at},person,Blorwik{at} Zumbac{at},\n" for at in range(2_000))
    own.write_text("canonical,type,aliases,native\n" + "".join(rows), "utf-8")
    knowledge = open_knowledge(tmp_path, seeds=tiny_seeds, names=own)
    lines = "".join(synonyms(spelling_sets(knowledge, Choice()), "solr")).splitlines()
    assert "Blorvik7 Zumbak7, " in "\n".join(lines)
    assert sum(fold_phrase(line).startswith("blorvik") for line in lines) == 2_000
