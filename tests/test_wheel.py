"""What is shipped: the sdist, and the wheel that is built from it."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
WEIGHTS = "llada_edit/weights/*/model.safetensors"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one sdist and one wheel: that in LLADA_EDIT_DIST, else built now."""
    if given := os.environ.get("LLADA_EDIT_DIST"):
        return Path(given)
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> list[str]:
    """Names in the wheel."""
    (path,) = dist.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def sdist(dist: Path) -> list[str]:
    """Names in the sdist, without its top folder."""
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return [name.partition("/")[2] for name in archive.getnames()]


def test_wheel_is_two_packages_and_nothing_else(wheel: list[str]) -> None:
    top = {name.split("/")[0] for name in wheel}
    assert {name for name in top if not name.endswith(".dist-info")} == {"llada_edit", "llada_lsp"}
    assert len(top) == 3


def test_weights_are_in_both(wheel: list[str], sdist: list[str]) -> None:
    assert any(fnmatch(name, WEIGHTS) for name in wheel)
    assert any(fnmatch(name, WEIGHTS) for name in sdist)


def test_the_page_is_in_both_where_it_was_built(wheel: list[str], sdist: list[str]) -> None:
    built = {f"llada_lsp/page/{path.name}" for path in (ROOT / "lsp" / "llada_lsp" / "page").glob("*")}
    inside = {name for name in wheel if name.startswith("llada_lsp/page/")}
    # A wheel that is given may be older than the page.
    assert inside == built or ("LLADA_EDIT_DIST" in os.environ and not inside)
    assert {name for name in sdist if name.startswith("lsp/llada_lsp/page/")} == {f"lsp/{name}" for name in inside}
    assert not any("node_modules" in name or name.endswith("obsidian/main.js") for name in sdist)


@pytest.mark.parametrize("package", ["llada_edit", "llada_lsp"])
def test_types_are_shipped(wheel: list[str], package: str) -> None:
    assert f"{package}/py.typed" in wheel


def test_licence_is_in_the_wheel(wheel: list[str]) -> None:
    assert any(fnmatch(name, "*.dist-info/licenses/LICENSE") for name in wheel)


def test_sdist_can_be_worked_with(sdist: list[str]) -> None:
    wanted = {"pyproject.toml", "Makefile", "LICENSE", "README.md", "docs/demo.md", "tests/test_package.py"}
    assert wanted <= set(sdist)
    assert not any("__pycache__" in name or name.startswith(".venv") for name in sdist)
