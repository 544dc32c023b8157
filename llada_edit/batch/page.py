"""The report as one HTML page: each changed passage side by side, before and after. No script, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TextIO

from llada_edit.batch.records import STATUSES, DocumentResult, Status, StoredEdit
from llada_edit.batch.reports import text_of
from llada_edit.batch.review import visible
from llada_edit.batch.stored import Stored
from llada_edit.errors import LladaEditError

_WIDEST = 1200
"""Characters of a line on either side of its edits that are shown."""

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>llada-edit: proposed edits</title><style>
:root{color-scheme:light dark;--ink:#1f2328;--soft:#656d76;--paper:#fdfcf9;--card:#fff;--line:#e2dfd6;--del:#fbe3e0;
--delink:#8f1d12;--ins:#dcf3e1;--insink:#0f5a2a;--mark:#3b5bdb}
@media(prefers-color-scheme:dark){:root{--ink:#e6e3dc;--soft:#9a978f;--paper:#17181a;--card:#1f2124;--line:#34363a;
--del:#4a2320;--delink:#ffb4ab;--ins:#1d3d28;--insink:#a6e3b8;--mark:#91a7ff}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 Georgia,"Iowan Old Style",
"Palatino Linotype",serif}main{max-width:74rem;margin:0 auto;padding:2.5rem 1.25rem 5rem}
h1{font-size:1.7rem;margin:0 0 .25rem}p.sum,.n,nav,.kind,summary{font-family:system-ui,sans-serif}
p.sum{color:var(--soft);margin:0 0 1.5rem}nav{columns:18rem;font-size:.86rem;margin-bottom:2.5rem}
nav a{display:block;color:var(--mark);text-decoration:none;overflow-wrap:anywhere}nav a:hover{text-decoration:underline}
section{margin:0 0 2.75rem}h2{font:600 1rem/1.4 ui-monospace,Menlo,Consolas,monospace;position:sticky;top:0;margin:0;
background:var(--paper);padding:.6rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
h2 small{color:var(--soft);font-weight:400}.pair{display:grid;grid-template-columns:3.2rem 1fr 1fr;gap:0 1.25rem;
background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.85rem 1rem;margin:.8rem 0}
.n{color:var(--soft);font-size:.78rem;padding-top:.2rem}.pair p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
del,ins{text-decoration:none;border-radius:.2rem;padding:.05rem .15rem}del{background:var(--del);color:var(--delink)}
ins{background:var(--ins);color:var(--insink)}.kind{font-size:.9rem;color:var(--soft)}
@media(max-width:46rem){.pair{grid-template-columns:1fr}.pair p+p{border-top:1px dashed var(--line);margin-top:.5rem;
padding-top:.5rem}}
@media print{h2{position:static}.pair{break-inside:avoid}}
</style></head><body><main>
<!-- llada-edit: off -->
"""


def write_page(stored: Stored, file: TextIO) -> None:
    """Write the page; documents are read again for the text around the edits, one at a time."""
    ways: dict[Status, int] = dict.fromkeys(STATUSES, 0)
    edits, links = 0, []
    for number, document in enumerate(stored.documents()):
        ways[document.record.status] += 1
        edits += len(document.record.edits)
        if document.record.edits:
            count = len(document.record.edits)
            links.append(f'<a href="#d{number}">{_safe(document.path)} ({count})</a>')
    listed = ", ".join(f"{count} {name}" for name, count in ways.items() if count)
    file.write(_HEAD)
    file.write(
        f'<h1>{edits} proposed {"edit" if edits == 1 else "edits"}</h1><p class="sum">{listed or "no documents"}</p>\n'
    )
    file.write(f"<nav>{''.join(links)}</nav>\n")
    for number, document in enumerate(stored.documents()):
        if document.record.edits:
            file.write(_section(stored, document, number))
    file.write(_others(stored))
    file.write("</main></body></html>\n")


def _section(stored: Stored, document: DocumentResult, number: int) -> str:
    count = len(document.record.edits)
    title = f'<h2 id="d{number}">{_safe(document.path)} <small>{count} {"edit" if count == 1 else "edits"}</small></h2>'
    try:
        text = text_of(stored, document)
    except LladaEditError as error:
        pairs = [f'<p class="kind">{_safe(str(error.args[0]))}</p>']
        pairs += [
            _pair(str(edit.line), f"<del>{_safe(edit.old)}</del>", f"<ins>{_safe(edit.new)}</ins>")
            for edit in document.record.edits
        ]
    else:
        pairs = [_passage(text, group) for group in _grouped(text, document.record.edits)]
    return f"<section>{title}\n{''.join(pairs)}</section>\n"


def _grouped(text: str, edits: Sequence[StoredEdit]) -> Iterator[list[StoredEdit]]:
    """Edits that stand in the same line together."""
    group: list[StoredEdit] = []
    for edit in edits:
        if group and "\n" in text[group[-1].end : edit.start]:
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


def _passage(text: str, group: Sequence[StoredEdit]) -> str:
    first, last = group[0].start, group[-1].end
    start = max(text.rfind("\n", 0, first) + 1, first - _WIDEST)
    end = text.find("\n", last)
    end = min(len(text) if end < 0 else end, last + _WIDEST)
    old, new, at = [], [], start
    for edit in group:
        between = _safe(text[at : edit.start])
        old += [between, f"<del>{_safe(edit.old)}</del>" if edit.old else ""]
        new += [between, f"<ins>{_safe(edit.new)}</ins>" if edit.new else ""]
        at = edit.end
    rest = _safe(text[at:end].removesuffix("\r"))
    return _pair(str(group[0].line), "".join([*old, rest]), "".join([*new, rest]))


def _pair(line: str, old: str, new: str) -> str:
    return f'<div class="pair"><span class="n">{line}</span><p>{old}</p><p>{new}</p></div>\n'


def _others(stored: Stored) -> str:
    """Documents with something to say, and edits that the gate refused."""
    rows = []
    for document in stored.documents():
        record = document.record
        if record.reason:
            rows.append(f"<p><b>{_safe(document.path)}</b> {record.status}: {_safe(record.reason)}</p>")
        rows += [
            f"<p><b>{_safe(document.path)}</b> refused: {_safe(old)} → {_safe(new)} ({_safe(reason)})</p>"
            for old, new, reason in record.rejected
        ]
    inner = "".join(rows)
    return (
        f'<details class="kind"><summary>Not changed, and why ({len(rows)})</summary>{inner}</details>' if rows else ""
    )


def _safe(text: str) -> str:
    """For a page: escaped, invisible characters written out, lone surrogates too."""
    return escape(visible(text), quote=True)
