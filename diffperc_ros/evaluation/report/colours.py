# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers as colours, and colours as data URIs."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(height, width, 3) RGB."""

UNKNOWN = (150, 150, 150)
"""Colour of pixels without a value."""

PICTURE_WIDTH = 480
"""Widest picture on the page, pixels: twice the room it gets there, for dense screens."""

JPEG_QUALITY = 85

_DIVERGING_STOPS = (
    (33, 90, 172),
    (146, 190, 222),
    (246, 246, 246),
    (236, 158, 128),
    (172, 24, 44),
)


def _table(colours: Picture) -> Picture:
    """Return 256 colours interpolated between the given ones (n, 3)."""
    places = np.linspace(0, 1, 256)
    stops = np.linspace(0, 1, len(colours))
    channels = [np.interp(places, stops, colours[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def _turbo() -> Picture:
    ramp = np.arange(256, dtype=np.uint8)[None]
    return np.asarray(cv2.applyColorMap(ramp, cv2.COLORMAP_TURBO)[0, :, ::-1], np.uint8)


DEPTH_TABLE = _turbo()
"""Colours (256, 3) from near to far."""

ERROR_TABLE = _table(np.array(_DIVERGING_STOPS, np.uint8))
"""Colours (256, 3) from too near (blue) over right (white) to too far (red)."""


def colour_map(values: NDArray[np.float32], low: float, high: float, table: Picture) -> Picture:
    """Return a map (h, w) as colours; NaN is grey, what lies beyond [low, high] takes its end."""
    share = (np.clip(values, low, high) - low) / max(high - low, 1e-6)
    known = ~np.isnan(values)
    indices = np.where(known, share * 255, 0).astype(np.uint8)
    colours: Picture = table[indices]
    colours[~known] = UNKNOWN
    return colours


def jpeg_uri(picture: Picture) -> str:
    """Return a picture, made smaller if need be, as a JPEG data URI."""
    height, width = picture.shape[:2]
    if width > PICTURE_WIDTH:
        size = (PICTURE_WIDTH, max(round(height * PICTURE_WIDTH / width), 1))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode('.jpg', picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return _uri('jpeg', data)


def ramp_uri(table: Picture) -> str:
    """Return a colour table (256, 3) as a picture of one row, from left to right."""
    _, data = cv2.imencode('.png', np.ascontiguousarray(table[None, :, ::-1]))
    return _uri('png', data)


def _uri(kind: str, data: NDArray[np.uint8]) -> str:
    return f'data:image/{kind};base64,{base64.b64encode(data.tobytes()).decode("ascii")}'
