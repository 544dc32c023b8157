"""What the methods of our own carry: typed as those of the protocol are, in camel case on the wire.

All positions are in the encoding that was negotiated, all spans are ranges of a document. Fields with a default may be
left out; unknown fields are ignored, so that a newer client can talk to an older server.
"""

from __future__ import annotations

from typing import Any

import attrs
from lsprotocol import types

Document = types.OptionalVersionedTextDocumentIdentifier


@attrs.define
class Order:
    r"""What is to be written, and where; also the argument of every command.

    Attributes:
        uri: of an open document.
        ranges: hole markup, or other text, or places; none means all holes, or the whole document for rewriting.
        version: that the ranges belong to; without it, the present one.
        op: "fill", "reword", or the name of an operation that `llada/operations` lists.
        n: proposals wanted; without it, as set.
        seed: same seed, same proposals; without it, as set.
        strength: 0 to 1, or "touch-up", "rephrase", "rewrite"; without it, as set.
        keep: words and phrases that must stay, besides those that are set.
        length: "same", or as in a hole: "3-8 words".
        note: what the filling must be, as typed in a hole: "regex \d+".
        preview: show it beside the document instead of putting it in.
        deadline_ms: milliseconds after which the best that is finished by then is taken; without it, all is waited for.
        must: words and phrases that each filling must have in it.
        avoid: words and phrases that no filling may have in it.
        tone: how a rewriting is to sound: any words for a model that follows instructions, else the name of an
            operation that is offered, such as "formal".
        job: a name for `llada/cancel` and `llada/denoise`, chosen by the client; without it, the server makes one.
        work_done_token: of the client's own, for progress; with `llada/propose` and `llada/resample` only, since a
            command is answered before its work is done.
    """

    uri: str
    ranges: list[types.Range] = attrs.field(factory=list)
    version: int | None = None
    op: str = "fill"
    n: int | None = None
    seed: int | None = None
    strength: Any = None
    keep: list[str] = attrs.field(factory=list)
    length: str = ""
    note: str = ""
    preview: bool = False
    deadline_ms: int | None = None
    must: list[str] = attrs.field(factory=list)
    avoid: list[str] = attrs.field(factory=list)
    tone: str = ""
    job: str = ""
    work_done_token: Any = None


@attrs.define
class Token:
    """A piece of text and the probability that the model gave it."""

    text: str
    probability: float


@attrs.define
class Replacement:
    """One edit of a proposal: what replaces a range, and the tokens that it is made of where they are known."""

    range: types.Range
    new_text: str
    tokens: list[Token] = attrs.field(factory=list)


@attrs.define
class Proposed:
    """One proposal: apply all its edits or none. Higher scores are better within one answer."""

    edits: list[Replacement]
    score: float


@attrs.define
class Proposals:
    """The answer to `llada/propose` and `llada/resample`; ranges belong to this version of the document."""

    job: str
    uri: str
    version: int | None
    proposals: list[Proposed]


@attrs.define
class Pin:
    """A part of one edit's new text that is to stay: half-open, in the units of positions."""

    edit: int
    start: int
    end: int


@attrs.define
class Resample:
    """Write a proposal again, but for the pinned parts: these stay, and the rest is made to fit them."""

    order: Order
    edits: list[types.TextEdit]
    pins: list[Pin]


@attrs.define
class Place:
    """A place in a document, and how many words are wanted."""

    text_document: Document
    position: types.Position
    k: int = 8


@attrs.define
class Words:
    """Words that fit in place of what stands in a range, most probable first."""

    range: types.Range
    words: list[Token]


@attrs.define
class Part:
    """A part of a document; without a range, all of it."""

    text_document: Document
    range: types.Range | None = None


@attrs.define
class Scored:
    """How probable a text is: every token given all others; `per_token` is their mean log probability in nats."""

    range: types.Range
    tokens: list[Token]
    per_token: float


@attrs.define
class Offer:
    """An operation: the name for orders, a title and a line for people, and whether strength means anything to it."""

    op: str
    title: str
    detail: str
    strength: bool


@attrs.define
class Offers:
    """What the model in use is good at; empty as long as it loads."""

    operations: list[Offer]


@attrs.define
class Status:
    """What the server is doing: "loading", "ready", "busy", "off" (unloaded), "error".

    Model and device are those that were asked for.
    """

    kind: str
    model: str
    device: str
    message: str = ""


@attrs.define
class Named:
    """A job by its name; an empty one means all."""

    job: str = ""


@attrs.define
class Verdict:
    """What the user did with a proposal: `candidate` counts from 0; a refusal without it means all of a job.

    `partial_length` is how much of the first edit's new text was accepted, in the units of positions; None: all of it.
    """

    job: str
    candidate: int | None = None
    partial_length: int | None = None


@attrs.define
class Nothing:
    """No parameters."""


@attrs.define
class Glimpse:
    """How a range of an order stands after a step.

    `masked` are half-open parts of `text` that are not yet written. `conf` are the tokens that are, each with its
    start, its end and its probability when it was written; empty where that is not known.
    """

    range: types.Range
    text: str
    masked: list[list[int]]
    conf: list[tuple[int, int, float]]


@attrs.define
class Denoised:
    """One denoising step of a job."""

    job: str
    uri: str
    version: int | None
    step: int
    spans: list[Glimpse]
