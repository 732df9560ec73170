# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera node says of itself on /diagnostics: keys, level and one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffperc_ros.nodes import qos
from diffperc_ros.nodes.diagnostics import Level, Report, resident_mib, text

if TYPE_CHECKING:
    from diffperc_ros.nodes.image_node import ImageNode

MANY_DROPS = 0.5


class Reporter:
    """Judges a node by what happened since it was judged before."""

    def __init__(self, node: ImageNode) -> None:
        self._node = node
        self._before: dict[str, int] = {}
        self._logged: set[str] = set()

    def report(self) -> Report:
        """Return the state of the node now."""
        node = self._node
        counts = node.statistics.counts()
        since = {name: count - self._before.get(name, 0) for name, count in counts.items()}
        self._before = counts
        mismatches = self._mismatches()
        level, message = self._verdict(since, mismatches)
        own = node.describe()
        values: dict[str, object] = {
            'state': node.state,
            'input_encoding': node.input_encoding or None,
            'input_size': node.input_size or None,
            'input_rectified': node.camera_source.rectified,
            'input_stamp': node.stamp_status,
            'camera_info': node.camera_source.status,
            'qos': '; '.join(mismatches) or 'ok',
            'rate_in_hz': node.statistics.rate('frames_in'),
            'rate_out_hz': node.statistics.rate('frames_out'),
            **counts,
            **self._durations(),
            'input_age_ms': node.statistics.age_ms(),
            'rss_mib': resident_mib(),
            'subscribers': node.listeners(),
            'idle': node.state == 'active' and (not node.enabled or node.listeners() == 0),
            'enabled': node.enabled,
            'engine_build_percent': node.engine_build.percent if node.engine_build else None,
            'last_error': node.last_error or None,
        }
        return Report(
            level,
            message,
            hardware=own.pop('hardware_id', ''),
            values={**own, **{name: text(value) for name, value in values.items()}},
        )

    def _verdict(self, since: dict[str, int], mismatches: list[str]) -> tuple[Level, str]:
        node = self._node
        if node.engine_build is not None:
            return Level.WARN, node.engine_build.text
        if node.state != 'active':
            return (Level.ERROR, node.last_error) if node.last_error else (Level.OK, node.state)
        idle = not node.enabled or node.listeners() == 0
        if node.failing and not idle:
            return Level.ERROR, node.last_error
        doubts = [*mismatches, *self._silence()]
        if not idle:
            doubts += [*self._drops(since), *self._suspicions()]
        doubts += node.doubts()
        if doubts:
            return Level.WARN, doubts[0]
        if idle:
            return Level.OK, 'idle: nobody listens' if node.enabled else 'idle: disabled'
        return Level.OK, 'running'

    def _drops(self, since: dict[str, int]) -> list[str]:
        lost = since['dropped_busy'] + since['dropped_old'] + since['dropped_bad']
        arrived = since['frames_in']
        return [f'{lost} of {arrived} images dropped'] if lost > MANY_DROPS * arrived else []

    def _suspicions(self) -> list[str]:
        node = self._node
        said = [f'an answer is missing: {node.incomplete}'] if node.incomplete else []
        if node.camera_source.rectified == 'suspect':
            said.append('the image looks unrectified')
        if node.camera_source.status == 'unpaired':
            said.append('no camera_info bears the stamp of the image; the latest is used')
        if node.stamp_status != 'ok':
            said.append(f'header stamp is {node.stamp_status}')
        return said

    def _silence(self) -> list[str]:
        """Return a sentence if no image has come for too long, with what may help."""
        node = self._node
        limit_ms = 1000 * node.parameters.values()['input_timeout_s']
        silent_ms = node.statistics.silence_ms()
        if node.topics is None or not node.is_subscribed or silent_ms < limit_ms:
            return []
        topic = node.topics.subscribed
        sentence = f"no image on '{topic}' for {silent_ms / 1000:.0f} s"
        if node.count_publishers(topic) == 0:
            return [f'{sentence}: nobody publishes it']
        return [
            f'{sentence} though it is published: large images are lost without a shared-memory '
            f'profile; or set qos_overrides.{topic}.subscription.reliability to reliable'
        ]

    def _mismatches(self) -> list[str]:
        node = self._node
        if node.state != 'active' or node.topics is None:
            return []
        inputs = (node.topics.subscribed, node.topics.camera_info)
        found = [text for topic in inputs for text in qos.mismatches(node, topic, 'subscription')]
        for topic in node.outputs():
            found += qos.mismatches(node, topic, 'publisher')
        for problem in set(found) - self._logged:
            node.get_logger().error(problem)
        self._logged = set(found)
        return found

    def _durations(self) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        for name in ('inference_ms', 'latency_ms'):
            percentiles = self._node.statistics.percentiles(name)
            for suffix, index in (('p50', 0), ('p95', 1)):
                values[f'{name}_{suffix}'] = percentiles[index] if percentiles else None
        return values
