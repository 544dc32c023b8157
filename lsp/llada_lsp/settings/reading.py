"""Settings from plain data: a wrong value is named once, and what it would replace stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from llada_lsp.settings.schema import Settings, options, problem

SECTION = "lladaEdit"
"""What editors call our settings, and the table that a file may wrap them in."""


def read_settings(raw: Any, base: Settings | None = None) -> tuple[Settings, tuple[str, ...]]:
    """The settings in what somebody sent, and one complaint for every value that cannot be used.

    Args:
        raw: an object, perhaps wrapped in another one as ``lladaEdit``; None for nothing.
        base: what holds where nothing, or nothing usable, is given; the defaults without it.
    """
    settings = base or Settings()
    if raw is None:
        return settings, ()
    if isinstance(raw, Mapping) and isinstance(raw.get(SECTION), Mapping):
        raw = raw[SECTION]
    if not isinstance(raw, Mapping):
        return settings, (f"settings are {_short(raw)}; give an object",)
    wrong = list[str]()
    known = {option.name: option for option in options()}
    for name, value in raw.items():
        if name not in known:
            wrong.append(f"{_short(name)} is no option; there are {', '.join(known)}")
        elif value is None:
            continue  # how editors say that nothing is set
        elif advice := problem(known[name], value):
            wrong.append(f"{name} is {_short(value)}; {advice} (using {_plain(getattr(settings, name))!r})")
        else:
            chosen: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value}
            settings = replace(settings, **chosen)
    return settings, tuple(wrong)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"
