# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Handing images from callbacks to the worker, the newest first in line."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar('Item')


class Mailbox(Generic[Item]):
    """A short queue between one thread that puts and one that takes; when full the oldest goes.

    With one slot, the newest item wins and what waits is never older than one frame: a model that
    is slower than its camera skips images instead of falling behind them (promise R4).

    Parameters
    ----------
    capacity : items that may wait, at least 1.
    """

    def __init__(self, capacity: int = 1) -> None:
        self._items: deque[Item] = deque(maxlen=capacity)
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: Item) -> bool:
        """Leave an item; return whether an older one was thrown away for it."""
        with self._changed:
            displaced = len(self._items) == self._items.maxlen
            self._items.append(item)
            self._changed.notify()
            return displaced

    def take(self) -> Item | None:
        """Wait for the next item and return it, or None once the mailbox is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._items)
            return None if self._closed else self._items.popleft()

    def close(self) -> None:
        """Throw away what waits and release whoever waits in `take`."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()
