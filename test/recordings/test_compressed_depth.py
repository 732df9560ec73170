# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from diffperc_ros.core.errors import FrameError
from diffperc_ros.recordings.images import decode_depth

COUNTS = np.array([[0, 700, 1000], [2000, 3000, 65535]], np.uint16)
FORMAT = '16UC1; compressedDepth png'


RVL = bytes.fromhex('03000000020000008bd28f158af38a91e3ace9f3')
"""`COUNTS` as the encoder of compressed_depth_image_transport writes it."""


def png(counts: NDArray[np.uint16]) -> bytes:
    return bytes(cv2.imencode('.png', counts)[1])


def header(a: float = 0.0, b: float = 0.0) -> bytes:
    return struct.pack('<iff', 0, a, b)


def decode(image_format: str, data: bytes) -> NDArray[np.float32]:
    return decode_depth(SimpleNamespace(format=image_format, data=data))


@pytest.mark.parametrize(
    ('image_format', 'data'),
    [
        (FORMAT, header() + png(COUNTS)),
        ('16UC1; compressedDepth', header() + png(COUNTS)),
        ('16UC1; png compressed ', png(COUNTS)),
        ('16UC1', header() + png(COUNTS)),
        ('16UC1; compressedDepth rvl', header() + RVL),
    ],
)
def test_counts_of_a_png(image_format: str, data: bytes) -> None:
    expected = np.where(COUNTS == 0, np.nan, COUNTS / 1000.0)

    np.testing.assert_allclose(decode(image_format, data), expected, rtol=1e-6)


def test_quantised_metres_come_back() -> None:
    """The codec keeps 1 / depth: with its default quantisation of 100 at 10 m at the most."""
    quantisation, depth_max = 100.0, 10.0
    a = quantisation * (quantisation + 1.0)
    b = 1.0 - a / depth_max
    metres = np.array([[0.5, 1.0, 2.0], [4.0, 9.9, 0.0]], np.float32)
    with np.errstate(divide='ignore'):
        counts = np.where(metres > 0, a / metres + b, 0).astype(np.uint16)

    depth = decode('32FC1; compressedDepth png', header(a, b) + png(counts))

    assert np.isnan(depth[1, 2])
    np.testing.assert_allclose(depth.flat[:5], metres.flat[:5], rtol=0.01)


@pytest.mark.parametrize(
    ('image_format', 'data', 'error'),
    [
        ('16UC1; compressedDepth rvl', header() + b'few', 'RVL'),
        (FORMAT, b'', '0 bytes'),
        (FORMAT, header(), '0 bytes'),
        (FORMAT, header() + b'rubbish', 'not a 16-bit PNG'),
        (FORMAT, header() + bytes(cv2.imencode('.png', COUNTS.astype(np.uint8))[1]), '16-bit'),
        (FORMAT, header() + png(np.dstack([COUNTS] * 3)), 'one channel'),
        ('32FC1; compressedDepth png', png(COUNTS), 'lacks its header'),
    ],
)  # fmt: skip
def test_what_cannot_be_decoded_is_refused(image_format: str, data: bytes, error: str) -> None:
    with pytest.raises(FrameError, match=error):
        decode(image_format, data)
