"""What a client may set with ``initializationOptions``; a wrong value is named, and its default is used instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from llada_edit.document import Document
from llada_edit.errors import OptionError

MOST = 8
"""Largest number of proposals: more are slow to find and tiresome to read."""

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of one session.

    Attributes:
        model: "bundled", a folder, or the id of a model on this disk.
        device: auto, cpu, mps, cuda or cuda:1.
        marker: what opens a hole.
        n: proposals in lists of fillings.
    """

    model: str = "bundled"
    device: str = "auto"
    marker: str = "[?"
    n: int = 3


def read_settings(raw: Any) -> tuple[Settings, tuple[str, ...]]:
    """The settings in what a client sent, and one complaint for every value that cannot be used."""
    if raw is None:
        return Settings(), ()
    if not isinstance(raw, Mapping):
        return Settings(), (f"initializationOptions are {_short(raw)}; give an object",)
    settings, wrong = Settings(), list[str]()
    known = [field.name for field in fields(Settings)]
    for name, value in raw.items():
        if name not in known:
            wrong.append(f"{_short(name)} is no option; there are {', '.join(known)}")
        elif problem := _problem(name, value):
            wrong.append(f"{name} is {_short(value)}; {problem} (using {getattr(settings, name)!r})")
        else:
            settings = replace(settings, **{name: value})
    return settings, tuple(wrong)


def _problem(name: str, value: Any) -> str:
    """What to give instead; empty where the value is good."""
    if name == "n":
        good = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST
        return "" if good else f"give 1 to {MOST}"
    if not isinstance(value, str) or not value.strip():
        return "give a text"
    if name == "device" and not _DEVICE.fullmatch(value):
        return "give auto, cpu, mps, cuda or cuda:0"
    if name == "marker":
        try:
            Document.parse("", value)
        except OptionError as error:
            return str(error.args[0]).partition("; ")[2]
    return ""


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"
