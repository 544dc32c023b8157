"""What the scanners share: running text and protected atoms are told one after the other, blocks come out."""

from __future__ import annotations

from llada_edit.formats.base import Kind
from llada_edit.formats.text import Block


class Collector:
    """Gathers the running text of one block until it is flushed; ranges come in order of the text."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.kind: Kind = "paragraph"
        self._free: list[tuple[int, int]] = []
        self._start = self._end = -1

    def free(self, start: int, end: int) -> None:
        """Running text."""
        if start < end:
            self.atom(start, end)
            self._free.append((start, end))

    def atom(self, start: int, end: int) -> None:
        """Something inside the block that stays as it is."""
        if self._start < 0:
            self._start = start
        self._end = max(self._end, end)

    def flush(self, kind: Kind = "paragraph", joins: bool = True) -> None:
        """End the block, if there is one; the next one is of the kind given."""
        if self._free:
            self.blocks.append(Block(self._start, self._end, tuple(self._free), self.kind, joins))
        self.kind, self._free, self._start, self._end = kind, [], -1, -1
