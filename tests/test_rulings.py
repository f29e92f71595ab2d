"""The decisions file: what is confirmed is in it, whatever happens to the process or the disk."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import random
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_world import FINDINGS, anchored, numbered, ruling

from normalizer.errors import DocumentError, UsageError
from normalizer.review import decisions_file
from normalizer.review.decisions_file import (
    append_ruling,
    read_added,
    read_decisions,
    write_decisions,
)
from normalizer.review.rulings import (
    Member,
    Ruling,
    in_order,
    moment_after,
    ruling_line,
    ruling_of,
    sealed,
    seconds_between,
    still_standing,
)

ROOT = Path(__file__).resolve().parents[1]
ACCEPT = ruling("accept")


# -- one line --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "one",
    [
        ACCEPT,
        ruling("reject", scope="everywhere", excepted=(numbered("Poutine", 2),)),
        ruling("edit", value=""),
        ruling("edit", value='a "b"\n\N{RIGHT-TO-LEFT OVERRIDE}\ud800'),
        ruling("unsure", numbered("Moravec")),
        ruling("undo", undoes=ACCEPT.id),
        Ruling(
            "1",
            "2026-01-31T09:30:00Z",
            "ana",
            "accept",
            "document",
            anchored(FINDINGS[0]),
            only=(Member(0, 7, "k", "o", None), Member(9, 9, "l", "o", "")),
        ),
    ],
)
def test_a_ruling_comes_back_from_its_line(one: Ruling) -> None:
    line = ruling_line(one)
    assert line.endswith("\n")
    assert line.count("\n") == 1
    line.encode()
    assert ruling_of(json.loads(line)) == one


def test_a_line_says_what_was_decided_where_and_by_whom() -> None:
    assert json.loads(ruling_line(ACCEPT)) == {
        "v": 1,
        "id": ACCEPT.id,
        "at": "2026-01-31T09:00:00.000Z",
        "by": "ana",
        "act": "accept",
        "scope": "occurrence",
        "path": "a.txt",
        "row": None,
        "doc": anchored(FINDINGS[0]).doc,
        "start": 0,
        "end": 7,
        "exact": "Poutine",
        "prefix": "",
        "suffix": " met Moravec. Then Poutine left,",
        "key": FINDINGS[0]["key"],
        "origin": "fr-press:ou",
        "category": "exonym",
        "replacement": "Putin",
        "value": "Putin",
    }


def test_ids_differ_though_the_rulings_are_alike() -> None:
    one = sealed(ACCEPT, "")
    two = sealed(ACCEPT, one.id)
    assert one.id == ACCEPT.id
    assert two.id != one.id
    assert sealed(ruling("accept", by="ben"), "").id != one.id


def test_the_order_is_that_of_time_then_name_then_line() -> None:
    lines = [
        ruling("accept", at=2),
        ruling("reject", at=1, by="ben"),
        ruling("reject", at=1),
        ruling("unsure", at=1),
    ]
    assert in_order(lines) == [lines[2], lines[3], lines[1], lines[0]]
    assert in_order(lines[1:]) == in_order([lines[2], lines[1], lines[3]])


def test_undone_is_what_the_last_switch_says() -> None:
    one, two = ruling("accept", at=1), ruling("reject", at=2)
    back = ruling("undo", at=3, undoes=one.id)
    again = ruling("redo", at=4, undoes=one.id)
    assert still_standing([one, two, back]) == [two]
    assert still_standing([one, two, back, again]) == [one, two]


@pytest.mark.parametrize(
    ("at", "last", "expected"),
    [
        ("2026-01-31T09:30:00Z", "", "2026-01-31T09:30:00.000Z"),
        ("2026-01-31T09:30:00.25Z", "2026-01-31T09:30:00Z", "2026-01-31T09:30:00.250Z"),
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z", "2026-01-31T09:30:00.001Z"),
        ("2026-01-31T09:30:00Z", "2027-12-31T23:59:59.999Z", "2028-01-01T00:00:00.000Z"),
    ],
)
def test_time_runs_forward_even_where_a_clock_goes_back(at: str, last: str, expected: str) -> None:
    assert moment_after(at, last) == expected


@pytest.mark.parametrize(
    "at", ["", "now", "2026-01-31", "2026-13-31T09:30:00Z", "2026-01-31T09:30"]
)
def test_what_is_no_time_is_refused(at: str) -> None:
    with pytest.raises(UsageError, match="is no time in UTC; write it as"):
        moment_after(at, "")


def test_seconds_are_counted_over_days() -> None:
    assert seconds_between("2026-01-31T23:59:59Z", "2026-02-01T00:00:00.500Z") == 1.5


# -- a file edited by hand -------------------------------------------------------------------


def faulty(**changes: object) -> str:
    record = json.loads(ruling_line(ACCEPT)) | changes
    return json.dumps({name: value for name, value in record.items() if value != "gone"})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "is not JSON (...); mend or delete the line"),
        ('"a"', "is no JSON object; delete the line"),
        ("[" * 100_000, "nested too deep; delete the line"),
        ("<<<<<<< HEAD", "is a conflict marker of git; delete the line, keep those of both sides"),
        (faulty(v=2), '"v" is 2, 1 is known; use the version of normalizer that wrote the line'),
        (faulty(act="acept"), "\"act\" 'acept' is none of accept, reject, pick,"),
        (faulty(scope="world"), "\"scope\" 'world' is none of occurrence, document, everywhere"),
        (faulty(at="yesterday"), "\"at\" 'yesterday' is no time in UTC; write it as 2026"),
        (faulty(by=None), '"by" is no text; mend or delete the line'),
        (faulty(id=""), '"id" is empty; delete the line'),
        (faulty(exact="gone"), '"exact" is missing; mend or delete the line'),
        (faulty(row=0), '"row", "start" or "end" is missing or no place in a text'),
        (faulty(row=True), '"row", "start" or "end" is missing or no place in a text'),
        (faulty(start=8), '"row", "start" or "end" is missing or no place in a text'),
        (faulty(end="7"), '"row", "start" or "end" is missing or no place in a text'),
        (faulty(doc="sha256:12"), "\"doc\" 'sha256:12' is no SHA-256 of a text"),
        (faulty(act="edit", value=None), '"value" is missing; edit needs the text to write'),
        (faulty(act="undo"), '"undoes" is missing; mend or delete the line'),
        (faulty(act="undo", undoes=""), '"undoes" is empty; delete the line'),
        (faulty(**{"except": 1}), '"except" is no list; mend or delete the line'),
        (faulty(**{"except": ["x"]}), '"except" is no list of places; delete the line'),
        (faulty(only=[{"start": 1}]), '"only" is no list of findings; take the line from its'),
        (faulty(value="Pitun"), f"id '{ACCEPT.id}' is taken by another ruling above; delete the"),
    ],
)
def test_a_fault_is_told_by_its_line_and_the_others_hold(
    line: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "d.jsonl"
    after = ruling("reject", 1, at=5)
    file.write_text(ruling_line(ACCEPT) + line + "\n" + ruling_line(after), "utf-8")
    reading = read_decisions(file)
    assert reading.rulings == [ACCEPT, after]
    (fault,) = reading.faults
    start, _, rest = message.partition("...")
    assert fault.startswith(f"{file}: line 2: ")
    assert start in fault
    assert rest in fault


def test_bytes_that_are_no_text_are_a_fault_of_their_line(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_bytes(b"\xff\xfe\n" + ruling_line(ACCEPT).encode())
    reading = read_decisions(file)
    assert reading.rulings == [ACCEPT]
    assert reading.faults == (f"{file}: line 1: is not UTF-8; delete the line",)


def test_what_an_editor_leaves_behind_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    lines = [ruling_line(ACCEPT).strip(), "", ruling_line(ACCEPT).strip()]
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    reading = read_decisions(file)
    assert reading.rulings == [ACCEPT]
    assert (reading.faults, reading.notes) == ((), ())


def test_fields_of_a_later_version_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text(faulty(mood="good") + "\n", "utf-8")
    reading = read_decisions(file)
    assert reading.rulings == [ACCEPT]
    assert '"mood": "good"' in reading.entries[0].line


@given(st.binary())
def test_no_bytes_are_too_much(content: bytes) -> None:
    reading = decisions_file._read(Path("d.jsonl"), content)
    assert len(reading.entries) + len(reading.faults) + len(reading.notes) <= len(
        content.split(b"\n")
    )


def test_a_file_that_is_not_there_has_no_rulings_where_that_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    assert read_decisions(file, missing_ok=True).rulings == []
    with pytest.raises(DocumentError, match="does not exist; check the path"):
        read_decisions(file)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused(make: object, tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    make(file)  # type: ignore[operator]
    with pytest.raises(DocumentError, match="cannot be read"):
        read_decisions(file)
    with pytest.raises(DocumentError, match="not saved"):
        append_ruling(file, ACCEPT)


# -- appending -------------------------------------------------------------------------------


def test_a_torn_last_line_is_left_out_and_the_next_starts_anew(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    torn = ruling_line(ruling("reject", 1)).encode()
    for cut in (1, len(torn) // 2, len(torn) - 2):
        file.write_bytes(ruling_line(ACCEPT).encode() + torn[:cut])
        reading = read_decisions(file)
        assert reading.rulings == [ACCEPT]
        assert reading.faults == ()
        assert "line 2: the last line is torn" in reading.notes[0]
        new = ruling("unsure", 2, at=9)
        append_ruling(file, new)
        assert read_decisions(file).rulings == [ACCEPT, new]
        assert file.read_bytes().startswith(ruling_line(ACCEPT).encode() + torn[:cut] + b"\n")


def test_a_last_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text(ruling_line(ACCEPT).rstrip("\n"), "utf-8")
    new = ruling("unsure", 2, at=9)
    append_ruling(file, new)
    assert read_decisions(file).rulings == [ACCEPT, new]


def test_what_was_added_is_read_alone(tmp_path: Path) -> None:
    file, new = tmp_path / "d.jsonl", ruling("reject", 1, at=5)
    append_ruling(file, ACCEPT)
    size = file.stat().st_size
    assert read_added(file, size) == []
    append_ruling(file, new)
    assert read_added(file, size) == [new]
    assert read_added(file, 0) == [ACCEPT, new]
    assert read_added(file, size + 1) == []
    with pytest.raises(DocumentError, match="cannot be read"):
        read_added(tmp_path / "gone.jsonl", 0)


def test_a_full_disk_leaves_nothing_of_the_line(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    append_ruling(file, ACCEPT)
    before = file.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
    try:
        with pytest.raises(DocumentError, match=r"d\.jsonl: not saved \(.*\); make room or choose"):
            append_ruling(file, ruling("reject", 1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_bytes() == before
    append_ruling(file, ruling("reject", 1))
    assert len(read_decisions(file).rulings) == 2


def test_a_disk_that_fails_late_leaves_nothing_of_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = tmp_path / "d.jsonl"
    append_ruling(file, ACCEPT)
    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(DocumentError, match="No space left on device"):
        append_ruling(file, ruling("reject", 1))
    monkeypatch.undo()
    assert read_decisions(file).rulings == [ACCEPT]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"not saved \(No such file or directory\)"):
        append_ruling(tmp_path / "gone" / "d.jsonl", ACCEPT)


def test_a_file_put_in_the_place_of_another_gets_the_next_line(tmp_path: Path) -> None:
    file, other = tmp_path / "d.jsonl", tmp_path / "other.jsonl"
    append_ruling(file, ACCEPT)
    new = ruling("reject", 1)
    other.write_text(ruling_line(new), "utf-8")
    os.replace(other, file)
    last = ruling("unsure", 2)
    append_ruling(file, last)
    assert read_decisions(file).rulings == [new, last]


def test_a_file_replaced_while_waiting_for_it_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = tmp_path / "d.jsonl", tmp_path / "other.jsonl"
    append_ruling(file, ACCEPT)
    new = ruling("reject", 1)
    other.write_text(ruling_line(new), "utf-8")
    lock = fcntl.flock

    def replaced_meanwhile(descriptor: int, kind: int) -> None:
        if other.exists():
            os.replace(other, file)
        lock(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", replaced_meanwhile)
    last = ruling("unsure", 2)
    append_ruling(file, last)
    assert read_decisions(file).rulings == [new, last]


def test_a_file_removed_while_waiting_for_it_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "d.jsonl"
    append_ruling(file, ACCEPT)
    lock = fcntl.flock
    removed: list[Path] = []

    def removed_meanwhile(descriptor: int, kind: int) -> None:
        if not removed:
            removed.append(file)
            file.unlink()
        lock(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", removed_meanwhile)
    last = ruling("unsure", 2)
    append_ruling(file, last)
    assert read_decisions(file).rulings == [last]


def test_two_reviewers_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    by = {
        name: [ruling("edit", at=minute, by=name, value=name * 2000) for minute in range(30)]
        for name in ("ana", "ben", "eva")
    }

    def review(name: str) -> None:
        for one in by[name]:
            append_ruling(file, one)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(review, by))
    reading = read_decisions(file)
    assert reading.faults == reading.notes == ()
    for name, rulings in by.items():
        assert [one for one in reading.rulings if one.by == name] == rulings


# For each line it is given: a reviewer in a process of its own, until it is killed.
REVIEWERS = """
import os, sys
from dataclasses import replace
from pathlib import Path
from normalizer.review.decisions_file import append_ruling, read_decisions
file = Path(sys.argv[1])
ruling = read_decisions(file).rulings[0]
for name in sys.stdin:
    child = os.fork()
    if not child:
        print(os.getpid(), flush=True)
        for number in range(1_000_000):
            one = replace(ruling, id=f"{name.strip()}-{number}", value="x" * (number % 9 * 1000))
            append_ruling(file, one)
            print(one.id, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


def test_no_confirmed_key_is_lost_to_kills(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    append_ruling(file, ACCEPT)
    chance = random.Random(40)
    confirmed = {ACCEPT.id}
    with subprocess.Popen(
        [sys.executable, "-c", REVIEWERS, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdin
        assert process.stdout
        for kill in range(40):
            print(kill, file=process.stdin, flush=True)
            reviewer = int(process.stdout.readline())
            for _ in range(chance.randrange(12)):
                confirmed.add(process.stdout.readline().strip())
            os.kill(reviewer, signal.SIGKILL)
            # What it told before it died was confirmed too.
            for line in iter(process.stdout.readline, "dead\n"):
                confirmed.add(line.strip())
            reading = read_decisions(file)
            assert confirmed <= {one.id for one in reading.rulings}
            assert reading.faults == ()
        process.stdin.close()
    assert len(confirmed) > 150


# -- writing a merged file -------------------------------------------------------------------


def test_decisions_are_never_written_over(tmp_path: Path) -> None:
    file, new = tmp_path / "d.jsonl", tmp_path / "new.jsonl"
    append_ruling(file, ACCEPT)
    before = file.read_bytes()
    entries = read_decisions(file).entries
    with pytest.raises(UsageError, match="exists, and decisions are never written over"):
        write_decisions(file, entries)
    write_decisions(new, entries)
    assert file.read_bytes() == new.read_bytes() == before
    with pytest.raises(DocumentError, match="cannot be written"):
        write_decisions(tmp_path / "gone" / "d.jsonl", entries)


def test_a_merged_file_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(DocumentError, match="cannot be written"):
        write_decisions(tmp_path / "d.jsonl", [])
    assert list(tmp_path.iterdir()) == []
