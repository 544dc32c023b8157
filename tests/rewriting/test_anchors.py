"""Headings that the same document links to are left alone, others are not."""

import pytest

from llada_edit.formats.markdown import Markdown
from llada_edit.formats.plain import Plain
from llada_edit.rewriting.anchors import anchor_of, linked_headings

PAGE = """\
See [the drawbacks](#drawbacks), [below](#additional-assistance) and [there][1].

## Drawbacks

They are numerous.

## Additional assistance

We utilize it.

## Obtain *more* `code` & help

[1]: #obtain-more-code--help

## In order to utilize the tool

Done.
"""


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Drawbacks", "drawbacks"),
        ("What's new in 2.0?", "whats-new-in-20"),
        ("The *old* `run_all` & [the rest](a.md)", "the-old-run_all-the-rest"),
        ("__Bold__ words", "bold-words"),
        ("Königin und Café", "königin-und-café"),
        ("Install {#setup}", "install"),
    ],
)
def test_anchors(heading, anchor):
    assert anchor_of(heading) == anchor


def test_only_headings_with_a_link_are_found():
    prose = Markdown().read(PAGE.encode())
    found = [span.of(prose.text) for span in linked_headings(prose)]
    assert found == ["Drawbacks", "Additional assistance", "Obtain *more* `code` & help"]
    assert linked_headings(Markdown().read(b"# Drawbacks\n\nText.\n")) == []
    assert linked_headings(Plain().read(PAGE.encode())) == []


def test_a_numbered_anchor_and_an_encoded_one():
    text = "# Caf\u00e9\n\n# One\n\nA\n\n# One\n\n[a](#one-1) <a href='#caf%C3%A9'>b</a>\n"
    prose = Markdown().read(text.encode())
    assert [span.of(prose.text) for span in linked_headings(prose)] == ["Caf\u00e9", "One", "One"]


@pytest.mark.parametrize("op", ["simplify", "paraphrase", "plain"])
def test_the_links_of_a_document_still_lead_somewhere(bundled, op):
    form = Markdown()
    prose = form.read(PAGE.encode())
    after = prose.splice(bundled.rewrite_document(prose, op=op, form=form)).decode()
    for heading in ("## Drawbacks\n", "## Additional assistance\n", "## Obtain *more* `code` & help\n"):
        assert heading in after
    if op == "simplify":
        assert "## In order to use the tool\n" in after
