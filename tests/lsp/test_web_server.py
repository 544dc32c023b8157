"""The page's server: who gets the page and its socket, and who does not."""

from __future__ import annotations

import asyncio
import http.client
import json
import queue
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from llada_lsp.web import Page
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from llada_edit.cli import cli
from llada_edit.errors import OptionError

GUARD = 180.0
SCRIPTED = str(Path(__file__).with_name("scripted_server.py"))
INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}, "processId": None}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page as it is built, in small; and a file beside it that is none of anybody's business."""
    made = tmp_path_factory.mktemp("web") / "page"
    made.mkdir()
    (made / "index.html").write_text('<script src="page.js" nonce="{nonce}"></script><p id="{place}">')
    (made / "page.js").write_text("'{nonce}'")
    (made / "notes.key").write_text("private")
    made.with_name("secret.txt").write_text("private")
    return made


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """The port of a page whose token is "secret"."""
    script = json.dumps({"trace": str(folder.with_name("trace")), "page": str(folder), "serve": {"ws": 0}})
    command = [sys.executable, SCRIPTED, script]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stderr is not None and process.stdout is not None
        address = process.stderr.readline().decode().split()[-1]
        assert address.startswith("http://127.0.0.1:") and address.endswith("/secret/")
        yield int(address.split(":")[2].split("/")[0])
        process.send_signal(signal.SIGINT)
        assert process.wait(GUARD) == 130
        assert process.stdout.read() == b"", "nothing is written to standard output"


def get(port: int, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GUARD)
    connection.request(method, path, headers=headers)
    return connection.getresponse()


def socket_of(port: int, *, token: str = "secret", origin: str | None = None, host: str = "127.0.0.1") -> Any:
    """The page's socket as a browser asks for it; by default from the page itself."""
    own = f"http://{host}:{port}" if origin is None else origin
    return connect(f"ws://{host}:{port}/{token}/socket", additional_headers={"Origin": own} if own else {})


def test_the_page_comes_with_a_strict_policy(port: int) -> None:
    first, second = get(port, "/secret/"), get(port, "/secret/index.html?")
    assert first.status == second.status == 200 and first.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = first.headers["Content-Security-Policy"]
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    nonce = allowed.pop("style-src").removeprefix("'self' 'nonce-").removesuffix("'")
    assert allowed.pop("connect-src") == f"ws://127.0.0.1:{port}" and allowed.pop("img-src") == "data:"
    assert allowed.pop("script-src") == "'self'" and allowed.pop("default-src") == "'none'"
    assert set(allowed) == {"base-uri", "form-action", "frame-ancestors"} and set(allowed.values()) == {"'none'"}
    page = first.read().decode()
    assert f'nonce="{nonce}"' in page and page != second.read().decode(), "the nonce is new each time"
    assert f'id="{Path.cwd().as_uri()}"' in page
    assert first.headers["Referrer-Policy"] == "no-referrer" and first.headers["Cache-Control"] == "no-store"
    assert first.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    script = get(port, "/secret/page.js")
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8" and script.read() == b"'{nonce}'"
    assert script.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/", "/secre/", "/secret2/", "//secret/", "/%73ecret/", "/SECRET/", "/?secret", "//x/secret/", "//["],
)  # fmt: skip
def test_nothing_without_the_token(port: int, path: str) -> None:
    answer = get(port, path)
    assert answer.status == 403 and b"secret" not in answer.read()


@pytest.mark.parametrize(
    "name", ["../secret.txt", "%2e%2e/secret.txt", "notes.key", "page", "/index.html", "index.html/", "../page/page.js"]
)
def test_no_file_but_those_of_the_page(port: int, name: str) -> None:
    answer = get(port, f"/secret/{name}")
    assert answer.status == 404 and b"private" not in answer.read()


def test_no_other_name_for_this_machine(port: int) -> None:
    for name in (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1",
        f"127.0.0.1:{port + 1}",
        f"127.0.0.1.evil:{port}",
    ):
        assert get(port, "/secret/", Host=name).status == 403
    assert get(port, "/secret/", Host=f"localhost:{port}").status == 200


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "PUT"])
def test_no_other_method(port: int, method: str) -> None:
    with suppress(http.client.HTTPException):  # websockets before 17 hangs up
        assert get(port, "/secret/", method).status >= 400


async def test_the_socket_is_for_the_page_alone(port: int) -> None:
    foreign = ("", "null", "https://evil.example", f"http://localhost:{port}", f"https://127.0.0.1:{port}")
    for origin in (*foreign, f"http://127.0.0.1:{port + 1}", f"http://127.0.0.1:{port}.evil.example"):
        with pytest.raises(InvalidStatus, match="403"):
            await socket_of(port, origin=origin)
    for token in ("", "secre", "secret2"):
        with pytest.raises(InvalidStatus, match="403"):
            await socket_of(port, token=token)
    for name in ("127.0.0.1", "localhost"):
        async with session_of(port, host=name) as (_, answer):
            assert answer["result"]["serverInfo"]["name"] == "llada-edit"


@asynccontextmanager
async def session_of(port: int, **address: str) -> AsyncIterator[tuple[Any, Any]]:
    """An open socket and the server's introduction; where the session before is not quite over, another try."""
    for _ in range(int(GUARD)):  # the server waits for a second each time
        async with socket_of(port, **address) as connection:
            try:
                await connection.send(json.dumps(INITIALIZE))
                answer = json.loads(await asyncio.wait_for(connection.recv(), GUARD))
            except ConnectionClosed as closed:
                assert closed.rcvd is not None and closed.rcvd.code == 1013
                continue
            yield connection, answer
            return
    raise AssertionError("the session before never ends")


async def test_a_second_page_is_told_why(port: int) -> None:
    async with session_of(port):
        async with socket_of(port) as second:
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(second.recv(), GUARD)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1013, "another client is connected")


def test_a_page_that_is_not_built_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"npm run build.* in editors/web") as caught:
        Page(folder=tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("token", ["a/b", "a b", "ä", "?"])
def test_a_token_that_cannot_stand_in_an_address(folder: Path, token: str) -> None:
    with pytest.raises(OptionError, match="letters, digits"):
        Page(token, folder=folder)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--web", "--ws", "0"], "exclude each other"),
        (["--web", "--host", "0.0.0.0"], "for this machine alone"),
        (["--open"], "give --web too"),
        (["--web", "70000"], "70000"),
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], complaint: str) -> None:
    result = CliRunner().invoke(cli, ["lsp", *arguments])
    assert result.exit_code == 2 and complaint in result.output


def test_a_browser_is_opened_only_when_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: queue.Queue[str] = queue.Queue()
    monkeypatch.setattr("webbrowser.open", opened.put)
    Page("secret", folder=folder).announce("127.0.0.1", 8123)
    Page("secret", True, folder).announce("127.0.0.1", 8124)
    assert opened.get(timeout=GUARD) == "http://127.0.0.1:8124/secret/" and opened.empty()


def test_a_port_that_is_taken_is_one_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ways = {"ws": taken.getsockname()[1]}
        script = json.dumps({"trace": str(folder.with_name("trace")), "page": str(folder), "serve": ways})
        command = [sys.executable, SCRIPTED, script]
        result = subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=False)
    assert result.returncode == 2 and "choose another port" in result.stderr and len(result.stderr.splitlines()) == 1
