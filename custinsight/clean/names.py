"""Names of companies and persons: as they are shown, and as keys by which the same name is found again."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from custinsight.clean.chinese import has_cjk, simplify
from custinsight.clean.legal_forms import (
    begins_with_form,
    has_company_word,
    is_form,
    split_branch,
    split_chinese_form,
    split_latin_branch,
    split_latin_form,
    write_out,
)
from custinsight.clean.places import as_place, split_leading_place
from custinsight.clean.text import is_nameless, tidy_name, without_accents

_LONGEST_KEY = 120
_REMARK = re.compile(
    r"\((?:停用|已停用|作废|勿用|重复|旧|老|新|已注销|注销|禁用|do not use|old|new|duplicate|inactive)\)", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_NOT_CJK_OR_WORD = re.compile(r"[^\w\u4e00-\u9fff()]+|_")
_DOT_IN_ABBREVIATION = re.compile(r"(?<=\b\w)\.(?=\s?\w\b\.?)|(?<=\b\w\w)\.(?=\w\b)|(?<=\w)/(?=\w\b)")
_TITLE_WORDS = (
    "mr mrs ms mx miss dr prof herr frau mme mlle monsieur madame sir madam sr sra srta sig dott ing dipl mag"
)
_TITLES = frozenset(_TITLE_WORDS.split())
_DEGREE_WORDS = "jr sr ii iii iv phd md mba esq dds cpa bsc msc ma ba"
_DEGREES = frozenset(_DEGREE_WORDS.split())
_CHINESE_TITLE = re.compile(
    r"(?<=..)(?:先生|女士|小姐|太太|夫人|同志|老师|教授|博士|医生|律师|会计|主任|主管|总监|总裁|总经理|副总|经理|厂长|院长|校长|店长|董事长|老板)$"
)
_LAST_OF_TITLE = frozenset("生士姐太人志师授医计任管监裁理总长板")
_NO_WORD = re.compile(r"[\W_]+")
_KOREAN_FORM = re.compile("주식회사|유한회사")
_COMMA_NAME = re.compile(r"([^,()]+), ?([^,()]+)")


class Name(NamedTuple):
    """A name as it is shown and as it is compared.

    Parameters
    ----------
    shown : str or None
        Tidied name; None when the text says that there is none.
    key : str or None
        Lower case, simplified characters, no accents, brackets, legal form and leading place; the branch stays.
    legal_form : str or None
        Legal form of a company.
    region : str or None
        Place that was split off.
    branch : str or None
        Branch such as ``上海分公司``.
    """

    shown: str | None = None
    key: str | None = None
    legal_form: str | None = None
    region: str | None = None
    branch: str | None = None


def parse_name(text: str, kind: str | None = None) -> Name:
    """Read a customer's name.

    Parameters
    ----------
    text : str
    kind : {"company", "person"}, optional
        What the customer is; judged by the name when not given.

    Returns
    -------
    Name

    Examples
    --------
    >>> parse_name("华为技术（深圳）有限公司")
    Name(shown='华为技术(深圳)有限公司', key='华为技术', legal_form='有限公司', region='深圳', branch=None)
    >>> parse_name("ACME Trading Co., Ltd.").key, parse_name("Smith, John", "person").key
    ('acme trading', 'john smith')
    """
    shown = tidy_name(text)
    if is_nameless(shown):
        return Name()
    plain = simplify(shown[: 2 * _LONGEST_KEY])
    if "(" in plain:
        plain = write_out(_REMARK.sub("", plain))
    if not has_cjk(plain) and _KOREAN_FORM.search(plain) is None:
        name = _read_latin(plain, kind)
    elif kind == "person":
        name = _read_person_in_chinese(plain.lower())
    else:
        name = _read_chinese(plain.lower())
    key = (name.key or plain.lower())[:_LONGEST_KEY].strip() or None
    return Name(shown, key, name.legal_form or None, name.region or None, name.branch or None)


def _read_person_in_chinese(plain: str) -> Name:
    bare = plain if plain.isalnum() else _NO_WORD.sub("", plain)
    return Name(key=_without_title(bare))


def _without_title(name: str) -> str:
    return _CHINESE_TITLE.sub("", name) if name[-1:] in _LAST_OF_TITLE else name


def _read_chinese(plain: str) -> Name:
    plain, region = plain if plain.isalnum() else _NOT_CJK_OR_WORD.sub("", plain), ""
    if "(" in plain:
        plain, region = _take_place_in_brackets(plain)
    head, branch = split_branch(plain.replace("(", "").replace(")", ""))
    core, form = split_chinese_form(head)
    place, core = split_leading_place(core) if form or branch or len(core) > 4 else ("", core)
    if not form and not branch:
        core = _without_title(core)
    return Name(key=core + branch, legal_form=form, region=place or region, branch=branch)


def _read_latin(shown: str, kind: str | None) -> Name:
    plain, region = _take_place_in_brackets(shown.lower())
    swapped = _COMMA_NAME.fullmatch(plain) if kind != "company" else None
    if swapped and _is_given_name(_tokens(swapped[2]), kind):
        plain = f"{' '.join(_without_degrees(['', *_tokens(swapped[2])]))} {swapped[1]}"
    tokens = _tokens(plain)
    if kind == "person":
        return Name(key=" ".join(_without_degrees(_without(_TITLES, tokens))))
    sure = kind == "company" or has_company_word(tokens) or _has_letters_of_a_form(shown, tokens)
    tokens, branch = split_latin_branch(tokens)
    tokens, form = split_latin_form(tokens, sure=sure)
    tokens = _without({"the"} if form or branch or sure else _TITLES, tokens)
    return Name(key=" ".join(tokens + branch), legal_form=form, region=region, branch=" ".join(branch))


def _without(words: Collection[str], tokens: list[str]) -> list[str]:
    """Drop leading words, but never the last one."""
    while len(tokens) > 1 and tokens[0] in words:
        tokens = tokens[1:]
    return tokens


def _without_degrees(tokens: list[str]) -> list[str]:
    """Drop what follows a person's name, such as a degree, but never the last word."""
    while len(tokens) > 2 and tokens[-1] in _DEGREES:
        tokens = tokens[:-1]
    return tokens


def _is_given_name(tokens: list[str], kind: str | None) -> bool:
    """Tell whether the words after a comma are a given name, not a legal form or a degree."""
    if kind == "person":
        return not set(tokens) <= _DEGREES
    return not has_company_word(["", *tokens]) and not is_form(tokens) and not set(tokens) <= _DEGREES


def _has_letters_of_a_form(shown: str, tokens: list[str]) -> bool:
    """Tell whether a word is written as only legal forms are: the last dotted, in capitals or after an &."""
    first, last = shown.split(" ", 1)[0], shown.rsplit(" ", 1)[-1]
    if begins_with_form(tokens) and first.isupper() and not shown.isupper():
        return True
    return re.search(r"\w[./]\w", last) is not None or "&" in shown or (last.isupper() and not shown.isupper())


def _tokens(plain: str) -> list[str]:
    plain = _DOT_IN_ABBREVIATION.sub("", without_accents(plain)).replace("&", " and ")
    return _NO_WORD.sub(" ", plain.replace("'", "").replace("’", "")).split()


def _take_place_in_brackets(plain: str) -> tuple[str, str]:
    """Take a place such as ``(上海)`` out of a name."""
    for found in _IN_BRACKETS.finditer(plain):
        if place := as_place(found[1]):
            return plain[: found.start()] + plain[found.end() :], place
    return plain, ""
