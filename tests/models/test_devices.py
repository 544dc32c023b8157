"""Where a model runs, in which numbers, and whether it fits."""

from pathlib import Path

import pytest
import torch

from llada_edit.errors import NotEnoughMemory, OptionError
from llada_edit.models import devices
from llada_edit.models.load import load

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
    with pytest.raises(OptionError, match="int3"):
        load(copied(), quantize="int3")
