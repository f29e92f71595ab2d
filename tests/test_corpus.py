"""Folders: what is read, what is written, and what is never touched."""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from normalizer.corpus import REPORT_NAME, Outcome, Summary, examine, run
from normalizer.documents.piece import Options
from normalizer.errors import DocumentError, UsageError
from normalizer.names.knowledge import Knowledge
from normalizer.replay import replay
from normalizer.settings import Settings
from normalizer.sources import Source, atomic_write, collect

OPTIONS = Options()
SETTINGS = Settings()

TREE = {
    "a.txt": b"Vladimir Poutine met Evgueni Prigojine.\r\nPoutine left.\r\n",
    "b/deep/er/c.md": "Moscou, said the OTAN, is far from Kijów \N{EM DASH} very far.".encode(),
    "b/rows.jsonl": (
        b'{"id":1, "text":"Vladimir Poutine came.","k":"caf\\u00e9"}\n'
        b"not a row\n\n"
        b'{"text":"Le \\u00ab Moscou \\u00bb of Evgueni Prigojine"}\n'
    ),
    "bytes.txt": b"M. Vladimir Poutine \xe9t\xe9 \xff\xfe.\n",
    "clean.txt": b"Nothing foreign here.\n",
    "empty.txt": b"",
    "mark.txt": codecs.BOM_UTF16_LE + "Vladimir Poutine".encode("utf-16-le"),
    "nul.txt": b"Vladimir Poutine\0\n",
    "page.html": b"<p>Vladimir Poutine</p>",
    "picture.png": b"\x89PNG\r\n\x1a\n\0",
}


def plant(folder: Path, tree: dict[str, bytes]) -> Path:
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def harvest(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != REPORT_NAME
    }


def paths(*inputs: Path, out: Path | None = None) -> list[str]:
    return [source.path for source in collect(inputs, out)]


def records(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_bytes().splitlines()]


def go(
    knowledge: Knowledge, out: Path, *inputs: Path, jobs: int = 1, report: Path | None = None
) -> Summary:
    return run(
        collect(inputs, out),
        knowledge,
        out,
        settings=SETTINGS,
        options=OPTIONS,
        report=report,
        jobs=jobs,
    )


# -- what is read ----------------------------------------------------------------------------


def test_a_folder_is_mirrored(tmp_path: Path) -> None:
    plant(tmp_path / "in", TREE)
    assert paths(tmp_path / "in") == sorted(TREE)


def test_several_inputs_go_each_under_their_own_name(tmp_path: Path) -> None:
    plant(tmp_path, {"one/a.txt": b"", "two/a.txt": b"", "b.txt": b""})
    assert paths(tmp_path / "two", tmp_path / "b.txt", tmp_path / "one") == [
        "b.txt",
        "one/a.txt",
        "two/a.txt",
    ]


def test_two_inputs_for_one_place_are_refused(tmp_path: Path) -> None:
    plant(tmp_path, {"x/news/a.txt": b"", "y/news/a.txt": b"", "x/b.txt": b"", "y/b.txt": b""})
    with pytest.raises(UsageError, match=r"both be written to news/a\.txt"):
        collect([tmp_path / "x/news", tmp_path / "y/news"])
    with pytest.raises(UsageError, match=r"both be written to b\.txt"):
        collect([tmp_path / "x/b.txt", tmp_path / "y/b.txt"])
    with pytest.raises(UsageError, match="both"):
        collect([tmp_path / "x/b.txt", tmp_path / "x/b.txt"])


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    plant(tmp_path, {"a.txt": b"", ".b.txt": b"", ".git/c.txt": b"", "d/.e/f.txt": b""})
    assert paths(tmp_path) == ["a.txt"]


def test_a_report_of_ours_is_no_document_but_other_rows_are(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    plant(tmp_path / "in", {"a.txt": b"x", "report.jsonl": b'{"text":"x"}\n'})
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in", report=tmp_path / "out/other.jsonl")
    assert paths(tmp_path / "out") == ["a.txt", "report.jsonl"]


@pytest.mark.parametrize(
    ("tree", "wanted"), [({}, "none"), ({"in/.hidden": b""}, "in"), ({"in/.h/a.txt": b""}, "in")]
)
def test_nothing_to_read_is_an_error(tree: dict[str, bytes], wanted: str, tmp_path: Path) -> None:
    plant(tmp_path, tree)
    with pytest.raises(DocumentError, match="check the path"):
        collect([tmp_path / wanted])


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no file to read"):
        collect([tmp_path])


def test_one_missing_input_of_two_is_an_error(tmp_path: Path) -> None:
    plant(tmp_path, {"a.txt": b""})
    with pytest.raises(DocumentError, match=r"b\.txt: does not exist"):
        collect([tmp_path / "a.txt", tmp_path / "b.txt"])


@pytest.mark.parametrize("out", ["in", "in/out", "in/b/out", "in/../in/out", "link", "link/out"])
def test_an_output_in_the_input_is_refused(out: str, tmp_path: Path) -> None:
    plant(tmp_path / "in", {"b/a.txt": b""})
    (tmp_path / "link").symlink_to(tmp_path / "in")
    with pytest.raises(UsageError, match="never written over"):
        collect([tmp_path / "in"], tmp_path / out)


@pytest.mark.parametrize("given", ["out/in", "out/in/a.txt", "link/in"])
def test_an_input_in_the_output_is_refused(given: str, tmp_path: Path) -> None:
    plant(tmp_path / "out", {"in/a.txt": b""})
    (tmp_path / "link").symlink_to(tmp_path / "out")
    with pytest.raises(UsageError, match="lies in the output folder"):
        collect([tmp_path / given], tmp_path / "out")


def test_a_file_is_not_written_over_itself(tmp_path: Path) -> None:
    plant(tmp_path, {"a.txt": b""})
    with pytest.raises(UsageError, match="never written over"):
        collect([tmp_path / "a.txt"], tmp_path)


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    plant(tmp_path, {"in/a.txt": b"", "out": b""})
    with pytest.raises(UsageError, match="is a file"):
        collect([tmp_path / "in"], tmp_path / "out")


def test_neighbours_with_a_common_beginning_are_fine(tmp_path: Path) -> None:
    plant(tmp_path / "in", {"a.txt": b""})
    assert paths(tmp_path / "in", out=tmp_path / "in-normalized") == ["a.txt"]


# -- what cannot be read ---------------------------------------------------------------------


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder with one good file, and one of each kind that is not read."""
    folder = plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine", "sub/b.txt": b"x"})
    plant(tmp_path, {"secret.txt": b"Poutine", "other/c.txt": b"x"})
    (folder / "inside.txt").symlink_to("a.txt")
    (folder / "outside.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "dangling.txt").symlink_to("nowhere")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "folder").symlink_to(tmp_path / "other")
    (folder / "up").symlink_to("..")
    os.mkfifo(folder / "fifo.txt")
    return folder


SAID = {
    "dangling.txt": "cannot be read (No such file or directory)",
    "fifo.txt": "is no regular file",
    "folder": "a link to a folder",
    "loop.txt": "cannot be read (Too many levels of symbolic links)",
    "outside.txt": "a link out of the folder",
    "up": "a link to a folder",
}


def test_what_is_no_file_of_the_folder_is_named(odd: Path) -> None:
    faults = {source.path: source.fault for source in collect([odd]) if source.fault}
    assert faults.keys() == SAID.keys()
    assert all(said in faults[path] for path, said in SAID.items())


def test_the_others_are_read_and_written(odd: Path, tiny_knowledge: Knowledge) -> None:
    out = odd.parent / "out"
    summary = go(tiny_knowledge, out, odd)
    assert harvest(out) == {
        "a.txt": b"Vladimir Putin",
        "inside.txt": b"Vladimir Putin",
        "sub/b.txt": b"x",
    }
    assert not any(path.is_symlink() for path in out.rglob("*"))
    assert len(summary.faults) == len(SAID)
    told = {one["path"]: one["faults"] for one in records(out / REPORT_NAME) if "faults" in one}
    assert {path for path, faults in told.items() if faults} == SAID.keys()


def test_a_replay_leaves_them_out_too(odd: Path, tiny_knowledge: Knowledge) -> None:
    out, again = odd.parent / "out", odd.parent / "again"
    go(tiny_knowledge, out, odd)
    assert replay(out / REPORT_NAME, [odd], again, undo=False, options=OPTIONS) == 2
    assert harvest(again) == harvest(out)


def test_a_file_that_vanishes_is_named_and_not_written(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine", "b.txt": b"x"})
    sources = collect([tmp_path / "in"])
    (tmp_path / "in/b.txt").unlink()
    out = tmp_path / "out"
    summary = run(sources, tiny_knowledge, out, settings=SETTINGS, options=OPTIONS, jobs=1)
    assert harvest(out) == {"a.txt": b"Vladimir Putin"}
    assert summary.faults == ("b.txt: No such file or directory; nothing was written for it",)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_named(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine", "b.txt": b"x"})
    (tmp_path / "in/b.txt").chmod(0)
    summary = go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    assert harvest(tmp_path / "out") == {"a.txt": b"Vladimir Putin"}
    assert summary.faults == ("b.txt: Permission denied; nothing was written for it",)


# -- what is written -------------------------------------------------------------------------


def test_names_change_and_every_other_byte_comes_back(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    plant(tmp_path / "in", TREE)
    summary = go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    expected = TREE | {
        "a.txt": b"Vladimir Putin met Yevgeny Prigozhin.\r\nPutin left.\r\n",
        "b/deep/er/c.md": "Moscow, said the NATO, is far from Kyiv \N{EM DASH} very far.".encode(),
        "b/rows.jsonl": TREE["b/rows.jsonl"]
        .replace(b"Poutine", b"Putin")
        .replace(b"Moscou", b"Moscow")
        .replace(b"Evgueni Prigojine", b"Yevgeny Prigozhin"),
        "bytes.txt": b"M. Vladimir Putin \xe9t\xe9 \xff\xfe.\n",
        "mark.txt": codecs.BOM_UTF16_LE + "Vladimir Putin".encode("utf-16-le"),
    }
    assert harvest(tmp_path / "out") == expected
    assert harvest(tmp_path / "in") == TREE
    assert (summary.files, summary.copied) == (len(TREE), 2)
    assert [fault.partition(":")[0] for fault in summary.faults] == ["b/rows.jsonl", "nul.txt"]
    assert [note.partition(":")[0] for note in summary.notes] == ["bytes.txt"]


def test_the_figures_are_those_of_the_report(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", TREE)
    summary = go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    first, *rest = records(tmp_path / "out" / REPORT_NAME)
    documents = [one for one in rest if one["record"] == "document"]
    findings = [one for one in rest if one["record"] == "finding"]
    applied = [one for one in findings if one["action"] == "apply"]
    assert first["record"] == "run"
    assert [one["path"] for one in documents] == sorted(TREE)
    assert sum(one["applied"] for one in documents) == len(applied) == summary.applied
    assert sum(one["proposed"] for one in documents) == summary.proposed
    assert len(documents) + len(findings) == len(rest)
    assert len({one["entity"] for one in applied}) == summary.entities
    assert summary.top[0] == ("Poutine", "Putin", 5)
    # A second run of the same program over the same files says the same.
    go(tiny_knowledge, tmp_path / "again", tmp_path / "in")
    assert records(tmp_path / "again" / REPORT_NAME) == [first, *rest]


def test_a_second_normalization_changes_nothing(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", TREE)
    go(tiny_knowledge, tmp_path / "once", tmp_path / "in")
    summary = go(tiny_knowledge, tmp_path / "twice", tmp_path / "once")
    assert harvest(tmp_path / "twice") == harvest(tmp_path / "once")
    assert summary.applied == 0


def test_processes_make_no_difference(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", TREE | {f"more/{n}.txt": b"Moscou and Kijow" for n in range(20)})
    one = go(tiny_knowledge, tmp_path / "one", tmp_path / "in", jobs=1)
    two = go(tiny_knowledge, tmp_path / "two", tmp_path / "in", jobs=2)
    assert one == two
    assert harvest(tmp_path / "one") == harvest(tmp_path / "two")
    assert (tmp_path / "one" / REPORT_NAME).read_bytes() == (
        tmp_path / "two" / REPORT_NAME
    ).read_bytes()


def test_a_file_stands_in_the_light_of_its_folder(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    plant(tmp_path, {"alone/b.txt": b"It was Milano again.", "in/b.txt": b"It was Milano again."})
    plant(tmp_path / "in", {"a.txt": b"The miner Marek Milano came."})
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    go(tiny_knowledge, tmp_path / "out-alone", tmp_path / "alone")
    assert harvest(tmp_path / "out")["b.txt"] == b"It was Milan again."
    assert harvest(tmp_path / "out-alone")["b.txt"] == b"It was Milano again."


def outcomes(
    folder: Path, knowledge: Knowledge, *, keep_reports: bool = False, **settings: Any
) -> list[Outcome]:
    return list(
        examine(
            collect([folder]),
            knowledge,
            settings=Settings(**settings),
            options=OPTIONS,
            jobs=1,
            keep_reports=keep_reports,
        )
    )


def test_to_examine_writes_nothing(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", TREE)
    found = outcomes(tmp_path / "in", tiny_knowledge)
    assert [one.path for one in found] == sorted(TREE)
    assert not any(one.reports for one in found)
    assert harvest(tmp_path) == {f"in/{path}": content for path, content in TREE.items()}


def test_reports_carry_the_texts_on_demand(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine"})
    (outcome,) = outcomes(tmp_path / "in", tiny_knowledge, keep_reports=True)
    assert [one.text for one in outcome.reports] == ["Vladimir Putin"]


def test_a_level_nobody_reaches_changes_nothing(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine"})
    (outcome,) = outcomes(tmp_path / "in", tiny_knowledge, apply=1.0, propose=0.5)
    assert [one["action"] for one in outcome.findings] == ["propose"]
    assert not outcomes(tmp_path / "in", tiny_knowledge, apply=1.0, propose=1.0)[0].findings


def test_progress_counts_both_passes(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", TREE)
    ticks: list[int] = []
    run(
        collect([tmp_path / "in"]),
        tiny_knowledge,
        tmp_path / "out",
        settings=SETTINGS,
        options=OPTIONS,
        jobs=1,
        progress=ticks.append,
    )
    assert sum(ticks) == 2 * len(TREE)


# -- writing is safe -------------------------------------------------------------------------


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with atomic_write(target) as file:
        file.write(b"new")
        assert not target.exists()
    assert harvest(tmp_path) == {"a.txt": b"new"}


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there(error: type[BaseException], tmp_path: Path) -> None:
    plant(tmp_path, {"a.txt": b"old"})

    def fail() -> None:
        with atomic_write(tmp_path / "a.txt") as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert harvest(tmp_path) == {"a.txt": b"old"}


def test_files_get_the_mode_of_the_user(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    with atomic_write(tmp_path / "a.txt") as file:
        file.write(b"")
    assert (tmp_path / "a.txt").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("name", ["é" * 120, "🍕" * 61, "x" * 250])
def test_a_long_name_is_written(name: str, tmp_path: Path) -> None:
    target = tmp_path / f"{name}.txt"
    with atomic_write(target) as file:
        file.write(b"x")
    assert target.read_bytes() == b"x"


def test_a_second_run_into_one_folder_is_refused(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path, {"in/a.txt": b"Vladimir Poutine", "out/a.txt": b"old"})
    handle = os.open(tmp_path / "out", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(UsageError, match="another run is writing here"):
        go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    assert harvest(tmp_path / "out") == {"a.txt": b"old"}
    os.close(handle)
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    assert harvest(tmp_path / "out") == {"a.txt": b"Vladimir Putin"}


@pytest.mark.parametrize("report", ["out/a.txt", "in/a.txt", "link/a.txt"])
def test_a_report_never_takes_the_place_of_a_text(
    report: str, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine"})
    (tmp_path / "link").symlink_to("in")
    with pytest.raises(UsageError, match="give --report another name"):
        go(tiny_knowledge, tmp_path / "out", tmp_path / "in", report=tmp_path / report)
    assert harvest(tmp_path / "in") == {"a.txt": b"Vladimir Poutine"}


def test_a_report_may_go_into_a_new_folder(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine"})
    report = tmp_path / "new/deep/report.jsonl"
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in", report=report)
    assert len(records(report)) == 3


def test_a_text_named_like_the_report_needs_another_report(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    plant(tmp_path / "in", {REPORT_NAME: b'{"text":"x"}\n'})
    with pytest.raises(UsageError, match="give --report another name"):
        go(tiny_knowledge, tmp_path / "out", tmp_path / "in")


def test_a_link_in_the_output_leads_nowhere(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path, {"in/sub/a.txt": b"Vladimir Poutine", "else/a.txt": b"old", "out/b.txt": b""})
    (tmp_path / "out/sub").symlink_to(tmp_path / "else")
    summary = go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    assert harvest(tmp_path / "else") == {"a.txt": b"old"}
    assert "a link leads out of" in summary.faults[0]


def test_an_output_thrown_away_is_made_again(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", {"sub/a.txt": b"Vladimir Poutine"})
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    shutil.rmtree(tmp_path / "out")
    summary = go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    assert summary.faults == ()
    assert harvest(tmp_path / "out") == {"sub/a.txt": b"Vladimir Putin"}


def test_a_file_that_is_a_link_in_the_output_is_replaced_not_followed(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    plant(tmp_path, {"in/a.txt": b"Vladimir Poutine", "else.txt": b"old", "out/b.txt": b""})
    (tmp_path / "out/a.txt").symlink_to(tmp_path / "else.txt")
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    assert (tmp_path / "else.txt").read_bytes() == b"old"
    assert (tmp_path / "out/a.txt").read_bytes() == b"Vladimir Putin"


def test_a_folder_where_a_file_should_be_is_a_fault(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    plant(tmp_path, {"in/a.txt": b"Vladimir Poutine", "in/b.txt": b"x", "out/a.txt/c": b"old"})
    summary = go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    assert harvest(tmp_path / "out") == {"a.txt/c": b"old", "b.txt": b"x"}
    assert summary.faults[0].startswith("a.txt: Is a directory")
    assert summary.applied == 0


# -- replay ----------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_report_replays_and_undoes(jobs: int, tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", TREE)
    summary = go(tiny_knowledge, tmp_path / "out", tmp_path / "in", jobs=jobs)
    report = tmp_path / "out" / REPORT_NAME
    done = replay(report, [tmp_path / "in"], tmp_path / "again", undo=False, options=OPTIONS)
    assert done == summary.applied
    assert harvest(tmp_path / "again") == harvest(tmp_path / "out")
    undone = replay(report, [tmp_path / "out"], tmp_path / "back", undo=True, options=OPTIONS)
    assert undone == summary.applied
    assert harvest(tmp_path / "back") == TREE


def test_undo_gives_escapes_inside_a_name_back(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    tree = {"a.jsonl": b'{"text":"Alexe\\u00EF Navalny came."}\n'}
    plant(tmp_path / "in", tree)
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    assert harvest(tmp_path / "out") == {"a.jsonl": b'{"text":"Alexei Navalny came."}\n'}
    report = tmp_path / "out" / REPORT_NAME
    replay(report, [tmp_path / "out"], tmp_path / "back", undo=True, options=OPTIONS)
    assert harvest(tmp_path / "back") == tree


def test_several_inputs_are_undone_from_the_output(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    tree = {"one/a.txt": b"Vladimir Poutine", "two/a.txt": b"Moscou!"}
    plant(tmp_path, tree)
    go(tiny_knowledge, tmp_path / "out", tmp_path / "one", tmp_path / "two")
    report = tmp_path / "out" / REPORT_NAME
    replay(report, [tmp_path / "out"], tmp_path / "back", undo=True, options=OPTIONS)
    assert harvest(tmp_path / "back") == tree


def test_a_report_for_another_text_is_refused(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine", "b.jsonl": b'{"text":"Moscou!"}\n'})
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    report = tmp_path / "out" / REPORT_NAME
    # The normalized text is not what the report was made for, nor is the original to undo.
    for folder, undo in (("out", False), ("in", True)):
        with pytest.raises(DocumentError, match=r"a\.txt: expected"):
            replay(report, [tmp_path / folder], tmp_path / "x", undo=undo, options=OPTIONS)
    assert harvest(tmp_path / "x") == {}


def test_a_replay_keeps_to_the_rules_for_folders(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine"})
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    report = tmp_path / "out" / REPORT_NAME
    with pytest.raises(UsageError, match="never written over"):
        replay(report, [tmp_path / "out"], tmp_path / "out", undo=True, options=OPTIONS)


def test_a_hostile_report_writes_nowhere_else(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    plant(tmp_path / "in", {"a.txt": b"Vladimir Poutine"})
    go(tiny_knowledge, tmp_path / "out", tmp_path / "in")
    report = tmp_path / "out" / REPORT_NAME
    report.write_bytes(report.read_bytes().replace(b'"a.txt"', b'"../evil.txt"'))
    with pytest.raises(DocumentError, match=r"evil\.txt, not found in the input"):
        replay(report, [tmp_path / "in"], tmp_path / "x", undo=False, options=OPTIONS)
    assert harvest(tmp_path / "x") == {"a.txt": b"Vladimir Poutine"}
    assert not (tmp_path / "evil.txt").exists()


def test_a_source_is_a_plain_record() -> None:
    assert Source(Path("a"), "a") == Source(Path("a"), "a", 0, "")
