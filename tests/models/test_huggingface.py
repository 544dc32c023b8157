"""The real hub through its own client with answers from here, and its errors in one line. No network."""

import socket
import sys
from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub import errors

from llada_edit.errors import BrokenModel, ModelError, UnknownModel
from llada_edit.models.disk import look
from llada_edit.models.hub import fetch
from llada_edit.models.huggingface import HuggingFace

COMMIT = "0123456789abcdef0123456789abcdef01234567"
pytestmark = pytest.mark.usefixtures("cache")


def refusing(error):
    """A hub that has nothing but an error."""

    def listing(repository, revision):
        raise error

    return SimpleNamespace(listing=listing)


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
    with pytest.raises(ModelError, match=said) as caught:
        fetch("some-lab/tiny", "v9", on_plan=lambda plan: True, hub=refusing(error))
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value)


def test_mistakes_of_our_own_are_not_blamed_on_the_network():
    with pytest.raises(ZeroDivisionError):
        fetch("some-lab/tiny", on_plan=lambda plan: True, hub=refusing(ZeroDivisionError()))


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


def test_the_real_hub_is_read_through_its_library(answers, monkeypatch, fake_hub):
    fake = fake_hub()
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
    real = HuggingFace()
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
