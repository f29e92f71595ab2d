"""Bulk bodies: action lines as they are, results beside the text, a newline at the end."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator

import pytest

from normalizer.documents.bulk import new_fields, read_bulk, to_bulk
from normalizer.documents.jsonl import read_jsonl
from normalizer.documents.piece import Options, Piece
from normalizer.names.knowledge import Knowledge
from normalizer.settings import Settings
from normalizer.stream import Stream

OPTIONS = Options(new=new_fields("text"), max_line=2000)
Bulk = Callable[..., tuple[bytes, list[str]]]


@pytest.fixture
def bulk(tiny_knowledge: Knowledge) -> Bulk:
    """Bytes in; bytes out and the faults told."""

    def run(raw: bytes, index: str = "", id_field: str = "") -> tuple[bytes, list[str]]:
        options = Options(new=OPTIONS.new, max_line=OPTIONS.max_line, id_field=id_field)
        pieces: Iterator[Piece]
        if index:
            rows = read_jsonl(io.BytesIO(raw), "in", options)
            pieces = to_bulk(rows, index, options)
        else:
            pieces = read_bulk(io.BytesIO(raw), "in", options)
        stream = Stream(tiny_knowledge, Settings(), OPTIONS.new, ids_only=True)
        out = list(stream.normalize(pieces))
        return b"".join(one.raw for one in out), [one.fault for one in out if one.fault]

    return run


def as_a_server_reads(
    raw: bytes,
) -> Iterator[tuple[str, dict[str, object], dict[str, object] | None]]:
    """Actions with their documents, refused as a server would refuse them."""
    assert raw.endswith(b"\n")
    lines = iter(raw.decode().splitlines())
    for line in lines:
        (action,) = json.loads(line)
        about = json.loads(line)[action]
        yield action, about, None if action == "delete" else json.loads(next(lines))


DOCUMENT = (
    b'{"text":"Vladimir Poutine in Moscou","text_norm":"Vladimir Putin in Moscow",'
    b'"entities":["per:vladimir-putin","geo:2"],"flags":[]}'
)


# -- bodies that are there already -----------------------------------------------------------


def test_action_lines_come_back_and_documents_get_three_fields(bulk: Bulk) -> None:
    action = b'{ "index" : {"_index":"a","_id":"1","routing":"\\u0078"} }\r\n'
    out, faults = bulk(action + b'{"text":"Vladimir Poutine in Moscou"}\r\n')
    assert out == action + DOCUMENT + b"\r\n"
    assert faults == []


def test_every_action_is_known(bulk: Bulk) -> None:
    raw = (
        b'{"create":{}}\n{"text":"in Moscou"}\n{"delete":{"_id":"2"}}\n\n'
        b'{"index":{}}\n{"text":"in Moscou"}'
    )
    out, faults = bulk(raw)
    assert faults == []
    assert out.count(b'"text_norm":"in Moscow"') == 2
    actions = list(as_a_server_reads(out.replace(b"\n\n", b"\n")))
    assert [action for action, _, _ in actions] == ["create", "delete", "index"]


def test_an_update_is_read_where_it_holds_the_text(bulk: Bulk) -> None:
    raw = b'{"update":{"_id":"1"}}\n{"doc":{"text":"in Moscou"},"upsert":{"text":"Moscou"}}\n'
    out, _ = bulk(raw)
    ((_, _, document),) = as_a_server_reads(out)
    norm = {"entities": ["geo:2"], "flags": []}
    assert document == {
        "doc": {"text": "in Moscou", "text_norm": "in Moscow"} | norm,
        "upsert": {"text": "Moscou", "text_norm": "Moscow"} | norm,
    }


@pytest.mark.parametrize("line", [b'{"script":{"source":"x"}}\n', b'{"doc":{"views":3}}\n'])
def test_an_update_without_the_text_is_nothing_to_say(line: bytes, bulk: Bulk) -> None:
    raw = b'{"update":{"_id":"1"}}\n' + line
    assert bulk(raw) == (raw, [])


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"index":{}}\n{"body":"Moscou"}\n', "in: row 2: has no text in field 'text'"),
        (b'{"index":{}}\nMoscou\n', "in: row 2: is not JSON"),
        (b'{"index":{}}\n["Moscou"]\n', "in: row 2: is no JSON object"),
        (b'{"text":"Moscou"}\n', "in: row 1: is no action line (create, delete, index, update)"),
        (b"[]\n", "in: row 1: is no action line"),
        (b'{"index":{},"delete":{}}\n', "in: row 1: is no action line"),
        (b'{"index":{}}\n', "in: row 1: no document follows the action; add it"),
        (b'{"index":{}}\n{"text":"%s"}\n' % (b"x" * 3000), "in: row 2: is longer than 2000 bytes"),
        (b'{"update":{}}\nMoscou\n', "in: row 2: is not JSON"),
    ],
)
def test_what_cannot_be_read_is_told_and_passes_as_it_is(raw: bytes, said: str, bulk: Bulk) -> None:
    more = b'{"index":{}}\n{"text":"Vladimir Poutine in Moscou"}\n'
    out, faults = bulk(more + raw)
    assert out == b'{"index":{}}\n' + DOCUMENT + b"\n" + raw
    (fault,) = faults
    assert fault.startswith(said.replace("row 1", "row 3").replace("row 2", "row 4"))


def test_reading_goes_on_after_a_bad_line(bulk: Bulk) -> None:
    for bad in (b"nonsense\n", b'{"index":{}}\n{"text":"%s"}\n' % (b"x" * 3000)):
        raw = bad + b'{"index":{}}\n{"text":"Vladimir Poutine in Moscou"}\n'
        out, _ = bulk(raw)
        assert out.endswith(DOCUMENT + b"\n")


def test_the_last_line_ends_even_where_it_is_not_read(bulk: Bulk) -> None:
    raw = b'{"index":{}}\n{"text":"%s"}' % (b"x" * 3000)
    assert bulk(raw)[0] == raw + b"\n"


# -- bodies made of rows ---------------------------------------------------------------------


def test_rows_become_a_body_with_their_ids(bulk: Bulk) -> None:
    raw = b'{"id":7,"text":"Moscou"}\n\n{"id":"a/\xc3\xa9\\"","text":"x"}\n{"text":"y"}'
    out, faults = bulk(raw, index="news", id_field="id")
    assert faults == []
    actions = list(as_a_server_reads(out))
    assert [about for _, about, _ in actions] == [
        {"_index": "news", "_id": "7"},
        {"_index": "news", "_id": 'a/é"'},
        {"_index": "news"},
    ]
    assert actions[0][2] == {
        "id": 7, "text": "Moscou", "text_norm": "Moscow", "entities": ["geo:2"], "flags": [],
    }  # fmt: skip


def test_without_an_id_field_the_server_makes_the_ids(bulk: Bulk) -> None:
    out, _ = bulk(b'{"id":7,"text":"Moscou"}\n', index="news")
    ((_, about, _),) = as_a_server_reads(out)
    assert about == {"_index": "news"}


def test_a_row_without_the_text_is_a_document_all_the_same(bulk: Bulk) -> None:
    out, (fault,) = bulk(b'{"id":7}\n{"text":"Moscou"}\n', index="news", id_field="id")
    assert next(document for _, _, document in as_a_server_reads(out)) == {"id": 7}
    assert "row 1: has no text" in fault


def test_what_is_no_row_is_told_and_left_out(bulk: Bulk) -> None:
    long = b'{"text":"%s"}\n' % (b"x" * 3000)
    out, faults = bulk(b"nonsense\n[1]\n" + long + b'{"text":"Moscou"}\n', index="news")
    assert len(list(as_a_server_reads(out))) == 1
    assert [fault.partition(": ")[2][:5] for fault in faults] == ["row 1", "row 2", "row 3"]


def test_flags_of_a_document_point_into_its_text(bulk: Bulk) -> None:
    text = "He said said so in Moscou.. "
    out, _ = bulk(json.dumps({"text": text}).encode(), index="news")
    ((_, _, document),) = as_a_server_reads(out)
    assert document
    flags = document["flags"]
    assert isinstance(flags, list)
    assert flags
    assert all(text[one["start"] : one["end"]] == one["surface"] for one in flags)
