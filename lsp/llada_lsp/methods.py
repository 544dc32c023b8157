"""The methods of our own, ``llada/*``: their names, what each carries, and how that looks on the wire."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, cast

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from llada_lsp import messages

SURFACE = 1
"""Version of these methods, in ``experimental.lladaEdit.version`` of the server's capabilities."""


class Method(NamedTuple):
    """A method: its message, and who sends it."""

    message: type[Any]
    params: type[Any]
    result: type[Any] | None
    sender: str


METHODS: dict[str, Method] = {}


def _method(name: str, params: type[Any], result: type[Any] | None = None, sender: str = "client") -> str:
    fields: dict[str, Any] = {"method": attrs.field(type=str), "params": attrs.field(type=params)}
    if result is not None:
        fields = {"id": attrs.field(type=cast(Any, int | str)), **fields}
    fields["jsonrpc"] = attrs.field(type=str, default="2.0")
    title = name.removeprefix("llada/").title()
    METHODS[name] = Method(attrs.make_class(f"{title}Message", fields), params, result, sender)
    return name


PROPOSE = _method("llada/propose", messages.Order, messages.Proposals)
RESAMPLE = _method("llada/resample", messages.Resample, messages.Proposals)
ALTERNATIVES = _method("llada/alternatives", messages.Place, messages.Words)
SCORE = _method("llada/score", messages.Part, messages.Scored)
OPERATIONS = _method("llada/operations", messages.Nothing, messages.Offers)
GET_STATUS = _method("llada/getStatus", messages.Nothing, messages.Status)
CANCEL = _method("llada/cancel", messages.Named)
DID_ACCEPT = _method("llada/didAccept", messages.Verdict)
DID_REJECT = _method("llada/didReject", messages.Verdict)
DENOISE = _method("llada/denoise", messages.Denoised, sender="server")
STATUS = _method("llada/status", messages.Status, sender="server")

_DATA = tuple(
    kind for kind in vars(messages).values() if isinstance(kind, type) and kind.__module__ == messages.__name__
)


def register(converter: Converter) -> None:
    """Teach a converter our types: camel case outside, snake case inside."""
    for kind in (*_DATA, *(method.message for method in METHODS.values())):
        attrs.resolve_types(kind)
        names = {field.name: override(rename=_camel(field.name)) for field in attrs.fields(kind)}
        # `Any`: to a type checker, a field could be one of the options of these functions.
        structure: Any = partial(make_dict_structure_fn, kind, converter)
        unstructure: Any = partial(make_dict_unstructure_fn, kind, converter)
        converter.register_structure_hook(kind, structure(**names))
        converter.register_unstructure_hook(kind, unstructure(**names))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
