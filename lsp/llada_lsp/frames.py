"""Frames of the base protocol: a strict, bounded reader, and JSON that is checked before anybody believes it.

A header block has at most 64 KiB, exactly one ``Content-Length`` in plain decimal digits, and a body of at most 32 MiB;
all of it is checked before a body is read. Knows nothing of methods.
"""

from __future__ import annotations

import json
import re
from typing import Any, Protocol

MOST_HEADER = 64 << 10
"""Bytes of one header block."""
MOST_BODY = 32 << 20
"""Bytes of one body."""

_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\r\n")
_LENGTH = re.compile(rb"[0-9]{1,8}")


class Readable(Protocol):
    """A blocking stream."""

    def readline(self, size: int, /) -> bytes:
        """At most `size` bytes up to a newline; empty at the end."""
        ...

    def read(self, size: int, /) -> bytes:
        """`size` bytes; fewer at the end."""
        ...


class BadFrame(Exception):
    """The stream is not what it should be, and nobody knows where the next frame begins."""


class BadMessage(Exception):
    """A body that is no message.

    Args:
        code: of JSON-RPC.
        reason: what is wrong, without quoting it.
        id_: of the request, if it had one.
    """

    def __init__(self, code: int, reason: str, id_: int | str | None = None) -> None:
        super().__init__(reason)
        self.code, self.reason, self.id = code, reason, id_


def read_frame(stream: Readable) -> bytes | None:
    """The next body; None at a clean end of the stream.

    Raises:
        BadFrame: the header breaks a rule, or the stream ends inside a frame.
    """
    length: int | None = None
    room = MOST_HEADER
    while True:
        line = stream.readline(room + 1)
        if not line:
            if room == MOST_HEADER:
                return None
            raise BadFrame("the stream ends in a header")
        room -= len(line)
        if room < 0:
            raise BadFrame(f"a header of more than {MOST_HEADER} bytes")
        if line == b"\r\n":
            break
        length = _field(line, length)
    if length is None:
        raise BadFrame("a header without Content-Length")
    body = stream.read(length)
    if len(body) < length:
        raise BadFrame("the stream ends in a body")
    return body


def _field(line: bytes, length: int | None) -> int | None:
    """The length after one header line."""
    field = _FIELD.fullmatch(line)
    if field is None:
        raise BadFrame("a header line that is none")
    if field[1].lower() != b"content-length":
        return length
    if length is not None:
        raise BadFrame("more than one Content-Length")
    if not _LENGTH.fullmatch(field[2]) or int(field[2]) > MOST_BODY:
        raise BadFrame(f"a Content-Length that is not a decimal number up to {MOST_BODY}")
    return int(field[2])


def parse(body: bytes | str) -> dict[str, Any]:
    """The message in a body.

    Raises:
        BadMessage: it is no JSON, or no message of JSON-RPC 2.0.
    """
    try:
        message = json.loads(body if isinstance(body, str) else body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadMessage(-32700, "this is no JSON") from None
    if not isinstance(message, dict):
        raise BadMessage(-32600, "a message is an object; batches are not part of LSP")
    id_ = message.get("id")
    if isinstance(id_, bool) or not isinstance(id_, int | str | None):
        raise BadMessage(-32600, "an id is a whole number or a text")
    method = message.get("method")
    if message.get("jsonrpc") != "2.0" or not isinstance(method, str | None):
        raise BadMessage(-32600, "this is no message of JSON-RPC 2.0", id_)
    if method is None and ("id" not in message or ("result" not in message and "error" not in message)):
        raise BadMessage(-32600, "neither a request nor an answer", id_)
    if method is not None and "id" in message and id_ is None:
        raise BadMessage(-32600, "the id of a request is a whole number or a text")
    if method is not None and not isinstance(message.get("params"), dict | list | None):
        raise BadMessage(-32600, "params are an object or a list", id_)
    return message


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
