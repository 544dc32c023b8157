"""What is loaded, what is refused and in which words; nothing is run, asked or fetched on the way."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from llada_edit.errors import BrokenModel, PluginError, UnknownModel
from llada_edit.models import load as loading
from llada_edit.models.bundled import bundled_folder
from llada_edit.models.load import find_folder, folder_of, load, load_denoiser

GOLDEN = Path(__file__).parent.parent / "golden"


def test_nothing_is_asked_run_printed_or_fetched(copied, tmp_path):
    folder, marker = copied(), tmp_path / "was-run"
    evil = f"open({str(marker)!r}, 'w').write('x')\n"
    for name in ("configuration_llada.py", "modeling_llada.py", "tokenization_llada.py"):
        (folder / name).write_text(evil)
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text(evil)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings["auto_map"] = {"AutoTokenizer": ["tokenization_llada.T", None]}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = socket.create_connection = refuse\n"
        "from llada_edit.models.load import load\n"
        f"model = load({str(folder)!r}, device='cpu')\n"
        "assert model.card.family == 'llada' and model.vocabulary.encode('<|mdm_mask|>') != [model.card.mask_id]\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: os.close(0),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not marker.exists()


def test_pickle_is_refused_unopened(copied):
    folder = copied()
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'exit 3'\ntR.")
    with pytest.raises(BrokenModel, match=r"pickle only \(pytorch_model.bin\).*convert"):
        load(folder)


def test_weights_that_are_cut_short_or_missing(copied):
    folder = copied()
    whole = (folder / "model.safetensors").read_bytes()
    for size, said in ((len(whole) - 100, "header says"), (5, "cut short"), (300, "cut short")):
        (folder / "model.safetensors").write_bytes(whole[:size])
        with pytest.raises(BrokenModel, match=said):
            load(folder)
    (folder / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0notjson!")
    with pytest.raises(BrokenModel, match="not a safetensors file"):
        load(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(BrokenModel, match="has no weights"):
        load(folder)


def test_missing_unexpected_and_misshapen_tensors(copied):
    folder = copied()
    path = folder / "model.safetensors"
    tensors = load_file(path)
    lost = dict(list(tensors.items())[1:])
    save_file(lost, path)
    with pytest.raises(BrokenModel, match="lacks"):
        load(folder)
    save_file(tensors | {"model.transformer.wpe.weight": torch.zeros(4, 4)}, path)
    with pytest.raises(BrokenModel, match="has besides"):
        load(folder)
    save_file(tensors | {"model.transformer.ln_f.weight": torch.zeros(4)}, path)
    with pytest.raises(BrokenModel, match="Llama"):
        load(folder)


@pytest.mark.parametrize(("name", "said"), [("config.json", "no config.json"), ("tokenizer.json", "no tokenizer")])
def test_other_missing_files(copied, name, said):
    folder = copied()
    (folder / name).unlink()
    with pytest.raises(BrokenModel, match=said):
        load(folder)


def test_shards(copied, logits, sample):
    folder = copied()
    tensors = load_file(folder / "model.safetensors")
    expected = logits(load_denoiser(folder, device="cpu"), sample(290))
    names = sorted(tensors)
    (folder / "model.safetensors").unlink()
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for part, members in parts.items():
        save_file({name: tensors[name] for name in members}, folder / part)
    index = {"metadata": {}, "weight_map": {name: part for part, members in parts.items() for name in members}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert torch.equal(logits(load_denoiser(folder, device="cpu"), sample(290)), expected)
    (folder / "b.safetensors").unlink()
    with pytest.raises(BrokenModel, match=r"b\.safetensors is missing"):
        load_denoiser(folder)
    index["weight_map"]["x"] = "../b.safetensors"
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(BrokenModel, match="outside"):
        load_denoiser(folder)


def test_unknown_names_and_the_hub_cache(copied, tmp_path, monkeypatch):
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    repository = tmp_path / "hf" / "hub" / "models--some-lab--Tiny-Model"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    shutil.copytree(copied(), repository / "snapshots" / "abc")
    model = load("some-lab/Tiny-Model", device="cpu")
    assert (model.card.name, model.device.type) == ("some-lab/Tiny-Model", "cpu")
    assert "some-lab/Tiny-Model" in loading.names() and "bundled" in loading.names()
    with pytest.raises(UnknownModel, match=r"some-lab/Tiny-Model\?.*llada-edit models get some-lab/Tiny-Modell"):
        load("some-lab/Tiny-Modell")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "elsewhere"))
    with pytest.raises(UnknownModel, match="elsewhere"):
        load("some-lab/Tiny-Model")


def test_the_folder_of_every_name(copied, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    folder = copied()
    assert folder_of("bundled") == folder_of(Path("bundled")) == bundled_folder()
    assert folder_of(folder) == folder_of(str(folder)) == find_folder(folder) == folder
    with pytest.raises(UnknownModel, match="no-such"):
        folder_of("no-such")


def test_plugins(monkeypatch):
    class Point:
        def __init__(self, name, value, loaded):
            self.name, self.value, self.loaded = name, value, loaded

        def load(self):
            if isinstance(self.loaded, Exception):
                raise self.loaded
            return self.loaded

    points = [
        Point("broken", "a:load", ImportError("no such module")),
        Point("wrong", "b:load", lambda **_: 3),
        Point("twice", "c:load", None),
        Point("twice", "d:load", None),
    ]
    monkeypatch.setattr(loading, "entry_points", lambda group, name=None: [p for p in points if name in (None, p.name)])
    expected = {"broken": "no such module", "wrong": "int instead of a Model", "twice": "c:load and d:load"}
    for name, said in expected.items():
        with pytest.raises(PluginError, match=said):
            load(name)
