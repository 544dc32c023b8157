"""The real model, loaded once."""

import pytest

from llada_edit.editor import Editor


@pytest.fixture(scope="session")
def bundled():
    """The real model; loaded once."""
    return Editor.load()
