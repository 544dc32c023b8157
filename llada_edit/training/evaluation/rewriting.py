"""Measures of rewritten sentences against their sources and references.

SARI for simplification (Xu et al. 2016), GLEU for proofreading (Napoles et al. 2015, as corrected in 2016), iBLEU for
paraphrase (Sun & Zhou 2012, BLEU by sacrebleu), and what must not get lost: numbers, names, negations. All between 0
and 1 (iBLEU may be negative). None of them can tell whether a sentence reads well.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from llada_edit.training.evaluation.bootstrap import Score

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
    """Mean F1 of words added and kept and precision of words deleted, n-grams of 1 to 4; at least one reference.

    Where nothing is deleted, added or kept, that part is 1, as in Tensor2Tensor; the paper's script and EASSE take 0.
    So a copy has full marks for deleting nothing here and none there, where nearly any change beats it: ways to rewrite
    can be compared by SARI, and whether to rewrite at all cannot.
    """
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


def gleu(sources: Sequence[str], found: Sequence[str], references: Sequence[str]) -> Score:
    """Over a corpus: BLEU-like precision in which n-grams of the source that the reference changed count against."""
    return Score(np.array([_gleu_parts(*three) for three in zip(sources, found, references, strict=True)]), _gleu)


def _gleu_parts(source: str, text: str, reference: str) -> list[int]:
    """N-grams that are good and n-grams in all, for n from 1 to 4; then the tokens of text and reference."""
    parts, words = list[int](), [tokens(part) for part in (source, text, reference)]
    for n in range(1, 5):
        before, after, wanted = (grams(part, n) for part in words)
        stale = Counter({gram: number for gram, number in before.items() if gram not in wanted})
        parts += [max(0, (after & wanted).total() - (after & stale).total()), after.total()]
    return [*parts, *map(len, words[1:])]


def _gleu(sums: np.ndarray) -> float:
    logs = 0.0
    for good, total in zip(sums[0:8:2], sums[1:8:2], strict=True):
        if not total:
            break  # sentences too short for longer n-grams
        if not good:
            return 0.0
        logs += math.log(good / total) / 4
    return math.exp(min(0.0, 1 - sums[9] / max(1, sums[8])) + logs)


def ibleu(sources: Sequence[str], found: Sequence[str], references: Sequence[str], alpha: float = IBLEU_ALPHA) -> Score:
    """α BLEU with the references − (1 − α) BLEU with the sources, over a corpus: a copy of the source is no paraphrase.

    BLEU of a corpus is made of counts over its sentences, which `corpus_bleu` gives for one as well.
    """
    from sacrebleu import BLEU, corpus_bleu

    rows = list[list[int]]()
    for source, text, reference in zip(sources, found, references, strict=True):
        both = [corpus_bleu([text], [[other]]) for other in (reference, source)]
        rows.append([number for one in both for number in (*one.counts, *one.totals, one.sys_len, one.ref_len)])

    def of(sums: np.ndarray) -> float:
        counts = sums.astype(int).reshape(2, 10).tolist()
        like, copied = (BLEU.compute_bleu(row[:4], row[4:8], row[8], row[9], "exp").score / 100 for row in counts)
        return float(alpha * like - (1 - alpha) * copied)

    return Score(np.array(rows), of)


def kept(source: str, found: str) -> bool:
    """Whether the numbers and the number of negations are the same, and the source's names are all there still."""
    if Counter(_NUMBER.findall(source)) != Counter(_NUMBER.findall(found)):
        return False
    if len(_NEGATION.findall(source)) != len(_NEGATION.findall(found)):
        return False
    return set(_NAME.findall(source)) <= set(_CAPITAL.findall(found))
