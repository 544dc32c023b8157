"""Text to token rows and back."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.canvas import BLANK, Canvas
from llada_edit.document import Document
from llada_edit.errors import DoesNotFit
from llada_edit.models.bundled import SPECIALS
from llada_edit.slots import rules_of
from llada_edit.testing import PARAGRAPH, assert_untouched, tiny_model

MODEL = tiny_model()
CONTROL = [
    "<|mask|>",
    "<|null|>",
    "<|end|>",
    "<|pad|>",
    "<|reserved_3|>",
    "<|mdm_mask|>",
    "<|eot_id|>",
    "\\[MASK]",
    "\\[?",
]
texts = st.lists(
    st.sampled_from(
        [*CONTROL, "word ", " cat", "\n", "\r\n", "\u2028", "\U0001f600", "e\u0301", "\ud800", "\x00", "\ufeff", "."]
    ),
    max_size=10,
).map("".join)


def build(text, sizes=None, model=MODEL, limit=768, fills=None, holes=None):
    document = Document.parse(text)
    holes = list(range(len(document.holes))) if holes is None else holes
    return Canvas.build(document, holes, sizes or [3] * len(holes), model.card, model.vocabulary, limit, fills or {})


def context_of(canvas):
    """The texts between the slots, as the model sees them."""
    pieces, at = [], 0
    for slots in canvas.slots:
        pieces.append(canvas.tokens[at : slots.start])
        at = slots.start + slots.count
    pieces.append(canvas.tokens[at:])
    return [
        b"".join(MODEL.vocabulary.token_bytes(t) for t in piece.tolist()).decode(errors="replace") for piece in pieces
    ]


def test_layout_of_two_holes():
    canvas = build("See [?] and[?: 2 tokens]!")
    first, second = canvas.slots
    assert (first.healed, first.count, first.extra) == (b" ", 3, 0)
    assert (second.healed, second.count, second.extra) == (b" and", 4, 1), "the word begun is repeated in a slot"
    assert context_of(canvas) == ["See", "", "!"]
    assert (canvas.tokens == MODEL.card.mask_id).sum() == 7


def test_rows_use_a_prefix_of_the_slots():
    for attention in ("isolated", "full"):
        model = tiny_model(attention=attention)
        canvas = build("See [?] and [?]!", model=model)
        tokens, layout = canvas.rows([[3, 1], [0, 2]])
        assert torch.equal(layout.hole[0], layout.hole[1])
        assert layout.hole.sum(1).tolist() == [6, 6]
        assert (layout.hole & layout.valid).sum(1).tolist() == [4, 2]
        assert bool((tokens[~layout.valid] == model.card.pad_id).all())
        assert bool((tokens[layout.hole & layout.valid] == model.card.mask_id).all())
        seen = [layout.positions[row][layout.valid[row]].tolist() for row in range(2)]
        if attention == "isolated":
            assert torch.equal(layout.positions[0], layout.positions[1]), "all rows share their context"
        else:
            assert seen == [list(range(len(part))) for part in seen], "the gap is closed"


@settings(max_examples=80)
@given(texts, texts, texts)
def test_p2_no_text_becomes_a_control_token(left, inner, right):
    document = Document.parse(f"{left}|[?]|{inner}|[?b]|{right}")
    canvas = Canvas.build(document, [0, 1], [2, 2], MODEL.card, MODEL.vocabulary, 768)
    tokens, layout = canvas.rows([[s.count for s in canvas.slots]])
    assert bool((tokens[~layout.hole] >= SPECIALS).all())


def test_special_strings_reach_the_model_as_text():
    canvas = build("Say <|mask|> or <|null|> [?] <|end|>")
    assert context_of(canvas) == ["Say <|mask|> or <|null|>", " <|end|>"]


def test_start_and_end_ids_frame_the_whole_document_only():
    framed = tiny_model(start_ids=(4,), end_ids=(4,))
    whole, part = (build(text, model=framed, limit=32) for text in ("a [?] b", PARAGRAPH + "[?]" + PARAGRAPH))
    assert (int(whole.tokens[0]), int(whole.tokens[-1])) == (4, 4)
    assert 4 not in part.tokens.tolist()
    always = tiny_model(start_ids=(4,), end_ids=(4,), always_framed=True)
    part = build(PARAGRAPH + "[?]" + PARAGRAPH, model=always, limit=32)
    assert (int(part.tokens[0]), int(part.tokens[-1])) == (4, 4)


@settings(max_examples=40)
@given(st.integers(0, 6), st.integers(0, 6), st.integers(16, 300), st.integers(1, 60))
def test_canvas_fits_and_keeps_both_sides(before, after, limit, size):
    text = PARAGRAPH * before + "Here is [?] it.\n" + PARAGRAPH * after
    canvas = build(text, [size], limit=limit)
    slots = canvas.slots[0]
    assert len(canvas.tokens) <= MODEL.card.max_length
    assert len(canvas.tokens) - slots.count <= limit
    assert slots.start > 0
    assert len(canvas.tokens) > slots.start + slots.count
    left, right = context_of(canvas)
    assert (PARAGRAPH * before + "Here is").endswith(left)
    assert (" it.\n" + PARAGRAPH * after).startswith(right)


def test_does_not_fit():
    with pytest.raises(DoesNotFit, match="fill fewer or shorter"):
        build("A [?] b", [255])
    with pytest.raises(DoesNotFit):
        build("A [?] " + PARAGRAPH * 3 + " [?]")
    assert build("A [?] b", [250]).slots[0].count == 250, "two words of context are all there is"


def test_filled_holes_are_context_and_open_ones_are_not_seen():
    canvas = build("See [?] and [?] or [?].", holes=[1], fills={0: "the cat"})
    assert context_of(canvas) == ["See the cat and", " or ."]


def rows_of(canvas, *pieces):
    """A row with the given token strings in the slots of the only hole."""
    tokens = canvas.tokens.clone()
    ids = [MODEL.vocabulary.spelling(piece.encode())[0] for piece in pieces]
    tokens[canvas.slots[0].start : canvas.slots[0].start + len(ids)] = torch.tensor(ids)
    return tokens, torch.full((len(tokens),), 0.5), [len(ids)]


def test_a_hole_that_follows_a_hole_begins_no_line():
    """What the first one will end in is unknown, but it is something: words of the second may have their space."""
    first, second, third = build("[?][?]s, [?]").slots
    assert not first.seam.leading_space, "nothing stands before it"
    assert (second.seam.leading_space, second.healed) == (True, b"")
    assert third.healed == b" "
    words = MODEL.vocabulary
    assert rules_of(second, words).first[words.spelling(b" cat")].all()
    assert not rules_of(first, words).first[words.spelling(b" cat")].any()


def test_read_cuts_what_was_healed_and_adds_the_space_that_is_missing():
    (edit,) = build("See [?]cat").read(*rows_of(build("See [?]cat"), " the", " dog"))
    assert edit.text == "the dog "
    assert [token.text for token in edit.tokens] == [" the", " dog"]
    assert edit.probability == pytest.approx(0.5)
    (edit,) = build("I und[?] it").read(*rows_of(build("I und[?] it"), " underst", "and"))
    assert edit.text == "erstand"


def shown(canvas, tokens, used):
    """The document with an unfinished row."""
    return canvas.document.apply(canvas.sketch(tokens, torch.ones(len(tokens)), used, blank="_"))


def test_show_blanks_what_is_still_masked():
    canvas = build("See [?] here")
    tokens = rows_of(canvas, " the")[0]
    assert shown(canvas, canvas.tokens, [2]) == "See _ _ here"
    assert shown(canvas, tokens, [2]) == "See the _ here"
    assert_untouched(
        canvas.document.text, shown(canvas, tokens, [1]), canvas.read(tokens, torch.ones(len(tokens)), [1])
    )


PIECES = st.sampled_from(["mask", " a", "\n", "e\u0301", "\U0001f600", "\u20ac", "x"])


@given(st.sampled_from(["See [?]", "[?] it", "und[?]cat", "a\n[?]."]), st.lists(PIECES, min_size=1), st.data())
def test_the_tokens_of_a_sketch_are_its_text(text, pieces, data):
    canvas = build(text, [40])
    (slots,) = canvas.slots
    tokens, ids = canvas.tokens.clone(), list[int]()
    for piece in pieces:
        ids += [MODEL.card.mask_id] if piece == "mask" else MODEL.vocabulary.encode(piece)
    ids = ids[: data.draw(st.integers(1, 40))]  # a character may be cut
    tokens[slots.start : slots.start + len(ids)] = torch.tensor(ids)
    probability = torch.linspace(0.1, 0.9, len(tokens))
    (edit,) = canvas.sketch(tokens, probability, [len(ids)])
    assert "".join(token.text for token in edit.tokens) + slots.seam.trailing == edit.text
    raw = b"".join(b" " + BLANK.encode() if i == MODEL.card.mask_id else MODEL.vocabulary.token_bytes(i) for i in ids)
    plain = raw.removeprefix(slots.healed).decode(errors="replace")
    assert edit.text.removesuffix(slots.seam.trailing) in (plain, plain.removeprefix(" "))
    assert len(edit.tokens) <= len(ids) and all(token.text for token in edit.tokens)
    for token in edit.tokens:
        assert (token.probability == 0) == (BLANK in token.text)


def test_filter_of_first_and_last_slot():
    canvas = build("See [?] here")
    start, words = canvas.slots[0].start, MODEL.vocabulary
    at = torch.arange(start, start + 3)[None]
    logits = canvas.slot_filter([[3]])(torch.zeros(1, 3, words.size), at)[0]
    allowed = [{words.token_bytes(i) for i in row.isfinite().nonzero()[:, 0].tolist()} for row in logits]
    assert all(piece.startswith(b" ") for piece in allowed[0])
    assert b" the" in allowed[0] and b"the" not in allowed[0]
    assert b"the" in allowed[1]
    assert not any(piece.endswith(b" ") for piece in allowed[2])
    assert not any(b"\n" in piece for part in allowed for piece in part)
