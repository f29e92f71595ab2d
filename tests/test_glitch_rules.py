"""The tables of ``seeds/glitches/``: their own samples, the tables as a whole, and the checker."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from normalizer.annotation import Document
from normalizer.errors import TableError
from normalizer.glitches.rules import (
    GlitchRules,
    JunkRule,
    LexicalRule,
    MechanicalRule,
    load_glitch_rules,
    read_pattern,
)
from normalizer.glitches.surface import Detectors, compile_detectors, find_surface
from normalizer.names.tables import default_seeds

# The level at which a flag is shown.
SHOWN = 0.5


@pytest.fixture(scope="module")
def rules() -> GlitchRules:
    return load_glitch_rules()


@pytest.fixture(scope="module")
def detectors(rules: GlitchRules) -> Detectors:
    return compile_detectors(rules)


def shown(text: str, detectors: Detectors, languages: dict[str, float]) -> list[tuple[str, str]]:
    return [
        (flag.origin, flag.surface)
        for flag in find_surface(Document("sample", text), detectors, languages)
        if flag.score >= SHOWN
    ]


def own_language(rule: LexicalRule) -> dict[str, float]:
    return {min(rule.langs): 1.0} if rule.langs else {}


def test_every_lexical_rule_flags_its_samples(rules: GlitchRules, detectors: Detectors) -> None:
    missed = [
        (rule.place, text)
        for rule in rules.lexicon
        for text in rule.flag
        if rule.id not in [origin for origin, _ in shown(text, detectors, own_language(rule))]
    ]
    assert missed == []


def test_every_lexical_rule_keeps_its_samples(rules: GlitchRules, detectors: Detectors) -> None:
    touched = [
        (rule.place, text, found)
        for rule in rules.lexicon
        for text in rule.keep
        for languages in ({}, own_language(rule))
        if (found := shown(text, detectors, languages))
    ]
    assert touched == []


def test_junk_and_mechanical_rules_flag_and_keep(rules: GlitchRules, detectors: Detectors) -> None:
    samples: list[JunkRule | MechanicalRule] = [*rules.junk, *rules.mechanical.values()]
    for rule in samples:
        for text in rule.flag:
            assert rule.id in [origin for origin, _ in shown(text, detectors, {})], (rule, text)
        for text in rule.keep:
            assert shown(text, detectors, {}) == [], (rule.place, text)


def test_there_are_rules_for_many_languages(rules: GlitchRules) -> None:
    langs = Counter(lang for rule in rules.lexicon for lang in rule.langs)
    assert len(rules.lexicon) >= 300
    wanted = [
        "ru",
        "uk",
        "fr",
        "de",
        "es",
        "it",
        "pt",
        "ro",
        "pl",
        "cs",
        "lt",
        "lv",
        "tr",
        "ar",
        "fa",
        "zh",
        "ja",
        "ko",
    ]
    assert {lang for lang in wanted if langs[lang] < 3} == set()


def test_suggestions_are_drop_in_texts(rules: GlitchRules) -> None:
    for rule in rules.lexicon:
        for wording in rule.suggest:
            text = wording.write("")
            assert text == text.strip(), rule.place
            assert "..." not in text, rule.place
            assert "~" not in text, rule.place


def test_no_suggestion_is_flagged_again(rules: GlitchRules, detectors: Detectors) -> None:
    """A second run must not find fault with what the first one proposed."""
    again: list[tuple[str, str, str]] = []
    for rule in rules.lexicon:
        languages = own_language(rule)
        for text in rule.flag:
            for flag in find_surface(Document("sample", text), detectors, languages):
                if flag.origin != rule.id or not flag.suggestions:
                    continue
                best = flag.suggestions[0].text
                new = text[: flag.span.start] + best + text[flag.span.end :]
                end = flag.span.start + len(best)
                again.extend(
                    (rule.place, new, other.origin)
                    for other in find_surface(Document("sample", new), detectors, languages)
                    if other.score >= SHOWN
                    and other.origin == rule.id
                    and other.span.start < end
                    and other.span.end > flag.span.start
                )
    assert again == []


def test_every_citation_has_its_source(rules: GlitchRules) -> None:
    cited = {rule.source for rule in rules.lexicon}
    cited.update(rule.source for rule in rules.junk)
    cited.update(rule.source for rule in rules.mechanical.values())
    assert cited <= set(rules.sources)


# -- patterns --------------------------------------------------------------------------------


def test_a_pattern_is_written_out() -> None:
    ways = read_pattern("[~strike] the? ties|links ,", {"strike": {"ed": "struck"}})
    assert [len(way.steps) for way in ways] == [2, 3]
    assert "struck" in ways[0].steps[0]
    assert ways[0].marked == (0, 1)
    assert all(way.comma for way in ways)


def test_a_gap_is_up_to_three_words() -> None:
    assert [len(way.steps) for way in read_pattern("make <gap> photo", {})] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("[open", "needs one"),
        ("a.*b", "cannot read"),
        ("<nonsense> word", "unknown class"),
        ("Upper case", "lower case"),
        ("<num> <word>", "at least one word"),
        ("a? b? c? d? e? f? g? word", "ways to be written"),
        ("", "at least one word"),
    ],
)
def test_a_bad_pattern_is_refused(pattern: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_pattern(pattern, {})


# -- the checker -----------------------------------------------------------------------------


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    for name in ("english_words.txt", "english_names.txt", "sources.toml"):
        shutil.copy(default_seeds() / name, folder / name)
    shutil.copytree(default_seeds() / "glitches", folder / "glitches")
    return folder


RULE = """
[[glitch]]
id = "sample"
category = "calque"
surface = ["frobnicated ties"]
score = 0.8
source = "press-usage"
flag = ["They frobnicated ties."]
keep = ["They cut ties."]
"""


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (RULE.replace("score = 0.8", "score = 8"), ["glitch sample", "score 8"]),
        (RULE.replace("press-usage", "nowhere"), ["source 'nowhere' is unknown"]),
        (RULE.replace('keep = ["They cut ties."]', ""), ["lacks 'keep'"]),
        (RULE.replace("keep = [", "kept = ["), ["unknown field kept", "lacks 'keep'"]),
        (RULE.replace('flag = ["They frobnicated ties."]', "flag = []"), ["'flag' is not"]),
        (RULE.replace('surface = ["', 'surface = ["[[[ '), ["surface '[[["]),
        (RULE.replace("score = 0.8", 'score = "high"'), ["'score' is not a number"]),
        (RULE + RULE, ["id 'sample' is there twice"]),
        (RULE + "window = 900\n", ["window 900"]),
        (RULE + 'near = ["Two words"]\n', ["near: 'Two words'"]),
        ("[[glitch]]\n", ["glitch 1", "lacks 'id'"]),
        ("glitch = 3\n", ["'glitch' is not a list"]),
        ("not toml", ["lexicon_xx.toml: is not TOML"]),
        (RULE + 'suggest = ["~cut ~ties"]\n', ["only one word can take the form"]),
    ],
)
def test_a_broken_rule_file_is_refused(seeds: Path, text: str, faults: list[str]) -> None:
    (seeds / "glitches" / "lexicon_xx.toml").write_text(text, encoding="utf-8")
    with pytest.raises(TableError) as caught:
        load_glitch_rules(seeds)
    for fault in faults:
        assert fault in str(caught.value)
    assert "lexicon_xx.toml" in str(caught.value)


def test_all_faults_of_all_files_are_named_at_once(seeds: Path) -> None:
    room = seeds / "glitches"
    (room / "lexicon_xx.toml").write_text(RULE.replace("0.8", "1.8"), encoding="utf-8")
    (room / "junk.toml").write_text('[[junk]]\nid = "x"\n', encoding="utf-8")
    (room / "languages.toml").write_text("xx = 3\n", encoding="utf-8")
    (room / "forms.toml").write_text('strike = "struck"\n', encoding="utf-8")
    (room / "rare_words.txt").write_bytes(b"\xff\xfe")
    (room / "affixes.toml").unlink()
    with pytest.raises(TableError) as caught:
        load_glitch_rules(seeds)
    lines = str(caught.value).splitlines()
    for name in ("lexicon_xx", "junk", "languages", "forms", "rare_words", "affixes"):
        assert any(line.startswith(name) for line in lines), name


def test_junk_texts_are_checked(seeds: Path) -> None:
    (seeds / "glitches" / "junk.toml").write_text(
        '[[junk]]\nid = "x"\nkind = "somewhere"\ntexts = ["Upper  case"]\nscore = 0.9\n'
        'source = "own-survey"\nflag = ["a"]\nkeep = ["b"]\n',
        encoding="utf-8",
    )
    with pytest.raises(TableError, match=r"kind 'somewhere'(.|\n)*not lower case"):
        load_glitch_rules(seeds)
