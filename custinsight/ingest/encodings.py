"""Encodings, tried in a strict order and never guessed: byte order mark, declared, UTF-8, GB18030."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from custinsight.errors import SourceError
from custinsight.ingest.places import Place

TRIED = ("utf-8", "gb18030")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}
_BLOCK = 1 << 22


def detect_encoding(place: Place, declared: str | None = None) -> str:
    """Name the encoding of a whole text file.

    A byte order mark decides. Else the declared encoding must fit each byte; else UTF-8 and GB18030 are tried, in this
    order, and the first that fits each byte is taken.

    Parameters
    ----------
    place : Place
    declared : str, optional
        The plan's encoding; GBK and GB 2312 are read as GB 18030, which holds them.

    Raises
    ------
    SourceError
        No encoding fits; the sentence says which were tried.
    """
    with place.path.open("rb") as stream:
        head = stream.read(4)
    marked = [name for mark, name in _BOMS if head.startswith(mark)]
    tried = marked[:1] or ([_known(place, declared)] if declared else list(TRIED))
    for name in tried:
        if _fits(place.path, name):
            return name
    raise SourceError(
        "sources.{source}.{key}: {file} must be text in {tried}, got other bytes. Declare its encoding.",
        tried=" or ".join(tried),
        **place.names,
    )


def utf8_blocks(path: Path, encoding: str, *, size: int = _BLOCK) -> Iterator[bytes]:
    r"""Yield a text file as UTF-8 in blocks, each line ended by a single ``\n``, without a byte order mark.

    Parameters
    ----------
    path : Path
    encoding : str
        As :func:`detect_encoding` named it.
    size : int
        Bytes read at a time.

    Raises
    ------
    UnicodeDecodeError
        A byte does not fit the encoding.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("strict"), translate=True)
    with path.open("rb") as stream:
        while raw := stream.read(size):
            # plain ASCII with plain line ends is what it will become, unless a sign or a line end is still half read
            if raw.isascii() and b"\r" not in raw and encoding == "utf-8" and not any(decoder.getstate()):
                yield raw
            elif text := decoder.decode(raw):
                yield text.encode()
    if rest := decoder.decode(b"", final=True):
        yield rest.encode()


def _known(place: Place, declared: str) -> str:
    try:
        "".encode(declared)  # refuses codecs that are no text encodings, such as rot13
    except (LookupError, ValueError):
        raise SourceError(
            "sources.{source}.{key}: the encoding of {file} must be one that Python knows, got {declared}.",
            declared=repr(declared)[:40],
            **place.names,
        ) from None
    return _WIDER.get(codecs.lookup(declared).name, declared.lower())


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    content = np.memmap(path, np.uint8, mode="r")
    try:
        for start in range(0, len(content), _BLOCK):
            piece = content[start : start + _BLOCK]
            # decoding takes ten times longer than a look for the highest byte
            if encoding != "utf-8" or piece.max() > 127 or decoder.getstate()[0]:
                decoder.decode(piece.tobytes())
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
