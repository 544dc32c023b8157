"""The configurations in `editors/` start our command and name only settings that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

EDITORS = Path(__file__).parents[2] / "editors"


def test_helix_configuration_starts_our_command() -> None:
    config = tomllib.loads((EDITORS / "helix" / "languages.toml").read_text("utf-8"))
    server = config["language-server"]["llada-edit"]
    assert [server["command"], *server["args"]] == ["llada-edit", "lsp"]
    assert all(language["language-servers"] == ["llada-edit"] for language in config["language"])


def test_all_configurations_name_only_options_that_exist() -> None:
    from llada_lsp.settings import read_settings

    helix = tomllib.loads((EDITORS / "helix" / "languages.toml").read_text("utf-8"))
    assert read_settings(helix["language-server"]["llada-edit"]["config"])[1] == ()
    lisp = (EDITORS / "emacs" / "llada-edit.el").read_text("utf-8")
    named = re.findall(r":(\w+) \\?[\"\d]", lisp)
    assert sorted(set(named)) == ["device", "marker", "model", "n"] and len(named) == 4
