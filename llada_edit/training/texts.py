"""Documents to train on or to measure with: JSONL files, plain or packed, and folders of a writer's own files.

Knows files and text; does not know tokens.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, cast

import zstandard

from llada_edit.document import Document
from llada_edit.errors import DocumentError

PLAIN = (".md", ".markdown", ".txt", ".tex", ".rst")
"""Suffixes of files that are one document each, in any case."""
LINES = (".jsonl", ".jsonl.zst")
"""Endings of files with one JSON object a line, in any case."""


@dataclass(frozen=True, slots=True)
class Text:
    """One document, where it comes from, and what kind of text it is."""

    text: str
    source: str = ""
    kind: str = ""


def text_files(path: Path) -> list[Path]:
    """The files with text in a folder and its subfolders, hidden ones left out; a file is itself."""
    return sort_out(path)[0]


def sort_out(path: Path) -> tuple[list[Path], list[Path]]:
    """As `text_files`, and what else lies there and is not read: files of other kinds, and links to folders."""
    if not path.is_dir():
        return [path], []
    found = [
        one
        for one in sorted(path.rglob("*"))
        if (one.is_file() or one.is_symlink()) and not any(part.startswith(".") for part in one.relative_to(path).parts)
    ]
    texts = {one: one.is_file() and one.name.lower().endswith((*PLAIN, *LINES)) for one in found}
    return [one for one in found if texts[one]], [one for one in found if not texts[one]]


def read_documents(files: Sequence[Path]) -> Generator[Text]:
    """The documents of JSONL files (plain or ``.zst``), and of Markdown, LaTeX and text files.

    Raises:
        DocumentError: a line or a file that is no text; the message names it.
    """
    for path in files:
        if path.name.lower().endswith(PLAIN):
            yield Text(Document.read(path, None).text, str(path), path.suffix[1:].lower())
            continue
        for entry, place in read_lines(path):
            text = entry.get("text")
            if not isinstance(text, str):
                raise DocumentError(f'{place} is not a JSON object with a "text"; give JSONL files')
            yield Text(text, str(entry.get("source", path.name)), str(entry.get("kind", "")))


def read_lines(path: Path) -> Generator[tuple[dict[str, Any], str]]:
    """The JSON objects of a file, each with its place for messages."""
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, 1):
                yield _entry(line, f"{path}:{number}"), f"{path}:{number}"
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path} is not UTF-8 ({error.reason}); convert it first") from error
    except (OSError, zstandard.ZstdError) as error:
        raise DocumentError(f"{path} cannot be read ({error}); give JSONL files, plain or .zst") from error


def _entry(line: str, place: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        raise DocumentError(f"{place} is not a JSON object; give JSONL files")
    return entry


def read_texts(files: Sequence[Path], leave_out: tuple[str, ...] = ()) -> Generator[str]:
    """The texts alone, without those whose source begins with one of `leave_out`.

    Lines end in a line feed, and no text begins with a byte-order mark: neither is to be learned.
    """
    for document in read_documents(files):
        if not document.source.startswith(leave_out):
            yield document.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def first(texts: Iterable[str], characters: int) -> Iterator[str]:
    """Texts until they have so many characters together."""
    for text in texts:
        if characters <= 0:
            return
        characters -= len(text)
        yield text


def _open(path: Path) -> TextIO:
    if path.suffix.lower() != ".zst":
        return path.open(encoding="utf-8-sig")
    unpacker = zstandard.ZstdDecompressor(max_window_size=2**27)
    return cast(TextIO, zstandard.open(path, "rt", dctx=unpacker, encoding="utf-8-sig"))


def named(names: Sequence[str]) -> str:
    """The first three of some names, for a message."""
    return ", ".join(names[:3]) + (", …" if names[3:] else "")


def batched(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Lists of `size` texts, the last one shorter."""
    rest = iter(texts)
    while batch := list(islice(rest, size)):
        yield batch
