"""``llada-edit train``."""

from __future__ import annotations

from pathlib import Path

import click

from llada_edit.cli.common import needs_extra


@click.command("train")
@click.option("--config", type=click.Path(path_type=Path), required=True, help="Recipe file (TOML).")
@click.option("--steps", type=int, help="Instead of the recipe's number of steps.")
def command(config: Path, steps: int | None) -> None:
    """Train a small denoiser on your own text, or go on with a run that was stopped.

    Needs the extra "train". The finished model is a folder that --model takes.
    """
    with needs_extra("train", "zstandard"):
        from llada_edit.training.plan import Plan, run

    plan = Plan.read(config, **({"steps": steps} if steps else {}))
    click.echo(run(plan))
