"""The demo company's exports, still clean: which file has which columns, in the words of which system."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from custinsight.demo.finance import SNAPSHOTS, VAT
from custinsight.demo.sheets import Row, Sheet, rows_of
from custinsight.demo.world import WALK_IN, World

_INVOICE_COLUMNS = (
    "单据编号 行号 单据类型 单据日期 客户编码 客户名称 存货编码 存货名称 存货分类 数量 单位 无税金额 税额 价税合计 "
    "成本金额 币种 汇率 业务员编码 部门 渠道 单据状态 原发票号"
)
INVOICE_HEADER = tuple(_INVOICE_COLUMNS.split())
_STATUS = {"posted": "已审核", "draft": "草稿", "void": "作废"}
_US_STATUS = {"正常": "Active", "冻结": "On hold", "停用": "Inactive"}
_US_SOURCES = {"展会": "Trade fair", "转介绍": "Referral", "网站": "Web", "电话拓展": "Cold call"}
_US_CHANNELS = {"直销": "Direct", "网上商城": "Web shop", "经销": "Dealer", "电话": "Phone"}


def make_sheets(world: World) -> list[Sheet]:
    """Lay out all exports of the company, one sheet per file, in the order of the plan."""
    return [
        _erp_customers(world),
        _us_customers(world),
        _crm_contacts(world),
        *(_invoices(world, year) for year in (2022, 2023, 2024)),
        _us_invoices(world),
        _activities(world),
        _complaints(world),
        *(_receivables(world, day) for day in SNAPSHOTS),
        _us_receivables(world),
        _staff(world),
        _targets(world),
    ]


def days(dates: pd.Series, shape: str = "%Y-%m-%d") -> list[str]:
    """Write dates as text; nothing where there is none."""
    return [str(text) for text in dates.dt.strftime(shape).fillna("")]


def money(values: Iterable[float]) -> list[str]:
    """Write amounts with two decimals."""
    return [f"{value:.2f}" for value in values]


def _dates(dates: pd.Series) -> list[object]:
    return [None if pd.isna(day) else day.date() for day in dates]


def _staff_column(world: World, owners: pd.Series, column: str) -> list[str]:
    return list(owners.map(world.staff.set_index("owner_id")[column]).fillna(""))


def _erp_customers(world: World) -> Sheet:
    r = world.records[world.records["source_system"] == "ERP"]
    columns = {
        "客户编码": r["source_id"],
        "客户名称": r["name"],
        "客户类型": r["customer_type"].map({"company": "企业", "person": "个人"}),
        "客户分类": r["group"],
        "所属行业": r["industry"],
        "大区": r["region"],
        "城市": r["city"],
        "地址": r["address"],
        "纳税人识别号": r["tax_id"],
        "联系人": r["contact"],
        "手机": r["mobile"],
        "电话": r["phone"],
        "邮箱": r["email"],
        "业务员编码": r["owner_id"],
        "业务员": _staff_column(world, r["owner_id"], "owner_name"),
        "部门": _staff_column(world, r["owner_id"], "department"),
        "建档日期": days(r["created_date"]),
        "最后修改": days(r["updated_at"]),
        "状态": r["status"],
        "信用额度": money(r["credit_limit"]),
        "账期天数": r["payment_days"].astype(str),
        "来源": r["source_channel"],
    }
    rows = rows_of(list(columns.values()))
    counter = {
        "客户编码": WALK_IN,
        "客户名称": "柜台现金销售",
        "客户类型": "个人",
        "建档日期": "2022-01-01",
        "状态": "正常",
    }
    rows.insert(0, Row([counter.get(name, "") for name in columns], is_soiled=True))
    return Sheet("erp_customers", "erp_customers.csv", tuple(columns), rows, encoding="gb18030")


def _us_customers(world: World) -> Sheet:
    r = world.records[world.records["source_system"] == "US"]
    columns = {
        "Customer No.": r["source_id"],
        "Name": r["name"],
        "Type": r["customer_type"].map({"company": "Company", "person": "Individual"}),
        "Class": r["group"],
        "Industry": r["industry"],
        "Territory": r["region"],
        "City": r["city"],
        "Address": r["address"],
        "Country": ["US"] * len(r),
        "EIN": r["tax_id"],
        "Contact": r["contact"],
        "Mobile": r["mobile"],
        "Phone": r["phone"],
        "Email": r["email"],
        "Account Manager": r["owner_id"],
        "Since": _dates(r["created_date"]),
        "Last Changed": days(r["updated_at"], "%m/%d/%Y"),
        "Status": r["status"].map(_US_STATUS),
        "Credit Limit (CNY)": r["credit_limit"],
        "Terms (days)": r["payment_days"],
        "Lead Source": r["source_channel"].map(_US_SOURCES),
    }
    titles = ("Lanstone Supplies Inc. - Customer Master", "Printed 01/13/2025")
    return Sheet("us_customers", "us_customers.xlsx", tuple(columns), rows_of(list(columns.values())), titles=titles)


def _crm_contacts(world: World) -> Sheet:
    c = world.contacts
    kind = c["customer_type"].map({"company": "公司", "person": "个人"}).where(c["role"] != "contact", "联系人")
    columns = {
        "客户编号": c["source_id"],
        "记录类型": kind,
        "名称": c["name"],
        "上级编号": c["parent_id"],
        "行业": c["industry"],
        "大区": c["region"],
        "城市": c["city"],
        "地址": c["address"],
        "统一社会信用代码": c["tax_id"],
        "联系人": c["contact"],
        "手机": c["mobile"],
        "固定电话": c["phone"],
        "电子邮箱": c["email"],
        "负责人": c["owner_id"],
        "创建时间": _dates(c["created_date"]),
        "更新时间": _dates(c["updated_at"]),
        "来源": c["source_channel"],
        "同意营销": c["consent"],
    }
    return Sheet("crm_contacts", "crm_contacts.xlsx", tuple(columns), rows_of(list(columns.values())))


def _invoices(world: World, year: int) -> Sheet:
    """Invoices of one year; the last export also holds what was booked after the year's end."""
    shape = {2022: "%Y-%m-%d", 2023: "%Y/%m/%d", 2024: "%Y-%m-%d %H:%M:%S"}[year]
    booked = world.lines["date"].dt.year.clip(upper=2024)
    lines = world.lines[(booked == year) & ~world.lines["american"]]
    columns = _invoice_columns(world, lines, shape)
    layout = {
        2022: {"path": "invoices_2022.csv", "encoding": "gb18030"},
        2023: {"path": "invoices_2023.csv", "encoding": "utf-8-sig"},
        2024: {"path": "invoices_2024.txt", "encoding": "utf-16", "delimiter": "\t"},
    }[year]
    return Sheet(f"invoices_{year}", header=INVOICE_HEADER, rows=rows_of(columns), **layout)  # type: ignore[arg-type]


def _invoice_columns(world: World, lines: pd.DataFrame, shape: str) -> list[Iterable[object]]:
    products = world.products.iloc[lines["product"]]
    names = world.records[world.records["source_system"] == "ERP"].set_index("source_id")["name"]
    tax = (lines["net"] * VAT).round(2)
    return [
        lines["doc_id"],
        lines["line_no"].astype(str),
        lines["kind"].map({"invoice": "销售发票", "return": "销售退货"}),
        days(lines["date"], shape),
        lines["record_id"],
        lines["record_id"].map(names).fillna("柜台现金销售"),
        products["product_id"],
        products["name_zh"],
        products["category"],
        lines["quantity"].astype(str),
        products["unit_zh"],
        money(lines["net"]),
        money(tax),
        money(lines["net"] + tax),
        money(lines["cost"]),
        lines["currency"],
        [f"{rate:.4f}" for rate in lines["fx_rate"]],
        lines["owner_id"],
        _staff_column(world, lines["owner_id"], "department"),
        lines["channel"],
        lines["status"].map(_STATUS),
        lines["return_of"],
    ]


def _us_invoices(world: World) -> Sheet:
    lines = world.lines[world.lines["american"]]
    products = world.products.iloc[lines["product"]]
    text, amount = pa.string(), pa.float64()
    columns = {
        "InvoiceNo": (lines["doc_id"], text),
        "LineNo": (lines["line_no"], pa.int32()),
        "Type": (lines["kind"].map({"invoice": "Invoice", "return": "Credit Memo"}), text),
        "InvoiceDate": (_dates(lines["date"]), pa.date32()),
        "CustomerNo": (lines["record_id"], text),
        "ItemNo": (products["product_id"], text),
        "Description": (products["name_en"], text),
        "Category": (products["category"], text),
        "Quantity": (lines["quantity"].astype(float), amount),
        "Unit": (products["unit_en"], text),
        "NetAmount": (lines["net"], amount),
        "Cost": (lines["cost"], amount),
        "Currency": (lines["currency"], text),
        "RateToCNY": (lines["fx_rate"], amount),
        "SalesRep": (lines["owner_id"], text),
        "Channel": (lines["channel"].map(_US_CHANNELS), text),
        "Status": (lines["status"].map({"posted": "Posted", "draft": "Draft", "void": "Void"}), text),
        "AppliesTo": (lines["return_of"], text),
    }
    rows = rows_of([values for values, _ in columns.values()])
    types = {name: kind for name, (_, kind) in columns.items()}
    return Sheet("us_invoices", "us_invoices.parquet", tuple(columns), rows, types=types)


def _activities(world: World) -> Sheet:
    a = world.activities
    columns = {
        "活动编号": a["activity_id"],
        "客户编号": world.contacts["source_id"].to_numpy()[a["contact"]],
        "日期": days(a["date"]),
        "类型": a["kind"],
        "负责人": a["owner_id"],
        "主题": a["subject"],
        "结果": a["outcome"],
        "下次跟进": days(a["next_date"]),
        "阶段": a["stage"],
        "预计金额": ["" if np.isnan(value) else f"{value:.2f}" for value in a["amount"]],
        "赢率": ["" if np.isnan(value) else f"{value / 100:.2f}" for value in a["probability"]],
        "预计成交": days(a["close_date"]),
        "输单原因": a["lost_reason"],
    }
    rows = rows_of(list(columns.values()))
    return Sheet("crm_activities", "crm_activities.csv", tuple(columns), rows, delimiter=";", newline="\n")


def _complaints(world: World) -> Sheet:
    c = world.complaints
    scored = c["score"].notna()
    columns = {
        "工单号": c["case_id"],
        "客户编码": c["record_id"],
        "日期": days(c["date"]),
        "类型": c["kind"],
        "评分": c["score"].map("{:.0f}".format).where(scored, ""),
        "满分": np.where(scored, "5", ""),
        "问题分类": c["category"],
        "严重程度": c["severity"],
        "描述": c["text"],
        "状态": c["status"],
        "首次响应": days(c["responded"]),
        "解决日期": days(c["resolved"]),
    }
    return Sheet("complaints", "complaints.csv", tuple(columns), rows_of(list(columns.values())), newline="\n")


def _receivables(world: World, day: str) -> Sheet:
    """Open items of the parent company, in CNY, as its ledger shows them."""
    r = world.receivables
    r = r[(r["as_of"] == pd.Timestamp(day)) & ~r["american"]]
    names = world.records[world.records["source_system"] == "ERP"].set_index("source_id")["name"]
    columns = {
        "发票号": r["doc_id"],
        "客户编码": r["record_id"],
        "客户名称": r["record_id"].map(names).fillna(""),
        "发票日期": _dates(r["date"]),
        "到期日": _dates(r["due"]),
        "应收金额": (r["gross"] * r["fx_rate"]).round(2),
        "未收金额": (r["open"] * r["fx_rate"]).round(2),
        "收款日期": _dates(r["paid"]),
        "争议": r["disputed"],
    }
    titles = ("应收账款明细表（本位币）", f"截止日期: {day}")
    name = f"receivables_{pd.Period(day, 'Q')}"
    return Sheet(name, f"应收账款_{day}.xlsx", tuple(columns), rows_of(list(columns.values())), titles=titles)


def _us_receivables(world: World) -> Sheet:
    r = world.receivables[world.receivables["american"]]
    shape = "%m/%d/%Y"
    columns = {
        "Invoice": r["doc_id"],
        "Customer No.": r["record_id"],
        "Invoice Date": days(r["date"], shape),
        "Due Date": days(r["due"], shape),
        "Amount": money(r["gross"]),
        "Open": money(r["open"]),
        "Paid": days(r["paid"], shape),
        "Disputed": r["disputed"].map({"是": "Y", "否": "N"}),
        "Currency": r["currency"],
        "As Of": days(r["as_of"], shape),
    }
    return Sheet("us_receivables", "us_receivables.csv", tuple(columns), rows_of(list(columns.values())))


def _staff(world: World) -> Sheet:
    s = world.staff
    columns = {
        "员工编号": s["owner_id"],
        "姓名": s["owner_name"],
        "部门": s["department"],
        "大区": s["region"],
        "上级": s["manager_id"],
    }
    return Sheet("sales_staff", "sales_staff.csv", tuple(columns), rows_of(list(columns.values())), encoding="gbk")


def _targets(world: World) -> Sheet:
    t = world.targets
    columns = {
        "业务员编码": t["owner_id"],
        "业务员": _staff_column(world, t["owner_id"], "owner_name"),
        "期间": t["period"],
        "目标收入": t["revenue_target"],
    }
    return Sheet("targets", "targets.xlsx", tuple(columns), rows_of(list(columns.values())))
