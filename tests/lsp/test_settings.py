"""What a client may set, and what is said about the rest."""

from __future__ import annotations

from typing import Any

import pytest
from llada_lsp.settings import Settings, read_settings


def test_nothing_set() -> None:
    assert read_settings(None) == (Settings(), ())
    assert read_settings({}) == (Settings(), ())


def test_everything_set() -> None:
    good: dict[str, Any] = {"model": "GSAI-ML/LLaDA-8B-Base", "device": "cuda:1", "marker": "{{", "n": 8}
    assert read_settings(good) == (Settings(**good), ())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("n", 0, "give 1 to 8 (using 3)"),
        ("n", 9, "give 1 to 8 (using 3)"),
        ("n", "3", "give 1 to 8 (using 3)"),
        ("n", True, "give 1 to 8 (using 3)"),
        ("n", None, "give 1 to 8 (using 3)"),
        ("model", "", "give a text (using 'bundled')"),
        ("model", 3, "give a text (using 'bundled')"),
        ("device", "gpu", "give auto, cpu, mps, cuda or cuda:0 (using 'auto')"),
        ("marker", "hole", "use punctuation with an opening bracket"),
        ("marker", "[" * 500, ""),
        ("modle", "x", "there are model, device, marker, n"),
    ],
)
def test_a_wrong_value_is_named_and_its_default_used(name: str, value: Any, words: str) -> None:
    settings, wrong = read_settings({name: value, "n" if name != "n" else "device": 2 if name != "n" else "cpu"})
    if words:
        assert len(wrong) == 1 and words in wrong[0] and len(wrong[0]) < 250
        assert getattr(settings, name, None) == getattr(Settings(), name, None)
    assert (settings.n, settings.device) == ((2, "auto") if name != "n" else (3, "cpu"))


def test_no_object() -> None:
    settings, wrong = read_settings(["bundled"])
    assert settings == Settings() and "give an object" in wrong[0]
