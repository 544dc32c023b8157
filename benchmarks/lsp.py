"""Write benchmarks/lsp.json and the section of docs/benchmarks.md on the language server: latencies over stdio.

    python benchmarks/lsp.py [--runs 30] [--requests 1000]

A real server process with the bundled model, a document of about 2,000 words, and a client that waits for each answer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
TITLE = "## The language server"
URI = "file:///benchmark.md"
CLIENT = {"experimental": {"lladaEdit": {"denoise": True}}}
AIMS = {
    "code actions, list": "p95 ≤ 20",
    "first frame of a rewriting": "p50 ≤ 300",
    "one word filled, warm": "p50 ≤ 150",
    "cancelled until idle": "p95 ≤ 100",
    "keystroke (didChange)": "p95 ≤ 5",
}


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


def timed(runs: int, once: Callable[[], float | None]) -> list[float]:
    """Milliseconds of each run; what `once` returns counts, or how long it took."""
    taken: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        own = once()
        taken.append(1000 * (time.perf_counter() - began if own is None else own))
    return taken


def sides(client: Client, runs: int) -> dict[str, list[float]]:
    """All latencies in milliseconds."""
    draw = random.Random(0)
    words = [found.span() for found in re.finditer(r"\w{3,}", client.text)]
    sentences = [found.span() for found in re.finditer(r"[A-Z][^.!?\n]{40,160}[.!?]", client.text)]
    document = {"uri": URI}

    def at(offset: int) -> Any:
        return {"textDocument": document, "position": client.range(offset, offset)["start"]}

    def ping() -> None:
        client.ask("llada/getStatus", {})

    def keystroke() -> None:
        client.change(len(client.text), len(client.text), "x")
        ping()

    def actions() -> None:
        start, end = draw.choice(sentences)
        client.change(len(client.text), len(client.text), "x")  # so that nothing is remembered of the text
        context = {"diagnostics": []}
        params = {"textDocument": document, "range": client.range(start, end), "context": context}
        client.ask("textDocument/codeAction", params)

    def hover(word: tuple[int, int]) -> None:
        client.ask("textDocument/hover", at(word[0] + 1))

    def ghost() -> None:
        offset = draw.choice(words)[0]
        client.ask("textDocument/inlineCompletion", {**at(offset), "context": {"triggerKind": 1}})

    def word(span: tuple[int, int]) -> None:
        order = {"uri": URI, "ranges": [client.range(*span)], "n": 1, "length": "1 words", "seed": draw.randrange(999)}
        client.ask("llada/propose", order)

    def rewriting(first: bool) -> float:
        job, began = str(draw.random()), time.perf_counter()
        ranges = [client.range(*draw.choice(sentences))]
        client.ask("llada/propose", {"uri": URI, "ranges": ranges, "op": "plain", "n": 3, "job": job})
        return (client.frames.get(job, time.perf_counter()) if first else time.perf_counter()) - began

    def cancelled() -> float:
        job = str(draw.random())
        start, _ = draw.choice(sentences[:-3])
        order = {"uri": URI, "ranges": [client.range(start, start + 300)], "op": "reword", "n": 8, "job": job}
        number = client.begin("llada/propose", order)
        with client.news:
            client.news.wait_for(lambda: job in client.frames or number in client.answers, timeout=300)
        began = time.perf_counter()
        client.send(method="$/cancelRequest", params={"id": number})
        client.answer(number)
        client.idle()
        return time.perf_counter() - began

    seen, near = draw.choice(words), draw.choice(words)
    hover(seen)
    word(near)
    cases: dict[str, Callable[[], float | None]] = {
        "ping": ping,
        "keystroke (didChange)": keystroke,
        "code actions, list": actions,
        "hover, first": lambda: hover(draw.choice(words)),
        "hover, again": lambda: hover(seen),
        "ghost text (asked for, 3 texts)": ghost,
        "one word filled, cold": lambda: word(draw.choice(words)),
        "one word filled, warm": lambda: word(near),
        "first frame of a rewriting": lambda: rewriting(True),
        "sentence rewritten (plain, 3 texts)": lambda: rewriting(False),
        "cancelled until idle": cancelled,
    }
    found = {}
    for name, once in cases.items():
        found[name] = timed(runs, once)
        print(f"{name}: {statistics.median(found[name]):.1f} ms", file=sys.stderr)
    return found


def memory(client: Client) -> float:
    """Resident memory of the server in MiB."""
    status = Path(f"/proc/{client.process.pid}/status").read_text("utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def growth(client: Client, requests: int) -> dict[str, float]:
    """Memory before and after many requests of all kinds."""
    words = [found.start() for found in re.finditer(r"\w{3,}", client.text)]
    document, found = {"uri": URI}, {}
    for number in range(requests + 1):
        if number in (0, requests // 10, requests // 2, requests):
            found[str(number)] = memory(client)
        place = client.range(words[number % len(words)], words[number % len(words)])
        kind = number % 5
        if kind == 0:
            client.change(len(client.text), len(client.text), "x")
            client.ask("textDocument/hover", {"textDocument": document, "position": place["start"]})
        elif kind == 1:
            params = {"textDocument": document, "range": place, "context": {"diagnostics": []}}
            client.ask("textDocument/codeAction", params)
        elif kind == 2:
            client.ask("llada/propose", {"uri": URI, "ranges": [place], "n": 1, "length": "1 words"})
        else:
            params = {"textDocument": document, "position": place["start"], "context": {"triggerKind": 1}}
            client.ask("textDocument/inlineCompletion", params)
    return found


def section(results: dict[str, Any]) -> str:
    """The section of the page."""
    lines = [
        TITLE,
        "",
        f"Made by `python benchmarks/lsp.py`: a server over stdio with the bundled model, a document of "
        f"{results['words']} words, {results['runs']} runs a row, {results['machine']}, load {results['load']:.1f} at "
        "the start (above the number of processors, other work slows every row). Milliseconds from request to answer.",
        "",
        "| what | p50 | p95 | aim |",
        "|---|---:|---:|---|",
    ]
    for name, (middle, high) in results["latency"].items():
        lines.append(f"| {name} | {middle:.1f} | {high:.1f} | {AIMS.get(name, '')} |")
    memory_ = ", ".join(f"{count}: {size:.0f} MiB" for count, size in results["memory"].items())
    lines += [
        "",
        f"`initialize` is answered {results['initialize']:.2f} s after the process is started, and the model is ready "
        f"after {results['ready']:.2f} s. Memory after so many requests: {memory_}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--requests", type=int, default=1000)
    chosen = parser.parse_args()
    text = (HERE / "sea-wolf.md").read_text("utf-8")
    load = os.getloadavg()[0]
    began = time.perf_counter()
    client = Client()
    client.ask("initialize", {"processId": os.getpid(), "capabilities": CLIENT, "rootUri": None})
    initialized = time.perf_counter() - began
    client.send(method="initialized", params={})
    client.text = text
    item = {"uri": URI, "languageId": "markdown", "version": 1, "text": text}
    client.send(method="textDocument/didOpen", params={"textDocument": item})
    client.idle()
    ready = time.perf_counter() - began
    latency = {
        name: (statistics.median(taken), statistics.quantiles(taken, n=20)[-1])
        for name, taken in sides(client, chosen.runs).items()
    }
    results = {
        "words": len(text.split()),
        "runs": chosen.runs,
        "machine": f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processors",
        "load": load,
        "initialize": initialized,
        "ready": ready,
        "latency": latency,
        "memory": growth(client, chosen.requests),
    }
    client.ask("shutdown", None)
    client.send(method="exit")
    client.process.wait()
    (HERE / "lsp.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    before, _, rest = PAGE.read_text("utf-8").partition(TITLE)
    # What other scripts made stands behind a mark of theirs.
    _, mark, others = rest.partition("\n<!-- ")
    PAGE.write_text(f"{before.rstrip()}\n\n{section(results)}{mark}{others}", "utf-8")


if __name__ == "__main__":
    main()
