"""Rewriting a stretch of text, sentence by sentence, with the text on both sides as context."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from llada_edit.document import Document, splice
from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_edit.infilling import Frame, Infiller
from llada_edit.models.model import Model
from llada_edit.options import InfillOptions, RewriteOptions
from llada_edit.rewriting import quality
from llada_edit.rewriting.keep import kept_spans, merged
from llada_edit.rewriting.lists import nonwords, table
from llada_edit.rewriting.operations import Operation
from llada_edit.rewriting.results import Rewrite, Rewritten, candidates, minimal
from llada_edit.rewriting.sentence import SentenceRun, Task
from llada_edit.rewriting.spelling import corrections, known_words
from llada_edit.rewriting.words import Word, sentences, words
from llada_edit.sampling.context import ContextStore

LEFT, RIGHT = 2000, 1000
"""Characters of the text before and after a sentence that the model is given; it takes what fits of them."""


@dataclass(slots=True)
class Memory:
    """What is known about a whole document while its passages are rewritten.

    Attributes:
        digest: of its text; the seeds depend on it.
        names: words, without case, that stand with a capital inside a sentence somewhere.
        openers: words, without case, that begin several sentences: a slip does not come twice.
        choices: old words -> new words, both without case, as they were chosen so far.
    """

    digest: str
    names: frozenset[str]
    openers: frozenset[str] = frozenset()
    choices: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, parts: Sequence[Span]) -> Memory:
        """Read the parts of a document that hold prose."""
        names, openers = set[str](), Counter[str]()
        for part in parts:
            for sentence in sentences(text, part):
                found = words(text, sentence, _common(sentence, part))
                names.update(word.key for word in found if word.kind == "name")
                openers.update(word.key for word in found[:1])
        several = frozenset(word for word, count in openers.items() if count > 1)
        return cls(hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest(), frozenset(names), several)

    def seed(self, passage: int, sentence: int, seed: int) -> int:
        """The seed of one sentence; the same in whatever company it is rewritten."""
        key = f"{self.digest}:{passage}:{sentence}:{seed}".encode()
        return int.from_bytes(hashlib.sha256(key).digest()[:4], "big")


@dataclass(frozen=True, slots=True, eq=False)
class Rewriter:
    """A model, an operation and its options; rewrites one stretch of text after the other.

    Attributes:
        model: card, denoiser, vocabulary, device.
        store: contexts kept between calls, or None.
        operation: what to do.
        options: checked on construction.
    """

    model: Model
    store: ContextStore | None
    operation: Operation
    options: RewriteOptions

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about this operation with this model; raises as `quality.check`."""
        return quality.check(self.operation, self.model.card, self.options)

    def frames(self, document: Document, span: Span) -> Iterator[Frame]:
        """Rewrite a span of a document; the last frame has the result, closing the generator stops the work."""
        notes, step = self.notes, 0
        if self.operation.fills:
            yield from self._fill(document, span)
            return
        memory = Memory.of(document.text, [span])
        free = outside([span], merged(document.protected))
        done: list[Rewritten] = []
        for place, text in self.drafts(document.text, free, memory, 0, done):
            yield Frame(step, _shown(document.text, done, place, text))
            step += 1
        found = candidates(document, done, self.options.n)
        result = Rewrite(document, found, self.operation.name, notes)
        yield Frame(step, result.text, result)

    def drafts(
        self, text: str, free: Sequence[Span], memory: Memory, passage: int, done: list[Rewritten]
    ) -> Iterator[tuple[Span, str]]:
        """Rewrite what is free of a text; yields a sentence's place and its draft, finished ones go to `done`.

        Args:
            text: the whole text.
            free: spans that may change: ordered, disjoint.
            memory: of the document; choices are added to it.
            passage: number of the passage in the document.
            done: sentences with their wordings.
        """
        if not free:
            return
        stretch = Span(free[0].start, free[-1].end)
        places = list(sentences(text, stretch))
        if not places:
            return
        seen = Span(places[0].start, places[-1].end)
        free = outside(free, kept_spans(text, seen, self.options.keep))
        for number, place in enumerate(places):
            parts = [part for one in free if (part := _common(one, place)) is not None and len(part)]
            left = self._before(text, place.start, done)
            run = SentenceRun(
                Infiller(self.model, self.store),
                self._task(memory, memory.seed(passage, number, self.options.seed)),
                left,
                place.of(text),
                text[place.end : place.end + RIGHT],
                [_moved(part, -place.start) for part in parts],
                self._words(text, place, parts, memory),
            )
            for draft in run.texts():
                yield place, draft
            done.append((place, run.wordings))
            for edit in run.wordings[0].edits if run.wordings else ():
                memory.choices[edit.span.of(place.of(text)).casefold()] = edit.text.casefold()

    def _fill(self, document: Document, span: Span) -> Iterator[Frame]:
        """The holes that the text has already."""
        found = document if document.holes else Document.parse(document.text, path=document.path)
        inside = tuple(h for h in found.holes if span.start <= h.span.start and h.span.end <= span.end)
        options = InfillOptions(n=self.options.n, seed=self.options.seed)
        for frame in Infiller(self.model, self.store).frames(Document(found.text, inside, path=found.path), options):
            fill = frame.fill and Rewrite(frame.fill.document, frame.fill.candidates, self.operation.name)
            yield Frame(frame.step, frame.text, fill)

    def _task(self, memory: Memory, seed: int) -> Task:
        options = self.options
        strength = self.operation.strength if options.strength is None else options.strength
        trust = quality.trust(self.model.card, options.trust)
        return Task(self.operation, strength, options.n, seed, options.instruction, trust, memory.choices)

    def _before(self, text: str, end: int, done: Sequence[Rewritten]) -> str:
        """The text before a sentence, with what was rewritten in it."""
        start = max(0, end - LEFT)
        edits = [
            edit
            for place, wordings in done
            if place.start >= start and wordings
            for edit in minimal(text, place, wordings[0].edits)
        ]
        return splice(text[start:end], [Edit(_moved(edit.span, -start), edit.text) for edit in edits])

    def _words(self, text: str, place: Span, parts: Sequence[Span], memory: Memory) -> list[Word]:
        """The words that may change, in code points of the sentence."""
        known = known_words(self.model.vocabulary)
        found = []
        for part in parts:
            for word in words(text, place, part):
                capital = word.kind == "content" and word.text[:1].isupper()
                unknown = word.key not in known and not self._misspelt(word, memory)
                if word.kind not in ("name", "number") and not (capital and (word.key in memory.names or unknown)):
                    found.append(Word(_moved(word.span, -place.start), word.text, word.kind))
        return found

    def _misspelt(self, word: Word, memory: Memory) -> bool:
        """Whether a word with a capital that says nothing is rather a slip than a name that nobody knows."""
        if not self.operation.spelling:
            return False
        if word.key in nonwords():
            return True
        # What is listed for other reasons may well be a name: Sargent, Grammer.
        listed = word.key in memory.openers or word.key in table("proofread")
        return not listed and bool(corrections(word, self.model.vocabulary))


def _shown(text: str, done: Sequence[Rewritten], place: Span, draft: str) -> str:
    edits = [edit for span, wordings in done if wordings for edit in minimal(text, span, wordings[0].edits)]
    return splice(text, [*edits, Edit(place, draft)])


def outside(spans: Sequence[Span], closed: Sequence[Span]) -> list[Span]:
    """What is left of some spans without others, both disjoint and in order; empty parts aside."""
    parts: list[Span] = []
    nearest = 0
    for span in spans:
        at = span.start
        while nearest < len(closed) and closed[nearest].end <= at:
            nearest += 1
        for one in closed[nearest:]:
            if one.start >= span.end:
                break
            parts += [Span(at, one.start)] if at < one.start else []
            at = max(at, one.end)
        parts += [Span(at, span.end)] if at < span.end else []
    return parts


def _common(a: Span, b: Span) -> Span | None:
    start, end = max(a.start, b.start), min(a.end, b.end)
    return Span(start, end) if start <= end else None


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
