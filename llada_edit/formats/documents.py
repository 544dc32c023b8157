"""Formats made of XML, alone or in a zip archive: docx, pptx, odt, epub, XHTML and XLIFF.

All members of an archive but those whose text changes are copied byte for byte. Signed files are refused, since any
change breaks the signature.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from llada_edit.errors import DocumentError
from llada_edit.formats.archives import Archive
from llada_edit.formats.mapped import MappedProse, Mapping
from llada_edit.formats.profiles import OpenText, Slides, Word, Xhtml, Xliff
from llada_edit.formats.text import decode, encode
from llada_edit.formats.xml import Profile, escape, events, paragraphs

_SIGNATURES = ("_xmlsignatures/", "META-INF/documentsignatures.xml", "META-INF/signatures.xml")


@dataclass(frozen=True, slots=True)
class Xml:
    """A single XML file."""

    name: str
    suffixes: tuple[str, ...]
    profile: Callable[[], Profile]
    language_ids: tuple[str, ...] = ()

    def read(self, data: bytes) -> MappedProse:
        """Parse a file; XML that is not well-formed, not UTF-8 or hostile is a `DocumentError`."""
        return _mapped([decode(data)], self.profile, lambda texts: encode(texts[0]))


@dataclass(frozen=True, slots=True)
class Zipped:
    """Parts of a zip archive that are XML.

    Attributes:
        name: of the format.
        suffixes: of its files.
        profile: how the parts are read.
        parts: the names of those that hold prose, in the order of reading.
        needed: a member that tells this kind of archive from others.
        language_ids: no editor shows an archive as text.
    """

    name: str
    suffixes: tuple[str, ...]
    profile: Callable[[], Profile]
    parts: Callable[[Archive], list[str]]
    needed: str
    language_ids: tuple[str, ...] = ()

    def read(self, data: bytes) -> MappedProse:
        """Parse a file; an archive that is damaged, hostile or of another kind is a `DocumentError`."""
        archive = Archive(data)
        archive.read(self.needed)
        if any(name.startswith(_SIGNATURES) for name in archive.members):
            raise DocumentError("the file is signed, and any change breaks its signature; remove the signature first")
        names = self.parts(archive)
        before = [decode(archive.read(name)) for name in names]

        def pack(texts: list[str]) -> bytes:
            changed = {name: encode(new) for name, old, new in zip(names, before, texts, strict=True) if new != old}
            return archive.replaced(changed)

        return _mapped(before, self.profile, pack)


def _mapped(texts: list[str], profile: Callable[[], Profile], pack: Callable[[list[str]], bytes]) -> MappedProse:
    mapping = Mapping(texts, lambda _, text: escape(text), pack)
    for index, text in enumerate(texts):
        for pieces, kind in paragraphs(text, profile()):
            mapping.add(index, pieces, kind)
    return mapping.prose()


def _matching(pattern: str) -> Callable[[Archive], list[str]]:
    """Members by name, numbers in them in the order of numbers."""

    def parts(archive: Archive) -> list[str]:
        found = [name for name in archive.members if re.fullmatch(pattern, name)]
        return sorted(found, key=lambda name: [int(p) if p.isdigit() else 0 for p in re.split(r"(\d+)", name)] + [name])

    return parts


def _chapters(archive: Archive) -> list[str]:
    """The XHTML members of a book, as its package tells; the table of contents is left out."""
    container, _ = events(decode(archive.read("META-INF/container.xml")))
    roots = [
        e.attributes["full-path"] for e in container if e.value.endswith(" rootfile") and "full-path" in e.attributes
    ]
    names: list[str] = []
    for root in roots:
        package, _ = events(decode(archive.read(root)))
        for event in package:
            link = event.attributes.get("href", "")
            wanted = event.attributes.get("media-type") == "application/xhtml+xml"
            if event.value.endswith(" item") and wanted and "nav" not in event.attributes.get("properties", "").split():
                names.append(posixpath.normpath(posixpath.join(posixpath.dirname(root), unquote(link))))
    return [name for name in dict.fromkeys(names) if name in archive.members]


def docx() -> Zipped:
    """Word processing."""
    pattern = r"word/(?:document|footnotes|endnotes|header\d*|footer\d*)\.xml"
    return Zipped("docx", (".docx", ".docm", ".dotx"), Word, _matching(pattern), "word/document.xml")


def pptx() -> Zipped:
    """Presentations."""
    pattern = r"ppt/(?:slides/slide|notesSlides/notesSlide)\d+\.xml"
    return Zipped("pptx", (".pptx", ".pptm"), Slides, _matching(pattern), "ppt/presentation.xml")


def odt() -> Zipped:
    """Text documents of OpenDocument."""
    return Zipped("odt", (".odt", ".ott"), OpenText, _matching(r"content\.xml"), "content.xml")


def epub() -> Zipped:
    """Books."""
    return Zipped("epub", (".epub",), Xhtml, _chapters, "META-INF/container.xml")


def xhtml() -> Xml:
    """XHTML files."""
    return Xml("xhtml", (".xhtml", ".xht"), Xhtml)


def xliff() -> Xml:
    """Translations."""
    return Xml("xliff", (".xlf", ".xliff"), Xliff)
