"""Word lists of the demo company: places, invented brands, trades and goods.

Brands are drawn syllable by syllable and belong to nobody; cities are real, with their dialling code, so that phone
numbers, regions and tax numbers agree with each other.
"""

from __future__ import annotations

from typing import NamedTuple


class City(NamedTuple):
    """A city with what depends on it: sales region, dialling code and six-digit division code (China only)."""

    name: str
    region: str
    dial: str
    division: str = ""


EAST, SOUTH, NORTH = "华东 East China", "华南 South China", "华北 North China"
CENTRAL, WEST, NORTHEAST = "华中 Central China", "西部 West China", "东北 Northeast China"
US_EAST, US_WEST, US_CENTRAL = "美东 US East", "美西 US West", "美中 US Central"

# all of these cities have eight-digit numbers
CHINA = (
    City("上海", EAST, "021", "310115"),
    City("苏州", EAST, "0512", "320506"),
    City("无锡", EAST, "0510", "320214"),
    City("常州", EAST, "0519", "320412"),
    City("南京", EAST, "025", "320115"),
    City("杭州", EAST, "0571", "330106"),
    City("宁波", EAST, "0574", "330212"),
    City("合肥", EAST, "0551", "340123"),
    City("广州", SOUTH, "020", "440106"),
    City("深圳", SOUTH, "0755", "440305"),
    City("东莞", SOUTH, "0769", "441900"),
    City("佛山", SOUTH, "0757", "440605"),
    City("福州", SOUTH, "0591", "350111"),
    City("厦门", SOUTH, "0592", "350206"),
    City("北京", NORTH, "010", "110105"),
    City("天津", NORTH, "022", "120116"),
    City("济南", NORTH, "0531", "370112"),
    City("青岛", NORTH, "0532", "370212"),
    City("郑州", CENTRAL, "0371", "410105"),
    City("武汉", CENTRAL, "027", "420111"),
    City("长沙", CENTRAL, "0731", "430111"),
    City("南昌", CENTRAL, "0791", "360111"),
    City("成都", WEST, "028", "510107"),
    City("重庆", WEST, "023", "500112"),
    City("西安", WEST, "029", "610113"),
    City("昆明", WEST, "0871", "530112"),
    City("沈阳", NORTHEAST, "024", "210112"),
    City("大连", NORTHEAST, "0411", "210213"),
)
AMERICA = (
    City("Columbus, OH", US_CENTRAL, "614"),
    City("Detroit, MI", US_CENTRAL, "313"),
    City("Milwaukee, WI", US_CENTRAL, "414"),
    City("St. Louis, MO", US_CENTRAL, "314"),
    City("Houston, TX", US_CENTRAL, "713"),
    City("Charlotte, NC", US_EAST, "704"),
    City("Pittsburgh, PA", US_EAST, "412"),
    City("Boston, MA", US_EAST, "617"),
    City("Newark, NJ", US_EAST, "973"),
    City("Atlanta, GA", US_EAST, "404"),
    City("Portland, OR", US_WEST, "503"),
    City("San Diego, CA", US_WEST, "619"),
    City("Phoenix, AZ", US_WEST, "602"),
    City("Seattle, WA", US_WEST, "206"),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# characters of one sound stand together: exchanging them is the commonest typing error
_SOUNDS = """
    han 瀚翰 hao 昊浩皓 cheng 诚成澄 xin 鑫欣新信 hong 宏鸿泓 heng 恒衡 jin 锦金瑾晋 sheng 盛晟胜 yi 益毅逸亿奕
    teng 腾 da 达 yuan 源远元 jia 嘉佳 feng 丰峰沣 ming 铭明茗 run 润 tai 泰 xiang 祥翔 hui 辉汇 zhuo 卓 tuo 拓
    sen 森 lei 磊 chuan 川 lan 岚澜 he 禾和 lang 朗 xu 旭 wang 旺 shuo 硕 yue 岳悦 ling 凌菱 shang 尚 chi 驰
    zhan 展 jie 捷洁 jun 骏钧 bin 彬斌 wo 沃 ke 科柯 mai 迈
"""
HOMOPHONES: dict[str, str] = dict(zip(_words(_SOUNDS)[::2], _words(_SOUNDS)[1::2], strict=True))
SOUND: dict[str, str] = {char: sound for sound, chars in HOMOPHONES.items() for char in chars}
SYLLABLES: tuple[str, ...] = tuple(SOUND)

# industry, share, Chinese trades, English trades
INDUSTRIES = (
    ("机械制造 Machinery", 22, "精密机械 机械设备 数控设备 模具", "Machining,Tool & Die,Precision Works"),
    ("汽车零部件 Automotive", 14, "汽车零部件 汽车配件 车桥", "Auto Parts,Motor Works,Axle"),
    ("电子电器 Electronics", 14, "电子科技 电器 电子元件", "Electronics,Circuit Works,Controls"),
    ("建筑安装 Construction", 12, "建筑工程 机电安装 钢结构", "Construction,Contracting,Steel Erectors"),
    ("化工塑料 Chemicals", 9, "化工 塑料制品 新材料", "Chemical,Plastics,Coatings"),
    ("食品加工 Food", 8, "食品 粮油 饮料", "Foods,Bakery Supply,Beverage"),
    ("物流仓储 Logistics", 7, "物流 供应链 仓储服务", "Freight,Logistics,Warehousing"),
    ("酒店物业 Facilities", 7, "物业管理 酒店管理", "Facility Services,Hospitality,Property"),
    ("五金贸易 Hardware trade", 7, "五金机电 工业品 贸易", "Hardware,Supply,Trading"),
)

ROADS = _words(
    "人民路 建设路 工业大道 创业路 科技路 新华路 港城路 滨江大道 银杏路 青石路 枫林路 兴业街 望江路 松山路 白云路"
)
PARKS = _words("工业园 创业园 科技园 高新区 开发区 产业园")

# letters that are often mixed up while typing, beyond those of the same sound
LOOKALIKES = {"机": "几", "械": "戒", "电": "申", "精": "清", "工": "土", "技": "枝", "塑": "溯", "汽": "气"}
TRADITIONAL = str.maketrans("机电业车东龙门贸风气设备汇远达诚岚驰", "機電業車東龍門貿風氣設備匯遠達誠嵐馳")

# category, margin, share, list price from, to, Chinese goods, English goods (same order)
CATEGORIES = (
    (
        "切削刀具 Cutting tools",
        0.36,
        14,
        18,
        420,
        "硬质合金铣刀 麻花钻头 机用丝锥 车刀片",
        "Carbide end mill,Twist drill,Machine tap,Turning insert",
    ),
    (
        "紧固件 Fasteners",
        0.27,
        12,
        6,
        90,
        "内六角螺栓 平垫圈 自攻螺钉 膨胀螺栓",
        "Socket screw,Flat washer,Self-tapping screw,Expansion bolt",
    ),
    (
        "劳保用品 Safety wear",
        0.34,
        13,
        9,
        260,
        "丁腈手套 安全帽 防护眼镜 安全鞋",
        "Nitrile gloves,Hard hat,Safety glasses,Safety shoes",
    ),
    (
        "手动工具 Hand tools",
        0.32,
        10,
        15,
        380,
        "扭力扳手 螺丝刀组套 钢卷尺 管钳",
        "Torque wrench,Screwdriver set,Tape measure,Pipe wrench",
    ),
    (
        "电动工具 Power tools",
        0.24,
        8,
        180,
        1600,
        "冲击钻 角磨机 充电起子 热风枪",
        "Impact drill,Angle grinder,Cordless driver,Heat gun",
    ),
    (
        "润滑化学品 Lubricants",
        0.30,
        9,
        22,
        640,
        "液压油 防锈剂 切削液 螺纹胶",
        "Hydraulic oil,Rust inhibitor,Cutting fluid,Threadlocker",
    ),
    (
        "磨料磨具 Abrasives",
        0.37,
        8,
        4,
        150,
        "砂轮片 百叶轮 砂纸 抛光轮",
        "Cut-off wheel,Flap disc,Sandpaper,Polishing wheel",
    ),
    (
        "气动液压 Pneumatics",
        0.31,
        6,
        25,
        900,
        "气缸 电磁阀 快速接头 气管",
        "Air cylinder,Solenoid valve,Quick coupling,Air hose",
    ),
    (
        "电工电料 Electrical",
        0.25,
        7,
        8,
        520,
        "断路器 接触器 电缆 接线端子",
        "Circuit breaker,Contactor,Cable,Terminal block",
    ),
    (
        "包装材料 Packaging",
        0.22,
        5,
        7,
        120,
        "缠绕膜 封箱胶带 气泡垫 打包带",
        "Stretch film,Packing tape,Bubble wrap,Strapping",
    ),
    (
        "清洁用品 Cleaning",
        0.33,
        5,
        6,
        180,
        "工业擦拭纸 吸油毡 清洗剂 垃圾袋",
        "Industrial wipes,Oil absorbent,Degreaser,Waste bags",
    ),
    (
        "焊接材料 Welding",
        0.28,
        3,
        20,
        700,
        "焊丝 焊条 电焊面罩 焊枪",
        "Welding wire,Electrode,Welding helmet,Welding torch",
    ),
)
UNITS = {"zh": ("个", "盒", "箱", "套"), "en": ("pc", "box", "case", "set")}
