"""What a check says to a reader: what it looks at, which way its gaps bias the audit, who has to do what.

The sentences are templates with the numbers in them, so that each language says them its own way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from custinsight.words import Message, msg

_FIELDS = {
    "customer_id": msg("customer"),
    "customer_name": msg("name"),
    "name": msg("name"),
    "parent_id": msg("parent company"),
    "customer_type": msg("kind of customer"),
    "industry": msg("industry"),
    "customer_group": msg("customer group"),
    "region": msg("region"),
    "city": msg("city"),
    "address": msg("address"),
    "country": msg("country"),
    "tax_id": msg("tax number"),
    "tax": msg("tax number"),
    "contact": msg("way to reach them"),
    "contact_name": msg("contact person"),
    "mobile": msg("mobile number"),
    "phone": msg("phone number"),
    "email": msg("e-mail address"),
    "owner_id": msg("salesperson"),
    "owner_name": msg("salesperson's name"),
    "manager_id": msg("manager"),
    "department": msg("department"),
    "created_date": msg("date of creation"),
    "status": msg("status"),
    "credit_limit": msg("credit limit"),
    "payment_days": msg("days to pay"),
    "source_channel": msg("channel of origin"),
    "consent": msg("consent"),
    "updated_at": msg("date of the last update"),
    "last_contact": msg("last contact"),
    "category": msg("product category"),
    "channel": msg("sales channel"),
    "cost": msg("cost"),
    "line_no": msg("line number"),
    "score": msg("score"),
    "due_date": msg("due date"),
    "paid_date": msg("date of payment"),
    "first_response_at": msg("date of the first answer"),
    "resolved_at": msg("date of the solution"),
}
_TITLES = {
    "HAS": msg("Filled in: {field}"),
    "VALID": msg("Readable: {field}"),
    "REAL": msg("Plausible: {field}"),
    "UNIQUE": msg("Not repeated: {field}"),
    "KNOWN": msg("Known: {field}"),
    "ORDER": msg("Dates in order: {field}"),
    "ONE_NAME_OF_TAX_ID": msg("One tax number, one name"),
    "ONE_TAX_ID_OF_NAME": msg("One name, one tax number"),
    "PHONE_OF_PLACE": msg("Area code fits the address"),
    "TAX_ID_OF_PLACE": msg("Tax number fits the address"),
    "ADDRESS_OF_CITY": msg("Address fits the city"),
    "REGION_OF_CITY": msg("Region fits the city"),
    "ONE_NAME_OF_OWNER": msg("One name for each salesperson"),
    "REACHABLE": msg("Can be reached in some way"),
    "FRESH_RECORD": msg("Record updated lately"),
    "RECENT_CONTACT": msg("Customer contacted lately"),
    "NET_AND_GROSS": msg("Net and gross amount fit"),
    "OPEN_PART": msg("Not more is open than was due"),
    "SCORE_RANGE": msg("Score within its scale"),
}
_FACTS = {
    "HAS": msg("{share:percent} of the rows have no {field}"),
    "VALID": msg("{share:percent} of the entries cannot be read: {field}"),
    "REAL": msg("{share:percent} of the entries cannot be true: {field}"),
    "UNIQUE": msg("{share:percent} of the rows repeat the {field} of another one"),
    "KNOWN": msg("{share:percent} of the rows name a {field} that is not on the list"),
    "ORDER": msg("{share:percent} of the rows have dates in the wrong order"),
    "ONE_NAME_OF_TAX_ID": msg("{share:percent} of the records share their tax number with another name"),
    "ONE_TAX_ID_OF_NAME": msg("{share:percent} of the records share their name with another tax number"),
    "PHONE_OF_PLACE": msg("{share:percent} of the landlines belong to another province than the address"),
    "TAX_ID_OF_PLACE": msg("{share:percent} of the tax numbers were given out in another province than the address"),
    "ADDRESS_OF_CITY": msg("{share:percent} of the addresses lie in another city than the record says"),
    "REGION_OF_CITY": msg("{share:percent} of the records have another region than their city"),
    "ONE_NAME_OF_OWNER": msg("{share:percent} of the records name their salesperson in another way"),
    "REACHABLE": msg("{share:percent} of the records have neither phone nor e-mail that works"),
    "FRESH_RECORD": msg("{share:percent} of the records were not updated for long"),
    "RECENT_CONTACT": msg("{share:percent} of the records belong to customers nobody contacted lately"),
    "NET_AND_GROSS": msg("{share:percent} of the lines have a gross amount that does not fit the net one"),
    "OPEN_PART": msg("{share:percent} of the documents have more open than was due"),
    "SCORE_RANGE": msg("{share:percent} of the scores lie outside their scale"),
}
_FACTS_OF_REVENUE = {
    "HAS": msg("{revenue_share:percent} of revenue has no {field}"),
    "KNOWN": msg("{revenue_share:percent} of revenue names a {field} that is not on the list"),
    "UNIQUE": msg("{revenue_share:percent} of revenue stands in lines that come twice"),
}
_NO_CUSTOMER = msg("{revenue_share:percent} of revenue has no customer record")

_DUPLICATES = msg("duplicates stay unseen, customers are over-counted and their value is understated.")
_REACH = msg("worklists overstate who can be contacted.")
_OWNER = msg("results per salesperson are understated.")
_GROUP = msg("results per group are understated, the rest stands under Not stated.")
_EFFECTS = {
    "customer_name": _DUPLICATES,
    "tax_id": _DUPLICATES,
    "contact_name": _REACH,
    "mobile": _REACH,
    "phone": _REACH,
    "email": _REACH,
    "address": _REACH,
    "contact": _REACH,
    "owner_id": _OWNER,
    "owner_name": _OWNER,
    "manager_id": _OWNER,
    "industry": _GROUP,
    "customer_type": _GROUP,
    "customer_group": _GROUP,
    "region": _GROUP,
    "city": _GROUP,
    "source_channel": _GROUP,
    "category": _GROUP,
    "channel": _GROUP,
    "parent_id": msg("groups of companies are split, dependence on them is understated."),
    "created_date": msg("how long they have been customers is misjudged."),
    "credit_limit": msg("a limit that is not known cannot be exceeded, credit risk is understated."),
    "payment_days": msg("when invoices fall due is misjudged, overdue amounts are understated."),
    "cost": msg("profit rests on an assumed margin, differences between customers are understated."),
    "due_date": msg("overdue amounts are misjudged."),
    "paid_date": msg("days to payment are understated."),
    "amount_open": msg("open amounts are overstated."),
    "amount_gross": msg("amounts of these lines may be wrong either way."),
    "score": msg("satisfaction may be wrong either way."),
    "first_response_at": msg("times of reaction are understated."),
    "resolved_at": msg("times of solution are understated."),
    "line_no": msg("revenue is overstated."),
}
_MERGED = msg("unless they are merged, customers are over-counted and each seems to buy less than it does.")
_EFFECTS_OF_CODE = {
    "UNIQUE_NAME": _MERGED,
    "UNIQUE_PHONE": _MERGED,
    "UNIQUE_EMAIL": _MERGED,
    "UNIQUE_TAX": _MERGED,
    "ONE_NAME_OF_TAX_ID": msg("customers may be merged that are different ones, concentration may be overstated."),
    "ONE_TAX_ID_OF_NAME": msg("customers may be merged that are different ones, concentration may be overstated."),
    "PHONE_OF_PLACE": msg("results per region may be wrong either way."),
    "TAX_ID_OF_PLACE": msg("results per region may be wrong either way, or the number is another company's."),
    "ADDRESS_OF_CITY": msg("results per region may be wrong either way."),
    "REGION_OF_CITY": msg("results per region may be wrong either way."),
    "FRESH_RECORD": msg("contacts, salespeople and addresses may be out of date, who can be reached is overstated."),
    "RECENT_CONTACT": msg("what these customers plan is not known, the risk of losing them is understated."),
    "TRANSACTIONS_KNOWN_CUSTOMER_ID": msg("concentration is understated."),
    "RECEIVABLES_KNOWN_CUSTOMER_ID": msg("credit risk per customer is understated."),
    "INTERACTIONS_KNOWN_CUSTOMER_ID": msg("the care taken of customers is understated."),
    "FEEDBACK_KNOWN_CUSTOMER_ID": msg("complaints per customer are understated."),
    "OWNERS_UNIQUE_OWNER_ID": msg("results of two people may stand under one number."),
}
_UNKNOWN_EFFECT = msg("results that use it may be wrong either way.")
_OWN_FACT = msg("{share:percent} of the rows break the rule {name}")

_ASK = msg("Ask these customers for what is missing and enter it.")
_COMPLETE = msg("Complete what is missing in the source.")
_LOOK_UP = msg("Look the tax number up in the public register and correct name or number.")
_COMPARE = msg("Ask the customer which of the two is right and correct the other.")
_ACTIONS = {
    "VALID": msg("Correct the entries in the source; the list names each of them."),
    "REAL": msg("Replace stand-ins by what is true, or leave them empty."),
    "UNIQUE": msg("Merge the repeated rows in the source, or confirm that they are different."),
    "KNOWN": msg("Add what is missing to the list, or correct the number that is named."),
    "ORDER": msg("Correct the dates in the source."),
    "ONE_NAME_OF_TAX_ID": _LOOK_UP,
    "ONE_TAX_ID_OF_NAME": _LOOK_UP,
    "PHONE_OF_PLACE": _COMPARE,
    "TAX_ID_OF_PLACE": _LOOK_UP,
    "ADDRESS_OF_CITY": _COMPARE,
    "REGION_OF_CITY": msg("Correct the region in the source."),
    "ONE_NAME_OF_OWNER": msg("Write the salesperson's name in one way."),
    "REACHABLE": _ASK,
    "FRESH_RECORD": msg("Confirm these records with the customers, those with the most revenue first."),
    "RECENT_CONTACT": msg("Contact these customers, those with the most revenue first."),
    "NET_AND_GROSS": msg("Correct the amounts or the mapping of their columns."),
    "OPEN_PART": msg("Correct the amounts or the mapping of their columns."),
    "SCORE_RANGE": msg("Correct the scores or the mapping of their columns."),
    "OWN": msg("Put the rows right in the source, or change the rule in the plan."),
}
_NEW_OWNER = msg("Name a salesperson for these customers.")
_ASKED_OF_OWNERS = frozenset({"contact_name", "mobile", "phone", "email", "address", "tax_id", "industry"})
_BY_OWNERS = frozenset({"REACHABLE", "FRESH_RECORD", "RECENT_CONTACT", "PHONE_OF_PLACE", "ADDRESS_OF_CITY"})
RESPONSIBLE = {"owner": msg("Salesperson of the customer"), "steward": msg("Data steward")}
"""Who has to put rows right."""


@dataclass(frozen=True)
class CheckWords:
    """What a check says.

    Parameters
    ----------
    title : Message
        What must be so.
    bias : Message
        How much is not, and which way that biases the audit.
    action : Message
        What has to be done.
    responsible : str
        ``owner`` or ``steward``, a key of :data:`RESPONSIBLE`.
    """

    title: Message
    bias: Message
    action: Message
    responsible: str


def words_of_check(check: Mapping[str, Any], responsible: str = "steward") -> CheckWords:
    """Put a check's result into words.

    Parameters
    ----------
    check : mapping
        A row of ``Checked.table``; its ``revenue_share`` is used where it is there.
    responsible : str
        For a check of the plan's own: who the plan says has to put its rows right.

    Returns
    -------
    CheckWords

    Examples
    --------
    >>> from custinsight.words import Words
    >>> check = {"code": "TRANSACTIONS_KNOWN_CUSTOMER_ID", "table": "transactions", "field": "customer_id"}
    >>> check |= {"share": 0.02, "revenue_share": 0.018, "name": "", "why": ""}
    >>> Words("en")(words_of_check(check).bias)
    '1.8% of revenue has no customer record: concentration is understated.'
    """
    if check["name"]:
        return _own_words(check, responsible)
    kind, field = _kind(check), _FIELDS.get(str(check["field"]), msg("entry"))
    fact = _fact(check, kind, field)
    effect = _EFFECTS_OF_CODE.get(str(check["code"])) or _EFFECTS.get(str(check["field"]), _UNKNOWN_EFFECT)
    by_owner = kind in _BY_OWNERS or (kind in ("HAS", "VALID") and check["field"] in _ASKED_OF_OWNERS)
    return CheckWords(
        title=Message(_TITLES[kind].template, {"field": field}),
        bias=msg("{fact}: {effect}", fact=fact, effect=effect),
        action=_action(check, kind),
        responsible="owner" if by_owner else "steward",
    )


def _own_words(check: Mapping[str, Any], responsible: str) -> CheckWords:
    fact = Message(_OWN_FACT.template, {"share": check["share"], "name": str(check["name"])})
    effect = str(check["why"]) or _UNKNOWN_EFFECT
    return CheckWords(
        title=msg("Rule of the plan: {name}", name=str(check["name"])),
        bias=msg("{fact}: {effect}", fact=fact, effect=effect),
        action=_ACTIONS["OWN"],
        responsible=responsible,
    )


def _kind(check: Mapping[str, Any]) -> str:
    """Return the part of a code that says what is checked."""
    code = str(check["code"]).removeprefix(f"{check['table']}_".upper())
    return code if code in _TITLES else code.split("_", 1)[0]


def _fact(check: Mapping[str, Any], kind: str, field: Message) -> Message:
    revenue_share = float(check.get("revenue_share", math.nan))
    values = {"share": float(check["share"]), "field": field, "revenue_share": revenue_share}
    templates = _FACTS
    if check["table"] == "transactions" and revenue_share > 0 and kind in _FACTS_OF_REVENUE:
        templates = _FACTS_OF_REVENUE
        if check["code"] == "TRANSACTIONS_KNOWN_CUSTOMER_ID":
            return Message(_NO_CUSTOMER.template, values)
    return Message(templates[kind].template, values)


def _action(check: Mapping[str, Any], kind: str) -> Message:
    if kind == "HAS":
        if check["field"] == "owner_id":
            return _NEW_OWNER
        return _ASK if check["field"] in _ASKED_OF_OWNERS else _COMPLETE
    return _ACTIONS[kind]
