"""Vim with the files that are shipped for ALE and for vim-lsp."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VIM = ROOT / "editors" / "vim"
pytestmark = pytest.mark.editors


@pytest.fixture(params=["ale", "vim-lsp"])
def vim(request, desk, installed):
    """Runs functions of support.vim in Vim, after the line of README.md in vimrc; what was seen."""
    program = desk.program("vim.nox", "vim")
    if request.param == "ale" and not Path("/usr/share/vim-ale").is_dir():
        pytest.skip("no ALE here: .ci/editors/vim installs it")
    if request.param == "vim-lsp" and not (installed / "vim-lsp").is_dir():
        pytest.skip("no vim-lsp here, and no package brings it: clone it to .editors/vim-lsp")
    (desk.home / "llada-edit").symlink_to(ROOT)
    line = f"source ~/llada-edit/editors/vim/{request.param}.vim"
    assert re.search(rf"^{re.escape(line)}$", (VIM / "README.md").read_text("utf-8"), re.MULTILINE)

    def run(*steps: str, **more: str) -> list[str]:
        said = desk.home / "said"
        said.unlink(missing_ok=True)
        script = HERE / "vim" / f"{request.param.replace('-', '_')}.vim"
        command = [program, "-Nu", "NONE", "-i", "NONE", "-n", "-es", "-S", str(script)]
        given = {"LLADA_LINE": line, "LLADA_SAID": str(said), "LLADA_STEPS": " ".join(steps)}
        try:
            desk.run(command, LLADA_VIM_LSP=str(installed / "vim-lsp"), **given, **more)
        except AssertionError:
            pytest.fail(said.read_text("utf-8") if said.exists() else "nothing was said")
        return said.read_text("utf-8").splitlines()

    return run


def test_a_hole_is_filled_and_undone(desk, vim):
    settings = f"model = {json.dumps(str(desk.model))}\ndevice = 'cpu'\n"
    (desk.home / "llada-edit.toml").write_text(settings, "utf-8")
    assert vim("Fill") == ["filled"]
    desk.assert_filled()


def test_the_second_paraphrase_and_another_word_are_chosen_and_undone(desk, scripted, vim):
    path = scripted.program(desk.home / "bin")
    assert vim("Paraphrase", PATH=path) == ["paraphrased", "another word"]


def test_work_that_takes_long_is_stopped(desk, scripted, vim):
    path = scripted.program(desk.home / "bin", steps=100_000, pause=0.02)
    assert vim("Cancel", PATH=path, LLADA_TRACE=str(scripted.trace)) == ["cancelled"]
    assert len(scripted.lines(closed=1)) < 10_000


def test_without_the_server_nothing_is_there(vim):
    with pytest.raises(pytest.fail.Exception, match="starting has not happened"):
        vim("Fill", PATH="/usr/bin:/bin", LLADA_PATIENCE="5")
