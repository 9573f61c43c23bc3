"""A page beside the reports, such as their index: the report's cover, styles and policy around a body of its own."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from custinsight import __version__
from custinsight.report.parts_html import text
from custinsight.report.templates import environment, stylesheet
from custinsight.words import Message, Words, msg
from custinsight.writers.html import POLICY


def say_page(
    words: Words,
    *,
    kicker: Message,
    heading: Message | str,
    body: Markup,
    facts: Sequence[tuple[Message, Message | str]] = (),
) -> str:
    """Put a body into a whole page.

    Parameters
    ----------
    words : Words
    kicker : Message
        What kind of page it is; above the heading.
    heading : Message or str
    body : Markup
        Escaped where it was made.
    facts : sequence of (Message, Message or str)
        Terms and values below the heading.

    Returns
    -------
    str
        To be written by :func:`custinsight.writers.html.write_report`, which refuses what could run or load.

    Examples
    --------
    >>> page = say_page(Words("en"), kicker=msg("All reports"), heading="A & B", body=Markup("<p>x</p>"))
    >>> "A &amp; B" in page and POLICY in page.replace("&#39;", "'")
    True
    """
    safe = msg("This file holds no script and loads nothing; it can be kept, printed and mailed as it is.")
    return (
        environment()
        .get_template("simple.html.j2")
        .render(
            language=words.language,
            policy=POLICY,
            css=Markup(stylesheet("parts.css") + "\n" + stylesheet("report.css") + "\n" + stylesheet("index.css")),
            kicker=words(kicker),
            heading=text(heading, words),
            facts=[(text(term, words), text(value, words)) for term, value in facts],
            body=body,
            skip=words(msg("Skip to the content")),
            made=words(msg("Made with custinsight {version}.", version=__version__)),
            safe=words(safe),
        )
    )
