"""``llada-edit bench``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from llada_edit.cli.common import echo_json, json_option, loading, model_options, read_input
from llada_edit.errors import DocumentError

HOLES = (1, 8, 32, 64)
CONTEXTS = (64, 512, 2048)


@click.command("bench")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True, help="Runs per side; medians count.")
@click.option("--threads", type=click.IntRange(0), default=0, help="Threads of torch; 0 leaves them.")
@json_option
@model_options
def command(source: Path, runs: int, threads: int, as_json: bool, model: str, device: str) -> None:
    """Measure infill on this machine with the text of SOURCE: the plain definition, exact, and cached.

    Contexts longer than the model's window are cut to what it takes.
    """
    import torch

    from llada_edit.benchmark import Case, measure, table
    from llada_edit.models.devices import enough_memory
    from llada_edit.models.load import load

    if threads:
        torch.set_num_threads(threads)
    loaded = load(model, device=device, **loading())
    text = torch.tensor(loaded.vocabulary.encode(read_input(str(source), None).text), device=loaded.device)
    longest = min(loaded.card.max_length, len(text))
    wanted = {(hole, min(context, longest - hole)) for hole in HOLES for context in CONTEXTS}
    cases = sorted(case for case in wanted if case[1] >= min(CONTEXTS))
    if not cases:
        raise DocumentError(f"{source} has {len(text)} tokens; give a text of at least {min(HOLES) + min(CONTEXTS)}")
    network = loaded.denoiser.network  # type: ignore[attr-defined]  # all loaders make a denoiser around one
    memory = getattr(loaded.denoiser, "memory", None)
    rows = []
    with enough_memory("the plain definition", loaded.device, "give a shorter SOURCE, or use a smaller dtype"):
        sides = partial(measure, network, loaded.card, text, runs=runs, memory=memory)
        for row in table([Case(*case) for case in cases], sides):
            rows.append(row)
            if not as_json:
                click.echo(line(row))
    if as_json:
        echo_json(rows)


def line(row: dict[str, Any]) -> str:
    """One case in words."""
    sides = row["sides"]
    plain = sides["plain"]["seconds"] * 1000
    parts = [
        f"{name} {side['speedup']:.1f}x ({side['changed']:.0%} changed)"
        for name, side in sides.items()
        if name != "plain"
    ]
    return f"{row['hole']:>3} in {row['context']:>5}: plain {plain:8.1f} ms, " + ", ".join(parts)
