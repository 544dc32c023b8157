"""``llada-edit score``."""

from __future__ import annotations

import click

from llada_edit.cli.common import echo_json, file_names, json_option, load_editor, model_options, read_input
from llada_edit.edits import TokenScore

SHADES = ((0.5, None), (0.1, "yellow"), (0.0, "red"))
"""Probability from which on a token has this colour on a terminal."""


@click.command("score")
@click.argument("source", shell_complete=file_names)
@json_option
@model_options
def command(source: str, as_json: bool, model: str, device: str) -> None:
    """How probable SOURCE (a file, a text, or -) is: unlikely words are coloured, totals are on stderr."""
    document = read_input(source, None)
    score = load_editor(model, device).score(document.text)
    if as_json:
        echo_json(score.to_json())
        return
    click.echo("".join(map(_shaded, score.tokens)))
    kind = "exact" if score.exact else "sampled"
    click.echo(
        f"{score.count} tokens, {score.per_token:.2f} nats per token given the others; "
        f"log-likelihood bound {score.bound:.1f} nats ({kind})",
        err=True,
    )


def _shaded(token: TokenScore) -> str:
    colour = next(colour for least, colour in SHADES if token.probability >= least)
    return click.style(token.text, fg=colour) if colour else token.text
