# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Objects that phrases speak of, in each picture."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, ClassVar

from std_msgs.msg import String

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import DEFAULT_QUERY_BUNDLE
from diffperc_ros.core.results import DepthImage
from diffperc_ros.nodes import qos
from diffperc_ros.nodes.camera.picture import Picture, Values
from diffperc_ros.nodes.depth.source import DepthSource
from diffperc_ros.nodes.publishing.vision_messages import (
    how_to_install,
    vision_messages,
    whether_installed,
)
from diffperc_ros.nodes.query.commands import CommandQueue, Verdict
from diffperc_ros.nodes.query.outputs import QueryOutputs
from diffperc_ros.nodes.query.positions import positions_of
from diffperc_ros.nodes.query.settings import (
    DEPTH_TOPIC,
    QUERY_SETTINGS,
    check_query_values,
    command_of,
    query_settings,
)
from diffperc_ros.nodes.settings.output_size import output_transform
from diffperc_ros.nodes.settings.parameters import Setting
from diffperc_ros.nodes.task import Task
from diffperc_ros.perception.inference import StageTimes
from diffperc_ros.perception.query import Querier
from diffperc_ros.perception.text import NOTHING, Queries, TextEncoder
from diffperc_ros.runtimes.chosen import ChosenRuntime
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime
from diffperc_ros.runtimes.protocol import Runtime

COMMANDS_QUEUED = 10


class QueryTask(Task[QueryOutputs]):
    """Publishes query/mask, query/detections and, with depth at hand, query/point.

    Listens to topic `command`, for all cameras. An answer belongs to one set of phrases, whole:
    sets are exchanged between answers.
    """

    name = 'query'
    default_model = DEFAULT_QUERY_BUNDLE
    settings: ClassVar[tuple[Setting, ...]] = QUERY_SETTINGS
    _querier: Querier | None = None
    _commands: CommandQueue | None = None
    _text_runtime: Runtime | None = None
    _depths: DepthSource | None = None
    _subscription: Any = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._between_answers = threading.Lock()
        self._followed: list[str] = []

    def check(self, values: Values) -> None:
        """Judge parameters, with the bundle's tokenizer once there is one."""
        phrases = check_query_values(values)
        if self._commands is not None:
            self._commands.text.check(phrases)

    def load(self, bundle: Bundle, runtime: ChosenRuntime, values: Values) -> None:
        """Make the querier and the text encoder."""
        querier = Querier(bundle, runtime, query_settings(values, bundle.query))
        querier.prepare = self.prepare
        # A few words are no load: the text graph runs on the CPU and leaves the GPU to images.
        self._text_runtime = OnnxRuntime(
            bundle.file(bundle.text.graph), device='cpu', threads=values['threads']
        )
        text = TextEncoder(bundle, self._text_runtime)
        querier.warm_up(text.warm_up())
        self._querier = querier
        self._commands = CommandQueue(
            text,
            values['max_phrases'],
            self._exchange,
            self._decided,
        )

    def advertise(self, camera: str, _bundle: Bundle, _values: Values) -> QueryOutputs:
        """Make the topics of a camera."""
        return QueryOutputs(self.node, camera, vision_messages())

    def opened(self, values: Values) -> None:
        """Encode parameter `queries`."""
        self._tell(NOTHING)
        self._followed = values['queries']
        if self._commands is not None:
            self._commands.adopt(command_of(values['queries']))

    def unload(self) -> None:
        """Give back the querier and the text encoder."""
        self._querier = self._commands = None
        if self._text_runtime is not None:
            self._text_runtime.close()
            self._text_runtime = None

    def start(self, values: Values) -> None:
        """Listen to commands, and to depth where a topic is given."""
        if self._commands is None:
            return
        self._commands.start()
        quality = qos.profile(COMMANDS_QUEUED, reliable=True)
        self._subscription = qos.subscribe(self.node, String, 'command', self._on_command, quality)
        if values.get(DEPTH_TOPIC.name):
            self._depths = DepthSource(self.node, values[DEPTH_TOPIC.name])

    def stop(self) -> None:
        """Stop listening; what is looked for stays."""
        if self._subscription is not None:
            self.node.destroy_subscription(self._subscription)
            self._subscription = None
        if self._commands is not None:
            self._commands.stop()
        if self._depths is not None:
            self._depths.close()
            self._depths = None

    @property
    def last_times(self) -> StageTimes | None:
        """Where the time of the last frame went."""
        return self._querier.last_times if self._querier else None

    def wants_camera(self, _values: Values) -> bool:
        """Whether an image has to wait for its camera: depth brings its own."""
        return False

    def uses_depth(self, camera: str) -> bool:
        """Whether somebody wants to know where an object is."""
        looks = self._querier is not None and bool(self._querier.queries.phrases)
        outputs = self.outputs.get(camera)
        return looks and outputs is not None and outputs.position_listeners() > 0

    def perceive(self, picture: Picture, values: Values) -> Picture:
        """Answer for one picture and publish it.

        Raises
        ------
        InferenceError : as `Querier.perceive`.
        """
        querier, outputs = self._querier, self.outputs.get(picture.camera)
        if querier is None or outputs is None:
            return picture
        graph = querier.bundle.manifest.input
        transform = output_transform(values['output_size'], picture.frame.size, graph)
        with self._between_answers:
            querier.settings = query_settings(values, querier.bundle.query)
            answer = querier.perceive(picture.frame)
            depth = picture.depth
            if depth is None and answer.detections:
                depth = self._depth_elsewhere(picture)
            self._tell(querier.queries)
            outputs.publish(picture, answer, positions_of(answer, depth), transform)
        return picture

    def refresh(self, values: Values, set_names: Sequence[str]) -> None:
        """Follow parameter `queries` when it is set; on Humble, when it is seen to be another."""
        if self._subscription is None or self._commands is None:
            return
        if 'queries' in set_names or values['queries'] != self._followed:
            self._followed = values['queries']
            self._commands.submit(command_of(values['queries']))

    def doubts(self) -> list[str]:
        """Say that nobody can learn what the ids mean, nor get detections."""
        if vision_messages():
            return []
        return [f'no query/label_info, no query/detections: {how_to_install()}']

    def describe(self) -> dict[str, str]:
        """Return the keys of the diagnostics that speak of the model and of the query."""
        queries = self._querier.queries if self._querier else NOTHING
        return {
            **super().describe(),
            'query': '; '.join(queries.phrases),
            'query_revision': str(queries.revision),
            'vision_msgs': whether_installed(),
        }

    def _on_command(self, message: String) -> None:
        if self._commands is not None:
            self._commands.submit(message.data)

    def _exchange(self, queries: Queries) -> None:
        """Look for something else from the next answer on; waits for the present one."""
        if self._querier is not None:
            with self._between_answers:
                self._querier.queries = queries
                self._tell(queries)

    def _decided(self, verdict: Verdict) -> None:
        if self._commands is not None:
            for outputs in self.outputs.values():
                outputs.publish_status(verdict, self._commands.text.limit)

    def _tell(self, queries: Queries) -> None:
        if self._querier is not None:
            names = dict(enumerate(queries.phrases, start=1))
            for outputs in self.outputs.values():
                outputs.labels.tell(names, self._querier.settings.mask_threshold)

    def _depth_elsewhere(self, picture: Picture) -> DepthImage | None:
        return self._depths.find(picture.frame.stamp) if self._depths is not None else None


class QueryTaskWithDepthTopic(QueryTask):
    """The same where no other task of the node computes depth."""

    settings = (*QUERY_SETTINGS, DEPTH_TOPIC)
