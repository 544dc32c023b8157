"""The page of ``llada-edit lsp --web``: its files, and who may have them and open its socket.

Any page in any browser on this machine can send requests to the loopback interface. So nothing is given to who does not
know the token, to who asks under another name than ours (DNS rebinding), and no socket to a page of another origin.
Knows nothing of methods, and reads no file but those of the page, once.
"""

from __future__ import annotations

import hmac
import html
import re
import secrets
import sys
import threading
import webbrowser
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from llada_edit.errors import OptionError

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

BUILT = Path(__file__).with_name("page")
"""Where `editors/web` is built into."""
SOCKET = "socket"
NAMES = ("127.0.0.1", "localhost")
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the token is in the address
    "X-Content-Type-Options": "nosniff",
}


class Page:
    """The page, behind a token; satisfies `sockets.Door`.

    Args:
        token: what a browser has to know; None makes a new one.
        browse: whether a browser is to be opened.
        folder: with the built page.

    Raises:
        OptionError: the page has not been built, or the token cannot stand in an address.
    """

    def __init__(self, token: str | None = None, browse: bool = False, folder: Path = BUILT) -> None:
        self._browse, self._token = browse, token or secrets.token_urlsafe(24)
        if not re.fullmatch(r"[\w.~-]+", self._token, re.ASCII):
            raise OptionError("the token cannot stand in an address; use letters, digits and the signs . _ ~ -")
        self._place = Path.cwd().as_uri()
        self._files = {file.name: file.read_bytes() for file in folder.glob("*") if file.suffix in KINDS}
        if "index.html" not in self._files:
            raise OptionError(
                "this installation has no web page; in a checkout, `npm ci && npm run build` in editors/web makes it"
            )

    def announce(self, host: str, port: int) -> None:
        """Say where the page is, and open it if that was asked for."""
        address = f"http://{host}:{port}/{self._token}/"
        print(f"llada-edit: open this address in a browser, Ctrl-C ends it: {address}", file=sys.stderr, flush=True)
        if self._browse:
            # A browser for terminals returns when it is left, and until then the page has to be served.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """A file, a refusal, or None where a socket may be opened."""
        port = connection.local_address[1]
        hosts = request.headers.get_all("Host")
        if len(hosts) != 1 or hosts[0] not in {f"{name}{suffix}" for name in NAMES for suffix in _suffixes(port)}:
            return _refusal(HTTPStatus.FORBIDDEN, "this is not the name of the page")
        token, _, name = request.path.partition("?")[0].removeprefix("/").partition("/")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return _refusal(HTTPStatus.FORBIDDEN, "the address is wrong; take the one that llada-edit has printed")
        if getattr(request, "method", "GET") != "GET":  # before websockets 17 nothing else came through
            return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "")
        if name == SOCKET:
            if request.headers.get_all("Origin") != [f"http://{hosts[0]}"]:
                return _refusal(HTTPStatus.FORBIDDEN, "the socket is for the page alone")
            return None
        return self._file(name or "index.html", hosts[0])

    def busy(self, connection: ServerConnection) -> Response | None:
        """Nothing: a page cannot read why a socket was not opened, but it can read why one was closed."""
        return None

    def _file(self, name: str, host: str) -> Response:
        if name not in self._files:
            return _refusal(HTTPStatus.NOT_FOUND, "there is no such file")
        body, nonce = self._files[name], secrets.token_urlsafe(16)
        if name == "index.html":
            for mark, value in (("{nonce}", nonce), ("{place}", html.escape(self._place))):
                body = body.replace(mark.encode(), value.encode())
        return _response(HTTPStatus.OK, body, KINDS[Path(name).suffix], _policy(host, nonce))


def _suffixes(port: int) -> tuple[str, ...]:
    return (f":{port}", "") if port == 80 else (f":{port}",)


def _policy(host: str, nonce: str) -> str:
    """Nothing from elsewhere; the nonce is for the styles that the editor component makes while it runs."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src ws://{host}; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _refusal(status: HTTPStatus, reason: str) -> Response:
    return _response(status, f"{reason}\n".encode(), "text/plain", "default-src 'none'")


def _response(status: HTTPStatus, body: bytes, kind: str, policy: str) -> Response:
    from websockets.datastructures import Headers
    from websockets.http11 import Response

    headers = {
        **HEADERS,
        "Content-Length": str(len(body)),
        "Content-Security-Policy": policy,
        "Content-Type": f"{kind}; charset=utf-8",
        "Date": formatdate(usegmt=True),
    }
    return Response(status.value, status.phrase, Headers(headers), body)
