"""Dynamic programming over tokens against trying all strings, with tokens of several characters and of parts of one."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.classes import Classes
from llada_edit.constraints.evidence import Evidence, log_probability
from llada_edit.constraints.joint import Conditioned, Piece
from llada_edit.constraints.lift import Trie, lift
from llada_edit.constraints.minimise import DEAD
from llada_edit.constraints.paths import Arcs
from llada_edit.constraints.reach import Reach
from llada_edit.constraints.regex import compile_regex
from llada_edit.constraints.rules import Rules
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.noise import RowNoise

TOKENS = [b"", b"a", b"b", b"ab", " é".encode(), b" ", b"\xc3", b"\xa9", b"a b"]
PATTERNS = ["(ab)*", "[ab]+", ".*é.*", "a.*b", "(a|b| ){2,4}", "(?:a b)+|é", "[^a]*", ".{3}"]
VOCAB = len(TOKENS)


class Letters:
    size = VOCAB

    @staticmethod
    def token_bytes(token):
        return TOKENS[token]


def piece(pattern, fragments=True, holes=((0, 1),), between=()):
    automaton = compile_regex(pattern)
    trie = Trie.of(np.arange(1, VOCAB), Letters)
    tokens, number = lift(automaton, trie, VOCAB, fragments)
    jumps = tuple(jump(automaton, number, text) for text in between)
    indices, columns = zip(*holes, strict=True)
    return Piece(tokens, Arcs(tokens.table, tokens.accepting), Classes(tokens.class_of), indices, columns, jumps)


def jump(automaton, number, text):
    found = np.full(int((number >= 0).sum()), DEAD)
    for state in np.flatnonzero(number >= 0).tolist():
        after = automaton.run(text, state)
        found[number[state]] = DEAD if after < 0 else number[after]
    return found


def fills(pattern, slots, fixed, between=None):
    """All strings of tokens in the language, with the tokens in `fixed` (index -> token) as given."""
    automaton = compile_regex(pattern)
    for string in product(range(1, VOCAB), repeat=slots):
        if any(string[index] != token for index, token in fixed.items()):
            continue
        data = [TOKENS[token] for token in string]
        if between is not None:
            data.insert(between[0], between[1])
        if automaton.accepts(b"".join(data)):
            yield string


@settings(max_examples=30)
@given(
    st.sampled_from(PATTERNS),
    st.integers(1, 4),
    st.dictionaries(st.integers(0, 3), st.integers(1, VOCAB - 1), max_size=2),
    st.integers(0, 9999),
    st.sampled_from([0.0, 0.3]),
    st.none() | st.tuples(st.integers(0, 3), st.sampled_from([b"a", b" ", b"\xc3"])),
)
def test_scores_log_z_and_marginals_are_those_of_all_strings(pattern, slots, fixed, seed, forbidden, between):
    fixed = {index: token for index, token in fixed.items() if index < slots}
    if between is not None and between[0] > slots:
        between = None
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(1, slots, VOCAB, generator=generator) * 3
    logits[torch.rand(logits.shape, generator=generator) < forbidden] = -torch.inf
    logits[..., 0] = -torch.inf
    logits[..., 1] = logits[..., 1].clamp(min=-9)
    open_ = [index for index in range(slots) if index not in fixed]
    if not open_:
        return
    weight = {
        string: float(sum(logits[0, index, string[index]] for index in open_))
        for string in fills(pattern, slots, fixed, between)
    }
    weight = {string: value for string, value in weight.items() if value > -torch.inf}
    first = slots if between is None else between[0]
    holes = ((0, 1),) if between is None else ((0, 1), (1, 1 + first))
    used = [[slots]] if between is None else [[first, slots - first]]
    own = piece(pattern, True, holes, () if between is None else (between[1],))
    tokens = torch.zeros(1, slots + 2, dtype=torch.long)
    for index, token in fixed.items():
        tokens[0, 1 + index] = token
    at = torch.tensor([[1 + index for index in open_]])
    chooser = Conditioned(Independent(), (own,), used, full=True)
    if not weight:
        with pytest.raises(Exception, match="no text is left"):
            chooser(logits[:, open_], tokens, at, at > 0, RowNoise([0]))
        return
    proposal = chooser(logits[:, open_], tokens, at, at > 0, RowNoise([0]))
    string = [fixed.get(index) for index in range(slots)]
    for index, token in zip(open_, proposal.tokens[0].tolist(), strict=True):
        string[index] = token
    assert weight[tuple(string)] == pytest.approx(max(weight.values()), abs=1e-4)
    log_z = float(torch.tensor(list(weight.values()), dtype=torch.float64).logsumexp(0))
    free = float(logits[0, open_].double().logsumexp(-1).sum())
    assert chooser.strain[0] == pytest.approx((free - log_z) / len(open_), abs=1e-4)
    marginal = np.zeros((len(open_), VOCAB))
    for string_, value in weight.items():
        for row, index in enumerate(open_):
            marginal[row, string_[index]] += np.exp(value - log_z)
    assert np.allclose(proposal.log_probabilities[0].exp().numpy(), marginal, atol=1e-4)
    chosen = [marginal[row, string[index]] for row, index in enumerate(open_)]
    assert proposal.confidence[0].tolist() == pytest.approx(chosen, abs=1e-4)


@pytest.mark.parametrize(("temperature", "pattern"), [(1.0, "(a|b| )+é?.*"), (2.0, ".*é.*"), (0.5, "(ab)*(a b)*")])
def test_draws_have_the_frequencies_of_the_conditioned_distribution(temperature, pattern):
    logits = torch.randn(1, 3, VOCAB, generator=torch.Generator().manual_seed(4))
    logits[..., 0] = -torch.inf
    weight = {
        string: float(sum(logits[0, index, token] for index, token in enumerate(string))) / temperature
        for string in fills(pattern, 3, {})
    }
    names = list(weight)
    share = torch.tensor([weight[name] for name in names], dtype=torch.float64).softmax(0).numpy()
    chooser = Conditioned(Independent(temperature), (piece(pattern),), [[3]])
    at, tokens = torch.tensor([[1, 2, 3]]), torch.zeros(1, 5, dtype=torch.long)
    noise, runs = RowNoise([0]), 1500
    counts = dict.fromkeys(names, 0)
    for _ in range(runs):
        counts[tuple(chooser(logits, tokens, at, at > 0, noise).tokens[0].tolist())] += 1
    observed = np.array([counts[name] for name in names])
    expected = share * runs
    often = expected >= 5
    statistic = ((observed - expected)[often] ** 2 / expected[often]).sum()
    degrees = max(1, int(often.sum()) - 1)
    assert statistic < degrees + 5 * (2 * degrees) ** 0.5, "chi-squared, five standard deviations"


flags = st.lists(st.booleans(), min_size=VOCAB, max_size=VOCAB).map(np.array)


@settings(max_examples=20)
@given(st.sampled_from(PATTERNS), flags, flags, flags, st.booleans(), st.integers(0, 999))
def test_lengths_are_those_that_some_string_has(pattern, first, last, alone, fragments, seed):
    everything = np.arange(VOCAB) > 0
    rules = Rules(everything, first, last, alone)
    own = piece(pattern, fragments)
    reach = Reach(own, [rules])
    after = reach.after(0, reach.start(), 3)
    scores = np.random.default_rng(seed).normal(size=(3, VOCAB)).astype(np.float32)
    evidence = Evidence(own, [torch.from_numpy(scores)], [rules]).lengths()
    assert [bool(reach.wanted([[size]])[0][own.automaton.start]) for size in range(4)] == [
        bool((states & own.automaton.accepting).any()) for states in after
    ]
    inside = {token for token, piece_ in enumerate(TOKENS) if piece_ in (b"\xc3", b"\xa9")}
    for size in range(4):
        allowed = [
            string
            for string in product(range(1, VOCAB), repeat=size)
            if not string or (first[string[0]] and last[string[-1]] and (size > 1 or alone[string[0]]))
        ]
        good = [
            string
            for string in allowed
            if compile_regex(pattern).accepts(b"".join(TOKENS[token] for token in string))
            and (fragments or inside.isdisjoint(string))
        ]
        assert bool((after[size] & own.automaton.accepting).any()) == bool(good)
        total = {
            name: np.logaddexp.reduce([sum(scores[i, t] for i, t in enumerate(s)) for s in some], initial=-np.inf)
            for name, some in (("good", good), ("allowed", allowed))
        }
        if good:
            assert evidence[size] == pytest.approx(total["good"] - total["allowed"], abs=1e-4)
        else:
            assert evidence[size] == -np.inf or np.isnan(evidence[size])


@settings(max_examples=20)
@given(st.sampled_from(PATTERNS), flags, flags, st.sampled_from([b"", b"a", b" "]), st.integers(0, 999))
def test_evidence_for_lengths_of_two_holes(pattern, first, last, between, seed):
    everything = np.arange(VOCAB) > 0
    rules = Rules(everything, first, last, everything)
    own = piece(pattern, True, ((0, 1), (1, 3)), (between,))
    scores = torch.randn(2, 2, VOCAB, generator=torch.Generator().manual_seed(seed))
    evidence = Evidence(own, list(scores), [rules, rules])
    automaton = compile_regex(pattern)
    for left, right in product(range(3), repeat=2):
        mass = evidence.after(1, evidence.after(0, evidence.start())[left])[right]
        found = log_probability(mass, own.automaton.accepting)
        totals = {"good": [], "allowed": []}
        for one, other in product(*(product(range(1, VOCAB), repeat=size) for size in (left, right))):
            if all(not some or (first[some[0]] and last[some[-1]]) for some in (one, other)):
                weight = sum(float(scores[0, i, t]) for i, t in enumerate(one))
                weight += sum(float(scores[1, i, t]) for i, t in enumerate(other))
                totals["allowed"].append(weight)
                if automaton.accepts(between.join(b"".join(TOKENS[t] for t in some) for some in (one, other))):
                    totals["good"].append(weight)
        good, allowed = (np.logaddexp.reduce(some, initial=-np.inf) for some in totals.values())
        assert found == (pytest.approx(good - allowed, abs=1e-4) if totals["good"] else -np.inf)


def test_tokens_that_do_the_same_are_one_class():
    automaton = Automaton.characters([(0, 0x10FFFF)]).repeat(0, 9)
    tokens, _ = lift(automaton, Trie.of(np.arange(1, VOCAB), Letters), VOCAB)
    same = {TOKENS[token]: int(tokens.class_of[token]) for token in range(VOCAB)}
    assert same[b"a"] == same[b"b"] == same[b" "]
    assert same[b"ab"] == same[" é".encode()] != same[b"a b"]
    assert same[b"\xc3"] == same[b"\xa9"] == same[b""] == DEAD
