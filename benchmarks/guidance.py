"""Scale of classifier-free guidance against quality, without constraints: sentences of known length.

Guidance is the editor's: the scale holds in full only at the end, growing with the share of the hole that is filled,
and tokens with less than 1 % of the probability of the best one are left out (`llada_edit.sampling.guidance`).
"""

from __future__ import annotations

import argparse

import quality as q
import science

SCALES = (0.0, 0.5, 1.0, 2.0, 4.0)


def parser() -> argparse.ArgumentParser:
    return q.parser(__doc__)


def main() -> None:
    model, holes, settings = q.asked(parser().parse_args())
    kept = q.Kept(model, holes, settings)
    found = {"the original text": kept.quality("the original text")}
    names = [f"scale {scale}" for scale in SCALES]
    for name, scale in zip(names, SCALES, strict=True):
        found[name] = kept.quality(name, policy="confidence", guidance=scale)
    bases = dict.fromkeys(names[1:], names[0])
    lines = q.table(found, names[0], bases)
    curves: science.Curves = {
        "right tokens": (SCALES, [found[name].tokens for name in names]),
        "distinct words": (SCALES, [found[name].distinct for name in names]),
    }
    lines.append(science.plot("guidance", curves, "guidance scale", "share"))
    science.write("guidance", "Guidance", settings, q.results(found, bases), lines)


if __name__ == "__main__":
    main()
