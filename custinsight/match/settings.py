"""The matching model's settings: which columns are compared how, and which pairs are compared at all.

One sound setting for every table; only columns that are filled take part. The probabilities written here are where
training starts and what stays where a table is too small to learn from.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from custinsight.match.further import (
    further_blocks,
    further_comparisons,
    further_sure,
    further_training,
    has_name_parts,
)
from custinsight.match.roles import Column

Level = dict[str, Any]


def make_settings(columns: Collection[str], further: Sequence[Column] = ()) -> dict[str, Any]:
    """Write Splink's settings for the columns of ``records`` that are filled.

    Parameters
    ----------
    columns : collection of str
        Among name_key, registered (a name with its legal form and place), place, phones, email_key, tax_key,
        contact_key, address.
    further : sequence of Column
        Columns beside these that are compared, too.

    Returns
    -------
    dict
        JSON-able settings of a :class:`splink.SettingsCreator`.

    Examples
    --------
    >>> [c["output_column_name"] for c in make_settings({"name_key", "email_key"})["comparisons"]]
    ['name_key', 'email_key']
    """
    # a name in parts is compared part by part, not once more as a whole
    compared = set(columns) - ({"name_key"} if has_name_parts(further) else set())
    more = [{"blocking_rule": f"l.{block} = r.{block}"} for block in further_blocks(further, sorted(columns))]
    canonical = [_fit(comparison, columns) for name, comparison in _COMPARISONS.items() if name in compared]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record",
        "comparisons": [*canonical, *further_comparisons(further)],
        "blocking_rules_to_generate_predictions": [*(rule for name, rule in _BLOCKING if name in columns), *more],
        "retain_intermediate_calculation_columns": True,
        "retain_matching_columns": False,
    }


def _fit(comparison: dict[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """Drop the level of registered names where there are none; they are then merely the same."""
    null, first, second, *others = comparison["comparison_levels"]
    if first["label_for_charts"] != _REGISTERED or "registered" in columns:
        return comparison
    second = second | {"m_probability": first["m_probability"] + second["m_probability"]}
    return comparison | {"comparison_levels": [null, second, *others]}


def _null(condition: str) -> Level:
    return {"sql_condition": condition, "label_for_charts": "missing", "is_null_level": True}


def _level(condition: str, label: str, m: float, u: float, **more: Any) -> Level:
    return {"sql_condition": condition, "label_for_charts": label, "m_probability": m, "u_probability": u, **more}


def _alike(name: str, how: str = "text") -> str:
    return f"{how}_similarity({name}_l, {name}_r)"


def _same(name: str) -> str:
    return f"{name}_l = {name}_r"


def _comparison(name: str, *levels: Level, missing: str = "", how: str = "text") -> dict[str, Any]:
    # the likeness of two texts is null when one is missing; asked for first, the engine works it out once for a pair
    return {
        "output_column_name": name,
        "comparison_levels": [_null(missing or f"{_alike(name, how)} IS NULL"), *levels],
    }


_REGISTERED = "same registered name"
_SAME_TRADE = "(starts_with(trade_l, trade_r) OR starts_with(trade_r, trade_l))"
OTHER_TRADE = f"brand_l = brand_r AND NOT {_SAME_TRADE}"
_SHORTENED = (
    "starts_with(whole_l, whole_r) OR starts_with(whole_r, whole_l) "
    "OR starts_with(name_sound_l, name_sound_r) OR starts_with(name_sound_r, name_sound_l)"
)
_ONE_EDIT = (
    # 客户1号 and 客户2号 differ in one character and are two
    f"({_SAME_TRADE} AND brand_numbers_l = brand_numbers_r AND least(length(brand_l), length(brand_r)) >= 3 AND "
    f"{_alike('brand', 'name')} >= 1 - 1.01 / greatest(length(brand_l), length(brand_r)))"
)
_COMPARISONS: dict[str, dict[str, Any]] = {
    "name_key": _comparison(
        "name_key",
        # no register enters two companies of one name and legal form at one place; the chance is where learning starts
        _level(_same("registered"), _REGISTERED, 0.3, 1e-7, fix_u_probability=True),
        _level(_same("name_key"), "same", 0.35, 0.0005, tf_adjustment_column="name_key", tf_adjustment_weight=1.0),
        _level(_same("name_sorted"), "same words", 0.03, 0.0005),
        _level(_same("name_sound"), "same sound", 0.02, 0.0005),
        _level(OTHER_TRADE, "same brand, other trade", 0.005, 0.0005, fix_m_probability=True),
        _level(
            _SHORTENED,
            "shortened",
            0.1,
            0.0005,
            tf_adjustment_column="brand",
            tf_adjustment_weight=1.0,
            disable_tf_exact_match_detection=True,
        ),
        _level(f"{_alike('core', 'name')} >= 0.92 OR {_ONE_EDIT}", "nearly the same", 0.1, 0.001),
        _level(f"{_alike('core', 'name')} >= 0.75", "alike", 0.05, 0.01),
        _level(f"{_alike('core', 'name')} >= 0.6", "somewhat alike", 0.03, 0.1),
        _level("ELSE", "different", 0.025, 0.8875),
        missing=f"{_alike('core', 'name')} IS NULL",
    ),
    "place": _comparison(
        "place",
        _level(_same("place"), "same", 0.9, 0.05, tf_adjustment_column="place", tf_adjustment_weight=1.0),
        _level(f"{_alike('place')} >= 0.75", "nearly the same", 0.04, 0.001),
        _level("ELSE", "different", 0.06, 0.949),
    ),
    "phones": _comparison(
        "phones",
        _level("list_has_any(own_phones_l, own_phones_r)", "one in common", 0.65, 0.0001),
        _level("list_has_any(phones_l, phones_r)", "a shared one in common", 0.05, 0.0005),
        _level("ELSE", "none in common", 0.3, 0.9994),
        missing="len(phones_l) = 0 OR len(phones_r) = 0",
    ),
    "email_key": _comparison(
        "email_key",
        _level(_same("email_key"), "same", 0.6, 0.0002, tf_adjustment_column="email_key", tf_adjustment_weight=1.0),
        _level(f"{_alike('email_key')} >= 0.85", "nearly the same", 0.1, 0.0005),
        _level(
            _same("email_domain"),
            "same domain",
            0.1,
            0.05,
            tf_adjustment_column="email_domain",
            tf_adjustment_weight=1.0,
            disable_tf_exact_match_detection=True,
        ),
        _level("ELSE", "different", 0.2, 0.9493),
    ),
    "tax_key": _comparison(
        "tax_key",
        _level(_same("tax_key"), "same", 0.98, 0.00005),
        _level("ELSE", "different", 0.02, 0.99995),
        missing="tax_key_l IS NULL OR tax_key_r IS NULL",
    ),
    "contact_key": _comparison(
        "contact_key",
        _level(_same("contact_key"), "same", 0.6, 0.002, tf_adjustment_column="contact_key", tf_adjustment_weight=1.0),
        _level(f"{_alike('contact_key', 'name')} >= 0.88", "nearly the same", 0.05, 0.002),
        _level("ELSE", "different", 0.35, 0.996),
        how="name",
    ),
    "address": _comparison(
        "address",
        _level(_same("address"), "same", 0.4, 0.0003, tf_adjustment_column="address", tf_adjustment_weight=1.0),
        _level(f"{_alike('address')} >= 0.85", "nearly the same", 0.3, 0.0007),
        _level(f"{_alike('address')} >= 0.6", "alike", 0.15, 0.03),
        _level("ELSE", "different", 0.15, 0.969),
    ),
}

_BLOCKING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("tax_key", {"blocking_rule": "l.tax_key = r.tax_key"}),
    ("email_key", {"blocking_rule": "l.email_key = r.email_key"}),
    ("name_key", {"blocking_rule": "l.block_name_sorted = r.block_name_sorted"}),
    ("name_key", {"blocking_rule": "l.block_name_sound = r.block_name_sound"}),
    ("phones", {"blocking_rule": "l.phones = r.phones", "arrays_to_explode": ["phones"]}),
    ("name_key", {"blocking_rule": "l.block_name_start = r.block_name_start"}),
    (
        "name_key",
        {"blocking_rule": "l.block_name_words = r.block_name_words", "arrays_to_explode": ["block_name_words"]},
    ),
    (
        "name_key",
        {"blocking_rule": "l.block_name_slips = r.block_name_slips", "arrays_to_explode": ["block_name_slips"]},
    ),
    ("address", {"blocking_rule": "l.block_address = r.block_address"}),
    ("contact_key", {"blocking_rule": "l.block_contact_place = r.block_contact_place"}),
    ("place", {"blocking_rule": "l.block_place_start = r.block_place_start"}),
    ("place", {"blocking_rule": "l.block_place_sound = r.block_place_sound"}),
    ("place", {"blocking_rule": "l.block_place_initial = r.block_place_initial"}),
    ("email_key", {"blocking_rule": "l.block_email_domain = r.block_email_domain"}),
)

TRAINING_RULES: tuple[tuple[str, str], ...] = (
    ("tax_key", "l.tax_key = r.tax_key"),
    ("email_key", "l.email_key = r.email_key"),
    ("phones", "l.phone_key = r.phone_key"),
    # the block, too: without its most frequent names there are never too many pairs
    ("name_key", "l.name_sorted = r.name_sorted AND l.block_name_sorted = r.block_name_sorted"),
)
"""Columns that pairs are drawn by in training, with the rule; the column itself learns from the other rules."""

SURE_RULES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset(["tax_key"]), "l.tax_key = r.tax_key"),
    (frozenset(["email_key", "name_key"]), "l.email_key = r.email_key AND l.block_name_start = r.block_name_start"),
    (frozenset(["phones", "name_key"]), "l.phone_key = r.phone_key AND l.block_name_start = r.block_name_start"),
    (
        frozenset(["place", "name_key"]),
        "l.block_name_sorted = r.block_name_sorted AND l.place = r.place AND length(l.name_key) >= 4",
    ),
)
"""Rules that hardly ever join two different customers; they tell how many duplicates there are."""


def training_rules(further: Sequence[Column] = ()) -> list[tuple[str, str]]:
    """Return :data:`TRAINING_RULES` and those of further columns."""
    return [*TRAINING_RULES, *further_training(further)]


def sure_rules(further: Sequence[Column] = ()) -> list[tuple[frozenset[str], str]]:
    """Return :data:`SURE_RULES` and those of further columns."""
    return [*SURE_RULES, *further_sure(further)]
