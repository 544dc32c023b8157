"""What an order asks of its fillings, as the length and the note of a hole: as if it stood in the markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llada_edit.document import Document
from llada_edit.holes import Hole, LengthHint, Span
from llada_lsp.messages import Order


def told(hole: Hole, order: Order) -> Hole:
    """A hole with the length and the note of an order over its own, and what the order wants in it and not in it."""
    length = LengthHint.parse(order.length) if order.length else hole.length
    return replace(hole, length=length, note=_note(order, order.note or hole.note))


def holes_over(text: str, spans: Sequence[Span], order: Order) -> Document:
    """Spans as holes of the length and kind that an order asks for."""
    return Document(text, tuple(_over(text, span, order) for span in spans))


def _over(text: str, span: Span, order: Order) -> Hole:
    length = order.length
    if length == "same":
        count = len(span.of(text).split())
        length = f"exactly {count} words" if count else ""
    hint = LengthHint.parse(length) if length else None
    return Hole(span, length=hint, note=_note(order, order.note))


def _note(order: Order, note: str) -> str:
    """A note on one line; what comes last may take the rest of the line for itself."""
    wanted = [f"include {_listed(order.must)}"] if order.must else []
    unwanted = [f"forbid {_listed(order.avoid)}"] if order.avoid else []
    return ", ".join([*wanted, *unwanted, *([note] if note else [])])


def _listed(phrases: Sequence[str]) -> str:
    quoted = (phrase.replace("\\", "\\\\").replace('"', '\\"') for phrase in phrases)
    return "|".join(f'"{phrase}"' for phrase in quoted)
