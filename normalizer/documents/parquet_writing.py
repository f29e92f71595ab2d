"""A Parquet file written anew, row group by row group, like the one it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from normalizer.documents.piece import Options

# Spark reads this in place of the schema, so it would not see a new column.
_SPARK_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
_CODECS = {"SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD"}
_VERSIONS = {"1.0", "2.4", "2.6"}
# New columns of records: their fields with the names of their Arrow types.
_ENTITY = {
    "id": "string", "ids": "strings", "name": "string", "type": "string", "start": "int64",
    "end": "int64", "surface": "string", "new_start": "int64", "new_end": "int64", "text": "string",
}  # fmt: skip
_FLAG = {
    "start": "int64", "end": "int64", "surface": "string", "category": "string",
    "score": "float64", "suggestions": "strings", "message": "string",
}  # fmt: skip


class Writer:
    """A new file with the schema, metadata and compression of an open one."""

    def __init__(self, opened: Any, options: Options) -> None:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        self._pa = pa
        self._opened = opened
        self._options = options
        self._target = options.new.text or options.field
        self._schema = self._new_schema()
        self._sink = _Sink()
        about = opened.metadata
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"),
            self._schema,
            compression=self._compression(),
            version=about.format_version if about.format_version in _VERSIONS else "2.6",
            store_schema=b"ARROW:schema" in (about.metadata or {}),
        )

    def write(
        self, group: int, texts: Mapping[int, str], values: Mapping[int, Mapping[str, Any]]
    ) -> bytes:
        """The bytes of a row group with its new texts and values."""
        pa, options = self._pa, self._options
        table = self._opened.read_row_group(group)
        columns = {name: table.column(name) for name in table.schema.names}
        columns[self._target] = self._column(columns[options.field], texts)
        for name in filter(None, (options.new.entities, options.new.flags)):
            rows = [values.get(at, {}).get(name) for at in range(len(table))]
            columns[name] = pa.array(rows, self._schema.field(name).type)
        new = pa.table([columns[name] for name in self._schema.names], self._schema)
        self._writer.write_table(new, row_group_size=max(1, len(table)))
        return self._sink.taken()

    def close(self) -> bytes:
        """The last bytes of the file."""
        self._writer.close()
        return self._sink.taken()

    def _column(self, column: Any, texts: Mapping[int, str]) -> Any:
        import pyarrow.compute as pc  # noqa: PLC0415

        pa = self._pa
        if not texts:
            return column
        # Only what changes is touched: other cells may not even be valid text.
        mask = pa.array([at in texts for at in range(len(column))])
        new = pa.array([texts[at] for at in sorted(texts)], pa.large_string())
        plain = column.combine_chunks().cast(pa.large_string())
        return pc.replace_with_mask(plain, mask, new).cast(column.type)

    def _new_schema(self) -> Any:
        pa, options = self._pa, self._options
        schema = self._opened.schema_arrow
        new = {
            self._target: schema.field(options.field).type,
            options.new.entities: pa.list_(pa.struct(_fields(pa, _ENTITY))),
            options.new.flags: pa.list_(pa.struct(_fields(pa, _FLAG))),
        }
        for name, kind in new.items():
            if name and name not in schema.names:
                schema = schema.append(pa.field(name, kind))
            elif name and name != options.field:
                at = schema.get_field_index(name)
                schema = schema.set(at, pa.field(name, kind))
        kept = dict(schema.metadata or {})
        if options.new:
            kept.pop(_SPARK_SCHEMA, None)
        return schema.with_metadata(kept or None)

    def _compression(self) -> dict[str, str] | str:
        about = self._opened.metadata
        if not about.num_row_groups:
            return "snappy"
        group = about.row_group(0)
        columns = (group.column(at) for at in range(group.num_columns))
        found = {
            column.path_in_schema: column.compression if column.compression in _CODECS else "NONE"
            for column in columns
        }
        own = found.get(self._options.field, "SNAPPY")
        return {leaf: found.get(leaf, own) for leaf in _leaves(self._pa, self._schema)}


class _Sink:
    """A place to write to that hands over what has come so far."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, raw: Any) -> int:
        self._parts.append(bytes(raw))
        self._size += len(raw)
        return len(raw)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing to close."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        raw = b"".join(self._parts)
        self._parts.clear()
        return raw


def _fields(pa: Any, kinds: Mapping[str, str]) -> list[Any]:
    strings = pa.list_(pa.string())
    return [
        pa.field(name, strings if kind == "strings" else pa.type_for_alias(kind))
        for name, kind in kinds.items()
    ]


def _leaves(pa: Any, schema: Any) -> list[str]:
    """The paths of the columns as they are stored, those inside records and lists too."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    sink = pa.BufferOutputStream()
    pq.ParquetWriter(sink, schema).close()
    stored = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    return [stored.column(at).path for at in range(len(stored))]
