"""Fetching with a hub that lies, breaks off and runs out of room. No network."""

import errno
import json
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from llada_edit.errors import BrokenModel, ModelError, OptionError, UnknownModel, UnsupportedModel
from llada_edit.models.disk import describe, look
from llada_edit.models.hub import fetch
from llada_edit.models.load import find_folder, load

GOLDEN = Path(__file__).parent.parent / "golden"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def get(fake, **changes):
    return fetch("some-lab/tiny", **{"on_plan": lambda plan: True, "hub": fake, **changes})


def written(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


def test_a_fetched_model_loads_and_nothing_else_came_along(cache, fake_hub):
    harmful = ("modeling_llada.py", "pytorch_model.bin", "model.gguf", "x.pt", "other.safetensors", "onnx/config.json")
    fake = fake_hub(
        **dict.fromkeys(harmful, b"import os"), **{"../evil.json": b"{}", "README.md": b"---\nlicense: mit\n---\n"}
    )
    plans = []
    folder = get(fake, on_plan=lambda plan: plans.append(plan) or True)
    assert folder == cache / "models--some-lab--tiny" / "snapshots" / COMMIT == find_folder("some-lab/tiny")
    assert written(folder) == sorted((*MODEL, "README.md"))
    assert {name for name, _ in fake.reads} == {*MODEL, "README.md"}
    (plan,) = plans
    assert (plan.commit, plan.family, plan.folder) == (COMMIT, "llada", folder)
    assert plan.size == plan.missing == sum(len(fake.files[name]) for name in written(folder))
    assert {path.name for path in (folder.parents[1] / "blobs").iterdir()} == {file.digest for file in plan.files}
    assert (folder.parents[1] / "refs" / "main").read_text() == COMMIT
    assert load("some-lab/tiny", device="cpu").card.licence == "mit"
    assert written(cache.parent) == written(cache)


def test_the_second_time_nothing_is_read_but_the_config(cache, fake_hub):
    get(fake_hub())
    fake, plans = fake_hub(), []
    get(fake, on_plan=lambda plan: plans.append(plan) or True)
    assert fake.reads == [("config.json", 0)] and plans[0].missing == 0


def test_a_branch_does_not_become_main(cache, fake_hub):
    get(fake_hub(), revision="refs/pr/1")
    references = cache / "models--some-lab--tiny" / "refs"
    assert (references / "refs/pr/1").read_text() == COMMIT and not (references / "main").exists()
    with pytest.raises(UnknownModel, match="no revision"):
        get(fake_hub(), revision="../../x")


def test_shards_are_those_of_the_index(fake_hub):
    tensors = load_file(GOLDEN / "llada-tiny" / "model.safetensors")
    parts = {}
    for part, names in (("a.safetensors", sorted(tensors)[::2]), ("b.safetensors", sorted(tensors)[1::2])):
        save_file({name: tensors[name] for name in names}, part_path := Path(os.environ["HF_HUB_CACHE"] + part))
        parts[part] = (part_path.read_bytes(), names)
    index = {"weight_map": {name: part for part, (_, names) in parts.items() for name in names}}
    fake = fake_hub(**{part: data for part, (data, _) in parts.items()}, **{"c.safetensors": b"spare"})
    del fake.files["model.safetensors"]
    fake.files["model.safetensors.index.json"] = json.dumps(index).encode()
    folder = get(fake)
    assert {"a.safetensors", "b.safetensors"} == {path.name for path in folder.glob("*.safetensors")}
    assert look(folder).family == "llada"
    del fake.files["b.safetensors"]
    with pytest.raises(BrokenModel, match=r"lacks b\.safetensors"):
        get(fake)
    fake.files["model.safetensors.index.json"] = b'{"weight_map": {"x": "evil.bin"}}'
    fake.files["evil.bin"] = b"cos"
    with pytest.raises(BrokenModel, match=r"evil\.bin"):
        get(fake)
    outside = "../../../../../outside.safetensors"
    fake.files["model.safetensors.index.json"] = json.dumps({"weight_map": {"x": outside}}).encode()
    fake.files[outside] = b"x"
    with pytest.raises(BrokenModel, match=r"lacks .*outside\.safetensors"):
        get(fake)


@pytest.mark.parametrize(
    ("lost", "extra", "kind", "said"),
    [
        ("model.safetensors", {"pytorch_model.bin": b"x"}, BrokenModel, r"only pickles \(pytorch_model.bin\)"),
        ("model.safetensors", {}, BrokenModel, "no safetensors"),
        ("config.json", {}, BrokenModel, r"no config\.json"),
        ("tokenizer.json", {}, BrokenModel, "no tokenizer"),
        (
            None,
            {"config.json": b'{"model_type": "sdar", "architectures": ["SDAR"]}'},
            UnsupportedModel,
            "block by block",
        ),
        (None, {"config.json": b'{"model_type": "gpt2"}'}, UnsupportedModel, "gpt2"),
        (None, {"config.json": b'{"model_type": "llada"}'}, BrokenModel, "cannot be understood"),
        (None, {"config.json": b"[]"}, BrokenModel, "holds a list"),
        (None, {"config.json": b"nothing"}, BrokenModel, "not JSON"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_written(cache, lost, extra, kind, said, fake_hub):
    fake = fake_hub(**extra)
    fake.files.pop(lost, None)
    with pytest.raises(kind, match=said) as caught:
        get(fake, on_plan=lambda plan: pytest.fail("asked"))
    assert "\n" not in str(caught.value)
    assert not cache.exists() and {name for name, _ in fake.reads} <= {"config.json"}


def test_a_config_that_is_not_the_listed_one_is_not_believed(fake_hub):
    fake = fake_hub()
    fake.served["config.json"] = fake.files["config.json"].replace(b"llada", b"LLADA")
    with pytest.raises(BrokenModel, match=r"config\.json of some-lab/tiny is not the file"):
        get(fake, on_plan=lambda plan: pytest.fail("asked"))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("how", ["other", "longer"])
def test_other_bytes_than_listed_never_reach_their_place(cache, name, how, fake_hub):
    fake = fake_hub()
    true = fake.files[name]
    fake.served[name] = true[:-1] + bytes([true[-1] ^ 1]) if how == "other" else true + b"x" * 200_000
    with pytest.raises(BrokenModel, match=f"{name} of some-lab/tiny is not the file"):
        get(fake)
    assert not (cache / "models--some-lab--tiny" / "snapshots").exists()
    assert all(path.stat().st_size != len(true) for path in cache.rglob("*") if path.is_file())
    fake.served.clear()
    assert look(get(fake)).family == "llada"


def test_a_file_that_was_damaged_on_the_disk_is_fetched_again(cache, fake_hub):
    folder = get(fake_hub())
    blob = (folder / "model.safetensors").resolve()
    true = blob.read_bytes()
    blob.write_bytes(bytes(len(true)))
    fake = fake_hub()
    get(fake)
    assert (folder / "model.safetensors").read_bytes() == true
    assert fake.reads == [("config.json", 0), ("model.safetensors", 0)]


@pytest.mark.parametrize("into", [None, "there"])
def test_a_stopped_fetch_goes_on_where_it_was(cache, tmp_path, into, fake_hub):
    folder = into and tmp_path / into
    fake = fake_hub()
    fake.break_after, fake.error = 200_000, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        get(fake, folder=folder)
    with pytest.raises(ModelError):
        describe(folder or "some-lab/tiny")
    fake.break_after, fake.reads, plans, came = None, [], [], []
    got = get(
        fake,
        folder=folder,
        on_plan=lambda plan: plans.append(plan) or True,
        on_bytes=lambda name, count: came.append((name, count)),
    )
    assert fake.reads == [("config.json", 0), ("model.safetensors", 200_000)]
    rest = len(fake.files["model.safetensors"]) - 200_000
    assert sum(count for _, count in came) == plans[0].missing == rest
    assert (got / "model.safetensors").read_bytes() == fake.files["model.safetensors"]
    assert not list(tmp_path.rglob("*.incomplete"))


def test_a_line_that_breaks_off_again_and_again_is_taken_up(fake_hub):
    fake = fake_hub()
    fake.break_after = 100_000
    assert look(get(fake)).family == "llada"
    starts = [start for name, start in fake.reads if name == "model.safetensors"]
    assert starts == list(range(0, len(fake.files["model.safetensors"]), 100_000))


def test_a_line_that_brings_nothing_is_given_up(fake_hub):
    fake = fake_hub()
    fake.break_after = 0
    with pytest.raises(ModelError, match=r"cannot be reached \(ConnectionError\).*is kept"):
        get(fake)
    fake.break_after, fake.served["model.safetensors"] = None, fake.files["model.safetensors"][:100_000]
    with pytest.raises(BrokenModel, match="ends after 100000 of"):
        get(fake)


def test_a_full_disk(cache, monkeypatch, fake_hub):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 1000, 1000))
    with pytest.raises(ModelError, match=r"needs 7\d\d\.\d KiB more and 1000 bytes are free in .*make room"):
        get(fake_hub(), on_plan=lambda plan: pytest.fail("asked"))
    assert not cache.exists()
    monkeypatch.undo()
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    fake = fake_hub()
    fake.break_after, fake.error = 100_000, OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(ModelError, match="No space left on device; what was fetched of some-lab/tiny is kept"):
        get(fake)
    assert [name for name, _ in fake.reads].count("model.safetensors") == 1


def test_no_is_no(cache, fake_hub):
    assert get(fake_hub(), on_plan=lambda plan: False) is None
    assert not cache.exists()


def test_a_folder_of_the_users_is_left_alone(cache, tmp_path, fake_hub):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    with pytest.raises(OptionError, match=r"holds other things \(letter\.txt\)"):
        get(fake_hub(), folder=folder)
    with pytest.raises(OptionError, match="is a file"):
        get(fake_hub(), folder=folder / "letter.txt")
    assert written(folder) == ["letter.txt"]
    assert get(fake_hub(), folder=tmp_path / "new") == tmp_path / "new"
    assert written(tmp_path / "new") == sorted(MODEL) and not cache.exists()
    fake = fake_hub()
    get(fake, folder=tmp_path / "new")
    assert fake.reads == [("config.json", 0)]


@pytest.mark.parametrize(
    "name", ["", "bundled", "../x", "a/b/c", "a/../b", "/etc/passwd", "a b", "a--b", "lab/.hidden"]
)
def test_what_is_no_id_is_never_asked_for(name, fake_hub):
    with pytest.raises(UnknownModel, match="no id"):
        fetch(name, on_plan=lambda plan: True, hub=fake_hub())
