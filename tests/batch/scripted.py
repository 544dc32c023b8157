"""A quick rewriter without a model, for workers in other processes; some words in a document make it misbehave."""

import os
import re
import time

from llada_edit.batch.worker import Portion
from llada_edit.edits import Edit
from llada_edit.holes import Span

WAITS = re.compile(r"WAITS FOR (\S+)")
WORD = re.compile(r"\b(utilize|commence|purchase)\b")
TEXT = "# Head\n\nWe utilize `utilize` and [commence](http://a.example/commence).\n"
REPORT = """# Report

We utilize the `utilize` tool in order to commence the [purchase](https://a.example/purchase).

The committee will endeavour to ascertain the facts, and we shall purchase a new one.
"""
PLAIN = {"utilize": "use", "commence": "start", "purchase": "buy"}


def rewrites(seconds=0.0, marker="", addition=""):
    return Scripted(seconds, marker, addition)


def missing(**_):
    from llada_edit.errors import UnknownModel

    raise UnknownModel("no model 'nowhere'; give one that is there")


class Scripted:
    notes = ("scripted",)

    def __init__(self, seconds, marker, addition):
        self.seconds, self.marker, self.addition = seconds, marker, addition

    def __call__(self, prose, form):
        if "DIES ONCE" in prose.text and not os.path.exists(self.marker):
            open(self.marker, "x").close()
            os._exit(9)
        if "DIES" in prose.text and "ONCE" not in prose.text:
            os._exit(9)
        if "HANGS" in prose.text:
            time.sleep(3600)
        for found in WAITS.findall(prose.text):
            while not os.path.exists(found):
                time.sleep(0.02)
        if "RAISES" in prose.text:
            raise RecursionError("too deep")
        time.sleep(self.seconds)
        if self.marker:
            with open(self.marker, "a") as file:
                file.write("x\n")
        for passage in prose.passages:
            found = [one for span in passage.editable for one in WORD.finditer(prose.text, span.start, span.end)]
            edits = [Edit(Span(*one.span()), PLAIN[one[0]] + self.addition) for one in found]
            yield Portion(edits, passage.span.end / len(prose.text))
            if "SLOW" in passage.span.of(prose.text):
                time.sleep(0.6)


def statuses(stored):
    return {document.path: document.record.status for document in stored.documents()}


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
