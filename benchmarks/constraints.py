"""Write benchmarks/constraints.json and the tables of docs/constraints.md: what constraints cost, and what others do.

    python benchmarks/constraints.py [--runs 7] [--fills 5]

Times are CPU times of one thread, and medians of runs that take turns, so that other work on the machine shifts all of
them alike. The first table: compilation (the vocabulary's trie, made once, apart); one denoising step of a row with
all slots masked; whole fills of the editor with everything compiled, where all of the constraints' own code counts as
added. The 126k vocabulary has random tokens and a random projection in place of a model.

The second one is that of `constraint_sides.py`.
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

import numpy as np
import torch
from constraint_sides import PROMPTS, SIDES, Bench, Language, compare
from torch import Tensor

import llada_edit as le
from llada_edit.conditions import Condition
from llada_edit.constraints.joint import Conditioned
from llada_edit.constraints.lift import Trie
from llada_edit.hints import Hinted
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.noise import RowNoise

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "constraints.md"
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
