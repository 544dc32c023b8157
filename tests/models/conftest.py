"""Model folders to load: golden ones that may be changed, tiny random ones, and those of a hub that is not there."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch

from llada_edit.models.base import Layout
from llada_edit.models.bundled import save_bundled
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.models.store import Listing, RemoteFile
from llada_edit.training.tokenizer import train_tokenizer

GOLDEN = Path(__file__).parent.parent / "golden"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


@pytest.fixture
def copied(tmp_path):
    """A golden folder that may be changed."""

    def copy(name="llada-tiny", **changes):
        folder = tmp_path / name
        shutil.copytree(GOLDEN / name, folder)
        config = json.loads((folder / "config.json").read_text()) | changes
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    return copy


@pytest.fixture
def logits():
    """Logits of all positions."""

    def run(denoiser, tokens, valid=None):
        layout = Layout.plain(tokens, tokens == denoiser.card.mask_id, valid)
        return denoiser.logits(tokens, torch.arange(tokens.shape[1]).expand_as(tokens), layout)

    return run


@pytest.fixture
def sample():
    """Random tokens that are no control ids."""

    def draw(size, rows=2, length=20):
        return torch.randint(6, size, (rows, length), generator=torch.Generator().manual_seed(3))

    return draw


@pytest.fixture
def write_own(tmp_path):
    """Write a tiny model of our own into `tmp_path`; gives the network as it was before it was stored."""

    def write(**card):
        torch.manual_seed(0)
        tokenizer = train_tokenizer(["the cat sat on the mat"] * 3, 300)
        tokenizer.save(str(tmp_path / "trained.json"))
        sizes = {"width": 32, "layers": 2, "heads": 4, "feed_forward": 48, "max_positions": 64}
        network = Encoder(EncoderConfig(tokenizer.get_vocab_size(), **sizes)).eval()
        save_bundled(network, tmp_path / "trained.json", card, tmp_path)
        return network

    return write


@pytest.fixture
def cache(tmp_path, monkeypatch, no_network):
    """An empty hub cache, and no way out of this machine."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _git_digest(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class FakeHub:
    """A repository in memory; what is read of it is noted."""

    def __init__(self, **files):
        self.files = {name: (GOLDEN / "llada-tiny" / name).read_bytes() for name in MODEL} | {
            name.replace("__", "."): data for name, data in files.items() if data is not None
        }
        self.reads = []
        self.served = {}
        self.break_after = None
        self.error = ConnectionError("reset")

    def listing(self, repository, revision):
        large = (".safetensors", ".bin")
        return Listing(
            COMMIT,
            tuple(
                RemoteFile(
                    name, len(data), hashlib.sha256(data).hexdigest() if name.endswith(large) else _git_digest(data)
                )
                for name, data in self.files.items()
            ),
        )

    def read(self, repository, commit, name, start):
        assert (repository, commit) == ("some-lab/tiny", COMMIT)
        self.reads.append((name, start))
        data = self.served.get(name, self.files[name])[start:]
        for first in range(0, len(data), 50_000):
            if name == "model.safetensors" and self.break_after is not None and first >= self.break_after:
                raise self.error
            yield data[first : first + 50_000]


@pytest.fixture
def fake_hub(cache):
    """`FakeHub`, to be filled; what is fetched of it goes into an empty cache."""
    return FakeHub
