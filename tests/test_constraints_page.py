"""Every example of docs/constraints.md runs, and what it prints holds by a plain look at it."""

import json
import re
from pathlib import Path

import pytest

import llada_edit as le
from llada_edit.constraints.sounds import rhymes, syllables

PAGE = (Path(__file__).parent.parent / "docs" / "constraints.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^### ([^\n]+)\n\n```python\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))


def between(text, left, right):
    assert text.startswith(left)
    assert text.endswith(right)
    return text[len(left) : len(text) - len(right)]


def words(text):
    return re.findall(r"[a-z']+", text.lower())


def entry(text):
    value = json.loads(text)
    fine = value["kind"] in ("added", "changed", "fixed") and 1 <= value["issue"] <= 999
    return fine and 10 <= len(value["text"]) <= 40 and text == json.dumps(value, ensure_ascii=False)


def title(text):
    found = between(text, "# ", "\n\nThe committee met on Friday and chose the plan for the library.")
    return 10 <= len(found) <= 60 and re.fullmatch("[A-Z][A-Za-z' ]*", found)


def definition(text):
    found = between(text, "A library is ", ".")
    return {"books", "people", "town"} <= set(words(found)) and len(found.split()) <= 12


def haiku(text):
    line = text.split("\n")[1]
    return sum(max(syllables(word)) for word in words(line)) == 7


def paraphrase(text):
    source = "The committee accepted the proposal after a long debate."
    ours, theirs = words(between(text, f"{source} In short,", ".")), words(source)
    runs = [theirs[place : place + 4] for place in range(len(theirs) - 3)]
    return not any(ours[place : place + 4] in runs for place in range(len(ours)))


CHECKS = {
    "A form letter": lambda text: re.match(
        r"Dear [A-Z][a-z]{2,9}, thank you for [a-z]+( +[a-z]+){1,4}\.\n\nYours", text
    ),
    "A changelog entry from a schema": entry,
    "A title of at most 60 characters": title,
    "A definition with three given terms": definition,
    "A haiku by syllables": haiku,
    "A rhyme": lambda text: words(text)[-1] in rhymes("day") and len(text.split("\n")[1].split()) in range(4, 9),
    "Dates and prices": lambda text: re.fullmatch(
        r"We met on (May|June) \d{1,2}, 20\d\d; the room costs \d{1,2}\.\d\d euros\.", text
    ),
    "A paraphrase that copies no four words in a row": paraphrase,
    "Two sentences": lambda text: len(re.findall(r"[.!?…][\"'”’)]*(?:\s|$)", text)) in (2, 3) and len(text) <= 111,
    "A setting in a grammar of one's own": lambda text: re.fullmatch(r"Settings: [a-z]{2,8}=[a-z0-9=(), ]+\.", text),
    "A choice": lambda text: text in [f"The traffic light was {one}, so we stopped." for one in ("red", "green")],
}


@pytest.fixture(scope="module")
def editor():
    return le.Editor.load()


def test_every_example_has_a_check():
    assert EXAMPLES.keys() == CHECKS.keys()


SLOW = ("A haiku by syllables", "A paraphrase that copies no four words in a row")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in CHECKS]
)
def test_example(name, editor, capsys):
    exec(compile(EXAMPLES[name], name, "exec"), {"le": le, "editor": editor})
    text = capsys.readouterr().out.removesuffix("\n")
    print(text)
    assert CHECKS[name](text), text
