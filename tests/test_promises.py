"""Promises that hold for every model and all options, through the `Editor`: rows alone (P5), streams (P6)."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llada_edit import filling
from llada_edit.constraints.joint import Conditioned
from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.options import POLICIES
from llada_edit.sampling.choice import Avoiding, Independent
from llada_edit.sampling.context import ContextReuse
from llada_edit.sampling.doubles import NoDoubles
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.repeats import NoRepeats
from llada_edit.testing import scripted_model, tiny_model

ELASTIC = {"expand_id": 2, "delete_id": 4, "stop_ids": ()}
pieces = st.sampled_from(["The cat ", " on the mat.", "und", "\r\n", "", " ", "(", "\U0001f600", "\\[?", ". Then it "])
# Short ones: a hole whose length is found may take 32 tokens, and every row of them is drawn once more.
length_hints = st.sampled_from(
    [LengthHint("words", 1, 2), LengthHint("tokens", 3, 3), LengthHint("chars", 0, 9), LengthHint("tokens", 0, 4)]
)
OPEN = Document.parse("The cat [?] on the mat.")
# One hole with a language and one without: rows come to the end of the latter at different steps.
MIXED = Document.parse("The cat [?: 1-2 words] The cat x[?: exactly 3 tokens] The cat ")
USUAL = {"n": 1, "seed": 0, "policy": "factor", "temperature": 0.7, "steps": None}
choices = st.fixed_dictionaries(
    {
        "n": st.integers(1, 3),
        "seed": st.integers(0, 99),
        "policy": st.sampled_from(POLICIES),
        "temperature": st.sampled_from([0, 0.7, 4.0]),
        "steps": st.none() | st.integers(1, 6),
    },
    optional={"top_k": st.just(3), "context": st.just(16)},
)
more_choices = st.sampled_from(
    [{}, {}, {"polish": 1}, {"block": 2}, {"guidance": 1.5}, {"guidance": 2.0, "avoid": "a dog"}]
)


@cache
def model(kind, seed=0):
    if kind in ("isolated", "full", "uncached"):
        return tiny_model(seed, kind)
    return scripted_model(seed=seed, scale=6.0, **{"elastic": ELASTIC, "null": {"null_id": 1}, "plain": {}}[kind])


@st.composite
def documents(draw):
    """One or two holes, apart from each other."""
    text, holes = draw(pieces), []
    for index in range(draw(st.integers(1, 2))):
        text += "x" if index else ""
        holes.append(Hole(Span(len(text), len(text)), length=draw(length_hints)))
        text += draw(pieces)
    return Document(text, tuple(holes))


def alone(chooser, row):
    """What a chooser is for one row of its batch."""
    if isinstance(chooser, NoDoubles | NoRepeats):
        return replace(chooser, base=alone(chooser.base, row))
    if isinstance(chooser, Avoiding):
        own = {(0, column): ids for (at, column), ids in chooser.avoided.items() if at == row}
        return replace(chooser, base=alone(chooser.base, row), avoided=own)
    if isinstance(chooser, Conditioned):
        return replace(chooser, base=alone(chooser.base, row), used=[chooser.used[row]], strain={})
    assert isinstance(chooser, Independent)
    return replace(chooser, temperature=(chooser.temperature[row],))


@settings(max_examples=15)
@given(documents(), st.sampled_from(["isolated", "full", "uncached", "null", "plain"]), choices, more_choices)
@example(OPEN, "isolated", USUAL, {})
@example(MIXED, "isolated", {**USUAL, "n": 2}, {})
def test_p5_a_row_alone_is_the_row_in_its_batch(document, kind, chosen, more):
    """Every batch that an infill draws is drawn again row by row: with doubles, hints, guidance, any policy."""
    denoise, rows = filling.denoise, []

    def both(denoiser, tokens, layout, sampler, noise, slots, reuse):
        seeds = [generator.initial_seed() for generator in noise.generators]
        last = None
        for last in denoise(denoiser, tokens, layout, sampler, noise, slots, reuse):
            yield last
        for row, seed in enumerate(seeds):
            edges = tuple((0, column, forbidden) for at, column, forbidden in slots.edges if at == row)
            steps = list(
                denoise(
                    denoiser,
                    tokens[row : row + 1],
                    layout.rows(slice(row, row + 1)),
                    replace(sampler, chooser=alone(sampler.chooser, row)),
                    RowNoise([seed]),
                    SlotFilter(slots.forbidden, edges),
                    None if reuse is None else ContextReuse(denoiser),
                )
            )
            rows.append(len(seeds))
            if not steps:
                assert not layout.hole[row][layout.valid[row]].any(), "only an empty filling takes no step"
                continue
            own = steps[-1]
            assert torch.equal(own.tokens[0], last.tokens[row])
            assert torch.allclose(own.probability[0], last.probability[row], atol=1e-4)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "denoise", both)
        Editor(model(kind)).infill(document, **chosen, **more)
    assert max(rows) >= min(3, chosen["n"])


def masks(frame):
    return frame.text.count("\u2591\u2591")


@settings(max_examples=12)
@given(
    documents(),
    st.sampled_from(["isolated", "full", "plain", "null", "elastic"]),
    choices,
    more_choices,
    st.integers(0, 30),
)
@example(OPEN, "isolated", USUAL, {}, 2)
@example(OPEN, "elastic", USUAL, {}, 2)
def test_p6_the_last_frame_is_the_fill_and_closing_stops_the_work(document, kind, chosen, more, stop):
    if kind == "elastic" and any(hole.length is None for hole in document.holes):
        chosen, more = {name: chosen[name] for name in ("n", "seed", "temperature")}, {}
    counting = Counting(model(kind).denoiser)
    editor = Editor(replace(model(kind), denoiser=counting))
    frames, calls = [], []
    for frame in editor.stream(document, **chosen, **more):
        frames.append(frame)
        calls.append(counting.calls)
    assert frames[-1].fill.to_json() == Editor(model(kind)).infill(document, **chosen, **more).to_json()
    assert frames[-1].text == frames[-1].fill.text
    assert all(frame.fill is None for frame in frames[:-1])
    for frame in frames[:-1]:
        assert frame.edits and {edit.span for edit in frame.edits} <= {hole.span for hole in document.holes}
        if len(frame.edits) == len(document.holes):
            assert document.apply(frame.edits) == frame.text
        for token in (token for edit in frame.edits for token in edit.tokens):
            assert token.probability == 0 if "\u2591" in token.text else 0 <= token.probability <= 1
    assert masks(frames[0]) >= masks(frames[1]), "the first frame is the canvas with all its masks"
    # Between two frames lies one step (with guidance two passes), or the end of a batch and the choice of lengths.
    one_step = 2 if more.get("guidance") else 1
    for before, after, spent in zip(frames[:-1], frames[1:], map(int.__sub__, calls[1:], calls[:-1]), strict=True):
        assert spent <= one_step or after.fill is not None or masks(after) > masks(before) or masks(before) == 0

    stopped = editor.stream(document, **chosen, **more)
    counting.calls = 0
    for _ in range(min(stop, len(frames) - 1) + 1):
        next(stopped)
    spent = counting.calls
    stopped.close()
    assert counting.calls == spent, "nothing is computed after closing"
    assert spent <= calls[min(stop, len(frames) - 1)]
    assert editor.infill(document, **chosen, **more).to_json() == frames[-1].fill.to_json(), "and nothing is left over"


class Counting:
    """A denoiser that counts its passes."""

    def __init__(self, inner):
        self.inner, self.card, self.calls = inner, inner.card, 0

    def logits(self, *args):
        self.calls += 1
        return self.inner.logits(*args)

    def prefill(self, *args):
        return self.inner.prefill(*args)
