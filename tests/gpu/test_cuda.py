"""On a CUDA device: the logits of the CPU, whole fills, and the same text for the same seed.

Run with ``pytest -m gpu``; the default run and ``.ci/run`` leave these out.
"""

from pathlib import Path

import pytest
import torch

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.errors import NotEnoughMemory
from llada_edit.models.base import Layout
from llada_edit.models.load import load_denoiser
from llada_edit.testing import PARAGRAPH, assert_untouched

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and torch sees none"),
]
GOLDEN = Path(__file__).parent.parent / "golden"
NETWORKS = ["llada-tiny", "dream-tiny", "llada-moe-tiny"]
MODELS = ["bundled", GOLDEN / "llada-tiny", GOLDEN / "dream-tiny"]
IDS = {"mask_token_id": 300, "eos_token_id": 301, "pad_token_id": 301}
TEXTS = ["The committee [?] the proposal.", "Dear [?name], see [?what: 2-3 words].", "a[?: exactly 4 tokens]b"]


def logits(name, device, dtype, cached=False):
    """Logits (2, 6, vocab) of a golden network on the CPU, computed on `device`, the second row being padded."""
    denoiser = load_denoiser(GOLDEN / name, device=device, dtype=dtype, ids=IDS)
    tokens = torch.randint(6, 300, (2, 40), generator=torch.Generator().manual_seed(0))
    tokens[:, 12:18] = denoiser.card.mask_id
    valid = torch.ones_like(tokens, dtype=torch.bool)
    valid[1, 30:] = False
    tokens, valid = tokens.to(device), valid.to(device)
    layout = Layout.plain(tokens, tokens == denoiser.card.mask_id, valid)
    at = torch.arange(12, 18, device=device).expand(2, -1)
    context = denoiser.prefill(tokens, layout, torch.arange(20, 40, device=device)) if cached else None
    return denoiser.logits(tokens, at, layout, context).cpu()


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_float32_logits_are_those_of_the_cpu(name, cached):
    on_cpu, on_gpu = (logits(name, device, "float32", cached) for device in ("cpu", "cuda"))
    assert (on_cpu - on_gpu).abs().max() < 1e-4
    assert torch.equal(on_cpu.argmax(-1), on_gpu.argmax(-1))


@pytest.mark.parametrize("name", NETWORKS)
def test_bfloat16_logits_are_as_near_as_on_the_cpu(name):
    true = logits(name, "cpu", "float32")
    on_cpu, on_gpu = ((logits(name, device, "bfloat16") - true).abs() for device in ("cpu", "cuda"))
    assert on_gpu.mean() < 2 * on_cpu.mean()
    assert on_gpu.max() < 2 * on_cpu.max()


@pytest.mark.parametrize("choices", [{}, {"exact": True}, {"n": 3, "polish": 1}, {"guidance": 1.0, "avoid": "a dog"}])
@pytest.mark.parametrize("reference", MODELS, ids=["bundled", "llada", "dream"])
def test_infill(reference, choices):
    editor = Editor.load(reference, device="cuda")
    assert editor.model.device.type == "cuda"
    for text in TEXTS:
        document = Document.parse(text)
        for candidate in editor.infill(document, **choices).candidates:
            assert_untouched(text, candidate.text, candidate.edits)
            assert all(hole.text for hole in candidate.holes)


@pytest.mark.parametrize("reference", MODELS, ids=["bundled", "llada", "dream"])
def test_same_seed_same_text(reference):
    choices = {"n": 4, "temperature": 2.0}
    one, two = (Editor.load(reference, device="cuda") for _ in range(2))
    others = []
    for text in TEXTS:
        first = one.infill(text, seed=3, **choices).to_json()
        others.append(first != one.infill(text, seed=4, **choices).to_json())
        assert first == two.infill(text, seed=3, **choices).to_json()
        assert first == one.infill(text, seed=3, **choices).to_json(), "with what is remembered"
    assert any(others)


@pytest.mark.parametrize("reference", MODELS, ids=["bundled", "llada", "dream"])
def test_alternatives_and_scores(reference):
    editor = Editor.load(reference, device="cuda")
    assert editor.alternatives("The cat sat on the mat.", at=5)
    score = editor.score(PARAGRAPH[:200])
    assert "".join(token.text for token in score.tokens) == PARAGRAPH[:200]
    on_cpu = Editor.load(reference, device="cpu", dtype="float32").score(PARAGRAPH[:200])
    assert score.per_token == pytest.approx(on_cpu.per_token, abs=0.1)


def test_no_memory_left_is_one_sentence():
    """A device that is full but for a little, as other programs leave it."""
    editor = Editor.load("bundled", device="cuda")
    torch.cuda.empty_cache()
    free, _ = torch.cuda.mem_get_info()
    taken = torch.empty(max(0, free - 64 * 2**20), dtype=torch.uint8, device="cuda")
    with pytest.raises(NotEnoughMemory, match=r"bundled at work needs more memory than cuda has free \(another"):
        editor.infill(PARAGRAPH * 3 + "[?: exactly 64 tokens]" + PARAGRAPH * 3, n=32)
    del taken
