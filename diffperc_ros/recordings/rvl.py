# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""RVL, the lossless run-length code for depth images (Wilson, ISS 2017).

An image is a row of alternating runs: so many zeros, so many other values. Values are stored as
differences to the last value that was not zero, signs folded into the lowest bit. All numbers,
lengths too, are cut into groups of three bits, lowest first, each in a nibble whose highest bit
says that more follow; eight nibbles make a 32-bit little-endian word, first nibble highest.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.errors import FrameError

_SIZE = struct.Struct('<II')
_NIBBLE_SHIFTS = np.arange(28, -1, -4, dtype=np.uint32)
_MOST_NIBBLES = 11
"""Numbers of 32 bits have no more."""
_MOST_PIXELS = 1 << 28
"""A size beyond that is damage, not an image; zeros take no space in the code."""


def decode_rvl(data: bytes) -> NDArray[np.uint16]:
    """Decode an image as compressed_depth_image_transport stores it.

    Parameters
    ----------
    data : width and height as 32-bit numbers, then the code.

    Returns
    -------
    uint16 (height, width).

    Raises
    ------
    FrameError : the code ends before the image is full, or does not fit its size.
    """
    if len(data) < _SIZE.size:
        raise FrameError(f'{len(data)} bytes of RVL are too short to hold the size of an image')
    width, height = _SIZE.unpack_from(data)
    numbers = _numbers(data[_SIZE.size :])
    pixels = width * height
    runs = _runs(numbers.tolist(), pixels) if pixels <= _MOST_PIXELS else None
    if runs is None:
        raise FrameError(f'{len(data)} bytes of RVL do not fill {width}x{height} pixels')
    is_value = np.zeros(pixels, np.bool_)
    is_difference = np.zeros(numbers.size, np.bool_)
    for pixel, place, length in runs:
        is_value[pixel : pixel + length] = True
        is_difference[place : place + length] = True
    folded = numbers[is_difference]
    values = np.zeros(pixels, np.uint16)
    values[is_value] = np.cumsum((folded >> 1) ^ -(folded & 1)).astype(np.uint16)
    return values.reshape(height, width)


def _numbers(code: bytes) -> NDArray[np.int64]:
    """Join the groups of three bits to numbers."""
    words = np.frombuffer(code, '<u4', count=len(code) // 4)
    nibbles = ((words[:, None] >> _NIBBLE_SHIFTS) & 15).ravel().astype(np.int64)
    ends = np.flatnonzero(nibbles < 8)
    if not ends.size:
        return np.zeros(0, np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > _MOST_NIBBLES:
        raise FrameError('RVL code with a number of more than 32 bits')
    places = np.arange(ends[-1] + 1) - np.repeat(starts, lengths)
    groups = (nibbles[: ends[-1] + 1] & 7) << (3 * places)
    return np.asarray(np.add.reduceat(groups, starts), np.int64)


def _runs(numbers: list[int], pixels: int) -> list[tuple[int, int, int]] | None:
    """Return (first pixel, place of its number, length) of runs of values; None if they misfit."""
    runs, pixel, place = [], 0, 0
    while pixel < pixels:
        if place + 1 >= len(numbers):
            return None
        zeros, length = numbers[place : place + 2]
        pixel, place = pixel + zeros, place + 2
        if length:
            runs.append((pixel, place, length))
        pixel, place = pixel + length, place + length
    fits = pixels > 0 and pixel == pixels and place <= len(numbers)
    return runs if fits else None
