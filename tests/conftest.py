"""What all tests share: one thread, so that they are quick beside other work, and where the golden data are."""

import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The golden logits were made with AVX2 kernels; wider ones add in another order and differ in the sixth digit.
os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx2")
# No test reads or writes the cache of the person who runs it.
os.environ["LLADA_EDIT_CACHE"] = ""

import torch

from llada_edit.testing import save_tiny_model

torch.set_num_threads(1)
# What a shell starts in the background ignores Ctrl-C, and so would the processes that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
# No test asserts time: a busy machine takes what it takes. The examples are the same each time, so that what has passed
# here passes everywhere; `pytest --hypothesis-profile=exploring` looks for new ones.
settings.register_profile("exploring", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("untimed", settings.get_profile("exploring"), derandomize=True)
settings.load_profile("untimed")
# Values that stand in our modules are tried too: in those that the tests before have loaded, so not the same each time.
try:
    from hypothesis.internal.conjecture import providers

    _none, _of_modules = providers._local_constants, providers._get_local_constants
except (ImportError, AttributeError):
    pass  # a release of hypothesis that names them otherwise: examples differ a little between runs
else:
    providers._get_local_constants = lambda: _none if settings.default.derandomize else _of_modules()

# For tests of several modules that try the same texts.
sys.path.append(str(Path(__file__).with_name("common")))

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", type=Path, default=GOLDEN, help="folder with golden data, one model a subfolder")


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of our own on disk, for everything that takes ``--model``; nobody writes into it."""
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way out of this machine: a test that wants one fails."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("network")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
