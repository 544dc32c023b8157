"""Infilling and rewriting for writing tools, on masked-diffusion language models.

The front door: every public name, loaded when it is first asked for (PEP 562), so that `import llada_edit` costs
milliseconds and brings neither torch nor numpy. Nothing inside the package imports from here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llada_edit.constraints.copying import NoCopy
    from llada_edit.constraints.grammar import Grammar
    from llada_edit.constraints.phrases import MustInclude, Phrases
    from llada_edit.constraints.schema import JsonSchema
    from llada_edit.constraints.sentences import Sentences
    from llada_edit.constraints.sounds import Rhymes, Syllables
    from llada_edit.constraints.template import Template
    from llada_edit.constraints.texts import Chars, Choice, Prefix, Regex, Suffix, Words
    from llada_edit.constraints.values import Constraint, Tokens
    from llada_edit.constraints.wire import from_json, to_json
    from llada_edit.document import Document
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
    from llada_edit.holes import Hole, LengthHint, Span
    from llada_edit.infilling import Frame
    from llada_edit.options import InfillOptions, RewriteOptions
    from llada_edit.scoring import Alternative, TextScore

__version__ = "0.1.0"

__all__ = [
    "Alternative",
    "BrokenModel",
    "Candidate",
    "Chars",
    "Choice",
    "Constraint",
    "ConstraintError",
    "Document",
    "DocumentError",
    "DoesNotFit",
    "Edit",
    "Editor",
    "Fill",
    "Frame",
    "Grammar",
    "Hole",
    "InfillOptions",
    "JsonSchema",
    "LengthHint",
    "LladaEditError",
    "ModelError",
    "MustInclude",
    "NoCopy",
    "NotEnoughMemory",
    "OptionError",
    "Phrases",
    "PluginError",
    "Prefix",
    "Regex",
    "RewriteOptions",
    "Rhymes",
    "Sentences",
    "Span",
    "Suffix",
    "Syllables",
    "Template",
    "TextScore",
    "TokenScore",
    "Tokens",
    "UnknownModel",
    "Unsatisfiable",
    "UnsupportedModel",
    "Words",
    "__version__",
    "from_json",
    "to_json",
]

_ROOMS = {
    "constraints.copying": ("NoCopy",),
    "constraints.grammar": ("Grammar",),
    "constraints.phrases": ("MustInclude", "Phrases"),
    "constraints.schema": ("JsonSchema",),
    "constraints.sentences": ("Sentences",),
    "constraints.sounds": ("Rhymes", "Syllables"),
    "constraints.template": ("Template",),
    "constraints.texts": ("Chars", "Choice", "Prefix", "Regex", "Suffix", "Words"),
    "constraints.values": ("Constraint", "Tokens"),
    "constraints.wire": ("from_json", "to_json"),
    "document": ("Document",),
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
    "holes": ("Hole", "LengthHint", "Span"),
    "infilling": ("Frame",),
    "options": ("InfillOptions", "RewriteOptions"),
    "scoring": ("Alternative", "TextScore"),
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
