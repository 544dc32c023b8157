"""Documents and edited words per minute of a folder run, beside a plain loop over the same files with the same model.

    python benchmarks/batch.py --documents 24 --repeat 3 --out benchmarks/batch.json

All ways do the same documents in turn, ``--repeat`` times; the medians are told. Every process has one thread. Starting
(imports, loading the model) is not in the seconds, since a million documents have one start; it is in those of CPUs.
The plain loop is what a user would write: read, `Editor.rewrite_document`, splice, write; no journal, no limits.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from pathlib import Path

SENTENCES = (
    "The committee decided to utilize the new facility in order to commence the work before the end of the year.",
    "Prior to the meeting, all participants are requested to ascertain whether their documents are complete.",
    "It was a cold morning, and the river lay still between the trees.",
    "We shall endeavour to purchase additional equipment in the event that the budget is sufficient.",
    "The results in [the report](https://example.org/report) are subsequent to the `calibrate()` call.",
    "Nobody had seen the letter, although it had been on the table for three days.",
    "A considerable number of people are of the opinion that the procedure should be terminated.",
    "She walked to the window and looked out at the empty street.",
    "At this point in time the majority of the applications have been transmitted to the office.",
    "The old house stood at the end of the lane, with a garden that had grown wild.",
    "Please notify the administration of any modification of your address.",
    "He did not know what to say, so he said nothing.",
)


def corpus(root: Path, documents: int) -> None:
    """A fixed corpus: a heading and three paragraphs of three sentences each."""
    chance = random.Random(1)
    for number in range(documents):
        blocks = [f"# Document {number}"]
        blocks += [" ".join(chance.sample(SENTENCES, 3)) for _ in range(3)]
        (root / f"{number:04}.md").write_text("\n\n".join(blocks) + "\n")


def plain_loop(root: Path, model: object) -> dict[str, float]:
    """What a user would write; seconds, seconds of processors, edited words."""
    from llada_edit.editor import Editor
    from llada_edit.formats.markdown import Markdown

    editor, form, words = Editor(model), Markdown(), 0  # type: ignore[arg-type]
    began, work = time.perf_counter(), processors()
    for path in sorted(root.glob("*.md")):
        prose = form.read(path.read_bytes())
        edits = editor.rewrite_document(prose, op="simplify", form=form)
        path.with_suffix(".out").write_bytes(prose.splice(edits))
        words += sum(max(1, len(edit.span.of(prose.text).split())) for edit in edits)
    found = {"seconds": time.perf_counter() - began, "cpu": processors() - work, "words": words, "refused": 0}
    for path in root.glob("*.out"):
        path.unlink()
    return found


def folder_run(root: Path, workers: int) -> dict[str, float]:
    """The same, from the start of the first document; the processors' seconds have the start in them."""
    from llada_edit.batch.engines import Inside
    from llada_edit.batch.find import find
    from llada_edit.batch.model import fingerprint, recipe
    from llada_edit.batch.pool import Pool
    from llada_edit.batch.run import Run, Settings
    from llada_edit.batch.stored import Stored

    recipe_ = recipe("bundled", "cpu", 1, "simplify", {})
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(root, recipe_, fingerprint(recipe_))
        engine = Inside() if workers == 1 else Pool(workers)
        work, paths = processors(), find([str(root)]).paths
        run = Run.resume(Path(folder), settings).work(settings, engine, paths)
        done = [(time.perf_counter(), one.seconds) for one in run]
        records = [document.record for document in Stored.open(Path(folder)).documents()]
    return {
        "seconds": done[-1][0] - min(at - seconds for at, seconds in done),
        "cpu": processors() - work,
        "words": sum(max(1, len(edit.old.split())) for record in records for edit in record.edits),
        "refused": sum(len(record.rejected) for record in records),
    }


def processors() -> float:
    """Seconds that processors worked for this process and those of its children that ended."""
    return sum(os.times()[:4])


def model_share(root: Path) -> float:
    """Share of a run's time that is spent inside the denoiser, after a warm-up."""
    from dataclasses import replace

    from llada_edit.batch.model import WithModel
    from llada_edit.batch.records import sha256
    from llada_edit.batch.worker import Task, process
    from llada_edit.models.load import load

    class Timed:
        """A denoiser with a watch; everything else goes through."""

        def __init__(self, inner: object) -> None:
            self.inner, self.seconds = inner, 0.0

        def __getattr__(self, name: str) -> object:
            found = getattr(self.inner, name)
            if not callable(found):
                return found

            def timed(*arguments: object, **options: object) -> object:
                began = time.perf_counter()
                try:
                    return found(*arguments, **options)
                finally:
                    self.seconds += time.perf_counter() - began

            return timed

    model = load("bundled", device="cpu")
    watch = Timed(model.denoiser)
    rewrites = WithModel(replace(model, denoiser=watch), "simplify", {})  # type: ignore[arg-type]
    paths = sorted(root.glob("*.md"))
    for measured in (False, True):
        watch.seconds, began = 0.0, time.perf_counter()
        for path in paths if measured else paths[:2]:
            process(Task("", path.name, sha256(path.read_bytes()), "markdown"), root, rewrites)
        whole = time.perf_counter() - began
    return watch.seconds / whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=24)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()

    import torch

    from llada_edit.models.load import load

    torch.set_num_threads(1)
    rows: dict[str, list[dict[str, float]]] = {"plain loop": [], "1 worker": [], "2 workers": []}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        corpus(root, options.documents)
        model = load("bundled", device="cpu")
        for _ in range(options.repeat):
            rows["plain loop"].append(plain_loop(root, model))
            rows["1 worker"].append(folder_run(root, 1))
            rows["2 workers"].append(folder_run(root, 2))
        share = model_share(root)
    table = {}
    for name, found in rows.items():
        seconds = statistics.median(row["seconds"] for row in found)
        table[name] = {
            "seconds": round(seconds, 2),
            "seconds of processors": round(statistics.median(row["cpu"] for row in found), 2),
            "documents per minute": round(options.documents / seconds * 60, 1),
            "edited words per minute": round(found[0]["words"] / seconds * 60, 1),
            "against the plain loop": round(statistics.median(r["seconds"] for r in rows["plain loop"]) / seconds, 2),
            "edits refused by the gate": found[0]["refused"],
        }
    report = {
        "documents": options.documents,
        "repeat": options.repeat,
        "cores": os.cpu_count(),
        "load": [round(one, 1) for one in os.getloadavg()],
        "python": platform.python_version(),
        "torch": torch.__version__,
        "share of time in the model": round(share, 3),
        "ways": table,
    }
    print(json.dumps(report, indent=2))
    if options.out:
        options.out.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
