"""Frames: what is read, what ends a session, and what is only refused; on streams, and on a real server."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llada_lsp.frames import MOST_BODY, MOST_HEADER, BadFrame, BadMessage, parse, read_frame

Raw = Callable[..., Any]
GUARD = 180.0
PING = b'{"jsonrpc":"2.0","id":99,"method":"llada/getStatus","params":{}}'


@given(
    st.lists(st.binary(max_size=50), max_size=4),
    st.sampled_from(["", "Content-Type: x; charset=utf-8\r\n", "X-Y:\r\n"]),
)
def test_frames_come_out_as_they_went_in(bodies: list[bytes], more: str) -> None:
    data = b"".join(b"content-LENGTH:  %d \r\n%s\r\n%s" % (len(body), more.encode(), body) for body in bodies)
    stream = io.BytesIO(data)
    assert [read_frame(stream) for _ in bodies] == bodies and read_frame(stream) is None


BAD_HEADERS = [
    b"\r\n",
    b"Content-Type: a\r\n\r\n",
    b"Content-Length: 2\n\n{}",
    b"Content-Length: +2\r\n\r\n{}",
    b"Content-Length: -2\r\n\r\n{}",
    b"Content-Length: 0x2\r\n\r\n{}",
    b"Content-Length: 2 2\r\n\r\n{}",
    b"Content-Length: \xd9\xa2\r\n\r\n{}",
    b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    b"Content-Length : 2\r\n\r\n{}",
    b"Content-Length: %d\r\n\r\n" % (MOST_BODY + 1),
    b"Content-Length: 99999999999999999999\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"Content-Length: 20\r\n\r\n{}",
    b"Content-Length: 2\r\n",
    b"{}",
    b"x" * (MOST_HEADER + 2),
    b"X: y\r\n" * (MOST_HEADER // 6 + 1) + b"Content-Length: 2\r\n\r\n{}",
]


@pytest.mark.parametrize("data", BAD_HEADERS, ids=lambda data: repr(data[:24]))
def test_bad_frames(data: bytes) -> None:
    with pytest.raises(BadFrame):
        read_frame(io.BytesIO(data))


def test_a_body_that_is_too_long_is_never_read() -> None:
    class Stream(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError("the body is read")

    with pytest.raises(BadFrame):
        read_frame(Stream(b"Content-Length: %d\r\n\r\n" % (MOST_BODY + 1)))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_a_bad_one(data: bytes) -> None:
    stream = io.BytesIO(data)
    try:
        while read_frame(stream) is not None:
            pass
    except BadFrame:
        pass


BAD_BODIES: list[tuple[bytes, int | None, Any]] = [
    (b"", -32700, None),
    (b"{", -32700, None),
    (b"\xff\xfe", -32700, None),
    (b"NaN", -32700, None),
    (b'{"a":1e999}' * 2, -32700, None),
    (b"[" * 200_000, -32700, None),
    (b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b"}", -32700, None),
    (b"[]", -32600, None),
    (b'[{"jsonrpc":"2.0","id":5,"method":"shutdown"}]', -32600, None),
    (b'{"jsonrpc":"1.0","id":5,"method":"shutdown"}', -32600, 5),
    (b'{"id":"x","method":"shutdown"}', -32600, "x"),
    (b'{"jsonrpc":"2.0","id":null,"method":"shutdown"}', -32600, None),
    (b'{"jsonrpc":"2.0","id":[1],"method":"shutdown"}', -32600, None),
    (b'{"jsonrpc":"2.0","id":true,"method":"shutdown"}', -32600, None),
    (b'{"jsonrpc":"2.0","id":5,"method":5}', -32600, 5),
    (b'{"jsonrpc":"2.0","id":5,"method":"shutdown","params":5}', -32600, 5),
    (b'{"jsonrpc":"2.0","id":5}', -32600, 5),
    (b"{}", -32600, None),
]


@pytest.mark.parametrize(("body", "code", "id_"), BAD_BODIES, ids=lambda value: repr(value)[:30])
def test_bad_messages(body: bytes, code: int, id_: Any) -> None:
    with pytest.raises(BadMessage) as caught:
        parse(body)
    assert (caught.value.code, caught.value.id) == (code, id_)


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def test_a_server_refuses_what_is_wrong_and_lives(raw: Raw) -> None:
    client = raw()
    early = [
        (b'{"jsonrpc":"2.0","id":1001,"method":"textDocument/hover","params":{}}', -32002),
        (b'{"jsonrpc":"2.0","id":1002,"method":"shutdown"}', -32002),
    ]
    for body, code in early:
        client.write(framed(body))
        answer = client.until(lambda: client.stray and client.stray.pop())
        assert answer["error"]["code"] == code
    client.start({}, clientInfo={"name": "fuzz"})
    client.open("secretword [?]")
    client.ready()
    place = {"textDocument": client.document, "position": {"line": 0, "character": 0}}
    wrong: list[tuple[str, Any, int]] = [
        ("initialize", {"capabilities": {}}, -32600),
        ("no/such", {}, -32601),
        ("textDocument/hover", {}, -32602),
        ("textDocument/hover", [], -32602),
        ("textDocument/hover", {**place, "position": {"line": -1, "character": 0}}, -32602),
        ("textDocument/hover", {**place, "position": {"line": 1 << 40, "character": 0}}, -32602),
        ("textDocument/hover", {**place, "position": "secretword"}, -32602),
        ("workspace/executeCommand", {"command": "secretword"}, -32602),
        ("workspace/executeCommand", {"command": "lladaEdit.fill"}, -32602),
        ("workspace/executeCommand", {"command": "lladaEdit.fill", "arguments": [{}, {}]}, -32602),
        ("codeAction/resolve", {"title": "x", "data": {"order": "secretword"}}, -32602),
        ("llada/propose", {"ranges": []}, -32602),
        ("llada/propose", {"uri": "file:///secretword"}, -32803),
        ("llada/propose", {"uri": client.uri, "op": "secretword"}, -32803),
        ("llada/propose", {"uri": client.uri, "version": 77}, -32801),
        ("llada/propose", {"uri": client.uri, "n": 99}, -32803),
        ("llada/alternatives", {**place, "k": 99}, -32803),
    ]
    for method, params, code in wrong:
        with pytest.raises(Exception) as caught:
            client.request(method, params)
        assert getattr(caught.value, "code", None) == code, (method, params, caught.value)
    for body, expected, id_ in BAD_BODIES:
        client.write(framed(body))
        if expected == -32600 and id_ is None:
            continue  # nobody to tell
        answer = client.until(lambda: client.stray and client.stray.pop())
        assert (answer["error"]["code"], answer["id"]) == (expected, id_)
    for body in (
        b'{"jsonrpc":"2.0","method":"no/such","params":{}}',
        b'{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"a":1}}',
        b'{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///x","version":1},'
        b'"contentChanges":[{"text":""}]}}',
        b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":12345}}',
        b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{}}',
        b'{"jsonrpc":"2.0","id":12345,"result":null}',
        b'{"jsonrpc":"2.0","id":12345,"error":{"code":1,"message":"x"}}',
    ):
        client.write(framed(body))
    # A key "jsonrpc" inside is no message of its own.
    nested = {"title": "x", "data": {"jsonrpc": "2.0", "method": "shutdown", "id": 3}}
    assert client.request("codeAction/resolve", nested)["title"] == "x"
    assert client.request("textDocument/hover", place)["contents"]["value"]
    client.request("shutdown")
    with pytest.raises(Exception) as caught:
        client.request("textDocument/hover", place)
    assert getattr(caught.value, "code", None) == -32600
    client.notify("exit")
    assert client.process.wait(GUARD) == 0
    assert b"secretword" not in client.log.read_bytes() and b"Traceback" not in client.log.read_bytes()


@pytest.mark.parametrize("data", [BAD_HEADERS[0], BAD_HEADERS[10], BAD_HEADERS[-2]], ids=["empty", "long", "endless"])
def test_a_frame_that_cannot_be_read_ends_the_session(raw: Raw, data: bytes) -> None:
    client = raw()
    client.start({})
    client.write(data)
    assert client.process.wait(GUARD) == 1
    assert b"this session is over" in client.log.read_bytes()


def test_a_large_document(raw: Raw) -> None:
    client = raw()
    client.start({})
    text = "A line with 😀 and \\[?x] in it.\n" * 20_000 + "Here is [?]."
    client.open(text)
    client.ready()
    hole = text.rindex("[?]")
    items = client.request("textDocument/completion", client.at(hole))["items"]
    assert items[0]["textEdit"]["range"] == client.range(hole, hole + 3)


def test_every_way_to_be_slow_with_bytes(raw: Raw) -> None:
    client = raw()
    client.start({})
    for byte in framed(PING):
        client.write(bytes([byte]))
        time.sleep(0.0005)
    client.write(framed(PING.replace(b"99", b"98")) + framed(PING.replace(b"99", b"97")))
    client.until(lambda: len(client.stray) == 3)
    assert [answer["id"] for answer in client.stray] == [99, 98, 97]
    assert json.loads(json.dumps(client.stray[0]["result"]))["model"] == "bundled"
