"""Exports of three made-up Chinese companies, each with headers of its own, and what they mean."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Truth = dict[str, tuple[str, dict[str, str]]]
"""File to its table, and canonical column to header; a header with an operator is an expression."""
_SURNAMES, _GIVEN = "王李张刘陈杨赵黄周吴徐孙", "伟芳娜敏静强磊洋艳勇军杰涛明"
_CITIES = (("江苏", "苏州"), ("浙江", "宁波"), ("广东", "佛山"), ("山东", "青岛"), ("湖北", "武汉"))
_GOODS = (("轴承", "传动件"), ("密封圈", "密封件"), ("减速机", "传动件"), ("电磁阀", "阀门"), ("气缸", "气动"))


def write(
    path: Path, header: Sequence[str] | str, rows: Sequence[Sequence[Any]], encoding: str, above: Sequence[str] = ()
):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([[line] for line in above])
    writer.writerow(header.split() if isinstance(header, str) else header)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def _person(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN) + rng.choice(["", rng.choice(_GIVEN)])


def _company(rng: random.Random, city: str) -> str:
    return (
        f"{city}{rng.choice('恒瑞宏鑫华泰')}{rng.choice('达丰盛源通辉')}{rng.choice(['机电', '贸易', '机械'])}有限公司"
    )


def _mobile(rng: random.Random) -> str:
    return f"1{rng.choice('3578')}{rng.randrange(10**9):09d}"


def _credit_code(rng: random.Random) -> str:
    return f"91{rng.randrange(10**6):06d}" + "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(10))


def _days(rng: random.Random, n: int, form: str) -> list[str]:
    """Days up to the end of a quarter, in a format; strftime would pad them."""
    days = sorted(dt.date(2023, 1, 2) + dt.timedelta(days=rng.randrange(728)) for _ in range(n))
    return [form.format(y=day.year, m=day.month, d=day.day) for day in days]


def trading_company(folder: Path, seed: int = 1) -> Truth:
    """A wholesaler's ERP: GB 18030, title rows, amounts with and without tax, a balance list by invoice."""
    rng = random.Random(seed)
    numbers = [f"KH{n:05d}" for n in range(1, 121)]
    names = {}
    rows = []
    for number in numbers:
        province, city = rng.choice(_CITIES)
        names[number] = _company(rng, city)
        rows.append(
            [
                number,
                names[number],
                names[number][2:4],
                rng.choice(["A类", "B类", "C类"]),
                province,
                city,
                f"{city}市人民路{rng.randrange(300)}号",
                _credit_code(rng),
                _person(rng),
                _mobile(rng),
                f"0512-{rng.randrange(10**8):08d}",
                f"YW{rng.randrange(6):02d}",
                _person(rng),
                rng.choice([50000, 100000.5]),
                rng.choice([30, 60]),
                rng.choice(["启用", "启用", "停用"]),
                f"2021/{rng.randrange(1, 13)}/{rng.randrange(1, 28)}",
                "工行",
                "",
            ]
        )
    header = (
        "客户编码* 客户全称 简称 客户等级 所在省份 所在城市 联系地址 "
        "统一社会信用代码/税号 联系人姓名 联系人手机 办公电话 业务员编号 业务员姓名 "
        "信用额度（元） 账期(天) 使用状态 建档时间 开户行 备注"
    )
    write(folder / "客户档案导出.csv", header, rows, "gb18030", ["客户档案", "导出时间：2024-12-31"])
    lines = []
    for n, day in enumerate(_days(rng, 900, "{y}/{m}/{d}")):
        good, kind = rng.choice(_GOODS)
        net = round(rng.uniform(50, 9000), 2)
        back = rng.random() < 0.04
        sign = -1 if back else 1
        number = rng.choice(numbers)
        lines.append(
            [
                day,
                f"XSFP{n // 2:06d}",
                n % 2 + 1,
                "红字" if back else "蓝字",
                number,
                names[number],
                f"WL{rng.randrange(900):04d}",
                good,
                "6204-2RS",
                kind,
                "个",
                sign * rng.randrange(1, 50),
                round(net / 7, 4),
                f"{sign * net:,.2f}",
                round(sign * net * 0.13, 2),
                f"{sign * net * 1.13:,.2f}",
                round(sign * net * 0.7, 2),
                f"YW{rng.randrange(6):02d}",
                "销售一部",
                "已审核" if rng.random() < 0.97 else "草稿",
            ]
        )
    header = (
        "开票日期 发票号码 行号 红蓝标志 客户编码 客户名称 物料代码 物料名称 规格型号 "
        "物料类别 计量单位 开票数量 不含税单价 不含税金额(元) 税额(元) "
        "价税合计(元) 成本金额(元) 业务员编号 所属部门 审核状态"
    )
    total = sum(float(line[13].replace(",", "")) for line in lines)
    lines.append(["合计", *[""] * 12, f"{total:,.2f}", *[""] * 6])
    write(folder / "销售发票明细.csv", header, lines, "gb18030")
    owed = [
        [
            f"XSFP{n:06d}",
            rng.choice(numbers),
            f"2024-{rng.randrange(1, 12):02d}-15",
            f"2024-12-{rng.randrange(1, 28):02d}",
            1130,
            rng.choice([0, 130, 1130]),
            rng.choice(["", "2024-12-20"]),
            rng.randrange(90),
        ]
        for n in range(80)
    ]
    header = ("发票号", "客户编码", "发票日期", "应收到期日", "发票金额", "未收余额", "实际收款日", "逾期天数")
    write(folder / "应收账款20241231.csv", header, owed, "gb18030")
    return {
        "客户档案导出.csv": (
            "customers",
            {
                "customer_id": "客户编码*",
                "customer_name": "客户全称",
                "customer_group": "客户等级",
                "region": "所在省份",
                "city": "所在城市",
                "address": "联系地址",
                "tax_id": "统一社会信用代码/税号",
                "contact_name": "联系人姓名",
                "mobile": "联系人手机",
                "phone": "办公电话",
                "owner_id": "业务员编号",
                "owner_name": "业务员姓名",
                "credit_limit": "信用额度（元）",
                "payment_days": "账期(天)",
                "status": "使用状态",
                "created_date": "建档时间",
            },
        ),
        "销售发票明细.csv": (
            "transactions",
            {
                "doc_date": "开票日期",
                "doc_id": "发票号码",
                "line_no": "行号",
                "doc_type": "红蓝标志",
                "customer_id": "客户编码",
                "product_id": "物料代码",
                "product_name": "物料名称",
                "category": "物料类别",
                "unit": "计量单位",
                "quantity": "开票数量",
                "amount_net": "不含税金额(元)",
                "amount_gross": "价税合计(元)",
                "cost": "成本金额(元)",
                "owner_id": "业务员编号",
                "department": "所属部门",
                "status": "审核状态",
            },
        ),
        "应收账款20241231.csv": (
            "receivables",
            {
                "doc_id": "发票号",
                "customer_id": "客户编码",
                "doc_date": "发票日期",
                "due_date": "应收到期日",
                "amount": "发票金额",
                "amount_open": "未收余额",
                "paid_date": "实际收款日",
            },
        ),
    }


def taiwan_company(folder: Path, seed: int = 2) -> Truth:
    """A Taiwanese company: traditional characters, UTF-8 with a mark, amounts with tax and the tax beside them."""
    rng = random.Random(seed)
    numbers = [f"{n}" for n in range(100001, 100091)]
    rows = [
        [
            number,
            _company(rng, "台北"),
            f"{rng.randrange(10**8):08d}",
            _person(rng),
            f"09{rng.randrange(10**8):08d}",
            f"02-{rng.randrange(10**8):08d}",
            f"buyer{n}@example.com.tw",
            f"台北市中山路{n}號",
            "台北市",
            rng.choice(["製造業", "批發業"]),
            _person(rng),
            rng.choice([30, 45]),
            "2020-05-06",
        ]
        for n, number in enumerate(numbers)
    ]
    header = (
        "客戶代號 客戶名稱 統一編號 聯絡人 行動電話 公司電話 電子郵件 公司地址 縣市 行業別 業務人員 付款天數 建檔日期"
    )
    write(folder / "客戶資料.csv", header, rows, "utf-8-sig")
    lines = [
        [
            f"S{n:06d}",
            day,
            rng.choice(numbers),
            f"P{rng.randrange(90):03d}",
            rng.choice(_GOODS)[0],
            rng.randrange(1, 20),
            (gross := rng.randrange(1050, 99750)),
            round(gross * 5 / 105),
            "NTD",
            _person(rng),
            rng.choice(["門市", "網路"]),
        ]
        for n, day in enumerate(_days(rng, 500, "{y}-{m:02d}-{d:02d}"))
    ]
    header = "銷貨單號 銷貨日期 客戶代號 商品編號 商品名稱 銷貨數量 含稅金額 稅額 幣別 業務人員 銷售通路"
    write(folder / "銷貨明細.csv", header, lines, "utf-8-sig")
    return {
        "客戶資料.csv": (
            "customers",
            {
                "customer_id": "客戶代號",
                "customer_name": "客戶名稱",
                "tax_id": "統一編號",
                "contact_name": "聯絡人",
                "mobile": "行動電話",
                "phone": "公司電話",
                "email": "電子郵件",
                "address": "公司地址",
                "region": "縣市",
                "industry": "行業別",
                "owner_name": "業務人員",
                "payment_days": "付款天數",
                "created_date": "建檔日期",
            },
        ),
        "銷貨明細.csv": (
            "transactions",
            {
                "doc_id": "銷貨單號",
                "doc_date": "銷貨日期",
                "customer_id": "客戶代號",
                "product_id": "商品編號",
                "product_name": "商品名稱",
                "quantity": "銷貨數量",
                "amount_gross": "含稅金額",
                "amount_net": "含稅金額 - 稅額",
                "currency": "幣別",
                "owner_id": "業務人員",
                "channel": "銷售通路",
            },
        ),
    }


def web_shop(folder: Path, seed: int = 3) -> Truth:
    """A shop: members, orders with their lines in another file, follow-ups, complaints."""
    rng = random.Random(seed)
    numbers = [f"M{rng.randrange(10**8):08d}" for _ in range(150)]
    rows = [
        [
            number,
            _person(rng),
            _mobile(rng),
            f"user{n}@example.cn",
            rng.choice(["男", "女"]),
            rng.choice(["金卡", "银卡"]),
            rng.choice(["广东省", "浙江省"]),
            rng.choice(["小红书", "抖音", "门店"]),
            f"2022年{rng.randrange(1, 13)}月{rng.randrange(1, 28)}日",
        ]
        for n, number in enumerate(numbers)
    ]
    header = ("会员编号", "会员姓名", "手机号", "邮箱地址", "性别", "会员等级", "省份", "获客渠道", "注册日期")
    write(folder / "会员信息.csv", header, rows, "utf-8")
    days = _days(rng, 400, "{y}-{m:02d}-{d:02d} 10:20:30")
    orders = [
        [f"DD{n:07d}", day, rng.choice(numbers), rng.choice(["交易成功", "交易关闭"]), rng.choice(["天猫", "小程序"])]
        for n, day in enumerate(days)
    ]
    write(folder / "订单主表.csv", ("订单编号", "下单时间", "会员编号", "订单状态", "销售渠道"), orders, "utf-8")
    lines = [
        [
            order[0],
            f"SKU{rng.randrange(80):03d}",
            rng.choice(_GOODS)[0],
            rng.randrange(1, 4),
            rng.randrange(10, 900) + 0.5,
        ]
        for order in orders
        for _ in range(rng.randrange(1, 4))
    ]
    write(folder / "订单商品.csv", ("订单编号", "商品编码", "商品名称", "购买数量", "商品金额"), lines, "utf-8")
    calls = [
        [
            f"GJ{n:05d}",
            rng.choice(numbers),
            day[:10],
            rng.choice(["电话", "微信", "上门拜访"]),
            "跟进报价",
            _person(rng),
            rng.choice(["", "2025-01-10"]),
        ]
        for n, day in enumerate(days[::3])
    ]
    header = ("跟进编号", "会员编号", "跟进时间", "跟进方式", "跟进内容", "跟进人", "下次跟进时间")
    write(folder / "跟进记录.csv", header, calls, "utf-8")
    cases = [
        [
            f"TS{n:04d}",
            rng.choice(numbers),
            day[:10],
            rng.choice(["质量", "物流"]),
            rng.choice(["高", "低"]),
            "包装破损",
            rng.choice(["已关闭", "处理中"]),
            rng.choice(["", "2024-12-30"]),
        ]
        for n, day in enumerate(days[::8])
    ]
    header = ("投诉单号", "会员编号", "投诉日期", "投诉类型", "紧急程度", "投诉内容", "处理状态", "结案日期")
    write(folder / "客户投诉.csv", header, cases, "utf-8")
    return {
        "会员信息.csv": (
            "customers",
            {
                "customer_id": "会员编号",
                "customer_name": "会员姓名",
                "mobile": "手机号",
                "email": "邮箱地址",
                "customer_group": "会员等级",
                "region": "省份",
                "source_channel": "获客渠道",
                "created_date": "注册日期",
            },
        ),
        "订单商品.csv": (
            "transactions",
            {
                "doc_id": "订单编号",
                "doc_date": "下单时间",
                "customer_id": "会员编号",
                "status": "订单状态",
                "channel": "销售渠道",
                "product_id": "商品编码",
                "product_name": "商品名称",
                "quantity": "购买数量",
                "amount_net": "商品金额",
            },
        ),
        "跟进记录.csv": (
            "interactions",
            {
                "interaction_id": "跟进编号",
                "customer_id": "会员编号",
                "at": "跟进时间",
                "kind": "跟进方式",
                "subject": "跟进内容",
                "owner_id": "跟进人",
                "next_action_date": "下次跟进时间",
            },
        ),
        "客户投诉.csv": (
            "feedback",
            {
                "feedback_id": "投诉单号",
                "customer_id": "会员编号",
                "at": "投诉日期",
                "category": "投诉类型",
                "severity": "紧急程度",
                "text": "投诉内容",
                "status": "处理状态",
                "resolved_at": "结案日期",
            },
        ),
    }


COMPANIES = {"trading company": trading_company, "Taiwanese company": taiwan_company, "web shop": web_shop}
