"""The encoded text of a run: made on its first day, held out in part, and told.

Knows plans, files and token arrays; does not know what is trained on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tokenizers import Tokenizer

from llada_edit.errors import OptionError
from llada_edit.training.corpus import Corpus
from llada_edit.training.held_out import TENTH, divided
from llada_edit.training.plan import Plan
from llada_edit.training.texts import named, read_texts

LEAST_TEXT = 64
"""Tokens that a corpus must have."""
SAMPLE = 20_000
"""Tokens by which is seen whether a tokenizer knows the script of a text."""


def corpora(plan: Plan, tokenizer: Tokenizer) -> tuple[Corpus, Corpus]:
    """The text to train on, and that which is held out.

    Raises:
        DocumentError: a file that is no text.
        OptionError: one of the two is too short.
    """
    train, valid = (_corpus(plan, name, tokenizer) for name in ("train", "valid"))
    tokens = {"train": len(train.tokens), "valid": len(valid.tokens)}
    if min(tokens.values()) >= LEAST_TEXT:
        return train, valid
    if plan.valid:
        name = min(tokens, key=lambda one: tokens[one])
        found = (
            f"{name!r} has {tokens[name]} tokens of text in {_files(getattr(plan, name))}; give at least {LEAST_TEXT}"
        )
        raise OptionError(found)
    raise OptionError(
        f"'train' has {sum(tokens.values())} tokens of text in {_files(plan.train)}, of which {tokens['valid']} would "
        f"be held out; give about {TENTH * LEAST_TEXT}, so that {LEAST_TEXT} can be, or name other files as valid"
    )


def told(plan: Plan, tokenizer: Tokenizer, train: Corpus, valid: Corpus) -> Iterator[str]:
    """Lines for the user: what was read, what was left out, and whether the tokenizer knows its script."""
    yield (
        f"read {_files((*plan.train, *plan.valid))}: {_size(train)} to train on, {_size(valid)} held out"
        f"{'' if plan.valid else ' (long documents count as several)'}"
    )
    if plan.unread:
        names = named([path.name for path in plan.unread])
        yield f"left out {len(plan.unread)} that are no text files, or links to folders: {names}"
    sample = train.tokens[:SAMPLE].tolist()
    characters = max(1, len(tokenizer.decode(sample)))
    if len(sample) > characters:
        yield (
            f"warning: the tokenizer needs {len(sample) / characters:.1f} tokens for a character of this text, so it "
            "does not know the script, and little will be learned; without start, a tokenizer is made from the text"
        )


def _corpus(plan: Plan, name: str, tokenizer: Tokenizer) -> Corpus:
    folder = plan.folder / name
    if not (folder / "starts.npy").exists():
        Corpus.build(_texts(plan, name), tokenizer, folder)
    return Corpus.load(folder, tokenizer)


def _texts(plan: Plan, name: str) -> Iterator[str]:
    if plan.valid:
        return read_texts(getattr(plan, name), plan.leave_out if name == "train" else ())
    return divided(partial(read_texts, plan.train, plan.leave_out), held_out=name == "valid")


def _files(files: Sequence[Path]) -> str:
    return f"{len(files)} files ({files[0]}, …)" if files[1:] else f"1 file ({files[0]})"


def _size(corpus: Corpus) -> str:
    documents = len(corpus.starts) - 1
    return f"{len(corpus.tokens):,} tokens in {documents:,} document{'' if documents == 1 else 's'}"
