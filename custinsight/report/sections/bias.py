"""Which way gaps in the records bias the results."""

from __future__ import annotations

from custinsight.words import msg

BIAS_OF_DIMENSION = {
    "completeness": msg("Splits by this field leave these records out or under Not stated."),
    "validity": msg("Values of the wrong form count as missing wherever they are needed."),
    "uniqueness": msg("Too many customers are counted, and each seems to buy less than it does."),
    "consistency": msg("Records that contradict themselves may stand in the wrong group."),
    "timeliness": msg("Old records may name people and places that are no longer right."),
}
_DUPLICATES = msg("Duplicates stay unseen: customers are over-counted, their value is understated.")
_REACH = msg("These customers cannot be reached in this way: worklists overstate who can be contacted.")
_OWNER = msg("Nobody is responsible: results per salesperson are understated.")
_GROUP = msg("Results per group are understated; the rest stands under Not stated.")
BIAS_OF_FIELD = {
    "customer_name": _DUPLICATES,
    "tax_id": _DUPLICATES,
    "source_id": _DUPLICATES,
    "contact": _REACH,
    "contact_name": _REACH,
    "mobile": _REACH,
    "phone": _REACH,
    "email": _REACH,
    "address": _REACH,
    "owner_id": _OWNER,
    "owner_name": _OWNER,
    "industry": _GROUP,
    "customer_type": _GROUP,
    "customer_group": _GROUP,
    "region": _GROUP,
    "city": _GROUP,
    "source_channel": _GROUP,
    "department": _GROUP,
    "created_date": msg("The age of these customers is judged by their first purchase alone."),
    "credit_limit": msg("A limit that is not known cannot be exceeded: the credit risk is understated."),
    "payment_days": msg("When invoices fall due is not known: overdue amounts are understated."),
    "updated_at": msg("How fresh these records are is not known: timeliness is overstated."),
}
