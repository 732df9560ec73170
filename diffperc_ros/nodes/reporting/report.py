# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera node says of itself and of its cameras on /diagnostics."""

from __future__ import annotations

from collections.abc import Mapping

from diffperc_ros.nodes import qos
from diffperc_ros.nodes.abstract_node import AbstractImageNode
from diffperc_ros.nodes.camera.input import CameraInput
from diffperc_ros.nodes.camera.names import under
from diffperc_ros.nodes.reporting.diagnostics import Level, Report, resident_mib, text

MANY_DROPS = 0.5


class Reporter:
    """Judges a node by what happened since it was judged before.

    Parameters
    ----------
    node : that is judged.
    inputs : its cameras by name.
    """

    def __init__(self, node: AbstractImageNode, inputs: Mapping[str, CameraInput]) -> None:
        self._node = node
        self._inputs = inputs
        self._before: dict[str, dict[str, int]] = {}
        self._logged: set[str] = set()

    def report(self) -> Report:
        """Return the state of the node now."""
        node = self._node
        counts = {name: camera.statistics.counts() for name, camera in self._inputs.items()}
        mismatches = self._mismatches()
        level, message = self._verdict(self._since(counts), mismatches)
        self._before = counts
        own = node.describe()
        frames = [camera.frame_id for camera in self._inputs.values()]
        cameras = {
            under(name, key): value
            for name, camera in self._inputs.items()
            for key, value in self._of_camera(camera, counts[name]).items()
        }
        values: dict[str, object] = {
            'state': node.state,
            **cameras,
            'qos': '; '.join(mismatches) or 'ok',
            'rss_mib': resident_mib(),
            'subscribers': sum(node.listeners(name) for name in self._inputs),
            'idle': node.state == 'active' and all(map(self._is_idle, self._inputs.values())),
            'enabled': node.enabled,
            'engine_build_percent': node.engine_build.percent if node.engine_build else None,
            'last_error': node.last_error or None,
        }
        return Report(
            level,
            message,
            hardware=', '.join(filter(None, [own.pop('hardware_id', ''), *frames])),
            values={**own, **{name: text(value) for name, value in values.items()}},
        )

    def _of_camera(self, camera: CameraInput, counts: dict[str, int]) -> dict[str, object]:
        statistics = camera.statistics
        values: dict[str, object] = {
            'input_encoding': camera.encoding or None,
            'input_size': camera.size or None,
            'input_rectified': camera.source.rectified,
            'input_stamp': camera.stamp_status,
            'camera_info': camera.source.status,
            'rate_in_hz': statistics.rate('frames_in'),
            'rate_out_hz': statistics.rate('frames_out'),
            **counts,
            'input_age_ms': statistics.age_ms(),
            'subscribers': self._node.listeners(camera.name),
            'last_error': camera.last_error or None,
            **self._node.describe_camera(camera.name),
        }
        for name in ('inference_ms', 'latency_ms'):
            percentiles = statistics.percentiles(name)
            for suffix, index in (('p50', 0), ('p95', 1)):
                values[f'{name}_{suffix}'] = percentiles[index] if percentiles else None
        return values

    def _since(self, counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
        """Return what was counted of each camera since the last report."""
        return {
            camera: {
                name: count - self._before.get(camera, {}).get(name, 0)
                for name, count in counted.items()
            }
            for camera, counted in counts.items()
        }

    def _verdict(
        self, since: dict[str, dict[str, int]], mismatches: list[str]
    ) -> tuple[Level, str]:
        node = self._node
        if node.engine_build is not None:
            return Level.WARN, node.engine_build.text
        if node.state != 'active':
            return (Level.ERROR, node.last_error) if node.last_error else (Level.OK, node.state)
        busy = [camera for camera in self._inputs.values() if not self._is_idle(camera)]
        failures = [camera.failure for camera in busy if camera.failure]
        if failures:
            return Level.ERROR, failures[0]
        # The first doubt, but of each camera: none hides what another suffers from.
        doubts = mismatches[:1]
        for name, camera in self._inputs.items():
            found = self._silence(camera)
            if camera in busy:
                found += [*self._drops(since[name]), *self._suspicions(camera)]
            doubts += [f'{name}: {doubt}' if name else doubt for doubt in found[:1]]
        doubts = doubts or node.doubts()[:1]
        if doubts:
            return Level.WARN, '; '.join(doubts)
        if not busy:
            return Level.OK, 'idle: nobody listens' if node.enabled else 'idle: disabled'
        return Level.OK, 'running'

    def _is_idle(self, camera: CameraInput) -> bool:
        return not self._node.enabled or self._node.listeners(camera.name) == 0

    def _drops(self, since: dict[str, int]) -> list[str]:
        lost = since['dropped_busy'] + since['dropped_old'] + since['dropped_bad']
        arrived = since['frames_in']
        return [f'{lost} of {arrived} images dropped'] if lost > MANY_DROPS * arrived else []

    def _suspicions(self, camera: CameraInput) -> list[str]:
        said = [f'an answer is missing: {camera.incomplete}'] if camera.incomplete else []
        if camera.source.rectified == 'suspect':
            said.append('the image looks unrectified')
        if camera.source.status == 'unpaired':
            said.append('no camera_info bears the stamp of the image; the latest is used')
        if camera.stamp_status != 'ok':
            said.append(f'header stamp is {camera.stamp_status}')
        return said

    def _silence(self, camera: CameraInput) -> list[str]:
        """Return a sentence if no image has come for too long, with what may help."""
        limit_ms = 1000 * self._node.parameters.values()['input_timeout_s']
        silent_ms = camera.statistics.silence_ms()
        if camera.topics is None or not camera.is_subscribed or silent_ms < limit_ms:
            return []
        topic = camera.topics.subscribed
        sentence = f"no image on '{topic}' for {silent_ms / 1000:.0f} s"
        if self._node.count_publishers(topic) == 0:
            return [f'{sentence}: nobody publishes it']
        return [
            f'{sentence} though it is published: large images are lost without a shared-memory '
            f'profile; or set qos_overrides.{topic}.subscription.reliability to reliable'
        ]

    def _mismatches(self) -> list[str]:
        node = self._node
        if node.state != 'active':
            return []
        found = []
        for camera in self._inputs.values():
            if camera.topics is not None:
                for topic in (camera.topics.subscribed, camera.topics.camera_info):
                    found += qos.mismatches(node, topic, 'subscription')
        for topic in node.outputs():
            found += qos.mismatches(node, topic, 'publisher')
        for problem in set(found) - self._logged:
            node.get_logger().error(problem)
        self._logged = set(found)
        return found
