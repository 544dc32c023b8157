"""``llada-edit models`` as it is called: on tiny models, in an empty hub cache, without a network."""

import hashlib
import io
import json
import shutil
import socket
import sys
from pathlib import Path

import pytest
import torch

from llada_edit.cli import main
from llada_edit.cli.models import LADDER, SENTENCE
from llada_edit.errors import UnknownModel
from llada_edit.models import bundled, devices, hub
from llada_edit.models.bundled import save_bundled
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.training.tokenizer import train_tokenizer

GOLDEN = Path(__file__).parent.parent / "golden"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A random model of our own that knows whole words, so that it has single words to say."""
    folder = tmp_path_factory.mktemp("tiny")
    words = [first + vowel + last for first in "bdfghklmnprst" for vowel in "aeiou" for last in "dnst"]
    tokenizer = train_tokenizer([SENTENCE, " ".join(words)] * 4, 900)
    tokenizer.save(str(folder / "trained.json"))
    torch.manual_seed(0)
    sizes = {"width": 32, "layers": 1, "heads": 2, "feed_forward": 48, "max_positions": 64}
    network = Encoder(EncoderConfig(tokenizer.get_vocab_size(), **sizes))
    save_bundled(network, folder / "trained.json", {"licence": "CC0-1.0"}, folder)
    (folder / "README.md").write_text("# A tiny model\n")
    return folder


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch, tiny):
    """A machine with `tiny` for its bundled model, an empty cache, a CPU, 12 GiB of memory and no network."""

    def refuse(*args, **kwargs):
        raise AssertionError("network")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bundled, "bundled_folder", lambda: tiny)
    monkeypatch.setattr(hub, "bundled_folder", lambda: tiny)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(devices, "free_memory", lambda device: 12 * devices.GIB)
    return tmp_path


@pytest.fixture
def run(monkeypatch, capsys):
    """Run `llada-edit models …`; gives exit code, stdout, stderr."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["llada-edit", "models", *map(str, arguments)])
        try:
            code = main() or 0
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return call


def _cached(machine, name, source):
    folder = machine / "cache" / f"models--{name.replace('/', '--')}" / "snapshots" / COMMIT
    shutil.copytree(source, folder)
    return folder


def _failed(result, *said):
    code, out, err = result
    assert (code, out) == (2, "") and err.startswith("error: ") and err.count("\n") == 1, err
    for part in said:
        assert part in err


def test_list(run, machine, tiny):
    _cached(machine, "lab/dream", GOLDEN / "dream-tiny")
    causal = machine / "causal"
    causal.mkdir()
    (causal / "config.json").write_text('{"model_type": "sdar"}')
    shutil.copytree(causal, machine / "cache" / "models--lab--causal" / "snapshots" / COMMIT)
    code, out, err = run("list", "--json", "--folder", GOLDEN, "--folder", causal)
    assert (code, err) == (0, "")
    found = {row["name"]: row for row in json.loads(out)["models"]}
    assert {name: (row["source"], row["family"]) for name, row in found.items()} == {
        "bundled": ("package", "bundled"),
        str(GOLDEN / "dream-tiny"): ("folder", "dream"),
        str(GOLDEN / "llada-tiny"): ("folder", "llada"),
        str(GOLDEN / "llada-moe-tiny"): ("folder", "llada-moe"),
        str(causal): ("folder", None),
        "lab/dream": ("cache", "dream"),
        "lab/causal": ("cache", None),
    }
    assert found["bundled"]["bytes"] == sum(path.stat().st_size for path in tiny.iterdir())
    for name in (str(causal), "lab/causal"):
        assert found[name]["reason"].startswith("(sdar) attends block by block")
    for arguments in ((), ("list",)):
        code, plain, err = run(*arguments)
        assert (code, err) == (0, "")
        assert "lab/dream" in plain and "not usable: (sdar) attends" in plain and "[here]" in plain


def test_the_ladder_knows_this_machine(run, monkeypatch):
    def marks(cuda, memory, bf16=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
        monkeypatch.setattr(devices, "fast_bfloat16", lambda: bf16)
        monkeypatch.setattr(devices, "free_memory", lambda device: memory.get(device.type))
        rungs = json.loads(run("list", "--json")[1])["ladder"]
        assert [rung["name"] for rung in rungs] == [rung.name for rung in LADDER]
        return [(rung["fits"], rung["note"]) for rung in rungs]

    gib = devices.GIB
    *small, large = marks(False, {"cpu": 12 * gib})
    assert small == [(True, "fits the cpu")] * 4
    assert large == (False, "too large: 29.9 GiB needed, 12.0 GiB free")
    assert marks(False, {"cpu": 40 * gib})[-1] == (True, "fits the cpu, but slow there")
    assert marks(False, {"cpu": 16 * gib}, bf16=True)[-1] == (True, "fits the cpu, but slow there")
    assert marks(True, {"cuda": 16 * gib, "cpu": gib})[-1] == (True, "fits the cuda")
    assert marks(True, {"cuda": 2 * gib, "cpu": 40 * gib})[-1] == (True, "fits the cpu, but slow there")
    assert marks(False, {"cpu": gib // 2})[2][0] is False
    assert marks(False, {})[-1] == (None, "needs 29.9 GiB of memory")


def test_list_without_weights_and_with_a_wrong_folder(run, monkeypatch, machine):
    def absent():
        raise UnknownModel("this installation has no bundled weights")

    monkeypatch.setattr(bundled, "bundled_folder", absent)
    code, out, _ = run("list")
    assert code == 0 and "no bundled weights" in out
    _failed(run("list", "--folder", machine / "nowhere"), "nowhere is no folder")


def test_info(run, machine, tiny):
    code, out, err = run("info", "bundled", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["family"], found["licence"], found["infill"]) == ("bundled", "CC0-1.0", True)
    assert (found["lengths"], found["cache"]) == ("null tokens", "exact")
    assert found["page"] == str(tiny / "README.md")
    assert found["parameters"] > 32 * found["vocab_size"] and found["bytes"] > found["parameters"]
    _cached(machine, "lab/dream", GOLDEN / "dream-tiny")
    out = run("info", "lab/dream")[1]
    lines = dict(line.split(None, 1) for line in out.splitlines() if len(line.split()) > 1)
    assert lines["family"].strip() == "dream" and lines["lengths"] == "automatic, by calibrated search"
    assert lines["context"].split() == ["cache", "approximate"]
    _failed(run("info", "lab/dram"), "no model 'lab/dram'", "did you mean lab/dream?")
    _failed(run("info", machine), "no config.json")


@pytest.mark.parametrize("arguments", [(), ("bundled", "--device", "cpu")])
def test_check(run, arguments):
    code, out, err = run("check", *arguments)
    assert (code, err) == (0, "")
    first, *words, last = out.splitlines()
    assert first == "She opened the [?] and walked into the room."
    assert len(words) == 5 and all(word.startswith("  ") and word.endswith("%") for word in words)
    assert last.startswith("loaded in ") and "on cpu, answered in " in last


def test_check_as_json(run, tiny):
    found = json.loads(run("check", tiny, "--json")[1])
    assert found["device"] == "cpu" and set(found["seconds"]) == {"load", "answer"} and len(found["words"]) == 5
    chances = [word["probability"] for word in found["words"]]
    assert chances == sorted(chances, reverse=True) and 0 < chances[-1] <= chances[0] <= 1


def test_check_fails_in_one_line(run, machine, monkeypatch):
    _failed(run("check", "lab/none"), "no model 'lab/none'")
    _failed(run("check", GOLDEN / "llada-moe-tiny"), "names control ids")
    _failed(run("check", "bundled", "--device", "toaster"), "device 'toaster' is not one")
    folder = _cached(machine, "lab/cut", GOLDEN / "llada-tiny")
    (folder / "model.safetensors").write_bytes(b"12345")
    _failed(run("check", "lab/cut"), "cut short")
    monkeypatch.setattr("llada_edit.cli.models.load_editor", lambda *_: (_ for _ in ()).throw(RuntimeError("a\n\tb")))
    _failed(run("check"), "bundled does not work here (RuntimeError: a b)")


class FakeHub:
    """Holds the golden LLaDA."""

    def __init__(self):
        self.files = {name: (GOLDEN / "llada-tiny" / name).read_bytes() for name in MODEL}

    def listing(self, repository, revision):
        if repository != "some-lab/tiny":
            from huggingface_hub.errors import OfflineModeIsEnabled

            raise OfflineModeIsEnabled("no")
        files = (hub.RemoteFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in self.files.items())
        return hub.Listing(COMMIT, tuple(files))

    def read(self, repository, commit, name, start):
        assert commit == COMMIT
        yield self.files[name][start:]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def remote(monkeypatch):
    fake = FakeHub()
    monkeypatch.setattr(hub, "_HuggingFace", lambda: fake)
    return fake


def test_get(run, remote, machine):
    code, out, err = run("get", "some-lab/tiny", "--yes")
    folder = machine / "cache" / "models--some-lab--tiny" / "snapshots" / COMMIT
    assert (code, out) == (0, f"{folder}\n")
    size = hub.human_size(sum(map(len, remote.files.values())))
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


def test_get_refuses_in_one_line(run, remote, machine):
    _failed(run("get", "not an id", "--yes"), "is no id")
    _failed(run("get", "other-lab/tiny", "--yes"), "offline mode")
    (machine / "full").mkdir()
    (machine / "full" / "novel.txt").touch()
    _failed(run("get", "some-lab/tiny", "--yes", "--folder", machine / "full"), "holds other things (novel.txt)")
    remote.files["pytorch_model.bin"] = remote.files.pop("model.safetensors")
    _failed(run("get", "some-lab/tiny", "--yes"), "only pickles (pytorch_model.bin)")
    assert not (machine / "cache").exists()
