# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Writing a rosbag2 folder whole, or not at all."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import yaml
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer, WriterError

from diffperc_ros.core.errors import OutputError
from diffperc_ros.recordings.message_types import message_types

if TYPE_CHECKING:
    from rosbags.interfaces import Connection

Storage = Literal['mcap', 'sqlite3']

_FOREVER = QosTime(9223372036, 854775807)


def _offered(durability: QosDurability, depth: int) -> Qos:
    return Qos(
        QosHistory.KEEP_LAST,
        depth,
        QosReliability.RELIABLE,
        durability,
        _FOREVER,
        _FOREVER,
        QosLiveliness.AUTOMATIC,
        _FOREVER,
        avoid_ros_namespace_conventions=False,
    )


_STREAM = _offered(QosDurability.VOLATILE, 10)
_LATCHED = _offered(QosDurability.TRANSIENT_LOCAL, 1)


class BagWriter:
    """A rosbag2 folder in the making; use it as a context manager.

    It grows under a hidden temporary name beside `path` and takes its name in `finish`. Leaving
    the context without `finish`, by whatever error, removes it.

    Parameters
    ----------
    path : folder to make; must not exist.
    storage : 'mcap' with compressed, indexed chunks and metadata of version 9 (Jazzy and later);
        'sqlite3' with metadata of version 5, which Humble reads too.

    Raises
    ------
    OutputError : `path` exists, or its parent cannot be written. Every method raises it when
        writing fails, a full disk among the reasons.
    """

    def __init__(self, path: Path, storage: Storage = 'mcap') -> None:
        if path.exists():
            raise OutputError(f'{path}: exists already; give another name or remove it first')
        self.path = path
        self.counts: Counter[str] = Counter()
        self._storage = storage
        self._digest = hashlib.sha256()
        self._connections: dict[str, Connection] = {}
        with self._failure_named():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._temporary = TemporaryDirectory(prefix=f'.{path.name}-', dir=path.parent)
            self.folder = Path(self._temporary.name) / path.name
            self._writer = self._open_writer()

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.abort()
        self._temporary.cleanup()

    @property
    def messages_sha256(self) -> str:
        """Digest of topic, receive time and bytes of all messages so far, in their order."""
        return self._digest.hexdigest()

    def write(
        self, topic: str, message: Any, receive_time_ns: int, *, latched: bool = False
    ) -> None:
        """Append a message made by `recordings.messages`; its topic is made with the first.

        Parameters
        ----------
        topic : full name.
        message : knows its own type.
        receive_time_ns : time at which a recorder would have got it.
        latched : when the bag is played, the topic's last message reaches those who come later
            (transient local); its first message decides.
        """
        kind = message.__msgtype__
        data = bytes(message_types().serialize_cdr(message, kind))
        with self._failure_named():
            if topic not in self._connections:
                self._connections[topic] = self._writer.add_connection(
                    topic,
                    kind,
                    typestore=message_types(),
                    offered_qos_profiles=[_LATCHED if latched else _STREAM],
                )
            self._writer.write(self._connections[topic], receive_time_ns, data)
        self._digest.update(f'{topic}\0{receive_time_ns}\0{len(data)}\0'.encode())
        self._digest.update(data)
        self.counts[topic] += 1

    def write_text(self, name: str, text: str) -> None:
        """Put a text file beside the bag's own files; readers of bags pass over it."""
        with self._failure_named():
            (self.folder / name).write_text(text, encoding='utf-8')

    def finish(self, *, partial: bool = False) -> Path:
        """Close the bag, give it its name and return it.

        Parameters
        ----------
        partial : the bag is valid but not all that was asked for: it is named '<path>.partial',
            in place of an earlier one of that name.
        """
        final = self.path.with_name(f'{self.path.name}.partial') if partial else self.path
        with self._failure_named():
            self._writer.close()
            if self._storage == 'sqlite3':
                _lower_metadata_version(self.folder / 'metadata.yaml')
            if partial and final.exists():
                shutil.rmtree(final)
            if final.exists():
                raise OutputError(f'{final}: appeared while the recording was being written')
            self.folder.rename(final)
        return final

    def _open_writer(self) -> Writer:
        if self._storage == 'sqlite3':
            writer = Writer(self.folder, version=8, storage_plugin=StoragePlugin.SQLITE3)
        else:
            writer = Writer(self.folder, version=9, storage_plugin=StoragePlugin.MCAP)
            writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        writer.open()
        return writer

    @contextmanager
    def _failure_named(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error, WriterError) as error:
            raise OutputError(
                f'{self.path}: cannot be written ({error}); nothing was left there'
            ) from error


def _lower_metadata_version(path: Path) -> None:
    """Rewrite metadata.yaml of version 8 as version 5, which only lacks some of its fields."""
    content = yaml.safe_load(path.read_text(encoding='utf-8'))
    information = content['rosbag2_bagfile_information']
    information['version'] = 5
    for name in ('custom_data', 'ros_distro'):
        information.pop(name, None)
    for topic in information['topics_with_message_count']:
        topic['topic_metadata'].pop('type_description_hash', None)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding='utf-8')
