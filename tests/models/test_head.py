"""The product with the vocabulary is the product, whichever way it is computed."""

import pytest
import torch
from torch.nn import functional

from llada_edit.models.head import FEW, to_vocabulary


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(1, 1), (1, 0), (1, FEW), (2, FEW // 2), (2, FEW), (3, 40)])
@pytest.mark.parametrize("with_bias", [False, True])
def test_it_is_the_linear_map(shape, with_bias, dtype):
    generator = torch.Generator().manual_seed(0)
    hidden, weight, bias = (
        torch.randn(*size, generator=generator).to(dtype) for size in ((*shape, 24), (300, 24), (300,))
    )
    found = to_vocabulary(hidden, weight, bias if with_bias else None)
    expected = functional.linear(hidden, weight, bias if with_bias else None)
    assert found.shape == expected.shape
    assert found.dtype == dtype
    assert found.is_contiguous()
    assert torch.allclose(found, expected, atol=1e-5)
