"""``llada-edit models``: what is on this disk, what it can do, whether it works, and how to get another one."""

from __future__ import annotations

import click

from llada_edit.cli.models.fetching import get
from llada_edit.cli.models.inspection import check, info
from llada_edit.cli.models.listing import list_models


@click.group("models", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List, inspect, check and fetch models; without a subcommand, list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_models)


for subcommand in (list_models, info, check, get):
    command.add_command(subcommand)
