"""How much context a model gets to see: token budgets, and cuts at borders of paragraphs, sentences or words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llada_edit.models.vocabulary import Vocabulary

WINDOW = 768
"""Tokens of context that are looked at unless the options say otherwise."""
SCOPE = 65536
"""Characters of a context that are encoded at most: far more than any window holds."""


def encode_left(text: str, vocabulary: Vocabulary) -> list[int]:
    r"""Tokens of a left context as they would be if a word followed.

    Subword splits look one character ahead in white space: "\n\n" before a hole must not become one token that
    running text never has.
    """
    scope = text[-SCOPE:]
    if not scope[-1:].isspace():
        return vocabulary.encode(scope)
    ids = vocabulary.encode(scope + "a")
    return ids[:-1] if vocabulary.token_bytes(ids[-1]) == b"a" else vocabulary.encode(scope)


def share_out(left: int, right: int, room: int) -> tuple[int, int]:
    """How many of `left` and `right` tokens of context to keep in `room`: the right keeps at least a third."""
    keep_right = min(right, max(room // 3, room - left))
    return min(left, room - keep_right), keep_right


def crop_left(ids: list[int], keep: int, vocabulary: Vocabulary) -> list[int]:
    """The last `keep` tokens at most, from a paragraph, sentence or word on."""
    if keep >= len(ids):
        return ids
    pieces = [vocabulary.token_bytes(token) for token in ids[len(ids) - keep - 1 :]]
    return ids[len(ids) - keep - 1 + _cut(range(1, keep // 2 + 1), pieces) :] if keep else []


def crop_right(ids: list[int], keep: int, vocabulary: Vocabulary) -> list[int]:
    """The first `keep` tokens at most, up to the end of a paragraph, sentence or word."""
    if keep >= len(ids):
        return ids
    pieces = [vocabulary.token_bytes(token) for token in ids[: keep + 1]]
    return ids[: _cut(range(keep, keep // 2, -1), pieces)] if keep else []


def _cut(places: Sequence[int], pieces: list[bytes]) -> int:
    """The first place, in order of preference, between a piece and the one before it that is a border."""
    borders: tuple[Callable[[bytes, bytes], bool], ...] = (
        lambda before, after: before.endswith(b"\n") and not after.startswith(b"\n"),
        lambda before, after: before.rstrip(b"\"')*_").endswith((b".", b"!", b"?")) and after.startswith(b" "),
        lambda before, after: after.startswith(b" "),
    )
    for is_border in borders:
        for place in places:
            if is_border(pieces[place - 1], pieces[place]):
                return place
    return places[0] if places else len(pieces) - 1
