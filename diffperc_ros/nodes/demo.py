# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recording played into the real node of all tasks under real ROS 2, and what came back.

    python -m diffperc_ros.nodes.demo samples/room

The node runs as a process of its own, as on a robot. The recorded bytes are published as they
are, at the rate at which they were recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import rclpy
from rich.console import Console
from rich.table import Table

from diffperc_ros.bundle.bundle import Bundle
from diffperc_ros.bundle.locate import (
    DEFAULT_DEPTH_BUNDLE,
    DEFAULT_QUERY_BUNDLE,
    DEFAULT_SEGMENTATION_BUNDLE,
    find_bundle,
    installed_bundles,
)
from diffperc_ros.core.errors import DiffpercError, RuntimeUnavailableError, SettingError
from diffperc_ros.core.results import NONE, UNLABELLED
from diffperc_ros.nodes.playback import CameraTopics, camera_topics, play
from diffperc_ros.nodes.witness import Witness

DEFAULTS = (DEFAULT_DEPTH_BUNDLE, DEFAULT_SEGMENTATION_BUNDLE, DEFAULT_QUERY_BUNDLE)
TASKS = ('depth', 'segmentation', 'query')
PHRASES = ('the table', 'the sofa')
START_S = 60.0
LAST_ANSWER_S = 5.0
STOP_S = 5.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the demonstration; exit status 0 when every task answered, 1 when not."""
    parser = argparse.ArgumentParser(prog='ros_demo', description=__doc__.splitlines()[0])
    parser.add_argument('recording', type=Path, help='rosbag2 folder, .mcap or .db3')
    parser.add_argument(
        '--bundle', action='append', help='name or folder of a model; once for each task'
    )
    parser.add_argument('--phrase', action='append', help='what is looked for')
    parser.add_argument('--image-topic', help='where the recording has several cameras')
    parser.add_argument('--seconds', type=float, default=60.0, help='plays no more than this')
    options = parser.parse_args(arguments)
    # Other robots on the network are none of this demonstration's business.
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_DOMAIN_ID', str(os.getpid() % 100 + 1))
    console = Console()
    try:
        topics = camera_topics(options.recording, options.image_topic)
        models = models_of(options.bundle or _installed_defaults(console))
        phrases = options.phrase or PHRASES
        answered = demonstrate(
            console, options.recording, topics, models, phrases, options.seconds
        )
    except DiffpercError as error:
        sys.stderr.write(f'Error: {error}\n')
        answered = False
    sys.exit(0 if answered else 1)


def models_of(names: Sequence[str]) -> dict[str, Bundle]:
    """Return the bundles by their tasks.

    Raises
    ------
    BundleError : one that is not there or is damaged.
    SettingError : two for one task, or one for a task that no node has.
    """
    models: dict[str, Bundle] = {}
    for name in names:
        bundle = find_bundle(name)
        task = bundle.manifest.task
        if task not in TASKS or task in models:
            raise SettingError(f"'{name}' is for {task}; give one bundle for each of: {TASKS}")
        models[task] = bundle
    return models


def _installed_defaults(console: Console) -> list[str]:
    installed = installed_bundles()
    for name in DEFAULTS:
        if name not in installed:
            console.print(f'not shown: {name} is not installed')
    return [name for name in DEFAULTS if name in installed]


def demonstrate(
    console: Console,
    recording: Path,
    topics: CameraTopics,
    models: Mapping[str, Bundle],
    phrases: Sequence[str],
    seconds: float,
) -> bool:
    """Play the recording into a node and print what was seen; return whether all tasks answered.

    Raises
    ------
    RecordingError : no images in the recording.
    RuntimeUnavailableError : the node does not come up; the message holds what it said.
    """
    with perception_node(topics, models, phrases) as log:
        rclpy.init(args=[])
        witness = Witness(topics, list(models), 'perception_node')
        try:
            names = ', '.join(bundle.manifest.name for bundle in models.values())
            console.print(f'node starts with {names}, waiting for it to listen')
            witness.wait(lambda: witness.is_ready() or witness.is_refused(), START_S)
            if not witness.is_ready():
                reason = witness.last_error() or log.read_text()
                raise RuntimeUnavailableError(f'the node does not listen: {reason}')
            console.print(f'playing {topics.image} of {recording}')
            play(recording, topics, witness, seconds)
            witness.wait(witness.has_settled, LAST_ANSWER_S)
        finally:
            witness.close()
            rclpy.try_shutdown()
    console.print(_table(witness))
    return all(answers.count > 0 for answers in witness.answers.values())


@contextmanager
def perception_node(
    topics: CameraTopics, models: Mapping[str, Bundle], phrases: Sequence[str]
) -> Iterator[Path]:
    """Run the node of all tasks as a process; yields the file that its output goes to."""
    transport = 'compressed' if topics.compressed else 'raw'
    settings = {'image_transport': transport, 'diagnostic_updater.period': '0.2'}
    settings |= {f'{task}_model': str(bundle.path) for task, bundle in models.items()}
    settings['tasks'] = json.dumps(list(models))
    if 'query' in models:
        settings['queries'] = json.dumps(list(phrases))
    remaps = {'image_rect': topics.image}
    if topics.camera_info is None:
        settings['focal_source'] = 'none'
    else:
        remaps['camera_info'] = topics.camera_info
    command = [sys.executable, '-m', 'diffperc_ros.nodes.perception_node', '--ros-args']
    command += [part for pair in settings.items() for part in ('-p', ':='.join(pair))]
    command += [part for pair in remaps.items() for part in ('-r', ':='.join(pair))]
    with tempfile.TemporaryDirectory(prefix='ros_demo-') as folder:
        log = Path(folder) / 'node.log'
        with log.open('w') as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield log
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_S)
            process.kill()


def _table(witness: Witness) -> Table:
    table = Table(title='seen from outside the node', title_justify='left')
    table.add_column('what')
    table.add_column('value', justify='right')
    for topic in (witness.images, witness.infos, *witness.answers.values(), witness.depth_info):
        table.add_row(f'{topic.name}', f'{topic.count} messages, {topic.rate_hz:.1f} Hz')
    table.add_section()
    for key in ('frames_in', 'frames_out', 'dropped_busy', 'dropped_bad', 'lost_by_middleware'):
        table.add_row(key, witness.values.get(key, 'unknown'))
    table.add_section()
    latency = witness.latency_ms()
    if latency is not None:
        table.add_row(
            'image out to last answer in, p50 / p95', f'{latency[0]:.0f} / {latency[1]:.0f} ms'
        )
    p50, p95 = (witness.values.get(f'inference_ms_{name}', 'none') for name in ('p50', 'p95'))
    table.add_row('inference in the node, p50 / p95', f'{p50} / {p95} ms')
    for row in _last_image(witness):
        table.add_row(*row)
    return table


def _last_image(witness: Witness) -> Iterator[tuple[str, str]]:
    depth = witness.last.get('depth')
    if depth is not None:
        finite = depth[np.isfinite(depth)]
        median = float(np.median(finite)) if finite.size else float('nan')
        yield 'depth of the last image, median', f'{median:.2f} m'
        yield 'pixels of the last image with depth', f'{100 * finite.size / depth.size:.0f} %'
    if 'segmentation' in witness.last:
        classes = np.setdiff1d(witness.last['segmentation'], (NONE, UNLABELLED))
        yield 'classes in the last image', str(classes.size)
    if 'query' in witness.last:
        share = np.count_nonzero(witness.last['query']) / witness.last['query'].size
        yield f'pixels found: {witness.values.get("query", "")}', f'{100 * share:.0f} %'


if __name__ == '__main__':
    main()
