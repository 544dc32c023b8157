"""P4: a constraint holds on the final text, whatever the model says, in whatever order; or an error says why not."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llada_edit.constraints.phrases import MustInclude, Phrases
from llada_edit.constraints.texts import Chars, Choice, Prefix, Regex, Suffix, Words
from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.errors import Unsatisfiable
from llada_edit.options import POLICIES
from llada_edit.testing import assert_untouched, scripted_model, tiny_model

EDITORS = {
    "scripted": lambda seed: Editor(scripted_model(seed=seed, scale=6.0)),
    "null": lambda seed: Editor(scripted_model(seed=seed, scale=6.0, null_id=1)),
    "elastic": lambda seed: Editor(scripted_model(seed=seed, scale=6.0, expand_id=2, delete_id=4, stop_ids=())),
    "network": lambda seed: Editor(tiny_model(seed)),
    "full": lambda seed: Editor(tiny_model(seed, "full")),
}
WORDS = ["the", "cat", "letter", "very", "Thank you", "in the end", "é", "😀", "-", "naïve"]
PATTERNS = [r"\d+\.\d\d", "[a-z]+( [a-z]+)*", "(ab|cd)*e?", r"(?i:yes|no)!?", ".{3,9}", r"\w+, \w+"]
PATTERNS += [r"[^aeiou]+", "a|b c|déjà", r"x\ny"]
counts = st.tuples(st.integers(0, 4), st.none() | st.integers(0, 3)).map(
    lambda pair: (pair[0], None if pair[1] is None else max(1, sum(pair)))
)
some = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2, unique=True)
simple = st.one_of(
    st.sampled_from(PATTERNS).map(Regex),
    some.map(lambda words: Choice(*words)),
    some.map(lambda words: MustInclude(*words)),
    some.map(lambda words: Phrases(*words)),
    some.map(lambda words: ~Phrases(*words)),
    counts.map(lambda pair: Words(*pair)),
    counts.map(lambda pair: Chars(*pair)),
    st.sampled_from(WORDS).map(Prefix),
    st.sampled_from([".", "!", "end", " "]).map(Suffix),
)
values = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(lambda one, other: one & other, inner, inner),
        st.builds(lambda one, other: one | other, inner, inner),
        st.builds(lambda one: ~one, inner),
        st.builds(lambda one, other: one + other, inner, inner),
    ),
    max_leaves=3,
)
pieces = st.sampled_from(["", "The cat ", "und", ". ", "(", " mat.", "cat", "\n", "very ", "sorry", " - "])
choices = st.fixed_dictionaries(
    {
        "policy": st.sampled_from(POLICIES),
        "temperature": st.sampled_from([0, 0.7, 3.0]),
        "n": st.integers(1, 3),
        "seed": st.integers(0, 99),
        "steps": st.none() | st.integers(1, 4),
    }
)
more = st.sampled_from(
    [{}, {}, {"polish": 1}, {"block": 2}, {"guidance": 1.5}, {"top_k": 1}, {"polish": 2, "top_p": 0.1}]
)


def run(kind, seed, parts, value, region, options):
    """One infill; the number of candidates that met what was asked, or None where it cannot be met."""
    names = [f"h{index}" for index in range(len(parts) - 1)]
    text = parts[0] + "".join(f"[?{name}]{part}" for name, part in zip(names, parts[1:], strict=True))
    document = Document.parse(text)
    asked = {"constraint": value} if region else {"constraints": dict.fromkeys(names, value)}
    try:
        fill = EDITORS[kind](seed).infill(text, **asked, **options)
    except Unsatisfiable as error:
        assert "hole" in str(error)
        return None
    for candidate in fill.candidates:
        assert_untouched(text, candidate.text, candidate.edits)
        holes = [candidate[name] for name in names]
        assert all(edit.text.encode() is not None for edit in holes)
        if region:
            whole = holes[0].text + "".join(part + edit.text for part, edit in zip(parts[1:-1], holes[1:], strict=True))
            assert value.accepts(whole, parts[0], parts[-1]), (whole, value)
        else:
            for edit, before, after in zip(holes, parts[:-1], parts[1:], strict=True):
                assert value.accepts(edit.text, before, after), (edit.text, value)
        assert candidate.strain is not None
        assert candidate.strain >= -1e-3
    assert document.holes
    return len(fill.candidates)


everything = given(
    st.sampled_from(sorted(EDITORS)),
    st.integers(0, 3),
    st.lists(pieces, min_size=2, max_size=4),
    values,
    st.booleans(),
    choices,
    more,
)
quiet = {"suppress_health_check": list(HealthCheck)}


def check(kind, seed, parts, value, region, options, extra):
    for index, part in enumerate(parts[1:-1], 1):
        parts[index] = part or " "  # two holes at one place have no order
    run(kind, seed, parts, value, region, {**options, **extra})


@settings(max_examples=15, **quiet)
@everything
def test_p4_a_constraint_always_holds(kind, seed, parts, value, region, options, extra):
    check(kind, seed, parts, value, region, options, extra)


@pytest.mark.slow
@settings(max_examples=120, **quiet)
@everything
def test_p4_a_constraint_always_holds_at_length(kind, seed, parts, value, region, options, extra):
    check(kind, seed, parts, value, region, options, extra)


def test_the_strain_is_that_of_the_constrained_hole_alone():
    """Nats per token of what is constrained: another hole, as long as it may be, makes it neither better nor worse."""
    model = scripted_model(lambda tokens, at, layout: torch.zeros(*at.shape, scripted_model().card.vocab_size))
    constraints = {"a": Choice("cat")}
    alone = Editor(model).infill("The [?a] sat.", constraints=constraints).candidates[0].strain
    beside = Editor(model).infill("The [?a] sat on [?b: 9 tokens].", constraints=constraints).candidates[0].strain
    assert alone > 0
    assert beside == pytest.approx(alone)
