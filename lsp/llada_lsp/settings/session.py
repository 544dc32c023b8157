"""The settings that hold for a document: the editor's word over the project's, and the project's over the user's.

From weakest to strongest: defaults; the file of the user; the project file nearest to the document;
``initializationOptions``; what the editor answers to ``workspace/configuration`` or sends with
``workspace/didChangeConfiguration``. The model, its device and its threads are chosen once for the session: from the
project file nearest to the workspace's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llada_lsp.settings.files import Found, folder_of, nearest, of_user
from llada_lsp.settings.reading import read_settings
from llada_lsp.settings.schema import Settings


class SessionSettings:
    """All sources of one session.

    Attributes:
        complaints: what was found wrong and not yet said.
        notebooks: the notebooks of cells, by URI.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.notebooks: dict[str, str] = {}
        self._root: Path | None = None
        self._given: Any = None
        self._asked: Any = None
        self._files: dict[Path | None, Found | None] = {}
        self._known: dict[Path | None, Settings] = {}
        self._said: set[str] = set()

    def begin(self, given: Any, root: Path | None) -> None:
        """Take ``initializationOptions`` and the folder of the workspace."""
        self._given, self._root = given, root
        self._known.clear()

    def answer(self, asked: Any) -> None:
        """Take what the editor's settings say now; an empty answer leaves ``initializationOptions`` in force."""
        self._asked = asked
        self._known.clear()
        self._files.pop(None, None)  # outside of the workspace, and so not watched

    def forget_files(self) -> None:
        """Read the project files again when they are next needed."""
        self._files.clear()
        self._known.clear()

    @property
    def session(self) -> Settings:
        """What holds for the session as a whole."""
        return self._in(self._root)

    def of(self, uri: str) -> Settings:
        """What holds for a document; for a cell of a notebook, what holds for the notebook."""
        return self._in(folder_of(self.notebooks.get(uri, uri)) or self._root)

    def _in(self, folder: Path | None) -> Settings:
        if folder not in self._known:
            settings = Settings()
            for found in (self._file(None), self._file(folder) if folder is not None else None):
                if found is not None:
                    path, table, complaint = found
                    settings, wrong = read_settings(table, settings)
                    self._complain([*([complaint] if complaint else []), *(f"{path}: {text}" for text in wrong)])
            for name, raw in (("initializationOptions", self._given), ("settings", self._asked)):
                settings, wrong = read_settings(raw, settings)
                self._complain(f"{name}: {text}" for text in wrong)
            self._known[folder] = settings
        return self._known[folder]

    def _file(self, folder: Path | None) -> Found | None:
        """The file of the project that a folder is in, or, for None, that of the user; read once."""
        if folder not in self._files:
            self._files[folder] = of_user() if folder is None else nearest(folder)
        return self._files[folder]

    def _complain(self, texts: Any) -> None:
        for text in texts:
            if text not in self._said:
                self._said.add(text)
                self.complaints.append(text)
