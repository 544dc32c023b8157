"""The Obsidian plug-in as it is built, in node, with a stand-in for Obsidian and a real server behind a socket."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
pytestmark = pytest.mark.editors


@pytest.fixture
def plugin(desk: Any, serving: Any) -> Any:
    """Runs a scenario of the driver against a server; what it saw."""
    node = desk.program("node", "web")
    if not (ROOT / "editors" / "obsidian" / "main.js").exists():
        pytest.skip("the plug-in is not built: .ci/editors/web builds it")

    def drive(scenario: str, *command: str, url: str = "", **more: str) -> dict[str, Any]:
        # Node before 22 has WebSocket behind this switch.
        script = [node, "--experimental-websocket", str(HERE / "obsidian_driver.cjs"), scenario]
        said = desk.run(script, LLADA_URL=url or serving(*command), LLADA_VAULT=str(desk.home), **more)
        lines = [line for line in said.splitlines() if line.startswith("{")]
        seen: dict[str, Any] = json.loads(lines[-1])
        return seen

    return drive


def test_commands_and_choices_with_the_real_server(desk: Any, plugin: Any) -> None:
    seen = plugin("write", "-m", "llada_edit", "lsp", "--ws", "0")
    left, right = seen["before"].split("[?]")
    assert seen["filled"].startswith(left) and seen["filled"].endswith(right) and seen["filled"] != seen["undone"]
    written = seen["filled"][len(left) : -len(right)]
    assert seen["undone"] == seen["before"] and f"+{written}+" in seen["offered"][1]
    assert seen["offered"][0].startswith("😀 Caf\u00e9, the committee +") and len(seen["offered"]) == 2
    assert 1 <= len(seen["words"]) <= 8 and all(word.endswith(" %") for word in seen["words"])
    assert seen["operations"][-1].startswith("In other words") and seen["rewordings"]
    assert all("-" in one and "+" in one for one in seen["rewordings"]), "differences are shown"
    assert "nothing was put in" in seen["late"]
    assert seen["saved"]["token"] == "secret" and seen["saved"]["n"] == 2
    desk.assert_filled()


def test_stopping_and_writing_on_while_it_works(scripted: Any, plugin: Any) -> None:
    seen = plugin("stop", *scripted.command(steps=100_000, pause=0.05))
    assert seen["live"]["text"].startswith("so far ") and seen["live"]["masked"]
    assert seen["place"] == "[?]", "behind an emoji, positions count in UTF-16"
    assert "as it was" in seen["said"][0] and "changed meanwhile" in seen["said"][1]
    assert seen["after"] == f"x{seen['before']}"
    assert len(scripted.lines(closed=2)) < 10_000, "both were stopped"


def test_a_server_that_comes_back(scripted: Any, plugin: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = scripted.command(serve={"ws": port, "token": "secret"}, steps=40, pause=0.05)
    seen = plugin("back", url=f"ws://127.0.0.1:{port}/secret", LLADA_COMMAND=json.dumps([sys.executable, *command]))
    assert "[?]" not in seen["filled"], "the plug-in has connected by itself"
    assert "no server" in seen["said"][0] and "connection to the server is gone" in seen["said"][1]
    assert seen["shown"] == [] and seen["after"] == seen["before"]


def test_a_wrong_token_is_said(scripted: Any, plugin: Any) -> None:
    assert "token" in plugin("stranger", *scripted.command())["said"][0]
