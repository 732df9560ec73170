# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Turn rendered frames into a recording: a rosbag2 folder with RealSense's topic names.

Runs without Blender, in an environment with rosbags, OpenCV and OpenEXR.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from tools.sample_recording import exr
from tools.sample_recording.camera_path import FOCAL, HEIGHT, WIDTH
from tools.sample_recording.sensor_model import StereoSensor, measure

COLOUR = '/camera/color'
SENSOR = '/camera/aligned_depth_to_color'
TRUTH = '/ground_truth/depth'
FRAME_ID = 'camera_color_optical_frame'
START_NS = 1_760_000_000_000_000_000
PERIOD_NS = 100_000_000
JITTER_NS = 100_000
TRANSPORT_NS = 3_000_000

_MIDDLE_GREY = 0.2
_STORE = get_typestore(Stores.ROS2_JAZZY)
_IMAGE = 'sensor_msgs/msg/CompressedImage'
_INFO = 'sensor_msgs/msg/CameraInfo'


@dataclass(frozen=True)
class Frame:
    """One instant: colour (H, W, 3) uint8 RGB, sensor and true depth (H, W) uint16 mm."""

    stamp: int
    colour: npt.NDArray[np.uint8]
    sensor: npt.NDArray[np.uint16]
    truth: npt.NDArray[np.uint16]


def main() -> None:
    """Parse the command line, write the recording, say how big it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('rendered', type=Path, help='folder of colour_*.exr and geometry_*.exr')
    parser.add_argument('recording', type=Path, help='rosbag2 folder to write')
    parser.add_argument(
        '--objects', type=Path, help='also write object numbers as 16-bit PNG here'
    )
    arguments = parser.parse_args()
    write_recording(frames(arguments.rendered), arguments.recording)
    if arguments.objects:
        arguments.objects.mkdir(parents=True, exist_ok=True)
        for path in sorted(arguments.rendered.glob('geometry_*.exr')):
            target = arguments.objects / path.with_suffix('.png').name.replace(
                'geometry', 'objects'
            )
            target.write_bytes(_png(exr.read_objects(path)))
    print(sum(path.stat().st_size for path in arguments.recording.iterdir()), 'bytes')


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
        )


def write_recording(source: Iterator[Frame], folder: Path) -> None:
    """Write frames as rosbag2 (mcap); other files in the folder stay."""
    with tempfile.TemporaryDirectory() as scratch:
        bag = Path(scratch) / folder.name
        with Writer(bag, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
            images = {
                COLOUR: f'{COLOUR}/image_raw/compressed',
                SENSOR: f'{SENSOR}/image_raw/compressedDepth',
                TRUTH: f'{TRUTH}/image_raw/compressedDepth',
            }
            connections = {
                topic: writer.add_connection(topic, kind, typestore=_STORE)
                for name, image in images.items()
                for topic, kind in ((image, _IMAGE), (f'{name}/camera_info', _INFO))
            }
            for frame in source:
                payloads = {
                    COLOUR: ('rgb8; jpeg compressed bgr8', _jpeg(frame.colour)),
                    SENSOR: ('16UC1; compressedDepth png', bytes(12) + _png(frame.sensor)),
                    TRUTH: ('16UC1; compressedDepth png', bytes(12) + _png(frame.truth)),
                }
                for name, (encoding, data) in payloads.items():
                    for topic, message in (
                        (images[name], _image(frame.stamp, encoding, data)),
                        (f'{name}/camera_info', _camera_info(frame.stamp)),
                    ):
                        raw = _STORE.serialize_cdr(message, connections[topic].msgtype)
                        writer.write(connections[topic], frame.stamp + TRANSPORT_NS, raw)
        folder.mkdir(parents=True, exist_ok=True)
        for path in bag.iterdir():
            shutil.copyfile(path, folder / path.name)


def _header(stamp: int) -> Any:
    seconds, nanoseconds = divmod(stamp, 1_000_000_000)
    time = _STORE.types['builtin_interfaces/msg/Time'](sec=seconds, nanosec=nanoseconds)
    return _STORE.types['std_msgs/msg/Header'](stamp=time, frame_id=FRAME_ID)


def _image(stamp: int, encoding: str, data: bytes) -> Any:
    pixels = np.frombuffer(data, np.uint8)
    return _STORE.types[_IMAGE](header=_header(stamp), format=encoding, data=pixels)


def _camera_info(stamp: int) -> Any:
    cx, cy = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    region = _STORE.types['sensor_msgs/msg/RegionOfInterest'](
        x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
    )
    return _STORE.types[_INFO](
        header=_header(stamp),
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
