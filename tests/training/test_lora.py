"""Adapters on a tiny model of the LLaDA family: they learn, nothing else changes, and the editor loads them again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from llada_edit.editor import Editor
from llada_edit.errors import BrokenModel, OptionError
from llada_edit.models.base import Layout
from llada_edit.models.load import load
from llada_edit.training.plan import Plan
from llada_edit.training.running import run

GOLDEN = Path(__file__).parents[1] / "golden" / "llada-tiny"
LORA = "[lora]\nrank = 4\nalpha = 8\n"


def logits(model) -> torch.Tensor:
    tokens = torch.arange(20, 60)[None].clone()
    tokens[0, 10:14] = model.card.mask_id
    layout = Layout.plain(tokens, tokens == model.card.mask_id)
    return model.denoiser.logits(tokens, torch.arange(10, 14)[None], layout)


def test_adapters_learn_and_are_loaded_again(recipe_file, tmp_path: Path) -> None:
    before = (GOLDEN / "model.safetensors").read_bytes()
    path = recipe_file(LORA, steps=24, start=json.dumps(str(GOLDEN)))
    path.write_text(
        path.read_text().replace("[recipe]", "[recipe]\nbody_rate = 2e-2\nvalidate_every = 6\naverage = 0.5")
    )
    outcome = run(Plan.read(path))
    log = json.loads((tmp_path / "out/log.json").read_text())
    assert log[-1]["text_loss"] < log[0]["text_loss"] - 0.2
    assert "null_loss" not in log[0]
    assert (GOLDEN / "model.safetensors").read_bytes() == before
    assert (outcome.folder / "adapter_model.safetensors").stat().st_size < 100_000
    plain, adapted = load(GOLDEN), load(outcome.folder)
    assert not torch.allclose(logits(plain), logits(adapted), atol=1e-2)
    assert Editor(adapted).infill("The committee [?: exactly 3 tokens] the proposal.").text.startswith("The committee ")
    resumed = run(Plan.read(path, steps=25))
    assert resumed.step == 25, "adapters go on from their checkpoint"


def test_adapters_without_safetensors_are_refused(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(GOLDEN)}))
    (tmp_path / "adapter_model.bin").write_bytes(b"pickle")
    with pytest.raises(BrokenModel, match=r"without adapter_model\.safetensors"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("lora", "start", "message"),
    [(LORA, None, "adapters need a model"), ('[lora]\ntargets = ["nothing"]\n', GOLDEN, "no adapter fits nothing")],
)
def test_what_cannot_be_adapted_is_said(recipe_file, lora: str, start: Path | None, message: str) -> None:
    path = recipe_file(lora, **({"start": json.dumps(str(start))} if start else {}))
    with pytest.raises(OptionError, match=message):
        run(Plan.read(path))


@pytest.mark.parametrize(
    ("name", "lines", "more"),
    [
        ("pairs", {"pairs": '["pairs.jsonl"]'}, ""),
        ("memory", {}, "[memory]\nplaces = 20\n"),
        ("compile", {"compile": "true"}, ""),
        ("distill", {"distill": "2"}, ""),
    ],
)
def test_settings_of_our_own_models_are_refused(
    recipe_file, tmp_path: Path, name: str, lines: dict[str, str], more: str
) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"a": "one two", "b": "one", "type": "split"}\n')
    path = recipe_file(LORA + more, start=json.dumps(str(GOLDEN)), **lines)
    with pytest.raises(OptionError, match=rf"{name} does not go with \[lora\]: .*; drop {name}, or \[lora\]"):
        run(Plan.read(path))
    assert not (tmp_path / "out" / "model").exists()
