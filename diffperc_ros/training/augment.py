# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What keeps a network from believing that the world looks like a rendering.

Written here because the usual library (albumentations) is no longer maintained and asks the
network for a newer version when it is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.transforms import Size

Random: TypeAlias = np.random.Generator
Image: TypeAlias = NDArray[np.uint8]
LETTERBOX_GREY = 127


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture with its depth.

    Parameters
    ----------
    image : uint8 (h, w, 3) RGB.
    depth : float32 (h, w) metres along the optical axis, 0 = none.
    focal_length : in image widths.
    """

    image: Image
    depth: NDArray[np.float32]
    focal_length: float


Augmentation: TypeAlias = Callable[[Sample, Size, Random], Sample]


def no_augmentation(sample: Sample, size: Size, random: Random) -> Sample:
    """Cut the largest centred window of the wanted ratio and scale it to `size`."""
    height, width = sample.depth.shape
    part = min(1.0, height * size[0] / (width * size[1]))
    return _window(sample, size, part, 0.5, 0.5)


def augment(sample: Sample, size: Size, random: Random) -> Sample:
    """Change view, light, optics and sensor of a rendered picture at random."""
    sample = _random_window(sample, size, random)
    if random.random() < 0.5:
        sample = Sample(sample.image[:, ::-1], sample.depth[:, ::-1], sample.focal_length)
    image = _light(sample.image, random)
    image = _optics(image, random)
    image = _sensor(image, random)
    depth = np.ascontiguousarray(sample.depth)
    if random.random() < 0.1:
        image, depth = _letterbox_bars(image, depth, random)
    return Sample(image, depth, sample.focal_length)


def _random_window(sample: Sample, size: Size, random: Random) -> Sample:
    height, width = sample.depth.shape
    largest = min(1.0, height * size[0] / (width * size[1]))
    part = largest * random.uniform(0.62, 1.0) if random.random() < 0.6 else largest
    return _window(sample, size, part, random.random(), random.random())


def _window(sample: Sample, size: Size, part: float, x: float, y: float) -> Sample:
    """Cut a window `part` of the width wide, at relative position (x, y), and scale it."""
    height, width = sample.depth.shape
    window_width = max(int(part * width), 1)
    window_height = min(max(round(window_width * size[1] / size[0]), 1), height)
    left, top = round(x * (width - window_width)), round(y * (height - window_height))
    cut = (slice(top, top + window_height), slice(left, left + window_width))
    image = cv2.resize(sample.image[cut], size, interpolation=cv2.INTER_AREA)
    depth = cv2.resize(sample.depth[cut], size, interpolation=cv2.INTER_NEAREST)
    return Sample(
        np.asarray(image, np.uint8),
        np.asarray(depth, np.float32),
        sample.focal_length * width / window_width,
    )


def _light(image: Image, random: Random) -> Image:
    """Exposure, gamma, contrast, white balance, saturation: one curve per channel."""
    levels = np.linspace(0.0, 1.0, 256)[:, None]
    gain = 2 ** random.uniform(-0.6, 0.6) * 2 ** random.normal(0, 0.12, 3)
    gamma = 2 ** random.uniform(-0.5, 0.5)
    contrast = 2 ** random.uniform(-0.5, 0.5)
    curve = (levels * gain) ** gamma
    curve = (curve - 0.5) * contrast + 0.5 + random.uniform(-0.08, 0.08)
    table = np.clip(255 * curve, 0, 255).astype(np.uint8)[None]
    image = np.asarray(cv2.LUT(np.ascontiguousarray(image), table), np.uint8)
    saturation = 0.0 if random.random() < 0.15 else random.uniform(0.4, 1.4)
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(image, saturation, grey, 1 - saturation, 0), np.uint8)


def _optics(image: Image, random: Random) -> Image:
    """Blur by focus or motion, or sharpening as cameras do."""
    kind = random.random()
    if kind < 0.25:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.4)), np.uint8)
    if kind < 0.35:
        length = int(random.integers(3, 8))
        kernel = np.zeros((length, length), np.float32)
        angle = random.uniform(0, np.pi)
        for step in np.linspace(-0.5, 0.5, 2 * length):
            offset = step * (length - 1)
            row = round((length - 1) / 2 + offset * np.sin(angle))
            column = round((length - 1) / 2 + offset * np.cos(angle))
            kernel[row, column] = 1
        return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)
    if kind < 0.65:
        amount = random.uniform(0.3, 1.5)
        soft = cv2.GaussianBlur(image, (0, 0), random.uniform(0.6, 1.5))
        return np.asarray(cv2.addWeighted(image, 1 + amount, soft, -amount, 0), np.uint8)
    return image


def _sensor(image: Image, random: Random) -> Image:
    """Noise, as fine grain or in blotches, and JPEG compression."""
    if random.random() < 0.6:
        strength = random.uniform(1, 12)
        noise = random.standard_normal(image.shape, dtype=np.float32) * np.float32(strength)
        if random.random() < 0.3:
            noise = 2 * np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.0), np.float32)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        quality = int(random.integers(30, 95))
        _, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return image


def _letterbox_bars(
    image: Image, depth: NDArray[np.float32], random: Random
) -> tuple[Image, NDArray[np.float32]]:
    """Grey out borders as a picture of another ratio has them, which hold no depth."""
    image, depth = image.copy(), depth.copy()
    upright = random.random() < 0.7
    # Views on the arrays with the padded axis first.
    pixels, values = (image, depth) if upright else (image.swapaxes(0, 1), depth.T)
    bar = int(random.uniform(0.08, 0.25) * len(values))
    for border in (slice(None, bar), slice(len(values) - bar, None)):
        pixels[border] = LETTERBOX_GREY
        values[border] = 0
    return image, depth
