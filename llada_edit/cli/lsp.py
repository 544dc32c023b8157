"""``llada-edit lsp``."""

from __future__ import annotations

import click


@click.command("lsp")
@click.option("--stdio", is_flag=True, help="Standard input and output (the default).")
@click.option("--tcp", type=click.IntRange(0, 65535), metavar="PORT", help="One client on a port of 127.0.0.1; 0: any.")
def command(stdio: bool, tcp: int | None) -> None:
    """Run the language server over standard input and output."""
    if stdio and tcp is not None:
        raise click.UsageError("--stdio excludes --tcp; give one or the other")
    from llada_lsp.__main__ import serve

    serve(tcp)
