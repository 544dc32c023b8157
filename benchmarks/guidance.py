"""Scale of classifier-free guidance against quality, without constraints: sentences of known length."""

from __future__ import annotations

from dataclasses import asdict

import quality as q
import science

SCALES = (0.0, 0.5, 1.0, 2.0, 4.0)


def main() -> None:
    model, holes, settings = q.asked(__doc__)
    kept = q.Kept(model, holes, settings)
    found = {"the original text": kept.quality("the original text")}
    for scale in SCALES:
        name = f"scale {scale}"
        found[name] = kept.quality(name, policy="confidence", guidance=scale)
    lines = science.table(q.HEAD, [q.row(name, value) for name, value in found.items()])
    ys = {
        "right tokens": [value.tokens for name, value in found.items() if "scale" in name],
        "distinct words": [value.distinct for name, value in found.items() if "scale" in name],
    }
    lines.append(science.plot("guidance", {name: (SCALES, y) for name, y in ys.items()}, "guidance scale", "share"))
    results = {name: asdict(value) for name, value in found.items()}
    science.write("guidance", "Guidance", settings, results, lines)


if __name__ == "__main__":
    main()
