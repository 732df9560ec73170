# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.bags import (
    COLOUR_TOPIC,
    HEIGHT,
    IMAGE,
    WIDTH,
    Message,
    drive,
    packed,
    stamp,
    write_bag,
)

from diffperc_ros.core.errors import RecordingError
from diffperc_ros.recordings.reader import open_recording

# Noise of that many images fills several chunks of a megabyte, compressed or not.
LONG = 720


def noise(frames: int = LONG) -> list[Message]:
    random = np.random.default_rng(0)
    return [
        Message(COLOUR_TOPIC, IMAGE, stamp(index), packed(pixels, 'rgb8'))
        for index, pixels in enumerate(
            random.integers(0, 256, (frames, HEIGHT, WIDTH, 3), np.uint8)
        )
    ]


def storage_file(bag: Path) -> Path:
    return sorted(file for file in bag.iterdir() if file.suffix in ('.mcap', '.db3'))[-1]


def truncated(container: str, share: float) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        bag = write_bag(folder, noise(), container)
        file = bag if bag.is_file() else storage_file(bag)
        data = file.read_bytes()
        file.write_bytes(data[: int(len(data) * share)])
        return bag

    return make


def holding(name: str, data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def without_storage(folder: Path) -> Path:
    bag = write_bag(folder, drive(1))
    storage_file(bag).unlink()
    return bag


def with_metadata(text: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        bag = write_bag(folder, drive(1))
        (bag / 'metadata.yaml').write_text(text)
        return bag

    return make


def empty_folder(folder: Path) -> Path:
    (folder / 'empty').mkdir()
    return folder / 'empty'


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        pytest.param(lambda folder: folder / 'nowhere', 'no such file', id='missing path'),
        pytest.param(empty_folder, 'neither metadata.yaml nor', id='empty folder'),
        pytest.param(holding('a.txt', b'hello'), "'.txt' is no recording", id='another suffix'),
        pytest.param(holding('a.mcap', b''), 'cannot be read', id='empty mcap'),
        pytest.param(holding('a.mcap', b'hello' * 99), 'cannot be read', id='not an mcap'),
        pytest.param(holding('a.db3', b'hello' * 99), 'cannot be read', id='not a database'),
        pytest.param(holding('a.bag', b'hello' * 99), 'cannot be read', id='not a bag'),
        pytest.param(holding('a.bag', b''), 'cannot be read', id='empty bag file'),
        pytest.param(lambda folder: write_bag(folder, []), 'no messages', id='no messages'),
        pytest.param(
            lambda folder: write_bag(folder, [], 'ros1'), 'no messages', id='no ROS 1 messages'
        ),
        pytest.param(without_storage, 'missing', id='storage file missing'),
        pytest.param(with_metadata('rosbag2_bagfile_information: 3'), 'metadata', id='wrong type'),
        pytest.param(with_metadata('{'), 'YAML', id='not YAML'),
        pytest.param(truncated('ros1', 0.5), 'cannot be read', id='truncated ROS 1 bag'),
        pytest.param(truncated('mcap', 0.01), 'cannot be read', id='mcap cut in its first chunk'),
        pytest.param(truncated('sqlite3', 0.02), 'cannot be read', id='truncated database'),
    ],
)
def test_what_is_no_recording_is_refused_by_name(
    tmp_path: Path, make: Callable[[Path], Path], message: str
) -> None:
    path = make(tmp_path)

    with pytest.raises(RecordingError, match=message) as caught, open_recording(path):
        pass

    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    'container', ['mcap', 'mcap_chunks', 'mcap_messages', 'mcap_lone', 'mcap_bare', 'mcap_split']
)
def test_a_truncated_mcap_is_read_up_to_the_damage(tmp_path: Path, container: str) -> None:
    bag = truncated(container, 0.5)(tmp_path)

    with open_recording(bag) as recording:
        frames = list(recording.frames(COLOUR_TOPIC))

    assert 0 < len(frames) < LONG
    for recorded, message in zip(frames, noise(), strict=False):
        np.testing.assert_array_equal(recorded.frame.image.ravel(), message.fields['data'])
    assert any('damaged' in note and 'before the damage' in note for note in recording.losses)


def test_damage_in_the_middle_is_named_while_reading(tmp_path: Path) -> None:
    bag = write_bag(tmp_path, drive(30), 'mcap_chunks')
    file = storage_file(bag)
    data = bytearray(file.read_bytes())
    place = data.index(b'zstd') + 4 + 8 + 40
    data[place : place + 20] = bytes(20)
    file.write_bytes(data)

    with (
        pytest.raises(RecordingError, match=rf'{bag}: damaged while reading'),
        open_recording(bag) as recording,
    ):
        list(recording.frames(COLOUR_TOPIC))


def test_a_folder_without_metadata_says_so(tmp_path: Path) -> None:
    with open_recording(write_bag(tmp_path, drive(1), 'mcap_bare')) as recording:
        assert recording.notes == ('no metadata.yaml; read 1 storage files as they are',)
        assert recording.losses == ()


def test_nothing_is_left_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag = truncated('mcap', 0.5)(tmp_path / 'bag')
    scratch = tmp_path / 'scratch'
    scratch.mkdir()
    monkeypatch.setattr('tempfile.tempdir', str(scratch))

    with open_recording(bag) as recording:
        list(recording.frames(COLOUR_TOPIC))

    assert list(scratch.iterdir()) == []
    shutil.rmtree(bag)
