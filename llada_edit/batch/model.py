"""The model as a worker uses it, and the fingerprint of everything that its edits depend on.

torch is loaded when a model is, and not before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llada_edit import __version__
from llada_edit.batch.worker import Portion, Recipe, Rewrites
from llada_edit.formats.base import Format, Prose

if TYPE_CHECKING:
    from llada_edit.models.model import Model
    from llada_edit.rewriting.passage import Rewriter

_ENDS = 1 << 20


def rewrites(*, model: str, device: str, threads: int, op: str, choices: Mapping[str, Any]) -> Rewrites:
    """Load a model and say how it rewrites documents; the options are those of `recipe`."""
    import torch

    from llada_edit.models.load import load

    torch.set_num_threads(threads)
    return WithModel(load(model, device=device), op, choices)


class WithModel:
    """Rewrites documents with a model that is loaded.

    Args:
        model: to use.
        op: name of an operation.
        choices: fields of `RewriteOptions`; patterns to keep as ``{"pattern": …}``.

    Raises:
        OptionError, UnsupportedModel: an operation that this model cannot do.
    """

    def __init__(self, model: Model, op: str, choices: Mapping[str, Any]) -> None:
        keep = tuple(_entry(entry) for entry in choices.get("keep", ()))
        self.model, self.op, self.choices = model, op, {**choices, "keep": keep}
        self.notes = self._rewriter().notes

    def __call__(self, prose: Prose, form: Format) -> Iterable[Portion]:
        """One document, passage by passage; what was kept in memory for another one is not looked at."""
        from llada_edit.rewriting.prose import passages

        for done in passages(self._rewriter(), prose):
            yield Portion(done.edits, done.passage.span.end / len(prose.text))

    def _rewriter(self) -> Rewriter:
        from llada_edit.editor import Editor

        return Editor(self.model).rewriter(self.op, **self.choices)


def recipe(model: str, device: str, threads: int, op: str, choices: Mapping[str, Any]) -> Recipe:
    """How workers are to rewrite.

    Args:
        model: name, folder or id.
        device: as for `load`.
        threads: of each worker on the CPU; part of the fingerprint, since sums in another order round differently.
        op: name of an operation.
        choices: fields of `RewriteOptions`.
    """
    keep = [entry if isinstance(entry, str) else _pattern(entry) for entry in choices.get("keep", ())]
    options = {"model": model, "device": device, "threads": threads, "op": op, "choices": {**choices, "keep": keep}}
    return Recipe(f"{__name__}:rewrites", options)


def fingerprint(settings: Recipe, model: str = "") -> str:
    """Of all that a record depends on besides the document: version, settings and the model's files."""
    options = {key: value for key, value in settings.options.items() if key != "model"}
    facts = {"version": __version__, "target": settings.target, "options": options, "model": model}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def model_hash(reference: str) -> str:
    """Of a model's files: small ones whole, of weights the size and both ends (their header is at the front).

    What was measured of it is left out: measuring again changes no edit, and runs go on.
    """
    from llada_edit.models.load import folder_of
    from llada_edit.rewriting.measured import FILE

    digest = hashlib.sha256()
    for path in sorted(folder_of(reference).iterdir()):
        if path.suffix in (".json", ".safetensors") and path.name != FILE and path.is_file():
            digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
            digest.update(_ends(path))
    return digest.hexdigest()[:32]


def _ends(path: Path) -> bytes:
    with path.open("rb") as file:
        size, start = path.stat().st_size, file.read(_ENDS)
        file.seek(max(_ENDS, size - _ENDS))
        return start + file.read(_ENDS)


def _pattern(entry: Any) -> dict[str, Any]:
    return {"pattern": entry.pattern, "flags": int(entry.flags)}


def _entry(entry: Any) -> Any:
    import re

    return entry if isinstance(entry, str) else re.compile(entry["pattern"], entry["flags"])
