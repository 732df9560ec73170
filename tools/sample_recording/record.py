# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Turn rendered frames into a recording: a rosbag2 folder with RealSense's topic names.

Runs without Blender, in an environment with this package and OpenEXR.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from diffperc_ros.core.frame import Stamp
from diffperc_ros.recordings.message_types import header, message_types
from diffperc_ros.recordings.messages import image_message, string_message
from diffperc_ros.recordings.vision_messages import label_info_message
from diffperc_ros.recordings.writer import BagWriter
from tools.sample_recording import exr
from tools.sample_recording.camera_path import FOCAL, HEIGHT, WIDTH
from tools.sample_recording.labels import Labels, class_names, label_objects
from tools.sample_recording.sensor_model import StereoSensor, measure

COLOUR = '/camera/color'
SENSOR = '/camera/aligned_depth_to_color'
TRUTH = '/ground_truth/depth'
LABELS = '/ground_truth/labels/mask'
LABEL_INFO = '/ground_truth/labels/label_info'
INSTANCES = '/ground_truth/instances/mask'
EXPRESSIONS = '/ground_truth/expressions'
FRAME_ID = 'camera_color_optical_frame'
START_NS = 1_760_000_000_000_000_000
PERIOD_NS = 100_000_000
JITTER_NS = 100_000
TRANSPORT_NS = 3_000_000

_MIDDLE_GREY = 0.2
_IMAGE = 'sensor_msgs/msg/CompressedImage'
_INFO = 'sensor_msgs/msg/CameraInfo'


@dataclass(frozen=True)
class Frame:
    """One instant: colour (H, W, 3) uint8 RGB, sensor and true depth (H, W) uint16 mm.

    Objects are numbers (H, W) of objects.json, 0 where nothing was hit.
    """

    stamp: int
    colour: npt.NDArray[np.uint8]
    sensor: npt.NDArray[np.uint16]
    truth: npt.NDArray[np.uint16]
    objects: npt.NDArray[np.uint16]


def main() -> None:
    """Parse the command line, write the recording, say how big it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('rendered', type=Path, help='folder of colour_*.exr and geometry_*.exr')
    parser.add_argument('recording', type=Path, help='rosbag2 folder to write')
    arguments = parser.parse_args()
    write_recording(
        frames(arguments.rendered), read_labels(arguments.rendered), arguments.recording
    )
    print(sum(path.stat().st_size for path in arguments.recording.iterdir()), 'bytes')


def read_labels(rendered: Path) -> Labels:
    """Return what the numbers of the rendering's objects stand for."""
    objects = json.loads((rendered / 'objects.json').read_text())
    return label_objects({int(number): entry['name'] for number, entry in objects.items()})


def frames(rendered: Path) -> Iterator[Frame]:
    """Develop every rendered frame with one exposure and let the sensor measure it.

    The exposure puts the median of all linear colours at middle grey. True depth of more than
    65.535 m, which 16 bits cannot hold (the view out of a window), becomes 0.
    """
    colours = sorted(rendered.glob('colour_*.exr'))
    exposure = _MIDDLE_GREY / float(np.median([np.median(exr.read_linear(c)) for c in colours]))
    jitter = np.random.default_rng(0).normal(0.0, JITTER_NS, len(colours))
    sensor = StereoSensor(focal=FOCAL)
    for number, path in enumerate(colours):
        colour = exr.develop(exr.read_linear(path), exposure)
        depth = exr.read_depth(path.with_name(path.name.replace('colour', 'geometry')))
        luma = cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY).astype(np.float64)
        millimetres = np.rint(depth.astype(np.float64) * 1000.0)
        yield Frame(
            stamp=START_NS + number * PERIOD_NS + round(jitter[number]),
            colour=colour,
            sensor=measure(sensor, depth, luma, seed=number),
            truth=np.where(millimetres <= 65535, millimetres, 0).astype(np.uint16),
            objects=exr.read_objects(path.with_name(path.name.replace('colour', 'geometry'))),
        )


def write_recording(source: Iterator[Frame], labels: Labels, folder: Path) -> None:
    """Write frames as rosbag2 (mcap); other files in the folder stay."""
    with tempfile.TemporaryDirectory() as scratch:
        with BagWriter(Path(scratch) / folder.name) as writer:
            for number, frame in enumerate(source):
                stamp = Stamp.from_nanoseconds(frame.stamp)
                received = frame.stamp + TRANSPORT_NS
                if number == 0:
                    info = label_info_message(class_names(), 0.0, stamp, FRAME_ID)
                    text = json.dumps({'expressions': labels.expressions()})
                    writer.write(LABEL_INFO, info, received, latched=True)
                    writer.write(EXPRESSIONS, string_message(text), received, latched=True)
                for topic, message in _messages(frame, labels, stamp):
                    writer.write(topic, message, received)
            bag = writer.finish()
        folder.mkdir(parents=True, exist_ok=True)
        for path in bag.iterdir():
            shutil.copyfile(path, folder / path.name)


def _messages(frame: Frame, labels: Labels, stamp: Stamp) -> Iterator[tuple[str, Any]]:
    """Make what is recorded of one instant: topic, message."""
    for name, transport, encoding, data in (
        (COLOUR, 'compressed', 'rgb8; jpeg compressed bgr8', _jpeg(frame.colour)),
        (SENSOR, 'compressedDepth', '16UC1; compressedDepth png', bytes(12) + _png(frame.sensor)),
        (TRUTH, 'compressedDepth', '16UC1; compressedDepth png', bytes(12) + _png(frame.truth)),
    ):
        image = message_types().types[_IMAGE](
            header=header(stamp, FRAME_ID), format=encoding, data=np.frombuffer(data, np.uint8)
        )
        yield f'{name}/image_raw/{transport}', image
        yield f'{name}/camera_info', _camera_info(stamp)
    for topic, table in ((LABELS, labels.classes), (INSTANCES, labels.instances)):
        mask = table[frame.objects].astype(np.uint8)
        yield topic, image_message(mask, 'mono8', stamp, FRAME_ID)


def _camera_info(stamp: Stamp) -> Any:
    cx, cy = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    types = message_types().types
    region = types['sensor_msgs/msg/RegionOfInterest'](
        x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
    )
    return types[_INFO](
        header=header(stamp, FRAME_ID),
        height=HEIGHT,
        width=WIDTH,
        distortion_model='plumb_bob',
        d=np.zeros(5),
        k=np.array([FOCAL, 0, cx, 0, FOCAL, cy, 0, 0, 1], np.float64),
        r=np.eye(3).ravel(),
        p=np.array([FOCAL, 0, cx, 0, 0, FOCAL, cy, 0, 0, 0, 1, 0], np.float64),
        binning_x=0,
        binning_y=0,
        roi=region,
    )


def _jpeg(colour: npt.NDArray[np.uint8]) -> bytes:
    bgr = cv2.cvtColor(colour, cv2.COLOR_RGB2BGR)
    return cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def _png(image: npt.NDArray[np.uint16]) -> bytes:
    """Smallest PNG that any of the row filters gives; noisy and smooth depth differ in it."""
    filters = (cv2.IMWRITE_PNG_FILTER_SUB, cv2.IMWRITE_PNG_FILTER_PAETH)
    options = [[cv2.IMWRITE_PNG_FILTER, f] for f in filters] + [[]]
    level = [cv2.IMWRITE_PNG_COMPRESSION, 9]
    encoded = (cv2.imencode('.png', image, level + option)[1].tobytes() for option in options)
    return min(encoded, key=len)


if __name__ == '__main__':
    main()
