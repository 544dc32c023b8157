"""``llada-edit alternatives``."""

from __future__ import annotations

import click

from llada_edit.arguments import place_of
from llada_edit.cli.common import (
    echo_json,
    file_names,
    hole_markup,
    json_option,
    load_editor,
    model_options,
    read_input,
)
from llada_edit.errors import OptionError
from llada_edit.options import check_whole


@click.command("alternatives")
@click.argument("source", shell_complete=file_names)
@click.option(
    "--at", type=int, help="Where: an offset in code points, in a word or beside one; default: at the only hole."
)
@click.option("-k", type=int, default=8, show_default=True, help="How many words, 1 to 64.")
@json_option
@model_options
def command(source: str, at: int | None, k: int, as_json: bool, model: str, device: str) -> None:
    """Words that fit in a place of SOURCE (a file, a text, or -), with probabilities."""
    document = read_input(source, "[?" if at is None else None)
    if at is None and len(document.holes) != 1:
        raise OptionError(
            f"the text has {len(document.holes)} holes; mark one place with {hole_markup()}, or give --at"
        )
    check_whole("k", k, 1, 64)
    if at is None and (document.holes[0].length or document.holes[0].note):
        click.echo("note: what the hole asks for is not looked at; infill does what it says", err=True)
    place = place_of(document if at is None else document.text, at)
    found = load_editor(model, device).alternatives(place, k=k)
    if as_json:
        echo_json([word.to_json() for word in found])
        return
    width = max((len(word.text) for word in found), default=0)
    for word in found:
        click.echo(f"{word.text:<{width}}  {word.probability:6.1%}")
