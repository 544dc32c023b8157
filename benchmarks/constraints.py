"""Write benchmarks/constraints.json and the tables of docs/constraints.md: what constraints cost, and what others do.

    python benchmarks/constraints.py [--runs 5] [--fills 6]

One hole of a fixed number of tokens on the bundled model, context computed anew in every step, the same for all sides:

- unconstrained: the most confident quarter of the slots in each step.
- rejection: unconstrained samples at temperature 1 until one is valid, at most 16.
- left to right: one token a step under the mask of llguidance, until nothing else is allowed or the hole is full.
- per slot: the best token of each slot by its conditioned marginal, a quarter of the slots in each step.
- ours: the same quarter, taken from the best string of the language.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import llguidance
import numpy as np
import torch
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

import llada_edit as le
from llada_edit.constraints.joint import Classes
from llada_edit.constraints.lift import Trie, lift
from llada_edit.constraints.paths import Arcs, Fixed, Open, backward, best_path, forward
from llada_edit.models.base import Layout

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "constraints.md"
PROMPTS = ("The result of the day was ", "She wrote a short note to him: ", "In the report it says ")
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "kind": {"enum": ["new", "old"]}},
    "required": ["name", "age", "kind"],
}
KEYWORDS = le.MustInclude("winter", "letter", "house") & ~le.Phrases("very", "really")
ROWS: tuple[tuple[str, le.Constraint, str | None, int], ...] = (
    ("sentence, 40–98 characters", le.Regex(r"[A-Z][A-Za-z ,']{38,96}\."), r"[A-Z][A-Za-z ,']{38,96}\.", 20),
    ("JSON, 3 properties", le.JsonSchema(SCHEMA, "compact"), None, 28),
    (
        "date or code, 2–6 words",
        le.Regex(r"(20[0-9]{2}-[01][0-9]-[0-3][0-9]|[A-Z]{2}[0-9]{4})( [a-z]{1,12}){2,6}"),
        r"(20[0-9]{2}-[01][0-9]-[0-3][0-9]|[A-Z]{2}[0-9]{4})( [a-z]{1,12}){2,6}",
        16,
    ),
    ("3 keywords, 2 forbidden", KEYWORDS & le.Regex("[A-Za-z ,.']*"), None, 20),
)
SIDES = ("unconstrained", "rejection", "left to right", "per slot", "ours")


class Wide:
    """A vocabulary of LLaDA's size: the tokens of another one, and pairs of them."""

    def __init__(self, vocabulary: Any, size: int = 126_464) -> None:
        own = [vocabulary.token_bytes(int(token)) for token in np.flatnonzero(vocabulary.writable)]
        draw = random.Random(0)
        pairs = {draw.choice(own) + draw.choice(own) for _ in range(2 * size)} - set(own)
        self.tokens = [*own, *sorted(pairs)][:size]
        self.size = len(self.tokens)

    def token_bytes(self, token: int) -> bytes:
        return self.tokens[token]


class Bench:
    """One model, one language over its tokens, one hole."""

    def __init__(self, model: Any, constraint: le.Constraint, regex: str | None, slots: int) -> None:
        self.model, self.constraint, self.slots = model, constraint, slots
        vocabulary = model.vocabulary
        self.usable = np.flatnonzero(vocabulary.writable)
        begun = time.perf_counter()
        self.language = constraint.language()
        self.tokens, _ = lift(self.language, Trie.of(self.usable, vocabulary), vocabulary.size)
        self.arcs, self.classes = Arcs(self.tokens.table, self.tokens.accepting), Classes(self.tokens.class_of)
        self.compile = time.perf_counter() - begun
        self.grammar = None
        if isinstance(constraint, le.JsonSchema):
            options = {"whitespace_flexible": False}
            self.grammar = llguidance.LLMatcher.grammar_from_json_schema(constraint.schema, options)
        elif regex:
            self.grammar = llguidance.LLMatcher.grammar_from_regex(regex)

    def begin(self, prompt: str) -> tuple[torch.Tensor, int]:
        context = self.model.vocabulary.encode(prompt)
        card = self.model.card
        return torch.tensor([[*context, *[card.mask_id] * self.slots]]), len(context)

    def scores(self, row: torch.Tensor, start: int) -> np.ndarray:
        """(slots, vocab) log probabilities."""
        at = torch.arange(start, start + self.slots)[None]
        hole = torch.zeros(row.shape, dtype=torch.bool)
        hole[:, start:] = True
        found = self.model.denoiser.logits(row, at, Layout.plain(row, hole))[0]
        keep = torch.full((found.shape[1],), -torch.inf)
        keep[torch.from_numpy(self.usable)] = 0
        return torch.log_softmax(found + keep, -1).numpy()

    def text(self, row: torch.Tensor, start: int) -> str:
        data = b"".join(self.model.vocabulary.token_bytes(token) for token in row[0, start:].tolist())
        return data.decode(errors="replace")

    def places(self, scores: np.ndarray, done: dict[int, int], best: bool) -> list[Any]:
        reduced = self.classes.reduce(scores)[0 if best else 1]
        class_of = self.tokens.class_of
        return [Fixed(int(class_of[done[slot]])) if slot in done else Open(reduced[slot]) for slot in range(self.slots)]

    def joint(self, scores: np.ndarray, done: dict[int, int]) -> tuple[list[int], np.ndarray] | None:
        """Tokens of the best string, and the conditioned marginal of each of its tokens; None at a dead end."""
        path = best_path(self.arcs, self.places(scores, done, True), self.tokens.start)
        if path is None:
            return None
        marginals = self.marginals(scores, done)
        tokens = []
        for slot, class_ in enumerate(path):
            members = self.classes.members(class_)
            tokens.append(done.get(slot, int(members[np.argmax(scores[slot][members])])))
        return tokens, marginals[np.arange(self.slots), tokens]

    def marginals(self, scores: np.ndarray, done: dict[int, int]) -> np.ndarray:
        """(slots, vocab) log probability given the language."""
        places = self.places(scores, done, False)
        before, after = forward(self.arcs, places, self.tokens.start), backward(self.arcs, places, best=False)
        found = np.full(scores.shape, -np.inf)
        for slot, place in enumerate(places):
            if isinstance(place, Open):
                through = self.arcs.classes(place, before[slot], after[slot + 1]) - after[0][self.tokens.start]
                usable = np.where(
                    place.scores > -np.inf, through - np.where(place.scores > -np.inf, place.scores, 0), -np.inf
                )
                found[slot] = np.where(self.tokens.class_of < 0, -np.inf, usable[self.tokens.class_of] + scores[slot])
        return found

    def fill(self, prompt: str, side: str, seed: int) -> str | None:
        """The text that a side writes, None at a dead end."""
        if side == "rejection":
            for attempt in range(16):
                text = self.fill(prompt, "sample", seed * 16 + attempt)
                if text is not None and self.constraint.accepts(text):
                    return text
            return None
        if side == "left to right":
            return self.forced(prompt)
        draw = np.random.default_rng(seed)
        row, start = self.begin(prompt)
        done: dict[int, int] = {}
        while len(done) < self.slots:
            scores = self.scores(row, start)
            if side in ("unconstrained", "sample"):
                noise = draw.gumbel(size=scores.shape) if side == "sample" else 0
                tokens = np.argmax(scores + noise, axis=1)
                sure = scores[np.arange(self.slots), tokens]
            else:
                found = self.joint(scores, done)
                if found is None:
                    return None
                tokens, sure = found
                if side == "per slot":
                    marginals = self.marginals(scores, done)
                    tokens, sure = np.argmax(marginals, axis=1), marginals.max(axis=1)
            left = sorted((slot for slot in range(self.slots) if slot not in done), key=lambda slot: -sure[slot])
            for slot in left[: max(1, self.slots // 4)]:
                done[slot] = int(tokens[slot])
                row[0, start + slot] = done[slot]
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
            scores = self.scores(row, start)[slot]
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


def median(run: Any, runs: int) -> float:
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


def cost(bench: Bench, runs: int) -> dict[str, Any]:
    """Milliseconds of one step with all slots masked: the network, and what the language adds."""
    row, start = bench.begin(PROMPTS[0])
    scores = bench.scores(row, start)
    return {
        "states": len(bench.tokens.table),
        "classes": bench.tokens.table.shape[1],
        "arcs": len(bench.arcs.target),
        "compile_s": round(bench.compile, 2),
        "network_ms": round(median(lambda: bench.scores(row, start), runs), 1),
        "best_ms": round(
            median(lambda: best_path(bench.arcs, bench.places(scores, {}, True), bench.tokens.start), runs), 1
        ),
        "marginals_ms": round(median(lambda: bench.marginals(scores, {}), runs), 1),
    }


def wide(bench: Bench, vocabulary: Wide, runs: int) -> dict[str, Any]:
    """The same at LLaDA's size of vocabulary, on random scores."""
    begun = time.perf_counter()
    tokens, _ = lift(bench.language, Trie.of(np.arange(vocabulary.size), vocabulary), vocabulary.size)
    arcs, classes = Arcs(tokens.table, tokens.accepting), Classes(tokens.class_of)
    compile_s = time.perf_counter() - begun
    scores = np.random.default_rng(0).normal(size=(bench.slots, vocabulary.size)).astype(np.float32)

    def best() -> None:
        best_path(arcs, [Open(row) for row in classes.reduce(scores)[0]], tokens.start)

    return {
        "states": len(tokens.table),
        "classes": tokens.table.shape[1],
        "compile_s": round(compile_s, 1),
        "best_ms": round(median(best, runs), 1),
    }


def compare(bench: Bench, fills: int) -> dict[str, Any]:
    """Valid fills and the median time of one, for each side."""
    found: dict[str, Any] = {}
    for side in SIDES:
        if side == "left to right" and bench.grammar is None:
            continue
        valid, times = 0, []
        for number in range(fills):
            begun = time.perf_counter()
            text = bench.fill(PROMPTS[number % len(PROMPTS)], side, number)
            times.append(time.perf_counter() - begun)
            valid += text is not None and bench.constraint.accepts(text)
        found[side] = {"valid": valid, "of": fills, "median_s": round(statistics.median(times), 2)}
    return found


def write(rows: list[dict[str, Any]], load: float) -> None:
    """The tables between the marks of the page."""
    lines = [
        f"Load of the machine when it ended: {load:.1f} on {os.cpu_count()} cores"
        + (": not calm, so look at ratios and at validity only." if load > 1.5 else "."),
        "",
        "| language | slots | states | classes | arcs | compile s | network ms | best string ms | marginals ms "
        "| 126k vocabulary: compile s, best string ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        here, there = row["cost"], row["wide"]
        cells = [
            here[name] for name in ("states", "classes", "arcs", "compile_s", "network_ms", "best_ms", "marginals_ms")
        ]
        lines.append(
            f"| {row['name']} | {row['slots']} | {' | '.join(map(str, cells))} "
            f"| {there['compile_s']}, {there['best_ms']} |"
        )
    lines += ["", f"| valid, and median s of a fill | {' | '.join(SIDES)} |", "|---|" + "---:|" * len(SIDES)]
    for row in rows:
        cells = [row["sides"].get(side) for side in SIDES]
        told = [f"{cell['valid']} of {cell['of']}, {cell['median_s']}" if cell else "–" for cell in cells]
        lines.append(f"| {row['name']} | {' | '.join(told)} |")
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition("<!-- measured -->\n")
    tail = rest.partition("<!-- /measured -->")[2]
    PAGE.write_text(head + "<!-- measured -->\n" + "\n".join(lines) + "\n<!-- /measured -->" + tail, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--fills", type=int, default=6)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    model = le.Editor.load().model
    vocabulary, rows = Wide(model.vocabulary), []
    for name, constraint, regex, slots in ROWS:
        bench = Bench(model, constraint, regex, slots)
        row = {"name": name, "slots": slots, "cost": cost(bench, options.runs)}
        row["wide"] = wide(bench, vocabulary, options.runs)
        row["sides"] = compare(bench, options.fills)
        print(json.dumps(row, ensure_ascii=False), file=sys.stderr)
        rows.append(row)
    load = os.getloadavg()[0]
    (HERE / "constraints.json").write_text(
        json.dumps({"load": load, "rows": rows}, indent=1, ensure_ascii=False) + "\n"
    )
    write(rows, load)


if __name__ == "__main__":
    main()
