"""`Editor`: the one object that users meet. Text in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar

from llada_edit import scoring
from llada_edit.conditions import Asked
from llada_edit.constraints.base import Constraint
from llada_edit.constraints.text import parse
from llada_edit.document import Document
from llada_edit.edits import Edit, Fill
from llada_edit.errors import ConstraintError, DocumentError, OptionError
from llada_edit.formats.base import Format, Prose
from llada_edit.formats.plain import Plain
from llada_edit.formats.registry import format_of
from llada_edit.holes import Hole, Span
from llada_edit.infilling import Frame, Infiller
from llada_edit.models.base import ModelCard
from llada_edit.models.devices import DeviceMap, enough_memory
from llada_edit.models.load import load
from llada_edit.models.model import Model
from llada_edit.options import InfillOptions, RewriteOptions
from llada_edit.rewriting import prose as prose_rewriting
from llada_edit.rewriting.operations import Operation, operation_of
from llada_edit.rewriting.passage import Rewriter
from llada_edit.rewriting.results import Rewrite
from llada_edit.sampling.context import ContextStore
from llada_edit.scoring import Alternative, TextScore
from llada_edit.words import word_at

OptionsT = TypeVar("OptionsT", InfillOptions, RewriteOptions)


class Editor:
    """Fills holes, rewrites, offers other words, and says how probable a text is.

    Args:
        model: loaded by `llada_edit.models.load`.
        remember: contexts whose keys and values are kept between calls; 0 keeps none.
    """

    def __init__(self, model: Model, *, remember: int = 4) -> None:
        self.model = model
        self._store = ContextStore(remember) if remember else None
        self._infiller = Infiller(model, self._store)

    @classmethod
    def load(
        cls,
        reference: str | Path = "bundled",
        *,
        device: str = "auto",
        dtype: str = "auto",
        quantize: str | None = None,
        device_map: DeviceMap | None = None,
    ) -> Self:
        """An editor with a model: the bundled one, a folder, or the id of a model that is already on the disk.

        Args:
            reference: "bundled", a folder with safetensors weights, or an id such as "GSAI-ML/LLaDA-8B-Instruct".
            device: "auto", "cpu", "cuda", "mps".
            dtype: "auto", "float32", "bfloat16", "float16".
            quantize: "int8" or "int4" weights, on CUDA with bitsandbytes; None keeps them.
            device_map: "auto", "balanced", "sequential" or a device for every part of the network, by accelerate;
                excludes `device`. None puts it on one device.

        Raises:
            UnknownModel: nothing of this name; the message says what is there.
            OptionError: a choice that this model or this machine does not have.
            NotEnoughMemory: the weights are larger than what is free.
            ModelError: it is there, and cannot be used.
        """
        return cls(load(reference, device=device, dtype=dtype, quantize=quantize, device_map=device_map))

    @property
    def card(self) -> ModelCard:
        """Facts about the model in use."""
        return self.model.card

    def infill(
        self,
        text: str | Document | None = None,
        *,
        left: str | None = None,
        right: str | None = None,
        span: tuple[int, int] | None = None,
        marker: str = "[?",
        constraint: Constraint | None = None,
        constraints: Mapping[str, Constraint] = MappingProxyType({}),
        **choices: Any,
    ) -> Fill:
        """Fill the holes of a text, all of them jointly.

        Args:
            text: with hole markup, a `Document`, or plain text together with `span`.
            left: instead of `text`: what stands before one hole.
            right: what stands after it.
            span: (start, end) in code points of `text` to be replaced; no markup is looked for.
            marker: opening of the hole markup.
            constraint: what the hole must be; of several holes, all from the first to the last, text between included.
            constraints: what single holes must be, by their names.
            **choices: fields of `InfillOptions`: n, seed, steps, temperature, …

        Returns:
            At most n distinct candidates, best first; fewer where the model finds no more.

        Raises:
            DocumentError: no hole, or markup that cannot be read.
            OptionError: a choice outside its range.
            ConstraintError: a constraint cannot be compiled, or names a hole that is not there.
            Unsatisfiable: no filling has the length that a hole asks for, or meets a constraint.
            DoesNotFit: the holes are too long for the model.
            NotEnoughMemory: the device has none left.
        """
        fill = None
        where: dict[str, Any] = {"left": left, "right": right, "span": span, "marker": marker}
        for frame in self.stream(text, **where, constraint=constraint, constraints=constraints, **choices):
            fill = frame.fill
        assert fill is not None  # the last frame has it
        return fill

    def stream(
        self,
        text: str | Document | None = None,
        *,
        left: str | None = None,
        right: str | None = None,
        span: tuple[int, int] | None = None,
        marker: str = "[?",
        constraint: Constraint | None = None,
        constraints: Mapping[str, Constraint] = MappingProxyType({}),
        **choices: Any,
    ) -> Iterator[Frame]:
        """The same as `infill`, one `Frame` per denoising step; the last one carries the fill. Close it to stop."""
        document = _document(text, left, right, span, marker)
        expected = None
        if span is not None and span[0] < span[1]:
            expected = max(1, len(self.model.vocabulary.encode(document.text[span[0] : span[1]])))
        asked = Asked(constraint, constraints, _notes(document))
        return self._guarded(self._infiller.frames(document, _checked(InfillOptions, choices), expected, asked))

    def rewrite(
        self,
        text: str | Document,
        *,
        span: tuple[int, int] | None = None,
        op: str | Operation = "paraphrase",
        **choices: Any,
    ) -> Rewrite:
        """Rewrite a span of a text, sentence by sentence; nothing outside it changes.

        Args:
            text: plain text, or a `Document` with protected spans; hole markup is text, but for fill-holes.
            span: (start, end) in code points; None for the whole text.
            op: name of an operation (see `docs/rewriting.md`), or one of your own.
            **choices: fields of `RewriteOptions`: strength, n, seed, keep, instruction, trust.

        Returns:
            At most n distinct candidates, best first, as minimal edits. Where nothing better than the original is
            found, the one candidate is the original, without edits.

        Raises:
            DocumentError: a span outside the text.
            OptionError: an unknown operation, or a choice outside its range.
            UnsupportedModel: the operation needs a model that follows instructions.
        """
        result = None
        for frame in self.rewrite_stream(text, span=span, op=op, **choices):
            result = frame.fill
        assert isinstance(result, Rewrite)  # the last frame has it
        return result

    def rewrite_stream(
        self,
        text: str | Document,
        *,
        span: tuple[int, int] | None = None,
        op: str | Operation = "paraphrase",
        **choices: Any,
    ) -> Iterator[Frame]:
        """The same as `rewrite`, one `Frame` per step; the last one carries the result. Close it to stop."""
        rewriter = self.rewriter(op, **choices)
        document = text if isinstance(text, Document) else Document(text)
        place = Span(0, len(document.text)) if span is None else Span(*span)
        if place.end > len(document.text):
            raise DocumentError(
                f"span {place.start}-{place.end} ends outside the text of {len(document.text)} code points"
            )
        return self._guarded(rewriter.frames(document, place))

    def rewrite_document(
        self,
        document: Document | Prose,
        *,
        op: str | Operation = "paraphrase",
        form: Format | None = None,
        **choices: Any,
    ) -> list[Edit]:
        """The edits that rewrite a whole document and leave its structure and protected strings as they are.

        Args:
            document: a text with the path that says its format, or what a format has read.
            op: as in `rewrite`.
            form: the format; needed for what a format has read. None goes by the path, or takes plain text.
            **choices: fields of `RewriteOptions`; of n candidates the best is taken.

        Raises:
            DocumentError: the document cannot be read by its format.
            OptionError, UnsupportedModel: as in `rewrite`.
        """
        form, prose = _read(document, form)
        closed = document.protected if isinstance(document, Document) else ()
        found = prose_rewriting.passages(self.rewriter(op, **choices), prose, closed)
        edits = [edit for passage in found for edit in passage.edits]
        return list(prose_rewriting.gated(form, prose, edits).edits)

    def rewriter(self, op: str | Operation = "paraphrase", **choices: Any) -> Rewriter:
        """An operation with its options and this model, for many documents; see `llada_edit.rewriting.prose`."""
        return Rewriter(self.model, self._store, operation_of(op), _checked(RewriteOptions, choices))

    def alternatives(self, text: str | Document, at: int | None = None, k: int = 8) -> tuple[Alternative, ...]:
        """Words that fit in place of the word at an offset, or in the only hole of a text, most probable first.

        Args:
            text: plain text with `at`; without it a document, or text with hole markup.
            at: offset in code points, inside a word or next to one; between words, what could be put in there.
            k: how many, 1 to 64.

        Raises:
            DocumentError: `at` is outside the text, or there is not exactly one hole.
            OptionError: k is outside its range.
        """
        if not 1 <= k <= 64:
            raise OptionError(f"k is {k}; give 1 to 64")
        if isinstance(text, Document):
            if at is not None:
                raise DocumentError("a document has its hole already; drop at, or give its text")
            document = text
        else:
            document = Document.parse(text) if at is None else _at(text, at)
        if len(document.holes) != 1:
            raise DocumentError(f"the text has {len(document.holes)} holes; mark one place, or give an offset")
        with self._memory():
            return scoring.alternatives(self.model, document, k, self._store)

    def expected_words(self, document: Document) -> float:
        """How many words are expected to stand in the only hole of a document.

        Raises:
            DocumentError: there is not exactly one hole.
        """
        if len(document.holes) != 1:
            raise DocumentError(f"the text has {len(document.holes)} holes; mark one place")
        with self._memory():
            return scoring.expected_words(self.model, document, self._store)

    def score(self, text: str) -> TextScore:
        """How probable a text is: every token given all others, and a bound for the whole.

        Raises:
            DocumentError: the text is empty.
        """
        with self._memory():
            return scoring.score(self.model, text)

    def _guarded(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        with self._memory():
            yield from frames

    def _memory(self) -> AbstractContextManager[None]:
        advice = "take fewer candidates or less context, another device, a smaller dtype, or a smaller model"
        return enough_memory(f"{self.card.name} at work", self.model.device, advice)


def _document(
    text: str | Document | None, left: str | None, right: str | None, span: tuple[int, int] | None, marker: str
) -> Document:
    if text is None:
        if span is not None:
            raise DocumentError("span needs a text; give one instead of left and right")
        if left is None and right is None:
            raise DocumentError("nothing to fill; give a text with holes, or left and right")
        return Document.between(left or "", right or "")
    if left is not None or right is not None:
        raise DocumentError("text excludes left and right; give one or the other")
    if isinstance(text, Document):
        if span is not None:
            raise DocumentError("a document has its holes already; drop span, or give its text")
        return text
    return Document(text, (Hole(Span(*span)),)) if span is not None else Document.parse(text, marker)


def _notes(document: Document) -> dict[int, Constraint]:
    """The constraints that holes carry in their markup."""
    found = {}
    for index, hole in enumerate(document.holes):
        if hole.note:
            try:
                found[index] = parse(hole.note)
            except ConstraintError as error:
                raise ConstraintError(f"hole {hole.name or index + 1}: {error}") from error
    return found


def _at(text: str, at: int) -> Document:
    """The text with a hole over the word at an offset, or at the offset itself."""
    if not 0 <= at <= len(text):
        raise DocumentError(f"offset {at} is outside the text of {len(text)} code points")
    return Document(text, (Hole(word_at(text, at) or Span(at, at)),))


def _read(document: Document | Prose, form: Format | None) -> tuple[Format, Prose]:
    if not isinstance(document, Document):
        if form is None:
            raise OptionError("what a format has read needs that format; give it as form")
        return form, document
    known = form or (format_of(document.path) if document.path else None) or Plain()
    return known, known.read(document.encode(document.text))


def _checked(kind: type[OptionsT], choices: dict[str, Any]) -> OptionsT:
    known = [field.name for field in fields(kind)]
    unknown = ", ".join(name for name in choices if name not in known)
    if unknown:
        raise OptionError(f"{unknown}: no such option; there are {', '.join(known)}")
    return kind(**choices)
