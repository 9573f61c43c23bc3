"""What the two halves of an e-mail address tell: a mistyped provider, and a function instead of a person."""

from __future__ import annotations

import functools

from rapidfuzz.distance import OSA

_PROVIDER_WORDS = (
    "gmail.com outlook.com hotmail.com yahoo.com icloud.com live.com msn.com aol.com protonmail.com googlemail.com "
    "yahoo.co.uk hotmail.co.uk yahoo.co.jp gmx.de web.de t-online.de orange.fr wanadoo.fr libero.it naver.com "
    "163.com 126.com 139.com 189.cn 188.com qq.com foxmail.com sina.com sina.cn sina.com.cn sohu.com aliyun.com "
    "yeah.net tom.com 21cn.com 263.net wo.cn"
)
_PROVIDERS = tuple(_PROVIDER_WORDS.split())
# domains of their own that are one letter away from a provider
_REAL_WORDS = (
    "mail.com email.com ymail.com gmx.com gmx.net gmx.at gmx.ch live.cn live.de live.fr live.nl yahoo.cn yahoo.ca "
    "yahoo.in outlook.cn hotmail.de hotmail.fr hotmail.it outlook.de outlook.fr me.com mac.com qq.cn 163.net "
    "vip.163.com vip.126.com vip.qq.com vip.sina.com ail.com live.ca live.it aol.de orange.de tim.com"
)
_REAL = frozenset(_REAL_WORDS.split())
# endings that no registry has, and what was meant
_ENDINGS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "comm": "com",
    "coom": "com",
    "con.cn": "com.cn",
    "cmo.cn": "com.cn",
    "comn": "com",
    "vom": "com",
    "xom": "com",
    "cpm": "com",
    "cim": "com",
    "c0m": "com",
    "ocm.cn": "com.cn",
    "nte": "net",
    "ner": "net",
    "ogr": "org",
    "orgg": "org",
    "nett": "net",
}
_ROLE_WORDS = (
    "info sales sale contact contacts admin administrator service services support office hello help helpdesk hr jobs "
    "career careers recruit marketing billing accounts accounting account finance purchasing procurement purchase "
    "buyer orders order export import enquiry enquiries inquiry mail email post postmaster webmaster hostmaster root "
    "noreply no-reply donotreply abuse security privacy legal press media pr team customerservice reception "
    "secretary kontakt vertrieb einkauf buchhaltung verwaltung contacto ventas comercial administracion contabilidad "
    "vendas compras achats commercial comptabilite direction accueil acquisti vendite amministrazione "
    "kefu xiaoshou caigou caiwu renshi zhaopin shichang yewu bangong waimao "
    "客服 销售 采购 财务 人事 招聘 市场 业务 办公室 行政 联系 服务"
)
_ROLES = frozenset(_ROLE_WORDS.split())
_SHORT = 4


def is_role(address: str) -> bool:
    """Tell whether an address is a function's, such as info@ or 客服@, not a person's.

    Examples
    --------
    >>> is_role("info@example.com"), is_role("sales02@example.com"), is_role("li.na@example.com")
    (True, True, False)
    """
    local = address.rpartition("@")[0].lower()
    return local in _ROLES or local.rstrip("0123456789._-") in _ROLES


@functools.lru_cache(maxsize=100_000)
def suggest_domain(domain: str) -> str | None:
    """Return the domain that was probably meant by a mistyped one; None when it is not.

    Parameters
    ----------
    domain : str
        In lower case.

    Examples
    --------
    >>> suggest_domain("gmial.com"), suggest_domain("1163.com"), suggest_domain("qq.con"), suggest_domain("gmail.com")
    ('gmail.com', '163.com', 'qq.com', None)
    """
    if domain in _PROVIDERS or domain in _REAL:
        return None
    mended = _mend_ending(domain)
    if mended in _PROVIDERS:
        return mended
    near = [provider for provider in _PROVIDERS if _is_near(mended, provider)]
    if len(near) == 1:
        return near[0]
    return mended if mended != domain else None


def _mend_ending(domain: str) -> str:
    ending = domain.partition(".")[2]
    while ending:
        if ending in _ENDINGS:
            return f"{domain.removesuffix(ending)}{_ENDINGS[ending]}"
        ending = ending.partition(".")[2]
    return domain


def _is_near(domain: str, provider: str) -> bool:
    """Tell whether one slip of the finger leads from a provider to a domain."""
    if OSA.distance(domain, provider, score_cutoff=1) > 1:
        return False
    # 136.com and qq.cm may be what they say: of a short name only a doubled character or a lost dot counts
    if len(provider.partition(".")[0]) >= _SHORT:
        return True
    return len(domain) > len(provider) and domain.endswith(provider) and domain[0] == provider[0]
