"""``llada-edit score``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate

import click

from llada_edit.batch.review import visible
from llada_edit.cli.common import (
    counted,
    echo_json,
    file_names,
    json_option,
    load_editor,
    model_options,
    read_input,
)
from llada_edit.edits import TokenScore

SHADES = ((0.1, None), (0.001, "yellow"), (0.0, "red"))
"""Probability from which on a word has this colour on a terminal."""
_LEGEND = "yellow: below 10 %, red: below 0.1 %, as the least likely token of a word"
_WORD = re.compile(r"\S+")
_HOLE = re.compile(r"\[\?|\[MASK\]")


@click.command("score")
@click.argument("source", shell_complete=file_names)
@json_option
@model_options
def command(source: str, as_json: bool, model: str, device: str) -> None:
    """How likely each word of SOURCE (a text file, a text, or -) is, given all that stands around it.

    On a terminal, the text with unlikely words in colour; elsewhere a line for each word, its probability first. Totals
    are on stderr, and --json has every token.
    """
    document = read_input(source, None)
    if _HOLE.search(document.text):
        click.echo("note: hole markup is scored as if it were text; fill the holes first", err=True)
    score = load_editor(model, device).score(document.text)
    if as_json:
        echo_json(score.to_json())
        return
    words = list(scored_words(score.tokens))
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        click.echo(_coloured(document.text, words))
        click.echo(_LEGEND, err=True)
    else:
        for start, end, probability in words:
            click.echo(f"{probability:.2g}\t{document.text[start:end]}")
    kind = "exact" if score.exact else "sampled"
    click.echo(
        f"{counted(len(words), 'word')}, {counted(score.count, 'token')}; {score.per_token:.2f} nats per token given "
        f"the others; log-likelihood bound {score.bound:.1f} nats ({kind})",
        err=True,
    )


def scored_words(tokens: Sequence[TokenScore]) -> Iterator[tuple[int, int, float]]:
    """What stands between white space: start, end, and the probability of the least likely of its tokens."""
    text, at = "".join(token.text for token in tokens), 0
    ends = list(accumulate(len(token.text) for token in tokens))
    for word in _WORD.finditer(text):
        while ends[at] <= word.start():
            at += 1
        least = tokens[at].probability
        while ends[at] < word.end():
            at += 1
            least = min(least, tokens[at].probability)
        yield word.start(), word.end(), least


def _coloured(text: str, words: Sequence[tuple[int, int, float]]) -> str:
    shown, done = "", 0
    for start, end, probability in words:
        colour = next(colour for least, colour in SHADES if probability >= least)
        word = visible(text[start:end])
        shown += text[done:start] + (click.style(word, fg=colour) if colour else word)
        done = end
    return shown + text[done:]
