# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the object under every pixel to the maps and records that are stored with a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.classes import NOTHING, stored_id
from diffperc_ros.scenes.colours import COLOURS, looks_like, word_of
from diffperc_ros.scenes.objects import VisibleObject
from diffperc_ros.scenes.rendering.camera import View, pixel_rays
from diffperc_ros.scenes.rendering.raycast import RayCaster
from diffperc_ros.scenes.rendering.render_view import Rendering
from diffperc_ros.scenes.shapes.mesh import Mesh, join
from diffperc_ros.scenes.shapes.part import Part

Box = tuple[int, int, int, int]
Pixels = NDArray[np.int64]

CLEARLY = 0.65  # share of an object's pixels that must be of the colour it is named by
MOST_RAYS = 1500  # cast at one object to learn how much of it is hidden


@dataclass(frozen=True)
class Annotation:
    """What a picture shows.

    Attributes
    ----------
    label
        (H, W) uint8, NOTHING or the stored id of a class.
    instance
        (H, W) uint16, 0 or the `instance` of one of the objects.
    objects
        One record for every value in the instance map but 0, in its order.
    """

    label: NDArray[np.uint8]
    instance: NDArray[np.uint16]
    objects: tuple[VisibleObject, ...]


@dataclass(frozen=True)
class _Shown:
    """A picture, its rays (H * W, 3) and the instance number of every object id."""

    view: View
    origins: NDArray[np.float32]
    rays: NDArray[np.float32]
    picture: Rendering
    numbers: NDArray[np.uint16]


class Annotator:
    """Names what is visible of one scene; keeps the search structures of single objects."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._alone: dict[int, RayCaster] = {}
        self._ids = np.array([stored_id(item.label) for item in parts], np.uint8)

    def annotate(self, view: View, picture: Rendering) -> Annotation:
        """Label, number and describe everything in a picture of the scene."""
        seen = picture.objects
        order = np.argsort(seen, axis=None, kind='stable')
        present, starts = np.unique(seen.ravel()[order], return_index=True)
        groups = dict(zip(present.tolist(), np.split(order, starts[1:]), strict=True))
        groups.pop(-1, None)
        numbers = np.zeros(len(self._parts) + 1, np.uint16)  # the last one for -1: none
        numbers[list(groups)] = np.arange(1, len(groups) + 1)
        label = np.where(seen < 0, NOTHING, self._ids[seen]).astype(np.uint8)
        shown = _Shown(view, *pixel_rays(view, *seen.shape), picture, numbers)
        objects = tuple(self._describe(one, pixels, shown) for one, pixels in groups.items())
        return Annotation(label, numbers[seen], objects)

    def _describe(self, one: int, pixels: Pixels, shown: _Shown) -> VisibleObject:
        """Record of one object id, seen at the pixels (flat indices)."""
        item = self._parts[one]
        height, width = shown.picture.objects.shape
        rows, columns = np.divmod(pixels, width)
        low, high = (int(columns.min()), int(rows.min())), (int(columns.max()), int(rows.max()))
        ground = 0 if item.support is None else int(shown.numbers[item.support])
        solid = pixels[shown.picture.depth.ravel()[pixels] > 0]
        w, d, h = (round(side, 3) for side in item.size)
        return VisibleObject(
            instance=int(shown.numbers[one]),
            label=item.label,
            name=item.name,
            colour=_colour(shown.picture, solid) if _has_colour(item) else None,
            centre=self._centre(one, solid, shown),
            box=(*low, high[0] + 1, high[1] + 1),
            pixels=len(pixels),
            size=(w, d, h),
            support=ground or None,
            truncated=min(low) == 0 or high[0] == width - 1 or high[1] == height - 1,
            visible_share=round(self._visible_share(one, pixels, shown), 3),
        )

    def _visible_share(self, one: int, pixels: Pixels, shown: _Shown) -> float:
        """Seen pixels over pixels of the object alone, counted where its mesh projects to."""
        height, width = shown.picture.objects.shape
        left, top, right, bottom = self._extent(one, shown.view, height, width)
        step = max(1, int(np.sqrt((right - left) * (bottom - top) / MOST_RAYS)))
        grid = np.arange(top, bottom, step)[:, None] * width + np.arange(left, right, step)
        chosen = grid.ravel()
        if one not in self._alone:
            self._alone[one] = RayCaster(self._whole(one))
        hit = self._alone[one].first_hit(shown.origins[chosen], shown.rays[chosen])
        seen = shown.picture.objects.ravel()[chosen] == one
        return float(max(seen.sum(), 1) / max(((hit.triangle >= 0) | seen).sum(), 1))

    def _extent(self, one: int, view: View, height: int, width: int) -> Box:
        """Pixels that an object can cover, the whole picture where it reaches behind the eye."""
        points = self._whole(one).corners.reshape(-1, 3)
        x, y, z = ((points - view.position) @ view.rotation).T
        if z.min() < 0.05:
            return 0, 0, width, height
        focal = view.focal * width
        u, v = x / z * focal + width / 2, y / z * focal + height / 2
        left, right = (int(np.clip(value, 0, width)) for value in (u.min() - 1, u.max() + 2))
        top, bottom = (int(np.clip(value, 0, height)) for value in (v.min() - 1, v.max() + 2))
        return left, top, right, bottom

    def _whole(self, one: int) -> Mesh:
        """Join an object with its glass."""
        item = self._parts[one]
        return item.mesh if item.pane is None else join([item.mesh, item.pane])

    def _centre(self, one: int, solid: Pixels, shown: _Shown) -> tuple[float, float, float]:
        """Median of the visible points in the optical frame; of all, where only glass is seen."""
        if len(solid):
            depth = shown.picture.depth.ravel()[solid, None]
            points = depth * (shown.rays[solid] @ shown.view.rotation)
        else:
            corners = self._whole(one).corners.reshape(-1, 3)
            points = (corners - shown.view.position) @ shown.view.rotation
        x, y, z = np.median(points, 0).astype(float).round(3).tolist()
        return x, y, z


def _has_colour(item: Part) -> bool:
    """Whether people tell such objects apart by one colour: not persons and not glass."""
    return item.label != 'person' and item.pane is None


def _colour(picture: Rendering, pixels: Pixels) -> str | None:
    """Colour word of an object that still fits how the picture shows it."""
    word = clear_colour(picture.albedo.reshape(-1, 3)[pixels])
    if word is None:
        return None
    shown = (np.median(picture.colour.reshape(-1, 3)[pixels], 0) / 255) ** 2.2
    return word if looks_like(word, shown) else None


def clear_colour(albedo: NDArray[np.float64]) -> str | None:
    """Colour word that both the mean and most of (P, 3) reflectances clearly are, or None."""
    if not len(albedo):
        return None
    word = int(word_of(albedo.mean(0)))
    if word < 0 or (word_of(albedo) == word).mean() < CLEARLY:
        return None
    return COLOURS[word]
