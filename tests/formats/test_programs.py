"""What was edited opens in the program that people use for it: LibreOffice reads it, LaTeX compiles it."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from llada_edit.edits import Edit
from llada_edit.formats.gate import keep
from llada_edit.formats.registry import format_named
from llada_edit.holes import Span

pytestmark = pytest.mark.slow

LETTER = """<html><head><title>t</title></head><body><h1>A heading 😀</h1>
<p>We utilize the <b>new facility</b> &amp; a <a href="https://example.org/utilize">link</a>, 5 &lt; 6.</p>
<ul><li>utilize one</li><li>and <i>utilize</i> two</li></ul>
<table><tr><td>utilize</td><td>漢字</td></tr></table></body></html>"""
ARTICLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\newcommand{\own}[1]{#1}
\begin{document}
\section{We utilize Caf\'e}
We utilize $x^2$ and \emph{utilize it} \own{utilize}\footnote{To utilize or not.}, 50\% of \verb|utilize|.
% utilize
\begin{itemize}
  \item utilize one
  \item[utilize] two
\end{itemize}
\begin{equation} y = 1 \end{equation}
\begin{tabular}{ll} utilize & two \\ \end{tabular}
``Quoted'' --- utilize.
\end{document}
"""


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} here: .ci/editors/documents installs it")
    return found


def run(command: list[str], home: Path) -> None:
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        command,
        cwd=home,
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def converted(path: Path, kind: str, home: Path) -> Path:
    """The file as LibreOffice understands it, in another format; it writes nothing where it cannot read."""
    options = ["--headless", "--norestore", f"-env:UserInstallation={home.as_uri()}/profile"]
    target = home / f"{path.stem}.{kind.partition(':')[0]}"
    target.unlink(missing_ok=True)
    run([program("soffice"), *options, "--convert-to", kind, "--outdir", str(home), str(path)], home)
    return target


def edited(data: bytes, name: str) -> bytes:
    """Every word "utilize" that may change is "use"."""
    form = format_named(name)
    prose = form.read(data)
    words = [Edit(Span(*found.span()), "use") for found in re.finditer(r"\butilize\b", prose.text)]
    kept = keep(form, prose, words)
    assert len(kept.changes) >= 4
    return kept.data


@pytest.mark.parametrize("name", ["docx", "odt"])
def test_libreoffice_opens_what_was_edited(tmp_path: Path, name: str) -> None:
    page = tmp_path / "letter.html"
    page.write_text(LETTER, encoding="utf-8")
    kinds = {"docx": "docx:MS Word 2007 XML", "odt": "odt:writer8"}
    # An HTML page becomes a text document by way of odt only.
    office = converted(page, "odt:writer8", tmp_path / "made")
    if name == "docx":
        office = converted(office, kinds[name], tmp_path / "made")
    after = tmp_path / f"after.{name}"
    after.write_bytes(edited(office.read_bytes(), name))
    texts = [
        converted(path, "txt:Text (encoded):UTF8", tmp_path / "read").read_text("utf-8") for path in (office, after)
    ]
    assert "utilize" in texts[0] and "😀" in texts[0]
    assert texts[1] == texts[0].replace("utilize", "use")
    # And what LibreOffice makes of it again has the same parts.
    parts = [zipfile.ZipFile(io.BytesIO(path.read_bytes())).namelist() for path in (office, after)]
    assert parts[0] == parts[1]


def test_latex_compiles_what_was_edited(tmp_path: Path) -> None:
    pages = []
    for name, data in (("before", ARTICLE.encode()), ("after", edited(ARTICLE.encode(), "latex"))):
        (tmp_path / f"{name}.tex").write_bytes(data)
        run([program("pdflatex"), "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", name], tmp_path)
        pages.append(
            re.findall(r"Output written on \w+\.pdf \((\d+) page", (tmp_path / f"{name}.log").read_text("latin-1"))
        )
    assert pages[0] == pages[1] == ["1"]
    after = (tmp_path / "after.tex").read_text()
    assert r"\verb|utilize|" in after and r"\own{utilize}" in after and "We use $x^2$ and \\emph{use it}" in after
