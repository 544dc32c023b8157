"""What each row of a batch is to be: how long its holes are, how warm it is drawn, which words it leaves to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llada_edit.models.base import LongFills
from llada_edit.options import InfillOptions

UNLIKELY = 5.0
"""Nats behind the best from which a choice of lengths is not tried in the first round."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of a batch.

    Attributes:
        choices: slots used of each hole, and the log weight of that, by row.
        temperatures: by row.
        ranks: how many of the best tokens of the most open slot a row leaves to others.
    """

    choices: list[tuple[tuple[int, ...], float]]
    temperatures: list[float]
    ranks: list[int]

    @property
    def lengths(self) -> list[tuple[int, ...]]:
        """Slots used, by row."""
        return [lengths for lengths, _ in self.choices]

    @property
    def weights(self) -> list[float]:
        """Log weights of the lengths, by row."""
        return [weight for _, weight in self.choices]


def plan_draws(best: list[tuple[tuple[int, ...], float]], options: InfillOptions, long: LongFills) -> Plan:
    """The rows of the first round of long holes: of the best length, all of them drawn."""
    count = max(long.rows, 2 * options.n)
    return Plan([best[0]] * count, [long.temperature] * count, [0] * count)


def draws(long: LongFills | None, sizes: Sequence[int], options: InfillOptions) -> LongFills | None:
    """`long` where it holds: every hole is long, and how to fill it was left to the model."""
    plain = replace(options, n=1, seed=0, context=None, top_k=None, top_p=None)
    usual = replace(InfillOptions(), top_p=None, temperature=options.temperature)
    held = long is not None and options.temperature > 0 and plain == usual and min(sizes) >= long.slots
    return long if held else None


def plan_rows(best: list[tuple[tuple[int, ...], float]], options: InfillOptions, round_: int, differ: bool) -> Plan:
    """The rows of a round.

    Args:
        best: slots used of each hole, and the log weight of that, best first.
        options: how many candidates, how warm.
        round_: 0 takes the best; every later one is warmer than the one before.
        differ: whether other words in the most open place make other candidates.
    """
    wanted = options.n
    if round_:
        rows = [best[index % len(best)] for index in range(2 * wanted)]
        warm = (options.temperature or 0.5) * (1 + 0.5 * round_)
        return Plan(rows, [warm] * len(rows), [0] * len(rows))
    near = [choice for choice in best if choice[1] > best[0][1] - UNLIKELY]
    varied = wanted if wanted > 1 and options.temperature else 0
    # Other words in the most open place are better candidates than other lengths.
    other = wanted if wanted > 1 and differ else 0
    rows = [*near, *[best[0]] * other, *(near[index % min(len(near), 3)] for index in range(varied))]
    return Plan(
        rows,
        [0.0] * (len(near) + other) + [options.temperature] * varied,
        [0] * len(near) + [*range(1, other + 1)] + [0] * varied,
    )
