"""Chinese characters for comparison: traditional as simplified, and how they sound. Never shown."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2FA20))
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAS_CJK = re.compile(rf"[{_CJK}]")
_NO_SOUND = re.compile(r"[\W_]+")


def has_cjk(text: str) -> bool:
    """Tell whether a text holds a Chinese character.

    Examples
    --------
    >>> has_cjk("IBM 中国")
    True
    """
    return not text.isascii() and _HAS_CJK.search(text) is not None


def simplify(text: str) -> str:
    """Write traditional characters in their simplified form; for matching keys, never shown.

    Examples
    --------
    >>> simplify("廣東國際貿易")
    '广东国际贸易'
    """
    return text if text.isascii() else "".join(map(_simplified().__getitem__, text))


def pinyin_key(key: str | None) -> str | None:
    """Return how a name's key sounds: pinyin without tones, letters and digits only; the same for homophones.

    A character that is read in several ways is always taken the same way.

    Parameters
    ----------
    key : str or None
        Key of a name, see :class:`custinsight.clean.names.Name`.

    Examples
    --------
    >>> pinyin_key("华东贸易"), pinyin_key("章伟") == pinyin_key("张炜"), pinyin_key("huawei tech")
    ('huadongmaoyi', True, 'huaweitech')
    """
    if key is None:
        return None
    spoken = key if key.isascii() else "".join(map(_sounds().__getitem__, key))
    return _NO_SOUND.sub("", spoken) or None


class _Table(dict[str, str]):
    """Character to text; a character that is not there stays, and common ones are there, since to miss is slow."""

    def __init__(self, common: Iterable[str], changed: dict[str, str]) -> None:
        super().__init__((character, character) for character in (*map(chr, range(128)), *common))
        self.update(changed)

    def __missing__(self, character: str) -> str:
        return character


@functools.lru_cache(maxsize=1)
def _simplified() -> _Table:
    """Map each traditional character to its simplified one: a table, since calls cost a hundred times as much."""
    from opencc import OpenCC

    traditional = [chr(code) for first, end in _BLOCKS for code in range(first, end)]
    simplified = OpenCC("t2s").convert("\n".join(traditional)).split("\n")
    table = {old: new for old, new in zip(traditional, simplified, strict=True) if old != new and len(new) == 1}
    return _Table(traditional, {old: table.get(new, new) for old, new in table.items()})


@functools.lru_cache(maxsize=1)
def _sounds() -> _Table:
    """Map each Chinese character to its first reading without the tone."""
    # its table alone: importing the package would load 150 MB of phrases, too
    found = find_spec("pypinyin")
    folder = next(iter(found.submodule_search_locations or ())) if found else ""
    readings_of = json.loads(Path(folder, "pinyin_dict.json").read_text(encoding="utf-8"))
    marks = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c\u0302"))
    plain = {
        chr(int(code)): unicodedata.normalize("NFD", readings.split(",")[0]).translate(marks).replace("u\u0308", "v")
        for code, readings in readings_of.items()
    }
    return _Table((), plain)
