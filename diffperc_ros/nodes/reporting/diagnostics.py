# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One status a node on /diagnostics, as diagnostic_aggregator reads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined, unused-ignore]
from rclpy.node import Node
from rclpy.timer import Timer

from diffperc_ros.runtimes.tensorrt.driver import NoGpuError, free_memory_mib


class Level(IntEnum):
    """How well a node does."""

    OK = 0
    WARN = 1
    ERROR = 2


@dataclass(frozen=True)
class Report:
    """What a node says of itself.

    Parameters
    ----------
    level, message : the verdict in one word and in one line.
    hardware : the device that computes and the camera it computes for.
    values : what monitors read by key.
    """

    level: Level
    message: str
    hardware: str = ''
    values: Mapping[str, str] = field(default_factory=dict)


class DiagnosticsPublisher:
    """Publishes a node's report periodically, in every lifecycle state.

    Parameters
    ----------
    node : whose status it is.
    report : asked for the current state.
    period_s : seconds between two messages.
    fully_qualified : whether the status is named by the node's full name; without it, two
        namespaced instances are indistinguishable.
    """

    def __init__(
        self,
        node: Node,
        report: Callable[[], Report],
        *,
        period_s: float,
        fully_qualified: bool,
    ) -> None:
        self._node = node
        self._report = report
        name = node.get_fully_qualified_name() if fully_qualified else node.get_name()
        self._name = f'{name}: inference'
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        steady_timer(node, period_s, self.publish)

    def publish(self) -> None:
        """Publish the report now."""
        report = self._report()
        status = DiagnosticStatus(
            level=bytes([report.level]),
            name=self._name,
            message=report.message,
            hardware_id=report.hardware,
            values=[KeyValue(key=key, value=value) for key, value in report.values.items()],
        )
        message = DiagnosticArray(status=[status])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)


def steady_timer(node: Node, period_s: float, callback: Callable[[], None]) -> Timer:
    """Create a timer on the steady clock and in a callback group of its own.

    A paused simulation or recording does not stop it, just when somebody asks what is wrong.
    """
    return node.create_timer(
        period_s,
        callback,
        callback_group=MutuallyExclusiveCallbackGroup(),
        clock=Clock(clock_type=ClockType.STEADY_TIME),
    )


def text(value: Any) -> str:
    """Return a value as diagnostics show it: numbers to a tenth, 'none' for None."""
    if value is None:
        return 'none'
    if isinstance(value, bool):
        return str(value).lower()
    return f'{value:.1f}' if isinstance(value, float) else str(value)


def resident_mib() -> float | None:
    """Return the memory that this process holds, MiB; None where the system does not say."""
    try:
        pages = int(Path('/proc/self/statm').read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf('SC_PAGE_SIZE') / 2**20


def gpu_free_mib() -> int | None:
    """Return the free memory of the GPU that engines use, MiB; None where nobody says."""
    try:
        return free_memory_mib()
    except NoGpuError:
        return None
