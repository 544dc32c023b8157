"""Neovim with the configuration that is shipped for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EDITORS = HERE.parents[1] / "editors"
pytestmark = pytest.mark.editors


def test_a_hole_is_filled_and_undone(desk):
    nvim = desk.program("nvim", "nvim")
    asked = [nvim, "--headless", "-u", "NONE", "-c", "if !has('nvim-0.11') | cquit | endif | qa"]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("this Neovim is older than 0.11: .ci/editors/nvim installs another")
    shutil.copytree(EDITORS / "nvim" / "lsp", desk.home / ".config" / "nvim" / "lsp")
    said = desk.run([nvim, "--headless", "-i", "NONE", "-n", "-c", f"luafile {HERE / 'nvim_test.lua'}"])
    desk.assert_filled()
    assert "offered: Fill this hole" in said and "undone: true" in said and "finished" in said
