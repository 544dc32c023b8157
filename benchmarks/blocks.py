"""Block length against quality: sentences of known length filled block after block, one token a step."""

from __future__ import annotations

from dataclasses import asdict

import quality as q
import science

BLOCKS = (1, 2, 4, 8, 16, None)


def main() -> None:
    model, holes, settings = q.asked(__doc__)
    kept = q.Kept(model, holes, settings)
    found = {"the original text": kept.quality("the original text")}
    for block in BLOCKS:
        name = f"blocks of {block}" if block else "one block"
        found[name] = kept.quality(name, policy="confidence", block=block)
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
