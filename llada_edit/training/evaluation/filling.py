"""Holes filled by a model and compared with what stood there: one record a hole, figures over many."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from llada_edit.editor import Editor
from llada_edit.training.evaluation.bootstrap import Interval, ratio
from llada_edit.training.evaluation.calibration import Claim
from llada_edit.training.evaluation.cuts import Cut
from llada_edit.training.evaluation.likelihood import hole_likelihood, truth_tokens
from llada_edit.training.evaluation.seam import distinct, doubles, truncated


@dataclass(frozen=True, slots=True)
class Filled:
    """One hole, and what a model made of it.

    Attributes:
        cut: the hole.
        found: the fill at automatic length.
        given: the fill with the true number of tokens given.
        tokens: how many the truth has.
        given_length: log probability of the truth given its length, nats.
        length: log probability of its length, nats.
        top5: for words, whether the truth is among the five most probable ones.
        words: for words, the probability shown for each of those five, and whether it is the truth.
        claims: probability of each token of `given` as it is shown, and whether the token is right.
    """

    cut: Cut
    found: str
    given: str
    tokens: int
    given_length: float
    length: float
    top5: bool | None
    words: tuple[Claim, ...]
    claims: tuple[Claim, ...]


def fill(editor: Editor, cut: Cut) -> Filled:
    """Fill one hole in every way that is measured."""
    model, document = editor.model, cut.document
    truth = truth_tokens(model, document)
    given, claims = fill_given(editor, cut)
    words = offered(editor, cut) if cut.kind == "word" else ()
    top5 = any(right for _, right in words) if cut.kind == "word" else None
    bound, length = hole_likelihood(model, document)
    found = editor.infill(document).holes[0].text
    return Filled(cut, found, given, len(truth), bound, length, top5, words, claims)


def fill_given(editor: Editor, cut: Cut) -> tuple[str, tuple[Claim, ...]]:
    """The fill with the true number of tokens, and what is claimed of each of them."""
    vocabulary, truth = editor.model.vocabulary, truth_tokens(editor.model, cut.document)
    pieces = [vocabulary.token_bytes(token).decode(errors="replace") for token in truth]
    edit = editor.infill(cut.with_tokens(len(truth))).holes[0]
    return edit.text, tuple(
        (one.probability, one.text == piece) for one, piece in zip(edit.tokens, pieces, strict=True)
    )


def offered(editor: Editor, cut: Cut) -> tuple[Claim, ...]:
    """What is claimed of the five most probable words for a hole of one word."""
    return tuple((one.probability, one.text == cut.truth) for one in editor.alternatives(cut.document, k=5))


@dataclass(frozen=True, slots=True)
class Figures:
    """Results over some holes; shares are between 0 and 1.

    Attributes:
        holes: how many.
        exact: share of fills at automatic length that equal the truth.
        interval: 95 % interval of that share (Wilson).
        exact_given: the same with the number of tokens given.
        exact_words: share of the words among them that were put back; None where there are none.
        top5: share of words among the five most probable ones; the same.
        nats_given: mean negative log probability a token, length given (any-order bound).
        nats_given_interval: 95 % interval of it over the holes; None for few.
        nats: the same with the length paid for.
        nats_interval: of that.
        length_error: mean absolute difference in words.
        doubled: share of fills that repeat the word next to the hole.
        truncated: share of fills that stop at a word that asks for another one.
        distinct: distinct words, and pairs of words, over all.
        distinct_truth: the same of what stood there.
    """

    holes: int
    exact: float
    interval: tuple[float, float]
    exact_given: float
    exact_words: float | None
    top5: float | None
    nats_given: float
    nats_given_interval: Interval | None
    nats: float
    nats_interval: Interval | None
    length_error: float
    doubled: float
    truncated: float
    distinct: tuple[float, float]
    distinct_truth: tuple[float, float]


def figures(filled: Sequence[Filled]) -> Figures:
    """Over at least one hole."""
    found, truth = [one.found for one in filled], [one.cut.truth for one in filled]
    exact = sum(one.found == one.cut.truth for one in filled)
    words = [one for one in filled if one.top5 is not None]
    given, around_given = ratio([(-one.given_length, one.tokens) for one in filled])
    nats, around = ratio([(-one.given_length - one.length, one.tokens) for one in filled])
    return Figures(
        holes=len(filled),
        exact=exact / len(filled),
        interval=wilson(exact, len(filled)),
        exact_given=_share(filled, lambda one: one.given == one.cut.truth),
        exact_words=_share(words, lambda one: one.found == one.cut.truth) if words else None,
        top5=_share(words, lambda one: bool(one.top5)) if words else None,
        nats_given=given,
        nats_given_interval=around_given,
        nats=nats,
        nats_interval=around,
        length_error=sum(abs(len(one.found.split()) - len(one.cut.truth.split())) for one in filled) / len(filled),
        doubled=_share(filled, lambda one: doubles(_before(one), one.found, _after(one))),
        truncated=_share(filled, lambda one: truncated(one.found, _after(one))),
        distinct=(distinct(found, 1), distinct(found, 2)),
        distinct_truth=(distinct(truth, 1), distinct(truth, 2)),
    )


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, right / of
    middle, spread = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of)), min(1.0, (middle + spread) / (1 + z * z / of))


def _share(filled: Sequence[Filled], holds: Callable[[Filled], bool]) -> float:
    return sum(map(holds, filled)) / len(filled)


def _before(one: Filled) -> str:
    return one.cut.document.segments[0]


def _after(one: Filled) -> str:
    return one.cut.document.segments[1]


def grouped(filled: Iterable[Filled], key: Callable[[Cut], str]) -> dict[str, list[Filled]]:
    """The records of each kind of text, or of each source."""
    groups: dict[str, list[Filled]] = {}
    for one in filled:
        groups.setdefault(key(one.cut) or "other", []).append(one)
    return dict(sorted(groups.items()))
