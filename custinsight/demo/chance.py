"""Random numbers of the demo: one stream per topic, so that a change in one topic leaves the others as they were."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from faker import Faker

T = TypeVar("T")


def generator(seed: int, topic: str) -> np.random.Generator:
    """Return the random stream of a topic.

    Parameters
    ----------
    seed : int
    topic : str
        Any name; the same seed and topic give the same numbers.

    Examples
    --------
    >>> generator(7, "lines").integers(100) == generator(7, "lines").integers(100)
    np.True_
    """
    return np.random.default_rng([seed, zlib.crc32(topic.encode())])


def faker(seed: int, topic: str, locale: str) -> Faker:
    """Return a Faker of a locale with a seed of its own."""
    fake = Faker(locale)
    fake.seed_instance(seed * 1_000_003 + zlib.crc32(topic.encode()))
    return fake


def pick(rng: np.random.Generator, values: Sequence[T]) -> T:
    """Return one of the values, each as likely as the others.

    Examples
    --------
    >>> pick(generator(1, "x"), ["only"])
    'only'
    """
    return values[int(rng.integers(len(values)))]
