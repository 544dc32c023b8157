"""What several commands share: where text comes from, which model, and how results are printed."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from llada_edit.document import Document
from llada_edit.errors import DocumentError, OptionError
from llada_edit.markup import closing_of
from llada_edit.textfiles import decode

if TYPE_CHECKING:
    from llada_edit.editor import Editor

F = TypeVar("F", bound=Callable[..., Any])

_FILE_NAME = re.compile(r"(?:~|\.{1,2})?/.+|.*\w\.[A-Za-z][A-Za-z0-9]{0,9}")
"""A place from a root on, or a name with a suffix such as ``.md`` or ``.jsonl``."""
_PACKED = (b"PK\x03\x04", b"PAR1")
"""How Office files, e-books and Parquet files begin."""
_LOADING = "llada_edit.loading"


def counted(number: int, thing: str) -> str:
    """``1 document``, ``2 documents``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def model_options(function: F) -> F:
    """``--model`` and `device_options`."""
    return click.option(
        "--model",
        default="bundled",
        show_default=True,
        help='Folder or id of a model on this disk (see "models list").',
    )(device_options(function))


def device_options(function: F) -> F:
    """``--device`` as an argument of the command; ``--dtype`` and ``--quantize`` for `loading` alone."""
    options = [
        click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps."),
        click.option(
            "--dtype", expose_value=False, callback=_note, help="Number format: float32, bfloat16 or float16."
        ),
        click.option("--quantize", expose_value=False, callback=_note, help="int8 or int4 weights (CUDA only)."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def _note(context: click.Context, option: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.meta.setdefault(_LOADING, {})[option.name] = value


def loading() -> dict[str, Any]:
    """How the user wants the model of the running command to be loaded, as arguments of `Editor.load`."""
    return dict(click.get_current_context().meta.get(_LOADING, {}))


def file_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What the shell completes an argument with that is a file or a text: file names."""
    return [CompletionItem(incomplete, type="file")]


def json_option(function: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(function)


def load_editor(model: str, device: str) -> Editor:
    """An editor; torch is imported here and not before."""
    from llada_edit.editor import Editor

    return Editor.load(model, device=device, **loading())


@contextmanager
def needs_extra(extra: str, *packages: str) -> Iterator[None]:
    """One line for the user where `packages` of an extra are not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in packages:
            raise
        raise OptionError(
            f'this command needs {error.name}; install it with: pip install "llada-edit[{extra}]"'
        ) from error


def read_input(source: str, marker: str | None = "[?") -> Document:
    """A document from a file, from standard input ("-"), or from the argument itself.

    An argument that names no file is a text, unless it looks like a file's name: no white space, no hole, and either a
    place from a root on (``/``, ``./``, ``../``, ``~/``) or a suffix at its end. The rule is that of all commands.

    Raises:
        DocumentError: no such file and no text either, binary input, or empty input.
    """
    if source == "-":
        text = decode(sys.stdin.buffer.read(), "standard input")
        document = Document(text) if marker is None else Document.parse(text, marker)
    elif _is_there(source):
        _refuse_archive(source)
        document = Document.read(source, marker)
    elif _looks_like_file(source, marker or "[?"):
        raise DocumentError(f"there is no file {source!r}; check its name, or give it as a text through stdin with -")
    else:
        document = Document(source) if marker is None else Document.parse(source, marker)
        document.encode(source)  # refuses bytes on the command line that are no text
    if not document.text.strip():
        raise DocumentError(f"{document.path or 'the input'} is empty; give some text")
    return document


def hole_markup(marker: str = "[?") -> str:
    """How to mark a hole, for messages."""
    return f'"{marker}{closing_of(marker)}" or "[MASK]"'


def echo_json(value: Any) -> None:
    """One JSON document on stdout, in UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _refuse_archive(source: str) -> None:
    """A `DocumentError` for a file whose text is packed, such as a Word file: only `rewrite` reads those."""
    try:
        with open(source, "rb") as file:
            packed = file.read(4) in _PACKED
    except (OSError, ValueError):
        return  # reading it says what is wrong
    if not packed:
        return
    from llada_edit.formats.registry import format_of

    form = format_of(source)
    kind = f"a file of the kind {form.name}" if form else "a packed file"
    raise DocumentError(
        f"{source} is {kind}, and this command takes text files alone; copy the paragraph into a text file, or pass it"
        f" as the text itself{' (rewrite changes words in such files, and fills no holes)' if form else ''}"
    )


def _is_there(source: str) -> bool:
    try:
        return bool(source) and Path(source).exists()
    except (OSError, ValueError):  # a text too long for a file name
        return False


def _looks_like_file(source: str, marker: str) -> bool:
    marked = marker in source or "[MASK]" in source
    return not marked and not any(c.isspace() for c in source) and bool(_FILE_NAME.fullmatch(source))
