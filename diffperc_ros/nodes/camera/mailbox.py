# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Handing images from callbacks to the worker, the newest first in line, cameras in turn."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

Item = TypeVar('Item')


class Mailbox(Generic[Item]):
    """Short queues between threads that put and one that takes; when one is full its oldest goes.

    With one slot, the newest item wins and what waits is never older than one frame: a model that
    is slower than its camera skips images instead of falling behind them (promise R4).

    Senders take turns: of those with something waiting, the one that was served longest ago is
    next. So while an item is first in its queue, every other sender is served at most once, and
    one that is silent keeps nobody waiting (promise R15).

    Parameters
    ----------
    capacity : items that may wait of each sender, at least 1.
    senders : their names.
    """

    def __init__(self, capacity: int = 1, senders: Sequence[str] = ('',)) -> None:
        # In the order of their turns.
        self._queues: dict[str, deque[Item]] = {name: deque(maxlen=capacity) for name in senders}
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: Item, sender: str = '') -> bool:
        """Leave an item; return whether an older one of this sender was thrown away for it."""
        with self._changed:
            queue = self._queues[sender]
            displaced = len(queue) == queue.maxlen
            queue.append(item)
            self._changed.notify()
            return displaced

    def take(self) -> Item | None:
        """Wait for the next item and return it, or None once the mailbox is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or any(self._queues.values()))
            if self._closed:
                return None
            sender = next(name for name, queue in self._queues.items() if queue)
            queue = self._queues.pop(sender)
            self._queues[sender] = queue  # to the end of the line
            return queue.popleft()

    def close(self) -> None:
        """Throw away what waits and release whoever waits in `take`."""
        with self._changed:
            self._closed = True
            for queue in self._queues.values():
                queue.clear()
            self._changed.notify_all()
