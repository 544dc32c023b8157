"""Plain data and the protocol's types, there and back, where pygls leaves gaps."""

from __future__ import annotations

from typing import Any

from lsprotocol import types


def plain(value: Any) -> Any:
    """Plain data, where pygls has made named tuples of objects that it knows no type for."""
    if hasattr(value, "_asdict"):
        return {name: plain(part) for name, part in value._asdict().items()}
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value


def plain_range(range_: types.Range) -> dict[str, dict[str, int]]:
    """A range as plain data, for arguments that travel through the client and back."""
    return {
        name: {"line": place.line, "character": place.character}
        for name, place in (("start", range_.start), ("end", range_.end))
    }
