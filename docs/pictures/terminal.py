"""Make nvim.svg and helix.svg: real editors in a terminal, with the bundled model.

Usage: ``python docs/pictures/terminal.py``, after ``.ci/editors/nvim`` and ``.ci/editors/helix``.
"""

from __future__ import annotations

import os
import runpy
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
INSTALLED = Path(os.environ.get("LLADA_EDIT_EDITORS", ROOT / ".editors"))
Terminal = runpy.run_path(str(ROOT / "tests" / "editors" / "terminal.py"))["Terminal"]
TEXT = """\
# The town library 📚

The town library will stay [?] until nine o'clock this winter. The
reading room can be used for small meetings.

The committee decided to commence the works in order to obtain more
rooms for the children.
"""


def main() -> None:
    """Make both."""
    for draw in (nvim, helix):
        with tempfile.TemporaryDirectory() as folder:
            draw(Path(folder))


def environment(home: Path) -> dict[str, str]:
    """A home with one text, and the variables with which an editor runs there."""
    path = f"{INSTALLED / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "LANG": "C.UTF-8", "PATH": path}
    (home / "library.md").write_text(TEXT, "utf-8")
    return {**os.environ, **variables}


def nvim(home: Path) -> None:
    """Three fillings to choose from, with the set-up of the plug-in's README.md."""
    variables = environment(home)
    (home / "llada-edit").symlink_to(ROOT)
    setup = (ROOT / "editors" / "nvim" / "README.md").read_text("utf-8").split("```lua\n")[1].split("```")[0]
    (home / ".config" / "nvim").mkdir(parents=True)
    (home / ".config" / "nvim" / "init.lua").write_text(f"{setup}vim.api.nvim_set_hl(0, 'Normal', {{}})\n", "utf-8")
    status = "set laststatus=2 statusline=%f\\ %=llada-edit:\\ %{v:lua.require'llada'.status()}"
    # Editor and screen apart: an editor run by a loader that is not the system's cannot start itself again.
    edit = f'nvim --headless --listen ./socket -i NONE -n -c "{status}" library.md 2>log & '
    show = "while [ ! -S socket ]; do sleep 0.1; done; exec nvim --server ./socket --remote-ui"
    with Terminal(["sh", "-c", edit + show], variables, home, (80, 22)) as terminal:
        terminal.wait("llada-edit: ready")
        terminal.text("/will")
        terminal.keys("Enter")
        terminal.text(":LladaEdit fill n=3")
        terminal.keys("Enter")
        terminal.wait("leave it: ")
        save(terminal.picture("Neovim: a filling is chosen"), "nvim.svg")
        terminal.keys("Enter")
        terminal.text(":qall!")
        terminal.keys("Enter")
        terminal.wait(lambda: not (home / "socket").exists())


def helix(home: Path) -> None:
    """The actions at a hole, with the configuration that is shipped."""
    variables = environment(home)
    (home / ".config" / "helix").mkdir(parents=True)
    shutil.copy(ROOT / "editors" / "helix" / "languages.toml", home / ".config" / "helix")
    log = home / "log"
    with Terminal(["hx", "-v", "--log", str(log), "library.md"], variables, home, (80, 18)) as terminal:
        terminal.wait(lambda: log.exists() and '"kind":"end"' in log.read_text("utf-8").replace(" ", ""))
        terminal.text("/\\[\\?")
        terminal.keys("Enter")
        terminal.text(" a")
        terminal.wait("Choose a filling")
        save(terminal.picture("Helix: the actions at a hole"), "helix.svg")


def save(picture: str, name: str) -> None:
    """Put a picture beside this script."""
    (Path(__file__).parent / name).write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
