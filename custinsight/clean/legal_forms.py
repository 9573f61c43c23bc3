"""Legal forms of companies in Chinese, English and common European languages, and branches of a company."""

from __future__ import annotations

import re

# longest first: a form must not leave a part of a longer one behind
_CHINESE = (
    "集团股份有限公司:集团 集团有限责任公司:集团 集团有限公司:集团 集团公司:集团 "
    "控股股份有限公司:控股 控股有限公司:控股 "
    "股份有限责任公司: 股份有限公司: 有限责任公司: 责任有限公司: 股份公司: 有限公司: 总公司: 公司: "
    "有限合伙企业: 有限合伙: 普通合伙企业: 普通合伙: 合伙企业: "
    "农民专业合作社: 专业合作社: 个体工商户: 个人独资企业: 个人独资: 株式会社: 有限会社: 合同会社: 股份: 有限:"
)
_CHINESE_FIRST = ("株式会社", "有限会社", "合同会社", "주식회사", "유한회사")
_ABBREVIATED = {"(株)": "株式会社", "(有)": "有限会社", "(주)": "주식회사", "(유)": "유한회사"}
_CHINESE_FORMS = tuple((form, kept) for form, kept in (word.split(":") for word in _CHINESE.split()))
_CANONICAL = {
    "有限责任公司": "有限公司",
    "责任有限公司": "有限公司",
    "有限": "有限公司",
    "集团有限责任公司": "集团有限公司",
    "股份有限责任公司": "股份有限公司",
    "股份公司": "股份有限公司",
    "股份": "股份有限公司",
    "有限合伙企业": "有限合伙",
    "普通合伙企业": "普通合伙",
}
_LAST_CHARACTERS = frozenset(form[-1] for form, _ in _CHINESE_FORMS)
_BRANCH = "分公司|子公司|分行|支行|分店|分厂|分部|分所|分院|营业部|办事处|门店|经销处"
_BRANCH_AFTER_FORM = re.compile(rf"(.{{2,}}?(?:公司|合伙企业|有限合伙|集团))(.{{0,24}}?(?:{_BRANCH}))")
_BRANCH_ALONE = re.compile(rf"(.{{4,}}?)([^()]{{0,8}}(?:{_BRANCH}))")

# written as tokens in lower case without dots and accents
_LATIN = """
co ltd|coltd|co limited|company limited|pty ltd|pte ltd|pvt ltd|private limited|limited company|ltd co|plc ltd
ltd|limited|inc|incorporated|corp|corporation|llc|l l c|llp|lllp|plc|pllc|company|ulc|clg|cic
gmbh|ggmbh|gmbh co kg|gmbh & co kg|gmbh und co kg|gmbh co kgaa|gmbh co ohg|gesmbh|ges mbh|ag co kg|ag und co kg
se co kg|se co kgaa|ug co kg|ug haftungsbeschrankt|mbh|kgaa|ohg|e k|ek|e kfm|e v|ev|partg|partgmbb|egbr
sarl|sarlu|sasu|eurl|snc|scs|societe anonyme|societe a responsabilite limitee|scop|scrl|sprl|srl|srls|s r l|sapa
sociedad anonima|sociedad limitada|sa de cv|s de rl de cv|s de rl|sapi de cv|sab de cv|sl|slu|slne|slp
lda|unipessoal lda|sgps|ltda|eireli|societa per azioni|soc coop|scarl
bvba|cvba|vof|nv sa|sa nv|ab publ|publ ab|oyj|oy ab|ab oy|aps|ivs|p s|k s|ehf|ohf
sp z oo|sp z o o|sp zoo|spolka z oo|spolka z ograniczona odpowiedzialnoscia|spolka akcyjna|sp k|sp j|sp z oo sp k
sro|s r o|spol s r o|spol s ro|spol sro|v o s|a s|kft|zrt|nyrt|doo|d o o|d d|eood|ood|ead|uab|osauhing|epe
ooo|oao|zao|pao|jsc|pjsc|ojsc|cjsc|sdn bhd|bhd|kk|a s ti|anonim sirketi|ltd sti|limited sirketi|tbk
ооо|оао|зао|пао
"""
# short words that are names too: only taken off a name that is surely a company's
_LATIN_SHORT = (
    "co|ag|kg|se|ug|sa|as|ab|nv|bv|oy|lp|sas|spa|hf|cie|cia|rt|bt|kb|hb|pt|pc|na|ad|ae|ао|sc|sca|cv|gbr|eg|"
    "sia|ou|dd|ky|ans|ike|sau|dac|vos|tmi|asa"
)
# some languages put the form first
_LATIN_FIRST = frozenset(["ooo", "oao", "zao", "pao", "uab", "sia", "pt", "cv", "ооо", "оао", "зао", "пао"])
_FORMS = {tuple(form.split()) for form in re.split(r"[|\n]", _LATIN.strip())}
_SHORT_FORMS = {(form,) for form in _LATIN_SHORT.split("|")}
_LONGEST = max(map(len, _FORMS))
_COMPANY_WORDS = (
    "group holding holdings international industries industrial trading technology technologies tech systems "
    "solutions services logistics enterprises partners associates consulting engineering electronics manufacturing "
    "bank university hospital hotel school institute stores supply foods motors labs laboratories pharma "
    "pharmaceuticals"
)
_SURE_WORDS = frozenset(_COMPANY_WORDS.split())


def split_chinese_form(name: str) -> tuple[str, str]:
    """Split the legal form off a Chinese company name; 集团 stays, it tells companies apart.

    Returns
    -------
    core, form : str
        ``form`` in its usual wording, '' when the name has none.

    Examples
    --------
    >>> split_chinese_form("华东贸易有限责任公司"), split_chinese_form("海尔集团公司"), split_chinese_form("张三")
    (('华东贸易', '有限公司'), ('海尔集团', '集团公司'), ('张三', ''))
    """
    if "会社" in name or "회사" in name:
        for form in _CHINESE_FIRST:
            for core in (name.removeprefix(form), name.removesuffix(form)):
                if core != name and len(core) >= 2:
                    return core.strip(), form
    for form, kept in _CHINESE_FORMS if name[-1:] in _LAST_CHARACTERS else ():
        if name.endswith(form):
            core = name.removesuffix(form) + kept
            return (core, _CANONICAL.get(form, form)) if len(core) >= 2 + len(kept) else (name, "")
    return name, ""


def write_out(name: str) -> str:
    """Write an abbreviated Japanese or Korean form at either end of a name in full.

    Examples
    --------
    >>> write_out("(株)日立"), write_out("삼성(주)")
    ('株式会社日立', '삼성주식회사')
    """
    for short, form in _ABBREVIATED.items():
        if name.startswith(short):
            return form + name.removeprefix(short)
        if name.endswith(short):
            return name.removesuffix(short) + form
    return name


def split_branch(name: str) -> tuple[str, str]:
    """Split a branch off a Chinese company name: it is the same legal person and another customer.

    Returns
    -------
    head, branch : str
        ``branch`` is '' when the name is no branch's.

    Examples
    --------
    >>> split_branch("华为技术有限公司上海分公司"), split_branch("华为技术有限公司"), split_branch("招商银行上海分行")
    (('华为技术有限公司', '上海分公司'), ('华为技术有限公司', ''), ('招商银行', '上海分行'))
    """
    found = _BRANCH_AFTER_FORM.fullmatch(name)
    if found is None and (alone := _BRANCH_ALONE.fullmatch(name)) and len(alone[2]) > 2:
        found = alone
    return (found[1], found[2]) if found else (name, "")


def split_latin_branch(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Split a branch off a name in Latin letters: what follows the legal form, or the last two words.

    Examples
    --------
    >>> split_latin_branch(["acme", "ltd", "new", "york", "branch"]), split_latin_branch(["acme", "london", "branch"])
    ((['acme', 'ltd'], ['new', 'york', 'branch']), (['acme'], ['london', 'branch']))
    """
    if len(tokens) < 3 or tokens[-1] != "branch":
        return tokens, []
    ends = [n for n in range(1, len(tokens) - 1) if (tokens[n],) in _FORMS]
    cut = max(ends) + 1 if ends else len(tokens) - 2
    return tokens[:cut], tokens[cut:]


def split_latin_form(tokens: list[str], *, sure: bool) -> tuple[list[str], str]:
    """Split legal forms off the end of a name in Latin letters.

    Parameters
    ----------
    tokens : list of str
        Words in lower case without dots and accents.
    sure : bool
        The name is surely a company's, so that short forms which are also names (Sa, Ag, Co) are forms.

    Returns
    -------
    tokens, form : list of str, str

    Examples
    --------
    >>> split_latin_form(["acme", "trading", "co", "ltd"], sure=False)
    (['acme', 'trading'], 'co ltd')
    >>> split_latin_form(["maria", "sa"], sure=False)
    (['maria', 'sa'], '')
    >>> split_latin_form(["uab", "baltic", "foods"], sure=False)
    (['baltic', 'foods'], 'uab')
    """
    forms: list[str] = []
    if begins_with_form(tokens) and ((tokens[0],) in _FORMS or sure):
        forms, tokens = [tokens[0]], tokens[1:]
    while taken := _form_length(tokens, sure=sure or bool(forms)):
        forms.insert(0, " ".join(tokens[-taken:]))
        tokens = tokens[:-taken]
        while len(tokens) > 1 and tokens[-1] in ("&", "and", "und", "et"):
            tokens = tokens[:-1]
    return tokens, " ".join(forms)


def is_form(tokens: list[str]) -> bool:
    """Tell whether words are a legal form and nothing else.

    Examples
    --------
    >>> is_form(["co", "ltd"]), is_form(["sa"]), is_form(["john"])
    (True, True, False)
    """
    return bool(tokens) and _form_length(["", *tokens], sure=True) == len(tokens)


def begins_with_form(tokens: list[str]) -> bool:
    """Tell whether the first of several words is a form that some languages put first, such as UAB or PT.

    Examples
    --------
    >>> begins_with_form(["pt", "astra"]), begins_with_form(["astra", "pt"])
    (True, False)
    """
    return len(tokens) > 1 and tokens[0] in _LATIN_FIRST


def _form_length(tokens: list[str], *, sure: bool) -> int:
    for n in range(min(_LONGEST, len(tokens) - 1), 0, -1):
        tail = tuple(tokens[-n:])
        if tail in _FORMS or (sure and tail in _SHORT_FORMS):
            return n
    return 0


def has_company_word(tokens: list[str]) -> bool:
    """Tell whether words hold one that only companies have in their names.

    Examples
    --------
    >>> has_company_word(["acme", "trading"]), has_company_word(["acme", "ltd"]), has_company_word(["john", "smith"])
    (True, True, False)
    """
    first = begins_with_form(tokens) and (tokens[0],) in _FORMS
    return first or not _SURE_WORDS.isdisjoint(tokens) or any((token,) in _FORMS for token in tokens[1:])
