"""Rows through the pipe: in order, by themselves, everything kept that nobody asked to change."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.documents.json_text import keys_of, place_of, value_at, with_value
from normalizer.documents.jsonl import read_jsonl
from normalizer.documents.piece import NewFields, Options
from normalizer.errors import DocumentError
from normalizer.names.knowledge import Knowledge
from normalizer.settings import Settings
from normalizer.stream import Stream, Written

Pipe = Callable[..., list[Written]]


@pytest.fixture(scope="module")
def pipe(tiny_knowledge: Knowledge) -> Pipe:
    """JSON lines in, what is written out."""

    def run(
        raw: bytes,
        text: str = "",
        entities: str = "",
        flags: str = "",
        *,
        strict: bool = False,
        **options: Any,
    ) -> list[Written]:
        new = NewFields(text, entities, flags)
        chosen = Options(new=new, **{"error_rows": True, **options})
        stream = Stream(tiny_knowledge, Settings(flags=bool(flags)), new, strict=strict)
        return list(stream.normalize(read_jsonl(io.BytesIO(raw), "in", chosen)))

    return run


def joined(written: list[Written]) -> bytes:
    return b"".join(one.raw for one in written)


# -- fields ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"text":"in Moscou","n":1.50}\n',
         b'{"text":"in Moscou","n":1.50,"text_norm":"in Moscow"}\n'),
        (b' { "text" : "in Moscou" , "n": [ 1e5 ] } \r\n',
         b' { "text" : "in Moscou" , "n": [ 1e5 ], "text_norm": "in Moscow" } \r\n'),
        (b'{"text": "clean"}', b'{"text": "clean", "text_norm": "clean"}'),
        # Escapes of the text are those of its copy, letters and stray bytes too.
        (b'{"text":"\\u00e9\\/\\n Moscou \\ud83c\\udf55"}\n',
         b'{"text":"\\u00e9\\/\\n Moscou \\ud83c\\udf55",'
         b'"text_norm":"\\u00e9\\/\\n Moscow \\ud83c\\udf55"}\n'),
        (b'{"text":"\xe9 Moscou"}\n', b'{"text":"\xe9 Moscou","text_norm":"\xe9 Moscow"}\n'),
        # A field that is there already is written anew, in its place.
        (b'{"text_norm":[1],"text":"Moscou","z":0}\n',
         b'{"text_norm":"Moscow","text":"Moscou","z":0}\n'),
        # Equal names deeper down are other fields.
        (b'{"a":{"text_norm":1,"text":"Moscou"},"text":"Moscou"}\n',
         b'{"a":{"text_norm":1,"text":"Moscou"},"text":"Moscou","text_norm":"Moscow"}\n'),
    ],
)  # fmt: skip
def test_the_text_stays_and_the_new_field_is_added(raw: bytes, expected: bytes, pipe: Pipe) -> None:
    assert joined(pipe(raw, "text_norm")) == expected


def test_entities_and_flags_have_exact_spans(pipe: Pipe) -> None:
    text = "\N{SLICE OF PIZZA} Vladimir Poutine said said in Moscou.. "
    (written,) = pipe(json.dumps({"text": text}).encode(), "norm", "names", "flags")
    row = json.loads(written.raw)
    assert [one["id"] for one in row["names"]] == ["per:vladimir-putin", "geo:2"]
    for one in row["names"]:
        assert text[one["start"] : one["end"]] == one["surface"]
        assert row["norm"][one["new_start"] : one["new_end"]] == one["text"]
    assert row["flags"]
    assert all(text[one["start"] : one["end"]] == one["surface"] for one in row["flags"])


def test_without_a_field_for_it_the_text_itself_is_rewritten(pipe: Pipe) -> None:
    out = pipe(b'{"text":"in Moscou"}\n', entities="names")
    row = json.loads(joined(out))
    assert row["text"] == "in Moscow"
    assert row["names"][0]["surface"] == "Moscou"


@pytest.mark.parametrize(
    ("raw", "field", "out", "expected"),
    [
        (b'{"a":{"b":"Moscou"}}', "/a/b", "/a/n", b'{"a":{"b":"Moscou","n":"Moscow"}}'),
        (b'{"a":{"b":"Moscou"}}', "/a/b", "n", b'{"a":{"b":"Moscou"},"n":"Moscow"}'),
        (b'{"a":[0,{"b":"Moscou"}]}', "/a/1/b", "/a/1/b", b'{"a":[0,{"b":"Moscow"}]}'),
        (b'{"a.b":"Moscou"}', "a.b", "", b'{"a.b":"Moscow"}'),
        (b'{"/a":"Moscou","~":{}}', "/~1a", "/~0/n", b'{"/a":"Moscou","~":{"n":"Moscow"}}'),
        (b'{"a":{"b":1,"b":"Moscou"}}', "/a/b", "", b'{"a":{"b":1,"b":"Moscow"}}'),
    ],
)
def test_a_field_may_be_a_pointer(
    raw: bytes, field: str, out: str, expected: bytes, pipe: Pipe
) -> None:
    assert joined(pipe(raw, out, field=field)) == expected


@pytest.mark.parametrize(
    ("raw", "field", "out", "said"),
    [
        (b'{"a":"Moscou"}', "/a/b", "n", "has no text in field '/a/b'"),
        (b'{"a":["Moscou"]}', "/a/01", "n", "has no text in field '/a/01'"),
        (b'{"a":["Moscou"]}', "/a/1", "n", "has no text in field '/a/1'"),
        (b'{"a":"Moscou"}', "a", "/b/n", "has no object to put '/b/n' into"),
        (b'{"a":"Moscou","b":[]}', "a", "/b/n", "has no object to put '/b/n' into"),
    ],
)
def test_a_pointer_to_nowhere_is_told(
    raw: bytes, field: str, out: str, said: str, pipe: Pipe
) -> None:
    (written,) = pipe(raw, out, field=field)
    assert said in written.fault


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(
    row=st.dictionaries(st.text(max_size=3), JSON, max_size=4),
    keys=st.lists(st.text(max_size=3) | st.sampled_from(["0", "1"]), min_size=1, max_size=3),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
@settings(deadline=None)
def test_places_are_those_of_the_parser(
    row: dict[str, Any], keys: list[str], indent: int | None, ascii_only: bool
) -> None:
    line = json.dumps(row, indent=indent, ensure_ascii=ascii_only)
    for path in [*([key] for key in row), keys]:
        place = place_of(line, path)
        value = value_at(row, path)
        assert (json.loads(line[slice(*place)]) if place else None) == value
        try:
            new = json.loads(with_value(line, path, '"new"'))
        except LookupError:
            assert not isinstance(value_at(row, path[:-1]), dict)
        else:
            assert value_at(new, path) == "new"
            if len(path) == 1:
                assert {**row, path[0]: "new"} == new


def test_pointers_are_read_by_the_standard() -> None:
    # The example of RFC 6901, section 5.
    assert keys_of("/a~1b/m~0n/~01/ /") == ("a/b", "m~n", "~1", " ", "")
    assert keys_of("a/b") == ("a/b",)


# -- rows that cannot be read ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"not a row\r\n", "not a row"),
        (b'["a"]\n', '["a"]'),
        (b'{"text":"a"}{"text":"b"}\n', '{"text":"a"}{"text":"b"}'),
        (b'{"text":\n', '{"text":'),
        (b"\xff\xfe caf\xe9\n", "\udcff\udcfe caf\udce9"),
        (b"[" * 100_000 + b"\n", "[" * 100_000),
        (b'{"text":"a","n":' + b"9" * 5000 + b"}", '{"text":"a","n":' + "9" * 5000 + "}"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_object_comes_out_whole_in_an_error_row(
    raw: bytes, kept: str, pipe: Pipe
) -> None:
    before, written, after = pipe(b'{"text":"Moscou"}\n' + raw.rstrip(b"\n") + b'\n{"text":"b"}\n')
    row = json.loads(written.raw)
    assert row == {"_error": written.fault, "_raw": kept}
    assert row["_raw"].encode("utf-8", "surrogateescape") == raw.rstrip(b"\r\n")
    assert written.raw.endswith(b"\r\n") == raw.endswith(b"\r\n")
    assert before.raw == b'{"text":"Moscow"}\n'
    assert after.raw == b'{"text":"b"}\n'


def test_an_object_keeps_its_bytes_and_gets_the_error(pipe: Pipe) -> None:
    raw = b'{"id": 1.50, "body": "caf\\u00e9"}\n'
    (written,) = pipe(raw, "text_norm")
    assert written.raw.startswith(raw[:-2] + b', "_error": "in: row 1: has no text')
    (again,) = pipe(written.raw, "text_norm")
    assert json.loads(again.raw)["_error"] == again.fault
    assert again.raw.count(b'"_error"') == 1


def test_strict_stops_at_the_first_bad_row(pipe: Pipe) -> None:
    with pytest.raises(DocumentError, match="in: row 2: is not JSON"):
        pipe(b'{"text":"a"}\nbad\n{"text":"b"}\n', strict=True)


@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("size", [999, 1000, 3_000_000])
def test_a_line_beyond_the_limit_passes_in_bounded_pieces(
    size: int, end: bytes, pipe: Pipe
) -> None:
    start = b' {"text":"Moscou '
    line = start + "é".encode() * ((size - len(start) - 2) // 2)
    line += b"x" * (size - len(line) - 2) + b'"}'
    first, *rest = pipe(line + end, max_line=999)
    out = first.raw + joined(rest)
    if size == 999:
        assert out == line.replace(b"Moscou", b"Moscow") + end
        return
    row = json.loads(out)
    assert row.pop("_error") == first.fault
    assert row == json.loads(line)
    assert out.endswith(end)
    assert max(len(one.raw) for one in (first, *rest)) < 2_000_000
    assert b"is longer than 999 bytes" in first.raw


def test_a_long_line_that_is_no_object_comes_out_whole_too(pipe: Pipe) -> None:
    line = ('"' + "é\N{SLICE OF PIZZA}\\" * 500_000).encode() + b"\xff"
    out = pipe(line + b'\n{"text":"Moscou"}\n', max_line=1000)
    first, last = joined(out).splitlines()
    assert json.loads(first)["_raw"].encode("utf-8", "surrogateescape") == line
    assert last == b'{"text":"Moscow"}'


def test_without_error_rows_a_long_line_is_as_it_was(pipe: Pipe) -> None:
    line = b'{"text":"%s"}\n' % (b"x" * 5000)
    out = pipe(line, max_line=1000, error_rows=False)
    assert joined(out) == line
    assert [bool(one.fault) for one in out] == [True] + [False] * (len(out) - 1)


# -- as a program ----------------------------------------------------------------------------


def test_a_line_comes_out_before_the_next_one_goes_in(tiny_seeds: Path, cache: Path) -> None:
    args = [sys.executable, "-m", "normalizer", "pipe", "--jsonl", "--seeds", str(tiny_seeds)]
    env = os.environ | {"XDG_CACHE_HOME": str(cache)}
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdin
        assert process.stdout
        for number in range(3):
            process.stdin.write(b'{"n":%d,"text":"Moscou"}\n' % number)
            process.stdin.flush()
            assert process.stdout.readline() == b'{"n":%d,"text":"Moscow"}\n' % number
        process.stdin.close()
        assert process.wait() == 0


def test_a_reader_that_has_seen_enough_is_no_failure(tiny_seeds: Path, cache: Path) -> None:
    args = [sys.executable, "-m", "normalizer", "pipe", "--jsonl", "--seeds", str(tiny_seeds)]
    rows = b'{"text":"Vladimir Poutine in Moscou"}\n' * 20_000
    with subprocess.Popen(
        args,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(rows[:38_000])
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            process.stdin.write(rows)
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert b"Traceback" not in process.stderr.read()
        assert process.wait() == 0
