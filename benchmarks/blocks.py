"""Block length against quality: sentences of known length filled block after block, one token a step."""

from __future__ import annotations

import sys
from dataclasses import asdict

import quality as q
import science

BLOCKS = (1, 2, 4, 8, 16, None)


def main() -> None:
    model, holes, settings = q.asked(__doc__)
    found = {"the original text": q.truth(model, holes)}
    for block in BLOCKS:
        name = f"blocks of {block}" if block else "one block"
        found[name] = q.quality(model, holes, policy="confidence", block=block)
        print(name, found[name], file=sys.stderr)
    lines = science.table(q.HEAD, [q.row(name, value) for name, value in found.items()])
    xs = [float(block or 32) for block in BLOCKS]
    ys = [value.nats for name, value in found.items() if "block" in name]
    lines.append(
        science.plot("blocks", {"one token a step (32: one block)": (xs, ys)}, "block", "nats per token", True)
    )
    results = {name: asdict(value) for name, value in found.items()}
    science.write("blocks", "Block length", settings, results, lines)


if __name__ == "__main__":
    main()
