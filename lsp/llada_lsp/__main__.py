"""``llada-lsp``: the language server over standard input and output, a TCP port, or a WebSocket."""

from __future__ import annotations

import argparse
import os
import secrets
import sys

from llada_lsp.loading import load_editor
from llada_lsp.logs import log_discreetly
from llada_lsp.operations import Rewriting
from llada_lsp.rewriting import Engine
from llada_lsp.server import Load, Server
from llada_lsp.sockets import TokenDoor, serve_ws
from llada_lsp.surface import create_server
from llada_lsp.transport import LOOPBACK, claim_stdout, leave, serve_streams, serve_tcp
from llada_lsp.web import Page
from llada_lsp.worker import Worker

SWITCH = 0.001
"""Seconds for which the thread that computes may hold the interpreter; an answer needs it several times."""


def main(arguments: list[str] | None = None) -> None:
    """Entry point of ``llada-lsp``."""
    parser = argparse.ArgumentParser(prog="llada-lsp", description="Language server of llada-edit.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--stdio", action="store_true", help="standard input and output (the default)")
    way.add_argument("--tcp", type=int, metavar="PORT", help="one client on this port; 0: any")
    way.add_argument("--ws", type=int, metavar="PORT", help="WebSocket clients, one at a time; 0: any")
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default: {LOOPBACK})")
    parser.add_argument("--token", help="what WebSocket clients must know (default: a new one, printed on stderr)")
    options = parser.parse_args(arguments)
    serve(options.tcp, ws=options.ws, host=options.host, token=options.token)


def serve(
    tcp: int | None = None,
    load: Load = load_editor,
    *,
    ws: int | None = None,
    host: str = LOOPBACK,
    token: str | None = None,
    page: Page | None = None,
    rewriting: Rewriting | None = None,
) -> None:
    """Serve and end the process afterwards.

    Args:
        tcp: port for one client.
        load: makes the editor from the settings, in the worker thread.
        ws: port for WebSocket clients; without both ports, standard input and output are used.
        host: address to listen on.
        token: what a WebSocket client has to know; None makes a new one.
        page: served on the port `ws`, and then its socket is the only one.
        rewriting: knows the operations; None for those of the engine.
    """
    log_discreetly()
    sys.setswitchinterval(SWITCH)
    output = claim_stdout()
    worker = Worker(load)

    def session() -> Server:
        # Only a client on our own pipes is a process that we can see for certain.
        return create_server(worker, rewriting or Engine(), watching=tcp is None and ws is None)

    code = 0
    try:
        if ws is not None:
            known = token or os.environ.get("LLADA_LSP_TOKEN") or secrets.token_urlsafe(24)
            code = serve_ws(session, ws, page or TokenDoor(known), host)
        elif tcp is not None:
            code = serve_tcp(session, tcp, host)
        else:
            code = serve_streams(session, sys.stdin.buffer, output)
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        print(f"llada-lsp: cannot listen on {host}: {error.strerror}; choose another port", file=sys.stderr)
        code = 2
    leave(code)


if __name__ == "__main__":
    main()
