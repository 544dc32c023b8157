"""Random texts of a language, by a walk that ends at last."""

import random

import numpy as np
import pytest


def draw(automaton, seed, longest=40):
    """A text that the automaton accepts; any text of at most about `longest` bytes can come."""
    chance, state, found = random.Random(seed), 0, bytearray()
    byte_of = {}
    for byte in [*range(32, 127), *range(256)]:
        byte_of.setdefault(int(automaton.classes[byte]), []).append(byte)
    while len(found) < longest and not (automaton.accepting[state] and chance.random() < 0.15):
        columns = np.flatnonzero(automaton.table[state] >= 0).tolist()
        if not columns:
            break
        column = chance.choice(columns)
        found.append(chance.choice(byte_of[column]))
        state = int(automaton.table[state, column])
    return (bytes(found) + automaton.between(state, None).shortest()).decode()


@pytest.fixture(scope="session")
def draw_from():
    return draw
