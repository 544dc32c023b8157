"""The ladder on machines of other sizes."""

import json

import torch

from llada_edit.cli.models.ladder import LADDER
from llada_edit.models import devices


def test_the_ladder_knows_this_machine(run, monkeypatch):
    def marks(cuda, memory, bf16=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
        monkeypatch.setattr(devices, "fast_bfloat16", lambda: bf16)
        monkeypatch.setattr(devices, "free_memory", lambda device: memory.get(device.type))
        rungs = json.loads(run("list", "--json")[1])["ladder"]
        assert [rung["name"] for rung in rungs] == [rung.name for rung in LADDER]
        return [(rung["fits"], rung["note"]) for rung in rungs]

    gib = devices.GIB
    *small, large = marks(False, {"cpu": 12 * gib})
    assert small == [(True, "fits the cpu")] * 4
    assert large == (False, "too large: 29.9 GiB needed, 12.0 GiB free")
    assert marks(False, {"cpu": 40 * gib})[-1] == (True, "fits the cpu, but slow there")
    assert marks(False, {"cpu": 16 * gib}, bf16=True)[-1] == (True, "fits the cpu, but slow there")
    assert marks(True, {"cuda": 16 * gib, "cpu": gib})[-1] == (True, "fits the cuda")
    assert marks(True, {"cuda": 2 * gib, "cpu": 40 * gib})[-1] == (True, "fits the cpu, but slow there")
    assert marks(False, {"cpu": gib // 2})[2][0] is False
    assert marks(False, {})[-1] == (None, "needs 29.9 GiB of memory")
