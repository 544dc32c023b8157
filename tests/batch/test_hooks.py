"""The pre-commit hooks: they name commands and options that exist, and pre-commit itself runs them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from llada_edit.cli.rewrite import command

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"


def test_the_hooks_call_what_is_there():
    entries = re.findall(r"entry: llada-edit rewrite (.+)", HOOKS.read_text())
    known = {option for parameter in command.params for option in parameter.opts}
    assert len(entries) == 2
    for entry in entries:
        assert set(re.findall(r"--[a-z-]+", entry)) <= known


def test_the_hook_of_the_page_is_one_and_its_arguments_come_last():
    page = (HOOKS.parent / "docs" / "batch.md").read_text("utf-8")
    (found,) = re.findall(r"- id: (\S+)\n +args: \[(.+)\]", page)
    entry = re.search(rf"- id: {found[0]}\n.*?entry: llada-edit rewrite (.+?)\n", HOOKS.read_text(), re.DOTALL)
    context = command.make_context("rewrite", [*entry[1].split(), *found[1].split(", "), "a.md"])
    assert (context.params["op"], context.params["check"], context.params["sources"]) == ("proofread", True, ("a.md",))


@pytest.fixture
def hooked(tmp_path):
    """Try a hook of ours on files that are about to be committed; what pre-commit says.

    The hooks run what is installed here: an environment of their own would have to fetch all dependencies.
    """
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    ours, work = tmp_path / "hooks", tmp_path / "work"
    environment = {
        **os.environ,
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(sys.path),
        **{f"GIT_{who}_{what}": "n@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }

    def run(*arguments, cwd):
        return subprocess.run(arguments, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)

    for place in (ours, work):
        place.mkdir()
        assert run("git", "init", "-q", cwd=place).returncode == 0
    here = HOOKS.read_text().replace("language: python", "language: system")
    here = here.replace("entry: llada-edit", f"entry: {sys.executable} -m llada_edit")
    (ours / HOOKS.name).write_text(here)
    assert run("git", "add", ".", cwd=ours).returncode == run("git", "commit", "-qm", "1", cwd=ours).returncode == 0
    manifest = (sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS))
    assert run(*manifest, cwd=ours).returncode == 0

    def hook(name):
        assert run("git", "add", ".", cwd=work).returncode == 0
        return run(sys.executable, "-m", "pre_commit", "try-repo", str(ours), name, cwd=work)

    return work, hook


@pytest.mark.slow  # loads the bundled model three times
def test_pre_commit_runs_the_hooks(hooked):
    work, hook = hooked
    (work / "a.md").write_text("We utilize it.\n")
    (work / "b c.txt").write_text("It is fine.\n")
    (work / "d.tex").write_text("We utilize \\cite{utilize}.\n")
    (work / "code.py").write_text("# We utilize it in order to win.\n")
    checked = hook("llada-edit-check")
    assert checked.returncode == 1
    assert "+We use it." in checked.stdout and "+We use \\cite{utilize}." in checked.stdout
    assert "code.py" not in checked.stdout and (work / "a.md").read_text() == "We utilize it.\n"
    fixed = hook("llada-edit-fix")
    assert fixed.returncode == 1 and "files were modified by this hook" in fixed.stdout
    assert (work / "a.md").read_text() == "We use it.\n"
    assert (work / "d.tex").read_text() == "We use \\cite{utilize}.\n"
    assert hook("llada-edit-check").returncode == 0
