"""Write benchmarks/batch.json and the section of docs/benchmarks.md on folders: speed, memory, and the gate.

    python benchmarks/batch.py [--documents 60] [--repeat 3] [--many 10000] [--ray]

All ways do the same documents in turn, ``--repeat`` times; the medians are told. Every process has one thread. Starting
(imports, loading the model) is told apart: a million documents have one start. "Plain" and "document by document" are
what a user would write: read, `Editor.rewrite_document`, write, with no journal, limits or several processes. "Plain"
is the definition of the measure, too: every wording is measured anew, one row at a time, and no context is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from documents import BUILDERS, blocks, corpus, small_corpus

from llada_edit.batch.engines import Engine, Inside
from llada_edit.batch.find import find
from llada_edit.batch.model import WithModel, fingerprint, recipe
from llada_edit.batch.pool import Pool
from llada_edit.batch.records import sha256
from llada_edit.batch.run import Run
from llada_edit.batch.settings import Settings
from llada_edit.batch.stored import Stored
from llada_edit.batch.worker import Task, process
from llada_edit.edits import Edit
from llada_edit.formats.gate import keep
from llada_edit.formats.registry import format_named
from llada_edit.holes import Span

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- folders: benchmarks/batch.py -->\n", "<!-- /folders -->\n"
OP = "simplify"
Figures = dict[str, float]


def plain_loop(root: Path, model: Any) -> Figures:
    """`document_loop` with no batches and nothing kept."""
    from llada_edit.rewriting import sentence
    from llada_edit.rewriting.fluency import Fluency
    from llada_edit.sampling import likelihood
    from llada_edit.sampling.context import ContextStore

    class Forgetful(Fluency):
        """Measures everything anew."""

        def measure(self, wordings: Any) -> Any:
            fresh = (Fluency(self.model, self.left, self.right, ContextStore(0)) for _ in wordings)
            return [one.measure([wording])[0] for one, wording in zip(fresh, wordings, strict=True)]

    before = likelihood.TOGETHER
    likelihood.TOGETHER, sentence.Fluency = 1, Forgetful  # type: ignore[misc]  # for this loop only
    try:
        return document_loop(root, model)
    finally:
        likelihood.TOGETHER, sentence.Fluency = before, Fluency  # type: ignore[misc]  # as it was


def document_loop(root: Path, model: Any) -> Figures:
    """`Editor.rewrite_document` for every document."""
    from llada_edit.editor import Editor

    form = format_named("markdown")
    return loop(root, lambda text: Editor(model).rewrite_document(form.read(text.encode()), op=OP, form=form))


def loop(root: Path, edits_of: Callable[[str], list[Any]]) -> Figures:
    words, began, work = 0, time.perf_counter(), processors()
    form = format_named("markdown")
    for path in sorted(root.glob("*.md")):
        prose = form.read(path.read_bytes())
        kept = keep(form, prose, edits_of(prose.text))
        path.with_suffix(".out").write_bytes(kept.data)
        words += sum(max(1, len(edit.span.of(prose.text).split())) for edit in kept.changes)
    found = {"seconds": time.perf_counter() - began, "cpu": processors() - work, "words": words}
    for path in root.glob("*.out"):
        path.unlink()
    return found


def folder_run(root: Path, engine: Engine) -> Figures:
    """A run; the seconds begin with the first document, and what came before them is ``start``."""
    recipe_ = recipe("bundled", "cpu", 1, OP, {})
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(root, recipe_, fingerprint(recipe_))
        work, paths, began = processors(), find([str(root)]).paths, time.perf_counter()
        run = Run.resume(Path(folder), settings).work(settings, engine, paths)
        done = [(time.perf_counter(), one.seconds) for one in run]
        records = [document.record for document in Stored.open(Path(folder)).documents()]
    first = min(at - seconds for at, seconds in done)
    return {
        "seconds": done[-1][0] - first,
        "start": first - began,
        "cpu": processors() - work,
        "words": sum(max(1, len(edit.old.split())) for record in records for edit in record.edits),
        "refused": sum(len(record.rejected) for record in records),
    }


def processors() -> float:
    """Seconds that processors worked for this process and those of its children that ended."""
    return sum(os.times()[:4])


class Timed:
    """A denoiser with a watch; everything else goes through."""

    def __init__(self, inner: object) -> None:
        self.inner, self.seconds = inner, 0.0

    def __getattr__(self, name: str) -> object:
        found = getattr(self.inner, name)
        if not callable(found):
            return found

        def timed(*arguments: object, **options: object) -> object:
            began = time.process_time()
            try:
                return found(*arguments, **options)
            finally:
                self.seconds += time.process_time() - began

        return timed


def model_share(root: Path, model: Any) -> float:
    """Share of a worker's processor time that is spent inside the denoiser, after a warm-up."""
    watch: Any = Timed(model.denoiser)
    rewrites = WithModel(replace(model, denoiser=watch), OP, {})
    paths, whole = sorted(root.glob("*.md"))[:12], 0.0
    for measured in (False, True):
        watch.seconds, began = 0.0, time.process_time()
        for path in paths if measured else paths[:1]:
            process(Task("", path.name, sha256(path.read_bytes()), "markdown"), root, rewrites)
        whole = time.process_time() - began
    return float(watch.seconds) / whole


def many(documents: int) -> dict[str, Any]:
    """Resident memory of a process that does so many documents, at ten places of the way."""
    code = f"""
import sys; sys.path.insert(0, {str(HERE)!r})
import batch; batch.report_memory({documents})
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(said)
    return found


def report_memory(documents: int) -> None:
    """For a process of its own: do them, and print what memory it had."""
    import torch

    torch.set_num_threads(1)
    recipe_ = recipe("bundled", "cpu", 1, OP, {})
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as beside:
        root = Path(folder)
        small_corpus(root, documents)
        settings = Settings(root, recipe_, fingerprint(recipe_))
        sizes, began = {}, time.perf_counter()
        run = Run.resume(Path(beside), settings).work(settings, Inside(), find([str(root)]).paths)
        for number, _ in enumerate(run, 1):
            if number % (documents // 10) == 0:
                status = Path("/proc/self/status").read_text()
                sizes[number] = round(int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024)
    print(json.dumps({"seconds": time.perf_counter() - began, "memory": sizes}))


def formats(size: int, repeat: int) -> dict[str, Figures]:
    """Megabytes a second of reading a file, and of splicing a change of every hundredth word and reading it again."""
    found = {}
    for name, build in BUILDERS.items():
        data, form = build(blocks(size)), format_named(name)
        prose = form.read(data)
        words = [Span(*match.span()) for match in re.finditer(r"\b[a-z]{4,}\b", prose.text)][::100]
        edits = [
            Edit(span, "other") for span in words
            if any(part.start <= span.start and span.end <= part.end for p in prose.passages for part in p.editable)
        ]  # fmt: skip
        reads, gates, kept = [], [], 0
        for _ in range(repeat):
            began = time.process_time()
            form.read(data)
            reads.append(time.process_time() - began)
            began = time.process_time()
            kept = len(keep(form, prose, edits).changes)
            gates.append(time.process_time() - began)
        found[name] = {
            "megabytes": len(data) / 1e6,
            "text": len(prose.text) / 1e6,
            "read": len(prose.text) / 1e6 / statistics.median(reads),
            "gate": len(prose.text) / 1e6 / statistics.median(gates),
            "edits": len(edits),
            "kept": kept,
        }
        print(name, {key: round(value, 2) for key, value in found[name].items()}, file=sys.stderr)
    return found


def refusals(model: Any, root: Path) -> dict[str, Any]:
    """What the gate says to a model that chooses its own words, in documents full of markup."""
    reasons: Counter[str] = Counter()
    kept = 0
    rewrites = WithModel(model, "paraphrase", {"trust": "model", "strength": 0.6})
    for path in sorted(root.glob("*.md"))[:1]:
        text = re.sub(r"\b(the|and|of)\b", r"*\1*", path.read_text("utf-8"))
        path = path.with_suffix(".markdown")
        path.write_text(text, "utf-8")
        record = process(Task("", path.name, sha256(path.read_bytes()), "markdown"), root, rewrites)
        kept += len(record.edits)
        reasons.update(reason for _, _, reason in record.rejected)
        path.unlink()
    return {"kept": kept, "refused": dict(reasons)}


def section(results: dict[str, Any]) -> Iterator[str]:
    """Of the page."""
    yield "## Folders\n"
    yield (
        f"Made by `python benchmarks/batch.py`: {results['documents']} Markdown documents of twelve sentences, half of "
        f"them officialese, operation {OP}, the bundled model, medians of {results['repeat']} interleaved runs, one "
        f"thread for each process, {results['machine']}, load {results['load']:.1f} at the start (above the number of "
        "processors, other work slows every row). Starting the process and loading the model is not in the seconds.\n"
    )
    yield "| way | seconds | of processors | documents a minute | edited words a minute | against the first | start |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    first = next(iter(results["ways"].values()))["seconds"]
    for name, row in results["ways"].items():
        minutes = row["seconds"] / 60
        start = f"{row['start']:.1f}" if "start" in row else "–"
        yield (
            f"| {name} | {row['seconds']:.1f} | {row['cpu']:.1f} | {results['documents'] / minutes:.0f} | "
            f"{row['words'] / minutes:.0f} | {first / row['seconds']:.2f}× | {start} |"
        )
    yield f"\nSeconds of processors hold the start where one is told. Inside the model: {results['share']:.0%}.\n"
    sizes = ", ".join(f"{number}: {size} MiB" for number, size in results["many"]["memory"].items())
    yield (
        f"One process over {results['many']['documents']} small documents, one in twenty with something to rewrite: "
        f"{results['many']['seconds']:.0f} s; resident memory after so many documents: {sizes}.\n"
    )
    refused = ", ".join(f"{count} because {reason}" for reason, count in results["gate"]["refused"].items()) or "none"
    yield (
        "The gate, over one of the documents with every “the”, “and” and “of” in emphasis, `paraphrase` with "
        f'`trust="model"`, strength 0.6: {results["gate"]["kept"]} edits kept, refused: {refused}.\n'
    )
    yield "Reading a file, and the gate (splice one word in a hundred, read again), in megabytes of text a second:\n"
    yield "| format | text, MB | read | gate | edits kept |"
    yield "|---|---:|---:|---:|---:|"
    for name, row in results["formats"].items():
        kept = f"{row['kept']} of {row['edits']}"
        yield f"| {name} | {row['text']:.2f} | {row['read']:.1f} | {row['gate']:.1f} | {kept} |"


def write(results: dict[str, Any]) -> None:
    (HERE / "batch.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before.rstrip()}\n\n{BEGIN}\n" + "\n".join(section(results)) + f"\n{END}{after}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=200_000, help="Characters of the file of each format.")
    parser.add_argument("--ray", action="store_true", help="Also one actor on a cluster of this machine.")
    options = parser.parse_args()

    import torch

    from llada_edit.models.load import load

    torch.set_num_threads(1)
    began, model = os.getloadavg()[0], load("bundled", device="cpu")
    ways: dict[str, Callable[[Path], Figures]] = {
        "plain": lambda root: plain_loop(root, model),
        "document by document": lambda root: document_loop(root, model),
        "run, 1 worker": lambda root: folder_run(root, Inside()),
        "run, 2 workers": lambda root: folder_run(root, Pool(2)),
    }
    if options.ray:
        from llada_edit.batch.cluster import Ray

        ways["run, Ray, 1 actor"] = lambda root: folder_run(root, Ray(1))
    rows: dict[str, list[Figures]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        corpus(root, options.documents)
        for _ in range(options.repeat):
            for name, way in ways.items():
                rows[name].append(way(root))
                print(name, {key: round(value, 1) for key, value in rows[name][-1].items()}, file=sys.stderr)
        share, gate = model_share(root, model), refusals(model, root)
    medians = {
        name: {key: statistics.median(row[key] for row in found) for key in found[0]} for name, found in rows.items()
    }
    write(
        {
            "documents": options.documents,
            "repeat": options.repeat,
            "machine": f"{platform.system()}, {os.cpu_count()} processors, torch {torch.__version__}",
            "load": began,
            "ways": medians,
            "share": share,
            "gate": gate,
            "many": {"documents": options.many, **many(options.many)},
            "formats": formats(options.size, options.repeat),
        }
    )


if __name__ == "__main__":
    main()
