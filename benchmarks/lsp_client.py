"""A client of the language server that keeps the text, and when which answer came; for `lsp.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

URI = "file:///benchmark.md"
CLIENT = {"experimental": {"lladaEdit": {"denoise": True}}}


class Client:
    """A client that keeps the text and the time."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "llada_lsp"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.answers: dict[int, Any] = {}
        self.frames: dict[str, float] = {}
        self.number, self.text, self.version = 0, "", 1
        self.news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            while stream.readline() != b"\r\n":
                pass
            message = json.loads(stream.read(int(header.split(b":")[1])))
            with self.news:
                if "method" not in message:
                    self.answers[message["id"]] = message
                elif message["method"] == "llada/denoise":
                    self.frames.setdefault(message["params"]["job"], time.perf_counter())
                self.news.notify_all()

    def send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def begin(self, method: str, params: Any) -> int:
        self.number += 1
        self.send(id=self.number, method=method, params=params)
        return self.number

    def answer(self, number: int) -> Any:
        with self.news:
            self.news.wait_for(lambda: number in self.answers, timeout=300)
            return self.answers.pop(number)

    def ask(self, method: str, params: Any) -> Any:
        return self.answer(self.begin(method, params))

    def idle(self) -> None:
        while self.ask("llada/getStatus", {})["result"]["kind"] != "ready":
            time.sleep(0.002)

    def introduce(self, threads: int) -> None:
        options = {"threads": threads}
        params = {"processId": os.getpid(), "capabilities": CLIENT, "rootUri": None, "initializationOptions": options}
        self.ask("initialize", params)

    def leave(self) -> None:
        self.ask("shutdown", None)
        self.send(method="exit")
        self.process.wait()

    def range(self, start: int, end: int) -> Any:
        places = (self.text[:at].split("\n") for at in (start, end))
        names = ("start", "end")
        return {
            name: {"line": len(before) - 1, "character": len(before[-1])}
            for name, before in zip(names, places, strict=True)
        }

    def change(self, start: int, end: int, new: str) -> None:
        range_ = self.range(start, end)
        self.text, self.version = self.text[:start] + new + self.text[end:], self.version + 1
        document = {"uri": URI, "version": self.version}
        changes = [{"range": range_, "text": new}]
        self.send(method="textDocument/didChange", params={"textDocument": document, "contentChanges": changes})

    def memory(self) -> float:
        """Resident memory of the server in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024
