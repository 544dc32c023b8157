"""Ways to meet a constraint, side by side: ours, and what others do. Used by `constraints.py`.

One hole of a fixed number of tokens on the bundled model, context computed anew in every step.

- unconstrained: the most confident quarter of the slots in each step.
- rejection: unconstrained samples at temperature 1 until one is valid, at most 16.
- left to right: one token a step under the mask of llguidance, until nothing else is allowed or the hole is full.
- per slot: the best token of each slot by its conditioned marginal, a quarter of the slots in each step.
- ours: the same quarter, taken from the best string of the language.
"""

from __future__ import annotations

import statistics
from time import process_time
from typing import Any

import llguidance
import numpy as np
import torch
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask
from torch import Tensor

import llada_edit as le
from llada_edit.constraints.classes import Classes
from llada_edit.constraints.joint import Conditioned, Piece
from llada_edit.constraints.lift import Trie, lift
from llada_edit.constraints.paths import Arcs
from llada_edit.errors import Unsatisfiable
from llada_edit.models.base import Layout
from llada_edit.sampling.choice import Independent, Proposal
from llada_edit.sampling.noise import RowNoise

PROMPTS = ("The result of the day was ", "She wrote a short note to him: ", "In the report it says ")
SIDES = ("unconstrained", "rejection", "left to right", "per slot", "ours")


class Language:
    """A constraint over the tokens of a vocabulary, in one hole."""

    def __init__(self, constraint: le.Constraint, vocabulary: Any, trie: Trie, slots: int, start: int = 0) -> None:
        begun = process_time()
        language = constraint.language()
        tokens, _ = lift(language, trie, vocabulary.size)
        arcs, classes = Arcs(tokens.table, tokens.accepting), Classes(tokens.class_of)
        self.compile = process_time() - begun
        self.slots, self.piece = slots, Piece(tokens, arcs, classes, (0,), (start,))

    def propose(self, logits: Tensor, row: Tensor, open_: list[int], full: bool = False) -> Proposal:
        """For the open slots, whose logits (1, open, vocab) are given; `row` (1, seq) is what stands so far."""
        at = torch.tensor([open_]) + self.piece.columns[0]
        chooser = Conditioned(Independent(), (self.piece,), [[self.slots]], full)
        return chooser(logits, row, at, at >= 0, RowNoise([0]))


class Bench:
    """One model, one language over its tokens, one hole."""

    def __init__(self, model: Any, trie: Trie, constraint: le.Constraint, regex: str | None, slots: int) -> None:
        self.model, self.constraint, self.slots, self.trie = model, constraint, slots, trie
        self.grammar = None
        if isinstance(constraint, le.JsonSchema):
            options = {"whitespace_flexible": False}
            self.grammar = llguidance.LLMatcher.grammar_from_json_schema(constraint.schema, options)
        elif regex:
            self.grammar = llguidance.LLMatcher.grammar_from_regex(regex)

    def begin(self, prompt: str) -> tuple[Tensor, int]:
        context = self.model.vocabulary.encode(prompt)
        return torch.tensor([[*context, *[self.model.card.mask_id] * self.slots]]), len(context)

    def language(self, start: int) -> Language:
        return Language(self.constraint, self.model.vocabulary, self.trie, self.slots, start)

    def logits(self, row: Tensor, start: int, open_: list[int]) -> Tensor:
        """(1, open, vocab), -inf for what nobody may write."""
        hole = torch.zeros(row.shape, dtype=torch.bool)
        hole[:, start:] = True
        found = self.model.denoiser.logits(row, torch.tensor([open_]) + start, Layout.plain(row, hole))
        return found.masked_fill(torch.from_numpy(~self.model.vocabulary.writable), -torch.inf)

    def text(self, row: Tensor, start: int) -> str:
        data = b"".join(self.model.vocabulary.token_bytes(token) for token in row[0, start:].tolist())
        return data.decode(errors="replace")

    def fill(self, prompt: str, side: str, seed: int, language: Language) -> str | None:
        """The text that a side writes, None at a dead end."""
        if side == "rejection":
            for attempt in range(16):
                text = self.fill(prompt, "sample", seed * 16 + attempt, language)
                if text is not None and self.constraint.accepts(text):
                    return text
            return None
        if side == "left to right":
            return self.forced(prompt)
        noise = torch.Generator().manual_seed(seed)
        row, start = self.begin(prompt)
        open_ = list(range(self.slots))
        while open_:
            logits = self.logits(row, start, open_)
            if side in ("unconstrained", "sample"):
                scores = logits[0].log_softmax(-1)
                drawn = -torch.log(-torch.rand(scores.shape, generator=noise).clamp(1e-20).log())
                tokens = (scores + drawn if side == "sample" else scores).argmax(-1)
                sure = scores.gather(-1, tokens[:, None])[:, 0]
            else:
                try:
                    found = language.propose(logits, row, open_, full=side == "per slot")
                except Unsatisfiable:
                    return None
                tokens, sure = found.tokens[0], found.confidence[0]
                if side == "per slot":
                    sure, tokens = found.log_probabilities[0].max(-1)
            best = sure.argsort(descending=True)[: max(1, self.slots // 4)].tolist()
            for index in best:
                row[0, start + open_[index]] = tokens[index]
            open_ = [slot for index, slot in enumerate(open_) if index not in best]
        return self.text(row, start)

    def forced(self, prompt: str) -> str | None:
        """One token after the other under the mask of llguidance."""
        matcher = llguidance.LLMatcher(tokenizer_of(self.model), self.grammar)
        row, start = self.begin(prompt)
        stop, mask = self.model.card.stop_ids[0], allocate_token_bitmask(1, self.model.vocabulary.size)
        for slot in range(self.slots):
            fill_next_token_bitmask(matcher, mask)
            allowed = np.unpackbits(mask.view(np.uint8), bitorder="little")[: self.model.vocabulary.size].astype(bool)
            if matcher.is_accepting() and (matcher.is_stopped() or allowed.sum() <= 1):
                break
            scores = self.logits(row, start, [slot])[0, 0].numpy()
            token = int(np.argmax(np.where(allowed, scores, -np.inf)))
            if token == stop or not matcher.consume_token(token):
                break
            row[0, start + slot] = token
        else:
            slot = self.slots
        text = self.text(row[:, : start + slot], start)
        return text if matcher.is_accepting() else None


def tokenizer_of(model: Any) -> Any:
    vocabulary, card = model.vocabulary, model.card

    class Plain:
        def __init__(self) -> None:
            special = vocabulary.special_ids
            self.eos_token_id, self.bos_token_id, self.special_token_ids = card.stop_ids[0], None, sorted(special)
            self.tokens = [b"" if i in special else vocabulary.token_bytes(i) for i in range(vocabulary.size)]

        def __call__(self, text: bytes | str) -> list[int]:
            return vocabulary.encode(text.decode() if isinstance(text, bytes) else text)

    return llguidance.LLTokenizer(llguidance.TokenizerWrapper(Plain()), n_vocab=vocabulary.size)


def compare(bench: Bench, fills: int) -> dict[str, Any]:
    """Valid fills and the median CPU time of one, for each side; the sides take turns."""
    sides = [side for side in SIDES if side != "left to right" or bench.grammar is not None]
    valid, times = dict.fromkeys(sides, 0), {side: list[float]() for side in sides}
    for number in range(fills):
        prompt = PROMPTS[number % len(PROMPTS)]
        language = bench.language(bench.begin(prompt)[1])
        for side in sides:
            begun = process_time()
            text = bench.fill(prompt, side, number, language)
            times[side].append(process_time() - begun)
            valid[side] += text is not None and bench.constraint.accepts(text)
    return {
        side: {"valid": valid[side], "of": fills, "median_s": round(statistics.median(times[side]), 2)}
        for side in sides
    }
