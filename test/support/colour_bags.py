# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A drive past coloured squares, with its true masks as recordings carry them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.frame import Stamp
from diffperc_ros.recordings.messages import image_message, string_message
from diffperc_ros.recordings.vision_messages import label_info_message
from diffperc_ros.recordings.writer import BagWriter
from support.bags import (
    CAMERA_INFO,
    COLOUR_TOPIC,
    HEIGHT,
    IMAGE,
    INFO_TOPIC,
    WIDTH,
    Message,
    camera_info,
    packed,
    stamp,
)

RED, GREEN, BLUE = (1, 0, 0), (0, 1, 0), (0, 0, 1)
RED_SQUARE = (slice(8, 24), slice(8, 24))
BLUE_SQUARE = (slice(24, 44), slice(36, 60))


def squares(red: bool = True, blue: bool = True) -> NDArray[np.uint8]:
    """Return green with a red square of 16 x 16 pixels at the left and a blue one of 24 x 20."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:] = GREEN
    if red:
        picture[RED_SQUARE] = RED
    if blue:
        picture[BLUE_SQUARE] = BLUE
    return picture * np.uint8(255)


def square_masks(red: bool = True, blue: bool = True) -> NDArray[np.uint8]:
    """Return the numbers of the colours in such a picture: red 1, green 2, blue 3."""
    mask = np.full((HEIGHT, WIDTH), 2, np.uint8)
    if red:
        mask[RED_SQUARE] = 1
    if blue:
        mask[BLUE_SQUARE] = 3
    return mask


def colour_drive(frames: int = 3, camera: bool = True) -> list[Message]:
    """Return pictures at 10 Hz; the red square is missing from the last one."""
    messages = []
    for index in range(frames):
        time = stamp(0.1 * index)
        picture = squares(red=index < frames - 1)
        messages.append(Message(COLOUR_TOPIC, IMAGE, time, packed(picture, 'rgb8')))
        if camera:
            messages.append(Message(INFO_TOPIC, CAMERA_INFO, time, camera_info()))
    return messages


LABELS_TOPIC = '/camera/labels/mask'
LABEL_INFO_TOPIC = '/camera/labels/label_info'
INSTANCES_TOPIC = '/camera/instances/mask'
EXPRESSIONS_TOPIC = '/camera/expressions'
LABEL_NAMES = {1: 'red', 2: 'green', 3: 'blue'}
EXPRESSIONS = (
    {'phrase': 'the red thing', 'instances': [1]},
    {'phrase': 'go to the blue thing', 'instances': [3]},
)


def write_labelled_bag(
    path: Path,
    masks: Sequence[NDArray[np.uint8]] | None = None,
    names: Mapping[int, str] = LABEL_NAMES,
    expressions: Sequence[Mapping[str, Any]] = EXPRESSIONS,
) -> Path:
    """Write a drive with its masks of classes and instances, both with the same numbers.

    Parameters
    ----------
    path : of the bag.
    masks : one a frame; by default the true ones.
    names : of the numbers.
    expressions : about the numbers.
    """
    count = 3 if masks is None else len(masks)
    with BagWriter(path) as writer:
        for index in range(count):
            time, red = stamp(0.1 * index), index < count - 1
            made = Stamp.from_nanoseconds(time)
            mask = square_masks(red) if masks is None else masks[index]
            if index == 0:
                info = label_info_message(names, 0.0, made, 'optical')
                text = string_message(json.dumps({'expressions': expressions}))
                writer.write(LABEL_INFO_TOPIC, info, time, latched=True)
                writer.write(EXPRESSIONS_TOPIC, text, time, latched=True)
            picture = image_message(squares(red), 'rgb8', made, 'optical')
            writer.write(COLOUR_TOPIC, picture, time)
            writer.write(LABELS_TOPIC, image_message(mask, 'mono8', made, 'optical'), time)
            instances = image_message(mask.astype(np.uint16), 'mono16', made, 'optical')
            writer.write(INSTANCES_TOPIC, instances, time)
        return writer.finish()
