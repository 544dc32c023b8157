"""How well a model rewrites: what share of sentences it changes, whether the changes are those of human editors, and
how many slips of the keyboard it repairs and invents.

    python benchmarks/rewriting.py PAIRS.jsonl --sentences 40 --out benchmarks/rewriting.json
    python benchmarks/rewriting.py TEXTS.jsonl --sentences 200 --changes changes.txt

With `--changes`, each line of the file is {"text": prose, "kind": …}; its sentences are rewritten, kinds by turns, and
every change is written down, one in a line, for a person to judge: no figure here says whether a change is good.

Each line of PAIRS is {"a": sentence, "b": the same after an editor, "type": "simplification", "revision", …}. "edits of
the editor" counts changed words of the output that stand in b and not in a; a low figure says little (there are many
good wordings), a high one much. Slips are made here: two letters exchanged or one dropped, a doubled word, a/an, a
wrong verb form or a homophone, one in each sentence that has a place for it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from llada_edit.editor import Editor
from llada_edit.edits import Edit, apply
from llada_edit.rewriting.operations import OPERATIONS
from llada_edit.rewriting.words import sentences

SWAPS = {
    "a": "an", "an": "a", "is": "are", "are": "is", "was": "were", "were": "was", "has": "have", "have": "has",
    "their": "there", "there": "their", "its": "it's", "your": "you're", "then": "than", "than": "then", "to": "too",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("pairs", type=Path, help="JSON lines with a, b and type.")
    parser.add_argument("--sentences", type=int, default=40, help="Sentences for each figure.")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="Write the figures as JSON.")
    parser.add_argument("--changes", type=Path, help="Write every change to this file, of the sentences of texts.")
    args = parser.parse_args()
    pairs = [json.loads(line) for line in args.pairs.read_text(encoding="utf-8").splitlines()]
    if args.changes:
        to_be_read(Editor.load(args.model), pairs, args)
        return
    pairs = [pair for pair in pairs if 30 <= len(pair["a"]) <= 300 and "\n" not in pair["a"]]
    random.Random(args.seed).shuffle(pairs)
    editor = Editor.load(args.model)
    figures = {name: operation(editor, name, pairs[: args.sentences], args.seed) for name in styles(editor)}
    clean = [pair["b"] for pair in pairs[: 2 * args.sentences]]
    figures["proofread"] |= {"slips": slips(editor, clean, args.seed)}
    simple = [pair for pair in pairs if pair["type"] == "simplification"][: args.sentences]
    figures["simplify"] |= {"on simplification pairs": operation(editor, "simplify", simple, args.seed)}
    for name, found in figures.items():
        print(name, json.dumps(found))
    if args.out:
        args.out.write_text(json.dumps({"model": args.model, "seed": args.seed, **figures}, indent=2) + "\n")


def to_be_read(editor: Editor, texts: list[dict[str, str]], args: argparse.Namespace) -> None:
    """How many sentences each operation changes, its time on the processor, and the changes for a person to judge."""
    chosen = sentences_of(texts, args.sentences, args.seed)
    with args.changes.open("w", encoding="utf-8") as out:
        for name in styles(editor):
            seconds, changed = [], 0
            for sentence in chosen:
                start = time.process_time()
                result = editor.rewrite(sentence, op=name, seed=args.seed)
                seconds.append(time.process_time() - start)
                changed += result.changed
                if result.changed:
                    out.write(f"{name}\t{marked(sentence, result.candidates[0].edits)}\n")
            share, busy = changed / len(chosen), sorted(second for second in seconds if second > 0.02)
            print(
                f"| {name} | {len(chosen)} | {share:.3f} | {sorted(seconds)[len(seconds) // 2]:.3f} | "
                f"{busy[len(busy) // 2] if busy else 0:.2f} |",
                flush=True,
            )


def sentences_of(texts: list[dict[str, str]], count: int, seed: int) -> list[str]:
    """Sentences of one line, each kind of text in turn."""
    kinds: dict[str, list[str]] = {}
    for text in texts:
        for span in sentences(text["text"]):
            sentence = span.of(text["text"])
            if 30 <= len(sentence) <= 260 and "\n" not in sentence and re.fullmatch(r"[A-Z].*[.?!]", sentence):
                kinds.setdefault(text["kind"], []).append(sentence)
    for found in kinds.values():
        random.Random(seed).shuffle(found)
    rounds = zip_longest(*(kinds[kind] for kind in sorted(kinds) if kind != "poem"))
    return [sentence for one in rounds for sentence in one if sentence is not None][:count]


def marked(sentence: str, edits: Sequence[Edit]) -> str:
    """The sentence with its changes as {old -> new}."""
    shown = [Edit(edit.span, f"{{{edit.span.of(sentence)} -> {edit.text}}}") for edit in edits]
    return apply(sentence, shown)


def styles(editor: Editor) -> list[str]:
    """Operations that work on plain sentences with this model."""
    return [o.name for o in OPERATIONS.values() if not o.fills and (editor.card.dialog or not o.prompt)]


def operation(editor: Editor, name: str, pairs: list[dict[str, str]], seed: int) -> dict[str, float]:
    """Shares and medians over sentences."""
    changed, words, agreed, edited, seconds = 0, 0, 0, 0, []
    for pair in pairs:
        start = time.perf_counter()
        result = editor.rewrite(pair["a"], op=name, seed=seed)
        seconds.append(time.perf_counter() - start)
        changed += result.changed
        new = [word for edit in result.holes for word in edit.text.split()]
        before, reference = pair["a"].casefold().split(), pair["b"].casefold().split()
        agreed += sum(word.casefold() in reference and word.casefold() not in before for word in new)
        words += len(new)
        edited += len(result.holes)
    return {
        "sentences": len(pairs),
        "changed": round(changed / len(pairs), 3),
        "edits per changed sentence": round(edited / max(1, changed), 2),
        "new words that the editor wrote too": round(agreed / max(1, words), 3),
        "median seconds": round(sorted(seconds)[len(seconds) // 2], 2),
    }


def slips(editor: Editor, sentences: list[str], seed: int) -> dict[str, dict[str, float]]:
    """For each kind of slip: share repaired exactly, left alone, and changed into something else; and false alarms."""
    draw, figures = random.Random(seed), {}
    makers: dict[str, Callable[[str, random.Random], str | None]] = {
        "letters exchanged": exchanged, "letter dropped": dropped, "word doubled": doubled, "word form": swapped,
    }  # fmt: skip
    for kind, make in makers.items():
        repaired = untouched = tried = 0
        for sentence in sentences:
            broken = make(sentence, draw)
            if broken is None or broken == sentence:
                continue
            tried += 1
            text = editor.rewrite(broken, op="proofread", seed=seed).text
            repaired += text == sentence
            untouched += text == broken
        figures[kind] = {
            "tried": tried,
            "repaired": round(repaired / max(1, tried), 3),
            "missed": round(untouched / max(1, tried), 3),
            "made worse or more": round(1 - (repaired + untouched) / max(1, tried), 3),
        }
    alarms = sum(editor.rewrite(sentence, op="proofread", seed=seed).changed for sentence in sentences)
    figures["none"] = {"tried": len(sentences), "changed all the same": round(alarms / len(sentences), 3)}
    return figures


def places(sentence: str, wanted: Callable[[str], bool]) -> Iterator[re.Match[str]]:
    return (word for word in re.finditer(r"(?<![\w'`/._-])[a-z]+(?![\w'`/._-])", sentence) if wanted(word[0]))


def exchanged(sentence: str, draw: random.Random) -> str | None:
    return changed(sentence, draw, lambda w: len(w) > 4, lambda w, at: w[:at] + w[at + 1] + w[at] + w[at + 2 :])


def dropped(sentence: str, draw: random.Random) -> str | None:
    return changed(sentence, draw, lambda w: len(w) > 4, lambda w, at: w[:at] + w[at + 1 :])


def doubled(sentence: str, draw: random.Random) -> str | None:
    return changed(sentence, draw, lambda w: w in ("the", "of", "and", "in", "to", "a"), lambda w, at: f"{w} {w}")


def swapped(sentence: str, draw: random.Random) -> str | None:
    return changed(sentence, draw, lambda w: w in SWAPS, lambda w, at: SWAPS[w])


def changed(
    sentence: str, draw: random.Random, wanted: Callable[[str], bool], how: Callable[[str, int], str]
) -> str | None:
    found = list(places(sentence, wanted))
    if not found:
        return None
    word = draw.choice(found)
    at = draw.randrange(1, len(word[0]) - 2) if len(word[0]) > 4 else 0
    return sentence[: word.start()] + how(word[0], at) + sentence[word.end() :]


if __name__ == "__main__":
    main()
