"""Customer records as exports give them, made by the million: four fifths Chinese, a third soiled."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_REGIONS = ("110105", "310115", "320583", "320505", "330106", "440305", "440106", "510104", "420106", "370202")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉建国志文婷雪飞鹏宇浩晨欣怡佳嘉俊峰慧宏亮海龙"
_BRAND = "华东海天达信和泰兴隆盛昌永恒利丰宏远创新联合鼎立众诚金银鑫源通顺安康博瑞凯德星辰卓越锐捷飞腾云峰润泽嘉禾"
_TRADES = "贸易 科技 机械 电子 物流 食品 化工 建材 医药 纺织 五金 网络 信息技术 自动化设备 新材料"
_FORMS = "有限公司 有限公司 有限公司 有限责任公司 股份有限公司 集团有限公司 （上海）有限公司 有限公司苏州分公司"
_LATIN = (
    "Acme Nova Delta Orion Vertex Summit Pioneer Atlas Zenith Lumen Harbor Granite Falcon Cedar Apex Terra Vector Prime"
)
_FIRST = (
    "James Mary Robert Linda John Susan David Karen Anna Peter Laura Thomas Emma Paul Julia Mark Sophie Daniel Nina"
)
_LAST = "Smith Miller Jones Brown Davis Wilson Moore Taylor White Martin Clark Lewis Young Hall King Wright Scott Green"
_LATIN_FORMS = "Co., Ltd.|Inc.|LLC|GmbH|Ltd|S.A.|B.V.|Corp.|Sp. z o.o.|AB|S.r.l.|GmbH & Co. KG"
_PLACES = (
    "北京市朝阳区|上海市浦东新区|江苏省苏州市昆山市|苏州市吴中区|浙江省杭州市西湖区|广东省深圳市南山区|广州市天河区|"
    "四川省成都市锦江区|湖北省武汉市武昌区|山东省青岛市市南区|朝阳区|江苏苏州|内蒙古自治区呼和浩特市新城区|重庆市渝中区"
)
_STREETS = "路 街 大道 中路 西路 东街"
_CITIES = "北京 上海 苏州市 苏州 杭州 深圳 广州市 成都 武汉 青岛 呼和浩特 重庆"
_AREAS = "010 021 0512 0571 0755 020 028 027 0532"
_DOMAINS = "163.com qq.com 126.com gmail.com outlook.com sina.com example.com.cn hotmail.com gmial.com 1163.com qq.con"

_MADE = """
WITH seeds AS (
    SELECT i, {chances}
    FROM range({start}, {start} + {rows}) t(i)
), parts AS (
    SELECT *, a % 5 = 0 AS is_latin, b % 7 = 0 AS is_person,
        $brand[1 + c % len($brand)] || $brand[1 + c // 97 % len($brand)] || $brand[1 + c // 9973 % len($brand)]
            AS brand,
        $surnames[1 + d % len($surnames)] || $given[1 + d // 41 % len($given)] || $given[1 + d // 2053 % len($given)]
            AS person,
        $first[1 + e % len($first)] || ' ' || $last[1 + e // 19 % len($last)] AS latin_person,
        $latin[1 + c % len($latin)] || $latin[1 + c // 97 % len($latin)] || ' ' || (c // 9973 % 900) AS latin_brand
    FROM seeds
)
SELECT
    CASE WHEN i % 3 = 0 THEN 'CRM' ELSE 'ERP' END AS source_system,
    'K' || lpad(i::VARCHAR, 8, '0') AS source_id,
    CASE WHEN is_person AND is_latin THEN latin_person || ' ' || (c % 500)
        WHEN is_person THEN CASE WHEN f % 6 = 0 THEN person[1] || ' ' || person[2:] ELSE person END
        WHEN is_latin THEN latin_brand || ' ' || $latin_forms[1 + f % len($latin_forms)]
        ELSE CASE WHEN f % 11 = 0 THEN '　' ELSE '' END || $cities[1 + g % len($cities)] || brand
            || $trades[1 + f % len($trades)] || $forms[1 + g // 13 % len($forms)] END AS customer_name,
    CASE WHEN is_person THEN 'person' WHEN a % 3 > 0 THEN 'company' END AS customer_type,
    CASE WHEN is_latin THEN latin_person ELSE person || CASE WHEN g % 9 = 0 THEN '先生' ELSE '' END END AS contact_name,
    CASE WHEN is_latin AND g % 2 = 0 THEN '+1 ' || (201 + a % 700) || '-555-01' || lpad((b % 100)::VARCHAR, 2, '0')
        WHEN g % 10 < 6 THEN mobile WHEN g % 10 = 6 THEN mobile[:3] || '-' || mobile[4:7] || '-' || mobile[8:]
        WHEN g % 10 = 7 THEN '+86 ' || mobile
        WHEN g % 10 = 8 THEN translate(mobile, '0123456789', '０１２３４５６７８９')
        WHEN g % 30 = 9 THEN '无' WHEN g % 30 = 19 THEN mobile || '/1390000' || (a % 9999) END AS mobile,
    CASE WHEN is_latin THEN '(415) 555-01' || lpad((a % 100)::VARCHAR, 2, '0') WHEN f % 2 = 0 THEN
        $areas[1 + a % len($areas)] || '-6' || lpad((b % 10000000)::VARCHAR, 7, '0')
        || CASE WHEN f % 12 = 0 THEN '转8' || (c % 100) ELSE '' END END AS phone,
    CASE WHEN e % 4 > 0 THEN CASE WHEN e % 40 = 1 THEN 'sales' WHEN e % 3 = 0 THEN 'U' || (d % 9000000)
        ELSE 'li.' || (d % 90000000) END || CASE WHEN e % 50 = 2 THEN '＠' ELSE '@' END
        || $domains[1 + a % len($domains)] END AS email,
    CASE WHEN is_person OR f % 3 = 0 THEN NULL
        WHEN is_latin THEN (10 + a % 80) || '-' || lpad((b % 9999999)::VARCHAR, 7, '0')
        WHEN f % 17 = 0 THEN lower(code) ELSE code END AS tax_id,
    CASE WHEN is_latin THEN (c % 9999) || ' ' || $last[1 + d % len($last)] || ' St, Springfield, IL '
            || lpad((a % 99999)::VARCHAR, 5, '0')
        ELSE $places[1 + a % len($places)] || $brand[1 + d % len($brand)] || $given[1 + b // 7 % len($given)]
            || $streets[1 + b % len($streets)] || (c % 2000) || '号'
            || CASE WHEN d % 3 = 0 THEN (e % 40) || '栋' ELSE '' END END AS address,
    CASE WHEN b % 3 > 0 THEN NULL WHEN is_latin THEN 'Springfield' ELSE $cities[1 + g % len($cities)] END AS city,
    CASE WHEN is_latin THEN 'USA' WHEN c % 2 = 0 THEN '中国' END AS country,
    DATE '2018-01-01' + (a % 2500)::INT AS created_date,
    DATE '2024-01-01' + (b % 360)::INT AS updated_at
FROM parts JOIN codes USING (i)
ORDER BY i
"""


def make_customers(rows: int, *, seed: int = 1, start: int = 0) -> pa.Table:
    """Make customer records; other seeds give other values, ``start`` other numbers."""
    rng = np.random.default_rng([seed, start])
    con = duckdb.connect()
    codes = pa.table(  # noqa: F841 DuckDB finds it by its name
        {"i": np.arange(start, start + rows), "code": _credit_codes(rng, rows), "mobile": _mobiles(rng, rows)}
    )
    words = {
        "brand": _BRAND,
        "surnames": _SURNAMES,
        "given": _GIVEN,
        "trades": _TRADES.split(),
        "forms": _FORMS.split(),
    }
    words |= {"latin": _LATIN.split(), "first": _FIRST.split(), "last": _LAST.split(), "streets": _STREETS.split()}
    words |= {"latin_forms": _LATIN_FORMS.split("|"), "places": _PLACES.split("|"), "cities": _CITIES.split()}
    words |= {"areas": _AREAS.split(), "domains": _DOMAINS.split()}
    chances = ", ".join(f"(hash(i, {seed * 100 + n}) >> 2)::BIGINT AS {name}" for n, name in enumerate("abcdefg"))
    query = _MADE.format(chances=chances, start=start, rows=rows)
    return con.execute(query, {name: list(value) for name, value in words.items()}).to_arrow_table()


def next_period(customers: pa.Table, *, share: float = 0.05, seed: int = 2) -> pa.Table:
    """Replace a share of the records by new ones: the export of the following period."""
    new = round(customers.num_rows * share)
    kept = customers.slice(new)
    return pa.concat_tables([kept, make_customers(new, seed=seed, start=customers.num_rows).cast(kept.schema)])


def _credit_codes(rng: np.random.Generator, rows: int) -> pa.Array:
    """Unified social credit codes whose check character is right, in nineteen of twenty."""
    body = np.empty((rows, 18), dtype=np.int64)
    body[:, 0], body[:, 1] = 9, 1
    regions = np.array([[int(digit) for digit in region] for region in _REGIONS])
    body[:, 2:8] = regions[rng.integers(len(regions), size=rows)]
    body[:, 8:17] = rng.integers(10, size=(rows, 9))
    weights = np.array([pow(3, place, 31) for place in range(17)])
    body[:, 17] = -(body[:, :17] @ weights) % 31
    body[rng.random(rows) < 0.05, 17] = 7
    letters = np.frombuffer(_CREDIT.encode(), dtype=np.uint8)[body]
    return pa.array(np.ascontiguousarray(letters).view("S18").ravel().astype(str))


def _mobiles(rng: np.random.Generator, rows: int) -> pa.Array:
    prefixes = np.array([139, 138, 137, 186, 150, 158, 177, 199])
    numbers = prefixes[rng.integers(len(prefixes), size=rows)] * 10**8 + rng.integers(10**8, size=rows)
    return pa.array(numbers.astype(str))
