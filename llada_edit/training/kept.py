"""Files that a run keeps in its folder, and what is said where one of them cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llada_edit.errors import OptionError


@contextmanager
def reading(path: Path, remedy: str) -> Iterator[None]:
    """Around the reading of a file that the run wrote itself: whatever fails means that it is damaged.

    Raises:
        OptionError: with the file, and `remedy`: what to do about it.
    """
    try:
        yield
    except Exception as error:  # torch, numpy and the Rust library raise all kinds, some with a page of text
        reason = str(error).partition("\n")[0][:100]
        raise OptionError(f"{path} is damaged ({reason}); {remedy}") from error
