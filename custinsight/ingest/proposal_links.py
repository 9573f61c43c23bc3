"""How files belong together: shared customer numbers, headers of orders beside their lines, files that say the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from custinsight.ingest.evidence import Evidence, look_at
from custinsight.ingest.samples import LOOKED_AT, Sample
from custinsight.ingest.scoring import TableGuess, guess_tables
from custinsight.ingest.synonyms import header_score, plain_header

JOINED = 0.6
"""Share of keys that must be found in another file for it to be joined."""
_LONGEST_KEY = 40


@dataclass(frozen=True)
class Joint:
    """A file of order headers that completes a file of lines.

    Parameters
    ----------
    other : Sample
    on : tuple of (str, str)
        Column of the lines, column of the other file.
    share : float
        Share of the lines' keys that the other file holds.
    sample : Sample
        The lines with the other file's columns.
    guess : TableGuess
        What lines and headers are taken for together.
    """

    other: Sample
    on: tuple[str, str]
    share: float
    sample: Sample
    guess: TableGuess


def numbers_of(sample: Sample, header: str) -> frozenset[str]:
    """Different values of a column, as they would be joined."""
    return frozenset(filter(None, (value.strip() for value in sample.columns[sample.header.index(header)])))


def linked_shares(
    sample: Sample, evidence: Sequence[Evidence], known: Mapping[str, frozenset[str]]
) -> dict[int, float]:
    """Share of each column's different values that are numbers of known customers, for columns that could be such.

    Parameters
    ----------
    sample : Sample
    evidence : sequence of Evidence
    known : mapping of str to frozenset of str
        Customer numbers by file.
    """
    shares: dict[int, float] = {}
    for n, found in enumerate(evidence):
        if (
            not known
            or found.distinct < 2
            or found.length > _LONGEST_KEY
            or (found.numbers > 0.9 and found.whole < 0.9)
        ):
            continue
        values = frozenset(filter(None, (value.strip() for value in sample.columns[n])))
        shares[n] = max(len(values & numbers) / len(values) for numbers in known.values()) if values else 0.0
    return shares


def best_partner(sample: Sample, header: str, known: Mapping[str, frozenset[str]]) -> tuple[str, float]:
    """File of customers that a file's customer numbers point to, and the share found there; a like name breaks ties."""
    values = numbers_of(sample, header)
    if not values or not known:
        return "", 0.0
    own = _tokens(sample.place.file)
    shares = {file: len(values & numbers) / len(values) for file, numbers in known.items()}
    best = max(known, key=lambda file: (round(shares[file] + 0.15 * bool(own & _tokens(file)), 2), shares[file]))
    return best, shares[best]


def _tokens(file: str) -> set[str]:
    return {word for word in plain_header(PurePath(file).stem).split() if len(word) > 1 and not word.isdigit()}


def complete_lines(sample: Sample, guess: TableGuess, others: Sequence[Sample]) -> Joint | None:
    """Find the file of headers that lines without a day or a customer belong to.

    Parameters
    ----------
    sample : Sample
        Lines, with amounts or prices.
    guess : TableGuess
        What they are taken for: transactions that lack something.
    others : sequence of Sample
    """
    if guess.table != "transactions" or not guess.missing or any("amount_net" in one for one in guess.missing):
        return None
    found = [joint for other in others if other is not sample for joint in [_join(sample, other)] if joint]
    return max(found, key=lambda joint: (joint.share, joint.guess.score), default=None)


def _join(lines: Sample, heads: Sample) -> Joint | None:
    key = _shared_key(lines, heads)
    if key is None or heads.layout.header != 1 or heads.layout.column_names:
        return None
    (one, other), share = key
    sample = _combined(lines, heads, one, other)
    guesses = guess_tables(PurePath(lines.place.file).stem, sample.header, sample.evidence())
    guess = next(guess for guess in guesses if guess.table == "transactions")
    return None if guess.missing else Joint(heads, (one, other), share, sample, guess)


def _shared_key(lines: Sample, heads: Sample) -> tuple[tuple[str, str], float] | None:
    """The pair of columns that names one header for each line."""
    best: tuple[tuple[str, str], float] | None = None
    for other in heads.header:
        values = [value for value in heads.columns[heads.header.index(other)] if value]
        if not values or len(set(values)) < len(values):
            continue
        for one in lines.header:
            alike = plain_header(one) == plain_header(other)
            documents = min(header_score(one, "transactions", "doc_id"), header_score(other, "transactions", "doc_id"))
            if not (alike or documents >= JOINED):
                continue
            wanted = numbers_of(lines, one)
            share = len(wanted & set(values)) / len(wanted) if wanted else 0.0
            if share >= JOINED and len(wanted) > 1 and (best is None or share > best[1]):
                best = ((one, other), share)
    return best


def _combined(lines: Sample, heads: Sample, one: str, other: str) -> Sample:
    """The lines with the headers' columns; a name that both have is called by the headers' file."""
    at = {value: n for n, value in enumerate(heads.columns[heads.header.index(other)])}
    rows = [at.get(value) for value in lines.columns[lines.header.index(one)]]
    stem = PurePath(heads.place.file).stem
    names, columns = [*lines.header], [*lines.columns]
    for header, column in zip(heads.header, heads.columns, strict=True):
        if header == other:
            continue
        names.append(f"{stem}.{header}" if header in lines.header else header)
        columns.append(tuple("" if row is None else column[row] for row in rows))
    return dataclasses.replace(lines, header=tuple(names), columns=tuple(columns))


def repeats_of(sample: Sample, guess: TableGuess, others: Sequence[tuple[Sample, TableGuess]]) -> Sample | None:
    """A file of lines whose documents a file of totals holds once more; counting both would count twice."""
    doc = guess.of("doc_id")
    if doc is None or guess.of("product_id") or not look_at(_some(sample, doc.header)).is_unique:
        return None
    own = numbers_of(sample, doc.header)
    for other, theirs in others:
        there = theirs.of("doc_id")
        if other is sample or there is None or theirs.table != guess.table:
            continue
        if (theirs.of("product_id") or theirs.of("line_no")) and len(own & numbers_of(other, there.header)) > 0.5 * len(
            own
        ):
            return other
    return None


def _some(sample: Sample, header: str) -> Sequence[str]:
    return sample.columns[sample.header.index(header)][:LOOKED_AT]
