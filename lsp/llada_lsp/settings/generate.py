"""What is made from the settings for others: the table of the documentation, and a VS Code contribution.

``python -m llada_lsp.settings.generate table`` or ``… vscode`` prints it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import Field
from typing import Any

from llada_lsp.settings.reading import SECTION
from llada_lsp.settings.schema import options


def table() -> str:
    """The settings as a Markdown table."""
    rows = ["| setting | default | values | what it does |", "|---|---|---|---|"]
    for option in options():
        default = json.dumps(_plain(option.default), ensure_ascii=False)
        scope = " For the whole session." if option.metadata.get("whole") else ""
        rows.append(f"| `{option.name}` | `{default}` | {_values(option)} | {option.metadata['text']}{scope} |")
    return "\n".join(rows) + "\n"


def vscode() -> dict[str, Any]:
    """The ``contributes.configuration`` of a VS Code extension."""
    properties = {f"{SECTION}.{option.name}": _property(option) for option in options()}
    return {"title": "llada-edit", "properties": properties}


def _values(option: Field[Any]) -> str:
    limits = option.metadata
    if "choices" in limits:
        return ", ".join(f"`{choice}`" for choice in limits["choices"])
    if "low" in limits:
        return f"{limits['low']} to {limits['high']}"
    if isinstance(option.default, bool):
        return "`true`, `false`"
    return "a list of texts" if isinstance(option.default, tuple) else "a text"


def _property(option: Field[Any]) -> dict[str, Any]:
    limits = option.metadata
    kinds = {bool: "boolean", int: "integer", float: "number", tuple: "array", str: "string"}
    made: dict[str, Any] = {
        "type": kinds[type(option.default)],
        "default": _plain(option.default),
        "markdownDescription": limits["text"],
        "scope": "window" if limits.get("whole") else "resource",
    }
    if isinstance(option.default, tuple):
        made["items"] = {"type": "string"}
    if "choices" in limits:
        made["enum"] = list(limits["choices"])
    if "low" in limits:
        made |= {"minimum": limits["low"], "maximum": limits["high"]}
    return made


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def main(arguments: list[str] | None = None) -> int:
    """Print what is asked for; the exit code."""
    asked = (sys.argv[1:] if arguments is None else arguments) or [""]
    if asked[0] == "table":
        print(table(), end="")
    elif asked[0] == "vscode":
        print(json.dumps(vscode(), indent=2, ensure_ascii=False))
    else:
        print("usage: python -m llada_lsp.settings.generate table|vscode", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
