"""A language server whose editor says what it is told to: no torch, and every step can be seen in a trace file.

Run by the tests as a program; its argument is JSON: the fields of `Script`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from llada_lsp.__main__ import serve
from llada_lsp.features import actions, completion, hover
from llada_lsp.operations import Operation, Wish
from llada_lsp.tasks import Proposal, View
from llada_lsp.web import Page
from llada_lsp.worker import Work

from llada_edit.document import Document
from llada_edit.edits import Candidate, Edit, Fill, TokenScore
from llada_edit.errors import DocumentError, UnknownModel
from llada_edit.holes import Hole, Span


@dataclass
class Script:
    trace: str
    steps: int = 2
    pause: float = 0.0
    quick: bool = False  # takes no more steps than it is told to
    load_pause: float = 0.0
    gate: str = ""  # no step ends, and no words come, before this file is there
    turns: str = ""  # no step ends before this file has a byte for it; what is found is one more step
    patience: float = 0.0  # seconds for an answer in place of the server's own few, which a busy machine may not keep
    error: str = ""  # the model cannot be loaded
    failure: str = ""  # it loads, and then every call fails
    serve: dict[str, Any] = field(default_factory=dict)  # arguments of `serve`: how to listen
    page: str = ""  # folder of a page that is served beside the socket
    bug: str = ""  # as failure, but not an error of ours

    def wait(self, step: int = 0) -> None:
        while self.gate and not Path(self.gate).exists():
            time.sleep(0.005)
        while self.turns and not (Path(self.turns).exists() and Path(self.turns).stat().st_size > step):
            time.sleep(0.005)

    def note(self, line: str) -> None:
        with Path(self.trace).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


@dataclass
class ScriptedEditor:
    script: Script

    card = SimpleNamespace(delete_id=None, max_length=512)

    def stream(
        self, text: str | Document, *, span: tuple[int, int] | None = None, n: int = 1, **choices: Any
    ) -> Iterator[SimpleNamespace]:
        document = text if isinstance(text, Document) else Document(text, (Hole(Span(*(span or (0, 0)))),))
        self.check(document.text)
        if any(notes := [hole.note for hole in document.holes]):
            self.script.note(f"notes {notes}")
        try:
            for step in range(choices.get("steps", self.script.steps) if self.script.quick else self.script.steps):
                self.script.note(f"step {step}")
                time.sleep(self.script.pause)
                self.script.wait(step)
                edits = sketched(document, step)
                yield SimpleNamespace(step=step, fill=None, text=document.apply(edits), edits=edits)
            self.script.wait(self.script.steps)
            done = fill(document, n, choices.get("seed", 0))
            yield SimpleNamespace(step=self.script.steps, fill=done, text=done.text)
        finally:
            self.script.note("closed")

    def alternatives(self, document: Document, k: int) -> list[SimpleNamespace]:
        self.check(document.text)
        self.script.note(f"alternatives {k}")
        self.script.wait()
        present = document.holes[0].span.of(document.text)
        words = [present, "adopted", "a|b*", *(f"word{rank}" for rank in range(30))]
        return [SimpleNamespace(text=word, probability=0.5 / (rank + 1)) for rank, word in enumerate(words[:k])]

    def expected_words(self, document: Document) -> float:
        self.check(document.text)
        return 8.2

    def score(self, text: str) -> SimpleNamespace:
        self.check(text)
        self.script.note("score")
        pieces = re.findall(r"\s*\S+|\s+", text)
        odd = {"banana": 1e-6}
        return SimpleNamespace(tokens=[TokenScore(piece, odd.get(piece.strip(" ."), 0.5)) for piece in pieces])

    def check(self, text: str) -> None:
        if self.script.failure:
            raise DocumentError(self.script.failure)
        if self.script.bug:
            raise RuntimeError(f"{self.script.bug}: {text}")


@dataclass
class ScriptedRewriting:
    script: Script

    def offered(self, editor: object) -> tuple[Operation, ...]:
        return (
            Operation("paraphrase", "Paraphrase", "In other words.", strength=True, varied=True, tone=True),
            Operation("shorten", "Shorten", ""),
            Operation("formal", "Make formal", ""),
        )

    def work(self, text: str, spans: Sequence[Span], wish: Wish, language: str) -> Work[Any, list[Proposal]]:
        """Proposals say what was wished for; where there is nothing to say, the last one."""

        def work(editor: ScriptedEditor) -> Generator[View, None, list[Proposal]]:
            self.script.note(f"rewrite {wish} {language}")
            for frame in editor.stream(Document(text, tuple(map(Hole, spans)))):
                if frame.fill is None:
                    yield View(frame.step, tuple(f"so far {frame.step} \u2591\u2591" for _ in spans))
            said = f"{wish.op} {wish.strength} {wish.seed}" if wish.strength else f"{wish.op} {wish.seed}"
            return [
                Proposal(tuple(Edit(span, f"{said}.{rank} {span.of(text)}") for span in spans), -float(rank))
                for rank in range(wish.n)
            ]

        return work


def fill(document: Document, n: int, seed: int) -> Fill:
    """The first candidate of plain text is that text; holes get "filling RANK of HOLE/HOLES"."""
    candidates = []
    for rank in range(n):
        edits = []
        for index, hole in enumerate(document.holes):
            present = hole.span.of(document.text)
            new = f"filling {rank}{f'.{seed}' * bool(seed)} of {index}/{len(document.holes)}"
            new = present if rank == 0 and present[:1].isalnum() else new
            edits.append(Edit(hole.span, new, hole.name, (TokenScore(new, 0.5 / (rank + 1)),)))
        candidates.append(Candidate(document, tuple(edits), -float(rank)))
    return Fill(document, tuple(candidates))


def sketched(document: Document, step: int) -> tuple[Edit, ...]:
    tokens = (TokenScore("so far", 0.5), TokenScore(f" {step}", 0.25), TokenScore(" \u2591\u2591", 0.0))
    return tuple(Edit(hole.span, "".join(token.text for token in tokens), tokens=tokens) for hole in document.holes)


def main() -> None:
    script = Script(**json.loads(sys.argv[1]))
    for feature in (actions, completion, hover):
        feature.PATIENCE = script.patience or feature.PATIENCE

    def load(engine: object, check: object) -> Any:
        print("noise of a library")
        os.write(1, b"noise from below Python\n")
        script.note(f"load {engine}")
        time.sleep(script.load_pause)
        if script.error:
            raise UnknownModel(script.error)
        return ScriptedEditor(script)

    page = Page("secret", folder=Path(script.page)) if script.page else None
    serve(load=cast(Any, load), rewriting=ScriptedRewriting(script), page=page, **script.serve)


if __name__ == "__main__":
    main()
