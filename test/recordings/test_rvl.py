# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from diffperc_ros.core.errors import FrameError
from diffperc_ros.recordings.rvl import decode_rvl


def encode(values: NDArray[np.uint16]) -> bytes:
    """Write RVL number by number, as its paper does."""
    numbers, previous = [], 0
    runs = [
        (is_zero, list(run)) for is_zero, run in groupby(values.ravel().tolist(), lambda v: not v)
    ]
    if not runs[0][0]:
        numbers.append(0)
    for is_zero, run in runs:
        numbers.append(len(run))
        if not is_zero:
            for value in run:
                difference, previous = value - previous, value
                numbers.append(2 * difference if difference >= 0 else -2 * difference - 1)
    if runs[-1][0]:
        numbers.append(0)
    nibbles = []
    for number in numbers:
        groups = [number >> shift & 7 for shift in range(0, max(number.bit_length(), 1), 3)]
        nibbles += [group | 8 for group in groups[:-1]] + [groups[-1]]
    nibbles += [0] * (-len(nibbles) % 8)
    words = [
        sum(nibble << 28 - 4 * place for place, nibble in enumerate(nibbles[start : start + 8]))
        for start in range(0, len(nibbles), 8)
    ]
    height, width = values.shape
    return struct.pack('<II', width, height) + struct.pack(f'<{len(words)}I', *words)


KNOWN = np.array([[0, 700, 1000], [2000, 3000, 65535]], np.uint16)
KNOWN_CODE = bytes.fromhex('03000000020000008bd28f158af38a91e3ace9f3')
"""Written by the encoder of ROS's compressed_depth_image_transport."""


def test_code_of_the_published_encoder() -> None:
    np.testing.assert_array_equal(decode_rvl(KNOWN_CODE), KNOWN)
    assert encode(KNOWN) == KNOWN_CODE


@given(
    npst.arrays(
        np.uint16,
        npst.array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.one_of(st.just(0), st.integers(0, 65535)),
    )
)
def test_every_image_comes_back(values: NDArray[np.uint16]) -> None:
    np.testing.assert_array_equal(decode_rvl(encode(values)), values)


@pytest.mark.parametrize(
    ('data', 'error'),
    [
        (b'', '0 bytes of RVL are too short'),
        (struct.pack('<II', 3, 2), '3x2'),
        (KNOWN_CODE[:-4], '3x2'),
        (struct.pack('<II', 4, 2) + KNOWN_CODE[8:], '4x2'),
        (struct.pack('<II', 2, 2) + KNOWN_CODE[8:], '2x2'),
        (struct.pack('<II', 0, 2) + KNOWN_CODE[8:], '0x2'),
        (struct.pack('<III', 1 << 16, 1 << 16, 0), '65536x65536'),
        (struct.pack('<II', 3, 2) + b'\xff' * 8 + bytes(4), 'more than 32 bits'),
    ],
)
def test_damaged_code_is_refused(data: bytes, error: str) -> None:
    with pytest.raises(FrameError, match=error):
        decode_rvl(data)
