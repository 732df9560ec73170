# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A drive past coloured squares, with its true masks as recordings carry them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
