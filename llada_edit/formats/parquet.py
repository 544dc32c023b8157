"""Parquet: the text columns that hold prose, value by value, through pyarrow (the extra ``parquet``).

Values, types and metadata of all other columns stay, and so do row groups and compression; the bytes of the file are
written anew where a value changes. The whole file is held in memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from llada_edit.errors import DocumentError
from llada_edit.formats.inline import FIXED
from llada_edit.formats.mapped import MappedProse, Mapping, Piece
from llada_edit.formats.plain import paragraphs
from llada_edit.formats.tables import looks_like_prose
from llada_edit.formats.text import Block

_FIXED = re.compile(FIXED.pattern + r"|`[^`\r\n]{0,500}`|</?[A-Za-z][^<>]{0,500}>")


@dataclass(frozen=True, slots=True)
class Parquet:
    """Columns of text.

    Attributes:
        columns: that are prose; empty for those that look like it.
    """

    columns: tuple[str, ...] = ()
    name: str = "parquet"
    suffixes: tuple[str, ...] = (".parquet",)
    language_ids: tuple[str, ...] = ()

    def read(self, data: bytes) -> MappedProse:
        """Parse a file; no Parquet, unknown columns, or pyarrow missing, are a `DocumentError`."""
        arrow, parquet = _libraries()
        try:
            file = parquet.ParquetFile(arrow.BufferReader(data))
            table = file.read()
        except (arrow.ArrowException, OSError) as error:
            raise DocumentError(f"the file is no Parquet that can be read ({error})") from error
        places = [(name, row) for name in self._chosen(arrow, table) for row in range(table.num_rows)]
        texts = {name: table.column(name).to_pylist() for name in dict(places)}
        places = [(name, row) for name, row in places if texts[name][row]]
        before = [texts[name][row] for name, row in places]

        def pack(after: list[str]) -> bytes:
            if after == before:
                return data
            for (name, row), new in zip(places, after, strict=True):
                texts[name][row] = new
            return _written(arrow, parquet, file, table, texts)

        mapping = Mapping(before, lambda _, new: new, pack, _FIXED)
        for index, value in enumerate(before):
            blocks = [Block(group[0][0], group[-1][1], group, "cell") for group in paragraphs(value)]
            mapping.add_blocks(index, [Piece(value, 0, len(value))], blocks)
        return mapping.prose([str(table.schema)])

    def _chosen(self, arrow: Any, table: Any) -> list[str]:
        texts = [field.name for field in table.schema if field.type in (arrow.string(), arrow.large_string())]
        missing = [name for name in self.columns if name not in texts]
        if missing:
            raise DocumentError(f"there is no text column {missing[0]!r}; there are: {', '.join(texts)}")
        if self.columns:
            return list(self.columns)
        return [name for name in texts if looks_like_prose([v for v in table.column(name).to_pylist() if v])]


def _libraries() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise DocumentError("Parquet needs pyarrow; pip install 'llada-edit[parquet]'") from error
    return pyarrow, pyarrow.parquet


def _written(arrow: Any, parquet: Any, file: Any, table: Any, texts: dict[str, list[str | None]]) -> bytes:
    for name, column in texts.items():
        index = table.schema.get_field_index(name)
        table = table.set_column(index, table.schema.field(index), arrow.array(column, table.schema.field(index).type))
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    chunks = [groups[0].column(index) for index in range(groups[0].num_columns)] if groups else []
    packing = {chunk.path_in_schema: chunk.compression.lower().replace("uncompressed", "none") for chunk in chunks}
    output = arrow.BufferOutputStream()
    with parquet.ParquetWriter(output, table.schema, compression=packing or "snappy") as writer:
        at = 0
        for group in groups:
            writer.write_table(table.slice(at, group.num_rows), row_group_size=max(1, group.num_rows))
            at += group.num_rows
    return bytes(output.getvalue())
