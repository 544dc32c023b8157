"""Formats whose visible text is not their bytes: what is seen, what may change, and how it is written back."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from llada_edit.edits import Edit
from llada_edit.errors import DocumentError
from llada_edit.formats.base import Prose
from llada_edit.formats.gate import keep
from llada_edit.formats.json import Json
from llada_edit.formats.registry import format_named
from llada_edit.formats.tables import Table
from llada_edit.holes import Span

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BOLD = "<w:rPr><w:b/></w:rPr>"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"


def packed(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def docx(body: str) -> bytes:
    return packed({"word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'})


def run(text: str, style: str = "", keeps: bool = True) -> str:
    space = ' xml:space="preserve"' if keeps else ""
    return f"<w:r>{style}<w:t{space}>{text}</w:t></w:r>"


def seen(prose: Prose) -> list[list[str]]:
    return [[span.of(prose.text) for span in passage.editable] for passage in prose.passages]


def changed(name: str, data: bytes, old: str, new: str) -> bytes:
    prose = format_named(name).read(data)
    at = prose.text.index(old)
    kept = keep(format_named(name), prose, [Edit(Span(at, at + len(old)), new)])
    assert kept.rejected == ()
    return kept.data


def member(data: bytes, name: str = "word/document.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def test_runs_that_look_alike_are_one_span_and_others_are_not() -> None:
    data = docx(f"<w:p>{run('Some wo')}<w:proofErr/>{run('rds and ')}{run('bold', BOLD)}{run(' ones')}</w:p>")
    assert seen(format_named("docx").read(data)) == [["Some words and ", "bold", " ones"]]
    body = member(changed("docx", data, "words", "texts & > more"))
    assert run("Some texts &amp; &gt; more") + "<w:proofErr/>" + run(" and ") in body


def test_an_insertion_between_two_runs_belongs_to_the_first() -> None:
    data = docx(f"<w:p>{run('plain ')}{run('bold', BOLD)}<w:r><w:tab/></w:r>{run('after')}</w:p>")
    prose = format_named("docx").read(data)
    inserted = [Edit(Span(at, at), new) for at, new in ((6, "and "), (10, "er"), (11, "here"))]
    body = member(keep(format_named("docx"), prose, inserted).data)
    assert run("plain and ") + run("bolder", BOLD) + "<w:r><w:tab/></w:r>" + run("hereafter") in body


def test_fields_changes_formulas_code_and_notes_stay() -> None:
    field = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>{}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    data = docx(
        f"<w:p>{run('Page ')}{field.format(run('12'))}{run(' of')}<w:ins>{run('kept')}</w:ins>"
        f"<w:del><w:r><w:delText>kept</w:delText></w:r></w:del></w:p>"
        f'<w:p><w:fldSimple w:instr="x">{run("kept")}</w:fldSimple>'
        f"<m:oMath xmlns:m='u:m'><m:t>kept</m:t></m:oMath><w:r><w:footnoteReference/></w:r>{run('after')}</w:p>"
        f'<w:p><w:pPr><w:pStyle w:val="SourceCode"/></w:pPr>{run("kept kept")}</w:p>'
    )
    assert seen(format_named("docx").read(data)) == [["Page ", " of"], ["after"]]


def test_blanks_that_word_would_drop_are_protected() -> None:
    data = docx(f"<w:p>{run(' some words ', keeps=False)}</w:p>")
    prose = format_named("docx").read(data)
    assert seen(prose) == [["some words"]]
    kept = keep(format_named("docx"), prose, [Edit(Span(6, 11), "words ")])
    assert kept.changes == ()


def test_kinds_of_paragraphs() -> None:
    style = '<w:pPr><w:pStyle w:val="{}"/></w:pPr>'
    data = docx(
        f"<w:p>{style.format('Heading1')}{run('head')}</w:p><w:p>{style.format('Caption')}{run('under')}</w:p>"
        f"<w:p><w:pPr><w:numPr/></w:pPr>{run('item')}</w:p><w:p>{style.format('Quote')}{run('said')}</w:p>"
    )
    assert [passage.kind for passage in format_named("docx").read(data).passages] == [
        "heading",
        "caption",
        "item",
        "quote",
    ]


def test_open_document_text() -> None:
    note = "<t:note><t:note-citation>1</t:note-citation><t:note-body><t:p>a note</t:p></t:note-body></t:note>"
    body = f"<t:h>head</t:h><t:p>some <t:span>bold</t:span><t:s/>words{note} more<t:date>kept</t:date></t:p>"
    data = packed({"mimetype": "x", "content.xml": f'<o xmlns:t="{TEXT}">{body}</o>'})
    prose = format_named("odt").read(data)
    assert seen(prose) == [["head"], ["some ", "bold", "words", " more"], ["a note"]]
    assert "<t:s/>texts<t:note>" in member(changed("odt", data, "words", "texts"), "content.xml")


def test_a_text_box_inside_a_paragraph_is_its_own_passage() -> None:
    box = f"<w:pict><w:txbxContent><w:p>{run('inside')}</w:p></w:txbxContent></w:pict>"
    data = docx(f"<w:p>{run('before ')}{box}{run('after')}</w:p>")
    assert seen(format_named("docx").read(data)) == [["before ", "after"], ["inside"]]


def test_switches_in_xml_comments() -> None:
    body = "<p>one</p><!-- llada-edit: off --><p>two</p><!-- llada-edit: on --><p>three</p>"
    data = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'.encode()
    assert seen(format_named("xhtml").read(data)) == [["one"], ["three"]]


def test_books_are_read_by_their_package_without_the_table_of_contents() -> None:
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{}</p></body></html>'
    item = '<item href="{}.xhtml" media-type="application/xhtml+xml"/>'
    items = item.format("two") + item.format("one")
    nav = '<item href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    data = packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<c xmlns="u:c"><rootfile full-path="b/p.opf"/></c>',
            "b/p.opf": f'<p xmlns="u:p">{items}{nav}</p>',
            **{f"b/{name}.xhtml": page.format(name) for name in ("one", "two", "nav")},
        }
    )
    assert seen(format_named("epub").read(data)) == [["two"], ["one"]]


def test_xliff_changes_targets_only() -> None:
    target = '<target>free <g id="1">more</g> <x id="2"/>end</target>'
    unit = f"<trans-unit{{}}><source>kept</source>{target}<note>kept</note></trans-unit>"
    body = unit.format("") + unit.format(' translate="no"')
    data = f'<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2"><file><body>{body}</body></file></xliff>'.encode()
    assert seen(format_named("xliff").read(data)) == [["free ", "more", " ", "end"]]


def test_escapes_of_json_are_read_and_written() -> None:
    data = b'{"text": "He said \\"no, never\\" \\u00e9\\ud83d\\ude00 again.\\n\\nMore words stand here."}'
    prose = format_named("json").read(data)
    assert seen(prose) == [['He said "no, never" é\U0001f600 again.'], ["More words stand here."]]
    new = changed("json", data, '"no, never" é', 'a "\\" à')
    assert json.loads(new)["text"].startswith('He said a "\\" à\U0001f600 again.')
    assert new.isascii() and b"\\ud83d\\ude00 again.\\n\\nMore words" in new


def test_named_fields_and_columns_replace_the_heuristics() -> None:
    data = b'{"id": "five words are not enough", "t": "x", "more": "some words that are prose"}'
    assert seen(Json("json", (), fields=("t",)).read(data)) == [["x"]]
    assert seen(format_named("json").read(data)) == [["some words that are prose"]]
    table = Table("csv", (), (), ",", columns=("b",))
    assert seen(table.read(b"a,b\nsome words are in here,x\n")) == [["x"]]
    with pytest.raises(DocumentError, match="no column 'c'"):
        Table("csv", (), (), ",", columns=("c",)).read(b"a,b\n1,2\n")


def test_cells_of_notebooks_keep_their_lines() -> None:
    source = ["# Title\n", "\n", "some *words* and\n", "more `code`"]
    cells = [{"cell_type": "markdown", "source": source}, {"cell_type": "code", "source": ["# some words"]}]
    data = json.dumps({"cells": cells, "nbformat": 4}, indent=1).encode()
    assert seen(format_named("notebook").read(data)) == [["Title"], ["some ", "words", " and\nmore "]]
    new = json.loads(changed("notebook", data, " and\nmore", " or"))
    assert new["cells"][0]["source"] == ["# Title\n", "\n", "some *words* or", " `code`"]
    assert new["cells"][1] == cells[1]


def test_parquet_keeps_all_other_columns_and_metadata() -> None:
    arrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    columns = {
        "id": [1, 2, None],
        "text": ["some words that change", None, "more words that stay\n\nhere"],
        "x": [b"a", b"", None],
    }
    table = arrow.table(columns).replace_schema_metadata({"who": "we"})
    file = io.BytesIO()
    parquet.write_table(table, file, compression="zstd", row_group_size=2)
    new = changed("parquet", file.getvalue(), "some words", "few words")
    after = parquet.ParquetFile(io.BytesIO(new))
    assert after.read().to_pydict() == {
        **columns,
        "text": ["few words that change", None, "more words that stay\n\nhere"],
    }
    assert after.schema_arrow.metadata == {b"who": b"we"} and after.metadata.num_row_groups == 2
    assert after.metadata.row_group(0).column(0).compression == "ZSTD"
