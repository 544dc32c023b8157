"""The operations, as values: which words each one masks, what it asks of a change, and what a change is worth to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llada_edit.constraints.copying import NoCopy
from llada_edit.constraints.texts import Words
from llada_edit.constraints.values import Constraint
from llada_edit.errors import OptionError
from llada_edit.holes import Span
from llada_edit.rewriting import turns, wordings
from llada_edit.rewriting.meaning import CHECKS
from llada_edit.rewriting.words import Word, words

Weight = Callable[[Word, float], float]
"""(word, surprise in nats) -> how much the word is wanted for masking; 0 leaves it alone."""
Burden = Callable[[str], float]
"""A sentence -> what the operation is to make less of."""
Demand = Callable[[str], Constraint]
"""Words that are masked -> what those that come instead must be."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to rewrite a sentence.

    Attributes:
        name: as users write it.
        summary: one line for help texts.
        strength: share of the words that are masked, unless told otherwise.
        weight: which words first.
        length: least and most length of what is filled in, relative to what was masked, in tokens.
        uses: parts of the list of wordings that it draws on.
        repairs: True where only changes of form are wanted, and only where the present wording is improbable.
        spelling: whether words that the model does not know are compared with those it does.
        suspicious: only words whose probability, relative to the likeliest one there, is below this are masked.
        demand: holds for what is filled in, by the constraint engine; None asks nothing.
        burden: must be less after than before.
        worth: nats that a wanted change may cost in fluency (negative: nats it must gain).
        terse: nats more for every word that a listed change saves: long phrases that are common fit too well.
        overlap: share of content words that must stay; 0 asks nothing.
        checks: facts that must stay.
        prompt: for models that were tuned on dialogue; ``{instruction}`` and ``{text}`` are filled in.
        fills: True where the text has holes of its own, and nothing else is touched.
    """

    name: str
    summary: str
    strength: float
    weight: Weight
    length: tuple[float, float] = (0.75, 1.5)
    uses: tuple[str, ...] = ()
    repairs: bool = False
    spelling: bool = False
    suspicious: float = 1.0
    demand: Demand | None = None
    burden: Burden | None = None
    worth: float = 2.0
    terse: float = 0.0
    overlap: float = 0.5
    checks: tuple[str, ...] = CHECKS
    prompt: str = ""
    fills: bool = False


def difficulty(sentence: str) -> float:
    """Letters beyond the third of every word."""
    return sum(max(0, len(word.text) - 3) for word in _words(sentence))


def _surprise(word: Word, surprise: float) -> float:
    return 0.1 + surprise


def _hard_words(word: Word, surprise: float) -> float:
    return max(0, len(word.text) - 4) * (0.5 + surprise)


def _expected(word: Word, surprise: float) -> float:
    return 1 / (0.5 + surprise)


def _evenly(word: Word, surprise: float) -> float:
    return 1.0


def _nothing(word: Word, surprise: float) -> float:
    return 0.0


def _words(sentence: str) -> list[Word]:
    return words(sentence, Span(0, len(sentence)))


def _listed(use: str) -> Burden:
    return lambda sentence: wordings.count(sentence, _words(sentence), use) + len(list(turns.turned(sentence, use)))


def _letters(sentence: str) -> float:
    return len(sentence)


def _brevity(sentence: str) -> float:
    return -len(sentence)


def _other_words(masked: str) -> Constraint:
    """No two words in a row as they were; of a single one, not the same."""
    return NoCopy(masked, min(2, max(1, len(_words(masked)))))


def _fewer_words(masked: str) -> Constraint:
    return Words(0, max(0, len(_words(masked)) - 1))


def _more_words(masked: str) -> Constraint:
    count = len(_words(masked))
    return Words(count + 1, 2 * count + 2)


_ALL = (
    Operation(
        "paraphrase",
        "The same in other words.",
        0.4,
        _surprise,
        uses=("paraphrase",),
        demand=_other_words,
        worth=2.0,
    ),
    Operation(
        "simplify",
        "Shorter and more common words.",
        0.5,
        _hard_words,
        (0.5, 1.25),
        ("simplify",),
        burden=difficulty,
        worth=3.0,
        terse=3.0,
        overlap=0.6,
    ),
    Operation(
        "shorten",
        "Fewer words.",
        0.5,
        _expected,
        (0, 0.8),
        ("shorten",),
        demand=_fewer_words,
        burden=_letters,
        worth=3.0,
        terse=3.0,
        overlap=0.6,
    ),
    Operation(
        "expand", "More words.", 0.3, _evenly, (1, 2.5), ("expand",), demand=_more_words, burden=_brevity, overlap=0.7
    ),
    Operation(
        "formal",
        "As in a letter to an office: no contractions, no slang.",
        0.5,
        _surprise,
        uses=("formal",),
        burden=_listed("formal"),
        worth=3.0,
        overlap=0.6,
    ),
    Operation(
        "plain",
        "Plain words for long-winded ones.",
        0.5,
        _hard_words,
        (0.4, 1.25),
        ("plain",),
        burden=_listed("plain"),
        worth=4.0,
        terse=3.0,
        overlap=0.6,
    ),
    Operation(
        "proofread",
        "Spelling and grammar, as few changes as possible.",
        1.0,
        _surprise,
        (0.5, 3),
        ("proofread",),
        repairs=True,
        spelling=True,
        suspicious=0.05,
        worth=-12.0,
        overlap=0.0,
    ),
    Operation(
        "augment",
        "Varied versions, for training data.",
        0.3,
        _evenly,
        uses=("paraphrase", "formal", "plain"),
        worth=3.0,
    ),
    Operation(
        "refine",
        "A draft, repaired where it is least likely.",
        0.2,
        _surprise,
        uses=("proofread",),
        repairs=True,
        spelling=True,
        suspicious=0.05,
        worth=-12.0,
        overlap=0.6,
    ),
    Operation("fill-holes", "Fills [?] and touches nothing else.", 0.0, _nothing, fills=True),
    Operation(
        "custom",
        "By an instruction of your own.",
        1.0,
        _evenly,
        (0.5, 2),
        overlap=0.0,
        prompt="Task: {instruction}\nText: {text}\nAnswer: ",
    ),
    Operation(
        "translate",
        "Into another language.",
        1.0,
        _evenly,
        (0.5, 2),
        overlap=0.0,
        checks=("numbers",),
        prompt="Task: translate the text into {instruction}\nText: {text}\nTranslation: ",
    ),
)
OPERATIONS = {operation.name: operation for operation in _ALL}


def operation_of(op: str | Operation) -> Operation:
    """The operation of a name; raises `OptionError` for one that does not exist."""
    if isinstance(op, Operation):
        return op
    if op not in OPERATIONS:
        raise OptionError(f"operation {op!r} is unknown; choose one of {', '.join(OPERATIONS)}")
    return OPERATIONS[op]
