"""A client that speaks plain JSON over pipes, checks every byte, and keeps its own copy of the text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

GUARD = 180.0
"""Seconds after which a test is taken to hang; nothing is expected to take anything like it."""
SCRIPTED = str(Path(__file__).parents[1] / "scripted_server.py")
UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
Json = dict[str, Any]


class RpcError(Exception):
    """An answer that is an error."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["message"])
        self.code = error["code"]


class RawClient:
    """One server process; answers what the server asks as `answers` say, and applies its edits."""

    uri = "file:///tmp/%C3%BC%20letter.md"

    def __init__(self, *command: str, stderr: Path, environment: Json | None = None) -> None:
        self.log = stderr
        with stderr.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default", **(environment or {})},
            )
        self.waiting: dict[int | str, Future[Any]] = {}
        self.heard: list[Json] = []
        self.asked: list[Json] = []
        self.stray: list[Json] = []
        self.answers: dict[str, Callable[[Json], Any]] = {"workspace/applyEdit": self._apply}
        self.encoding, self.text, self.version, self.next_id = "utf-16", "", 0, 0
        self.broken = ""
        self._lock = threading.RLock()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        try:
            while header := stream.readline():
                assert header.startswith(b"Content-Length: "), header
                while (line := stream.readline()) != b"\r\n":
                    assert line.startswith(b"Content-Type: "), line
                self._handle(json.loads(stream.read(int(header.split(b": ")[1]))))
        except Exception as error:
            self.broken = repr(error)
        with self._lock:
            for future in self.waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the server is gone"))

    def _handle(self, message: Json) -> None:
        assert message["jsonrpc"] == "2.0", message
        if "method" not in message:
            future = self.waiting.pop(message["id"], None) if message["id"] is not None else None
            if future is None:
                self.stray.append(message)
            elif "error" in message:
                future.set_exception(RpcError(message["error"]))
            else:
                future.set_result(message.get("result"))
        elif "id" in message:
            # One step, so that who sees what it has changed speaks to the server after it, and after its answer.
            with self._lock:
                self.asked.append(message)
                answer = self.answers.get(message["method"], lambda params: None)(message.get("params") or {})
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": answer})
        else:
            self.heard.append(message)

    def send(self, message: Json) -> None:
        self.write(frame(json.dumps(message).encode()))

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        with self._lock:
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def begin(self, method: str, params: Any = None) -> tuple[int, Future[Any]]:
        with self._lock:
            self.next_id += 1
            id_ = self.next_id
            future = self.waiting[id_] = Future[Any]()
        self.send({"jsonrpc": "2.0", "id": id_, "method": method, **({} if params is None else {"params": params})})
        return id_, future

    def request(self, method: str, params: Any = None) -> Any:
        return self.begin(method, params)[1].result(GUARD)

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, **({} if params is None else {"params": params})})

    def start(self, capabilities: Json, options: Any = None, **more: Any) -> Json:
        params = {"processId": os.getpid(), "capabilities": capabilities, "rootUri": None, **more}
        if options is not None:
            params["initializationOptions"] = options
        result: Json = self.request("initialize", params)
        self.encoding = result["capabilities"]["positionEncoding"]
        self.notify("initialized", {})
        return result

    def open(self, text: str, language: str = "plaintext") -> None:
        self.text, self.version = text, self.version + 1
        item = {"uri": self.uri, "languageId": language, "version": self.version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, start: int, end: int, new: str) -> None:
        """Replace a part of the text, in the server and in the copy."""
        with self._lock:
            changes = [{"range": self.range(start, end), "text": new}]
            self.text, self.version = self.text[:start] + new + self.text[end:], self.version + 1
            self.notify("textDocument/didChange", {"textDocument": self.versioned, "contentChanges": changes})

    @property
    def document(self) -> Json:
        return {"uri": self.uri}

    @property
    def versioned(self) -> Json:
        return {"uri": self.uri, "version": self.version}

    def units(self, text: str) -> int:
        codec, size = UNITS[self.encoding]
        return len(text.encode(codec, "surrogatepass")) // size

    def place(self, offset: int) -> Json:
        *before, last = re.split(r"\r\n|\n|\r", self.text[:offset])
        return {"line": len(before), "character": self.units(last)}

    def range(self, start: int, end: int) -> Json:
        return {"start": self.place(start), "end": self.place(end)}

    def at(self, offset: int) -> Json:
        return {"textDocument": self.document, "position": self.place(offset)}

    def offset(self, place: Json) -> int:
        starts = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", self.text)), len(self.text) + 1]
        codec, size = UNITS[self.encoding]
        line = self.text[starts[place["line"]] : starts[place["line"] + 1]]
        cut = line.encode(codec, "surrogatepass")[: place["character"] * size].decode(codec, "surrogatepass")
        return starts[place["line"]] + len(cut)

    def apply(self, edits: list[Json]) -> None:
        """Apply edits as an editor does, and tell the server."""
        changes = []
        for edit in sorted(edits, key=lambda edit: self.offset(edit["range"]["start"]), reverse=True):
            new = (
                edit["newText"] if "newText" in edit else re.sub(r"\$\{1\|([^,|]*).*", r"\1", edit["snippet"]["value"])
            )
            start, end = (self.offset(edit["range"][side]) for side in ("start", "end"))
            self.text = self.text[:start] + new + self.text[end:]
            changes.append({"range": edit["range"], "text": new})
        self.version += 1
        self.notify("textDocument/didChange", {"textDocument": self.versioned, "contentChanges": changes})

    def _apply(self, params: Json) -> Json:
        with self._lock:
            edits = list(params["edit"].get("changes", {}).get(self.uri, []))
            for change in params["edit"].get("documentChanges", []):
                if change["textDocument"]["version"] != self.version:
                    return {"applied": False, "failureReason": "another version"}
                edits += change["edits"]
            self.apply(edits)
            return {"applied": True}

    def until(self, condition: Callable[[], Any]) -> Any:
        end = time.monotonic() + GUARD
        while not (found := condition()):
            assert not self.broken and self.process.poll() is None, (self.broken, self.log.read_text())
            assert time.monotonic() < end, "this has not happened"
            time.sleep(0.005)
        return found

    def said(self, method: str) -> list[Json]:
        return [message["params"] for message in self.heard if message["method"] == method]

    def messages(self) -> list[str]:
        return [params["message"] for params in self.said("window/showMessage")]

    def run(self, command: str, **argument: Any) -> Any:
        """Execute a command on the document."""
        arguments = [{"uri": self.uri, **argument}]
        return self.request("workspace/executeCommand", {"command": f"lladaEdit.{command}", "arguments": arguments})

    def titles(self, start: int, end: int | None = None, diagnostics: Any = ()) -> dict[str, Any]:
        """Code actions by title."""
        context = {"diagnostics": list(diagnostics)}
        range_ = self.range(start, start if end is None else end)
        params = {"textDocument": self.document, "range": range_, "context": context}
        return {action["title"]: action for action in self.request("textDocument/codeAction", params)}

    def changed(self, version: int) -> str:
        self.until(lambda: self.version > version)
        return self.text

    def ready(self) -> None:
        """Until the model is there."""
        self.until(lambda: self.request("llada/getStatus", {})["kind"] in ("ready", "error"))

    def quit(self) -> int:
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(GUARD)


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[Callable[..., RawClient]]:
    """Starts a server: by default the scripted one with the keywords of its script."""
    clients: list[RawClient] = []

    def begin(*command: str, environment: Json | None = None, **script: Any) -> RawClient:
        script = {"trace": str(tmp_path / "trace.txt"), "patience": GUARD, **script}
        arguments = command or (SCRIPTED, json.dumps(script))
        clients.append(RawClient(*arguments, stderr=tmp_path / f"stderr{len(clients)}", environment=environment))
        return clients[-1]

    yield begin
    for client in clients:
        if client.process.poll() is None:
            client.quit()
        assert not client.broken, client.broken
        for stream in (client.process.stdin, client.process.stdout):
            assert stream is not None
            stream.close()
