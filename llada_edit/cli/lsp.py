"""``llada-edit lsp``."""

from __future__ import annotations

import click

LOOPBACK = "127.0.0.1"
PORT = click.IntRange(0, 65535)


@click.command("lsp")
@click.option("--stdio", is_flag=True, help="Standard input and output (the default).")
@click.option("--tcp", type=PORT, metavar="PORT", help="One client on a port; 0: any.")
@click.option("--ws", type=PORT, metavar="PORT", help="WebSocket clients on a port, one at a time.")
@click.option(
    "--web", type=PORT, is_flag=False, flag_value=0, metavar="[PORT]", help="A page to write on in a browser."
)
@click.option("--open", "browse", is_flag=True, help="With --web: open the page.")
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on; not with --web.")
@click.option("--token", envvar="LLADA_LSP_TOKEN", help="What WebSocket clients must know; without it, a new one.")
def command(
    stdio: bool, tcp: int | None, ws: int | None, web: int | None, browse: bool, host: str, token: str | None
) -> None:
    """Run the language server over standard input and output, a TCP port, or a WebSocket; or a page to write on."""
    if stdio + (tcp is not None) + (ws is not None) + (web is not None) > 1:
        raise click.UsageError("--stdio, --tcp, --ws and --web exclude each other; give one of them")
    if web is None and browse:
        raise click.UsageError("--open is for the page; give --web too")
    if web is not None and host != LOOPBACK:
        raise click.UsageError(f"the page is for this machine alone, not for {host}; leave --host out")
    from llada_lsp.__main__ import serve
    from llada_lsp.web import Page

    page = None if web is None else Page(token, browse)
    serve(tcp, ws=ws if web is None else web, host=host, token=token, page=page)
