"""The formats in which findings go to other tools, and come back. A new one is one row here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from normalizer.errors import DocumentError
from normalizer.export import (
    brat,
    conll,
    doccano,
    label_studio,
    prodigy,
    sarif,
    tei,
    web_annotation,
)
from normalizer.export.exchange import Export, Returned


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        write: The content, in pieces, each with the name of its file; empty is the one file.
        folder: Whether it is a folder of files.
        needs_texts: Whether findings without their text cannot be written.
        read: What came back; None for a format that only goes out.
        silent: Whether ``read`` takes ``finished``, see `read_returned`.
    """

    write: Callable[[Export], Iterator[tuple[str, str]]]
    folder: bool = False
    needs_texts: bool = True
    read: Callable[..., Iterator[Returned]] | None = None
    silent: bool = False


FORMATS: Mapping[str, Format] = {
    "brat": Format(brat.write, folder=True, read=brat.read, silent=True),
    "conll": Format(conll.write),
    "doccano": Format(doccano.write, read=doccano.read, silent=True),
    "label-studio": Format(label_studio.write, read=label_studio.read),
    "prodigy": Format(prodigy.write, read=prodigy.read),
    "sarif": Format(sarif.write, needs_texts=False),
    "tei": Format(tei.write, folder=True),
    "web-annotation": Format(web_annotation.write, needs_texts=False),
}
IMPORTED = tuple(name for name, one in FORMATS.items() if one.read)


def read_returned(path: Path, name: str, *, finished: bool) -> Iterator[Returned]:
    """What came back in a format of `IMPORTED`.

    Args:
        path: The file, or the folder.
        name: The format.
        finished: For tools that do not tell a span that was accepted from one that nobody
            looked at: which of the two it was.

    Raises:
        DocumentError: If it cannot be read at all.
    """
    form = FORMATS[name]
    assert form.read
    try:
        yield from form.read(path, finished=finished) if form.silent else form.read(path)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check the path") from error
