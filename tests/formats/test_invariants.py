"""The invariants of all formats, on generated documents: spans, identity, splicing, the gate, and new text."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
import unicodedata
import zipfile
from collections import Counter
from typing import Any

import pytest
import regex
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from llada_edit.edits import Edit
from llada_edit.errors import DocumentError
from llada_edit.formats.base import Prose
from llada_edit.formats.gate import keep
from llada_edit.formats.registry import format_named, format_names
from llada_edit.formats.text import TextProse
from llada_edit.holes import Span

# What a model may propose: harmless, and everything that could break a file.
NEW = [
    *("word", "a longer wording", "été", "\U0001f469\u200d\U0001f52c", "", " ", "word ", " word", "\u0301x"),
    *("\n", "a\nb", "\r\n", "\u2028", "\x00", "\x1b[0m", "\u200b", "\u202e", "\u2066x\u2069", "\ufeff"),
    *("\ud800", "\xad", "<b>", "</p>", "<!--", "&amp;", "&", "]]>", "<", ">", "http://evil.example"),
    *("evil.com/x", "javascript:alert(1)", "`", "``", "*", "**", "_", "~", "$", "#", "# ", "- ", "> ", "|"),
    *("]", "](x)", "[a](b)", "![", "{", "}", "{{x}}", "${y}", "%", "%s", "\\", "\\x{a}", "\\n", '"', '"""'),
    *("''", "'", ",", ";", "\t", "//", "/*", "*/", "--", "-->", "::", "=A1", "@x", "[?]", "[MASK]"),
    *("<|mdm_mask|>", "``x``", ":ref:`x`", "|x|_", "#strong[x]", "=verb=", "^a^", "++", "==", "def f():"),
]


@st.composite
def proposals(draw: st.DrawFn, prose: Prose) -> list[Edit]:
    """Changes of words, of whole spans and of places, some of them outside of what may change."""
    edits = []
    spans = [span for passage in prose.passages for span in passage.editable]
    for span in draw(st.lists(st.sampled_from(spans), max_size=5)) if spans else []:
        start = draw(st.integers(max(0, span.start - draw(st.sampled_from([0, 0, 0, 2]))), span.end))
        end = draw(st.integers(start, min(len(prose.text), span.end + draw(st.sampled_from([0, 0, 0, 2])))))
        edits.append(Edit(Span(start, end), draw(st.sampled_from(NEW)) + draw(st.sampled_from(["", "", " more"]))))
    return edits


def check_spans(prose: Prose) -> None:
    last = 0
    borders = {0, *(found.end() for found in regex.finditer(r"\X", prose.text))}
    for passage in prose.passages:
        assert last <= passage.span.start < passage.span.end <= len(prose.text)
        last, inside = passage.span.end, passage.span.start
        assert passage.editable
        for span in passage.editable:
            assert inside <= span.start < span.end <= passage.span.end
            assert {span.start, span.end} <= borders
            inside = span.end
        assert any(c.isalpha() for span in passage.editable for c in span.of(prose.text))


def hidden(text: str) -> int:
    return sum(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c not in "\r\n" for c in text)


def check(name: str, builders: dict[str, Any], data: st.DataObject) -> Counter[str]:
    """Every invariant, on one document; what was seen."""
    form = format_named(name)
    source = builders[name](data.draw)
    try:
        prose = form.read(source)
    except DocumentError:
        return Counter(refused=1)
    check_spans(prose)
    again = form.read(source)
    assert (again.text, again.passages) == (prose.text, prose.passages)
    assert (again.skeleton, again.protected) == (prose.skeleton, prose.protected)
    assert prose.splice([]) == source
    same = [Edit(span, span.of(prose.text)) for passage in prose.passages for span in passage.editable]
    if not isinstance(prose, TextProse):  # escapes may be written in another way
        assert form.read(prose.splice(same)).text == prose.text
    else:
        assert prose.splice(same) == source
    edits = data.draw(proposals(prose))
    kept = keep(form, prose, edits)
    assert len(kept.changes) + len(kept.rejected) == len(edits)
    after = form.read(kept.data)
    assert (after.skeleton, after.protected) == (prose.skeleton, prose.protected)
    if not kept.changes:
        assert kept.data == source
    check_complement(prose, after, kept.changes, source, kept.data)
    for change in kept.changes:
        old = change.span.of(prose.text)
        assert hidden(change.text) <= hidden(old)
        assert len(re.findall(r"[\r\n]", change.text)) <= len(re.findall(r"[\r\n]", old))
    assert "evil" not in after.text or "evil" in prose.text
    return Counter(documents=1, proposed=len(edits), kept=len(kept.changes))


def check_complement(prose: Prose, after: Prose, changes: tuple[Edit, ...], old: bytes, new: bytes) -> None:
    """Everything outside the changes is the same, byte for byte in text files."""
    done = shift = 0
    for change in changes:
        assert after.text[done + shift : change.span.start + shift] == prose.text[done : change.span.start]
        assert after.text[change.span.start + shift :].startswith(change.text)
        shift += len(change.text) - len(change.span)
        done = change.span.end
    assert after.text[done + shift :] == prose.text[done:]
    if isinstance(prose, TextProse):
        assert old.decode() == prose.text and new.decode() == after.text
        assert in_utf16(prose.text, changes) == after.text
    elif old.startswith(b"PK"):
        check_members(old, new)


def in_utf16(text: str, changes: tuple[Edit, ...]) -> str:
    """The text after edits as an editor applies them: counted in UTF-16 units, from the last to the first."""
    units = text.encode("utf-16-le")
    for change in reversed(changes):
        start, end = (len(text[:at].encode("utf-16-le")) for at in (change.span.start, change.span.end))
        units = units[:start] + change.text.encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le")


def check_members(old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(old)) as before, zipfile.ZipFile(io.BytesIO(new)) as after:
        assert after.testzip() is None and after.comment == before.comment
        for left, right in zip(before.infolist(), after.infolist(), strict=True):
            assert (left.filename, left.compress_type, left.date_time) == (
                right.filename,
                right.compress_type,
                right.date_time,
            )
            assert (left.external_attr, left.extra) == (right.external_attr, right.extra)
            if not left.filename.endswith(("xml", "xhtml")):
                assert before.read(left) == after.read(right)


# Languages that are read by the same code as another one.
NAMES = sorted({*format_names()} - {"c", "cpp", "go", "java", "tsx", "typescript"})
fast = settings(max_examples=12, derandomize=True, suppress_health_check=list(HealthCheck))
quick = settings(fast, max_examples=1000, phases=[Phase.generate])
many = settings(max_examples=400, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", NAMES)
@fast
@given(data=st.data())
def test_invariants(name: str, builders: dict[str, Any], data: st.DataObject) -> None:
    check(name, builders, data)


@pytest.mark.parametrize("name", NAMES)
def test_the_generators_give_prose_that_can_be_changed(name: str, builders: dict[str, Any]) -> None:
    form = format_named(name)

    def changes(source: bytes) -> bool:
        try:
            prose = form.read(source)
        except DocumentError:
            return False
        words = [Edit(Span(*found.span()), "other") for found in re.finditer(r"\bword\b", prose.text)]
        return keep(form, prose, words).data != source

    find(st.composite(builders[name])(), changes, settings=quick)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_invariants_on_ten_thousand_documents(name: str, builders: dict[str, Any]) -> None:
    """So many are read over all formats; those that are refused do not count. With ``-s``, says how many there were."""
    seen: Counter[str] = Counter()

    @many
    @given(data=st.data())
    def each(data: st.DataObject) -> None:
        seen.update(check(name, builders, data))

    while seen["documents"] < 10_000 / len(NAMES):
        each()
    print(f"\n{name}: {dict(seen)}")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The examples of the CommonMark specification; its licence is another one than ours, so they are fetched."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here, which fetches the CommonMark specification")
    folder = tmp_path_factory.mktemp("spec")
    command = [npm, "pack", "commonmark-spec@0.31.2", "--silent", "--pack-destination", str(folder)]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("the CommonMark specification could not be fetched")
    with tarfile.open(next(folder.glob("*.tgz"))) as packed:
        file = packed.extractfile("package/spec.txt")
        assert file is not None
        text = file.read().decode()
    fence = "`" * 32
    found = re.findall(rf"^{fence} example[^\n]*\n(.*?)^\.\n.*?^{fence}$", text, re.MULTILINE | re.DOTALL)
    return [example.replace("\u2192", "\t").encode() for example in found]


@pytest.mark.slow
def test_every_example_of_the_commonmark_specification_is_read_and_written_back(spec: list[bytes]) -> None:
    assert len(spec) > 600
    form = format_named("markdown")
    for example in spec:
        prose = form.read(example)
        check_spans(prose)
        same = [Edit(span, span.of(prose.text)) for passage in prose.passages for span in passage.editable]
        assert prose.splice(same) == prose.splice([]) == example


@pytest.mark.slow
@many
@given(data=st.data())
def test_invariants_on_the_commonmark_specification(spec: list[bytes], data: st.DataObject) -> None:
    """One to four examples below each other: what one leaves open, the next one closes."""

    def drawn(draw: st.DrawFn) -> bytes:
        return b"\n".join(draw(st.lists(st.sampled_from(spec), min_size=1, max_size=4)))

    check("markdown", {"markdown": drawn}, data)
