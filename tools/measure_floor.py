# Copyright 2026 The diffperc_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well a segmentation bundle finds the floor of real pictures, judged by their depth.

python tools/measure_floor.py BUNDLE IMAGE_SET...

Nobody labelled these pictures, but their depth knows where the floor is: it is the lowest large
plane. A pixel belongs to it when its point lies on the plane; points without depth say nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from diffperc_ros.bundle.locate import find_bundle
from diffperc_ros.core.camera import Camera
from diffperc_ros.evaluation.sources.image_set import ImageSet
from diffperc_ros.perception.segmentation import Segmenter
from diffperc_ros.runtimes.onnxruntime import OnnxRuntime

POINTS = 6000
TRIES = 400
UPRIGHT = 0.5
"""Least cosine between the floor's normal and the camera's up."""
THICKNESS = 0.015, 0.01
"""Of a plane as depth cameras see it: metres, and metres a metre of distance squared."""
LEAST_SHARE = 0.08
"""Of the points that must lie on the floor; pictures that show less of it are left out."""
UNDERGROUND = 0.02
"""Of the points that may lie below it."""


def points_of(depth: NDArray[np.float32], camera: Camera) -> NDArray[np.float64]:
    """Return (h, w, 3) metres, x right, y down, z forward; NaN without depth."""
    rows, columns = np.indices(depth.shape)
    return np.stack(
        [
            (columns - camera.cx) / camera.fx * depth,
            (rows - camera.cy) / camera.fy * depth,
            depth,
        ],
        axis=-1,
    )


def height_above_floor(
    points: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.float64] | None:
    """Return (h, w) metres above the lowest large plane, None where there is none."""
    known = points[np.isfinite(points).all(-1)]
    some = known[random.choice(len(known), min(POINTS, len(known)), replace=False)]
    tolerance = THICKNESS[0] + THICKNESS[1] * some[:, 2] ** 2
    best, best_plane = LEAST_SHARE, None
    for _ in range(TRIES):
        one, two, three = some[random.choice(len(some), 3, replace=False)]
        normal = np.cross(two - one, three - one)
        length = np.linalg.norm(normal)
        if length < 1e-6:
            continue
        normal = normal / length * (-1 if normal[1] > 0 else 1)
        height = (some - one) @ normal
        on_it = (np.abs(height) < tolerance).mean()
        below = (height < -3 * tolerance).mean()
        if -normal[1] > UPRIGHT and below < UNDERGROUND and on_it > best:
            best, best_plane = on_it, (normal, one)
    if best_plane is None:
        return None
    normal, origin = best_plane
    return (points - origin) @ normal


def main(
    bundle: Annotated[str, typer.Argument(help='Name or folder of a segmentation bundle.')],
    sets: Annotated[list[Path], typer.Argument(help='Image sets with registered depth.')],
) -> None:
    """Print intersection over union, precision and recall of the floor for every set."""
    opened = find_bundle(bundle)
    segmenter = Segmenter(opened, OnnxRuntime(opened.file(opened.graph('realtime').file)))
    floor = next(number for number, name in segmenter.names.items() if name == 'floor')
    print('| set | pictures with floor | IoU | precision | recall |')
    print('|---|---|---|---|---|')
    for path in sets:
        pictures = ImageSet(path)
        truths = {truth.stamp: truth.values for _, truth in pictures.truths()}
        counts = np.zeros(3, np.int64)
        used = 0
        for index, frame in pictures.frames():
            depth = truths.get(frame.stamp)
            if depth is None or frame.camera is None:
                continue
            height = height_above_floor(
                points_of(depth, frame.camera), np.random.default_rng(index)
            )
            if height is None:
                continue
            tolerance = THICKNESS[0] + THICKNESS[1] * depth**2
            truth = np.abs(height) < tolerance
            # What is a little higher may be either.
            known = truth | (np.abs(height) > 2 * tolerance)
            found = known & (segmenter.perceive(frame).class_ids == floor)
            counts += [(truth & found).sum(), truth.sum(), found.sum()]
            used += 1
        both, true, said = (int(count) for count in counts)
        union = true + said - both
        figures = [both / max(whole, 1) for whole in (union, said, true)]
        cells = ' | '.join(f'{value:.3f}' for value in figures)
        print(f'| {pictures.name} | {used} of {len(pictures.frame_stamps())} | {cells} |')


if __name__ == '__main__':
    typer.run(main)
