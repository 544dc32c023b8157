"""All formats by name, file name and language id; ours come through the same door as those of third parties.

The door is the entry point group ``llada_edit.formats``: a name, and a callable without arguments that returns a
`Format`. Formats are loaded when they are asked for, so that a library of one is no burden on another.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import PurePath

from llada_edit.errors import LladaEditError, OptionError, PluginError
from llada_edit.formats.base import Format

GROUP = "llada_edit.formats"


def format_names() -> list[str]:
    """The names of all formats, sorted."""
    return sorted(_points())


@cache
def format_named(name: str) -> Format:
    """The format of a name such as ``markdown``.

    Raises:
        OptionError: there is none.
        PluginError: it does not load.
    """
    point = _points().get(name)
    if point is None:
        raise OptionError(f"format {name!r} is unknown; there are: {', '.join(format_names())}")
    try:
        form: Format = point.load()()
    except LladaEditError:
        raise
    except Exception as error:
        raise PluginError(f"format plug-in {name!r} ({point.value}) does not load: {error}") from error
    return form


def format_of(path: str | PurePath) -> Format | None:
    """The format of a file by the end of its name, the longest ending first; None where no format claims it."""
    name = PurePath(path).name.lower()
    endings = [name[at:] for at, c in enumerate(name) if c == "."]
    return next((_by_suffix()[ending] for ending in endings if ending in _by_suffix()), None)


def format_for_language(language_id: str) -> Format | None:
    """The format of an editor's language id; None where no format claims it."""
    return _by_language().get(language_id)


@cache
def _points() -> dict[str, EntryPoint]:
    points: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        if points.setdefault(point.name, point).value != point.value:
            raise PluginError(f"format {point.name!r} is offered by {points[point.name].value} and {point.value}")
    return points


@cache
def _by_suffix() -> dict[str, Format]:
    forms = [format_named(name) for name in reversed(format_names())]
    return {suffix: form for form in forms for suffix in form.suffixes}


@cache
def _by_language() -> dict[str, Format]:
    forms = [format_named(name) for name in reversed(format_names())]
    return {key: form for form in forms for key in form.language_ids}
