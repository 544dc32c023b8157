"""What importing costs, and what the front door offers."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import subprocess
import sys

import pytest

import llada_edit
from llada_edit import errors

LIBRARIES = ("numpy", "safetensors", "tokenizers", "torch", "transformers")


def heavy_imports(code: str) -> set[str]:
    """Those of `LIBRARIES` that a fresh interpreter has loaded after `code`."""
    report = f"import json, sys; print(json.dumps(sorted({set(LIBRARIES)!r} & set(sys.modules))), file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stderr.splitlines()[-1]))


def test_import_loads_nothing_heavy() -> None:
    assert heavy_imports("import llada_edit; dir(llada_edit)") == set()


def test_help_loads_nothing_heavy() -> None:
    code = """
import sys
from llada_edit.cli import main
sys.argv = ["llada-edit", "--help"]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""
    assert heavy_imports(code) == set()


@pytest.mark.parametrize("module", ["cli", "document", "edits", "errors", "options"])
def test_the_text_side_needs_no_tensors(module: str) -> None:
    assert not heavy_imports(f"import llada_edit.{module}") & {"torch", "transformers"}


def test_public_names_are_sorted_and_unique() -> None:
    assert llada_edit.__all__ == sorted(set(llada_edit.__all__))


@pytest.mark.parametrize("name", llada_edit.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(llada_edit, name) is not None
    assert name in dir(llada_edit)


def test_every_error_is_public() -> None:
    raised = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert raised <= set(llada_edit.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Editr'"):
        getattr(llada_edit, "Editr")  # noqa: B009 - the attribute is missing on purpose


def test_version_is_the_installed_one() -> None:
    assert importlib.metadata.version("llada-edit") == llada_edit.__version__
