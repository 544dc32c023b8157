"""Real editors with what is shipped in `editors/`, and an untrained model.

Editors that are not on the machine are installed by the scripts in `.ci/editors`, into `.editors` beside the checkout's
other ignored folders; a test of an editor that is not there is skipped and says which script brings it.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INSTALLED = Path(os.environ.get("LLADA_EDIT_EDITORS", ROOT / ".editors"))
TEXT = "😀 Caf\u00e9, the committee [?] the proposal.\nA second line, 漢字.\n"


@dataclass(frozen=True, slots=True)
class Desk:
    """A home of its own with one file to work on, and the environment in which an editor runs there."""

    home: Path
    file: Path
    model: Path

    def program(self, name: str, script: str) -> str:
        """The path of an editor, installed by `.ci/editors/SCRIPT` or by the system; without it the test is skipped."""
        found = shutil.which(name, path=f"{INSTALLED / 'bin'}{os.pathsep}{os.environ['PATH']}")
        if found is None or (INSTALLED / f"{script}.missing").exists():
            pytest.skip(f"no {name} here: .ci/editors/{script} installs it")
        return found

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_STATE_HOME": str(self.home / ".local/state"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # where llada-edit is
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "LLADA_MODEL": str(self.model),
            "LLADA_FILE": str(self.file),
            **more,
        }

    def run(self, command: Sequence[str], timeout: float = 300, **more: str) -> str:
        """What an editor prints that runs one of our scripts; it must end well."""
        result = subprocess.run(
            command, env=self.environment(**more), cwd=self.home, capture_output=True, text=True, timeout=timeout,
            check=False,
        )  # fmt: skip
        said = result.stdout + result.stderr
        assert result.returncode == 0, said
        return said

    def assert_filled(self) -> None:
        """Only the hole of `TEXT` has changed on the disk, and something stands in it."""
        left, right = TEXT.split("[?]")
        filled = self.file.read_text(encoding="utf-8")
        assert filled.startswith(left) and filled.endswith(right) and len(filled) > len(left + right)


@pytest.fixture
def desk(tmp_path: Path, tiny_folder: Path) -> Desk:
    file = tmp_path / "letter.txt"
    file.write_text(TEXT, encoding="utf-8", newline="")
    return Desk(tmp_path, file, tiny_folder)


@pytest.fixture
def installed() -> Path:
    """The folder of what the scripts in `.ci/editors` have brought."""
    return INSTALLED


@pytest.fixture
def serving(desk: Desk) -> Iterator[Callable[..., str]]:
    """Starts a Python program that serves a socket until the test ends, with the tiny model; the address it prints."""
    (desk.home / "llada-edit.toml").write_text(f"model = '{desk.model}'\ndevice = 'cpu'\n", "utf-8")
    with ExitStack() as stack:

        def start(*command: str) -> str:
            process = subprocess.Popen(
                [sys.executable, *command],
                env=desk.environment(LLADA_LSP_TOKEN="secret"),
                cwd=desk.home,
                stderr=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stderr is not None
            address = process.stderr.readline().decode().split()[-1]
            assert "://127.0.0.1:" in address, address
            return address

        yield start


@pytest.fixture
def scripted(desk: Desk) -> Scripted:
    return Scripted(desk.home / "trace")


@dataclass(frozen=True, slots=True)
class Scripted:
    """The scripted server of `tests/lsp`, and what it did."""

    trace: Path

    def command(self, **script: Any) -> list[str]:
        given = {"trace": str(self.trace), "serve": {"ws": 0, "token": "secret"}, **script}
        return [str(HERE.parent / "lsp" / "scripted_server.py"), json.dumps(given)]

    def program(self, folder: Path, **script: Any) -> str:
        """A PATH on which `llada-edit` is this server, over standard input and output."""
        command = [sys.executable, *self.command(serve={}, **script)]
        folder.mkdir(exist_ok=True)
        (folder / "llada-edit").write_text(f"#!/bin/sh\nexec {shlex.join(command)}\n", "utf-8")
        (folder / "llada-edit").chmod(0o755)
        return f"{folder}{os.pathsep}{os.environ['PATH']}"

    def lines(self, closed: int) -> list[str]:
        """What it did, when so many fillings have come to their end."""
        end = time.monotonic() + 120
        while (lines := self.trace.read_text("utf-8").splitlines()).count("closed") < closed:
            assert time.monotonic() < end, lines
            time.sleep(0.02)
        return lines
