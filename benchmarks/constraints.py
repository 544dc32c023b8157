"""Write benchmarks/constraints.json and the tables of docs/constraints.md: what constraints cost, and what others do.

    python benchmarks/constraints.py [--runs 7] [--fills 5]

Times are CPU times of one thread, and medians of runs that take turns, so that other work on the machine shifts all of
them alike. The first table: compilation (the vocabulary's trie, made once, apart); one denoising step of a row with
all slots masked; whole fills of the editor with everything compiled, where all of the constraints' own code counts as
added. The 126k vocabulary has random tokens and a random projection in place of a model.

The second one: one hole of a fixed number of tokens on the bundled model, context computed anew in every step.

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
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import llguidance
import numpy as np
import torch
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask
from torch import Tensor

import llada_edit as le
from llada_edit.conditions import Condition
from llada_edit.constraints.classes import Classes
from llada_edit.constraints.joint import Conditioned, Piece
from llada_edit.constraints.lift import Trie, lift
from llada_edit.constraints.paths import Arcs
from llada_edit.errors import Unsatisfiable
from llada_edit.hints import Hinted
from llada_edit.models.base import Layout
from llada_edit.sampling.choice import Independent, Proposal
from llada_edit.sampling.noise import RowNoise

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
FILLS = (
    (
        "title of 10–60 characters",
        "# [?]\n\nThe committee met on Friday.",
        le.Chars(10, 60) & le.Regex("[A-Z][A-Za-z' ]*[a-z]"),
    ),
    ("price", "The room costs [?] euros.", le.Regex(r"[1-9]\d?\.\d\d")),
    ("JSON, 3 properties", "In the report it says [?]", le.JsonSchema(SCHEMA)),
    ("3 keywords, 2 forbidden", "She wrote a short note to him: [?: 20 tokens]", KEYWORDS),
    ("sentence, 40–98 characters", "The result of the day: [?: 20 tokens]", ROWS[0][1]),
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
        self.writable = np.ones(self.size, dtype=bool)

    def token_bytes(self, token: int) -> bytes:
        return self.tokens[token]


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


def medians(runs: int, **sides: Callable[[], Any]) -> dict[str, float]:
    """Median CPU milliseconds of each side; the sides take turns."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(runs):
        for name, run in sides.items():
            begun = process_time()
            run()
            times[name].append(1000 * (process_time() - begun))
    return {name: round(statistics.median(own), 1) for name, own in times.items()}


def cost(bench: Bench, wide: tuple[Wide, Trie, Tensor], first: float, runs: int) -> dict[str, Any]:
    """One step with all slots masked on both vocabularies: the network, the plain choice, and ours."""
    row, start = bench.begin(PROMPTS[0])
    open_ = list(range(bench.slots))
    logits, language = bench.logits(row, start, open_), bench.language(start)
    vocabulary, trie, projection = wide
    large = Language(bench.constraint, vocabulary, trie, bench.slots, start)
    scores = torch.randn(1, bench.slots, len(projection), generator=torch.Generator().manual_seed(0)) @ projection
    at = torch.tensor([open_]) + start
    plain, tables = Independent(), (language.piece.automaton.table, large.piece.automaton.table)
    return {
        "states": [len(table) for table in tables],
        "classes": [table.shape[1] for table in tables],
        "arcs": [len(piece.arcs.source) for piece in (language.piece, large.piece)],
        "compile_s": [round(first, 2), round(large.compile, 2)],
        "ms": medians(
            runs,
            network=lambda: bench.logits(row, start, open_),
            plain=lambda: plain(logits, row, at, at >= 0, RowNoise([0])),
            ours=lambda: language.propose(logits, row, open_),
            wide_plain=lambda: plain(scores, row, at, at >= 0, RowNoise([0])),
            wide=lambda: large.propose(scores, row, open_),
        ),
    }


class Account:
    """CPU time that is spent in the constraints' own code."""

    def __init__(self) -> None:
        self.spent, self.depth = 0.0, 0
        for owner, names in ((Hinted, ("of", "sizes", "restrict", "lengths")), (Conditioned, ("__call__",))):
            for name in names:
                self.watch(owner, name)
        self.watch(Condition, "accepts")

    def watch(self, owner: type, name: str) -> None:
        kind = owner.__dict__[name]
        inner = kind.__func__ if isinstance(kind, classmethod) else kind

        def timed(*args: Any, **options: Any) -> Any:
            begun = process_time()
            self.depth += 1
            try:
                return inner(*args, **options)
            finally:
                self.depth -= 1
                self.spent += 0 if self.depth else process_time() - begun

        setattr(owner, name, classmethod(timed) if isinstance(kind, classmethod) else timed)


def added(editor: le.Editor, account: Account, runs: int) -> list[dict[str, Any]]:
    """Whole fills: what the constraint adds to the rest of the work, in per cent."""
    rows = []
    for name, text, constraint in FILLS:
        fill, shares, rests = editor.infill(text, constraint=constraint), [], []
        for seed in range(runs):
            account.spent, begun = 0.0, process_time()
            editor.infill(text, constraint=constraint, seed=seed)
            rests.append(process_time() - begun - account.spent)
            shares.append(100 * account.spent / rests[-1])
        row = {"name": name, "text": fill.holes[0].text, "rest_s": round(statistics.median(rests), 2)}
        rows.append(row | {"added_percent": round(statistics.median(shares))})
    return rows


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


def lines_of(found: dict[str, Any]) -> list[str]:
    """The tables, in Markdown."""
    lines = [
        "| language | slots | states | classes | arcs | compile s | network ms | added ms "
        "| 126k vocabulary: compile s | added ms |",
        "|---|" + "---:|" * 9,
    ]
    for row in found["rows"]:
        here, ms = row["cost"], row["cost"]["ms"]
        cells = [row["slots"], *(here[name][0] for name in ("states", "classes", "arcs", "compile_s"))]
        cells += [ms["network"], round(ms["ours"] - ms["plain"], 1)]
        cells += [here["compile_s"][1], round(ms["wide"] - ms["wide_plain"], 1)]
        lines.append(f"| {row['name']} | {' | '.join(map(str, cells))} |")
    lines += ["", "| whole fill by the editor | the rest of the work, s | added by the constraint |", "|---|---:|---:|"]
    lines += [f"| {row['name']} | {row['rest_s']} | {row['added_percent']} % |" for row in found["fills"]]
    lines += ["", f"| valid, and median s of a fill | {' | '.join(SIDES)} |", "|---|" + "---:|" * len(SIDES)]
    for row in found["rows"]:
        cells = [row["sides"].get(side) for side in SIDES]
        told = [f"{cell['valid']} of {cell['of']}, {cell['median_s']}" if cell else "–" for cell in cells]
        lines.append(f"| {row['name']} | {' | '.join(told)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--fills", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    editor = le.Editor.load()
    model = editor.model
    wide = Wide(model.vocabulary)
    tries = [Trie.of(np.flatnonzero(words.writable), words) for words in (model.vocabulary, wide)]
    projection = torch.randn(64, wide.size, generator=torch.Generator().manual_seed(1)) / 8
    # Compiled before anything else, so that no part of them is known from another time.
    firsts = [Language(constraint, model.vocabulary, tries[0], slots).compile for _, constraint, _, slots in ROWS]
    found: dict[str, Any] = {"rows": [], "fills": added(editor, Account(), options.runs)}
    for first, (name, constraint, regex, slots) in zip(firsts, ROWS, strict=True):
        bench = Bench(model, tries[0], constraint, regex, slots)
        row = {"name": name, "slots": slots, "cost": cost(bench, (wide, tries[1], projection), first, options.runs)}
        row["sides"] = compare(bench, options.fills)
        print(json.dumps(row, ensure_ascii=False), file=sys.stderr)
        found["rows"].append(row)
    found["load"] = round(os.getloadavg()[0], 1)
    (HERE / "constraints.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    head, mark, rest = PAGE.read_text(encoding="utf-8").partition("<!-- measured -->\n")
    tail = rest.partition("<!-- /measured -->")[2]
    told = f"Load of the machine when it ended: {found['load']} on {os.cpu_count()} cores."
    PAGE.write_text(
        head + mark + "\n".join([told, "", *lines_of(found)]) + "\n<!-- /measured -->" + tail, encoding="utf-8"
    )


if __name__ == "__main__":
    main()
