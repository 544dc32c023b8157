"""Steps and transfer policies against quality: sentences of known length filled in 1, 2, 4, 8 and n steps."""

from __future__ import annotations

import argparse

import quality as q
import science

BUDGETED = ("confidence", "margin", "entropy", "random", "ancestral")
FREE = ("factor", "threshold", "entropy-bound")
STEPS = (1, 2, 4, 8, None)


def parser() -> argparse.ArgumentParser:
    return q.parser(__doc__)


def main() -> None:
    model, holes, settings = q.asked(parser().parse_args())
    kept = q.Kept(model, holes, settings)
    found = {"the original text": kept.quality("the original text")}
    bases: dict[str, str] = {}
    curves: science.Curves = {}
    for policy in BUDGETED:
        for steps in STEPS:
            name = f"{policy}, {steps or 'n'} steps"
            found[name] = kept.quality(name, policy=policy, steps=steps)
            if policy != BUDGETED[0]:
                bases[name] = f"{BUDGETED[0]}, {steps or 'n'} steps"
        own = [value for name, value in found.items() if name.startswith(f"{policy},")]
        curves[policy] = ([value.passes for value in own], [value.nats for value in own])
    for policy in FREE:
        found[policy] = kept.quality(policy, policy=policy)
        bases[policy] = f"{BUDGETED[0]}, n steps"
        curves[policy] = ([found[policy].passes], [found[policy].nats])
    lines = q.table(found, f"{BUDGETED[0]} in as many steps", bases)
    lines.append(science.plot("steps", curves, "passes", "nats per token of the fill", log=True))
    science.write("steps", "Steps and transfer policies", settings, q.results(found, bases), lines)


if __name__ == "__main__":
    main()
