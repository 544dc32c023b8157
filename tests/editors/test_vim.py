"""Vim with ALE and the file that is shipped for it; for vim-lsp there is only what it would be told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VIM = ROOT / "editors" / "vim"
pytestmark = pytest.mark.editors


def run(desk, script: str, line: str, **more: str) -> str:
    """What a script says in Vim after a line of README.md in vimrc."""
    (desk.home / "llada-edit").symlink_to(ROOT)
    (desk.home / "llada-edit.toml").write_text(f"model = {json.dumps(str(desk.model))}\ndevice = 'cpu'\n", "utf-8")
    assert re.search(rf"^{re.escape(line)}$", (VIM / "README.md").read_text("utf-8"), re.MULTILINE)
    said = desk.home / "said"
    vim = desk.program("vim.nox", "vim")
    command = [vim, "-Nu", "NONE", "-i", "NONE", "-n", "-es", "-S", str(HERE / "vim" / script)]
    try:
        desk.run(command, LLADA_LINE=line, LLADA_SAID=str(said), **more)
    except AssertionError:
        pytest.fail(said.read_text("utf-8"))
    return said.read_text("utf-8")


def test_a_hole_is_filled_and_undone_with_ale(desk):
    if not Path("/usr/share/vim-ale").is_dir():
        pytest.skip("no ALE here: .ci/editors/vim installs it")
    said = run(desk, "ale.vim", "source ~/llada-edit/editors/vim/ale.vim")
    desk.assert_filled()
    assert "1) Fill this hole; " in said and "Choose" not in said
    assert "undone: 1" in said


def test_vim_lsp_is_told_how_to_start_the_server(desk):
    said = run(desk, "vim_lsp.vim", "source ~/llada-edit/editors/vim/vim-lsp.vim")
    server = json.loads(said)
    assert server["cmd"] == ["llada-edit", "lsp"] and {"markdown", "text"} <= set(server["allowlist"])
    assert server["languageId"] == "latex" and server["initialization_options"] == {"n": 3}
    assert server["keys"] == "<Plug>(lsp-code-action)"
