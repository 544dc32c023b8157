"""What makes a run: root, recipe, fingerprint, shard and limits. Checked when made; no file is opened here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llada_edit.batch.records import sha256
from llada_edit.batch.stores import Place
from llada_edit.batch.worker import MAX_BYTES, Recipe
from llada_edit.errors import OptionError

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of a run, for job arrays.

    Attributes:
        index: which one, from 1.
        total: how many there are.
    """

    index: int = 1
    total: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.total:
            raise OptionError(f"shard {self.index}/{self.total} does not exist; give 1/{self.total} to {self.total}/N")

    @property
    def suffix(self) -> str:
        """For names of files that each shard has its own of."""
        return "" if self.total == 1 else f"-{self.index}-of-{self.total}"

    def has(self, path: str) -> bool:
        """Whether a file belongs to this part; by its name, so that it does not matter which others there are."""
        return int(sha256(path.encode("utf-8", "surrogateescape"))[:12], 16) % self.total == self.index - 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What makes a run; a folder is resumed only by a run with the same fingerprint and root.

    Attributes:
        root: folder that all paths are below, or one of a store.
        recipe: how workers rewrite.
        fingerprint: of the recipe and the model's files.
        shard: which part of the files this process does.
        most: bytes of the largest file that is read.
        limit: seconds that a document may take; None for no limit.
        devices: one worker for each; empty: as the recipe says.
    """

    root: Place
    recipe: Recipe
    fingerprint: str
    shard: Shard = Shard()
    most: int = MAX_BYTES
    limit: float | None = None
    devices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain types; what may differ when it is resumed is left out."""
        return {
            "schema": SCHEMA,
            "root": str(self.root),
            "target": self.recipe.target,
            "options": dict(self.recipe.options),
            "fingerprint": self.fingerprint,
        }


def difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """In which settings two runs differ, for people; empty where they do not.

    Args:
        there: `Settings.to_json` of the run that is there.
        here: of the one that is wanted.
    """
    old, new = _flat(there.get("options")), _flat(here["options"])
    others = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    said = [f"{name} is {_shown(old, name)} there and {_shown(new, name)} here" for name in others]
    if there.get("root") != here["root"]:
        said.insert(0, f"its documents are below {there.get('root')}, and these below {here['root']}")
    if not said and there.get("target") != here["target"]:
        said.append("something else works at its documents")
    if not said and there.get("fingerprint") != here["fingerprint"]:
        said.append("the model's files or the version of llada-edit were others")
    return "; ".join(said)


def _flat(options: Any) -> dict[str, Any]:
    """Options, and the choices in them, by name."""
    found = dict(options) if isinstance(options, dict) else {}
    choices = found.pop("choices", {})
    return {**found, **(choices if isinstance(choices, dict) else {})}


def _shown(options: Mapping[str, Any], name: str) -> str:
    value = options.get(name)
    return "not given" if value in (None, "", []) else str(value)[:80]
