"""Fetching with a hub that lies, breaks off and runs out of room; and what is found on the disk. No network."""

import errno
import hashlib
import json
import os
import shutil
import socket
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub import errors
from safetensors.torch import load_file, save_file

from llada_edit.errors import BrokenModel, ModelError, OptionError, UnknownModel, UnsupportedModel
from llada_edit.models import hub
from llada_edit.models.hub import Listing, RemoteFile, cached_models, describe, fetch, look
from llada_edit.models.load import find_folder, load

GOLDEN = Path(__file__).parent.parent / "golden"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty hub cache, and no way out of this machine."""

    def refuse(*args, **kwargs):
        raise AssertionError("network")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def git_digest(data):
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
                    name, len(data), hashlib.sha256(data).hexdigest() if name.endswith(large) else git_digest(data)
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


def get(fake, **changes):
    return fetch("some-lab/tiny", **{"on_plan": lambda plan: True, "hub": fake, **changes})


def written(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


def test_a_fetched_model_loads_and_nothing_else_came_along(cache):
    harmful = ("modeling_llada.py", "pytorch_model.bin", "model.gguf", "x.pt", "other.safetensors", "onnx/config.json")
    fake = FakeHub(
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


def test_the_second_time_nothing_is_read_but_the_config(cache):
    get(FakeHub())
    fake, plans = FakeHub(), []
    get(fake, on_plan=lambda plan: plans.append(plan) or True)
    assert fake.reads == [("config.json", 0)] and plans[0].missing == 0


def test_a_branch_does_not_become_main(cache):
    get(FakeHub(), revision="refs/pr/1")
    references = cache / "models--some-lab--tiny" / "refs"
    assert (references / "refs/pr/1").read_text() == COMMIT and not (references / "main").exists()
    with pytest.raises(UnknownModel, match="no revision"):
        get(FakeHub(), revision="../../x")


def test_shards_are_those_of_the_index():
    tensors = load_file(GOLDEN / "llada-tiny" / "model.safetensors")
    parts = {}
    for part, names in (("a.safetensors", sorted(tensors)[::2]), ("b.safetensors", sorted(tensors)[1::2])):
        save_file({name: tensors[name] for name in names}, part_path := Path(os.environ["HF_HUB_CACHE"] + part))
        parts[part] = (part_path.read_bytes(), names)
    index = {"weight_map": {name: part for part, (_, names) in parts.items() for name in names}}
    fake = FakeHub(**{part: data for part, (data, _) in parts.items()}, **{"c.safetensors": b"spare"})
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
def test_what_cannot_be_used_is_refused_before_anything_is_written(cache, lost, extra, kind, said):
    fake = FakeHub(**extra)
    fake.files.pop(lost, None)
    with pytest.raises(kind, match=said) as caught:
        get(fake, on_plan=lambda plan: pytest.fail("asked"))
    assert "\n" not in str(caught.value)
    assert not cache.exists() and {name for name, _ in fake.reads} <= {"config.json"}


def test_a_config_that_is_not_the_listed_one_is_not_believed():
    fake = FakeHub()
    fake.served["config.json"] = fake.files["config.json"].replace(b"llada", b"LLADA")
    with pytest.raises(BrokenModel, match=r"config\.json of some-lab/tiny is not the file"):
        get(fake, on_plan=lambda plan: pytest.fail("asked"))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("how", ["other", "longer"])
def test_other_bytes_than_listed_never_reach_their_place(cache, name, how):
    fake = FakeHub()
    true = fake.files[name]
    fake.served[name] = true[:-1] + bytes([true[-1] ^ 1]) if how == "other" else true + b"x" * 200_000
    with pytest.raises(BrokenModel, match=f"{name} of some-lab/tiny is not the file"):
        get(fake)
    assert not (cache / "models--some-lab--tiny" / "snapshots").exists()
    assert all(path.stat().st_size != len(true) for path in cache.rglob("*") if path.is_file())
    fake.served.clear()
    assert look(get(fake)).family == "llada"


def test_a_file_that_was_damaged_on_the_disk_is_fetched_again(cache):
    folder = get(FakeHub())
    blob = (folder / "model.safetensors").resolve()
    true = blob.read_bytes()
    blob.write_bytes(bytes(len(true)))
    fake = FakeHub()
    get(fake)
    assert (folder / "model.safetensors").read_bytes() == true
    assert fake.reads == [("config.json", 0), ("model.safetensors", 0)]


@pytest.mark.parametrize("into", [None, "there"])
def test_a_stopped_fetch_goes_on_where_it_was(cache, tmp_path, into):
    folder = into and tmp_path / into
    fake = FakeHub()
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


def test_a_line_that_breaks_off_again_and_again_is_taken_up():
    fake = FakeHub()
    fake.break_after = 100_000
    assert look(get(fake)).family == "llada"
    starts = [start for name, start in fake.reads if name == "model.safetensors"]
    assert starts == list(range(0, len(fake.files["model.safetensors"]), 100_000))


def test_a_line_that_brings_nothing_is_given_up():
    fake = FakeHub()
    fake.break_after = 0
    with pytest.raises(ModelError, match=r"cannot be reached \(ConnectionError\).*is kept"):
        get(fake)
    fake.break_after, fake.served["model.safetensors"] = None, fake.files["model.safetensors"][:100_000]
    with pytest.raises(BrokenModel, match="ends after 100000 of"):
        get(fake)


def test_a_full_disk(cache, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(hub.shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 1000, 1000))
    with pytest.raises(ModelError, match=r"needs 7\d\d\.\d KiB more and 1000 bytes are free in .*make room"):
        get(FakeHub(), on_plan=lambda plan: pytest.fail("asked"))
    assert not cache.exists()
    monkeypatch.undo()
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    fake = FakeHub()
    fake.break_after, fake.error = 100_000, OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(ModelError, match="No space left on device; what was fetched of some-lab/tiny is kept"):
        get(fake)
    assert [name for name, _ in fake.reads].count("model.safetensors") == 1


def test_no_is_no(cache):
    assert get(FakeHub(), on_plan=lambda plan: False) is None
    assert not cache.exists()


def test_a_folder_of_the_users_is_left_alone(cache, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    with pytest.raises(OptionError, match=r"holds other things \(letter\.txt\)"):
        get(FakeHub(), folder=folder)
    with pytest.raises(OptionError, match="is a file"):
        get(FakeHub(), folder=folder / "letter.txt")
    assert written(folder) == ["letter.txt"]
    assert get(FakeHub(), folder=tmp_path / "new") == tmp_path / "new"
    assert written(tmp_path / "new") == sorted(MODEL) and not cache.exists()
    fake = FakeHub()
    get(fake, folder=tmp_path / "new")
    assert fake.reads == [("config.json", 0)]


def _http(kind, status=403):
    return kind("secret\nlines", response=SimpleNamespace(headers={}, request=None, status_code=status))


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (errors.OfflineModeIsEnabled("x"), ModelError, "offline mode"),
        (_http(errors.GatedRepoError), ModelError, "on request only"),
        (_http(errors.DisabledRepoError), ModelError, "disabled"),
        (_http(errors.RepositoryNotFoundError), UnknownModel, "no public model 'some-lab/tiny'"),
        (_http(errors.RevisionNotFoundError), UnknownModel, "no revision 'v9'"),
        (_http(errors.HfHubHTTPError, 503), ModelError, "status 503"),
        (socket.gaierror(-2, "Name or service not known"), ModelError, r"cannot be reached \(gaierror\)"),
        (TimeoutError("x"), ModelError, r"cannot be reached \(TimeoutError\)"),
    ],
)
def test_every_refusal_is_one_line(error, kind, said):
    class Refusing(FakeHub):
        def listing(self, repository, revision):
            raise error

    with pytest.raises(ModelError, match=said) as caught:
        get(Refusing(), revision="v9")
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value)


def test_mistakes_of_our_own_are_not_blamed_on_the_network():
    class Wrong(FakeHub):
        def listing(self, repository, revision):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        get(Wrong())


@pytest.mark.parametrize(
    "name", ["", "bundled", "../x", "a/b/c", "a/../b", "/etc/passwd", "a b", "a--b", "lab/.hidden"]
)
def test_what_is_no_id_is_never_asked_for(name):
    with pytest.raises(UnknownModel, match="no id"):
        fetch(name, on_plan=lambda plan: True, hub=FakeHub())


@pytest.fixture
def answers():
    """The library's own client, with answers from here instead of the network."""
    client = type(huggingface_hub.get_session())
    http = sys.modules[client.__module__.partition(".")[0]]
    asked = []

    def start(handler):
        def answer(request):
            asked.append(request)
            return http.Response(**handler(request))

        huggingface_hub.set_client_factory(lambda: client(transport=http.MockTransport(answer), follow_redirects=True))
        return asked

    yield start
    from huggingface_hub.utils import _http as library

    huggingface_hub.set_client_factory(library.default_client_factory)


def test_the_real_hub_is_read_through_its_library(answers, monkeypatch):
    fake = FakeHub()
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    def handler(request):
        path, name = request.url.path, request.url.path.rpartition("/")[2]
        if path.startswith("/api/"):
            siblings = [
                {"rfilename": file.name, "size": file.size, "blobId": file.digest, **_lfs(file)}
                for file in fake.listing("", None).files
            ]
            return {"status_code": 200, "json": {"id": "some-lab/tiny", "sha": COMMIT, "siblings": siblings}}
        if name == "model.safetensors" and request.url.host != "other.example":
            return {"status_code": 302, "headers": {"location": f"https://other.example/{name}"}}
        data, wanted = fake.files[name], request.headers.get("range")
        if name == "model.safetensors":
            assert "authorization" not in request.headers
            if wanted:
                assert wanted == "bytes=1000-"
                return {"status_code": 206, "content": data[1000:]}
        return {"status_code": 200, "content": data}

    asked = answers(handler)
    folder = fetch("some-lab/tiny", "main", on_plan=lambda plan: True)
    assert look(folder).family == "llada"
    assert any(request.headers.get("authorization") == "Bearer hf_secret" for request in asked)
    paths = [request.url.path for request in asked if request.url.host != "other.example"]
    assert paths[0] == "/api/models/some-lab/tiny/revision/main" and asked[0].url.params["blobs"] == "true"
    assert [path for path in paths[1:] if not path.startswith(f"/some-lab/tiny/resolve/{COMMIT}/")] == []
    assert {request.headers["user-agent"] for request in asked} == {"llada-edit"}
    real = hub._HuggingFace()
    whole = fake.files["model.safetensors"]
    assert b"".join(real.read("some-lab/tiny", COMMIT, "model.safetensors", 1000)) == whole[1000:]
    # This one is answered in full although a range was asked for.
    assert b"".join(real.read("some-lab/tiny", COMMIT, "config.json", 7)) == fake.files["config.json"][7:]


def _lfs(file):
    return {"lfs": {"sha256": file.digest, "size": file.size, "pointerSize": 130}} if len(file.digest) == 64 else {}


def test_the_real_hub_refuses_in_one_line(answers):
    codes = {"RepoNotFound": 404, "GatedRepo": 403, "RevisionNotFound": 404}
    for code, status in codes.items():
        answers(lambda request, code=code, status=status: {"status_code": status, "headers": {"x-error-code": code}})
        with pytest.raises(ModelError, match="some-lab/tiny") as caught:
            fetch("some-lab/tiny", on_plan=lambda plan: True)
        assert "\n" not in str(caught.value) and "http" not in str(caught.value)
    for content in (b"<html>Log in</html>", b"[]", b"{}", b'{"sha": "x", "siblings": 3}'):
        answers(lambda request, content=content: {"status_code": 200, "content": content})
        with pytest.raises(ModelError, match="not from the hub"):
            fetch("some-lab/tiny", on_plan=lambda plan: True)
    answers(lambda request: {"status_code": 200, "content": b'{"sha": "main", "siblings": []}'})
    with pytest.raises(BrokenModel, match="no commit"):
        fetch("some-lab/tiny", on_plan=lambda plan: True)


def test_without_a_network(monkeypatch):
    def unreachable(*args, **kwargs):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, unreachable)
    with pytest.raises(ModelError, match="cannot be reached"):
        fetch("some-lab/tiny", on_plan=lambda plan: True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="offline mode"):
        fetch("some-lab/tiny", on_plan=lambda plan: True)


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


def test_descriptions_of_plugins(monkeypatch):
    card = describe(GOLDEN / "dream-tiny").card
    monkeypatch.setattr(hub, "entry_points", lambda group, name: [1] if name == "theirs" else [])
    monkeypatch.setattr(hub, "load", lambda name: SimpleNamespace(card=card))
    assert describe("theirs").to_json()["parameters"] is None and describe("theirs").card is card
