"""A report as a Markdown page with a plot, and as lines for a terminal; no figure is typed by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from llada_edit.rewriting.measured import COPY
from llada_edit.training.evaluation.bootstrap import DRAWS
from llada_edit.training.evaluation.calibration import LIKELY
from llada_edit.training.evaluation.comparing import NOT_BETTER, SHARES, RewritingFigures
from llada_edit.training.evaluation.overlap import MOST, RUN, Screened
from llada_edit.training.evaluation.part import Part
from llada_edit.training.evaluation.report import Report

HEAD = """\
# Evaluation

Made by `{command}`; nothing on this page is typed by hand. The model is `{model}`.

- **exact**: the fill equals what stood there; for longer holes that is rare, and many other fills would be good.
- **length found / given**: the model chooses the length, or is told the true number of tokens.
- **word**: of two letters or more, between spaces, not at the edge of a text. **phrase**: 3 to 8 words of one line.
- **nats/token**: how improbable the truth is to the model (any-order bound); "found" pays for the length too. A context
  does not say how long a hole is meant to be: choosing between a word and a phrase costs 0.7 nats a hole by itself.
  In brackets, and for the upper bound: 95 % intervals over the holes, or the texts, from {draws} draws.
- **truncated**: the fill stops at a word that asks for another one. **distinct-n**: different n-grams over all.
- **calibration error**: how far shown probabilities are from the share that is right; noisy, and too large, for few.
  Tokens are those of fills of given length, words the five that are offered for a hole of one word. Most claims are
  small ones that are easily right; so the error of claims of 10 % and more stands beside it.
- **copy, editor, trained**: the source as it is; what `llada-edit rewrite` makes of it; what the model writes by
  itself, where it was trained for the operation. **like**: BERTScore by the bundled network; 0 unrelated, 1 equal.
"""
UNSEEN = """
## Sources that the model was never trained on

Texts given with `--unseen`, measured in the same way and counted nowhere above. Of the sources above, other texts may
have been trained on; of these, nothing was, as whoever gave the command says.
"""
TITLES = {
    "changed": "changed",
    "exact": "as wanted",
    "kept": "facts kept",
    "like_source": "like source",
    "like_reference": "like reference",
    "sari": "SARI",
    "gleu": "GLEU",
    "ibleu": "iBLEU",
}
"""Headings of the scores of `Scores`."""
INTERVALS = f"""
In brackets: 95 % intervals, of shares by Wilson, of scores from {DRAWS} draws of the pairs.

What a way has more than copy, on the same draws; **bold** where the interval leaves out zero, elsewhere neither is
shown to be better. SARI gives full marks for deleting nothing here, and in other scripts none; so by itself it does not
show whether a rewriting is better than a copy:
"""


def lines(report: Report) -> Iterator[str]:
    """The page below its head, in Markdown."""
    yield from part_lines(report.held_out)
    if report.unseen is not None:
        yield UNSEEN
        yield from part_lines(report.unseen)
    if report.rewriting or report.refused:
        yield "\n## Rewriting\n"
    yield from rewriting_lines(report.rewriting)
    for name, reason in report.refused.items():
        yield f"\n{name} was not measured: {reason}."


def part_lines(part: Part) -> Iterator[str]:
    """Tables of holes by kind, origin and source, and what was measured besides."""
    if part.screened is not None:
        yield screened_line(part.screened) + "\n"
    yield "| holes | n | exact, length found | 95 % | exact, length given | top 5 | nats/token, length given | found |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    groups = {**part.filling, **{f"all, {origin}": row for origin, row in part.origins.items()}}
    for name, row in groups.items():
        low, high = row.interval
        yield (
            f"| {name} | {row.holes} | {row.exact:.1%} | {low:.0%} to {high:.0%} | {row.exact_given:.1%} | "
            f"{_percent(row.top5)} | {_nats(row.nats_given, row.nats_given_interval)} | "
            f"{_nats(row.nats, row.nats_interval)} |"
        )
    yield "\n| holes | length off by (words) | doubled words | truncated | distinct-1 (truth) | distinct-2 (truth) |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, row in part.filling.items():
        both = zip(row.distinct, row.distinct_truth, strict=True)
        pairs = [f"{one:.2f} ({two:.2f})" if two else "" for one, two in both]  # single words have no pairs
        yield f"| {name} | {row.length_error:.2f} | {row.doubled:.1%} | {row.truncated:.1%} | {' | '.join(pairs)} |"
    bound = _nats(part.bound, part.bound_interval)
    yield f"\nUpper bound of the negative log-likelihood of text: {bound} nats per token."
    for name, measured in (("tokens", part.tokens), ("words", part.words)):
        yield (
            f"\nCalibration error of {name}: {measured.error:.3f} over {measured.claims}; "
            f"{measured.likely_error:.3f} over the {measured.likely} claims of {LIKELY:.0%} and more."
        )
    if len(part.sources) > 1:
        yield "\n| source | holes | words: exact | top 5 | nats/token, length given | found |"
        yield "|---|---:|---:|---:|---:|---:|"
        for name, row in sorted(part.sources.items(), key=lambda item: (-item[1].holes, item[0])):
            words = (_percent(row.exact_words), _percent(row.top5))
            yield f"| {name} | {row.holes} | {' | '.join(words)} | {row.nats_given:.2f} | {row.nats:.2f} |"


def screened_line(found: Screened) -> str:
    """What was left out because a model could know it by heart."""
    return (
        f"Compared with the training text: of {found.texts} texts, {found.left_out} were left out, of which more than "
        f"{MOST:.0%} of all runs of {RUN} words stand in it; of the others, {found.share:.1%} do."
    )


def rewriting_lines(measured: Mapping[str, RewritingFigures]) -> Iterator[str]:
    """One row for every operation and way, then what each has more than a copy; nothing where nothing was measured."""
    if not measured:
        return
    yield from _header(list(TITLES))
    for name, found in measured.items():
        for way, one in found.ways.items():
            ends = found.intervals.get(way, {})
            cells = [_score(score, value, ends.get(score)) for score, value in asdict(one).items()]
            yield f"| {name} ({found.pairs}), {way} | {' | '.join(cells)} |"
    gains = [(name, found, way) for name, found in measured.items() for way in found.gains]
    if not gains:
        return
    yield INTERVALS
    compared = [score for score in TITLES if score not in NOT_BETTER]
    yield from _header(compared)
    for name, found, way in gains:
        copy, own = (asdict(found.ways[each]) for each in (COPY, way))
        cells = [_gain(score, own[score] - copy[score], found.gains[way][score]) for score in compared]
        yield f"| {name} ({found.pairs}), {way} | {' | '.join(cells)} |"


def _header(scores: Sequence[str]) -> Iterator[str]:
    yield f"| operation, way | {' | '.join(TITLES[score] for score in scores)} |"
    yield f"|---|{'---:|' * len(scores)}"


def _score(name: str, value: float, ends: Sequence[float] | None) -> str:
    if name in SHARES:
        return f"{value:.0%}" + ("" if ends is None else f" ({ends[0]:.0%} to {ends[1]:.0%})")
    return f"{value:.3f}" + ("" if ends is None else f" ({ends[0]:.3f} to {ends[1]:.3f})")


def _gain(name: str, value: float, ends: Sequence[float]) -> str:
    low, high = ends
    if low == high == 0:
        return "0"
    form = "+.0%" if name in SHARES else "+.3f"
    shown = f"{value:{form}} ({low:{form}} to {high:{form}})"
    return shown if low <= 0 <= high else f"**{shown}**"


def _nats(value: float, ends: Sequence[float] | None) -> str:
    return f"{value:.2f}" + ("" if ends is None else f" ({ends[0]:.2f} to {ends[1]:.2f})")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def write_page(report: Report, folder: Path, command: str) -> Path:
    """Write ``evaluation.md``, its JSON and its plot into a folder of documents."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
    draw(report, folder / "calibration.svg")
    text = "\n".join([HEAD.format(command=command, model=report.model, draws=DRAWS), *lines(report)])
    page = folder / "evaluation.md"
    page.write_text(f"{text}\n\n![Reliability curve](calibration.svg)\n", encoding="utf-8")
    return page


def draw(report: Report, path: Path) -> None:
    """The reliability curves; those of sources never trained on are dashed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="probability shown", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1))
    axes.plot([0, 1], [0, 1], color="gray", linestyle=":")
    for part, style, suffix in ((report.held_out, "-", ""), (report.unseen, "--", ", unseen sources")):
        if part is None:
            continue
        for color, (name, measured) in enumerate((("tokens", part.tokens), ("words", part.words))):
            shown, right = ([getattr(one, side) for one in measured.bins] for side in ("claimed", "right"))
            axes.plot(shown, right, f"C{color}o{style}", label=name + suffix)
    axes.legend()
    figure.savefig(path, metadata={"Date": None})
