"""A machine for ``llada-edit models``: tiny models, an empty hub cache, and no network."""

import shutil
from functools import partial

import pytest
import torch

from llada_edit.cli.models.inspection import SENTENCE
from llada_edit.models import bundled, devices
from llada_edit.models.bundled import save_bundled
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.training.tokenizer import train_tokenizer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="package")
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
def machine(tmp_path, monkeypatch, no_network, tiny):
    """A machine with `tiny` for its bundled model, an empty cache, a CPU, 12 GiB of memory and no network."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bundled, "bundled_folder", lambda: tiny)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(devices, "free_memory", lambda device: 12 * devices.GIB)
    return tmp_path


@pytest.fixture
def run(plain):
    """Run `llada-edit models …`; gives exit code, stdout, stderr."""
    return partial(plain, "models", stdin=None)  # tests put terminals there


@pytest.fixture
def cached(machine):
    """Copy a folder into the hub cache, as a model with this id; gives its place there."""

    def put(name, source):
        folder = machine / "cache" / f"models--{name.replace('/', '--')}" / "snapshots" / COMMIT
        shutil.copytree(source, folder)
        return folder

    return put
