"""What goes wrong in a server on pygls 2.1 that leaves it to pygls, and what no other test of this folder is about.

Tested elsewhere: cancelled requests and commands whose work goes on, a shutdown in every state (test_server.py,
test_live.py); bytes on standard output (every byte is checked by `RawClient`; the scripted server makes noise); a
second client over TCP and WebSocket (test_transports.py); lines, positions and their encodings (test_positions.py,
test_profiles.py); parameters of methods of our own, which pygls makes named tuples of (test_live.py).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from llada_lsp.progress import Bar
from llada_lsp.rewriting import Engine
from llada_lsp.surface import create_server
from llada_lsp.worker import Worker
from lsprotocol import types
from pygls.constants import ATTR_EXECUTE_IN_THREAD

Raw = Callable[..., Any]
GUARD = 180.0
SCRIPTED = str(Path(__file__).parents[1] / "scripted_server.py")


def test_what_pygls_does_not_tell_unless_it_is_made_to(raw: Raw) -> None:
    told = raw().start({"workspace": {"textDocumentContent": {}}, "notebookDocument": {"synchronization": {}}})
    provided = told["capabilities"]
    assert "inlineCompletionProvider" in provided and provided["codeActionProvider"]["resolveProvider"] is True
    assert provided["workspace"]["textDocumentContent"] == {"schemes": ["llada-edit"]}
    assert provided["semanticTokensProvider"]["full"] == {"delta": True} and provided["notebookDocumentSync"]
    assert provided["textDocumentSync"]["change"] == types.TextDocumentSyncKind.Incremental


def test_everything_that_needs_no_model_is_answered_while_it_computes(raw: Raw, tmp_path: Path) -> None:
    client = raw(gate=str(tmp_path / "gate"))
    client.start({})
    client.open("One [?] two.")
    client.ready()
    _, waiting = client.begin("llada/propose", {"uri": client.uri})
    client.until(lambda: "step 0" in (tmp_path / "trace.txt").read_text())
    here = {"textDocument": client.document}
    for method, more in (
        ("textDocument/codeAction", {"range": client.range(5, 5), "context": {"diagnostics": []}}),
        ("textDocument/hover", {"position": client.place(5)}),
        ("textDocument/codeLens", {}),
        ("textDocument/selectionRange", {"positions": [client.place(1)]}),
        ("textDocument/documentHighlight", {"position": client.place(5)}),
    ):
        assert client.request(method, {**here, **more})
    assert not waiting.done()
    (tmp_path / "gate").touch()
    assert waiting.result(GUARD)["proposals"]


async def test_nothing_runs_in_the_threads_of_pygls() -> None:
    """They cannot be cancelled, and share a pool with the reader."""
    worker: Any = Worker(lambda engine, check: cast(Any, None))
    manager = create_server(worker, Engine()).protocol.fm
    handlers = [*manager.features.values(), *manager.commands.values()]
    assert len(handlers) > 40 and not any(getattr(one, ATTR_EXECUTE_IN_THREAD, False) for one in handlers)


async def test_tokens_of_progress_are_forgotten() -> None:
    """Pygls keeps every token for ever, and refuses one that it knows."""
    tokens: dict[str, asyncio.Future[None]] = {}
    said: list[Any] = []

    async def create(token: str) -> None:
        tokens[token] = asyncio.get_running_loop().create_future()

    progress = SimpleNamespace(
        tokens=tokens, create_async=create, begin=lambda *a: said.append(a), end=lambda *a: said.append(a)
    )
    tasks: list[asyncio.Task[Any]] = []
    server: Any = SimpleNamespace(
        work_done_progress=progress,
        client=SimpleNamespace(progress=True),
        spawn=lambda work: tasks.append(asyncio.ensure_future(work)),
    )
    bars = [Bar(server, "one", cancel=lambda: None), Bar(server, "two"), Bar(server, "over before it is shown")]
    bars[2].end("done")
    await asyncio.gather(*tasks)
    assert len(tokens) == 2
    for bar in bars:
        bar.end("done")
        bar.end("done")
    assert tokens == {} and len(said) == 4


@pytest.mark.parametrize("state", ["loading", "computing"])
def test_an_end_of_input_is_the_end(tmp_path: Path, state: str) -> None:
    """Pygls waits for its threads, and reports what goes wrong to a client that is gone, again and again."""
    trace = tmp_path / "trace.txt"
    script = {"trace": str(trace), "load_pause" if state == "loading" else "pause": 3600, "gate": ""}
    server = subprocess.Popen(
        [sys.executable, SCRIPTED, json.dumps(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert server.stdin is not None and server.stdout is not None and server.stderr is not None
    item = {"uri": "file:///a.md", "languageId": "markdown", "version": 1, "text": "a [?] b"}
    for id_, method, params in (
        (1, "initialize", {"capabilities": {}, "processId": os.getpid()}),
        (None, "initialized", {}),
        (None, "textDocument/didOpen", {"textDocument": item}),
        (2, "llada/propose", {"uri": "file:///a.md"}),
    ):
        message = {"jsonrpc": "2.0", "method": method, "params": params, **({} if id_ is None else {"id": id_})}
        body = json.dumps(message).encode()
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    server.stdin.flush()
    wanted = "load" if state == "loading" else "step 0"
    while not (trace.exists() and wanted in trace.read_text()):
        assert server.poll() is None
        time.sleep(0.01)
    server.stdin.close()
    assert server.wait(GUARD) == 1
    assert len(server.stderr.read()) < 2000
    server.stdout.close()
    server.stderr.close()
