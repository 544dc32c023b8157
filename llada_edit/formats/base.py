"""What every document format gives: the text a reader sees, the spans of it that may change, and the way back to bytes.

Protect, splice, re-parse: an adapter names spans and nothing else, edits are spliced into the original bytes, and the
result is parsed again; an edit that changes the structure or a protected string is not kept. Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from llada_edit.document import Change
from llada_edit.holes import Span

Kind = Literal["paragraph", "heading", "item", "quote", "cell", "caption", "comment", "string"]


@dataclass(frozen=True, slots=True)
class Passage:
    """One run of prose that is rewritten as a unit: a paragraph, a heading, a list item, a table cell, a comment.

    Attributes:
        span: from its first to its last character, markup inside it included; code points of `Prose.text`.
        editable: the spans in it that may change: ordered, disjoint, not empty, on grapheme borders. What lies between
            them (link targets, code, mathematics, citations, entities, line prefixes) is protected.
        kind: what it is, for the operations that treat headings or cells in their own way.
    """

    span: Span
    editable: tuple[Span, ...]
    kind: Kind = "paragraph"


class Prose(Protocol):
    """A file that was read: its visible text, what may change, and how to write changes back."""

    @property
    def text(self) -> str:
        """What the model sees. For text formats it is the whole decoded file, byte-order mark included."""
        ...

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All prose, in order of the text, disjoint."""
        ...

    @property
    def skeleton(self) -> tuple[str, ...]:
        """The structure without the prose: equal before and after any edit that may be kept."""
        ...

    @property
    def protected(self) -> tuple[str, ...]:
        """The strings that must survive, in order: addresses, code, formulas, citations, entities, placeholders."""
        ...

    def splice(self, changes: Iterable[Change]) -> bytes:
        """The file with spans of `text` replaced; every byte outside them is the original one.

        Raises:
            DocumentError: a change outside the editable spans, or changes that overlap.
        """
        ...


class Format(Protocol):
    """An adapter; third parties attach theirs through the entry point group ``llada_edit.formats``."""

    @property
    def name(self) -> str:
        """As users write it: ``markdown``."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name endings in lower case, with the dot."""
        ...

    @property
    def language_ids(self) -> tuple[str, ...]:
        """Language ids of editors (LSP), such as ``markdown``; empty for files that no editor shows as text."""
        ...

    def read(self, data: bytes) -> Prose:
        """Parse a file.

        Raises:
            DocumentError: the bytes are not of this format, or hostile; the file is then left alone.
        """
        ...
