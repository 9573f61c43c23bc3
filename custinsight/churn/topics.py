"""What features are about: reasons are given by topic, since several features tell of one thing."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from custinsight.churn.forecaster import FREQUENCY_PART, SILENCE_PART

TOPICS: dict[str, tuple[str, ...]] = {
    "silence": ("hiatus_days", "hiatus_over_gap", "chance_silent", SILENCE_PART, "model_alive"),
    "frequency": ("purchases", "recent_purchases", "year_purchases", "usual_gap_days", FREQUENCY_PART),
    "trend": ("purchase_trend", "last_gap_over_usual"),
    "regularity": ("gap_variation",),
    "season": ("season_purchases",),
    "age": ("age_days",),
    "spend": ("mean_spend", "year_spend", "last_spend_ratio"),
    "spend_trend": ("spend_trend",),
    "range": ("products", "categories"),
    "returns": ("return_share",),
    "discount": ("discount",),
    "owner": ("owner_changes",),
    "payment": ("late_days", "overdue_documents"),
    "complaints": ("complaints", "open_complaints", "resolution_days"),
    "satisfaction": ("satisfaction",),
    "contacts": ("contacts", "contact_hiatus_days"),
    "web": ("web_visits",),
}
"""Features by topic."""

FACTS: dict[str, tuple[str, str]] = {
    "silence": ("hiatus_days", "usual_gap_days"),
    "frequency": ("year_purchases", "recent_purchases"),
    "trend": ("purchase_trend", "last_gap_over_usual"),
    "regularity": ("gap_variation", "usual_gap_days"),
    "season": ("season_purchases", "year_purchases"),
    "age": ("age_days", "purchases"),
    "spend": ("mean_spend", "year_spend"),
    "spend_trend": ("spend_trend", "year_spend"),
    "range": ("products", "categories"),
    "returns": ("return_share", "year_spend"),
    "discount": ("discount", "year_spend"),
    "owner": ("owner_changes", "age_days"),
    "payment": ("overdue_documents", "late_days"),
    "complaints": ("complaints", "open_complaints"),
    "satisfaction": ("satisfaction", "age_days"),
    "contacts": ("contact_hiatus_days", "contacts"),
    "web": ("web_visits", "recent_purchases"),
}
"""The two features that a topic's sentence shows."""

_TOPIC = {feature: topic for topic, members in TOPICS.items() for feature in members}


def by_topic(contributions: pd.DataFrame) -> pd.DataFrame:
    """Sum contributions over each topic's features; a feature of no topic is one of its own.

    Examples
    --------
    >>> by_topic(pd.DataFrame({"hiatus_days": [1.0], "hiatus_over_gap": [0.5], "industry": [0.2]})).to_dict("list")
    {'silence': [1.5], 'industry': [0.2]}
    """
    topics: dict[str, pd.Series] = {}
    for name in contributions:
        topic = topic_of(str(name))
        topics[topic] = topics[topic] + contributions[name] if topic in topics else contributions[name]
    return pd.DataFrame(topics, index=contributions.index)


def topic_of(feature: str) -> str:
    """Topic of a feature: one of a column that the caller gave goes by its column's name."""
    return _TOPIC.get(feature, feature.split("=")[0])


def known_topics(features: Iterable[str]) -> tuple[str, ...]:
    """Topics that some features tell of, in order."""
    return tuple(dict.fromkeys(topic_of(name) for name in features))
