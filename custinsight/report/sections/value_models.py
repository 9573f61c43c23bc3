"""Page 4, value: which models speak, how they were chosen, and their parameters against the last audit."""

from __future__ import annotations

from typing import Any

from custinsight.clv import parameter_drift
from custinsight.report.parts import Note, Part, Table, shown
from custinsight.report.sections.common import needs
from custinsight.report.sections.labels import MODELS, labelled
from custinsight.words import msg
from custinsight.writers.columns import Col

_WITHOUT = msg("There are too few purchases for a value model, so expected values cannot be given.")
_MOVED = 0.01
_USES = {
    "both": msg("numbers and silence"),
    "numbers": msg("numbers of purchases"),
    "silence": msg("probability of silence"),
    "none": msg("–"),
}


@shown
@needs("clv_parameters", without=_WITHOUT)
def model_parameters(audit: Any) -> Part:
    """Parameters of the fitted models with their standard errors."""
    frame = audit.table("clv_parameters")
    models = list(dict.fromkeys(frame["model"]))
    title = msg(
        "The models are described by {n:count} number", "The models are described by {n:count} numbers", n=len(frame)
    )
    note = msg("Maximum likelihood estimates; the standard error says how well the data determine each.")
    labels = {name: MODELS.get(name, msg("{name}", name=name)) for name in models}
    return Table(
        title,
        note,
        frame,
        (
            Col("model", msg("Model"), "label", labels),
            Col("parameter", msg("Parameter")),
            Col("estimate", msg("Estimate"), "precise"),
            Col("standard_error", msg("Standard error"), "precise"),
        ),
    )


@shown
@needs("clv_scores", without=msg("The history is too short to try models on its past, so none could be compared."))
def model_choice(audit: Any) -> Part:
    """How each model and each rule without a model did on stretches of the past, and which was chosen."""
    frame = audit.table("clv_scores").copy()
    frame["use"] = [
        {(True, True): "both", (True, False): "numbers", (False, True): "silence"}.get(
            (bool(row.is_chosen), bool(row.is_chosen_for_silence)), "none"
        )
        for row in frame.itertuples()
    ]
    chosen = frame[frame["is_chosen"]]
    if chosen.empty:
        title = msg("No model could be tried on the past")
    else:
        title = msg(
            "{model} was chosen of {n:count} ways to forecast",
            model=labelled(chosen["method"].iloc[0], MODELS),
            n=len(frame),
        )
    note = msg(
        "Each forecast stretches of the past from what was known before them. Chosen is the model with the smallest "
        "sum of ranks: for numbers by mean error and by the miss of the total, for silence by squared error and by the "
        "mean miss of the probabilities."
    )
    columns = (
        Col("method", msg("Forecast"), "label", MODELS),
        Col("use", msg("Chosen for"), "label", _USES),
        Col("mae", msg("Mean error"), "precise"),
        Col("bias", msg("Over all customers"), "signed_percent"),
        Col("brier", msg("Squared error of silence"), "precise"),
        Col("ece", msg("Mean miss of the probabilities"), "percent"),
    )
    return Table(title, note, frame, columns)


@shown
@needs("clv_parameters", without=_WITHOUT)
def model_drift(audit: Any) -> Part:
    """Parameters against those of the last audit, and whether they moved more than their errors allow."""
    past = audit.previous
    if past is None or not past.has("clv_parameters"):
        return Note(msg("There is no audit before this one, so the models' parameters cannot be compared."))
    frame = parameter_drift(past.table("clv_parameters"), audit.table("clv_parameters"))
    moved = int((frame["probability"] < _MOVED).sum())
    if frame.empty:
        return Note(msg("The last audit used other models, so no parameter can be compared."))
    title = msg(
        "{n:count} parameter moved more than chance allows since the last audit",
        "{n:count} parameters moved more than chance allows since the last audit",
        n=moved,
    )
    note = msg(
        "The probability is that of so large a difference where nothing changed; below {limit:percent} it counts as "
        "moved.",
        limit=_MOVED,
    )
    labels = {name: MODELS.get(name, msg("{name}", name=name)) for name in dict.fromkeys(frame["model"])}
    return Table(
        title,
        note,
        frame,
        (
            Col("model", msg("Model"), "label", labels),
            Col("parameter", msg("Parameter")),
            Col("before", msg("Last audit"), "precise"),
            Col("now", msg("This audit"), "precise"),
            Col("change", msg("Change"), "signed_percent"),
            Col("probability", msg("Probability"), "percent"),
        ),
    )
