"""What users hand to `Editor`, read into documents, constraints and options, or refused in one clear line.

Pure text: no model is asked, and none is needed to be told what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, TypeVar

from llada_edit.conditions import Asked
from llada_edit.constraints.text import parse
from llada_edit.constraints.values import Constraint
from llada_edit.document import Document, text_of
from llada_edit.errors import ConstraintError, DocumentError, OptionError
from llada_edit.formats.base import Format, Prose
from llada_edit.formats.plain import Plain
from llada_edit.formats.registry import format_of
from llada_edit.holes import Hole, Span
from llada_edit.options import InfillOptions, RewriteOptions
from llada_edit.words import word_at

NONE: Mapping[str, Constraint | None] = MappingProxyType({})
OptionsT = TypeVar("OptionsT", InfillOptions, RewriteOptions)


def document_of(
    text: str | Document | None, left: str | None, right: str | None, span: tuple[int, int] | None, marker: str
) -> Document:
    """The document of an infill: what is given by markup, by a span, by both sides of one hole, or as it is.

    Raises:
        DocumentError: nothing to fill, two ways to say it at once, what is no text, or markup that cannot be read.
    """
    if text is None:
        if span is not None:
            raise DocumentError("span needs a text; give one instead of left and right")
        if left is None and right is None:
            raise DocumentError("nothing to fill; give a text with holes, or left and right")
        return Document.between(left or "", right or "")
    if left is not None or right is not None:
        raise DocumentError("text excludes left and right; give one or the other")
    if isinstance(text, Document):
        if span is not None:
            raise DocumentError("a document has its holes already; drop span, or give its text")
        return text
    plain = text_of(text, "text")
    return Document.parse(plain, marker) if span is None else Document(plain, (Hole(span_of(span)),))


def passage_of(text: str | Document, span: tuple[int, int] | None) -> tuple[Document, Span]:
    """What is to be rewritten, and which part of it: all, where no span is given.

    Raises:
        DocumentError: what is no text, or a span outside it.
    """
    document = text if isinstance(text, Document) else Document(text_of(text, "text"))
    place = Span(0, len(document.text)) if span is None else span_of(span)
    if place.end > len(document.text):
        raise DocumentError(f"span {place.start}-{place.end} ends outside the text of {len(document.text)} code points")
    return document, place


def place_of(text: str | Document, at: int | None) -> Document:
    """A document with exactly one hole: over the word at an offset, at the offset itself, or where it is marked.

    Raises:
        DocumentError: an offset outside the text, not exactly one hole, or two ways to say it at once.
    """
    if isinstance(text, Document):
        if at is not None:
            raise DocumentError("a document has its hole already; drop at, or give its text")
        document = text
    elif at is None:
        document = Document.parse(text_of(text, "text"))
    else:
        plain = text_of(text, "text")
        if not isinstance(at, int) or not 0 <= at <= len(plain):
            raise DocumentError(f"offset {at!r} is outside the text of {len(plain)} code points")
        document = Document(plain, (Hole(word_at(plain, at) or Span(at, at)),))
    if len(document.holes) != 1:
        raise DocumentError(f"the text has {len(document.holes)} holes; mark one place, or give an offset")
    return document


def asked_of(
    document: Document, constraint: Constraint | None = None, constraints: Mapping[str, Constraint | None] = NONE
) -> Asked:
    """All that is asked of the holes of a document, by the caller and by its markup.

    Args:
        document: its holes may carry notes.
        constraint: over all holes; None for none.
        constraints: by name of the hole; None for none.

    Raises:
        ConstraintError: what is no constraint, a name that no hole has, or two that cover the same hole.
    """
    if not isinstance(constraints, Mapping):
        raise ConstraintError(f"constraints is of type {type(constraints).__name__}; give a dictionary")
    named = {name: value for name, value in constraints.items() if value is not None}
    asked = Asked(constraint, named, _notes(document))
    asked.conditions(document)
    return asked


def _notes(document: Document) -> dict[int, Constraint]:
    found = {}
    for index, hole in enumerate(document.holes):
        if hole.note:
            try:
                found[index] = parse(hole.note)
            except ConstraintError as error:
                raise ConstraintError(f"hole {hole.name or index + 1}: {error}") from error
    return found


def prose_of(document: Document | Prose, form: Format | None) -> tuple[Format, Prose]:
    """A format, and a document as it reads it.

    Raises:
        DocumentError: the document cannot be read by its format.
        OptionError: what a format has read, without that format.
    """
    if isinstance(document, str):
        raise DocumentError("document is of type str; give a Document, such as Document.read(path)")
    if not isinstance(document, Document):
        if form is None:
            raise OptionError("what a format has read needs that format; give it as form")
        return form, document
    known = form or (format_of(document.path) if document.path else None) or Plain()
    return known, known.read(document.encode(document.text))


def options_of(kind: type[OptionsT], choices: dict[str, Any]) -> OptionsT:
    """Options of a kind, by the names of their fields.

    Raises:
        OptionError: a name that is no field, or a value outside its range.
    """
    known = [field.name for field in fields(kind)]
    unknown = ", ".join(name for name in choices if name not in known)
    if unknown:
        raise OptionError(f"{unknown}: no such option; there are {', '.join(known)}")
    return kind(**choices)


def span_of(given: object) -> Span:
    """A span from a pair of offsets, or from a `Span`.

    Raises:
        DocumentError: it is none.
    """
    if isinstance(given, Span):
        return given
    pair = given if isinstance(given, tuple | list) else ()
    if len(pair) != 2 or not all(isinstance(offset, int) for offset in pair):
        raise DocumentError(f"span {given!r} is no range; give (start, end) in code points")
    return Span(*pair)
