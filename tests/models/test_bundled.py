"""The model inside the package: stored small, checked, loaded without transformers."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from llada_edit.errors import BrokenModel, OptionError, UnknownModel
from llada_edit.models import bundled
from llada_edit.models.base import Layout
from llada_edit.models.load import load

GOLDEN = Path(__file__).parent.parent / "golden"


def test_the_bundled_model_needs_no_transformers(tmp_path, write_own):
    write_own()
    code = (
        "import sys\nfrom llada_edit.models.load import load\n"
        f"assert load({str(tmp_path)!r}).card.family == 'bundled'\n"
        "assert 'transformers' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_own_models_survive_saving(tmp_path, logits, write_own):
    network = write_own(licence="Apache-2.0", expand_id=2)
    model = load(tmp_path, device="cpu")
    card = model.card
    assert (card.family, card.attention, card.licence, card.max_length) == ("bundled", "isolated", "Apache-2.0", 64)
    assert (card.mask_id, card.null_id, card.expand_id, card.pad_id, card.stop_ids) == (0, 1, 2, 3, (4,))
    assert card.start_ids == card.end_ids == (4,) and {*range(32)} <= model.vocabulary.special_ids
    assert model.vocabulary.size == card.vocab_size
    restored = model.denoiser.network.state_dict()
    for name, tensor in network.state_dict().items():
        step = tensor.abs().amax(dim=-1, keepdim=True) / 127 if tensor.ndim == 2 else torch.zeros(1)
        assert ((restored[name] - tensor).abs() <= step / 2 + 1e-6).all(), name
    tokens = torch.tensor([model.vocabulary.encode("the cat")])
    assert logits(model.denoiser, tokens).isfinite().all()
    stored = load_file(tmp_path / "model.safetensors")
    assert stored["embedding.weight.int8"].dtype == torch.int8


def test_own_models_are_checked(tmp_path, write_own):
    write_own()
    for name in ("model.safetensors", "tokenizer.json"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(BrokenModel, match=f"{name} is not the file"):
            load(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(BrokenModel, match=f"{name} is missing"):
            load(tmp_path)
        (tmp_path / name).write_bytes(whole)
    with pytest.raises(OptionError, match="colour"):
        write_own(colour="red")


def test_bundled_comes_through_the_entry_point(tmp_path, monkeypatch, write_own):
    write_own()
    monkeypatch.setattr(bundled, "bundled_folder", lambda: tmp_path)
    assert load(device="cpu").card.name == "bundled"
    with pytest.raises(OptionError, match="runs in float32 or bfloat16; drop dtype='fp16'"):
        load(dtype="fp16")


def test_bfloat16_where_the_cpu_has_it(tmp_path, monkeypatch, write_own):
    write_own()
    monkeypatch.setattr(bundled, "fast_bfloat16", lambda: False)
    with pytest.raises(OptionError, match=r"no bfloat16 products.* drop dtype='bf16'"):
        load(tmp_path, device="cpu", dtype="bf16")
    monkeypatch.setattr(bundled, "fast_bfloat16", lambda: True)
    whole, rounded = (load(tmp_path, device="cpu", dtype=dtype) for dtype in ("auto", "bfloat16"))
    weights = [next(model.denoiser.network.parameters()).dtype for model in (whole, rounded)]
    assert weights == [torch.float32, torch.bfloat16]
    tokens = torch.tensor([[40, 41, whole.card.mask_id, 42]])
    at, layout = torch.tensor([[2]]), Layout.plain(tokens, tokens == whole.card.mask_id)
    both = [model.denoiser.logits(tokens, at, layout).log_softmax(-1) for model in (whole, rounded)]
    assert both[1].dtype == torch.float32 and (both[0] - both[1]).abs().max() < 0.02 * both[0].abs().max()


def test_an_installation_without_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "files", lambda package: tmp_path)
    with pytest.raises(UnknownModel, match="no bundled weights"):
        load()
