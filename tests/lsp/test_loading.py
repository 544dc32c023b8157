"""The server's denoiser announces its passes, and is the model's in everything else."""

from __future__ import annotations

from llada_lsp.loading import Announced

from llada_edit.length_selectors import Bridging
from llada_edit.testing import ScriptedDenoiser, scripted_card


class Knowing(ScriptedDenoiser):
    """Knows how plausible short texts are."""

    def bridges(self, tokens: list[int], first: int, count: int) -> list[float]:
        return [1.0, 2.0, 3.0]


def test_lengths_are_found_as_without_a_server() -> None:
    card, asked = scripted_card(50), []
    plain = ScriptedDenoiser.random(card)
    announced = Announced(Knowing(card, plain.script), lambda: asked.append(1))
    assert isinstance(announced, Bridging)
    assert announced.bridges([0], 0, 1) == [1.0, 2.0, 3.0]
    assert not isinstance(Announced(plain, lambda: None), Bridging)
    assert not asked, "no pass through the network"
