"""What was measured of a model's rewriting: ``operations.json`` beside its weights, and each operation in a sentence.

`llada-edit eval --pairs --keep` writes the figures; what a person who read changes found is entered by hand, under
"read", and kept. Whether that is good enough to offer an operation is said in `quality`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from llada_edit.errors import BrokenModel, OptionError, UnknownModel
from llada_edit.models.load import folder_of

FILE = "operations.json"
HEADLINES = {"paraphrase": ("ibleu", "iBLEU")}
"""The score that an operation is judged by; GLEU for all others, since SARI has no agreed value for a copy."""
SHIPPED, COPY = "editor", "copy"
"""Ways of `llada_edit.training.evaluation.comparing` that a user sees, and that it has to beat."""


@dataclass(frozen=True, slots=True)
class Read:
    """Changes that a person read, and how many of them were good, no better and no worse, and wrong."""

    changes: int
    good: int
    same: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of one operation with one model.

    Attributes:
        name: of the operation.
        pairs: how many the scores come from.
        ways: scores by way, each a figure by name (`llada_edit.training.evaluation.comparing.Scores`).
        read: changes that a person judged; None where nobody did.
        gains: 95 % intervals, lower and upper end, of what a way has more than copying, in the form of `ways`; empty
            where there are too few pairs, or the file is of an earlier version.
    """

    name: str
    pairs: int = 0
    ways: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    read: Read | None = None
    gains: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, data: Mapping[str, Any]) -> Self:
        """From the content of a file."""
        scored, read = data["pairs"].get(name, {}), data["read"].get(name)
        judged = None if read is None else Read(**read)
        return cls(name, scored.get("pairs", 0), scored.get("ways", {}), judged, scored.get("gains", {}))

    @property
    def found(self) -> str:
        """For a menu: what a reader found, or how many mistakes were mended; empty where neither is known."""
        if self.read is not None:
            good, wrong = (f"{count / self.read.changes:.0%}" for count in (self.read.good, self.read.wrong))
            return f"Of {self.read.changes} changes that were read, {good} were good and {wrong} wrong."
        if self.name == "proofread" and SHIPPED in self.ways:
            return f"Of {self.pairs} sentences with mistakes, {self.ways[SHIPPED]['exact']:.0%} came out right."
        return ""

    @property
    def sentence(self) -> str:
        """For a list: `found`, and the score beside that of changing nothing; empty where nothing is known.

        Better or worse is said only where the interval of the difference leaves out zero.
        """
        parts = [self.found]
        if SHIPPED in self.ways:
            figure, shown = HEADLINES.get(self.name, ("gleu", "GLEU"))
            own, copied = (self.ways[way][figure] for way in (SHIPPED, COPY))
            verdict = self._verdict(figure)
            parts.append(f"{shown} {own:.3f} on {self.pairs} pairs, {copied:.3f} if nothing is changed{verdict}.")
        return " ".join(filter(None, parts))

    def _verdict(self, figure: str) -> str:
        ends = self.gains.get(SHIPPED, {}).get(figure)
        if ends is None:
            return ""
        low, high = ends
        if low <= 0 <= high:
            return "; no clear difference"
        return f"; better by {low:.3f} to {high:.3f}" if low > 0 else f"; worse by {-high:.3f} to {-low:.3f}"


def measured(reference: str | Path) -> dict[str, Measured]:
    """What was measured of a model by name or folder; empty where nothing was.

    Raises:
        BrokenModel: the file is there and cannot be understood.
    """
    try:
        folder = folder_of(reference)
    except UnknownModel:  # a plug-in, or a model in memory
        return {}
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = {name: Measured.of(name, data) for name in {**data["read"], **data["pairs"]}}
        return {name: one for name, one in found.items() if one.sentence}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise BrokenModel(f"{path} cannot be understood ({error!r:.80}); remove it, or measure again") from error


def store(folder: Path, pairs: Mapping[str, Any], command: str) -> Path:
    """Write new scores beside a model; what a person read is kept.

    Raises:
        OptionError: the folder cannot be written to.
    """
    path = folder / FILE
    try:
        read = json.loads(path.read_text(encoding="utf-8"))["read"] if path.is_file() else {}
        data = {"command": command, "pairs": pairs, "read": read}
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    except (OSError, ValueError, KeyError) as error:
        raise OptionError(f"{path} cannot be written ({error!r:.80}); copy the folder, or remove the file") from error
    return path
