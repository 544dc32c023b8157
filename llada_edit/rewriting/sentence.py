"""Rewriting one sentence: propose, measure, combine, and keep what is better than what stands there.

The score of a wording is its gain in log probability over the original (both sides seen, see `fluency`), in nats per
token, plus what its changes are worth to the operation: 0 is the original, and only what is above 0 is offered.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from llada_edit.conditions import Asked
from llada_edit.constraints.values import Constraint
from llada_edit.document import Document
from llada_edit.edits import Edit, apply
from llada_edit.errors import DoesNotFit, Unsatisfiable
from llada_edit.holes import Span
from llada_edit.infilling import Infiller
from llada_edit.models.model import Model
from llada_edit.options import InfillOptions
from llada_edit.rewriting import instructions, meaning
from llada_edit.rewriting import proposals as sources
from llada_edit.rewriting.fluency import Fit, Fluency
from llada_edit.rewriting.operations import Demand, Operation
from llada_edit.rewriting.proposals import Proposal
from llada_edit.rewriting.quality import Trust
from llada_edit.rewriting.words import Word
from llada_edit.sampling.context import ContextStore

LENGTH_PRICE = 0.5
"""Share of its mean log probability that a token more is forgiven, or a token less charged."""
UNLISTED = 3.0
"""Nats that a repair which the model found itself must gain more than a listed one."""
MOST_PROPOSALS = 16
"""Proposals for one sentence that are measured at most; each costs as much as the sentence itself."""
ALTERNATIVES = 4.0
"""Nats by which a change may fit less well where several wordings are asked for."""
WARM = 0.7
CONTEXT = 160
"""Tokens of context that the model sees while it fills."""
NOTHING = Proposal(())


@dataclass(frozen=True, slots=True)
class Wording:
    """A new wording of a sentence: its edits, in code points of the sentence, and its score; 0 is the original."""

    edits: tuple[Edit, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with a sentence.

    Attributes:
        operation: the operation.
        strength: share of the words to mask, 0 to 1.
        n: distinct wordings wanted.
        seed: of this sentence.
        instruction: for operations with a prompt.
        trust: whose word is taken for it that a change keeps the meaning.
        choices: old words -> new words chosen before in the document, both without case.
    """

    operation: Operation
    strength: float
    n: int
    seed: int
    instruction: str = ""
    trust: Trust = "model"
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class SentenceRun:
    """One sentence on its way; drain `texts`, then read `wordings`.

    Attributes:
        infiller: the engine.
        task: what to do.
        left: text before the sentence.
        text: the sentence.
        right: text after it.
        free: spans of the sentence that may change.
        words: its words in those spans, without what is kept.
        masked: spans that were masked, once `texts` has begun.
        certain: edits that are made without asking the model, each worth a nat.
        wordings: the result, best first; empty where the original is best.
    """

    infiller: Infiller
    task: Task
    left: str
    text: str
    right: str
    free: Sequence[Span]
    words: Sequence[Word]
    masked: list[Span] = field(default_factory=list)
    certain: tuple[Edit, ...] = ()
    wordings: list[Wording] = field(default_factory=list)

    def texts(self) -> Iterator[str]:
        """Work; the sentence as it stands after every step. A sentence that does not fit the model is left alone."""
        if not self.words or not self.task.strength:
            return
        try:
            yield from self._work()
        except (DoesNotFit, Unsatisfiable):
            self.wordings = []

    @property
    def model(self) -> Model:
        """The model in use."""
        return self.infiller.model

    def _work(self) -> Iterator[str]:
        task, operation = self.task, self.task.operation
        fluency = Fluency(self.model, self.left, self.right, self.infiller.store or ContextStore(1))
        yield self.text

        def fit() -> Fit:
            return fluency.measure([self.text])[0]

        found = list(sources.from_list(self.text, self.words, fit, operation, task.choices))
        found += sources.from_turns(self.text, operation)
        if operation.spelling:
            found += sources.from_spelling(self.text, self.words, fit, self.model.vocabulary)
        yield from self._filled(fluency, found)
        allowed = [proposal for proposal in sources.distinct(found) if self._allowed(proposal)]
        certain = sources.together([p for p in allowed if p.certain], self.text, len(self.text))
        kept = self._most_wanted([p for p in allowed if not p.certain and not p.overlaps(certain)])
        self.certain = certain.edits
        if not kept and not self.certain:
            return
        base, *fits = fluency.measure([self._apply(NOTHING), *map(self._apply, kept)])
        gains = [self._gain(base, fit, p) for fit, p in zip(fits, kept, strict=True)]
        yield self.text
        combined = self._combinations(kept, gains)
        fits = fluency.measure([self._apply(p) for p in combined])
        self._rank(base, list(zip(combined, fits, strict=True)))

    def _filled(self, fluency: Fluency, into: list[Proposal]) -> Iterator[str]:
        """Mask and fill; the proposals go to `into`."""
        task, operation = self.task, self.task.operation
        options = InfillOptions(n=max(3, task.n), seed=task.seed, temperature=WARM, context=CONTEXT)
        if operation.prompt:
            yield from instructions.proposals(self.infiller, operation, task.instruction, self.text, options, into)
            return
        if task.trust == "listed":
            return  # nothing of it would be allowed
        base = fluency.measure([self.text])[0]
        words = sources.chosen(self.words, base, operation, task.strength, task.seed)
        self.masked = sources.runs(self.text, words, joined=not operation.repairs)
        vocabulary, shift = self.model.vocabulary, len(self.left)
        for document in sources.with_holes(self.left, self.text, self.right, self.masked, operation, vocabulary):
            demands = {} if operation.demand is None else self._demands(document, operation.demand)
            with suppress(Unsatisfiable):  # these holes stay as they are
                for frame in self.infiller.frames(document, options, asked=Asked(notes=demands)):
                    yield frame.text[shift : len(frame.text) - len(self.right)]
                    if frame.fill is not None:
                        into += sources.from_fill(frame.fill, self.text, shift, not operation.repairs)

    def _demands(self, document: Document, demand: Demand) -> dict[int, Constraint]:
        return {index: demand(hole.span.of(document.text)) for index, hole in enumerate(document.holes)}

    def _allowed(self, proposal: Proposal) -> bool:
        """Whether a proposal stays inside what may change and says the same."""
        operation, after = self.task.operation, self._apply(proposal)
        for edit in proposal.edits:
            if not any(part.start <= edit.span.start and edit.span.end <= part.end for part in self.free):
                return False
            if not meaning.harmless(edit.text, edit.span.of(self.text)):
                return False
        if after == self.text or not meaning.same_facts(self.text, after, operation.checks):
            return False
        if proposal.known:
            return True
        if self.task.trust == "listed" or (operation.repairs and not self._repairs(proposal)):
            return False
        return meaning.overlap(self.text, after) >= operation.overlap

    def _most_wanted(self, proposals: list[Proposal]) -> list[Proposal]:
        """Those that are worth measuring, where there are too many: sure ones and long ones first."""
        longest = sorted(proposals, key=lambda p: (-p.bonus, -sum(len(edit.span) for edit in p.edits)))
        taken = longest[:MOST_PROPOSALS]
        return [proposal for proposal in proposals if proposal in taken]

    def _repairs(self, proposal: Proposal) -> bool:
        return all(meaning.only_repairs(edit.span.of(self.text), edit.text) for edit in proposal.edits)

    def _apply(self, proposal: Proposal) -> str:
        return apply(self.text, self._edits(proposal))

    def _edits(self, proposal: Proposal) -> tuple[Edit, ...]:
        """Those of a proposal and the certain ones, which are in every wording and in what it is measured against."""
        return tuple(sorted((*self.certain, *proposal.edits), key=lambda edit: edit.span))

    def _gain(self, base: Fit, fit: Fit, proposal: Proposal) -> float:
        """Nats gained, with what the changes are worth; above 0 it is better than the original."""
        price = LENGTH_PRICE * base.total / max(1, len(base.tokens))
        longer = len(fit.tokens) - len(base.tokens)
        if proposal.known:
            longer = max(0, longer)  # what the list makes shorter was too long
        operation = self.task.operation
        more = ALTERNATIVES if self.task.n > 1 and not operation.repairs else 0.0
        gain = fit.total - base.total - price * longer + (operation.worth + more) * proposal.changes
        if proposal.known:
            gain += operation.terse * self._saved(proposal)
        elif operation.repairs:
            gain -= UNLISTED
        return gain + proposal.bonus

    def _saved(self, proposal: Proposal) -> int:
        """Words that others say in fewer; what only falls away saves nothing."""
        sizes = ((len(edit.span.of(self.text).split()), len(edit.text.split())) for edit in proposal.edits)
        return sum(max(0, old - new) for old, new in sizes if new)

    def _combinations(self, kept: list[Proposal], gains: list[float]) -> list[Proposal]:
        """Good proposals put together: as many as the strength allows, and, for more candidates, other choices."""
        order = sorted(range(len(kept)), key=lambda i: (-gains[i], kept[i].edits[0].span))
        good = [kept[i] for i in order if gains[i] > 0]
        budget = max(1, round(self.task.strength * len(self.words)))
        found = [sources.together(good, self.text, budget)]
        draw = random.Random(self.task.seed)
        found += good[: 2 * self.task.n]
        for proposal in good[: 2 * self.task.n] if self.task.n > 1 else []:
            rest = [other for other in good if other is not proposal]
            draw.shuffle(rest)
            found.append(sources.together([proposal, *rest], self.text, budget))
        return sources.distinct(proposal for proposal in found if self._facts(proposal))

    def _facts(self, proposal: Proposal) -> bool:
        return meaning.same_facts(self.text, self._apply(proposal), self.task.operation.checks)

    def _rank(self, base: Fit, measured: list[tuple[Proposal, Fit]]) -> None:
        burden = self.task.operation.burden
        scored: dict[str, Wording] = {}
        for proposal, fit in measured:
            text = self._apply(proposal)
            score = (self._gain(base, fit, proposal) + len(self.certain)) / max(1, len(base.tokens))
            if score > 0 and (burden is None or burden(text) < burden(self.text)) and text not in scored:
                scored[text] = Wording(self._edits(proposal), score)
        ranked = sorted(scored.values(), key=lambda wording: (-wording.score, wording.edits[0].span))
        self.wordings = ranked[: self.task.n]
