"""One evaluation as data, as a Markdown page with plots, and as lines for a terminal; no figure is typed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from llada_edit.editor import Editor
from llada_edit.errors import DocumentError, OptionError, UnsupportedModel
from llada_edit.training.evaluation.calibration import Bin, Claim, calibration_error, reliability
from llada_edit.training.evaluation.cuts import KINDS, cuts
from llada_edit.training.evaluation.filling import Figures, Filled, figures, fill, grouped
from llada_edit.training.evaluation.likelihood import text_bound
from llada_edit.training.evaluation.rewriting import RewritingFigures, Way, rewriting_figures
from llada_edit.training.evaluation.similarity import Similarity
from llada_edit.training.evaluation.skill import trained_rewrite
from llada_edit.training.pairs import Pair
from llada_edit.training.texts import Text


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure.

    Attributes:
        texts: never trained on.
        holes: of each kind.
        kinds: of holes.
        pairs: of rewriting, for models that rewrite.
        seed: of places and subsets.
        windows: of text for the likelihood bound.
    """

    texts: Sequence[Text]
    holes: int
    kinds: Sequence[str] = KINDS
    pairs: Sequence[Pair] = ()
    seed: int = 0
    windows: int = 16


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured.

    Attributes:
        model: its name.
        bound: upper bound of the negative log-likelihood of text, nats per token.
        filling: by kind of hole.
        origins: by kind of text, all holes together.
        sources: by source of the text, the same.
        tokens: calibration of the probabilities of tokens, and its error.
        words: the same of the five most probable words offered.
        rewriting: by operation.
        refused: operations without figures, and why.
    """

    model: str
    bound: float
    filling: dict[str, Figures]
    origins: dict[str, Figures]
    sources: dict[str, Figures]
    tokens: Calibration
    words: Calibration
    rewriting: dict[str, RewritingFigures]
    refused: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Reliability curve and expected calibration error of some claims."""

    claims: int
    error: float
    bins: list[Bin] = field(default_factory=list)

    @classmethod
    def of(cls, claims: Sequence[Claim]) -> Calibration:
        """Measured on `claims`."""
        return cls(len(claims), calibration_error(claims), reliability(claims))


def evaluate(editor: Editor, request: Request, done: Callable[[str], None] = lambda line: None) -> Report:
    """Measure everything; `done` is told after each kind of hole."""
    groups: dict[str, list[Filled]] = {}
    for kind in request.kinds:
        try:
            found = list(cuts(request.texts, kind, request.holes, request.seed))
        except DocumentError as error:  # verse has no sentences, a list no phrases
            done(str(error))
            continue
        groups[kind] = [fill(editor, cut) for cut in found]
        done(f"{kind}: {request.holes} holes")
    if not groups:
        raise DocumentError("the texts have too few places for holes of any kind; give more text, or ask for fewer")
    filled = [one for group in groups.values() for one in group]
    rewriting, refused = _rewriting(editor, request.pairs)
    return Report(
        model=editor.card.name,
        bound=text_bound(editor.model, request.texts, request.windows, seed=request.seed),
        filling={kind: figures(group) for kind, group in groups.items()},
        origins={name: figures(group) for name, group in grouped(filled, lambda cut: cut.origin).items()},
        sources={name: figures(group) for name, group in grouped(filled, lambda cut: cut.source).items()},
        tokens=Calibration.of([claim for one in filled for claim in one.claims]),
        words=Calibration.of([claim for one in filled for claim in one.words]),
        rewriting=rewriting,
        refused=refused,
    )


def _rewriting(editor: Editor, pairs: Sequence[Pair]) -> tuple[dict[str, RewritingFigures], dict[str, str]]:
    """Figures by operation, and why others have none."""
    measured, refused = dict[str, RewritingFigures](), dict[str, str]()
    alike = Similarity()
    for name, group in groupby(sorted(pairs, key=lambda pair: pair.operation), key=lambda pair: pair.operation):
        try:
            measured[name] = rewriting_figures(ways(editor, name), list(group), alike)
        except (OptionError, UnsupportedModel) as error:
            refused[name] = str(error)
    return measured, refused


def ways(editor: Editor, operation: str) -> dict[str, Way]:
    """How a model rewrites: "editor", as users get it, and "trained", where it was trained for the operation."""

    def edited(text: str, operation: str) -> str:
        return editor.rewrite(text, op=operation).text

    trained = {"trained": partial(trained_rewrite, editor.model)} if operation in editor.card.operations else {}
    return {"editor": edited, **trained}


def lines(report: Report) -> Iterator[str]:
    """The page below its title, in Markdown."""
    yield "| holes | n | exact, length found | 95 % | exact, length given | top 5 | nats/token, length given | found |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    groups = {**report.filling, **{f"all, {origin}": row for origin, row in report.origins.items()}}
    for name, row in groups.items():
        low, high = row.interval
        yield (
            f"| {name} | {row.holes} | {row.exact:.1%} | {low:.0%} to {high:.0%} | {row.exact_given:.1%} | "
            f"{_percent(row.top5)} | {row.nats_given:.2f} | {row.nats:.2f} |"
        )
    yield "\n| holes | length off by (words) | doubled words | truncated | distinct-1 (truth) | distinct-2 (truth) |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, row in report.filling.items():
        pairs = [f"{one:.2f} ({two:.2f})" for one, two in zip(row.distinct, row.distinct_truth, strict=True)]
        yield f"| {name} | {row.length_error:.2f} | {row.doubled:.1%} | {row.truncated:.1%} | {' | '.join(pairs)} |"
    yield f"\nUpper bound of the negative log-likelihood of text: {report.bound:.2f} nats per token."
    for name, measured in (("tokens", report.tokens), ("words", report.words)):
        yield f"\nCalibration error of {name}: {measured.error:.3f} over {measured.claims}."
    if len(report.sources) > 1:
        yield "\n| source | holes | words: exact | top 5 | nats/token, length given | found |"
        yield "|---|---:|---:|---:|---:|---:|"
        for name, row in sorted(report.sources.items(), key=lambda item: (-item[1].holes, item[0])):
            words = (_percent(row.exact_words), _percent(row.top5))
            yield f"| {name} | {row.holes} | {' | '.join(words)} | {row.nats_given:.2f} | {row.nats:.2f} |"
    if report.rewriting:
        yield ""
        yield from rewriting_lines(report.rewriting)
    for name, reason in report.refused.items():
        yield f"\n{name} was not measured: {reason}."


def rewriting_lines(measured: Mapping[str, RewritingFigures]) -> Iterator[str]:
    """A table of rewriting, one row for every operation and way."""
    yield "| operation, way | changed | as wanted | facts kept | like source | like reference | SARI | GLEU | iBLEU |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name, found in measured.items():
        for way, one in found.ways.items():
            shares = " | ".join(f"{share:.0%}" for share in (one.changed, one.exact, one.kept))
            values = (one.like_source, one.like_reference, one.sari, one.gleu, one.ibleu)
            yield f"| {name} ({found.pairs}), {way} | {shares} | {' | '.join(f'{value:.3f}' for value in values)} |"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


HEAD = """\
# Evaluation

Made by `{command}`; nothing on this page is typed by hand. The model is `{model}`.

- **exact**: the fill equals what stood there; for longer holes that is rare, and many other fills would be good.
- **length found / given**: the model chooses the length, or is told the true number of tokens.
- **nats/token**: how improbable the truth is to the model (any-order bound); "found" pays for the length too. A context
  does not say how long a hole is meant to be: choosing between a word and a phrase costs 0.7 nats a hole by itself.
- **truncated**: the fill stops at a word that asks for another one. **distinct-n**: different n-grams over all.
- **calibration error**: how far shown probabilities are from the share that is right; noisy, and too large, for few.
  Tokens are those of fills of given length, words the five that are offered for a hole of one word.
- **copy, editor, trained**: the source as it is; what `llada-edit rewrite` makes of it; what the model writes by
  itself, where it was trained for the operation. **like**: BERTScore by the bundled network; 0 unrelated, 1 equal.
"""


def write_page(report: Report, folder: Path, command: str) -> Path:
    """Write ``evaluation.md``, its JSON and its plot into a folder of documents."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
    draw(report, folder / "calibration.svg")
    text = "\n".join([HEAD.format(command=command, model=report.model), *lines(report)])
    page = folder / "evaluation.md"
    page.write_text(f"{text}\n\n![Reliability curve](calibration.svg)\n", encoding="utf-8")
    return page


def draw(report: Report, path: Path) -> None:
    """The reliability curves."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="probability shown", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1))
    axes.plot([0, 1], [0, 1], color="gray", linestyle=":")
    for name, measured in (("tokens", report.tokens), ("words", report.words)):
        bins = measured.bins
        axes.plot([b.claimed for b in bins], [b.right for b in bins], marker="o", label=name)
    axes.legend()
    figure.savefig(path, metadata={"Date": None})
