"""Page 5, churn: the verdict on the method, why customers leave, whom to call, and whether the method is fair."""

from __future__ import annotations

from typing import Any

from custinsight.churn.sentences import TOPIC_NAMES, join_reasons
from custinsight.messages import read_message
from custinsight.report.figures import draw_lines, draw_rows
from custinsight.report.parts import Figure, Note, Part, Several, Table, shown
from custinsight.report.sections.common import join_messages, needs, number
from custinsight.report.sections.labels import FEATURES, MODELS, labelled
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_MOST = 20
_TONES = {"use": "pass", "simple": "warn", "care": "warn", "refuse": "warn"}
_GROUP_KINDS = {
    "tenure": msg("Time as a customer"),
    "size": msg("Spend"),
    "region": msg("Region"),
    "customer_type": msg("Kind of customer"),
}
_THIRDS = {"low": msg("lowest third"), "middle": msg("middle third"), "high": msg("highest third")}
_TYPES = {"company": msg("Company"), "person": msg("Person")}
_SMALLEST = 10
"""Of groups of fewer customers only the number is shown."""

_FAIR = {
    "fair": msg("Holds"),
    "too_high": msg("Too gloomy"),
    "too_low": msg("Too hopeful"),
    "few": msg("Too few to say"),
}
_DRIFT = {"stable": msg("Stable"), "moved": msg("Moved"), "shifted": msg("Shifted")}
_NO_VERDICT = msg("There are too few purchases to estimate who is leaving.")


@shown
@needs("churn_verdict", without=_NO_VERDICT)
def churn_verdict(audit: Any) -> Part:
    """Whether the probabilities may be used, in words."""
    frame = audit.table("churn_verdict")
    sentences = [read_message(text) for text in frame["message_json"]]
    row = frame.iloc[0]
    if row["method"]:
        sentences.insert(0, msg("The probabilities are made by: {method}.", method=labelled(row["method"], MODELS)))
    return Note(join_messages(sentences), _TONES.get(str(row["verdict"]), "info"))  # type: ignore[arg-type]


@shown
@needs("churn_reasons", "scores", without=msg("No probabilities are given, so there are no reasons to give."))
def churn_reasons(audit: Any) -> Part:
    """The customers with most at stake, each with the reasons of its probability."""
    scores = audit.table("scores").sort_values("priority", kind="stable").head(_MOST)
    reasons = audit.table("churn_reasons")
    chosen = reasons[reasons["customer_id"].isin(scores["customer_id"])]
    said = join_reasons(chosen)
    frame = scores.assign(code=range(len(scores)))
    why = {i: said.get(customer, msg("–")) for i, customer in enumerate(scores["customer_id"])}
    return Table(
        msg("Why the customers with most at stake may stay away"),
        msg(
            "By value at stake and by how much can still be changed. A reason's size is what the probability would "
            "lose without it; those with a minus speak for staying."
        ),
        frame,
        (
            Col("customer_id", msg("Customer number")),
            Col("probability", msg("Probability"), "percent"),
            Col("value_at_stake", msg("At stake"), "money"),
            Col("code", msg("Reasons"), "label", why),
        ),
        rows=_MOST,
    )


@shown
@needs("churn_reasons", without=msg("No probabilities are given, so there are no reasons to give."))
def churn_topics(audit: Any) -> Part:
    """What makes leaving likelier, over all customers."""
    reasons = audit.table("churn_reasons")
    main = reasons[(reasons["place"] == 1) & (reasons["effect"] > 0)]
    if main.empty:
        return Note(msg("No customer has a main reason to leave."))
    frame = main.groupby("topic").agg(customers=("customer_id", "size"), effect=("effect", "mean")).reset_index()
    frame = frame.sort_values(["customers", "topic"], ascending=[False, True], ignore_index=True)
    names = {topic: TOPIC_NAMES.get(topic, msg("{name}", name=topic)) for topic in frame["topic"]}
    first = frame.iloc[0]
    title = msg(
        "The main reason to leave is most often: {what} ({share:percent} of those who have one).",
        what=names[first["topic"]],
        share=float(first["customers"]) / float(frame["customers"].sum()),
    )
    note = msg("Customers by the reason that weighs most with them, where it makes leaving likelier.")
    return Figure(
        title,
        note,
        lambda words: draw_rows(frame, words, name="topic", value="customers", show="count", labels=names),
        frame,
        (
            Col("topic", msg("Reason"), "label", names),
            Col("customers", msg("Customers"), "count"),
            Col("effect", msg("Mean effect"), "points"),
        ),
    )


@shown
@needs("churn_profile", without=msg("No stretch of the past could be tested, so those who left cannot be described."))
def churn_profile(audit: Any) -> Part:
    """What those who stayed away in the last stretch were like before it, beside those who bought."""
    frame = audit.table("churn_profile").head(12)
    names = {name: FEATURES.get(name, msg("{name}", name=name)) for name in frame["feature"]}
    first = frame.iloc[0]
    title = msg(
        "Those who stayed away differed most in: {what} ({leaving:decimal} against {staying:decimal}).",
        what=names[first["feature"]],
        leaving=number(first["leaving"]),
        staying=number(first["staying"]),
    )
    note = msg(
        "Medians before the last stretch tested. Distance: how surely one tells a customer who left from one who "
        "stayed by this alone, from −1 to 1."
    )
    return Table(
        title,
        note,
        frame,
        (
            Col("feature", msg("Feature"), "label", names),
            Col("leaving", msg("Stayed away"), "decimal"),
            Col("staying", msg("Bought"), "decimal"),
            Col("distance", msg("Distance"), "decimal"),
        ),
    )


@shown
@needs(
    "churn_calls",
    without=msg(
        "How many calls are worth their cost cannot be said: the plan names no call_cost under churn, or no value is "
        "known."
    ),
)
def call_curve(audit: Any) -> Part:
    """How many customers to call."""
    frame = audit.table("churn_calls")
    best = frame[frame["is_best"]].iloc[0]
    plan = audit.plan.churn
    values: dict[str, Any] = {"n": int(best["calls"]), "gain": float(best["gain"]), "cost": float(best["cost"])}
    title = (
        msg(
            "{n:count} call is worth making: it costs {cost:money} and gains {gain:money} more.",
            "{n:count} calls are worth making: they cost {cost:money} and gain {gain:money} more.",
            **values,
        )
        if values["n"]
        else msg("No call is worth its cost.")
    )
    note = msg(
        "Customers are called in the order of their priority. A call costs {cost:money} and keeps {rate:percent} of "
        "what is at stake, less where little can still be changed: the plan's assumptions.",
        cost=plan.call_cost,
        rate=plan.save_rate,
    )
    return Figure(
        title,
        note,
        lambda words: draw_lines(
            frame,
            words,
            x="calls",
            series=(("saved", msg("Kept")), ("cost", msg("Cost")), ("gain", msg("Gain"))),
            x_show="count",
        ),
        frame,
        (
            Col("calls", msg("Calls"), "count"),
            Col("saved", msg("Kept"), "money"),
            Col("cost", msg("Cost"), "money"),
            Col("gain", msg("Gain"), "money"),
        ),
    )


@shown
def churn_fairness(audit: Any) -> Part:
    """Whether the probabilities hold in each group, and whether customers are like those learnt from."""
    return Several((_groups(audit), _drift(audit)))


def _groups(audit: Any) -> Part:
    if not audit.has("churn_groups"):
        return Note(msg("No past forecast can be graded by groups of customers."))
    frame = audit.table("churn_groups")
    frame = frame.assign(code=range(len(frame)))
    names = {row["code"]: _group_name(str(row["kind"]), str(row["group"])) for row in frame.to_dict("records")}
    frame.loc[frame["customers"] < _SMALLEST, ["predicted", "actual", "brier", "auc"]] = float("nan")
    off = int(frame["verdict"].isin(["too_high", "too_low"]).sum())
    judged = int((frame["verdict"] != "few").sum())
    title = (
        msg("The probabilities hold in all {n:count} groups that are large enough to judge.", n=judged)
        if not off
        else msg(
            "In {n:count} of {all:count} groups the probabilities are off; mind this before acting on them.",
            n=off,
            all=judged,
        )
    )
    note = msg(
        "Tested on the last stretch. Off: by five points and more, and by more than chance explains. Groups of fewer "
        "than 30 customers are not judged; of fewer than 10 only the number is shown."
    )
    columns = (
        Col("code", msg("Group"), "label", names),
        Col("customers", msg("Customers"), "count"),
        Col("predicted", msg("Predicted"), "percent"),
        Col("actual", msg("Actual"), "percent"),
        Col("brier", msg("Brier score"), "precise"),
        Col("auc", msg("AUC"), "precise"),
        Col("verdict", msg("Verdict"), "label", _FAIR),
    )
    return Table(title, note, frame, columns)


def _group_name(kind: str, group: str) -> Message:
    shown: Message | str = group or msg("Not stated")
    if kind in ("tenure", "size"):
        shown = _THIRDS[group]
    elif kind == "customer_type":
        shown = _TYPES.get(group, shown)
    return msg("{kind}: {group}", kind=_GROUP_KINDS.get(kind, msg("{name}", name=kind)), group=shown)


def _drift(audit: Any) -> Part:
    if not audit.has("churn_drift"):
        return Note(msg("Nothing was learnt, so nothing can have drifted."))
    frame = audit.table("churn_drift").head(12)
    names = {name: FEATURES.get(name, msg("{name}", name=name)) for name in frame["feature"]}
    shifted = int((audit.table("churn_drift")["verdict"] == "shifted").sum())
    title = (
        msg("Customers are like those that the models learnt from.")
        if not shifted
        else msg(
            "{n:count} feature has shifted against the customers learnt from; the probabilities reach beyond what was "
            "seen.",
            "{n:count} features have shifted against the customers learnt from; the probabilities reach beyond what "
            "was seen.",
            n=shifted,
        )
    )
    note = msg("Population stability index (PSI): below 0.1 stable, from 0.25 on shifted. Medians then and now.")
    return Table(
        title,
        note,
        frame,
        (
            Col("feature", msg("Feature"), "label", names),
            Col("psi", msg("PSI"), "precise"),
            Col("before", msg("Learnt from"), "decimal"),
            Col("now", msg("Now"), "decimal"),
            Col("verdict", msg("Verdict"), "label", _DRIFT),
        ),
    )
