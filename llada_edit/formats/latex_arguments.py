"""Where the arguments of a LaTeX macro end: options, groups and what is verbatim. Linear on a whole file."""

from __future__ import annotations

import re

_MACRO = re.compile(r"\\(?:[A-Za-z@]+|[\s\S])")
_STOP = re.compile(r"[{}\]%\\]|(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")
_LINE_END = re.compile(r"[\r\n]")
_LONGEST_VERB = 1000


class Arguments:
    """Ends of arguments in one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.unclosed = 0  # before this place no option is closed

    def verbatim(self, name: str, at: int) -> int:
        """Behind the argument of a verbatim macro: a group, or up to the same sign again on its line."""
        at = self.skip({"mintinline": "om", "lstinline": "o"}.get(name, "*"), at)
        opening = self.text[at : at + 1]
        if opening == "{":
            return self.group(at)
        limit = min(len(self.text), at + _LONGEST_VERB)
        line = _LINE_END.search(self.text, at, limit)
        stop = line.start() if line else limit
        close = self.text.find(opening, at + 1, stop) if opening and not opening.isspace() else -1
        return close + 1 if close >= 0 else stop

    def arguments(self, at: int) -> int:
        """Behind the star, options and groups of a macro that nobody knows; blanks between them belong to it."""
        at = self.skip("*", at)
        while True:
            opening = self.blanks(at)
            after = self.skip("o", opening)
            if after == opening and self.text[opening : opening + 1] == "{":
                after = self.group(opening)
            if after == opening:
                return at
            at = after

    def skip(self, signature: str, at: int) -> int:
        """Behind the arguments that a signature of `latex_words` names, as far as they are there."""
        for sign in signature:
            opening = self.blanks(at) if sign in "mo" else at
            c = self.text[opening : opening + 1]
            if sign == "*" and c == "*":
                at += 1
            elif sign == "o" and c == "[":
                at = self.option(opening) or at
            elif sign == "m" and c == "{":
                at = self.group(opening)
            elif sign == "m" and c == "\\":
                found = _MACRO.match(self.text, opening)
                at = found.end() if found else at
        return at

    def blanks(self, at: int) -> int:
        """Behind the blanks and one line break."""
        found = re.compile(r"[ \t]*(?:(?:\r\n|\r|\n)[ \t]*(?![ \t\r\n]))?").match(self.text, at)
        return found.end() if found else at

    def option(self, opening: int) -> int | None:
        """Behind an option in brackets; None where it is not closed in its paragraph."""
        if opening < self.unclosed:
            return None
        at = opening + 1
        while found := _STOP.search(self.text, at):
            match found[0]:
                case "]":
                    return found.end()
                case "{":
                    at = self.group(found.start())
                case "\\":
                    at = found.end() + 1
                case "%":
                    line = _LINE_END.search(self.text, found.end())
                    at = line.end() if line else len(self.text)
                case _:
                    self.unclosed = found.start()
                    return None
        self.unclosed = len(self.text)
        return None

    def group(self, opening: int) -> int:
        """Behind the brace that closes a group; one that is not closed goes on to the end of the file."""
        depth = 0
        for found in re.compile(r"\\.|%[^\r\n]*|[{}]", re.DOTALL).finditer(self.text, opening):
            depth += (found[0] == "{") - (found[0] == "}")
            if depth == 0:
                return found.end()
        return len(self.text)
