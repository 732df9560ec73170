# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What can be read of an mcap file that breaks off, as after a full disk or a power cut."""

from __future__ import annotations

from pathlib import Path

from mcap.records import Channel, Footer, Message, Schema
from mcap.stream_reader import StreamReader
from mcap.writer import CompressionType, Writer


def salvage_mcap(source: Path, copy: Path) -> str | None:
    """Copy all records up to the first damage into a whole, indexed file.

    Parameters
    ----------
    source : an mcap file.
    copy : file to write; must not exist.

    Returns
    -------
    What was wrong with `source` and how many messages were saved; None if it is not damaged or
    nothing could be saved.
    """
    schemas: dict[int, int] = {}
    channels: dict[int, int] = {}
    count = 0
    damage = ''
    with source.open('rb') as stream, copy.open('wb') as target:
        writer = Writer(target, compression=CompressionType.NONE)
        writer.start(profile='ros2')
        try:
            for record in StreamReader(stream, validate_crcs=True).records:
                if isinstance(record, Schema) and record.id not in schemas:
                    schemas[record.id] = writer.register_schema(
                        record.name, record.encoding, record.data
                    )
                elif isinstance(record, Channel) and record.id not in channels:
                    channels[record.id] = writer.register_channel(
                        record.topic,
                        record.message_encoding,
                        schemas.get(record.schema_id, 0),
                        record.metadata,
                    )
                elif isinstance(record, Message):
                    writer.add_message(
                        channels[record.channel_id],
                        record.log_time,
                        record.data,
                        record.publish_time,
                        record.sequence,
                    )
                    count += 1
                elif isinstance(record, Footer):
                    break
        except Exception as error:  # decompressors add kinds of their own to those of mcap
            damage = str(error) or type(error).__name__
        writer.finish()  # type: ignore[no-untyped-call]
    if not damage or not count:
        return None
    return f'damaged ({damage}); read the {count} messages before the damage'
