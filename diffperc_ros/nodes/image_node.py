# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What every node that looks through cameras has in common.

Callbacks only move pointers: a serialized image goes into the mailbox; a worker thread takes it
out, decodes it, finds its camera and hands a `Picture` to the node's own `perceive`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from rclpy.impl.implementation_singleton import rclpy_implementation
from std_srvs.srv import SetBool

from diffperc_ros.core.errors import DiffpercError, OutOfMemoryError, SettingError
from diffperc_ros.nodes.abstract_node import AbstractImageNode
from diffperc_ros.nodes.camera.input import EVERY_CAPACITY, Arrival, CameraInput
from diffperc_ros.nodes.camera.mailbox import Mailbox
from diffperc_ros.nodes.camera.names import cameras_of
from diffperc_ros.nodes.camera.source import input_topics
from diffperc_ros.nodes.rebuild import UNDER_WAY, EngineRebuilder
from diffperc_ros.nodes.reporting.diagnostics import DiagnosticsPublisher, Report, steady_timer
from diffperc_ros.nodes.reporting.report import Reporter
from diffperc_ros.nodes.settings.parameters import Setting
from diffperc_ros.runtimes.options import Notice

POLL_S = 0.5
MOST_SHORTAGES = 2
"""Images in a row for which memory may be short before the node deactivates itself."""


class ImageNode(AbstractImageNode):
    """A lifecycle node that computes something from each image that it can keep up with."""

    def __init__(self, name: str, settings: Sequence[Setting], **options: Any) -> None:
        super().__init__(name, settings, **options)
        values = self.parameters.values()
        self.inputs = {name: CameraInput(self, name) for name in cameras_of(values)}
        self._mailbox: Mailbox[Arrival] | None = None
        self._worker: threading.Thread | None = None
        self._shortages = 0
        self._poll: Any = None
        self.starts_itself = bool(values['autostart'])
        self.create_service(SetBool, '~/enable', self._on_enable)
        self._rebuilder = EngineRebuilder(self)
        self._reporter = Reporter(self, self.inputs)
        self._jump = self.get_clock().create_jump_callback(
            JumpThreshold(
                min_forward=Duration(seconds=1),
                min_backward=Duration(nanoseconds=-1),
                on_clock_change=True,
            ),
            post_callback=lambda _jump: self._forget_times(),
        )
        DiagnosticsPublisher(
            self,
            self.report,
            period_s=values['diagnostic_updater.period'],
            fully_qualified=values['diagnostic_updater.use_fqn'],
        )

    # Lifecycle.

    def configure(self) -> None:
        """Judge the parameters and load the models."""
        values = self.parameters.values()
        problems = self.parameters.problems(strict=values['strict_params'])
        if problems:
            raise SettingError('; '.join(problems))
        for sentence in self.parameters.unknown():
            self.get_logger().warning(sentence)
        for name, value in self.parameters.changed().items():
            self.get_logger().info(f'{name}: {value}')
        self.check_settings(values)
        for camera in self.inputs.values():
            camera.topics = input_topics(self, values['image_transport'], camera.name)
        try:
            self.open_models(values)
        finally:
            self.engine_build = None

    def activate(self) -> None:
        """Start the worker, then listen."""
        values = self.parameters.values()
        self._shortages = 0
        every = values['frame_policy'] == 'every'
        mailbox: Mailbox[Arrival] = Mailbox(EVERY_CAPACITY if every else 1, list(self.inputs))
        self._mailbox = mailbox
        self._worker = threading.Thread(
            target=self._work, args=(mailbox,), name='worker', daemon=True
        )
        self._worker.start()
        for camera in self.inputs.values():
            camera.start(input_topics(self, values['image_transport'], camera.name), mailbox)
        self._tick()
        self._poll = steady_timer(self, POLL_S, self._tick)
        for sentence in self.parameters.unknown_qos_overrides():
            self.get_logger().warning(sentence)

    def deactivate(self) -> None:
        """Stop listening; return when the last inference has ended."""
        if self._poll is not None:
            self.destroy_timer(self._poll)
            self._poll = None
        for camera in self.inputs.values():
            camera.stop()
        if self._mailbox is not None:
            self._mailbox.close()
            self._mailbox = None
        if self._worker is not None:
            self._worker.join()
            self._worker = None

    def cleanup(self) -> None:
        """Give the models back."""
        self.close_models()

    def close(self) -> None:
        """Stop working, on engines too, and give everything back."""
        self._rebuilder.stop()
        super().close()

    def hindrance(self) -> str:
        """Return why the node cannot be activated or cleaned up now: an engine is rebuilt."""
        return UNDER_WAY if self._rebuilder.is_running else ''

    def cancelled(self) -> bool:
        """Whether an engine that is being built is not wanted any more."""
        return self.stopped() or self._rebuilder.is_cancelled

    # Images.

    def _tick(self) -> None:
        self.refresh()
        for camera in self.inputs.values():
            camera.follow_listeners()

    def _work(self, mailbox: Mailbox[Arrival]) -> None:
        while (arrival := mailbox.take()) is not None:
            exhausted = False
            try:
                self._handle(arrival)
            except (OutOfMemoryError, MemoryError) as error:
                arrival.camera.drop(error)
                exhausted = True
            except DiffpercError as error:
                arrival.camera.drop(error)
            except Exception as error:
                if self._mailbox is mailbox:  # else the node is stopping under our feet
                    arrival.camera.drop(error)
            # Not while the error is at hand: its traceback holds much of what is to be freed.
            if exhausted:
                self._relieve()

    def _handle(self, arrival: Arrival) -> None:
        camera, values = arrival.camera, arrival.values
        if camera.is_old(arrival):
            camera.statistics.count('dropped_old')
            return
        picture = camera.picture(arrival, wants_camera=self.wants_camera(values))
        answered = self.perceive(picture, values)
        camera.failure = ''
        self._shortages = 0
        camera.statistics.count('frames_out' if answered else 'skipped_idle')
        if answered:
            camera.statistics.sample('latency_ms', 1000 * camera.age_s(arrival.stamp))

    def _relieve(self) -> None:
        """Do what can be done after a frame for which memory was short (promise R12)."""
        self._shortages += 1
        if self._shortages < MOST_SHORTAGES:
            self.get_logger().warning(
                'memory was short: the frame is dropped and caches are freed; if it is short for '
                'the next one too, the node deactivates itself'
            )
            try:
                self.free_caches()
            except DiffpercError as error:
                self.last_error = str(error)
            else:
                return
        self.last_error = f'deactivated itself, memory was short: {self.last_error}'
        self.get_logger().error(f'{self.last_error}. Free memory, then clean up and configure')
        # A transition belongs to the executor's thread; it waits for the worker, which is us.
        if self.executor is not None:
            self.executor.create_task(self._give_up)

    def _give_up(self) -> None:
        try:
            if self.state == 'active':
                self.trigger_deactivate()
        except rclpy_implementation.RCLError as error:
            self.get_logger().error(f'does not deactivate itself: {error}')

    def _forget_times(self) -> None:
        for camera in self.inputs.values():
            camera.statistics.reset()

    # The rest.

    def announce(self, notice: Notice) -> None:
        """Say what happens while an engine is opened, and keep for diagnostics how far it is."""
        if notice.percent is not None:
            self.engine_build = notice
        logger = self.get_logger()
        if notice.level == 'warning':
            logger.warning(notice.text)
        else:
            logger.info(notice.text)

    def report(self) -> Report:
        """Return what diagnostics say now."""
        return self._reporter.report()

    def _on_enable(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self.enabled = bool(request.data)
        word = 'enabled' if self.enabled else 'disabled'
        response.success = True
        response.message = f'inference is {word}; the node is {self.state}'
        return response
