# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the object under every pixel to the maps and records that are stored with a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diffperc_ros.scenes.camera import View, pixel_rays
from diffperc_ros.scenes.classes import NOTHING, stored_id
from diffperc_ros.scenes.colours import COLOURS, word_of
from diffperc_ros.scenes.mesh import Mesh, join
from diffperc_ros.scenes.objects import VisibleObject
from diffperc_ros.scenes.part import Part
from diffperc_ros.scenes.raycast import RayCaster
from diffperc_ros.scenes.render_view import Rendering

Box = tuple[int, int, int, int]

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


class Annotator:
    """Names what is visible of one scene; keeps the search structures of single objects."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._alone: dict[int, RayCaster] = {}
        self._ids = np.array([stored_id(item.label) for item in parts], np.uint8)

    def annotate(self, view: View, picture: Rendering) -> Annotation:
        """Label, number and describe everything in a picture of the scene."""
        seen = picture.objects
        present = np.unique(seen[seen >= 0])
        numbers = np.zeros(len(self._parts) + 1, np.uint16)  # the last one for -1: none
        numbers[present] = np.arange(1, len(present) + 1)
        label = np.where(seen < 0, NOTHING, self._ids[seen]).astype(np.uint8)
        objects = tuple(self._describe(int(one), view, picture, numbers) for one in present)
        return Annotation(label, numbers[seen], objects)

    def _describe(
        self, one: int, view: View, picture: Rendering, numbers: NDArray[np.uint16]
    ) -> VisibleObject:
        """Record of one object id."""
        item, mask = self._parts[one], picture.objects == one
        height, width = mask.shape
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        ground = 0 if item.support is None else int(numbers[item.support])
        return VisibleObject(
            instance=int(numbers[one]),
            label=item.label,
            name=item.name,
            colour=clear_colour(picture.albedo[mask & (picture.depth > 0)]),
            centre=self._centre(one, view, picture.depth, mask),
            box=box,
            pixels=int(mask.sum()),
            size=(round(item.size[0], 3), round(item.size[1], 3), round(item.size[2], 3)),
            support=ground or None,
            truncated=box[0] == 0 or box[1] == 0 or box[2] == width or box[3] == height,
            visible_share=round(self._visible_share(one, view, mask), 3),
        )

    def _visible_share(self, one: int, view: View, mask: NDArray[np.bool_]) -> float:
        """Seen pixels over pixels of the object alone, counted where its mesh projects to."""
        left, top, right, bottom = self._extent(one, view, mask)
        step = max(1, int(np.sqrt((right - left) * (bottom - top) / MOST_RAYS)))
        grid = np.zeros(mask.shape, bool)
        grid[top:bottom:step, left:right:step] = True
        origins, rays = pixel_rays(view, *mask.shape)
        chosen = np.flatnonzero(grid)
        if one not in self._alone:
            self._alone[one] = RayCaster(self._whole(one))
        alone = self._alone[one].first_hit(origins[chosen], rays[chosen]).triangle >= 0
        seen = mask.ravel()[chosen]
        return float(max(seen.sum(), 1) / max((alone | seen).sum(), 1))

    def _extent(self, one: int, view: View, mask: NDArray[np.bool_]) -> Box:
        """Pixels that an object can cover, the whole picture where it reaches behind the eye."""
        height, width = mask.shape
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

    def _centre(
        self, one: int, view: View, depth: NDArray[np.float32], mask: NDArray[np.bool_]
    ) -> tuple[float, float, float]:
        """Median of the visible points in the optical frame; of all, where only glass is seen."""
        rows, columns = np.nonzero(mask & (depth > 0))
        if len(rows):
            height, width = depth.shape
            z = depth[rows, columns]
            right = (columns + 0.5 - width / 2) / (view.focal * width) * z
            down = (rows + 0.5 - height / 2) / (view.focal * width) * z
            points = np.stack([right, down, z], 1)
        else:
            corners = self._whole(one).corners.reshape(-1, 3)
            points = (corners - view.position) @ view.rotation
        x, y, z = np.median(points, 0).round(3).tolist()
        return x, y, z


def clear_colour(albedo: NDArray[np.float64]) -> str | None:
    """Colour word that both the mean and most of (P, 3) reflectances clearly are, or None."""
    if not len(albedo):
        return None
    word = int(word_of(albedo.mean(0)))
    if word < 0 or (word_of(albedo) == word).mean() < CLEARLY:
        return None
    return COLOURS[word]
