"""A chooser that proposes only parts of one string of the language, for every row (after DINGO, arXiv 2505.23061).

Cold rows take the most probable string of the language, warm ones an exact draw; the confidence of a token is its
marginal probability given that the whole string is in the language. Any subset of the proposal may be committed: the
string itself shows that what is left can still be filled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from llada_edit.constraints.classes import Classes, Floats, Reduced
from llada_edit.constraints.lift import TokenAutomaton
from llada_edit.constraints.paths import Arcs, Fixed, Jump, Open, Place, best_path
from llada_edit.constraints.rows import Ints
from llada_edit.constraints.sums import Sums
from llada_edit.errors import Unsatisfiable
from llada_edit.sampling.choice import Independent, Proposal
from llada_edit.sampling.noise import Noise


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One language over one hole, or over several with the fixed text between them.

    Attributes:
        automaton: over tokens.
        arcs: of the automaton.
        classes: of the automaton.
        holes: indices of the holes on the canvas.
        columns: first canvas column of each of them.
        jumps: (holes - 1) arrays (states,): the state after the text between two holes.
    """

    automaton: TokenAutomaton
    arcs: Arcs
    classes: Classes
    holes: tuple[int, ...]
    columns: tuple[int, ...]
    jumps: tuple[Ints, ...] = ()

    def layout(self, used: Sequence[int]) -> list[int | Jump]:
        """Canvas columns and jumps from left to right, for the slots used of each hole of the canvas."""
        found: list[int | Jump] = []
        for index, (hole, first) in enumerate(zip(self.holes, self.columns, strict=True)):
            if index:
                found.append(Jump(self.jumps[index - 1]))
            found += range(first, first + used[hole])
        return found

    def places(self, layout: Sequence[int | Jump], tokens: Sequence[int], scores: dict[int, Floats]) -> list[Place]:
        """What stands at each place: a row's tokens, and by canvas column the scores of masked slots."""
        class_of = self.automaton.class_of
        return [
            place
            if isinstance(place, Jump)
            else Open(scores[place])
            if place in scores
            else Fixed(int(class_of[tokens[place]]))
            for place in layout
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Conditioned:
    """A `Chooser`: the independent one, conditioned on languages.

    Attributes:
        base: temperature and truncation of the scores.
        pieces: languages over different holes.
        used: slots used of each hole of the canvas, per row: used[row][hole].
        full: whether the marginals of all tokens are worked out, and not only those of the chosen ones.
        strain: by row, -log P(languages) in nats per slot of their holes, when they were first asked.
    """

    joint: ClassVar[bool] = True

    base: Independent
    pieces: tuple[Piece, ...]
    used: Sequence[Sequence[int]]
    full: bool = False
    strain: dict[int, float] = field(default_factory=dict)

    def __call__(self, logits: Tensor, tokens: Tensor, at: Tensor, asked: Tensor, noise: Noise) -> Proposal:
        """See `Chooser`; raises `Unsatisfiable` where no string is left (`feasible` tells beforehand)."""
        # Draws are for free positions only, or a row would draw more because of its batch mates.
        open_ = self._free(at, asked)
        if bool(open_.any()):
            free = self.base(logits, tokens, at, open_, noise)
        else:  # only probabilities are needed, no choice
            nothing = torch.zeros_like(at)
            free = Proposal(at, asked, nothing, nothing.to(logits.dtype), logits.log_softmax(-1))
        warm = self.base.warm(logits)
        draws = noise.vocabulary(at, asked & warm[:, None], 2) if bool(warm.any()) else None
        chosen, confidence, marginals = free.tokens.clone(), free.confidence.clone(), free.log_probabilities
        if self.full:
            marginals = marginals.clone()
        for row in range(len(at)):
            place = {int(column): index for index, column in enumerate(at[row][asked[row]].tolist())}
            done, slots = 0.0, 0
            for piece in self.pieces:
                layout = piece.layout(self.used[row])
                columns = [column for column in layout if not isinstance(column, Jump) and column in place]
                if not columns:
                    continue
                index = torch.tensor([place[column] for column in columns], device=logits.device)
                run = _Run(piece, layout, tokens[row].tolist(), columns, logits[row, index].float())
                if draws is not None and warm[row]:
                    sharp = self.base.softened(logits[row : row + 1, index], row)[0].float()
                    classes, picks = run.draw(sharp, draws[row, index])
                else:
                    classes, picks = run.best()
                chosen[row, index] = picks.to(chosen)
                confidence[row, index] = run.confidence(classes, picks).to(confidence)
                if self.full:
                    marginals[row, index] = run.marginals().to(marginals)
                if row not in self.strain:
                    done, slots = done - run.evidence(), slots + len(columns)
            if place:
                self.strain.setdefault(row, done / max(1, slots))
        return Proposal(at, asked, chosen, confidence, marginals)

    def _free(self, at: Tensor, asked: Tensor) -> Tensor:
        """(rows, k) bool, asked positions that belong to no piece."""
        free = asked.tolist()
        for row, (columns, used) in enumerate(zip(at.tolist(), self.used, strict=True)):
            own = {column for piece in self.pieces for column in piece.layout(used) if not isinstance(column, Jump)}
            free[row] = [wanted and column not in own for wanted, column in zip(free[row], columns, strict=True)]
        return torch.tensor(free, dtype=torch.bool, device=asked.device).reshape(asked.shape)


class _Run:
    """One piece of one row in one step.

    Args:
        piece: the language.
        layout: of the piece in this row.
        tokens: of the row.
        columns: the masked ones among those of the layout.
        scores: (columns, vocab) of the model.
    """

    def __init__(
        self, piece: Piece, layout: Sequence[int | Jump], tokens: Sequence[int], columns: Sequence[int], scores: Tensor
    ) -> None:
        self.piece, self.layout, self.tokens, self.columns, self.scores = piece, layout, tokens, columns, scores
        self.reduced = Reduced(piece.classes, scores)
        self.sums = self._sums(self.reduced.sums)

    def best(self) -> tuple[list[int], Tensor]:
        """Classes and tokens of the most probable string."""
        path = best_path(self.piece.arcs, self._places(self.reduced.top), self.piece.automaton.start)
        assert path is not None  # there is one where there is a sum
        found = self._open(path)
        return found, self.reduced.best(found)

    def draw(self, sharp: Tensor, draws: Tensor) -> tuple[list[int], Tensor]:
        """Classes and tokens of a random string.

        Args:
            sharp: (columns, vocab) log weights that it is drawn by.
            draws: (columns, 2) uniform in (0, 1).
        """
        reduced = Reduced(self.piece.classes, sharp)
        sums = self._sums(reduced.sums)
        by_column = dict(zip(self.columns, draws[:, 0].tolist(), strict=True))
        path = sums.draw([0.5 if isinstance(place, Jump) else by_column.get(place, 0.5) for place in self.layout])
        found = self._open(path)
        return found, reduced.draw(found, draws[:, 1].tolist())

    def confidence(self, classes: Sequence[int], tokens: Tensor) -> Tensor:
        """(columns,) the marginal probability of each token given the language."""
        share = self.sums.shares(classes)
        rows = torch.arange(len(tokens), device=self.scores.device)
        scores = self.scores[rows, tokens.to(rows.device)].double().cpu()
        within = scores - torch.from_numpy(self.reduced.sums[np.arange(len(classes)), classes])
        return (torch.tensor(share, dtype=torch.float64) * within.exp()).clamp(max=1)

    def marginals(self) -> Tensor:
        """(columns, vocab) log probability of every token given the language."""
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(self.sums.all_shares()) - self.reduced.sums
        return self.piece.classes.spread(np.where(self.reduced.sums == -np.inf, -np.inf, logs), self.scores)

    def evidence(self) -> float:
        """Log probability of the language, given what is committed, among all texts of the same slots."""
        return self.sums.total - float(self.scores.logsumexp(1).double().sum())

    def _sums(self, scores: Floats) -> Sums:
        found = Sums(self.piece.arcs, self._places(scores), self.piece.automaton.start)
        if found.total == -np.inf:
            raise Unsatisfiable("no text is left that meets the constraint; give the hole more room")
        return found

    def _places(self, scores: Floats) -> list[Place]:
        return self.piece.places(self.layout, self.tokens, dict(zip(self.columns, scores, strict=True)))

    def _open(self, path: Sequence[int]) -> list[int]:
        masked = set(self.columns)
        return [class_ for class_, place in zip(path, self.layout, strict=True) if place in masked]
