# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What every node that looks through a camera has in common.

Callbacks only move pointers: a serialized image goes into the mailbox; a worker thread takes it
out, decodes it, finds its camera and hands a `Picture` to the node's own `perceive`.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header
from std_srvs.srv import SetBool

from diffperc_ros.core.errors import CameraError, DiffpercError, FrameError, SettingError
from diffperc_ros.core.frame import NANOSECONDS, Frame, Stamp
from diffperc_ros.core.results import DepthImage
from diffperc_ros.nodes import qos
from diffperc_ros.nodes.bridge import image_of_message
from diffperc_ros.nodes.camera_source import CameraSource, InputTopics, View, input_topics
from diffperc_ros.nodes.common_settings import COMMON_SETTINGS
from diffperc_ros.nodes.diagnostics import DiagnosticsPublisher, Report, steady_timer
from diffperc_ros.nodes.lifecycle import ManagedNode
from diffperc_ros.nodes.mailbox import Mailbox
from diffperc_ros.nodes.messages import stamp_of_message, stamp_of_serialized
from diffperc_ros.nodes.output_size import check_output_size
from diffperc_ros.nodes.parameters import ParameterTable, Setting
from diffperc_ros.nodes.report import Reporter
from diffperc_ros.nodes.selection import StampGrid
from diffperc_ros.nodes.statistics import FrameStatistics
from diffperc_ros.runtimes.options import Cancelled, Notice

EVERY_CAPACITY = 100
POLL_S = 0.5
MESSAGE_PAUSE_S = 5.0

Values = Mapping[str, Any]
"""Parameters by name, as they were when an image arrived."""


@dataclass(frozen=True)
class Picture:
    """One image on its way to a perceiver.

    Parameters
    ----------
    frame : pixels and camera.
    header : of the image message, to be copied to everything that is computed from it.
    view : what camera_info said; None where nobody asked, or where there is none.
    camera_problem : why there is none, though it was asked for.
    depth : of the frame, where it is at hand: every pixel's, in metres.
    """

    frame: Frame
    header: Header
    view: View | None = None
    camera_problem: CameraError | None = None
    depth: DepthImage | None = None


@dataclass(frozen=True)
class _Arrival:
    data: bytes
    stamp: Stamp
    values: Values


class ImageNode(ManagedNode):
    """A lifecycle node that computes something from each image that it can keep up with.

    A node overrides the methods under 'what a node is made of'.
    """

    def __init__(self, name: str, settings: Sequence[Setting], **options: Any) -> None:
        super().__init__(name, **options)
        self.parameters = ParameterTable(
            self, (*COMMON_SETTINGS, *settings), self._check, self.refresh
        )
        self.statistics = FrameStatistics()
        self.camera_source = CameraSource(self)
        self.topics: InputTopics | None = None
        self.enabled = True
        self.failing = False
        self.incomplete = ''
        self.engine_build: Notice | None = None
        self.cancelled: Cancelled = lambda: False
        self.stamp_status = 'ok'
        self.input_encoding = ''
        self.input_size = ''
        self._grid = StampGrid()
        self._mailbox: Mailbox[_Arrival] | None = None
        self._worker: threading.Thread | None = None
        self._subscription: Any = None
        self._poll: Any = None
        self._refused_encodings: set[str] = set()
        self._said_frame_id = False
        values = self.parameters.values()
        self.starts_itself = bool(values['autostart'])
        self.create_service(SetBool, '~/enable', self._on_enable)
        self._reporter = Reporter(self)
        self._jump = self.get_clock().create_jump_callback(
            JumpThreshold(
                min_forward=Duration(seconds=1),
                min_backward=Duration(nanoseconds=-1),
                on_clock_change=True,
            ),
            post_callback=lambda _jump: self.statistics.reset(),
        )
        DiagnosticsPublisher(
            self,
            self.report,
            period_s=values['diagnostic_updater.period'],
            fully_qualified=values['diagnostic_updater.use_fqn'],
        )

    # What a node is made of.

    def open_models(self, values: Values) -> None:
        """Load the models and create the publishers; may raise `DiffpercError`."""
        raise NotImplementedError

    def close_models(self) -> None:
        """Give back what `open_models` took, also when it stopped half-way."""
        raise NotImplementedError

    def perceive(self, picture: Picture, values: Values) -> bool:
        """Compute and publish; called by the worker, one picture at a time.

        Returns whether anything was: nobody may listen any more.
        """
        raise NotImplementedError

    def refresh(self, set_names: Sequence[str] = ()) -> None:
        """Follow parameters that matter between pictures too.

        Called when some have been set, with their names, and now and then while active.
        """

    def listeners(self) -> int:
        """Return how many subscribe to what takes an inference to make."""
        raise NotImplementedError

    def outputs(self) -> list[str]:
        """Return the resolved topics that the node publishes for others."""
        return []

    def check(self, values: Values) -> None:
        """Raise `SettingError` when parameters do not go together. Must leave no trace."""

    def wants_camera(self, _values: Values) -> bool:
        """Whether `perceive` has a use for the camera from camera_info."""
        return True

    def doubts(self) -> list[str]:
        """Return the node's own reasons for a warning in the diagnostics."""
        return []

    def describe(self) -> dict[str, str]:
        """Return the node's own keys of the diagnostics."""
        return {}

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
        self._check(values)
        self.topics = input_topics(self, values['image_transport'])
        try:
            self.open_models(values)
        finally:
            self.engine_build = None

    def activate(self) -> None:
        """Start the worker, then listen."""
        values = self.parameters.values()
        self.statistics.reset()
        self.failing, self.incomplete = False, ''
        self.topics = topics = input_topics(self, values['image_transport'])
        self._grid = StampGrid()
        every = values['frame_policy'] == 'every'
        self._mailbox = Mailbox(EVERY_CAPACITY if every else 1)
        self._worker = threading.Thread(
            target=self._work, args=(self._mailbox,), name='worker', daemon=True
        )
        self._worker.start()
        self.camera_source.start(topics)
        self._tick()
        self._poll = steady_timer(self, POLL_S, self._tick)
        for sentence in self.parameters.unknown_qos_overrides():
            self.get_logger().warning(sentence)

    def deactivate(self) -> None:
        """Stop listening; return when the last inference has ended."""
        if self._poll is not None:
            self.destroy_timer(self._poll)
            self._poll = None
        self._unsubscribe()
        self.camera_source.stop()
        if self._mailbox is not None:
            self._mailbox.close()
            self._mailbox = None
        if self._worker is not None:
            self._worker.join()
            self._worker = None

    def cleanup(self) -> None:
        """Give the models back."""
        self.close_models()

    # Images.

    @property
    def is_subscribed(self) -> bool:
        """Whether the node listens to images now."""
        return self._subscription is not None

    def _tick(self) -> None:
        self.refresh()
        self._follow_listeners()

    def _follow_listeners(self) -> None:
        values = self.parameters.values()
        if self.topics is None or (not values['keep_warm'] and self.listeners() == 0):
            self._unsubscribe()
        elif self._subscription is None:
            every = values['frame_policy'] == 'every'
            self._subscription = qos.subscribe(
                self,
                Image if values['image_transport'] == 'raw' else CompressedImage,
                # A relative name takes part in remapping; a derived one has been remapped.
                'image_rect' if values['image_transport'] == 'raw' else self.topics.subscribed,
                self._on_image,
                qos.profile(EVERY_CAPACITY if every else 1, reliable=False),
                raw=True,
                on_lost=lambda number: self.statistics.count('lost_by_middleware', number),
            )

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self.destroy_subscription(self._subscription)
            self._subscription = None

    def _on_image(self, data: bytes) -> None:
        self.statistics.count('frames_in')
        mailbox = self._mailbox
        if mailbox is None:
            return
        try:
            stamp = stamp_of_serialized(data)
        except FrameError as error:
            self._drop(error)
            return
        values = self.parameters.values()
        if not self._grid.accepts(stamp, values['max_rate_hz']):
            self.statistics.count('skipped_rate')
        elif not self.enabled or self.listeners() == 0:
            self.statistics.count('skipped_idle')
        elif mailbox.put(_Arrival(data, stamp, values)):
            self.statistics.count('dropped_busy')

    def _work(self, mailbox: Mailbox[_Arrival]) -> None:
        while (arrival := mailbox.take()) is not None:
            try:
                self._handle(arrival)
            except DiffpercError as error:
                self._drop(error)
            except Exception as error:
                if self._mailbox is mailbox:  # else the node is stopping under our feet
                    self._drop(error)

    def _handle(self, arrival: _Arrival) -> None:
        if self._is_old(arrival):
            self.statistics.count('dropped_old')
            return
        message = deserialize_message(
            arrival.data,
            Image if arrival.values['image_transport'] == 'raw' else CompressedImage,
        )
        picture = self._picture(message, arrival.values)
        answered = self.perceive(picture, arrival.values)
        self.failing = False
        self.statistics.count('frames_out' if answered else 'skipped_idle')
        if answered:
            self.statistics.sample('latency_ms', 1000 * self._age_s(arrival.stamp))

    def _picture(self, message: Any, values: Values) -> Picture:
        self.input_encoding = getattr(message, 'encoding', None) or message.format
        image = image_of_message(message)
        size = (int(image.shape[1]), int(image.shape[0]))
        self.input_size = f'{size[0]}x{size[1]}'
        stamp = stamp_of_message(message)
        view, problem = None, None
        if self.wants_camera(values):
            try:
                view = self.camera_source.view(stamp, size)
            except CameraError as error:
                problem = error
        else:
            self.camera_source.status = 'unused'
        frame_id = message.header.frame_id
        if not self._said_frame_id and not frame_id.endswith(('_optical', '_optical_frame')):
            self._said_frame_id = True
            self.get_logger().info(
                f"frame_id '{frame_id}' does not end in _optical or _optical_frame; depth and "
                'positions are those of an optical frame (x right, y down, z forward, REP 103)'
            )
        frame = Frame(image, stamp, frame_id, view.camera if view else None)
        return Picture(frame, message.header, view, problem)

    def _age_s(self, stamp: Stamp) -> float:
        return float(self.get_clock().now().nanoseconds - stamp.nanoseconds) / NANOSECONDS

    def _is_old(self, arrival: _Arrival) -> bool:
        age = self._age_s(arrival.stamp)
        if arrival.stamp.nanoseconds == 0:
            self.stamp_status = 'zero'
        else:
            self.stamp_status = 'old' if age > 10 else 'future' if age < -0.1 else 'ok'
        limit = arrival.values['max_input_age_s']
        return bool(limit > 0 and age > limit)

    def _drop(self, error: Exception) -> None:
        """Count and report a frame that came to nothing."""
        self.statistics.count('dropped_bad')
        self.failing = True
        self.complain(error)

    def complain(self, error: Exception) -> None:
        """Say, but not too often, what went wrong with a frame."""
        self.last_error = str(error) or type(error).__name__
        logger = self.get_logger()
        if isinstance(error, CameraError):
            logger.warning(str(error), throttle_duration_sec=MESSAGE_PAUSE_S)
        elif isinstance(error, FrameError):
            if self.input_encoding not in self._refused_encodings:
                self._refused_encodings.add(self.input_encoding)
                logger.error(str(error))
        elif isinstance(error, DiffpercError):
            logger.error(str(error), throttle_duration_sec=MESSAGE_PAUSE_S)
        else:
            trace = ''.join(traceback.format_exception(error))
            logger.error(f'frame dropped:\n{trace}', throttle_duration_sec=MESSAGE_PAUSE_S)

    # The rest.

    def _check(self, values: Values) -> None:
        check_output_size(values['output_size'])
        self.check(values)

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
