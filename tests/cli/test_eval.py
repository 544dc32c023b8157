"""``llada-edit eval``."""

import json

import pytest

TEXTS = "".join(
    json.dumps({"text": f"{start} the proposal was accepted after a long debate and nobody in the room " * 4}) + "\n"
    for start in ("Then", "There", "When")
)


def test_figures_in_words_and_as_json(llada_edit, tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text(TEXTS)
    outcome = llada_edit("eval", path, "--holes", 2)
    assert outcome.code == 0
    assert [line.partition(":")[0] for line in outcome.out.splitlines()] == [
        "words",
        "phrases",
        "phrases of known length",
    ]
    data = json.loads(llada_edit("eval", path, "--holes", 2, "--json").out)
    assert all(0 <= figures["exact"] <= 1 and figures["holes"] == 2 for figures in data.values())
    assert data["phrases of known length"]["length_error"] == 0


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("short.jsonl", b'{"text": "Too short."}\n', "give texts with paragraphs of at least 21 words"),
        ("empty.jsonl", b"", "0 texts"),
        ("plain.txt", b"Just text.\n", 'not a JSON object with a "text"'),
        ("other.jsonl", b'{"body": "a"}\n', 'not a JSON object with a "text"'),
        ("latin.jsonl", b'{"text": "caf\xe9"}\n', "not UTF-8"),
        ("no.jsonl.zst", b'{"text": "a"}\n', "cannot be read"),
    ],
)
def test_texts_that_are_none_are_one_line(llada_edit, refuses, tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    refuses(llada_edit("eval", tmp_path / name, "--holes", 2), message)
