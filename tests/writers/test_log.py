"""The log names no person and no place on the disk."""

import logging

import pytest

from custinsight.writers import log

MASKED = [
    ("13800138000", "[number]"),
    ("+86 138-0013-8000", "[number]"),
    ("(010) 6552 9988", "[number]"),
    ("0755.8888.7777", "[number]"),
    ("11010519491231002X", "[number]"),
    ("91110108MA01ABCD2E", "[number]"),
    ("li.hua+crm@example.com.cn", "[e-mail]"),
    ("王芳@公司.中国", "[e-mail]"),
    ("/home/li/audit/crm.csv", "[path]/crm.csv"),
    ("~/audit/crm.csv", "[path]/crm.csv"),
    (r"C:\Users\li\crm.xlsx", "[path]/crm.xlsx"),
    (r"\\server\share\crm.xlsx", "[path]/crm.xlsx"),
    ("https://crm.example.com/customer/17?name=li", "[url]"),
    ("KeyError: '王芳'", "KeyError: '[text]'"),
    ("\x1b[31mKeyError\x1b[0m", "KeyError"),
]
KEPT = [
    "2024-12-31",
    "2024Q4",
    "12.5 s",
    "rows 70,118",
    "cell 4",
    "page 03_customer_base made",
    "a/b",
    "1/0",
    "E-12AB34",
    "3.11.7",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_masked(text, masked):
    assert log.mask(f"see {text}, please") == f"see {masked}, please"


@pytest.mark.parametrize("text", KEPT)
def test_kept(text):
    assert log.mask(f"see {text}, please") == f"see {text}, please"


def test_tracebacks_are_masked_too(tmp_path):
    handler = log.setup(tmp_path / "work" / "run.log")
    logger = logging.getLogger("custinsight.test")
    try:
        raise ValueError("cannot read 13800138000 of li@example.com")
    except ValueError:
        logger.exception("page %s", "of +86 13900139000")
    log.close(handler)
    text = (tmp_path / "work" / "run.log").read_text()
    assert "ValueError: cannot read [number] of [e-mail]" in text
    assert "page of [number]" in text
    assert str(tmp_path) not in text
    assert 'File "[path]/test_log.py"' in text


def test_nothing_reaches_the_screen(capfd, tmp_path):
    with log.logged_to(tmp_path / "run.log"):
        logging.getLogger("custinsight.test").error("13800138000")
    logging.getLogger("custinsight.test").debug("after")
    out, err = capfd.readouterr()
    assert out + err == ""


def test_the_same_file_is_set_up_once(tmp_path):
    path = tmp_path / "run.log"
    first = log.setup(path)
    with log.logged_to(path):
        logging.getLogger("custinsight.test").warning("once")
    logging.getLogger("custinsight.test").warning("still open")
    log.close(first)
    assert [line.split(": ", 1)[1] for line in path.read_text().splitlines()] == ["once", "still open"]
