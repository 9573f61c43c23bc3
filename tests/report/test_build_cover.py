"""The cover says whose audit it is and whether the data hold."""

from types import SimpleNamespace

import pandas as pd
import pytest

from custinsight.periods import Period
from custinsight.report.cover import Cover, cover_of, period_name
from custinsight.words import Message, Words

EN = Words("en")


def audit(*, read=1000, kept=1000, rejected=0, off=0.0, previous=None):
    tables = {
        "load_report": pd.DataFrame(
            {"rows_in": [read], "rows_kept": [kept], "rows_rejected": [rejected]}
            | {"rows_total_lines": [0], "rows_out_of_scope": [0]}
        ),
        "load_amounts": pd.DataFrame({"difference": [off, 0.0]}),
    }
    company = SimpleNamespace(name="A GmbH", purpose="", scope="", responsible="Controlling")
    return SimpleNamespace(
        plan=SimpleNamespace(company=company, currency="EUR"),
        period=Period.parse("2024Q4"),
        previous=previous,
        languages=("en",),
        table=tables.get,
    )


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("2024", "Year 2024"),
        ("2024H1", "Half-year 1 of 2024"),
        ("2024Q4", "Quarter 4 of 2024"),
        ("2024-11", "Nov 2024"),
        ("2024W07", "Week 7 of 2024"),
        ("2024-10-01..2024-10-15", "2024-10-01 to 2024-10-15"),
    ],
)
def test_periods_are_named_in_words(label, said):
    assert EN(period_name(Period.parse(label))) == said


def test_a_clean_load_passes():
    cover = cover_of(audit())
    assert (cover.tone, EN(cover.verdict)) == ("pass", "Reconciles: 1,000 rows read, none rejected, none lost")


@pytest.mark.parametrize(("rejected", "tone"), [(10, "pass"), (11, "warn")])
def test_more_than_one_row_in_a_hundred_rejected_is_a_warning(rejected, tone):
    cover = cover_of(audit(kept=1000 - rejected, rejected=rejected))
    assert cover.tone == tone
    assert f"{rejected} rejected, none lost" in EN(cover.verdict)


@pytest.mark.parametrize("lost", [{"kept": 999}, {"off": -0.01}])
def test_a_lost_row_or_cent_fails(lost):
    assert cover_of(audit(**lost)).tone == "fail"


def test_half_a_cent_of_rounding_is_no_loss():
    assert cover_of(audit(off=0.004)).tone == "pass"


def test_last_audit_is_named_and_empty_facts_are_left_out():
    facts = {EN(term): value for term, value in cover_of(audit(previous=audit())).facts()}
    assert EN(facts["Last audit"]) == "Quarter 4 of 2024"
    assert facts["Amounts in"] == "EUR"
    assert "Purpose" not in facts


def test_a_cover_needs_little():
    cover = Cover("A", Message("2024"), Message("2024-12-31"), Message("Fine"))
    assert [EN(term) for term, _ in cover.facts()] == ["Data up to", "Amounts in"]
