"""Model folders to load: golden ones that may be changed, and tiny random ones."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from llada_edit.models.base import Layout
from llada_edit.models.bundled import save_bundled
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.training.tokenizer import train_tokenizer

GOLDEN = Path(__file__).parent.parent / "golden"


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
