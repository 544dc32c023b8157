"""How many slots a hole gets, against the definitions, one row and one column at a time."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.canvas import Canvas
from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.length_scores import MORE, log_tokens_of_words
from llada_edit.length_selectors import GRID, UNPROBED, Calibrated, NullPosterior
from llada_edit.lengths import (
    LEAST_ELASTIC,
    LONGEST,
    SEAM_TOKENS,
    AllMasked,
    allowed,
    best_lengths,
    log_normal,
    reserve,
    seam_scores,
)
from llada_edit.sampling.context import ContextReuse
from llada_edit.testing import scripted_card, scripted_model, tiny_model

NULLS = [tiny_model(), scripted_model(seed=3, null_id=1)]
OTHERS = [tiny_model(attention="full"), scripted_model(seed=5)]
hints = st.none() | st.builds(
    lambda unit, least, more: LengthHint(unit, least, None if more is None else least + more),
    st.sampled_from(["tokens", "words", "chars"]),
    st.integers(0, 5),
    st.none() | st.integers(1, 8),
)


def laid_out(model, *lengths):
    """A canvas with a hole for each hint, the second of which goes on with a word."""
    texts = ["The cat ", " on the und", " and the garden, where the old trees stand."]
    text, holes = texts[0], []
    for hint, after in zip(lengths, texts[1:], strict=False):
        holes.append(Hole(Span(len(text), len(text)), length=hint))
        text += after
    document = Document(text, tuple(holes))
    sizes = [reserve(hole, model.card) for hole in holes]
    return Canvas.build(document, range(len(holes)), sizes, model.card, model.vocabulary, 768)


def by_column(model, canvas, lengths, column, tokens=None, hole=None):
    """Log probabilities (vocab,) of one column of one row, asked alone."""
    row, layout = canvas.rows([lengths])
    row = row if tokens is None else tokens[None]
    layout = layout if hole is None else type(layout)(hole[None], layout.valid, layout.positions)
    return model.denoiser.logits(row, torch.tensor([[column]]), layout)[0, 0]


@given(hints, st.booleans())
def test_what_is_reserved_holds_what_is_allowed(hint, with_null):
    card = scripted_card(500, null_id=1 if with_null else None)
    slots = reserve(Hole(Span(0, 0), length=hint), card)
    assert slots >= 1
    if hint is None:
        assert slots == (LEAST_ELASTIC if with_null else LONGEST)
    elif hint.unit == "tokens" and hint.maximum is not None:
        assert slots >= hint.maximum
    else:
        assert slots >= hint.minimum


@given(hints, hints)
def test_allowed_lengths_are_what_the_hint_says(first, second):
    for slots, hint in zip(laid_out(NULLS[0], first, second).slots, (first, second), strict=True):
        open_ = allowed(slots)
        assert 0 <= open_.start < open_.stop <= slots.count + 1
        for size in range(slots.count + 1):
            if hint is None:
                expected = size >= 1 + slots.extra
            elif hint.unit == "tokens":
                expected = hint.accepts("", size - slots.extra)
            else:  # a word has one token at least; the count itself is made certain elsewhere
                least = hint.minimum if hint.unit == "words" else min(1, hint.minimum)
                expected = size - slots.extra >= least
            assert (size in open_) == expected


@pytest.mark.parametrize("expected", [1, 4, 20])
def test_the_prior_is_a_log_normal_around_what_is_replaced(expected):
    assert log_normal(expected, expected) == 0
    for factor in (2, 3):
        assert log_normal(expected * factor, expected) == pytest.approx(-8 * math.log(factor) ** 2)
    values = [log_normal(size, expected) for size in range(expected * 3)]
    assert values.index(max(values)) == expected
    assert all(math.isfinite(value) for value in values), "also for nothing at all"
    assert [log_normal(size, None) for size in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("model", NULLS, ids=["network", "scripted"])
@pytest.mark.parametrize("expected", [None, 3])
@pytest.mark.parametrize("lengths", [(None,), (LengthHint("tokens", 2, 5), None), (LengthHint("words", 2, 3),)])
def test_null_posterior_is_its_definition(model, expected, lengths):
    """P(length ≤ j) is the chance of null at slot j, made monotone; nothing is longer than what is laid out."""
    canvas = laid_out(model, *lengths)
    tables = NullPosterior(model.denoiser, expected).log_weights(AllMasked(model.denoiser, canvas, None))
    full = [slots.count for slots in canvas.slots]
    for slots, table in zip(canvas.slots, tables, strict=True):
        assert len(table) == slots.count + 1
        below = 0.0
        for size in range(slots.count + 1):
            at_most = 1.0
            if size < slots.count:
                null = float(by_column(model, canvas, full, slots.start + size).softmax(-1)[model.card.null_id])
                at_most = max(below, null)
            exactly = math.log(max(at_most - below, 1e-6)) + log_normal(size, expected)
            if slots.hole.length is not None and slots.hole.length.unit == "words":
                exactly += log_tokens_of_words(max(0, size - slots.extra), 2, 3)
            below = at_most
            wanted = exactly if size in allowed(slots) else -math.inf
            assert float(table[size]) == pytest.approx(wanted, rel=1e-3, abs=0.05)
    with_context = NullPosterior(model.denoiser, expected).log_weights(
        AllMasked(model.denoiser, canvas, ContextReuse(model.denoiser))
    )
    for one, two in zip(tables, with_context, strict=True):
        assert torch.allclose(one, two, atol=1e-2)


@given(st.integers(0, 6), st.integers(0, 4), st.none() | st.integers(0, 4))
def test_tokens_of_words_are_counted_out(tokens, least, more):
    """Every way to cut the tokens into words, each of which goes on with the same chance."""
    most = tokens if more is None else least + more
    total = 0.0
    for words in range(least, most + 1):
        for cuts in itertools.combinations(range(1, tokens), words - 1) if words else ():
            sizes = [end - begin for begin, end in itertools.pairwise((0, *cuts, tokens))]
            total += math.prod(MORE ** (size - 1) * (1 - MORE) for size in sizes) if tokens else 0
        total += not words and not tokens
    found = log_tokens_of_words(tokens, least, None if more is None else most)
    assert found == (-math.inf if not total else pytest.approx(math.log(total)))


def test_one_word_is_short():
    """Of a hole for one word the prior leaves hardly any chance to five tokens, and of ten words none to nine."""
    one = [log_tokens_of_words(size, 1, 1) for size in range(7)]
    assert one[0] == -math.inf and sorted(one[1:], reverse=True) == one[1:]
    assert sum(math.exp(value) for value in one[5:]) < 0.01
    assert log_tokens_of_words(9, 10, None) == -math.inf < log_tokens_of_words(1500, 1000, 1000)


def calibrated(model, canvas, index, middle, expected):
    """log(Φ/B) and prior for every allowed length of a hole, the other holes at a middle length."""
    a, b, c, d, e = Calibrated(model.denoiser).bias
    slots, scores = canvas.slots[index], {}
    for size in allowed(slots):
        lengths = [*middle[:index], size, *middle[index + 1 :]]
        forbidden = canvas.slot_filter([lengths]).forbidden
        sure = [
            float(
                by_column(model, canvas, lengths, slots.start + j).masked_fill(forbidden, -torch.inf).softmax(-1).max()
            )
            for j in range(size)
        ]
        mean, length = (sum(sure) / size if size else 1e-3), max(1, size)
        bias = a * math.exp(-b * length) + c * math.exp(-d * length) + e
        scores[size] = math.log(mean / bias) + log_normal(size, expected)
    return scores


@pytest.mark.parametrize("model", OTHERS, ids=["network", "scripted"])
@pytest.mark.parametrize("expected", [None, 5])
@pytest.mark.parametrize("lengths", [(LengthHint("tokens", 0, 9), LengthHint("tokens", 1, 3)), (None,)])
def test_calibrated_is_its_definition(model, expected, lengths):
    """The grid and the neighbours of its peak have the score of the paper, all other lengths come after them."""
    canvas = laid_out(model, *lengths)
    tables = Calibrated(model.denoiser, expected=expected).log_weights(AllMasked(model.denoiser, canvas, None))
    opens = [allowed(slots) for slots in canvas.slots]
    middle = [min(max(open_.start, 8), open_.stop - 1) for open_ in opens]
    for index, (slots, open_, table) in enumerate(zip(canvas.slots, opens, tables, strict=True)):
        true = calibrated(model, canvas, index, middle, expected)
        grid = {size + slots.extra for size in GRID} & set(open_) | {open_.start}
        peak = max(sorted(grid), key=true.__getitem__)
        probed = grid | {size for size in range(peak - 2, peak + 3) if size in open_}
        wanted = torch.full((slots.count + 1,), -torch.inf)
        wanted[list(open_)] = min(true[size] for size in probed) - UNPROBED
        for size in probed:
            wanted[size] = true[size]
        assert torch.allclose(table, wanted.log_softmax(0), atol=1e-3)
        assert (int(table.argmax()) in probed) and float(table.exp().sum()) == pytest.approx(1, abs=1e-4)


tables = st.lists(
    st.lists(st.one_of(st.just(-math.inf), st.integers(-40, 0)), min_size=1, max_size=5).filter(
        lambda table: any(value > -math.inf for value in table)
    ),
    min_size=1,
    max_size=4,
)


@given(tables, st.integers(1, 9))
def test_best_lengths_are_the_best_of_all_combinations(weights, n):
    found = best_lengths([torch.tensor(table, dtype=torch.float32) for table in weights], n)
    every = [
        (sizes, sum(table[size] for table, size in zip(weights, sizes, strict=True)))
        for sizes in itertools.product(*(range(len(table)) for table in weights))
    ]
    possible = sorted((total for _, total in every if total > -math.inf), reverse=True)
    assert [total for _, total in found] == pytest.approx(possible[:n])
    assert len({sizes for sizes, _ in found}) == len(found)
    for sizes, total in found:
        assert total == pytest.approx(dict(every)[sizes])


@pytest.mark.parametrize("model", [*OTHERS, NULLS[0]], ids=["full", "scripted", "isolated"])
def test_seam_scores_are_the_probability_of_what_follows_masked_again(model):
    canvas = laid_out(model, LengthHint("tokens", 1, 4), LengthHint("tokens", 1, 3))
    lengths = [(4, 2), (1, 3)]
    tokens, layout = canvas.rows(lengths)
    tokens = torch.where(tokens == model.card.mask_id, 40 + torch.arange(tokens.shape[1]), tokens)
    found = seam_scores(model.denoiser, canvas, tokens, lengths)
    slots = [set(range(s.start, s.start + s.count)) for s in canvas.slots]
    right = {column for s in canvas.slots for column in range(s.start + s.count, s.start + s.count + SEAM_TOKENS)}
    columns = sorted(right - slots[0] - slots[1])
    assert len(columns) > SEAM_TOKENS
    for row, used in enumerate(lengths):
        noisy, hole = tokens[row].clone(), layout.hole[row].clone()
        noisy[columns], hole[columns] = model.card.mask_id, True
        values = [
            float(by_column(model, canvas, used, column, noisy, hole).log_softmax(-1)[tokens[row, column]])
            for column in columns
        ]
        assert float(found[row]) == pytest.approx(sum(values) / len(values), rel=1e-3)


def test_nothing_right_of_the_holes_is_no_seam():
    model = OTHERS[0]
    document = Document("The cat ", (Hole(Span(8, 8), length=LengthHint("tokens", 2, 2)),))
    canvas = Canvas.build(document, [0], [2], model.card, model.vocabulary, 768)
    tokens, _ = canvas.rows([(2,), (2,)])
    assert seam_scores(model.denoiser, canvas, tokens, [(2,), (2,)]).tolist() == [0, 0]


@pytest.mark.parametrize("wanted", [1, 4, 9])
def test_replaced_text_draws_the_length_to_its_own(wanted):
    """A model to which all lengths are alike takes the length of the text that it replaces."""

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, NULLS[1].card.vocab_size)
        logits[..., 1] = 8.5 + 0.15 * layout.positions.gather(1, at)  # null: hardly more with every slot
        return logits

    model = scripted_model(script, null_id=1)
    text = "The " + "cat " * wanted + "sat."
    span = (4, 4 + 4 * wanted - 1)
    expected = len(model.vocabulary.encode(text[span[0] : span[1]]))
    fill = Editor(model).infill(text, span=span)
    assert abs(len(fill.holes[0].tokens) - expected) <= max(1, expected // 4)
