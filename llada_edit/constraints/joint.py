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
from numpy.typing import NDArray
from torch import Tensor

from llada_edit.constraints.lift import TokenAutomaton
from llada_edit.constraints.minimise import DEAD
from llada_edit.constraints.paths import (
    Arcs,
    Fixed,
    Floats,
    Jump,
    Open,
    Place,
    backward,
    best_path,
    forward,
    inverse,
    random_path,
)
from llada_edit.constraints.rows import Ints
from llada_edit.errors import Unsatisfiable
from llada_edit.sampling.choice import Independent, Proposal
from llada_edit.sampling.noise import Noise


class Classes:
    """Scores of tokens to scores of their classes, and back.

    Args:
        class_of: (vocab,) class of each token, -1 for tokens that are never used.
    """

    def __init__(self, class_of: NDArray[np.int32]) -> None:
        order = np.argsort(class_of, kind="stable")
        self._tokens = order[int((class_of == DEAD).sum()) :]
        _, self._begin = np.unique(class_of[self._tokens], return_index=True)
        self._end = np.append(self._begin[1:], len(self._tokens))

    def reduce(self, scores: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """(n, classes) maxima and log sums of (n, vocab) scores."""
        if not len(self._tokens):
            return np.zeros((len(scores), 0)), np.zeros((len(scores), 0))
        sorted_ = scores.take(self._tokens, axis=1)
        top = np.maximum.reduceat(sorted_, self._begin, axis=1).astype(np.float64)
        # Relative to the best token of the slot; a class far below it is summed apart, so that none is lost.
        peak = top.max(axis=1, keepdims=True)
        safe = np.where(peak == -np.inf, 0, peak).astype(np.float32)
        sums = np.add.reduceat(np.exp(sorted_ - safe), self._begin, axis=1)
        with np.errstate(divide="ignore"):
            found = np.log(sums).astype(np.float64) + safe
        for row, class_ in np.argwhere((top < peak - 60) & (top > -np.inf)).tolist():
            members = scores[row, self.members(class_)].astype(np.float64)
            found[row, class_] = np.logaddexp.reduce(members)
        return top, found

    def members(self, class_: int) -> Ints:
        """The tokens of a class."""
        return self._tokens[self._begin[class_] : self._end[class_]]


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
        strain: by row, -log P(language) per slot when it was first asked, in nats; None where nothing was asked yet.
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
        draws = noise.vocabulary(at, asked & warm[:, None], 2).double().cpu().numpy() if bool(warm.any()) else None
        chosen, confidence, marginals = free.tokens.clone(), free.confidence.clone(), free.log_probabilities
        if self.full:
            marginals = marginals.clone()
        for row in range(len(at)):
            place = {int(column): index for index, column in enumerate(at[row][asked[row]].tolist())}
            done = 0.0
            for piece in self.pieces:
                layout = piece.layout(self.used[row])
                columns = [column for column in layout if not isinstance(column, Jump) and column in place]
                if not columns:
                    continue
                index = torch.tensor([place[column] for column in columns], device=logits.device)
                own = logits[row, index].float().cpu().numpy()
                sharp = (
                    self.base.softened(logits[row : row + 1, index], row)[0].float().cpu().numpy() if warm[row] else own
                )
                run = _Run(piece, layout, columns, tokens[row].tolist(), own, sharp)
                picks = run.draw(draws[row, index.cpu().numpy()]) if warm[row] and draws is not None else run.best()
                chosen[row, index] = torch.tensor(picks, device=chosen.device)
                confidence[row, index] = torch.tensor(
                    run.confidence(picks), device=chosen.device, dtype=confidence.dtype
                )
                if self.full:
                    marginals[row, index] = torch.from_numpy(run.marginals()).to(marginals)
                if row not in self.strain:
                    done -= run.evidence()
            if place:
                self.strain.setdefault(row, done / len(place))
        return Proposal(at, asked, chosen, confidence, marginals)

    def _free(self, at: Tensor, asked: Tensor) -> Tensor:
        """(rows, k) bool, asked positions that belong to no piece."""
        free = asked.tolist()
        for row, (columns, used) in enumerate(zip(at.tolist(), self.used, strict=True)):
            own = {column for piece in self.pieces for column in piece.layout(used) if not isinstance(column, Jump)}
            free[row] = [wanted and column not in own for wanted, column in zip(free[row], columns, strict=True)]
        return torch.tensor(free, dtype=torch.bool, device=asked.device).reshape(asked.shape)


class _Run:
    """One piece of one row in one step."""

    def __init__(
        self,
        piece: Piece,
        layout: Sequence[int | Jump],
        columns: Sequence[int],
        tokens: Sequence[int],
        own: NDArray[np.float32],
        sharp: NDArray[np.float32],
    ) -> None:
        self.piece, self.layout, self.columns, self.tokens = piece, layout, columns, tokens
        self.own, self.sharp = own, sharp
        self.tops, sums = piece.classes.reduce(own)
        self.places = self._places(sums)
        self.before = forward(piece.arcs, self.places, piece.automaton.start)
        self.after = backward(piece.arcs, self.places, best=False)
        self.total = float(self.after[0][piece.automaton.start])

    def best(self) -> list[int]:
        """The tokens of the most probable string."""
        places = self._places(self.tops)
        path = best_path(self.piece.arcs, places, self.piece.automaton.start)
        if path is None:
            raise Unsatisfiable("no text is left that meets the constraint; give the hole more room")
        found = []
        for class_, scores in zip(self._open(path), self.own, strict=True):
            members = self.piece.classes.members(class_)
            found.append(int(members[np.argmax(scores[members])]))
        return found

    def draw(self, draws: NDArray[np.float64]) -> list[int]:
        """The tokens of a random string; draws (slots, 2) uniform in (0, 1)."""
        piece, start = self.piece, self.piece.automaton.start
        places = self._places(piece.classes.reduce(self.sharp)[1])
        values = backward(piece.arcs, places, best=False)
        if values[0][start] == -np.inf:
            raise Unsatisfiable("no text is left that meets the constraint; give the hole more room")
        by_column = dict(zip(self.columns, draws[:, 0].tolist(), strict=True))
        path = random_path(
            *(piece.arcs, places, start, values),
            [0.5 if isinstance(place, Jump) else by_column.get(place, 0.5) for place in self.layout],
        )
        found = []
        for class_, scores, draw in zip(self._open(path), self.sharp, draws[:, 1].tolist(), strict=True):
            members = piece.classes.members(class_)
            found.append(int(members[inverse(scores[members].astype(np.float64), draw)]))
        return found

    def confidence(self, picks: Sequence[int]) -> list[float]:
        """The marginal probability of each token given the language."""
        found = []
        for (at, place), token, scores in zip(self._opened(), picks, self.own, strict=True):
            class_ = int(self.piece.automaton.class_of[token])
            through = self.piece.arcs.through(place, self.before[at], self.after[at + 1], class_)
            found.append(min(1.0, float(np.exp(through - self.total + scores[token] - place.scores[class_]))))
        return found

    def marginals(self) -> NDArray[np.float32]:
        """(slots, vocab) log probability of every token given the language."""
        class_of = self.piece.automaton.class_of
        found = np.full(self.own.shape, -np.inf, dtype=np.float32)
        for row, (at, place) in enumerate(self._opened()):
            through = self.piece.arcs.classes(place, self.before[at], self.after[at + 1]) - self.total
            usable = np.where(
                place.scores > -np.inf, through - np.where(place.scores > -np.inf, place.scores, 0), -np.inf
            )
            found[row] = np.where(class_of == DEAD, -np.inf, usable[class_of] + self.own[row])
        return found

    def evidence(self) -> float:
        """Log probability of the language, given what is committed, among all texts of the same slots."""
        top = self.own.max(axis=1, keepdims=True)
        return self.total - float((np.log(np.exp(self.own - top).sum(axis=1)) + top[:, 0]).sum(dtype=np.float64))

    def _places(self, scores: Floats) -> list[Place]:
        return self.piece.places(self.layout, self.tokens, dict(zip(self.columns, scores, strict=True)))

    def _opened(self) -> list[tuple[int, Open]]:
        return [(at, place) for at, place in enumerate(self.places) if isinstance(place, Open)]

    def _open(self, path: Sequence[int]) -> list[int]:
        return [class_ for class_, place in zip(path, self.places, strict=True) if isinstance(place, Open)]
