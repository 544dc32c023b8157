"""Emacs with the package that is shipped for it, through eglot and through lsp-mode."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "editors" / "emacs"
pytestmark = pytest.mark.editors


@pytest.fixture(params=["emacs", "emacs-30"])
def emacs(request, desk) -> str:
    """The system's, which is 28 on Debian 12, and one that has eglot by itself."""
    return desk.program(request.param, "emacs")


@pytest.fixture(params=[("emacs", "eglot"), ("emacs", "lsp-mode"), ("emacs-30", "eglot")], ids="-".join)
def run(request, desk) -> Callable[..., str]:
    """Runs one of our scripts with a client of an Emacs; what they print."""
    program, client = request.param
    emacs = desk.program(program, "emacs")
    asked = [emacs, "--batch", "-q", "--eval", f"(require '{client})"]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip(f"this {program} has no {client}: .ci/editors/emacs installs it")

    def script(name: str, **more: str) -> str:
        more = {"LLADA_PACKAGE": str(PACKAGE), "LLADA_CLIENT": client, **more}
        return desk.run([emacs, "--batch", "-q", "-l", str(HERE / name)], **more)

    return script


def test_filling_choosing_undoing_cancelling(desk, run):
    said = run("emacs_test.el")
    desk.assert_filled()
    assert "finished" in said


def test_a_sentence_is_paraphrased_by_the_bundled_model(run):
    said = run("emacs_bundled_test.el", LLADA_MODEL="bundled")
    assert "finished" in said and "Paraphrase" in said


def test_without_the_server_it_is_said_what_to_do(run):
    said = run("emacs_missing_test.el", PATH="/usr/bin:/bin")
    assert "finished" in said
    # When the file opens, and when something is asked.
    assert said.count("is not in PATH: install llada-edit") == 2


def test_the_package_compiles_without_warnings_and_passes_checkdoc(desk, emacs, tmp_path):
    files = sorted(str(file) for file in PACKAGE.glob("*.el"))
    compiled = f'(setq byte-compile-error-on-warn t byte-compile-dest-file-function (lambda (file) (concat "{tmp_path}/" (file-name-nondirectory file) "c")))'  # noqa: E501
    desk.run([emacs, "--batch", "-q", "-L", str(PACKAGE), "--eval", compiled, "-f", "batch-byte-compile", *files])
    assert {file.name for file in tmp_path.glob("*.elc")} == {f"{Path(file).name}c" for file in files}
    checks = [word for file in files for word in ("--eval", f'(checkdoc-file "{file}")')]
    assert "Warning" not in desk.run([emacs, "--batch", "-Q", *checks])


def test_package_lint_finds_nothing_but_what_is_meant(desk):
    emacs = desk.program("emacs", "emacs")
    if subprocess.run([emacs, "--batch", "-q", "--eval", "(require 'package-lint)"], capture_output=True).returncode:
        pytest.skip("no package-lint here: .ci/editors/emacs installs it")
    main = f'(setq package-lint-main-file "{PACKAGE / "llada-edit.el"}")'
    command = [emacs, "--batch", "-q", "-l", "package-lint", "--eval", main, "-f", "package-lint-batch-and-exit"]
    files = sorted(map(str, PACKAGE.glob("*.el")))
    said = subprocess.run([*command, *files], env=desk.environment(), capture_output=True, text=True, check=False)
    meant = (
        "Homepage or URL header",  # there is none yet
        "Package eglot is not installable",  # no archive is asked
        "uninstallable in all released Emacs",  # released after this package-lint
        "`with-eval-after-load'",  # neither client is loaded for the other's users
    )
    found = re.findall(r"(?:error|warning): .*", said.stdout + said.stderr)
    assert len(found) >= len(meant) and [line for line in found if not any(one in line for one in meant)] == []


def test_the_folder_is_a_package(desk, emacs):
    """As `M-x package-install-file` installs it."""
    install = f'''(progn (setq package-user-dir "{desk.home}/elpa" package-archives nil)
        (package-initialize)
        (package-install-file "{PACKAGE}")
        (princ (format "commands: %S" (mapcar #'fboundp '(llada-edit-mode llada-edit-menu llada-edit-fill)))))'''
    assert "commands: (t t t)" in desk.run([emacs, "--batch", "-q", "--eval", install])
    (folder,) = desk.home.glob("elpa/llada-edit-*")
    assert {f"{file.stem}.elc" for file in PACKAGE.glob("llada-edit*.el")} <= {file.name for file in folder.iterdir()}
