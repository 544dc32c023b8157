"""Folders say which shape their network has, and those that were written before there were two are read as ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from llada_edit.models.bundled import bundled_folder, load_network
from llada_edit.models.encoder import Encoder
from llada_edit.models.shapes import SHAPES, make, read, shape_of, written
from llada_edit.testing import save_tiny_model, tiny_network


@pytest.mark.parametrize("shape", SHAPES)
def test_sizes_are_read_as_they_were_written(shape: str) -> None:
    sizes, kind = SHAPES[shape]
    config = sizes(vocab_size=60, width=16, layers=1, heads=2, feed_forward=32, max_positions=8)
    tables = json.loads(json.dumps({"card": {}, **written(config)}))
    assert read(tables) == config and type(read(tables)) is sizes
    assert type(make(config)) is kind


def test_there_is_one_shape_and_not_two() -> None:
    with pytest.raises(KeyError, match="no table: there must be one of encoder, llama"):
        shape_of({"card": {}})
    with pytest.raises(KeyError, match="encoder and llama: there must be one"):
        shape_of({"llama": {}, "encoder": {}})


@pytest.mark.parametrize("shape", SHAPES)
def test_a_folder_gives_back_its_network(shape: str, tmp_path: Path) -> None:
    card, network = load_network(save_tiny_model(tmp_path, shape=shape), "tiny", torch.device("cpu"))
    before = tiny_network(shape=shape)
    assert type(network) is type(before) and network.config == before.config
    assert card.max_length == network.config.max_positions == 256
    with torch.inference_mode():
        tokens = torch.arange(32, 60)[None]
        one, other = (each.project(each.hidden(tokens, torch.arange(28)[None])[0]) for each in (before, network))
    assert (one - other).std() < 0.05 * one.std(), "but for the rounding to signed bytes"


def test_a_folder_from_before_there_were_two_shapes() -> None:
    card, network = load_network(bundled_folder(), "bundled", torch.device("cpu"))
    assert type(network) is Encoder
    assert card.max_length == network.config.max_positions
