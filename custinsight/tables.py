"""The canonical tables: which columns each has, of which type, required or not, personal or not.

Every export becomes these tables. A column marked personal may be stored only through
:mod:`custinsight.privacy.vault`; analyses see a pseudonymous ``customer_id`` instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MONEY = "decimal(18, 4)"
RATE = "decimal(18, 8)"


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    name : str
    dtype : str
        ibis type: ``string``, ``date``, ``timestamp``, ``int64``, ``float64``, ``boolean`` or a decimal.
    required : bool
        Rows without a value are rejected.
    personal : bool
        Tells who somebody is; stored only through the vault.
    allowed : tuple of str
        The only values accepted, after the plan's value mapping; empty when any will do.
    default : str or None
        Value taken when the source has no such column at all.
    """

    name: str
    dtype: str = "string"
    required: bool = False
    personal: bool = False
    allowed: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True)
class TableSpec:
    """A canonical table: its name and its columns in order."""

    name: str
    columns: tuple[Column, ...]

    def __getitem__(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must have a value in each row."""
        return tuple(column.name for column in self.columns if column.required)


def _table(name: str, *columns: Column) -> TableSpec:
    return TableSpec(name, columns)


C = Column

CUSTOMERS = _table(
    "customers",
    C("customer_id", required=True),
    C("customer_name", required=True, personal=True),
    C("parent_id"),
    C("customer_type", allowed=("company", "person")),
    C("industry"),
    C("customer_group"),
    C("region"),
    C("city"),
    C("address", personal=True),
    C("country"),
    C("tax_id", personal=True),
    C("contact_name", personal=True),
    C("mobile", personal=True),
    C("phone", personal=True),
    C("email", personal=True),
    C("owner_id"),
    C("owner_name"),
    C("department"),
    C("created_date", "date"),
    C("status", allowed=("active", "frozen", "disabled"), default="active"),
    C("credit_limit", MONEY),
    C("payment_days", "int64"),
    C("source_channel"),
    C("consent"),
    C("source_system", required=True),
    C("source_id", required=True, personal=True),
    C("updated_at", "date"),
)

TRANSACTIONS = _table(
    "transactions",
    C("doc_id", required=True),
    C("line_no"),
    C("doc_type", required=True, allowed=("order", "shipment", "invoice", "return"), default="invoice"),
    C("doc_date", "date", required=True),
    C("customer_id", required=True),
    C("product_id"),
    C("product_name"),
    C("category"),
    C("quantity", MONEY),
    C("unit"),
    C("amount_net", MONEY, required=True),
    C("amount_gross", MONEY),
    C("amount_tax", MONEY),
    C("cost", MONEY),
    C("currency", required=True),
    C("fx_rate", RATE),
    C("owner_id"),
    C("department"),
    C("channel"),
    C("status", required=True, allowed=("posted", "draft", "void"), default="posted"),
    C("return_of"),
)

INTERACTIONS = _table(
    "interactions",
    C("interaction_id", required=True),
    C("customer_id", required=True),
    C("at", "date", required=True),
    C("kind", required=True, allowed=("call", "visit", "email", "meeting", "web", "opportunity")),
    C("owner_id"),
    C("subject", personal=True),
    C("outcome"),
    C("next_action_date", "date"),
    C("stage"),
    C("amount", MONEY),
    C("probability", "float64"),
    C("close_date", "date"),
    C("lost_reason"),
)

FEEDBACK = _table(
    "feedback",
    C("feedback_id", required=True),
    C("customer_id", required=True),
    C("at", "date", required=True),
    C("kind", required=True, allowed=("complaint", "csat", "nps", "review", "survey"), default="complaint"),
    C("score", "float64"),
    C("score_max", "float64"),
    C("category"),
    C("severity"),
    C("text", personal=True),
    C("status"),
    C("first_response_at", "date"),
    C("resolved_at", "date"),
    C("sla_met", "boolean"),
)

RECEIVABLES = _table(
    "receivables",
    C("doc_id", required=True),
    C("customer_id", required=True),
    C("doc_date", "date", required=True),
    C("due_date", "date", required=True),
    C("amount", MONEY, required=True),
    C("amount_open", MONEY, required=True),
    C("paid_date", "date"),
    C("disputed", "boolean"),
    C("currency", required=True),
    C("as_of", "date", required=True),
)

TARGETS = _table(
    "targets",
    C("owner_id", required=True),
    C("period", required=True),
    C("revenue_target", MONEY, required=True),
)

OWNERS = _table(
    "owners",
    C("owner_id", required=True),
    C("owner_name", required=True),
    C("department"),
    C("region"),
    C("manager_id"),
)

RATES = _table(
    "rates",
    C("currency", required=True),
    C("valid_from", "date", required=True),
    C("fx_rate", RATE, required=True),
    C("base_currency"),
)

TABLES: dict[str, TableSpec] = {
    table.name: table
    for table in (CUSTOMERS, TRANSACTIONS, INTERACTIONS, FEEDBACK, RECEIVABLES, TARGETS, OWNERS, RATES)
}

PERSONAL: frozenset[str] = frozenset(
    column.name for table in TABLES.values() for column in table.columns if column.personal
) | {"raw", "old_value", "new_value", "other_phones", "other_emails", "suggested_email"}
"""Names of columns that only the vault may store, whatever table they stand in."""


def personal_columns(names: Iterable[str]) -> list[str]:
    """Names among ``names`` that hold personal data, normalised and key forms of them included.

    Examples
    --------
    >>> personal_columns(["customer_id", "mobile", "name_key", "region"])
    ['mobile', 'name_key']
    """
    return [name for name in names if name in PERSONAL or name.endswith("_key") or name.split("__")[0] in PERSONAL]
