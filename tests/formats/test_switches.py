"""Parts that are switched off, by the comments that the page names for each format."""

import re
from pathlib import Path

import pytest

from llada_edit.formats.registry import format_named, format_names

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8").partition("## Switching parts off")[2]
ROWS = re.findall(r"^\| ([^|]+) \| `([^`]*llada-edit: off[^`]*)` \|$", PAGE, re.MULTILINE)
NAMES = {
    **{"reStructuredText": "rst", "WebVTT": "vtt", "C++": "cpp"},
    **{name.casefold(): name for name in format_names()},
}
XLIFF = '<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2"><file><body>PARTS</body></file></xliff>'
XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><body>PARTS</body></html>'
# What stands around the parts of a document, and what a part looks like; T is its prose.
SHAPES = {
    "rust": ("PARTS", "/// T\nfn a() {}\n"),
    "go": ("package a\n\nPARTS", "// T\nvar a int\n"),
    "java": ("PARTS", "// T\nclass A {}\n"),
    **{name: ("PARTS", "// T\nlet a = 1;\n") for name in ("javascript", "typescript")},
    **{name: ("PARTS", "/* T */\nint a;\n") for name in ("c", "cpp")},
    "python": ("PARTS", "# T\na = 1\n"),
    "shell": ("PARTS", "# T\nls\n"),
    "vtt": ("WEBVTT\n\nPARTS", "00:01.000 --> 00:02.000\nT\n\n"),
    "po": ("PARTS", 'msgid "a"\nmsgstr "T"\n\n'),
    "html": ("<body>PARTS</body>", "<p>T</p>\n"),
    "xhtml": (XHTML, "<p>T</p>"),
    "xliff": (XLIFF, '<trans-unit id="1"><source>s</source><target>T</target></trans-unit>'),
    "notebook": ('{"cells": [{"cell_type": "markdown", "source": "PARTS"}], "nbformat": 4}', "T\\n\\n"),
}
CASES = [
    (NAMES.get(name, name.casefold().removesuffix("s")), comment)
    for names, comment in ROWS
    for name in re.sub(r" \([^)]*\)", "", names).split(", ")
    if name != "ePub"  # read as XHTML
]


def test_the_page_names_all_formats_with_comments():
    assert len(ROWS) == 7
    without = {"text", "srt", "csv", "tsv", "json", "jsonl", "parquet", "docx", "pptx", "odt", "epub", "tsx"}
    assert {name for name, _ in CASES} == {*format_names()} - without


@pytest.mark.parametrize(("name", "comment"), CASES)
def test_what_is_between_the_comments_stays(name, comment):
    whole, part = SHAPES.get(name, ("PARTS", "T\n\n"))
    end = "\\n\\n" if name == "notebook" else "\n\n"
    off, on = comment + end, comment.replace("off", "on") + end
    one, two, three = (part.replace("T", words) for words in ("free words one", "kept words two", "free words three"))
    for parts, expected in ((one + off + two + on + three, 2), (one + off + two + three, 1)):
        prose = format_named(name).read(whole.replace("PARTS", parts).encode())
        found = [span.of(prose.text) for passage in prose.passages for span in passage.editable]
        assert found == ["free words one", "free words three"][:expected]
