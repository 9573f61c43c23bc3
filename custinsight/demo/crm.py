"""The CRM of the demo: a second system with its own numbers that describes largely the same customers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from custinsight.demo.chance import faker, generator, pick
from custinsight.demo.companies import as_dicts, make_customers
from custinsight.demo.purchases import EXPORTED, START
from custinsight.demo.records import RecordWriter
from custinsight.demo.variants import vary_name

CONTACTS = 0.4
"""Records of the CRM per customer of the ERP."""

KINDS = {"电话": 0.5, "拜访": 0.2, "邮件": 0.15, "会议": 0.05, "商机": 0.1}
STAGES = ("初步接洽", "需求确认", "报价", "谈判", "赢单", "输单")
_PROBABILITY = (10, 25, 50, 75, 100, 0)
_OUTCOMES = ("已接通", "无人接听", "需再联系", "有意向", "暂无需求")
_SUBJECTS = ("询价跟进", "新品介绍", "合同续签", "账期沟通", "现场技术支持", "节日问候", "交付确认", "试用反馈")


def make_contacts(customers: pd.DataFrame, rates: pd.DataFrame, first_order: pd.Series, seed: int) -> pd.DataFrame:
    """Write the CRM's records: one row per record.

    Parameters
    ----------
    customers, rates, first_order
        As in :func:`custinsight.demo.records.make_records`.
    seed : int

    Returns
    -------
    DataFrame
        source_system ``CRM``, source_id, true_customer, role {main, contact, prospect}, customer (row of
        ``customers``, -1 for a prospect), parent_id and the fields of a record. A contact is a person of a company
        that has a record too, both being one customer; a prospect has never bought and is in no ERP.
    """
    rng = generator(seed, "crm")
    n = round(len(customers) * CONTACTS)
    sizes = (rates["rate"] * rates["mean_spend"]).to_numpy() ** 0.4
    known = rng.choice(len(customers), size=round(n * 0.8), replace=False, p=sizes / sizes.sum())
    prospects = make_customers(n - len(known) - round(n * 0.08), seed + 1).assign(kind="plain", owner_id="")
    writer, people = _ContactWriter(seed), as_dicts(customers)
    rows = [
        writer.write(people[place], first_order.iloc[place]) | {"customer": int(place), "role": "main"}
        for place in np.sort(known)
    ]
    companies = [row for row in rows if row["customer_type"] == "company"]
    for row in [companies[i] for i in np.sort(rng.permutation(len(companies))[: round(n * 0.08)])]:
        rows.append(writer.person_of(row))
    for prospect in as_dicts(prospects):
        row = writer.write(prospect, pd.NaT)
        rows.append(row | {"customer": -1, "role": "prospect", "true_customer": row["true_customer"].replace("T", "P")})
    return _number(pd.DataFrame(rows))


def _number(contacts: pd.DataFrame) -> pd.DataFrame:
    """Number records by their day; a person's record names its company's number."""
    contacts = contacts.sort_values(["created_date", "role"], kind="stable", ignore_index=True)
    contacts["source_id"] = [f"CT{100_037 + 7 * i}" for i in range(len(contacts))]
    contacts["source_system"] = "CRM"
    main = contacts[contacts["role"] == "main"].set_index("true_customer")["source_id"]
    contacts["parent_id"] = np.where(contacts["role"] == "contact", contacts["true_customer"].map(main), "")
    return contacts


class _ContactWriter:
    """Writes CRM records as salespeople key them in: other habits than in the ERP, fewer tax numbers, more mobiles."""

    def __init__(self, seed: int) -> None:
        self.rng = generator(seed, "contacts")
        self.hand = RecordWriter(seed, "second hand")
        self.fake = faker(seed, "contacts", "zh_CN")

    def write(self, customer: dict[str, Any], first_order: Any) -> dict[str, Any]:
        rng = self.rng
        name, variant = customer["name"], "same"
        if rng.random() < 0.45:
            name, variant = vary_name(name, customer["city"], rng)
        if pd.isna(first_order):
            first_order = pd.Timestamp(START) + pd.Timedelta(days=int(rng.integers(60, 1080)))
        earliest = pd.Timestamp(START) + pd.Timedelta(days=int(rng.integers(45)))
        latest = pd.Timestamp(EXPORTED) - pd.Timedelta(days=12)
        created = min(max(first_order + pd.Timedelta(days=int(rng.integers(-60, 200))), earliest), latest)
        fields = self.hand.second_hand(customer, sure=0.97)
        return fields | {
            "true_customer": customer["true_customer"],
            "variant": variant,
            "name": name,
            "customer_type": customer["customer_type"],
            "industry": customer["industry"],
            "region": customer["region"],
            "city": customer["city"],
            "owner_id": customer["owner_id"],
            "created_date": created,
            "updated_at": min(created + pd.Timedelta(days=int(rng.exponential(250))), pd.Timestamp(EXPORTED)),
            "source_channel": pick(rng, ("展会", "转介绍", "网站", "名片", "电话拓展")),
            "consent": pick(rng, ("是", "是", "否", "")),
        }

    def person_of(self, company: dict[str, Any]) -> dict[str, Any]:
        """Write the buyer of a company down once more, as a record of its own."""
        contact = company["contact"] if company["contact"] != "李工" else self.fake.name()
        created = company["created_date"] + pd.Timedelta(days=int(self.rng.integers(0, 12)))
        own = {"role": "contact", "variant": "contact", "name": contact, "customer_type": "person", "contact": contact}
        return company | own | {"tax_id": "", "industry": "", "created_date": created}


def make_activities(contacts: pd.DataFrame, staff: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw calls, visits, mails, meetings and opportunities: one row per activity.

    Returns
    -------
    DataFrame
        activity_id, contact (row of ``contacts``), date, kind, owner_id, subject, outcome, next_date, and for
        opportunities stage, amount (CNY), probability (percent), close_date, lost_reason.
    """
    rng = generator(seed, "activities")
    main = np.flatnonzero(contacts["role"] != "contact")
    count = rng.poisson(rng.gamma(1.5, 4.5, len(main)))
    contact = np.repeat(main, count)
    created = contacts["created_date"].to_numpy()[contact]
    span = (np.datetime64(EXPORTED) - created).astype("timedelta64[D]").astype(int)
    date = created + (rng.random(len(contact)) * span).astype("timedelta64[D]")
    frame = pd.DataFrame({"contact": contact, "date": pd.to_datetime(date)}).sort_values(
        ["date", "contact"], ignore_index=True
    )
    n = len(frame)
    owners = contacts["owner_id"].to_numpy()[frame["contact"]]
    frame["owner_id"] = np.where(owners == "", rng.choice(staff["owner_id"], size=n), owners)
    frame["kind"] = rng.choice(list(KINDS), p=list(KINDS.values()), size=n)
    frame["subject"] = rng.choice(_SUBJECTS, size=n)
    frame["outcome"] = rng.choice(_OUTCOMES, size=n)
    frame["next_date"] = (frame["date"] + pd.to_timedelta(rng.integers(7, 60, n), unit="D")).where(rng.random(n) < 0.4)
    frame.insert(0, "activity_id", [f"A{2_200_001 + i}" for i in range(n)])
    return _add_opportunities(frame, rng)


def _add_opportunities(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(frame)
    is_opportunity = (frame["kind"] == "商机").to_numpy()
    stage = np.minimum(rng.integers(0, 8, n), 5)
    amount = (np.exp(rng.normal(9.6, 0.9, n)) / 100).round() * 100
    frame["stage"] = np.where(is_opportunity, np.array(STAGES, dtype=object)[stage], "")
    frame["amount"] = np.where(is_opportunity, amount, np.nan)
    frame["probability"] = np.where(is_opportunity, np.array(_PROBABILITY)[stage], np.nan)
    close = frame["date"] + pd.to_timedelta(rng.integers(20, 120, n), unit="D")
    frame["close_date"] = close.where(is_opportunity)
    reasons = rng.choice(["价格", "交期", "无预算", "选择竞品"], size=n)
    frame["lost_reason"] = np.where(is_opportunity & (stage == 5), reasons, "")
    return frame


def make_complaints(lines: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw complaints and satisfaction scores of the Chinese customers: one row per case.

    Parameters
    ----------
    lines : DataFrame
        Invoice lines with record_id, by date.
    seed : int

    Returns
    -------
    DataFrame
        case_id, record_id, date, kind {投诉, 满意度}, score (1–5, for scores), category, severity, text, status,
        responded, resolved (NaT where open).
    """
    rng = generator(seed, "complaints")
    chosen = lines[(lines["kind"] == "invoice") & ~lines["american"] & (rng.random(len(lines)) < 0.02)]
    n = len(chosen)
    date = chosen["date"] + pd.to_timedelta(rng.integers(2, 20, n), unit="D")
    frame = pd.DataFrame({"record_id": chosen["record_id"].to_numpy(), "date": date.to_numpy()})
    frame = frame[frame["date"] <= pd.Timestamp(EXPORTED)].sort_values(["date", "record_id"], ignore_index=True)
    n = len(frame)
    is_complaint = rng.random(n) < 0.6
    frame.insert(0, "case_id", [f"FK{i + 1:05d}" for i in range(n)])
    frame["kind"] = np.where(is_complaint, "投诉", "满意度")
    frame["score"] = np.where(is_complaint, np.nan, rng.choice([1, 2, 3, 4, 5], p=[0.04, 0.08, 0.2, 0.4, 0.28], size=n))
    category = rng.choice(["质量", "交期", "物流破损", "发票", "服务态度"], p=[0.35, 0.3, 0.15, 0.12, 0.08], size=n)
    frame["category"] = np.where(is_complaint, category, "")
    frame["severity"] = np.where(is_complaint, rng.choice(["高", "中", "低"], p=[0.2, 0.5, 0.3], size=n), "")
    texts = rng.choice(["到货数量不符", "包装破损, 要求换货", "催促发货", "发票抬头有误", "规格与订单不一致"], size=n)
    frame["text"] = np.where(is_complaint, texts, "回访")
    frame["responded"] = (frame["date"] + pd.to_timedelta(rng.integers(0, 4, n), unit="D")).where(is_complaint)
    resolved = frame["date"] + pd.to_timedelta(np.exp(rng.normal(2.2, 0.8, n)).astype(int) + 1, unit="D")
    closed = is_complaint & (resolved <= pd.Timestamp(EXPORTED)).to_numpy() & (rng.random(n) < 0.93)
    frame["resolved"] = resolved.where(closed)
    frame["status"] = np.where(closed | ~is_complaint, "已关闭", "处理中")
    return frame
