# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import array
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.bags import compressed, packed

from diffperc_ros.core.errors import FrameError
from diffperc_ros.recordings.images import COLOUR_ENCODINGS, decode_depth, decode_image

Encoder = Callable[[NDArray[np.uint8]], NDArray[Any]]


def message(fields: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(**fields)


def scene(width: int = 48, height: int = 32) -> NDArray[np.uint8]:
    """Return smooth colours: what halved chroma and mosaics can carry."""
    y, x = np.mgrid[0:height, 0:width]
    wave = np.stack([np.sin(x / 17 + 1), np.cos(y / 13), np.sin((x + y) / 23)], axis=-1)
    return (128 + 90 * wave).astype(np.uint8)


def grey_scene() -> NDArray[np.uint8]:
    return np.repeat(scene()[:, :, :1], 3, axis=2)


def luma_chroma(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """Return Y, U, V of BT.601 in video range, what OpenCV takes YUV 4:2:2 and NV12 for."""
    red, green, blue = np.moveaxis(rgb.astype(np.float64), -1, 0)
    y = 16 + 0.257 * red + 0.504 * green + 0.098 * blue
    u = 128 - 0.148 * red - 0.291 * green + 0.439 * blue
    v = 128 + 0.439 * red - 0.368 * green - 0.071 * blue
    return tuple(np.clip(np.rint(plane), 0, 255).astype(np.uint8) for plane in (y, u, v))


def interleaved(luma_first: bool) -> Encoder:
    def encode(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        y, u, v = luma_chroma(rgb)
        chroma = np.where(np.arange(y.shape[1]) % 2 == 0, u, np.roll(v, 1, axis=1))
        return np.stack([y, chroma] if luma_first else [chroma, y], axis=-1)

    return encode


def nv12(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    y, u, v = luma_chroma(rgb)
    chroma = np.stack([u[::2, ::2], v[::2, ::2]], axis=-1).reshape(y.shape[0] // 2, -1)
    return np.concatenate([y, chroma])


def mosaic(pattern: str) -> Encoder:
    def encode(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        samples = np.empty(rgb.shape[:2], np.uint8)
        for place, colour in enumerate(pattern):
            row, column = divmod(place, 2)
            samples[row::2, column::2] = rgb[row::2, column::2, 'rgb'.index(colour)]
        return samples

    return encode


def with_alpha(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.dstack([rgb, np.full(rgb.shape[:2], 77, np.uint8)])


def sixteen_bits(encode: Encoder) -> Encoder:
    return lambda rgb: encode(rgb).astype(np.uint16) * 257


def rgb_order(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return rgb


def bgr_order(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return rgb[:, :, ::-1]


def first_channel(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return rgb[:, :, 0]


BAYER = ('rggb', 'bggr', 'gbrg', 'grbg')
ENCODERS: dict[str, tuple[Encoder, NDArray[np.uint8], int]] = {
    'rgb8': (rgb_order, scene(), 0),
    'bgr8': (bgr_order, scene(), 0),
    'rgba8': (with_alpha, scene(), 0),
    'bgra8': (lambda rgb: with_alpha(bgr_order(rgb)), scene(), 0),
    '8UC3': (bgr_order, scene(), 0),
    'mono8': (first_channel, grey_scene(), 0),
    '8UC1': (first_channel, grey_scene(), 0),
    'yuv422': (interleaved(luma_first=False), scene(), 12),
    'uyvy': (interleaved(luma_first=False), scene(), 12),
    'yuv422_yuy2': (interleaved(luma_first=True), scene(), 12),
    'yuyv': (interleaved(luma_first=True), scene(), 12),
    'nv12': (nv12, scene(), 14),
    'rgb16': (sixteen_bits(rgb_order), scene(), 0),
    'bgr16': (sixteen_bits(bgr_order), scene(), 0),
    'mono16': (sixteen_bits(first_channel), grey_scene(), 0),
    **{f'bayer_{name}8': (mosaic(name), scene(), 16) for name in BAYER},
    **{f'bayer_{name}16': (sixteen_bits(mosaic(name)), scene(), 16) for name in BAYER},
}
"""Encoding -> from RGB to its samples, the scene it can carry, tolerance in grey levels."""


def test_every_accepted_encoding_is_tested_here() -> None:
    assert set(ENCODERS) == set(COLOUR_ENCODINGS)


@pytest.mark.parametrize('encoding', COLOUR_ENCODINGS)
@settings(max_examples=8, deadline=None)
@given(padding=st.integers(0, 9), big_endian=st.booleans())
def test_one_scene_in_every_encoding(encoding: str, padding: int, big_endian: bool) -> None:
    encode, expected, tolerance = ENCODERS[encoding]

    image = decode_image(message(packed(encode(expected), encoding, padding, big_endian)))

    assert image.dtype == np.uint8
    assert image.flags['C_CONTIGUOUS']
    difference = np.abs(image.astype(int) - expected)[2:-2, 2:-2]
    assert difference.max() <= tolerance


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.webp'])
def test_compressed_images(suffix: str) -> None:
    image = decode_image(message(compressed(scene(), suffix)))

    assert np.abs(image.astype(int) - scene()).mean() < (1 if suffix == '.png' else 5)


@pytest.mark.parametrize(
    ('text', 'handed_over'),
    [
        ('jpeg', bgr_order),
        ('rgb8; png compressed bgr8', bgr_order),
        ('bgr8; png compressed bgr8', bgr_order),
        ('rgb8; png compressed ', bgr_order),
        ('rgb8; png compressed rgb8', rgb_order),
    ],
)
def test_channel_order_of_compressed_images(text: str, handed_over: Encoder) -> None:
    _, data = cv2.imencode('.png', np.ascontiguousarray(handed_over(scene())))

    image = decode_image(message({'format': text, 'data': data.ravel()}))

    np.testing.assert_array_equal(image, scene())


def test_compressed_grey_and_sixteen_bits() -> None:
    for pixels in (scene()[:, :, 0], scene()[:, :, 0].astype(np.uint16) * 257):
        _, data = cv2.imencode('.png', pixels)
        image = decode_image(message({'format': 'mono; png', 'data': data.ravel()}))
        np.testing.assert_array_equal(image, np.repeat(scene()[:, :, :1], 3, axis=2))


def test_sixteen_bits_are_rounded_over_their_full_range() -> None:
    pixels = np.array([[0, 128, 129, 200, 65406, 65407, 65535]], np.uint16)
    _, png = cv2.imencode('.png', pixels)

    for fields in (packed(pixels, 'mono16'), {'format': 'mono16; png', 'data': png.ravel()}):
        image = decode_image(message(fields))
        assert image[0, :, 0].tolist() == [0, 0, 1, 1, 254, 255, 255]


@pytest.mark.parametrize('make', [bytes, bytearray, lambda data: array.array('B', bytes(data))])
def test_any_buffer_holds_the_data(make: Callable[[Any], Any]) -> None:
    for fields in (packed(scene(), 'rgb8'), compressed(scene())):
        image = decode_image(message({**fields, 'data': make(fields['data'])}))
        np.testing.assert_array_equal(image, scene())


def test_the_array_belongs_to_the_caller() -> None:
    fields = packed(scene(), 'rgb8')

    decode_image(message(fields))[:] = 0

    assert fields['data'].any()


COUNTS = np.array([[0, 1, 1000], [65535, 500, 2]], np.uint16)
METRES = np.array([[np.nan, 0.001, 1.0], [65.535, 0.5, 0.002]], np.float32)


@pytest.mark.parametrize('big_endian', [False, True])
@pytest.mark.parametrize('padding', [0, 6])
@pytest.mark.parametrize('encoding', ['16UC1', 'mono16'])
def test_counts_are_depth(encoding: str, padding: int, big_endian: bool) -> None:
    fields = packed(COUNTS, encoding, padding, big_endian)

    np.testing.assert_allclose(decode_depth(message(fields)), METRES)
    np.testing.assert_allclose(decode_depth(message(fields), unit=0.0002), METRES / 5, rtol=1e-6)


@pytest.mark.parametrize('big_endian', [False, True])
@pytest.mark.parametrize('padding', [0, 8])
def test_metres_follow_the_value_rules(padding: int, big_endian: bool) -> None:
    values = np.array([[1.5, 0.0, -1.0], [np.nan, np.inf, -np.inf]], np.float32)

    depth = decode_depth(message(packed(values, '32FC1', padding, big_endian)))

    assert depth.dtype == np.float32
    np.testing.assert_array_equal(depth, [[1.5, np.nan, np.nan], [np.nan, np.inf, np.nan]])


GOOD = packed(scene(), 'rgb8')


@pytest.mark.parametrize(
    ('decode', 'fields', 'error'),
    [
        (decode_image, {**GOOD, 'encoding': 'hsv'}, "'hsv' is not .*; accepted are: rgb"),
        (decode_image, {**GOOD, 'encoding': '32FC1'}, 'not a colour image'),
        (decode_image, {**GOOD, 'width': 0}, 'nothing to look at'),
        (decode_image, {**GOOD, 'height': 0}, 'nothing to look at'),
        (decode_image, {**GOOD, 'step': 0}, 'step is 0.*takes 144 bytes'),
        (decode_image, {**GOOD, 'width': 49}, 'step is 144.*takes 147'),
        (decode_image, {**GOOD, 'height': 31}, 'data holds 4608 bytes, but 31 rows'),
        (decode_image, {**GOOD, 'data': GOOD['data'][:-1]}, '4607 bytes'),
        (decode_image, {**GOOD, 'data': GOOD['data'][:0]}, '0 bytes'),
        (decode_image, packed(np.zeros((4, 5, 2), np.uint8), 'yuyv'), '5x4.*pairs'),
        (decode_image, {'format': 'jpeg', 'data': b'\xff\xd8nothing'}, '9 bytes'),
        (decode_image, {'format': 'jpeg', 'data': b''}, '0 bytes'),
        (decode_depth, GOOD, "'rgb8' is not depth; accepted are: 16UC1"),
        (decode_depth, {**packed(COUNTS, '16UC1'), 'height': 3}, '12 bytes, but 3 rows'),
    ],
)  # fmt: skip
def test_what_is_not_what_it_says_is_refused(
    decode: Callable[[Any], Any], fields: dict[str, Any], error: str
) -> None:
    with pytest.raises(FrameError, match=error):
        decode(message(fields))
