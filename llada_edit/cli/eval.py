"""``llada-edit eval``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from llada_edit.cli.common import echo_json, json_option, load_editor, model_options, needs_extra


@click.command("eval")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--holes", type=click.IntRange(1), default=400, show_default=True, help="Holes per kind.")
@click.option("--seed", type=int, default=0, show_default=True)
@json_option
@model_options
def command(files: tuple[Path, ...], holes: int, seed: int, as_json: bool, model: str, device: str) -> None:
    """Cut words and phrases out of FILES (JSONL with a "text" field, plain or .zst) and see what the model puts there.

    Needs the extra "train".
    """
    with needs_extra("train", "zstandard"):
        from llada_edit.training.corpus import read_texts
        from llada_edit.training.evaluation import phrase_figures, word_figures

    texts = list(read_texts(files))
    editor = load_editor(model, device)
    found = {
        "words": word_figures(editor, texts, holes, seed),
        "phrases": phrase_figures(editor, texts, holes, known=False, seed=seed),
        "phrases of known length": phrase_figures(editor, texts, holes, known=True, seed=seed),
    }
    if as_json:
        echo_json({name: asdict(figures) for name, figures in found.items()})
        return
    for name, figures in found.items():
        top5 = "" if figures.top5 is None else f", among the top 5 {figures.top5:.1%}"
        click.echo(
            f"{name}: exact {figures.exact:.1%}{top5}, length off by {figures.length_error:.2f} words, "
            f"doubled words {figures.doubled:.1%} ({figures.holes} holes)"
        )
