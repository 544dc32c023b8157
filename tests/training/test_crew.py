"""Two processes train the same model as one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from llada_edit.training.plan import Plan
from llada_edit.training.running import run


@pytest.mark.slow
def test_two_processes_train_like_one(recipe_file, tmp_path: Path) -> None:
    path = recipe_file("", steps=4, folder='"two"')
    program = "from pathlib import Path\nfrom llada_edit.training.plan import Plan\n"
    program += f"from llada_edit.training.running import run\nrun(Plan.read(Path({str(path)!r})))\n"
    (tmp_path / "go.py").write_text(program)
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    done = subprocess.run(
        [*launch, str(tmp_path / "go.py")], capture_output=True, text=True, timeout=300, cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    one = run(Plan.read(recipe_file("", steps=4, folder='"one"')))
    assert one.finished
    states = [torch.load(tmp_path / name / "checkpoint.pt", weights_only=True) for name in ("one", "two")]
    assert states[0]["step"] == states[1]["step"] == 4
    for name, value in states[0]["network"].items():
        assert torch.allclose(value, states[1]["network"][name], atol=1e-4), name
