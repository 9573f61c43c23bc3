"""What the plan says about duplicates: of several records of one customer, whose value of each column survives."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from custinsight.plan_source import Part

Rule = Literal["most_trusted", "newest", "most_complete", "most_frequent", "longest"]


class Survivorship(Part):
    """Column to the rule by which its value is chosen among a customer's records.

    ``most_trusted`` takes what the first of the trusted systems says, ``newest`` what was updated last,
    ``most_complete`` what the record with the most columns filled says, ``most_frequent`` what most records say,
    ``longest`` the longest text. Whatever the rule: a valid value goes before a broken one, a record of the customer
    before one of a contact, and among equals the newest wins.
    """

    trusted: tuple[str, ...] = Field((), description="source systems, the most trusted first")
    customer_name: Rule = "most_frequent"
    parent_id: Rule = "newest"
    customer_type: Rule = "most_frequent"
    industry: Rule = "most_frequent"
    customer_group: Rule = "most_frequent"
    region: Rule = "most_frequent"
    city: Rule = "most_frequent"
    address: Rule = "newest"
    country: Rule = "most_frequent"
    tax_id: Rule = "newest"
    contact_name: Rule = "newest"
    mobile: Rule = "newest"
    phone: Rule = "newest"
    email: Rule = "newest"
    owner_id: Rule = Field("newest", description="also decides owner_name and department: all three of one record")
    status: Rule = "newest"
    credit_limit: Rule = "newest"
    payment_days: Rule = "newest"
    source_channel: Rule = "newest"
    consent: Rule = "newest"

    @model_validator(mode="after")
    def _trust_is_given(self) -> Survivorship:
        column = next((name for name, rule in self.rules.items() if rule == "most_trusted"), None)
        if column and not self.trusted:
            raise ValueError(
                f'{column} = "most_trusted" needs the key trusted: your source systems, most trusted first'
            )
        return self

    @property
    def rules(self) -> dict[str, str]:
        """Column to its rule.

        Examples
        --------
        >>> Survivorship(city="longest").rules["city"]
        'longest'
        """
        return {name: getattr(self, name) for name in type(self).model_fields if name != "trusted"}
