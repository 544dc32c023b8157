"""``llada-edit train``."""

from __future__ import annotations

from pathlib import Path

import click

from llada_edit.cli.common import needs_extra


@click.command("train")
@click.option("--config", type=click.Path(path_type=Path), required=True, help="Recipe file (TOML).")
@click.option("--steps", type=click.IntRange(1), help="Instead of the recipe's number of steps.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Stop after so long; run again to go on.")
@click.option("--fit", type=click.FloatRange(0, min_open=True), help="As many steps as fit into so many minutes.")
def command(config: Path, steps: int | None, minutes: float | None, fit: float | None) -> None:
    """Train a small denoiser on your own text, or go on with a run that was stopped.

    Prints the folder of the model so far, which --model takes. Needs the extra "train".
    """
    with needs_extra("train", "zstandard", "accelerate", "matplotlib"):
        from llada_edit.training.plan import Plan
        from llada_edit.training.running import run

    changes = {"steps": steps, "minutes": minutes, "fit": fit}
    outcome = run(Plan.read(config, **{name: value for name, value in changes.items() if value is not None}))
    if outcome.rank:  # of several processes one speaks
        return
    click.echo(outcome.folder)
    if not outcome.finished:
        click.echo(f"stopped at step {outcome.step} of {outcome.steps}; run the same command to go on", err=True)
