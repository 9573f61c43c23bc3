import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.clean.names import Name, parse_name


@pytest.mark.parametrize(
    ("text", "key", "legal_form", "region", "branch"),
    [
        ("华东贸易有限公司", "华东贸易", "有限公司", None, None),
        ("华东贸易有限责任公司", "华东贸易", "有限公司", None, None),
        ("上海华东贸易股份有限公司", "华东贸易", "股份有限公司", "上海", None),
        ("上海市浦东新区华东贸易有限公司", "华东贸易", "有限公司", "上海", None),
        ("華東貿易（上海）有限公司", "华东贸易", "有限公司", "上海", None),
        ("华东　贸易【上海市】有限公司", "华东贸易", "有限公司", "上海", None),
        ("华为技术有限公司上海分公司", "华为技术上海分公司", "有限公司", None, "上海分公司"),
        ("华为技术有限公司（上海分公司）", "华为技术上海分公司", "有限公司", None, "上海分公司"),
        ("中国工商银行股份有限公司深圳南山支行", "中国工商银行深圳南山支行", "股份有限公司", None, "深圳南山支行"),
        ("海尔集团有限公司", "海尔集团", "集团有限公司", None, None),
        ("青岛啤酒股份有限公司", "青岛啤酒", "股份有限公司", None, None),
        ("华东投资（有限合伙）", "华东投资", "有限合伙", None, None),
        ("华东贸易有限公司（停用）", "华东贸易", "有限公司", None, None),
        ("有限公司", "有限公司", None, None, None),
        ("IBM（中国）有限公司", "ibm", "有限公司", "中国", None),
        ("ACME Trading Co., Ltd.", "acme trading", "co ltd", None, None),
        ("Siemens (China) Co., Ltd.", "siemens", "co ltd", "china", None),
        ("Müller GmbH & Co. KG", "muller", "gmbh co kg", None, None),
        ("Acme S.p.A.", "acme", "spa", None, None),
        ("Delhaize SA", "delhaize", "sa", None, None),
        ("XYZ Sp. z o.o.", "xyz", "sp z oo", None, None),
        ("Novo Nordisk A/S", "novo nordisk", "as", None, None),
        ("Procter & Gamble Co", "procter and gamble", "co", None, None),
        ("A.B.C. Ltd", "abc", "ltd", None, None),
        ("The Honest Company, Inc.", "honest", "company inc", None, None),
        ("Acme Ltd - London Branch", "acme london branch", "ltd", None, "london branch"),
        ("Bimbo S.A.B. de C.V.", "bimbo", "sab de cv", None, None),
        ("Allegro Sp. z o.o. Sp. k.", "allegro", "sp z oo sp k", None, None),
        ("Firma spol. s r.o.", "firma", "spol s ro", None, None),
        ("Ericsson AB (publ)", "ericsson", "ab publ", None, None),
        ("Kesko Oy Ab", "kesko", "oy ab", None, None),
        ("Bolt OÜ", "bolt", "ou", None, None),
        ("Foo UG (haftungsbeschränkt)", "foo", "ug haftungsbeschrankt", None, None),
        ("Sonae SGPS, S.A.", "sonae", "sgps sa", None, None),
        ("UAB Vilniaus Prekyba", "vilniaus prekyba", "uab", None, None),
        ("ООО Ромашка", "ромашка", "ооо", None, None),
        ("Koç Ltd. Şti.", "koc", "ltd sti", None, None),
        ("㈱日立製作所", "日立制作所", "株式会社", None, None),
        ("日立製作所株式会社", "日立制作所", "株式会社", None, None),
        ("㈜카카오", "카카오", "주식회사", None, None),
    ],
)
def test_companies(text, key, legal_form, region, branch):
    name = parse_name(text)
    assert (name.key, name.legal_form, name.region, name.branch) == (key, legal_form, region, branch)


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("Smith, John", "person", "john smith"),
        ("SMITH, JOHN", None, "john smith"),
        ("MR. JON YANG", None, "jon yang"),
        ("Maria Sa", None, "maria sa"),
        ("Maria Sa", "person", "maria sa"),
        ("O'Neil, Ann-Marie", "person", "ann marie oneil"),
        ("张 三", "person", "张三"),
        ("张三先生", None, "张三"),
        ("張偉", "person", "张伟"),
        ("欧阳震华", "person", "欧阳震华"),
        ("欧 阳 娜 娜", "person", "欧阳娜娜"),
        ("王小明总经理", "person", "王小明"),
        ("李经理", "person", "李经理"),
        ("Dr. Jane Smith, Ph.D.", "person", "jane smith"),
        ("Smith, John Jr.", "person", "john smith"),
        ("Smith，John", "person", "john smith"),
        ("John Sia", None, "john sia"),
        ("Maria Ou", None, "maria ou"),
    ],
)
def test_persons(text, kind, key):
    assert parse_name(text, kind).key == key


@pytest.mark.parametrize("text", ["Acme, Inc.", "Acme Inc", "ACME INC.", "acme, incorporated"])
def test_one_company_in_several_spellings_has_one_key(text):
    assert parse_name(text).key == "acme"


def test_head_office_and_branch_have_different_keys():
    assert parse_name("华为技术有限公司").key != parse_name("华为技术有限公司上海分公司").key


def test_a_name_that_is_none():
    assert parse_name("--") == Name()


def test_the_shown_name_keeps_what_can_be_seen():
    assert parse_name("華東貿易（上海）\u200b有限公司").shown == "華東貿易(上海)有限公司"


@given(st.text(max_size=80), st.sampled_from([None, "company", "person"]))
def test_any_text_has_a_key_if_it_has_a_name(text, kind):
    name = parse_name(text, kind)
    assert (name.shown is None) == (name.key is None)


@given(st.text(max_size=80), st.sampled_from([None, "company", "person"]))
def test_reading_the_shown_name_again_changes_nothing(text, kind):
    name = parse_name(text, kind)
    if name.shown is not None:
        assert parse_name(name.shown, kind) == name


@given(st.text(alphabet="华东贸易有限公司上海市分厂（）()集团", min_size=1, max_size=30))
def test_no_name_of_company_words_alone_is_lost(text):
    assert parse_name("华" + text).shown


def test_a_long_cell_is_read_in_no_time():
    assert len(parse_name("华东贸易" * 10_000).key) <= 120
