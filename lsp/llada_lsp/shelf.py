"""A private folder for what an editor can show only as a file: nobody else may read it; it ends with the session."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


class Shelf:
    """One file at a time in a folder of its own, which is made when it is first needed."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._number = 0

    def put(self, text: str) -> str:
        """The URI of a new file with a text; the one before is gone.

        Raises:
            OSError: the system gives no room for it.
        """
        self.clear()
        self._number += 1
        self._folder = Path(tempfile.mkdtemp(prefix="llada-edit-"))  # for its owner alone
        path = self._folder / f"preview-{self._number}.md"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return path.as_uri()

    def clear(self) -> None:
        """Take away the file and its folder."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None
