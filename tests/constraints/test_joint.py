"""P4 and P5 where they are made: whatever a model says, in whatever order, a run ends in the language."""

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.classes import Classes
from llada_edit.constraints.joint import Conditioned, Piece
from llada_edit.constraints.lift import Trie, lift
from llada_edit.constraints.minimise import DEAD
from llada_edit.constraints.paths import Arcs
from llada_edit.constraints.reach import Reach
from llada_edit.constraints.regex import compile_regex
from llada_edit.constraints.rules import Rules
from llada_edit.models.base import Layout
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.loop import Sampler, denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.remasking import Never, Polish, ReMDM
from llada_edit.sampling.schedule import Even, Timesteps
from llada_edit.sampling.transfer import (
    Ancestral,
    Entropy,
    EntropyBound,
    Factor,
    LowConfidence,
    Margin,
    Random,
    Threshold,
)
from llada_edit.testing import ScriptedDenoiser, scripted_card

MASK, PAD, CONTEXT = 0, 3, 2
TOKENS = [*[b""] * 5, b"a", b"b", b"ab", " é".encode(), b" ", b"\xc3", b"\xa9", b"b a"]
VOCAB = len(TOKENS)
WRITABLE = np.array([bool(piece) for piece in TOKENS])
LANGUAGES = {
    "pairs": lambda: compile_regex("(ab)*"),
    "letters": lambda: compile_regex("[ab]+( [ab]+)*"),
    "includes": lambda: compile_regex(".*aba.*") & compile_regex(".*é.*"),
    "forbids": lambda: ~compile_regex(".*(aa|bb).*"),
    "ends": lambda: compile_regex("a.*b"),
    "counts": lambda: compile_regex("(?:[ab]{2} ?){2,5}"),
    "choice": lambda: Automaton.strings(["ab ab", "é", "abba", "b"]),
    "odd": lambda: compile_regex("(.{2})*."),
    "nested": lambda: compile_regex("(a(b( é)*)+)*b?"),
}
POLICIES = [LowConfidence(), Random(), Factor(), Ancestral(), Margin(), Entropy(), EntropyBound(), Threshold()]
BETWEEN = [b" ", b"a", b"b a", b""]


class Letters:
    size = VOCAB

    @staticmethod
    def token_bytes(token):
        return TOKENS[token]


@cache
def lifted(name, fragments):
    language = LANGUAGES[name]()
    tokens, number = lift(language, Trie.of(np.flatnonzero(WRITABLE), Letters), VOCAB, fragments)
    return language, tokens, number, Arcs(tokens.table, tokens.accepting), Classes(tokens.class_of)


def build(name, fragments, columns, between):
    """One language over holes that begin at these columns, with these bytes between them."""
    language, tokens, number, arcs, classes = lifted(name, fragments)
    jumps = []
    for part in between:
        after, jump = language.map(part), np.full(len(tokens.table), DEAD)
        here = np.flatnonzero(number != DEAD)
        jump[number[here]] = np.where(after[here] == DEAD, DEAD, number[after[here]])
        jumps.append(jump)
    return Piece(tokens, arcs, classes, tuple(range(len(columns))), tuple(columns), tuple(jumps))


def feasible(piece, sizes):
    reach = Reach(piece, [Rules(WRITABLE, *[np.ones(VOCAB, dtype=bool)] * 3)] * len(sizes))
    return bool(reach.wanted([[size] for size in sizes])[0][piece.automaton.start])


def row(sizes, most):
    """A canvas row: context, a hole of `most` slots of which a row uses some, context, …"""
    tokens, hole, valid = [CONTEXT], [False], [True]
    for size in sizes:
        tokens += [MASK] * size + [PAD] * (most - size) + [CONTEXT]
        hole += [True] * most + [False]
        valid += [True] * size + [False] * (most - size) + [True]
    return tokens, hole, valid


def finish(pieces, used, seeds, policy, remasking, block, temperatures, most, steps):
    tokens, hole, valid = (torch.tensor(part) for part in zip(*(row(sizes, most) for sizes in used), strict=True))
    full = isinstance(policy, Margin | Entropy | EntropyBound)
    chooser = Conditioned(Independent(tuple(temperatures), top_p=0.9), pieces, used, full)
    schedule = Timesteps() if isinstance(policy, Ancestral) else Even()
    sampler = Sampler(steps, None if remasking.rounds else block, schedule, policy, remasking, None, chooser)
    denoiser = ScriptedDenoiser.random(scripted_card(VOCAB), 7)
    slots = SlotFilter(torch.from_numpy(~WRITABLE))
    layout = Layout.plain(tokens, hole, valid)
    for step in denoise(denoiser, tokens, layout, sampler, RowNoise(seeds), slots):
        tokens = step.tokens
    return tokens


runs = st.tuples(
    st.sampled_from(sorted(LANGUAGES)),
    st.booleans(),
    st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=3, max_size=9),
    st.integers(1, 3),
    st.lists(st.sampled_from(BETWEEN), min_size=2, max_size=2),
    st.booleans(),
    st.integers(0, 9999),
    st.sampled_from(POLICIES),
    st.sampled_from([Never(), Polish(0.5), ReMDM(0.5), Polish(0.3, 3)]),
    st.none() | st.integers(1, 3),
    st.sampled_from([0.0, 0.5, 1.0, 4.0]),
    st.none() | st.integers(1, 3),
)
quiet = {"suppress_health_check": list(HealthCheck)}


def check(name, fragments, sizes, holes, between, together, seed, policy, remasking, block, temperature, steps):
    """A batch of rows; the number of them that took part."""
    most, columns = 5, [1 + 6 * index for index in range(holes)]
    if together:
        pieces = (build(name, fragments, columns, between[: holes - 1]),)
    else:
        one = build(name, fragments, [0], [])
        pieces = tuple(
            Piece(one.automaton, one.arcs, one.classes, (index,), (column,)) for index, column in enumerate(columns)
        )
    used = [some[:holes] for some in sizes]
    used = [own for own in used if all(feasible(piece, [own[hole] for hole in piece.holes]) for piece in pieces)]
    if not used:
        return 0
    heat = [temperature * (index % 2) for index in range(len(used))]
    seeds = [seed + index for index in range(len(used))]
    language = lifted(name, fragments)[0]
    result = finish(pieces, used, seeds, policy, remasking, block, heat, most, steps)
    if len(used) > 1:  # P5: alone, a row comes out the same
        alone = finish(pieces, used[-1:], seeds[-1:], policy, remasking, block, heat[-1:], most, steps)
        assert alone[0].tolist() == result[-1].tolist()
    for own, tokens in zip(used, result.tolist(), strict=True):
        texts = [
            b"".join(TOKENS[token] for token in tokens[column : column + size])
            for column, size in zip(columns, own, strict=True)
        ]
        if together:
            texts = [texts[0] + b"".join(part + text for part, text in zip(between, texts[1:], strict=False))]
        for text in texts:
            assert language.accepts(text), text
            text.decode()
    return len(used)


@settings(max_examples=500, **quiet)
@given(runs)
def test_p4_every_run_ends_in_the_language(drawn):
    check(*drawn)


@pytest.mark.slow
def test_p4_ten_thousand_runs_end_in_the_language():
    """A run is one row from all of its masks to none, with a length, a seed and random logits of its own."""
    rows = []

    @settings(max_examples=3000, **quiet)
    @given(runs)
    def many(drawn):
        rows.append(check(*drawn))

    many()
    assert sum(rows) >= 10_000
