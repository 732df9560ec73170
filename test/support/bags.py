# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Small recordings in every container, made of messages that a test spells out."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from mcap.records import Channel, DataEnd, Schema
from mcap.records import Message as McapMessage
from mcap.stream_reader import StreamReader
from mcap.writer import IndexType
from mcap.writer import Writer as McapWriter
from numpy.typing import NDArray
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as Ros2Writer
from rosbags.typesys import Stores, get_typestore
from rosbags.typesys.store import Typestore

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
SECOND = 1_000_000_000
START = 1_700_000_000
COLOUR_TOPIC = '/camera/color/image_raw'
INFO_TOPIC = '/camera/color/camera_info'
DEPTH_TOPIC = '/camera/aligned_depth_to_color/image_raw'
FRAME_ID = 'camera_color_optical_frame'
WIDTH, HEIGHT, FOCAL = 64, 48, 60.0
CONTAINERS = (
    'mcap',
    'mcap_chunks',
    'mcap_messages',
    'mcap_file',
    'mcap_lone',
    'mcap_bare',
    'mcap_split',
    'mcap_unindexed',
    'sqlite3',
    'sqlite3_messages',
    'sqlite3_file',
    'sqlite3_lone',
    'sqlite3_split',
    'ros1',
    'ros1_lz4',
    'ros1_bz2',
)
"""What `write_bag` can make: 'lone' is a file without its folder, 'bare' a folder without its
metadata.yaml, 'unindexed' a file without chunks and summary (as rosbag2's fastwrite preset makes);
'chunks', 'messages' and 'file' say what is compressed."""


@dataclass(frozen=True)
class Message:
    """A message to be recorded; `stamp` and `received` in nanoseconds."""

    topic: str
    kind: str
    stamp: int
    fields: dict[str, Any] = field(repr=False)
    received: int | None = None
    frame_id: str = FRAME_ID

    @property
    def received_ns(self) -> int:
        return self.stamp + 3_000_000 if self.received is None else self.received


@cache
def message_types(store: Stores) -> Typestore:
    return get_typestore(store)


def stamp(seconds: float) -> int:
    """Return a stamp in nanoseconds, `seconds` after the start of all recordings here."""
    return START * SECOND + round(seconds * SECOND)


def packed(
    pixels: NDArray[Any], encoding: str, padding: int = 0, big_endian: bool = False
) -> dict[str, Any]:
    """Return the fields of a raw image; `padding` bytes of rubbish follow each row."""
    height, width = pixels.shape[:2]
    order = '>' if big_endian else '<'
    rows = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(order)).reshape(height, -1)
    data = np.pad(rows.view(np.uint8), ((0, 0), (0, padding)), constant_values=0xAB)
    return {
        'height': height * 2 // 3 if encoding == 'nv12' else height,
        'width': width,
        'encoding': encoding,
        'is_bigendian': int(big_endian),
        'step': data.shape[1],
        'data': data.reshape(-1),
    }


def compressed(pixels: NDArray[np.uint8], suffix: str = '.png') -> dict[str, Any]:
    """Return the fields of a compressed image of RGB pixels, as image_transport writes it."""
    _, data = cv2.imencode(suffix, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    name = 'png' if suffix == '.png' else 'jpeg'
    return {'format': f'rgb8; {name} compressed bgr8', 'data': data.reshape(-1)}


def camera_info(
    width: int = WIDTH, height: int = HEIGHT, focal: float = FOCAL, **changes: Any
) -> dict[str, Any]:
    """Return the fields of a camera_info with the principal point in the middle."""
    cx, cy = (width - 1) / 2, (height - 1) / 2
    k = [focal, 0, cx, 0, focal, cy, 0, 0, 1]
    p = [focal, 0, cx, 0, 0, focal, cy, 0, 0, 0, 1, 0]
    return {
        'height': height,
        'width': width,
        'distortion_model': 'plumb_bob',
        'd': np.zeros(5),
        'k': np.array(k, np.float64),
        'r': np.eye(3).reshape(-1),
        'p': np.array(p, np.float64),
        'binning_x': 0,
        'binning_y': 0,
        'roi': (0, 0, 0, 0),
        **changes,
    }


def grey(value: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """Return an RGB image of one grey value."""
    return np.full((height, width, 3), value, np.uint8)


def drive(frames: int = 3, depth: bool = True) -> list[Message]:
    """Return a drive at 10 Hz: frame i is of grey 40 i modulo 256, its depth is 1 + i metres."""
    messages = []
    for index in range(frames):
        time = stamp(0.1 * index)
        messages.append(Message(COLOUR_TOPIC, IMAGE, time, packed(grey(40 * index % 256), 'rgb8')))
        messages.append(Message(INFO_TOPIC, CAMERA_INFO, time, camera_info()))
        if depth:
            counts = np.full((HEIGHT, WIDTH), 1000 * (1 + index), np.uint16)
            messages.append(Message(DEPTH_TOPIC, IMAGE, time, packed(counts, '16UC1')))
    return messages


def write_bag(folder: Path, messages: Sequence[Message], container: str = 'mcap') -> Path:
    """Write a recording into `folder` and return the path that a user would give."""
    storage, _, variant = container.partition('_')
    if storage == 'ros1':
        return _write_ros1(folder / 'drive.bag', messages, variant)
    if variant == 'split':
        return _write_split(folder, messages, storage)
    bag = folder / 'drive'
    _write_ros2(bag, messages, storage, variant)
    if variant == 'bare':
        (bag / 'metadata.yaml').unlink()
    if variant == 'unindexed':
        _drop_index(next(bag.glob('*.mcap')))
    if variant == 'lone':
        (bag / 'metadata.yaml').unlink()
        return next(bag.iterdir())
    return bag


def _write_ros1(path: Path, messages: Sequence[Message], variant: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    store = message_types(Stores.ROS1_NOETIC)
    writer = Ros1Writer(path)
    if variant:
        writer.set_compression(Ros1Writer.CompressionFormat[variant.upper()])
    with writer:
        connections: dict[str, Any] = {}
        for message in messages:
            if message.topic not in connections:
                connections[message.topic] = writer.add_connection(
                    message.topic, message.kind, typestore=store
                )
            data = store.serialize_ros1(_built(store.types, message, ros1=True), message.kind)
            writer.write(connections[message.topic], message.received_ns, data)
    return path


def _write_ros2(bag: Path, messages: Sequence[Message], storage: str, variant: str = '') -> None:
    bag.parent.mkdir(parents=True, exist_ok=True)
    store = message_types(Stores.ROS2_HUMBLE)
    writer = Ros2Writer(bag, version=9, storage_plugin=StoragePlugin[storage.upper()])
    modes = {
        'chunks': CompressionMode.STORAGE,
        'messages': CompressionMode.MESSAGE,
        'file': CompressionMode.FILE,
    }
    if variant in modes:
        writer.set_compression(modes[variant], CompressionFormat.ZSTD)
    with writer:
        connections: dict[str, Any] = {}
        for message in messages:
            if message.topic not in connections:
                connections[message.topic] = writer.add_connection(
                    message.topic, message.kind, typestore=store
                )
            data = store.serialize_cdr(_built(store.types, message), message.kind)
            writer.write(connections[message.topic], message.received_ns, data)


def _write_split(folder: Path, messages: Sequence[Message], storage: str) -> Path:
    """Record the first half into one file and the second into another, as rosbag2 splits."""
    bag, half = folder / 'drive', len(messages) // 2
    bag.mkdir(parents=True)
    contents = []
    for number, part in enumerate((messages[:half], messages[half:])):
        piece = folder / f'drive_{number}'
        _write_ros2(piece, part, storage)
        content = yaml.safe_load((piece / 'metadata.yaml').read_text())
        contents.append(content['rosbag2_bagfile_information'])
        shutil.move(piece / contents[-1]['relative_file_paths'][0], bag)
        shutil.rmtree(piece)
    first, second = contents
    first['relative_file_paths'] += second['relative_file_paths']
    first['files'] += second['files']
    first['message_count'] += second['message_count']
    last = second['starting_time']['nanoseconds_since_epoch'] + second['duration']['nanoseconds']
    start = first['starting_time']['nanoseconds_since_epoch']
    first['duration']['nanoseconds'] = last - start
    known = {
        topic['topic_metadata']['name']: topic for topic in first['topics_with_message_count']
    }
    for topic in second['topics_with_message_count']:
        if topic['topic_metadata']['name'] in known:
            known[topic['topic_metadata']['name']]['message_count'] += topic['message_count']
        else:
            first['topics_with_message_count'].append(topic)
    metadata = yaml.safe_dump({'rosbag2_bagfile_information': first})
    (bag / 'metadata.yaml').write_text(metadata)
    return bag


def _drop_index(file: Path) -> None:
    records = list(StreamReader(BytesIO(file.read_bytes())).records)
    with file.open('wb') as target:
        writer = McapWriter(
            target,
            use_chunking=False,
            index_types=IndexType.NONE,
            repeat_channels=False,
            repeat_schemas=False,
            use_statistics=False,
            use_summary_offsets=False,
        )
        writer.start('ros2')
        for record in records:
            if isinstance(record, Schema):
                writer.register_schema(record.name, record.encoding, record.data)
            elif isinstance(record, Channel):
                writer.register_channel(
                    record.topic, record.message_encoding, record.schema_id, record.metadata
                )
            elif isinstance(record, McapMessage):
                writer.add_message(
                    record.channel_id, record.log_time, record.data, record.publish_time
                )
            elif isinstance(record, DataEnd):
                break
        writer.finish()


def _built(types: Any, message: Message, ros1: bool = False) -> Any:
    """Make a message object of the fields; ROS 1 has its own names for some."""
    time = types['builtin_interfaces/msg/Time'](*divmod(message.stamp, SECOND))
    sequence = (0,) if ros1 else ()
    header = types['std_msgs/msg/Header'](*sequence, time, message.frame_id)
    fields = dict(message.fields)
    if 'roi' in fields:
        x_offset, y_offset, width, height = fields['roi']
        region = types['sensor_msgs/msg/RegionOfInterest']
        fields['roi'] = region(x_offset, y_offset, height, width, False)
        if ros1:
            fields = {
                name.upper() if name in 'dkrp' else name: value for name, value in fields.items()
            }
    return types[message.kind](header=header, **fields)
