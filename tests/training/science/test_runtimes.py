"""The network that other libraries are handed is ours, and what is not installed is said."""

from __future__ import annotations

import torch

from llada_edit.models.encoder import Encoder, EncoderConfig


def test_a_network_elsewhere_says_what_the_encoder_says(load) -> None:
    """The two graphs that are handed to other libraries, run by torch: alone, with a mask, and after cached context."""
    runtimes = load("runtimes")
    torch.manual_seed(0)
    encoder = Encoder(EncoderConfig(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()

    def run(module):
        return lambda *arrays: [part.numpy() for part in module(*map(torch.from_numpy, arrays))]

    with torch.inference_mode():
        elsewhere = runtimes.Elsewhere(
            encoder, run(runtimes.Graph(encoder)), run(lambda x: (runtimes.Head(encoder)(x),))
        )
        tokens, positions = torch.randint(32, 60, (2, 9)), torch.arange(9).expand(2, 9)
        mask = torch.rand(2, 1, 9, 9) < 0.7
        mask |= torch.eye(9, dtype=torch.bool)
        for seen in (None, mask):
            one, other = (network.hidden(tokens, positions, seen)[0] for network in (encoder, elsewhere))
            assert torch.allclose(one, other, atol=1e-5)
        assert torch.allclose(encoder.project(one), elsewhere.project(one), atol=1e-5)
        states = []
        for network in (encoder, elsewhere):
            _, past = network.hidden(tokens[:1, :5], positions[:1, :5])
            states.append(network.hidden(tokens[:, 5:], positions[:, 5:], None, past)[0])
        assert torch.allclose(*states, atol=1e-5)


def test_what_is_not_installed_is_a_row_that_says_so(load, monkeypatch, tmp_path) -> None:
    runtimes = load("runtimes")
    encoder = Encoder(EncoderConfig(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()

    def absent(*arguments):
        raise ModuleNotFoundError("No module named 'elsewhere'", name="elsewhere")

    monkeypatch.setattr(runtimes, "RUNTIMES", {"torch eager, float32": runtimes.eager, "other": absent})
    found = runtimes.made(encoder, tmp_path, 1)
    assert found["torch eager, float32"][0] is encoder
    assert found["other"] == "not installed (elsewhere)"
    row = {"MiB": 1, "start": 0.1, "pass": 2, "fill": 3, "agreement": 1, "nats": 4}
    lines = runtimes.page({"torch eager, float32": row, "other": found["other"]}, {"threads": 1})
    assert lines[-1] == "| other | not installed (elsewhere) | | | | | |"
