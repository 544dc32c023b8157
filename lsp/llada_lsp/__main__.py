"""``llada-lsp``: the language server over standard input and output, or for one client over a loopback port."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from typing import BinaryIO

from llada_lsp.handlers import create_server
from llada_lsp.protocol import leave, log_discreetly
from llada_lsp.server import Load, load_editor


def main(arguments: list[str] | None = None) -> None:
    """Entry point of ``llada-lsp``."""
    parser = argparse.ArgumentParser(prog="llada-lsp", description="Language server of llada-edit.")
    parser.add_argument("--stdio", action="store_true", help="standard input and output (the default)")
    parser.add_argument("--tcp", type=int, metavar="PORT", help="one client on this port of 127.0.0.1; 0: any")
    options = parser.parse_args(arguments)
    serve(options.tcp)


def serve(port: int | None = None, load: Load = load_editor) -> None:
    """Serve one client and end the process with it.

    Args:
        port: of 127.0.0.1; None for standard input and output.
        load: makes the editor from the settings, in the worker thread.
    """
    log_discreetly()
    output = claim_stdout()
    server = create_server(load)
    try:
        if port is None:
            server.start_io(sys.stdin.buffer, output)
        else:
            with _accept(port) as connection:
                server.start_io(connection.makefile("rb"), connection.makefile("wb"))
    except KeyboardInterrupt:
        leave(130)
    # The client has gone without `exit`; with it, the process would have ended before.
    leave(1)


def claim_stdout() -> BinaryIO:
    """Standard output for the protocol alone: from now on, all that libraries write there goes to stderr."""
    sys.stdout.flush()
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return private


def _accept(port: int) -> socket.socket:
    """The first client on a loopback port; a second one is refused."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        print(f"llada-lsp: waiting on 127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
        connection, _ = listener.accept()
        return connection


if __name__ == "__main__":
    main()
