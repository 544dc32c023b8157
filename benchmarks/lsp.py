"""Write benchmarks/lsp.json and the section of docs/benchmarks.md on the language server: latencies over stdio.

    python benchmarks/lsp.py [--runs 30] [--requests 1000] [--threads 0]

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
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsp_client import URI, Client

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
TITLE = "## The language server"
AIMS = {
    "code actions, list": "p95 ≤ 20",
    "first frame of a rewriting": "p50 ≤ 300",
    "one word filled, warm": "p50 ≤ 150",
    "cancelled until idle": "p95 ≤ 100",
    "code actions, list, while the model works": "p95 ≤ 20",
    "ghost text (asked for, 3 texts)": "≤ 500 and what it takes to say so",
    "keystroke (didChange)": "p95 ≤ 5",
}
STARTS = 5
"""Processes that are started to see how long `initialize` takes."""


def timed(runs: int, once: Callable[[], float | None]) -> list[float]:
    """Milliseconds of each run; what `once` returns counts, or how long it took."""
    taken: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        own = once()
        taken.append(1000 * (time.perf_counter() - began if own is None else own))
    return taken


def sides(client: Client, runs: int) -> tuple[dict[str, list[float]], float]:
    """All latencies in milliseconds, and the share of requests for ghost text that were answered with one."""
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
        params = {"textDocument": document, "range": client.range(start, end), "context": {"diagnostics": []}}
        client.ask("textDocument/codeAction", params)

    def hover(word: tuple[int, int]) -> None:
        client.ask("textDocument/hover", at(word[0] + 1))

    def busy() -> float:
        order = {"uri": URI, "ranges": [client.range(*draw.choice(sentences[:-3]))], "op": "reword", "n": 8}
        number = client.begin("llada/propose", order)
        start, end = draw.choice(sentences)
        began = time.perf_counter()
        params = {"textDocument": document, "range": client.range(start, end), "context": {"diagnostics": []}}
        client.ask("textDocument/codeAction", params)
        taken = time.perf_counter() - began
        client.send(method="$/cancelRequest", params={"id": number})
        client.answer(number)
        client.idle()
        return taken

    def ghost() -> None:
        offset = draw.choice(words)[0]
        found = client.ask("textDocument/inlineCompletion", {**at(offset), "context": {"triggerKind": 1}})["result"]
        ghosts.append(len(found["items"]) if found else 0)

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

    ghosts = list[int]()
    # Far from the end, where text is added.
    seen, near = (draw.choice(words[: len(words) // 2]) for _ in range(2))
    hover(seen)
    word(near)
    cases: dict[str, Callable[[], float | None]] = {
        "ping": ping,
        "keystroke (didChange)": keystroke,
        "code actions, list": actions,
        "code actions, list, while the model works": busy,
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
    return found, statistics.mean(map(bool, ghosts))


def growth(client: Client, requests: int) -> dict[str, float]:
    """Memory before and after many requests of all kinds."""
    words = [found.start() for found in re.finditer(r"\w{3,}", client.text)]
    document, found = {"uri": URI}, {}
    for number in range(requests + 1):
        if number in (0, requests // 10, requests // 4, requests // 2, requests * 3 // 4, requests):
            found[str(number)] = client.memory()
        at = words[number * 7 % len(words)]
        place = client.range(at, at)
        kind = number % 5
        if kind == 0:
            client.change(at, at + 1, "x" if client.text[at] != "x" else "y")  # as long as before
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
        "Made by `python benchmarks/lsp.py`: a server over stdio with the bundled model, a document of "
        f"{results['words']} words, {results['runs']} runs a row, {results['machine']}, "
        f"threads: {results['threads'] or 'as by default'}, "
        f"load {results['load']:.1f} at the start (above the number of processors, other work slows every row). "
        "Milliseconds from request to answer.",
        "",
        "| what | p50 | p95 | aim |",
        "|---|---:|---:|---|",
    ]
    for name, (middle, high) in results["latency"].items():
        lines.append(f"| {name} | {middle:.1f} | {high:.1f} | {AIMS.get(name, '')} |")
    memory_ = ", ".join(f"{count}: {size:.0f} MiB" for count, size in results["memory"].items())
    lines += [
        "",
        f"`initialize` is answered {results['initialize']:.2f} s after the process is started (median of {STARTS}), "
        f"and the model is ready after {results['ready']:.2f} s. {100 * results['ghosts']:.0f} % of the requests for "
        f"ghost text had one in time. Memory after so many requests: {memory_}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=0)
    chosen = parser.parse_args()
    text = (HERE / "sea-wolf.md").read_text("utf-8")
    load = os.getloadavg()[0]
    starts = list[float]()
    for number in range(STARTS):
        began = time.perf_counter()
        client = Client()
        client.introduce(chosen.threads)
        starts.append(time.perf_counter() - began)
        if number + 1 < STARTS:
            client.leave()
    client.send(method="initialized", params={})
    client.text = text
    item = {"uri": URI, "languageId": "markdown", "version": 1, "text": text}
    client.send(method="textDocument/didOpen", params={"textDocument": item})
    client.idle()
    ready = time.perf_counter() - began
    found, ghosts = sides(client, chosen.runs)
    latency = {
        name: (statistics.median(taken), statistics.quantiles(taken, n=20, method="inclusive")[-1])
        for name, taken in found.items()
    }
    results = {
        "words": len(text.split()),
        "runs": chosen.runs,
        "machine": f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processors",
        "threads": chosen.threads,
        "load": load,
        "initialize": statistics.median(starts),
        "ready": ready,
        "latency": latency,
        "ghosts": ghosts,
        "memory": growth(client, chosen.requests),
    }
    client.leave()
    (HERE / "lsp.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    before, _, rest = PAGE.read_text("utf-8").partition(TITLE)
    # What other scripts made stands behind a mark of theirs.
    _, mark, others = rest.partition("\n<!-- ")
    PAGE.write_text(f"{before.rstrip()}\n\n{section(results)}{mark}{others}", "utf-8")


if __name__ == "__main__":
    main()
