"""From bytes to tokens: what every token of a vocabulary does to the states of an automaton, and which do the same.

All tokens walk the automaton together, along the trie of their bytes, so that a shared beginning is walked once.
Tokens that do the same in every state are one class: under most constraints there are at most some hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.minimise import DEAD, Flags, Table
from llada_edit.constraints.rows import Ints, equal_rows
from llada_edit.models.vocabulary import Vocabulary

AT_ONCE = 1 << 22
"""Entries (nodes × states) that are walked together."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenAutomaton:
    """An automaton over tokens; states are those of the byte automaton that stand between characters.

    Attributes:
        table: (states, classes) int32, next state, -1 where nothing accepted is left.
        accepting: (states,) bool.
        start: first state.
        class_of: (vocab,) int32, class of each token, -1 for tokens that lead nowhere from anywhere.
    """

    table: Table
    accepting: Flags
    start: int
    class_of: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Trie:
    """The bytes of some tokens, level by level.

    Attributes:
        parents: by level, (nodes,) index of the parent on the level above.
        bytes: by level, (nodes,) uint8.
        ends: by level, tokens that end there, (n,), and their nodes, (n,).
    """

    parents: tuple[Ints, ...]
    bytes: tuple[NDArray[np.uint8], ...]
    ends: tuple[tuple[Ints, Ints], ...]

    @classmethod
    def of(cls, tokens: Ints, vocabulary: Vocabulary) -> Trie:
        """The trie of some tokens; none of them is empty."""
        pieces = sorted((vocabulary.token_bytes(token), token) for token in tokens.tolist())
        lengths = np.array([len(piece) for piece, _ in pieces], dtype=np.int64)
        ids = np.array([token for _, token in pieces], dtype=np.int64)
        width = int(lengths.max(initial=0))
        matrix = np.frombuffer(b"".join(piece.ljust(width, b"\0") for piece, _ in pieces), dtype=np.uint8)
        matrix = matrix.reshape(len(pieces), width)
        above = np.zeros(len(pieces), dtype=np.int64)
        differs = np.zeros(len(pieces), dtype=np.bool_)
        parents, bytes_, ends = [], [], []
        for level in range(width):
            differs[1:] |= (matrix[1:, level] != matrix[:-1, level]) | (lengths[:-1] <= level)
            inside = lengths > level
            first = np.flatnonzero(inside & (differs | ~np.append(False, inside[:-1])))
            number = np.cumsum(np.isin(np.arange(len(pieces)), first)) - 1
            parents.append(above[first])
            bytes_.append(matrix[first, level])
            here = lengths == level + 1
            ends.append((ids[here], number[here]))
            above = number
        return cls(tuple(parents), tuple(bytes_), tuple(ends))


def lift(automaton: Automaton, trie: Trie, size: int, fragments: bool = False) -> tuple[TokenAutomaton, Ints]:
    """The automaton over the tokens of a trie.

    Args:
        automaton: over bytes.
        trie: of the tokens that may be used.
        size: of the vocabulary.
        fragments: whether tokens may end inside a character.

    Returns:
        The token automaton, and for each state of `automaton` its number there, -1 for those inside a character.
    """
    inside = (automaton.table[:, np.unique(automaton.classes[0x80:0xC0])] != DEAD).any(axis=1)
    states = np.arange(automaton.states) if fragments else np.flatnonzero(~inside)
    number = np.full(automaton.states + 1, DEAD, dtype=np.int64)
    number[states] = np.arange(len(states))
    labels, columns = [], []
    widest = max((len(nodes) for nodes in trie.parents), default=1)
    step = max(1, AT_ONCE // widest)
    for begin in range(0, len(states), step):
        walked = number[_walk(automaton, trie, size, states[begin : begin + step])]
        same, first = equal_rows(walked)
        labels.append(same)
        columns.append(walked[first].T)
    joint, first = equal_rows(np.stack(labels, axis=1))
    table = np.concatenate([part[:, own[first]] for part, own in zip(columns, labels, strict=True)])
    live = (table != DEAD).any(axis=0)
    renamed = np.where(live, np.cumsum(live) - 1, DEAD).astype(np.int32)
    table = np.ascontiguousarray(table[:, live]).astype(np.int32)
    return TokenAutomaton(table, automaton.accepting[states], int(number[0]), renamed[joint]), number[:-1]


def _walk(automaton: Automaton, trie: Trie, size: int, states: Ints) -> Table:
    """(vocab, states) the state after each token from each of some states, -1 where it is dead."""
    # Row and column beyond the table stand for "dead", so that one gather does a level.
    table = np.full((automaton.states + 1, automaton.table.shape[1]), automaton.states, dtype=np.int32)
    table[:-1] = np.where(automaton.table == DEAD, automaton.states, automaton.table)
    width, flat = table.shape[1], table.ravel()
    found = np.full((size, len(states)), DEAD, dtype=np.int32)
    above = states[None].astype(np.int32)
    kept = np.zeros(1, dtype=np.int64)  # new index of each node above, -1 for those where all is dead
    for parents, bytes_, (tokens, nodes) in zip(trie.parents, trie.bytes, trie.ends, strict=True):
        usable = np.flatnonzero(kept[parents] >= 0)
        if not len(usable):
            break
        reached = flat[
            above[kept[parents[usable]]] * width + automaton.classes[bytes_[usable]][:, None].astype(np.int32)
        ]
        alive = (reached != automaton.states).any(axis=1)
        kept = np.full(len(parents), -1, dtype=np.int64)
        kept[usable[alive]] = np.arange(int(alive.sum()))
        above = reached[alive]
        ending = kept[nodes] >= 0
        found[tokens[ending]] = above[kept[nodes[ending]]]
    found[found == automaton.states] = DEAD
    return found


@lru_cache(maxsize=16)
def trie_of(vocabulary: Vocabulary, allowed: bytes) -> Trie:
    """The trie of the tokens flagged in `allowed`, packed bits as of `numpy.packbits`."""
    flags = np.unpackbits(np.frombuffer(allowed, dtype=np.uint8), count=vocabulary.size).astype(np.bool_)
    return Trie.of(np.flatnonzero(flags), vocabulary)
