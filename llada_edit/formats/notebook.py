"""Jupyter notebooks: the prose of Markdown cells; code, outputs, metadata and the layout of the file stay.

The visible text is the Markdown of all such cells. Attachments of cells and raw cells are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from llada_edit.errors import DocumentError
from llada_edit.formats.inline import switched_off
from llada_edit.formats.json import Value, check, escape_for, pieces_of, values
from llada_edit.formats.mapped import MappedProse, Mapping, Piece
from llada_edit.formats.markdown import MARKDOWN, scan
from llada_edit.formats.text import decode, encode, shown
from llada_edit.holes import Span


@dataclass(frozen=True, slots=True)
class Notebook:
    """Notebooks of format 4."""

    name: str = "notebook"
    suffixes: tuple[str, ...] = (".ipynb",)
    language_ids: tuple[str, ...] = ()

    def read(self, data: bytes) -> MappedProse:
        """Parse a file; bytes that are no UTF-8, or no notebook, are a `DocumentError`."""
        text = decode(data)
        check(text, by_line=False)
        markdown: set[int] = set()
        sources: dict[int, list[Value]] = {}
        for value in values(text):
            # 0, cells, number of the cell, key, number of the line
            match value.path[1:]:
                case ("cells", int(cell), "cell_type") if text[value.start : value.end] == "markdown":
                    markdown.add(cell)
                case ("cells", int(cell), "source", *_):
                    sources.setdefault(cell, []).append(value)
                case _:
                    pass
        if '"cells"' not in text:
            raise DocumentError("the file has no cells; it is no notebook of format 4")
        mapping = Mapping([text], escape_for(text), lambda texts: encode(texts[0]), MARKDOWN)
        structure: list[str] = []
        for cell in sorted(markdown & sources.keys()):
            structure += _add(mapping, [piece for value in sources[cell] for piece in pieces_of(text, value)])
        return mapping.prose(structure)


def _add(mapping: Mapping, pieces: list[Piece]) -> list[str]:
    """Read one cell as Markdown; its structure."""
    visible = "".join(piece.text for piece in pieces)
    found = scan(visible)
    off: list[Span] = switched_off(visible, found.comments)
    mapping.add_blocks(0, pieces, [part for block in found.blocks for part in shown(block, off)])
    return found.events
