# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Real pictures to compare graphs on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import SettingError
from diffperc_ros.recordings.order import Selection
from diffperc_ros.recordings.reader import open_recording
from diffperc_ros.recordings.topics import choose_image_topic

Picture = NDArray[np.uint8]

SAMPLE_RECORDING = Path(__file__).resolve().parents[2] / 'samples' / 'room'
"""Lies in a source checkout; an installed package has none."""


def load_pictures(files: Sequence[Path], count: int = 2) -> list[Picture]:
    """Return pictures uint8 (height, width, 3) RGB from files or from the sample recording.

    Parameters
    ----------
    files : pictures of any format that OpenCV reads. A single one is joined by its mirror image:
        one picture cannot show an engine whose answer does not depend on it.
    count : how many of the sample recording are taken where there are no files.

    Raises
    ------
    SettingError : a file is no picture, or there are no files and no sample recording.
    """
    if not files:
        return _from_sample(count)
    pictures = [_read(file) for file in files]
    return pictures if len(pictures) > 1 else [pictures[0], pictures[0][:, ::-1].copy()]


def _read(file: Path) -> Picture:
    data = cv2.imread(str(file), cv2.IMREAD_COLOR) if file.is_file() else None
    if data is None:
        raise SettingError(f'{file}: no picture there that can be read')
    return np.asarray(cv2.cvtColor(data, cv2.COLOR_BGR2RGB), np.uint8)


def _from_sample(count: int) -> list[Picture]:
    if not SAMPLE_RECORDING.is_dir():
        raise SettingError(
            'graphs are compared on real pictures, and the sample recording is not installed '
            'here; give some with --picture'
        )
    with open_recording(SAMPLE_RECORDING) as recording:
        topic = choose_image_topic(recording.topics)
        frames = recording.frames(topic.name, selection=Selection(every=10, limit=count))
        return [entry.frame.image for entry in frames]
