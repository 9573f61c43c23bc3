"""A Chinese customer file whose truth is known: companies of Faker, written in several systems as people write them.

The rules: each company stands once or more in two systems; its name is written in full, without legal form, without
region, abbreviated, with the region in brackets, in traditional characters, full-width, with a homophone or a slip;
phone, e-mail, tax number, address and contact may be missing, old, or a placeholder. Hard negatives: sister companies
(same brand, other trade or other city) that share a switchboard or an address, and branches with the tax number or
the contact of their head office. ``truth`` says which company a record is; sisters and branches are companies of
their own.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

_TRADES = [
    "贸易",
    "科技",
    "机械",
    "电子",
    "物流",
    "食品",
    "化工",
    "建材",
    "医药",
    "纺织",
    "五金",
    "网络科技",
    "信息技术",
    "自动化设备",
    "新材料",
    "环保工程",
    "印刷包装",
    "汽车配件",
    "服饰",
    "家具",
    "塑胶制品",
    "精密模具",
    "广告传媒",
    "餐饮管理",
    "装饰工程",
    "农业开发",
    "能源",
    "电气",
    "仪器仪表",
    "进出口",
]
_FORMS = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
_PLACEHOLDERS = ("13800000000", "无", "N/A", "000000")
_SAME_SOUND = {
    "华": "骅铧", "东": "冬", "信": "芯", "达": "答", "利": "力立",
    "丰": "峰锋", "海": "醢", "天": "添", "宏": "鸿弘", "远": "苑",
    "新": "欣鑫", "创": "怆", "科": "柯", "易": "益义", "通": "童",
    "盛": "晟圣", "泰": "态", "和": "禾合", "恒": "衡", "鼎": "顶",
    "众": "仲", "诚": "成程", "佳": "嘉家", "浩": "昊皓", "思": "斯",
    "诺": "懦", "凌": "灵", "云": "芸", "时": "实", "银": "吟",
    "趋": "区", "双": "霜", "兰": "蓝", "飞": "非", "巨": "聚",
    "奥": "澳", "图": "途", "迪": "笛", "毅": "艺", "超": "抄",
}  # fmt: skip
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_KEPT = {"mobile": 0.72, "phone": 0.45, "email": 0.5, "tax_id": 0.5, "address": 0.7, "contact_name": 0.65, "city": 0.8}
_CHANGED = {"mobile": 0.12, "phone": 0.05, "email": 0.12, "address": 0.08, "contact_name": 0.15}


@lru_cache(maxsize=1)
def _traditional() -> object:
    from opencc import OpenCC

    return OpenCC("s2t").convert


def make_companies(rows: int, *, seed: int = 1) -> tuple[pd.DataFrame, dict[str, str]]:
    """Make about as many records as asked for, and which company each is.

    Parameters
    ----------
    rows : int
    seed : int

    Returns
    -------
    customers : pandas.DataFrame
        customer_id, source_system, source_id, customer_name, mobile, phone, email, tax_id, contact_name, city,
        address.
    truth : dict of str to str
        customer_id to company.
    """
    rng = np.random.default_rng(seed)
    companies = _Companies(rng, seed, rows)
    written: list[dict[str, str | None]] = []
    number = 0
    while len(written) < rows:
        for company in companies.family(number):
            times = int(rng.choice([1, 2, 3, 4], p=[0.62, 0.25, 0.09, 0.04]))
            written += [_write(company, rng, companies, first=n == 0) for n in range(times)]
        number += 1
    frame = pd.DataFrame(written[:rows])
    frame = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
    frame.insert(0, "source_id", [f"{n:08d}" for n in range(len(frame))])
    frame.insert(0, "customer_id", frame["source_system"] + ":" + frame["source_id"])
    truth = dict(zip(frame["customer_id"], frame.pop("company"), strict=True))
    return frame, truth


class _Companies:
    """Families of companies: a company, at times with sisters or branches."""

    def __init__(self, rng: np.random.Generator, seed: int, rows: int) -> None:
        from faker import Faker

        Faker.seed(seed)
        fake = Faker("zh_CN")
        self.rng = rng
        few = max(500, min(rows // 4, 20_000))
        brands = sorted({_brand(fake.company()) for _ in range(few)})
        # arrays: a list would be made one at each draw
        self.cities = np.array(sorted({fake.city_name() for _ in range(600)}))
        self.brands = np.array(brands)
        self.letters = np.array(sorted({letter for brand in brands for letter in brand}))
        self.people = np.array([fake.name() for _ in range(few)])
        self.streets = np.array(sorted({fake.street_name() for _ in range(few)}))

    def family(self, number: int) -> list[dict[str, str]]:
        rng = self.rng
        head = self.company(f"{number}", self.brand(), str(rng.choice(_TRADES)), str(rng.choice(self.cities)))
        family, kind = [head], rng.random()
        if kind < 0.12:
            for n in range(int(rng.integers(1, 4))):
                trade = head["trade"] if rng.random() < 0.5 else str(rng.choice(_TRADES))
                city = head["city"] if trade != head["trade"] else str(rng.choice(self.cities))
                sister = self.company(f"{number}.s{n}", head["brand"], trade, city)
                family.append(sister | {name: head[name] for name in ("phone", "domain") if rng.random() < 0.5})
        elif kind < 0.2:
            for n in range(int(rng.integers(1, 4))):
                city = str(rng.choice(self.cities))
                branch = self.company(f"{number}.b{n}", head["brand"], head["trade"], city)
                branch |= {name: head[name] for name in ("domain", "contact_name") if rng.random() < 0.4}
                name = head["customer_name"] + city + "分公司"
                family.append(branch | {"customer_name": name, "branch": city + "分公司", "form": head["form"]})
        return family

    def brand(self) -> str:
        # brands of the lists, and, as in life, ever new ones: two to four characters
        if self.rng.random() < 0.35:
            return str(self.rng.choice(self.brands))
        return "".join(self.rng.choice(self.letters, int(self.rng.choice([2, 3, 4], p=[0.45, 0.35, 0.2]))))

    def company(self, number: str, brand: str, trade: str, city: str) -> dict[str, str]:
        rng = self.rng
        form = str(rng.choice(_FORMS))
        return {
    "company": number, "brand": brand, "trade": trade, "city": city, "form": form,
    "branch": "",
            "customer_name": f"{city}{brand}{trade}{form}", "tax_id": credit_code(rng), **self.contact(),
            "phone": f"0{rng.integers(310, 999)}-{rng.integers(2, 9)}{rng.integers(10**6):06d}",
    "domain": "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 7)) + ".com",
            "address": f"{city}{rng.choice(self.streets)}{rng.integers(1, 900)}号",
        }  # fmt: skip

    def contact(self) -> dict[str, str]:
        mobile = f"1{self.rng.choice([38, 39, 37, 86, 50, 58, 77, 99])}{self.rng.integers(10**8):08d}"
        return {"contact_name": str(self.rng.choice(self.people)), "mobile": mobile}


def _brand(company: str) -> str:
    for ending in ("有限公司", "信息", "科技", "网络", "传媒"):
        company = company.removesuffix(ending)
    return company


def credit_code(rng: np.random.Generator) -> str:
    """Make a unified social credit code with its check character (GB 32100)."""
    body = [9, 1, *(int(digit) for digit in f"{rng.choice([110105, 310115, 320583, 440305, 330106])}")]
    body += rng.integers(10, size=9).tolist()
    check = -sum(digit * pow(3, place, 31) for place, digit in enumerate(body)) % 31
    return "".join(_CREDIT[digit] for digit in [*body, check])


def _write(
    company: dict[str, str], rng: np.random.Generator, companies: _Companies, *, first: bool
) -> dict[str, str | None]:
    """Write one record of a company as one of two systems has it."""
    record: dict[str, str | None] = {
        "source_system": "ERP" if rng.random() < 0.6 else "CRM",
        "company": company["company"],
        "customer_name": company["customer_name"] if first and rng.random() < 0.7 else _name(company, rng),
    }
    values = company | {"email": f"{rng.choice(['info', 'sales', 'zhang', 'li', 'wang'])}@{company['domain']}"}
    for name, kept in _KEPT.items():
        record[name] = values[name] if rng.random() < kept else None
    for name, changed in _CHANGED.items():
        if record[name] and not first and rng.random() < changed:
            record[name] = _change(name, company, rng, companies)
    if record["mobile"] is None and rng.random() < 0.3:
        record["mobile"] = str(rng.choice(_PLACEHOLDERS))
    if record["address"] and rng.random() < 0.3:
        record["address"] = record["address"].replace("号", f"号{rng.integers(1, 30)}楼")
    return record


def _change(name: str, company: dict[str, str], rng: np.random.Generator, companies: _Companies) -> str:
    other = companies.contact()
    if name in other:
        return other[name]
    if name == "address":
        return f"{company['city']}{rng.choice(companies.streets)}{rng.integers(1, 900)}号"
    if name == "email":
        return f"u{rng.integers(10**7)}@{rng.choice(['163.com', 'qq.com', '126.com'])}"
    return f"0{rng.integers(310, 999)}-{rng.integers(2, 9)}{rng.integers(10**6):06d}"


def _name(company: dict[str, str], rng: np.random.Generator) -> str:
    """Write a company's name as people do."""
    city, brand, trade, form, branch = (company[part] for part in ("city", "brand", "trade", "form", "branch"))
    ways = {
        "full": f"{city}{brand}{trade}{form}",
        "no_region": f"{brand}{trade}{form}",
        "brackets": f"{brand}{trade}（{city}）{form}",
        "no_form": f"{city}{brand}{trade}",
        "short": f"{brand}{trade}",
        "abbreviated": f"{city}{brand}{trade[:2]}公司",
        "brand": f"{city}{brand}",
    }
    text = ways[str(rng.choice(list(ways), p=[0.24, 0.18, 0.12, 0.14, 0.14, 0.1, 0.08]))]
    chance = rng.random()
    if chance < 0.08:
        text = _sound_alike(text, brand, rng)
    elif chance < 0.16:
        text = _traditional()(text)  # type: ignore[operator]
    elif chance < 0.22:
        text = " ".join([text[:2], text[2:]]).translate({ord("("): "（", ord(" "): "\u3000"})
    elif chance < 0.3:
        text = _slip(text, brand, rng)
    return text + branch


def _sound_alike(text: str, brand: str, rng: np.random.Generator) -> str:
    there = [letter for letter in brand if letter in _SAME_SOUND]
    if not there:
        return text
    letter = str(rng.choice(there))
    return text.replace(letter, str(rng.choice(list(_SAME_SOUND[letter]))), 1)


def _slip(text: str, brand: str, rng: np.random.Generator) -> str:
    place = text.find(brand) + int(rng.integers(len(brand)))
    if rng.random() < 0.4:
        return text[:place] + text[place + 1 :]
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]
