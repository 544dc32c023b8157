"""Zip archives in memory: members are read under limits, and written back byte for byte but for those that changed.

Nothing is ever written to a disk. Order, names, attributes, dates, comments and extra fields stay as they are. Refuses
what no writer of documents makes: names that leave the archive or appear twice, members that overlap or are encrypted,
sizes and ratios of bombs, and the 64-bit extension.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from llada_edit.errors import DocumentError

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_STORED, _DEFLATED = 0, 8
_MOST_MEMBERS = 20_000
_MOST_BYTES = 256 << 20
_HIGHEST_RATIO = 200
_HARMLESS = 1 << 20
"""Members up to this size may have any ratio: long runs of blanks are common in small XML files."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive.

    Attributes:
        name: as it is stored.
        entry: where its record in the central directory begins.
        start: of its local header.
        body: where its compressed bytes begin.
        size: of them.
        method: 0 stored, 8 deflated.
        crc: of the contents.
        length: of the contents, as the archive says.
    """

    name: str
    entry: int
    start: int
    body: int
    size: int
    method: int
    crc: int
    length: int


class Archive:
    """An archive that was checked; contents are unpacked when they are asked for.

    Raises:
        DocumentError: no zip archive, a damaged one, or a hostile one.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._end = self._find_end()
            _, _, _, _, count, size, self._directory, _ = _END.unpack_from(data, self._end)
            self.members = {member.name: member for member in self._read_directory(count, size)}
            if len(self.members) < count:
                raise DocumentError("the archive has two members of one name; make it anew")
            self._check_places()
        except struct.error as error:
            raise DocumentError("the archive is damaged (a header is cut off); open and save it again") from error

    def read(self, name: str) -> bytes:
        """The contents of a member."""
        member = self.members.get(name)
        if member is None:
            raise DocumentError(f"the archive has no member {name!r}; it is another kind of file")
        raw = self._data[member.body : member.body + member.size]
        try:
            contents = raw if member.method == _STORED else _inflate(raw, member.length)
        except zlib.error as error:
            raise DocumentError(f"member {name!r} is damaged ({error}); open and save the file again") from error
        if len(contents) != member.length or zlib.crc32(contents) != member.crc:
            raise DocumentError(f"member {name!r} does not have the size and checksum that the archive tells")
        return contents

    def replaced(self, contents: Mapping[str, bytes]) -> bytes:
        """The archive with new contents for some members."""
        if not contents:
            return self._data
        ordered = sorted(self.members.values(), key=lambda member: member.start)
        output = bytearray(self._data[: ordered[0].start])
        directory = bytearray(self._data[self._directory : self._end])
        for member, following in zip(ordered, [*ordered[1:], None], strict=True):
            stop = following.start if following else self._directory
            place = len(output)
            if member.name in contents:
                self._rewrite(member, contents[member.name], output, directory)
            else:
                output += self._data[member.start : stop]
            struct.pack_into("<I", directory, member.entry - self._directory + 42, place)
        place = len(output)
        tail = bytearray(self._data[self._end :])
        struct.pack_into("<I", tail, 16, place)
        return bytes(output + directory + tail)

    def _rewrite(self, member: Member, contents: bytes, output: bytearray, directory: bytearray) -> None:
        if member.method == _DEFLATED:
            packer = zlib.compressobj(6, zlib.DEFLATED, -15)
            body = packer.compress(contents) + packer.flush()
        else:
            body = contents
        header = bytearray(self._data[member.start : member.body])
        entry = member.entry - self._directory
        # Bit 3 would put the sizes behind the data.
        flags = int(struct.unpack_from("<H", header, 6)[0]) & ~0x8
        struct.pack_into("<H", header, 6, flags)
        struct.pack_into("<H", directory, entry + 8, flags)
        struct.pack_into("<3I", header, 14, zlib.crc32(contents), len(body), len(contents))
        struct.pack_into("<3I", directory, entry + 16, zlib.crc32(contents), len(body), len(contents))
        output += header + body

    def _find_end(self) -> int:
        place = self._data.rfind(b"PK\x05\x06", max(0, len(self._data) - _END.size - 0xFFFF))
        if not self._data.startswith(b"PK") or place < 0:
            raise DocumentError("the file is no zip archive; it may be encrypted, or of another kind")
        return place

    def _read_directory(self, count: int, size: int) -> list[Member]:
        if count > _MOST_MEMBERS:
            raise DocumentError(f"the archive has {count} members, more than {_MOST_MEMBERS}; leave it out")
        if self._directory + size != self._end:
            raise DocumentError("the archive's directory is not where its end says; it is damaged, or a 64-bit archive")
        members, at = [], self._directory
        for _ in range(count):
            record = _CENTRAL.unpack_from(self._data, at)
            signature, flags, method, crc, packed, length = record[0], record[3], record[4], *record[7:10]
            name = self._name_at(at + _CENTRAL.size, record[10])
            start = record[16]
            if signature != b"PK\x01\x02" or 0xFFFFFFFF in (packed, length, start):
                raise DocumentError("the archive is damaged, or a 64-bit archive; open and save it again")
            if flags & 0x1 or method not in (_STORED, _DEFLATED):
                raise DocumentError(
                    f"member {name!r} is encrypted or packed in a rare way; open and save the file again"
                )
            local = _LOCAL.unpack_from(self._data, start)
            body = start + _LOCAL.size + local[9] + local[10]
            if local[0] != b"PK\x03\x04" or self._name_at(start + _LOCAL.size, local[9]) != name:
                raise DocumentError(f"member {name!r} has another name in its header; the archive is not to be trusted")
            members.append(Member(name, at, start, body, packed, method, crc, length))
            at += _CENTRAL.size + sum(record[10:13])
        if at != self._end or not members:
            raise DocumentError("the archive's directory is damaged; open and save the file again")
        _check_sizes(members)
        return members

    def _name_at(self, start: int, size: int) -> str:
        name = self._data[start : start + size].decode("utf-8", "surrogateescape")
        parts = name.split("/")
        if "\\" in name or "\0" in name or name.startswith("/") or ".." in parts or parts[0].endswith(":"):
            raise DocumentError(f"member {name!r} points outside the archive; it is not to be trusted")
        return name

    def _check_places(self) -> None:
        ordered = sorted(self.members.values(), key=lambda member: member.start)
        stops = [member.start for member in ordered[1:]] + [self._directory]
        for member, stop in zip(ordered, stops, strict=True):
            if member.body + member.size > stop:
                raise DocumentError(
                    f"member {member.name!r} overlaps what follows it; the archive is not to be trusted"
                )


def _check_sizes(members: list[Member]) -> None:
    total = sum(member.length for member in members)
    if total > _MOST_BYTES:
        raise DocumentError(
            f"the archive would unpack to {total >> 20} MiB, more than {_MOST_BYTES >> 20}; leave it out"
        )
    for member in members:
        if member.length > max(_HARMLESS, _HIGHEST_RATIO * member.size):
            raise DocumentError(
                f"member {member.name!r} unpacks to more than {_HIGHEST_RATIO} times its size; leave it out"
            )


def _inflate(raw: bytes, length: int) -> bytes:
    unpacker = zlib.decompressobj(-15)
    # One byte more than promised is enough to see that the promise was broken.
    return unpacker.decompress(raw, length + 1)
