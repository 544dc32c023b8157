"""All settings in one dataclass: types, defaults, limits and descriptions.

Validation, the table in the documentation and the contribution of a VS Code extension are made from it. Names are in
camel case wherever a user writes them. Knows nothing of where values come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any, NamedTuple

from llada_edit.document import Document
from llada_edit.errors import OptionError

MOST = 8
"""Largest number of proposals: more are slow to find and tiresome to read."""

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


def _marker(value: Any) -> str:
    try:
        Document.parse("", value)
    except OptionError as error:
        return str(error.args[0]).partition("; ")[2]
    return ""


def _device(value: Any) -> str:
    return "" if _DEVICE.fullmatch(value) else "give auto, cpu, mps, cuda or cuda:0"


def _option(default: Any, text: str, **more: Any) -> Any:
    """A field: its default, what it is, and limits (`low`, `high`), `choices`, `check`, `empty`, `whole`."""
    return field(default=default, metadata={"text": text, **more})


class Engine(NamedTuple):
    """A model, where it runs, and on how many threads; see `Settings`."""

    model: str
    device: str
    dtype: str
    threads: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of one session, or of one document in it; what each means stands in its metadata."""

    model: str = _option("bundled", "The model: `bundled`, a folder, or the id of a model on this disk.", whole=True)
    device: str = _option("auto", "Where it runs: `auto`, `cpu`, `mps`, `cuda`, `cuda:1`.", check=_device, whole=True)
    dtype: str = _option(
        "auto",
        "Number format: `bfloat16` is faster on processors that have it; `auto` is float32 for small models.",
        choices=("auto", "float32", "bfloat16", "float16"),
        whole=True,
    )
    threads: int = _option(0, "Processor threads; 0 leaves it to the machine.", low=0, high=256, whole=True)
    marker: str = _option("[?", "What opens a hole; the mirrored brackets close it.", check=_marker)
    n: int = _option(3, "Proposals to choose from.", low=1, high=MOST)
    seed: int = _option(0, "Where chance begins: the same seed gives the same proposals.", low=0, high=2**31 - 1)
    context: int = _option(0, "Most tokens of text that the model looks at; 0 takes what is good.", low=0, high=65536)
    keep: tuple[str, ...] = _option((), "Words and phrases that no rewriting may change.")
    languages: tuple[str, ...] = _option(
        (), "Language ids of the documents to work in, such as `markdown`; none named means all."
    )
    strength: str = _option("rephrase", "How much a paraphrase changes.", choices=("touch-up", "rephrase", "rewrite"))
    tone: str = _option(
        "",
        "How a paraphrase is to sound: `formal`, `plain` or `simplify` where the model offers it, for a model that "
        "follows instructions any words; what the model cannot do is left out.",
        empty=True,
    )
    hover: bool = _option(True, "Other words for the word under the pointer.")
    completion: bool = _option(True, "Fillings and other words in the completion list.")
    inlineCompletion: bool = _option(True, "Ghost text that fits what stands left and right of the cursor.")
    inlineWhileTyping: bool = _option(True, "Ghost text without being asked, when the typing pauses.")
    inlinePause: int = _option(200, "Milliseconds of pause before ghost text is looked for.", low=0, high=5000)
    inlineBudget: int = _option(500, "Milliseconds that ghost text may take; then the best so far.", low=50, high=60000)
    codeLens: bool = _option(True, "Lines above holes and above text that was just written.")
    inlayHints: bool = _option(True, "What a hole asks for and how much longer a rewriting has become, in the text.")
    confidence: bool = _option(False, "Colours for how sure the model was of each word that it wrote.")
    diagnostics: bool = _option(
        False, "Hints at holes that are left; words that a check found unlikely are always shown."
    )
    unlikely: float = _option(0.001, "Probability below which a check finds a word unlikely.", low=0.0, high=1.0)
    delivery: str = _option(
        "auto",
        "How edits arrive: with the action, or later as an edit of the server; `auto` goes by the editor.",
        choices=("auto", "resolve", "later"),
    )

    @property
    def engine(self) -> Engine:
        """What the model is loaded by."""
        return Engine(self.model, self.device, self.dtype, self.threads)


def options() -> Iterator[Field[Any]]:
    """All fields, in the order in which they are documented."""
    yield from fields(Settings)


def problem(option: Field[Any], value: Any) -> str:
    """What to give instead of a value; empty where the value is good."""
    default, limits = option.default, option.metadata
    if isinstance(default, tuple):
        good = isinstance(value, list | tuple) and all(isinstance(item, str) and item.strip() for item in value)
        return "" if good else "give a list of texts"
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "give true or false"
    if isinstance(default, int | float):
        kinds = (int,) if isinstance(default, int) else (int, float)
        good = isinstance(value, kinds) and not isinstance(value, bool) and limits["low"] <= value <= limits["high"]
        return "" if good else f"give {limits['low']} to {limits['high']}"
    if not isinstance(value, str) or not (value.strip() or limits.get("empty")):
        return "give a text"
    if "choices" in limits and value not in limits["choices"]:
        return f"give one of {', '.join(limits['choices'])}"
    check: Callable[[Any], str] | None = limits.get("check")
    return check(value) if check else ""
