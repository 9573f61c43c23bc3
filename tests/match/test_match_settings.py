"""Settings shown, changed, saved and used again."""

import json

import pandas as pd
import pytest

from custinsight.errors import DataError
from custinsight.match import deduplicate


@pytest.fixture(scope="module")
def matched(cleaned):
    return deduplicate(cleaned)


def test_saved_settings_give_the_same_result(cleaned, matched, tmp_path):
    matched.model.save(tmp_path / "model.json")
    again = deduplicate(cleaned, settings=tmp_path / "model.json")
    for name in ("links", "golden", "review"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(matched, name))
    assert again.model.settings == matched.model.settings


def test_settings_are_plain_json(matched):
    assert json.loads(json.dumps(matched.model.settings)) == matched.model.settings


def test_changed_settings_change_the_result(cleaned, matched):
    changed = json.loads(json.dumps(matched.model.settings))
    changed["probability_two_random_records_match"] = 1e-12
    fewer = deduplicate(cleaned, settings=changed)
    assert fewer.links["golden_id"].nunique() > matched.links["golden_id"].nunique()


def test_settings_hold_no_value_of_a_record(cleaned, matched):
    written = json.dumps(matched.model.settings, ensure_ascii=False)
    for name in ("email_key", "phone_key", "tax_key"):
        assert not [value for value in cleaned[name].dropna() if value in written]


@pytest.mark.parametrize("settings", [{}, {"x": 1}, "no/such/file.json"])
def test_what_is_no_model_is_refused(cleaned, settings):
    with pytest.raises(DataError, match="trained model"):
        deduplicate(cleaned, settings=settings)


def test_settings_for_other_columns_are_refused(cleaned):
    born = cleaned.head(200).assign(dob=[f"19{n % 90 + 10}-0{n % 9 + 1}-1{n % 7}" for n in range(200)])
    settings = deduplicate(born).model.settings
    with pytest.raises(DataError, match="dob"):
        deduplicate(cleaned.head(200), settings=settings)
