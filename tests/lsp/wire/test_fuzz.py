"""A hypothesis machine against a real server: random edits, requests, cancels, wrong positions, nonsense.

The server never dies, every request gets exactly one answer, and its text is always that of a reference copy: the
scripted editor scores a text by giving its pieces back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

Raw = Callable[..., Any]
GUARD = 180.0
FINE = {-32800, -32801, -32802, -32803}
"""Cancelled, content modified, server cancelled, request failed: answers that say what they are."""
METHODS = (
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/inlineCompletion",
    "textDocument/codeAction",
    "textDocument/selectionRange",
    "textDocument/documentHighlight",
    "textDocument/codeLens",
    "textDocument/inlayHint",
    "textDocument/semanticTokens/full",
    "textDocument/semanticTokens/full/delta",
    "textDocument/semanticTokens/range",
    "textDocument/diagnostic",
    "llada/propose",
    "llada/alternatives",
    "llada/resample",
    "llada/operations",
)
TOLD = ("llada/didReject", "llada/didAccept")
COMMANDS = (
    "fill",
    "reword",
    "paraphrase",
    "shorten",
    "another",
    "stronger",
    "revert",
    "accept",
    "use",
    "score",
    "cancel",
    "pin",
    "unpin",
    "accepted",
    "keepTerms",
)
OTHERS = ("codeAction/resolve", "completionItem/resolve", "workspace/executeCommand", "no/such")
texts = st.text(st.sampled_from("ab [?]x: .\n\r\t😀é\u0301\u2028\x85\x0b\x0c漢\ud800"), max_size=12)
holes = st.sampled_from(["[?]", "[?a]", " [?: 2 words] ", "Some words here. And more!", "\r\n\r\n"])
numbers = st.integers(0, 12)
nonsense = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["uri", "line", "range", "x"]), inner),
)


class Machine(RuleBasedStateMachine):
    """One document of a session that goes on through all examples."""

    number = 0

    def __init__(self, client: Any) -> None:
        super().__init__()
        Machine.number += 1
        self.client = client
        client.uri, client.version = f"file:///tmp/{Machine.number}%20.md", 0
        client.answers["workspace/applyEdit"] = lambda params: {"applied": False}
        client.answers["window/showMessageRequest"] = lambda params: None
        client.open("")
        self.open: list[tuple[int, Future[Any]]] = []
        self.job = ""

    def teardown(self) -> None:
        for _, future in self.open:
            self.answered(future)
        self.client.notify("textDocument/didClose", {"textDocument": self.client.document})
        assert self.client.process.poll() is None and not self.client.broken

    def position(self, line: int, character: int) -> dict[str, int]:
        return {"line": line, "character": character}

    def offset(self, line: int, character: int) -> int:
        """What the protocol says of a position that need not exist; the client counts in UTF-16."""
        text = self.client.text
        starts = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", text))]
        if line >= len(starts):
            return len(text)
        bare = re.match(r"[^\r\n]*", text[starts[line] :])
        assert bare is not None
        count = 0
        for index, sign in enumerate(bare[0]):
            count += 2 if ord(sign) > 0xFFFF else 1
            if count > character:
                return starts[line] + index
        return starts[line] + len(bare[0])

    @rule(new=texts | holes, places=st.tuples(numbers, numbers, numbers, numbers))
    def change(self, new: str, places: tuple[int, int, int, int]) -> None:
        one, other = self.position(*places[:2]), self.position(*places[2:])
        start, end = sorted((self.offset(*places[:2]), self.offset(*places[2:])))
        client = self.client
        client.text, client.version = client.text[:start] + new + client.text[end:], client.version + 1
        changes = [{"range": {"start": one, "end": other}, "text": new}]
        client.notify("textDocument/didChange", {"textDocument": client.versioned, "contentChanges": changes})

    @rule(parts=st.lists(texts | holes, max_size=6))
    def replace_all(self, parts: list[str]) -> None:
        client = self.client
        client.text, client.version = "".join(parts), client.version + 1
        changes = [{"text": "in between"}, {"text": client.text}]
        client.notify("textDocument/didChange", {"textDocument": client.versioned, "contentChanges": changes})

    @rule(method=st.sampled_from(METHODS), places=st.tuples(numbers, numbers, numbers, numbers), n=st.integers(1, 3))
    def ask(self, method: str, places: tuple[int, int, int, int], n: int) -> None:
        range_ = {"start": self.position(*places[:2]), "end": self.position(*places[2:])}
        params = {
            "textDocument": self.client.document,
            "position": range_["start"],
            "positions": [range_["start"]],
            "range": range_,
            "context": {"diagnostics": [], "triggerKind": 1},
            "uri": self.client.uri,
            "version": self.client.version,
            "ranges": [range_],
            "op": ("fill", "reword", "paraphrase")[n - 1],
            "n": n,
            "k": n,
            "previousResultId": str(n),
            "deadlineMs": (None, 1, 1000)[n - 1],
            "must": ["filling"][: n % 2],
            "avoid": ["x"][: n % 2],
        }
        if method == "llada/resample":
            params = {"order": params, "edits": [{"range": range_, "newText": "new words"}], "pins": []}
        self.open.append(self.client.begin(method, params))

    @rule(command=st.sampled_from(COMMANDS), places=st.tuples(numbers, numbers))
    def command(self, command: str, places: tuple[int, int]) -> None:
        place = self.position(*places)
        argument = {"uri": self.client.uri, "ranges": [{"start": place, "end": place}], "mark": None, "chosen": 1}
        argument |= {"job": "none", "terms": ["here"]}
        params = {"command": f"lladaEdit.{command}", "arguments": [argument]}
        self.open.append(self.client.begin("workspace/executeCommand", params))

    @rule(method=st.sampled_from((*METHODS, *OTHERS)), what=nonsense)
    def nonsense(self, method: str, what: Any) -> None:
        _, future = self.client.begin(method, what if isinstance(what, dict | list) else {"textDocument": what})
        self.answered(future, FINE | {-32600, -32601, -32602})
        self.client.notify("textDocument/didChange", {"textDocument": what})
        self.client.notify("llada/didReject", {"job": what})
        self.client.notify("notebookDocument/didChange", {"notebookDocument": what, "change": {"cells": what}})

    @rule(method=st.sampled_from(TOLD), candidate=st.none() | st.integers(-1, 3), length=st.none() | numbers)
    def judge(self, method: str, candidate: int | None, length: int | None) -> None:
        """Refuse or accept what was proposed last."""
        if self.job:
            params = {"job": self.job, "candidate": candidate, "partialLength": length}
            self.client.notify(method, params)

    @rule(late=st.booleans())
    def cancel(self, late: bool) -> None:
        if self.open:
            id_, _ = self.open[0 if late else -1]
            self.client.notify("$/cancelRequest", {"id": id_})

    @rule()
    def wait(self) -> None:
        for _, future in self.open:
            self.answered(future)
        self.open.clear()

    def answered(self, future: Future[Any], fine: set[int] = FINE) -> None:
        try:
            result = future.result(GUARD)
        except Exception as error:
            assert getattr(error, "code", None) in fine, error
        else:
            if isinstance(result, dict) and "proposals" in result:
                assert result["uri"] == self.client.uri and result["version"] <= self.client.version
                self.job = result["job"]

    @rule()
    def compare(self) -> None:
        """The text of the server is the text of the client."""
        scored = self.client.request("llada/score", {"textDocument": self.client.versioned})
        assert "".join(token["text"] for token in scored["tokens"]) == self.client.text

    @invariant()
    def alive(self) -> None:
        assert self.client.process.poll() is None and not self.client.broken and not self.client.stray


def run(raw: Raw, examples: int, steps: int) -> None:
    client = raw(steps=1)
    able = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}
    client.start(able, {"inlineBudget": 50, "confidence": True, "diagnostics": True})
    client.open("")
    client.ready()
    run_state_machine_as_test(
        lambda: Machine(client),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
        ),
    )
    internal = [message for message in client.messages() if "internal error" in message]
    assert not internal and b"Traceback" not in client.log.read_bytes() and b"internal" not in client.log.read_bytes()


def test_some_steps(raw: Raw) -> None:
    run(raw, examples=12, steps=40)


@pytest.mark.slow
def test_thousands_of_steps(raw: Raw) -> None:
    run(raw, examples=200, steps=40)
