"""What a run was begun with, kept in its folder as ``run.json``: a run that goes on must mean the same.

Before the first checkpoint a changed recipe or text begins the run anew; after it, that is refused. Knows plans and
files; does not know what is trained.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence, Set
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from llada_edit.errors import DocumentError, OptionError
from llada_edit.models.shapes import written
from llada_edit.textfiles import file_sha256, write_atomically
from llada_edit.training.kept import reading
from llada_edit.training.plan import Plan
from llada_edit.training.texts import named

FREE = {
    "folder", "minutes", "fit", "workers", "threads", "device", "compile", "licence", "memory",
    "steps", "accumulate", "save_every", "validate_every", "validate_batches", "bf16",
}  # fmt: skip
"""Settings that may differ from call to call."""
SECOND_PART = {
    "start", "network", "mix", "warm_up", "decay", "rate_ramp", "body_rate", "embedding_rate", "head_rate",
}  # fmt: skip
"""Those that also may in a recipe that says `goes_on`."""
TEXTS = ("train", "valid", "pairs")
MADE = ("tokenizer.json", "steps.json", *(f"{name}/starts.npy" for name in ("train", "valid")))
"""What is made from recipe and text before the first step; without its borders an encoded text counts for nothing."""
NOTHING = hashlib.sha256().hexdigest()
Record = dict[str, Any]


def begin(plan: Plan) -> None:
    """Note recipe and texts of a new run; of one that goes on, check that they are the same.

    Raises:
        DocumentError: a file that cannot be read.
        OptionError: they are not the same, the recipe goes on with nothing, or a damaged file.
    """
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionError(f"folder {plan.folder} cannot be made ({error.strerror}); give another") from error
    path, now = plan.folder / "run.json", _record(plan)
    _check_apart(now["texts"])
    done, known = _steps_done(plan.folder / "checkpoint.pt"), _known(path)
    if done is None:
        if plan.goes_on:
            raise OptionError(
                f"{plan.folder} has no checkpoint to go on from; run the first part of this recipe before"
            )
        if known != now:
            for name in MADE:
                (plan.folder / name).unlink(missing_ok=True)
            _write(path, now)
        return
    if known is None:  # begun by an older version
        _write(path, now)
    else:
        _check_same(plan, known, now)
    if not plan.fit and plan.recipe.steps < done:
        raise OptionError(f"steps is {plan.recipe.steps}, and {plan.folder} has done {done}; give at least as many")


def _write(path: Path, record: Record) -> None:
    write_atomically(path, json.dumps(record, indent=1) + "\n")


def _record(plan: Plan) -> Record:
    settings = {name: value for name, value in asdict(plan).items() if name not in {*FREE, *TEXTS, "unread", "goes_on"}}
    settings["recipe"] = {name: value for name, value in settings["recipe"].items() if name not in FREE}
    [(shape, sizes)] = written(plan.network).items()
    settings["network"] = {"shape": shape, **sizes}
    # By its last names: the folder may lie elsewhere on the next machine.
    settings["start"] = None if plan.start is None else "/".join(plan.start.parts[-2:])
    texts = {name: [[path.name, _digest(path)] for path in getattr(plan, name)] for name in TEXTS}
    record: Record = json.loads(json.dumps({"settings": settings, "texts": texts}))
    return record


def _check_same(plan: Plan, known: Record, now: Record) -> None:
    free = SECOND_PART if plan.goes_on else set()
    changes = list(_changes(known["settings"], now["settings"], free))
    if changes:
        raise OptionError(
            f"{plan.folder} was begun with another recipe ({', '.join(changes)}); put it back, or give another folder. "
            f"What may change: {', '.join(sorted(FREE))}"
        )
    for name in TEXTS:
        moved = _moved(known["texts"].get(name, []), now["texts"][name])
        if moved:
            raise OptionError(
                f"the files of {name!r} are not those that {plan.folder} was begun with ({moved}); put them back, or "
                f'give another folder, perhaps with start = "{plan.folder.name}/model" to go on from what was learned'
            )


def _changes(known: Record, now: Record, free: Set[str]) -> Iterator[str]:
    """What differs between two tables; settings that only one of them knows belong to another version."""
    for name in [name for name in now if name in known and name not in free]:
        if isinstance(known[name], dict) and isinstance(now[name], dict):
            yield from _changes(known[name], now[name], free)
        elif known[name] != now[name]:
            yield f"{name} was {json.dumps(known[name])}, is {json.dumps(now[name])}"


def _moved(known: Sequence[Sequence[str]], now: Sequence[Sequence[str]]) -> str:
    """The names of files that differ; empty where none does."""
    old, new = ({name: digest for name, digest in side} for side in (known, now))
    sides = {
        "new": [name for name in new if name not in old],
        "gone": [name for name in old if name not in new],
        "changed": [name for name in new if name in old and new[name] != old[name]],
    }
    found = [f"{side}: {named(names)}" for side, names in sides.items() if names]
    return "; ".join(found) or ("" if known == now else "their order, or one of several of the same name")


def _check_apart(texts: dict[str, list[list[str]]]) -> None:
    seen = {digest: name for name, digest in texts["train"] if digest != NOTHING}
    for name, digest in texts["valid"]:
        if digest in seen:
            raise OptionError(
                f"{name} in 'valid' is {seen[digest]} in 'train'; what is measured on must not be trained on"
            )


def _steps_done(checkpoint: Path) -> int | None:
    if not checkpoint.exists():
        return None
    with reading(checkpoint, "put a copy back, or remove it to begin anew"):
        return int(torch.load(checkpoint, weights_only=True, map_location="cpu", mmap=True)["step"])


def _known(path: Path) -> Record | None:
    if not path.exists():
        return None
    with reading(path, "remove it, if recipe and text are as they were"):
        record: Record = json.loads(path.read_bytes())
        return {"settings": dict(record["settings"]), "texts": dict(record["texts"])}


def _digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise DocumentError(f"{path} cannot be read ({error.strerror}); give files that can") from error
