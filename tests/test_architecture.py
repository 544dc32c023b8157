"""docs/architecture.md says what is so: its rooms are there, and its layers are those that are checked."""

import re
import tomllib
from pathlib import Path

import llada_edit

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGE = Path(llada_edit.__file__).parent


def rooms_of(line):
    """The modules that a line names."""
    return set(re.findall(r"[a-z_]+", line))


def part(title):
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_layers_are_those_that_are_checked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    told = [rooms_of(line) for line in part("Who may import whom").split("```")[1].strip().splitlines()]
    assert told == [{"llada_lsp"}, *(rooms_of(layer) for layer in layers if layer != "__main__")]


def test_every_room_is_in_the_house_and_in_the_table():
    modules = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}
    rooms = modules | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms <= rooms_of(part("The house").split("```")[1])
    cells = [row.split("|")[1] for row in part("The rooms").splitlines() if row.startswith("| `")]
    table = {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
    assert rooms <= {Path(name).stem for name in table}
    for name in table:
        path = ROOT / name if name.startswith("lsp/") else PACKAGE / name
        assert path.is_dir() if name.endswith("/") else path.is_file(), name


def test_the_front_door_knows_where_everything_is():
    for name in llada_edit.__all__:
        if name != "__version__":
            value = getattr(llada_edit, name)
            assert value.__module__ == f"llada_edit.{llada_edit._HOME[name]}", name
