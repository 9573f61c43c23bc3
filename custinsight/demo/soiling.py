"""Which dirt lies in which master file of the demo: customers, contacts, activities, complaints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any

from custinsight.demo.chance import generator
from custinsight.demo.dirt import SERIAL_DAY_0, Soiler, chinese_date
from custinsight.demo.sheets import Formula, Padded, Sheet
from custinsight.demo.variants import full_width

BELL, ZERO_WIDTH, NBSP, RIGHT_TO_LEFT = "\x07", "\u200b", "\u00a0", "\u202e"
HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example","点我")',
    "+86贸易商行",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3五金店",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{=1+1}",
    "{{7*7}}机电",
    f"正规{RIGHT_TO_LEFT}司公限有",
    "'; DROP TABLE customers; --",
)


def soil_erp_customers(sheet: Sheet, seed: int, alone: Collection[str]) -> None:
    """Soil the Chinese customer file.

    Parameters
    ----------
    sheet : Sheet
    seed : int
    alone : collection of str
        Numbers of customers that have one record only and may be renamed.
    """
    soiler = Soiler(sheet, generator(seed, "dirt erp_customers"))

    def is_alone(row: dict[str, Any]) -> bool:
        return row["客户编码"] in alone

    soiler.note("gb18030_file", None, as_="kept")
    rename: dict[str, Any] = {"where": is_alone, "right": str}
    soiler.change("null_like_name", "客户名称", ["NA", "None", "nan"], **rename)
    soiler.change("hostile_name", "客户名称", HOSTILE_NAMES, **rename)
    soiler.change("four_byte_character", "客户名称", ["赵㛃", "𠮷田五金（苏州）有限公司"], **rename)
    soiler.change("zero_width", "客户名称", lambda name: name[:2] + ZERO_WIDTH + name[2:])
    soiler.change("no_break_space", "客户名称", lambda name: NBSP + name + NBSP)
    soiler.change("full_width", "手机", full_width, where=lambda row: row["手机"].isdigit())
    soiler.change("blanks_in_code", "纳税人识别号", lambda code: f"{code[:6]} {code[6:]}", where=_has("纳税人识别号"))
    soiler.change("lower_case_code", "纳税人识别号", str.lower, where=_has("纳税人识别号"))
    soiler.change("legacy_tax_number", "纳税人识别号", lambda code: code[2:17], where=_has("纳税人识别号"), right=str)
    soiler.change("placeholder_phone", "手机", ["00000000000"] * 6, right=lambda _: "", as_="flagged", code="BAD_PHONE")
    soiler.change("bad_phone", "电话", ["无", "123", "待补"], right=lambda _: "", as_="flagged", code="BAD_PHONE")
    soiler.change(
        "bad_email", "邮箱", ["caigou@", "无", "a@b@example.com"], right=lambda _: "", as_="flagged", code="BAD_EMAIL"
    )
    _swap(soiler, "手机", "邮箱")
    soiler.change("short_date", "建档日期", lambda day: day.replace("-0", "-").replace("-", "/"))
    soiler.change("compact_date", "建档日期", lambda day: day.replace("-", ""))
    soiler.change("chinese_date", "建档日期", chinese_date)
    sentinel: dict[str, Any] = {"right": lambda _: "", "as_": "flagged", "code": "SENTINEL_DATE"}
    soiler.change("sentinel_date", "建档日期", ["1900-01-01", "9999-12-31"], **sentinel)
    soiler.change("sentinel_date", "最后修改", ["9999-12-31", "1900-01-01"], **sentinel)
    soiler.change("future_date", "最后修改", ["2031-03-01"], right=str)
    soiler.change("unknown_value", "状态", ["待审", "??"], right=lambda _: "", as_="flagged", code="UNKNOWN_VALUE")
    control: dict[str, Any] = {"as_": "flagged", "code": "CONTROL_CHARACTER"}
    soiler.change("control_character", "客户名称", lambda name: f"{name[:3]}{BELL}{name[3:]}\x00", **control)
    soiler.change_raw("trailing_comma", lambda line: line + ",")
    soiler.change("currency_sign", "信用额度", lambda amount: f"￥{float(amount):,.2f}")
    soiler.change("full_width", "信用额度", full_width)
    for row in soiler.choose(2):
        copy = soiler.add("repeated_row", {"客户编码": row.cells[0]}, as_="flagged", code="DUPLICATE_ROW")
        copy.cells = list(row.cells)
    _reject_erp_customers(soiler)


def _reject_erp_customers(soiler: Soiler) -> None:
    new = (f"99{number:04d}" for number in range(1, 100))
    for name in ("", "   ", "NULL"):
        soiler.add("missing_name", {"客户编码": next(new), "客户名称": name}, code="MISSING_REQUIRED")
    soiler.add("missing_id", {"客户编码": ""}, code="MISSING_REQUIRED")
    for code in ("1.23E+17", "9.90001E+05"):
        soiler.add("lossy_id", {"客户编码": code}, code="LOSSY_ID")
    for _ in range(3):
        soiler.add_raw("ragged_row", {"客户编码": next(new)}, lambda line: line.rsplit(",", 4)[0], code="RAGGED_ROW")
        address = {"客户编码": next(new), "地址": "创业路|路8号"}
        soiler.add_raw("unclosed_quote", address, lambda line: line.replace("创业路|", '"创业'), code="UNCLOSED_QUOTE")


def soil_us_customers(sheet: Sheet, seed: int, alone: Collection[str]) -> None:
    """Soil the American customer file: what only a spreadsheet can hold."""
    soiler = Soiler(sheet, generator(seed, "dirt us_customers"))
    soiler.note("title_rows", None, as_="kept")
    rename: dict[str, Any] = {"where": lambda row: row["Customer No."] in alone, "right": str}
    soiler.change("null_like_name", "Name", ["N/A", "None"], **rename)
    soiler.change(
        "hostile_name", "Name", ["=1+1", "http://evil.example/x", "<b>Bold</b> LLC", "=cmd|' /C calc'!A0"], **rename
    )
    as_number: dict[str, Any] = {"right": lambda cell: f"{cell.value:06d}", "as_": "flagged", "code": "PADDED_ID"}
    soiler.change("padded_number", "Customer No.", lambda code: Padded(int(code), 6), n=2, **as_number)
    soiler.change("text_date", "Since", lambda day: f"{day:%m/%d/%Y}", n=5)
    soiler.change(
        "sentinel_date", "Since", [dt.date(1900, 1, 1)], right=lambda _: "", as_="flagged", code="SENTINEL_DATE"
    )
    soiler.change("unknown_value", "Status", ["???"], right=lambda _: "", as_="flagged", code="UNKNOWN_VALUE")
    for row in soiler.choose(2):
        row.is_hidden = True
        soiler.note("hidden_row", row, as_="flagged", code="HIDDEN_ROW")
    soiler.add(
        "formula_empty", {"Customer No.": "990001", "Name": Formula("=VLOOKUP(A5,Old!A:B,2,0)")}, code="FORMULA_EMPTY"
    )
    soiler.add("formula_error", {"Customer No.": "990002", "Name": Formula("=NA()", "#N/A")}, code="FORMULA_EMPTY")
    soiler.add("lossy_id", {"Customer No.": 1.23e17}, code="LOSSY_ID")
    soiler.add("missing_name", {"Customer No.": "990003", "Name": ""}, code="MISSING_REQUIRED")


def soil_crm_contacts(sheet: Sheet, seed: int) -> None:
    """Soil the CRM's file: numbers that lost digits, dates as bare numbers, hidden rows, formulas."""
    soiler = Soiler(sheet, generator(seed, "dirt crm_contacts"))
    for row in sheet.rows:
        if row.cells[sheet.place("记录类型")] == "联系人":
            soiler.note("contact_and_company", row, as_="kept")
    soiler.change("serial_date", "创建时间", lambda day: (day - SERIAL_DAY_0).days, n=5)
    soiler.change("chinese_date", "创建时间", chinese_date, n=4)
    soiler.change("compact_date", "创建时间", lambda day: f"{day:%Y%m%d}")
    sentinel: dict[str, Any] = {"right": lambda _: "", "as_": "flagged", "code": "SENTINEL_DATE"}
    soiler.change("sentinel_date", "更新时间", [dt.date(9999, 12, 31), "1900-01-01"], **sentinel)
    soiler.change(
        "phone_as_number", "手机", int, n=8, where=lambda row: row["手机"].isdigit() and row["手机"].isascii()
    )
    soiler.change("zero_width", "名称", lambda name: name[:1] + ZERO_WIDTH + name[1:])
    soiler.change("trailing_blank", "客户编号", lambda code: f"{code}{NBSP}")
    for row in soiler.choose(3):
        row.is_hidden = True
        soiler.note("hidden_row", row, as_="flagged", code="HIDDEN_ROW")
    lossy: dict[str, Any] = {"right": lambda _: "", "as_": "flagged", "code": "LOSSY_ID"}
    soiler.change("lossy_tax_id", "统一社会信用代码", [913205060123456784.0, "9.1320506E+17"], **lossy)
    soiler.change(
        "control_character", "名称", lambda name: f"{name[:2]}{BELL}{name[2:]}", as_="flagged", code="CONTROL_CHARACTER"
    )
    soiler.change("unknown_value", "记录类型", ["部门"], right=lambda _: "", as_="flagged", code="UNKNOWN_VALUE")
    soiler.add("lossy_id", {"客户编号": 2.0230115e17}, code="LOSSY_ID")
    soiler.add("formula_empty", {"客户编号": "CT900001", "名称": Formula("=客户!B2")}, code="FORMULA_EMPTY")
    soiler.add(
        "formula_error", {"客户编号": "CT900002", "名称": Formula("=VLOOKUP(A9,A:B,2,0)", "#N/A")}, code="FORMULA_EMPTY"
    )
    soiler.add("missing_id", {"客户编号": ""}, code="MISSING_REQUIRED")


def soil_activities(sheet: Sheet, seed: int) -> None:
    """Soil the log of calls and visits, whose fields are separated by semicolons."""
    soiler = Soiler(sheet, generator(seed, "dirt crm_activities"))
    soiler.note("semicolon_delimiter", None, as_="kept")
    soiler.change("delimiter_in_text", "主题", lambda text: f"{text}; 样品已寄", right=str)
    soiler.change("quotes_in_text", "主题", lambda text: f'客户称"{text}"', right=str)
    sentinel: dict[str, Any] = {"right": lambda _: "", "as_": "flagged", "code": "SENTINEL_DATE"}
    soiler.change("sentinel_date", "下次跟进", ["9999-12-31"] * 3, **sentinel)
    soiler.change("chinese_date", "日期", chinese_date)
    soiler.change("short_date", "日期", lambda day: day.replace("-0", "-").replace("-", "/"))
    new = (f"A99{number:05d}" for number in range(100))
    for day in ("01/02/2024", "24-1-5"):
        soiler.add("ambiguous_date", {"活动编号": next(new), "日期": day}, code="AMBIGUOUS_DATE")
    soiler.add("bad_date", {"活动编号": next(new), "日期": "昨天"}, code="BAD_DATE")
    soiler.add("unknown_value", {"活动编号": next(new), "类型": "其他"}, code="UNKNOWN_VALUE")
    soiler.add("missing_id", {"活动编号": next(new), "客户编号": ""}, code="MISSING_REQUIRED")
    soiler.add_raw("ragged_row", {"活动编号": next(new)}, lambda line: line.replace(";", ","), code="RAGGED_ROW")
    soiler.change_raw("trailing_comma", lambda line: line + ";")


def soil_complaints(sheet: Sheet, seed: int) -> None:
    """Soil the complaints: text over several lines, hostile text, null dates of zeros."""
    soiler = Soiler(sheet, generator(seed, "dirt complaints"))
    soiler.change("line_break_in_text", "描述", lambda text: f"{text}\n已致电客户", where=_is_complaint, right=str)
    soiler.change("hostile_text", "描述", ["<script>fetch('//evil.example')</script>", "</script><!--"], right=str)
    soiler.change("long_text", "描述", ["包装" * 20_000], right=lambda _: "", as_="flagged", code="LONG_TEXT")
    soiler.change("zero_date", "解决日期", lambda _: "00000000", where=_is_open_complaint, right=lambda _: "")
    soiler.change("bad_number", "评分", ["五分"], right=lambda _: "", as_="flagged", code="BAD_NUMBER")
    soiler.add("missing_id", {"工单号": ""}, code="MISSING_REQUIRED")
    soiler.add("sentinel_date", {"工单号": "FK99002", "日期": "1900-01-01"}, code="SENTINEL_DATE")


def _is_complaint(row: dict[str, Any]) -> bool:
    return bool(row["类型"] == "投诉")


def _is_open_complaint(row: dict[str, Any]) -> bool:
    return _is_complaint(row) and row["解决日期"] == ""


def _has(column: str) -> Callable[[dict[str, Any]], bool]:
    return lambda row: len(str(row[column])) == 18 and str(row[column]).isascii()


def _swap(soiler: Soiler, one: str, other: str) -> None:
    """Write two fields of a row into each other's column."""
    left, right = soiler.sheet.place(one), soiler.sheet.place(other)
    for row in soiler.choose(4, lambda row: bool(row[one] and row[other])):
        row.cells[left], row.cells[right] = row.cells[right], row.cells[left]
        soiler.note("wrong_column", row, one, row.cells[right], as_="kept")
        soiler.note("wrong_column", row, other, row.cells[left], as_="kept")
