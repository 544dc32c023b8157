"""What a word is to `NoCopy`, and when two are spelt the same: letters by whole blocks, case folded one to one."""

from __future__ import annotations


def is_letter(char: str) -> bool:
    """Letters and digits, and beyond ASCII all but Latin, general and Chinese punctuation; by whole blocks."""
    point = ord(char)
    if point < 0x80:
        return char.isalnum()
    return point >= 0xC0 and not 0x2000 <= point <= 0x207F and not 0x3000 <= point <= 0x303F


def fold(char: str) -> str:
    """The small letter, where the two are each other's only other case."""
    small = char.lower()
    return small if len(small) == 1 and small.upper() == char else char


def cases(char: str) -> tuple[str, ...]:
    """All characters that fold to this one."""
    upper = char.upper()
    return (char, upper) if upper != char and len(upper) == 1 and fold(upper) == char else (char,)


def folded_words(text: str) -> list[tuple[int, int, str]]:
    """Start, end and folded letters of each word."""
    found, start = list[tuple[int, int, str]](), -1
    for place, char in enumerate(text + " "):
        if is_letter(char):
            start = place if start < 0 else start
        elif start >= 0:
            found.append((start, place, "".join(map(fold, text[start:place]))))
            start = -1
    return found
