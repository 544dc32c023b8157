"""CSV and TSV: the cells of the columns that hold prose.

Quotes follow RFC 4180; a quote inside a cell is doubled and protected. Where no columns are named, a column is prose if
its cells have at least `PROSE_WORDS` words on the average and most of them hold letters; the first row is a header if
all of its cells are short and unlike what stands below. The whole file is the visible text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llada_edit.errors import DocumentError
from llada_edit.formats.inline import FIXED
from llada_edit.formats.text import BOM, Block, TextProse, decode, prose

PROSE_WORDS = 4
"""Words that the cells of a column must have on the average, so that it is taken for prose."""

_CSV = re.compile(FIXED.pattern + '|"+')
# A spreadsheet takes a cell that begins like this for a formula.
_FORMULA = re.compile(r"[\s'\"]*[=+@-]")


@dataclass(frozen=True, slots=True)
class Cell:
    """Where the text of a cell stands, its quotes excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """Delimited text.

    Attributes:
        name: of the format.
        suffixes: of its files.
        language_ids: of editors.
        delimiters: that may part the cells; the one that the first line has most is taken.
        columns: that are prose, by header; empty for those that look like it.
    """

    name: str
    suffixes: tuple[str, ...]
    language_ids: tuple[str, ...]
    delimiters: str
    columns: tuple[str, ...] = ()

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8, open quotes and unknown columns are a `DocumentError`."""
        text = decode(data)
        first = re.split(r"[\r\n]", text, maxsplit=1)[0]
        delimiter = max(self.delimiters, key=first.count)
        rows = list(_rows(text, delimiter))
        header = bool(rows) and (bool(self.columns) or _is_header(text, rows))
        chosen = self._chosen(text, rows, header)
        blocks, events = [], [",".join(map(str, sorted(chosen)))]
        for row in rows[header:]:
            events.append(str(len(row)))
            for index in chosen & set(range(len(row))):
                cell = row[index]
                if not _FORMULA.match(text, cell.start, cell.end):
                    blocks.append(Block(cell.start, cell.end, [(cell.start, cell.end)], "cell", joins=False))
        return prose(text, sorted(blocks, key=lambda block: block.start), events, (), _CSV)

    def _chosen(self, text: str, rows: Sequence[Sequence[Cell]], header: bool) -> set[int]:
        if not self.columns:
            width = max(map(len, rows), default=0)
            return {index for index in range(width) if _is_prose(text, rows[header:], index)}
        names = {text[cell.start : cell.end].strip(): index for index, cell in enumerate(rows[0] if rows else ())}
        missing = [name for name in self.columns if name not in names]
        if missing:
            raise DocumentError(f"there is no column {missing[0]!r}; the columns are: {', '.join(names)}")
        return {names[name] for name in self.columns}


def _rows(text: str, delimiter: str) -> Iterator[list[Cell]]:
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    quoted = re.compile(r'"((?:[^"]|"")*+)"')
    at, row = int(text.startswith(BOM)), list[Cell]()
    while at < len(text):
        found = quoted.match(text, at)
        if found is None and text[at] == '"':
            raise DocumentError(f"the quote at code point {at} is not closed; close it")
        if found:
            row.append(Cell(*found.span(1)))
            at = found.end()
        else:
            found = plain.match(text, at)
            at = found.end() if found else at
            row.append(Cell(found.start() if found else at, at))
        if text.startswith(delimiter, at):
            at += 1
            if at == len(text) or text[at] in "\r\n":
                row.append(Cell(at, at))
        if at == len(text) or text[at] in "\r\n":
            yield row
            row = []
            at += 2 if text.startswith("\r\n", at) else 1
        elif text[at - 1] != delimiter:
            raise DocumentError(f"text follows a closing quote at code point {at}; double the quotes inside cells")


def _is_header(text: str, rows: Sequence[Sequence[Cell]]) -> bool:
    names = [text[cell.start : cell.end].strip() for cell in rows[0]]
    return (
        len(rows) > 1
        and all(name and len(name.split()) < PROSE_WORDS for name in names)
        and len(set(names)) == len(names)
    )


def _is_prose(text: str, rows: Sequence[Sequence[Cell]], index: int) -> bool:
    return looks_like_prose([text[row[index].start : row[index].end] for row in rows if index < len(row)])


def looks_like_prose(values: Sequence[str]) -> bool:
    """Whether the values of a column have enough words and letters."""
    filled = [value for value in values if value.strip()]
    words = sum(len(value.split()) for value in filled)
    lettered = sum(sum(c.isalpha() for c in value) * 2 > len(value) for value in filled)
    return bool(filled) and words >= PROSE_WORDS * len(filled) and lettered * 2 > len(filled)


def csv() -> Table:
    """Comma-separated values; semicolons are found out."""
    return Table("csv", (".csv",), ("csv",), ",;")


def tsv() -> Table:
    """Tab-separated values."""
    return Table("tsv", (".tsv", ".tab"), ("tsv",), "\t")
