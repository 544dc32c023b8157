"""``llada-edit models get`` as it is called, with a hub in memory."""

import hashlib
import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from llada_edit.models import hub
from llada_edit.models.disk import human_size
from llada_edit.models.store import Listing, RemoteFile

GOLDEN = Path(__file__).parents[2] / "golden"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


class FakeHub:
    """Holds the golden LLaDA."""

    def __init__(self):
        self.files = {name: (GOLDEN / "llada-tiny" / name).read_bytes() for name in MODEL}

    def listing(self, repository, revision):
        if repository != "some-lab/tiny":
            from huggingface_hub.errors import OfflineModeIsEnabled

            raise OfflineModeIsEnabled("no")
        files = (RemoteFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in self.files.items())
        return Listing(COMMIT, tuple(files))

    def read(self, repository, commit, name, start):
        assert commit == COMMIT
        yield self.files[name][start:]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def remote(monkeypatch):
    fake = FakeHub()
    monkeypatch.setattr(hub, "HuggingFace", lambda: fake)
    return fake


def test_get(run, remote, machine):
    code, out, err = run("get", "some-lab/tiny", "--yes")
    folder = machine / "cache" / "models--some-lab--tiny" / "snapshots" / COMMIT
    assert (code, out) == (0, f"{folder}\n")
    size = human_size(sum(map(len, remote.files.values())))
    assert COMMIT in err and f"5 files of {size}, {size} to fetch" in err and "fetching model.safetensors" in err
    assert "--model some-lab/tiny;" in err
    assert "some-lab/tiny" in run("list")[1]
    code, out, err = run("get", "some-lab/tiny", "--json", "--folder", machine / "here", "--yes")
    found = json.loads(out)
    assert (found["folder"], found["model"], found["family"]) == (*[str(machine / "here")] * 2, "llada")
    assert found["commit"] == COMMIT


def test_get_asks(run, remote, machine, monkeypatch):
    for answer, expected in (("n\n", 130), ("", 130), ("y\n", 0)):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        code, out, err = run("get", "some-lab/tiny")
        assert code == expected and "Fetch it? [y/N]" in err
        assert bool(out) == (expected == 0) == (machine / "cache").exists()
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    shutil.rmtree(machine / "cache")
    code, out, err = run("get", "some-lab/tiny")
    assert (code, out) == (2, "") and "add --yes" in err and not (machine / "cache").exists()


def test_get_refuses_in_one_line(run, remote, machine, refuses):
    refuses(run("get", "not an id", "--yes"), "is no id")
    refuses(run("get", "other-lab/tiny", "--yes"), "offline mode")
    (machine / "full").mkdir()
    (machine / "full" / "novel.txt").touch()
    refuses(run("get", "some-lab/tiny", "--yes", "--folder", machine / "full"), "holds other things (novel.txt)")
    remote.files["pytorch_model.bin"] = remote.files.pop("model.safetensors")
    refuses(run("get", "some-lab/tiny", "--yes"), "only pickles (pytorch_model.bin)")
    assert not (machine / "cache").exists()
