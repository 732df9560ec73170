# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recording played into the real node under real ROS 2, and what came back.

    python -m diffperc_ros.nodes.demo samples/room

The node runs as a process of its own, as on a robot. The recorded bytes are published as they
are, at the rate at which they were recorded.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import rclpy
from rich.console import Console
from rich.table import Table

from diffperc_ros.bundle.locate import DEFAULT_DEPTH_BUNDLE
from diffperc_ros.core.errors import DiffpercError, RuntimeUnavailableError
from diffperc_ros.nodes.playback import CameraTopics, camera_topics, play
from diffperc_ros.nodes.witness import Witness

START_S = 60.0
LAST_ANSWER_S = 5.0
STOP_S = 5.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the demonstration; exit status 0 when depth came back, 1 when not."""
    parser = argparse.ArgumentParser(prog='ros_demo', description=__doc__.splitlines()[0])
    parser.add_argument('recording', type=Path, help='rosbag2 folder, .mcap or .db3')
    parser.add_argument('--bundle', default=DEFAULT_DEPTH_BUNDLE, help='name or folder of a model')
    parser.add_argument('--image-topic', help='where the recording has several cameras')
    parser.add_argument('--seconds', type=float, default=60.0, help='plays no more than this')
    options = parser.parse_args(arguments)
    # Other robots on the network are none of this demonstration's business.
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_DOMAIN_ID', str(os.getpid() % 100 + 1))
    console = Console()
    try:
        answered = demonstrate(
            console, options.recording, options.bundle, options.image_topic, options.seconds
        )
    except DiffpercError as error:
        sys.stderr.write(f'Error: {error}\n')
        answered = False
    sys.exit(0 if answered else 1)


def demonstrate(
    console: Console, recording: Path, bundle: str, image_topic: str | None, seconds: float
) -> bool:
    """Play the recording into a node and print what was seen; return whether depth came.

    Raises
    ------
    RecordingError : no recording, or no images in it.
    RuntimeUnavailableError : the node does not come up; the message holds what it said.
    """
    topics = camera_topics(recording, image_topic)
    with depth_node(topics, bundle) as log:
        rclpy.init(args=[])
        witness = Witness(topics)
        try:
            console.print(f'node starts with {bundle}, waiting for it to listen')
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
    return witness.depth.count > 0


@contextmanager
def depth_node(topics: CameraTopics, bundle: str) -> Iterator[Path]:
    """Run the depth node as a process; yields the file that its output goes to."""
    transport = 'compressed' if topics.compressed else 'raw'
    settings = {'model': bundle, 'image_transport': transport, 'diagnostic_updater.period': '0.2'}
    remaps = {'image_rect': topics.image}
    if topics.camera_info is None:
        settings['focal_source'] = 'none'
    else:
        remaps['camera_info'] = topics.camera_info
    command = [sys.executable, '-m', 'diffperc_ros.nodes.depth_node', '--ros-args']
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
    for topic in (witness.images, witness.infos, witness.depth, witness.depth_info):
        table.add_row(f'{topic.name}', f'{topic.count} messages, {topic.rate_hz:.1f} Hz')
    table.add_section()
    for key in ('frames_in', 'frames_out', 'dropped_busy', 'dropped_bad', 'lost_by_middleware'):
        table.add_row(key, witness.values.get(key, 'unknown'))
    table.add_section()
    latency = witness.latency_ms()
    if latency is not None:
        table.add_row(
            'image out to depth in, p50 / p95', f'{latency[0]:.0f} / {latency[1]:.0f} ms'
        )
    p50, p95 = (witness.values.get(f'inference_ms_{name}', 'none') for name in ('p50', 'p95'))
    table.add_row('inference in the node, p50 / p95', f'{p50} / {p95} ms')
    table.add_row('depth of the last image, median', f'{witness.median_depth:.2f} m')
    table.add_row('pixels of the last image with depth', f'{100 * witness.valid_share:.0f} %')
    return table


if __name__ == '__main__':
    main()
