"""Where whole sentences and whole lines stand in a run of tokens.

Knows what the text of a token says of its place (signs, by token id); does not know holes. What cannot be told from
single tokens is taken as it looks: "Dr. Smith" ends a sentence after "Dr.", "e.g. this" does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

SPACED, BLANK, FEED, FEEDS, LETTER, OPENS, ENDS, CLOSES, BEGINS = (1 << bit for bit in range(9))
"""Signs of a token: it begins with white space, is nothing else, has a line feed, has several, begins with a letter,
may begin a sentence, ends with the end of one, only closes quotes, brackets or emphasis, does not go on with a word."""

CLOSING, STOPS = "\"'”’»)]}*_`", (".", "!", "?", "…")
WITHIN = (*"”’»)]},;:%", *STOPS)
"""No sentence begins with these, nor with a small letter."""

JOINING = ("'", "’", "\ufffd")
"""Signs inside of words, and what a part of a character is read as."""

LEAST = 3
"""Tokens of a sentence: "1." and "Dr." are none."""

Numbers = NDArray[np.int64]
Signs = NDArray[np.uint16]
Flags = NDArray[np.bool_]


def signs_of(tokenizer: Tokenizer) -> Signs:
    """(vocab,) the signs of every token, added up."""
    texts = (tokenizer.decode([i], skip_special_tokens=False) for i in range(tokenizer.get_vocab_size()))
    return np.array([_signs(text) for text in texts], dtype=np.uint16)


def _signs(text: str) -> int:
    bare, feeds = text.strip(), text.count("\n")
    found = {
        SPACED: text[:1].isspace(),
        BLANK: text.isspace(),
        FEED: feeds > 0,
        FEEDS: feeds > 1,
        LETTER: bare[:1].isalpha(),
        OPENS: bool(bare) and not bare[0].islower() and not bare.startswith(WITHIN),
        ENDS: bare.rstrip(CLOSING).endswith(STOPS),
        CLOSES: bool(text) and not text.strip(CLOSING),
        BEGINS: not (text[:1].isalnum() or text.startswith(JOINING)),
    }
    return sum(sign for sign, holds in found.items() if holds)


def having(text: NDArray[np.integer], signs: Signs, sign: int) -> Flags:
    """(seq,) which tokens of `text` (seq,) have any of the signs that are added up in `sign`."""
    flags: Flags = (signs[text] & sign) != 0
    return flags


@dataclass(frozen=True, slots=True)
class Spans:
    """Whole pieces of a run of tokens.

    Attributes:
        sentences: (n, 2) begin and end of those of `LEAST` tokens or more that begin after the end of another one or
            after an empty line, and end with a stop; line feeds in them are those of wrapped lines.
        lines: (n, 2) the same of what stands between two line feeds, without the white space at its ends.
        ends: (n,) where sentences end, whether their begin is known or not.
        borders: (n,) where something else begins: after an empty line, at a mark at the start of a line, at the end of
            a document.
    """

    sentences: Numbers
    lines: Numbers
    ends: Numbers
    borders: Numbers

    def rest(self, begin: int) -> int | None:
        """Where the sentence ends that goes on at `begin`; None where that is not seen."""
        end, border = (_after(places, begin) for places in (self.ends, self.borders))
        return end if end is not None and (border is None or end <= border) else None


def find_spans(text: Numbers, signs: Signs, end: int) -> Spans:
    """The spans of `text` (seq,).

    Args:
        text: token ids.
        signs: of `signs_of`.
        end: id of a document border, which no span contains and none begins or ends a line at.
    """
    feed, feeds, blank, closes = (having(text, signs, sign) for sign in (FEED, FEEDS, BLANK, CLOSES))
    at, border = np.arange(len(text)), text == end
    last = np.maximum.accumulate(np.where(~blank, at, -1))
    following = np.minimum.accumulate(np.where(~blank, at, len(text))[::-1])[::-1]
    before, behind = np.append(-1, last[:-1]), np.append(following[1:], len(text))
    lines_up_to = np.append(0, np.cumsum(feed.astype(np.int64) + feeds))
    crossed = lines_up_to[at] - lines_up_to[np.maximum(before, 0)]
    apart = ~blank & (
        border | border[before] | (crossed > 1) | ((crossed == 1) & ~having(text, signs, LETTER)) | (before < 0)
    )
    # Closing marks go on with what they close.
    ended = ~border & having(text, signs, ENDS)[np.maximum.accumulate(np.where(~closes, at, 0))]
    detached = having(text, signs, SPACED) | np.append(True, (blank | border)[:-1])
    starts = having(text, signs, OPENS) & ~border & detached & (before >= 0) & (ended[before] | (crossed > 1))
    seen = np.append(starts | apart, False)
    ends = np.flatnonzero(ended & seen[behind]) + 1
    return Spans(
        _sentences(np.flatnonzero(starts), ends, np.cumsum(apart), feed),
        _lines(np.flatnonzero(feed), following, last, np.cumsum(border), blank),
        ends,
        np.flatnonzero(apart),
    )


def _sentences(starts: Numbers, ends: Numbers, parts: Numbers, feed: Flags) -> Numbers:
    """From each start to the next end, where both stand in one part and the last token is no line feed too."""
    nearest = np.searchsorted(ends, starts, side="right")
    starts, nearest = starts[nearest < len(ends)], nearest[nearest < len(ends)]
    found = np.stack((starts, ends[nearest]), axis=1)
    whole = (parts[found[:, 0]] == parts[found[:, 1] - 1]) & ~feed[found[:, 1] - 1]
    sentences: Numbers = found[whole & (found[:, 1] - found[:, 0] >= LEAST)]
    return sentences


def _lines(feeds: Numbers, following: Numbers, last: Numbers, borders: Numbers, blank: Flags) -> Numbers:
    """What stands between neighbouring line feeds, if it is anything and the last of the two is white space alone."""
    one, two = feeds[:-1], feeds[1:]
    found = np.stack((following[one + 1], last[two - 1] + 1), axis=1) if len(one) else np.zeros((0, 2), dtype=np.int64)
    lines: Numbers = found[
        (found[:, 0] < found[:, 1]) & (found[:, 0] < two) & (borders[one] == borders[two]) & blank[two]
    ]
    return lines


def _after(places: Numbers, begin: int) -> int | None:
    """The first of the ascending `places` behind `begin`."""
    index = int(np.searchsorted(places, begin, side="right"))
    return int(places[index]) if index < len(places) else None
