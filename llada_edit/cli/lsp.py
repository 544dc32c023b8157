"""``llada-edit lsp``."""

from __future__ import annotations

import click


@click.command("lsp")
@click.option("--stdio", is_flag=True, help="Standard input and output (the default).")
@click.option("--tcp", type=click.IntRange(0, 65535), metavar="PORT", help="One client on a port; 0: any.")
@click.option("--ws", type=click.IntRange(0, 65535), metavar="PORT", help="WebSocket clients on a port, one at a time.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--token", envvar="LLADA_LSP_TOKEN", help="What WebSocket clients must know; without it, a new one.")
def command(stdio: bool, tcp: int | None, ws: int | None, host: str, token: str | None) -> None:
    """Run the language server over standard input and output, a TCP port, or a WebSocket."""
    if stdio + (tcp is not None) + (ws is not None) > 1:
        raise click.UsageError("--stdio, --tcp and --ws exclude each other; give one of them")
    from llada_lsp.__main__ import serve

    serve(tcp, ws=ws, host=host, token=token)
