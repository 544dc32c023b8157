"""``llada-edit rewrite`` with files and folders, then ``review`` and ``apply``."""

import json
import os
import pty
import re
import signal
import subprocess
import time
from html.parser import HTMLParser

import pytest
from scripted import REPORT


def test_a_diff_that_patch_takes_and_nothing_is_written(folder, rewrite, git):
    done = rewrite("docs")
    assert done.code == 0, done.err
    assert (folder / "a.md").read_text() == REPORT
    assert "-We utilize the `utilize` tool" in done.out
    git("init", "-q", cwd=folder.parent)
    subprocess.run(["git", "apply", "-"], input=done.out.encode(), cwd=folder.parent, check=True)
    after = (folder / "a.md").read_text()
    assert after != REPORT
    assert "`utilize`" in after
    assert "(https://a.example/purchase)" in after


def test_check_tells_by_its_exit_code(folder, rewrite):
    assert rewrite("docs", "--check").code == 1
    assert rewrite("docs/b.md", "--check").code == 0


def test_write_then_check_is_clean(folder, rewrite):
    wrote = rewrite("docs", "--write", "--allow-dirty")
    assert (wrote.code, wrote.out) == (0, "")
    assert "wrote 6 edits into 2 files" in wrote.err
    assert rewrite("docs", "--check").code == 0
    assert "We use the `utilize`" in (folder / "a.md").read_text()


def test_copies(folder, rewrite, tmp_path):
    assert rewrite("docs", "--output-dir", tmp_path / "out").code == 0
    assert (folder / "a.md").read_text() == REPORT
    assert "We use the" in (tmp_path / "out" / "docs" / "a.md").read_text()
    assert (tmp_path / "out" / "docs" / "b.md").read_text() == "Nothing.\n"


def test_reports(folder, rewrite, tmp_path):
    (folder / "x <script>alert(1).md").write_text("We utilize <b>it</b> & purchase \u202e more.\n")
    done = rewrite("docs", "--json", "--edits", "e.json", "--sarif", "s.json", "--html", "p.html")
    assert done.code == 0, done.err
    assert json.loads(done.out) == json.loads((tmp_path / "e.json").read_text())
    assert [one["path"] for one in json.loads(done.out)["documents"]][:3] == ["docs/a.md", "docs/b.md", "docs/c.tex"]
    sarif = json.loads((tmp_path / "s.json").read_text())
    data = (folder / "a.md").read_bytes()
    found = [one for one in sarif["runs"][0]["results"] if "a.md" in json.dumps(one)]
    assert sarif["version"] == "2.1.0"
    assert found
    for one in found:
        change = one["fixes"][0]["artifactChanges"][0]["replacements"][0]
        region = change["deletedRegion"]
        old = data[region["byteOffset"] :][: region["byteLength"]].decode()
        assert f"{old!r} can be {change['insertedContent']['text']!r}" == one["message"]["text"]
    page = (tmp_path / "p.html").read_text()
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, dict(attributes)))
    parser.feed(page)
    assert "script" not in {tag for tag, _ in tags}
    assert not [name for _, attributes in tags for name in attributes if name in ("src", "srcset", "onload")]
    assert all(attributes["href"].startswith("#") for _, attributes in tags if "href" in attributes)
    assert not re.search(r"url\(|@import|https?://(?!a\.example)", page)
    assert "\u202e" not in page
    assert "<ins>use</ins>" in page


def test_review_then_apply(folder, rewrite, plain, tmp_path):
    assert rewrite("docs/a.md", "--run", "r").code == 0
    edits = json.loads(rewrite("docs/a.md", "--run", "r", "--json").out)["documents"][0]["edits"]
    assert len(edits) >= 3
    code, out, err = plain("review", "r", stdin=b"y\n?\nn\nq\n")
    assert code == 0
    assert "1 accepted, 1 rejected" in err
    assert f"edit 3 of {len(edits)}" in out
    code, out, err = plain("review", "r", stdin=b"s\ne\n<b>\ne\nfine words\n" if len(edits) > 3 else b"e\nfine words\n")
    assert "2 accepted" in err
    assert f"edit 1 of {len(edits)}" not in out
    assert plain("apply", "r")[0] == 0
    after = (folder / "a.md").read_text()
    assert edits[0]["new"] in after
    assert "fine words" in after
    assert edits[1]["old"] in after
    assert plain("apply", "r")[::2] == (0, "wrote 0 edits into 0 files; 1 had its edits already\n")
    assert (folder / "a.md").read_text() == after


def test_review_refuses_what_the_gate_refuses(folder, rewrite, plain):
    rewrite("docs/a.md", "--run", "r")
    _, out, err = plain("review", "r", stdin=b"e\n<script>\nq\n")
    assert "cannot stand there: it adds a tag" in out
    assert "0 accepted" in err


def test_applying_to_a_changed_file_fails(folder, rewrite, plain):
    rewrite("docs", "--edits", "e.json")
    (folder / "a.md").write_text("New text.\n")
    code, _, err = plain("apply", "e.json")
    assert code == 3
    assert "conflict: docs/a.md" in err
    assert (folder / "a.md").read_text() == "New text.\n"


def test_git_decides_what_is_looked_at_and_written(folder, rewrite, git, tmp_path):
    (tmp_path / ".gitignore").write_text("drafts/\n*.log.md\n")
    (folder / "x.log.md").write_text(REPORT)
    (folder / "drafts").mkdir()
    (folder / "drafts" / "d.md").write_text(REPORT)
    git("init", "-q", cwd=tmp_path)
    refused = rewrite("docs", "--write")
    assert refused.code == 2
    assert "git has no copy" in refused.err
    git("add", ".", cwd=tmp_path)
    git("commit", "-qm", "one", cwd=tmp_path)
    assert rewrite("docs", "--check", "--changed-since", "HEAD").code == 0
    (folder / "b.md").write_text("We utilize it.\n")
    (folder / "new.md").write_text("We utilize it too.\n")
    done = json.loads(rewrite("docs", "--changed-since", "HEAD", "--json").out)
    assert [one["path"] for one in done["documents"]] == ["docs/b.md", "docs/new.md"]
    assert rewrite("docs", "--write").code == 2
    assert rewrite("docs", "--write", "--allow-dirty").code == 0
    assert "use" in (folder / "new.md").read_text()
    assert (folder / "drafts" / "d.md").read_text() == REPORT
    assert (folder / "x.log.md").read_text() == REPORT


@pytest.mark.parametrize("reference", ["nowhere", "--output=x", "HEAD;ls"])
def test_commits_that_are_none(folder, rewrite, refuses, git, tmp_path, reference):
    git("init", "-q", cwd=tmp_path)
    refuses(rewrite("docs", f"--changed-since={reference}"), "no such commit")


def test_patterns_and_switched_off_parts(folder, rewrite):
    (folder / "deep").mkdir()
    (folder / "deep" / "d.md").write_text(
        "<!-- llada-edit: off -->\n\nWe utilize it.\n\n<!-- llada-edit: on -->\n\nWe purchase it.\n"
    )
    done = json.loads(rewrite("docs/**/*.md", "--json").out)["documents"]
    assert [one["path"] for one in done] == ["docs/a.md", "docs/b.md", "docs/deep/d.md"]
    assert [edit["old"] for edit in done[-1]["edits"]] == ["purchase"]


def test_contradictions_are_refused(folder, rewrite, refuses):
    refuses(rewrite("docs", "--write", "--check"), "contradict")
    refuses(rewrite("docs", "--shard", "1/2"), "--run FOLDER")
    refuses(rewrite("docs", "--shard", "3/2", "--run", "r"), "does not exist")
    refuses(rewrite("docs", "--shard", "x", "--run", "r"), "no part")
    refuses(rewrite("docs", "--shard", "1/2", "--run", "r", "--write"), "does not write")
    refuses(rewrite("docs", "--ray-address", "x"), "--engine ray")
    refuses(rewrite("docs", "--ray-address", "x", "--engine", "ray"), "--run FOLDER")
    refuses(rewrite("docs", "--engine", "ray", "--time-limit", "1"), "--time-limit does not work")
    refuses(rewrite("docs", "no-such-folder"), "no-such-folder")


def test_an_estimate_writes_and_prints_no_edits(folder, rewrite):
    done = rewrite("docs", "--estimate")
    assert done.code == 0
    assert re.search(r"3 documents, \d+ bytes: about \d+ s with 1 worker", done.out)


def test_an_estimate_of_a_long_document_does_a_part_of_it(folder, rewrite, monkeypatch):
    monkeypatch.setattr("llada_edit.cli.estimate._LONG", 5.0)
    (folder / "long.md").write_text("SLOW passage.\n\n" * 500)
    done = rewrite("docs/long.md", "--estimate")
    assert done.code == 0
    assert re.search(r"1 document, 7500 bytes: about \d+ (s|min) with 1 worker", done.out)
    monkeypatch.setattr("llada_edit.cli.estimate._LONG", 0.3)
    (folder / "long.md").write_text("HANGS\n")
    done = rewrite("docs/long.md", "--estimate")
    assert done.code == 2 and "nothing to estimate from" in done.err


def test_failures_end_in_three(folder, rewrite):
    (folder / "slow.md").write_text("HANGS\n")
    done = rewrite("docs", "--time-limit", "5")
    assert done.code == 3
    assert "error: docs/slow.md: it took longer than 5 s" in done.err
    assert "+We use" in done.out


def test_ctrl_c_leaves_a_run_that_can_be_resumed(folder, process, tmp_path):
    for number in range(3):  # a worker that does one of them is at work until it is stopped
        (folder / f"wait{number}.md").write_text(f"Number {number}: we utilize it. WAITS FOR {tmp_path}/leave")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
    one = process("docs", "--run", "r", "--json", "--workers", "2", **pipes)
    until = time.monotonic() + 240
    while not any(b'"status"' in journal.read_bytes() for journal in tmp_path.glob("r/journal/*")):
        assert one.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    os.killpg(one.pid, signal.SIGINT)
    out, err = one.communicate(timeout=240)
    assert one.returncode == 130, err
    assert out == ""
    assert err.endswith("interrupted\n")
    assert "Traceback" not in err
    (tmp_path / "leave").touch()
    two = process("docs", "--run", "r", "--json", "--workers", "2", **pipes)
    out, err = two.communicate(timeout=300)
    assert two.returncode == 0, err
    assert {one["status"] for one in json.loads(out)["documents"]} == {"edited", "unchanged"}


def test_a_terminal_sees_a_bar_and_no_control_characters(folder, process):
    (folder / "evil.md").write_text("We utilize \x1b[2J it.\n")
    ours, theirs = pty.openpty()
    one = process("docs", stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    assert one.wait(240) == 0, seen
    assert b"<U+001B>[2J it" in seen
    assert b"/4" in seen
