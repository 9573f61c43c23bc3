"""Text as it should have been typed: one form for each character, nothing invisible, nothing that means "empty"."""

from __future__ import annotations

import re
import unicodedata

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SPACE_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}]) (?=[{_CJK}])")
# format characters (zero-width, bidi marks), controls other than white space, surrogates, private use
_UNSEEN_CATEGORIES = frozenset(["Cf", "Cc", "Cs", "Co", "Cn"])
# letters and marks without a shape: joiners, fillers, emoji selectors, the empty Braille cell
_BLANK = frozenset(map(chr, [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)]))
_HAS_BLANK = re.compile(f"[{''.join(_BLANK)}]")
_HAS_WORD = re.compile(r"[^\W_]")
_WHITE = "\t\n\r\x0b\x0c\x85"
_BRACKETS = str.maketrans("【】〔〕[]{}", "()()()()")
_ODD_BRACKET = re.compile(r"[【】〔〕\[\]{}]")
_VOID_WORDS = "- -- --- . .. ... / \\ * ? x xx xxx 0 00 000 n/a #n/a na nil null none nan unknown tbd test "
_CHINESE_VOID_WORDS = "无 无无 暂无 没有 未知 不详 空 不知道 待补 待补充 待定 未填 未填写 测试"
_CHINESE_VOID = frozenset(_CHINESE_VOID_WORDS.split())
_VOID = frozenset(_VOID_WORDS.split()) | _CHINESE_VOID
_LONGEST_VOID = max(map(len, _VOID))


def tidy(text: str) -> str:
    r"""Bring a text into one form: NFKC, without unseen characters, runs of white space as one blank.

    Full-width digits and letters become plain ones. Nothing that a reader can see is lost. Doing it twice changes
    nothing more.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        May be empty.

    Examples
    --------
    >>> tidy("　ＡＢＣ\u200b　（上海） ")
    'ABC (上海)'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    if not _is_plain(text):
        text = _without_unseen(unicodedata.normalize("NFKC", text))
        # taking an unseen character away can bring two others together that NFKC joins
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.split())


def tidy_name(text: str) -> str:
    """Bring a name into one form: as :func:`tidy`, one kind of brackets, no blanks between Chinese characters.

    Examples
    --------
    >>> tidy_name("上海　华东【贸易】有限公司")
    '上海华东(贸易)有限公司'
    """
    text = tidy(text)
    if _ODD_BRACKET.search(text):
        text = text.translate(_BRACKETS)
    if " " not in text:
        return text
    return _SPACE_BETWEEN_CJK.sub("", text.replace("( ", "(").replace(" )", ")"))


def tidy_number(text: str) -> str:
    """Bring a number kept as text into one form: as :func:`tidy`, digits of any script as ASCII digits.

    Examples
    --------
    >>> tidy_number("１３٩")
    '139'
    """
    text = tidy(text)
    return text if text.isascii() else "".join(str(unicodedata.decimal(c, c)) for c in text)


def is_void(text: str) -> bool:
    """Tell whether a text only says that there is no value, such as ``无`` or ``N/A``.

    Examples
    --------
    >>> is_void("暂无"), is_void(" n/a "), is_void("无锡")
    (True, True, False)
    """
    # the words have no blanks inside, and bringing a text into one form never makes another one into such a word
    if len(text) > _LONGEST_VOID and len(text.strip()) > _LONGEST_VOID and _has_nothing_unseen(text):
        return False
    tidied = tidy(text[:40]).lower()
    return not tidied or tidied in _VOID


def is_nameless(text: str) -> bool:
    """Tell whether a text in the place of a name is none: no letter nor digit, or a Chinese word for "none".

    Stricter than :func:`is_void`: somebody is called Nan, a company NA.

    Examples
    --------
    >>> is_nameless("--"), is_nameless("无"), is_nameless("NA")
    (True, True, False)
    """
    text = tidy(text)
    return text in _CHINESE_VOID or _HAS_WORD.search(text) is None


def without_accents(text: str) -> str:
    """Drop the accents of Latin letters; for matching keys, never shown.

    Examples
    --------
    >>> without_accents("Müller Café Łódź")
    'Muller Cafe Lodz'
    """
    if text.isascii():
        return text
    marks = (c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", "".join(marks)).translate(_LETTERS)


def _has_nothing_unseen(text: str) -> bool:
    return text.isprintable() and (text.isascii() or _HAS_BLANK.search(text) is None)


def _is_plain(text: str) -> bool:
    """Tell whether a text has the one form already, but for its blanks; most have."""
    return _has_nothing_unseen(text) and unicodedata.is_normalized("NFKC", text)


def _without_unseen(text: str) -> str:
    return "".join(
        c
        for c in text
        if c in _WHITE or (c not in _BLANK and (c.isprintable() or unicodedata.category(c) not in _UNSEEN_CATEGORIES))
    )


_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "AE"})
