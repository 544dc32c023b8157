"""What a check has found in a text, and where it stands now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from llada_edit.holes import Span


@dataclass(frozen=True, slots=True)
class Finding:
    """A word that is unlikely.

    Attributes:
        span: of the word.
        probability: the least one of its tokens, each given all others of the sentence.
        others: words that would fit better, most probable first; none where nobody has looked.
    """

    span: Span
    probability: float
    others: tuple[str, ...] = ()

    def moved(self, changed: Span, length: int) -> Finding | None:
        """The finding after a change of the text; None where the change touches it."""
        if changed.start > self.span.end:
            return self
        if changed.end < self.span.start:
            shift = length - len(changed)
            return replace(self, span=Span(self.span.start + shift, self.span.end + shift))
        return None
