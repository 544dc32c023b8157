"""Texts that the user did not want at a place: not proposed there again in this session, and never stored.

Only hashes are kept, of the new texts and of the signs around their places. Knows nothing of the protocol.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from llada_edit.holes import Span
from llada_lsp.tasks import Proposal

NEAR = 40
"""Characters on either side that make a place the same place."""
PLACES = 256
"""Places that are remembered."""
OFFERS = 8
"""Lists of proposals that can still be accepted or refused."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Proposals that were shown, for a text as it stood.

    Attributes:
        uri: of the document.
        text: as it stood.
        proposals: best first.
        order: what was asked for.
    """

    uri: str
    text: str
    proposals: tuple[Proposal, ...]
    order: object


class Refusals:
    """What was offered last, and what was refused where."""

    def __init__(self) -> None:
        self._offers: OrderedDict[str, Offered] = OrderedDict()
        self._refused: OrderedDict[int, set[int]] = OrderedDict()

    def offer(self, job: str, offered: Offered) -> None:
        """Remember what a job has proposed."""
        self._offers[job] = offered
        while len(self._offers) > OFFERS:
            self._offers.popitem(last=False)

    def offered(self, job: str) -> Offered | None:
        """What a job has proposed, if it is one of the last."""
        return self._offers.get(job)

    def refuse(self, offered: Offered, candidate: int | None) -> None:
        """Never offer one of some proposals again at its place, or, for None, any of them."""
        chosen = offered.proposals if candidate is None else offered.proposals[candidate : candidate + 1]
        for proposal in chosen:
            key = _place(offered.text, [edit.span for edit in proposal.edits])
            self._refused.setdefault(key, set()).add(hash(proposal.texts))
            self._refused.move_to_end(key)
        while len(self._refused) > PLACES:
            self._refused.popitem(last=False)

    def count(self, text: str, spans: Sequence[Span]) -> int:
        """How many texts were refused at a place."""
        return len(self._refused.get(_place(text, spans), ()))

    def without(self, text: str, proposals: Sequence[Proposal]) -> list[Proposal]:
        """The proposals that were not refused where they are for."""
        return [
            proposal
            for proposal in proposals
            if hash(proposal.texts) not in self._refused.get(_place(text, [edit.span for edit in proposal.edits]), ())
        ]


def _place(text: str, spans: Sequence[Span]) -> int:
    """The same number for the same texts in place of the same spans, wherever in the document they have moved."""
    around = [(text[max(0, span.start - NEAR) : span.start], text[span.end : span.end + NEAR]) for span in spans]
    return hash(tuple(around))
