"""Parquet: rows, schema, metadata and row groups stay, one column changes or some are added."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from normalizer import corpus
from normalizer.documents.parquet import read_parquet
from normalizer.documents.piece import NewFields, Options, Piece
from normalizer.errors import DocumentError
from normalizer.names.knowledge import Knowledge
from normalizer.replay import replay
from normalizer.settings import Settings
from normalizer.sources import collect
from normalizer.stream import Stream

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROWS: dict[str, list[Any]] = {
    "id": ["a", "b", "c", "d", "e"],
    "text": ["in Moscou", None, "clean", "Vladimir Poutine", "\N{SLICE OF PIZZA} Moscou"],
    "more": [[{"x": 1.5}], [], None, [{"x": None}], [{"x": 2}]],
}
CLEAN = ["in Moscow", None, "clean", "Vladimir Putin", "\N{SLICE OF PIZZA} Moscow"]


def table(kind: str = "string", **columns: list[Any]) -> Any:
    made = pa.table({**ROWS, **columns}).replace_schema_metadata({"made by": "me"})
    if kind == "dictionary":
        return made.set_column(1, "text", made["text"].dictionary_encode())
    at = made.schema.get_field_index("text")
    return made.set_column(at, "text", made["text"].cast(pa.type_for_alias(kind)))


def file_of(table: Any, **how: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **{"row_group_size": 2, "compression": "zstd", **how})
    return file.getvalue()


def opened(raw: bytes) -> Any:
    return pq.ParquetFile(io.BytesIO(raw))


def pieces(raw: bytes | BinaryIO, **options: Any) -> Iterator[Piece]:
    file = io.BytesIO(raw) if isinstance(raw, bytes) else raw
    return read_parquet(file, "a.parquet", Options(**options))


def rewritten(raw: bytes | BinaryIO, knowledge: Knowledge, **options: Any) -> bytes:
    chosen = Options(**options)
    stream = Stream(knowledge, Settings(flags=bool(chosen.new.flags)), chosen.new)
    out = list(stream.normalize(pieces(raw, **options)))
    assert [one.fault for one in out if one.fault] == []
    return b"".join(one.raw for one in out)


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "dictionary"])
def test_one_column_changes_and_all_else_stays(kind: str, tiny_knowledge: Knowledge) -> None:
    before = table(kind)
    raw = file_of(before)
    out = opened(rewritten(raw, tiny_knowledge))
    expected = opened(file_of(table(kind, text=CLEAN))).read()
    # Each row group has a dictionary of its own, in an order of its own.
    assert kind == "dictionary" or out.read().equals(expected, check_metadata=True)
    assert out.read().to_pydict() == {**ROWS, "text": CLEAN}
    assert out.schema_arrow.equals(opened(raw).schema_arrow, check_metadata=True)
    groups = range(opened(raw).metadata.num_row_groups)
    assert len(groups) == out.metadata.num_row_groups == 3
    for at in groups:
        old, new = opened(raw).metadata.row_group(at), out.metadata.row_group(at)
        assert old.num_rows == new.num_rows
        assert {new.column(one).compression for one in range(new.num_columns)} == {"ZSTD"}


def test_compression_stays_column_by_column(tiny_knowledge: Knowledge) -> None:
    how = {"id": "gzip", "text": "none", "more.list.element.x": "snappy"}
    raw = file_of(table(), compression=how)
    group = opened(rewritten(raw, tiny_knowledge)).metadata.row_group(0)
    found = [group.column(at).compression for at in range(group.num_columns)]
    assert found == ["GZIP", "UNCOMPRESSED", "SNAPPY"]


def test_a_file_in_which_nothing_changes_comes_back_byte_for_byte(
    tiny_knowledge: Knowledge,
) -> None:
    raw = file_of(table(text=CLEAN))
    assert rewritten(raw, tiny_knowledge) == raw
    empty = file_of(table().slice(0, 0))
    assert rewritten(empty, tiny_knowledge) == empty


def test_new_columns_stand_after_the_others(tiny_knowledge: Knowledge) -> None:
    raw = file_of(table())
    out = opened(rewritten(raw, tiny_knowledge, new=NewFields("norm", "names", "flags"))).read()
    assert out.select(["id", "text", "more"]).to_pydict() == ROWS
    assert out["norm"].to_pylist() == CLEAN
    names = out["names"].to_pylist()
    assert [row and [one["id"] for one in row] for row in names] == [
        ["geo:2"], None, [], ["per:vladimir-putin"], ["geo:2"],
    ]  # fmt: skip
    assert out["flags"].to_pylist()[1] is None
    for text, norm, row in zip(ROWS["text"], CLEAN, names, strict=True):
        for one in row or []:
            assert isinstance(text, str)
            assert norm
            assert text[one["start"] : one["end"]] == one["surface"]
            assert norm[one["new_start"] : one["new_end"]] == one["text"]


def test_a_column_that_is_there_is_written_anew_in_its_place(tiny_knowledge: Knowledge) -> None:
    raw = file_of(table())
    out = opened(rewritten(raw, tiny_knowledge, new=NewFields("id"))).read()
    assert out.column_names == ["id", "text", "more"]
    assert out["id"].to_pylist() == CLEAN
    assert out["text"].to_pylist() == ROWS["text"]


def test_what_another_program_says_of_the_columns_is_dropped_where_it_is_wrong(
    tiny_knowledge: Knowledge,
) -> None:
    key = b"org.apache.spark.sql.parquet.row.metadata"
    raw = file_of(table().replace_schema_metadata({key: "{}", "k": "v"}))
    out = opened(rewritten(raw, tiny_knowledge))
    assert out.schema_arrow.metadata[key] == b"{}"
    out = opened(rewritten(raw, tiny_knowledge, new=NewFields("norm")))
    assert out.schema_arrow.metadata == {b"k": b"v"}


def test_rows_have_numbers_and_ids() -> None:
    found = [one.document for one in pieces(file_of(table())) if one.document]
    assert [(one.id, one.row) for one in found][1:3] == [("a.parquet:3", 3), ("a.parquet:4", 4)]
    found = [one.document for one in pieces(file_of(table()), id_field="id") if one.document]
    assert [one.id for one in found] == ["a", "c", "d", "e"]


def test_what_comes_through_a_pipe_is_read_too(tiny_knowledge: Knowledge) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError("not here")

    out = rewritten(Pipe(file_of(table())), tiny_knowledge)
    assert opened(out).read()["text"].to_pylist() == CLEAN


# -- what cannot be read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "field", "said"),
    [
        (file_of(table()), "body", "has no column 'body', left as it is; name one with --field "
                                   "(it has: id, text, more)"),
        (file_of(table()), "more", "column 'more' holds list<"),
    ],
)  # fmt: skip
def test_a_table_without_the_column_is_a_note_or_a_fault(raw: bytes, field: str, said: str) -> None:
    found = list(pieces(raw, field=field))
    assert b"".join(piece.raw for piece in found) == raw
    assert found[0].note.startswith(f"a.parquet: {said}")
    assert not any(piece.fault for piece in found)
    found = list(pieces(raw, field=field, required=True))
    assert found[0].fault.startswith(f"a.parquet: {said}")


@pytest.mark.parametrize("raw", [b"", b"Moscou\n", file_of(table())[:-9], b"PAR1" * 9])
def test_what_is_no_parquet_file_is_told_and_kept(raw: bytes) -> None:
    found = list(pieces(raw))
    assert b"".join(piece.raw for piece in found) == raw
    assert found[0].fault.startswith("a.parquet: is no Parquet file that can be read (")
    assert "\n" not in found[0].fault


def damaged() -> bytes:
    """A file whose end is whole and whose first pages are not."""
    raw = bytearray(file_of(table(), compression="none", use_dictionary=False))
    at = raw.index(b"in Moscou") - 40
    raw[at : at + 30] = b"\xff" * 30
    return bytes(raw)


def test_damage_inside_is_told_and_nothing_is_written() -> None:
    raw = damaged()
    found = list(pieces(raw))
    assert b"".join(piece.raw for piece in found) == raw
    assert [piece.fault for piece in found if piece.fault]
    with pytest.raises(DocumentError, match=r"a\.parquet: is no Parquet file that can be read"):
        list(pieces(raw, new=NewFields("norm")))


def test_a_cell_that_is_no_text_is_told_and_kept(tiny_knowledge: Knowledge) -> None:
    bad = pa.array([b"\xff", b"in Moscou"])
    column = pa.Array.from_buffers(pa.string(), 2, bad.buffers())
    raw = file_of(pa.table({"text": column}))
    out = list(Stream(tiny_knowledge, Settings(flags=False), NewFields()).normalize(pieces(raw)))
    assert [one.fault for one in out if one.fault] == [
        "a.parquet: row 1: byte 0 is not UTF-8, left as it is; write the column again"
    ]
    again = opened(b"".join(one.raw for one in out)).read()["text"].cast(pa.binary()).to_pylist()
    assert again == [b"\xff", b"in Moscow"]


def test_without_pyarrow_a_file_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (first, *rest) = pieces(b"PAR1 anything")
    assert first.note == (
        "a.parquet: left as it is; reading Parquet needs: pip install 'normalizer[parquet]'"
    )
    assert b"".join(piece.raw for piece in rest) == b"PAR1 anything"


# -- in folders ------------------------------------------------------------------------------


def test_a_folder_is_normalized_and_taken_back(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.parquet").write_bytes(file_of(table()))
    (tmp_path / "in" / "b.csv").write_bytes(b"id,text\n1,in Moscou\n")
    (tmp_path / "in" / "c.csv").write_bytes(b"id,body\n1,in Moscou\n")
    out, back = tmp_path / "out", tmp_path / "back"
    summary = corpus.run(
        collect([tmp_path / "in"], out),
        tiny_knowledge,
        out,
        settings=Settings(flags=False),
        options=Options(),
    )
    assert (summary.files, summary.applied, summary.faults) == (3, 4, ())
    assert "c.csv: has no column 'text'" in summary.notes[0]
    assert pq.read_table(out / "a.parquet").to_pydict() == {**ROWS, "text": CLEAN}
    assert (out / "b.csv").read_bytes() == b"id,text\n1,in Moscow\n"
    replay(out / "report.jsonl", [out], back, undo=True, options=Options())
    assert pq.read_table(back / "a.parquet").equals(table())
    assert (back / "b.csv").read_bytes() == b"id,text\n1,in Moscou\n"
    assert (back / "c.csv").read_bytes() == b"id,body\n1,in Moscou\n"
