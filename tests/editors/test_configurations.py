"""The files in `editors/` that only configure an editor: they start our command and name only what the server has."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llada_lsp.features import commands
from llada_lsp.features.actions import KINDS
from llada_lsp.rewriting import Engine
from llada_lsp.server import Server
from llada_lsp.settings import read_settings
from llada_lsp.worker import Worker

from llada_edit import __version__
from llada_edit.formats.registry import format_for_language

EDITORS = Path(__file__).parents[2] / "editors"
COMMAND = ["llada-edit", "lsp"]


def data(name: str) -> Any:
    text = (EDITORS / name).read_text("utf-8")
    return tomllib.loads(text) if name.endswith(".toml") else json.loads(text)


def sublime() -> Any:
    return data("sublime/LanguageServers.sublime-settings")["llada-edit"]


def kate() -> Any:
    return data("kate/settings.json")["servers"]["markdown"]


def zed() -> Any:
    return data("zed/settings.json")["lsp"]["llada-edit"]


def helix() -> Any:
    return data("helix/languages.toml")["language-server"]["llada-edit"]


def starts() -> Iterator[tuple[str, list[str]]]:
    """How each editor starts the server."""
    yield "sublime", sublime()["command"]
    yield "kate", kate()["command"]
    yield "zed", [zed()["binary"]["path"], *zed()["binary"]["arguments"]]
    yield "helix", [helix()["command"], *helix()["args"]]
    program = data("jetbrains/llada-edit/template.json")["programArgs"]
    yield "jetbrains", program["default"].removeprefix('sh -c "').removesuffix('"').split()
    yield "jetbrains on windows", program["windows"].replace(".exe", "").split()


def options() -> Iterator[tuple[str, Any]]:
    """The settings that each editor gives as an example."""
    yield "sublime", sublime()["initialization_options"]
    yield "kate", kate()["initializationOptions"]
    yield "zed", zed()["initialization_options"]
    yield "helix", helix()["config"]
    yield "jetbrains", data("jetbrains/llada-edit/initializationOptions.json")
    yield "jetbrains settings", data("jetbrains/llada-edit/settings.json")


def language_ids() -> Iterator[tuple[str, set[str]]]:
    """The language ids that each editor announces."""
    yield "kate", set(data("kate/settings.json")["servers"])
    yield "zed", set(data("zed/extension.toml")["language_servers"]["llada-edit"]["language_ids"].values())
    template = data("jetbrains/llada-edit/template.json")
    yield "jetbrains", {mapping["languageId"] for mapping in template["fileTypeMappings"]}
    lisp = (EDITORS / "emacs/llada-edit-session.el").read_text("utf-8")
    yield "emacs", set(re.findall(r'-mode \. "(\w+)"\)', lisp))


@pytest.mark.parametrize(("editor", "command"), list(starts()))
def test_the_command_is_ours(editor: str, command: list[str]) -> None:
    assert command == COMMAND


@pytest.mark.parametrize(("editor", "given"), list(options()))
def test_settings_exist(editor: str, given: Any) -> None:
    assert read_settings(given)[1] == ()


@pytest.mark.parametrize(("editor", "named"), list(language_ids()))
def test_the_formats_know_the_languages(editor: str, named: set[str]) -> None:
    assert {"markdown", "plaintext", "latex"} <= named
    # Commit messages are plain paragraphs.
    assert [name for name in named if format_for_language(name) is None] in ([], ["git-commit"])


async def test_sublime_calls_commands_and_kinds_of_actions_that_exist() -> None:
    server: Any = Server(Worker(lambda choice, check: choice), Engine())
    commands.register(server)
    entries = data("sublime/llada-edit.sublime-commands")
    assert {entry["args"]["session_name"] for entry in entries} == {"llada-edit"}
    assert {entry["args"]["command_name"] for entry in entries} <= set(server.rpc.fm.commands)
    kinds = {kind for key in data("sublime/Default.sublime-keymap") for kind in key["args"]["only_kinds"]}
    assert kinds and all(kind.startswith(KINDS[0]) for kind in kinds)


def test_kate_inherits_from_the_server_that_is_written_out() -> None:
    servers = data("kate/settings.json")["servers"]
    assert {server.get("use", name) for name, server in servers.items()} == {"markdown"}
    assert all(re.compile(server["highlightingModeRegex"]) for server in servers.values())


def test_zed_extension_names_the_same_languages_everywhere() -> None:
    manifest = data("zed/extension.toml")
    (server,) = manifest["language_servers"].values()
    assert manifest["schema_version"] == 1 and set(server["languages"]) == set(server["language_ids"])
    assert set(data("zed/settings.json")["languages"]) <= set(server["languages"])
    assert data("zed/Cargo.toml")["package"]["version"] == manifest["version"]
    code = (EDITORS / "zed/src/lib.rs").read_text("utf-8")
    assert 'which("llada-edit")' in code and 'vec!["lsp".into()]' in code


def test_jetbrains_template_has_the_files_that_lsp4ij_reads() -> None:
    folder = EDITORS / "jetbrains" / "llada-edit"
    assert {file.name for file in folder.iterdir()} == {"template.json", "settings.json", "initializationOptions.json"}
    template = data("jetbrains/llada-edit/template.json")
    assert template["id"] and template["name"] and set(template["programArgs"]) == {"default", "windows"}
    assert all(mapping["fileType"]["patterns"] for mapping in template["fileTypeMappings"])


DOCUMENTED = {
    # What LSP for Sublime 2.13 documents of a server, and takes for one entry of the palette or the keys.
    "sublime server": {"enabled", "command", "selector", "env", "settings", "initialization_options"},
    "sublime command": {"caption", "command", "args", "args.session_name", "args.command_name", "args.command_args"},
    "sublime key": {"keys", "command", "args", "args.only_kinds"},
    # What Kate's lspclientservermanager.cpp reads of a server.
    "kate": {"use", "command", "commandDebug", "path", "root", "rootIndicationFileNames", "rootIndicationFilePatterns",
             "url", "highlightingModeRegex", "initializationOptions", "settings", "documentLanguageId"},
    # Zed's LspSettings of the extension interface 0.7, and its manifest.
    "zed settings": {"binary", "binary.path", "binary.arguments", "binary.env", "initialization_options", "settings"},
    "zed manifest": {"id", "name", "version", "schema_version", "authors", "description", "repository",
                     "language_servers"},
    "zed server": {"name", "languages", "language_ids"},
    # ServerTemplate.java and LanguageServerTemplate.java of LSP4IJ.
    "jetbrains": {"id", "name", "programArgs", "programArgs.default", "programArgs.windows", "programArgs.mac",
                  "programArgs.unix", "fileTypeMappings", "languageMappings"},
    "jetbrains mapping": {"fileType", "fileType.name", "fileType.patterns", "languageId"},
    # Obsidian's manifest of a plug-in.
    "obsidian": {"id", "name", "version", "minAppVersion", "description", "author", "authorUrl", "isDesktopOnly"},
}  # fmt: skip
"""Keys that each editor reads: another one would be left out in silence."""


def named() -> Iterator[tuple[str, Any]]:
    yield "sublime server", sublime()
    yield from (("sublime command", entry) for entry in data("sublime/llada-edit.sublime-commands"))
    yield from (("sublime key", entry) for entry in data("sublime/Default.sublime-keymap"))
    yield from (("kate", server) for server in data("kate/settings.json")["servers"].values())
    yield "zed settings", zed()
    yield "zed manifest", data("zed/extension.toml")
    yield "zed server", data("zed/extension.toml")["language_servers"]["llada-edit"]
    yield "jetbrains", data("jetbrains/llada-edit/template.json")
    yield from (("jetbrains mapping", one) for one in data("jetbrains/llada-edit/template.json")["fileTypeMappings"])
    yield "obsidian", data("obsidian/manifest.json")


@pytest.mark.parametrize(("kind", "given"), list(named()))
def test_an_editor_reads_every_key_of_its_file(kind: str, given: Any) -> None:
    known = DOCUMENTED[kind]
    assert set(given) <= known
    for name in {key.partition(".")[0] for key in known if "." in key} & set(given):
        assert {f"{name}.{inner}" for inner in given[name]} <= known


def test_obsidian_has_the_version_of_the_package() -> None:
    assert data("obsidian/manifest.json")["version"] == __version__
    assert re.fullmatch(r"[a-z-]+", data("obsidian/manifest.json")["id"]), "Obsidian takes no other ids"


def test_helix_names_the_server_for_each_language() -> None:
    config = data("helix/languages.toml")
    assert all(language["language-servers"] == ["llada-edit"] for language in config["language"])


def test_every_editor_of_the_overview_has_its_page() -> None:
    overview = (EDITORS / "README.md").read_text("utf-8")
    named = set(re.findall(r"\]\((\w+)/README\.md\)", overview))
    assert {"emacs", "sublime", "zed", "kate", "jetbrains"} <= named


@pytest.mark.parametrize("name", ["emacs", "sublime", "zed", "kate", "jetbrains"])
def test_a_page_links_to_files_that_exist(name: str) -> None:
    page = EDITORS / name / "README.md"
    links = [link for link in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")) if "://" not in link]
    assert links and all((page.parent / link).exists() for link in links)
