"""The contents of an auditor's zip: the digest of each member, signed by the log's key.

What is sealed is proved by the tree. All the rest of a zip, such as pages to read and
records that aren't sealed yet, is proved by this list to be what the log's owner has
exported.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from io import RawIOBase, TextIOWrapper
from typing import IO, TYPE_CHECKING, Final, NamedTuple, cast

from .note import NoteInvalid
from .record import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zipfile import ZipFile, ZipInfo

    from _typeshed import ReadableBuffer, WriteableBuffer

    from .keys import Keys
    from .note import Signer

CONTENTS: Final = "contents.txt"

_PIECE: Final = 1 << 18
#: No size of a checkpoint begins like this, and no statement of a key.
_TITLE: Final = "contents of "
#: As ``sha256sum`` writes and reads it.
_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")


class Packing:
    """Writes the members of a zip, and takes their digests meanwhile."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._digests: dict[str, str] = {}

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """Get a file to write a member into."""
        with self._archive.open(name, "w", force_zip64=True) as file:
            hashed = Hashed(file)
            yield cast("IO[bytes]", hashed)
        self._digests[name] = hashed.hexdigest()

    @contextmanager
    def text(self, name: str) -> Iterator[IO[str]]:
        """Get a file to write a member of text into."""
        with (
            self.member(name) as file,
            TextIOWrapper(file, encoding="utf-8", newline="\n") as text,
        ):
            yield text

    def write(self, name: str, *parts: str) -> None:
        """Write a short member of text."""
        with self.text(name) as text:
            text.writelines(parts)

    def sign(self, signer: Signer) -> None:
        """Write the list of all members so far, which must be all there are."""
        head = f"{signer.name}\n{_TITLE}{timestamp(datetime.now(UTC))}\n"
        lines = (f"{digest}  {name}\n" for name, digest in self._digests.items())
        self._archive.writestr(CONTENTS, signer.sign(head + "".join(lines)))


class Hashed(RawIOBase):
    """A file that is written or read, and hashed on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = sha256()

    def writable(self) -> bool:
        """Whatever the file is, it is only written to if it takes that."""
        return True

    def readable(self) -> bool:
        """Likewise."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write and hash."""
        self._hash.update(data)
        return self._file.write(data)

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read and hash."""
        view = memoryview(buffer)
        piece = self._file.read(len(view))
        view[: len(piece)] = piece
        self._hash.update(piece)
        return len(piece)

    def hexdigest(self) -> str:
        """Get the digest of all that came by."""
        return self._hash.hexdigest()


class Contents(NamedTuple):
    """What was in a zip when it was exported."""

    exported_at: str  #: RFC 3339, UTC
    digests: Mapping[str, str]  #: by the names of members

    @classmethod
    def of(cls, archive: ZipFile, keys: Keys) -> Contents:
        """Get what the log's owner has signed.

        :raises NoteInvalid: if nobody has, or somebody else.
        """
        try:
            note = archive.read(CONTENTS).decode("utf-8", "replace")
        except KeyError:
            raise NoteInvalid("it is missing") from None
        origin, title, *lines = keys.open_latest(note).removesuffix("\n").split("\n")
        found = [_LINE.fullmatch(line) for line in lines]
        if origin != keys.anchor.name or not title.startswith(_TITLE) or None in found:
            raise NoteInvalid("it is something else")
        digests = {line[2]: line[1] for line in found if line}
        return cls(title.removeprefix(_TITLE), digests)

    def faults(self, archive: ZipFile, known: Mapping[str, str]) -> Iterator[str]:
        """Get what isn't as it was exported.

        :param known: digests of members that were read already, by their names.
        """
        members = Counter(m.filename for m in archive.infolist() if not _is_folder(m))
        for name in sorted({*self.digests, *members}):
            if members[name] > 1:
                yield f"{name} is there more than once, for readers to differ"
            elif name == CONTENTS:
                continue
            elif name not in self.digests:
                yield f"{name} was added"
            elif name not in members:
                yield f"{name} was taken out"
            elif (known.get(name) or _digest(archive, name)) != self.digests[name]:
                yield f"{name} was changed"


def _is_folder(member: ZipInfo) -> bool:
    """Tell whether a member is no file; who packs a zip anew may add some."""
    return member.filename.endswith("/") and not member.file_size


def _digest(archive: ZipFile, name: str) -> str:
    digest = sha256()
    with archive.open(name) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
