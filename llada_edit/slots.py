"""The slots of one hole: what of the text before it they repeat, and which tokens may stand in them.

Knows seams and a vocabulary. Knows neither the other holes nor how a canvas is laid out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from llada_edit.constraints.minimise import Flags
from llada_edit.constraints.rules import Rules
from llada_edit.holes import Hole
from llada_edit.marks import Marks
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.seams import Seam
from llada_edit.taste import barred, barred_first, hanging, wordless


@dataclass(frozen=True, slots=True)
class Slots:
    """Where one hole stands on the canvas.

    Attributes:
        hole: the hole of the document.
        start: first column.
        count: columns reserved.
        seam: rules at both ends.
        healed: bytes that the first slot must begin with and that reading cuts off.
        rules: what may stand in the slots; None for the usual rules.
        marks: signs that may not stand in them; None where the text is up to whoever asks.
        ends: whether nothing follows in the paragraph, so that the fill is not to stop in mid-phrase.
    """

    hole: Hole
    start: int
    count: int
    seam: Seam
    healed: bytes
    rules: Rules | None = None
    marks: Marks | None = None
    ends: bool = False

    @property
    def extra(self) -> int:
        """Slots that repeat context: 1 where the hole goes on with a word, else 0."""
        return int(bool(self.healed.strip()))


def rules_of(slots: Slots, words: Vocabulary) -> Rules:
    """What may stand in the slots of a hole: rules of its own, or visible text on one line, spaces by the seams."""
    if slots.rules is not None:
        return slots.rules
    alone = np.ones(words.size, dtype=np.bool_)
    # A word start repeated alone is an empty filling: only where the hint has room for one.
    hint = slots.hole.length
    if hint is None or hint.minimum > 0 or not slots.extra:
        alone[words.spelling(slots.healed)] = False
    plain = Rules(words.writable & ~words.has_newline, ~first_forbidden(slots, words), ~words.ends_in_space, alone)
    return tasteful(plain, slots, words)


def tasteful(rules: Rules, slots: Slots, words: Vocabulary) -> Rules:
    """Rules without the signs that may not stand in a hole, and without words that its text cannot end on."""
    if slots.marks is None:
        return rules
    first = rules.first & ~barred_first(words, slots.marks)
    last = rules.last & ~hanging(words) if slots.ends else rules.last
    # A sign alone goes with a word before it, not with a blank.
    alone = rules.alone if slots.seam.leading_space else rules.alone & ~wordless(words)
    return Rules(rules.any & ~barred(words, slots.marks), first, last, alone)


def first_forbidden(slots: Slots, words: Vocabulary) -> Flags:
    """(vocab,) bool, what may not stand in the first slot for the sake of the text before it."""
    if slots.extra:
        return ~words.starting_with(slots.healed)
    if slots.healed:
        return ~words.starting_with(slots.healed) | words.begins_blank
    blank = words.begins_with_mark | words.begins_blank
    return blank if slots.seam.leading_space else blank | words.leads_with_space


def first_bytes(seam: Seam, head: str, vocabulary: Vocabulary) -> bytes:
    """What the first slot must begin with; in a vocabulary whose words all carry a space, that space at least."""
    if head or seam.leading_space or vocabulary.marks_spaces:
        return head.encode()
    return b" "


def heal(seam: Seam, left: str, vocabulary: Vocabulary) -> str:
    """End of `left` to take back: the word begun, if the vocabulary knows words that go on like it, else a token."""
    if not seam.mid_word:
        return seam.healed
    whole = seam.healed
    if vocabulary.spelling(whole.encode()) or vocabulary.starting_with(whole.encode()).sum() >= 3:
        return whole
    last = vocabulary.encode(left[-256:])[-1:]
    piece = vocabulary.token_bytes(last[0]) if last else b""
    if not vocabulary.writable[last].all() or not left.encode(errors="replace").endswith(piece):
        return ""
    return piece.decode()
