"""Documents to train on or to measure with: JSONL files, plain or packed, and folders of a writer's own files.

Knows files and text; does not know tokens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, cast

import zstandard

from llada_edit.document import Document
from llada_edit.errors import DocumentError

PLAIN = (".md", ".txt", ".tex", ".rst")
"""Suffixes of files that are one document each."""
LINES = (".jsonl", ".jsonl.zst")
"""Endings of files with one JSON object a line."""
LONG = 20_000
"""Characters from which a document is cut, so that a part of one long book can be held out."""


@dataclass(frozen=True, slots=True)
class Text:
    """One document, where it comes from, and what kind of text it is."""

    text: str
    source: str = ""
    kind: str = ""


def text_files(path: Path) -> list[Path]:
    """The files with text in a folder and its subfolders, hidden ones left out; a file is itself."""
    if not path.is_dir():
        return [path]
    return sorted(
        found
        for found in path.rglob("*")
        if found.is_file()
        and found.name.endswith((*PLAIN, *LINES))
        and not any(part.startswith(".") for part in found.relative_to(path).parts)
    )


def read_documents(files: Sequence[Path]) -> Generator[Text]:
    """The documents of JSONL files (plain or ``.zst``), and of Markdown, LaTeX and text files.

    Raises:
        DocumentError: a line or a file that is no text; the message names it.
    """
    for path in files:
        if path.name.endswith(PLAIN):
            yield Text(Document.read(path, None).text, str(path), path.suffix[1:])
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
    """The texts alone, without those whose source begins with one of `leave_out`."""
    for document in read_documents(files):
        if not document.source.startswith(leave_out):
            yield document.text


def parts(texts: Iterable[str], every: int, held_out: bool) -> Iterator[str]:
    """Every `every`-th part of some texts, or all others; long texts are cut at paragraph borders."""
    for number, part in enumerate(part for text in texts for part in _cut(text)):
        if (number % every == every - 1) == held_out:
            yield part


def first(texts: Iterable[str], characters: int) -> Iterator[str]:
    """Texts until they have so many characters together."""
    for text in texts:
        if characters <= 0:
            return
        characters -= len(text)
        yield text


def _cut(text: str) -> Iterator[str]:
    start = 0
    for border in re.finditer(r"\n\s*\n", text):
        if border.end() - start >= LONG:
            yield text[start : border.start()]
            start = border.end()
    yield text[start:]


def _open(path: Path) -> TextIO:
    if path.suffix != ".zst":
        return path.open(encoding="utf-8")
    unpacker = zstandard.ZstdDecompressor(max_window_size=2**27)
    return cast(TextIO, zstandard.open(path, "rt", dctx=unpacker, encoding="utf-8"))


def batched(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Lists of `size` texts, the last one shorter."""
    rest = iter(texts)
    while batch := list(islice(rest, size)):
        yield batch
