"""Who the demo's customers truly are: companies, sole traders and persons, Chinese and American."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from custinsight.demo import codes
from custinsight.demo.chance import faker, generator, pick
from custinsight.demo.vocabulary import AMERICA, CHINA, INDUSTRIES, PARKS, ROADS, SOUND, SYLLABLES, City

AMERICAN_SHARE = 0.18
_LEGAL = ("有限公司", "有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司")
_ENGLISH_LEGAL = ("Inc.", "LLC", "Inc.", "Corp.", "Co.", "Ltd.")
_SHARES = np.array([row[1] for row in INDUSTRIES], dtype=float) / sum(row[1] for row in INDUSTRIES)


def as_dicts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries.

    Examples
    --------
    >>> as_dicts(pd.DataFrame({"a": [1]}))
    [{'a': 1}]
    """
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def make_customers(n: int, seed: int) -> pd.DataFrame:
    """Draw the true customers: one row per customer.

    Parameters
    ----------
    n : int
        Number of customers; 18 % belong to the American subsidiary.
    seed : int

    Returns
    -------
    DataFrame
        true_customer (``T00001`` …), subsidiary {CN, US}, customer_type, name, city, region, dial, division, industry,
        address, contact, mobile, phone, email, domain, tax_id, kind {plain, same_name, branch} and like (the customer
        it resembles, though it is another one).
    """
    american = round(n * AMERICAN_SHARE)
    rows = _Maker(seed, "CN").make(n - american) + _Maker(seed, "US").make(american)
    customers = pd.DataFrame(rows)
    customers.insert(0, "true_customer", [f"T{number:05d}" for number in range(1, n + 1)])
    return _add_lookalikes(customers, generator(seed, "lookalikes"))


class _Maker:
    """Draws the customers of one subsidiary."""

    def __init__(self, seed: int, subsidiary: str) -> None:
        self.subsidiary = subsidiary
        self.is_chinese = subsidiary == "CN"
        self.rng = generator(seed, f"companies {subsidiary}")
        self.fake = faker(seed, f"companies {subsidiary}", "zh_CN" if self.is_chinese else "en_US")
        self.names: set[str] = set()

    def make(self, n: int) -> list[dict[str, Any]]:
        return [self._person() if self.rng.random() < 0.1 else self._company() for _ in range(n)]

    def _base(self) -> dict[str, Any]:
        cities = CHINA if self.is_chinese else AMERICA
        # the first cities of the list are the home market
        city = cities[int(self.rng.random() ** 1.25 * len(cities))]
        return {
            "subsidiary": self.subsidiary,
            "city": city.name,
            "region": city.region,
            "dial": city.dial,
            "division": city.division,
            "contact": self.fake.name() if self.is_chinese else f"{self.fake.first_name()} {self.fake.last_name()}",
            "address": self._address(city),
            "phone": codes.landline(self.rng, city.dial) if self.is_chinese else codes.american(self.rng, city.dial),
            "mobile": codes.mobile(self.rng) if self.is_chinese else codes.american(self.rng, city.dial),
            "kind": "plain",
            "like": "",
        }

    def _company(self) -> dict[str, Any]:
        row = self._base()
        industry = INDUSTRIES[int(self.rng.choice(len(INDUSTRIES), p=_SHARES))]
        name, domain, kind = self._chinese_name(row, industry) if self.is_chinese else self._english_name(industry)
        local = pick(self.rng, ("purchasing", "caigou", "info", "office", "finance", "sales"))
        tax_id = (
            codes.credit_code(self.rng, row["division"], kind=kind)
            if self.is_chinese
            else codes.employer_number(self.rng)
        )
        row |= {"customer_type": "company", "name": name, "industry": industry[0], "tax_id": tax_id}
        return row | {"email": f"{local}@{domain}.example.com", "domain": domain}

    def _chinese_name(self, row: dict[str, Any], industry: tuple[str, int, str, str]) -> tuple[str, str, str]:
        """Draw a name, a mail domain and the kind of register (91 companies, 92 sole traders)."""
        while True:
            first, second = pick(self.rng, SYLLABLES), pick(self.rng, SYLLABLES)
            brand, trade, city = first + second, pick(self.rng, industry[2].split()), row["city"]
            shape = self.rng.random()
            if shape < 0.08:
                name, kind = f"{city}{brand}{pick(self.rng, ('五金经营部', '机电商行', '加工厂'))}", "92"
            elif shape < 0.24:
                name, kind = f"{brand}（{city}）{trade}有限公司", "91"
            else:
                name, kind = f"{city}{brand}{trade}{pick(self.rng, _LEGAL)}", "91"
            if name not in self.names and first != second:
                self.names.add(name)
                return name, f"{SOUND[first]}{SOUND[second]}-{row['division']}", kind

    def _english_name(self, industry: tuple[str, int, str, str]) -> tuple[str, str, str]:
        while True:
            surname, other = self.fake.last_name(), self.fake.last_name()
            brand = f"{surname} & {other}" if self.rng.random() < 0.2 else surname
            name = f"{brand} {pick(self.rng, industry[3].split(','))} {pick(self.rng, _ENGLISH_LEGAL)}"
            if name not in self.names:
                self.names.add(name)
                return name, f"{surname.lower()}{self.rng.integers(10, 99)}", ""

    def _person(self) -> dict[str, Any]:
        row = self._base()
        email = f"{self.fake.user_name()}{self.rng.integers(100, 999)}@mail.example.com"
        row |= {"customer_type": "person", "name": row["contact"], "industry": "", "tax_id": "", "email": email}
        return row | {"domain": ""}

    def _address(self, city: City) -> str:
        number = int(self.rng.integers(1, 900))
        if not self.is_chinese:
            return f"{number} {self.fake.street_name()}, {city.name}"
        if self.rng.random() < 0.4:
            return f"{city.name}市{pick(self.rng, PARKS)}{pick(self.rng, ROADS)}{number}号{self.rng.integers(1, 20)}栋"
        return f"{city.name}市{pick(self.rng, ROADS)}{number}号"


def _add_lookalikes(customers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Turn some customers into namesakes in another city, and into branches with their head office's name and phone."""
    companies = (customers["subsidiary"] == "CN") & customers["tax_id"].str.startswith("91")
    named = customers.index[companies & customers["name"].str.endswith("公司")].to_numpy()
    chosen = rng.permutation(named)
    n = max(2, len(customers) // 150)
    for role, models, copies in (
        ("same_name", chosen[:n], chosen[n : 2 * n]),
        ("branch", chosen[2 * n : 3 * n], chosen[3 * n : 4 * n]),
    ):
        for model, copy in zip(models, copies, strict=False):
            original = customers.loc[model]
            if customers.loc[copy, "city"] == original["city"]:
                continue
            customers.loc[copy, ["kind", "like"]] = [role, original["true_customer"]]
            if role == "same_name":
                customers.loc[copy, "name"] = original["name"]
                continue
            customers.loc[copy, "name"] = f"{original['name']}{customers.loc[copy, 'city']}分公司"
            customers.loc[copy, ["phone", "email", "domain", "industry"]] = original[
                ["phone", "email", "domain", "industry"]
            ]
    return customers
