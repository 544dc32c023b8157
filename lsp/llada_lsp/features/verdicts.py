"""What the user did with a proposal, where the client says so: refused texts stay away, accepted parts become marks.

All of it ends with the session; nothing is stored.
"""

from __future__ import annotations

from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_lsp import methods
from llada_lsp.features import marked
from llada_lsp.marks import Mark
from llada_lsp.messages import Verdict
from llada_lsp.positions import points
from llada_lsp.refusals import Offered
from llada_lsp.server import Server
from llada_lsp.tasks import Proposal


def register(server: Server) -> None:
    """Add the handlers; the command of accepted ghost text is among the other commands."""
    server.feature(methods.DID_ACCEPT)(accepted)
    server.feature(methods.DID_REJECT)(_refused)


def _refused(ls: Server, params: Verdict) -> None:
    offered = ls.refusals.offered(params.job)
    if offered is not None and (params.candidate is None or 0 <= params.candidate < len(offered.proposals)):
        ls.refusals.refuse(offered, params.candidate)


def accepted(ls: Server, params: Verdict) -> None:
    """Mark what stands there now, if it was not recognised by the change of the text: a part of it, for one."""
    offered, candidate = ls.refusals.offered(params.job), params.candidate or 0
    snapshot = ls.snapshot(offered.uri) if offered is not None else None
    if offered is None or snapshot is None or not 0 <= candidate < len(offered.proposals):
        return
    mark = _mark(offered, candidate, params.partial_length, snapshot.lines.encoding)
    if mark is None or mark.spans[0].of(snapshot.text) != mark.edits[0].text or ls.marks.at(offered.uri, mark.spans[0]):
        return
    ls.marks.put(offered.uri, mark)
    marked.changed(ls, offered.uri)


def _mark(offered: Offered, candidate: int, length: int | None, encoding: str) -> Mark | None:
    """The mark of the accepted part of a proposal with one edit, as if it had been put in where it was offered."""
    proposal = offered.proposals[candidate]
    if len(proposal.edits) != 1:
        return None
    edit = proposal.edits[0]
    text = edit.text if length is None else edit.text[: points(edit.text, max(0, length), encoding)]
    if not text:
        return None
    part = proposal if text == edit.text else Proposal((Edit(edit.span, text, edit.name),), proposal.score)
    spans = (Span(edit.span.start, edit.span.start + len(text)),)
    return Mark(spans, (edit.span.of(offered.text),), (part,), 0, offered.order)
