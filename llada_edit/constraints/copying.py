"""`NoCopy`: no run of words of a source may come back, as in a paraphrase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llada_edit.constraints.spelling import folded_words, is_letter
from llada_edit.constraints.values import Constraint
from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton


@dataclass(frozen=True)
class NoCopy(Constraint):
    """No `k` words in a row stand in the text as they stand in the source.

    Words are runs of letters and digits; case, white space and punctuation between them make no difference. A run that
    begins in the text before the hole or ends in the text after it counts too. A source may have some 600 words.
    Scripts that write no spaces have no words here, so little is ruled out in them.

    Args:
        source: what is not to be copied.
        k: 1 to 20.
    """

    source: str
    k: int = 4

    def __post_init__(self) -> None:
        if not isinstance(self.source, str):
            raise ConstraintError(f"NoCopy: {self.source!r} is no text; give the source as a string")
        if not isinstance(self.k, int) or not 1 <= self.k <= 20:
            raise ConstraintError(f"NoCopy: {self.k!r} words in a row is not possible; give 1 to 20")

    @property
    def sees(self) -> int:
        """See `Constraint.sees`; words of a run may stand any distance apart."""
        return 10**6

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.automaton import Automaton
        from llada_edit.constraints.runs import avoiding

        if not self._runs():
            return Automaton.anything()
        return avoiding(self._runs(), self._ends(before, -1), self._ends(after, 1), self.accepts("", before, after))

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        whole, begin, end = before + text + after, len(before), len(before) + len(text)
        words, runs = folded_words(whole), set(self._runs())
        rows = (words[first : first + self.k] for first in range(len(words) - self.k + 1))
        return not any(
            row[0][0] < end and row[-1][1] > begin and tuple(word for *_, word in row) in runs for row in rows
        )

    def _runs(self) -> tuple[tuple[str, ...], ...]:
        """Every run of k words of the source, once."""
        words = [word for *_, word in folded_words(self.source)]
        return tuple(dict.fromkeys(tuple(words[first : first + self.k]) for first in range(len(words) - self.k + 1)))

    def _ends(self, text: str, side: int) -> tuple[str, str]:
        """The part of a neighbour that a run can reach: where hole and neighbour share a word, and where not."""
        words = folded_words(text)[::side]
        touching = text[-1:] if side < 0 else text[:1]
        shared = self.k if touching and is_letter(touching) else self.k - 1
        cuts = []
        for count in (shared, self.k - 1):
            kept = text
            if len(words) > count and side < 0:
                kept = text[words[count][1] :]
            elif len(words) > count:
                kept = text[: words[count][0]]
            cuts.append(kept)
        return cuts[0], cuts[1]
