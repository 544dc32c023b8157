"""What more training would give: a straight line in the logarithm of the tokens, through the held-out losses of a log.

The line is a guess: it knows of no floor, and rates that fall at the end of a run would put all of it lower.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path, help="CSV with step and text_loss, as a training run writes it")
    parser.add_argument("--tokens-per-step", type=int, default=1024)
    parser.add_argument("--plot", type=Path, default=Path("docs/training-curve.svg"))
    chosen = parser.parse_args()
    rows = list(csv.DictReader(chosen.log.open(encoding="utf-8")))
    tokens = np.array([int(row["step"]) * chosen.tokens_per_step for row in rows]) / 1e6
    losses = np.array([float(row["text_loss"]) for row in rows])
    slope, start = np.polyfit(np.log(tokens), losses, 1)
    ahead = tokens[-1] * np.array([1, 5, 25, 250])
    print("| million tokens | nats per masked token |\n|---:|---:|")
    for count, loss in zip(tokens, losses, strict=True):
        print(f"| {count:.1f} | {loss:.2f} |")
    for count in ahead[1:]:
        print(f"| {count:.0f} | {start + slope * np.log(count):.1f}, if the line goes on |")
    print(f"\nOn the line, twice as many tokens are worth {-slope * np.log(2):.3f} nats.")
    figure = Figure(figsize=(5, 3.5), layout="constrained")
    axes = figure.add_subplot(xlabel="million tokens of this run", ylabel="nats per masked token", xscale="log")
    axes.plot(tokens, losses, "o", label="measured")
    axes.plot(ahead, start + slope * np.log(ahead), ":", color="gray", label="if the line goes on")
    axes.legend()
    figure.savefig(chosen.plot, metadata={"Date": None})


if __name__ == "__main__":
    main()
