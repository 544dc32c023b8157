"""What may not stand in a slot is never proposed there; everything else is left as it is."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.sampling.filters import SlotFilter

VOCAB, COLUMNS = 5, 4
flags = st.lists(st.booleans(), min_size=VOCAB, max_size=VOCAB).map(torch.tensor)
edges = st.lists(st.tuples(st.integers(0, 1), st.integers(0, COLUMNS - 1), flags), max_size=4).map(tuple)
asked = st.lists(st.lists(st.integers(0, COLUMNS - 1), min_size=3, max_size=3), min_size=2, max_size=2)


@given(flags, edges, asked)
def test_a_filter_against_its_definition(forbidden, edges, asked):
    at = torch.tensor(asked)
    logits = torch.arange(at.numel() * VOCAB).float().reshape(2, 3, VOCAB)
    before = logits.clone()
    found = SlotFilter(forbidden, edges)(logits, at)
    assert torch.equal(logits, before), "the logits that are given stay as they are"
    for row in range(2):
        for index, column in enumerate(asked[row]):
            for token in range(VOCAB):
                own = [bool(out[token]) for there, where, out in edges if (there, where) == (row, column)]
                out = bool(forbidden[token]) or any(own)
                assert found[row, index, token] == (-torch.inf if out else before[row, index, token])
