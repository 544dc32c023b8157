"""Infilling and rewriting for writing tools, on masked-diffusion language models.

The front door: every public name, loaded when it is first asked for (PEP 562), so that `import llada_edit` costs
milliseconds and brings neither torch nor numpy. Nothing inside the package imports from here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llada_edit.document import Document, Hole, LengthHint, Span
    from llada_edit.editor import Editor
    from llada_edit.edits import Candidate, Edit, Fill, TokenScore
    from llada_edit.errors import (
        BrokenModel,
        ConstraintError,
        DocumentError,
        DoesNotFit,
        LladaEditError,
        ModelError,
        NotEnoughMemory,
        OptionError,
        PluginError,
        UnknownModel,
        Unsatisfiable,
        UnsupportedModel,
    )
    from llada_edit.options import InfillOptions, RewriteOptions

__version__ = "0.1.0"

__all__ = [
    "BrokenModel",
    "Candidate",
    "ConstraintError",
    "Document",
    "DocumentError",
    "DoesNotFit",
    "Edit",
    "Editor",
    "Fill",
    "Hole",
    "InfillOptions",
    "LengthHint",
    "LladaEditError",
    "ModelError",
    "NotEnoughMemory",
    "OptionError",
    "PluginError",
    "RewriteOptions",
    "Span",
    "TokenScore",
    "UnknownModel",
    "Unsatisfiable",
    "UnsupportedModel",
    "__version__",
]

_ROOMS = {
    "document": ("Document", "Hole", "LengthHint", "Span"),
    "editor": ("Editor",),
    "edits": ("Candidate", "Edit", "Fill", "TokenScore"),
    "errors": (
        "BrokenModel",
        "ConstraintError",
        "DocumentError",
        "DoesNotFit",
        "LladaEditError",
        "ModelError",
        "NotEnoughMemory",
        "OptionError",
        "PluginError",
        "UnknownModel",
        "Unsatisfiable",
        "UnsupportedModel",
    ),
    "options": ("InfillOptions", "RewriteOptions"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a public name from the module it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted({*globals(), *__all__})
