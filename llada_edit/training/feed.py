"""Batches in the order of their steps, made in other processes while the network works."""

from __future__ import annotations

from collections.abc import Iterator

from torch.utils.data import DataLoader, Dataset

from llada_edit.training.batches import Batch, BatchSource
from llada_edit.training.recipe import Recipe


class Steps(Dataset[Batch]):
    """The batch of every step of a recipe."""

    def __init__(self, source: BatchSource, recipe: Recipe) -> None:
        self.source, self.recipe = source, recipe

    def __getitem__(self, step: int) -> Batch:
        recipe = self.recipe
        length = recipe.lengths[step % len(recipe.lengths)]
        return self.source.batch(step, recipe.tokens_per_step // length, length, recipe.highest_mask_rate(step))


def feed(source: BatchSource, recipe: Recipe, first: int, workers: int) -> Iterator[Batch]:
    """The batches of steps `first` to the last; `workers` other processes make them, 0 makes them here.

    They are the same whatever the number of workers.
    """
    steps = Steps(source, recipe)
    if not workers:
        return (steps[step] for step in range(first, recipe.steps))
    return iter(
        DataLoader(
            steps,
            batch_size=None,
            sampler=range(first, recipe.steps),
            num_workers=workers,
            prefetch_factor=4,
            collate_fn=_as_it_is,  # type: ignore[arg-type]  # without batch_size it gets one item, not a list
        )
    )


def _as_it_is(batch: Batch) -> Batch:
    return batch
