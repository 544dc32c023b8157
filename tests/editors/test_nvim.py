"""The plug-in for Neovim, in the oldest and in the newest Neovim that it is for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLUGIN = ROOT / "editors" / "nvim"
SCRIPTS = HERE / "nvim"
pytestmark = pytest.mark.editors


@pytest.fixture(params=["nvim", "nvim-0.10"])
def nvim(desk, request) -> str:
    program = desk.program(request.param, "nvim")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"v0\.(\d+)", version)
    if found is None or int(found[1]) < 10:
        pytest.skip("this Neovim is older than 0.10: .ci/editors/nvim installs others")
    return program


def run(desk, nvim: str, script: str, setup: str, **more: str) -> str:
    (desk.home / ".config" / "nvim").mkdir(parents=True)
    (desk.home / ".config" / "nvim" / "init.lua").write_text(setup, "utf-8")
    (desk.home / "llada-edit.toml").write_text(
        f"model = {json.dumps(str(desk.model))}\ndevice = 'cpu'\ninlineBudget = 30000\ninlinePause = 0\n", "utf-8"
    )
    command = [nvim, "--headless", "-i", "NONE", "-n", "-c", f"luafile {SCRIPTS / script}"]
    return desk.run(command, LLADA_SCRIPTS=str(SCRIPTS), **more)


def readme() -> str:
    """What README.md says to put into `init.lua`."""
    (snippet,) = re.findall(r"```lua\n(.*?)```", (PLUGIN / "README.md").read_text("utf-8"), re.DOTALL)[:1]
    return snippet


def seen(said: str) -> list[str]:
    return re.findall(r"^ok (.*?)\r?$", said, re.MULTILINE)


def test_as_the_readme_says_with_a_model(desk, nvim):
    (desk.home / "llada-edit").symlink_to(ROOT)
    shutil.copytree(PLUGIN / "doc", desk.home / "help" / "doc")  # helptags writes into the folder
    said = run(desk, nvim, "real.lua", readme(), LLADA_DOC=str(desk.home / "help" / "doc"))
    desk.assert_filled()
    assert seen(said)[1:] == [
        "filled with the second of 3", "undone", "filled by an action", "words offered", "word replaced", "healthy",
        "help found",
    ], said  # fmt: skip


def scripted(desk, nvim: str, script: str, before: str = "", **behaviour: object) -> list[str]:
    """What was seen with a server whose model says what it is told to; `before` comes before the plug-in."""
    behaviour = {"trace": str(desk.home / "trace"), **behaviour}
    server = [sys.executable, str(ROOT / "tests" / "lsp" / "scripted_server.py"), json.dumps(behaviour)]
    lua = ", ".join(f"[==[{part}]==]" for part in server)
    setup = f"{before}vim.opt.runtimepath:append('{PLUGIN}')\nrequire('llada').setup({{ cmd = {{ {lua} }} }})\n"
    return seen(run(desk, nvim, script, setup, LLADA_TRACE=str(behaviour["trace"])))


SCRIPTED = [
    "second paraphrase", "stronger and back", "selection", "ghost text", "others", "pins", "unloaded and loaded",
    "without a name", "ended from outside", "restarted",
]  # fmt: skip


def test_every_byte_with_a_scripted_model(desk, nvim):
    assert scripted(desk, nvim, "scripted.lua") == SCRIPTED


def test_a_neovim_between_the_two(desk):
    """0.11 has `vim.lsp.config` and no ghost text of its own; it cannot be had, so 0.12 does without the latter."""
    nvim = desk.program("nvim", "nvim")
    assert scripted(desk, nvim, "scripted.lua", before="vim.lsp.inline_completion = false\n") == SCRIPTED


def test_work_that_takes_long(desk, nvim):
    found = scripted(desk, nvim, "endless.lua", steps=100_000, pause=0.02)
    assert found == ["live", "cancelled", "not for another version"]


def test_edits_of_words_give_the_text_and_are_one_undo(desk, nvim):
    setup = f"vim.opt.runtimepath:append('{PLUGIN}')\n"
    assert seen(run(desk, nvim, "words.lua", setup)) == ["600 edits"]


def test_a_missing_server_is_said_once(desk, nvim):
    setup = f"vim.opt.runtimepath:append('{PLUGIN}')\nrequire('llada').setup()\n"
    said = run(desk, nvim, "missing.lua", setup, PATH="/usr/bin:/bin")
    assert 'there is no program llada-edit; install it with "pip install llada-edit"' in said
    assert seen(said) == ["said once"]
