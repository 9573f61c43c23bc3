"""Pairs decided in a notebook: both records side by side, what differs marked, three buttons and three keys.

Nothing of a record goes into the saved notebook: what the widget shows lives in the page alone.
"""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets

from custinsight.deciding import decide
from custinsight.match.decisions import DIFFERENT, NOT_SURE, SAME
from custinsight.report.review_file import ANSWERS, FIELDS, review_pairs
from custinsight.words import Message, Words, msg

KEYS = {"s": SAME, "d": DIFFERENT, "n": NOT_SURE}
BACK = "b"


class ReviewBox(widgets.VBox):
    """The pairs of an audit that nobody has decided yet, one after the other.

    Parameters
    ----------
    audit : custinsight.Audit
    who : str
        Who decides; the user's name on this machine when empty.

    Attributes
    ----------
    at : int
        Place of the pair that is shown.
    pairs : DataFrame
        From :func:`custinsight.report.review_file.review_pairs`, without those that are decided.
    buttons : dict of str to Button
        By answer.
    letters : Text
        One letter decides: s (same), d (different), n (not sure); b goes back.
    """

    def __init__(self, audit: Any, who: str = "") -> None:
        self.audit, self.who, self.at = audit, who, 0
        self.words = Words(audit.languages[0], audit.plan.currency)
        found = review_pairs(audit)
        self.pairs = found[found["answer"] == ""].reset_index(drop=True)
        self.view, self.progress, self.problem = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.buttons = {code: self._button(code, title) for code, title in ANSWERS.items()}
        self.letters = widgets.Text(
            placeholder=self.words(msg("Type s (same), d (different), n (not sure) or b (back)")),
            layout=widgets.Layout(width="30em"),
        )
        self.letters.observe(self._typed, names="value")
        row = widgets.HBox([*self.buttons.values(), self.letters])
        super().__init__([self.progress, self.view, row, self.problem])
        self._show()

    def __repr__(self) -> str:
        # what is saved with a notebook for readers without widgets; the default would write the names out
        return "ReviewBox()"

    def decide(self, answer: str) -> None:
        """Keep an answer about the pair shown, and show the next; an answer that cannot be kept is explained."""
        from custinsight.errors import CustinsightError

        if self.at >= len(self.pairs):
            return
        row = self.pairs.iloc[self.at]
        left, right = ((row[f"source_system_{side}"], row[f"source_id_{side}"]) for side in "lr")
        try:
            decide(self.audit, left, right, answer, who=self.who, asked=True)
        except CustinsightError as error:
            self.problem.value = html.escape(self.words(error.message))
            return
        self.at += 1
        self._show()

    def back(self) -> None:
        """Show the pair before; a new answer replaces the one given."""
        self.at = max(self.at - 1, 0)
        self._show()

    def _button(self, code: str, title: Message) -> widgets.Button:
        button = widgets.Button(description=self.words(title))
        button.on_click(lambda _: self.decide(code))
        return button

    def _typed(self, change: Any) -> None:
        letter = str(change["new"]).strip().lower()[-1:]
        if not letter:
            return
        self.letters.value = ""
        if letter == BACK:
            self.back()
        elif letter in KEYS:
            self.decide(KEYS[letter])

    def _show(self) -> None:
        self.problem.value = ""
        is_done = self.at >= len(self.pairs)
        for button in self.buttons.values():
            button.disabled = is_done
        if is_done:
            self.progress.value = html.escape(self.words(msg("No pair is left to decide.")))
            self.view.value = ""
            return
        self.progress.value = html.escape(
            self.words(msg("Pair {n:count} of {total:count}", n=self.at + 1, total=len(self.pairs)))
        )
        self.view.value = self._table(self.pairs.iloc[self.at].to_dict())

    def _table(self, row: dict[Any, Any]) -> str:
        """Lay both records side by side; a field that differs is marked by a word too, not by colour alone."""
        left, right = (f"{row[f'source_system_{side}']} {row[f'source_id_{side}']}" for side in "lr")
        lines = [self._line("", left, right, False)]
        for name, title in FIELDS.items():
            left, right = (_text(row[f"{name}_{side}"]) for side in "lr")
            lines.append(self._line(self.words(title), left, right, name in row["differences"]))
        return f"<table>{''.join(lines)}</table>"

    def _line(self, title: str, left: str, right: str, differs: bool) -> str:
        cells = "".join(f"<td style='padding:0 1em'>{html.escape(text)}</td>" for text in (left, right))
        mark = html.escape(self.words(msg("differs"))) if differs else ""
        style = " style='background:#FDF1DC'" if differs else ""
        return f"<tr{style}><th style='text-align:left'>{html.escape(title)}</th>{cells}<td>{mark}</td></tr>"


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)
