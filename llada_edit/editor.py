"""`Editor`: the one object that users meet. Text in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from llada_edit import scoring
from llada_edit.arguments import asked_of, document_of, options_of, passage_of, place_of, prose_of
from llada_edit.constraints.values import Constraint
from llada_edit.document import Document, text_of
from llada_edit.edits import Edit, Fill
from llada_edit.formats.base import Format, Prose
from llada_edit.infilling import Frame, Infiller
from llada_edit.models.base import ModelCard
from llada_edit.models.devices import DeviceMap, enough_memory
from llada_edit.models.load import load
from llada_edit.models.model import Model
from llada_edit.options import InfillOptions, RewriteOptions, check_whole
from llada_edit.rewriting import prose as prose_rewriting
from llada_edit.rewriting.operations import Operation, operation_of
from llada_edit.rewriting.passage import Rewriter
from llada_edit.rewriting.results import Rewrite
from llada_edit.sampling.context import ContextStore
from llada_edit.scoring import Alternative, TextScore


class Editor:
    """Fills holes, rewrites, offers other words, and says how probable a text is; one call at a time, in one thread.

    Args:
        model: loaded by `llada_edit.models.load`.
        remember: contexts whose keys and values are kept between calls, 0 to 1024; 0 keeps none.

    Raises:
        OptionError: `remember` is outside its range.
    """

    def __init__(self, model: Model, *, remember: int = 4) -> None:
        check_whole("remember", remember, 0, 1024)
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
        document = document_of(text, left, right, span, marker)
        replaced = "" if span is None else document.holes[0].span.of(document.text)
        expected = max(1, len(self.model.vocabulary.encode(replaced))) if replaced else None
        asked = asked_of(document, constraint, constraints)
        return self._guarded(self._infiller.frames(document, options_of(InfillOptions, choices), expected, asked))

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
        return self._guarded(rewriter.frames(*passage_of(text, span)))

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
        form, prose = prose_of(document, form)
        closed = document.protected if isinstance(document, Document) else ()
        found = prose_rewriting.passages(self.rewriter(op, **choices), prose, closed)
        edits = [edit for passage in found for edit in passage.edits]
        return list(prose_rewriting.gated(form, prose, edits).edits)

    def rewriter(self, op: str | Operation = "paraphrase", **choices: Any) -> Rewriter:
        """An operation with its options and this model, for many documents; see `llada_edit.rewriting.prose`."""
        return Rewriter(self.model, self._store, operation_of(op), options_of(RewriteOptions, choices))

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
        check_whole("k", k, 1, 64)
        document = place_of(text, at)
        with self._memory():
            return scoring.alternatives(self.model, document, k, self._store)

    def expected_words(self, document: Document) -> float:
        """How many words are expected to stand in the only hole of a document.

        Raises:
            DocumentError: there is not exactly one hole.
        """
        with self._memory():
            return scoring.expected_words(self.model, place_of(document, None), self._store)

    def score(self, text: str) -> TextScore:
        """How probable a text is: every token given all others, and a bound for the whole.

        Raises:
            DocumentError: the text is empty.
        """
        with self._memory():
            return scoring.score(self.model, text_of(text, "text"))

    def _guarded(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        with self._memory():
            yield from frames

    def _memory(self) -> AbstractContextManager[None]:
        advice = "take fewer candidates or less context, another device, a smaller dtype, or a smaller model"
        return enough_memory(f"{self.card.name} at work", self.model.device, advice)
