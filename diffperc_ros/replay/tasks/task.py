# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the loop over a recording needs to know of a task, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.core.frame import Frame
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.runtimes.protocol import Runtime

Cell = float | str | None
"""Content of a cell of frames.csv; None leaves it empty."""


@dataclass(frozen=True)
class Output:
    """A message for a topic; `latched` as `BagWriter.write` has it."""

    topic: str
    message: Any
    latched: bool = False


@dataclass(frozen=True)
class Answer:
    """What a task made of one frame.

    Parameters
    ----------
    kind : one of the task's kinds.
    outputs : messages, in the order in which a node would publish them.
    figures : a cell for each of the task's columns.
    """

    kind: str
    outputs: tuple[Output, ...]
    figures: tuple[Cell, ...]


class Perceiver(Protocol):
    """What the perceivers of all tasks have in common."""

    bundle: Bundle
    runtime: Runtime
    last_times: StageTimes | None


class ReplayTask(Protocol):
    """A perceiver with the topics and figures of its task."""

    @property
    def name(self) -> str:
        """Name of the task as bundles have it."""

    @property
    def perceiver(self) -> Perceiver:
        """What computes the answers."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of answers there are."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the figures of an answer, for frames.csv."""

    def opening(self, frame: Frame) -> tuple[Output, ...]:
        """Return the messages that stand before the first answer; `frame` is the first."""

    def answer(self, frame: Frame) -> Answer:
        """Compute one frame.

        Raises
        ------
        FrameError, CameraError, InferenceError : there is no answer for this frame.
        """

    def settings(self) -> dict[str, Any]:
        """Return the sections of run.json that say what was asked for."""

    def outcome(self, counts: Mapping[str, int]) -> str:
        """Say in a few words how many answers of each kind there are."""
