"""What a model said is kept; the file it is kept in is never needed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_model import FakeModel

from normalizer.annotation import Document, Span
from normalizer.glitches.language_model.cache import FILE, OpinionCache, RememberingModel
from normalizer.glitches.language_model.protocol import Passage, passages_of
from normalizer.glitches.sentences import split_sentences

# Only handed on.
ANY_ADAPTER: Any = "adapter"
TEXT = "“The talks ended.” He left in 1987 (by car).\nNobody knows why."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / FILE


def passages(text: str = TEXT) -> list[Passage]:
    document = Document("a", text)
    return passages_of(document, split_sentences(document))


def remembering(file: Path, model: FakeModel) -> RememberingModel:
    return RememberingModel(
        lambda: model, OpinionCache(file), name=model.name, fingerprint=model.fingerprint
    )


# -- passages --------------------------------------------------------------------------------


def test_passages_are_sentences_with_the_marks_that_touch_them() -> None:
    found = passages()
    assert [one.text for one in found] == [
        "“The talks ended.”",
        "He left in 1987 (by car).",
        "Nobody knows why.",
    ]
    assert [one.before for one in found] == ["", found[0].text, found[1].text]
    sentences = split_sentences(Document("a", TEXT))
    for one, sentence in zip(found, sentences, strict=True):
        assert tuple(one.word(at) for at in range(len(one.words))) == sentence.words


def test_a_word_is_put_in_the_place_of_another() -> None:
    one = passages()[1].with_word(1, "drove off")
    assert one.text == "He drove off in 1987 (by car)."
    assert [one.word(at) for at in range(len(one.words))] == [
        "He",
        "drove off",
        "in",
        "1987",
        "by",
        "car",
    ]


# -- answers are kept ------------------------------------------------------------------------


def test_a_second_run_asks_nothing_and_hears_the_same(file: Path) -> None:
    many = passages()
    answers = []
    for _ in range(2):
        model = FakeModel()
        remembers = remembering(file, model)
        answers.append(
            (
                remembers.read(many),
                remembers.log_likelihood(many),
                remembers.glance(many, 0),
                remembers.glance(many, 1),
                remembers.best_words(many[0], 1, count=2),
                remembers.recall("own-1", many, lambda missing: [[1 / 3]] * len(missing)),
            )
        )
    assert answers[0] == answers[1]
    assert answers[0][0] == FakeModel().read(many)
    assert answers[0][2:4] == (FakeModel().glance(many, 0), FakeModel().glance(many, 1))
    assert answers[0][5] == [[1 / 3]] * 3
    assert model.asked == []


def test_only_what_is_missing_is_computed_and_each_once(file: Path) -> None:
    one, two, three = passages()
    remembering(file, FakeModel()).log_likelihood([two])
    model = FakeModel()
    found = remembering(file, model).log_likelihood([one, two, one, three])
    assert found == FakeModel().log_likelihood([one, two, one, three])
    assert model.asked == [one.text, three.text]


def test_an_answer_is_for_one_question_of_one_model(file: Path) -> None:
    one = passages()[1]
    remembering(file, FakeModel()).log_likelihood([one])
    for other, model in (
        (replace(one, before="Else."), FakeModel()),
        (replace(one, words=()), FakeModel()),
        (replace(one, text=one.text + " "), FakeModel()),
        (one, FakeModel(fingerprint="fake-2")),
    ):
        remembering(file, model).log_likelihood([other])
        assert model.asked == [other.text]
    model = FakeModel()
    remembers = remembering(file, model)
    remembers.best_words(one, 1)
    remembers.best_words(one, 2)
    remembers.best_words(one, 2, count=3)
    remembers.recall("other", [one], lambda missing: [0])
    assert len(model.asked) == 3


def test_a_model_is_not_opened_for_what_is_known(file: Path) -> None:
    many, fake = passages(), FakeModel()
    known = remembering(file, fake)
    known.read(many)
    known.log_likelihood(many)
    known.best_words(many[0], 1)

    def never() -> FakeModel:
        raise AssertionError("nothing was to be asked")

    remembers = RememberingModel(never, OpinionCache(file), name="fake", fingerprint="fake-1")
    assert remembers.read(many) == fake.read(many)
    assert remembers.log_likelihood(many) == fake.log_likelihood(many)
    assert remembers.best_words(many[0], 1) == fake.best_words(many[0], 1)
    with pytest.raises(AssertionError, match="nothing was to be asked"):
        remembers.best_words(many[0], 2)


def test_states_are_not_kept(file: Path) -> None:
    model = FakeModel()
    remembers = remembering(file, model)
    for _ in range(2):
        remembers.read(passages()[:1], adapter=ANY_ADAPTER)
    assert len(model.asked) == 2


def test_any_text_has_a_key(file: Path) -> None:
    odd = Passage("\ud800 \N{GRINNING FACE} \x00", (Span(0, 1),), "\udcff")
    model = FakeModel()
    remembers = remembering(file, model)
    assert remembers.log_likelihood([odd]) == remembers.log_likelihood([odd])
    assert len(model.asked) == 1
    assert remembers.read([]) == []


def test_of_a_run_that_ends_early_what_was_done_is_kept(file: Path) -> None:
    many = [Passage(f"War {number}.", (Span(0, 3),)) for number in range(600)]
    sizes: list[int] = []

    def compute(part: list[Passage]) -> list[int]:
        sizes.append(len(part))
        if len(sizes) == 3:
            raise KeyboardInterrupt
        return [len(one.text) for one in part]

    with pytest.raises(KeyboardInterrupt):
        remembering(file, FakeModel()).recall("length", many, compute)
    assert len(sizes) == 3
    assert max(sizes) < len(many) / 2
    missing: list[Passage] = []

    def again(part: list[Passage]) -> list[int]:
        missing.extend(part)
        return [len(one.text) for one in part]

    found = remembering(file, FakeModel()).recall("length", many, again)
    assert found == [len(one.text) for one in many]
    assert missing == many[sizes[0] + sizes[1] :]


# -- the file --------------------------------------------------------------------------------


def test_the_file_is_bounded_and_the_oldest_go(tmp_path: Path) -> None:
    file = tmp_path / FILE
    cache = OpinionCache(file, max_bytes=200_000)
    keys = [f"{number:032}".encode() for number in range(1000)]
    for key in keys:
        cache.store({key: "x" * 1000})
    cache.close()
    fresh = OpinionCache(file)
    kept = [key for key in keys if fresh.load([key])]
    assert 50 < len(kept) < 200
    assert kept == keys[-len(kept) :]
    assert file.stat().st_size < 400_000


def test_a_broken_file_is_made_anew(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"no database" * 1000)
    for expected in (1, 0):
        model = FakeModel()
        remembering(file, model).log_likelihood(passages()[:1])
        assert len(model.asked) == expected


def test_a_file_of_another_format_is_made_anew(file: Path) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE opinions (other TEXT)")
    connection.close()
    assert len(remembering(file, FakeModel()).log_likelihood(passages())) == 3
    model = FakeModel()
    remembering(file, model).log_likelihood(passages())
    assert model.asked == []


def test_a_file_that_cannot_be_made_costs_only_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    model = FakeModel()
    remembers = remembering(tmp_path / "file" / FILE, model)
    for _ in range(2):
        assert len(remembers.log_likelihood(passages())) == 3
    assert len(model.asked) == 3, "kept in memory at least"
    assert len(caplog.records) == 1
    assert "cannot be used" in caplog.text


def test_a_file_that_breaks_on_the_way_costs_only_time(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = FakeModel()
    remembers = remembering(file, model)
    with sqlite3.connect(file) as other:
        other.execute("DROP TABLE opinions")
    other.close()
    for _ in range(2):
        assert len(remembers.log_likelihood(passages())) == 3
    assert len(model.asked) == 3
    assert "cannot be used" in caplog.text


def test_processes_share_the_file(file: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from normalizer.glitches.language_model.cache import OpinionCache\n"
        "cache = OpinionCache(Path(sys.argv[1]))\n"
        "for number in range(50):\n"
        "    cache.store({f'{sys.argv[2]}-{number}'.encode(): '1'})\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(file), name], stderr=subprocess.PIPE)
        for name in "abc"
    ]
    for writer in writers:
        assert writer.communicate()[1] == b""
        assert writer.returncode == 0
    keys = [f"{name}-{number}".encode() for name in "abc" for number in range(50)]
    assert len(OpinionCache(file).load(keys)) == 150
