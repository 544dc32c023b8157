"""The XML languages that are read: which of their elements hold prose.

Word processing and presentation (Office Open XML), text documents (OpenDocument), XHTML and XLIFF. What is generated or
somebody else's stays: fields, formulas, tracked changes, comments, alternative content, sources of a translation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from llada_edit.formats.base import Kind
from llada_edit.formats.html import INLINE, KINDS, PROTECTED
from llada_edit.formats.inline import words
from llada_edit.formats.xml import Role

Said = Kind | Literal["code"] | None

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
_STRICT_WORD = "http://purl.oclc.org/ooxml/wordprocessingml/main "
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main "
_STRICT_DRAWING = "http://purl.oclc.org/ooxml/drawingml/main "
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_XHTML = "http://www.w3.org/1999/xhtml "
_CODE = re.compile(r"(?i)code|verbatim|preformat|source|listing|monospace|consol")
_HEADING = re.compile(r"(?i)heading|title|berschrift|titre")
_CAPTION = re.compile(r"(?i)caption|illustration|beschriftung")
_QUOTE = re.compile(r"(?i)quot|zitat")


def _styled(name: str) -> Said:
    """What the name of a paragraph style says."""
    patterns: tuple[tuple[re.Pattern[str], Kind | Literal["code"]], ...] = (
        (_CODE, "code"),
        (_HEADING, "heading"),
        (_CAPTION, "caption"),
        (_QUOTE, "quote"),
    )
    return next((kind for pattern, kind in patterns if pattern.search(name)), None)


_RUNS: Mapping[str, Role] = {"p": "paragraph", "r": "run", "rPr": "style", "t": "text", "br": "gap"}
"""What all of Office Open XML calls its text by."""


class Word:
    """The main parts of a docx file."""

    mixed = False
    _roles: Mapping[str, Role] = {
        **_RUNS,
        "hyperlink": "inline",
        "smartTag": "inline",
        **dict.fromkeys(("tab", "cr", "noBreakHyphen", "softHyphen", "sym", "footnoteReference"), "gap"),
        **dict.fromkeys(("endnoteReference", "commentReference", "ptab", "pgNum"), "gap"),
        **dict.fromkeys(("pPr", "sectPr", "ins", "del", "moveFrom", "moveTo", "fldSimple", "ruby"), "skip"),
        **dict.fromkeys(("delText", "instrText", "drawing", "object"), "skip"),
    }

    def __init__(self) -> None:
        self._fields = 0  # complex fields that are open: their results are generated

    def role(self, name: str, attributes: Mapping[str, str]) -> Role:
        """See `Profile`."""
        space, _, local = name.rpartition(" ")
        if f"{space} " not in (_WORD, _STRICT_WORD):
            # Formulas, alternative content (every text twice) and what later versions added.
            return "container" if local in ("document", "body") else "skip"
        if local == "fldChar":
            kind = attributes.get(f"{space} fldCharType")
            self._fields += (kind == "begin") - (kind == "end")
            return "gap"
        if local == "pPr":
            return "container"
        if self._fields and local in ("t", "tab", "br"):
            return "skip"
        return self._roles.get(local, "container")

    def kind(self, name: str, attributes: Mapping[str, str]) -> Said:
        """See `Profile`."""
        space, _, local = name.rpartition(" ")
        if local == "numPr":
            return "item"
        return _styled(attributes.get(f"{space} val", "")) if local == "pStyle" else None


class Slides:
    """The slides and notes of a pptx file."""

    mixed = False
    _roles: Mapping[str, Role] = {**_RUNS, "fld": "skip"}

    def role(self, name: str, attributes: Mapping[str, str]) -> Role:
        """See `Profile`."""
        space, _, local = name.rpartition(" ")
        if f"{space} " in (_DRAWING, _STRICT_DRAWING):
            return self._roles.get(local, "container")
        return "skip" if local in ("AlternateContent", "extLst") else "container"

    def kind(self, name: str, attributes: Mapping[str, str]) -> Said:
        """See `Profile`."""
        return None


class OpenText:
    """The contents of an odt file."""

    mixed = True
    _roles: Mapping[str, Role] = {
        "p": "paragraph",
        "h": "paragraph",
        "span": "inline",
        "a": "inline",
        **dict.fromkeys(("s", "tab", "line-break", "soft-page-break", "bookmark-start", "bookmark-end"), "gap"),
        **dict.fromkeys(("bookmark", "reference-mark", "reference-mark-start", "reference-mark-end"), "gap"),
        **dict.fromkeys(("tracked-changes", "table-of-content", "alphabetical-index", "bibliography"), "skip"),
        **dict.fromkeys(("illustration-index", "table-index", "object-index", "user-index", "ruby"), "skip"),
        **dict.fromkeys(("note", "note-body"), "container"),
        "note-citation": "skip",
    }

    def role(self, name: str, attributes: Mapping[str, str]) -> Role:
        """See `Profile`."""
        if name.startswith(_TEXT):
            return self._roles.get(name.removeprefix(_TEXT), "unknown")
        return "skip" if name in (f"{_OFFICE}annotation", f"{_OFFICE}scripts", f"{_OFFICE}forms") else "unknown"

    def kind(self, name: str, attributes: Mapping[str, str]) -> Said:
        """See `Profile`."""
        if name == f"{_TEXT}h":
            return "heading"
        return _styled(attributes.get(f"{_TEXT}style-name", "")) if name == f"{_TEXT}p" else None


class Xhtml:
    """XHTML, alone or in an epub file."""

    mixed = True
    _containers = words("html head body table thead tbody tfoot tr ul ol dl colgroup")
    _gaps = words("br img wbr hr")

    def role(self, name: str, attributes: Mapping[str, str]) -> Role:
        """See `Profile`."""
        local = name.removeprefix(_XHTML)
        if " " in local or local in PROTECTED or attributes.get("translate") == "no":
            return "skip"
        if "notranslate" in attributes.get("class", "").split():
            return "skip"
        if local in self._gaps:
            return "gap"
        if local in self._containers:
            return "container"
        return "inline" if local in INLINE else "paragraph"

    def kind(self, name: str, attributes: Mapping[str, str]) -> Said:
        """See `Profile`."""
        return KINDS.get(name.removeprefix(_XHTML))


class Xliff:
    """The targets of an XLIFF file, version 1.2 or 2."""

    mixed = True
    _roles: Mapping[str, Role] = {
        "target": "paragraph",
        **dict.fromkeys(("g", "mrk", "pc"), "inline"),
        **dict.fromkeys(("x", "bx", "ex", "ph", "it", "bpt", "ept", "sub", "sc", "ec", "cp"), "skip"),
        **dict.fromkeys(("source", "seg-source", "alt-trans", "note", "notes", "header", "skeleton"), "skip"),
    }

    def role(self, name: str, attributes: Mapping[str, str]) -> Role:
        """See `Profile`."""
        if attributes.get("translate") == "no":
            return "skip"
        return self._roles.get(name.rpartition(" ")[2], "unknown")

    def kind(self, name: str, attributes: Mapping[str, str]) -> Said:
        """See `Profile`."""
        return "string" if name.rpartition(" ")[2] == "target" else None
