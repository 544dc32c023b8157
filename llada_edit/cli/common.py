"""What several commands share: where text comes from, which model, and how results are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from llada_edit.document import Document
from llada_edit.errors import DocumentError

if TYPE_CHECKING:
    from llada_edit.editor import Editor

F = TypeVar("F", bound=Callable[..., Any])


def model_options(function: F) -> F:
    """``--model`` and ``--device``."""
    function = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")(function)
    return click.option(
        "--model",
        default="bundled",
        show_default=True,
        help='Folder or id of a model on this disk (see "models list").',
    )(function)


def json_option(function: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(function)


def load_editor(model: str, device: str) -> Editor:
    """An editor; torch is imported here and not before."""
    from llada_edit.editor import Editor

    return Editor.load(model, device=device)


def read_input(source: str, marker: str | None = "[?") -> Document:
    """A document from a file, from standard input ("-"), or from the argument itself.

    Raises:
        DocumentError: no such file and no text either, binary input, or empty input.
    """
    if source == "-":
        data = sys.stdin.buffer.read()
        document = _from_bytes(data, marker)
    elif _is_file(source):
        document = Document.read(source, marker)
    elif _looks_like_path(source, marker):
        raise DocumentError(f"{source!r} is neither a file nor a text with a hole; give a file, a text, or - for stdin")
    else:
        document = Document(source) if marker is None else Document.parse(source, marker)
        document.encode(source)  # refuses bytes on the command line that are no text
    if not document.text.strip():
        raise DocumentError(f"{document.path or 'the input'} is empty; give some text")
    return document


def echo_json(value: Any) -> None:
    """One JSON document on stdout, in UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _from_bytes(data: bytes, marker: str | None) -> Document:
    if b"\0" in data:
        raise DocumentError("standard input looks binary (it has a zero byte); give UTF-8 text")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"standard input is not UTF-8 (byte 0x{data[error.start]:02x} at offset {error.start}); convert it first"
        ) from error
    return Document(text) if marker is None else Document.parse(text, marker)


def _is_file(source: str) -> bool:
    try:
        return bool(source) and (Path(source).is_file() or Path(source).is_dir())
    except (OSError, ValueError):  # a text too long for a file name
        return False


def _looks_like_path(source: str, marker: str | None) -> bool:
    return (
        bool(source)
        and not any(c.isspace() for c in source)
        and (marker is None or marker not in source)
        and ("[MASK]" not in source and ("/" in source or "." in source.strip(".")))
    )
