"""Documents for `batch.py`: a corpus to rewrite, and one file of every format with the same prose in it."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

OFFICE = (
    "The committee decided to utilize the new facility in order to commence the work before the end of the year.",
    "Prior to the meeting, all participants are requested to ascertain whether their documents are complete.",
    "We shall endeavour to purchase additional equipment in the event that the budget is sufficient.",
    "The results in [the report](https://example.org/report) are subsequent to the `calibrate()` call.",
    "A considerable number of people are of the opinion that the procedure should be terminated.",
    "At this point in time the majority of the applications have been transmitted to the office.",
    "Please notify the administration of any modification of your address.",
)
NOVEL = Path(__file__).with_name("sea-wolf.md")


def novel() -> list[str]:
    """Sentences of a novel, of usual length."""
    text = " ".join(NOVEL.read_text("utf-8").split())
    return [one for one in re.findall(r"[A-Z][^.!?\"*_#]{40,200}[.!?](?= )", text) if one.isascii()]


def paragraphs(number: int) -> Iterator[str]:
    """Four sentences each, half of them of the kind that operations have something to say to; no two are the same."""
    chance, plain = random.Random(number), novel()
    while True:
        mixed = chance.sample(OFFICE, 2) + chance.sample(plain, 2)
        chance.shuffle(mixed)
        yield " ".join(mixed)


def corpus(root: Path, documents: int) -> None:
    """Markdown files: a heading and three paragraphs."""
    for number in range(documents):
        source = paragraphs(number)
        blocks = [f"# Document {number}", *(next(source) for _ in range(3))]
        (root / f"{number:05}.md").write_text("\n\n".join(blocks) + "\n", "utf-8")


def small_corpus(root: Path, documents: int) -> None:
    """One paragraph of two plain sentences each; every twentieth has something to rewrite."""
    plain = novel()
    for number in range(documents):
        chance = random.Random(number)
        chosen = chance.sample(plain, 2) + ([chance.choice(OFFICE)] if number % 20 == 0 else [])
        (root / f"{number:05}.md").write_text(f"Document {number}. {' '.join(chosen)}\n", "utf-8")


def blocks(size: int) -> list[str]:
    """Paragraphs without markup, of so many characters together."""
    found, source = list[str](), paragraphs(0)
    while sum(map(len, found)) < size:
        found.append(re.sub(r"\[([^\]]*)\]\([^)]*\)|`([^`]*)\(\)`", r"\1\2", next(source)))
    return found


def joined(before: str, pattern: str, after: str = "") -> Callable[[list[str]], bytes]:
    return lambda parts: (before + "".join(pattern.replace("T", part) for part in parts) + after).encode()


def members(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return file.getvalue()


def docx(parts: list[str]) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{escape(part)}</w:t></w:r></w:p>" for part in parts)
    return members({"word/document.xml": f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'})


def pptx(parts: list[str]) -> bytes:
    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    body = "".join(f"<a:p><a:r><a:t>{escape(part)}</a:t></a:r></a:p>" for part in parts)
    return members({"ppt/presentation.xml": "<p/>", "ppt/slides/slide1.xml": f'<p xmlns:a="{space}">{body}</p>'})


def odt(parts: list[str]) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    return members(
        {"content.xml": f'<o xmlns:t="{space}">{"".join(f"<t:p>{escape(part)}</t:p>" for part in parts)}</o>'}
    )


def xhtml(parts: list[str]) -> bytes:
    body = "".join(f"<p>{escape(part)}</p>" for part in parts)
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'.encode()


def epub(parts: list[str]) -> bytes:
    package = '<p xmlns="u:p"><item href="a.xhtml" media-type="application/xhtml+xml"/></p>'
    container = '<c xmlns="u:c"><rootfile full-path="p.opf"/></c>'
    return members({"META-INF/container.xml": container, "p.opf": package, "a.xhtml": xhtml(parts).decode()})


def xliff(parts: list[str]) -> bytes:
    unit = '<trans-unit id="1"><source>s</source><target>T</target></trans-unit>'
    units = "".join(unit.replace("T", escape(part)) for part in parts)
    space = "urn:oasis:names:tc:xliff:document:1.2"
    return f'<xliff xmlns="{space}"><file><body>{units}</body></file></xliff>'.encode()


def notebook(parts: list[str]) -> bytes:
    cells = [{"cell_type": "markdown", "source": part.splitlines(keepends=True)} for part in parts]
    return json.dumps({"cells": cells, "nbformat": 4}, indent=1).encode()


def parquet(parts: list[str]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"id": list(range(len(parts))), "text": parts}), file)
    return file.getvalue()


BUILDERS: dict[str, Callable[[list[str]], bytes]] = {
    "text": joined("", "T\n\n"),
    "markdown": joined("", "## Head\n\nT *two words* `code`\n\n- T\n\n"),
    "mdx": joined("import A from 'a'\n\n", "T {x}\n\n"),
    "latex": joined(
        "\\documentclass{a}\\begin{document}\n", "\\section{Head}\nT \\emph{two words} $x$\n\n", "\\end{document}\n"
    ),
    "html": joined("<html><body>\n", "<p>T <b>two words</b> <code>c</code></p>\n", "</body></html>\n"),
    "xhtml": xhtml,
    "rst": joined("", "T *two words* ``code``\n\n"),
    "org": joined("", "* Head\nT =code=\n\n"),
    "typst": joined("", "= Head\nT _two words_ $x$\n\n"),
    "docx": docx,
    "pptx": pptx,
    "odt": odt,
    "epub": epub,
    "xliff": xliff,
    "notebook": notebook,
    "json": lambda parts: json.dumps([{"id": "a1", "text": part} for part in parts], indent=1).encode(),
    "jsonl": lambda parts: "".join(json.dumps({"id": "a1", "text": part}) + "\n" for part in parts).encode(),
    "csv": joined("id,text\n", '1,"T"\n'),
    "tsv": joined("id\ttext\n", "1\tT\n"),
    "parquet": parquet,
    "srt": joined("", "1\n00:00:01,000 --> 00:00:02,000\nT\n\n"),
    "vtt": joined("WEBVTT\n\n", "00:01.000 --> 00:02.000\nT\n\n"),
    "po": joined("", 'msgid "a"\nmsgstr "T"\n\n'),
    "python": joined("", 'def f(x):\n    """T"""\n    return x + 1  # T\n\n\n'),
    **{name: joined("", "// T\nint f(int x) { return x + 1; }\n\n") for name in ("c", "cpp", "java")},
    **{name: joined("", "// T\nfunction f(x) { return x + 1; }\n\n") for name in ("javascript", "typescript", "tsx")},
    "rust": joined("", "/// T\nfn f(x: i32) -> i32 { x + 1 }\n\n"),
    "go": joined("package a\n\n", "// T\nfunc f(x int) int { return x + 1 }\n\n"),
    "shell": joined("", "# T\nf() { echo one; }\n\n"),
}
