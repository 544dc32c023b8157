"""What is found in the cache, whole and broken, and what is known of a model before it runs."""

import hashlib
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from safetensors.torch import load_file

from llada_edit.errors import BrokenModel, UnknownModel
from llada_edit.models import disk
from llada_edit.models.disk import cached_models, describe, human_size

GOLDEN = Path(__file__).parent.parent / "golden"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
pytestmark = pytest.mark.usefixtures("cache")


def _put(cache, name, source=None, **files):
    """A repository in the cache as the library lays it out: blobs, and links to them."""
    root = cache / f"models--{name.replace('/', '--')}"
    snapshot = root / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (root / "blobs").mkdir()
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text(COMMIT)
    held = {
        part: (GOLDEN / source / part).read_bytes() for part in MODEL if source and (GOLDEN / source / part).exists()
    }
    for part, data in (held | {key.replace("__", "."): value for key, value in files.items()}).items():
        digest = hashlib.sha256(data).hexdigest()
        (root / "blobs" / digest).write_bytes(data)
        (snapshot / part).symlink_to(Path("..", "..", "blobs", digest))
    return root


def test_what_is_in_the_cache(cache, monkeypatch, tmp_path):
    assert cached_models() == []
    good = _put(cache, "a/good", "llada-tiny")
    _put(cache, "b/causal", config__json=b'{"model_type": "sdar"}')
    pickled = _put(cache, "c/pickle", "llada-tiny", pytorch_model__bin=b"x")
    (pickled / "snapshots" / COMMIT / "model.safetensors").unlink()
    (cache / "models--d--part" / "blobs").mkdir(parents=True)
    (cache / "models--d--part" / "blobs" / "x.incomplete").write_bytes(b"12345")
    _put(cache, "e/junk", config__json=b"{")
    lost = _put(cache, "f/lost", "dream-tiny")
    shutil.rmtree(lost / "blobs")
    unread = _put(cache, "g/unread", "dream-tiny")
    (unread / "refs" / "main").write_bytes(b"\xff\xfe")
    (cache / "models--h").write_text("a file")
    (cache / "datasets--i--other").mkdir()
    found = {entry.name: entry for entry in cached_models()}
    assert {name: entry.family for name, entry in found.items()} == {
        "a/good": "llada",
        **dict.fromkeys(("b/causal", "c/pickle", "d/part", "e/junk", "f/lost", "g/unread", "h")),
    }
    assert found["a/good"].folder == good / "snapshots" / COMMIT and found["a/good"].reason is None
    sizes = sum((GOLDEN / "llada-tiny" / name).stat().st_size for name in MODEL)
    assert found["a/good"].size == sizes + len(COMMIT)
    reasons = {name: entry.reason or "" for name, entry in found.items()}
    assert "does not see the text to the right" in reasons["b/causal"] and "supported" not in reasons["b/causal"]
    assert "pickle only" in reasons["c/pickle"] and "not JSON" in reasons["e/junk"]
    assert "llada-edit models get d/part" in reasons["d/part"] and found["d/part"].size == 5
    assert "no config.json" in reasons["f/lost"] and "UnicodeDecodeError" in reasons["g/unread"]
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    assert cached_models() == []
    _put(tmp_path / "home" / "hub", "z/good", "dream-tiny")
    assert [(entry.name, entry.family) for entry in cached_models()] == [("z/good", "dream")]


def test_descriptions(cache, tmp_path, write_own):
    _put(cache, "a/good", "dream-tiny", README__md=b"---\nlicense: apache-2.0\n---\n")
    found = describe("a/good")
    assert (found.card.family, found.card.licence, found.card.logit_shift) == ("dream", "apache-2.0", 1)
    assert found.page == found.folder / "README.md" and (found.lengths, found.cache) == (
        "calibrated search",
        "approximate",
    )
    assert found.parameters == sum(
        tensor.numel() for tensor in load_file(GOLDEN / "dream-tiny" / "model.safetensors").values()
    )
    assert json.dumps(found.to_json())
    own = tmp_path / "own"
    own.mkdir()
    network = write_own()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        shutil.move(tmp_path / name, own / name)
    found = describe(own)
    assert (found.lengths, found.cache, found.page) == ("null tokens", "exact", None)
    assert found.parameters == sum(tensor.numel() for tensor in network.state_dict().values())
    with pytest.raises(UnknownModel, match="models get a/god"):
        describe("a/god")


def test_adapters_are_described_as_what_they_stand_on(tmp_path):
    (tmp_path / "adapter_config.json").write_text(
        json.dumps({"base_model_name_or_path": str(GOLDEN / "llada-tiny")}), encoding="utf-8"
    )
    (tmp_path / "adapter_model.safetensors").write_bytes(b"1234")
    found, base = describe(tmp_path), describe(GOLDEN / "llada-tiny")
    assert (found.card.name, found.card.family) == (str(tmp_path), base.card.family)
    assert found.parameters == base.parameters
    assert (found.folder, found.size) == (tmp_path, sum(path.stat().st_size for path in tmp_path.iterdir()))
    (tmp_path / "adapter_model.safetensors").unlink()
    with pytest.raises(BrokenModel, match="adapters without"):
        describe(tmp_path)


def test_descriptions_of_plugins(monkeypatch):
    card = describe(GOLDEN / "dream-tiny").card
    monkeypatch.setattr(disk, "entry_points", lambda group, name: [1] if name == "theirs" else [])
    monkeypatch.setattr(disk, "load", lambda name: SimpleNamespace(card=card))
    assert describe("theirs").to_json()["parameters"] is None and describe("theirs").card is card


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (3 << 20, "3.0 MiB"), (5000 << 30, "5000.0 GiB")],
)
def test_sizes_in_words(size, said):
    assert human_size(size) == said
