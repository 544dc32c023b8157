"""``llada-edit eval``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llada_edit.cli.common import echo_json, json_option, load_editor, model_options, needs_extra
from llada_edit.errors import DocumentError, OptionError

if TYPE_CHECKING:
    from llada_edit.training.evaluation.overlap import Screened
    from llada_edit.training.evaluation.part import Places
    from llada_edit.training.evaluation.report import Report
    from llada_edit.training.texts import Text

KINDS = ("word", "phrase", "sentence")
_FILE = click.Path(exists=True, path_type=Path)


@click.command("eval")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--holes", type=click.IntRange(1), default=400, show_default=True, help="Holes per kind.")
@click.option(
    "--kind", "kinds", type=click.Choice(KINDS), multiple=True, default=KINDS, help="Of holes; all if not given."
)
@click.option("--pairs", type=_FILE, multiple=True, help="Rewriting pairs: JSONL with a, b and type.")
@click.option("--most-pairs", type=click.IntRange(1), default=50, show_default=True, help="Pairs per operation, drawn.")
@click.option("--source", "sources", multiple=True, help="Of FILES, only texts whose source begins like this.")
@click.option(
    "--unseen", type=_FILE, multiple=True, help="Texts of sources never trained on, measured and shown apart."
)
@click.option(
    "--trained", type=_FILE, multiple=True, help="Training text; texts that share more than 5 % with it are left out."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Same seed, same holes and pairs.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Folder for a page with plots.")
@click.option(
    "--keep", "to_keep", is_flag=True, help="Keep what --pairs gives in the model's folder, for lists and menus."
)
@click.option("--fit", "to_fit", is_flag=True, help="Fit the model's calibration on FILES and keep it in its folder.")
@json_option
@model_options
def command(
    files: tuple[Path, ...],
    holes: int,
    kinds: tuple[str, ...],
    pairs: tuple[Path, ...],
    most_pairs: int,
    sources: tuple[str, ...],
    unseen: tuple[Path, ...],
    trained: tuple[Path, ...],
    seed: int,
    report: Path | None,
    to_keep: bool,
    to_fit: bool,
    as_json: bool,
    model: str,
    device: str,
) -> None:
    """Cut words, phrases and sentences out of FILES and see what the model puts there.

    FILES are JSONL with a "text" field (plain or .zst), text files, or folders. Needs the extra "train". With --fit
    nothing is measured: FILES then are held-out texts, others than those that are measured afterwards. With --pairs,
    proofreading is measured on sentences of FILES that get mistakes. With --unseen (files like FILES; may be repeated),
    as many holes are cut out of texts of other sources. With --trained (the same), texts are left out of which more
    than 5 % of all runs of eight words stand in what the model was trained on.
    """
    with needs_extra("train", "zstandard", "matplotlib", "sacrebleu"):
        from llada_edit.training.evaluation.page import lines, write_page
        from llada_edit.training.evaluation.part import Places
        from llada_edit.training.evaluation.report import Request, evaluate
        from llada_edit.training.evaluation.sample import mistaken, sample
        from llada_edit.training.pairs import read_pairs

    if to_fit and unseen:
        raise OptionError("--fit measures nothing, and --unseen is for measuring; give one of them")
    if to_keep and not pairs:
        raise OptionError("--keep is for what --pairs gives; add --pairs FILE")
    found = _read(files)
    texts = [text for text in found if text.source.startswith(sources or "")]
    if not texts:
        raise DocumentError(f"{len(found)} texts, and none whose source begins with {' or '.join(sources) or '…'}")
    (texts, screened), (others, apart) = _screened(texts, _unseen(unseen, texts), trained)
    if to_fit:
        _fit(texts, holes, seed, model, device)
        return
    held_out = Places.of(texts, holes, kinds, seed, _tell, screened)
    elsewhere = _elsewhere(others, holes, kinds, seed, apart) if unseen else None
    asked = sample([*read_pairs(pairs), *mistaken(texts, most_pairs, seed)], most_pairs, seed) if pairs else []
    measured = evaluate(load_editor(model, device), Request(held_out, elsewhere, asked, seed), _tell)
    words = [word if not Path(word).exists() else Path(word).name for word in sys.argv[1:]]
    told = shlex.join(["llada-edit", *words])
    if report is not None:
        click.echo(write_page(measured, report, told), err=True)
    if to_keep:
        click.echo(_keep(measured, model, told), err=True)
    if as_json:
        echo_json(measured.to_json())
    else:
        click.echo("\n".join(lines(measured)))


def _read(files: Sequence[Path]) -> list[Text]:
    """The texts of files and folders."""
    from llada_edit.training.texts import read_documents, text_files

    return list(read_documents([file for path in files for file in text_files(path)]))


def _unseen(files: Sequence[Path], texts: Sequence[Text]) -> list[Text]:
    """Texts of other sources; one that stands in `texts`, too, would be counted as seen and as unseen."""
    if not files:
        return []
    try:
        found, known = _read(files), {text.text for text in texts}
        if not found:
            raise DocumentError(f"there is no text in {' and '.join(map(str, files))}; give texts of other sources")
        both = next((text.source for text in found if text.text in known), None)
        if both is not None:
            raise DocumentError(f"a text of {both!r} is in FILES, too; give texts of other sources")
    except DocumentError as error:
        raise DocumentError(f"--unseen: {error}") from error
    return found


def _screened(
    texts: list[Text], others: list[Text], trained: Sequence[Path]
) -> list[tuple[list[Text], Screened | None]]:
    """Both sets without what stands in the training text; as they are where none is given."""
    from llada_edit.training.evaluation.overlap import screen
    from llada_edit.training.texts import read_documents, text_files

    if not trained:
        return [(texts, None), (others, None)]
    files = [file for path in trained for file in text_files(path)]
    both = screen((texts, others), read_documents(files))
    for before, (kept, found) in zip((texts, others), both, strict=True):
        if before and not kept:
            raise DocumentError(f"all texts ({found.texts}) stand in the training text; give others")
    return [*both]


def _elsewhere(texts: Sequence[Text], holes: int, kinds: Sequence[str], seed: int, screened: Screened | None) -> Places:
    """Places in the texts of other sources."""
    from llada_edit.training.evaluation.part import Places

    try:
        return Places.of(texts, holes, kinds, seed, lambda line: _tell(f"--unseen: {line}"), screened)
    except DocumentError as error:
        raise DocumentError(f"--unseen: {error}") from error


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _keep(measured: Report, model: str, command: str) -> Path:
    """Store the figures of rewriting beside the weights."""
    from llada_edit.models.load import folder_of
    from llada_edit.rewriting.measured import store

    return store(folder_of(model), measured.to_json()["rewriting"], command)


def _fit(texts: Sequence[Text], holes: int, seed: int, model: str, device: str) -> None:
    """Fit a calibration and store it beside the weights."""
    from llada_edit.models.bundled import own_config, store_calibration
    from llada_edit.models.load import folder_of
    from llada_edit.training.evaluation.fitting import fit

    folder = folder_of(model)
    own_config(folder)  # a wrong folder is refused before the long work, not after it
    found = fit(load_editor(model, device), texts, holes, seed, _tell)
    store_calibration(folder, found)
    click.echo(folder / "config.json")
