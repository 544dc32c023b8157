"""Stand-ins for models, for tests of ours and of others: a denoiser that says what it is told, and tiny random models.

Everything is deterministic and small: no file, no network, milliseconds. What these models write is noise on purpose;
whatever holds for them (text outside the holes, lengths, spaces) holds for every model.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from llada_edit.document import Change
from llada_edit.models.base import Attention, ContextCache, Layout, ModelCard
from llada_edit.models.bundled import END, MASK, NULL, PAD, SPECIALS, save_bundled
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.model import Model
from llada_edit.models.shapes import SHAPES
from llada_edit.models.transformer import Transformer
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.training.tokenizer import train_tokenizer

Script = Callable[[Tensor, Tensor, Layout], Tensor]
"""(tokens (rows, seq), at (rows, k), layout) -> logits (rows, k, vocab)."""

PARAGRAPH = """\
The committee accepted the proposal after a long debate, and nobody was surprised. "It was about time," said the chair;
she had waited (for years) to see this day. What did it cost? About 1,250 euros - not much, in the end!

Dear reader, thank you for your letter. We will reply within three days. The cat sat on the mat, the dog didn't: it ran
into the garden, where the old trees stand. Some words are understandable, others are not; understanding takes time.
- a list
- of things, *with* some **markup**, `code` and [links](https://example.org)
Ein schöner Tag für die Königin – très bien, señor. 今日は 😀 naïve café
"""


class ScriptedDenoiser:
    """A `Denoiser` whose logits come from a script.

    Attributes:
        calls: forward passes asked for so far.
        asked: positions asked for so far, filler entries included.

    Args:
        card: facts that the sampler goes by.
        script: see `Script`; what it gives for a row should depend on that row only.
    """

    def __init__(self, card: ModelCard, script: Script) -> None:
        self._card = card
        self.script = script
        self.calls = self.asked = 0

    @classmethod
    def from_table(cls, card: ModelCard, table: Tensor) -> ScriptedDenoiser:
        """Logits by canvas column, table (columns, vocab), whatever stands on the canvas; the last row goes on."""
        return cls(card, lambda tokens, at, layout: table[at.clamp(max=len(table) - 1)])

    @classmethod
    def random(cls, card: ModelCard, seed: int = 0, scale: float = 4.0) -> ScriptedDenoiser:
        """Logits of any size for any token, control tokens too, that change with everything that a row shows.

        Args:
            card: its vocabulary size and attention are heeded.
            seed: of the whole script.
            scale: standard deviation of the logits; 0 makes all tokens equal.
        """
        return cls(card, lambda tokens, at, layout: _hashed(tokens, at, layout, card.vocab_size, seed) * scale)

    @property
    def card(self) -> ModelCard:
        """Facts about the model."""
        return self._card

    def logits(self, tokens: Tensor, at: Tensor, layout: Layout, context: ContextCache | None = None) -> Tensor:
        """See `Denoiser.logits`."""
        self.calls += 1
        self.asked += at.numel()
        return self.script(tokens, at, layout).float()

    def log_probabilities(self, tokens: Tensor, at: Tensor, truth: Tensor, layout: Layout) -> Tensor:
        """See `Denoiser.log_probabilities`."""
        return self.logits(tokens, at, layout).log_softmax(-1).gather(-1, truth[..., None])[..., 0]

    def prefill(self, tokens: Tensor, layout: Layout, frozen: Tensor) -> ContextCache | None:
        """None: a script remembers nothing."""
        return None


def scripted_card(vocab_size: int, **changes: Any) -> ModelCard:
    """A plain card: mask 0, pad 3, end of text 4, no null, shift 0, full attention; `changes` are other fields."""
    card = ModelCard("scripted", "scripted", MASK, PAD, vocab_size, 256, stop_ids=(END,))
    return replace(card, **changes)


def scripted_model(script: Script | None = None, seed: int = 0, scale: float = 4.0, **changes: Any) -> Model:
    """A model with the tiny vocabulary and a `ScriptedDenoiser`; without a script, a random one.

    Args:
        script: see `Script`.
        seed: of the random script.
        scale: of the random script.
        **changes: fields of the card.
    """
    card = scripted_card(tiny_tokenizer().get_vocab_size(), **changes)
    denoiser = ScriptedDenoiser.random(card, seed, scale) if script is None else ScriptedDenoiser(card, script)
    return Model(card, denoiser, _vocabulary(card), torch.device("cpu"))


def tiny_model(seed: int = 0, attention: Attention = "isolated", shape: str = "encoder", **changes: Any) -> Model:
    """A random network of two thin layers behind the tiny vocabulary; with isolated attention it has a null token.

    Args:
        seed: of the weights.
        attention: as in `ModelCard`.
        shape: of `llada_edit.models.shapes`.
        **changes: other fields of the card.
    """
    network = tiny_network(seed, changes.get("max_length", 256), shape)
    fields = {"null_id": NULL if attention == "isolated" else None, "attention": attention, **changes}
    card = scripted_card(network.config.vocab_size, family="bundled", **fields)
    return Model(card, NetworkDenoiser(card, network), _vocabulary(card), torch.device("cpu"))


def save_tiny_model(folder: str | Path, seed: int = 0, shape: str = "encoder", **changes: Any) -> Path:
    """Write a tiny model as a folder that `Editor.load` and ``--model`` take; `changes` are fields of its card."""
    with tempfile.TemporaryDirectory() as draft:
        path = Path(draft) / "tokenizer.json"
        tiny_tokenizer().save(str(path))
        save_bundled(tiny_network(seed, shape=shape), path, changes, folder)
    return Path(folder)


def tiny_network(seed: int = 0, max_positions: int = 256, shape: str = "encoder") -> Transformer:
    """The network of `tiny_model`, with random weights that no other random draw changes."""
    size = tiny_tokenizer().get_vocab_size()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        sizes, network = SHAPES[shape]
        return network(sizes(size, 32, 2, 2, 64, max_positions)).eval()


@cache
def tiny_tokenizer() -> Tokenizer:
    """Byte-level BPE of about 500 tokens, trained on one paragraph; control ids as in models of our own."""
    return train_tokenizer([PARAGRAPH] * 3, 500)


def assert_untouched(before: str, after: str, edits: Iterable[Change]) -> None:
    """Check that `after` is `before` with exactly these spans replaced, and all else the same code points."""
    here = there = 0
    for edit in sorted(edits, key=lambda change: change.span):
        kept = before[here : edit.span.start]
        assert after[there : there + len(kept)] == kept, f"text before {edit.span} changed from {kept!r}"
        there += len(kept)
        assert after[there : there + len(edit.text)] == edit.text, f"{edit.text!r} does not stand at {there}"
        here, there = edit.span.end, there + len(edit.text)
    assert after[there:] == before[here:], f"text after the last edit changed from {before[here:]!r}"


@cache
def _vocabulary(card: ModelCard) -> Vocabulary:
    return Vocabulary(tiny_tokenizer(), {*range(SPECIALS), *card.control_ids}, size=card.vocab_size)


def _hashed(tokens: Tensor, at: Tensor, layout: Layout, vocab: int, seed: int) -> Tensor:
    """Standard normal logits (rows, k, vocab), seeded by all that a row shows and the asked position."""
    logits = torch.empty(*at.shape, vocab)
    generator = torch.Generator()
    for row in range(len(tokens)):
        seen = layout.valid[row]
        shown = torch.stack((tokens[row][seen], layout.positions[row][seen])).cpu().numpy().tobytes()
        for index, position in enumerate(layout.positions[row][at[row]].tolist()):
            digest = hashlib.blake2b(shown + f"{seed}:{position}".encode(), digest_size=7).digest()
            logits[row, index] = torch.randn(vocab, generator=generator.manual_seed(int.from_bytes(digest, "big")))
    return logits.to(tokens.device)
