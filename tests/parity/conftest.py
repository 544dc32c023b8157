"""Every golden model that lies in the folder given by ``--golden``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from llada_edit.models.base import Layout
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.load import load_denoiser


@dataclass(frozen=True)
class Input:
    """One stored input: all tensors (rows, seq), `logits` (rows, seq, vocab), `compare` where they mean something."""

    tokens: Tensor
    layout: Layout
    logits: Tensor
    compare: Tensor


@dataclass(frozen=True)
class Golden:
    folder: Path
    meta: dict
    denoiser: NetworkDenoiser
    inputs: tuple[Input, ...]


@cache
def read_golden(folder: Path) -> Golden:
    meta = json.loads((folder / "meta.json").read_text())
    ids = {key: value for key, value in meta.items() if key in ("mask_token_id", "eos_token_id", "pad_token_id")}
    denoiser = load_denoiser(folder, device="cpu", dtype=meta["weights_dtype"], ids=ids)
    stored = load_file(folder / "logits.safetensors")
    numbers = sorted(int(key.split(".")[1]) for key in stored if key.startswith("input_ids."))
    return Golden(folder, meta, denoiser, tuple(read_input(stored, n, meta) for n in numbers))


def read_input(stored: dict[str, Tensor], number: int, meta: dict) -> Input:
    tokens, valid = stored[f"input_ids.{number}"], stored[f"attention_mask.{number}"].bool()
    hole = tokens == meta["mask_token_id"]
    positions = stored.get(f"position_ids.{number}")
    layout = Layout.plain(tokens, hole, valid)
    if positions is not None:
        layout = Layout(hole, valid, positions)
    compare = valid.clone()
    if meta["logit_shift"]:  # the first real position of a padded row takes over the logits of a padding row
        compare[:, 1:] &= valid[:, :-1]
        logits = stored[f"logits_after_shift.{number}"]
    else:
        logits = stored[f"logits.{number}"]
    return Input(tokens, layout, logits, compare)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "golden" not in metafunc.fixturenames:
        return
    root: Path = metafunc.config.getoption("--golden")
    folders = sorted(path.parent for path in root.glob("*/logits.safetensors"))
    if not folders:
        raise pytest.UsageError(f"no golden data in {root}")
    metafunc.parametrize("golden", folders, ids=[path.name for path in folders], indirect=True)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return read_golden(request.param)


@pytest.fixture
def tolerance() -> float:
    """The stored numbers come from AVX2 kernels; others add in another order."""
    return 1e-5 if torch.backends.cpu.get_cpu_capability() == "AVX2" else 1e-4
