"""Real editors with the configuration that is shipped in `editors/`, and an untrained model."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EDITORS = HERE.parents[1] / "editors"
TEXT = "😀 Caf\u00e9, the committee [?] the proposal.\nA second line, 漢字.\n"


def has_eglot() -> bool:
    emacs = shutil.which("emacs")
    command = ["emacs", "--batch", "-q", "--eval", "(require 'eglot)"]
    return emacs is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0


def has_neovim() -> bool:
    nvim = shutil.which("nvim")
    command = ["nvim", "--headless", "-u", "NONE", "-c", "if !has('nvim-0.11') | cquit | endif | qa"]
    return nvim is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0


def in_editor(command: list[str], folder: Path, model: Path, **more: str) -> str:
    """What an editor prints that runs one of our scripts on a file with `TEXT`; the file must have been filled."""
    file = folder / "letter.txt"
    file.write_text(TEXT, encoding="utf-8", newline="")
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / ".config"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # where llada-edit is
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "LLADA_MODEL": str(model),
        "LLADA_FILE": str(file),
        **more,
    }
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    left, right = TEXT.split("[?]")
    filled = file.read_text(encoding="utf-8")
    assert filled.startswith(left) and filled.endswith(right) and len(filled) > len(left + right)
    return said


@pytest.mark.editors
def test_emacs_with_eglot(tmp_path: Path, tiny_model: Path) -> None:
    if not has_eglot():
        pytest.skip("no Emacs with eglot here (on Debian: apt-get install emacs-nox elpa-eglot)")
    command = ["emacs", "--batch", "-q", "-l", str(HERE / "eglot_test.el")]
    said = in_editor(command, tmp_path, tiny_model, LLADA_SETUP=str(EDITORS / "emacs" / "llada-edit.el"))
    assert "server: llada-edit" in said and "undone: t" in said and "shut down" in said
    assert '"Fill this hole"' in said and '"Choose a filling for this hole…"' in said


@pytest.mark.editors
def test_neovim(tmp_path: Path, tiny_model: Path) -> None:
    if not has_neovim():
        pytest.skip("no Neovim 0.11 or newer here")
    shutil.copytree(EDITORS / "nvim" / "lsp", tmp_path / ".config" / "nvim" / "lsp")
    command = ["nvim", "--headless", "-i", "NONE", "-n", "-c", f"luafile {HERE / 'nvim_test.lua'}"]
    said = in_editor(command, tmp_path, tiny_model)
    assert "offered: Fill this hole" in said and "undone: true" in said and "finished" in said


def test_helix_configuration_starts_our_command() -> None:
    config = tomllib.loads((EDITORS / "helix" / "languages.toml").read_text("utf-8"))
    server = config["language-server"]["llada-edit"]
    assert [server["command"], *server["args"]] == ["llada-edit", "lsp"]
    assert all(language["language-servers"] == ["llada-edit"] for language in config["language"])


def test_all_configurations_name_only_options_that_exist() -> None:
    from llada_lsp.settings import read_settings

    helix = tomllib.loads((EDITORS / "helix" / "languages.toml").read_text("utf-8"))
    assert read_settings(helix["language-server"]["llada-edit"]["config"])[1] == ()
    lua = (EDITORS / "nvim" / "lsp" / "llada_edit.lua").read_text("utf-8")
    named = re.findall(r"^    (?:-- )?(\w+) = ", lua, re.MULTILINE)
    lisp = (EDITORS / "emacs" / "llada-edit.el").read_text("utf-8")
    named += re.findall(r":(\w+) \\?[\"\d]", lisp)
    assert sorted(set(named)) == ["device", "marker", "model", "n"] and len(named) == 8
