"""Currencies written as code, sign or name."""

from __future__ import annotations

import functools

from babel import Locale
from babel.numbers import get_territory_currencies

from custinsight.clean.text import tidy

_WORDS = {
    "CNY": "rmb cnh 元 人民币 人民币元 rmb¥ cn¥ 圆 中国元 yuan renminbi",
    "USD": "us$ usd$ 美元 美金 us_dollar us_dollars dollar_us",
    "EUR": "€ 欧元 euros",
    "GBP": "£ 英镑 sterling pound_sterling pounds_sterling stg",
    "JPY": "jp¥ 日元 日圆 円 yen",
    "HKD": "hk$ 港币 港元 港幣",
    "TWD": "nt$ ntd 新台币 台币 nt",
    "MOP": "mop$ 澳门元 澳门币",
    "SGD": "s$ sg$ 新加坡元 新币",
    "AUD": "a$ au$ 澳元 澳大利亚元",
    "CAD": "c$ ca$ 加元 加拿大元",
    "KRW": "₩ 韩元 韩币",
    "INR": "₹ rs rs.",
    "RUB": "₽ rur 卢布",
    "THB": "฿ 泰铢",
    "VND": "₫ 越南盾",
    "CHF": "sfr fr. 瑞士法郎",
}
# signs that several countries use
_SHARED_SIGNS = {"¥": ("CNY", "JPY"), "$": ("USD", "CAD", "AUD", "HKD", "SGD", "TWD", "NZD", "MXN"), "kr": ()}


def currency_code(text: str, region: str = "CN") -> str | None:
    """Return the ISO 4217 code of a currency.

    Parameters
    ----------
    text : str
        A code, a sign, or a name in English, Chinese, German, French or Spanish.
    region : str
        ISO 3166 code of the country whose ¥, $ or kr is meant.

    Returns
    -------
    str or None
        None when the currency is not known.

    Examples
    --------
    >>> currency_code("人民币"), currency_code("rmb"), currency_code("US$"), currency_code("Euro"), currency_code("?")
    ('CNY', 'CNY', 'USD', 'EUR', None)
    >>> currency_code("￥"), currency_code("¥", "JP"), currency_code("$", "CA"), currency_code("$", "DE")
    ('CNY', 'JPY', 'CAD', None)
    """
    plain = tidy(text[:60]).lower()
    if plain in _SHARED_SIGNS:
        own = get_territory_currencies(region)[-1:] if len(region) == 2 else []
        known = _SHARED_SIGNS[plain]
        return own[0] if own and (own[0] in known or (not known and own[0] in ("SEK", "DKK", "NOK", "ISK"))) else None
    return _currencies().get(plain)


@functools.lru_cache(maxsize=1)
def _currencies() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in ("en", "zh", "de", "fr", "es"):
        names = Locale(language).currencies
        codes.update({code.lower(): code for code in names})
        for code, name in names.items():
            codes.setdefault(name.lower(), code)
    for code, words in _WORDS.items():
        codes.update({word.replace("_", " "): code for word in words.split()})
    return codes
