"""The page of `llada-edit lsp --web` in a real Chromium."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from llada_lsp.web import BUILT

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = str(BUILT)
pytestmark = pytest.mark.editors


@pytest.fixture
def page(desk: Any, serving: Any) -> Any:
    """Runs a scenario of the driver against a server; what it saw."""
    chromium, node = desk.program("chromium", "web"), desk.program("node", "web")
    if not (BUILT / "page.js").exists():
        pytest.skip("the page is not built: .ci/editors/web builds it")

    def drive(scenario: str, *command: str, url: str = "", **more: str) -> dict[str, Any]:
        script = [node, str(HERE / "web_driver.mjs"), scenario]
        said = desk.run(script, timeout=600, LLADA_URL=url or serving(*command), LLADA_CHROMIUM=chromium, **more)
        seen: dict[str, Any] = json.loads(said.splitlines()[-1])
        return seen

    return drive


def test_the_second_filling_is_taken_undone_and_another_one_saved(desk: Any, page: Any) -> None:
    seen = page("write", "-m", "llada_edit", "lsp", "--web")
    left, right = seen["before"].split("[?]")
    assert seen["offered"] >= 2 and "😀" in left
    assert seen["after"] == left + seen["second"] + right and seen["looked"] == seen["second"]
    assert seen["undone"] == seen["before"]
    desk.assert_filled()
    assert seen["complaints"] == []
    assert len(set(seen["hosts"])) == 1 and seen["hosts"][0].startswith("127.0.0.1:"), "nothing comes from elsewhere"


def test_words_rewritings_and_joint_fillings(scripted: Any, page: Any) -> None:
    seen = page("features", *scripted.command(page=PAGE))
    assert seen["words"][1] == "adopted16 %" and len(seen["words"]) == 8
    assert seen["worded"].startswith("😀 adopted, the committee [?]")
    assert seen["operations"][0] == "Paraphrase" and seen["operations"][-1] == "In other words"
    assert all("paraphrase 0.7 0" in one for one in seen["rewordings"]) and len(seen["rewordings"]) == 2
    assert len(seen["different"]) == 1 and seen["different"][0].strip() == "paraphrase 0.7 0.0", (
        "only what changes is shown"
    )
    assert len(seen["notRefused"]) == 2 and all(
        "paraphrase 0.7 0.2" in one or "paraphrase 0.7 0.3" in one for one in seen["notRefused"]
    )
    assert seen["pinned"] == "Pinned: “漢字.”." and seen["around"].split("\n")[1].endswith("漢字.")
    assert seen["wide"] == 390, "nothing is cut off on a small screen"
    assert seen["kept"] and seen["complaints"] == []
    assert seen["joint"].count("filling 1 of") == 2 and "[?]" not in seen["joint"], "one undo took both back"
    assert seen["barriers"] == []


def test_stopping_and_writing_on_while_it_works(scripted: Any, page: Any) -> None:
    seen = page("stop", *scripted.command(page=PAGE, steps=100_000, pause=0.05))
    assert seen["live"].startswith("so far ") and "\u2591" in seen["live"]
    assert seen["typed"] and seen["complaints"] == []
    assert len(scripted.lines(closed=2)) < 10_000, "both were stopped"


def test_files_are_saved_as_they_were(desk: Any, scripted: Any, page: Any) -> None:
    texts = [
        ("\n", "one\n😀 two\n"),
        ("\r\n", "\ufeffone\r\n\r\n😀 two\u2028 still\r\n"),
        ("\n", "mixed\r\none\ntwo\rthree\r"),
        ("\n", ""),
    ]
    files = [desk.home / f"{number}.md" for number in range(len(texts))]
    for file, (_, text) in zip(files, texts, strict=True):
        file.write_bytes(text.encode())
    binary = desk.home / "picture.txt"
    binary.write_bytes(b"\x89PNG\xff")
    more = {"LLADA_FILES": json.dumps(list(map(str, files))), "LLADA_BINARY": str(binary)}
    seen = page("files", *scripted.command(page=PAGE), **more)
    for (same, longer), (end, text) in zip(seen["files"], texts, strict=True):
        assert bytes.fromhex(same) == text.encode() and bytes.fromhex(longer) == f"{text}{end}x".encode()
    assert seen["kept"] and seen["own"] == "😀first\r\n" and seen["complaints"] == []


def test_the_server_always_has_the_text(desk: Any, serving: Any, scripted: Any) -> None:
    """Emoji, \\r\\n cut in two, line separators: what plug-ins send are changes, and all of them count alike."""
    node = desk.program("node", "web")
    if not (ROOT / "editors" / "web" / "node_modules").exists():
        pytest.skip("the page's packages are not here: .ci/editors/web brings them")
    url = serving(*scripted.command())
    said = desk.run([node, "--experimental-websocket", str(HERE / "client_driver.mjs")], LLADA_URL=url)
    assert "same 400" in said and "differences 2000" in said


def test_a_server_that_comes_back(page: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llada_edit", "lsp", "--web", str(port), "--token", "secret"]
    seen = page("back", url=f"http://127.0.0.1:{port}/secret/", LLADA_COMMAND=json.dumps(command))
    assert all("ERR_CONNECTION" in one or "WebSocket" in one for one in seen["complaints"])


def test_strangers_do_not_get_in(scripted: Any, page: Any) -> None:
    seen = page("strangers", *scripted.command(page=PAGE))
    assert (seen["wrongToken"], seen["otherName"]) == (403, 403)
    assert (seen["otherOrigin"], seen["embedded"]) == ("refused", "refused")
