"""Where a model runs, in which numbers, and whether it fits."""

import json
from pathlib import Path

import pytest
import torch

from llada_edit.editor import Editor
from llada_edit.errors import NotEnoughMemory, OptionError
from llada_edit.models import bundled, devices, hf, placing
from llada_edit.models.base import Layout
from llada_edit.models.load import load
from llada_edit.testing import scripted_model

GOLDEN = Path(__file__).parent.parent / "golden"


def test_devices_and_formats(monkeypatch):
    cpu = torch.device("cpu")
    assert devices.choose_device("cpu") == cpu
    with pytest.raises(OptionError, match="quantum"):
        devices.choose_device("quantum")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert devices.choose_device("cuda:0") == torch.device("cuda:0")
    for missing in ("cuda:1", "meta", "xpu"):
        with pytest.raises(OptionError, match=f"{missing}. is not on this machine"):
            devices.choose_device(missing)
    monkeypatch.undo()
    with pytest.raises(OptionError, match="fp8"):
        devices.choose_dtype(cpu, dtype="fp8")
    assert devices.choose_dtype(cpu, dtype="bf16") == torch.bfloat16
    for fast, parameters, expected in (
        (True, 8_000_000_000, torch.bfloat16),
        (True, 1000, torch.float32),
        (False, 8_000_000_000, torch.float32),
    ):
        monkeypatch.setattr(devices, "fast_bfloat16", lambda fast=fast: fast)
        assert devices.choose_dtype(cpu, parameters) == expected
    assert isinstance(devices.fast_bfloat16(), bool)


def test_too_little_memory_is_said_before_loading(monkeypatch):
    monkeypatch.setattr(devices, "free_memory", lambda device: 2**20)
    with pytest.raises(NotEnoughMemory, match=r"needs 0\.0 GiB on cpu and 0\.0 GiB are free.*bfloat16") as caught:
        devices.check_memory("m", 2**20, torch.float32, torch.device("cpu"), None)
    assert "smaller model" in str(caught.value)
    with pytest.raises(NotEnoughMemory, match=r"30\.0 GiB.*int4"):
        devices.check_memory("m", 15 * 2**30, torch.bfloat16, torch.device("cpu"), None)
    devices.check_memory("m", 2**20, torch.float32, torch.device("cpu"), "int4")
    monkeypatch.setattr(devices, "free_memory", lambda device: 100)
    with pytest.raises(NotEnoughMemory):
        load(GOLDEN / "llada-tiny", device="cpu")


def test_quantization_words(copied):
    folder = copied()
    with pytest.raises(OptionError, match="int3"):
        load(folder, quantize="int3")
    with pytest.raises(OptionError, match=r"quantize='int8' needs a CUDA device, and this is cpu"):
        load(folder, device="cpu", quantize="int8")


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"dtype": "float16"}, "drop dtype='float16'"),
        ({"quantize": "int4"}, "drop quantize='int4'"),
        ({"device_map": "auto"}, "device_map"),
    ],
)
def test_models_of_our_own_refuse_other_formats(tiny_folder, choice, message):
    for reference in ("bundled", tiny_folder):
        with pytest.raises(OptionError, match=message):
            Editor.load(reference, **choice)
    assert Editor.load(tiny_folder, dtype="float32").infill("a [?]").text


def test_device_and_device_map_exclude_each_other(copied):
    with pytest.raises(OptionError, match="device 'cpu' and device_map contradict"):
        Editor.load(copied(), device="cpu", device_map="auto")


def test_a_device_map_needs_accelerate(copied, monkeypatch):
    monkeypatch.setattr(placing, "find_spec", lambda name: None)
    with pytest.raises(OptionError, match="pip install accelerate"):
        load(copied(), device_map="auto")


def test_a_network_that_is_spread_out_says_the_same(copied):
    """One layer from the disk, the rest from memory: what accelerate does with two devices, on a machine with one."""
    pytest.importorskip("accelerate", reason="device_map is accelerate's work, which is not installed")
    folder = copied()
    layers = json.loads((folder / "config.json").read_text())["n_layers"]
    parts = ("model.embed_tokens", "model.norm", "model.rotary_emb", "lm_head")
    spread = dict.fromkeys((*parts, *(f"model.layers.{index}" for index in range(layers))), "cpu")
    spread["model.layers.1"] = "disk"
    whole, parts = load(folder, device="cpu", dtype="float32"), load(folder, dtype="float32", device_map=spread)
    assert parts.device == torch.device("cpu")
    tokens = torch.arange(20, 40)[None]
    layout = Layout.plain(tokens, torch.zeros_like(tokens, dtype=torch.bool))
    frozen = torch.arange(10)
    one, two = (
        model.denoiser.logits(tokens, torch.tensor([[12, 13]]), layout, model.denoiser.prefill(tokens, layout, frozen))
        for model in (whole, parts)
    )
    assert torch.allclose(one, two, atol=1e-5)


OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79 GiB"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried to allocate "
        "20971520 bytes. Error code 12 (Cannot allocate memory)"
    ),
    RuntimeError("MPS backend out of memory (MPS allocated: 1 GB). Tried to allocate 20.00 MB on private pool."),
    MemoryError(),
]


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["cuda", "cpu", "mps", "python"])
def test_no_memory_left_at_work_is_one_sentence(error):
    def script(tokens, at, layout):
        raise error

    editor = Editor(scripted_model(script))
    for ask in (
        lambda: editor.infill("a [?] b"),
        lambda: list(editor.stream("a [?] b")),
        lambda: editor.alternatives("a b", at=0),
        lambda: editor.score("a b"),
    ):
        with pytest.raises(NotEnoughMemory, match=r"^scripted at work needs more memory than cpu has free") as caught:
            ask()
        assert "; take fewer candidates" in str(caught.value)
        assert ("0.02 GiB were asked for" in str(caught.value)) == bool(str(error))


def work():
    return devices.enough_memory("this", torch.device("cpu"), "do less")


def test_a_real_allocation_that_fails_is_recognised():
    with pytest.raises(NotEnoughMemory, match=r"\(another 4194304\.00 GiB were asked for\)"), work():
        torch.empty(2**50)


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="shapes"), devices.enough_memory("this", torch.device("cpu"), "do less"):
        raise RuntimeError("shapes differ")


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["cuda", "cpu", "mps", "python"])
def test_no_memory_left_while_loading(copied, tiny_folder, monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(hf.transformers.LlamaForCausalLM, "from_pretrained", fail)
    monkeypatch.setattr(bundled, "load_file", fail)
    for folder in (copied(), tiny_folder):
        with pytest.raises(NotEnoughMemory, match=r"loading .* needs more memory than cpu has free"):
            load(folder, device="cpu")
