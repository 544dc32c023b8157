"""Write the server's settings into package.json: one list of settings, in `llada_lsp.settings.schema`.

``python editors/vscode/settings.py`` after a setting has changed; a test compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from llada_lsp.settings.generate import vscode

PACKAGE = Path(__file__).with_name("package.json")
PROSE = (
    "plaintext", "markdown", "latex", "tex", "restructuredtext", "asciidoc", "typst", "org", "html", "quarto", "rmd",
    "git-commit", "bibtex",
)  # fmt: skip
"""Among source code nobody wants ghost text of prose; other clients name their languages themselves."""


def contribution() -> list[dict[str, Any]]:
    """The ``contributes.configuration`` of the extension: its own setting, and those of the server."""
    own = {
        "llada-edit.command": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "default": ["llada-edit", "lsp"],
            "scope": "machine-overridable",
            "markdownDescription": "The language server: a program, on `PATH` or by its path, and its arguments.",
        }
    }
    served = vscode()
    served["properties"]["lladaEdit.languages"]["default"] = list(PROSE)
    return [{"title": "llada-edit: the program", "properties": own}, served]


if __name__ == "__main__":
    package = json.loads(PACKAGE.read_text(encoding="utf-8"))
    package["contributes"]["configuration"] = contribution()
    PACKAGE.write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
