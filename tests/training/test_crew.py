"""Two real processes train the same model as one, measure their speed together, and speak with one voice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from llada_edit.training.plan import Plan
from llada_edit.training.running import run

PROGRAM = """
import sys
from pathlib import Path
from llada_edit.cli import cli
from llada_edit.training import running
from llada_edit.training.crew import Crew

running.TRIAL_SECONDS = 0.05
cli(["train", "--config", sys.argv[1]], standalone_mode=False)
crew = Crew()
Path(f"process-{crew.rank}").write_text(f"of {crew.size}")
"""
LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]


def two_processes(path: Path) -> subprocess.CompletedProcess[str]:
    """`llada-edit train` by two processes, which note at the end how many they were."""
    program = path.with_name("program.py")
    program.write_text(PROGRAM)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(
        [*LAUNCH, str(program), str(path)], capture_output=True, text=True, timeout=120, cwd=path.parent,
        env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert [path.with_name(f"process-{rank}").read_text() for rank in (0, 1)] == ["of 2", "of 2"]
    return done


def same_weights(one: Path, other: Path) -> bool:
    """Whether two runs have come to the same step and weights, up to rounding."""
    states = [torch.load(folder / "checkpoint.pt", weights_only=True) for folder in (one, other)]
    pairs = [(state["network"], state["average"]) for state in states]
    return states[0]["step"] == states[1]["step"] and all(
        torch.allclose(values[name], others[name], rtol=0, atol=1e-6)
        for values, others in zip(*pairs, strict=True)
        for name in values
    )


@pytest.mark.slow
def test_two_processes_train_like_one_and_one_of_them_speaks(recipe_file, tmp_path: Path) -> None:
    done = two_processes(recipe_file(steps=4, folder='"two"'))
    assert done.stdout == f"{tmp_path / 'two' / 'model'}\n"
    assert done.stderr.count("step 4/4 loss") == 1
    assert run(Plan.read(recipe_file(steps=4, folder='"one"'))).finished
    assert same_weights(tmp_path / "one", tmp_path / "two")
    (one,), (two,) = (json.loads((tmp_path / name / "log.json").read_text()) for name in ("one", "two"))
    for name in ("train_loss", "text_loss", "bound"):
        assert two[name] == pytest.approx(one[name], rel=1e-5), "of all rows, not of one process' share"


@pytest.mark.slow
def test_two_processes_measure_their_steps_together(recipe_file, tmp_path: Path) -> None:
    two_processes(recipe_file(steps=9, folder='"two"', fit="1e-9"))
    assert json.loads((tmp_path / "two" / "steps.json").read_text()) == {"steps": 1}
    assert run(Plan.read(recipe_file(steps=1, folder='"one"'))).finished
    assert same_weights(tmp_path / "one", tmp_path / "two"), "the trial leaves nothing behind"
