"""Measures of rewritten sentences against their sources and references.

SARI for simplification (Xu et al. 2016), GLEU for proofreading (Napoles et al. 2015, as corrected in 2016), iBLEU for
paraphrase (Sun & Zhou 2012, BLEU by sacrebleu), and what must not get lost: numbers, names, negations. All between 0
and 1 (iBLEU may be negative). None of them can tell whether a sentence reads well.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from llada_edit.errors import DocumentError
from llada_edit.training.evaluation.cuts import cuts
from llada_edit.training.mistakes import with_mistakes
from llada_edit.training.pairs import Pair
from llada_edit.training.texts import Text

IBLEU_ALPHA = 0.8
Gram = tuple[str, ...]
_TOKEN = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_CAPITAL = re.compile(r"\b[A-Z]\w+")
_NAME = re.compile(r"(?<=[\w,;] )[A-Z]\w+")
_NEGATION = re.compile(r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE)


def tokens(text: str) -> list[str]:
    """Words and signs, lower case."""
    return _TOKEN.findall(text.lower())


def grams(words: Sequence[str], n: int) -> Counter[Gram]:
    """The n-grams of some words, counted."""
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))


def sari(source: str, found: str, references: Sequence[str]) -> float:
    """Mean F1 of words added and kept and precision of words deleted, n-grams of 1 to 4; at least one reference."""
    total = 0.0
    for n in range(1, 5):
        total += _sari(grams(tokens(source), n), grams(tokens(found), n), [grams(tokens(r), n) for r in references])
    return total / 4


def _sari(source: Counter[Gram], found: Counter[Gram], references: Sequence[Counter[Gram]]) -> float:
    count = len(references)
    wanted: Counter[Gram] = sum(references, Counter())
    # Times the number of references, so that what some of them keep counts in part.
    before, after = (Counter({gram: number * count for gram, number in c.items()}) for c in (source, found))
    kept, keepable = before & after, before & wanted
    good = kept & wanted
    keep = _f1(_mean(good[g] / kept[g] for g in kept), sum(good.values()) / keepable.total() if keepable else 1.0)
    gone = before - after
    right = gone - wanted
    delete = _mean(right[g] / gone[g] for g in gone)
    new, addable = set(found) - set(source), set(wanted) - set(source)
    hits = len(new & set(wanted))
    add = _f1(hits / len(new) if new else 1.0, hits / len(addable) if addable else 1.0)
    return (keep + delete + add) / 3


def _mean(values: Iterator[float]) -> float:
    """Mean; 1 where there is nothing that could be wrong."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 1.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def gleu(sources: Sequence[str], found: Sequence[str], references: Sequence[str]) -> float:
    """Over a corpus: BLEU-like precision in which n-grams of the source that the reference changed count against."""
    logs, lengths = 0.0, [sum(len(tokens(text)) for text in texts) for texts in (found, references)]
    for n in range(1, 5):
        good = total = 0
        for source, text, reference in zip(sources, found, references, strict=True):
            before, after, wanted = (grams(tokens(part), n) for part in (source, text, reference))
            stale = Counter({gram: number for gram, number in before.items() if gram not in wanted})
            good += max(0, (after & wanted).total() - (after & stale).total())
            total += after.total()
        if not total:
            break  # sentences too short for longer n-grams
        if not good:
            return 0.0
        logs += math.log(good / total) / 4
    return math.exp(min(0.0, 1 - lengths[1] / max(1, lengths[0])) + logs)


def ibleu(sources: Sequence[str], found: Sequence[str], references: Sequence[str], alpha: float = IBLEU_ALPHA) -> float:
    """α BLEU with the references − (1 − α) BLEU with the sources: a copy of the source is no paraphrase."""
    from sacrebleu import corpus_bleu

    like, copied = (corpus_bleu(list(found), [list(others)]).score / 100 for others in (references, sources))
    return alpha * like - (1 - alpha) * copied


def kept(source: str, found: str) -> bool:
    """Whether the numbers and the number of negations are the same, and the source's names are all there still."""
    if Counter(_NUMBER.findall(source)) != Counter(_NUMBER.findall(found)):
        return False
    if len(_NEGATION.findall(source)) != len(_NEGATION.findall(found)):
        return False
    return set(_NAME.findall(source)) <= set(_CAPITAL.findall(found))


@dataclass(frozen=True, slots=True)
class Scores:
    """What one way to rewrite comes to, over some pairs.

    Attributes:
        changed: share of sources that were changed at all.
        exact: share of rewritings that are word for word the reference.
        kept: share that keep numbers, names and negations of the source.
        like_source: similarity to the source; see `llada_edit.training.evaluation.similarity`.
        like_reference: similarity to the reference.
        sari: mean.
        gleu: over all pairs.
        ibleu: over all pairs.
    """

    changed: float
    exact: float
    kept: float
    like_source: float
    like_reference: float
    sari: float
    gleu: float
    ibleu: float


@dataclass(frozen=True, slots=True)
class RewritingFigures:
    """Results of one operation over the same pairs, by the way in which they were rewritten.

    Attributes:
        pairs: how many.
        ways: "copy", which leaves the source as it is, and what else was asked for.
    """

    pairs: int
    ways: dict[str, Scores]


Way = Callable[[str, str], str]
"""(source, operation) -> the rewriting."""
Alike = Callable[[Sequence[str], Sequence[str]], float]
"""Mean similarity of the pairs of two lists of texts."""


def rewriting_figures(ways: Mapping[str, Way], pairs: Sequence[Pair], alike: Alike) -> RewritingFigures:
    """Rewrite the sources of pairs of one operation in each way, and leave them as they are."""

    def copied(source: str, operation: str) -> str:
        return source

    found = {
        name: [rewrite(pair.source, pair.operation) for pair in pairs]
        for name, rewrite in {"copy": copied, **ways}.items()
    }
    return RewritingFigures(len(pairs), {name: scores(texts, pairs, alike) for name, texts in found.items()})


def scores(found: Sequence[str], pairs: Sequence[Pair], alike: Alike) -> Scores:
    """Of the rewritings of the sources of some pairs."""
    sources, references = [pair.source for pair in pairs], [pair.target for pair in pairs]
    triples = list(zip(sources, found, references, strict=True))
    return Scores(
        changed=_mean(float(text != source) for source, text, _ in triples),
        exact=_mean(float(tokens(text) == tokens(wanted)) for _, text, wanted in triples),
        kept=_mean(float(kept(source, text)) for source, text, _ in triples),
        like_source=alike(found, sources),
        like_reference=alike(found, references),
        sari=_mean(sari(source, text, [wanted]) for source, text, wanted in triples),
        gleu=gleu(sources, found, references),
        ibleu=ibleu(sources, found, references),
    )


def mistaken(texts: Sequence[Text], count: int, seed: int) -> list[Pair]:
    """Pairs for proofreading: sentences with made mistakes in them, and as they were; fewer where the texts have fewer.

    The mistakes are of the kinds that `llada_edit.training.mistakes` makes for training, too.
    """
    rng, found = np.random.default_rng(seed), list[Pair]()
    with suppress(DocumentError):  # the texts have no more
        found += (Pair("proofread", with_mistakes(c.truth, rng), c.truth) for c in cuts(texts, "sentence", count, seed))
    return found
