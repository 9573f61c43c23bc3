"""Which dirt lies in which document file of the demo: invoices, receivables, targets."""

from __future__ import annotations

import datetime as dt
from typing import Any

from custinsight.demo.chance import generator
from custinsight.demo.dirt import SERIAL_DAY_0, Soiler, chinese_date
from custinsight.demo.sheets import Formula, Row, Sheet
from custinsight.demo.variants import full_width

_AMOUNT, _DATE, _CUSTOMER, _NUMBER = "无税金额", "单据日期", "客户编码", "单据编号"
_NOTHING = {"数量": "0", _AMOUNT: "0.00", "税额": "0.00", "价税合计": "0.00", "成本金额": "0.00"}
ORPHAN = "088888"
"""A customer number that is in no customer file."""


def _is_return(row: dict[str, Any]) -> bool:
    return str(row[_AMOUNT]).startswith("-")


def _is_large(row: dict[str, Any]) -> bool:
    return float(row[_AMOUNT]) >= 1000


def soil_invoices(sheet: Sheet, seed: int) -> None:
    """Soil one year's invoices; each year has been exported by another hand."""
    year = int(sheet.source[-4:])
    soiler = Soiler(sheet, generator(seed, f"dirt {sheet.source}"))
    _note_documents(soiler)
    {2022: _soil_2022, 2023: _soil_2023, 2024: _soil_2024}[year](soiler)


def _note_documents(soiler: Soiler) -> None:
    """Enter what the company itself did: drafts, voided documents, numbers given out twice."""
    place, status = soiler.sheet.place, soiler.sheet.place("单据状态")
    owner_of: dict[str, str] = {}
    for row in soiler.sheet.rows:
        if row.cells[status] != "已审核":
            kind = "draft_document" if row.cells[status] == "草稿" else "void_document"
            soiler.note(kind, row, "单据状态", row.cells[status], as_="kept")
        customer = row.cells[place(_CUSTOMER)]
        if owner_of.setdefault(row.cells[place(_NUMBER)], customer) != customer:
            soiler.note("reused_number", row, _NUMBER, row.cells[place(_NUMBER)], as_="kept")
        if row.cells[place("币种")] not in ("CNY", "USD"):
            soiler.note("foreign_currency", row, "币种", row.cells[place("币种")], as_="kept")


def _soil_2022(soiler: Soiler) -> None:
    """Amounts and dates written by hand, broken lines, and a total at the end."""
    soiler.note("gb18030_file", None, as_="kept")
    _write_amounts(soiler)
    soiler.change("short_date", _DATE, lambda day: day.replace("-0", "-").replace("-", "/"))
    soiler.change("compact_date", _DATE, lambda day: day.replace("-", ""))
    soiler.change("chinese_date", _DATE, chinese_date)
    soiler.change_raw("trailing_comma", lambda line: line + ",")
    _repeat_lines(soiler, 4)
    # rejected rows hold no amount, so that the total below is that of the rows before and after them
    new = (f"XS9922{number:04d}" for number in range(1, 100))
    soiler.add("missing_id", {**_NOTHING, _NUMBER: next(new), _CUSTOMER: ""}, code="MISSING_REQUIRED")
    soiler.add("missing_date", {**_NOTHING, _NUMBER: next(new), _DATE: ""}, code="MISSING_REQUIRED")
    soiler.add("missing_amount", {**_NOTHING, _NUMBER: next(new), _AMOUNT: ""}, code="MISSING_REQUIRED")
    soiler.add("bad_number", {**_NOTHING, _NUMBER: next(new), _AMOUNT: "见合同"}, code="BAD_NUMBER")
    for _ in range(3):
        edits = {**_NOTHING, _NUMBER: next(new)}
        soiler.add_raw("ragged_row", edits, lambda line: line.rsplit(",", 3)[0], code="RAGGED_ROW")
        named = {**edits, _NUMBER: next(new), "存货名称": "3/4|管钳"}
        soiler.add_raw(
            "unclosed_quote", named, lambda line: line.replace("3/4|管钳", '"3/4管钳'), code="UNCLOSED_QUOTE"
        )
    _add_total(soiler, ("数量", _AMOUNT, "税额", "价税合计", "成本金额"))


def _write_amounts(soiler: Soiler) -> None:
    amount = _AMOUNT
    soiler.change("thousands_separator", amount, lambda text: f"{float(text):,.2f}", n=6, where=_is_large)
    soiler.change("currency_sign", amount, lambda text: f"￥{float(text):,.2f}", n=4, where=_is_large)
    soiler.change("currency_sign", amount, lambda text: f"¥ {text}", where=_is_large)
    soiler.change("bracketed_amount", amount, lambda text: f"({text[1:]})", n=4, where=_is_return)
    soiler.change("trailing_minus", amount, lambda text: f"{text[1:]}-", n=4, where=_is_return)
    soiler.change("full_width", amount, full_width, n=4)
    soiler.change("no_break_space", amount, lambda text: f"\u00a0{text}\u00a0")


def _soil_2023(soiler: Soiler) -> None:
    """Dates that cannot be trusted, numbers that lost digits, customer numbers with invisible characters."""
    soiler.note("utf8_bom_file", None, as_="kept")
    soiler.change("full_width", _CUSTOMER, full_width)
    soiler.change("zero_width", _CUSTOMER, lambda code: f"{code}\u200b")
    soiler.change("no_break_space", _CUSTOMER, lambda code: f"{code}\u00a0")
    soiler.change("chinese_date", _DATE, lambda day: chinese_date(day.replace("/", "-")))
    soiler.change("bracketed_amount", _AMOUNT, lambda text: f"({text[1:]})", where=_is_return)
    soiler.change("currency_sign", _AMOUNT, lambda text: f"￥{float(text):,.2f}", where=_is_large)
    soiler.change("unknown_customer", _CUSTOMER, [ORPHAN] * 3, right=str, as_="flagged", code="UNKNOWN_CUSTOMER")
    _repeat_lines(soiler, 3)
    new = (f"XS9923{number:04d}" for number in range(1, 100))
    for kind, column, values, code in (
        ("ambiguous_date", _DATE, ("01/02/2024", "03/04/2023", "23-1-5"), "AMBIGUOUS_DATE"),
        ("sentinel_date", _DATE, ("1900-01-01", "9999-12-31"), "SENTINEL_DATE"),
        ("bad_date", _DATE, ("2023-02-30", "45297", "待定"), "BAD_DATE"),
        ("bad_number", _AMOUNT, ("12..5", "一千元"), "BAD_NUMBER"),
        ("formula_error", _AMOUNT, ("#VALUE!",), "FORMULA_EMPTY"),
        ("unknown_value", "单据类型", ("调拨单", "盘点"), "UNKNOWN_VALUE"),
        ("missing_currency", "币种", ("",), "MISSING_REQUIRED"),
        ("control_character", _CUSTOMER, ("0001\x0701", "0001\x0004"), "CONTROL_CHARACTER"),
        ("lossy_id", _CUSTOMER, ("1.01E+02", "1.23457E+11"), "LOSSY_ID"),
    ):
        for value in values:
            soiler.add(kind, {_NUMBER: next(new), column: value}, code=code)


def _soil_2024(soiler: Soiler) -> None:
    """A spreadsheet saved as Unicode text; late in the file somebody wrote units into the quantities."""
    soiler.note("utf16_file", None, as_="kept")
    place = soiler.sheet.place(_DATE)
    for row in soiler.sheet.rows:
        if row.cells[place] >= "2025":
            soiler.note("after_period", row, _DATE, row.cells[place][:10], as_="kept")
    soiler.change("future_date", _DATE, ["2042-05-06 00:00:00"], right=lambda day: day[:10])
    soiler.change("chinese_date", _DATE, lambda day: chinese_date(day[:10]), right=None)
    soiler.change("compact_date", _DATE, lambda day: day[:10].replace("-", ""))
    soiler.change("trailing_minus", _AMOUNT, lambda text: f"{text[1:]}-", where=_is_return)
    soiler.change("thousands_separator", _AMOUNT, lambda text: f"{float(text):,.2f}", where=_is_large)
    soiler.change("unknown_customer", _CUSTOMER, [ORPHAN] * 2, right=str, as_="flagged", code="UNKNOWN_CUSTOMER")
    new = (f"XS9924{number:04d}" for number in range(1, 100))
    late: dict[str, Any] = {"where": lambda row: row[_DATE] > "2024-11", "right": lambda _: ""}
    soiler.change("type_change", "数量", ["12箱", "3套", "约20"], **late, as_="flagged", code="BAD_NUMBER")
    soiler.add_raw("ragged_row", {_NUMBER: next(new)}, lambda line: line.rsplit("\t", 5)[0], code="RAGGED_ROW")
    soiler.add_raw(
        "unclosed_quote", {_NUMBER: next(new)}, lambda line: _open_quote(line, "\t", 7), code="UNCLOSED_QUOTE"
    )
    soiler.add("missing_id", {_NUMBER: next(new), _CUSTOMER: ""}, code="MISSING_REQUIRED")


def soil_us_invoices(sheet: Sheet, seed: int) -> None:
    """Soil the subsidiary's invoices; a typed file holds little dirt."""
    soiler = Soiler(sheet, generator(seed, "dirt us_invoices"))
    for row in sheet.rows:
        status = row.cells[sheet.place("Status")]
        if status != "Posted":
            soiler.note("draft_document" if status == "Draft" else "void_document", row, "Status", status, as_="kept")
    soiler.change("trailing_blank", "CustomerNo", lambda code: f"{code} ")
    soiler.change("unknown_customer", "CustomerNo", [ORPHAN], right=str, as_="flagged", code="UNKNOWN_CUSTOMER")
    soiler.add("missing_id", {"InvoiceNo": "SI9900001", "CustomerNo": None}, code="MISSING_REQUIRED")
    soiler.add("missing_amount", {"InvoiceNo": "SI9900002", "NetAmount": None}, code="MISSING_REQUIRED")
    soiler.add("sentinel_date", {"InvoiceNo": "SI9900003", "InvoiceDate": dt.date(1900, 1, 1)}, code="SENTINEL_DATE")


def soil_receivables(sheet: Sheet, seed: int) -> None:
    """Soil a list of open items: title rows, amounts as text, formulas without a value, a total."""
    soiler = Soiler(sheet, generator(seed, f"dirt {sheet.source}"))
    soiler.note("title_rows", None, as_="kept")
    soiler.change("currency_sign", "未收金额", lambda value: f"￥{value:,.2f}")
    soiler.change("chinese_date", "到期日", chinese_date)
    soiler.change("serial_date", "发票日期", lambda day: (day - SERIAL_DAY_0).days)
    nothing = {"应收金额": 0, "未收金额": 0}
    empty = {**nothing, "发票号": "XS9900001", "未收金额": Formula("=F9-G9")}
    soiler.add("formula_empty", empty, code="FORMULA_EMPTY")
    soiler.add(
        "formula_error", {**empty, "发票号": "XS9900002", "未收金额": Formula("=1/0", "#DIV/0!")}, code="FORMULA_EMPTY"
    )
    soiler.add("missing_id", {**nothing, "发票号": "XS9900003", "客户编码": ""}, code="MISSING_REQUIRED")
    for number, amount in enumerate(("(500.00)", "300-"), start=1):
        edits = {"发票号": f"YS{sheet.source[-4:]}{number:03d}", "应收金额": amount, "未收金额": amount}
        soiler.add("credit_balance", edits, as_="kept", code="")
    _add_total(soiler, ("应收金额", "未收金额"), as_number=True)


def soil_targets(sheet: Sheet, seed: int) -> None:
    """Put a total under the targets."""
    soiler = Soiler(sheet, generator(seed, "dirt targets"))
    soiler.add("bad_number", {"业务员编码": "S902", "目标收入": "待定"}, code="BAD_NUMBER")
    _add_total(soiler, ("目标收入",), as_number=True)


def _repeat_lines(soiler: Soiler, n: int) -> None:
    """Export some lines twice, letter for letter."""
    for row in soiler.choose(n, lambda row: row["单据状态"] == "已审核"):
        copy = soiler.add("repeated_row", {_NUMBER: row.cells[0]}, as_="flagged", code="DUPLICATE_ROW")
        copy.cells = list(row.cells)


def _add_total(soiler: Soiler, columns: tuple[str, ...], *, as_number: bool = False) -> None:
    """Append a row with the sums of the rows that are kept."""
    sheet = soiler.sheet
    rejected = {id(dirt.row) for dirt in sheet.dirt if dirt.expected == "rejected"}
    kept = [row for row in sheet.rows if id(row) not in rejected]
    cells: list[Any] = [""] * len(sheet.header)
    cells[0] = "合计"
    for column in columns:
        total = round(sum(_value(row.cells[sheet.place(column)]) for row in kept), 2)
        cells[sheet.place(column)] = total if as_number else f"{total:.2f}"
    row = Row(cells, is_soiled=True)
    sheet.rows.append(row)
    soiler.note("total_row", row, columns[0], as_="total")


def _value(cell: Any) -> float:
    """Amount of a cell, however it is written.

    Examples
    --------
    >>> [_value(text) for text in ("￥1,234.56", "(500)", "300-", "１２.５", 7)]
    [1234.56, -500.0, -300.0, 12.5, 7.0]
    """
    if not isinstance(cell, str):
        return float(cell)
    text = "".join(chr(ord(char) - 0xFEE0) if "！" <= char <= "～" else char for char in cell)
    is_negative = "(" in text or "-" in text
    digits = "".join(char for char in text if char.isdigit() or char == ".")
    return -float(digits) if is_negative else float(digits)


def _open_quote(line: str, delimiter: str, place: int) -> str:
    """Put a quote before a field and none behind it."""
    cells = line.split(delimiter)
    cells[place] = '"' + cells[place]
    return delimiter.join(cells)
