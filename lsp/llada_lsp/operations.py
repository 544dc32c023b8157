"""The seam to rewriting: which operations the model in use is good at, and the work that does one.

Everything else in the server treats an operation as a name with a title. Knows nothing of the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from llada_edit.errors import OptionError
from llada_edit.holes import Span
from llada_lsp.tasks import Proposal
from llada_lsp.worker import Work

if TYPE_CHECKING:
    from llada_edit.editor import Editor

STRENGTHS = {"touch-up": 0.15, "rephrase": 0.4, "rewrite": 0.7}
"""Names for how much is written anew, as shares."""
TONES = ("formal", "plain", "simplify")
"""Operations that are also the name of a tone."""
STEP = 0.2
"""What one "stronger" or "weaker" is worth."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that is offered.

    Attributes:
        name: as orders name it.
        title: what stands in a menu.
        detail: one line that explains it.
        strength: whether more or less of it can be had.
        varied: whether it is one to choose a version of.
        tone: whether it can be told how to sound, in any words.
        possible: whether it may find anything in a span of a text; asked for lists, so quick and without the model.
    """

    name: str
    title: str
    detail: str
    strength: bool = False
    varied: bool = False
    tone: bool = False
    possible: Callable[[str, Span], bool] = lambda text, span: True


@dataclass(frozen=True, slots=True)
class Wish:
    """What a rewriting is to be like.

    Attributes:
        op: name of the operation.
        strength: share that is written anew; None for what the operation finds right.
        keep: words and phrases that stay.
        n: proposals wanted.
        seed: where chance begins.
        tone: how it is to sound, in words for a model that follows instructions; empty for no matter.
    """

    op: str
    strength: float | None
    keep: tuple[str, ...]
    n: int
    seed: int
    tone: str = ""


class Rewriting(Protocol):
    """Who knows the operations and does them."""

    def offered(self, editor: Editor) -> tuple[Operation, ...]:
        """The operations that an editor is good at; called in the worker."""
        ...

    def work(self, text: str, spans: Sequence[Span], wish: Wish, language: str) -> Work[Editor, list[Proposal]]:
        """The work of rewriting spans of a text; one edit a span, also where it stays as it is."""
        ...


def strength_of(value: Any) -> float:
    """A strength as a share.

    Raises:
        OptionError: neither a name nor a number from 0 to 1.
    """
    if isinstance(value, str) and value in STRENGTHS:
        return STRENGTHS[value]
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise OptionError(f"strength is {value!r:.40}; give 0 to 1, or one of {', '.join(STRENGTHS)}")
