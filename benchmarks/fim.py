"""An autoregressive model with fill-in-the-middle against ours: same network, data, tokens a step, steps; from scratch.

Each is first tried for a while at several learning rates, on holes that are not those of the table, and then trained
at its best one. Both fill words and phrases at automatic length, with the same context: ours as the editor does, the
autoregressive one by the most probable next token until it says that it ends, and by the most probable whole fill.
What stands before a hole tells both whether a fill begins with a space. Beyond that, ours is kept from doubled words,
repetitions, line breaks and a space at its end, as the editor keeps every fill, and the other one is not.
Nats a token pay for the end or the length too; ours are an upper bound, the other's are exact. Of both, the weights
are rounded to signed bytes, as ours are stored.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import science
from autoregressive import BEAMS
from contest import MODELS, THEIRS, Contest
from middles import KINDS, Tried, exact, figures, gap


@dataclass(slots=True)
class Outcome:
    """Of one model.

    Attributes:
        swept: nats a token, by rate and kind of hole.
        rate: the best one.
        steps: that the training at it came to.
        curve: its looks.
        tried: holes, by kind.
    """

    swept: dict[float, dict[str, float]]
    rate: float
    steps: int
    curve: list[dict[str, Any]]
    tried: dict[str, list[Tried]]


def best(swept: dict[float, dict[str, float]]) -> float:
    """The rate with the fewest nats a token, of both kinds together."""
    return min(swept, key=lambda rate: sum(swept[rate].values()))


def table(contest: Contest, outcomes: dict[str, Outcome]) -> list[str]:
    """What the models make of the holes."""
    rows: list[list[Any]] = []
    for kind in KINDS:
        for name, outcome in outcomes.items():
            found = outcome.tried[kind]
            one, right = figures(found), exact(found)
            shares = [science.share(right[way], len(found)) if way in right else "–" for way in ("exact", "searched")]
            more = "–"
            if THEIRS in outcomes.keys() - {name}:
                worse, error = gap(found, outcomes[THEIRS].tried[kind])
                more = f"{worse:+.1f} ± {error:.1f}"
            rows.append([f"{kind}, {name}", *shares, one["nats"], one["given"], one["length"], more])
        rows.append([f"{kind}, token by token", "–", "–", "–", contest.unigram(kind), "–", "–"])
    heads = (
        "exact (95 %)", f"exact, best of {BEAMS} beams", "nats/token", "length not counted", "nats/hole, length or end",
        "nats/hole more than AR",
    )  # fmt: skip
    return science.table(("holes, model", *heads), rows)


def swept(chosen: argparse.Namespace, outcomes: dict[str, Outcome]) -> list[str]:
    """The short trainings."""
    rows = [
        [f"{kind}, {name}", *(outcome.swept[rate][kind] for rate in chosen.rates)]
        for name, outcome in outcomes.items()
        for kind in KINDS
    ]
    head = (f"nats/token after {chosen.sweep} steps, by learning rate", *(f"{rate:g}" for rate in chosen.rates))
    taken = " and ".join(f"{outcome.rate:g} for the {name} model" for name, outcome in outcomes.items())
    return ["", *science.table(head, rows), f"\nOf {chosen.tried} other holes of each kind. All else is at {taken}."]


def drawn(chosen: argparse.Namespace, outcomes: dict[str, Outcome]) -> str:
    """The curves of likelihood; of exact matches there are too few in so few holes."""
    curves: science.Curves = {}
    for name, outcome in outcomes.items():
        millions = [row["step"] * chosen.tokens / 1e6 for row in outcome.curve]
        for kind in KINDS:
            curves[f"{kind}, {name}"] = (millions, [row[f"{kind} nats"] for row in outcome.curve])
    return science.plot("fim-nats", curves, "million tokens", "nats per token")


def report(contest: Contest, outcomes: dict[str, Outcome]) -> None:
    """Tables and plots of the models that are trained by now."""
    chosen = contest.chosen
    lines = [*table(contest, outcomes), drawn(chosen, outcomes)]
    lines.append(f"\nThe curves are those of {chosen.few} holes of each kind; the table is of {chosen.holes}.")
    stopped = {name: one.steps for name, one in outcomes.items() if one.steps < chosen.steps}
    lines += [f"The {name} model was stopped after {steps} steps." for name, steps in stopped.items()]
    lines += swept(chosen, outcomes)
    skipped = ("train", "valid", "device", "minutes")
    settings = {name: value for name, value in vars(chosen).items() if name not in skipped}
    settings["tokens of text"] = len(contest.corpus.tokens)
    end = {
        f"{kind}, {name}": {
            **figures(one.tried[kind]),
            **exact(one.tried[kind]),
            "gap": gap(one.tried[kind], outcomes[THEIRS].tried[kind]) if THEIRS in outcomes else None,
        }
        for name, one in outcomes.items()
        for kind in KINDS
    }
    runs = {
        name: {"swept": one.swept, "rate": one.rate, "steps": one.steps, "curve": one.curve}
        for name, one in outcomes.items()
    }
    science.write("fim", "Fill-in-the-middle: autoregressive against ours", settings, {"end": end, "runs": runs}, lines)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("train", type=Path, nargs="+")
    arguments.add_argument("--valid", type=Path, required=True)
    arguments.add_argument("--kind", default="", help="of documents; all by default")
    arguments.add_argument("--vocabulary", type=int, default=2048)
    arguments.add_argument("--steps", type=int, default=2400)
    arguments.add_argument("--tokens", type=int, default=512, help="a step")
    arguments.add_argument("--length", type=int, default=128)
    arguments.add_argument("--width", type=int, default=128)
    arguments.add_argument("--layers", type=int, default=4)
    arguments.add_argument("--rates", type=float, nargs="+", default=[1e-3, 2e-3, 4e-3])
    arguments.add_argument("--sweep", type=int, default=800, help="steps at each rate")
    arguments.add_argument("--tried", type=int, default=100, help="holes of each kind that the rates are chosen by")
    arguments.add_argument("--context", type=int, default=140, help="characters on each side of a hole")
    arguments.add_argument("--holes", type=int, default=200)
    arguments.add_argument("--few", type=int, default=40, help="holes for the curves")
    arguments.add_argument("--looks", type=int, default=4)
    arguments.add_argument(
        "--minutes", type=float, default=math.inf, help="for the training of each model, in this call"
    )
    arguments.add_argument("--bf16", action="store_true")
    arguments.add_argument("--device", default="auto")
    return arguments


def main() -> None:
    contest = Contest(parser().parse_args())
    outcomes: dict[str, Outcome] = {}
    sweeps = {name: contest.sweep(name) for name in MODELS}
    for name in MODELS:
        rate = best(sweeps[name])
        trainer = contest.train(name, rate)
        tried = {kind: contest.tried(trainer, kind) for kind in KINDS}
        outcomes[name] = Outcome(sweeps[name], rate, trainer.step, trainer.log.rows, tried)
        report(contest, outcomes)


if __name__ == "__main__":
    main()
