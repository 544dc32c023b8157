"""Emacs with eglot and the file that is shipped for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EDITORS = HERE.parents[1] / "editors"
pytestmark = pytest.mark.editors


def test_a_hole_is_filled_and_undone_with_eglot(desk):
    emacs = desk.program("emacs", "emacs")
    if subprocess.run(
        [emacs, "--batch", "-q", "--eval", "(require 'eglot)"], capture_output=True, check=False
    ).returncode:
        pytest.skip("this Emacs has no eglot: .ci/editors/emacs installs it")
    command = [emacs, "--batch", "-q", "-l", str(HERE / "eglot_test.el")]
    said = desk.run(command, LLADA_SETUP=str(EDITORS / "emacs" / "llada-edit.el"))
    desk.assert_filled()
    assert "server: llada-edit" in said and "undone: t" in said and "shut down" in said
    assert '"Fill this hole"' in said and '"Choose a filling for this hole…"' in said
