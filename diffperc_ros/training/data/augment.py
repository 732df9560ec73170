# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What keeps a network from believing that the world looks like a rendering.

Written here because the usual library (albumentations) is no longer maintained and asks the
network for a newer version when it is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from diffperc_ros.core.transforms import Size
from diffperc_ros.scenes.expressions.view import mirrored
from diffperc_ros.scenes.objects import VisibleObject

Random: TypeAlias = np.random.Generator
Image: TypeAlias = NDArray[np.uint8]
LETTERBOX_GREY = 127


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture with what is known of it.

    Parameters
    ----------
    image : uint8 (h, w, 3) RGB.
    maps : name -> (h, w), of any type; 0 = unknown or nothing.
    focal_length : in image widths.
    kind : kind of view.
    objects : things in the picture as it was rendered; only `mirrored` is followed.
    """

    image: Image
    maps: Mapping[str, NDArray[Any]]
    focal_length: float
    kind: int = 0
    objects: tuple[VisibleObject, ...] = ()


Augmentation: TypeAlias = Callable[[Sample, Size, Random], Sample]


@dataclass(frozen=True)
class Light:
    """How far light and camera may change a picture.

    Parameters
    ----------
    exposure, gamma, contrast : powers of two, both ways.
    balance : standard deviation of a channel's power of two.
    offset : share of the range, both ways.
    grey_share : share of pictures without colour.
    saturation : from, to.
    """

    exposure: float = 0.6
    balance: float = 0.12
    gamma: float = 0.5
    contrast: float = 0.5
    offset: float = 0.08
    grey_share: float = 0.15
    saturation: tuple[float, float] = (0.4, 1.4)


ANY_LIGHT = Light()
COLOURS_KEPT = Light(0.3, 0.05, 0.2, 0.25, 0.04, 0.0, (0.8, 1.3))
"""What was called red is still red, and white is not grey."""


def no_augmentation(sample: Sample, size: Size, random: Random) -> Sample:
    """Cut the largest centred window of the wanted ratio and scale it to `size`."""
    height, width = sample.image.shape[:2]
    part = min(1.0, height * size[0] / (width * size[1]))
    return _window(sample, size, part, 0.5, 0.5)


def augment(sample: Sample, size: Size, random: Random, light: Light = ANY_LIGHT) -> Sample:
    """Change view, light, optics and sensor of a rendered picture at random."""
    sample = _random_window(sample, size, random)
    if random.random() < 0.5:
        sample = _mirrored(sample)
    image = _light(sample.image, light, random)
    image = _optics(image, random)
    image = _sensor(image, random)
    maps = {name: np.ascontiguousarray(values) for name, values in sample.maps.items()}
    if random.random() < 0.1:
        image, maps = _letterbox_bars(image, maps, random)
    return replace(sample, image=image, maps=maps)


def augment_keeping_colours(sample: Sample, size: Size, random: Random) -> Sample:
    """Do the same, so that the names of colours stay true."""
    return augment(sample, size, random, COLOURS_KEPT)


def _random_window(sample: Sample, size: Size, random: Random) -> Sample:
    height, width = sample.image.shape[:2]
    largest = min(1.0, height * size[0] / (width * size[1]))
    part = largest * random.uniform(0.62, 1.0) if random.random() < 0.6 else largest
    return _window(sample, size, part, random.random(), random.random())


def _window(sample: Sample, size: Size, part: float, x: float, y: float) -> Sample:
    """Cut a window `part` of the width wide, at relative position (x, y), and scale it."""
    height, width = sample.image.shape[:2]
    window_width = max(int(part * width), 1)
    window_height = min(max(round(window_width * size[1] / size[0]), 1), height)
    left, top = round(x * (width - window_width)), round(y * (height - window_height))
    cut = (slice(top, top + window_height), slice(left, left + window_width))
    image = cv2.resize(sample.image[cut], size, interpolation=cv2.INTER_AREA)
    return replace(
        sample,
        image=np.asarray(image, np.uint8),
        maps={
            name: np.asarray(cv2.resize(values[cut], size, interpolation=cv2.INTER_NEAREST))
            for name, values in sample.maps.items()
        },
        focal_length=sample.focal_length * width / window_width,
    )


def _mirrored(sample: Sample) -> Sample:
    width = sample.image.shape[1]
    return replace(
        sample,
        image=sample.image[:, ::-1],
        maps={name: values[:, ::-1] for name, values in sample.maps.items()},
        objects=tuple(mirrored(item, width) for item in sample.objects),
    )


def _light(image: Image, light: Light, random: Random) -> Image:
    """Exposure, gamma, contrast, white balance, saturation: one curve per channel."""
    levels = np.linspace(0.0, 1.0, 256)[:, None]
    exposure = 2 ** random.uniform(-light.exposure, light.exposure)
    gain = exposure * 2 ** random.normal(0, light.balance, 3)
    gamma = 2 ** random.uniform(-light.gamma, light.gamma)
    contrast = 2 ** random.uniform(-light.contrast, light.contrast)
    curve = (levels * gain) ** gamma
    curve = (curve - 0.5) * contrast + 0.5 + random.uniform(-light.offset, light.offset)
    table = np.clip(255 * curve, 0, 255).astype(np.uint8)[None]
    image = np.asarray(cv2.LUT(np.ascontiguousarray(image), table), np.uint8)
    is_grey = random.random() < light.grey_share
    saturation = 0.0 if is_grey else random.uniform(*light.saturation)
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
    image: Image, maps: Mapping[str, NDArray[Any]], random: Random
) -> tuple[Image, dict[str, NDArray[Any]]]:
    """Grey out borders as a picture of another ratio has them, of which nothing is known."""
    image = image.copy()
    filled = {name: values.copy() for name, values in maps.items()}
    axis = 0 if random.random() < 0.7 else 1
    bar = int(random.uniform(0.08, 0.25) * image.shape[axis])
    for array, value in ((image, LETTERBOX_GREY), *((values, 0) for values in filled.values())):
        # A view on the array with the padded axis first.
        lines = array.swapaxes(0, axis)
        lines[:bar] = value
        lines[len(lines) - bar :] = value
    return image, filled
