"""Customer records as the systems hold them: each true customer once, some twice, written differently."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from custinsight.demo import codes
from custinsight.demo.chance import generator
from custinsight.demo.companies import as_dicts
from custinsight.demo.purchases import END, EXPORTED
from custinsight.demo.variants import full_width, spoil_code, vary_name, write_phone

DUPLICATES = 0.08
"""Share of the ERP's records that are a second or third record of a customer."""

TERMS = (0, 30, 30, 45, 60, 90)
SYSTEMS = {"CN": "ERP", "US": "US"}


def make_records(customers: pd.DataFrame, rates: pd.DataFrame, first_order: pd.Series, seed: int) -> pd.DataFrame:
    """Write the customers down as the two ERP systems hold them: one row per record.

    Parameters
    ----------
    customers : DataFrame
        From :func:`custinsight.demo.companies.make_customers`, with owner_id.
    rates : DataFrame
        From :func:`custinsight.demo.purchases.draw_rates`, same rows.
    first_order : Series of datetime64
        Day of each customer's first order, same rows; NaT where there is none.
    seed : int

    Returns
    -------
    DataFrame
        source_system {ERP, US}, source_id (six digits, the same numbers in both systems), customer (row of
        ``customers``), true_customer, role {main, duplicate}, variant, then the fields of a customer record.
    """
    writer = RecordWriter(seed)
    typical = (rates["rate"] * rates["mean_spend"]).to_numpy()
    rows = []
    people = as_dicts(customers)
    for place, customer in enumerate(people):
        created = writer.created(first_order.iloc[place])
        rows.append(writer.main(customer, typical[place], created) | {"customer": place})
    for place in writer.doubled(customers):
        rows.append(writer.duplicate(people[place], rows[place]) | {"customer": int(place)})
    records = pd.DataFrame(rows).sort_values(["source_system", "created_date"], kind="stable", ignore_index=True)
    number = records.groupby("source_system").cumcount()
    records["source_id"] = [f"{101 + 3 * i:06d}" for i in number]
    return records


class RecordWriter:
    """Writes records; every habit of the people who keyed them in is here.

    Parameters
    ----------
    seed : int
    topic : str
        Name of the random stream.
    """

    def __init__(self, seed: int, topic: str = "records") -> None:
        self.rng = generator(seed, topic)

    def created(self, first_order: pd.Timestamp) -> pd.Timestamp:
        """Day on which a record was made: up to six weeks before the first order."""
        if pd.isna(first_order):
            return pd.Timestamp("2022-01-05") + pd.Timedelta(
                days=int(self.rng.integers((END - END.replace(year=2022)).days))
            )
        return first_order - pd.Timedelta(days=int(self.rng.integers(1, 43)))

    def doubled(self, customers: pd.DataFrame) -> np.ndarray:
        """Rows of the customers that have a further record; a few have two."""
        n = round(len(customers) * DUPLICATES / (1 - DUPLICATES))
        plain = np.flatnonzero(customers["kind"] == "plain")
        chosen = self.rng.permutation(plain)[:n]
        chosen[: n // 20] = chosen[n // 20 : 2 * (n // 20)]
        return np.sort(chosen)

    def main(self, customer: dict[str, Any], typical: float, created: pd.Timestamp) -> dict[str, Any]:
        """Key a customer in for the first time; ``typical`` is its spend a week (CNY)."""
        rng = self.rng
        tax_id = customer["tax_id"] if rng.random() > 0.1 else ""
        if tax_id and rng.random() < 0.02:
            tax_id = spoil_code(tax_id, rng)
        group = "重点 Key" if typical > 900 else "普通 Standard" if typical > 120 else "小微 Small"
        updated = min(pd.Timestamp(EXPORTED), created + pd.Timedelta(days=int(rng.exponential(400))))
        return {
            "source_system": SYSTEMS[customer["subsidiary"]],
            "true_customer": customer["true_customer"],
            "role": "main",
            "variant": "",
            "name": customer["name"],
            "customer_type": customer["customer_type"],
            "industry": customer["industry"],
            "group": group,
            "region": customer["region"],
            "city": customer["city"],
            "address": self._keep(customer["address"], 0.92),
            "tax_id": tax_id,
            "contact": self._keep(customer["contact"], 0.9),
            "mobile": write_phone(self._keep(customer["mobile"], 0.85), rng),
            "phone": write_phone(self._keep(customer["phone"], 0.75), rng),
            "email": self._keep(customer["email"], 0.7),
            "owner_id": customer["owner_id"],
            "created_date": created,
            "updated_at": updated,
            "status": "停用" if rng.random() < 0.03 else "冻结" if rng.random() < 0.015 else "正常",
            "credit_limit": max(5000, round(typical * 26 / 5000) * 5000) if customer["tax_id"] else 0,
            "payment_days": TERMS[int(rng.integers(len(TERMS)))] if customer["tax_id"] else 0,
            "source_channel": ("展会", "转介绍", "网站", "电话拓展")[int(rng.integers(4))],
        }

    def duplicate(self, customer: dict[str, Any], main: dict[str, Any]) -> dict[str, Any]:
        """Key a customer in a second time, some months later, from an order form or a business card."""
        rng = self.rng
        name, variant = vary_name(customer["name"], customer["city"], rng)
        if rng.random() < 0.15:
            name, variant = customer["name"], "same"
        days = int(rng.integers(20, 500))
        created = min(main["created_date"] + pd.Timedelta(days=days), pd.Timestamp(END))
        record = main | {
            "role": "duplicate",
            "variant": variant,
            "name": name,
            "created_date": created,
            "updated_at": created,
            "status": "正常",
            "owner_id": main["owner_id"] if rng.random() < 0.75 else "",
        }
        return record | self.second_hand(customer, sure=0.94)

    def second_hand(self, customer: dict[str, Any], sure: float) -> dict[str, Any]:
        """Fields as somebody else wrote them down; with probability ``sure`` at least one number is right."""
        rng = self.rng
        tax_id = self._keep(customer["tax_id"], 0.5)
        if tax_id and rng.random() < 0.12:
            tax_id = spoil_code(tax_id, rng)
        elif tax_id and rng.random() < 0.1:
            tax_id = full_width(tax_id)
        mobile = self._keep(customer["mobile"], 0.55)
        phone = self._keep(customer["phone"], 0.5)
        if not (mobile or phone or codes.is_credit_code(tax_id)) and rng.random() < sure:
            mobile = customer["mobile"]
        same_person = rng.random() < 0.7 or customer["customer_type"] == "person"
        chinese = customer["subsidiary"] == "CN"
        return {
            "tax_id": tax_id,
            "mobile": write_phone(mobile, rng, plain=0.3) if same_person else "",
            "phone": write_phone(phone or (customer["phone"] if not same_person else ""), rng, plain=0.3),
            "email": self._keep(customer["email"], 0.4),
            "contact": customer["contact"] if same_person else ("李工" if chinese else "Purchasing dept."),
            "address": self._keep(customer["address"].replace("市", "", 1), 0.6),
        }

    def _keep(self, value: str, share: float) -> str:
        """Return the value, or nothing: fields are left empty."""
        return value if self.rng.random() < share else ""
