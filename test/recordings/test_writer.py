# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from mcap.reader import make_reader
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import Writer
from rosbags.rosbag2.storage_mcap import McapWriter
from support.bags import FRAME_ID, stamp

from diffperc_ros.core.errors import OutputError
from diffperc_ros.core.frame import Stamp
from diffperc_ros.recordings.messages import image_message
from diffperc_ros.recordings.writer import BagWriter, Storage

TOPIC = '/depth/image_rect'


def depth_message(metres: float = 1.5, seconds: int = 1) -> Any:
    values = np.full((48, 64), metres, np.float32)
    return image_message(values, '32FC1', Stamp(seconds, 5), FRAME_ID)


@pytest.mark.parametrize(('storage', 'version'), [('mcap', 9), ('sqlite3', 5)])
def test_a_finished_bag_reads_back(tmp_path: Path, storage: Storage, version: int) -> None:
    path = tmp_path / 'folder' / 'out'
    with BagWriter(path, storage) as writer:
        writer.write(TOPIC, depth_message(1.5, 1), stamp(1))
        writer.write(TOPIC, depth_message(2.5, 2), stamp(2))
        writer.write_text('run.json', '{}')
        assert not path.exists()
        assert writer.finish() == path

    assert [file.name for file in tmp_path.joinpath('folder').iterdir()] == ['out']
    metadata = yaml.safe_load((path / 'metadata.yaml').read_text())
    information = metadata['rosbag2_bagfile_information']
    assert (information['version'], information['storage_identifier']) == (version, storage)
    assert information['message_count'] == 2
    assert (path / 'run.json').read_text() == '{}'
    with AnyReader([path]) as reader:
        messages = [
            (time, reader.deserialize(data, connection.msgtype))
            for connection, time, data in reader.messages()
        ]
        (qos,) = reader.connections[0].ext.offered_qos_profiles  # type: ignore[union-attr]
    assert (qos.reliability.name, qos.durability.name) == ('RELIABLE', 'VOLATILE')
    assert [time for time, _ in messages] == [stamp(1), stamp(2)]
    image: Any = messages[1][1]
    assert (image.header.stamp.sec, image.header.stamp.nanosec) == (2, 5)
    assert (image.header.frame_id, image.encoding) == (FRAME_ID, '32FC1')
    assert (image.width, image.height, image.step, image.is_bigendian) == (64, 48, 256, 0)
    assert (image.data.view('<f4') == 2.5).all()


def test_chunks_of_an_mcap_are_compressed_and_indexed(tmp_path: Path) -> None:
    with BagWriter(tmp_path / 'out') as writer:
        for second in range(200):
            writer.write(TOPIC, depth_message(), stamp(second))
        path = writer.finish()

    with (path / 'out.mcap').open('rb') as stream:
        reader = make_reader(stream)
        summary = reader.get_summary()
        assert len(list(reader.iter_messages(topics=[TOPIC]))) == 200
    assert summary is not None
    assert len(summary.chunk_indexes) > 1
    assert {chunk.compression for chunk in summary.chunk_indexes} == {'zstd'}


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt])
def test_nothing_is_left_when_it_breaks_off(
    tmp_path: Path, storage: Storage, error: type[BaseException]
) -> None:
    def broken_off() -> None:
        with BagWriter(tmp_path / 'out', storage) as writer:
            writer.write(TOPIC, depth_message(), stamp(1))
            raise error

    with pytest.raises(error):
        broken_off()

    assert list(tmp_path.iterdir()) == []


def test_a_partial_bag_is_valid_and_named_so(tmp_path: Path) -> None:
    for metres in (1.0, 2.0):
        with BagWriter(tmp_path / 'out') as writer:
            writer.write(TOPIC, depth_message(metres), stamp(1))
            path = writer.finish(partial=True)

    assert list(tmp_path.iterdir()) == [path]
    assert path.name == 'out.partial'
    with AnyReader([path]) as reader:
        ((_, _, data),) = reader.messages()
        assert np.frombuffer(data[-4:], '<f4') == [2.0]


@pytest.mark.parametrize('kind', ['folder', 'file'])
def test_what_is_there_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    path = tmp_path / 'out'
    path.mkdir() if kind == 'folder' else path.write_text('precious')

    with pytest.raises(OutputError, match=f'{path}: exists already'):
        BagWriter(path)

    assert list(tmp_path.iterdir()) == [path]


def test_what_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / 'out'
    with BagWriter(path) as writer:
        writer.write(TOPIC, depth_message(), stamp(1))
        path.mkdir()
        with pytest.raises(OutputError, match='appeared'):
            writer.finish()

    assert list(tmp_path.iterdir()) == [path]


def test_a_parent_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')

    with pytest.raises(OutputError, match='cannot be written'):
        BagWriter(tmp_path / 'file' / 'out')


def no_space(*_arguments: Any, **_options: Any) -> None:
    raise OSError(errno.ENOSPC, 'No space left on device')


@pytest.mark.parametrize(('owner', 'method'), [(McapWriter, 'write'), (Writer, 'close')])
def test_a_full_disk_is_named_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: type, method: str
) -> None:
    path = tmp_path / 'out'
    monkeypatch.setattr(owner, method, no_space)

    def written() -> None:
        with BagWriter(path) as writer:
            writer.write(TOPIC, depth_message(), stamp(1))
            writer.finish()

    with pytest.raises(OutputError, match=f'{path}: cannot be written .*No space left'):
        written()

    assert list(tmp_path.iterdir()) == []


def test_the_digest_stands_for_topic_time_and_bytes(tmp_path: Path) -> None:
    digests = []
    for number, (topic, metres, time) in enumerate(
        [(TOPIC, 1.0, 1), (TOPIC, 1.0, 1), ('/other', 1.0, 1), (TOPIC, 2.0, 1), (TOPIC, 1.0, 2)]
    ):
        with BagWriter(tmp_path / str(number)) as writer:
            writer.write(topic, depth_message(metres), stamp(time))
            digests.append(writer.messages_sha256)

    assert digests[0] == digests[1]
    assert len(set(digests)) == 4
