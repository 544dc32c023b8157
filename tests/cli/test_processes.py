"""What only a real process shows: Ctrl-C, and the live view on a terminal."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios

import pytest

TEXT = "The cat [?: 3 words] on the [?where: 2 words]."
MASKS = "\u2591\u2591"

SLOW = """
import sys, time
import llada_edit.editor
from llada_edit.cli import main
from llada_edit.testing import scripted_model

def script(tokens, at, layout):
    print("at work", file=sys.stderr, flush=True)
    time.sleep(600)

llada_edit.editor.load = lambda *args, **kwargs: scripted_model(script, null_id=1)
sys.argv = ["llada-edit", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(
    "command",
    ["infill note.md --in-place", "infill note.md --show-steps", "score note.md", "eval texts.jsonl --holes 1"],
)
def test_ctrl_c_ends_the_work_in_one_line(command, tmp_path):
    (tmp_path / "note.md").write_text(TEXT)
    (tmp_path / "texts.jsonl").write_text('{"text": "' + "accepted the proposal after a long debate " * 9 + '"}\n')
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *command.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        while process.stderr.readline() != b"at work\n":
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert out == b""
    assert err.split(b"\n")[-2:] == [b"interrupted", b""]
    assert err.strip() == b"interrupted", "no traceback"
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before, "nothing written, nothing left over"


def on_a_terminal(*arguments):
    """Exit code, stdout, and what a terminal of 200 columns got on stderr."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES", "CI")}
    process = subprocess.Popen(
        [sys.executable, "-m", "llada_edit", *map(str, arguments)],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        env=plain | {"TERM": "xterm"},
    )
    os.close(slave)
    seen = b""
    try:
        while chunk := os.read(master, 65536):
            seen += chunk
    except OSError:  # the other end is closed
        pass
    os.close(master)
    out, _ = process.communicate(timeout=240)
    return process.returncode, out.decode(), seen.decode()


def test_the_live_view_on_a_terminal(tiny_folder):
    options = ("infill", TEXT, "--model", tiny_folder, "--policy", "confidence")
    code, out, seen = on_a_terminal(*options, "--show-steps")
    assert code == 0
    assert out == subprocess.run([sys.executable, "-m", "llada_edit", *options], capture_output=True, text=True).stdout
    frames = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", part) for part in re.split(r"(?=The cat )", seen)][1:]
    assert len(frames) >= 3
    masks = [frame.count(MASKS) for frame in frames]
    assert masks[0] == max(masks) >= 5, "begins with everything masked"
    assert re.sub(rf"(?:\s*{MASKS})+", " [?]", frames[0].partition("\r\n")[0]).rstrip() == "The cat [?] on the [?]."
    assert masks[-1] == 0
    assert len(set(frames)) == len(frames), "a frame that changes nothing is not drawn"
    assert frames[0].rstrip().endswith("step 0")
    assert "\x1b[2K" in seen, "frames are drawn over each other"
    assert seen.rindex("\x1b[2K") > seen.rindex("The cat "), "and the last one is wiped for the result"
    assert seen.count("\x1b[?25l") == seen.count("\x1b[?25h") == 1, "the cursor is there again"


def test_a_long_text_shows_its_holes_only(tiny_folder, tmp_path):
    path = tmp_path / "long.md"
    path.write_text("Words before it all. " * 100 + TEXT + " Words after it all." * 100)
    code, out, seen = on_a_terminal("infill", path, "--model", tiny_folder, "--show-steps")
    assert code == 0
    assert out.startswith("Words before it all. " * 100 + "The cat ")
    assert MASKS in seen
    assert seen.count("Words before") <= 4 * seen.count("The cat ")
