"""What the codes in the tables are called."""

from __future__ import annotations

from custinsight.words import Message, msg

TIERS = {
    "A": msg("Tier A (high)"),
    "B": msg("Tier B (middle)"),
    "C": msg("Tier C (low)"),
    "": msg("No tier"),
}
STAGES = {
    "potential": msg("Never bought"),
    "new": msg("New"),
    "growing": msg("Growing"),
    "active": msg("Active"),
    "declining": msg("Declining"),
    "recovered": msg("Won back"),
    "at_risk": msg("At risk"),
    "dormant": msg("Dormant"),
    "lost": msg("Lost"),
    "": msg("No stage"),
}
FADING = ("at_risk", "dormant", "lost")
"""Stages of customers who are silent for longer than their own rhythm explains."""
STEPS = {
    "opening": msg("Active at start"),
    "new": msg("New"),
    "recovered": msg("Won back"),
    "lapsed": msg("Lapsed"),
    "closing": msg("Active at end"),
}
FACTORS = {
    "customers": msg("Customers"),
    "aof": msg("Orders per customer"),
    "aov": msg("Spend per order"),
    "margin": msg("Margin"),
    "total": msg("Change"),
}
GROUPS = {
    "only_before": msg("Bought only before"),
    "both": msg("Bought in both"),
    "only_after": msg("Bought only now"),
}
MEASURES = {
    "spend": msg("Net sales per customer"),
    "orders": msg("Orders per customer"),
    "spend_per_order": msg("Spend per order"),
    "profit": msg("Profit per customer"),
    "margin": msg("Margin"),
}
MEASURE_SHOWS = {
    "spend": "money",
    "orders": "count",
    "spend_per_order": "money",
    "profit": "money",
    "margin": "percent",
}
DIMENSIONS = {
    "completeness": msg("Completeness"),
    "validity": msg("Compliance"),
    "accuracy": msg("Accuracy"),
    "uniqueness": msg("Uniqueness"),
    "consistency": msg("Consistency"),
    "timeliness": msg("Currentness"),
    "accessibility": msg("Accessibility"),
}
FIELDS = {
    "customer_id": msg("Customer number"),
    "customer_name": msg("Name"),
    "parent_id": msg("Parent company"),
    "customer_type": msg("Kind of customer"),
    "industry": msg("Industry"),
    "customer_group": msg("Customer group"),
    "region": msg("Region"),
    "city": msg("City"),
    "address": msg("Address"),
    "country": msg("Country"),
    "tax_id": msg("Tax number"),
    "contact": msg("Any contact"),
    "contact_name": msg("Contact person"),
    "mobile": msg("Mobile number"),
    "phone": msg("Phone number"),
    "email": msg("E-mail"),
    "owner_id": msg("Salesperson"),
    "owner_name": msg("Salesperson's name"),
    "department": msg("Department"),
    "created_date": msg("Created on"),
    "status": msg("Status"),
    "credit_limit": msg("Credit limit"),
    "payment_days": msg("Days to pay"),
    "source_channel": msg("Channel of origin"),
    "consent": msg("Consent"),
    "updated_at": msg("Last updated"),
    "last_contact": msg("Last contact"),
    "source_id": msg("Number in the source"),
    "source_system": msg("Source system"),
}
TABLES = {
    "customers": msg("customers"),
    "transactions": msg("transactions"),
    "interactions": msg("contacts with customers"),
    "feedback": msg("complaints and feedback"),
    "receivables": msg("receivables"),
    "targets": msg("sales targets"),
    "owners": msg("salespeople"),
    "rates": msg("exchange rates"),
}
WITHOUT_TABLE = {
    "customers": msg("Duplicates, data quality, regions and owners cannot be shown."),
    "transactions": msg("Purchases, movement, value and churn cannot be shown."),
    "interactions": msg("Who was contacted, and who was not, cannot be shown."),
    "feedback": msg("Complaints and satisfaction cannot be shown."),
    "receivables": msg("Overdue amounts and credit limits cannot be checked."),
    "targets": msg("Sales cannot be held against targets."),
    "owners": msg("Salespeople appear by their number where the customers do not name them."),
}
VERDICTS = {
    "kept": msg("Counted"),
    "later": msg("Dated after the period"),
    "status": msg("Draft or void"),
    "doc_type": msg("Kind of document not in scope"),
    "excluded_customer": msg("Customer left out by the plan"),
    "no_rate": msg("No exchange rate"),
}
BASES = {
    "net": msg("as exported"),
    "computed": msg("computed by the plan"),
    "gross_less_tax": msg("gross less its tax"),
    "gross_less_rate": msg("gross less the plan's tax rate"),
}
STATES = {
    "passed": msg("Within the limits"),
    "warned": msg("Warned"),
    "refused": msg("Refused"),
}
RETURNS = {
    "named": msg("Named by the export"),
    "own": msg("On the purchase's own document"),
    "matched": msg("Matched, one fits"),
    "ambiguous": msg("Matched, several fit"),
    "missing": msg("Named, but not in the exports"),
    "none": msg("None found"),
}
BUCKETS = {
    "not_due": msg("Not yet due"),
    "1-30": msg("1–30 days"),
    "31-60": msg("31–60 days"),
    "61-90": msg("61–90 days"),
    "over_90": msg("Over 90 days"),
}
WEEKDAYS = {
    1: msg("Mon"),
    2: msg("Tue"),
    3: msg("Wed"),
    4: msg("Thu"),
    5: msg("Fri"),
    6: msg("Sat"),
    7: msg("Sun"),
}
WEEKDAY_NAMES = {
    1: msg("Monday"),
    2: msg("Tuesday"),
    3: msg("Wednesday"),
    4: msg("Thursday"),
    5: msg("Friday"),
    6: msg("Saturday"),
    7: msg("Sunday"),
}
OTHER = {"other": msg("All others"), "": msg("Not stated")}
GATES = {
    "use": msg("The value model passed its test and may be used."),
    "care": msg("The value model may be used with care."),
    "refuse": msg("The value model may not be used, so no customer values are shown."),
}
MODELS = {
    "BGNBD": msg("BG/NBD (purchases)"),
    "MBGNBD": msg("MBG/NBD (purchases)"),
    "MBGCNBD": msg("MBG/CNBD-k (regular purchases)"),
    "ParetoNBD": msg("Pareto/NBD (purchases)"),
    "Pool": msg("BG/NBD and Pareto/NBD together"),
    "NBD": msg("NBD (purchases)"),
    "GammaGamma": msg("Gamma-Gamma (spend)"),
    "purchase_model": msg("Purchase model"),
    "logistic": msg("Logistic regression"),
    "additive": msg("Additive boosted trees"),
    "blend": msg("Mean of the three models"),
    "rate": msg("Own past rate"),
    "hiatus": msg("Silence alone"),
    "model": msg("Model"),
    "naive": msg("Own past rate"),
    "equal": msg("The mean for everybody"),
    "mean": msg("The mean for everybody"),
}
FEATURES = {
    "purchases": msg("Purchase days"),
    "age_days": msg("Days as a customer"),
    "hiatus_days": msg("Days since the last order"),
    "usual_gap_days": msg("Usual gap in days"),
    "hiatus_over_gap": msg("Silence over usual gap"),
    "chance_silent": msg("Chance of such a silence"),
    "gap_variation": msg("Irregularity of the gaps"),
    "last_gap_over_usual": msg("Last gap over usual gap"),
    "recent_purchases": msg("Orders of the last 91 days"),
    "year_purchases": msg("Orders of the last 364 days"),
    "purchase_trend": msg("Trend of the orders"),
    "season_purchases": msg("Orders in the same season a year ago"),
    "mean_spend": msg("Spend per order"),
    "last_spend_ratio": msg("Last order over mean order"),
    "year_spend": msg("Spend of the last 364 days"),
    "spend_trend": msg("Trend of the spend"),
    "products": msg("Different products"),
    "categories": msg("Different categories"),
    "return_share": msg("Share returned"),
    "discount": msg("Discount on usual prices"),
    "owner_changes": msg("Changes of salesperson"),
    "late_days": msg("Days late with payment"),
    "overdue_documents": msg("Documents overdue"),
    "complaints": msg("Complaints of the last year"),
    "open_complaints": msg("Open complaints"),
    "resolution_days": msg("Days to settle complaints"),
    "satisfaction": msg("Satisfaction"),
    "contacts": msg("Contacts of the last 91 days"),
    "contact_hiatus_days": msg("Days since the last contact"),
    "web_visits": msg("Web visits of the last 91 days"),
}
CONFIDENCE = {"use": 1.0, "care": 0.6, "refuse": 0.0}


def labelled(codes: object, labels: dict[str, Message]) -> Message | str:
    """Return what a code is called, or the code itself."""
    return labels.get(str(codes), str(codes))
