"""P9 over the command line: no network, and no text of a document in a log or on stderr, however much is logged."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GOLDEN = Path(__file__).parent.parent / "golden"
secrets = st.text(st.sampled_from("bcdfgjkpqvwxz"), min_size=6, max_size=9)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secrets, st.integers(0, 9))
def test_p9_text_stays_out_of_logs_and_stderr(llada_edit, no_network, caplog, monkeypatch, tmp_path, secret, seed):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "note.md"
    text = f"The {secret} [?: 2 tokens] sat."
    caplog.set_level(logging.DEBUG)
    for arguments in (
        ("infill", text, "--seed", seed),
        ("infill", text, "-n", 2, "--json"),
        ("infill", path, "--diff"),
        ("infill", path, "--in-place"),
        ("alternatives", text),
        ("alternatives", f"The {secret} sat.", "--at", 5),
        ("score", f"The {secret} sat."),
        ("score", path, "--json"),
    ):
        path.write_text(text)
        outcome = llada_edit(*arguments)
        assert outcome.code == 0
        assert secret not in outcome.err
        assert "[?" not in outcome.err
        logged = "\n".join(record.getMessage() for record in caplog.records)
        assert secret not in logged
    assert not any(seen in logged for seen in ("sat.", "[?"))


EVERYTHING = """
import json, logging, socket, sys
logging.basicConfig(level=logging.DEBUG)

def refuse(*args, **kwargs):
    raise AssertionError("network")

socket.getaddrinfo = socket.create_connection = refuse
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse

from llada_edit.cli import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["llada-edit", *arguments]
    try:
        code = main() or 0
    except SystemExit as stop:
        code = stop.code or 0
    assert code == 0, (arguments, code)
"""


def test_p9_every_command_with_loud_libraries_and_no_network(tiny_folder, tmp_path):
    """One process, as loud as its libraries get, on a model of our own and on one of transformers."""
    secret = "qvxzkwjp"
    text = f"The {secret} [?: 2 tokens] sat."
    (tmp_path / "texts.jsonl").write_text(
        json.dumps({"text": f"the {secret} was accepted after a long debate in the room " * 5}) + "\n"
    )
    commands = [["models", "list"], ["models", "check", str(tiny_folder)]]
    for model in (str(tiny_folder), str(GOLDEN / "llada-tiny")):
        commands += [["models", "info", model], ["models", "list", "--folder", str(Path(model).parent)]]
        chosen = ["--model", model, "--device", "cpu"]
        commands += [
            ["infill", text, "-n", "2", *chosen],
            ["alternatives", text, *chosen],
            ["score", f"The {secret} sat.", *chosen],
        ]
    notes, run = tmp_path / "notes", tmp_path / "run.json"
    notes.mkdir()
    (notes / "a.md").write_text(f"The {secret} will utilize the new tool in order to commence the work.\n")
    commands += [
        ["rewrite", str(notes), "--op", "simplify", "--edits", str(run), "--device", "cpu"],
        ["review", str(run)],
        ["apply", str(run)],
    ]
    commands.append(["eval", str(tmp_path / "texts.jsonl"), "--holes", "1", "--model", str(tiny_folder)])
    loud = {
        "TRANSFORMERS_VERBOSITY": "debug",
        "HF_HUB_VERBOSITY": "debug",
        "HF_DEBUG": "1",
        "TOKENIZERS_PARALLELISM": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING, json.dumps(commands)],
        input="y\ny\ny\n",
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | loud | {"HF_HUB_CACHE": str(tmp_path / "cache")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(secret) >= 4, "text is the result"
    assert "utilize" not in (notes / "a.md").read_text(), "the edit was made, and went through all three commands"
    assert secret not in done.stderr
    assert "[?" not in done.stderr
