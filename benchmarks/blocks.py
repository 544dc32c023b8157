"""Block length against quality: sentences of known length filled block after block, one token a step."""

from __future__ import annotations

import argparse

import quality as q
import science

BLOCKS = (1, 2, 4, 8, 16, None)


WHOLE = "one block"


def parser() -> argparse.ArgumentParser:
    return q.parser(__doc__)


def main() -> None:
    model, holes, settings = q.asked(parser().parse_args())
    kept = q.Kept(model, holes, settings)
    found = {"the original text": kept.quality("the original text")}
    for block in BLOCKS:
        name = f"blocks of {block}" if block else WHOLE
        found[name] = kept.quality(name, policy="confidence", block=block)
    bases = dict.fromkeys((name for name in found if name.startswith("blocks of")), WHOLE)
    lines = q.table(found, WHOLE, bases)
    xs = [float(block or 32) for block in BLOCKS]
    ys = [value.nats for name, value in found.items() if "block" in name]
    curves: science.Curves = {"one token a step (32: one block)": (xs, ys)}
    lines.append(science.plot("blocks", curves, "block", "nats per token", log=True))
    science.write("blocks", "Block length", settings, q.results(found, bases), lines)


if __name__ == "__main__":
    main()
