import numpy as np
import phonenumbers
import pytest

from custinsight.demo import codes
from custinsight.demo.chance import generator
from custinsight.demo.variants import spoil_code, write_phone


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000600037341L"])
def test_published_credit_codes_are_valid(code: str) -> None:
    assert codes.is_credit_code(code)


@pytest.mark.parametrize(
    "code",
    ["91350100M000100Y44", "91350100M000100Z43", "91350100M000100Y4", "91350100I000100Y43", "91110000600037347L"],
)
def test_a_wrong_character_is_noticed(code: str) -> None:
    assert not codes.is_credit_code(code)


def test_drawn_codes_are_valid_and_name_their_division() -> None:
    rng = generator(1, "test")
    drawn = [codes.credit_code(rng, "320506") for _ in range(300)]
    assert all(codes.is_credit_code(code) and code[2:8] == "320506" for code in drawn)
    assert len(set(drawn)) == 300


def test_spoiled_codes_are_invalid() -> None:
    rng = generator(2, "test")
    drawn = [codes.credit_code(rng, "440305") for _ in range(300)]
    assert not any(codes.is_credit_code(spoil_code(code, rng)) for code in drawn)


def test_digits_only_codes_hold_no_letter() -> None:
    code = codes.credit_code(generator(3, "test"), "110105", digits_only=True)
    assert code.isdigit()
    assert codes.is_credit_code(code)


@pytest.mark.parametrize(
    ("draw", "country"),
    [
        (codes.mobile, "CN"),
        (lambda rng: codes.landline(rng, "0512"), "CN"),
        (lambda rng: codes.american(rng, "614"), "US"),
    ],
)
def test_phone_numbers_are_possible_numbers(draw: object, country: str) -> None:
    rng = generator(4, "test")
    for _ in range(50):
        assert phonenumbers.is_valid_number(phonenumbers.parse(draw(rng), country))  # type: ignore[operator]


def test_ways_of_writing_keep_the_digits() -> None:
    rng = generator(5, "test")
    number = "14512345678"
    for _ in range(100):
        written = write_phone(number, rng, plain=0)
        digits = "".join(str(int(char)) for char in written if char.isdigit())
        assert digits.endswith(number)


def test_american_numbers_lie_in_the_block_kept_for_fiction() -> None:
    rng = np.random.default_rng(6)
    assert all(codes.american(rng, "503").startswith("503-555-01") for _ in range(50))
