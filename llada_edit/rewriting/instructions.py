"""Operations by instruction: the sentence stands in a prompt, and the answer is one hole.

Written as plain text without the turns of a chat; tried with stand-ins for models only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from llada_edit.diff import word_diff
from llada_edit.document import Document
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.infilling import Infiller
from llada_edit.options import InfillOptions
from llada_edit.rewriting.operations import Operation
from llada_edit.rewriting.proposals import Proposal


def proposals(
    infiller: Infiller, operation: Operation, instruction: str, text: str, options: InfillOptions, into: list[Proposal]
) -> Iterator[str]:
    """Ask; yields the answer as it is written, and puts the finished ones into `into` as changes of the sentence."""
    prompt = operation.prompt.replace("{instruction}", instruction).replace("{text}", text)
    size = len(infiller.model.vocabulary.encode(text))
    least, most = (max(1, math.ceil(share * size)) for share in operation.length)
    place = Span(len(prompt), len(prompt))
    document = Document(prompt + "\n", (Hole(place, length=LengthHint("tokens", least, most)),))
    for frame in infiller.frames(document, options):
        yield frame.text[len(prompt) : -1]
        if frame.fill is not None:
            for candidate in frame.fill.candidates:
                edits = word_diff(text, candidate.holes[0].text.strip())
                if edits:
                    into.append(Proposal(edits))
