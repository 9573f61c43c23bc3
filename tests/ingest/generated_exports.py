"""Dirty exports made by chance, and what has to come out of them, told by plain Python.

A file is drawn cell by cell. Beside each text stands the value that it means, or the code of what is wrong with it, so
that the books of a file follow from what was written, without reading any of it again.
"""

import csv
import datetime as dt
import io
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import strategies as st

HEADER = ["单号", "日期", "客户", "金额", "币种", "状态", "备注"]
COLUMNS = dict(zip(("doc_id", "doc_date", "customer_id", "amount_net", "currency"), HEADER, strict=False))
COLUMNS["channel"] = "备注"
KEEP = {"状态": ["S"]}
FIRST_DAY = dt.date(2024, 1, 1)

DAY_FORMS = ("{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0:%Y%m%d}", "{0.year}年{0.month}月{0.day}日", "{0:%Y-%m-%d} 23:59:59")
BAD_DAYS = {
    "": "MISSING_REQUIRED",
    "soon": "BAD_DATE",
    "2024-02-30": "BAD_DATE",
    "26-1-5": "AMBIGUOUS_DATE",
    "01/02/2026": "AMBIGUOUS_DATE",
    "9999-12-31": "SENTINEL_DATE",
    "00000000": "SENTINEL_DATE",
}
BAD_AMOUNTS = {
    "": "MISSING_REQUIRED",
    "-": "MISSING_REQUIRED",
    "many": "BAD_NUMBER",
    "1.2.3": "BAD_NUMBER",
    "(5": "BAD_NUMBER",
    "#N/A": "FORMULA_EMPTY",
}
CODES = {
    "00123": "00123",
    "７８": "78",
    " C9 ": "C9",
    "C\u200b9": "C9",
    "110101199003071234": "110101199003071234",
    "A B": "A B",
}
BAD_CODES = {"": "MISSING_REQUIRED", "NULL": "MISSING_REQUIRED", "1.23E+17": "LOSSY_ID", "C\x019": "CONTROL_CHARACTER"}
CURRENCIES = {"CNY": "CNY", "USD": "USD", "\u00a0EUR": "EUR"}
NOTES = {
    "": None,
    "-": None,
    "shop": "shop",
    "a,b;c|d": "a,b;c|d",
    'say "x"': 'say "x"',
    "two\nlines": "two\nlines",
    "on\x00line": "online",
    "x\x85y": "xy",
    "\u3000上海\u00a0": "上海",
    "𠮷野\u2028家": "𠮷野\u2028家",
    "合计": "合计",
    "=1+1": "=1+1",
}
KINDS = ("short", "long", "unclosed", "literal", "blank", "delimiters", "total", "wrong total", "header", "trailing")


@dataclass(repr=False)
class Export:
    """What was written into a file, and its books."""

    content: bytes
    expected: "Expected"


@dataclass
class Expected:
    """Books of a file."""

    kept: list[tuple[object, ...]] = field(default_factory=list)
    rejects: list[tuple[int, str]] = field(default_factory=list)
    total_lines: int = 0
    out_of_scope: int = 0
    wrong_totals: int = 0
    repeated_headers: int = 0
    cents: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def rows_in(self) -> int:
        return len(self.kept) + len(self.rejects) + self.total_lines + self.out_of_scope


@dataclass
class Writer:
    """Writes a file line by line and keeps its books."""

    delimiter: str
    quote_all: bool
    ends: tuple[str, ...]
    text: str = ""
    line: int = 1
    read_cents: int = 0
    expected: Expected = field(default_factory=Expected)

    def put(self, text: str) -> int:
        """Write a record and return the line that it starts on."""
        start = self.line
        self.text += text + self.ends[start % len(self.ends)]
        self.line += text.count("\n") + 1
        return start

    def fields(self, values: list[str]) -> str:
        written = io.StringIO()
        quoting = csv.QUOTE_ALL if self.quote_all else csv.QUOTE_MINIMAL
        csv.writer(written, delimiter=self.delimiter, quoting=quoting, lineterminator="\n").writerow(values)
        return written.getvalue()[:-1]

    def row(self, cells: list[tuple[str, object, str]], state: str, note: str, *, suffix: str = "") -> None:
        """Write a row of (text, value, code) of the five required columns, and book it."""
        texts = [text for text, _, _ in cells]
        start = self.put(self.fields([*texts, state, note]) + suffix)
        faults = [code for _, _, code in cells if code]
        amount, currency = cells[3][1], str(cells[4][1] or "")
        where = "out_of_scope" if state != "S" else "rejected" if faults else "kept"
        if amount is not None:
            cents = int(amount * 100)
            self.read_cents += cents
            self.expected.cents["in", currency] += cents
            self.expected.cents[where, currency] += cents
        if where == "kept":
            self.expected.kept.append((*(value for _, value, _ in cells), NOTES[note]))
        elif where == "rejected":
            self.expected.rejects.append((start, faults[0]))
        else:
            self.expected.out_of_scope += 1

    def odd(self, kind: str) -> None:
        """Write a line that is no ordinary row."""
        join, plain = self.delimiter.join, ["B1", "2026-01-08", "7", "1", "CNY", "S", "x"]
        if kind == "short":
            self.expected.rejects.append((self.put(join(plain[:3])), "RAGGED_ROW"))
        elif kind == "long":
            self.expected.rejects.append((self.put(join([*plain, "y"])), "RAGGED_ROW"))
        elif kind == "unclosed":
            self.expected.rejects.append((self.put(join([*plain[:2], '"7', *plain[3:]])), "UNCLOSED_QUOTE"))
        elif kind == "blank":
            self.put("")
        elif kind == "delimiters":
            self.put(self.delimiter * (len(HEADER) - 1))
        elif kind == "header":
            self.put(self.fields(HEADER))
            self.expected.repeated_headers += 1
        else:
            self.total(wrong=kind == "wrong total")

    def total(self, *, wrong: bool) -> None:
        said = self.read_cents + (100 if wrong else 0)
        self.put(self.fields(["合计", "", "", str(Decimal(said) / 100), "", "", ""]))
        self.expected.total_lines += 1
        self.expected.wrong_totals += wrong


@st.composite
def dirty_files(draw) -> Export:
    """Draw a file."""
    ends = draw(st.sampled_from([("\n",), ("\r\n",), ("\r",), ("\n", "\r\n", "\r\n")]))
    writer = Writer(draw(st.sampled_from(",;\t|")), draw(st.booleans()), ends)
    writer.put(writer.fields(HEADER))
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.integers(0, 5 + len(KINDS)))
        if kind < len(KINDS) and KINDS[kind] not in ("literal", "trailing"):
            writer.odd(KINDS[kind])
            continue
        cells = [draw(_codes(f"A{number}")), draw(_days), draw(_codes("7")), draw(_amounts), draw(_currencies)]
        state, note = draw(st.sampled_from("SSSP")), draw(st.sampled_from(list(NOTES)))
        if kind < len(KINDS) and KINDS[kind] == "literal" and not writer.quote_all:
            cells[0] = (f'5" pipe {number}', f'5" pipe {number}', "")
            writer.text, before = "", writer.text
            writer.row(cells, state, "shop")
            writer.text = before + writer.text.replace(f'"5"" pipe {number}"', f'5" pipe {number}')
            continue
        writer.row(cells, state, note, suffix=writer.delimiter if kind < len(KINDS) else "")
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    return Export(writer.text.encode(encoding), writer.expected)


def _codes(plain: str) -> st.SearchStrategy[tuple[str, object, str]]:
    usual = [(plain, plain, "")] * 12
    good = [(text, value, "") for text, value in CODES.items()]
    return st.sampled_from(usual + good + [(text, None, code) for text, code in BAD_CODES.items()])


def _write_day(form: str, day: dt.date, wide: bool) -> tuple[str, object, str]:
    text = form.format(day)
    return (text.translate({ord("0") + n: 0xFF10 + n for n in range(10)}) if wide else text), day, ""


def _write_amount(way: int, cents: int) -> tuple[str, object, str]:
    """Write an amount in one of the ways of people and programs."""
    amount = Decimal(cents) / 100
    size = abs(amount)
    minus = "-" if cents < 0 else ""
    ways = [f"{amount:.2f}"] * 4 + [
        f"{minus}￥{size:,.2f}",
        f"({size:.2f})" if cents < 0 else f"+{size:.2f}",
        f"{size:,.2f}{minus}",
        f"{amount:.2f}".translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
        f" {amount:.2f} 元",
    ]
    return ways[way % len(ways)], amount, ""


_days = st.one_of(
    st.builds(
        lambda form, n, wide: _write_day(DAY_FORMS[max(form, 0)], FIRST_DAY + dt.timedelta(n), wide == 0),
        st.integers(-4, len(DAY_FORMS) - 1),
        st.integers(0, 900),
        st.integers(0, 9),
    ),
    st.sampled_from(
        [("2026-01-08", dt.date(2026, 1, 8), "")] * 20 + [(text, None, code) for text, code in BAD_DAYS.items()]
    ),
)
_amounts = st.one_of(
    st.builds(_write_amount, st.integers(0, 8), st.integers(-2_000_000, 2_000_000)),
    st.sampled_from([("1", Decimal(1), "")] * 12 + [(text, None, code) for text, code in BAD_AMOUNTS.items()]),
)
_currencies = st.sampled_from(
    [(text, value, "") for text, value in CURRENCIES.items()] * 4 + [("", None, "MISSING_REQUIRED")]
)
