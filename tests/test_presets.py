"""A source and its preset become one."""

from pathlib import Path

import pytest

from custinsight.errors import PlanError
from custinsight.plan import Source, read_plan
from custinsight.presets import merge_preset


def merged(**own):
    return Source.model_validate({"name": "x", "preset": "sap/invoices", "path": "x.csv", **own})


def test_a_preset_fills_what_is_not_said():
    source = merged()
    assert source.table == "transactions"
    assert source.system == "sap"
    assert source.columns["customer_id"] == "KUNAG"
    assert [lookup.name for lookup in source.lookups] == ["VBRK"]


def test_own_keys_win_and_tables_merge_key_by_key():
    source = merged(system="S4", columns={"customer_id": "KUNRG"}, values={"channel": {"10": "direct"}})
    assert source.system == "S4"
    assert (source.columns["customer_id"], source.columns["doc_id"]) == ("KUNRG", "VBELN")
    assert source.values == {"channel": {"10": "direct"}}


def test_an_empty_text_removes_a_key():
    source = merged(columns={"channel": ""}, computed={"cost": ""})
    assert "channel" not in source.columns
    assert "cost" not in source.computed
    assert "amount_net" in source.computed


def test_a_column_that_the_plan_fills_is_not_filled_by_the_preset_too():
    assert "amount_net" not in merged(columns={"amount_net": "NETWR"}).computed
    assert "customer_id" not in merged(computed={"customer_id": "KUNRG || KUNAG"}).columns


def test_lookups_merge_by_name():
    source = merged(lookups=[{"name": "VBRK", "path": "heads.csv"}, {"path": "staff.csv", "on": {"VKGRP": "id"}}])
    assert [(one.name, one.path, one.on) for one in source.lookups] == [
        ("VBRK", "heads.csv", {"VBELN": "VBELN"}),
        (None, "staff.csv", {"VKGRP": "id"}),
    ]
    assert merged(lookups=[{"name": "VBRK", "path": ""}]).lookups == ()


def test_a_source_without_a_preset_stays_as_it_is():
    given = {"name": "x", "columns": {"doc_id": ""}}
    assert merge_preset(given) == given


def plan(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "audit.toml"
    path.write_text(f'[[sources]]\nname = "sales"\npath = "x.csv"\n{text}', encoding="utf-8")
    return path


def test_a_preset_in_a_plan(tmp_path):
    source = read_plan(plan(tmp_path, 'preset = "shopify/orders"\n[sources.constants]\ncurrency = "EUR"')).sources[0]
    assert source.preset == "shopify/orders"
    assert source.constants == {"doc_type": "order", "currency": "EUR"}


def test_an_unknown_preset_is_told_with_those_there_are(tmp_path):
    with pytest.raises(PlanError, match=r"sources\[sales\]: preset must be one of .*sap/invoices.*got 'sap/bills'"):
        read_plan(plan(tmp_path, 'preset = "sap/bills"'))


def test_what_the_plan_adds_to_a_preset_is_checked(tmp_path):
    with pytest.raises(PlanError, match=r"columns\.colour: the table transactions has no column colour"):
        read_plan(plan(tmp_path, 'preset = "sap/invoices"\n[sources.columns]\ncolour = "FARBE"'))
    with pytest.raises(PlanError, match=r"sources\[sales\]\.optionl is unknown"):
        read_plan(plan(tmp_path, 'preset = "sap/invoices"\noptionl = ["FARBE"]'))


def test_a_lookup_needs_a_path(tmp_path):
    with pytest.raises(PlanError, match="a lookup needs a path"):
        read_plan(plan(tmp_path, 'table = "owners"\n[[sources.lookups]]\non = { a = "b" }'))
