"""Checks of what constraints are made of: numbers and texts. What a constraint is, they do not know."""

from __future__ import annotations

from llada_edit.errors import ConstraintError


def check_counts(name: str, minimum: object, maximum: object) -> None:
    """Refuse counts that are no range."""
    for count in (minimum, 0 if maximum is None else maximum):
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ConstraintError(f"{name}: {count!r} is no count; give a whole number from 0")
    if isinstance(maximum, int) and isinstance(minimum, int) and maximum < minimum:
        raise ConstraintError(f"{name}: {minimum} to {maximum} is no range; give the smaller number first")


def check_texts(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no text, and no text at all."""
    if not texts:
        raise ConstraintError(f"{name} needs at least one text")
    for text in texts:
        if not isinstance(text, str):
            raise ConstraintError(f"{name}: {text!r} is no text; give strings, one argument each")
    return texts
