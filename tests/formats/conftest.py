"""Generators of documents for all formats: what each is made of, mixed at random, with broken line ends and markup."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest
from hypothesis import strategies as st

Build = Callable[[st.DrawFn], bytes]

WORDS = [
    *("word", "two words", "Zürich", "e\u0301te\u0301", "\U0001f469\u200d\U0001f52c", "\U0001f1e9\U0001f1ea"),
    *("\u0928\u092e\u0938\u094d\u0924\u0947", "\ud55c\uad6d", "a.b", "x_y", "1,000", "don't"),
    *("\u201cquoted\u201d", "50%", "%s", "{{name}}", "${x}", "[?]", "[?name: 3 words]", "[MASK]"),
    *("https://example.org/a(b)", "me@example.org", "www.example.com.", "\u200d", "\u0301", "C:\\dir", "\\"),
    *("-", "\u2013"),
]

# One line an entry; W stands for one of the words, and ¶ for a line break that belongs to the entry.
LINES = {
    path.stem: path.read_text("utf-8").removesuffix("\n").split("\n")
    for path in sorted((Path(__file__).parent / "lines").glob("*.txt"))
}


def filled(draw: st.DrawFn, line: str, clean: Callable[[str], str] = str) -> str:
    return re.sub(r"\bW\b|W", lambda _: clean(draw(st.sampled_from(WORDS))), line)


def text_of(draw: st.DrawFn, name: str) -> str:
    breaks = draw(st.sampled_from([["\n"], ["\r\n"], ["\n", "\r\n", "\r"]]))
    clean: Callable[[str], str] = str
    if name in ("csv", "tsv", "po"):
        clean = lambda word: word.replace("\\", "/")  # noqa: E731
    parts = [
        filled(draw, line, clean).replace("¶", breaks[0]) + draw(st.sampled_from(breaks))
        for line in draw(st.lists(st.sampled_from(LINES[name]), max_size=12))
    ]
    return draw(st.sampled_from(["", "", "\ufeff"])) + "".join(parts)[: None if draw(st.booleans()) else -1]


def texts(draw: st.DrawFn, most: int = 4) -> list[str]:
    return [" ".join(draw(st.lists(st.sampled_from(WORDS), max_size=6))) for _ in range(draw(st.integers(1, most)))]


def as_json(draw: st.DrawFn, value: object) -> str:
    return json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))


def json_file(draw: st.DrawFn) -> bytes:
    return as_json(
        draw, {"id": "a b c d e", "l": [{"text": t + " with more words", "n": 1.5} for t in texts(draw)]}
    ).encode()


def jsonl_file(draw: st.DrawFn) -> bytes:
    return "\n".join(json.dumps({"text": t + "\n\nand more words here"}) for t in texts(draw)).encode()


def notebook(draw: st.DrawFn) -> bytes:
    cells = []
    for _ in range(draw(st.integers(1, 3))):
        source = text_of(draw, "markdown")
        kind = draw(st.sampled_from(["markdown", "markdown", "code"]))
        cells.append({"cell_type": kind, "source": source.splitlines(keepends=True) if draw(st.booleans()) else source})
    return as_json(draw, {"cells": cells, "nbformat": 4}).encode()


def marked(draw: st.DrawFn, word: str, tags: list[str]) -> str:
    tag = draw(st.sampled_from(["", "", *tags]))
    word = escape(word, quote=False) + draw(st.sampled_from(["", "&#233;", "<!-- c -->", "<![CDATA[ x ]]>", "\r\n "]))
    return f"<{tag}>{word}</{tag.split()[0]}>" if tag else word


def xhtml_text(draw: st.DrawFn) -> str:
    inline = ["b", "code", 'span x="1"', "em"]
    blocks = []
    for text in texts(draw):
        tag = draw(st.sampled_from(["p", "h1", "li", "pre", "div"]))
        blocks.append(f"<{tag}>{' '.join(marked(draw, word, inline) for word in text.split(' '))}</{tag}>")
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{"".join(blocks)}</body></html>'


def xhtml(draw: st.DrawFn) -> bytes:
    return (draw(st.sampled_from(["", "\ufeff"])) + xhtml_text(draw)).encode()


def xliff(draw: st.DrawFn) -> bytes:
    units = []
    for text in texts(draw):
        target = "".join(marked(draw, word, ["g", "mrk", "x"]) for word in text.split(" "))
        units.append(f'<trans-unit id="1"><source>s</source><target>{target}</target></trans-unit>')
    space = "urn:oasis:names:tc:xliff:document:1.2"
    return f'<xliff xmlns="{space}"><file><body>{"".join(units)}</body></file></xliff>'.encode()


def archive(draw: st.DrawFn, members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", draw(st.sampled_from([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]))) as packed:
        for name, text in [("mimetype", "x"), *members.items(), ("media/a.bin", "\0" * 50)]:
            packed.writestr(name, text)
        packed.comment = b"a comment"
    return file.getvalue()


def runs(draw: st.DrawFn, text: str, prefix: str) -> str:
    styles = ["", f"<{prefix}:rPr/>", f"<{prefix}:rPr><{prefix}:b/></{prefix}:rPr>"]
    found = []
    for part in re.split(draw(st.sampled_from([r"(?<=\s)", r"(?<=\w)"])), text):
        keeps = draw(st.sampled_from(["", ' xml:space="preserve"']))
        run = f"{draw(st.sampled_from(styles))}<{prefix}:t{keeps}>{escape(part, quote=False)}</{prefix}:t>"
        found.append(f"<{prefix}:r>{run}{draw(st.sampled_from(['', f'<{prefix}:br/>']))}</{prefix}:r>")
    return "".join(found)


def docx(draw: st.DrawFn) -> bytes:
    body = "".join(f"<w:p>{runs(draw, text, 'w')}</w:p>" for text in texts(draw))
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return archive(draw, {"word/document.xml": f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'})


def pptx(draw: st.DrawFn) -> bytes:
    body = "".join(f"<a:p>{runs(draw, text, 'a')}</a:p>" for text in texts(draw))
    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    return archive(draw, {"ppt/presentation.xml": "<p/>", "ppt/slides/slide1.xml": f'<p xmlns:a="{space}">{body}</p>'})


def odt(draw: st.DrawFn) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    body = "".join(
        f"<t:p>{' '.join(marked(draw, word, ['t:span', 't:date', 't:a']) for word in text.split(' '))}<t:tab/>x</t:p>"
        for text in texts(draw)
    )
    return archive(draw, {"content.xml": f'<o xmlns:t="{space}">{body}</o>'})


def epub(draw: st.DrawFn) -> bytes:
    container = '<c xmlns="u:c"><rootfile full-path="OEBPS/p.opf"/></c>'
    package = '<p xmlns="u:p"><item href="a%20b.xhtml" media-type="application/xhtml+xml"/></p>'
    return archive(
        draw, {"META-INF/container.xml": container, "OEBPS/p.opf": package, "OEBPS/a b.xhtml": xhtml_text(draw)}
    )


def parquet(draw: st.DrawFn) -> bytes:
    import pyarrow
    import pyarrow.parquet

    rows = [None if text == "" else text + " with more words" for text in texts(draw)]
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"id": list(range(len(rows))), "text": rows}), file, row_group_size=2)
    return file.getvalue()


BUILDERS: dict[str, Build] = {
    **{name: (lambda draw, name=name: text_of(draw, name).encode("utf-8", "surrogatepass")) for name in LINES},
    **{"json": json_file, "jsonl": jsonl_file, "notebook": notebook, "xhtml": xhtml, "xliff": xliff, "docx": docx},
    **{"pptx": pptx, "odt": odt, "epub": epub, "parquet": parquet},
}


@pytest.fixture(scope="session")
def builders() -> dict[str, Build]:
    """How a document of each format is drawn."""
    return BUILDERS
