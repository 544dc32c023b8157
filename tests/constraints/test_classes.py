"""Scores by class against a plain sum over its tokens, on both ways to add them up."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.constraints.classes import Classes, Reduced, by_runs, by_scatter
from llada_edit.constraints.minimise import DEAD


@st.composite
def drawn(draw):
    """Classes of some tokens, every class with a token of its own; scores with gaps of any size."""
    count = draw(st.integers(1, 4))
    rest = draw(st.lists(st.integers(DEAD, count - 1), max_size=6))
    class_of = np.array(draw(st.permutations([*range(count), *rest])), dtype=np.int32)
    value = st.sampled_from([-torch.inf, -1e4, -300.0, -70.0, -3.0, 0.0, 2.5, 40.0])
    rows = draw(st.lists(st.lists(value, min_size=len(class_of), max_size=len(class_of)), min_size=1, max_size=3))
    return class_of, torch.tensor(rows)


@given(drawn(), st.floats(1e-6, 1 - 1e-6))
def test_by_class(both, draw):
    class_of, scores = both
    classes = Classes(class_of)
    reduced = Reduced(classes, scores)
    for row, values in enumerate(scores):
        for class_ in range(classes.count):
            own = values[torch.from_numpy(class_of == class_)].double()
            assert reduced.top[row, class_] == pytest.approx(float(own.max()))
            assert reduced.sums[row, class_] == pytest.approx(float(own.logsumexp(0)), rel=1e-5, abs=1e-5)
            if own.max() > -torch.inf:
                alone = Reduced(classes, values[None])
                for token in (int(alone.best([class_])[0]), int(alone.draw([class_], [draw])[0])):
                    assert class_of[token] == class_
                    assert values[token] > -torch.inf
                assert values[int(alone.best([class_])[0])] == own.max()


@given(drawn())
def test_sums_on_a_device_are_those_on_the_processor(both):
    class_of, scores = both
    classes = Classes(class_of)
    values = scores[:, torch.from_numpy(classes.tokens)].exp()
    for add in (True, False):
        assert by_scatter(values, classes, add) == pytest.approx(by_runs(values, classes, add), rel=1e-5)
