"""What a run found, for people and tools: unified diffs and SARIF 2.1.0. The JSON report is `stored.write_edits`."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any, TextIO
from urllib.parse import quote

from llada_edit import __version__
from llada_edit.batch.records import DocumentResult, StoredEdit
from llada_edit.batch.stored import Stored
from llada_edit.document import splice
from llada_edit.formats.registry import format_named

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LEVELS = {"error": "error", "quarantined": "error", "conflict": "error", "skipped": "note"}


def text_of(stored: Stored, document: DocumentResult) -> str:
    """The text of a file as its format reads it.

    Raises:
        Conflict: the file is not the one that the run read; `AppliedAlready`, where that is this run's own doing.
        DocumentError: it cannot be read.
    """
    return format_named(document.record.format).read(stored.read(document)).text


def diff(path: str, text: str, edits: tuple[StoredEdit, ...]) -> str:
    """Unified diff, as ``patch`` reads it; of the text, where the file is an archive."""
    before, after = _LINE.findall(text), _LINE.findall(splice(text, edits))
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def write_sarif(stored: Stored, file: TextIO) -> None:
    """SARIF 2.1.0: a result with a fix for each edit, and one without for each document that failed.

    Fixes name bytes of the file. Edits of archives, where no bytes of the file are the text, have no fix.
    """
    driver = {
        "name": "llada-edit",
        "semanticVersion": __version__,
        "rules": [
            {"id": "rewrite", "shortDescription": {"text": "A passage can be put in other words."}},
            {"id": "document", "shortDescription": {"text": "A document could not be rewritten."}},
        ],
    }
    base = {"ROOT": {"uri": stored.root.as_uri().rstrip("/") + "/"}}
    head = json.dumps({"tool": {"driver": driver}, "originalUriBaseIds": base, "columnKind": "unicodeCodePoints"})
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    file.write(f'{{"$schema": "{schema}", "version": "2.1.0", "runs": [{head[:-1]}, "results": [')
    comma = ""
    for document in stored.documents():
        for found in _results(document):
            file.write(f"{comma}\n{json.dumps(found, ensure_ascii=False)}")
            comma = ","
    file.write("\n]}]}\n")


def _results(document: DocumentResult) -> Iterator[dict[str, Any]]:
    record = document.record
    place = {"uri": quote(document.path.encode("utf-8", "surrogateescape")), "uriBaseId": "ROOT"}
    if record.status in _LEVELS:
        yield {
            "ruleId": "document",
            "level": _LEVELS[record.status],
            "message": {"text": f"{record.status}: {record.reason}"},
            "locations": [{"physicalLocation": {"artifactLocation": place}}],
        }
    for edit in record.edits:
        region = {"startLine": edit.line} if edit.place is None else _bytes(edit.place)
        found = {
            "ruleId": "rewrite",
            "level": "note",
            "message": {"text": f"{edit.old!r} can be {edit.new!r}"},
            "locations": [{"physicalLocation": {"artifactLocation": place, "region": region}}],
        }
        if edit.place is not None:
            change = {"deletedRegion": _bytes(edit.place), "insertedContent": {"text": edit.new}}
            found["fixes"] = [{"artifactChanges": [{"artifactLocation": place, "replacements": [change]}]}]
        yield found


def _bytes(place: tuple[int, int]) -> dict[str, int]:
    return {"byteOffset": place[0], "byteLength": place[1] - place[0]}
