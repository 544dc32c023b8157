"""Which tokens may stand where in a hole, whatever its language says."""

from __future__ import annotations

from dataclasses import dataclass

from llada_edit.constraints.minimise import Flags


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Tokens that may stand in the slots of a hole, each (vocab,) bool.

    Attributes:
        any: in every slot.
        first: in the first one, in addition.
        last: in the last one, in addition.
        alone: in the first one where it is the only one, in addition.
    """

    any: Flags
    first: Flags
    last: Flags
    alone: Flags
