"""Reading ahead: the next chunk is read while the engine still works on this one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(items: Iterable[Item], depth: int = 1) -> Iterator[Item]:
    """Yield items in their order while a thread makes the next ones.

    Parameters
    ----------
    items : iterable
        Made in the thread; what it raises is raised here, at its place.
    depth : int
        Items that may wait.

    Examples
    --------
    >>> list(read_ahead(range(3)))
    [0, 1, 2]
    """
    waiting: queue.Queue[tuple[Item | None, BaseException | None, bool]] = queue.Queue(depth)
    stopped = threading.Event()

    def put(item: Item | None, error: BaseException | None, last: bool) -> None:
        while not stopped.is_set():
            try:
                waiting.put((item, error, last), timeout=0.1)
                return
            except queue.Full:
                continue

    def make() -> None:
        try:
            for item in items:
                put(item, None, False)
                if stopped.is_set():
                    return
        except BaseException as error:
            put(None, error, True)
        else:
            put(None, None, True)

    maker = threading.Thread(target=make, name="read-ahead", daemon=True)
    maker.start()
    try:
        while True:
            item, error, last = waiting.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        maker.join()
