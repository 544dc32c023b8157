"""The extension for VS Code: what it says of itself, its logic, and a writer's work in the real workbench.

`LLADA_EDIT_PICTURES=docs/pictures` in the environment makes the picture of its README anew.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
import zipfile
from pathlib import Path

import pytest

from llada_edit import __version__

HERE = Path(__file__).parent
INSTALLED = Path(os.environ.get("LLADA_EDIT_EDITORS", HERE.parents[1] / ".editors"))
EXTENSION = HERE.parents[1] / "editors" / "vscode"
PACKAGE = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
LETTER = """\
# The house by the river 🏠

Dear friends,

the summer was long and dry, and there is a lot to tell.

We met on Monday. Everybody was there, and there was cake.

😀 In the café, the committee [?] the proposal after a long debate.

We will meet again [?], and you are all welcome.

Please tell the others about it.

🏠 They started to build a big house near the river, and it was very difficult work.

The library\x20
"""
STEPS = (
    "the server is ready",
    "a hole was filled, and undone in one step",
    "what was written was brought back by a command",
    "another text was written, and kept",
    "words were pinned, and let go again",
    "a text that was refused was not offered again",
    "the model was sent away, and came back",
    "all holes were filled, and undone in one step",
    "a code action has let the writer choose",
    "an operation was picked, and shown beside the text",
    "the second paraphrase was chosen, and undone in one step",
    "words that were to be kept have stayed",
    "another word was chosen, and undone in one step",
    "ghost text was taken, and undone in one step",
    "a rewriting was stopped, and nothing was changed",
    "the server was started again",
    "a server that is missing is said to be missing",
)


def test_the_settings_are_those_of_the_server():
    spec = importlib.util.spec_from_file_location("settings", EXTENSION / "settings.py")
    settings = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(settings)
    assert PACKAGE["contributes"]["configuration"] == settings.contribution(), "run editors/vscode/settings.py"


def test_every_command_is_there_and_every_key_has_one():
    contributed = [command["command"] for command in PACKAGE["contributes"]["commands"]]
    source = (EXTENSION / "src" / "commands.ts").read_text(encoding="utf-8")
    table = source[source.index("COMMANDS") : source.index("};", source.index("COMMANDS"))]
    assert contributed == [f"llada-edit.{name}" for name in re.findall(r"^  (\w+)[:,]", table, re.MULTILINE)]
    used = [key["command"] for key in PACKAGE["contributes"]["keybindings"]]
    used += [
        item["command"]
        for menu in ("llada-edit.menu", "commandPalette")
        for item in PACKAGE["contributes"]["menus"][menu]
    ]
    assert set(used) <= set(contributed)


def test_the_extension_has_the_version_of_the_package():
    lock = json.loads((EXTENSION / "package-lock.json").read_text(encoding="utf-8"))
    assert PACKAGE["version"] == lock["version"] == __version__
    assert not any("resolved" in package for package in lock["packages"].values())


@pytest.mark.editors
def test_what_is_packed_is_what_is_needed(desk):
    desk.program("code-server", "vscode")
    with zipfile.ZipFile(INSTALLED / "vscode" / "llada-edit.vsix") as packed:
        names = {name.removeprefix("extension/").lower() for name in packed.namelist()}
        manifest = packed.read("extension.vsixmanifest").decode()
        (page,) = (packed.read(name).decode() for name in packed.namelist() if name.lower().endswith("readme.md"))
        inside = json.loads(packed.read("extension/package.json"))
    assert names - {"[content_types].xml", "extension.vsixmanifest"} == {
        "package.json", "readme.md", "license.txt", "icon.png", "dist/extension.js", "dist/notice.txt",
    }  # fmt: skip
    assert "Microsoft.VisualStudio.Services.Icons.Default" in manifest and "extension/icon.png" in manifest
    assert inside == PACKAGE and "../../docs/pictures" not in page and "## Settings" in page


def test_it_says_what_it_is():
    from PIL import Image

    with Image.open(EXTENSION / PACKAGE["icon"]) as icon:
        assert icon.size == (256, 256)
    assert PACKAGE["license"] == "Apache-2.0" and PACKAGE["description"] and PACKAGE["categories"]
    trust = PACKAGE["capabilities"]["untrustedWorkspaces"]
    # What a folder could name must not be run.
    assert trust["supported"] == "limited" and trust["restrictedConfigurations"] == ["llada-edit.command"]
    assert PACKAGE["capabilities"]["virtualWorkspaces"]["supported"] is False
    assert all(key.get("when") for key in PACKAGE["contributes"]["keybindings"]), "no key is taken everywhere"


@pytest.mark.editors
def test_the_logic_without_a_window(desk):
    node = desk.program("node", "vscode")
    assert "fail 0" in desk.run([node, "--test", str(HERE / "vscode" / "logic.test.ts")])


@pytest.mark.editors
def test_a_writer_in_the_workbench(desk):
    node, server, browser = (desk.program(name, "vscode") for name in ("node", "code-server", "chromium"))
    work = desk.home / "work"
    work.mkdir()
    (work / "letter.md").write_text(LETTER, encoding="utf-8", newline="")
    (work / "long.md").write_text(f"{LETTER.splitlines()[-3]} 😀\n\n" * 2000, encoding="utf-8", newline="")
    (work / "llada-edit.toml").write_text("n = 4\n", encoding="utf-8")
    # The only way to the server, so that it can be taken away.
    (desk.home / "bin").mkdir()
    (desk.home / "bin" / "llada-edit").symlink_to(Path(sys.executable).with_name("llada-edit"))
    pictures = os.environ.get("LLADA_EDIT_PICTURES", "")
    said = desk.run(
        [node, str(HERE / "vscode" / "drive.mjs")],
        timeout=900,
        PATH=os.pathsep.join([str(desk.home / "bin"), "/usr/bin", "/bin"]),
        VSCODE_HOME=str(desk.home),
        VSCODE_SERVER=server,
        VSCODE_BROWSER=browser,
        VSCODE_MODULES=str(INSTALLED / "vscode" / "workbench"),
        VSCODE_EXTENSION=str(INSTALLED / "vscode" / "llada-edit.vsix"),
        VSCODE_PICTURES=str(Path(pictures).resolve()) if pictures else "",
    )
    assert [line.partition(" (")[0] for line in said.splitlines() if line.endswith(" s)")] == list(STEPS)
    if pictures:
        from PIL import Image

        for picture in Path(pictures).glob("vscode*.png"):
            Image.open(picture).convert("RGB").quantize(128).save(picture, optimize=True)
