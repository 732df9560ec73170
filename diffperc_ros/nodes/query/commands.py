# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Language commands become queries in a thread of their own, off the path of the images."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from diffperc_ros.core.errors import CommandError
from diffperc_ros.nodes.camera.mailbox import Mailbox
from diffperc_ros.nodes.reporting.diagnostics import Level
from diffperc_ros.perception.command import phrases_of
from diffperc_ros.perception.text import NOTHING, Queries, TextEncoder

COMMANDS_WAITING = 100


@dataclass(frozen=True)
class Verdict:
    """What became of a command.

    Parameters
    ----------
    queries : what is looked for now: of this command, or still of an earlier one.
    rejected : the command, where it was; else ''.
    reason : why.
    level : OK; WARN where the command was at fault; ERROR where the text graph was.
    """

    queries: Queries
    rejected: str = ''
    reason: str = ''
    level: Level = Level.OK


class CommandQueue:
    """Encodes commands one after another; until one is ready the one before it stays.

    Parameters
    ----------
    text : of the bundle; used by one thread at a time.
    max_phrases : that a command may hold.
    exchange : takes the new queries; may wait for an answer in progress.
    decided : told of every command, after the exchange.
    """

    def __init__(
        self,
        text: TextEncoder,
        max_phrases: int,
        exchange: Callable[[Queries], None],
        decided: Callable[[Verdict], None],
    ) -> None:
        self.text = text
        self.queries = NOTHING
        self._max_phrases = max_phrases
        self._exchange = exchange
        self._decided = decided
        self._waiting: Mailbox[str] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        waiting = self._waiting = Mailbox(COMMANDS_WAITING)
        self._thread = threading.Thread(
            target=self._work, args=(waiting,), name='commands', daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Forget what waits and end the thread; what was decided stays. May be called twice."""
        if self._waiting is not None and self._thread is not None:
            self._waiting.close()
            self._thread.join()
            self._waiting = self._thread = None

    def submit(self, command: str) -> None:
        """Leave a command; while the thread is not running it is lost."""
        if self._waiting is not None:
            self._waiting.put(command)

    def adopt(self, command: str) -> None:
        """Follow a command here and now, while the thread is not running.

        Raises
        ------
        CommandError, InferenceError : why it cannot be; nothing has changed then.
        """
        phrases = phrases_of(command, self._max_phrases)
        if phrases != self.queries.phrases:
            queries = self.text.encode(phrases, self.queries.revision + 1)
            self._exchange(queries)
            self.queries = queries
        self._decided(Verdict(self.queries))

    def _work(self, waiting: Mailbox[str]) -> None:
        while (command := waiting.take()) is not None:
            try:
                self.adopt(command)
            except CommandError as error:
                self._decided(Verdict(self.queries, command, str(error), Level.WARN))
            except Exception as error:
                trace = ''.join(traceback.format_exception_only(error)).strip()
                self._decided(Verdict(self.queries, command, trace, Level.ERROR))
